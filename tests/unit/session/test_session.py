"""A session: background reader, log, the end, reconnecting, callbacks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log import waiters
from kontena_ws_nb.session import reader as module
from kontena_ws_nb.session.session import Session
from tests.lab.certificates import lab
from tests.lab.raw_server import BINARY, CLOSE, PING, PONG, TEXT, Peer, RawServer, close_frame, echo, frame, text
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for

SMALL: Any = {"socket_options": [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)], "compression": False}
BIG = b"x" * (256 << 10)


def open_session(server: RawServer, **options: Any) -> Session:
    return kws.connect(server.url, "test", **options)


def rows(session: Session) -> list[tuple[str, str, Any]]:
    return [(message.direction, message.kind, message.data) for message in session.messages]


def told(session: Session, kind: str = "error") -> list[str]:
    return [message.text for message in session.messages if message.kind == kind]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Reconnect at once; gives the delays that would have been."""
    asked: list[float] = []

    def delays() -> Iterator[float]:
        while True:
            asked.append(len(asked))
            yield 0.001

    monkeypatch.setattr(module, "delays", delays)
    return asked


# ---- a conversation


def test_a_conversation() -> None:
    with RawServer(headers=("X-Served-By: lab",)) as server:
        with open_session(server) as session:
            assert (session.state, session.closed, session.error) == ("open", False, None)
            assert (session.close_code, session.close_reason) == (None, None)
            assert session.handshake.status == 101
            assert session.certificate is None
            sent = session.send("hello")
            assert (sent.index, sent.direction, sent.kind, sent.data) == (1, "sent", "text", "hello")
            message = session.read()
            assert message is not None
            assert (message.direction, message.data, message.connection) == ("received", "hello", 1)
            assert session.send(b"raw").kind == "binary"
            assert session.expect("kind:binary").data == b"raw"
            stats = session.stats
            assert (stats.sent_messages, stats.sent_bytes, stats.received_messages, stats.received_bytes) == (2, 8, 2, 8)
            assert stats.uptime is not None
            # RFC 6455 section 5.2: two bytes before a short payload; ours are masked, with four more.
            assert (stats.sent_wire_bytes, stats.received_wire_bytes) == (8 + 2 * 6, 8 + 2 * 2)
            assert stats.sizes == {range(2, 4): 1, range(4, 8): 1}
            assert re.fullmatch(rf"<Session 'test' {re.escape(server.url)} open, \d messages>", repr(session))
            assert "text/plain" in session._repr_mimebundle_()
        assert (session.state, session.closed, session.error, session.close_code) == ("closed", True, None, 1000)
        assert session.read().data == b"raw"  # type: ignore[union-attr] # `expect` has a place of its own
        assert session.read() is None
        assert [row[1] for row in rows(session)] == ["open", "text", "text", "binary", "binary", "close", "close"]
        opened = told(session, "open")[0]
        assert re.fullmatch(rf"connected to {re.escape(server.url)} in \d+ ms \(101 Switching Protocols\)", opened)
        assert session.stats.uptime == session.stats.uptime


def test_facts_of_the_wire_are_told() -> None:
    headers = ("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate")
    with RawServer(headers=headers, context=server_context("good")) as server:
        with open_session(server, subprotocols=["chat"], ca_file=lab().ca_file) as session:
            assert told(session, "open")[0].endswith("(101 Switching Protocols, subprotocol chat, permessage-deflate)")
            assert session.certificate is not None
            assert session.certificate.verdict.ok


def test_the_proxy_is_told() -> None:
    def script(peer: Peer) -> None:
        assert peer.read_head().startswith(b"CONNECT host.test:80 ")
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.read_head()
        peer.accept()
        echo(peer)

    with RawServer(script, handshake=False) as server:
        proxy = f"http://127.0.0.1:{server.port}"
        with kws.connect("ws://host.test/", proxy=proxy) as session:
            assert told(session, "open")[0].endswith(f"(101 Switching Protocols, through {proxy})")


def test_control_frames_are_rows() -> None:
    with RawServer(lambda peer: (peer.send(frame(PING, b"a")), peer.answer_close())) as server:
        with open_session(server) as session:
            wait_for(lambda: len(session.messages) == 3)
        assert rows(session)[1:3] == [("received", "ping", b"a"), ("sent", "pong", b"a")]


