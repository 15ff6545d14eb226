"""Insomnia's response log of a WebSocket: JSON Lines with ``_id``, ``requestId``, ``type`` and ``timestamp`` (milliseconds).

``type`` is ``open``, ``message`` (with ``direction``, ``OUTGOING`` or ``INCOMING``, and ``data``), ``close`` (``code``,
``reason``, ``wasClean``) or ``error`` (``message``). Binary data is what Node's ``JSON.stringify`` makes of a `Buffer`:
``{"type":"Buffer","data":[1,2]}``. Source: Insomnia's ``main/network/websocket.ts``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from ..close import Close
from ..log.message import Message
from .files import CaptureBuilder, CaptureFile, field, text_bytes, words
from .json_stream import JSONError, parse
from .moments import epoch_ns
from .saving import Saving, SessionRows

_TYPES: Final = ("open", "message", "close", "error")


def read_insomnia(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read a response log.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it: a session for each request.

    Raises
    ------
    UnreadableError
        A line is too long; what stands before it was read.
    """
    for number, line in file.lines():
        try:
            said = parse(str(line, "utf-8-sig", "replace"))
        except JSONError:
            ended = "" if line.endswith(b"\n") else ": it ends in the middle"
            into.problem(f"line {number:,} is no JSON{ended}")
            continue
        kind = field(said, "type")
        payload = _payload(field(said, "data")) if kind == "message" else None
        if kind not in _TYPES or (kind == "message" and payload is None):
            into.problem(f"line {number:,} is no event of a WebSocket")
            continue
        session, when = into.named(words(field(said, "requestId"), 1000)), epoch_ns(field(said, "timestamp"))
        if payload is not None:
            sent = field(said, "direction") == "OUTGOING"
            session.add(*payload, when, sent=sent)
        elif kind == "open":
            session.add("open", b"connected", when)
        elif kind == "close":
            session.close(field(said, "code"), field(said, "reason"), when)
        else:
            session.add("error", text_bytes(words(field(said, "message"))), when)


def _payload(data: Any) -> tuple[str, bytes] | None:
    if isinstance(data, str):
        return "text", text_bytes(data)
    numbers = field(data, "data") if field(data, "type") == "Buffer" else None
    try:
        return ("binary", bytes(numbers)) if isinstance(numbers, list) else None
    except (TypeError, ValueError):  # something else than bytes
        return None


def write_insomnia(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions. The log has milliseconds, and neither pings nor pongs.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    sessions : sequence of SessionRows
        What.
    saving : Saving
        How.
    """
    saving.lose_records(sessions)
    for rows in sessions:
        for message in saving.each(rows.messages):
            event = _event(message, saving)
            if event is None:
                saving.leave_out(f"rows of kind {message.kind!r}")
                continue
            saving.lose_details(message)
            saving.lose("times finer than a millisecond", message.time_ns % 10**6 != 0)
            line = {"_id": str(uuid.uuid4()), "requestId": rows.record.name, **event}
            line["timestamp"] = message.time_ns // 10**6
            file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def _event(message: Message, saving: Saving) -> dict[str, Any] | None:
    payload = saving.payload(message)
    text = str(payload, "utf-8", "replace")
    if message.kind in ("text", "binary"):
        data: Any = text if message.kind == "text" else {"type": "Buffer", "data": list(payload)}
        saving.lose("texts that are not UTF-8", message.kind == "text" and text_bytes(text) != payload)
        direction = "OUTGOING" if message.direction == "sent" else "INCOMING"
        return {"data": data, "type": "message", "direction": direction}
    if message.kind == "open":
        saving.lose("texts of rows of kind 'open'", payload != b"connected")
        return {"type": "open"}
    if message.kind == "close":
        saving.lose("directions of close frames", message.direction == "sent")
        close = Close.decode(payload)
        return {"type": "close", "code": close.code, "reason": close.reason, "wasClean": True}
    return {"type": "error", "message": text} if message.kind == "error" else None
