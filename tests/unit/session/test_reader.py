"""The reader thread: full logs, reconnecting, permanent errors, bugs."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.session import reader as module
from kontena_ws_nb.session.session import Session
from kontena_ws_nb.transport.deadline import Deadline
from tests.lab.certificates import lab
from tests.lab.ends import Background
from tests.lab.interrupts import Nagging
from tests.lab.raw_server import CLOSE, TEXT, Peer, RawServer, close_frame, echo, frame, text
from tests.lab.sessions import open_session, told
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for


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


def deflated(payload: bytes) -> bytes:
    """A compressed message that builds on nothing before it."""
    deflater = zlib.compressobj(wbits=-15)
    data = deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return frame(2, data[:-4] or b"\0", rsv1=True)


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


#: What a server sends until it is pushed back: its frames in one go, and bytes of the longest message.
OVERSHOOT = {
    "empty messages": (frame(2, b"") * 5_000, 0),
    "small messages": (frame(1, b"x" * 100) * 600, 100),
    "large messages": (frame(2, bytes(50_000)) * 2, 50_000),
    "small ones, and then a large one": (frame(1, b"x" * 300) * 60 + frame(2, bytes(90_000)), 90_000),
    "deflated to a thousandth": (deflated(bytes(20_000)) * 20, 20_000),
    "deflated, empty": (deflated(b"") * 3_000, 0),
}


@pytest.mark.parametrize("limit", [{"max_bytes": 100_000}, {"max_messages": 300, "max_bytes": None}])
@pytest.mark.parametrize("sent", OVERSHOOT)
@pytest.mark.parametrize("on_full", ["block", "close"])
def test_a_full_log_is_exceeded_by_less_than_a_message(on_full: str, sent: str, limit: dict[str, Any]) -> None:
    """Or by the small ones of 512 bytes: what a read may bring is bounded by what is free."""
    data, longest = OVERSHOOT[sent]

    def push(peer: Peer) -> None:
        peer.sock.settimeout(0.2)
        with contextlib.suppress(OSError):
            for _ in range(400):
                peer.send(data)
        peer.sock.settimeout(20)
        with contextlib.suppress(EOFError, OSError):
            peer.read_all()

    compressed = sent.startswith("deflated")
    headers = ("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",) if compressed else ()
    with RawServer(push, headers=headers) as server:
        session = open_session(server, on_full=on_full, compression=compressed, close_timeout=0.1, **limit)
        log = session.messages
        wait_for(lambda: log.full)
        few = 21 * 300  # rows of 512 bytes, and lifecycle rows
        if limit["max_bytes"] is None:
            assert len(log) <= limit["max_messages"] + 300
        else:
            assert log.held <= limit["max_bytes"] + longest + 21 + few
        if on_full == "block":  # and so again when there is room
            for _ in range(100):
                assert session.read() is not None
            wait_for(lambda: log.full)
            unread = log._consumers[0].position
            held = sum(21 + log[index].size for index in range(unread, log.next_index))
            assert limit["max_bytes"] is None or held <= limit["max_bytes"] + longest + 21 + few
        session.abort()


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
            with pytest.raises(
                kws.SocketError,
                match=r"the connection was lost before the answer to message 1 came: the connection ended .*; the request may have arrived",
            ) as caught:
                session.request({"id": 7}, timeout=None)
            assert isinstance(caught.value.__cause__, kws.EOFError)
            assert session.request({"id": 7}).connection == 2


def test_read_waits_while_connecting_again(quick: list[float]) -> None:
    with RawServer(lambda peer: None, lambda peer: (peer.send(text("after")), peer.answer_close())) as server:
        with open_session(server, auto_reconnect=True) as session:
            assert session.read().data == "after"  # type: ignore[union-attr]


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


def test_the_close_row_of_a_reader_in_the_middle_of_a_frame() -> None:
    with RawServer(
        lambda peer: (
            peer.send(frame(TEXT, b"x" * 100)[:50]),
            peer.expect(CLOSE),
            peer.send(close_frame()),
            peer.hang(),
        )
    ) as server:
        session = open_session(server, close_timeout=0.2)
        session.close()
        assert session.closed


def test_a_reader_ends_only_its_own_run() -> None:
    """One that comes late, when the session has another, ends nothing of it."""
    with RawServer() as server, open_session(server) as session:
        late = module.Reader(module.SessionConnection(session.client, 1))
        session._reader_ended(late)
        session._reader_ended(late)
        session._connections.note_losses(module.SessionConnection(session.client, 1))
        assert late.done.is_set()
        assert session.state == "open"
        assert kws.sessions["test"] is session


@pytest.mark.parametrize("end", ["eof", "1012", "1013"])
def test_a_server_that_accepts_and_drops_is_asked_less_and_less(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def delays() -> Any:
        for delay in (0.001, 0.002, 0.003, 0.004):
            asked.append(delay)
            yield delay

    monkeypatch.setattr(module, "delays", delays)
    with RawServer(TRANSIENT[end]) as server:
        session = open_session(server, auto_reconnect=True, reconnect_attempts=3)
        assert session.join(10)
        assert server.connections == 4
        assert asked == [0.001, 0.002, 0.003]
        assert told(session)[-1] == "gave up after 3 tries"
        assert str(session.error).count("gave up after 3 tries") == 1
        with pytest.raises(kws.SocketError, match="gave up after 3 tries") as caught:
            session.send("x")
        assert isinstance(caught.value.__cause__, kws.CloseError)


def test_what_was_lost_first_is_told_when_connecting_again_fails(quick: list[float]) -> None:
    def goodbye(peer: Peer) -> None:
        peer.server.stop_listening()
        peer.close(1012, "new version")

    with RawServer(goodbye) as server:
        session = open_session(server, auto_reconnect=True, reconnect_attempts=2)
        assert session.join(10)
        for use in (session.read, lambda: session.send("x"), session.ping, lambda: session.expect("x")):
            with pytest.raises((kws.ConnectError, kws.SocketError), match="new version") as caught:
                use()
            chain = [caught.value]
            while chain[-1].__cause__ is not None:
                chain.append(chain[-1].__cause__)
            assert isinstance(chain[-1], kws.CloseError)
            assert chain[-1].reason == "new version"


def test_half_a_message_is_a_row_that_says_so() -> None:
    with RawServer(lambda peer: peer.send(frame(TEXT, b"x" * 4096)[:18])) as server:
        session = open_session(server)
        assert session.join(10)
        half = session.messages[1]
        assert (half.kind, half.payload, half.incomplete, half.compressed) == ("text", b"x" * 14, True, False)
        assert repr(half).endswith("incomplete>")
        assert not session.messages[0].incomplete
        assert "14 of the 4,096 bytes of a text message had come" in told(session)[0]
        with pytest.raises(kws.EOFError, match="14 of the 4,096"):
            session.read()


def broken_tls(peer: Peer) -> None:
    """Send an alert that is not encrypted: handshake_failure, fatal (RFC 8446 section 6)."""
    os.write(peer.sock.fileno(), b"\x15\x03\x03\x00\x02\x02\x28")
    peer.wait_end()


@pytest.mark.parametrize("end", ["RST", "TLS alert", "keepalive"])
def test_later_calls_say_what_ended_the_connection_first(end: str) -> None:
    script = {"RST": Peer.reset, "TLS alert": broken_tls, "keepalive": Peer.hang}[end]
    context = server_context("good") if end == "TLS alert" else None
    keepalive = {"ping_interval": 0.05, "ping_timeout": 0.1} if end == "keepalive" else {}
    with RawServer(script, context=context) as server:
        session = open_session(server, **keepalive, ca_file=lab().ca_file)
        assert session.join(10)
        first = session.error
        assert isinstance(first, kws.Error)
        for use in (lambda: session.send("x"), session.ping, session.read, lambda: session.request("x")):
            with pytest.raises(kws.Error) as caught:
                use()
            chain: list[BaseException] = [caught.value]
            while chain[-1].__cause__ is not None:
                chain.append(chain[-1].__cause__)
            assert first.message in str(caught.value)
            assert any(type(one) is type(first) and first.message in str(one) for one in chain), chain


def test_words_for_what_fails_in_a_reader() -> None:
    ours = kws.TimeoutError("ping", 1)
    assert module.reader_error(ours, "ws://x/") is ours
    full = module.reader_error(MemoryError(), "ws://x/")
    assert str(full).startswith("ws://x/: reading was given up: MemoryError; this process is out of memory")
    assert isinstance(full.__cause__, MemoryError)
    defect = KeyError("k")
    assert str(module.reader_error(defect, "ws://x/")) == (
        "ws://x/: reading was given up: KeyError: 'k'; what was received is in ws.messages; ws.reconnect() goes on from here"
    )


# ---- standing aside


def exchange(session: Session, message: str) -> str:
    session.send(message)
    answer = session.read()
    assert answer is not None
    return answer.text


@contextlib.contextmanager
def aside(monkeypatch: pytest.MonkeyPatch, script: Callable[[Peer], Any] = echo, **options: Any) -> Iterator[Session]:
    """A session whose reader stands aside after a quick answer, until it is called back."""
    monkeypatch.setattr(module, "ASIDE", 20.0)
    with RawServer(script) as server, open_session(server, **options) as session:
        wait_for(lambda: exchange(session, "quick") and session._reader._aside, what="an answer within milliseconds")
        yield session


def test_who_asks_receives_the_answer_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        reader, before, row = session._reader, session._reader._received_for_itself, session.messages.next_index
        assert [exchange(session, str(number)) for number in range(50)] == [str(number) for number in range(50)]
        assert session.expect("49").index == session.messages.next_index - 1
        assert reader._received_for_itself - before >= 50
        assert [message.text for message in session.messages[row:]] == [str(half // 2) for half in range(100)]
        assert session.stats.received_messages == session.stats.sent_messages


def test_the_reader_goes_on_when_nobody_asks_any_more() -> None:
    go = threading.Event()

    def script(peer: Peer) -> None:
        for _ in range(20):
            peer.send(text(peer.read()[1].decode()))
        assert go.wait(10)
        peer.send(text("unasked"))
        peer.answer_close()

    with RawServer(script) as server, open_session(server) as session:
        for number in range(20):
            assert exchange(session, str(number)) == str(number)
        go.set()
        assert wait_for(lambda: session.messages[-1].text == "unasked" and not session._reader._aside)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        for _ in range(2):  # the caller receives; the reader thread does
            with pytest.raises(kws.TimeoutError, match=r"no message within 0\.05 s"):
                session.read(0.05)
            wait_for(lambda: not session._reader._aside, what="the reader, called back")
        assert exchange(session, "usable") == "usable"


def test_an_answer_that_is_late_is_left_to_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(peer: Peer) -> None:
        while (message := peer.read())[0] != CLOSE:
            if message[1] == b"slow":
                assert go.wait(10)
            peer.send(text(message[1].decode()))
        peer.send(close_frame())

    go = threading.Event()
    with aside(monkeypatch, script) as session:
        monkeypatch.setattr(module, "ASIDE", 0.01)
        answer = Background(lambda: exchange(session, "slow"))
        wait_for(lambda: session._reader._waiting, what="the caller, waiting for the reader")
        go.set()
        assert answer.join() == "slow"


def test_who_receives_does_it_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        reader, ended = session._reader, session._reader.done.is_set
        other = Background(lambda: reader.wait(session._connections, ended, Deadline(10), 0))
        wait_for(lambda: reader._turn.locked(), what="the other, receiving")
        assert exchange(session, "x") == "x", "received by the other"
        session.close()
        assert other.join()


def test_one_waits_while_another_receives(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        reader = session._reader
        with reader._turn:
            waiting = Background(lambda: exchange(session, "x"))
            wait_for(lambda: reader._waiting, what="the caller, without the turn")
        reader.recall()
        assert waiting.join() == "x"


def test_a_reader_that_is_called_twice_comes_once() -> None:
    with RawServer() as server, open_session(server) as session:
        reader = module.Reader(session._reader.current)
        reader.recall()
        assert reader._gate.locked(), "it does not stand aside"
        reader._aside = True
        reader.recall()
        reader.recall()
        assert not reader._gate.locked()


def test_many_threads_ask_at_once() -> None:
    with RawServer() as server, open_session(server) as session:

        def ask(name: int) -> list[str]:
            return [session.request(f"{name}-{number}", f"{name}-{number}").text for number in range(100)]

        threads = [Background(lambda name=name: ask(name)) for name in range(4)]  # type: ignore[misc]
        for name, thread in enumerate(threads):
            assert thread.join() == [f"{name}-{number}" for number in range(100)]
        received = [message.text for message in session.messages if message.direction == "received"]
        sent = [message.text for message in session.messages if message.direction == "sent"]
        assert received[1:] == sent, "the order of the log is the order on the wire"


def test_the_server_closes_while_the_caller_receives(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(peer: Peer) -> None:
        while (message := peer.read())[1] != b"close":
            peer.send(text(message[1].decode()))
        peer.close(1001, "gone")

    with aside(monkeypatch, script) as session:
        session.send("close")
        with pytest.raises(kws.CloseError, match="1001"):
            session.read()
        assert session.join(10)
        assert session.state == "closed"


def test_what_fails_where_the_caller_receives_ends_the_session_as_in_the_reader(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(*_: object) -> int:
        raise ZeroDivisionError("ours")

    with aside(monkeypatch) as session, caplog.at_level(logging.ERROR):
        monkeypatch.setattr(session._connections.counters, "received", defect)
        session.send("x")
        with pytest.raises(kws.Error, match="reading was given up: ZeroDivisionError: ours"):
            session.read()
        assert "the reader of test failed" in caplog.text


def test_a_paused_session_is_not_read_by_the_caller_either(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        session.pause()
        with pytest.raises(kws.TimeoutError):
            session.read(0.05)
        session.send("held")
        session.resume()
        answer = session.read()
        assert answer is not None
        assert answer.text == "held"


def test_a_log_that_is_full_calls_the_reader_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch, max_messages=100, on_full="close") as session:
        with contextlib.suppress(kws.Error):
            for number in range(200):
                session.send(str(number))
                if session.read() is None:  # what comes while it closes is discarded
                    break
        assert session.join(10)
        assert any("the log is full" in text for text in told(session))
        assert len(session.messages) < 110


@pytest.mark.parametrize("done", [False, True])
def test_an_interrupt_before_waiting_leaves_nobody_in_the_list(done: bool) -> None:
    class Waiting(list[int]):
        def append(self, item: int) -> None:
            if done:
                super().append(item)
            raise KeyboardInterrupt

    with RawServer() as server, open_session(server) as session:
        waiting = session._reader._waiting = Waiting()
        with pytest.raises(KeyboardInterrupt):
            session.read(5)
        assert list(waiting) == []
        session._reader._waiting = []
        session.send("x")
        assert session.read(5) is not None


def test_an_interrupt_loses_nothing_that_was_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waited for the end of a shield strikes in `receive`, when rows were handed over already."""
    with aside(monkeypatch) as session:
        connection = session.client.connection
        receive = connection.receive

        def interrupted(*arguments: Any, **named: Any) -> None:
            receive(*arguments, **named)
            monkeypatch.setattr(connection, "receive", receive)
            raise KeyboardInterrupt

        monkeypatch.setattr(connection, "receive", interrupted)
        session.send("kept")
        with pytest.raises(KeyboardInterrupt):
            session.read()
        answer = session.read()
        assert answer is not None
        assert answer.text == "kept"
        assert exchange(session, "usable") == "usable"


def test_interrupts_at_any_moment_of_questions_and_answers() -> None:
    """SIGINT comes every few milliseconds: each message is once in the log, and each answer, in order."""
    with RawServer() as server, open_session(server) as session:
        asked = 0

        def step() -> None:
            nonlocal asked
            while asked < 5_000:
                asked += 1
                session.send(str(asked))
                session.read()

        with Nagging(0.003) as nagging:
            while asked < 5_000:
                nagging.survive(step)
        sent = [message.text for message in session.messages if message.direction == "sent"]
        wait_for(lambda: session.stats.received_messages == len(sent), what="the last answer")
        assert [m.text for m in session.messages if m.direction == "received" and m.kind == "text"] == sent
        assert len(set(sent)) == len(sent) > 4_000
        assert nagging.count


def test_the_time_of_a_pong_counts_although_the_reader_stood_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    with aside(monkeypatch) as session:
        assert session.ping() < 10


def test_on_pong_stays_on_the_reader_thread() -> None:
    with RawServer() as server, open_session(server, on_pong=lambda *_: None) as session:
        for number in range(50):
            assert exchange(session, str(number)) == str(number)
        assert not session._reader._received_for_itself
