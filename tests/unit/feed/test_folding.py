"""Runs of pings and pongs as one row: positions, keys, what grows, what is dropped, what is merged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.feed import folding
from kontena_ws_nb.feed.folding import Folded, Run
from kontena_ws_nb.feed.row_index import AllRows
from kontena_ws_nb.feed.shown import KEY_BITS
from kontena_ws_nb.feed.timeline import Timeline
from kontena_ws_nb.log.log import MessageLog

NAMES = {"p": "ping", "q": "pong", "t": "text"}


def add(log: MessageLog, kinds: str) -> None:
    for kind in kinds:
        log.add(NAMES[kind], b"x", time_ns=1000 + log.next_index)


def folded(kinds: str, **limits: Any) -> tuple[MessageLog, Folded]:
    log = MessageLog(**limits)
    add(log, kinds)
    return log, Folded(AllRows(log), {0: log})


def shown(order: Folded) -> list[int]:
    return list(order.keys(*order.range()))


def test_a_run_is_one_row_and_keeps_its_place_while_it_grows() -> None:
    log, order = folded("tpqtp")
    order.step(0.0)
    assert (order.range(), shown(order), order.runs(0, 9)) == ((0, 4), [0, 1, 3, 4], {1: Run(2, 2)})
    add(log, "qp")
    assert (order.range(), shown(order), order.runs(0, 9)) == ((0, 4), [0, 1, 3, 4], {1: Run(2, 2), 3: Run(3, 6)})
    add(log, "t")
    assert (order.range(), [order.position(key) for key in range(9)]) == ((0, 5), [0, 1, 1, 2, 3, 3, 3, 4, None])
    assert (order.spread(0, 5), order.spread(1, 2), order.spread(4, 5)) == ((0, 8), (1, 3), (7, 8))
    assert (order.pending, order.stopped, order.stale, order.base) == (False, "", False, 0)
    assert (order.settling, order.worth_waiting) == (0.0, False)
    log.clear()
    assert order.stale


def test_a_run_of_which_rows_were_dropped_is_there_while_one_is_kept() -> None:
    log, order = folded("", max_messages=8)
    add(log, "tppppppp")
    assert order.range() == (0, 2)
    add(log, "qq")
    low = log.first_index
    assert low > 1
    assert (order.range(), shown(order), order.runs(0, 9)) == ((1, 2), [low], {1: Run(10 - low, 9)})
    add(log, "tttttt")
    add(log, "tttttttt")
    first, stop = order.range()
    assert shown(order) == list(range(log.first_index, log.next_index))
    assert (order.runs(first, stop), stop - first) == ({}, len(log))


def test_one_row_that_is_left_of_a_run_stands_for_itself() -> None:
    log, order = folded("ppt", max_messages=3)
    assert order.runs(0, 2) == {0: Run(2, 1)}
    add(log, "t")
    assert log.first_index == 1
    assert (order.range(), shown(order), order.runs(0, 3)) == ((0, 3), [1, 2, 3], {})


def test_what_was_dropped_before_it_was_looked_at_is_not_looked_at() -> None:
    log, order = folded("pp", max_messages=4)
    add(log, "tttttttttt")
    assert shown(order) == list(range(log.first_index, log.next_index))
    assert folding._marks(log, 0, log.next_index) == bytes(log.next_index)


def test_runs_that_are_gone_are_forgotten_and_positions_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_PRUNE", 3)
    monkeypatch.setattr(folding, "_CHUNK", 5)
    log, order = folded("ppt" * 4, max_messages=16)
    order.range()
    for _ in range(8):
        add(log, "ppt")
        order.range()
    first, stop = order.range()
    assert len(order._at) < 12
    assert stop == 24
    assert [order.position(key) for key in shown(order)] == list(range(first, stop))
    assert order.position(log.next_index - 1) == 23


def test_merged_a_run_goes_over_both_logs_and_ends_where_either_says_something() -> None:
    first, second = MessageLog(), MessageLog()
    rows = [(first, "p", 1), (second, "q", 2), (first, "q", 3), (second, "t", 4), (first, "p", 5), (second, "p", 6)]
    for log, kind, when in rows:
        log.add(NAMES[kind], b"x", time_ns=when)
    every = Timeline([AllRows(first), AllRows(second)], 1, lambda: 0.0, lambda: 10**12)
    order = Folded(every, {1: first, 2: second})
    order.step(1.0)
    one, two = 1 << KEY_BITS, 2 << KEY_BITS
    assert shown(order) == [one, two + 1, one + 2]
    assert order.runs(0, 3) == {0: Run(3, one + 1), 2: Run(2, two + 2)}
    assert [order.position(key) for key in (one + 1, two, two + 2)] == [0, 0, 2]


def test_merged_a_log_may_have_no_row_in_what_is_looked_at() -> None:
    first, second = MessageLog(), MessageLog()
    for when, kind in enumerate("pqt"):
        first.add(NAMES[kind], b"x", time_ns=when)
    order = Folded(Timeline([AllRows(first), AllRows(second)], 1, lambda: 0.0, lambda: 10**12), {1: first, 2: second})
    order.step(1.0)
    one = 1 << KEY_BITS
    assert (shown(order), order.runs(0, 2)) == ([one, one + 2], {0: Run(2, one + 1)})


@given(st.lists(st.text("pqt", max_size=7), max_size=8))
def test_however_they_come_no_row_is_lost(parts: list[str]) -> None:
    log, order = folded("")
    for part in parts:
        add(log, part)
        order.range()
    low, stop = order.range()
    assert order.spread(low, stop) == (0, log.next_index)
    runs = order.runs(low, stop)
    assert sum(runs[at].rows if at in runs else 1 for at in range(low, stop)) == len(log)
    keys = shown(order)
    assert [order.position(key) for key in keys] == list(range(stop))
    for at in range(stop):
        assert list(order.keys(at, at + 1)) == [keys[at]]
