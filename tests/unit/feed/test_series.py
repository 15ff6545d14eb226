"""Numbers at a path, over time: what is a number, what is kept, what is read when there is too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.series import PLOTS, POINTS, SERIES, Plot, Point, Series, as_number
from kontena_ws_nb.feed.shown import Sources, name_sources
from kontena_ws_nb.log.filter.patterns import SlowPatternError
from kontena_ws_nb.log.filter.query_error import QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.protocol.frames import TEXT, Batch
from tests.unit.log.rows_lab import batch_of

MS = 10**6
START = 1_700_000_000 * 10**9


class Clock:
    """Each look costs a microsecond."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now


def filled(*values: Any) -> MessageLog:
    log = MessageLog()
    for number, value in enumerate(values):
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        log.add("text", payload, time_ns=START + number * MS)
    return log


def plot(log: MessageLog, path: str = "$.p", by: str | None = None, where: str = "") -> Plot:
    made = Plot(1, Sources(name_sources([log])), path, by, where)
    made.finish()
    return made


def lines(made: Plot) -> dict[str, list[float]]:
    return {series.name: [point.value for point in points] for series, points in made.tell().lines}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (-1.5, -1.5),
        ("64210.55", 64210.55),
        ("1e3", 1000.0),
        ("+7", 7.0),
        (True, 1.0),
        (False, 0.0),
        (None, None),
        ("", None),
        ("12 USD", None),
        ("NaN", None),
        ("Infinity", None),
        ("1_000", None),
        ("1e400", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ([1], None),
        ({"a": 1}, None),
    ],
)
def test_what_is_a_number(value: Any, number: float | None) -> None:
    assert as_number(value) == number


def test_numbers_over_time_by_another_path() -> None:
    made = plot(filled({"p": 1, "s": "A"}, {"p": "2.5", "s": "B"}, {"s": "A"}, {"p": 3, "s": "A"}), by="$.s")
    assert lines(made) == {"A": [1.0, 3.0], "B": [2.5]}
    series, points = made.tell().lines[0]
    assert (series.count, series.last, [point.key for point in points]) == (2, points[-1], [0, 3])
    assert points[1].time_ns == START + 3 * MS
    assert repr(made) == "<Plot of $.p by $.s: 2 series of 4 messages>"


def test_what_is_no_number_is_counted() -> None:
    made = plot(filled(b'{"p":1e400}', b'{"p":NaN}', {"p": "word"}, {"p": None}, {"p": True}, b"no json", b'{"p":'))
    told = made.tell()
    assert (lines(made), told.odd, told.passed, told.looked) == ({"": [1.0]}, 4, 7, 7)


def test_only_messages_are_read() -> None:
    log = filled({"p": 1})
    log.append(Batch.one(b'{"p":2}', TEXT | INCOMPLETE), START)
    log.add("close", b'{"p":3}', time_ns=START)
    log.add("binary", b'{"p":4}', time_ns=START + MS)
    made = plot(log)
    assert (lines(made), made.tell().passed) == ({"": [1.0, 4.0]}, 2)


@pytest.mark.parametrize("nothing", [(), ({"q": 1},)], ids=["no row", "no such path"])
def test_nothing_to_draw(nothing: tuple[Any, ...]) -> None:
    made = plot(filled(*nothing))
    assert (lines(made), made.points()) == ({}, [])


def test_a_batch_and_wildcards() -> None:
    batch = [{"p": 1, "s": "A"}, {"p": 2, "s": "B"}]
    assert lines(plot(filled(batch), by="$.s")) == {"A": [1.0], "B": [2.0]}
    trades = {"s": "all", "t": [{"p": 1, "s": "A"}, {"p": 2, "s": "B"}]}
    assert lines(plot(filled(trades), "$.t[*].p", "$.t[*].s")) == {"A": [1.0], "B": [2.0]}
    assert lines(plot(filled(trades), "$.t[*].p", "$.s")) == {"all": [1.0, 2.0]}
    assert lines(plot(filled(trades), "$.t[1].p", "$.nowhere")) == {"none": [2.0]}
    assert lines(plot(filled(b"5", b'"6.5"'), "$")) == {"": [5.0, 6.5]}


@pytest.mark.parametrize(
    ("by", "name"),
    [(None, "none"), (7, "7"), (True, "true"), ("", '""'), ({"a": [1]}, '{"a": [1]}'), ("\x1b[31m", "\\x1b[31m")],
)
def test_names_of_series(by: Any, name: str) -> None:
    (made,) = lines(plot(filled({"p": 1, "s": by}), by="$.s"))
    assert made == name


def test_a_name_that_is_nested_too_deeply_and_one_of_too_many_digits() -> None:
    value: Any = []
    for _ in range(20_000):
        value = [value]
    log = filled({"p": 1, "s": "x" * 500})
    (name,) = lines(plot(log, by="$.s"))
    assert len(name) <= 81
    from kontena_ws_nb.feed.series import _spelled

    assert _spelled(value) == "…"


