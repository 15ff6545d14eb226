"""Messages without a protocol: JSON, compressed JSON, MessagePack, CBOR, and binary that is text."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final

from .decoder import Decoded, Decoder, Encoded
from .envelopes import unwrap
from .json_text import NOT_JSON, parse

#: Elements, bytes and characters that one MessagePack object may announce.
_MOST: Final = 1 << 20


class Plain(Decoder):
    """Decodes each message by itself, by what it looks like."""

    name = "plain"

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        payload = message.payload
        if message.text:
            value = parse(payload)
            return None if value is NOT_JSON else Decoded(value)
        inside = unwrap(payload)
        if inside is not None:
            value = self._value(inside[0])
            return None if value is NOT_JSON else Decoded(value, inside[1])
        value = self._value(payload)
        return None if value is NOT_JSON else Decoded(value)

    @staticmethod
    def _value(payload: bytes) -> Any:
        if (text := printable(payload)) is not None:
            value = parse(text)
            return text if value is NOT_JSON else value
        for objects in (msgpack_objects(payload), cbor_objects(payload)):
            # Alone, and an object or array: half of all bytes are a number in MessagePack, which says nothing.
            if len(objects) == 1 and isinstance(objects[0], (dict, list)):
                return objects[0]
        return NOT_JSON


class MessagePack(Decoder):
    """Decodes MessagePack, also scalars and several objects in a row."""

    name = "msgpack"
    subprotocols = ("msgpack",)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        return _decoded(msgpack_objects(message.payload))


class Cbor(Decoder):
    """Decodes CBOR (RFC 8949)."""

    name = "cbor"
    subprotocols = ("cbor",)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        return _decoded(cbor_objects(message.payload))


def printable(payload: bytes) -> str | None:
    r"""Read bytes as text, where they are one.

    Parameters
    ----------
    payload : bytes
        Of a binary message.

    Returns
    -------
    str or None
        None when it is no UTF-8, is empty, or holds control characters other than white space.

    Examples
    --------
    >>> printable(b"hi\n"), printable(b"\x01\x02")
    ('hi\n', None)
    """
    try:
        text = str(payload, "utf-8")
    except UnicodeDecodeError:
        return None
    return text if text and not any((c < " " and c not in "\t\n\r") or c == "\x7f" for c in text) else None


def msgpack_objects(payload: bytes) -> list[Any]:
    """Read MessagePack.

    Parameters
    ----------
    payload : bytes
        All of it must be objects.

    Returns
    -------
    list
        The objects; empty for what is none, or when the package ``msgpack`` is not there.
    """
    if not payload or find_spec("msgpack") is None:
        return []
    import msgpack  # type: ignore[import-untyped]

    unpacker = msgpack.Unpacker(
        raw=False,
        unicode_errors="surrogateescape",
        strict_map_key=False,
        timestamp=3,
        ext_hook=lambda code, data: {"ext": code, "data": data},
        max_buffer_size=max(len(payload), 1),
        max_array_len=_MOST,
        max_map_len=_MOST,
    )
    unpacker.feed(payload)
    values: list[Any] = []
    try:
        while unpacker.tell() < len(payload):
            values.append(unpacker.unpack())
    except Exception:  # noqa: BLE001  the library raises what its parts raise: ValueError, TypeError, OverflowError, its own
        return []
    return values


def cbor_objects(payload: bytes) -> list[Any]:
    """Read CBOR.

    Parameters
    ----------
    payload : bytes
        All of it must be objects (a CBOR sequence, RFC 8742).

    Returns
    -------
    list
        The objects; empty for what is none, or when the package ``cbor2`` is not there.
    """
    if not payload or find_spec("cbor2") is None:
        return []
    from io import BytesIO

    import cbor2

    stream = BytesIO(payload)
    values: list[Any] = []
    try:
        while stream.tell() < len(payload):
            values.append(cbor2.load(stream))
    except Exception:  # noqa: BLE001  as above
        return []
    return values


def _decoded(objects: list[Any]) -> Decoded | None:
    return Decoded(objects[0] if len(objects) == 1 else objects) if objects else None
