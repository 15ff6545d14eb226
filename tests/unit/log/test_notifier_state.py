"""Observing a session's state: every change is told, on a thread that ends with the session or before."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.notifier import StateObserver
from tests.lab.waiting import wait_for


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


def test_every_change_is_told_until_the_end() -> None:
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


def test_a_failing_observer_is_told_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    session = Session()
    observer = observe(session, lambda: 1 / 0)
    session.become("closed")
    wait_for(lambda: not observer._thread.is_alive())
    assert "failed" in caplog.records[0].message
    observer.close()


def test_an_observer_may_close_itself() -> None:
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
