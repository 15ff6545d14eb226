"""Threads that cannot start, whoever asks for one."""

from __future__ import annotations

import errno
import logging
import os
import sys
import threading
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.transport.threads import give_way, start_thread
from tests.lab.raw_server import Peer, RawServer, echo
from tests.lab.waiting import wait_for


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Refuse to start threads of this name, as a system at its limit does."""
    start = threading.Thread.start

    def refuse(*names: str) -> None:
        def refusing(thread: threading.Thread) -> None:
            if thread.name.startswith(tuple(names)):
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", refusing)

    return refuse


def errors(session: kws.Session) -> list[str]:
    return [message.text for message in session.messages if message.kind == "error"]


def test_started() -> None:
    ran = threading.Event()
    thread = start_thread(ran.set, "kontena-ws-test")
    assert ran.wait(10)
    assert (thread.name, thread.daemon) == ("kontena-ws-test", True)
    thread.join(10)


def test_a_thread_gives_way_alone() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    nice: list[int] = []

    def work() -> None:
        give_way()
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    start_thread(work, "test-gives-way").join(10)
    assert nice == [min(19, before + 10)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_where_a_thread_cannot_give_way(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refused(*_: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "setpriority", refused)
    caplog.set_level(logging.DEBUG, "kontena_ws_nb")
    give_way()
    assert "cannot give way" in caplog.text
    caplog.clear()
    monkeypatch.setattr(sys, "platform", "darwin")  # there it would be all of the process
    give_way()
    assert caplog.text == ""


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
def test_not_started(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise error

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(
        kws.Error, match=r"the thread kontena-ws-test could not be started: .*; this process has as many threads"
    ) as caught:
        start_thread(print, "kontena-ws-test")
    assert caught.value.__cause__ is error


def test_a_reader_that_cannot_start(no_thread: Any) -> None:
    def script(peer: Peer) -> str:
        peer.wait_end()
        return "gone"

    with RawServer(script) as server:
        no_thread("kontena-ws-reader")
        with pytest.raises(
            kws.Error, match="the thread kontena-ws-reader-x could not be started: can't start new thread"
        ) as caught:
            kws.connect(server.url, "x")
        assert caught.value.url == server.url
        assert server.result() == "gone"
        assert "x" not in kws.sessions


def test_a_reader_that_cannot_start_again(no_thread: Any) -> None:
    with RawServer() as server:
        session = kws.connect(server.url, "x")
        no_thread("kontena-ws-reader")
        with pytest.raises(kws.Error, match="could not be started"):
            session.reconnect()
        assert (session.state, session.client.state, "x" in kws.sessions) == ("closed", "closed", False)
        assert errors(session) == [str(session.error)]
        with pytest.raises(kws.Error, match="could not be started"):
            session.read()
        session.close()


def test_callbacks_and_schedules_that_cannot_start_are_told(no_thread: Any) -> None:
    """What the options ask for is missing then, and the log says so; the stream goes on."""
    no_thread("kontena-ws-open", "kontena-ws-pong", "kontena-ws-schedule")
    with RawServer() as server:
        with kws.connect(server.url, "x", on_open=print, on_pong=print, send_every=(0.01, "tick")) as session:
            session.ping()
            session.ping()
            session.send("lives")
            assert session.expect("lives", since=0).data == "lives"
            wait_for(lambda: len(errors(session)) == 4)
            started = [text.partition(" could")[0] for text in errors(session)]
            assert started == [
                "the thread kontena-ws-open-x",
                "the thread kontena-ws-schedule-x",
                *["the thread kontena-ws-pong-x"] * 2,
            ]


def test_observers_that_cannot_start(no_thread: Any) -> None:
    with RawServer() as server, kws.connect(server.url, "x") as session:
        no_thread("kontena-ws-observer", "kontena-ws-state")
        with pytest.raises(kws.Error, match="the thread kontena-ws-observer could not be started"):
            session.messages.observe(print)
        with pytest.raises(kws.Error, match="the thread kontena-ws-state could not be started"):
            session.observe_state(lambda: None)


def test_an_observer_that_cannot_go_on(no_thread: Any, caplog: pytest.LogCaptureFixture) -> None:
    with RawServer(Peer.answer_close, echo) as server:
        session = kws.connect(server.url, "x")
        observer = session.messages.observe(lambda start, stop: None)
        session.close()
        wait_for(lambda: observer._thread is None)
        no_thread("kontena-ws-observer")
        session.reconnect().close()
        assert "cannot go on" in caplog.text
        observer.close()


def test_a_pong_thread_that_starts_later(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    start, tries = threading.Thread.start, []

    def second(thread: threading.Thread) -> None:
        if thread.name.startswith("kontena-ws-pong"):
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", second)
    with (
        RawServer(lambda peer: echo(peer)) as server,
        kws.connect(server.url, "x", on_pong=lambda delay: told.set()) as session,
    ):
        session.ping()
        session.ping()
        assert told.wait(10)
