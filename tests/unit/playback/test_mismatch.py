"""How what a client sends differs from what was recorded."""

from __future__ import annotations

import pytest

from kontena_ws_nb.conversation.changes import Ignored
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.playback.mismatch import Mismatch, compare


def message(payload: bytes, kind: str = "text") -> Message:
    log = MessageLog()
    log.add(kind, payload, sent=True)
    return log[0]


@pytest.mark.parametrize(
    ("expected", "got", "ignored", "lines"),
    [
        (b"a", "a", [], ()),
        (b'{"a":1,"t":1}', '{"t":2,"a":1}', ["$.t"], ()),
        (b'{"a":1,"t":1}', '{"a":2,"t":2}', ["$.t"], ("$.a: 1 → 2",)),
        (b'{"a":1}', '{"a":2,"b":null}', [], ("$.a: 1 → 2", "$.b: added None")),
        (
            b'{"a":1}',
            '{"a": 1}',
            [],
            ("the same JSON, written in another way", "at byte 5: '{\"a\":1}'", "came '{\"a\": 1}'"),
        ),
        (b'{"a":1}', '{"a": 1}', ["$.t"], ()),
        (b"hello", "hallo", [], ("at byte 1: 'hello'", "came 'hallo'")),
        (b"hello", "hello you", [], ("at byte 5: 'hello'", "came 'hello you'")),
        (
            b"x" * 100 + b"a",
            "x" * 100 + "b",
            [],
            ("at byte 100: 'xxxxxxxxxxxxxxxxxxxxa'", "came 'xxxxxxxxxxxxxxxxxxxxb'"),
        ),
        (b"a", b"a", [], ("it was text, and is binary",)),
        (b"a", b"\xff", [], ("it was text, and is binary", "at byte 0: 'a'", "came b'\\xff'")),
        (b" " * (5 << 20) + b"1", "2", [], ("at byte 0: '                                        '", "came '2'")),
    ],
)
def test_compare(expected: bytes, got: str | bytes, ignored: list[str], lines: tuple[str, ...]) -> None:
    assert compare(message(expected), got, Ignored(ignored)) == lines


def test_how_it_reads() -> None:
    one = message(b"a")
    assert str(Mismatch(1, one, None, ("nor the 2 that followed it",))) == (
        "message 0: the client did not send it\n    nor the 2 that followed it"
    )
    assert str(Mismatch(2, None, "b", ())) == "connection 2: the client sent more than was recorded"
    assert str(Mismatch(1, one, "b", tuple(map(str, range(25))))).splitlines()[-2:] == ["    19", "    … and 5 more"]
