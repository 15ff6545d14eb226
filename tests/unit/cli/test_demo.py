"""``kontena-ws demo``: its arguments, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.cli.streams import say
from kontena_ws_nb.demo import lab


def test_demo_hands_its_arguments_on(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(lab, "run", lambda folder, **rest: seen.append((folder, rest)) or 7)
    assert run("demo", "work", "--port", "9999", "--no-browser").code == 7
    assert run("demo").code == 7
    assert seen == [
        ("work", {"port": 9999, "browser": False, "say": say}),
        (None, {"port": None, "browser": True, "say": say}),
    ]


def test_demo_without_jupyterlab_gives_the_pip_line(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else object())
    ran = run("demo")
    assert ran.code == 1
    assert ran.log[0][0] == "ERROR"
    assert "the demo needs jupyterlab, which is not installed" in ran.log[0][1]
    assert "pip install 'kontena_ws_nb[demo]'" in ran.log[0][1]
