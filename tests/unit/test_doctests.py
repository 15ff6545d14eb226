"""The examples in docstrings work."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import kontena_ws_nb

ROOT = Path(kontena_ws_nb.__file__).parent
MODULES = [
    ".".join((ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for path in sorted(ROOT.rglob("*.py"))
    if ">>>" in path.read_text()
]


@pytest.mark.usefixtures("own_decoders")
@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        runner.run(test, out=said.append)
    assert not said, "".join(said)
    assert runner.tries > 0, "the examples were not found"
