"""The README's table of options, made from `Options.table`; ``python -m tests.lab.readme`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from kontena_ws_nb.options import Options

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- options: made by python -m tests.lab.readme -->", "<!-- end of options -->"


def options_table() -> str:
    """Write every option as a row of a Markdown table."""
    lines = ["| option | default | flag | environment | what it does |", "|---|---|---|---|---|"]
    for row in Options.table():
        flag = f"{row['flag']} {row['metavar']}".strip() if row["flag"] else ""
        cells = (f"`{row['name']}`", f"`{row['default']}`" if row["default"] != "–" else "–", f"`{flag}`" if flag else "", row["env"], row["help"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def replaced(text: str) -> str:
    """Put the table between its markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{options_table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
