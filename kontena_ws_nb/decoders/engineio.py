"""Socket.IO protocol 5 over Engine.IO protocol 4: packets, namespaces, acknowledgements and binary attachments.

Sources: https://github.com/socketio/engine.io-protocol (revision 4), https://github.com/socketio/socket.io-protocol
(revision 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import NOT_JSON, parse, short

_ENGINE: Final = ("open", "close", "ping", "pong", "message", "upgrade", "noop")
_SOCKET: Final = ("CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK")
_PACKET: Final = re.compile(r"([0-6])(?:([0-9]{1,4})-)?(?:(/[^,]*),)?([0-9]{1,15})?", re.DOTALL)
#: Attachments of one packet, their bytes, and events whose acknowledgement is awaited.
_ATTACHMENTS: Final = 256
_BYTES: Final = 16 << 20
_AWAITED: Final = 1000


class _Waiting:
    """A packet whose attachments are still to come."""

    def __init__(self, value: dict[str, Any], wanted: int, label: str) -> None:
        self.value = value
        self.wanted = wanted
        self.label = label
        self.parts: list[bytes] = []


class SocketIO(Decoder):
    """Decodes both layers."""

    name = "socket.io"
    stateful = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._waiting: dict[bool, _Waiting] = {}  # by direction
        self._asked: dict[tuple[bool, str, int], str] = {}  # events that asked for an acknowledgement

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the path and query that Engine.IO has, or its opening packet."""
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
            return self._attachment(message)
        text = str(message.payload, "utf-8", "replace")
        if not text or text[0] not in "0123456":
            return None
        kind, rest = _ENGINE[int(text[0])], text[1:]
        if kind == "message":
            return self._socket(rest, message.sent)
        value: dict[str, Any] = {"type": kind}
        if kind == "open" and isinstance(opened := parse(rest), dict):
            value["data"] = opened
            return Decoded(value, f"open sid {short(opened.get('sid'))}")
        if rest:
            value["data"] = rest
        return Decoded(value, f"{kind} {rest}".rstrip())

    def _socket(self, text: str, sent: bool) -> Decoded | None:
        found = _PACKET.match(text)
        if found is None:
            return None
        kind = _SOCKET[int(found[1])]
        namespace, number = found[3] or "/", None if found[4] is None else int(found[4])
        body = text[found.end() :]
        data = parse(body) if body else None
        if data is NOT_JSON:
            return None
        value: dict[str, Any] = {"type": kind, "namespace": namespace}
        if number is not None:
            value["id"] = number
        where = "" if namespace == "/" else f" {namespace}"
        answers: str | None = None
        told = ""
        if kind in ("EVENT", "BINARY_EVENT"):
            if not isinstance(data, list) or not data:
                return None
            value["event"], value["data"] = data[0], data[1:]
            told = f" {data[0]}" + "".join(f" {short(one)}" for one in data[1:3])
            if number is not None:
                self._ask(sent, namespace, number, str(data[0]))
        elif kind in ("ACK", "BINARY_ACK"):
            value["data"] = data
            answers = f"{namespace}{number}"
            asked = self._asked.pop((not sent, namespace, number or 0), None)
            if asked is not None:
                value["of"] = asked
            told = f"{f' of {asked}' if asked else ''}{f' {short(data)}' if data else ''}"
        elif data is not None:
            value["data"] = data
            told = f" {short(data)}"
        mark = "" if number is None else f" #{number}"
        label = f"{kind}{where}{mark}{told}"
        wanted = int(found[2] or 0)
        if kind.startswith("BINARY"):
            if not 0 < wanted <= _ATTACHMENTS:
                return None
            self._waiting[sent] = _Waiting(value, wanted, label)
            label += f" (+ {wanted} attachment{'s' if wanted > 1 else ''})"
        asked_as = f"{namespace}{number}" if number is not None and answers is None else None
        return Decoded(value, label, asked_as, answers)

    def _ask(self, sent: bool, namespace: str, number: int, event: str) -> None:
        self._asked[sent, namespace, number] = event
        if len(self._asked) > _AWAITED:
            del self._asked[next(iter(self._asked))]

    def _attachment(self, message: Encoded) -> Decoded | None:
        waiting = self._waiting.get(message.sent)
        if waiting is None:
            return None
        waiting.parts.append(message.payload)
        at = f"attachment {len(waiting.parts)}/{waiting.wanted} of {waiting.label}"
        if sum(map(len, waiting.parts)) > _BYTES:
            del self._waiting[message.sent]
            return Decoded({"type": "attachment", "size": len(message.payload)}, at)
        if len(waiting.parts) < waiting.wanted:
            return Decoded({"type": "attachment", "size": len(message.payload)}, at)
        del self._waiting[message.sent]
        return Decoded({**waiting.value, "data": _filled(waiting.value["data"], waiting.parts)}, at)


def _filled(value: Any, parts: list[bytes], depth: int = 0) -> Any:
    """Put attachments where their placeholders are."""
    if depth > 100:
        return value
    if isinstance(value, list):
        return [_filled(one, parts, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("_placeholder") is True:
        number = value.get("num")
        return parts[number] if type(number) is int and 0 <= number < len(parts) else value
    return {key: _filled(one, parts, depth + 1) for key, one in value.items()}
