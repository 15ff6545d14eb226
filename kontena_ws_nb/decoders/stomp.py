"""STOMP 1.0 to 1.2: frames with headers, and JSON in their bodies.

Source: https://stomp.github.io/stomp-specification-1.2.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening, together
from .json_text import line, short
from .limits import PARTIAL, RECORDS
from .plain import content

_COMMANDS: Final = frozenset(
    [
        "CONNECT",
        "STOMP",
        "CONNECTED",
        "SEND",
        "SUBSCRIBE",
        "UNSUBSCRIBE",
        "ACK",
        "NACK",
        "BEGIN",
        "COMMIT",
        "ABORT",
        "DISCONNECT",
        "MESSAGE",
        "RECEIPT",
        "ERROR",
    ]
)
_ESCAPE: Final = re.compile(r"\\([rnc\\])")
_ESCAPED: Final = {"r": "\r", "n": "\n", "c": ":", "\\": "\\"}
_SECRET: Final = frozenset({"passcode"})
_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_BEGINNING: Final = re.compile(rb"[\r\n]*([A-Z]{3,11})\r?\n")


class STOMP(Decoder):
    """Decodes frames, also such as arrive in several messages."""

    name = "stomp"
    stateful = True
    subprotocols = ("v12.stomp", "v11.stomp", "v10.stomp", "stomp")
    heartbeat = (10.0, "\n")

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._parts: dict[bool, bytearray] = {}  # of a frame, by direction

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the frame that a client begins with, or the server's answer."""
        return any(
            re.match(rb"(?:CONNECT|STOMP)\r?\n" if one.sent else rb"CONNECTED\r?\n", one.payload) is not None
            for one in first
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data, begun = message.payload, self._parts.pop(message.sent, None)
        if begun is not None:
            begun += data
            if b"\0" not in data:
                return self._part(begun, message.sent)
            data = bytes(begun)
        if not data.strip(b"\r\n"):
            return Decoded({"command": "heart-beat"}, "heart-beat") if data else None
        frames: list[Decoded] = []
        at = 0
        while at < len(data) and len(frames) < RECORDS:
            if data[at] in b"\r\n":
                at += 1
                continue
            try:
                found = _frame(data, at)
            except ValueError:
                return None
            if found is None:
                break
            frames.append(found[0])
            at = found[1]
        if at < len(data) and len(frames) < RECORDS:
            beginning = _BEGINNING.match(data, at)
            if beginning is None or str(beginning[1], "ascii") not in _COMMANDS:
                return None
            part = self._part(bytearray(data[at:]), message.sent)
            if not frames:
                return part
            frames.append(part)
        return together(frames, "frames")

    def _part(self, begun: bytearray, sent: bool) -> Decoded:
        if len(begun) <= PARTIAL:
            self._parts[sent] = begun
        command = str(begun[:12], "utf-8", "replace").split("\n", 1)[0].strip()
        return Decoded(
            {"command": command, "part": len(begun)}, line("part of", command, f"{len(begun):,} bytes so far")
        )


def _frame(data: bytes, at: int) -> tuple[Decoded, int] | None:
    """Read a frame, and where it ends; None when it is not all there. Raises `ValueError` for what is none."""
    head = _HEAD.search(data, at)
    if head is None:
        return None
    command, *lines = re.split(r"\r?\n", str(data[at : head.start()], "utf-8", "replace"))
    if command not in _COMMANDS:
        raise ValueError("no command")
    headers: dict[str, str] = {}
    for one in lines:
        name, colon, told = one.partition(":")
        if not colon:
            raise ValueError("a header without a colon")
        if command not in ("CONNECT", "CONNECTED"):  # these are not escaped, to be read by 1.0
            name, told = (_ESCAPE.sub(lambda mark: _ESCAPED[mark[1]], part) for part in (name, told))
        headers.setdefault(name, told)  # section "Repeated header entries": the first counts
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 12:
        end = head.end() + int(length)
    else:
        end = data.find(b"\0", head.end())
    if end < 0 or end >= len(data):
        return None
    if data[end]:
        raise ValueError("a body that is longer than it says")
    raw = data[head.end() : end]
    value: dict[str, Any] = {
        "command": command,
        "headers": {name: "***" if name in _SECRET else text for name, text in headers.items()},
    }
    if raw:
        value["body"] = content(raw, len(data))
    about = [headers.get(name) for name in ("destination", "message", "receipt-id", "id", "version")]
    label = line(command, *about, short(value["body"]) if raw else "")
    asked, answered = headers.get("receipt"), headers.get("receipt-id")
    if command in ("CONNECT", "STOMP"):
        asked = "CONNECT"
    elif command == "CONNECTED":
        answered = "CONNECT"
    return Decoded(value, label, asked, answered), end + 1
