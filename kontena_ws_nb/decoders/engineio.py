"""Socket.IO protocol 5 over Engine.IO protocol 4: packets, namespaces, acknowledgements and binary attachments.

Sources: https://github.com/socketio/engine.io-protocol (revisions 3 and 4), https://github.com/socketio/socket.io-protocol
(revision 5), https://github.com/socketio/socket.io-msgpack-parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import NOT_JSON, given, line, parse, parsed, short
from .limits import ATTACHMENTS, PARTIAL
from .plain import msgpack_objects
from .remembered import Remembered

_ENGINE: Final = ("open", "close", "ping", "pong", "message", "upgrade", "noop")
_SOCKET: Final = ("CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK")
_PACKET: Final = re.compile(r"([0-6])(?:([0-9]{1,4})-)?(?:(/[^,]*)(?:,|$))?([0-9]{1,15})?", re.DOTALL)

Id = str | int


class _Waiting:
    """A packet whose attachments are still to come."""

    def __init__(self, decoded: Decoded, wanted: int) -> None:
        self.decoded = decoded
        self.wanted = wanted
        self.parts: list[bytes] = []
        self.size = 0


class SocketIO(Decoder):
    """Decodes both layers."""

    name = "socket.io"
    stateful = True
    replies = (("$.type=ping", "3"),)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._waiting: dict[bool, _Waiting] = {}  # by direction
        self._asked = Remembered()  # events that asked for an acknowledgement
        # Revision 3 puts the packet type before binary, too.
        self._is_3 = re.search(r"[?&]EIO=3(&|$)", opening.url) is not None

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the query that Engine.IO has, or its opening packet."""
        if re.search(r"[?&]EIO=[34](&|$)", opening.url) and "transport=websocket" in opening.url:
            return True
        return any(
            not message.sent
            and message.text
            and message.payload[:8] == b'0{"sid":'
            and b'"pingInterval"' in message.payload
            for message in first
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if not message.text:
            return self._binary(message)
        text = str(message.payload, "utf-8", "replace")
        if not text or text[0] not in "0123456":
            return None
        kind, rest = _ENGINE[int(text[0])], text[1:]
        if kind == "message":
            return self._packet(rest, message.sent) or Decoded(
                {"type": kind, "data": parsed(rest)}, line(kind, short(parsed(rest)))
            )
        value: dict[str, Any] = {"type": kind}
        if kind == "open" and isinstance(opened := parse(rest), dict):
            value["data"] = opened
            return Decoded(value, line("open sid", short(opened.get("sid"))))
        if rest:
            value["data"] = rest
        return Decoded(value, line(kind, rest))

    def _packet(self, text: str, sent: bool) -> Decoded | None:
        """Decode a packet of Socket.IO; None when it is none, but a message of Engine.IO alone."""
        found = _PACKET.match(text)
        if found is None:
            return None
        kind = _SOCKET[int(found[1])]
        body = text[found.end() :]
        data = parse(body) if body else None
        if data is NOT_JSON:
            return None
        number = None if found[4] is None else int(found[4])
        decoded = self._meant(kind, found[3] or "/", number, data, sent)
        if decoded is None or not kind.startswith("BINARY"):
            return decoded
        wanted = int(found[2] or 0)
        if not 0 < wanted <= ATTACHMENTS:
            return None
        self._waiting[sent] = _Waiting(decoded, wanted)
        # An answer is complete with its last attachment.
        more = f"(+ {wanted} attachment{'s' if wanted > 1 else ''})"
        return Decoded(decoded.value, line(decoded.label, more), decoded.id)

    def _meant(self, kind: str, namespace: str, number: int | None, data: Any, sent: bool) -> Decoded | None:
        value: dict[str, Any] = {"type": kind, "namespace": namespace}
        if number is not None:
            value["id"] = number
        known: Id | None = number if namespace == "/" or number is None else f"{namespace}#{number}"
        head = (kind, "" if namespace == "/" else namespace, "" if number is None else f"#{number}")
        if kind in ("EVENT", "BINARY_EVENT"):
            if not isinstance(data, list) or not data:
                return None
            value["event"], value["data"] = data[0], data[1:]
            name = data[0] if isinstance(data[0], str) else short(data[0])
            if known is not None:
                self._asked.keep(sent, known, name)
            return Decoded(value, line(*head, name, *(short(one) for one in data[1:3])), known)
        if kind in ("ACK", "BINARY_ACK"):
            value["data"] = data
            asked = "" if known is None else self._asked.take(not sent, known)
            if asked:
                value["of"] = asked
            return Decoded(value, line(*head, f"of {asked}" if asked else "", given(data)), None, known)
        if data is not None:
            value["data"] = data
        return Decoded(value, line(*head, given(data)))

    def _binary(self, message: Encoded) -> Decoded | None:
        data, waiting = message.payload, self._waiting.get(message.sent)
        if self._is_3 and data[:1] == b"\4":
            data = data[1:]
        if waiting is not None:
            return self._attachment(waiting, data, message.sent)
        objects = msgpack_objects(data, most=1)
        packet = objects[0] if objects else None
        if isinstance(packet, dict) and isinstance(namespace := packet.get("nsp"), str):
            kind, number = packet.get("type"), packet.get("id")
            if type(kind) is int and 0 <= kind < len(_SOCKET):
                known = number if type(number) is int else None
                return self._meant(_SOCKET[kind], namespace, known, packet.get("data"), message.sent)
        return Decoded({"type": "message", "data": data}, line("message", short(data)))

    def _attachment(self, waiting: _Waiting, data: bytes, sent: bool) -> Decoded:
        waiting.parts.append(data)
        waiting.size += len(data)
        whole = waiting.decoded
        label = line(
            f"attachment {len(waiting.parts)}/{waiting.wanted} of", whole.value["type"], whole.value.get("event")
        )
        complete = len(waiting.parts) == waiting.wanted
        if complete or waiting.size > PARTIAL:
            del self._waiting[sent]
        if not complete or waiting.size > PARTIAL:
            return Decoded({"type": "attachment", "size": len(data)}, label)
        parts = dict(enumerate(waiting.parts))
        filled = _filled(whole.value["data"], parts)
        told = [short(one) for one in filled[:2]] if isinstance(filled, list) else []
        return Decoded({**whole.value, "data": filled}, line(label, *told), None, whole.answers)


def _filled(value: Any, parts: dict[int, bytes]) -> Any:
    """Put attachments where the placeholders of a parsed value are, each once: a small packet must not mean much."""
    if isinstance(value, list):
        return [_filled(one, parts) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        return parts.pop(number, value) if type(number) is int else value
    return {key: _filled(one, parts) for key, one in value.items()}
