"""Rows of a log as a small static table: how a notebook shows a log, a view or a slice, and what a saved notebook keeps of a panel.

At most 20 rows and 12 KB, or the number of rows set by `show_rows`. It must be readable without its styles, because code
hosts remove them. Any thread.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..log.kinds import LIFECYCLE
from ..log.message import Row
from ..redaction.payloads import mask
from ..redaction.text import printable
from .html import Markup, displayed, escape, tag
from .preview import preview

if TYPE_CHECKING:
    from ..log.log import MessageLog
    from ..log.sequence import Rows

MAX_ROWS = 20
MAX_HTML = 12_000
#: The most rows that may be set.
MOST_ROWS = 1000

_ARROWS = {"sent": "↑", "received": "↓"}
#: On every cell, because notebooks align cells to the right; short, because 12 KB hold 120 cells.
_CELL = Markup("text-align:left")
#: Breaks between words where it can, and inside of one that is longer than the column; JupyterLab takes this away from a
#: notebook that is not trusted, and then such a word makes the table scroll.
_DATA = Markup("text-align:left;overflow-wrap:anywhere")
#: On the heads of the column with a blank in it, which long data would break, and of the data, which a narrow page would
#: break into single letters: there the table scrolls. In em, because JupyterLab's sanitizer removes lengths in ch.
_WIDE = {"Direction": Markup("text-align:left;min-width:7em"), "Data": Markup("text-align:left;min-width:20em")}
#: A long URL is broken instead of cut at the edge of a narrow page. Not `anywhere`, which JupyterLab's sanitizer removes.
_HEADING = Markup("overflow-wrap:break-word")
_SCROLLS = Markup("overflow-x:auto")
_TABLE = Markup("font:12px/1.5 monospace")
#: Shades of the highlights (`feed.highlights.COLOURS`) that leave text readable on light and dark pages.
_SHADES = {
    name: Markup(f"background-color:rgba({rgb},.22)")
    for name, rgb in (
        ("red", "198,40,40"),
        ("orange", "222,110,20"),
        ("yellow", "190,155,0"),
        ("green", "44,145,50"),
        ("teal", "0,135,136"),
        ("blue", "21,101,192"),
        ("purple", "142,36,170"),
        ("grey", "107,114,128"),
    )
}
#: How many characters of a payload are shown.
_CUT = 140
_HEADS = ("#", "Time", "Direction", "Kind", "Bytes", "Data")

#: Heads of more columns, and what they say of each row.
_Own = tuple[Sequence[str], Sequence[Sequence[str]]]

_rows = MAX_ROWS


def show_rows(count: int = MAX_ROWS) -> None:
    """Set how many rows logs, views and slices show in this process.

    Parameters
    ----------
    count : int, default 20
        1 to 1,000. The limit on HTML is 600 bytes for each.
    """
    global _rows  # noqa: PLW0603  a process runs one notebook
    _rows = count


def log_bundle(log: MessageLog, title: str = "") -> dict[str, str]:
    """Show the newest rows of a log.

    Parameters
    ----------
    log : MessageLog
        The log.
    title : str, optional
        Put before the counts.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    stop = log.next_index
    rows = log.rows(range(max(log.first_index, stop - _rows), stop))
    dropped = f", {log.dropped:,} dropped" if log.dropped else ""
    return _bundle(rows, len(log), f"{counted(len(log))}{dropped}", title, _rows)


def rows_bundle(rows: Rows) -> dict[str, str]:
    """Show the last rows of a view or a slice of a log.

    Parameters
    ----------
    rows : Rows
        The view or slice; its ``shown`` overrides the number of rows.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    count = _rows if rows.shown is None else min(max(rows.shown, 1), MOST_ROWS)
    return _bundle(rows.log.rows(rows.indices[-count:]), len(rows), counted(len(rows)), "", count)


class Snapshot:
    """A table of rows that does not change any more.

    Parameters
    ----------
    rows : sequence of Row
        The newest rows; the last 20 are shown.
    total : int
        How many rows there are.
    title : str, optional
        Put before the count.
    sessions : sequence of str, optional
        The session of each row, if there are several.
    columns : sequence of str, optional
        Heads of more columns.
    cells : sequence of sequence of str, optional
        What they say of each row, safe to print; fewer than there are columns where the rest is blank.
    colours : sequence of str, optional
        The colour of each row's highlight, or an empty text.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        total: int,
        title: str = "",
        sessions: Sequence[str] = (),
        columns: Sequence[str] = (),
        cells: Sequence[Sequence[str]] = (),
        colours: Sequence[str] = (),
    ) -> None:
        more = [[*some, *[""] * (len(columns) - len(some))] for some in cells[-MAX_ROWS:]]
        self._bundle = _bundle(
            rows[-MAX_ROWS:],
            total,
            counted(total),
            title,
            sessions=sessions[-MAX_ROWS:],
            own=([printable(name, 40) for name in columns], more),
            colours=colours[-MAX_ROWS:],
        )

    def __repr__(self) -> str:
        return self._bundle["text/plain"]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self._bundle


