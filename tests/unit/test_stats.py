"""Counters and the rate, against a clock of our own."""

from __future__ import annotations

import pytest

from kontena_ws_nb.stats import Counters, Stats
from kontena_ws_nb.wire.frames import SENT, Batch


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def rows(count: int, size: int = 10, flags: int = 0x1) -> Batch:
    return Batch(bytes(count * size), [size * row for row in range(count + 1)], bytes((flags,)) * count)


def test_a_fresh_session() -> None:
    assert Counters().snapshot(0, (), None) == Stats(0, 0, 0, 0, 0, 0.0, None, None)


def test_only_data_the_server_sent_is_received() -> None:
    counters = Counters(Clock())
    assert counters.received(rows(3)) == 30
    assert counters.received(rows(2, flags=0x2 | 0x20)) == 20
    assert counters.received(rows(1, flags=0x9)) == 10  # a ping
    assert counters.received(rows(1, flags=0x9 | SENT)) == 10
    assert counters.received(rows(1, flags=0xA)) == 10
    counters.sent(7)
    counters.sent(0)
    stats = counters.snapshot(4, (0.5, 0.25), 9.0)
    assert (stats.received_messages, stats.received_bytes) == (5, 50)
    assert (stats.sent_messages, stats.sent_bytes) == (2, 7)
    assert (stats.dropped, stats.latency, stats.uptime) == (4, 0.25, 9.0)


@pytest.mark.parametrize(("gap", "count", "expected"), [(0.1, 1, 10), (0.001, 5, 5000), (0.01, 100, 10_000), (0.5, 1, 2), (3.0, 1, 0)])
def test_the_rate_of_the_last_second(gap: float, count: int, expected: float) -> None:
    clock = Clock()
    counters = Counters(clock)
    end = clock.now + 4.0
    while clock.now < end:
        counters.received(rows(count))
        clock.now += gap
    assert counters.snapshot(0, (), None).rate == pytest.approx(expected, rel=0.1, abs=0.5 if expected > 1 else 0)


def test_the_rate_goes_down_when_nothing_comes() -> None:
    clock = Clock()
    counters = Counters(clock)
    counters.received(rows(1000))
    assert counters.snapshot(0, (), None).rate == 1000
    clock.now += 2
    assert counters.snapshot(0, (), None).rate == 0
    counters.received(rows(3))
    assert counters.snapshot(0, (), None).rate == 3


def test_percentiles_of_latency_are_the_nearest_rank() -> None:
    stats = Counters().snapshot(0, [number / 100 for number in range(100, 0, -1)], None)
    assert (stats.latency_p50, stats.latency_p95, stats.latency_p99) == (0.5, 0.95, 0.99)
    alone = Counters().snapshot(0, [0.25], None)
    assert (alone.latency, alone.latency_p50, alone.latency_p99) == (0.25, 0.25, 0.25)
