"""Waiting for a change: no wake-up is lost, nobody stays in the queue, time is kept."""

from __future__ import annotations

import threading

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
    waiters, looks = Waiters(), [False]
    with pytest.raises(IndexError):
        waiters.wait_for(lambda: looks.pop())
    assert not waiters._gates


def test_who_waits_for_a_later_row_sleeps_on() -> None:
    waiters, looks, answers = Waiters(), [], []
    far = threading.Thread(
        target=lambda: answers.append(waiters.wait_for(lambda: len(looks) > 2 or bool(looks.append(1)), 10, index=5))
    )
    far.start()
    wait_for(lambda: len(looks) == 2)  # once before its gate was there, once after
    (gate,) = waiters._gates
    waiters.wake(5)
    assert gate.lock.locked()
    looks.append(1)
    waiters.wake(6)
    far.join(10)
    assert answers == [True]


def test_two_wakers_at_once() -> None:
    waiters, done = Waiters(), threading.Event()
    waiting = threading.Thread(target=waiters.wait_for, args=(done.is_set, 10))
    waiting.start()
    wait_for(lambda: bool(waiters._gates))
    (gate,) = waiters._gates
    done.set()
    gate.open()
    gate.open()
    waiting.join(10)
    assert not waiters._gates


def test_another_one_wakes_too() -> None:
    here, there = Waiters(), Waiters()
    asked = threading.Event()
    done: list[bool] = []
    answer: list[bool] = []

    def ask() -> bool:
        asked.set()
        return bool(done)

    thread = threading.Thread(target=lambda: answer.append(here.wait_for(ask, 10.0, also=[there])))
    thread.start()
    assert asked.wait(10.0)
    wait_for(lambda: there._gates and here._gates)
    done.append(True)
    there.wake()
    thread.join(10.0)
    assert answer == [True]
    assert not here._gates
    assert not there._gates
