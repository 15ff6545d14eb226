"""STOMP 1.0 to 1.2: frames with headers, and JSON in their bodies.

Source: https://stomp.github.io/stomp-specification-1.2.html.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parsed, short
from .plain import printable

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
#: Frames of one message.
_FRAMES: Final = 1000


class STOMP(Decoder):
    """Decodes frames."""

    name = "stomp"
    subprotocols = ("v12.stomp", "v11.stomp", "v10.stomp", "stomp")

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the frame that a client begins with."""
        return any(one.sent and re.match(rb"(?:CONNECT|STOMP)\r?\n", one.payload) is not None for one in first)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = message.payload
        if not data.strip(b"\r\n"):
            return Decoded({"command": "heart-beat"}, "heart-beat") if data else None
        frames: list[Decoded] = []
        at = 0
        while at < len(data) and len(frames) < _FRAMES:
            if data[at : at + 1] in (b"\n", b"\r"):
                at += 1
                continue
            found = _frame(data, at)
            if found is None:
                return None
            frames.append(found[0])
            at = found[1]
        if len(frames) == 1:
            return frames[0]
        return Decoded(
            [one.value for one in frames], f"{len(frames)} frames: {'; '.join(one.label for one in frames[:3])}"
        )


def _frame(data: bytes, at: int) -> tuple[Decoded, int] | None:
    head = re.compile(rb"\r?\n\r?\n").search(data, at)
    if head is None:
        return None
    command, *lines = re.split(r"\r?\n", str(data[at : head.start()], "utf-8", "replace"))
    if command not in _COMMANDS:
        return None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, told = line.partition(":")
        if not colon:
            return None
        if command not in ("CONNECT", "CONNECTED"):  # these are not escaped, to be read by 1.0
            name, told = (_ESCAPE.sub(lambda mark: _ESCAPED[mark[1]], part) for part in (name, told))
        headers.setdefault(name, told)  # section "Repeated header entries": the first counts
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 12:
        end = head.end() + int(length)
    else:
        end = data.find(b"\0", head.end())
    if end < 0 or end >= len(data) or data[end]:
        return None
    raw = data[head.end() : end]
    value: dict[str, Any] = {
        "command": command,
        "headers": {name: "***" if name in _SECRET else text for name, text in headers.items()},
    }
    if raw:
        text = printable(raw)
        value["body"] = raw if text is None else parsed(text)
    about = " ".join(headers[name] for name in ("destination", "message", "receipt-id", "id") if name in headers)
    label = f"{command} {about}".rstrip() + (f" {short(value['body'])}" if raw else "")
    return Decoded(value, label, headers.get("receipt"), headers.get("receipt-id")), end + 1
