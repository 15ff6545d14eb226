"""When the reader sleeps: only while data keeps coming, after a read that took all, and if no answer is waited for."""

from __future__ import annotations

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


def test_a_fast_stream_shortens_rests_until_there_are_none() -> None:
    ours, time = pace()
    ours.read(10, False)
    rested = [ours.read(MUCH, True) or ours.read(MUCH, False) for _ in range(6)]
    assert time.slept == pytest.approx([REST / 2, REST / 4, REST / 8])
    assert rested == [True] * 3 + [False] * 3


def test_a_slower_stream_gets_them_back() -> None:
    ours, time = pace()
    for _ in range(3):
        ours.read(MUCH + 1, False)
    time.slept.clear()
    for _ in range(6):
        ours.read(MUCH // 2 + 1, False)
    assert set(time.slept) == {REST / 8}  # what fits is left as it is
    time.slept.clear()
    for _ in range(5):
        ours.read(10, False)
    assert time.slept == pytest.approx([REST / 4, REST / 2, REST, REST, REST])
