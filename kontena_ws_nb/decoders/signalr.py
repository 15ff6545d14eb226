"""SignalR's hub protocol: JSON records that end in 0x1e, and MessagePack records with a length before them.

Source: https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening
from .json_text import parse, short
from .plain import msgpack_objects

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
#: Records of one message, and invocations whose targets are remembered.
_RECORDS: Final = 10_000
_AWAITED: Final = 1000


class SignalR(Decoder):
    """Decodes records; a message of one record has that record's value."""

    name = "signalr"
    stateful = True

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._targets: dict[tuple[bool, str], str] = {}

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the handshake that a client begins with."""
        return any(
            one.sent and one.payload.endswith(_SEPARATOR) and b'"protocol"' in one.payload and one.payload[:1] == b"{"
            for one in first
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        data = message.payload
        if data.endswith(_SEPARATOR) and data[:1] == b"{":
            values = [parse(record) for record in data[:-1].split(_SEPARATOR)[:_RECORDS]]
        elif not message.text:
            values = _packed(data)
        else:
            return None
        if not values or not all(isinstance(value, dict) for value in values):
            return None
        records = [self._record(value, message.sent) for value in values]
        if len(records) == 1:
            return records[0]
        return Decoded(
            [one.value for one in records], f"{len(records)} records: {'; '.join(one.label for one in records[:3])}"
        )

    def _record(self, value: dict[str, Any], sent: bool) -> Decoded:
        kind = _TYPES.get(number, "") if isinstance(number := value.get("type"), int) else ""
        if not kind:
            return Decoded(value, f"Handshake {short(value)}")
        found = value.get("invocationId")
        known = found if isinstance(found, str) else None
        label = kind
        answers: str | None = None
        if "target" in value:
            target = str(value["target"])
            arguments = value.get("arguments")
            label += f" {target}" + "".join(
                f" {short(one)}" for one in (arguments[:2] if isinstance(arguments, list) else ())
            )
            if known is not None:
                self._targets[sent, known] = target
                if len(self._targets) > _AWAITED:
                    del self._targets[next(iter(self._targets))]
        elif kind in ("StreamItem", "Completion"):
            answers = known
            if target := self._targets.get((not sent, known or "")):
                label += f" of {target}"
            told = next((value[name] for name in ("error", "result", "item") if value.get(name) is not None), None)
            label += "" if told is None else f" {'error ' if value.get('error') else ''}{short(told)}"
        elif kind == "Close" and value.get("error"):
            label += f" {short(value['error'])}"
        return Decoded(value, label, known if answers is None else None, answers)


def _packed(data: bytes) -> list[Any]:
    """Take MessagePack records apart; nothing when they are none."""
    values: list[Any] = []
    at = 0
    while at < len(data) and len(values) < _RECORDS:
        size = place = 0
        while True:
            if at >= len(data) or place == 5:
                return []
            size |= (data[at] & 127) << 7 * place
            place += 1
            at += 1
            if data[at - 1] < 128:
                break
        records = msgpack_objects(data[at : at + size]) if size and at + size <= len(data) else []
        record = records[0] if len(records) == 1 else None
        if not isinstance(record, list) or not record or not isinstance(record[0], int) or record[0] not in _FIELDS:
            return []
        value = dict(zip(_FIELDS[record[0]], record, strict=False))
        if record[0] == 3 and value.get("resultKind") == 1:
            value["error"] = value.pop("result", None)
        values.append({name: one for name, one in value.items() if name != "headers" or one})
        at += size
    return values