def test_ping() -> None:
    with RawServer() as server, open_session(server) as session:
        assert 0 < session.ping() < 10
        assert session.stats.latency is not None
        assert [(direction, kind) for direction, kind, _ in rows(session)[1:]] == [("sent", "ping"), ("received", "pong")]


def test_pings_at_the_same_time_keep_their_own_times() -> None:
    """The second is answered when the first has been told; every pong changes `Client.ping_delay`."""
    told_first = threading.Event()

    def script(peer: Peer) -> None:
        first, second = peer.expect(PING), peer.expect(PING)
        peer.send(frame(PONG, first))
        told_first.wait(20)
        peer.send(frame(PONG, second))
        peer.answer_close()

    with RawServer(script) as server, open_session(server) as session:
        took: dict[str, float] = {}

        def ping(name: str) -> None:
            took[name] = session.ping()
            told_first.set()

        first = threading.Thread(target=ping, args=["first"])
        first.start()
        wait_for(lambda: rows(session)[-1][1] == "ping")
        second = threading.Thread(target=ping, args=["second"])
        second.start()
        first.join(20)
        second.join(20)
        assert session.client.latencies == (took["first"], took["second"])


def test_ping_without_an_answer() -> None:
    with RawServer(lambda peer: peer.answer_close()) as server, open_session(server) as session:
        with pytest.raises(kws.TimeoutError, match=r"no pong within 0.05 s$") as caught:
            session.ping(0.05)
        assert caught.value.phase == "ping"
        wait_for(lambda: rows(session)[1:] and rows(session)[1][:2] == ("sent", "ping"))  # a row before anything comes


def test_ping_and_the_end_comes() -> None:
    with RawServer(lambda peer: (peer.expect(PING), peer.close(1011))) as server, open_session(server) as session:
        with pytest.raises(kws.SocketError, match="the connection ended before the pong came"):
            session.ping()
        with pytest.raises(kws.SocketError, match="cannot ping: the connection is closed with 1011"):
            session.ping()


# ---- sending


def test_send_after_the_end() -> None:
    with RawServer() as server:
        session = open_session(server)
        session.close()
        before = len(session.messages)
        with pytest.raises(kws.SocketError, match="cannot send: the connection is closed with 1000; connect again"):
            session.send("x")
        assert len(session.messages) == before


def test_send_something_else() -> None:
    with RawServer() as server, open_session(server) as session:
        with pytest.raises(TypeError, match="for JSON use send_json"):
            session.send({"a": 1})  # type: ignore[arg-type]
        assert len(session.messages) == 1


def test_the_connection_closes_between_the_row_and_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(Peer.hang) as server, open_session(server, close_timeout=0.1) as session:
        submit = session.client.connection.submit

        def too_late(*arguments: Any) -> Any:
            session.client.connection.goodbye()
            return submit(*arguments)

        monkeypatch.setattr(session.client.connection, "submit", too_late)
        with pytest.raises(kws.SocketError, match="cannot send: the connection is closing"):
            session.send("x")
        assert "message 1 was not sent: cannot send: the connection is closing" in told(session)


def test_a_write_that_gets_nowhere() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        session = open_session(server, write_timeout=0.2, **SMALL)
        with pytest.raises(kws.TimeoutError, match="cut in the middle"):
            session.send(BIG)
        assert session.join(10)
        assert isinstance(session.error, kws.TimeoutError)
        assert session.stats.sent_messages == 0
        assert told(session)[0].startswith("message 1 was not sent: the server took no byte for 0.2 s")
        with pytest.raises(kws.TimeoutError):
            session.read()


# ---- sending from an event loop


async def turns(task: asyncio.Future[Any], count: int = 50) -> None:
    """See that the loop goes on while a task waits."""
    for _ in range(count):
        await asyncio.sleep(0.001)
        assert not task.done()


def test_a_coroutine_that_sends_more_than_the_socket_takes_does_not_block_the_loop() -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        go.wait(20)
        echo(peer)

    with RawServer(script, receive_buffer=4096) as server, open_session(server, **SMALL) as session:

        async def program() -> int:
            task = asyncio.ensure_future(session.arequest(BIG, timeout=20))
            await turns(task)
            go.set()
            return (await task).size

        assert asyncio.run(program()) == len(BIG)
        assert session.stats.sent_messages == 1


