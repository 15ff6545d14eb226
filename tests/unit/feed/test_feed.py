"""`Feed`: what is told, when, and what holds it back. No widget, no thread, no waiting: the clock is ours."""

from __future__ import annotations

from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed import feed as feed_module
from kontena_ws_nb.feed.comm_messages import MAX_ROWS, TAIL
from kontena_ws_nb.feed.feed import IDLE, Feed, Pause, Update
from kontena_ws_nb.feed.flow_control import INTERVAL, PATIENCE, SLOW, SLOWER, WINDOW
from kontena_ws_nb.feed.shown import Shown, name_sources
from kontena_ws_nb.feed.sources import LogSource
from kontena_ws_nb.feed.status import SourceStatus
from kontena_ws_nb.feed.timeline import HOLD
from kontena_ws_nb.log.filter import hits as hits_module
from kontena_ws_nb.log.filter.query import QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.frames import Batch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A feed over a real log, and a clock that stands still."""

    def __init__(self, rows: int = 0, **log: Any) -> None:
        self.clock = Clock()
        self.log = MessageLog(**log)
        self.add(rows)
        self.feed = Feed(name_sources([self.log]), self.clock)

    def merge(self, *others: MessageLog) -> None:
        """Show other logs too; rows are stamped by the same clock."""
        self.feed = Feed(name_sources([self.log, *others]), self.clock, lambda: round(self.clock.now * 1e9))

    def came(self, log: MessageLog, text: bytes) -> None:
        """A row that came now."""
        log.add("text", text, time_ns=round(self.clock.now * 1e9))

    def add(self, rows: int) -> None:
        for _ in range(rows):
            self.log.add("text", b"row %d" % self.log.next_index, sent=self.log.next_index % 2 == 1)

    def tick(self, seconds: float = INTERVAL) -> Update | None:
        self.clock.now += seconds
        return self.feed.step()

    def must(self, seconds: float = INTERVAL) -> Update:
        update = self.tick(seconds)
        assert update is not None
        return update

    def shown(self, update: Update) -> list[str]:
        return [row[5] for row in update.rows]


def bulk(log: MessageLog, payload: bytes, count: int) -> None:
    """Append many equal rows at once."""
    log.append(Batch(payload * count, [len(payload) * row for row in range(count + 1)], bytes((1,)) * count), 1)


def test_the_first_update_tells_everything() -> None:
    bench = Bench(3)
    update = bench.must(0)
    tick = update.tick
    assert (tick["v"], tick["k"], tick["seq"], tick["ack"], tick["via"]) == (1, "tick", 1, True, "pump")
    assert (tick["first"], tick["n"], tick["total"], tick["kept"], tick["dropped"]) == (0, 3, 3, 3, 0)
    assert (tick["filter"], tick["busy"], tick["session"]["state"]) == ("", False, "log")
    assert [(row[0], row[2], row[3], row[4], row[5]) for row in update.rows] == [
        (0, 0, "text", 5, "row 0"),
        (1, 1, "text", 5, "row 1"),
        (2, 0, "text", 5, "row 2"),
    ]
    assert update.rows[0][1] == bench.log[0].time_ns // 1000


def test_nothing_is_told_twice_and_idle_waits_for_rows() -> None:
    bench = Bench(1)
    bench.must(0)
    assert bench.tick() is None
    assert bench.feed.pause() == Pause(IDLE, True)
    assert not bench.feed.news
    bench.add(1)
    assert bench.feed.news
    assert bench.must().tick["total"] == 2


def test_at_most_ten_a_second_and_the_last_row_is_never_late() -> None:
    bench = Bench(1)
    bench.must(0)
    bench.add(1)
    assert bench.tick(0.04) is None
    pause = bench.feed.pause()
    assert pause.seconds == pytest.approx(0.06)
    assert not pause.until_rows
    assert bench.must(0.06).tick["n"] == 2


def test_the_tail_is_bounded() -> None:
    bench = Bench(TAIL + 40)
    update = bench.must(0)
    assert len(update.rows) == TAIL
    assert update.rows[-1][0] == TAIL + 39


def test_acks_are_asked_for_now_and_then() -> None:
    bench = Bench()
    asked = []
    for _ in range(30):
        bench.add(1)
        tick = bench.must().tick
        if tick["ack"]:
            asked.append(tick["seq"])
            bench.feed.acked(tick["seq"])
    assert asked == [1, 10, 20, 30]


def test_without_acks_it_slows_down_but_never_stops() -> None:
    bench = Bench()
    bench.must(0)
    for _ in range(WINDOW - 1):
        bench.add(1)
        bench.must()
    bench.add(1)
    assert bench.tick() is None
    assert bench.feed.pause() == Pause(pytest.approx(SLOW - INTERVAL), False)
    assert bench.must(SLOW).tick["ack"]
    bench.add(1)
    assert bench.tick(SLOW / 2) is None
    bench.must(PATIENCE)
    bench.add(1)
    assert bench.tick(SLOW) is None
    assert bench.tick(SLOWER - SLOW - 0.01) is None
    last = bench.must(0.02)
    bench.feed.acked(last.tick["seq"] + 1000)  # a page that lies gets no more than there is
    bench.add(1)
    assert bench.must().tick["seq"] == last.tick["seq"] + 1


def test_hello_is_answered_at_once() -> None:
    bench = Bench(1)
    bench.must(0)
    assert bench.tick(0.01) is None
    bench.feed.hello()
    assert bench.must(0.01).tick["seq"] == 2


def test_poll_answers_without_the_pump() -> None:
    bench = Bench(2)
    update = bench.feed.poll()
    assert (update.tick["via"], update.tick["n"], update.tick["ack"]) == ("reply", 2, False)


def test_uptime_alone_is_no_news() -> None:
    bench = Bench()
    up = [0.0]

    def describe() -> Any:
        session, stats = SourceStatus(LogSource(bench.log))()
        up[0] += 1
        return session, {**stats, "uptime": up[0]}

    bench.feed.attach([Shown("log", LogSource(bench.log), describe)])
    bench.must(0)
    assert bench.tick() is None


def test_a_filter_starts_a_new_generation() -> None:
    bench = Bench(10)
    gen = bench.must(0).tick["gen"]
    assert bench.feed.set_filter("dir:sent ") == gen + 1 == bench.feed.gen
    assert bench.feed.pause().seconds < 0.01  # the search is due now
    update = bench.must()
    assert (update.tick["gen"], update.tick["n"], update.tick["total"], update.tick["filter"]) == (
        gen + 1,
        5,
        10,
        "dir:sent",
    )
    assert bench.shown(update) == ["row 1", "row 3", "row 5", "row 7", "row 9"]
    bench.add(2)
    assert bench.shown(bench.must())[-1] == "row 11"
    assert bench.feed.rows(gen + 1, 1, 2) == (1, bench.feed.poll().rows[1:3])


def test_a_wrong_filter_changes_nothing() -> None:
    bench = Bench(2)
    bench.feed.set_filter("row")
    gen = bench.feed.gen
    with pytest.raises(QueryError):
        bench.feed.set_filter("kind:nonsense")
    assert (bench.feed.filter, bench.feed.gen) == ("row", gen)


def test_a_long_search_goes_on_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bulk(bench.log, b"needle", 20_000)
    bench.must(0)
    monkeypatch.setattr(feed_module, "BUDGET", -1.0)  # always over: one slice a step
    bench.feed.set_filter("needle")
    first = bench.must()
    assert first.tick["busy"]
    assert 0 < first.tick["n"] < 20_000
    assert bench.feed.pause() == Pause(0.002, False)
    for _ in range(20):
        update = bench.tick()
        if update is not None and not update.tick["busy"]:
            break
    assert update is not None
    assert (update.tick["busy"], update.tick["n"]) == (False, 20_000)


def test_positions_are_permanent_while_rows_drop_on_the_left() -> None:
    bench = Bench(max_messages=5000)
    bulk(bench.log, b"old", 4096)
    bench.must(0)
    bulk(bench.log, b"new", 4096)
    update = bench.must()
    tick = update.tick
    assert (tick["first"], tick["first"] + tick["n"], tick["kept"], tick["dropped"]) == (4096, 8192, 4096, 4096)
    first, rows = bench.feed.rows(tick["gen"], 4094, 4)
    assert first == 4094
    assert [row if row is None else row[0] for row in rows] == [None, None, 4096, 4097]


def test_hits_of_dropped_rows_keep_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(max_messages=5000)
    bench.feed.set_filter("row")
    gen = bench.feed.gen
    bulk(bench.log, b"row", 4096)
    assert bench.must(0).tick["first"] == 0
    bulk(bench.log, b"row", 4096)
    tick = bench.must().tick
    assert (tick["first"], tick["n"]) == (4096, 4096)
    assert bench.feed.rows(gen, 4095, 2)[1][0] is None
    monkeypatch.setattr(hits_module, "_PRUNE", 1000)
    bulk(bench.log, b"row", 1)
    tick = bench.must().tick
    assert (tick["first"], tick["n"]) == (4096, 4097)
    first, rows = bench.feed.rows(gen, 10, 500)
    assert (first, rows[0][0] if rows[0] else None) == (4096, 4096)


def test_rows_are_bounded_and_belong_to_a_generation() -> None:
    bench = Bench(3)
    assert bench.feed.rows(99, 0, 10) == (0, [])
    assert bench.feed.rows(bench.feed.gen, 7, 10) == (7, [])
    bulk(bench.log, b"x", 1000)
    assert len(bench.feed.rows(bench.feed.gen, 0, 10_000)[1]) == MAX_ROWS


def test_a_new_secret_is_masked_in_what_a_page_has_already() -> None:
    bench = Bench()
    bench.log.add("text", b"hunter2")
    bench.feed.set_filter("hunter")
    before = bench.must(0)
    assert bench.shown(before) == ["hunter2"]
    assert bench.feed.rows(before.tick["gen"], 0, 1)[1][0] is not None
    kws.secret("hunter2")
    after = bench.must()
    assert after.tick["gen"] > before.tick["gen"]
    assert bench.shown(after) == ["***"]
    assert after.tick["filter"] == "hunter", "a part of it that somebody typed is not it"
    kws.secret("hunter2")
    assert bench.tick() is None, "it was known"


def test_clear_starts_again_with_the_same_filter() -> None:
    bench = Bench(4)
    bench.feed.set_filter("row")
    gen = bench.must(0).tick["gen"]
    bench.log.clear()
    update = bench.must()
    assert (update.tick["gen"], update.tick["n"], update.tick["kept"], update.rows) == (gen + 1, 0, 0, [])
    bench.add(1)
    assert bench.shown(bench.must()) == ["row 4"]


def test_another_log_in_the_same_place() -> None:
    bench = Bench(4)
    bench.feed.set_filter("row")
    bench.must(0)
    other = MessageLog()
    other.add("text", b"row of another")
    other.add("text", b"not this")
    bench.feed.attach(name_sources([other]))
    assert bench.feed.sources[0].log is other
    assert bench.shown(bench.must()) == ["row of another"]


def test_where_a_row_is() -> None:
    bench = Bench(4)
    bench.must(0)
    assert bench.feed.locate(3) == (bench.feed.gen, 3, 3)
    assert bench.feed.locate(4) == (bench.feed.gen, None, None)
    bench.feed.set_filter("dir:sent")
    bench.must()
    assert bench.feed.locate(3) == (bench.feed.gen, 1, 1)
    assert bench.feed.locate(2) == (bench.feed.gen, None, 1), "the next one that is shown"
    assert bench.feed.locate(0) == (bench.feed.gen, None, 0)
    bench.feed.set_filter("nowhere")
    bench.must()
    assert bench.feed.locate(2) == (bench.feed.gen, None, None)
    bench.feed.set_filter("'row 1'")
    bench.must()
    assert bench.feed.locate(3) == (bench.feed.gen, None, 0), "none is later: the last one"


def test_what_python_asks_is_told_until_something_new_is_asked() -> None:
    bench = Bench(4)
    bench.must(0)
    bench.feed.ask_follow(False)
    bench.feed.ask_select([2, 3])
    assert bench.must().tick["asked"] == {"follow": (1, False), "select": (1, [2, 3], 2)}
    bench.feed.attach(name_sources([bench.log]))  # other rows: nothing is selected there
    assert bench.must().tick["asked"] == {"follow": (1, False), "select": (2, [], None)}


def test_an_update_waits_for_the_rows_that_are_held_back() -> None:
    bench, other = Bench(), MessageLog()
    bench.merge(other)
    bench.must(0)
    bench.clock.now += 3
    bench.came(other, b"alone")
    assert bench.tick(0) is None  # one update, with the row, not two
    assert bench.feed.pause() == Pause(HOLD, False)
    assert bench.shown(bench.must(HOLD)) == ["alone"]
    assert bench.feed.pause().until_rows is False
    bench.clock.now += INTERVAL
    assert bench.tick(0) is None
    assert bench.feed.pause() == Pause(IDLE, True)


def test_a_stream_of_merged_rows_is_told_ten_times_a_second() -> None:
    bench, other = Bench(), MessageLog()
    bench.merge(other)
    bench.must(0)
    told = []
    for turn in range(100):
        bench.clock.now += 0.021
        bench.came((bench.log, other)[turn % 2], b"%d" % turn)
        update = bench.tick(0)
        if update is not None:
            told.append(update.tick["n"])
    assert len(told) in (19, 20)
    assert told == sorted(set(told))


def test_merged_rows_and_their_keys() -> None:
    bench, other = Bench(), MessageLog()
    bench.merge(other)
    for text in (b"row a", b"row b", b"c"):
        bench.came(bench.log, text)
        bench.clock.now += 0.001
        bench.came(other, b"other " + text)
        bench.clock.now += 0.001
    update = bench.must()
    assert bench.shown(update) == ["row a", "other row a", "row b", "other row b", "c", "other c"]
    tick = update.tick
    assert (tick["total"], tick["kept"], tick["busy"], tick["session"]["state"]) == (6, 6, False, "merged")
    assert [(one["number"], one["name"]) for one in tick["sources"]] == [(1, "log"), (2, "log (2)")]
    key = update.rows[3][0]
    assert bench.feed.locate(key) == (tick["gen"], 3, 3)
    hidden = [update.rows[at][0] for at in (4, 5)]
    bench.feed.set_filter("row")
    assert bench.must().tick["n"] == 4
    gen = bench.feed.gen
    assert [row and row[5] for row in bench.feed.rows(gen, 1, 2)[1]] == ["other row a", "row b"]
    assert [bench.feed.locate(one) for one in hidden] == [(gen, None, 3)] * 2
    bench.feed.set_filter("other or -row")
    bench.must()
    gen = bench.feed.gen
    assert bench.feed.locate(update.rows[2][0]) == (gen, None, 1), "between rows of the other log, by its time"
    bench.feed.set_filter("row")
    bench.must()
    gen = bench.feed.gen
    other.clear()
    tick = bench.must().tick
    assert (tick["gen"], tick["n"]) == (gen + 1, 2)
    newest, total = bench.feed.newest(1)
    assert [(source.name, row.preview) for source, row in newest] == [("log", b"row b")]
    assert total == 2


def test_pings_and_pongs_are_one_row_unless_they_are_looked_for() -> None:
    bench = Bench()
    for at, kind in enumerate(["ping", "pong", "text", "ping", "pong", "ping"]):
        bench.log.add(kind, b"x", time_ns=10**18 + at * 40 * 10**9)
    update = bench.must()
    assert (update.tick["n"], update.tick["kept"], update.tick["fold"], bench.feed.fold) == (3, 6, True, True)
    assert [(row.key, row.folded, row.preview) for row in update.rows] == [
        (0, 2, "2 pings and pongs in 40.0 s"),
        (2, 0, "x"),
        (3, 3, "3 pings and pongs in 1 m 20 s"),
    ]
    bench.log.add("pong", b"x", time_ns=10**18 + 250 * 10**9)
    grown = bench.must()
    assert (grown.tick["n"], grown.rows[-1].folded, grown.tick["gen"]) == (3, 4, update.tick["gen"])
    assert len(bench.feed.newest(9)[0]) == 7, "what is saved has every row"
    assert bench.feed.spread(1, 3) == (2, 7)
    bench.feed.set_filter("kind:ping,pong")
    update = bench.must()
    assert (update.tick["n"], [row.folded for row in update.rows], bench.feed.spread(1, 3)) == (6, [0] * 6, (1, 3))
    bench.feed.set_filter("")
    gen = bench.feed.set_fold(False)
    update = bench.must()
    assert (update.tick["n"], update.tick["gen"], update.tick["fold"]) == (7, gen, False)


@pytest.mark.parametrize(
    ("ns", "said"),
    [
        (0, ""),
        (400_000, " in 400 µs"),
        (2_400_000, " in 2.4 ms"),
        (999_700_000, " in 1.0 s"),
        (59_970_000_000, " in 1 m 0 s"),
        (119_700_000_000, " in 2 m 0 s"),
        (7_384 * 10**9, " in 2 h 3 m"),
    ],
)
def test_how_long_pings_and_pongs_went_on_is_rounded_before_it_is_told_in_units(ns: int, said: str) -> None:
    bench = Bench()
    for at, kind in enumerate(["ping", "pong"]):
        bench.log.add(kind, b"x", time_ns=10**18 + at * ns)
    assert bench.must().rows[0].preview == f"2 pings and pongs{said}"


def test_a_run_whose_rows_go_while_it_is_read_is_a_row_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    for _ in range(3):
        bench.log.add("ping", b"x")
    bench.must()
    monkeypatch.setattr(type(bench.feed.sources), "rows", lambda *_: {})
    assert bench.feed.rows(bench.feed.gen, 0, 9) == (0, [None])


# ---- looking for rows


def searched(bench: Bench) -> None:
    while bench.feed.seek(0, 0).busy:
        pass


def test_what_is_looked_for_hides_nothing_and_is_found_both_ways() -> None:
    bench = Bench(100)
    gen = bench.feed.gen
    assert bench.feed.seek(0, 1) == (gen, None, None, 0, 0, False), "nothing is looked for"
    assert bench.feed.set_find("row /5$/") > gen
    update = bench.must()
    assert (update.tick["n"], update.tick["filter"]) == (100, "")
    assert [row.hits for row in update.rows[-6:-3]] == [(0, 3), (0, 3, 5, 6), (0, 3)]
    gen = bench.feed.gen
    searched(bench)
    assert bench.feed.seek(-1, 1) == (gen, 5, 5, 1, 10, False)
    assert bench.feed.seek(5, 1) == (gen, 15, 15, 2, 10, False)
    assert bench.feed.seek(95, 1) == (gen, 5, 5, 1, 10, False), "it begins anew"
    assert bench.feed.seek(15, -1) == (gen, 5, 5, 1, 10, False)
    assert bench.feed.seek(5, -1) == (gen, 95, 95, 10, 10, False)
    assert bench.feed.seek(15, 0) == (gen, 15, 15, 2, 10, False)
    assert bench.feed.seek(16, 0) == (gen, None, None, 0, 10, False)
    bench.add(10)
    searched(bench)
    assert bench.feed.seek(95, 1) == (gen, 105, 105, 11, 11, False)
    bench.feed.set_find("")
    assert bench.must().rows[0].hits == ()


def test_within_a_filter_only_what_it_shows_is_found() -> None:
    bench = Bench(100)
    bench.feed.set_filter("dir:sent")
    bench.feed.set_find("/9$/ or nowhere")
    searched(bench)
    place = bench.feed.seek(-1, 1)
    assert (place.key, place.at, place.total) == (9, 4, 10)
    bench.feed.set_find("/8$/")
    searched(bench)
    assert bench.feed.seek(-1, 1).total == 0


def test_a_mistake_changes_nothing_that_is_looked_for() -> None:
    bench = Bench(10)
    bench.feed.set_find("/3$/")
    with pytest.raises(QueryError):
        bench.feed.set_find("(")
    assert bench.feed.seek(-1, 1).key == 3


def test_an_unfinished_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "BUDGET", -1.0)
    bench = Bench()
    bulk(bench.log, b"row", 20_000)
    bench.feed.set_find("row")
    assert bench.feed.pause() == Pause(0.002, False)
    first = bench.feed.seek(-1, -1)
    assert (first.key, first.busy) == (None, True), "what is not searched may be behind it: it does not begin anew"
    searched(bench)
    assert bench.feed.seek(-1, -1).key == 19_999


def test_rows_that_were_dropped_are_not_found() -> None:
    bench = Bench(20, max_messages=10)
    bench.feed.set_find("row")
    searched(bench)
    bench.add(5)
    searched(bench)
    assert bench.feed.seek(-1, 1).key == 15


def test_several_logs_are_looked_through_together() -> None:
    bench = Bench()
    other = MessageLog()
    bench.merge(other)
    for text in (b"a 1", b"b 1", b"a 2"):
        bench.came(bench.log if text[:1] == b"a" else other, text)
        bench.clock.now += 1
    bench.feed.set_find("1")
    searched(bench)
    first = bench.feed.seek(-1, 1)
    second = bench.feed.seek(0, 1)
    assert (first.at, second.at, first.total) == (0, 1, 2)
    assert first.key != second.key
    assert bench.feed.found(second.key or 0, 0, 100) == ["1"]


def test_what_is_found_in_a_message_that_is_gone_or_when_nothing_is_looked_for() -> None:
    bench = Bench(3)
    assert bench.feed.found(0, 0, 10) == []
    bench.feed.set_filter("row")
    assert bench.feed.found(0, 0, 10) == ["row"]
    assert bench.feed.found(99, 0, 10) == []
    assert bench.feed.found(1 << 44, 0, 10) == []


def test_a_row_of_a_file_that_cannot_be_read_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(3)
    bench.feed.set_filter("row")

    def fails(_index: int) -> None:
        raise OSError("the file is gone")

    monkeypatch.setattr(bench.log, "get", fails)
    assert [(row.preview, row.hits) for row in bench.must().rows] == [("row 0", ()), ("row 1", ()), ("row 2", ())]
    assert bench.feed.found(0, 0, 10) == []
