"""Callbacks: they run on threads of their own, in order, and exceptions in them are reported."""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import Any

import pytest

from kontena_ws_nb.session import callbacks
from kontena_ws_nb.session.session import Session
from tests.lab.raw_server import RawServer, echo
from tests.lab.sessions import open_session, told
from tests.lab.waiting import wait_for


def test_on_open_subscribes() -> None:
    with RawServer() as server, open_session(server, on_open=lambda session: session.send("subscribe")) as session:
        assert session.expect("subscribe", since=0).data == "subscribe"


def test_on_open_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    def fail(session: Session) -> None:
        raise ZeroDivisionError("user's")

    with RawServer() as server, caplog.at_level(logging.ERROR), open_session(server, on_open=fail) as session:
        wait_for(lambda: told(session))
        assert told(session) == ["on_open failed: ZeroDivisionError: user's"]
        session.send("lives")
        assert session.read().data == "lives"  # type: ignore[union-attr]
    assert "on_open of test failed" in caplog.text


def test_on_pong_may_wait_and_close() -> None:
    """It runs beside the reader: it may wait for messages, and close the session."""
    got: list[Any] = []
    done = threading.Event()

    def answer(delay: float) -> None:
        got.append(session.request("x", match="x").data)
        session.close()
        done.set()

    with RawServer() as server:
        session = open_session(server, on_pong=answer)
        session.ping()
        assert done.wait(10)
        assert got == ["x"]
        assert session.closed


def test_a_slow_on_pong_is_told_of_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "KEPT", 3)
    told_of: list[float] = []
    first, go = threading.Event(), threading.Event()

    def note(delay: float) -> None:
        first.set()
        go.wait(10)
        told_of.append(delay)

    with RawServer() as server, open_session(server, on_pong=note) as session:
        kept = session._connections._callbacks
        kept.pong(0.0)
        assert first.wait(10)
        for delay in range(1, 100):
            kept.pong(float(delay))
        assert len(kept._pongs) == 3
        go.set()
        wait_for(lambda: len(told_of) == 3)
        assert told_of == [0.0, 98.0, 99.0]


def test_on_pong_comes_in_order() -> None:
    delays: list[float] = []
    go = threading.Event()

    def note(delay: float) -> None:
        go.wait(10)
        delays.append(delay)

    with RawServer() as server, open_session(server, on_pong=note) as session:
        for _ in range(3):
            session.ping()
        go.set()
        wait_for(lambda: len(delays) == 3)
        assert tuple(delays) == session.client.connection.latencies


def test_on_open_again_after_a_reconnect(quick: list[float]) -> None:
    opened: list[int] = []
    with RawServer(lambda peer: None, echo) as server:
        with open_session(server, auto_reconnect=True, on_open=lambda session: opened.append(1)) as session:
            wait_for(lambda: len(opened) == 2)
            assert session.state == "open"


CELL: contextvars.ContextVar[str] = contextvars.ContextVar("CELL", default="whatever ran last")


def test_callbacks_run_in_the_context_of_who_connected() -> None:
    """In a kernel the context tells which cell's output `print` writes to; also of a connection made elsewhere later."""
    seen: list[tuple[str, str]] = []
    with RawServer() as server:
        token = CELL.set("mine")
        session = open_session(
            server,
            on_open=lambda session: seen.append(("open", CELL.get())),
            on_pong=lambda delay: seen.append(("pong", CELL.get())),
        )
        CELL.reset(token)
        with session:
            session.ping()
            session.reconnect()
            wait_for(lambda: len(seen) == 3)
    assert sorted(seen) == [("open", "mine"), ("open", "mine"), ("pong", "mine")]
