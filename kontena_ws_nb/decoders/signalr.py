"""SignalR's hub protocol: JSON records that end in 0x1e, and MessagePack records with a length before them.

Source: https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening, together
from .json_text import cut, line, parse, short
from .limits import RECORDS
from .packages import missing, package
from .plain import msgpack_objects
from .remembered import Remembered

_SEPARATOR: Final = b"\x1e"
_TYPES: Final = {
    1: "Invocation",
    2: "StreamItem",
    3: "Completion",
    4: "StreamInvocation",
    5: "CancelInvocation",
    6: "Ping",
    7: "Close",
    8: "Ack",
    9: "Sequence",
}
#: What stands at which place of a MessagePack record, by its type.
_FIELDS: Final = {
    1: ("type", "headers", "invocationId", "target", "arguments", "streamIds"),
    2: ("type", "headers", "invocationId", "item"),
    3: ("type", "headers", "invocationId", "resultKind", "result"),
    4: ("type", "headers", "invocationId", "target", "arguments", "streamIds"),
    5: ("type", "headers", "invocationId"),
    6: ("type",),
    7: ("type", "error", "allowReconnect"),
    8: ("type", "sequenceId"),
    9: ("type", "sequenceId"),
}


class SignalR(Decoder):
    """Decodes records; a message of one record has that record's value."""

    name = "signalr"
    stateful = True
    heartbeat = (15.0, '{"type":6}\x1e')

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._targets = Remembered()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the handshake that a client begins with."""
        return any(map(_is_handshake, first))

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = message.payload
        values: list[Any]
        count = None
        if data.endswith(_SEPARATOR) and data[:1] == b"{":
            records = data[:-1].split(_SEPARATOR)
            values, count = [parse(record) for record in records[:RECORDS]], len(records)
        elif message.text:
            return None
        elif package("msgpack") is None:
            return missing("msgpack", "SignalR's MessagePack")
        else:
            values = _packed(data)
        if not all(isinstance(value, dict) for value in values):
            return None
        return together([self._record(value, message.sent) for value in values], "records", count)

    def _record(self, value: dict[str, Any], sent: bool) -> Decoded:
        kind = _TYPES.get(number, "") if isinstance(number := value.get("type"), int) else ""
        if not kind:
            # The handshake is answered by an object without an id.
            ids = ("handshake", None) if "protocol" in value else (None, "handshake")
            return Decoded(value, line("Handshake", short(value)), *ids)
        found = value.get("invocationId")
        known = found if isinstance(found, str) else None
        shown = "" if known is None else cut(f"#{known}", 40)
        if "target" in value:
            target, arguments = str(value["target"]), value.get("arguments")
            if known is not None:
                self._targets.keep(sent, known, target)
            told = [short(one) for one in arguments[:2]] if isinstance(arguments, list) else []
            return Decoded(value, line(kind, shown, target, *told), known)
        if kind in ("StreamItem", "Completion"):
            target = ""
            if known is not None:
                target = (self._targets.take if kind == "Completion" else self._targets.get)(not sent, known)
            told = next(
                (
                    [f"error {short(value[name])}" if name == "error" else short(value[name])]
                    for name in ("error", "result", "item")
                    if value.get(name) is not None
                ),
                [],
            )
            return Decoded(value, line(kind, shown, f"of {target}" if target else "", *told), None, known)
        error = value.get("error") if kind == "Close" else None
        return Decoded(value, line(kind, shown, short(error) if error else value.get("sequenceId")))


def _is_handshake(message: Encoded) -> bool:
    if message.payload[:1] != b"{" or _SEPARATOR not in message.payload:
        return False
    value = parse(message.payload[: message.payload.index(_SEPARATOR)])
    return isinstance(value, dict) and isinstance(value.get("protocol"), str) and "version" in value


def _packed(data: bytes) -> list[Any]:
    """Take MessagePack records apart; nothing when they are none."""
    values: list[Any] = []
    at = 0
    while at < len(data) and len(values) < RECORDS:
        size, at = _size(data, at)
        objects = msgpack_objects(data[at : at + size], most=1) if 0 < size <= len(data) - at else []
        record = objects[0] if objects else None
        if not isinstance(record, list) or not record or type(record[0]) is not int or record[0] not in _FIELDS:
            return []
        value = dict(zip(_FIELDS[record[0]], record, strict=False))
        if record[0] == 3 and value.get("resultKind") == 1:
            value["error"] = value.pop("result", None)
        values.append({name: one for name, one in value.items() if name != "headers" or one})
        at += size
    return values


def _size(data: bytes, at: int) -> tuple[int, int]:
    """Read the length before a record (a VarInt of five bytes at most), and where it ends; 0 when it is none."""
    size = 0
    for place in range(5):
        if at + place >= len(data):
            break
        size |= (data[at + place] & 127) << 7 * place
        if data[at + place] < 128:
            return size, at + place + 1
    return 0, at
