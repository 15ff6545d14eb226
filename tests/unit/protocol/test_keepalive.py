"""Pings and pongs against a clock of our own."""

from __future__ import annotations

import pytest

from kontena_ws_nb.protocol import keepalive as module
from kontena_ws_nb.protocol.keepalive import Keepalive


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_pong_matches_its_own_ping(clock: Clock) -> None:
    keepalive = Keepalive(None, None, clock)
    first = keepalive.begin(None)
    clock.now += 1
    second = keepalive.begin(b"mine")
    assert second == b"mine"
    assert first != keepalive.begin(None)
    clock.now += 2
    assert keepalive.pong(first) == 3
    assert keepalive.pong(first) is None
    assert keepalive.pong(b"never sent") is None
    assert keepalive.pong(b"mine") == 2
    assert keepalive.delay == 2
    assert list(keepalive.delays) == [3, 2]


def test_a_server_may_answer_only_the_latest_ping(clock: Clock) -> None:
    keepalive = Keepalive(None, None, clock)
    earlier, latest = keepalive.waiter(b"a"), keepalive.waiter(b"c")
    for payload in (b"a", b"b", b"c", b"d"):
        keepalive.begin(payload)
    assert keepalive.pong(b"c") == 0
    assert earlier.is_set()
    assert latest.is_set()
    assert keepalive.pong(b"a") is None
    assert keepalive.pong(b"d") == 0


def test_each_ping_has_its_own_time(clock: Clock) -> None:
    """Also those that a later ping's pong answers, and whatever the latest pong of all took."""
    keepalive = Keepalive(None, None, clock)
    waiters = {payload: keepalive.waiter(payload) for payload in (b"a", b"b", b"c")}
    for payload in waiters:
        keepalive.begin(payload)
        clock.now += 1
    keepalive.pong(b"b")
    clock.now += 5
    keepalive.pong(b"c")
    assert {payload: waiter.delay for payload, waiter in waiters.items()} == {b"a": 3, b"b": 2, b"c": 6}
    assert keepalive.waiter(b"d").delay is None


def test_equal_payloads_are_answered_in_order(clock: Clock) -> None:
    keepalive = Keepalive(None, None, clock)
    keepalive.begin(b"x")
    clock.now += 1
    keepalive.begin(b"x")
    clock.now += 1
    assert keepalive.pong(b"x") == 2
    assert keepalive.pong(b"x") == 1


def test_what_is_remembered_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    keepalive = Keepalive(None, None, clock)
    forgotten = keepalive.waiter(b"0")
    for number in range(5):
        keepalive.begin(b"%d" % number)
    assert keepalive.pong(b"0") is None
    assert not forgotten.is_set()
    for number in range(100, 110):
        keepalive.waiter(b"%d" % number)
    assert len(keepalive._waiters) == 3
    assert keepalive.pong(b"4") == 0


def test_when_to_ping_and_when_to_give_up(clock: Clock) -> None:
    keepalive = Keepalive(60, 10, clock)
    assert keepalive.next().at == 160
    assert not keepalive.due()
    clock.now = 160
    assert keepalive.due()
    keepalive.written(keepalive.begin(None, keepalive=True))
    assert not keepalive.due()
    assert not keepalive.expired()
    assert keepalive.next().at == 170
    clock.now = 170
    assert keepalive.expired()
    keepalive.heard()
    assert not keepalive.expired()
    assert keepalive.next().at == 220


def test_pings_more_often_than_the_timeout_do_not_put_it_off(clock: Clock) -> None:
    keepalive = Keepalive(5, 12, clock)
    for _ in range(2):
        clock.now += 5
        assert keepalive.due()
        keepalive.written(keepalive.begin(None, keepalive=True))
    clock.now += 6.9
    assert not keepalive.expired()
    clock.now += 0.1
    assert keepalive.expired()


@pytest.mark.parametrize(
    ("interval", "timeout", "expected", "asked"), [(None, 10, None, 110), (5, None, 105, 105), (None, None, None, None)]
)
def test_never(
    clock: Clock, interval: float | None, timeout: float | None, expected: float | None, asked: float | None
) -> None:
    keepalive = Keepalive(interval, timeout, clock)
    assert keepalive.next().at == expected
    assert keepalive.due() is False
    keepalive.written(keepalive.begin(b"", keepalive=True))
    assert keepalive.next().at == asked
    clock.now += 1000
    assert keepalive.expired() is (timeout is not None)


