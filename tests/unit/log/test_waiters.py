"""Waiting for a change: no wake-up is lost, nobody stays in the queue, time is kept."""

from __future__ import annotations

import threading
from collections import deque

import pytest

from kontena_ws_nb.log import waiters as module
from kontena_ws_nb.log.waiters import Waiters
from tests.lab.waiting import wait_for


def test_what_holds_already_is_not_waited_for() -> None:
    assert Waiters().wait_for(lambda: True, 0)


def test_the_time_is_up() -> None:
    waiters = Waiters()
    assert not waiters.wait_for(lambda: False, 0)
    assert not waiters.wait_for(lambda: False, 0.01)
    assert not waiters._gates


def test_everybody_is_woken() -> None:
    waiters, done = Waiters(), threading.Event()
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(waiters.wait_for(done.is_set, 10))) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(waiters._gates) == 5)
    done.set()
    waiters.wake()
    for thread in threads:
        thread.join(10)
    assert answers == [True] * 5
    assert not waiters._gates


def test_a_change_between_the_look_and_the_gate_is_seen() -> None:
    waiters, looks = Waiters(), iter([False, True])
    assert waiters.wait_for(lambda: next(looks))
    assert not waiters._gates


def test_a_lost_wake_up_costs_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.005)
    waiters, beats = Waiters(), []
    assert waiters.wait_for(lambda: len(beats) >= 3, None, lambda: beats.append(1))


def test_an_error_of_the_question_leaves_nobody_behind() -> None:
    waiters, looks = Waiters(), iter([False])
    with pytest.raises(StopIteration):
        waiters.wait_for(lambda: next(looks))
    assert not waiters._gates


def test_two_wakers_at_once() -> None:
    waiters = Waiters()

    class Emptied(deque):  # type: ignore[type-arg]
        def popleft(self) -> object:
            super().clear()
            return super().popleft()

    waiters._gates = Emptied([threading.Lock()])
    waiters.wake()
    assert not waiters._gates
