"""A message as text and HTML."""

from __future__ import annotations

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
    assert bundle["text/html"].startswith("<div>")


def test_a_large_binary_message() -> None:
    text = message_bundle(log(("binary", bytes(10_000)))[0])["text/plain"]
    assert text.endswith("… 9,744 more bytes")
    assert len(text) < 2500