def test_a_pong_confirms_what_its_ping_stood_behind(clock: Clock) -> None:
    keepalive = Keepalive(None, None, clock)
    for payload, behind in ((b"a", 3), (b"b", 7), (b"", 9), (b"a", 12)):
        keepalive.begin(payload, behind=behind)
    assert keepalive.confirmed == -1
    keepalive.pong(b"unasked")
    assert keepalive.confirmed == -1
    keepalive.pong(b"a")
    assert keepalive.confirmed == 3  # the first of two alike
    keepalive.pong(b"")
    assert keepalive.confirmed == 3  # servers send such pongs unasked
    keepalive.pong(b"a")
    assert keepalive.confirmed == 12


def test_the_time_of_a_ping_begins_when_it_is_written(clock: Clock) -> None:
    """It may stand behind megabytes: neither its timeout nor its round trip counts the queue."""
    keepalive = Keepalive(5, 2, clock, stalled=60)
    waiter = keepalive.waiter(b"k")
    clock.now = 105
    keepalive.begin(b"k", keepalive=True)
    assert keepalive.unanswered(0) == 0
    clock.now = 120
    assert not keepalive.due(), "one that waits is enough"
    assert not keepalive.expired()
    assert keepalive._asked.at == 165, "the latest moment by which it must be written"  # type: ignore[union-attr]
    keepalive.written(b"k")
    assert (keepalive.unanswered(0), keepalive.unanswered(1)) == (1, 0)
    assert keepalive.next().at == 122
    clock.now = 121
    assert not keepalive.expired()
    assert keepalive.pong(b"k") == 1
    assert waiter.delay == 1
    assert keepalive.next().at == 125
    clock.now = 125
    keepalive.begin(b"l", keepalive=True)
    clock.now = 185
    assert keepalive.expired(), "never written: write_timeout"


def test_something_heard_while_a_ping_waits_does_not_answer_it(clock: Clock) -> None:
    keepalive = Keepalive(5, 2, clock)
    clock.now = 105
    keepalive.begin(b"k", keepalive=True)
    clock.now = 106
    keepalive.heard()
    assert keepalive.next().at is None, "woken when it is written"
    keepalive.written(b"k")
    clock.now = 108
    assert keepalive.silence == 2
    assert keepalive.expired()


def test_a_pong_that_is_faster_than_the_note_of_its_ping(clock: Clock) -> None:
    keepalive = Keepalive(5, 2, clock)
    keepalive.begin(b"k", keepalive=True)
    keepalive.heard()
    keepalive.written(b"k")
    assert keepalive.pong(b"k") == 0
    clock.now += 3
    assert not keepalive.expired()
    keepalive.begin(b"l", keepalive=True)
    keepalive.pong(b"l")
    keepalive.written(b"l")
    clock.now += 3
    assert not keepalive.expired()


def test_bytes_that_are_taken_before_the_ping_are_life(clock: Clock) -> None:
    taken = 0
    keepalive = Keepalive(5, 2, clock, taken=lambda: taken)
    clock.now = 105
    keepalive.begin(b"k", keepalive=True)
    for taken in (100, 200):  # noqa: B007 - the lambda reads it
        clock.now += 2
        assert not keepalive.expired()
    keepalive.written(b"k", 1000)
    for taken in (300, 1000):  # noqa: B007 - as above
        clock.now += 2
        assert not keepalive.expired()
    taken = 2000  # of what stands behind the ping: the server's kernel takes it, whether the server lives or not
    clock.now += 2
    assert keepalive.expired()


def test_a_keepalive_ping_that_is_forgotten_makes_room_for_the_next(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 3)
    keepalive = Keepalive(5, 2, clock)
    keepalive.begin(b"k", keepalive=True)
    for number in range(3):
        keepalive.begin(b"%d" % number)
    clock.now += 5
    assert keepalive.due()
