"""A log as a sequence: permanent indexes, slices that copy nothing, and cheap looks at rows."""

from __future__ import annotations

import pytest

from kontena_ws_nb.log.log import MessageLog
from tests.unit.log.test_backing import Kept, backed


def filled(count: int, **limits: int) -> MessageLog:
    log = MessageLog(**limits)  # type: ignore[arg-type]
    for number in range(count):
        log.add("text", b"row %d" % number)
    return log


def test_indexes_are_permanent() -> None:
    log = filled(10, max_messages=4)
    assert (len(log), log.first_index, log.next_index, log.dropped) == (4, 6, 10, 6)
    assert (log[6].text, log[-1].text, log.get(5)) == ("row 6", "row 9", None)
    for index, told in ((5, "was dropped"), (10, "does not exist"), (-11, "does not exist")):
        with pytest.raises(IndexError, match=told):
            log[index]
    log.clear()
    with pytest.raises(IndexError, match="message 6 was cleared"):
        log[6]


def test_slices_are_cut_to_what_is_kept() -> None:
    log = filled(10, max_messages=4)
    assert [message.index for message in log[:]] == [6, 7, 8, 9]
    assert [message.index for message in log[:8]] == [6, 7]
    assert [message.index for message in log[::-2]] == [9, 7]
    assert [message.index for message in log[::-1][1:3]] == [8, 7]
    assert len(log[100:]) == len(log[8:2]) == 0


def test_pieces_of_slices_follow_their_direction() -> None:
    log = filled(10)
    for rows in (log[2:7], log[6:1:-1], log[2:9:3], log[9:9]):
        found = [index for _, part in rows.pieces() for index in part]
        assert found == [message.index for message in rows]
    assert [len(part) for _, part in log.pieces()] == [10]


def test_a_cheap_look_is_short_and_leaves_out_what_is_gone() -> None:
    log = filled(10, max_messages=4)
    rows = log.rows([0, 6, 9, 10], limit=3)
    assert [(row.index, row.preview, row.size, row.cut) for row in rows] == [(6, b"row", 5, True), (9, b"row", 5, True)]


def test_iterating_includes_what_comes_meanwhile() -> None:
    log = filled(2)
    seen = []
    for message in log:
        seen.append(message.index)
        if len(seen) < 5:
            log.add("text", b"more")
    assert seen == list(range(6))


def test_what_is_in_memory_needs_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> int:
        raise FileNotFoundError("gone")

    monkeypatch.setattr(Kept, "begins", gone)
    log = backed()
    assert log.begins(1) == log.in_memory() == 12
    assert log.rows([13])[0].preview == b"row 13"  # with what a decoder says, which looks at the first rows
    captured = MessageLog()
    captured.back(Kept(log, 12, 12))
    with pytest.raises(FileNotFoundError, match="gone"):
        captured.begins(1)
