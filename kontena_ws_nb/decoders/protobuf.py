"""Protocol Buffers: with a message class, and without a schema, by the wire format alone.

Source: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import struct
from typing import Any, ClassVar, Final

from .decoder import Decoded, Decoder, Encoded
from .plain import printable

#: Fields of one message, all of its inner ones counted, and how deep they may be.
_FIELDS: Final = 100_000
_DEPTH: Final = 32


class Protobuf(Decoder):
    """Decodes messages without a schema: fields by their numbers.

    A field that holds bytes is a text where it is one, else a message where it is one, else bytes.
    """

    name = "protobuf"

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = fields(message.payload)
        return None if not value else Decoded(value)


class ProtobufMessage(Decoder):
    """Decodes messages of one class; made by `of`."""

    name = "protobuf message"
    message_class: ClassVar[Any] = None

    @classmethod
    def of(cls, message_class: Any) -> type[ProtobufMessage]:
        """Make a decoder of a generated class.

        Parameters
        ----------
        message_class : type
            Of ``google.protobuf``.

        Returns
        -------
        type
            A `Decoder`.
        """
        name = f"protobuf {message_class.DESCRIPTOR.full_name}"
        return type("ProtobufMessage", (cls,), {"name": name, "message_class": message_class})

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]

        read = self.message_class.FromString(message.payload)
        return Decoded(MessageToDict(read, preserving_proto_field_name=True), self.message_class.DESCRIPTOR.name)


def fields(data: bytes) -> dict[str, Any] | None:
    """Read a message without its schema.

    Parameters
    ----------
    data : bytes
        All of it must be fields.

    Returns
    -------
    dict or None
        By field number; a list where a number stands several times. None when it is no message.

    Examples
    --------
    >>> fields(bytes.fromhex("0896011203616263"))
    {'1': 150, '2': 'abc'}
    """
    budget = [_FIELDS]
    return _fields(data, 0, budget)


def _fields(data: bytes, depth: int, budget: list[int]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        budget[0] -= 1
        if at < 0 or not 0 < number < 1 << 29 or budget[0] < 0:
            return None
        value: Any
        if wire == 0:
            value, at = _varint(data, at)
            if at < 0:
                return None
        elif wire == 2:
            size, at = _varint(data, at)
            if at < 0 or at + size > len(data):
                return None
            value, at = _bytes(data[at : at + size], depth, budget), at + size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            if at + size > len(data):
                return None
            (value,) = struct.unpack("<d" if wire == 1 else "<f", data[at : at + size])
            at += size
        else:
            return None
        name = str(number)
        if name not in found:
            found[name] = [value]
        else:
            found[name].append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _bytes(data: bytes, depth: int, budget: list[int]) -> Any:
    text = printable(data)
    if text is not None:
        return text
    inner = _fields(data, depth + 1, budget) if data and depth < _DEPTH else None
    return inner or data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number and where it ends; -1 when it is cut or too long."""
    value = 0
    for place in range(10):
        if at + place >= len(data):
            return 0, -1
        byte = data[at + place]
        value |= (byte & 127) << 7 * place
        if byte < 128:
            return value & (1 << 64) - 1, at + place + 1
    return 0, -1
