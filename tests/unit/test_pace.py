"""When the reader rests: only while small reads follow each other closely and nobody waits for an answer."""

from __future__ import annotations

from kontena_ws_nb.pace import FULL, REST, Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace() -> tuple[Pace, Time]:
    time = Time()
    return Pace(time.clock, time.sleep), time


def test_the_first_read_is_not_followed_by_a_rest() -> None:
    ours, time = pace()
    assert not ours.rest(10)
    assert time.slept == []


def test_flowing_data_is_gathered() -> None:
    ours, time = pace()
    ours.rest(10)
    for _ in range(3):
        time.now += REST / 5
        assert ours.rest(10)
    assert time.slept == [REST] * 3


def test_a_lone_message_is_not_delayed() -> None:
    ours, time = pace()
    for _ in range(3):
        time.now += 10 * REST
        assert not ours.rest(10)


def test_a_full_read_or_an_empty_one_is_not_followed_by_a_rest() -> None:
    ours, _ = pace()
    ours.rest(10)
    assert not ours.rest(FULL)
    assert not ours.rest(0)
    assert ours.rest(FULL - 1)


def test_nobody_rests_while_an_answer_is_waited_for() -> None:
    ours, time = pace()
    ours.rest(10)
    ours.sent()
    assert not ours.rest(10)
    time.now += REST
    assert not ours.rest(10)
    for _ in range(4):
        time.now += REST
        last = ours.rest(10)
    assert last