def test_decoded_values_have_paths_too() -> None:
    log = MessageLog()
    log.add("text", b'42["tick",{"p":5}]', time_ns=START)
    log.meanings.choose("socket.io")
    made = plot(log, "$..p")
    assert lines(made) == {"": [5.0]}
    log.meanings.choose("raw")  # another decoder: begin again
    made.finish()
    assert lines(made) == {}


@pytest.mark.parametrize("path", ["p", ".p", "$.p", " p "])
def test_a_path_may_be_written_as_a_column_is(path: str) -> None:
    log = MessageLog()
    log.add("text", b'{"p":5,"s":"a"}', time_ns=START)
    made = plot(log, path, by="s")
    assert lines(made) == {"a": [5.0]}


@pytest.mark.parametrize("path", ["$.p=1", "-$.p", "$.p $.q", "", "$.p or $.q"])
def test_what_is_no_path_is_said_at_once(path: str) -> None:
    sources = Sources(name_sources([MessageLog()]))
    with pytest.raises(QueryError, match=r"\$\.price"):
        Plot(1, sources, path)
    with pytest.raises(QueryError):
        Plot(1, sources, "$.p", "$.")
    with pytest.raises(QueryError):
        Plot(1, sources, "$.p", where="(")


def test_only_what_a_filter_matches() -> None:
    log = filled({"p": 1, "t": "a"}, {"p": 2, "t": "b"}, {"p": 3, "t": "a"})
    made = plot(log, where="$.t=a")
    assert (lines(made), made.tell().passed) == ({"": [1.0, 3.0]}, 2)
    assert "where $.t=a" in repr(made)


def test_rows_are_read_once_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled({"p": 1})
    made = plot(log)
    read: list[bytes] = []
    monkeypatch.setattr("kontena_ws_nb.feed.series.parse_json", lambda text: read.append(text) or json.loads(text))
    log.add("text", b'{"p":2}')
    log.add("text", b'{"q":3}')  # not even parsed
    made.finish()
    made.finish()
    assert read == [b'{"p":2}']
    assert lines(made) == {"": [1.0, 2.0]}


def test_ten_thousand_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    rows = [b'{"p":%d,"s":"S%d"}' % (at, at) for at in range(10_000)]
    log.append(batch_of(*rows), START)
    made = plot(log, by="$.s")
    told = made.tell()
    assert [series.name for series, _ in told.lines] == [f"S{at}" for at in range(SERIES)]
    assert (told.left_out, told.more, told.odd) == (10_000 - SERIES, False, 0)
    monkeypatch.setattr("kontena_ws_nb.feed.series._NAMES", 100)
    told = plot(log, by="$.s").tell()
    assert (told.left_out, told.more) == (100, True)


def test_spikes_survive_and_memory_is_bounded() -> None:
    series = Series(1, "")
    spikes = {1234: 1e6, 40_007: -1e6, 77_777: 5e5}
    for number in range(100_000):
        series.add(Point(START + number * MS, spikes.get(number, number % 10), number, 1))
    for most in (POINTS, 400, 20):
        points = series.points(most)
        assert len(points) <= most
        assert {1e6, -1e6} <= {point.value for point in points}
        assert points == sorted(points)
        assert all(point.value == spikes.get(point.key, point.key % 10) for point in points), "real ones, none made up"
    assert 5e5 in {point.value for point in series.points(400)}
    assert (series.count, series.last) == (100_000, Point(START + 99_999 * MS, 9, 99_999, 1))


def test_a_clock_that_was_set_back_is_drawn_where_it_says() -> None:
    made = plot(filled())
    log = made._sources[0].log
    for number in (5, 1, 3):
        log.add("text", b'{"p":%d}' % number, time_ns=START + number * MS)
    made.finish()
    assert lines(made) == {"": [1.0, 3.0, 5.0]}


