"""ZAP's WebSocket API (``/JSON/websocket/view/messages``): an object with ``messages``, or one with ``message``, or a list of them.

Every field is a string: ``opcodeString`` (``TEXT``, ``BINARY``, ``PING`` …), ``outgoing``, ``channelId``, ``channelHost``,
``timestamp`` (milliseconds), ``payloadLength`` and ``payload``: text, or hexadecimal for other bytes. A text that is JSON
stands in single quotes in ``view/message``; ``view/messages`` cuts it to a preview. Source: ZAP's
``WebSocketMessageDTO.java``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from ..log.kinds import CODES, LIFECYCLE
from ..redaction.text import printable
from .files import CaptureBuilder, CaptureFile, field, text_bytes, words
from .json_stream import JSONStream
from .moments import epoch_ns
from .saving import Saving, SessionRows

_KINDS: Final = {"TEXT": "text", "BINARY": "binary", "CLOSE": "close", "PING": "ping", "PONG": "pong"}
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})*")


def read_zap(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read an answer of the API.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it: a session for each channel.

    Raises
    ------
    JSONError, UnreadableError
        It is none from some place on; what stands before it was read.
    """
    stream = JSONStream(file.read)
    if stream.peek() == "[":
        _read_messages(stream, into)
        return
    for name in stream.members():
        if name == "messages" and stream.peek() == "[":
            _read_messages(stream, into)
        elif name == "message":
            _read_message(stream.value(), into)


def _read_messages(stream: JSONStream, into: CaptureBuilder) -> None:
    for _ in stream.items():
        _read_message(stream.value(), into)


def _read_message(said: Any, into: CaptureBuilder) -> None:
    said = field(said, "message") or said
    kind = _KINDS.get(words(field(said, "opcodeString"), 20).upper())
    payload = field(said, "payload")
    if kind is None or not isinstance(payload, str):
        into.problem("a message has no opcodeString, or no payload")
        return
    channel, host = words(str(field(said, "channelId")), 100), words(field(said, "channelHost"), 200)
    session = into.named(f"{host}#{channel}", host or f"channel {channel}")
    size = words(str(field(said, "payloadLength")), 20)
    data, cut = _payload(kind, payload, int(size) if size.isdecimal() else None)
    if cut:
        into.problem("a message is a preview: ZAP's view/messages cuts payloads, payloadPreviewLength= sets where")
    sent = str(field(said, "outgoing")).lower() == "true"
    session.add(kind, data, epoch_ns(field(said, "timestamp")), sent=sent, incomplete=cut)


def _payload(kind: str, payload: str, size: int | None) -> tuple[bytes, bool]:
    """Read a payload, and tell whether a part of it is missing."""
    plain = text_bytes(payload)
    if kind != "text" and _HEX.fullmatch(payload) and (size is None or len(payload) == 2 * size):
        return bytes.fromhex(payload), False
    if size is not None and len(plain) == size + 2 and payload[:1] == payload[-1:] == "'":
        return plain[1:-1], False
    return plain, size is not None and len(plain) < size


def write_zap(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions, as the API answers, but for whole payloads. It has milliseconds, and no rows that are no frames.

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
    file.write(b'{"messages":[')
    between = b"\n"
    for channel, rows in enumerate(sessions, 1):
        for number, message in enumerate(saving.each(rows.messages), 1):
            if message.kind in LIFECYCLE:
                saving.leave_out(f"rows of kind {message.kind!r}")
                continue
            saving.lose_details(message)
            saving.lose("times finer than a millisecond", message.time_ns % 10**6 != 0)
            data = saving.payload(message)
            payload = data.hex()
            if message.kind == "text":
                payload = str(data, "utf-8", "replace")
                saving.lose("texts that are not UTF-8", text_bytes(payload) != data)
            said = {
                "id": str(number),
                "opcode": str(CODES[message.kind]),
                "opcodeString": message.kind.upper(),
                "timestamp": str(message.time_ns // 10**6),
                "outgoing": "true" if message.direction == "sent" else "false",
                "channelId": str(channel),
                "channelHost": printable(rows.record.name),
                "payloadLength": str(len(text_bytes(payload)) if message.kind == "text" else len(data)),
                "payload": payload,
            }
            file.write(between + json.dumps(said, separators=(",", ":")).encode())
            between = b",\n"
    file.write(b"\n]}\n")
