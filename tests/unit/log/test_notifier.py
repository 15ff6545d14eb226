"""Observers of rows and of states: everything once, in coalesced ranges, on threads that end; failures stay there."""

from __future__ import annotations

import contextvars
import gc
import threading
import weakref
from typing import Any

import pytest

from kontena_ws_nb.log import waiters
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.notifier import StateObserver
from tests.lab.waiting import wait_for


def test_every_row_once_and_coalesced() -> None:
    log, ranges = MessageLog(), []
    log.add("text", b"before")
    busy, go = threading.Event(), threading.Event()

    def see(start: int, stop: int) -> None:
        ranges.append((start, stop))
        busy.set()
        assert go.wait(10)

    with log.observe(see):
        log.add("text", b"one")
        assert busy.wait(10)
        for _ in range(100):
            log.add("text", b"more")
        go.set()
        wait_for(lambda: ranges[-1][1] == 102)
    assert ranges == [(1, 2), (2, 102)]


def test_closing_delivers_what_is_there() -> None:
    log, ranges = MessageLog(), []
    observer = log.observe(lambda start, stop: ranges.append((start, stop)))
    log.add("text", b"last")
    observer.close()
    assert ranges == [(0, 1)]
    log.add("text", b"unseen")
    observer.close()
    assert ranges == [(0, 1)]


def test_a_failing_observer_is_told_to_the_logger_and_called_again(caplog: pytest.LogCaptureFixture) -> None:
    log, calls = MessageLog(), threading.Semaphore(0)

    def fail(start: int, stop: int) -> None:
        calls.release()
        raise ZeroDivisionError

    with log.observe(fail) as observer:
        log.add("text", b"a")
        assert calls.acquire(timeout=10)
        log.add("text", b"b")
        assert calls.acquire(timeout=10)
        wait_for(lambda: len(caplog.records) == 2)
        assert isinstance(observer.error, ZeroDivisionError)
    assert "failed for rows 0 to 1" in caplog.records[0].message


def test_an_observer_may_close_itself() -> None:
    log, closed = MessageLog(), threading.Event()

    def see(start: int, stop: int) -> None:
        observer.close()
        closed.set()

    observer = log.observe(see)
    log.add("text", b"a")
    assert closed.wait(10)
    observer.close()


def test_no_thread_while_no_rows_are_expected() -> None:
    log, ranges = MessageLog(), []
    observer = log.observe(lambda start, stop: ranges.append((start, stop)))
    log.add("text", b"one")
    log.rest()
    wait_for(lambda: observer._thread is None)
    assert ranges == [(0, 1)]
    log.add("text", b"late")
    log.go_on()
    wait_for(lambda: ranges == [(0, 1), (1, 2)])
    log.go_on()
    log.rest()
    wait_for(lambda: observer._thread is None)
    log.add("text", b"later")
    observer.close()
    assert ranges == [(0, 1), (1, 2), (2, 3)]
    log.go_on()
    assert observer._thread is None


class Held:
    """What a function holds."""

    def see(self, start: int, stop: int) -> None:
        """Be called."""


def test_a_closed_observer_is_forgotten_with_what_its_function_holds() -> None:
    log, held = MessageLog(), Held()
    there = weakref.ref(held)
    log.observe(held.see).close()
    del held
    gc.collect()
    assert there() is None
    assert log._observers == ()


def test_who_observes_a_log_that_rests_has_no_thread_until_it_goes_on() -> None:
    log, ranges = MessageLog(), []
    log.rest()
    observer = log.observe(lambda start, stop: ranges.append((start, stop)))
    wait_for(lambda: observer._thread is None)
    log.add("text", b"late")
    log.go_on()
    wait_for(lambda: ranges == [(0, 1)])
    observer.close()


def test_a_log_that_nobody_holds_ends_its_observers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiters, "HEARTBEAT", 0.005)
    log = MessageLog()
    observer = log.observe(lambda start, stop: None)
    helped = threading.Event()
    monkeypatch.setattr(MessageLog, "help", lambda self: helped.set())
    assert helped.wait(10)
    del log
    wait_for(lambda: observer._thread is None)
    observer._help()
    observer.go_on()
    observer.close()
    assert observer.closed


class Session:
    """What an observer needs of one."""

    def __init__(self, state: str = "open") -> None:
        self.messages = MessageLog()
        self.state = state

    def become(self, state: str) -> None:
        self.state = state
        self.messages.wake()


def observe(session: Session, fn: Any) -> StateObserver:
    return StateObserver(session.messages, lambda: session.state, fn)


def test_every_change_of_state_is_told_until_the_end() -> None:
    session, told = Session(), []
    observer = observe(session, lambda: told.append(session.state))
    session.messages.add("text", b"no change")
    session.become("closing")
    wait_for(lambda: told == ["closing"])
    session.become("closed")
    wait_for(lambda: not observer._thread.is_alive())
    assert told == ["closing", "closed"]
    observer.close()


def test_closing_ends_it_without_another_call() -> None:
    session, told = Session(), []
    observer = observe(session, lambda: told.append(1))
    observer.close()
    assert not observer._thread.is_alive()
    session.become("closed")
    assert told == []


def test_a_failing_state_observer_is_told_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    session = Session()
    observer = observe(session, lambda: 1 / 0)
    session.become("closed")
    wait_for(lambda: not observer._thread.is_alive())
    assert "failed" in caplog.records[0].message
    observer.close()


def test_a_state_observer_may_close_itself() -> None:
    session, done = Session(), threading.Event()

    def fn() -> None:
        observer.close()
        done.set()

    observer = observe(session, fn)
    session.become("closing")
    assert done.wait(10)
    observer.close()


def test_a_closed_session_is_not_observed() -> None:
    observer = observe(Session("closed"), lambda: 1 / 0)
    wait_for(lambda: not observer._thread.is_alive())
    observer.close()


def test_being_asked_with_nothing_new_calls_nobody_and_keeps_the_thread() -> None:
    """`rest` and `go_on` in a row wake the thread for nothing."""
    log, ranges = MessageLog(), []
    with log.observe(lambda start, stop: ranges.append((start, stop))) as observer:
        assert observer._tell()
    assert ranges == []


CELL: contextvars.ContextVar[str] = contextvars.ContextVar("CELL", default="whatever ran last")


def test_observers_run_in_the_context_of_who_asked() -> None:
    """In a kernel the context tells which cell's output `print` writes to."""
    seen: list[str] = []
    log, session = MessageLog(), Session()
    token = CELL.set("mine")
    rows = log.observe(lambda start, stop: seen.append(CELL.get()))
    states = observe(session, lambda: seen.append(CELL.get()))
    CELL.reset(token)
    log.add("text", b"x")
    rows.close()
    session.become("closed")
    wait_for(lambda: not states._thread.is_alive())
    assert seen == ["mine", "mine"]