def test_a_coroutine_sends_also_while_the_reader_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiters, "HEARTBEAT", 0.005)
    go = threading.Event()

    def script(peer: Peer) -> bytes:
        go.wait(20)
        got = peer.expect(BINARY)
        peer.answer_close()
        return got

    with RawServer(script, receive_buffer=4096) as server, open_session(server, **SMALL) as session:
        session.pause()

        async def program() -> None:
            task = asyncio.ensure_future(session.arequest(BIG, timeout=0.01))
            await turns(task)
            go.set()
            with pytest.raises(kws.TimeoutError) as caught:
                await task
            assert caught.value.phase == "expect"

        asyncio.run(program())
        session.resume()
        session.close()
        assert server.result() == BIG


def test_a_coroutine_whose_write_gets_nowhere() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        session = open_session(server, write_timeout=1.0, **SMALL)

        async def program() -> None:
            task = asyncio.ensure_future(session.arequest(BIG))
            await turns(task, 10)
            with pytest.raises(kws.TimeoutError, match="the server took no byte for 1 s; the message was cut in the middle"):
                await task

        asyncio.run(program())
        assert session.join(10)
        assert told(session)[0].startswith("message 1 was not sent: the server took no byte for 1 s")


def test_a_coroutine_that_sends_and_the_connection_ends() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        session = open_session(server, **SMALL)

        async def program() -> None:
            task = asyncio.ensure_future(session.arequest(BIG))
            await turns(task)
            session.abort()
            with pytest.raises(kws.SocketError, match="sending failed"):
                await task

        asyncio.run(program())


def test_a_coroutine_that_sends_and_the_server_closes_without_reading() -> None:
    """Until the socket is closed what is queued may still leave; then it was not sent, and no timeout passed."""
    with RawServer(lambda peer: (peer.sock.recv(1), peer.send(close_frame(1001)), peer.hang()), receive_buffer=4096) as server:
        session = open_session(server, close_timeout=0.3, **SMALL)

        async def program() -> None:
            with pytest.raises(kws.SocketError, match="sending failed"):
                await session.arequest(BIG)

        asyncio.run(program())
        assert isinstance(session.error, kws.CloseError)


