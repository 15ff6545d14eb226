"""`Timeline`: several logs in one order. No widget, no thread, no waiting: both clocks are ours."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from kontena_ws_nb.feed import timeline as timeline_module
from kontena_ws_nb.feed.row_index import row_index, times
from kontena_ws_nb.feed.shown import split
from kontena_ws_nb.feed.timeline import HOLD, Timeline
from kontena_ws_nb.log.filter import hits as hits_module
from kontena_ws_nb.log.filter.query import Query
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.frames import Batch

SECOND = 10**9
BEGIN = 1_700_000_000 * SECOND


class Bench:
    """Logs, an order over them, and two clocks that stand still until told."""

    def __init__(self, *logs: MessageLog, filter: str = "") -> None:
        self.logs = logs
        self.now = BEGIN
        self.filter = filter
        self.make()

    def make(self) -> None:
        query = Query.parse(self.filter, BEGIN)
        self.order = Timeline([row_index(log, query) for log in self.logs], 3, lambda: 0.0, lambda: self.now)

    def add(self, at: int, text: str, later: float | None = None) -> None:
        """A row of one log, now or some seconds after the beginning."""
        when = self.now if later is None else BEGIN + round(later * SECOND)
        self.logs[at].add("text", text.encode(), time_ns=when)

    def step(self, seconds: float = 1.0, deadline: float = 1.0) -> None:
        self.now += round(seconds * SECOND)
        self.order.step(deadline)

    def all(self) -> Sequence[int]:
        return self.order.keys(*self.order.range())

    def texts(self) -> list[str | None]:
        """What the view has, top to bottom; None for a row that was dropped."""
        found = []
        for key in self.all():
            number, index = split(key)
            message = self.logs[number - 3].get(index) if key >= 0 else None
            found.append(message and message.text)
        return found


def bulk(log: MessageLog, rows: int, when: int) -> None:
    """Append many rows of one moment at once."""
    log.append(Batch(b"x" * rows, list(range(rows + 1)), bytes((1,)) * rows), when)


def test_rows_come_in_the_order_of_their_times() -> None:
    bench = Bench(MessageLog(), MessageLog())
    for at, text, later in ((0, "a", 0.1), (1, "b", 0.2), (1, "c", 0.3), (0, "d", 0.4), (1, "e", 0.5)):
        bench.add(at, text, later)
    bench.step()
    assert bench.texts() == ["a", "b", "c", "d", "e"]
    assert [split(key) for key in bench.all()] == [(3, 0), (4, 0), (4, 1), (3, 1), (4, 2)]
    assert not bench.order.pending
    assert bench.order.settling == 0.0


def test_a_young_row_is_held_until_an_earlier_one_of_another_log_is_there() -> None:
    bench = Bench(MessageLog(), MessageLog())
    bench.add(0, "second", 0.010)
    bench.step(0.020)
    assert bench.texts() == []
    assert bench.order.settling == HOLD
    bench.add(1, "first", 0.005)  # its reader waited for the interpreter
    bench.step(HOLD)
    assert bench.texts() == ["first", "second"]
    bench.add(1, "much too late", 0.001)
    bench.step()
    assert bench.texts() == ["first", "second", "much too late"]


def test_a_log_keeps_its_own_order_when_the_clock_is_set_back() -> None:
    bench = Bench(MessageLog(), MessageLog())
    for text, later in (("a", 0.5), ("b", 0.1), ("c", 0.2)):
        bench.add(0, text, later)
    bench.add(1, "other", 0.3)
    bench.step()
    assert bench.texts() == ["other", "a", "b", "c"]


def test_a_row_from_the_future_is_not_held_until_then() -> None:
    bench = Bench(MessageLog(), MessageLog())
    bench.add(0, "tomorrow", 86_400)
    bench.add(1, "now", 0.5)
    bench.step()
    assert bench.texts() == ["now", "tomorrow"]
    assert bench.order.settling == 0.0


def test_a_filter_applies_to_every_log() -> None:
    bench = Bench(MessageLog(), MessageLog(), filter="trade")
    for at in range(20):
        bench.add(at % 2, f"{'trade' if at % 3 == 0 else 'quote'} {at}", at / 100)
    bench.step()
    assert bench.texts() == [f"trade {at}" for at in range(0, 20, 3)]
    assert [bench.order.position(key) for key in bench.all()] == list(range(7))
    assert bench.order.position(3 << 44 | 1) is None  # the filter hides it
    assert bench.order.position(0) is None  # from before they were merged
    assert bench.order.position(9 << 44) is None


@pytest.mark.parametrize("filter", ["", "kind:text"])
@pytest.mark.parametrize("seed", range(6))
def test_positions_never_change_once_told(seed: int, filter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small blocks: every boundary is crossed often. Rows come late, clocks jump, one log drops rows.
    for name, value in (("_BLOCK", 8), ("_SEARCHED", 16), ("_PRUNE", 2)):
        monkeypatch.setattr(timeline_module, name, value)
    monkeypatch.setattr(hits_module, "_PRUNE", 16)
    chance = random.Random(seed)
    bench = Bench(MessageLog(), MessageLog(max_messages=64), MessageLog(), filter=filter)
    told: dict[int, int] = {}
    for turn in range(300):
        for _ in range(chance.randrange(6)):
            bench.add(
                chance.randrange(3), str(turn), (bench.now - BEGIN) / SECOND - chance.choice((0, 0, 0, 0.01, 0.2, -5))
            )
        bench.step(chance.choice((0.001, 0.02, 0.1)), deadline=chance.choice((-1.0, 1.0)))
        first, stop = bench.order.range()
        keys = bench.order.keys(first, stop)
        assert len(keys) == stop - first
        for position, key in enumerate(keys, first):
            if key >= 0:
                assert told.setdefault(position, key) == key
                assert bench.order.position(key) == position
        middle = chance.randrange(first, stop + 1)
        assert bench.order.keys(middle, stop) == keys[middle - first :]
    bench.step()
    bench.step(deadline=1.0)
    kept = [key for key in bench.all() if key >= 0]
    assert sorted(kept) == [number + 3 << 44 | row.index for number, log in enumerate(bench.logs) for row in log]
    for number in (3, 4, 5):  # each log's own order
        mine = [key for key in kept if split(key)[0] == number]
        assert mine == sorted(mine)
    assert bench.order.base > 0 or bench.logs[0].next_index < 300


def test_building_goes_on_in_slices() -> None:
    bench = Bench(MessageLog(), MessageLog())
    for log in bench.logs:
        for part in range(5):
            bulk(log, 4096, BEGIN + part)
    turns = 0
    bench.step(deadline=-1.0)
    assert 0 < bench.order.range()[1] <= 2 * 4096
    while bench.order.pending:
        bench.step(deadline=-1.0)
        turns += 1
    assert bench.order.range() == (0, 10 * 4096)
    assert turns >= 4


def test_logs_are_searched_where_the_time_is_earliest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "_SEARCHED", 10)
    bench = Bench(MessageLog(), MessageLog(), filter="kind:text")
    for at in range(40):
        bench.add(at % 2, str(at), at / 1000)
    shown = []
    while bench.order.pending:
        bench.step(deadline=-1.0)
        shown.append(len(bench.all()))
        assert bench.texts() == [str(at) for at in range(shown[-1])]  # never a later row before an earlier one is known
    assert shown[-1] == 40
    assert 0 < shown[1] < 40


def test_rows_dropped_between_others_keep_their_places() -> None:
    bench = Bench(MessageLog(), MessageLog(max_messages=8))
    for at in range(4):
        bench.add(0, f"kept {at}", at)
        bench.add(1, f"dropped {at}", at + 0.5)
    bench.step(10)
    for at in range(12):
        bench.add(1, f"new {at}", 20 + at)
    bench.step(40)
    texts = bench.texts()
    assert texts[:8] == ["kept 0", None, "kept 1", None, "kept 2", None, "kept 3", None]
    assert texts[-1] == "new 11"
    assert bench.order.position(4 << 44) is None
    assert not bench.order.stale


@pytest.mark.parametrize("filter", ["", "kind:text"])
def test_rows_dropped_before_they_were_merged(filter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits_module, "_PRUNE", 1)
    bench = Bench(MessageLog(), MessageLog(max_messages=8), filter=filter)
    bench.add(0, "a", 0.1)
    bench.add(1, "held", 0.99)
    bench.step(1.0)
    for at in range(30):
        bench.add(1, f"b {at}", 1 + at / 1000)
    bench.step(5.0)
    assert bench.texts()[0] == "a"
    assert [text for text in bench.texts() if text] == ["a", *(message.text for message in bench.logs[1])]


def test_dropped_rows_that_outnumber_the_others_make_a_new_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "_MOST_GONE", 10)
    bench = Bench(MessageLog(), MessageLog(max_messages=16))
    bench.add(0, "the oldest", 0.0)
    for at in range(80):
        bench.add(1, str(at), 1 + at)
        bench.step(1)
        if bench.order.stale:
            break
    assert bench.order.stale
    bench.make()
    bench.step(200)
    assert bench.texts() == ["the oldest", *(message.text for message in bench.logs[1])]
    assert not bench.order.stale


def test_what_is_dropped_on_the_left_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(MessageLog(max_messages=5000), MessageLog(max_messages=5000))
    for part in range(20):
        for log in bench.logs:
            bulk(log, 4096, BEGIN + part * SECOND)
        bench.step()
    bench.step()
    first, stop = bench.order.range()
    assert stop == 2 * 20 * 4096
    assert first >= bench.order.base >= 16 * 4096
    assert len(bench.order._order) <= 24 * 4096
    assert bench.order.keys(first, first + 2) == [
        3 << 44 | bench.logs[0].first_index,
        3 << 44 | bench.logs[0].first_index + 1,
    ]
    assert bench.order.keys(0, 5) == []


def test_a_cleared_log_makes_a_new_order() -> None:
    bench = Bench(MessageLog(), MessageLog())
    bench.add(0, "a")
    bench.step()
    assert not bench.order.stale
    bench.logs[1].clear()
    assert bench.order.stale


def test_times_of_rows() -> None:
    log = MessageLog(max_messages=8)
    for at in range(20):
        log.add("text", b"x", time_ns=1000 + at)
    first = log.first_index
    assert first > 0
    assert times(log, range(first - 2, first + 2)) == [0, 0, 1000 + first, 1001 + first]
    assert times(log, [0, first, 19, 25]) == [0, 1000 + first, 1019, 0]
    assert times(log, range(0)) == times(log, []) == []
    log.clear()
    assert times(log, range(18, 20)) == [0, 0]


def test_a_byte_a_row() -> None:
    bench: Any = Bench(MessageLog(max_bytes=None), MessageLog(max_bytes=None))
    for part in range(25):
        for log in bench.logs:
            bulk(log, 4096, BEGIN + part)
    bench.step()
    rows = 2 * 25 * 4096
    held = len(bench.order._order) + sum(marks.itemsize * len(marks) for marks in bench.order._marks)
    assert bench.order.range() == (0, rows)
    assert held <= 1.01 * rows
