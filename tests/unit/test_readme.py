"""The documents agree with the code about options, endpoints, magics, tests and other tools, and their links work."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from kontena_ws_nb.captures.formats import FORMATS
from kontena_ws_nb.magics.flags import FLAGS
from tests.lab import comparison, front_ends
from tests.lab.named_tests import missing
from tests.lab.readme import MADE, PAGES, README, ROOT, TABLES, replaced

SECURITY = ROOT / "notebooks" / "docs" / "pages" / "explain" / "security.md"
TASKS = PAGES / "howto" / "tasks.md"
DOCUMENTS = (
    README,
    TASKS,
    PAGES / "reference" / "options.md",
    SECURITY,
    ROOT / "CHANGELOG.md",
    ROOT / "tests" / "benchmarks" / "README.md",
    ROOT / "tests" / "conformance" / "README.md",
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", TABLES, ids=name)
def test_the_tables_are_current(document: Path) -> None:
    assert replaced(document) == document.read_text(encoding="utf-8"), "run: python -m tests.lab.readme"


@pytest.mark.parametrize("page", MADE, ids=name)
def test_the_pages_are_current(page: Path) -> None:
    assert MADE[page]() == page.read_text(encoding="utf-8"), "run: python -m tests.lab.readme"


def anchors(document: Path) -> set[str]:
    """Name the headings as GitHub links to them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text):
        if "://" not in link:
            file, _, anchor = link.partition("#")
            there = (document.parent / file).resolve() if file else document
            assert there.exists(), link
            assert not anchor or anchor in anchors(there), link


def test_the_readme_is_a_front_page() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.split()) <= 1500
    for document in DOCUMENTS[1:]:
        assert f"({name(document)}" in text, "one click away"
    assert text.count("```console\n") == 2, "two commands"
    assert text.count("```python\n") == 5, "five examples; tests/integration/test_examples.py runs them"
    assert f"{['eight', 'nine', 'ten', 'eleven'][len(FORMATS) - 11]} more formats" in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_moves(theme: str) -> None:
    """WebP, section "Extended File Format": the chunk VP8X has a flag for animation."""
    path = README.parent / "notebooks" / "images" / f"panel-{theme}.webp"
    head = path.read_bytes()[:21]
    assert (head[:4], head[8:16]) == (b"RIFF", b"WEBPVP8X")
    assert head[20] & 0b10, "an animation"
    assert path.stat().st_size <= 1_500_000


def test_the_table_of_tasks_has_every_magic_and_no_other() -> None:
    text = TASKS.read_text(encoding="utf-8")
    table = text[text.index("| you want to | magic | Python") : text.index("Filters are the same")]
    assert set(re.findall(r"%(ws_[a-z]+)", table)) == set(FLAGS)
    assert {magic for magic in re.findall(r"%%(ws_[a-z]+)", table)} == {"ws_connect", "ws_send"}
    for row in table.splitlines():
        if row.startswith("|"):
            assert row.count("|") == 4, row
    tasks = [row.split("|")[1].strip() for row in table.splitlines()[2:] if row.startswith("|")]
    assert [task for task in tasks if not re.fullmatch(r"\[[^]]+\]\([^)]+\)", task)] == [], "each leads to its page"


def test_what_is_said_of_front_ends_has_tests() -> None:
    hosts, rules = front_ends.HOSTS.values(), front_ends.RULES
    assert missing(test for host in hosts for test in host.tests) == []
    assert missing(test for rule in rules.values() for test in rule.tests) == []
    assert {rule for host in hosts for rule in host.rules} == rules.keys()
    for host in hosts:
        assert host.known in {"tested", "by its rules", "table only"}
        assert bool(host.tests) == (host.known == "tested")
        assert bool(host.rules) == (host.known != "tested")
    assert all(rule.source and rule.tests for rule in rules.values())


def test_each_cell_of_the_comparison_is_known() -> None:
    assert datetime.date.fromisoformat(comparison.CHECKED)
    for cells in comparison.ROWS.values():
        assert len(cells) == len(comparison.TOOLS)
        assert all(cell.text and cell.evidence for cell in cells)
        assert missing(cells[0].evidence.split(", ")) == [], "ours is known by tests"
