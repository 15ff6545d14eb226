"""How a session looks as text and HTML (registered with `render`), and the table of all sessions.

Pure functions, any thread. The HTML must also be readable without its styles, because code hosts strip them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..close import Close
from ..display.html import Markup, displayed, tag
from ..redaction.text import printable
from ..render import bundle
from .session import Session

if TYPE_CHECKING:
    from ..recording.recorder import Recorder

_BOX = Markup("font:13px/1.5 system-ui,sans-serif")
_CELL = Markup("text-align:left;padding:1px 12px 1px 0;border:0")
_TABLE = Markup("border-collapse:collapse;font:13px/1.5 system-ui,sans-serif")
_MARKS = {"open": "●", "connecting": "◌", "closing": "◌", "closed": "○"}


@bundle.register(Session)
def session_bundle(session: Session) -> dict[str, str]:
    """Show a session: its URL, state, traffic and certificate.

    Parameters
    ----------
    session : Session
        Live or closed.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    lines = [f"{_traffic(session)}"]
    subprotocol = session.handshake.shown_subprotocol
    if subprotocol:
        lines.append(f"subprotocol {printable(subprotocol)}")
    certificate = _certificate(session)
    if certificate:
        lines.append(certificate)
    if session.recording is not None:
        lines.append(_recording(session.recording))
    end = _end(session)
    if end:
        lines.append(end)
    head = f"{_MARKS[session.state]} {session.state}  {printable(session.url)}  [{printable(session.name)}]"
    return displayed(
        "\n".join([head, *(f"  {line}" for line in lines)]),
        tag("div", tag("div", tag("b", head)), *(tag("div", line) for line in lines), style=_BOX),
    )


def sessions_bundle(sessions: Iterable[Session], current: Session | None = None) -> dict[str, str]:
    """Show several sessions as a table.

    Parameters
    ----------
    sessions : iterable of Session
        In the order to show.
    current : Session, optional
        The session that magics use; it is marked.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    shown = list(sessions)
    if not shown:
        text = "No sessions. %ws_connect opens one; without a URL, to the built-in demo server."
        return displayed(text, tag("p", text))
    heads = ("", "Name", "State", "URL", "Sent", "Received", "Rows kept")
    rows = [_row(session, session is current) for session in shown]
    widths = [max(len(cells[i]) for cells in (heads, *rows)) for i in range(len(heads))]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in (heads, *rows)
    )
    # An empty <th> would be announced by screen readers as a heading.
    head = tag("tr", *(tag("th" if name else "td", name, style=_CELL) for name in heads))
    body = (tag("tr", *(tag("td", cell, style=_CELL) for cell in cells)) for cells in rows)
    return displayed(text, tag("table", tag("thead", head), tag("tbody", *body), style=_TABLE))


def _row(session: Session, current: bool) -> tuple[str, ...]:
    stats = session.stats
    end = f" {session.close_code}" if session.close_code is not None else ""
    return (
        "→" if current else "",
        printable(session.name),
        f"{_MARKS[session.state]} {session.state}{end}",
        printable(session.url),
        f"{stats.sent_messages:,}",
        f"{stats.received_messages:,}",
        f"{len(session.messages):,}",
    )


def _traffic(session: Session) -> str:
    stats = session.stats
    dropped = f", {stats.dropped:,} dropped from the log" if stats.dropped else ""
    return (
        f"▲ {stats.sent_messages:,} sent ({stats.sent_bytes:,} bytes)   "
        f"▼ {stats.received_messages:,} received ({stats.received_bytes:,} bytes){dropped}"
    )


def _recording(recorder: Recorder) -> str:
    lost = f", {recorder.lost:,} lost" if recorder.lost else ""
    error = f"; it fails, and is tried again: {printable(recorder.error, 500)}" if recorder.error is not None else ""
    verb = "recorded" if recorder.state == "ended" else "recording"
    return f"{verb} to {printable(recorder.path)}: {recorder.rows:,} rows{lost}{error}"


def _certificate(session: Session) -> str:
    certificate = session.certificate
    if certificate is None:
        return ""
    verdict = "not verified" if certificate.verdict is None else printable(certificate.verdict.summary, 500)
    return f"certificate {verdict} (%ws_cert shows it)"


def _end(session: Session) -> str:
    if session.state != "closed":
        return ""
    if session.error is not None:
        return printable(str(session.error), 500)
    code = session.close_code
    if code is None:
        return "closed"
    reason = f' "{printable(session.close_reason)}"' if session.close_reason else ""
    return f"closed with {code} ({Close(code).meaning}){reason}"
