"""A session: properties, sending, pings, closing, reconnecting, displays."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import socket
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection import connection as connection_module
from kontena_ws_nb.log import waiters
from kontena_ws_nb.session.session import _close_dropped
from kontena_ws_nb.transport.latch import Latch
from tests.lab.raw_server import BINARY, PING, PONG, TEXT, Peer, RawServer, close_frame, echo, frame, text
from tests.lab.sessions import open_session, rows, told
from tests.lab.waiting import wait_for

SMALL: Any = {"socket_options": [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)], "compression": False}
BIG = b"x" * (256 << 10)


# ---- a conversation


def test_a_send_that_has_to_wait_returns_when_the_server_has_taken_it() -> None:
    """More than both kernels' buffers hold, and the server reads only once it is on its way."""
    queued = threading.Event()

    def hesitate(peer: Peer) -> None:
        assert queued.wait(20)
        opcode, payload = peer.read()
        peer.send(text(f"{opcode} {len(payload)}"))
        peer.answer_close()

    with RawServer(hesitate, receive_buffer=4096) as server, open_session(server, **SMALL) as session:

        def let_go() -> None:
            wait_for(lambda: len(session.messages) > 1)
            queued.set()

        waiting = threading.Thread(target=let_go)
        waiting.start()
        assert session.send(4 * BIG).size == 4 * len(BIG)
        waiting.join(20)
        assert session.read(20).data == f"2 {4 * len(BIG)}"  # type: ignore[union-attr]


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
            session.bookmarks.add(message, "an echo")
            assert session.messages[message.index].note == "an echo"
            assert session.send(b"raw").kind == "binary"
            assert session.expect("kind:binary").data == b"raw"
            stats = session.stats
            assert (stats.sent_messages, stats.sent_bytes, stats.received_messages, stats.received_bytes) == (
                2,
                8,
                2,
                8,
            )
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


def test_control_frames_are_rows() -> None:
    with RawServer(lambda peer: (peer.send(frame(PING, b"a")), peer.answer_close())) as server:
        with open_session(server) as session:
            wait_for(lambda: len(session.messages) == 3)
        assert rows(session)[1:3] == [("received", "ping", b"a"), ("sent", "pong", b"a")]


def test_ping() -> None:
    with RawServer() as server, open_session(server) as session:
        assert 0 < session.ping() < 10
        assert session.stats.latency is not None
        assert [(direction, kind) for direction, kind, _ in rows(session)[1:]] == [
            ("sent", "ping"),
            ("received", "pong"),
        ]


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
        assert session.client.connection.latencies == (took["first"], took["second"])


def test_ping_without_an_answer() -> None:
    with RawServer(lambda peer: peer.answer_close()) as server, open_session(server) as session:
        with pytest.raises(kws.TimeoutError, match=r"(?m)no pong within 0.05 s$") as caught:
            session.ping(0.05)
        assert caught.value.phase == "ping"
        wait_for(lambda: rows(session)[1:] and rows(session)[1][:2] == ("sent", "ping"))  # a row before anything comes


