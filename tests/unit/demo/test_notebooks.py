"""`demo.notebooks`: where the notebooks are, and the page that lists them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kontena_ws_nb import errors
from kontena_ws_nb.demo import notebooks


def write(path: Path, source: str, **metadata: Any) -> Path:
    """Write a notebook with one cell of Markdown."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": source.splitlines(True)}
    path.write_text(json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


def items(*paths: Path) -> list[str]:
    """List the items of the start page's list."""
    source = "".join(json.loads(notebooks.start_page(paths))["cells"][0]["source"])
    return re.findall(r"^- .+  \n  .+$", source, re.MULTILINE)


def test_those_of_the_clone_are_found_in_order() -> None:
    names = [path.name for path in notebooks.shipped()]
    assert names[0] == "01_quickstart.ipynb"
    assert names == sorted(names)


def test_those_inside_an_installed_package_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "a" / "b"
    package.mkdir(parents=True)
    monkeypatch.setattr(notebooks, "__file__", str(package / "notebooks.py"))
    with pytest.raises(errors.Error, match=r"the notebooks were not installed with the package; reinstall"):
        notebooks.shipped()
    (tmp_path / "notebooks").mkdir()
    beside = write(tmp_path / "notebooks" / "01_a.ipynb", "# A\n\nB.")
    assert notebooks.shipped() == [beside]
    (package / "notebooks").mkdir()
    inside = [write(package / "notebooks" / name, "# A\n\nB.") for name in ("01_a.ipynb", "02_b.ipynb")]
    write(package / "notebooks" / "start.ipynb", "# mine")
    assert notebooks.shipped() == inside


def test_the_page_has_an_item_for_each(tmp_path: Path) -> None:
    one = write(tmp_path / "01_a.ipynb", "# Who? | What\n\nA panel for\n`ws.test`, live. More\n\nEven more.")
    two = write(tmp_path / "02_b.ipynb", "# B\n\nIt asks who?", kontena_ws_nb={"needs": "nginx"})
    three = write(tmp_path / "mine.ipynb", "# C\n\nThe last.\n")
    assert items(one, two, three) == [
        "- 01 **[Who? | What](01_a.ipynb)**  \n  A panel for `ws.test`, live.",
        "- 02 **[B](02_b.ipynb)**  \n  It asks who? Needs nginx.",
        "- **[C](mine.ipynb)**  \n  The last.",
    ]


def test_the_page_of_what_ships_is_a_notebook_whose_links_are_files_beside_it() -> None:
    shipped = notebooks.shipped()
    page = nbformat.reads(notebooks.start_page(shipped), as_version=4)
    nbformat.validate(page)
    assert len(items(*shipped)) == len(shipped)
    for path, item in zip(shipped, items(*shipped), strict=True):
        assert f"]({path.name})" in item


def test_what_a_kernel_says_of_its_language_is_in_the_notebook_already(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.ipynb", "# Ä\n\nB.", kontena_ws_nb={"needs": "nginx"}, language_info={"name": "r"})
    opened = json.loads(notebooks.opened_here(mine.read_text()))
    # In a process of its own: ipykernel makes comms real, for all widgets of the process, as soon as it is imported.
    code = "import json; from ipykernel.ipkernel import IPythonKernel as K; print(json.dumps(K.language_info))"
    said = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60).stdout)
    assert opened["metadata"] == {"kontena_ws_nb": {"needs": "nginx"}, "language_info": said}
    assert opened["cells"] == json.loads(mine.read_text())["cells"]
    assert json.loads(notebooks.start_page([mine]))["metadata"]["language_info"] == said


@pytest.mark.parametrize("source", ["A\n\nB.", "# A\n\nno end", "# A", "#A\n\nB."])
def test_a_notebook_without_title_or_sentence_is_named(tmp_path: Path, source: str) -> None:
    with pytest.raises(ValueError, match=r"01_a\.ipynb: its first cell is not a title"):
        notebooks.start_page([write(tmp_path / "01_a.ipynb", source)])
