"""Messages without a protocol: by what they look like, MessagePack, CBOR, and JSON in JSON."""

from __future__ import annotations

import gzip
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import cbor2
import msgpack
import pytest
import zstandard

from kontena_ws_nb.decoders import plain
from kontena_ws_nb.decoders.decoder import Decoded, Encoded, Opening
from kontena_ws_nb.decoders.limits import DEPTH
from kontena_ws_nb.decoders.plain import (
    Cbor,
    MessagePack,
    NestedJSON,
    Plain,
    cbor_objects,
    content,
    msgpack_objects,
    printable,
)
from tests.lab.conversations import received


def value_of(kind: type[Plain | Cbor | MessagePack | NestedJSON], message: Encoded) -> Any:
    found = kind(Opening()).decode(message)
    return None if found is None else found.value


@pytest.mark.parametrize(
    ("message", "decoded"),
    [
        (received('{"a":1}'), Decoded({"a": 1})),
        (received("hello"), None),
        (received(b'{"a":1}'), Decoded({"a": 1})),
        (received(b"hello\n"), Decoded("hello\n")),
        (received("Köln".encode()), Decoded("Köln")),
        (received(gzip.compress(b'{"a":1}', mtime=0)), Decoded({"a": 1}, 'gzip {"a": 1}')),
        (received(zlib.compress(msgpack.packb({"a": 1}))), Decoded({"a": 1}, 'zlib {"a": 1}')),
        (received(zstandard.compress(b"hi")), Decoded("hi", 'zstd "hi"')),
        (received(gzip.compress(b"\0\1", mtime=0)), Decoded(b"\0\1", "gzip 2 bytes")),
        (received(zlib.compress(b'{"a":1}')[2:-4]), Decoded({"a": 1}, 'deflate {"a": 1}')),
        (received(brotli.compress(b'{"a":1}')), Decoded({"a": 1}, 'brotli {"a": 1}')),
        (received(zlib.compress(b"hello")[2:-4]), None),
        (received(zlib.compress(b"[hello")[2:-4]), None),
        (received(msgpack.packb({"a": [1]})), Decoded({"a": [1]})),
        (received(cbor2.dumps({"a": [1]})), Decoded({"a": [1]})),
        (received(msgpack.packb([])), None),
        (received(b"\x81"), None),
        (received(b"\0\1\2"), None),
        (received(b"\xff\xfe"), None),
        (received(b""), None),
        (received(gzip.compress(b"x", mtime=0)[:-2]), None),
    ],
)
def test_by_what_it_looks_like(message: Encoded, decoded: Decoded | None) -> None:
    assert Plain(Opening()).decode(message) == decoded


def test_bombs() -> None:
    for packed in (gzip.compress(bytes(20 << 20), mtime=0), zstandard.compress(bytes(64 << 20))):
        found = Plain(Opening()).decode(received(packed))
        assert found is not None
        assert "bytes inside: not undone" in found.label
    assert Plain(Opening()).decode(received(zlib.compress(bytes(20 << 20))[2:-4])) is None


def test_without_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "package", lambda name: None)
    for kind, message in (
        (Plain, received(zstandard.compress(b"x"))),
        (MessagePack, received(b"\x81")),
        (Cbor, received(b"\x81")),
    ):
        found = kind(Opening()).decode(message)
        assert found is not None
        assert "pip install 'kontena_ws_nb[decoders]'" in found.label
    assert Plain(Opening()).decode(received(msgpack.packb({"a": 1}))) is None


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", None), (b"a\tb\r\n", "a\tb\r\n"), (b"\x7f", None), (b"\0", None), (b"\xff", None), (b"\x1e", None)],
)
def test_printable(data: bytes, text: str | None) -> None:
    assert printable(data) == text


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (msgpack.packb({"a": b"x", "b": [1.5, None, True, -1]}), [{"a": b"x", "b": [1.5, None, True, -1]}]),
        (msgpack.packb(1) + msgpack.packb("a"), [1, "a"]),
        (msgpack.packb({1: {b"k": 1}, b"\xff": 2, None: 3}), [{"1": {"k": 1}, "ff": 2, "null": 3}]),
        (b"\x81\x91\x01\x02", [{"[1]": 2}]),
        (msgpack.packb(msgpack.ExtType(5, b"x")), [{"ext": 5, "data": b"x"}]),
        (msgpack.packb([msgpack.Timestamp(1, 5)]), [["1970-01-01T00:00:01.000000005Z"]]),
        (msgpack.packb([msgpack.Timestamp(1 << 60)]), [[1 << 60]]),
        (msgpack.packb(msgpack.Timestamp(1 << 33, 5)), ["2242-03-16T12:56:32.000000005Z"]),
        (b"\xa1\xff", ["\udcff"]),
        (b"\xc1", []),
        (b"\x92\x01", []),
        (b"\x01\x92\x01", []),
        (b"", []),
        (b"\xdd\x7f\xff\xff\xff\x01", []),
        (b"\x91" * (DEPTH + 1) + b"\x01", []),
        (b"\x91" * 10_000 + b"\x01", []),
    ],
)
def test_messagepack(data: bytes, values: list[Any]) -> None:
    assert msgpack_objects(data) == values


@pytest.mark.parametrize(
    ("objects", "unit"),
    [
        (msgpack_objects, b"\xdc\xff\xff"),
        (msgpack_objects, b"\xdd\0\x0f\xff\xff"),
        (msgpack_objects, b"\xde\xff\xff\xa1a"),
        (cbor_objects, b"\x9a\0\x0f\xff\xff"),
        (cbor_objects, b"\xba\0\x0f\xff\xff\x61a"),
    ],
)
def test_what_is_announced_takes_no_memory(objects: Callable[[bytes], list[Any]], unit: bytes) -> None:
    for count in (10, 90, 400):
        tracemalloc.start()
        try:
            assert objects(unit * count) == []
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()