def test_a_ping_is_waited_for_as_long_as_the_server_takes_what_is_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time ends later than it seemed when the wait began."""
    with RawServer() as server, open_session(server) as session:
        wait, waits = session.messages.wait_for, []

        def short_at_first(*arguments: Any) -> bool:
            waits.append(arguments)
            return len(waits) > 1 and wait(*arguments)

        monkeypatch.setattr(session.messages, "wait_for", short_at_first)
        assert session.ping(20) > 0
        assert len(waits) == 2


def test_ping_and_the_end_comes() -> None:
    with RawServer(lambda peer: (peer.expect(PING), peer.close(1011))) as server, open_session(server) as session:
        with pytest.raises(kws.SocketError, match="the connection ended before the pong came"):
            session.ping()
        with pytest.raises(kws.SocketError, match="cannot ping: the connection is closed: the server closed with 1011"):
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


@pytest.mark.parametrize(("name", "said"), [("trades", "trades"), ("two words", r"kws.sessions['two words']")])
def test_an_error_names_its_own_session(name: str, said: str) -> None:
    with RawServer() as server:
        session = kws.connect(server.url, name)
        session.close()
        with pytest.raises(kws.SocketError, match=re.escape(f"connect again: {said}.reconnect()")):
            session.send("x")


def test_send_something_else() -> None:
    with RawServer() as server, open_session(server) as session:
        with pytest.raises(TypeError, match="for JSON use send_json"):
            session.send({"a": 1})  # type: ignore[arg-type]
        assert len(session.messages) == 1


def test_the_connection_closes_between_the_look_and_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(Peer.hang) as server, open_session(server, close_timeout=0.1) as session:
        submit = session.client.connection.submit

        def too_late(*arguments: Any) -> Any:
            session.client.connection.close_at_exit()
            return submit(*arguments)

        monkeypatch.setattr(session.client.connection, "submit", too_late)
        with pytest.raises(kws.SocketError, match="cannot send: the connection is closing"):
            session.send("x")
        assert all(row.direction == "received" or row.kind == "close" for row in session.messages), "no row either"


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
            with pytest.raises(
                kws.TimeoutError, match="the server took no byte for 1 s; the message was cut in the middle"
            ):
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
    with RawServer(
        lambda peer: (peer.sock.recv(1), peer.send(close_frame(1001)), peer.hang()), receive_buffer=4096
    ) as server:
        session = open_session(server, close_timeout=0.3, **SMALL)

        async def program() -> None:
            with pytest.raises(kws.SocketError, match="sending failed"):
                await session.arequest(BIG)

        asyncio.run(program())
        assert isinstance(session.error, kws.CloseError)


def test_cancelled_messages_to_a_server_that_does_not_read_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "LEFT", 4 * len(BIG))
    with (
        RawServer(Peer.hang, receive_buffer=4096) as server,
        open_session(server, close_timeout=0.1, **SMALL) as session,
    ):

        async def program() -> int:
            cancelled = 0
            with pytest.raises(kws.TimeoutError, match="cannot send: the server takes nothing"):  # noqa: PT012
                while cancelled < 100:
                    task = asyncio.ensure_future(session.arequest(BIG))
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
                    if task.done():
                        await task
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                    cancelled += 1
            return cancelled

        assert asyncio.run(program()) == 5
        sent = [message for message in session.messages if message.direction == "sent"]
        assert len(sent) == 5, "no row of what was refused"


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


def test_close_waits_while_the_server_takes_what_was_queued_before() -> None:
    """Its time to answer begins when our close frame is written, which may be later than `close` asked for."""
    waited, waits = threading.Event(), []

    class Done(Latch):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            if len(waits) == 1:
                return False
            waited.set()
            return super().wait(timeout)

    def late(peer: Peer) -> None:
        assert waited.wait(20)
        peer.answer_close()

    with RawServer(late) as server:
        session = open_session(server, close_timeout=15)
        session._reader.done = Done()
        session.close()
        assert (session.close_code, session.error) == (1000, None)
        assert waits[0] == 20
        assert 15 < (waits[1] or 0) < 20


def test_a_session_that_was_dropped_says_why_it_closes() -> None:
    with RawServer() as server:
        session = open_session(server)
        _close_dropped(session._reader, session._attempts, session._journal)
        assert session.join(20)
        assert session.close_code == 1000
        assert told(session) == ["nothing refers to this session any more (no variable, panel or observer): closing it"]


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
            assert (session.stats.sent_wire_bytes, session.stats.received_wire_bytes) == (
                2 * 9 + 6 + close,
                2 * 5 + 2 + close,
            )
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


def test_answers_that_come_before_the_next_send_are_found() -> None:
    with RawServer() as server, open_session(server) as session:
        for count, data in enumerate(("login", "subscribe", "go"), 1):
            session.send(data)
            assert wait_for(lambda seen=count: session.stats.received_messages >= seen)  # type: ignore[misc]
        assert session.expect("login", timeout=1).data == "login"
        assert [message.data for message in session.collect(2, timeout=1)] == ["subscribe", "go"]
        for data in ("a", "b"):
            session.send(data)
            assert wait_for(lambda seen=data: session.messages[-1].data == seen)  # type: ignore[misc]
        assert [message.data for message in session.collect(2, timeout=1)] == ["a", "b"]


def observe_rows(session: kws.Session) -> None:
    session.messages.observe(lambda start, stop: session.state)


def observe_state(session: kws.Session) -> None:
    session.observe_state(lambda: session.state)


def observe_late(session: kws.Session) -> None:
    session.close()
    session.messages.observe(lambda start, stop: session.state)
    session.observe_state(lambda: session.state)


def observe_and_drop(session: kws.Session) -> None:
    session.messages.observe(lambda start, stop: session.state)
    session.abort()


def show(session: kws.Session) -> None:
    assert session.panel.messages is session.messages


def call_back(session: kws.Session) -> None:
    assert session.ping() > 0


@pytest.mark.parametrize("use", [observe_rows, observe_state, observe_late, observe_and_drop, show, call_back])
def test_of_sessions_that_are_closed_and_dropped_nothing_remains(use: Callable[[kws.Session], None]) -> None:
    """No thread holds what a function of the user's holds, once the session has ended."""
    remain: list[weakref.ref[Any]] = []
    others = set(threading.enumerate())

    def run() -> None:
        with kws.connect(
            server.url, send_every=(60, "tick"), on_open=lambda ws: ws.state, on_pong=lambda delay: None
        ) as session:
            remain.extend([weakref.ref(session), weakref.ref(session.messages)])
            use(session)

    def left() -> list[Any]:
        gc.collect()
        threads = [
            thread.name for thread in set(threading.enumerate()) - others if thread.name.startswith("kontena-ws")
        ]
        return [*(there() for there in remain if there() is not None), *threads]

    with RawServer(*[echo] * 5) as server:
        for _ in range(5):
            run()
        wait_for(lambda: not left(), 20)
    assert len(remain) == 10


