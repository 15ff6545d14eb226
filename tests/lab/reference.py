"""What the documentation's pages have of the code: ``python -m tests.lab.reference`` writes it between ``<!-- name -->`` and ``<!-- end of name -->``.

The pages hold it, instead of the site alone, so that they can be read where their sources are; a test fails when it is stale.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import re
import sqlite3
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from unittest import mock

from kontena_ws_nb import cli, errors, magics
from kontena_ws_nb.captures.formats import FORMATS
from kontena_ws_nb.demo.endpoints import ENDPOINTS, Number
from kontena_ws_nb.display.error_topics import everything
from kontena_ws_nb.log.filter.grammar import FORMS
from kontena_ws_nb.magics.flags import FLAGS
from kontena_ws_nb.magics.help import DECODERS
from kontena_ws_nb.options import Options
from kontena_ws_nb.recording import schema

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ROOT / "notebooks" / "docs" / "pages"
#: How many characters of code a page shows beside its menus, on a screen of 1400 px.
_WIDTH: Final = 100
KEYS: Final = ROOT / "kontena_ws_nb" / "panel" / "frontend" / "src" / "keys.ts"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _plain(text: str) -> str:
    """Escape what Markdown would take for HTML, for emphasis or, at a cell's end, for attributes (Python-Markdown's attr_list)."""
    return re.sub(r"<(?=[a-zA-Z/!])", "&lt;", text).replace("*", "\\*").replace("{", "\\{")


def _table(*heads: str) -> list[str]:
    return [_row(*heads), "|" + "---|" * len(heads)]


def endpoints_table() -> str:
    """Write every path of the demo server as a row of a Markdown table."""
    lines = ["| name | what it does |", "|---|---|"]
    for name, endpoint in ENDPOINTS.items():
        defaults = (
            (key, value.default if isinstance(value, Number) else value) for key, value in endpoint.parameters.items()
        )
        query = "&".join(f"{key}={value}" for key, value in defaults)
        path = "/".join(filter(None, ("demo", name))) + (f"?{query}" if query else "")
        lines.append(f"| `{path}` | {_plain(endpoint.summary)} |")
    return "\n".join(lines)


def formats_table() -> str:
    """Write every format of captures as a row of a Markdown table."""
    lines = ["| format | suffixes | read | written | what it cannot hold |", "|---|---|---|---|---|"]
    for one in FORMATS:
        suffixes = " ".join(f"`{suffix}`" for suffix in one.suffixes)
        lines.append(f"| {one.name} | {suffixes} | yes | {'yes' if one.writable else 'no'} | {_plain(one.lacks)} |")
    return "\n".join(lines)


def options_table() -> str:
    """Write every option as a row of a Markdown table, narrow enough for a page with a menu beside it."""
    lines = _table("option, and its flag", "default", "what it does")
    for row in Options.table():
        flag = f"{row['flag']} {row['metavar']}".strip() if row["flag"] else ""
        default = f"`{row['default']}`" if row["default"] != "–" else "–"
        env = f"; environment: {', '.join(f'`{name}`' for name in row['env'].split(', '))}" if row["env"] else ""
        name = f"`{row['name']}`" + (f"<br>`{flag}`" if flag else "")
        lines.append(_row(name, default, _plain(row["help"]) + env))
    return "\n".join(lines)


def filters_table() -> str:
    """Write every form of a filter as a row of a Markdown table."""
    return "\n".join(
        [*_table("form", "what it finds"), *(_row(f"`{form}`", _plain(what)) for form, what in FORMS.items())]
    )


def decoders_table() -> str:
    """Write every decoder as a row of a Markdown table."""
    return "\n".join(
        [*_table("name", "what it understands"), *(_row(f"`{name}`", _plain(what)) for name, what in DECODERS.items())]
    )


def magics_list() -> str:
    """Write what ``%ws_connect?`` and so on say of each magic."""
    written = []
    for magic in FLAGS:
        said = inspect.getdoc(getattr(magics.WebSocketMagics, magic)) or ""
        written.append(f"## %{magic} {{ #{magic} }}\n\n```text\n{said.strip()}\n```")
    return "\n\n".join(written)


def _wrapped(line: str) -> str:
    """Wrap a line of an epilog, which argparse leaves as it is; what follows a term stays beside it."""
    hanging = re.match(r"\s*(?:\S.*?\s{2,})?", line)
    assert hanging is not None
    return textwrap.fill(line, _WIDTH, subsequent_indent=" " * hanging.end(), replace_whitespace=False) or line


def commands_list() -> str:
    """Write what ``--help`` says of each command."""
    written = []
    for command in ("", "cert", "record", "convert", "replay", "demo", "help"):
        out = io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.suppress(SystemExit),
            mock.patch.dict(os.environ, COLUMNS=str(_WIDTH)),
        ):
            cli.main([*command.split(), "--help"])
        name = f"kontena-ws {command}".strip()
        said = "\n".join(map(_wrapped, out.getvalue().strip().splitlines()))
        written.append(f"## {name}\n\n```text\n{said}\n```")
    return "\n\n".join(written)


def schema_text() -> str:
    """Write the statements that make a recording, as SQLite has them."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(schema.TABLES + schema.BOOKMARKS)
        made = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    return "```sql\n" + ";\n".join(inspect.cleandoc(sql) for (sql,) in made) + ";\n```"


