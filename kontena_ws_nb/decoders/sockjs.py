"""SockJS: messages inside frames that are letters and JSON, and what is inside those.

Source: https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html, section "Framing".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parse, parsed, short


class SockJS(Decoder):
    """Decodes frames; a frame of one message has that message's value.

    Parameters
    ----------
    opening : Opening
        Of the connection.
    inside : Decoder, optional
        Decodes the messages in the frames; by default JSON is read.
    """

    name = "sockjs"
    stateful = True

    def __init__(self, opening: Opening, inside: Decoder | None = None) -> None:
        super().__init__(opening)
        self._inside = inside

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the URL (server, session, ``websocket``) and the opening frame."""
        place = re.search(r"/[^/.]+/[^/.]+/websocket(\?|$)", opening.url)
        return place is not None and any(one.payload == b"o" and one.text and not one.sent for one in first)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if not message.text:
            return None
        text = str(message.payload, "utf-8", "replace")
        mark, rest = text[:1], text[1:]
        if message.sent:  # the client sends a JSON array of texts, or one text
            messages = parse(text)
            return self._messages(messages if isinstance(messages, list) else [messages], "", True)
        if text in ("o", "h"):
            kind = "open" if text == "o" else "heartbeat"
            return Decoded({"type": kind}, kind)
        if mark in ("a", "m"):
            messages = parse(rest)
            return self._messages(messages if mark == "a" else [messages], mark, False)
        if mark == "c" and isinstance(closed := parse(rest), list) and len(closed) == 2:
            return Decoded(
                {"type": "close", "code": closed[0], "reason": closed[1]}, f"close {closed[0]} {short(closed[1])}"
            )
        return None

    def _messages(self, messages: Any, mark: str, sent: bool) -> Decoded | None:
        if not isinstance(messages, list) or not all(isinstance(one, str) for one in messages):
            return None
        decoded = [self._one(one, sent) for one in messages]
        if len(decoded) == 1:
            return decoded[0]
        return Decoded(
            [one.value for one in decoded], f"{len(decoded)} messages: {'; '.join(one.label for one in decoded[:3])}"
        )

    def _one(self, text: str, sent: bool) -> Decoded:
        if self._inside is not None:
            inner = self._inside.decode(Encoded(text.encode("utf-8", "surrogatepass"), True, sent))
            if inner is not None:
                return inner
        value = parsed(text)
        return Decoded(value, short(value))
