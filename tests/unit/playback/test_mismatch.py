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
    ("got", "lines"),
    [
        ('{"a":1,"t":2}', ()),
        ('{"a":2}', ("$.a: 1 → 2",)),
        (b'{"a":1}', ("it was text, and is binary",)),
        (b"\xff", ("it was text, and is binary", "at byte 0: '{\"a\":1,\"t\":1}' → b'\\xff'")),
    ],
)
def test_compare(got: str | bytes, lines: tuple[str, ...]) -> None:
    assert compare(message(b'{"a":1,"t":1}'), got, Ignored(["$.t"])) == lines


def test_how_it_reads() -> None:
    one = message(b"a")
    assert str(Mismatch(1, one, None, ("nor the 2 that followed it",))) == (
        "message 0: the client did not send it\n    nor the 2 that followed it"
    )
    assert str(Mismatch(2, None, "b", ())) == "connection 2: the client sent more than was recorded"
    assert str(Mismatch(1, one, "b", tuple(map(str, range(25))))).splitlines()[-2:] == ["    19", "    … and 5 more"]
