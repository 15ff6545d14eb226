"""`Hits`: numbers do not change when rows are dropped or a search is interrupted."""

from __future__ import annotations

from array import array

import pytest

from kontena_ws_nb.log.filter import hits as module
from kontena_ws_nb.log.filter.hits import Hits
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.log import MessageLog


def filled(count: int, **limits: int) -> MessageLog:
    log = MessageLog(**limits)  # type: ignore[arg-type]
    for number in range(count):
        log.add("text", b"odd" if number % 2 else b"even")
    return log


def test_numbers_count_hits() -> None:
    hits = Hits(filled(10), Query.parse("odd"))
    assert (hits.done, hits.position, hits.range()) == (False, 0, (0, 0))
    hits.extend(rows=4)
    assert (hits.done, hits.position, list(hits.indices)) == (False, 4, [1, 3])
    hits.extend()
    assert (hits.done, hits.range(), list(hits.between(1, 3))) == (True, (0, 5), [3, 5])
    assert (hits.number(5), hits.number(6), hits.number(11)) == (2, None, None)
    assert (hits.slow, hits.stopped) == (None, None)


def test_numbers_stay_when_rows_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled(8, max_messages=8)
    hits = Hits(log, Query.parse("odd"))
    hits.extend()
    for _ in range(4):
        log.add("text", b"odd")
    hits.extend()
    hits.forget()  # few: kept
    assert (hits.base, hits.range(), list(hits.indices)) == (0, (2, 8), [1, 3, 5, 7, 8, 9, 10, 11])
    monkeypatch.setattr(module, "_PRUNE", 2)
    hits.forget()
    assert (hits.base, hits.range(), list(hits.indices)) == (2, (2, 8), [5, 7, 8, 9, 10, 11])
    assert (hits.number(3), hits.number(5), list(hits.between(0, 4))) == (None, 2, [5, 7])


def test_clearing_makes_it_stale() -> None:
    log = filled(4)
    hits = Hits(log, Query.parse("odd"))
    hits.extend()
    log.clear()
    assert hits.stale
    hits.restart()
    assert (hits.stale, hits.range(), hits.position) == (False, (0, 0), 4)


def test_an_interrupt_loses_no_hit(monkeypatch: pytest.MonkeyPatch) -> None:
    hits = Hits(filled(10), Query.parse("odd"))
    hits.extend(rows=5)
    step = Scan.step

    def interrupted(self: Scan, deadline: float | None = None, stop: int | None = None) -> array[int]:
        step(self, deadline, stop)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Scan, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            hits.extend()
    assert hits.position == 5
    hits.extend()
    assert list(hits.indices) == [1, 3, 5, 7, 9]


def test_hits_grow_too_old() -> None:
    log = MessageLog()
    for second in range(10):
        log.add("text", b"odd" if second % 2 else b"even", time_ns=second * 10**9)
    now = [9 * 10**9]
    hits = Hits(log, Query.parse("since:6s (odd or since:1s)", now[0]), lambda: now[0])
    hits.extend()
    assert (hits.range(), list(hits.indices)) == (
        (0, 5),
        [3, 5, 7, 8, 9],
    )  # the second one counts from when it was read
    now[0] = 12 * 10**9
    hits.extend()
    assert (hits.range(), list(hits.indices), hits.number(7)) == ((2, 5), [7, 8, 9], 2)
    log.clear()
    hits.extend()  # the rows are gone, and with them their times
    assert hits.range() == (5, 5)
    still = Hits(log, Query.parse("-since:6s since:12:00"), lambda: 10**30)
    still.extend()
    assert still.range() == (0, 0)