def counted(count: int) -> str:
    """Say how many rows there are: rows, as the panel says, because that a connection opened or closed is one, too."""
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _bundle(
    rows: Sequence[Row],
    total: int,
    counts: str,
    title: str,
    count: int = MAX_ROWS,
    sessions: Sequence[str] = (),
    own: _Own = ((), ()),
    colours: Sequence[str] = (),
) -> dict[str, str]:
    heading = f"{title}: {counts}" if title else counts
    names = [printable(name, 40) for name in sessions]
    html = _html(rows, total, heading, max(count, MAX_ROWS), names, own, colours)
    return displayed(_text(rows, total, heading, names, own), html)


def _cells(row: Row) -> tuple[str, str, str, str, str, str]:
    stamp = time.strftime("%H:%M:%S", time.localtime(row.time_ns // 10**9)) + f".{row.time_ns // 10**6 % 1000:03}"
    lifecycle = row.kind in LIFECYCLE
    data = preview(row)
    direction = "" if lifecycle else f"{_ARROWS[row.direction]} {row.direction}"
    return (
        f"{row.index:,}",
        stamp,
        direction,
        row.kind,
        "" if lifecycle else f"{row.size:,}",
        data if len(data) <= _CUT else data[:_CUT] + "…",
    )


def _text(rows: Sequence[Row], total: int, heading: str, names: Sequence[str], own: _Own) -> str:
    width = max(map(len, names), default=0)
    columns, cells = own
    lines = [heading]
    if len(rows) < total:
        lines.append(f"  … the last {len(rows)}:")
    for at, row in enumerate(rows):
        number, stamp, direction, kind, size, data = _cells(row)
        session = f"  {names[at]:<{width}}" if names else ""
        more = (
            "".join(f"{name}={cell[:40]}  " for name, cell in zip(columns, cells[at], strict=True) if cell)
            if columns
            else ""
        )
        lines.append(f"{session}{number:>9}  {stamp}  {direction:<10}  {kind:<9}  {size:>9}  {more}{data[:100]}")
    return "\n".join(lines)


def _html(
    rows: Sequence[Row],
    total: int,
    heading: str,
    count: int,
    names: Sequence[str],
    own: _Own,
    colours: Sequence[str],
) -> Markup:
    # From the newest row back, until the limit is reached: escaping can make a row six times longer.
    shown: list[Markup] = []
    room = MAX_HTML * count // MAX_ROWS - 1500
    for at, row in reversed(list(enumerate(rows))):
        *before, data = _cells(row)
        cells = [*names[at : at + 1], *before, *(own[1][at] if own[0] else ())]
        shade = _SHADES.get(colours[at]) if colours else None
        line = tag("tr", *(tag("td", cell, style=_CELL) for cell in cells), tag("td", data, style=_DATA), style=shade)
        room -= len(line.encode())
        if room < 0:
            break
        shown.insert(0, line)
    note = f" (the last {len(shown)} shown)" if len(shown) < total else ""
    heads = (*(("Session",) if names else ()), *_HEADS[:-1], *own[0], _HEADS[-1])
    head = tag("tr", *(tag("th", name, style=_WIDE.get(name, _CELL)) for name in heads))
    table = tag("table", tag("thead", head), tag("tbody", *shown), style=_TABLE)
    below = tag("div", table, style=_SCROLLS) if shown else None
    return tag("div", tag("p", Markup(escape(mask(heading, 0, 300)) + escape(note)), style=_HEADING), below)
