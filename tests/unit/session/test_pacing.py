"""When the reader sleeps: only while data keeps coming, after a read that took all, and if no answer is waited for."""

from __future__ import annotations

import threading

import pytest

from kontena_ws_nb.session.pacing import MUCH, REST, ReadPacing


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace() -> tuple[ReadPacing, Time]:
    time = Time()
    return ReadPacing(time.clock, time.sleep), time


def test_the_first_read_is_not_followed_by_a_rest() -> None:
    ours, time = pace()
    assert not ours.read(10, False)
    assert time.slept == []


def test_flowing_data_is_gathered() -> None:
    ours, time = pace()
    ours.read(10, False)
    for _ in range(3):
        time.now += REST / 5
        assert ours.read(10, False)
    assert time.slept == [REST] * 3


def test_a_lone_message_is_not_delayed() -> None:
    ours, time = pace()
    for _ in range(3):
        time.now += 10 * REST
        assert not ours.read(10, False)


def test_nobody_rests_while_there_is_more_or_after_nothing() -> None:
    ours, _ = pace()
    ours.read(10, False)
    assert not ours.read(10, True)
    assert not ours.read(0, False)
    assert ours.read(10, False)


def test_nobody_rests_while_an_answer_is_waited_for() -> None:
    ours, time = pace()
    ours.read(10, False)
    ours.sent()
    assert not ours.read(10, False)
    time.now += REST
    assert not ours.read(10, False)
    for _ in range(4):
        time.now += REST
        last = ours.read(10, False)
    assert last


@pytest.mark.parametrize(("faster", "rest"), [(0.5, REST), (2, REST / 2), (4, REST / 4), (6, None)])
def test_a_fast_stream_shortens_rests_until_there_are_none(faster: float, rest: float | None) -> None:
    ours, time = pace()
    ours.read(10, False)
    for _ in range(20):
        time.now += REST / 10  # without the rests
        before = time.now
        ours.read(int(faster * MUCH / 10), False)
        gathered = (time.now - before) / REST * faster * MUCH
        ours.read(int(gathered), True)
    assert time.slept[-1] == pytest.approx(rest or REST, rel=0.05)
    assert bool(ours.read(10, False)) is (rest is not None)


def test_a_slower_stream_gets_them_back() -> None:
    ours, time = pace()
    ours.read(10, False)
    ours.read(100 * MUCH, True)
    assert ours.read(10, False)  # measured over a rest at least
    time.now += 0.1 * REST
    assert not ours.read(10, False)
    time.now += 0.6 * REST
    assert not ours.read(10, False)
    time.now += 0.6 * REST
    assert ours.read(10, False)
    assert time.slept == [REST, REST]


def test_a_rest_that_would_gather_nothing_is_not_taken() -> None:
    ours, time = pace()
    for _ in range(5):
        assert not ours.read(10, False)
        time.now += 1.01 * REST
    assert time.slept == []


def test_a_quick_answer_that_only_its_sender_waits_for() -> None:
    ours, time = pace()
    me = threading.get_ident()
    assert not ours.answers([me]), "nothing was sent"
    ours.sent()
    assert ours.answers([me])
    assert not ours.answers([me, me + 1])
    assert not ours.answers([me + 1])
    time.now += 2 * REST
    assert not ours.answers([me])
