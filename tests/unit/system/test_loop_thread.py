"""An event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading

import pytest

from kontena_ws_nb.system.loop_thread import LoopThread

LOGGER = logging.getLogger("kontena_ws_nb.tests")


async def nothing() -> None:
    """Begin, or end, nothing."""


def alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def test_it_serves_until_it_is_stopped() -> None:
    done = []

    async def begin() -> None:
        done.append("begun")

    async def end() -> None:
        done.append("ended")

    thread = LoopThread("one", begin, end, LOGGER)
    assert not thread.running
    thread.start()
    assert thread.running
    assert thread.call(asyncio.sleep(0, "slept")) == "slept"
    thread.stop()
    thread.stop()
    assert (thread.running, done, alive("one")) == (False, ["begun", "ended"], False)
    with pytest.raises(RuntimeError, match="one does not run"):
        thread.call(asyncio.sleep(0))


def test_what_cannot_begin_is_raised() -> None:
    async def begin() -> None:
        raise OSError("no port")

    thread = LoopThread("two", begin, nothing, LOGGER)
    with pytest.raises(OSError, match="no port"):
        thread.start()
    assert (thread.running, alive("two")) == (False, False)


def test_what_fails_later_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def end() -> None:
        raise RuntimeError("broken")

    thread = LoopThread("three", nothing, end, LOGGER)
    thread.start()
    thread.stop()
    assert "three ended" in caplog.text
    assert "broken" in caplog.text


def test_a_call_that_takes_too_long_is_cancelled() -> None:
    cancelled = threading.Event()

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    thread = LoopThread("four", nothing, nothing, LOGGER)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            thread.call(long(), 0.01)
        assert cancelled.wait(10)
    finally:
        thread.stop()


def test_a_forked_child_gives_sockets_up() -> None:
    one, other = socket.socketpair()
    closed = socket.socket()
    closed.close()
    thread = LoopThread("five", nothing, nothing, LOGGER)
    thread.start()
    loop = thread._loop
    try:
        thread.forked([one, closed])
        assert other.recv(1) == b""  # nobody has the other end any more
        assert not thread.running
    finally:
        thread._loop = loop
        thread.stop()
        one.close()
        other.close()


def test_to_ask_it_to_stop_is_nothing_when_it_does_not_run() -> None:
    thread = LoopThread("six", nothing, nothing, LOGGER)
    thread.leave()
    thread.start()
    thread.leave()
    assert thread._thread is not None
    thread._thread.join(10)
    thread.leave()  # its loop is closed
    assert not alive("six")
