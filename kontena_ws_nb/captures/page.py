"""`write_page`: a capture as one HTML file, for who has no Jupyter: its rows, a filter, a row's detail, handshakes and certificates.

The page asks nobody: its content security policy allows its own script and style, by their hashes, and nothing else.
Messages are data in it, never markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..decoders.json_text import short
from ..decoders.registry import DECODERS
from ..display.html import Markup, escape, tag
from ..log.export import encoded, merged, time_text
from ..log.filter.grammar import FORMS, tables
from ..log.filter.query import look_at
from ..log.message import Message
from ..recording.records import ConnectionRecord
from ..render import bundle
from .saving import Saving, SessionRows

_HERE: Final = Path(__file__).parent
#: Bytes of one payload, and of all, and rows that a page has: browsers must open it.
PAYLOAD: Final = 256 << 10
PAYLOADS: Final = 64 << 20
ROWS: Final = 500_000
_LABEL: Final = 300
#: In a data block only ``<`` matters (HTML Living Standard section 4.12.1.3); the others are line ends in JavaScript.
_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def write_page(file: BinaryIO, title: str, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write a page.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    title : str
        What it is called.
    sessions : sequence of SessionRows
        What it shows, merged by time.
    saving : Saving
        How.
    """
    filters, page, style = ((_HERE / name).read_text("utf-8") for name in ("page_filter.js", "page.js", "page.css"))
    script = f'"use strict";{{{filters}{page}}}'  # a block: nothing of it is a global
    # The filter runs in a worker that the script makes of its own text: a pattern that is slow can be ended there.
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; worker-src blob:; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    shown = saving.text(title)
    several = len(sessions) > 1
    heads = (*(("Session",) if several else ()), "#", "Time (UTC)", "Direction", "Kind", "Bytes", "Data")
    head = "".join(
        (
            "<!DOCTYPE html>\n",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">',
            tag("title", shown),
            f"<style>{style}</style></head><body>",
            tag("header", tag("h1", shown), tag("div", _summary(sessions, saving), class_="dim")),
            '<main><div id="tools"><input id="filter" type="search" aria-label="Filter" aria-describedby="wrong" ',
            'placeholder="filter: words &quot;two words&quot; /regex/ -ping dir:sent size:&gt;1k $.type=trade',
            " session:name" if several else "",
            '"><button id="help" aria-expanded="false" aria-controls="forms" aria-label="Forms of a filter">?</button>',
            '<span id="count" aria-live="polite"></span></div>',
            '<div id="wrong" role="alert"></div>',
            tag("dl", *_forms(several), id="forms", tabindex="0", hidden=""),
            tag(
                "div",
                *(tag("span", name, class_="number" if name in ("#", "Bytes") else None) for name in heads),
                id="heads",
            ),
            '<div id="rows" role="listbox" aria-label="Messages" tabindex="0"><div id="space"></div></div>',
            '<div id="detail" aria-label="The selected message" tabindex="0">',
            tag("p", "Click a row, or use the arrow keys.", class_="dim"),
            tag("noscript", "The messages are painted by this page's own script, which is switched off here."),
            "</div>",
            _facts(sessions, saving),
            "</main>",
            '<script type="application/json" id="data">',
        )
    )
    file.write(head.encode("utf-8", "replace"))
    _write_rows(file, sessions, saving)
    file.write(f"</script><script>{script}</script></body></html>\n".encode())


def _forms(several: bool) -> list[Markup]:
    more = {"session:": "name of the session; commas mean or"} if several else {}
    notes = {
        "/regex/": "regular expression, most of Python's; /regex/i ignores case; \\x90 finds a byte of a binary message",
        "since:": "since:10s (ms s m h d, counted back from the last row)  since:12:03:44 (UTC)  since:2026-01-31T12:00",
    }
    forms = {**FORMS, **notes, **more}
    return [one for form, text in forms.items() for one in (tag("dt", tag("code", form)), tag("dd", text))]


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _summary(sessions: Sequence[SessionRows], saving: Saving) -> str:
    urls = dict.fromkeys(saving.url(one.record.url) for one in sessions if one.record.url)
    more = f" and {len(urls) - 3:,} more" if len(urls) > 3 else ""
    return f"{', '.join(list(urls)[:3])}{more}" or "WebSocket messages"


def _facts(sessions: Sequence[SessionRows], saving: Saving) -> str:
    parts = [
        _connection(f"{one.record.name}, connection {connection.number}", connection, saving)
        for one in sessions
        for connection in one.record.connections
        if connection.handshake is not None or connection.certificate is not None
    ]
    return str(tag("div", *parts, id="facts")) if parts else ""


def _connection(title: str, connection: ConnectionRecord, saving: Saving) -> Markup:
    heads = () if connection.handshake is None else saving.heads(connection.handshake)
    texts = ["\n\n".join(head.rstrip().replace("\r\n", "\n") for head in heads)]
    texts += [] if connection.certificate is None else [bundle(connection.certificate)["text/plain"]]
    summary = tag("summary", f"Handshake and certificate of {title}")
    return tag("details", summary, *(tag("pre", text) for text in texts if text))


def _write_rows(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    names = {one.record.name: number for number, one in enumerate(sessions)}
    known = {**tables(), "decoders": list(DECODERS)}
    file.write(f'{{"names":{_json(list(names))},"tables":{_json(known)},"rows":['.encode())
    room, count, between = PAYLOADS, 0, ""
    for message, name in saving.each(merged({one.record.name: one.messages for one in sessions})):
        if room < 0 or count >= ROWS:
            saving.leave_out("messages beyond what a page should have")
            continue
        line = _json(_row(message, names[name], saving))
        file.write(f"{between}\n{line}".encode())
        room, count, between = room - len(line), count + 1, ","
    file.write(b"\n]}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _row(message: Message, session: int, saving: Saving) -> list[Any]:
    payload = saving.payload(message)
    part = len(payload) > PAYLOAD
    if part:
        saving.lose(f"what payloads have beyond {PAYLOAD >> 10} KiB")
        payload = payload[:PAYLOAD]
        if message.kind == "text":
            payload = payload.decode("utf-8", "ignore").encode()  # it may have been cut in a character
    text, encoding = encoded(payload, message.kind)
    row = [
        *(message.index, time_text(message.time_ns), session, message.direction == "sent", message.kind, message.size),
        *(text, encoding == "base64", _label(message, saving), message.incomplete or part),
        *(saving.note(message), message.connection - 1, message.decoder or "", _decoded(message, saving)),
    ]
    while len(row) > 10 and row[-1] in (None, 0, ""):
        row.pop()  # what most rows have nothing of
    return row


def _decoded(message: Message, saving: Saving) -> str:
    """Write what a decoder says beyond the payload, for the filter."""
    meaning = look_at(message, b"").meaning if message.size <= PAYLOAD else None
    return "" if meaning is None else saving.text(meaning.text.decode("utf-8", "replace"))[:PAYLOAD]


def _label(message: Message, saving: Saving) -> str:
    found = message.decode() if message.size <= PAYLOAD else None
    if found is None:
        return ""
    label = found.label or (short(found.value) if message.kind == "binary" else "")
    return saving.text(label)[:_LABEL]
