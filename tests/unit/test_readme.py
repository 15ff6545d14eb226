"""The documents agree with the code about options, endpoints and magics, and their links work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kontena_ws_nb.magics.flags import FLAGS
from tests.lab.readme import README, REFERENCE, ROOT, replaced

DOCUMENTS = (
    README,
    REFERENCE,
    ROOT / "CHANGELOG.md",
    ROOT / "tests" / "benchmarks" / "README.md",
    ROOT / "tests" / "conformance" / "README.md",
)


def test_the_reference_is_current() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert replaced(text) == text, "run: python -m tests.lab.readme"


def anchors(document: Path) -> set[str]:
    """Name the headings as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in link:
            name, _, anchor = link.partition("#")
            there = (document.parent / name).resolve() if name else document
            assert there.exists(), link
            assert not anchor or anchor in anchors(there), link


def test_the_readme_is_a_front_page() -> None:
    text = README.read_text(encoding="utf-8")
    for document in DOCUMENTS[1:]:
        assert f"({document.relative_to(ROOT).as_posix()}" in text, "one click away"


def test_the_picture_is_there() -> None:
    assert (README.parent / "notebooks" / "images" / "panel.png").stat().st_size < 400_000


def test_the_table_of_tasks_has_every_magic_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    table = text[text.index("| you want to | magic | Python") : text.index("## In Python")]
    assert set(re.findall(r"%(ws_[a-z]+)", table)) == set(FLAGS)
    assert {magic for magic in re.findall(r"%%(ws_[a-z]+)", table)} == {"ws_connect", "ws_send"}
    for row in table.splitlines():
        if row.startswith("|"):
            assert row.count("|") == 4, row
