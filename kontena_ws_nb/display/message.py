"""A message as text and HTML, as a notebook shows ``log[7]``; bounded, whatever the message contains."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ..close import Close
from ..redaction.payloads import mask, mask_bytes
from ..redaction.text import printable
from .html import Markup, displayed, tag

if TYPE_CHECKING:
    from ..log.message import Message

#: How many characters of a payload are shown.
_LIMIT = 4000
_HEX_BYTES = 256
#: Bytes of a payload that is decoded to be shown.
_DECODED = 1 << 20
_PRE = Markup("margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.5 monospace")


def message_bundle(message: Message) -> dict[str, str]:
    """Show a message: index, direction, kind, size, time and payload, with JSON indented and bytes as hexadecimal; secrets masked.

    Parameters
    ----------
    message : Message
        Any row of a log.

    Returns
    -------
    dict
        ``text/plain`` and ``text/html``.
    """
    stamp = (
        time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(message.time_ns // 10**9))
        + f".{message.time_ns // 1000 % 10**6:06}"
    )
    arrow = "↑ sent" if message.direction == "sent" else "↓ received"
    heading = f"Message {message.index:,}  {arrow}  {message.kind}  {message.size:,} bytes{' (incomplete)' if message.incomplete else ''}  {stamp}"
    body = _body(message)
    return displayed(f"{heading}\n{body}", tag("div", tag("div", tag("b", heading)), tag("pre", body, style=_PRE)))


def _body(message: Message) -> str:
    if message.kind == "close":
        close = Close.decode(message.view)
        return f"{close.code} {close.meaning} {printable(close.reason, _LIMIT)}".rstrip()
    if message.kind == "binary":
        body = _dump(message)
    else:
        text = _indented(mask(message.text)) if message.kind == "text" and message.size <= _LIMIT else message.text
        body = printable(text, _LIMIT, multiline=True)
    return (_decoded(message, body) if message.size <= _DECODED else "") + body


def _decoded(message: Message, body: str) -> str:
    """Write what the message's decoder says; empty when that is nothing, or the payload says it, as it is shown below."""
    from ..log.decoding import shown, text_of  # with all decoders, which most programs never ask

    found = shown(message.decode(), message.payload)
    if found is None or (not found.label and message.kind == "text"):
        return ""
    text = str(mask_bytes(text_of(found, message.payload)), "utf-8", "replace")
    value = printable(_indented(text) if len(text) <= _LIMIT else text, _LIMIT, multiline=True)
    label = f"{message.decoder or 'decoded'}: {printable(mask(found.label), _LIMIT)}" if found.label else ""
    return "".join(f"{part}\n" for part in (label, value) if part and part != body)


def _indented(text: str) -> str:
    if text[:1] not in ("{", "["):
        return text
    try:
        value = json.loads(text, parse_float=_exact, object_pairs_hook=_unique)
        return json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text  # not JSON, or JSON that would be changed by parsing and writing it


def _exact(text: str) -> float:
    if repr(float(text)) != text:
        raise ValueError(f"{text} would be written differently")
    return float(text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate keys would be lost")
    return found


def _dump(message: Message) -> str:
    lines = []
    shown = message.masked(0, _HEX_BYTES)
    for at in range(0, len(shown), 16):
        part = shown[at : at + 16]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
        lines.append(f"{at:08x}  {part.hex(' '):<47}  {text}")
    if message.size > _HEX_BYTES:
        lines.append(f"… {message.size - _HEX_BYTES:,} more bytes")
    return "\n".join(lines)
