"""Who installs ``kontena_ws_nb[notebooks]`` can run every notebook, and none needs this repository's tests."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.lab.notebooks import NOTEBOOKS
from tests.lab.release import project

#: Packages that are imported under another name.
NAMES = {"IPython": "ipython", "socketio": "python-socketio", "graphql": "graphql-core"}


def imported(source: str) -> Iterator[str]:
    """Name the packages that a cell imports, as they are installed."""
    code = "\n".join(line for line in source.split("\n") if not line.lstrip().startswith(("%", "!")))
    for node in ast.walk(ast.parse(code)):
        modules = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for module in modules:
            top = module.split(".")[0]
            if top not in sys.stdlib_module_names and top != "kontena_ws_nb":
                yield NAMES.get(top, top)


def installed() -> set[str]:
    """Name what ``kontena_ws_nb[notebooks]`` installs directly."""
    table = project()
    extras = table["optional-dependencies"]
    listed = [*table["dependencies"], *extras["notebooks"]]
    (own,) = [one for one in extras["notebooks"] if one.startswith("kontena_ws_nb[")]
    for extra in own.removeprefix("kontena_ws_nb[").removesuffix("]").split(","):
        listed += extras[extra]
    return {re.match(r"[\w.-]+", one)[0] for one in listed}  # type: ignore[index]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_what_a_notebook_imports_is_installed_with_one_command(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    needed = {name for source in cells if not source.startswith("%%") for name in imported(source)}
    assert needed - installed() == set()


def test_an_import_is_seen_wherever_it_stands() -> None:
    source = (
        "%load_ext x\nimport os, pandas as pd\ndef f():\n    from graphql.utilities import a\n    !ls\nimport tests.lab"
    )
    assert sorted(imported(source)) == ["graphql-core", "pandas", "tests"]
    assert "tests" not in installed()
