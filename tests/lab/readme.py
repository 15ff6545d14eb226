"""The tables of the README; ``python -m tests.lab.readme`` generates them, and two pages of the documentation that say more.

What the other pages have of the code, `tests.lab.reference` writes.
"""

from __future__ import annotations

from pathlib import Path

from tests.lab import comparison, front_ends

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = ROOT / "notebooks" / "docs" / "pages"


#: What is between which markers of which document.
TABLES = {
    README: {"front ends": front_ends.table, "comparison": comparison.table},
}
#: Pages that are made whole.
MADE = {
    PAGES / "explain" / "front-ends.md": front_ends.page,
    PAGES / "coming-from" / "comparison.md": comparison.page,
}


def replaced(document: Path) -> str:
    """Put the tables of a document between their markers."""
    text = document.read_text(encoding="utf-8")
    for name, table in TABLES[document].items():
        before, begin, rest = text.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        assert begin, f"no <!-- {name} -->"
        assert end, f"no <!-- end of {name} -->"
        text = f"{before}{begin}\n{table()}\n{end}{after}"
    return text


if __name__ == "__main__":
    for document in TABLES:
        document.write_text(replaced(document), encoding="utf-8")
    for path, page in MADE.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