def schema_tables() -> str:
    """Write what the docstring says of each table."""
    said = inspect.cleandoc(schema.__doc__ or "").partition("\n\n")[2]
    return (
        re.sub(r"^``(\w+)``\n +", r"- **`\1`**: ", said, flags=re.MULTILINE).replace("\n    ", " ").replace("``", "`")
    )


def keys_table() -> str:
    """Write the panel's keys, from the list that its ``?`` shows."""
    source = KEYS.read_text(encoding="utf-8")
    listed = source[source.index("const LIST") :].partition("\n];")[0]
    lines = _table("keys", "what they do")
    for keys, what in re.findall(r'^  \[\[(.+)\], "(.+)"\],$', listed, re.MULTILINE):
        named = [key.replace("${CTRL}", "Ctrl") for key in re.findall(r'["`]([^"`]+)["`]', keys)]
        lines.append(_row(", ".join(f"`{key}`" for key in named), what))
    return "\n".join(lines)


#: The headings of the page of errors: the first topic below each, and the class it is about.
_CLASSES: Final = (
    ("error", "Error"),
    ("connect", "ConnectError"),
    ("tls", "SSLConnectError"),
    ("certificate", "SSLVerifyError"),
    ("protocol", "ProtocolError"),
    ("socket", "SocketError"),
    ("timeout-connect", "TimeoutError"),
    ("close", "CloseError, EOFError"),
    ("capture", "CaptureError"),
    ("filter", "QueryError"),
    ("usage", "UsageError, ValueError, TypeError, RuntimeError"),
    ("package", "ImportError"),
    ("path", "OSError"),
    ("index", "IndexError, KeyError, LookupError"),
    ("replay", "AssertionError"),
)


def errors_list() -> str:
    """Write every explanation of an error."""
    heads = dict(_CLASSES)
    written = []
    for address, topic in everything().items():
        if address in heads:
            written.append(f"## {heads[address]}")
        number = address.partition("-")[2]
        title = f"{number}: {topic.title}" if number and number not in topic.title else topic.title
        steps = "\n".join(f"- {step}" for step in topic.do)
        written.append(f"### {title[0].upper()}{title[1:]} {{ #{address} }}\n\n{topic.why}\n\n{steps}")
    return "\n\n".join(written)


def tree() -> str:
    """Write the tree of errors, which the module's docstring has."""
    said = inspect.cleandoc(errors.__doc__ or "")
    found = re.search(r"^    Error\n(?:    .*\n)+", said, re.MULTILINE)
    assert found
    return "```text\n" + inspect.cleandoc(found[0]) + "\n```"


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "commands": commands_list,
    "decoders": decoders_table,
    "endpoints": endpoints_table,
    "errors": errors_list,
    "filters": filters_table,
    "formats": formats_table,
    "keys": keys_table,
    "magics": magics_list,
    "options": options_table,
    "schema": schema_text,
    "tables": schema_tables,
    "tree": tree,
}


def documents() -> list[Path]:
    """List the pages that have something of the code."""
    return [path for path in sorted(PAGES.rglob("*.md")) if "<!-- end of " in path.read_text(encoding="utf-8")]


def replaced(text: str) -> str:
    """Put between the marks of a page what the code says now."""
    for name in re.findall(r"<!-- end of (\w+) -->", text):
        before, begin, rest = text.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        assert begin, f"no <!-- {name} -->"
        text = f"{before}{begin}\n\n{TABLES[name]()}\n\n{end}{after}"
    return text


if __name__ == "__main__":
    for page in documents():
        page.write_text(replaced(page.read_text(encoding="utf-8")), encoding="utf-8")
