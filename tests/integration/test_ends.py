"""Sessions that end because of missing memory, descriptors or stack, or a bug: a row, a closed socket, and an `Error` from `read`.

Lack of memory and a full stack are made by functions that raise them where they strike; descriptors run out for real.
"""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.store import Store
from kontena_ws_nb.session import reader
from kontena_ws_nb.session.session import Session
from tests.lab.raw_server import Peer, RawServer, echo, text
from tests.lab.waiting import wait_for


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def delays() -> Iterator[float]:
        while True:
            yield 0.01

    monkeypatch.setattr(reader, "delays", delays)


def errors(session: Session) -> list[str]:
    return [message.text for message in session.messages if message.kind == "error"]


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


PLACES: dict[str, Callable[[Session], tuple[Any, str]]] = {
    "receiving": lambda session: (session.client.connection._decoder, "received"),
    "answering": lambda session: (session.client.connection, "_deliver_sent_rows"),
    "counting": lambda session: (session._connections.counters, "received"),
    "recording": lambda session: (session.messages, "append"),
    "resting": lambda session: (session._connections.pacing, "read"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError("maximum recursion depth exceeded"),
        OSError(24, "Too many open files"),
        KeyError("x"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_the_reader_fails(place: str, error: Exception, again: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(peer: Peer) -> str:
        peer.sock.recv(1000)
        with suppress(OSError):
            peer.send(text("x"))
        peer.wait_end()
        return "gone"

    with RawServer(script, echo) as server:
        session = kws.connect(server.url, "fails", auto_reconnect=again and not isinstance(error, OSError))
        monkeypatch.setattr(*PLACES[place](session), failing(error))
        with suppress(kws.SocketError):  # the reader may fail before all of it has left
            session.send("go")
        assert session.join(10)
        assert (session.state, session.client.state) == ("closed", "closed")
        assert server.result() == "gone"
        assert "fails" not in kws.sessions
        for _ in range(2):
            with pytest.raises(kws.Error) as caught:
                list(session)
            assert caught.value.__cause__ is error
            with pytest.raises((kws.EOFError, kws.SocketError)):
                session.expect("never")
            assert isinstance(session.error, kws.Error)
        assert str(session.error) in errors(session)
        with pytest.raises(kws.SocketError, match="the connection is closed"):
            session.send("x")
        monkeypatch.undo()
        session.reconnect().send("lives")
        assert session.expect("lives").data == "lives"
        session.close()
        assert session.error is None


def test_the_row_that_tells_of_it_finds_no_memory_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with RawServer() as server, caplog.at_level(logging.ERROR):
        session = kws.connect(server.url, "fails")
        session.send("x")
        assert session.read()
        for way in ("put", "write"):
            monkeypatch.setattr(Store, way, failing(MemoryError()))
        with pytest.raises(MemoryError):
            session.send("y")  # the caller's own call
        session.client.connection.submit(1, b"z", lambda: 1 << 20)
        assert session.join(10)
        assert session.state == "closed"
        assert "fails" not in kws.sessions
        assert "the end of fails could not be noted" in caplog.text
        with pytest.raises(
            kws.SocketError, match="reading was given up: MemoryError; this process is out of memory"
        ) as caught:
            session.read()
        assert isinstance(caught.value.__cause__, MemoryError)


def test_callbacks_and_observers_that_fail_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with RawServer() as server, caplog.at_level(logging.ERROR):
        with kws.connect(
            server.url, "fails", on_open=failing(MemoryError()), on_pong=failing(RecursionError("deep"))
        ) as session:
            observer = session.messages.observe(failing(MemoryError()))
            session.ping()
            session.send("lives")
            assert session.expect("lives").data == "lives"
            wait_for(
                lambda: (
                    {"on_open failed: MemoryError: ", "on_pong failed: RecursionError: deep"} <= set(errors(session))
                )
            )
            wait_for(lambda: isinstance(observer.error, MemoryError))


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Have no number left for another file; those that are open stay so."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_no_descriptors_to_connect_with() -> None:
    with RawServer() as server:
        session = kws.connect(server.url, "fails")
        session.close()
        with no_descriptors():
            with pytest.raises(kws.ConnectError, match="Too many open files"):
                session.reconnect()
            with pytest.raises(kws.ConnectError, match="Too many open files"):
                kws.connect(server.url, "another")
        assert session.state == "closed"
        assert not {"fails", "another"} & set(kws.sessions)
        session.reconnect().close()


def test_no_descriptors_to_connect_again_with() -> None:
    with RawServer(lambda peer: peer.read(), echo) as server:
        with kws.connect(server.url, "fails", auto_reconnect=True) as session:
            with no_descriptors():
                session.send("x")
                wait_for(lambda: any("Too many open files" in line for line in errors(session)), what="a failed try")
            wait_for(lambda: session.state == "open", 30, "the second connection")
            session.send("lives")
            assert session.expect("lives").connection == 2
