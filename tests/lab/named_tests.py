"""Which tests that a document names are not there."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def missing(names: Iterable[str]) -> list[str]:
    """Give those that no file has; a name is ``file::function``, or a file."""
    return sorted(name for name in set(names) if not _is_there(*name.partition("::")))


def _is_there(file: str, colons: str, function: str) -> bool:
    path = ROOT / file
    if not colons or not path.is_file():
        return path.is_file()
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body)
