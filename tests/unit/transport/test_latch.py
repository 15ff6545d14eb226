"""Something that happens once, and who waits for it."""

from __future__ import annotations

import threading
import time

import pytest

from kontena_ws_nb.transport.latch import Latch
from tests.lab.interrupts import Nagging, interrupt_soon
from tests.lab.waiting import wait_for


def test_all_who_wait_go_on() -> None:
    latch, came = Latch(), []
    threads = [threading.Thread(target=lambda: came.append(latch.wait())) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(latch._gates) == 5)
    assert not latch.is_set()
    latch.set()
    latch.set()
    for thread in threads:
        thread.join(10)
    assert came == [True] * 5
    assert latch.wait(0)
    assert latch._gates == []


def test_the_time_is_up() -> None:
    latch = Latch()
    assert not latch.wait(0.01)
    assert not latch.wait(-1)
    assert latch._gates == []


def test_a_gate_that_somebody_opened_already() -> None:
    latch = Latch()
    gate = threading.Lock()
    latch._gates.append(gate)
    latch.set()
    assert latch.is_set()


def test_an_interrupt_gets_out_and_leaves_it_whole() -> None:
    latch = Latch()
    with interrupt_soon(0.05), pytest.raises(KeyboardInterrupt):
        latch.wait(20)
    latch.set()
    assert latch.wait(20)


def test_interrupts_anywhere() -> None:
    """An `Event` whose lock an interrupt left held would block the thread that sets it."""
    with Nagging(0.0005) as nagging:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            latch = Latch()
            setter = threading.Thread(target=latch.set)
            nagging.survive(lambda latch=latch: latch.wait(0.001))  # type: ignore[misc]
            setter.start()
            setter.join(10)
            assert latch.is_set()
    assert nagging.count > 10
