"""The README's five examples run as they stand, one after the other, in one notebook's namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lab.shell import ipython

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: ModuleType) -> Iterator[InteractiveShell]:
    monkeypatch.chdir(tmp_path)
    with ipython() as shell:
        yield shell


def test_the_readmes_examples(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    cells = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(cells) == 5
    results = []
    for cell in cells:
        done = shell.run_cell(cell)
        done.raise_error()
        results.append(done.result)
    assert {message.json()["type"] for message in results[0]} <= {"trade"}
    assert shell.user_ns["answer"].json()["id"] == 7
    assert len(shell.user_ns["trades"]) == 5
    said, _, card = capsys.readouterr().out.partition("self-signed certificate (code 18)")
    assert "was refused" in said
    assert "self-signed certificate" in card, "the card is shown"
    assert results[3].index.tolist() == ["ETH-USD"]
    assert "\ndef test_" in results[4].read_text("utf-8")