# ---- decoders and rules


def test_a_decoder_can_be_chosen_before_and_after() -> None:
    with RawServer(echo) as server, kws.connect(server.url, decode="socket.io") as session:
        sent = session.send('42["chat","hi"]')
        assert sent.decoded["event"] == "chat"
        assert session.expect({"event": "chat"}).label == 'EVENT chat "hi"'
        assert session.decode == "socket.io"
        session.decode = None
        assert sent.decoder == "plain"
        with pytest.raises(ValueError, match="no decoder is called 'socketio'"):
            session.decode = "socketio"


def test_an_unknown_decoder_is_refused_before_anything_is_opened() -> None:
    with RawServer(echo) as server:
        with pytest.raises(ValueError, match="no decoder is called"):
            kws.connect(server.url, decode="nothing")
        assert server.connections == 0


def test_rules_answer_from_the_first_message_on() -> None:
    def script(peer: Peer) -> bytes:
        peer.send(text('{"type":"ping"}'))
        got = peer.expect(TEXT)
        peer.answer_close()
        return got

    with RawServer(script) as server:
        with kws.connect(server.url, auto_reply={"$.type=ping": {"type": "pong"}}) as session:
            wait_for(lambda: len(session.messages.where("dir:sent")) == 1)
        assert server.result() == b'{"type": "pong"}'


def test_rules_end_when_nothing_could_be_opened() -> None:
    with pytest.raises(kws.ConnectError):
        kws.connect("ws://127.0.0.1:1", auto_reply={"a": "b"})
    with pytest.raises(ValueError, match="a value is missing"):
        kws.connect("ws://127.0.0.1:1", auto_reply={"$.a=": "b"})
    wait_for(lambda: not any(t.name.startswith("kontena-ws-observer") for t in threading.enumerate()))


def test_a_rule_that_fails_is_told_of_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with RawServer(echo) as server, kws.connect(server.url) as session:
        session.reply("x", lambda message: message.json())
        session.send("x")
        wait_for(lambda: len(told(session)) == 1)
        assert told(session)[0].startswith("the reply to message 2 failed: ValueError: message 2")


def test_an_answer_says_how_it_was_told() -> None:
    with RawServer(echo) as server, kws.connect(server.url) as session:
        assert repr(session.request({"id": 7})).endswith(", answers 1 by $.id=7>")
        assert repr(session.request("hello")).endswith(", next after 3>")
        assert repr(session.request("hello", match="hell")).endswith(", answers 5 by match=>")
        assert repr(session.messages[2]).endswith("'>")


def test_a_send_that_is_refused_while_the_connection_is_open_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(echo) as server, kws.connect(server.url) as session:

        def refused(*_arguments: object) -> object:
            raise kws.SocketError("refused at this very moment")

        monkeypatch.setattr(session.client.connection, "submit", refused)
        with pytest.raises(kws.SocketError, match="refused at this very moment"):
            session.send("x")
        monkeypatch.undo()


def test_a_session_is_saved_with_what_is_known_of_its_connections(tmp_path: Path) -> None:
    with RawServer(headers=("X-Served-By: lab",)) as server, open_session(server) as session:
        session.send("hello")
        assert session.read(20).data == "hello"  # type: ignore[union-attr]
        session.close(1000, "bye")
    saved = session.save(tmp_path / "a.har", secrets=True)
    assert (saved.sessions, saved.lost, saved.messages) == (1, (), len(session.messages))
    capture = kws.load(tmp_path / "a.har")
    assert [message.payload for message in capture.messages] == [message.payload for message in session.messages]
    assert capture.handshake is not None
    assert capture.handshake.response == session.handshake.response
    assert (capture.close_code, list(capture.sessions)) == (1000, [session.name])
