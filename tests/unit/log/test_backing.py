"""A log whose rows are partly elsewhere: every way to look at it finds both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from kontena_ws_nb.log.backing import Needle
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import Decodes, Segment


class Kept:
    """What a log had, as its backing: in segments of three rows."""

    def __init__(self, log: MessageLog, first: int, stop: int, gap: range = range(0)) -> None:
        self.meanings: Decodes | None = None
        self.problem = ""
        self.first, self.stop, self.before = first, stop, 0
        self.gap = gap
        self._rows = {index: log[index] for index in range(first, stop) if index not in gap}

    def missing(self, first: int) -> int:
        return sum(index >= first for index in self.gap)

    def segments(self, start: int, stop: int, *, backwards: bool = False) -> Iterator[Segment]:
        there = [index for index in self._rows if start <= index < min(stop, self.stop)]
        for index in reversed(there) if backwards else there:
            yield self._segment(index)

    def _segment(self, index: int) -> Segment:
        log = MessageLog()
        log.add(self._rows[index].kind, self._rows[index].payload)
        segment = next(iter(log.segments())).seal()
        segment.first, segment.meanings = index, self.meanings
        return segment

    def locate(self, index: int) -> tuple[Segment, int] | None:
        return (self._segment(index), 0) if index in self._rows else None

    def sought(self, needles: Sequence[Needle], start: int, stop: int, *, times: bool) -> Iterator[Segment]:
        for segment in self.segments(start, stop):
            if not needles or any(needle in segment.data for needle, _ in needles):
                yield segment

    def controls(self, start: int, stop: int) -> list[int]:
        return [index for index in self._rows if start <= index < stop and self._rows[index].kind in ("ping", "pong")]

    def begins(self, connection: int) -> int:
        return self.first


def backed(gap: range = range(0), stop: int = 12) -> MessageLog:
    """A log of 20 rows, of which retention kept the last, and a backing of the first."""
    every = MessageLog()
    log = MessageLog(max_messages=8)
    for number in range(20):
        for one in (every, log):
            one.add("text", b"row %d" % number)
    assert log.first_index == 12
    backing = Kept(every, 2, stop, gap)
    log.back(backing)
    return log


def test_rows_are_found_in_either_place() -> None:
    log = backed()
    assert (log.first_index, len(log), log.dropped) == (2, 18, 2)
    assert [message.index for message in log] == list(range(2, 20))
    assert [log[index].text for index in (2, 11, 12, -1)] == ["row 2", "row 11", "row 12", "row 19"]
    assert [message.index for message in reversed(log)] == list(range(19, 1, -1))
    assert [message.index for message in log[:5]] == [2, 3, 4]
    assert [row.index for row in log.rows([1, 5, 15])] == [5, 15]
    assert [message.index for message in log.where("row 1")] == list(range(10, 20))
    assert log.next_data(3).index == 3  # type: ignore[union-attr]
    assert [index for _, part in log.pieces() for index in part] == list(range(2, 20))
    assert [index for _, part in log[4:14].pieces() for index in part] == list(range(4, 14))
    assert [segment.first for segment in log.backwards(14)] == [*range(13, 1, -1)]
    assert [segment.first for segment in log.backwards(4)] == [3, 2]
    assert [segment.first for segment in log.segments(10)][:2] == [10, 11]
    assert (log.begins(1), log.in_memory()) == (2, 12)
    assert log.bytes == sum(len(b"row %d" % number) for number in range(20))
    assert log[3].decoder == log[13].decoder
    with pytest.raises(IndexError, match="message 1 was dropped"):
        log[1]


def test_rows_that_are_missing_are_passed_over() -> None:
    log = backed(range(4, 9))
    assert (len(log), log.dropped) == (13, 7)
    assert [message.index for message in log] == [2, 3, *range(9, 20)]
    with pytest.raises(IndexError, match="message 5 was lost: it was dropped before"):
        log[5]
    assert [message.index for message in log.where("row")] == [2, 3, *range(9, 20)]


def test_a_gap_before_what_is_kept_is_passed_over() -> None:
    log = backed(stop=10)
    assert [message.index for message in log] == [*range(2, 10), *range(12, 20)]
    assert [message.index for message in log.since(10)] == list(range(12, 20))


def test_what_was_cleared_is_not_shown_again() -> None:
    log = backed()
    log.clear()
    assert (len(log), log.first_index, list(log), log.bytes) == (0, 20, [], 0)
    assert log.rows([5]) == []
    with pytest.raises(IndexError, match="message 5 was cleared"):
        log[5]
    log.add("text", b"after")
    assert [message.text for message in log] == ["after"]
    assert [message.index for message in log.where("row")] == []


def test_a_backing_of_what_is_all_in_memory_changes_nothing() -> None:
    every = MessageLog()
    for number in range(5):
        every.add("text", b"row %d" % number)
    every.back(Kept(every, 0, 5))
    assert (len(every), every.bytes, every.first_index) == (5, 25, 0)
    assert every.segments(0) is not None
    assert isinstance(every.segments(0), list)
