"""`PerRow`: each row is read once, until it may say something else."""

from __future__ import annotations

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed import per_row as per_row_module
from kontena_ws_nb.feed.per_row import PerRow
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message


def filled(*texts: bytes) -> MessageLog:
    log = MessageLog()
    for text in texts:
        log.add("text", text)
    return log


class Reader:
    def __init__(self) -> None:
        self.read: list[str] = []
        self.rows = PerRow(self._read, "gone")

    def _read(self, message: Message) -> str:
        self.read.append(message.text)
        return message.text.upper()


def test_a_row_is_read_once_whichever_log_it_is_of() -> None:
    reader, one, two = Reader(), filled(b"a"), filled(b"b")
    assert [reader.rows.of(log, 0) for log in (one, two, one, two)] == ["A", "B", "A", "B"]
    assert reader.read == ["a", "b"]


def test_a_row_is_read_anew_when_it_may_say_something_else() -> None:
    reader, log = Reader(), filled(b"a")
    reader.rows.of(log, 0)
    log.clear()
    log.add("text", b"b")
    assert reader.rows.of(log, log.first_index) == "B"
    kws.secret("a secret of this test")
    reader.rows.of(log, log.first_index)
    log.meanings.choose("raw")
    reader.rows.of(log, log.first_index)
    assert reader.read == ["a", "b", "b", "b"]


def test_what_was_asked_for_last_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(per_row_module, "MOST", 2)
    reader, log = Reader(), filled(b"a", b"b", b"c", b"d", b"e")
    for index in (0, 1, 2, 0, 2, 3, 4, 0, 1):
        reader.rows.of(log, index)
    assert reader.read == ["a", "b", "c", "d", "e", "b"], "a was asked for in between"


def test_a_row_that_is_gone_or_cannot_be_read_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, log = Reader(), filled(b"a")
    assert reader.rows.of(log, 7) == "gone"

    def fails(_index: int) -> None:
        raise OSError("the file is gone")

    monkeypatch.setattr(log, "get", fails)
    assert reader.rows.of(log, 0) == "gone"
    assert reader.read == []
