"""MQTT 3.1.1 and 5 over WebSocket: control packets, wherever messages cut them.

Sources: OASIS MQTT Version 3.1.1 and Version 5.0; section 6 of both: packets need not be aligned with WebSocket messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded, Opening, together
from .json_text import line, short
from .limits import PARTIAL, RECORDS
from .plain import content
from .remembered import Remembered

_TYPES: Final = (
    "",
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
)
#: MQTT 5 section 2.4, and what 0 means to the packets where it is no success.
_REASONS: Final = {
    0x00: "success",
    0x01: "granted QoS 1",
    0x02: "granted QoS 2",
    0x04: "disconnect with will message",
    0x10: "no matching subscribers",
    0x11: "no subscription existed",
    0x18: "continue authentication",
    0x19: "re-authenticate",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x91: "packet identifier in use",
    0x92: "packet identifier not found",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9A: "retain not supported",
    0x9B: "QoS not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}
#: MQTT 3.1.1 section 3.2.2.3.
_REASONS_311: Final = {
    0: "connection accepted",
    1: "unacceptable protocol version",
    2: "identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized",
}
#: MQTT 5 section 2.2.2.2: what follows an identifier of a property. b byte, h and w integers, v variable byte integer,
#: s text, d binary data, p pair of texts.
_PROPERTIES: Final = {
    0x01: ("payload_format_indicator", "b"),
    0x02: ("message_expiry_interval", "w"),
    0x03: ("content_type", "s"),
    0x08: ("response_topic", "s"),
    0x09: ("correlation_data", "d"),
    0x0B: ("subscription_identifier", "v"),
    0x11: ("session_expiry_interval", "w"),
    0x12: ("assigned_client_identifier", "s"),
    0x13: ("server_keep_alive", "h"),
    0x15: ("authentication_method", "s"),
    0x16: ("authentication_data", "d"),
    0x17: ("request_problem_information", "b"),
    0x18: ("will_delay_interval", "w"),
    0x19: ("request_response_information", "b"),
    0x1A: ("response_information", "s"),
    0x1C: ("server_reference", "s"),
    0x1F: ("reason_string", "s"),
    0x21: ("receive_maximum", "h"),
    0x22: ("topic_alias_maximum", "h"),
    0x23: ("topic_alias", "h"),
    0x24: ("maximum_qos", "b"),
    0x25: ("retain_available", "b"),
    0x26: ("user_property", "p"),
    0x27: ("maximum_packet_size", "w"),
    0x28: ("wildcard_subscription_available", "b"),
    0x29: ("subscription_identifier_available", "b"),
    0x2A: ("shared_subscription_available", "b"),
}


class MQTT(Decoder):
    """Decodes packets, both ways.

    The version is CONNECT's. Where that was not seen, a packet that reads as one of version 5 is one.
    """

    name = "mqtt"
    stateful = True
    subprotocols = ("mqtt", "mqttv3.1", "mqttv3.1.1", "mqttv5", "mqttv5.0")
    heartbeat = (30.0, b"\xc0\x00")

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._version: int | None = None
        self._rest: dict[bool, bytearray] = {}  # of a packet that is still arriving, by direction
        self._aliases = Remembered()

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by the packet that a client begins with."""
        return any(
            one.sent
            and not one.text
            and one.payload[:1] == b"\x10"
            and (b"\0\4MQTT" in one.payload[2:11] or b"\0\6MQIsdp" in one.payload[2:13])
            for one in first
        )

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if message.text:
            return None
        data = self._rest.pop(message.sent, bytearray())
        data += message.payload
        packets: list[Decoded] = []
        at = count = 0
        try:
            while at < len(data):
                size = _length(data, at + 1)
                if size is None or sum(size) > len(data):
                    break
                count += 1
                if count <= RECORDS:
                    body = _Reader(bytes(data[size[1] : sum(size)]), len(data))
                    packets.append(self._packet(data[at], body, message.sent))
                at = sum(size)
            if at < len(data):
                size = _length(data, at + 1)
                if size is not None and size[0] > PARTIAL:
                    raise ValueError("a packet is too long")
        except ValueError:  # where the next packet begins, nobody knows
            return None
        if at < len(data):
            del data[:at]
            self._rest[message.sent] = data
            if not packets:
                return Decoded({"type": "part", "size": len(data)}, f"part of a packet, {len(data):,} bytes so far")
        return together(packets, "packets", count)

    def _packet(self, first: int, body: _Reader, sent: bool) -> Decoded:
        kind = _TYPES[first >> 4]
        if not kind:
            raise ValueError("no packet has the type 0")
        if kind == "CONNACK" and self._version is None:  # only version 5 has properties, if none of them
            self._version = 4 if body.left == 2 else 5
        packet = _Packet(kind, first & 15, sent, self._version or 5, self._aliases)
        try:
            decoded = packet.decode(body)
        except ValueError:
            if self._version is not None:
                raise
            packet = _Packet(kind, first & 15, sent, 4, self._aliases)
            decoded = packet.decode(body.again())
        if kind == "CONNECT":
            self._version = packet.value["version"]
        return decoded