def test_points_of_dropped_rows_go() -> None:
    log = MessageLog(max_messages=100)
    made = Plot(1, Sources(name_sources([log])), "$.p", "$.s")
    for number in range(400):
        log.add("text", b'{"p":%d,"s":"%d"}' % (number, number // 200), time_ns=START + number // 2 * MS)
        if number % 50 == 0:
            made.finish()
    made.finish()
    (name,) = lines(made)
    first = log.first_index
    assert (name, min(lines(made)["1"]), max(lines(made)["1"])) == ("1", float(first), 399.0)
    assert {row["index"] for row in made.points()} <= set(range(first, 400))
    log.clear()
    made.finish()
    assert lines(made) == {}
    log.add("text", b'{"p":1,"s":"again"}')
    made.finish()
    assert lines(made) == {"again": [1.0]}


def test_half_a_bucket_is_dropped() -> None:
    series = Series(1, "")
    for key, value in enumerate((1.0, 2.0)):
        series.add(Point(START, value, key, 1))
    assert series.forget(lambda key: key == 0)
    assert [point.key for point in series.points()] == [1]
    assert not series.forget(lambda key: True)


def test_when_there_is_too_much_a_part_is_read() -> None:
    """50,000 messages at once: one turn is bounded, and what it reads is from everywhere and of every symbol."""
    log = MessageLog()
    made = Plot(1, Sources(name_sources([log])), "$.p", "$.s", clock=Clock())
    rows = [b'{"p":%d,"s":%d}' % (at, at % 10) for at in range(50_000)]
    log.append(batch_of(*rows), START)
    assert not made.step()
    told = made.tell()
    assert told.passed == 50_000
    assert 1000 < told.looked < 3000, "what a guess of 100,000 a second does in 20 ms"
    assert len(told.lines) == 10
    assert all(series.count > 50 for series, _ in told.lines)


def test_old_rows_are_read_in_several_turns() -> None:
    log = MessageLog()
    rows = [b'{"p":%d}' % at for at in range(100_000)]
    log.append(batch_of(*rows), START)
    clock = Clock()
    made = Plot(1, Sources(name_sources([log])), "$.p", clock=clock)
    turns = 0
    while made.step(0.00001):
        turns += 1
    assert turns > 2
    told = made.tell()
    assert (told.passed, told.looked < told.passed) == (100_000, True)


class Slow(Clock):
    """Each look costs a tenth of a second, and a row may come meanwhile."""

    def __init__(self, log: MessageLog) -> None:
        super().__init__()
        self.log = log
        self.more = 0

    def __call__(self) -> float:
        if self.more:
            self.log.append(batch_of(*[b'{"p":1}'] * self.more), START)
            self.more = 0
        self.now += 0.1
        return self.now


def test_rows_that_come_while_others_are_read_wait_for_the_next_turn() -> None:
    log = MessageLog()
    log.append(batch_of(*[b'{"p":1}'] * 4096), START)
    clock = Slow(log)
    made = Plot(1, Sources(name_sources([log])), "$.p", clock=clock)
    clock.more = 4096
    assert not made.step(float("inf"))
    assert made.tell().passed == 4096
    made.finish()  # in several turns
    assert made.tell().passed == 8192


def test_a_message_too_large_is_not_parsed() -> None:
    log = filled({"p": 1, "x": "y" * (1 << 20)}, {"p": 2})
    made = plot(log)
    assert (lines(made), made.tell().large) == ({"": [2.0]}, 1)


def test_what_ends_the_reading_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled({"p": 1})
    made = plot(log, where="/1/")

    def slow(*_args: Any) -> Any:
        raise SlowPatternError("1", 0)

    def broken(start: int = 0) -> Iterator[Any]:
        raise OSError("the disk is gone")

    log.add("text", b'{"p":1}')
    monkeypatch.setattr("kontena_ws_nb.log.filter.query.Query.rows", slow)
    assert not made.step()
    assert "1" in made.tell().problem
    assert not made.step(), "not tried again"
    monkeypatch.setattr(log, "segments", broken)
    assert plot(log).tell().problem == "the disk is gone"


def test_several_logs_have_series_of_their_own() -> None:
    one, two = filled({"p": 1}, {"p": 2}), filled({"p": 3, "s": "x"})
    shown = Sources(name_sources([one, two]))
    made = Plot(1, shown, "$.p")
    made.finish()
    assert lines(made) == {"log": [1.0, 2.0], "log (2)": [3.0]}
    assert [row["index"] for row in made.points()] == [0, 1, 0]
    key = made.nearest(1, START, 3.0)
    assert key is not None
    assert shown.find(key) == (shown[1], 0)
    made = Plot(1, shown, "$.p", "$.s")
    made.finish()
    assert lines(made) == {"log · none": [1.0, 2.0], "log (2) · x": [3.0]}
    made.attach(Sources(name_sources([two]), shown))
    made.finish()
    assert lines(made) == {"x": [3.0]}
    assert made.points()[0]["series"] == "x"


def test_the_message_of_a_point() -> None:
    made = plot(filled({"p": 1}, {"p": 2}, {"p": 1}))
    assert made.nearest(0, START + 2 * MS - 300, 1.0) == 2
    assert made.nearest(0, START, 1.0) == 0
    assert made.nearest(0, START + 2 * MS, 2.0) == 1, "the value counts first: it is exact"
    assert made.nearest(7, START, 1.0) is None


def test_secrets_are_not_drawn_nor_named() -> None:
    log = filled({"p": 1, "s": "hunter2-hunter2"}, {"p": 271828182, "s": "B"}, {"p": "271828182", "s": "B"})
    made = plot(log, by="$.s")
    assert "hunter2-hunter2" in lines(made)
    kws.secret("hunter2-hunter2")
    kws.secret("271828182")
    made.finish()
    assert all("hunter2" not in name for name in lines(made))
    assert [values for values in lines(made).values()] == [[1.0]]
    assert made.tell().odd == 2


def test_points_as_a_frame() -> None:
    frame = plot(filled({"p": 1, "s": "A"}, {"p": 2, "s": "B"}), by="$.s").frame()
    assert list(frame.columns) == ["series", "time", "value", "index"]
    assert list(frame["value"]) == [1.0, 2.0]
    assert frame["time"][1] == pandas.Timestamp(START + MS, tz="UTC")
    assert len(plot(filled()).frame()) == 0


def test_there_are_few_plots() -> None:
    assert PLOTS == 3
