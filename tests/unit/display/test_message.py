"""A message as text and HTML."""

from __future__ import annotations

import json

import pytest

from kontena_ws_nb.display.message import message_bundle
from kontena_ws_nb.log.log import MessageLog


def log(*rows: tuple[str, bytes]) -> MessageLog:
    made = MessageLog()
    for kind, data in rows:
        made.add(kind, data, sent=kind == "ping", time_ns=1_700_000_000_123_000_000)
    return made


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("text", b'{"a":9007199254740993}', '{\n  "a": 9007199254740993\n}'),
        ("text", b'{"a":1.10}', '{"a":1.10}'),
        ("text", b'{"a":1.5}', '{\n  "a": 1.5\n}'),
        ("text", b'{"a":1,"a":2}', '{"a":1,"a":2}'),
        ("text", b"[" * 3000, "[" * 3000),
        ("text", b"word", "word"),
        ("text", b"x" * 5000, "x" * 4000 + "…"),
        ("close", b"\x03\xe8bye", "1000 normal closure bye"),
        ("binary", b"\x00A", "00000000  00 41" + " " * 42 + "  ·A"),
    ],
)
def test_one_message(kind: str, data: bytes, shown: str) -> None:
    bundle = message_bundle(log((kind, data))[0])
    assert bundle["text/plain"].split("\n", 1)[1] == shown
    assert "<div><b>" in bundle["text/html"]


def test_a_large_binary_message() -> None:
    text = message_bundle(log(("binary", bytes(10_000)))[0])["text/plain"]
    assert text.endswith("… 9,744 more bytes")
    assert len(text) < 2500


@pytest.mark.parametrize(
    ("decoder", "kind", "data", "shown"),
    [
        ("socket.io", "text", b'42["chat","hi"]', 'socket.io: EVENT chat "hi"\n{\n  "type": "EVENT",'),
        (None, "binary", b"\x81\xa1a\x01", '{\n  "a": 1\n}\n00000000  81 a1 61 01'),
        (lambda data: "same", "text", b"same", '<lambda>: "same"\nsame'),
        (lambda data: None, "text", b"x", "x"),
        ("raw", "binary", b"\x81\xa1a\x01", "00000000  81 a1"),
    ],
)
def test_what_a_decoder_says(decoder: object, kind: str, data: bytes, shown: str) -> None:
    made = log((kind, data))
    made.meanings.choose(decoder)  # type: ignore[arg-type]
    assert shown in message_bundle(made[0])["text/plain"]


@pytest.mark.parametrize(
    "data",
    [
        b'{"jsonrpc":"2.0","id":1,"result":7}',
        b'{"jsonrpc": "2.0", "id": 1,\n "result": 7}',
        b'{"jsonrpc":"2.0","id":1,"result":"\\u00e9"}',
    ],
)
def test_a_value_that_is_the_payload_is_shown_once(data: bytes) -> None:
    made = log(("text", data))
    made.meanings.choose("json-rpc")
    label, _, shown = message_bundle(made[0])["text/plain"].split("\n", 1)[1].partition("\n")
    assert label.startswith("json-rpc: result #1")
    assert json.loads(shown) == json.loads(data)


def test_what_is_large_is_not_decoded_to_be_shown() -> None:
    made = log(("binary", b"\x81\xa1a\xc6\x00\x11\x00\x00" + bytes(0x110000)))
    assert message_bundle(made[0])["text/plain"].splitlines()[1].startswith("00000000  81 a1")


def test_a_long_value_is_cut() -> None:
    made = log(("text", b'42["chat","' + b"x" * 10_000 + b'"]'))
    made.meanings.choose("socket.io")
    assert len(message_bundle(made[0])["text/plain"]) < 9000