class _Packet:
    """Reads one packet as a version has it."""

    def __init__(self, kind: str, flags: int, sent: bool, version: int, aliases: Remembered) -> None:
        self.value: dict[str, Any] = {"type": kind}
        self._kind = kind
        self._flags = flags
        self._sent = sent
        self._version = version
        self._aliases = aliases

    def decode(self, reader: _Reader) -> Decoded:
        """Read the packet's body; raises `ValueError` where it is none."""
        kind, value = self._kind, self.value
        if kind == "CONNECT":
            return self._connect(reader)
        if kind == "CONNACK":
            return self._connack(reader)
        if kind == "PUBLISH":
            return self._publish(reader)
        if kind in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return self._topics(reader)
        if kind in ("SUBACK", "UNSUBACK"):
            return self._reasons(reader)
        if kind in ("DISCONNECT", "AUTH"):
            self._reason(
                reader.byte() if reader.left else 0,
                {**_REASONS, 0: "normal disconnection"} if kind == "DISCONNECT" else _REASONS,
            )
            self._properties(value, reader)
            return Decoded(value, line(kind, value["reason"]))
        if kind in ("PINGREQ", "PINGRESP"):
            return Decoded(value, kind, *(("PINGREQ", None) if kind == "PINGREQ" else (None, "PINGREQ")))
        number = value["packet_id"] = reader.short()
        self._reason(reader.byte() if reader.left else 0, _REASONS)
        self._properties(value, reader)
        # PUBREL answers, but goes the way of what is answered.
        return Decoded(value, line(kind, number, value["reason"]), None, None if kind == "PUBREL" else number)

    def _connect(self, reader: _Reader) -> Decoded:
        value = self.value
        value["protocol"] = reader.text()
        self._version = value["version"] = reader.byte()
        marks = reader.byte()
        value["clean_start"], value["keep_alive"] = bool(marks & 2), reader.short()
        self._properties(value, reader)
        value["client_id"] = reader.text()
        if marks & 4:
            will: dict[str, Any] = {"qos": marks >> 3 & 3, "retain": bool(marks & 32)}
            self._properties(will, reader)
            will["topic"], will["payload"] = reader.text(), content(reader.binary(), reader.size)
            value["will"] = will
        if marks & 128:
            value["user_name"] = reader.text()
        if marks & 64:
            value["password"] = f"({reader.short():,} bytes)"  # what it is, nobody needs to see
        label = line(
            "CONNECT", short(value["client_id"]), f"version {self._version}", f"keep alive {value['keep_alive']} s"
        )
        return Decoded(value, label, "CONNECT")

    def _connack(self, reader: _Reader) -> Decoded:
        self.value["session_present"] = bool(reader.byte() & 1)
        code = reader.byte()
        self._reason(code, _REASONS if self._version >= 5 else _REASONS_311)
        self._properties(self.value, reader)
        return Decoded(self.value, line("CONNACK", self.value["reason"]), None, "CONNECT")

    def _publish(self, reader: _Reader) -> Decoded:
        value, flags = self.value, self._flags
        topic, qos = reader.text(), flags >> 1 & 3
        value |= {"topic": topic, "qos": qos, "retain": bool(flags & 1), "dup": bool(flags & 8)}
        number = None
        if qos:
            number = value["packet_id"] = reader.short()
        self._properties(value, reader)
        alias = value.get("properties", {}).get("topic_alias")
        if alias is not None:
            if topic:
                self._aliases.keep(self._sent, alias, topic)
            else:
                value["topic"] = topic = self._aliases.get(self._sent, alias)
        value["payload"] = content(reader.rest(), reader.size)
        marks = [name for bit, name in ((1, "retain"), (8, "dup")) if flags & bit]
        return Decoded(value, line("PUBLISH", topic, f"qos {qos}", *marks, short(value["payload"])), number)

    def _topics(self, reader: _Reader) -> Decoded:
        value = self.value
        number = value["packet_id"] = reader.short()
        self._properties(value, reader)
        topics: list[Any] = []
        labels: list[str] = []
        while reader.left:
            topic = reader.text()
            if self._kind == "UNSUBSCRIBE":
                topics.append(topic)
                labels.append(topic)
                continue
            options = reader.byte()
            topics.append({"filter": topic, "qos": options & 3})
            if options & ~3:  # MQTT 5 section 3.8.3.1
                topics[-1] |= {"no_local": bool(options & 4), "retain_as_published": bool(options & 8)}
                topics[-1]["retain_handling"] = options >> 4 & 3
            labels.append(f"{topic} qos {options & 3}")
        value["topics"] = topics
        return Decoded(value, line(self._kind, ", ".join(labels[:3])), number)

    def _reasons(self, reader: _Reader) -> Decoded:
        value = self.value
        number = value["packet_id"] = reader.short()
        self._properties(value, reader)
        known = _REASONS
        if self._kind == "SUBACK":
            known = {**_REASONS, 0: "granted QoS 0"}
            if self._version < 5:
                known[128] = "failure"
        if self._kind == "SUBACK" and not reader.left:
            raise ValueError("no reason for any topic")
        value["reasons"] = [known.get(code, f"reason {code:#04x}") for code in reader.rest()]
        return Decoded(value, line(self._kind, ", ".join(value["reasons"][:3])), None, number)

    def _reason(self, code: int, known: dict[int, str]) -> None:
        self.value["reason_code"], self.value["reason"] = code, known.get(code, f"reason {code:#04x}")

    def _properties(self, value: dict[str, Any], reader: _Reader) -> None:
        if self._version < 5 or not reader.left:
            return
        inside = _Reader(reader.take(reader.variable()))
        found: dict[str, Any] = {}
        while inside.left:
            identifier = inside.variable()
            if identifier not in _PROPERTIES:
                raise ValueError(f"no property has the identifier {identifier:#04x}")
            name, form = _PROPERTIES[identifier]
            one = inside.of(form)
            if name == "user_property":  # names may come several times, and in any order
                found.setdefault(name, {}).setdefault(one[0], []).append(one[1])
            elif name == "subscription_identifier":
                found.setdefault(name, []).append(one)
            else:
                found[name] = one
        for name, values in found.get("user_property", {}).items():
            if len(values) == 1:
                found["user_property"][name] = values[0]
        if found:
            value["properties"] = found


