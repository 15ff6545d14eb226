"""Concurrent operations on one session, or with one name, from several threads; and operations that are interrupted."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.session import reader
from kontena_ws_nb.session.session import Session
from tests.lab.interrupts import Nagging, interrupt_soon
from tests.lab.raw_server import Peer, RawServer, echo, text
from tests.lab.waiting import wait_for


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def delays() -> Iterator[float]:
        while True:
            yield 0.01

    monkeypatch.setattr(reader, "delays", delays)


class Recorder:
    """An echo server that knows how many are connected."""

    def __init__(self) -> None:
        self.live = 0
        self._lock = threading.Lock()

    def __call__(self, peer: Peer) -> None:
        with self._lock:
            self.live += 1
        try:
            echo(peer)
        finally:
            with self._lock:
                self.live -= 1


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Call all of them at the same moment; their results or errors."""
    gate = threading.Barrier(len(acts))
    got: list[Any] = [None] * len(acts)

    def call(at: int, act: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            got[at] = act()
        except Exception as error:
            got[at] = error

    threads = [threading.Thread(target=call, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "hangs"
    return got


def readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("kontena-ws-reader")]


def lives(session: Session) -> None:
    session.send("lives")
    assert session.expect("lives").data == "lives"


# ---- one session


def test_two_reconnects() -> None:
    """200 tries: one connection at the end of each, and one reader."""
    recorder = Recorder()
    with RawServer(recorder) as server, kws.connect(server.url, "both") as session:
        for _ in range(200):
            assert at_once(session.reconnect, session.reconnect) == [session, session]
            assert session.state == session.client.state == "open"
        wait_for(lambda: recorder.live == 1)
        assert readers() == ["kontena-ws-reader-both"]
        lives(session)
    wait_for(lambda: recorder.live == 0)


def test_the_second_reconnect_has_the_error_of_the_first() -> None:
    go = threading.Event()

    def refuse(peer: Peer) -> None:
        peer.read_head()
        go.wait(20)
        peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    def accept(peer: Peer) -> None:
        peer.read_head()
        peer.accept()
        echo(peer)

    with RawServer(accept, refuse, handshake=False) as server:
        session = kws.connect(server.url, "both")
        opener = threading.Timer(0.2, go.set)
        opener.start()
        first, second = at_once(session.reconnect, session.reconnect)
        opener.join()
        assert isinstance(first, kws.ProtocolError)
        assert isinstance(second, kws.ProtocolError)
        assert first is not second
        assert (str(first), first.status) == (str(second), second.status)
        assert server.connections == 2
        assert session.state == "closed"


def held_back(go: threading.Event) -> Callable[[Peer], None]:
    """A server whose second handshake waits."""
    count = iter(range(100))

    def script(peer: Peer) -> None:
        peer.read_head()
        if next(count) == 1:
            go.wait(20)
        peer.accept()
        echo(peer)

    return script


@pytest.mark.parametrize("end", ["close", "abort"])
def test_a_close_gives_up_a_reconnect(end: str) -> None:
    go = threading.Event()
    with RawServer(held_back(go), handshake=False) as server:
        session = kws.connect(server.url, "both")
        got: list[Any] = []

        def reconnect() -> None:
            with pytest.raises(kws.SocketError, match="the session was closed while it was connecting") as caught:
                session.reconnect()
            got.append(caught.value)

        threads = [threading.Thread(target=reconnect) for _ in range(2)]
        threads[0].start()
        wait_for(lambda: server.connections == 2)
        threads[1].start()
        wait_for(lambda: session._attempts._attempt is not None)
        started = time.monotonic()
        getattr(session, end)()
        threads[1 if len(got) == 0 else 0].join(5)
        assert time.monotonic() - started < 5
        assert session.state == "closed"
        go.set()
        for thread in threads:
            thread.join(10)
        assert session.state == session.client.state == "closed"
        assert len(got) == 2
        lives(session.reconnect())  # the last call wins
        session.close()


@pytest.mark.parametrize("first", ["reconnect", "close", "abort"])
@pytest.mark.parametrize("second", ["close", "abort"])
def test_any_two(first: str, second: str) -> None:
    recorder = Recorder()
    with RawServer(recorder) as server:
        for _ in range(10):
            with kws.connect(server.url, "both", close_timeout=2) as session:
                for one in at_once(getattr(session, first), getattr(session, second)):
                    assert one is None or one is session or isinstance(one, kws.SocketError)
                assert session.client.state == session.state
                lives(session.reconnect())
            assert session.state == session.client.state == "closed"
        wait_for(lambda: recorder.live == 0 and readers() == [])


def test_reconnect_while_it_connects_again_by_itself(quick: None) -> None:
    """The server cuts, then holds the handshake: a reconnect by hand does not wait for that one."""
    go = threading.Event()
    count = iter(range(100))

    def script(peer: Peer) -> None:
        number = next(count)
        peer.read_head()
        if number == 1:
            go.wait(20)
        peer.accept()
        if number != 0:
            echo(peer)

    with RawServer(script, handshake=False) as server:
        session = kws.connect(server.url, "both", auto_reconnect=True)
        wait_for(lambda: server.connections == 2 and session.state == "connecting")
        assert session.reconnect().state == "open"
        assert server.connections == 3
        connection = session.messages[-1].connection
        go.set()
        wait_for(lambda: len(readers()) == 1)  # what the old one opened was dropped
        assert session.state == "open"
        assert session.messages.where("kind:reconnect")[-1].connection == connection
        lives(session)
        session.close()


# ---- one name


def test_two_connects_under_one_name() -> None:
    recorder = Recorder()
    with RawServer(recorder) as server:
        for _ in range(30):
            first, second = at_once(lambda: kws.connect(server.url, "feed"), lambda: kws.connect(server.url, "feed"))
            live, over = (first, second) if first.state == "open" else (second, first)
            assert (live.state, over.state, live.previous) == ("open", "closed", over)
            assert kws.sessions["feed"] is live
            lives(live)
            live.close()
        assert "feed" not in kws.sessions
        wait_for(lambda: recorder.live == 0 and readers() == [])


def test_a_name_is_taken_over_from_a_session_that_reconnects() -> None:
    go = threading.Event()
    with RawServer(held_back(go), handshake=False) as server:
        first = kws.connect(server.url, "feed")
        thread = threading.Thread(target=lambda: contextlib.suppress(kws.Error).__enter__() or _refused(first))
        thread.start()
        wait_for(lambda: server.connections == 2)
        second = kws.connect(server.url, "feed")
        assert kws.sessions["feed"] is second
        go.set()
        thread.join(10)
        assert (first.state, first.client.state, second.state) == ("closed", "closed", "open")
        second.close()


def _refused(session: Session) -> None:
    with pytest.raises(kws.SocketError, match="closed while it was connecting"):
        session.reconnect()


def test_a_name_is_taken_over_while_its_session_closes() -> None:
    """The server does not answer the close frame: the second waits, and no longer than close_timeout."""
    with RawServer(Peer.hang, echo) as server:
        first = kws.connect(server.url, "feed", close_timeout=0.5)
        closing = threading.Thread(target=first.close)
        closing.start()
        wait_for(lambda: first.state == "closing")
        with kws.connect(server.url, "feed") as second:
            assert (first.state, kws.sessions["feed"]) == ("closed", second)
        closing.join(10)


# ---- interrupted


def test_a_close_that_was_interrupted_and_a_reconnect() -> None:
    """The server is mute: the stop button is pressed, and pressed again; afterwards all is as it says."""
    with RawServer(Peer.wait_end, Peer.wait_end, echo) as server:
        session = kws.connect(server.url, "mute", close_timeout=1.0)
        old = session.client
        for _ in range(2):
            with interrupt_soon(0.2), pytest.raises(KeyboardInterrupt):
                session.close()
        assert session.state == "closing"
        assert session.reconnect().state == session.client.state == "open"
        assert old.closed
        with interrupt_soon(0.2), pytest.raises(KeyboardInterrupt):
            session.reconnect()
        assert session.state in {"closing", "closed"}
        lives(session.reconnect())
        session.close()
        assert session.state == session.client.state == "closed"
        assert readers() == []


def test_an_end_that_was_interrupted_comes_all_the_same() -> None:
    with RawServer(Peer.wait_end) as server:
        session = kws.connect(server.url, "mute", close_timeout=0.5)
        with interrupt_soon(0.1), pytest.raises(KeyboardInterrupt):
            with session:
                pass
        assert session.join(10)
        assert session.state == session.client.state == "closed"
        assert "mute" not in kws.sessions


def test_a_reconnect_that_was_interrupted_while_it_connected() -> None:
    """Whoever shared it makes the next attempt."""
    go = threading.Event()
    with RawServer(held_back(go), handshake=False) as server:
        session = kws.connect(server.url, "both")
        got: list[Any] = []
        sharing = threading.Thread(target=lambda: got.append(session.reconnect()))
        starter = threading.Thread(target=lambda: (wait_for(lambda: server.connections == 2), sharing.start()))
        starter.start()
        with interrupt_soon(0.5), pytest.raises(KeyboardInterrupt):
            session.reconnect()
        go.set()
        starter.join(10)
        sharing.join(10)
        assert got == [session]
        lives(session)
        session.close()


def test_a_connect_that_was_interrupted_while_it_replaced() -> None:
    """It raises, so there is no new session; the old one ends by itself."""
    with RawServer(Peer.wait_end, echo) as server:
        first = kws.connect(server.url, "feed", close_timeout=1.0)
        with interrupt_soon(0.3), pytest.raises(KeyboardInterrupt):
            kws.connect(server.url, "feed")
        assert first.join(10)
        wait_for(lambda: "feed" not in kws.sessions and readers() == [])


OPERATIONS: dict[str, Callable[[Session], Any]] = {
    "close": lambda session: session.close(),
    "abort": lambda session: session.abort(),
    "reconnect": lambda session: session.reconnect(),
    "ping": lambda session: session.ping(0.1),
    "read": lambda session: session.read(0.1),
    "send": lambda session: session.send("x"),
    "exit": lambda session: session.__exit__(None, None, None),
    "connect": lambda session: kws.connect(session._connections._address, "other").close(),
}


@pytest.mark.parametrize("what", OPERATIONS)
def test_interrupted_at_any_moment(what: str) -> None:
    """Whatever was interrupted: the session can be closed, can be connected again, and leaves nothing."""
    recorder = Recorder()
    with RawServer(recorder) as server, Nagging(0.003) as nagging:
        session = kws.connect(server.url, "any", close_timeout=2)
        for _ in range(60):

            def act() -> None:
                with contextlib.suppress(kws.Error):
                    OPERATIONS[what](session)

            nagging.survive(act)
            if session.state != "open" and session.client.state == "open":
                wait_for(lambda: session.state == "open" or session.client.state != "open")
            if session.closed:
                session.reconnect()
        lives(session.reconnect())
        session.close()
        if "other" in kws.sessions:
            kws.sessions["other"].close()
        wait_for(lambda: recorder.live == 0 and readers() == [])


# ---- from everywhere else


@pytest.mark.parametrize("option", ["on_open", "on_pong"])
@pytest.mark.parametrize("what", ["close", "abort", "reconnect"])
def test_from_a_callback(option: str, what: str) -> None:
    done = threading.Event()
    made: list[Session] = []

    def act(_: object) -> None:
        if not done.is_set():
            wait_for(lambda: made)
            done.set()
            getattr(made[0], what)()

    with RawServer() as server:
        session = kws.connect(server.url, "callback", **{option: act})  # type: ignore[arg-type]
        made.append(session)
        if option == "on_pong":
            with contextlib.suppress(kws.Error):
                session.ping()
        assert done.wait(10)
        wait_for(
            lambda: session.state == ("open" if what == "reconnect" and session._journal.connection == 2 else "closed")
        )
        session.close()


def test_from_observers() -> None:
    with RawServer(lambda peer: (peer.send(text("x")), echo(peer))) as server:
        session = kws.connect(server.url, "observed")
        observer = session.messages.observe(lambda start, stop: session.close())
        session.send("y")
        assert session.join(10)
        observer.close()


def test_from_a_finalizer_on_the_reader_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The garbage collector may call anything on any thread: nobody waits for itself."""
    with RawServer() as server:
        session = kws.connect(server.url, "self")
        received = session._connections.counters.received

        def closing(batch: Any) -> int:
            session.close()
            return received(batch)

        monkeypatch.setattr(session._connections.counters, "received", closing)
        session.send("x")
        assert session.join(5)
        assert session.error is None
        assert session.close_code == 1000


def test_from_a_finalizer_at_the_end_of_the_interpreter() -> None:
    program = (
        "import sys, kontena_ws_nb as kws\n"
        "class Late:\n"
        "    def __del__(self, session=None): self.session.close(); self.session.abort(); print('left', flush=True)\n"
        "late = Late(); late.session = kws.connect(sys.argv[1]); late.me = late; sys.late = late\n"
    )
    with RawServer(Peer.wait_end) as server:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program, server.url], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - started < 15
