"""Messages without a protocol: JSON, compressed JSON, MessagePack, CBOR, binary that is text, and JSON inside JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import cache
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from .decoder import Decoded, Decoder, Encoded
from .envelopes import PACKAGES, TooLongError, mark, undo
from .json_text import NOT_JSON, deep, line, parse, parsed, short
from .limits import DEPTH, ELEMENTS, OBJECTS
from .packages import missing, package

_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: Bytes that are no array or map in MessagePack.
_SCALARS: Final = bytes(one for one in range(256) if not 0x80 <= one < 0xA0 and not 0xDC <= one < 0xE0)
#: How a timestamp (extension type -1) begins, and how binary does, which may be a key.
_RARE: Final = re.compile(rb"\xd6\xff|\xd7\xff|\xc7\x0c\xff|[\xc4-\xc6]")
#: How arrays and maps begin that announce more than 15 elements.
_ANNOUNCING: Final = re.compile(rb"[\xdc-\xdf]")
#: First bytes of MessagePack or CBOR that is an object or array and not empty.
_CONTAINERS: Final = frozenset((*range(0x81, 0x90), *range(0x91, 0xA0), 0x80, *range(0xDC, 0xE0), *range(0xA1, 0xC0)))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Plain(Decoder):
    """Decodes each message by itself, by what it looks like."""

    name = "plain"

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        payload = message.payload
        if message.text:
            return _json(message)
        return self.undone(payload)

    @staticmethod
    def undone(payload: bytes) -> Decoded | None:
        """Decode binary, compressed or not."""
        name = mark(payload)
        if name is not None:
            if name in PACKAGES and package(PACKAGES[name]) is None:
                return missing(PACKAGES[name], name)
            try:
                inside = undo(payload, name)
            except TooLongError as error:
                return Decoded({"hint": f"{name}: {error}"}, f"{name}: {error}")
            if inside is not None:
                return enveloped(inside, name)
        value = binary_value(payload)
        if value is not NOT_JSON:
            return Decoded(value)
        for name in ("deflate", "brotli"):  # without a mark of their own: only what is JSON inside
            try:
                inside = undo(payload, name)
            except TooLongError:
                continue
            value = NOT_JSON if inside is None or inside[:1] not in (b"{", b"[") else parse(inside)
            if value is not NOT_JSON:
                return Decoded(value, line(name, short(value)))
        return None


def _json(message: Encoded) -> Decoded | None:
    value = parse(message.payload)
    return None if value is NOT_JSON else Decoded(value)


class MessagePack(Decoder):
    """Decodes MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), also several objects in a row."""

    name = "msgpack"
    subprotocols = ("msgpack",)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if message.text:
            return _json(message)
        if package("msgpack") is None:
            return missing("msgpack", "MessagePack")
        return _objects(msgpack_objects(message.payload))


class Cbor(Decoder):
    """Decodes CBOR (RFC 8949), also several objects in a row (RFC 8742)."""

    name = "cbor"
    subprotocols = ("cbor",)

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        if message.text:
            return _json(message)
        if package("cbor2") is None:
            return missing("cbor2", "CBOR")
        return _objects(cbor_objects(message.payload))


class NestedJSON(Decoder):
    """Decodes JSON, and the JSON in its strings, and in theirs."""

    name = "nested-json"

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        value = parse(message.payload)
        if isinstance(value, str):
            value = parsed(value)
        elif value is NOT_JSON:
            return None
        value = _within(value, 0)
        return Decoded(value, line(short(value)))


def _within(value: Any, depth: int) -> Any:
    if depth > DEPTH:
        return value
    if isinstance(value, str):
        inner = parsed(value)
        return value if inner is value else _within(inner, depth)
    if isinstance(value, dict):
        return {key: _within(one, depth + 1) for key, one in value.items()}
    return [_within(one, depth + 1) for one in value] if isinstance(value, list) else value


def enveloped(inside: bytes, name: str) -> Decoded:
    """Decode what was in an envelope.

    Parameters
    ----------
    inside : bytes
        JSON, text, MessagePack, CBOR or anything.
    name : str
        Of the envelope.

    Returns
    -------
    Decoded
        Its value is the bytes when they are nothing that is known.
    """
    value = binary_value(inside)
    if value is NOT_JSON:
        value = inside
    return Decoded(value, line(name, short(value)))


def content(data: bytes, size: int) -> Any:
    """Read what a packet or frame of some protocol carries: as `binary_value`, or out of an envelope.

    Parameters
    ----------
    data : bytes
        Any.
    size : int
        Bytes of the message it came in. An envelope is opened when it is more than half of it: one of a message may be.

    Returns
    -------
    object
        JSON, when it is an object or array, a text, MessagePack, CBOR, or what is compressed; the bytes when it is none.
    """
    if not data:
        return ""
    text = printable(data)
    if text is not None:
        return parsed(text)
    if 2 * len(data) > size:
        found = Plain.undone(data)
        return data if found is None else found.value
    value = binary_value(data)
    return data if value is NOT_JSON else value


def binary_value(payload: bytes) -> Any:
    """Read bytes as what they look like: JSON, text, MessagePack, or CBOR.

    Parameters
    ----------
    payload : bytes
        Any.

    Returns
    -------
    object
        `NOT_JSON` when they look like nothing that is known.
    """
    if (text := printable(payload)) is not None:
        value = parse(text)
        return text if value is NOT_JSON else value
    if payload[:1] and payload[0] in _CONTAINERS:
        for objects in (msgpack_objects, cbor_objects):
            # Alone, and an object or array: half of all bytes are a number in MessagePack, which says nothing.
            found = objects(payload, most=1)
            if found and found[0] and isinstance(found[0], (dict, list)):
                return found[0]
    return NOT_JSON


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
    if not payload or _CONTROLS.search(payload) is not None:
        return None
    try:
        return str(payload, "utf-8")
    except UnicodeDecodeError:
        return None


def msgpack_objects(payload: bytes, most: int = OBJECTS) -> list[Any]:
    """Read MessagePack.

    Parameters
    ----------
    payload : bytes
        All of it must be objects.
    most : int, default `limits.OBJECTS`
        How many there may be.

    Returns
    -------
    list
        The objects; empty for what is none, more or nested too deeply, or when the package ``msgpack`` is not there.
    """
    msgpack = package("msgpack")
    if not payload or msgpack is None:
        return []
    rare = _RARE.search(payload) is not None
    try:
        if _ANNOUNCING.search(payload) is not None:
            # The library reserves what an array announces, and an array in it, and so on: 6 kB can take 230 MB. Of a
            # payload that is all there, the elements are, too.
            skipped = msgpack.Unpacker(max_buffer_size=len(payload))
            skipped.feed(payload)
            while skipped.tell() < len(payload):
                skipped.skip()
        try:
            if rare:
                raise ValueError
            values = [msgpack.unpackb(payload, **_FAST)]
        except ValueError:  # keys that are no texts, or several objects; or no MessagePack, which is told by this:
            unpacker = msgpack.Unpacker(**_SLOW, max_buffer_size=len(payload))
            unpacker.feed(payload)
            values = []
            while unpacker.tell() < len(payload):
                if len(values) == most:
                    return []
                values.append(unpacker.unpack())
            rare = True
    except Exception:  # noqa: BLE001  the library raises what its parts raise: TypeError, OverflowError, its own
        return []
    if len(payload) > DEPTH and len(payload.translate(None, _SCALARS)) > DEPTH and deep(values):
        return []
    return [_json_able(value) for value in values] if rare else values


_SIZES: Final[dict[str, Any]] = {
    "raw": False,
    "unicode_errors": "surrogateescape",
    "ext_hook": lambda code, data: {"ext": code, "data": data},
    "max_array_len": ELEMENTS,
    "max_map_len": ELEMENTS,
}
_FAST: Final[dict[str, Any]] = {**_SIZES, "strict_map_key": True}
_SLOW: Final[dict[str, Any]] = {
    **_SIZES,
    "strict_map_key": False,
    "object_pairs_hook": lambda pairs: {_key(key): value for key, value in pairs},
}


def _key(key: Any) -> str:
    """Make a key a text, as JSON has them."""
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        text = printable(key)
        return key.hex() if text is None else text
    return short(list(key) if isinstance(key, tuple) else key)


def cbor_objects(payload: bytes, most: int = OBJECTS) -> list[Any]:
    """Read CBOR.

    Parameters
    ----------
    payload : bytes
        All of it must be objects.
    most : int, default `limits.OBJECTS`
        How many there may be.

    Returns
    -------
    list
        The objects; empty for what is none, more or nested too deeply, or when the package ``cbor2`` is not there.
    """
    cbor2 = package("cbor2")
    if not payload or cbor2 is None:
        return []
    stream = BytesIO(payload)
    values: list[Any] = []
    try:
        decoder = cbor2.CBORDecoder(
            stream, semantic_decoders=_tags(), tag_hook=_tag, max_depth=DEPTH, str_errors="replace"
        )
        while stream.tell() < len(payload):
            if len(values) == most:
                return []
            values.append(_json_able(decoder.decode()))
    except Exception:  # noqa: BLE001  the library raises what its parts raise, and its own
        return []
    return values


@cache
def _tags() -> dict[int, Any]:
    """Give what replaces the library's reading of tags: objects of Python, patterns that compile, values that are shared."""
    known = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
    return {tag: lambda value, _key, tag=tag: _tagged(tag, value) for tag in known}