class _Reader:
    """Reads the fields of a packet, in order; raises `ValueError` where it ends too early."""

    def __init__(self, data: bytes, size: int = 0) -> None:
        self._data = data
        self._at = 0
        #: Bytes of the message it came in.
        self.size = size

    def again(self) -> _Reader:
        """Read from the beginning."""
        return _Reader(self._data, self.size)

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise ValueError("the packet ends too early")
        self._at += count
        return self._data[self._at - count : self._at]

    def rest(self) -> bytes:
        return self.take(self.left)

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def variable(self) -> int:
        size = _length(self._data, self._at)
        if size is None:
            raise ValueError("the packet ends too early")
        self._at = size[1]
        return size[0]

    def binary(self) -> bytes:
        return self.take(self.short())

    def text(self) -> str:
        return str(self.binary(), "utf-8", "replace")

    def of(self, form: str) -> Any:
        if form == "p":
            return self.text(), self.text()
        if form == "w":
            return int.from_bytes(self.take(4), "big")
        return {"b": self.byte, "h": self.short, "v": self.variable, "s": self.text, "d": self.binary}[form]()


def _length(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Read a variable byte integer (section 1.5.5): its value, and where it ends; None when it is cut."""
    value = 0
    for place in range(4):
        if at + place >= len(data):
            return None
        byte = data[at + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value, at + place + 1
    raise ValueError("a length has more than four bytes")
