"""Rows counted in buckets of time, and spans of time as words of a filter."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from kontena_ws_nb.feed.feed import Feed
from kontena_ws_nb.feed.overview import BUCKETS, Overview, Strip, _found, span_of, spanned
from kontena_ws_nb.feed.row_index import row_index
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.filter.query import Query
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.frames import BINARY, PING, TEXT, Batch
from tests.unit.log.rows_lab import apart, batch_of

MS = 10**6
SECOND = 10**9
#: A whole number of days since the epoch.
START = 1_700_006_400 * SECOND


def read(overview: Overview, order: Any = None, seconds: float = float("inf")) -> Strip:
    return overview.read(order, lambda: 0.0, seconds)


def counted(strip: Strip) -> dict[int, tuple[int, int, int]]:
    """Milliseconds since the start → received, sent, bytes; without the empty buckets."""
    rows = enumerate(zip(strip.received, strip.sent, strip.size, strict=True))
    return {(strip.start - START + at * strip.width) // MS: row for at, row in rows if any(row)}


def hits(strip: Strip) -> int:
    """Messages that the filter shows."""
    return sum(map(sum, strip.shown or ()))


def whole(feed: Feed) -> Strip:
    """What it shows once everything is counted: beside other work, that takes more than one look."""
    while (strip := feed.overview()[0]).pending:
        pass
    return strip


def test_messages_are_counted_by_direction_with_their_bytes() -> None:
    log = MessageLog()
    log.add("open", b"connected", time_ns=START)
    log.add("text", b"four", time_ns=START)
    log.add("text", b"four", time_ns=START + MS - 1)
    log.add("binary", b"12345", sent=True, time_ns=START + 3 * MS)
    log.add("ping", b"not counted", time_ns=START + 3 * MS)
    log.add("close", b"\x03\xe8", time_ns=START + 4 * MS)
    strip = read(Overview([log], 0))
    assert (strip.start, strip.width, strip.pending, strip.shown) == (START, MS, False, None)
    assert counted(strip) == {0: (2, 0, 8), 3: (0, 1, 5)}
    assert strip.events == [1, 0, 0, 0, 1]


def test_nothing_and_one_row() -> None:
    log = MessageLog()
    overview = Overview([log], 0)
    assert read(overview).received == []
    log.add("text", b"", time_ns=START)
    assert (read(overview).received, read(overview).size) == ([1], [0])


def test_rows_are_counted_once_as_they_come() -> None:
    log = MessageLog()
    overview = Overview([log], 0)
    for count in (1, 2, 3):
        log.append(batch_of(b"abc", b"de"), START + count * MS)
        assert sum(read(overview).received) == 2 * count
        assert sum(read(overview).size) == 5 * count


@pytest.mark.parametrize("flags", [bytes((TEXT, TEXT, TEXT)), bytes((TEXT, PING, BINARY))], ids=["data", "a ping"])
def test_bytes_of_a_batch_that_stays_where_it_was_received(flags: bytes) -> None:
    log = MessageLog()
    payloads = [b"a" * 200_000, b"b" * 100_000, b"c" * 3000]
    log.append(apart(batch_of(*payloads, flags=flags)), START)
    strip = read(Overview([log], 0))
    assert sum(strip.size) == sum(len(one) for one, kind in zip(payloads, flags, strict=True) if kind != PING)


@pytest.mark.parametrize(
    "seconds", [0.01, 0.7, 3, 50, 299, 1000, 20_000, 10**6, 10**7, 10**9, 7 * 10**9], ids=lambda one: f"{one:g} s"
)
def test_buckets_grow_with_the_span(seconds: float) -> None:
    """A row in each bucket as it was before the span grew, and as if the span had been known at once."""
    log = MessageLog()
    overview = Overview([log], 0)
    moments = sorted({START + int(seconds * SECOND * part / 500) for part in range(501)})
    for number, moment in enumerate(moments):
        log.add("text", b"x", time_ns=moment)
        if number % 100 == 0:
            read(overview)
    strip, at_once = read(overview), read(Overview([log], 0))
    assert strip == at_once
    assert len(strip.received) <= BUCKETS
    assert sum(strip.received) == len(moments)
    wanted = {}
    for moment in moments:
        wanted[moment // strip.width] = wanted.get(moment // strip.width, 0) + 1
    first = strip.start // strip.width
    assert {first + at: count for at, count in enumerate(strip.received) if count} == wanted


def test_a_clock_that_was_set_back() -> None:
    rng = random.Random(7)
    moments = [START + rng.randrange(10_000) * MS for _ in range(3000)]
    log = MessageLog()
    overview = Overview([log], 0)
    for number, moment in enumerate(moments):
        log.add("text", b"xy", time_ns=moment)
        if number % 500 == 0:
            read(overview)
    strip = read(overview)
    assert sum(strip.received) == 3000
    for at, count in enumerate(strip.received):
        low = strip.start + at * strip.width
        assert count == sum(low <= moment < low + strip.width for moment in moments)


@pytest.mark.parametrize("order", ["rising", "falling", "mixed"])
def test_what_retention_drops_is_not_counted_any_more(order: str) -> None:
    log = MessageLog(max_messages=1000)
    overview = Overview([log], 0)
    for number in range(5000):
        when = {"rising": number, "falling": 5000 - number, "mixed": number * 7919 % 5000}[order]
        log.add("text", b"x", time_ns=START + when * 3 * MS)
        if number % 700 == 0:
            assert sum(read(overview).received) == len(log)
    strip = read(overview)
    assert sum(strip.received) == len(log)
    times = [message.time_ns for message in log]
    for at, count in enumerate(strip.received):
        low = strip.start + at * strip.width
        assert count == sum(low <= moment < low + strip.width for moment in times)


def test_clear_begins_again() -> None:
    log = MessageLog()
    log.add("text", b"old", time_ns=START - 100 * 86_400 * SECOND)
    overview = Overview([log], 0)
    read(overview)
    log.add("text", b"old", time_ns=START)
    assert read(overview).width > SECOND
    log.clear()
    assert read(overview).received == []
    log.add("text", b"new", time_ns=START)
    strip = read(overview)
    assert (strip.width, strip.received, strip.start) == (MS, [1], START)


def test_several_logs_are_summed() -> None:
    one, two = MessageLog(), MessageLog()
    one.add("text", b"1", time_ns=START)
    two.add("text", b"22", time_ns=START)
    two.add("text", b"22", sent=True, time_ns=START + 2 * MS)
    assert counted(read(Overview([one, two], 1))) == {0: (2, 0, 3), 2: (0, 1, 2)}


def test_time_is_bounded_and_the_rest_comes_later() -> None:
    log = MessageLog()
    for part in range(5):
        log.append(Batch(b"x" * 4096, list(range(4097)), bytes((TEXT,)) * 4096), START + part * SECOND)
    overview = Overview([log], 0)
    found = []
    while True:
        strip = read(overview, seconds=0.0)  # late at once: a segment at a time
        found.append(sum(strip.received))
        if not strip.pending:
            break
    assert len(found) > 2
    assert found == sorted(set(found))
    assert found[-1] == 5 * 4096


def test_a_span_that_needs_wider_buckets_is_found_out_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.overview._MANY", 4000)
    log = MessageLog()
    for number in range(9000):
        log.add("text", b"x", time_ns=START + number * 60 * SECOND)
    overview = Overview([log], 0)
    order = row_index(log, Query.parse("x"))
    order.step(float("inf"))
    turns = 0
    while (strip := read(overview, order)).pending:
        turns += 1
    assert 0 < turns < 20
    assert (sum(strip.received), hits(strip)) == (9000, 9000)


def test_a_file_that_cannot_be_read_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    log.add("text", b"x", time_ns=START)

    def broken(start: int = 0) -> Iterator[Any]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(log, "segments", broken)
    strip = read(Overview([log], 0))
    assert (strip.received, strip.pending) == ([], False)


def test_what_a_filter_shows_is_counted_beside_the_rest() -> None:
    log = MessageLog(max_messages=600)
    for number in range(500):
        log.add("text", b"odd" if number % 2 else b"even", time_ns=START + number * MS)
    feed = Feed(name_sources([log]))
    assert feed.overview()[0].shown is None
    feed.set_filter("odd")
    feed.finish()
    strip, _ = feed.overview()
    assert (sum(strip.received), hits(strip)) == (500, 250)
    for number in range(500, 1000):
        log.add("text", b"odd" if number % 2 else b"even", time_ns=START + number * MS)
    feed.finish()
    strip, _ = feed.overview()
    assert (sum(strip.received), hits(strip)) == (len(log), len(log) // 2)
    feed.set_filter("nothing such")
    feed.finish()
    assert hits(feed.overview()[0]) == 0
    log.clear()
    assert feed.overview()[0].received == []
    feed.set_filter("")
    assert feed.overview()[0].shown is None


def test_what_a_filter_shows_by_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    log.add("open", b"x", time_ns=START)
    log.add("text", b"x", time_ns=START)
    log.add("text", b"x", sent=True, time_ns=START + MS)
    feed = Feed(name_sources([log]))
    feed.set_filter("x")
    feed.finish()
    assert feed.overview()[0].shown == ([1, 0], [0, 1])

    def broken(start: int = 0) -> Iterator[Any]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(log, "segments", broken)
    overview = Overview([log], 0)
    assert read(overview, feed._every).shown == ([], [])


def test_what_a_filter_shows_of_rows_that_are_dropped() -> None:
    """Several rows in each bucket, in no order: those that are kept are counted, and no others."""
    log = MessageLog(max_messages=1000)
    feed = Feed(name_sources([log]))
    feed.set_filter("odd")
    for number in range(5000):
        log.add("text", b"odd" if number % 2 else b"even", time_ns=START + number * 7919 % 400 * MS)
        if number % 300 == 0:
            feed.finish()
            assert hits(whole(feed)) == sum(1 for _ in log.where("odd"))
    feed.finish()
    assert hits(whole(feed)) == sum(1 for _ in log.where("odd"))


def test_a_filter_may_know_of_rows_that_are_not_counted_yet() -> None:
    log = MessageLog()
    for part in range(5):
        payload = b"y" if part == 4 else b"x"
        log.append(Batch(payload * 4096, list(range(4097)), bytes((TEXT,)) * 4096), START + part * SECOND)
    order = row_index(log, Query.parse("y"))
    order.step(float("inf"))
    overview = Overview([log], 0)
    strip = read(overview, order, 0.0)
    assert (strip.pending, hits(strip)) == (True, 0)
    while strip.pending:
        strip = read(overview, order, 0.0)
    assert hits(strip) == 4096


def test_rows_that_are_gone_are_not_found() -> None:
    log = MessageLog()
    log.add("text", b"x", time_ns=START)
    assert [(nth, row) for nth, _, row in _found(log, [0, 7])] == [(0, 0)]


def test_what_a_filter_shows_of_several_logs() -> None:
    one, two = MessageLog(), MessageLog(max_messages=3)
    for number in range(6):
        for log in (one, two):
            log.add("text", b"%d" % (number % 2), time_ns=START + number * MS)
    feed = Feed(name_sources([one, two]))
    feed.set_filter("1")
    feed.finish()
    strip, _ = feed.overview()
    assert sum(strip.received) == 9
    assert strip.shown == ([0, 1, 0, 2, 0, 2], [0] * 6)
    feed.attach(name_sources([one]))
    feed.finish()
    assert sum(feed.overview()[0].received) == 6


def test_a_slice_of_a_view_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.overview._SLICE", 3)
    log = MessageLog()
    for number in range(10):
        log.add("text", b"x", time_ns=START + number * MS)
    order = row_index(log, Query.parse("x"))
    order.step(float("inf"))
    overview = Overview([log], 0)
    strip = read(overview, order, 0.0)
    assert (hits(strip), strip.pending) == (3, True)
    while strip.pending:
        strip = read(overview, order, 0.0)
    assert hits(strip) == 10


# ---- spans

NOON = datetime(2023, 11, 15, 12, 0, 0)
NOON_NS = int(NOON.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "since:12:00:00 before:12:00:01.5"),
        ("trade -ping", "trade -ping since:12:00:00 before:12:00:01.5"),
        ("a or b", "(a or b) since:12:00:00 before:12:00:01.5"),
        ("a since:11:00 b before:11:30 c", "a b c since:12:00:00 before:12:00:01.5"),
        ("since:11:00", "since:12:00:00 before:12:00:01.5"),
        ("not a or b", "(not a or b) since:12:00:00 before:12:00:01.5"),
        ("a and since:11:00", "a and since:11:00 since:12:00:00 before:12:00:01.5"),
        ('"since:11:00"', '"since:11:00" since:12:00:00 before:12:00:01.5'),
        ("since:10s a", "since:10s a since:12:00:00 before:12:00:01.5"),
        ("-since:11:00 a", "-since:11:00 a since:12:00:00 before:12:00:01.5"),
        ("i: a", "i: a since:12:00:00 before:12:00:01.5"),
    ],
)
def test_a_span_is_written_into_the_filter(text: str, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: NOON_NS + 3600 * SECOND)
    made = spanned(text, NOON_NS, NOON_NS + SECOND + SECOND // 2, NOON)
    assert made == wanted
    low, high = span_of(Query.parse(made))
    assert (low, high) == (NOON_NS, NOON_NS + SECOND + SECOND // 2)
    again = spanned(made, NOON_NS + SECOND, NOON_NS + 2 * SECOND, NOON)
    assert span_of(Query.parse(again)) == (NOON_NS + SECOND, NOON_NS + 2 * SECOND)
    if "11:" not in text:
        assert Query.parse(spanned(made, 0, 0)).terms == Query.parse(f"({text})" if " or " in text else text).terms or (
            "10s" in text
        )


def test_without_a_span_there_is_none() -> None:
    assert span_of(Query.parse("a since:10s or since:12:00")) == (None, None)
    assert span_of(Query.parse("a before:2023-11-15T12:00")) == (None, NOON_NS)
    assert spanned("a", 5, 5) == "a"


@pytest.mark.parametrize(
    "moment",
    [0, START, START + 123 * MS, START + 123_456_789 // 1000 * 1000, 32_503_680_000 * SECOND, 10**6],
    ids=["epoch", "day", "ms", "µs", "year 3000", "1 ms"],
)
def test_any_moment_is_read_back_exactly(moment: int) -> None:
    text = spanned("", moment, moment + MS)
    assert span_of(Query.parse(text)) == (moment, moment + MS), text


def test_a_clock_that_is_ambiguous_is_written_as_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        second = (
            int(datetime(2023, 10, 29, 1, 30, tzinfo=timezone.utc).timestamp()) * SECOND
        )  # 02:30 for the second time
        text = spanned("", second, second + SECOND)
        assert text == "since:2023-10-29T01:30:00Z before:2023-10-29T01:30:01Z"
        assert span_of(Query.parse(text)) == (second, second + SECOND)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_view_shows_the_rows_of_a_span_and_all_again() -> None:
    log = MessageLog()
    for number in range(10):
        log.add("text", b"row", time_ns=START + number * MS)
    feed = Feed(name_sources([log]))
    gen = feed.set_span(START + 2 * MS, START + 5 * MS)
    feed.finish()
    assert gen == feed.gen
    assert feed.poll().tick["n"] == 3
    strip, span = feed.overview()
    assert span == (START + 2 * MS, START + 5 * MS)
    assert strip.shown == ([0, 0, 1, 1, 1, 0, 0, 0, 0, 0], [0] * 10)
    feed.set_span(0, 0)
    assert feed.filter == ""
