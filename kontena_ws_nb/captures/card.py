"""How a capture looks as text and HTML. Pure functions; the HTML must be readable without its styles, because code hosts strip them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..display.html import Markup, displayed, tag
from ..log.log import MessageLog
from ..recording.records import SessionRecord
from ..redaction.text import printable
from .heads import shown_url

_BOX = Markup("font:13px/1.5 system-ui,sans-serif")
_CELL = Markup("text-align:left;padding:1px 12px 1px 0;border:0")
_TABLE = Markup("border-collapse:collapse;font:13px/1.5 system-ui,sans-serif")
_HEADS = ("Session", "URL", "Rows", "Bytes", "From", "To")
#: How many sessions, and problems, are listed.
_MOST = 20


def capture_bundle(
    head: str, sessions: Sequence[tuple[SessionRecord, MessageLog]], problems: Sequence[str]
) -> dict[str, str]:
    """Show a capture: its sessions, and what could not be read.

    Parameters
    ----------
    head : str
        Its first line.
    sessions : sequence of (SessionRecord, MessageLog)
        What is in it.
    problems : sequence of str
        What could not be read.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    rows = [_row(record, log) for record, log in sessions[:_MOST]]
    more = [f"… and {len(sessions) - _MOST:,} more sessions: capture.sessions"] if len(sessions) > _MOST else []
    more.append("capture.panel shows the messages: to look through, filter and compare them")
    if len(sessions) > 1:
        more.append(
            f"capture.sessions[{printable(sessions[0][0].name)!r}] is one of them; capture.messages has all rows"
        )
    notes = [f"problem: {printable(one)}" for one in problems[:_MOST]]
    widths = [max(len(cells[at]) for cells in (_HEADS, *rows)) for at in range(len(_HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in (_HEADS, *rows)
    ]
    body = (tag("tr", *(tag("td", cell, style=_CELL) for cell in cells)) for cells in rows)
    table = tag(
        "table",
        tag("thead", tag("tr", *(tag("th", name, style=_CELL) for name in _HEADS))),
        tag("tbody", *body),
        style=_TABLE,
    )
    html = tag("div", tag("b", head), table, *(tag("div", line) for line in (*more, *notes)), style=_BOX)
    return displayed("\n".join([head, *(f"  {line.rstrip()}" for line in (*lines, *more, *notes))]), html)


def _row(record: SessionRecord, log: MessageLog) -> tuple[str, ...]:
    first, last = log.get(log.first_index), log.get(log.next_index - 1)
    return (
        printable(record.name, 60),
        printable(shown_url(record.url), 100),
        f"{len(log):,}",
        f"{log.bytes:,}",
        "" if first is None else _clock(first.time_ns),
        "" if last is None else _clock(last.time_ns),
    )


def _clock(time_ns: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ns // 10**9))