def _tag(tag: Any, _key: bool) -> Any:
    return _tagged(tag.tag, tag.value)


def _tagged(tag: int, value: Any) -> Any:
    if tag in (2, 3) and isinstance(value, bytes) and len(value) <= 64:
        number = int.from_bytes(value, "big")
        return number if tag == 2 else -1 - number
    if tag == 4 and isinstance(value, (list, tuple)) and len(value) == 2 and all(type(one) is int for one in value):
        exponent, mantissa = value
        if abs(exponent) <= 300 and mantissa.bit_length() <= 64:
            return float(f"{mantissa}e{exponent}")
    if tag == 37 and isinstance(value, bytes) and len(value) == 16:
        return str(UUID(bytes=value))
    # A date, a set, and "this is CBOR" say nothing that their content does not.
    return value if tag in (0, 1, 100, 258, 1004, 55799) else {"tag": tag, "value": value}


def _json_able(value: Any) -> Any:
    """Replace what JSON has not, other than bytes. As deep as `limits.DEPTH` at most."""
    if isinstance(value, dict):
        return {_key(key): _json_able(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_able(one) for one in value]
    if value is None or isinstance(value, (str, bool, int, float, bytes)):
        return value
    if hasattr(value, "nanoseconds"):  # a timestamp of MessagePack
        return _time(value.seconds, value.nanoseconds)
    # Simple values of CBOR (RFC 8949 section 3.3); `undefined` is one.
    return {"simple": value.value} if hasattr(value, "value") else None


def _time(seconds: int, nanoseconds: int) -> Any:
    try:
        text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        return seconds
    return f"{text}.{nanoseconds:09}Z"


def _objects(objects: Iterable[Any]) -> Decoded | None:
    values = list(objects)
    if not values:
        return None
    value = values[0] if len(values) == 1 else values
    return Decoded(value, line(short(value)))
