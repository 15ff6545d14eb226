"""The tables of the documents; ``python -m tests.lab.readme`` generates them.

``notebooks/REFERENCE.md`` has those of `Options.table`, `FORMATS` and `ENDPOINTS`, the README `tests.lab.comparison` and `tests.lab.front_ends`, which
also are pages of the documentation.
"""

from __future__ import annotations

from pathlib import Path

from kontena_ws_nb.captures.formats import FORMATS
from kontena_ws_nb.demo.endpoints import ENDPOINTS, Number
from kontena_ws_nb.magics.help import filters
from kontena_ws_nb.options import Options
from tests.lab import comparison, front_ends

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
REFERENCE = ROOT / "notebooks" / "REFERENCE.md"
PAGES = ROOT / "notebooks" / "docs" / "pages"


def options_table() -> str:
    """Write every option as a row of a Markdown table."""
    lines = ["| option | default | flag | environment | what it does |", "|---|---|---|---|---|"]
    for row in Options.table():
        flag = f"{row['flag']} {row['metavar']}".strip() if row["flag"] else ""
        cells = (
            f"`{row['name']}`",
            f"`{row['default']}`" if row["default"] != "–" else "–",
            f"`{flag}`" if flag else "",
            row["env"],
            row["help"],
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def endpoints_table() -> str:
    """Write every path of the demo server as a row of a Markdown table."""
    lines = ["| name | what it does |", "|---|---|"]
    for name, endpoint in ENDPOINTS.items():
        defaults = (
            (key, value.default if isinstance(value, Number) else value) for key, value in endpoint.parameters.items()
        )
        query = "&".join(f"{key}={value}" for key, value in defaults)
        path = "/".join(filter(None, ("demo", name))) + (f"?{query}" if query else "")
        lines.append(f"| `{path}` | {endpoint.summary} |")
    return "\n".join(lines)


def formats_table() -> str:
    """Write every format of captures as a row of a Markdown table."""
    lines = ["| format | suffixes | read | written | what it cannot hold |", "|---|---|---|---|---|"]
    for one in FORMATS:
        suffixes = " ".join(f"`{suffix}`" for suffix in one.suffixes)
        lines.append(f"| {one.name} | {suffixes} | yes | {'yes' if one.writable else 'no'} | {one.lacks} |")
    return "\n".join(lines)


def filters_table() -> str:
    """Write what ``%ws_help filter`` says."""
    return f"```text\n{filters()}\n```"


#: What is between which markers of which document.
TABLES = {
    REFERENCE: {
        "options": options_table,
        "filters": filters_table,
        "formats": formats_table,
        "endpoints": endpoints_table,
    },
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
