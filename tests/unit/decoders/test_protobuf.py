"""Protocol Buffers: without a schema, with a message class, and with a file."""

from __future__ import annotations

import importlib.util
import shutil
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, timestamp_pb2

from kontena_ws_nb.decoders import protobuf
from kontena_ws_nb.decoders.decoder import Decoded, Opening
from kontena_ws_nb.decoders.limits import FIELD_DEPTH, FIELDS
from kontena_ws_nb.decoders.protobuf import Protobuf, ProtobufMessage, fields
from tests.lab.conversations import received

SCHEMA = """
syntax = "proto3";
package feed;
message Trade {
  string symbol = 1;
  double price = 2;
  message Venue { string name = 1; }
  Venue venue = 3;
  repeated int32 levels = 4;
}
"""
TRADE = bytes.fromhex("0a03425443 11 0000000000005940 1a03 0a0158 220201 02")


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("0896011203616263", {"1": 150, "2": "abc"}),
        ("08ffffffffffffffffff01", {"1": (1 << 64) - 1}),
        ("080108020803", {"1": [1, 2, 3]}),
        ("0a020801", {"1": {"1": 1}}),
        ("0a00", {"1": b""}),
        ("0a02ffff", {"1": b"\xff\xff"}),
        ("09000000000000f83f", {"1": 1.5}),
        ("090000000000000000", {"1": 0.0}),
        ("090100000000000000", {"1": 1}),
        ("0d0000c03f", {"1": 1.5}),
        ("0dffffffff", {"1": 0xFFFFFFFF}),
        ("", {}),
        ("00", None),
        ("08", None),
        ("0880", None),
        ("08ffffffffffffffffffff01", None),
        ("0a05ab", None),
        ("0a80", None),
        ("0900", None),
        ("0b0c", None),
        ("0f", None),
    ],
)
def test_without_a_schema(data: str, value: Any) -> None:
    assert fields(bytes.fromhex(data)) == value


def test_labels() -> None:
    decoder = Protobuf(Opening())
    assert decoder.decode(received(b"\x08\x01")) == Decoded({"1": 1}, '{"1": 1}')
    assert decoder.decode(received(b"")) is None
    assert decoder.decode(received("\b\1")) is None


def test_fields_and_levels_are_bounded() -> None:
    assert fields(b"\x08\x01" * FIELDS) == {"1": [1] * FIELDS}
    assert fields(b"\x08\x01" * (FIELDS + 1)) is None
    assert fields(b"\x08\x01" * (16 * FIELDS)) is None
    data = b"\x08\x01"
    for _ in range(FIELD_DEPTH + 5):
        data = b"\x0a" + bytes([len(data)]) + data
    value: Any = fields(data)
    for _ in range(FIELD_DEPTH + 1):
        value = value["1"]
    assert isinstance(value, bytes)


def test_messages_in_messages_take_no_time() -> None:
    data = b"\x08\x01" * 20_000
    for _ in range(FIELD_DEPTH):
        size = len(data)
        data = b"\x0a" + bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + data
    since = time.thread_time()
    fields(data)
    assert time.thread_time() - since < 1


def test_with_a_message_class() -> None:
    kind = ProtobufMessage.of(timestamp_pb2.Timestamp)
    assert kind.name == "protobuf google.protobuf.Timestamp"
    found = kind(Opening()).decode(received(timestamp_pb2.Timestamp(seconds=1).SerializeToString()))
    assert found == Decoded("1970-01-01T00:00:01Z", 'Timestamp "1970-01-01T00:00:01Z"')
    assert kind(Opening()).decode(received(b"\xff")) is None
    assert kind(Opening()).decode(received(b"\x08\xff\xff\xff\xff\xff\xff\xff\x7f")) is None


def expected(name: str) -> Decoded:
    value = {"symbol": "BTC", "price": 100.0, "venue": {"name": "X"}, "levels": [1, 2]}
    return Decoded(value, f'{name} {{"symbol": "BTC", "price": 100.0, "venue": {{"name": "X"}}, "l…')


@pytest.fixture
def proto(tmp_path: Path) -> Path:
    path = tmp_path / "feed.proto"
    path.write_text(SCHEMA)
    return path


