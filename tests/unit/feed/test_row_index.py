"""Which rows of one log a view has, without and with a filter."""

from __future__ import annotations

from kontena_ws_nb.feed.row_index import AllRows, MatchingRows, row_index, times
from kontena_ws_nb.log.filter.query import Query
from kontena_ws_nb.log.log import MessageLog


def filled(count: int, **limits: int) -> MessageLog:
    log = MessageLog(**limits)  # type: ignore[arg-type]
    for number in range(count):
        log.add("text", b"odd" if number % 2 else b"even", time_ns=100 + number)
    return log


def test_without_a_filter_numbers_are_indexes() -> None:
    log = filled(8, max_messages=4)
    rows = row_index(log, Query.parse(""))
    assert isinstance(rows, AllRows)
    rows.step(0.0)
    assert (rows.range(), list(rows.keys(4, 8)), rows.position(3), rows.position(4)) == ((4, 8), [4, 5, 6, 7], None, 4)
    assert (rows.pending, rows.stopped, rows.stale) == (False, "", False)
    log.clear()
    assert rows.stale


def test_with_a_filter_numbers_count_hits() -> None:
    log = filled(8)
    rows = row_index(log, Query.parse("odd"))
    assert isinstance(rows, MatchingRows)
    assert (rows.pending, rows.range(), rows.reached) == (True, (0, 0), 100)
    rows.aim()
    rows.search(float("inf"), 2)
    assert (rows.pending, rows.range(), rows.reached) == (True, (0, 1), 102)
    rows.step(float("inf"))
    assert (rows.pending, rows.range(), rows.reached) == (False, (0, 4), 0)
    assert (list(rows.keys(0, 4)), rows.position(5), rows.position(4)) == ([1, 3, 5, 7], 2, None)
    log.add("text", b"odd")
    assert not rows.pending, "only what was there when it last aimed"
    rows.aim()
    assert rows.pending
    log.clear()
    assert rows.stale


def test_times_of_rows() -> None:
    log = filled(8, max_messages=4)
    assert times(log, range(2, 8)) == [0, 0, 104, 105, 106, 107]
    assert times(log, [4, 7]) == [104, 107]
    assert times(log, []) == []
