"""Every example of the documentation runs, and says what its page shows."""

from __future__ import annotations

import asyncio
import getpass
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import kontena_ws_nb as kws
from kontena_ws_nb.decoders import registry
from kontena_ws_nb.panel.library import Library
from tests.lab.pages import PAGES, World, check, examples
from tests.lab.shell import ipython

pytestmark = pytest.mark.usefixtures("demo")

#: Pages that need third-party servers.
NEEDS = {"howto/proxy.md": ("tinyproxy", "microsocks")}


def pages() -> Iterator[Any]:
    for path in sorted(PAGES.rglob("*.md")):
        if examples(path):
            name = path.relative_to(PAGES).as_posix()
            yield pytest.param(path, id=name, marks=[pytest.mark.peer(peer) for peer in NEEDS.get(name, ())])


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    known, logger = dict(registry.DECODERS), logging.getLogger("kontena_ws_nb")
    level = logger.level
    with ipython() as shell:
        shell.showtraceback = lambda *args, **kwargs: None  # the examples' own errors are compared instead
        shell.loop_runner = asyncio.run
        shell.run_cell(
            "%load_ext kontena_ws_nb\nimport kontena_ws_nb as kws, websocket\nfrom websockets.sync.client import connect"
        )
        yield shell
    # What an example sets is set for the process.
    Library.latest = None
    logger.setLevel(level)
    registry._named.clear()
    registry._named.update(known)


@pytest.mark.parametrize("path", [*pages()])
def test_examples(path: Path, shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(getpass, "getpass", lambda prompt="": "a secret that was typed")
    monkeypatch.setenv("FEED_TOKEN", "a token from the environment")
    with World(tmp_path) as world:
        wrong = [problem for example in examples(path) if (problem := check(example, shell, world, tmp_path))]
        for session in list(kws.sessions.values()):
            session.close()
    assert not wrong, "\n\n".join(wrong)


def test_a_wrong_example_is_found(shell: InteractiveShell, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n| there | kontena_ws_nb |\n|---|---|\n| a | `kws.nothing()` |\n"
    )
    with World(tmp_path) as world:
        wrong = [check(example, shell, world, tmp_path) for example in examples(page)]
    assert ["but it said" in str(problem) for problem in wrong] == [True, True]