def test_the_order_of_the_log_is_the_order_on_the_wire() -> None:
    def script(peer: Peer) -> list[bytes]:
        got = [peer.expect(TEXT) for _ in range(400)]
        peer.answer_close()
        return got

    with RawServer(script) as server:
        with open_session(server) as session:
            threads = [
                threading.Thread(target=lambda n=n: [session.send(f"{n} {i}") for i in range(100)])
                for n in range(4)  # type: ignore[misc]
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert server.result() == [message.payload for message in session.messages if message.kind == "text"]


# ---- the end


def test_close_refused() -> None:
    with RawServer() as server, open_session(server) as session:
        with pytest.raises(ValueError, match="the close code 1005 may not be sent"):
            session.close(1005)
        assert session.state == "open"
        assert session.error is None


def test_close_at_once() -> None:
    """The reader thread may not have started: it receives all the same."""
    for _ in range(20):
        with RawServer(lambda peer: (peer.send(text("x")), peer.answer_close())) as server:
            session = open_session(server)
            session.close()
            assert session.error is None
            assert [row[2] for row in rows(session) if row[1] == "text"] == ["x"]


def test_abort_at_once() -> None:
    for reset in (False, True):
        with RawServer(Peer.hang) as server:
            session = open_session(server)
            session.abort(reset)
            assert (session.state, session.error, session.read()) == ("closed", None, None)
            session.abort()
            session.close()


def test_the_server_closes() -> None:
    with RawServer(lambda peer: (peer.send(text("last")), peer.close(4000, "no"))) as server:
        session = open_session(server)
        assert session.join(10)
        assert session.read().data == "last"  # type: ignore[union-attr]
        for _ in range(2):
            with pytest.raises(kws.CloseError, match="the server closed with 4000"):
                session.read()
        session.close()  # too late: the reason stays
        assert isinstance(session.error, kws.CloseError)
        assert (session.close_code, session.close_reason) == (4000, "no")
        assert told(session) == []  # the close frame says it


def test_the_server_dies() -> None:
    with RawServer(lambda peer: peer.send(text("last"))) as server:
        session = open_session(server)
        assert session.join(10)
        assert told(session) == [f"{server.url}: the connection ended without a close frame (1006)"]
        assert session.read().data == "last"  # type: ignore[union-attr]
        with pytest.raises(kws.EOFError):
            session.read()


def test_close_and_no_answer() -> None:
    with RawServer(Peer.hang) as server:
        session = open_session(server, close_timeout=0.1)
        session.close()
        assert session.error is None
        assert told(session) == [f"{server.url}: the server did not answer our close frame within 0.1 s"]


def test_a_defect_of_ours_ends_the_session(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with RawServer() as server:
        session = open_session(server)

        def defect(*_: object) -> int:
            raise ZeroDivisionError("ours")

        monkeypatch.setattr(session._connections.counters, "received", defect)
        with caplog.at_level(logging.ERROR):
            session.send("x")
            with pytest.raises(kws.Error, match="reading was given up: ZeroDivisionError: ours") as caught:
                session.read()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert session.state == "closed"
        assert "the reader of test failed" in caplog.text
        assert told(session)[-1] == str(session.error)
        session.close()
        assert isinstance(session.error, kws.SocketError)


def test_states_are_observed() -> None:
    states: list[str] = []
    seen = threading.Event()
    with RawServer() as server:
        session = open_session(server)

        def note() -> None:
            states.append(session.state)
            if session.state == "closed":
                seen.set()

        observer = session.observe_state(note)
        session.close()
        assert seen.wait(10)
        assert states[-1] == "closed"
        observer.close()


def test_pause_and_resume() -> None:
    with RawServer() as server, open_session(server) as session:
        session.pause()
        session.send("x")
        with pytest.raises(kws.TimeoutError):
            session.read(0.1)
        session.resume()
        assert session.read().data == "x"  # type: ignore[union-attr]


def test_close_while_paused() -> None:
    with RawServer() as server:
        session = open_session(server)
        session.pause()
        session.close()
        assert session.close_code == 1000


# ---- a full log


def flood(peer: Peer) -> None:
    """Send until the client pushes back for a while, or leaves; the result is how much was sent by then."""
    peer.sock.settimeout(0.5)
    sent = 0
    with contextlib.suppress(OSError):
        while sent < 2000:
            peer.send(frame(2, bytes(1 << 16)))
            sent += 1
    peer.server.results.put(sent)
    peer.sock.settimeout(20)
    with contextlib.suppress(EOFError, OSError):
        peer.answer_close()


def test_a_full_log_that_blocks_pushes_back_on_the_server() -> None:
    with RawServer(flood) as server:
        session = open_session(server, on_full="block", max_bytes=1 << 20, ping_interval=0.05, ping_timeout=0.05)
        wait_for(lambda: session.messages.full)
        for _ in range(40):
            assert session.read() is not None  # what was kept, and what comes as room is made
        assert server.result() < 2000
        started = time.monotonic()
        session.close()
        assert time.monotonic() - started < 10 + 0.1
        assert session.error is None
        assert session.messages.bytes < 4 << 20


def test_abort_with_a_full_log() -> None:
    with RawServer(flood) as server:
        session = open_session(server, on_full="block", max_bytes=1 << 20)
        wait_for(lambda: session.messages.full)
        session.abort()
        assert session.state == "closed"


def test_a_full_log_that_closes() -> None:
    with RawServer(flood) as server:
        session = open_session(server, on_full="close", max_bytes=1 << 20)
        assert session.join(20)
        assert told(session)[0] == "the log is full (max_bytes, max_messages): closing, as on_full='close' asks"
        assert session.error is None


# ---- the user's callbacks


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
        assert tuple(delays) == session.client.latencies


# ---- reconnecting


TRANSIENT = {
    "eof": lambda peer: None,
    "reset": lambda peer: (peer.expect(TEXT), peer.reset()),
    "1001": lambda peer: peer.close(1001),
    "1011": lambda peer: peer.close(1011),
    "1012": lambda peer: peer.close(1012),
    "1013": lambda peer: peer.close(1013),
    "silence": Peer.wait_end,
}


@pytest.mark.parametrize("end", TRANSIENT)
def test_a_transient_loss_is_made_good(end: str, quick: list[float]) -> None:
    with RawServer(TRANSIENT[end], echo) as server:
        with open_session(server, auto_reconnect=True, ping_interval=0.1, ping_timeout=0.1) as session:
            with contextlib.suppress(kws.SocketError):
                session.send("into the void")
            wait_for(lambda: server.connections == 2 and session.state == "open")
            session.send("again")
            assert session.expect("again").connection == 2
            assert session.error is None
            kinds = [message.kind for message in session.messages]
            assert kinds.index("reconnect") > kinds.index("open")
            first, second = told(session, "reconnect")
            assert first == "connecting again in 0.0 s (try 1)"
            assert re.search(r"\(101 Switching Protocols\), after a gap of \d\.\d s$", second)


FATAL = {"1000": 1000, "1002": 1002, "1003": 1003, "1007": 1007, "1008": 1008, "1010": 1010, "4000": 4000, "none": None}


@pytest.mark.parametrize("end", FATAL)
def test_a_fatal_end_is_the_end(end: str, quick: list[float]) -> None:
    with RawServer(lambda peer: peer.close(FATAL[end])) as server:
        session = open_session(server, auto_reconnect=True)
        assert session.join(10)
        with pytest.raises(kws.CloseError):
            session.read()
        assert server.connections == 1


def test_broken_frames_are_fatal(quick: list[float]) -> None:
    with RawServer(lambda peer: (peer.send(b"\xf1\x00"), peer.read_all())) as server:
        session = open_session(server, auto_reconnect=True)
        assert session.join(10)
        assert isinstance(session.error, kws.ProtocolError)
        assert told(session) == [str(session.error)]


def refuse(status: str) -> Any:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return script


def accept_then(script: Any) -> Any:
    def run(peer: Peer) -> None:
        peer.read_head()
        peer.accept()
        script(peer)

    return run


def test_5xx_and_429_while_connecting_again_are_transient(quick: list[float]) -> None:
    scripts = [accept_then(lambda peer: None), refuse("503 Busy"), refuse("429 Slow down"), accept_then(echo)]
    with RawServer(*scripts, handshake=False) as server:
        with open_session(server, auto_reconnect=True) as session:
            wait_for(lambda: server.connections == 4 and session.state == "open")
            assert [re.search(r"answered (\d+)", line)[1] for line in told(session)[1:]] == ["503", "429"]  # type: ignore[index]


def test_4xx_while_connecting_again_is_fatal(quick: list[float]) -> None:
    with RawServer(accept_then(lambda peer: None), refuse("401 Who are you"), handshake=False) as server:
        session = open_session(server, auto_reconnect=True)
        assert session.join(10)
        for _ in range(2):
            with pytest.raises(kws.ProtocolError) as caught:
                session.read()
            assert caught.value.status == 401
        session.close()  # too late: the final failure stays
        assert isinstance(session.error, kws.ProtocolError)


def test_giving_up(quick: list[float]) -> None:
    with RawServer(lambda peer: peer.server.stop_listening()) as server:
        session = open_session(server, auto_reconnect=True, reconnect_attempts=2)
        assert session.join(10)
        assert isinstance(session.error, kws.ConnectError)
        assert told(session)[-1] == "gave up after 2 tries"
        with pytest.raises(kws.ConnectError):
            session.read()


def test_a_request_whose_connection_is_lost_is_not_waited_for(quick: list[float]) -> None:
    with RawServer(lambda peer: peer.expect(TEXT), echo) as server:
        with open_session(server, auto_reconnect=True) as session:
            with pytest.raises(kws.SocketError, match="the connection was lost before the answer to message 1 came; it may have arrived"):
                session.request({"id": 7}, timeout=None)
            assert session.request({"id": 7}).connection == 2


def test_read_waits_while_connecting_again(quick: list[float]) -> None:
    with RawServer(lambda peer: None, lambda peer: (peer.send(text("after")), peer.answer_close())) as server:
        with open_session(server, auto_reconnect=True) as session:
            assert session.read().data == "after"  # type: ignore[union-attr]


def test_unconfirmed_sends_are_reported_and_not_sent_again(quick: list[float]) -> None:
    def first(peer: Peer) -> None:
        peer.send(text("hello"))
        for _ in range(7):
            peer.expect(TEXT)

    def second(peer: Peer) -> list[bytes]:
        return [payload for opcode, payload in peer.read_all() if opcode == TEXT]

    with RawServer(first, second) as server:
        session = open_session(server, auto_reconnect=True, close_timeout=0.1)
        session.read()
        assert session.unconfirmed == ()
        sent = [session.send(str(number)).index for number in range(7)]
        wait_for(lambda: server.connections == 2 and session.state == "open")
        assert session.unconfirmed == tuple(sent)
        assert (
            told(session)[-1]
            == f"7 messages may have been lost: {sent[0]}–{sent[-1]}; no pong to a later ping confirms them, and they are not sent again"
        )
        server.result()
        session.close()
        assert server.result() == []


def test_one_unconfirmed_send_and_our_own_pings_are_no_sign_of_life(quick: list[float]) -> None:
    with RawServer(lambda peer: peer.wait_end(), echo) as server:
        with open_session(server, auto_reconnect=True, ping_interval=0.1, ping_timeout=0.1) as session:
            index = session.send("x").index
            wait_for(lambda: server.connections == 2)
            wait_for(lambda: told(session, "reconnect"))
            assert told(session)[-1] == f"1 message may have been lost: {index}; no pong to a later ping confirms it, and it is not sent again"


def test_close_while_waiting_to_connect_again() -> None:
    with RawServer(lambda peer: peer.server.stop_listening()) as server:
        session = open_session(server, auto_reconnect=True)
        wait_for(lambda: session.state == "connecting")
        assert isinstance(session.error, kws.EOFError)
        session.close()
        assert (session.state, session.error, session.read()) == ("closed", None, None)


def test_close_while_connecting_again(quick: list[float]) -> None:
    """The server accepts and says nothing: close does not wait for open_timeout."""
    with RawServer(accept_then(lambda peer: None), Peer.hang, handshake=False) as server:
        session = open_session(server, auto_reconnect=True, open_timeout=1.0)
        wait_for(lambda: server.connections == 2)
        started = time.monotonic()
        session.close()
        assert time.monotonic() - started < 0.5
        assert (session.state, session.error, session.closed) == ("closed", None, True)
        wait_for(lambda: not any(thread.name == "kontena-ws-reader-test" for thread in threading.enumerate()))
        assert len(told(session)) == 1  # the loss; nothing about an attempt nobody waits for


def test_close_while_the_new_connection_opens(quick: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(lambda peer: None, echo) as server:
        session = open_session(server)
        session.join(10)
        opening, opened = session._connections.open, []

        def closed_meanwhile() -> Any:
            opened.append(opening())
            session._reader.stopping.set()
            return opened[0]

        monkeypatch.setattr(session._connections, "open", closed_meanwhile)
        object.__setattr__(session.options, "auto_reconnect", True)
        assert not session._reader._connect_again(session._connections)
        assert opened[0][0].closed
        assert session.client is not opened[0][0]


def test_on_open_again_after_a_reconnect(quick: list[float]) -> None:
    opened: list[int] = []
    with RawServer(lambda peer: None, echo) as server:
        with open_session(server, auto_reconnect=True, on_open=lambda session: opened.append(1)) as session:
            wait_for(lambda: len(opened) == 2)
            assert session.state == "open"


# ---- reconnect(), by hand


def test_reconnect() -> None:
    with RawServer() as server:
        with open_session(server) as session:
            session.send("one")
            assert session.read().data == "one"  # type: ignore[union-attr]
            assert session.reconnect() is session
            assert session.state == "open"
            session.send("two")
            message = session.read()
            assert message is not None
            assert (message.data, message.connection) == ("two", 2)
            # Two messages, and the two close frames of the first connection: a code and our reason.
            close = 2 + len("reconnect")
            assert (session.stats.sent_wire_bytes, session.stats.received_wire_bytes) == (2 * 9 + 6 + close, 2 * 5 + 2 + close)
            assert kws.sessions["test"] is session
        assert session.reconnect().state == "open"
        session.close()
        server.stop_listening()
        with pytest.raises(kws.ConnectError):
            session.reconnect()
        assert session.state == "closed"


# ---- displays


def test_the_panel_is_made_once_and_again_after_it_was_closed() -> None:
    with RawServer() as server, open_session(server) as session:
        panel = session.panel
        assert session.panel is panel
        panel.close()
        again = session.panel
        assert not again.closed
        again.close()


def test_the_close_row_of_a_reader_in_the_middle_of_a_frame() -> None:
    with RawServer(
        lambda peer: (peer.send(frame(TEXT, b"x" * 100)[:50]), peer.expect(CLOSE), peer.send(close_frame()), peer.hang())
    ) as server:
        session = open_session(server, close_timeout=0.2)
        session.close()
        assert session.closed


def test_a_reader_ends_only_its_own_run() -> None:
    """One that comes late, when the session has another, ends nothing of it."""
    with RawServer() as server, open_session(server) as session:
        late = module.Reader(module.Link(session.client, 1))
        session._end_of(late)
        session._end_of(late)
        session._connections.account(module.Link(session.client, 0))
        assert late.done.is_set()
        assert session.state == "open"
        assert kws.sessions["test"] is session
