"""Messages: every property, safe and short to print, equal by content, alive after the log forgot them."""

from __future__ import annotations

import copy
import pickle

import pytest

from kontena_ws_nb.log.kinds import CODES
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import COMPRESSED, FRAGMENTED, SENT, Segment
from tests.unit.log.rows_lab import BINARY, TEXT, adopted, batch_of


def one(payload: bytes, flags: int = TEXT, first: int = 7) -> Message:
    return Message.of(adopted(payload, flags=flags, first=first), 0)


def test_every_property() -> None:
    segment = adopted(
        b"a", "é".encode(), flags=bytes((TEXT, TEXT | SENT | COMPRESSED | FRAGMENTED)), first=41, fragments={1: 3}
    )
    message = Message.of(segment, 1)
    assert (message.index, message.time_ns, message.time) == (42, 1_500_000_000, 1.5)
    assert (message.direction, message.kind, message.size) == ("sent", "text", 2)
    assert (message.data, message.text, message.payload) == ("é", "é", b"\xc3\xa9")
    assert (message.connection, message.compressed, message.fragments) == (1, True, 3)
    assert (message.hex(), message.hex(""), message.hex(":")) == ("c3 a9", "c3a9", "c3:a9")
    assert (message.close_code, message.close_reason) == (None, "")
    plain = Message.of(segment, 0)
    assert (plain.direction, plain.compressed, plain.fragments) == ("received", False, 1)


@pytest.mark.parametrize("kind", sorted(CODES))
def test_data_by_kind(kind: str) -> None:
    message = one(b"\x03\xe8bye", CODES[kind])
    assert message.kind == kind
    assert message.data == (b"\x03\xe8bye" if kind in ("binary", "ping", "pong", "close") else "\x03\ufffdbye")


def test_close_rows() -> None:
    message = one(b"\x0f\xa0enough", CODES["close"])
    assert (message.close_code, message.close_reason, message.text) == (4000, "enough", "enough")
    assert one(b"", CODES["close"]).close_code == 1005
    assert one(b"", CODES["close"]).close_reason == ""


def test_it_is_read_only() -> None:
    message = one(b"a")
    for name in ("index", "direction", "data", "anything"):
        with pytest.raises(AttributeError):
            setattr(message, name, 1)


def test_json() -> None:
    assert one(b'{"a": [1, true]}').json() == {"a": [1, True]}
    with pytest.raises(
        ValueError, match=r"^message 7 \(text, 6 bytes\) is not JSON: Expecting value: line 1 column 1 \(char 0\)$"
    ):
        one(b"nope {").json()
    with pytest.raises(ValueError, match=r"message 7 \(binary, 2 bytes\) is not JSON"):
        one(b"\xff\xfe", BINARY).json()
    with pytest.raises(ValueError, match="200,000 bytes"):
        one(b"[" * 200_000).json()
    with pytest.raises(ValueError, match=r"is not JSON: .*; message\.decoded has what it means$"):
        one(b"\x81\xa1a\x07", BINARY).json()  # MessagePack


@pytest.mark.parametrize(
    ("payload", "flags", "expected"),
    [
        (b"hello", TEXT, "<Message 7 ↓ text 5 B 'hello'>"),
        ("grüß".encode(), TEXT | SENT, "<Message 7 ↑ text 6 B 'grüß'>"),
        (b"\x1b[31m\n", TEXT, r"<Message 7 ↓ text 6 B '\x1b[31m\n'>"),
        ("\u202eevil\u2066".encode(), TEXT, r"<Message 7 ↓ text 10 B '\u202eevil\u2066'>"),
        (b"\x00\xff", BINARY, r"<Message 7 ↓ binary 2 B b'\x00\xff'>"),
        (b"beat", CODES["ping"], "<Message 7 ↓ ping 4 B b'beat'>"),
        (b"\x03\xe8bye", CODES["close"], "<Message 7 ↓ close 1000 'bye'>"),
        (b"", CODES["close"] | SENT, "<Message 7 ↑ close 1005 ''>"),
        (b"connected", CODES["open"], "<Message 7 ↓ open 9 B 'connected'>"),
        (b"x" * 2000, TEXT, f"<Message 7 ↓ text 2,000 B '{'x' * 80}'…>"),
        ("ab" + "é" * 100, TEXT, f"<Message 7 ↓ text 202 B 'ab{'é' * 39}'…>"),
        ("a" + "é" * 100, TEXT, f"<Message 7 ↓ text 201 B 'a{'é' * 39}'…>"),  # cut inside a character
        (b"\xff", TEXT, "<Message 7 ↓ text 1 B '\ufffd'>"),
    ],
)
def test_repr(payload: bytes | str, flags: int, expected: str) -> None:
    assert repr(one(payload.encode() if isinstance(payload, str) else payload, flags)) == expected


def test_large_payloads_are_not_copied_until_asked_for() -> None:
    big = one(b"z" * 1_000_000)
    assert isinstance(big._row[5], memoryview)
    assert big.size == 1_000_000
    assert big.data == "z" * 1_000_000
    assert len(repr(big)) < 150
    small = one(b"z" * 500_000)
    assert isinstance(small._row[5], bytes)


def test_a_large_row_of_an_open_segment_is_copied() -> None:
    segment = Segment.empty(0, 0, 1)
    segment.add(batch_of(b"y" * 100_000), 0, 1, 1)
    assert isinstance(Message.of(segment, 0)._row[5], bytes)


@pytest.mark.parametrize("size", [3, 100_000])
def test_equality_hash_copies_and_pickles(size: int) -> None:
    message, same = one(b"a" * size), one(b"a" * size)
    assert message == same
    assert hash(message) == hash(same)
    assert message != one(b"b" * size)
    assert message != one(b"a" * size, first=8)
    assert message != "a"
    for twin in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert twin == message
        assert hash(twin) == hash(message)


def test_it_shows_itself() -> None:
    assert one(b"hello")._repr_mimebundle_()["text/plain"].endswith("hello")


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_view_is_read_only(size: int) -> None:
    view = one(b"z" * size).view
    assert (bytes(view), view.readonly) == (b"z" * size, True)
