"""Counters and rates, with a fake clock."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.frames import INCOMPLETE, SENT, Batch
from kontena_ws_nb.session.stats import Counters, Stats


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def rows(count: int, size: int = 10, flags: int = 0x1) -> Batch:
    return Batch(bytes(count * size), [size * row for row in range(count + 1)], bytes((flags,)) * count)


def counting(clock: Clock | None = None) -> Counters:
    return Counters(MessageLog(), clock or Clock())


class Wire:
    """A connection, as far as it is counted."""

    def __init__(self, sent: int, received: int) -> None:
        self.wire_bytes = (sent, received)


def test_a_fresh_session() -> None:
    assert counting().snapshot((), None) == Stats(0, 0, 0, 0, 0, 0.0, None, None)


def test_only_data_the_server_sent_is_received() -> None:
    log = MessageLog(max_messages=8)
    for _ in range(12):
        log.add("text", b"")
    counters = Counters(log, Clock())
    assert counters.received(rows(3)) == 30
    assert counters.received(rows(2, flags=0x2 | 0x20)) == 20
    assert counters.received(rows(1, flags=0x9)) == 10  # a ping
    assert counters.received(rows(1, flags=0x9 | SENT)) == 10
    assert counters.received(rows(1, flags=0xA)) == 10
    for kind in (0x1, 0x2 | 0x20, 0x9):
        assert counters.received(rows(1, flags=kind | INCOMPLETE)) == 10  # cut off
    counters.sent(7)
    counters.sent(0)
    stats = counters.snapshot((0.5, 0.25), 9.0)
    assert (stats.received_messages, stats.received_bytes) == (5, 50)
    assert (stats.sent_messages, stats.sent_bytes) == (2, 7)
    assert (stats.dropped, stats.latency, stats.uptime) == (4, 0.25, 9.0)


@pytest.mark.parametrize(
    ("gap", "count", "expected"), [(0.1, 1, 10), (0.001, 5, 5000), (0.01, 100, 10_000), (0.5, 1, 2), (3.0, 1, 0)]
)
def test_the_rate_of_the_last_second(gap: float, count: int, expected: float) -> None:
    clock = Clock()
    counters = counting(clock)
    end = clock.now + 4.0
    while clock.now < end:
        counters.received(rows(count))
        clock.now += gap
    assert counters.snapshot((), None).rate == pytest.approx(expected, rel=0.1, abs=0.5 if expected > 1 else 0)


def test_the_rate_goes_down_when_nothing_comes() -> None:
    clock = Clock()
    counters = counting(clock)
    counters.received(rows(1000))
    assert counters.snapshot((), None).rate == 1000
    clock.now += 2
    assert counters.snapshot((), None).rate == 0
    counters.received(rows(3))
    assert counters.snapshot((), None).rate == 3


def test_percentiles_of_latency_are_the_nearest_rank() -> None:
    stats = counting().snapshot([number / 100 for number in range(100, 0, -1)], None)
    assert (stats.latency_p50, stats.latency_p95, stats.latency_p99) == (0.5, 0.95, 0.99)
    alone = counting().snapshot([0.25], None)
    assert (alone.latency, alone.latency_p50, alone.latency_p99) == (0.25, 0.25, 0.25)


def test_the_rates_of_the_last_minute() -> None:
    clock = Clock()
    counters = counting(clock)
    for _ in range(300):
        counters.received(rows(20, size=5))
        clock.now += 0.1
    young = counters.snapshot((), None)
    assert (young.rate_60s, young.byte_rate_60s) == pytest.approx((200, 1000), rel=0.01)
    assert (young.rate, young.byte_rate) == pytest.approx((200, 1000), rel=0.1)
    for _ in range(1000):
        counters.received(rows(1, size=5))
        clock.now += 0.1
    stats = counters.snapshot((), None)
    assert (stats.rate_60s, stats.byte_rate_60s) == pytest.approx((10, 50), rel=0.05)
    clock.now += 61
    assert counters.snapshot((), None).rate_60s == counters.snapshot((), None).byte_rate_60s == 0


def test_bytes_on_the_wire_add_up_over_connections() -> None:
    counters = counting()
    first = Wire(0, 0)
    counters.follow(first)
    first.wire_bytes = (10, 200)
    assert (counters.snapshot((), None).sent_wire_bytes, counters.snapshot((), None).received_wire_bytes) == (10, 200)
    counters.follow(Wire(1, 2))
    stats = counters.snapshot((), None)
    assert (stats.sent_wire_bytes, stats.received_wire_bytes) == (11, 202)


def test_sizes_are_counted_when_looked_at() -> None:
    log = MessageLog()
    stats = Counters(log).snapshot((), None)
    assert Stats(0, 0, 0, 0, 0, 0.0, None, None).sizes == {}
    log.append(rows(3, size=100), 1)
    assert stats.sizes == {range(64, 128): 3}
    log.append(rows(3, size=100), 1)
    assert stats.sizes == {range(64, 128): 3}  # the first look stays
    assert copy.deepcopy(stats) == stats
    assert dataclasses.asdict(stats)["received_messages"] == 0