@pytest.mark.parametrize("name", [None, "Trade", "feed.Trade"])
def test_with_a_proto_file(proto: Path, name: str | None) -> None:
    kind = ProtobufMessage.of(proto, name)
    assert kind.name == "protobuf feed.Trade"
    assert kind(Opening()).decode(received(TRADE)) == expected("Trade")


def test_with_a_descriptor_set(proto: Path) -> None:
    compiled = proto.with_suffix(".binpb")
    compiled.write_bytes(protobuf._compiled(proto))
    assert ProtobufMessage.of(str(compiled), "Trade")(Opening()).decode(received(TRADE)) == expected("Trade")
    assert ProtobufMessage.of(compiled, "feed.Trade.Venue").name == "protobuf feed.Trade.Venue"


def test_an_import_of_the_file_is_found(proto: Path) -> None:
    other = proto.with_name("other.proto")
    other.write_text('syntax = "proto3"; import "feed.proto"; message Batch { repeated feed.Trade trades = 1; }')
    assert ProtobufMessage.of(other).name == "protobuf Batch"
    assert ProtobufMessage.of(other, "Trade").name == "protobuf feed.Trade"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Nothing", "feed.proto has no message Nothing; messages there: feed.Trade, feed.Order"),
        ("feed.Trade.Nothing", "feed.proto has no message feed.Trade.Nothing"),
        (None, "feed.proto has not one message only, name it; messages there: feed.Trade, feed.Order"),
    ],
)
def test_messages_that_are_not_there(proto: Path, name: str | None, told: str) -> None:
    proto.write_text(SCHEMA + "message Order { string id = 1; }")
    with pytest.raises(ValueError, match=told.replace(".", r"\.")):
        ProtobufMessage.of(proto, name)


def test_files_that_are_no_schema(proto: Path) -> None:
    proto.write_text("hello")
    with pytest.raises(ValueError, match=r"feed\.proto is no schema: "):
        ProtobufMessage.of(proto)
    for content in (b"hello", b"", descriptor_pb2.FileDescriptorSet().SerializeToString()):
        proto.with_suffix(".pb").write_bytes(content)
        with pytest.raises(ValueError, match="none: is it a descriptor set"):
            ProtobufMessage.of(proto.with_suffix(".pb"))
    files = descriptor_pb2.FileDescriptorSet()
    files.file.add(name="a.proto", dependency=["missing.proto"])
    proto.with_suffix(".pb").write_bytes(files.SerializeToString())
    with pytest.raises(ValueError, match=r"feed\.pb has no message"):
        ProtobufMessage.of(proto.with_suffix(".pb"))
    with pytest.raises(OSError, match="nothing"):
        ProtobufMessage.of(proto.with_name("nothing.proto"))


@pytest.mark.parametrize("source", [7, dict, Protobuf])
def test_what_is_no_class(source: Any) -> None:
    with pytest.raises(TypeError, match="a Protobuf message class or a file"):
        ProtobufMessage.of(source)


def test_packages_and_programs_that_are_missing(proto: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(protobuf, "package", lambda name: None)
        with pytest.raises(ImportError, match="needs the package protobuf"):
            ProtobufMessage.of(proto)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match="pip install grpcio-tools"):
        ProtobufMessage.of(proto)


def test_the_systems_compiler(proto: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = protobuf._compiled(proto)
    (tmp_path / "compiled").write_bytes(compiled)
    program = tmp_path / "protoc"
    program.write_text(
        '#!/bin/sh\nfor one; do case $one in --descriptor_set_out=*) cp "${0%/*}/compiled" "${one#*=}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: str(program))
    assert ProtobufMessage.of(proto)(Opening()).decode(received(TRADE)) == expected("Trade")


def test_eight_bytes_by_their_likelihood() -> None:
    for value in (1.5, -70000.25, 1e-6):
        assert fields(b"\x09" + struct.pack("<d", value)) == {"1": value}
    stamp = 1_700_000_000_000_000_000
    assert fields(b"\x09" + struct.pack("<Q", stamp)) == {"1": stamp}
