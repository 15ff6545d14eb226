"""The notebooks that ship with the package, and a start page that lists them. Pure functions but for reading the files."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from .. import errors

#: The start page's file.
START: Final = "start.ipynb"

_TITLE: Final = re.compile(r"#\s+(.+)")
_SENTENCE: Final = re.compile(r"(.+?[.?!])(?=\s|$)", re.DOTALL)


def shipped() -> list[Path]:
    """Find the notebooks in the installed package or in a clone of the repository.

    Returns
    -------
    list of pathlib.Path
        By name.

    Raises
    ------
    Error
        They are in neither.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "notebooks", here.parents[1] / "notebooks"):
        if found := sorted(folder.glob("[0-9]*.ipynb")):
            return found
    raise errors.Error("the notebooks were not installed with the package", hint="reinstall kontena_ws_nb")


def start_page(paths: Iterable[Path]) -> str:
    """Write a notebook that lists notebooks, each with a link to it and what it shows.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Notebooks whose first cell is Markdown: a title, an empty line, and a paragraph, of which the first sentence is
        shown. What one needs beyond the package is in its metadata: ``{"kontena_ws_nb": {"needs": "nginx"}}``.

    Returns
    -------
    str
        The file's text. The notebook has one cell, in Markdown, and is opened beside those that it lists.
    """
    items = [_item(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    source = [
        "# Start here",
        "",
        "A WebSocket debugger in your notebook. Each of these runs from top to bottom and tells one story; they show what they",
        "put out when they were saved, until you run them. No other computer is asked: the servers are on this one.",
        "`pip install 'kontena_ws_nb[notebooks]'` brings the packages that some of them need.",
        "",
        *items,
        "",
        "In a notebook of your own:",
        "",
        "```python",
        "%load_ext kontena_ws_nb",
        "%ws_connect wss://feed.example/v1",
        "```",
        "",
        "`%ws_help` lists the rest.",
    ]
    cell = {"cell_type": "markdown", "id": "start", "metadata": {}, "source": "\n".join(source).splitlines(True)}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return opened_here(json.dumps(notebook))


def opened_here(text: str) -> str:
    """Write a notebook as JupyterLab leaves it when it has opened it with a kernel of this interpreter.

    JupyterLab puts the kernel's ``language_info`` (Jupyter's messaging protocol, kernel_info_reply) into the notebook's metadata;
    one that has it already is not marked as changed.

    Parameters
    ----------
    text : str
        The notebook's file.

    Returns
    -------
    str
        The same, with the ``language_info`` of ipykernel.
    """
    notebook = json.loads(text)
    notebook["metadata"]["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": sys.version.split()[0],
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _item(name: str, notebook: dict[str, Any]) -> str:
    """Write a notebook's item of the list: a list fits a narrow page, which a table does not."""
    lines = "".join(notebook["cells"][0]["source"]).split("\n")
    title = _TITLE.match(lines[0])
    paragraph = "\n".join(lines[2:]).partition("\n\n")[0]
    sentence = _SENTENCE.match(paragraph)
    if title is None or sentence is None:
        raise ValueError(f"{name}: its first cell is not a title, an empty line and a sentence")
    said = " ".join(sentence[1].split())
    needs = notebook["metadata"].get("kontena_ws_nb", {}).get("needs")
    if needs:
        said += f" Needs {needs}."
    number = re.match(r"\d+", name)
    return f"- {f'{number[0]} ' if number else ''}**[{title[1]}]({name})**  \n  {said}"
