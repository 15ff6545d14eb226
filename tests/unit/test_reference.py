"""The documentation's pages say what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from tests.lab.pages import PAGES
from tests.lab.reference import TABLES, documents, keys_table, replaced


@pytest.mark.parametrize("page", documents(), ids=lambda path: path.name)
def test_the_tables_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert replaced(text) == text, "run: python -m tests.lab.reference"


def test_every_table_is_on_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in documents())
    assert sorted(re.findall(r"<!-- end of (\w+) -->", pages)) == sorted(TABLES)


def test_the_keys_are_all_there() -> None:
    assert keys_table().count("\n") == 2 + 19 - 1


def test_every_public_name_is_on_a_page() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (PAGES / "reference").glob("*.md"))
    missing = [
        name
        for name in [*kws.__all__, "TimeoutError", "EOFError", "max_total_bytes"]
        if not re.search(rf"^::: .*\.{name}$|\[.*\b{name}\b.*\]|kws\.{name}\b", pages, re.MULTILINE)
    ]
    assert missing == []