def test_many_containers_are_not_deep() -> None:
    assert msgpack_objects(msgpack.packb([[1]] * 1000)) == [[[1]] * 1000]


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (cbor2.dumps({"a": [1, 2.5, b"x", None, False]}), [{"a": [1, 2.5, b"x", None, False]}]),
        (cbor2.dumps(1) + cbor2.dumps("a"), [1, "a"]),
        (bytes.fromhex("c11a514b67b0"), [1363896240]),
        (bytes.fromhex("c074323031332d30332d32315432303a30343a30305a"), ["2013-03-21T20:04:00Z"]),
        (bytes.fromhex("c249010000000000000000"), [1 << 64]),
        (bytes.fromhex("c349010000000000000000"), [-1 - (1 << 64)]),
        (b"\xc2\x58\x50" + b"\xff" * 80, [{"tag": 2, "value": b"\xff" * 80}]),
        (bytes.fromhex("c48221196ab3"), [273.15]),
        (bytes.fromhex("c4821a7fffffff01"), [{"tag": 4, "value": [0x7FFFFFFF, 1]}]),
        (bytes.fromhex("c401"), [{"tag": 4, "value": 1}]),
        (bytes.fromhex("d82550") + bytes(16), ["00000000-0000-0000-0000-000000000000"]),
        (bytes.fromhex("d8254100"), [{"tag": 37, "value": b"\0"}]),
        (bytes.fromhex("d9d9f7a10102"), [{"1": 2}]),
        (bytes.fromhex("d901028101"), [[1]]),
        (bytes.fromhex("d82367282e2a2b292b24"), [{"tag": 35, "value": "(.*+)+$"}]),
        (bytes.fromhex("d81c82d81d00d81d00"), [{"tag": 28, "value": [{"tag": 29, "value": 0}] * 2}]),
        (bytes.fromhex("d8638101"), [{"tag": 99, "value": [1]}]),
        (bytes.fromhex("83f7f6e0f961"), []),
        (bytes.fromhex("84f7f6e0f5"), [[None, None, {"simple": 0}, True]]),
        (bytes.fromhex("a182010203"), [{"[1, 2]": 3}]),
        (bytes.fromhex("9f01ff"), [[1]]),
        (b"\x62\xff\xfe", ["\ufffd\ufffd"]),
        (b"", []),
        (b"\x1c", []),
        (b"\x9b" + b"\xff" * 8, []),
        (b"\x81" * (DEPTH + 1) + b"\1", []),
        (b"\xd8\x63" * 10_000 + b"\1", []),
    ],
)
def test_cbor(data: bytes, values: list[Any]) -> None:
    assert cbor_objects(data) == values


@pytest.mark.parametrize(("kind", "data"), [(MessagePack, msgpack.packb(7)), (Cbor, cbor2.dumps(7))])
def test_scalars_and_several_on_demand(kind: type[MessagePack | Cbor], data: bytes) -> None:
    assert kind(Opening()).decode(received(data)) == Decoded(7, "7")
    assert kind(Opening()).decode(received(data * 2)) == Decoded([7, 7], "[7, 7]")
    assert kind(Opening()).decode(received(b"")) is None
    assert kind(Opening()).decode(received("[1]")) == Decoded([1])


def test_json_in_json() -> None:
    inner = json.dumps({"b": json.dumps([1, "word", "{broken"])})
    assert value_of(NestedJSON, received({"a": inner, "n": [None, 7]})) == {
        "a": {"b": [1, "word", "{broken"]},
        "n": [None, 7],
    }
    assert value_of(NestedJSON, received(json.dumps(inner))) == {"b": [1, "word", "{broken"]}
    assert value_of(NestedJSON, received("7")) == 7
    assert value_of(NestedJSON, received("hello")) is None


def test_json_in_json_is_bounded_in_depth() -> None:
    text = "[]"
    for _ in range(8):
        text = json.dumps([text])
    deep = "[" * 60 + json.dumps("[" * 60 + "]" * 60) + "]" * 60
    found = value_of(NestedJSON, received(deep))
    for _ in range(100):
        found = found[0]
    assert found == "" or isinstance(found, list)
    assert value_of(NestedJSON, received(text)) == [[[[[[[[[]]]]]]]]]


def test_timestamps_of_eight_bytes() -> None:
    data = b"\xd7\xff" + struct.pack(">Q", (500_000_000 << 34) | 1)
    assert msgpack_objects(data) == ["1970-01-01T00:00:01.500000000Z"]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", ""),
        (b"hi", "hi"),
        (b"12", "12"),
        (b'{"a":1}', {"a": 1}),
        (msgpack.packb({"a": 1}), {"a": 1}),
        (gzip.compress(b"[1]", mtime=0), [1]),
        (b"\0\xff", b"\0\xff"),
    ],
)
def test_what_a_protocol_carries(data: bytes, value: Any) -> None:
    assert content(data, len(data)) == value


def test_one_envelope_of_a_message_is_opened() -> None:
    packed = gzip.compress(b"[1]", mtime=0)
    assert content(packed, 2 * len(packed) - 1) == [1]
    assert content(packed, 2 * len(packed)) == packed
    assert content(msgpack.packb({"a": 1}), 1000) == {"a": 1}
