"""SockJS: messages inside frames that are letters and JSON, and what is inside those.

Source: https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html, section "Framing".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .calls import JSONRPC
from .decoder import Decoded, Decoder, Encoded, Opening, together
from .graphql import GraphQL
from .json_text import line, parse, parsed, short
from .limits import RECORDS
from .stomp import STOMP

#: Protocols that are spoken inside: Spring's is STOMP.
_INSIDE: Final = (STOMP, JSONRPC, GraphQL)
#: Messages by which one of these is recognized.
_LOOKED_AT: Final = 8


class SockJS(Decoder):
    """Decodes frames; a frame of one message has that message's value."""

    name = "sockjs"
    stateful = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._inside: Decoder | None = None
        self._seen = 0

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the opening frame, and the URL (server, session, ``websocket``) or another frame."""
        received = [one.payload for one in first if one.text and not one.sent]
        if not received or received[0] != b"o":
            return False
        place = re.search(r"/[^/.]+/[^/.]+/websocket(\?|$)", opening.url)
        return place is not None or any(one[:3] in (b'a["', b"c[3", b"c[2") for one in received[1:])

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if not message.text:
            return None
        text = str(message.payload, "utf-8", "replace")
        mark, rest = text[:1], text[1:]
        if message.sent:  # the client sends a JSON array of texts, or one text
            messages = parse(text)
            return self._messages(messages if isinstance(messages, list) else [messages], True)
        if text in ("o", "h"):
            kind = "open" if text == "o" else "heartbeat"
            return Decoded({"type": kind}, kind)
        if mark in ("a", "m"):
            messages = parse(rest)
            return self._messages(messages if mark == "a" else [messages], False)
        if mark == "c" and isinstance(closed := parse(rest), list) and len(closed) == 2:
            value = {"type": "close", "code": closed[0], "reason": closed[1]}
            return Decoded(value, line("close", short(closed[0]), short(closed[1])))
        return None

    def _messages(self, messages: Any, sent: bool) -> Decoded | None:
        if not isinstance(messages, list) or not all(isinstance(one, str) for one in messages):
            return None
        if not messages:
            return Decoded([], "0 messages")
        return together([self._one(one, sent) for one in messages[:RECORDS]], "messages", len(messages))

    def _one(self, text: str, sent: bool) -> Decoded:
        encoded = Encoded(text.encode("utf-8", "replace"), True, sent)
        if self._inside is None and self._seen < _LOOKED_AT:
            self._seen += 1
            found = next((one for one in _INSIDE if one.recognizes(Opening(), [encoded])), None)
            self._inside = None if found is None else found(self.opening)
        inner = None if self._inside is None else self._inside.decode(encoded)
        if inner is not None:
            return inner
        value = parsed(text)
        return Decoded(value, line(short(value)))
