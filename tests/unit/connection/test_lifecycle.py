"""Every way a connection can end: what `read` raises, which state, code and reason are left, and which close frame left."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.raw_server import CLOSE, PING, PONG, TEXT, Peer, RawServer, close_frame, frame, text


def everything(client: Client) -> tuple[list[Any], BaseException | None]:
    """Read to the end: the messages, and what was raised."""
    got: list[Any] = []
    try:
        got.extend(client)
    except kws.Error as error:
        return got, error
    return got, None


#: With a receive buffer of 4 KiB at the server, a message of 256 KiB blocks its sender.
SMALL = {"socket_options": [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)], "compression": False}
BIG = b"x" * (256 << 10)


def wait_bytes(peer: Peer) -> None:
    """Wait until the client has begun to send, and leave it in the socket."""
    select.select([peer.sock], [], [], 10)


def facts(client: Client) -> tuple[str, bool, bool, bool, bool]:
    return client.state, client.connected, client.open, client.closing, client.closed


def test_open() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        assert facts(client) == ("open", True, True, False, False)
        assert (client.close_code, client.close_reason, client.outcome, client.failure) == (None, None, None, None)


def test_closed_by_us() -> None:
    with RawServer(Peer.answer_close) as server:
        client = Client.connect(server.url)
        client.close(4001, "bye")
        assert facts(client) == ("closed", False, False, False, True)
        assert (client.close_code, client.close_reason) == (4001, "bye")
        assert server.result() == (4001, "bye")
        assert everything(client) == ([], None)
        assert client.read() is None
        client.close()  # again: nothing more
        client.goodbye()


def test_messages_before_our_close_is_answered_are_delivered() -> None:
    def script(peer: Peer) -> None:
        peer.expect(CLOSE)
        peer.send(text("late") + text("later") + close_frame())

    with RawServer(script) as server:
        client = Client.connect(server.url)
        client.close()
        assert everything(client) == (["late", "later"], None)


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (1000, "", "the server closed with 1000 (normal closure)"),
        (1001, "deploy", 'the server closed with 1001 (going away) "deploy"'),
        (1011, "", "the server closed with 1011 (internal error)"),
        (4000, "no", 'the server closed with 4000 (application code) "no"'),
        (None, "", "the server closed with 1005 (no status code)"),
    ],
)
def test_closed_by_the_server(code: int | None, reason: str, words: str) -> None:
    with RawServer(lambda peer: (peer.send(text("last words")), peer.close(code, reason))[1]) as server:
        client = Client.connect(server.url)
        got, error = everything(client)
        assert got == ["last words"]
        assert isinstance(error, kws.CloseError)
        assert not isinstance(error, EOFError)
        assert (error.code, error.reason, error.message, error.url) == (code or 1005, reason, words, client.url)
        assert (client.close_code, client.close_reason, client.state) == (code or 1005, reason, "closed")
        # Answered with the code received (RFC 6455 section 5.5.1).
        assert server.result() == [(CLOSE, close_frame(code, reason)[2:])]
        with pytest.raises(kws.CloseError) as again:
            client.read()
        assert again.value is not error
        client.close()  # too late: the outcome stays
        client.abort()
        with pytest.raises(kws.CloseError):
            client.read()


def test_close_frames_that_cross() -> None:
    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.expect(TEXT)
        peer.send(close_frame(1001))
        return peer.read_all()

    with RawServer(script) as server:
        client = Client.connect(server.url)
        client.send("go")
        client.close(1000)
        assert everything(client) == ([], None)
        assert client.close_code == 1001
        assert [opcode for opcode, _ in server.result()] == [CLOSE]  # no second one, ever


def test_eof() -> None:
    with RawServer(lambda peer: peer.send(text("one") + text("two"))) as server:
        client = Client.connect(server.url)
        got, error = everything(client)
        assert got == ["one", "two"]
        assert type(error) is kws.EOFError
        assert str(error) == f"{client.url}: the connection ended without a close frame (1006)"
        assert (client.close_code, client.close_reason) == (1006, "")
        client.close()
        client.abort()
        client.goodbye()
        assert isinstance(client.failure, kws.EOFError)  # closing a dead connection does not make it a close of ours


def test_eof_for_an_answer_to_our_close() -> None:
    with RawServer(lambda peer: peer.expect(CLOSE)) as server:
        client = Client.connect(server.url)
        client.close()
        assert everything(client) == ([], None)
        assert str(client.outcome) == f"{client.url}: the server answered our close frame by ending the connection (1006)"
        assert client.close_code == 1006


def test_reset() -> None:
    with RawServer(lambda peer: (peer.expect(TEXT), peer.reset())) as server:
        client = Client.connect(server.url)
        client.send("go")
        got, error = everything(client)
        assert got == []
        assert type(error) is kws.EOFError
        assert error.message == "the connection broke: Connection reset by peer (1006)"
        assert isinstance(error.__cause__, ConnectionResetError)


def test_reset_after_our_close() -> None:
    with RawServer(lambda peer: (peer.expect(CLOSE), peer.reset())) as server:
        client = Client.connect(server.url)
        client.close()
        assert everything(client) == ([], None)
        assert isinstance(client.outcome, kws.EOFError)


def test_the_server_never_answers_our_close() -> None:
    with RawServer(Peer.hang) as server:
        client = Client.connect(server.url, close_timeout=0.2)
        started = time.monotonic()
        client.close()
        assert 0.2 <= time.monotonic() - started < 0.2 + 0.1
        assert everything(client) == ([], None)
        assert isinstance(client.outcome, kws.TimeoutError)
        assert (client.outcome.phase, client.outcome.seconds) == ("close", 0.2)
        assert client.outcome.message == "the server did not answer our close frame within 0.2 s"


def test_the_server_answers_our_close_in_the_middle_of_a_frame() -> None:
    with RawServer(lambda peer: (peer.send(text("x" * 100)[:50]), peer.hang())) as server:
        client = Client.connect(server.url, close_timeout=0.1)
        client.close()
        assert client.closed


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"\xf1\x00", 1002, "reserved bits set"),
        (frame(TEXT, b"\xff"), 1007, "not UTF-8"),
        (frame(TEXT, b"x" * 101), 1009, "more than max_size=100"),
    ],
)
def test_refused(data: bytes, code: int, words: str) -> None:
    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.send(text("before") + data)
        return peer.read_all()

    with RawServer(script) as server:
        client = Client.connect(server.url, max_size=100)
        got, error = everything(client)
        assert got == ["before"]
        assert isinstance(error, kws.ProtocolError)
        assert words in error.message
        assert (error.close_code, error.url, client.close_code) == (code, client.url, 1006)
        ((opcode, payload),) = server.result()
        assert (opcode, payload[:2]) == (CLOSE, code.to_bytes(2, "big"))
        assert payload[2:].decode() == error.message.encode()[:123].decode("utf-8", "ignore")


def test_a_broken_frame_for_an_answer_to_our_close() -> None:
    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.expect(CLOSE)
        peer.send(b"\xf1\x00")
        return peer.read_all()

    with RawServer(script) as server:
        client = Client.connect(server.url)
        client.close()
        assert isinstance(everything(client)[1], kws.ProtocolError)
        assert server.result() == []  # our close frame was sent already


def test_the_ping_timeout() -> None:
    with RawServer(Peer.hang) as server:
        client = Client.connect(server.url, ping_interval=0.05, ping_timeout=0.1)
        got, error = everything(client)
        assert got == []
        assert isinstance(error, kws.TimeoutError)
        assert (error.phase, error.seconds) == ("ping", 0.1)
        assert str(error) == (
            f"{client.url}: no sign of life within 0.1 s after a ping: closed by our ping_timeout; "
            "the server or the network hangs; ping_timeout=None waits for ever"
        )
        assert client.close_code == 1006


def test_any_bytes_after_the_ping_are_life() -> None:
    def script(peer: Peer) -> None:
        for at in range(4):
            assert peer.expect(PING)
            peer.send(text(str(at)))  # no pong, ever
        peer.close()

    with RawServer(script) as server:
        client = Client.connect(server.url, ping_interval=0.05, ping_timeout=0.5)
        assert everything(client)[0] == ["0", "1", "2", "3"]


def test_abort() -> None:
    with RawServer(Peer.read_all) as server:
        client = Client.connect(server.url)
        client.abort()
        assert facts(client) == ("closed", False, False, False, True)
        assert server.result() == []  # no close frame
        assert everything(client) == ([], None)
        assert client.close_code == 1006
        client.abort()


def test_abort_with_reset() -> None:
    def script(peer: Peer) -> str:
        try:
            return str(peer.sock.recv(1))
        except ConnectionResetError:
            return "reset"

    with RawServer(script) as server:
        client = Client.connect(server.url)
        client.abort(reset=True)
        assert server.result() == "reset"
        assert client.closed


@pytest.mark.parametrize("reset", [False, True])
def test_abort_while_another_thread_reads(reset: bool) -> None:
    with RawServer(lambda peer: (peer.send(text("one")), peer.read_all())) as server:
        client = Client.connect(server.url)
        first, ends = threading.Event(), []

        def read() -> None:
            assert client.read() == "one"
            first.set()
            ends.append(everything(client))

        reader = threading.Thread(target=read)
        reader.start()
        assert first.wait(10)
        client.abort(reset=reset)
        reader.join(10)
        assert ends == [([], None)]
        assert client.closed


def test_goodbye_waits_for_nothing() -> None:
    with RawServer(Peer.answer_close) as server:
        client = Client.connect(server.url)
        client.goodbye()
        assert client.state == "closing"
        assert server.result() == (1001, "going away")
        assert client.close_code is None
        assert client.close_reason is None
        assert client.read() is None


def test_the_server_keeps_tcp_open_after_the_closing_handshake() -> None:
    def script(peer: Peer) -> None:
        peer.send(frame(CLOSE, peer.expect(CLOSE)))
        peer.wait_end()  # ours comes first then
        with contextlib.suppress(OSError):
            while True:  # and nobody listens any more
                peer.send(b"rubbish")

    with RawServer(script) as server:
        client = Client.connect(server.url, close_timeout=0.3)
        started = time.monotonic()
        client.close()
        assert time.monotonic() - started < 0.3 + 0.1
        assert client.close_code == 1000


def test_the_server_is_gone_before_our_answer() -> None:
    def script(peer: Peer) -> None:
        peer.expect(TEXT)
        peer.send(text("x") + close_frame(1011))
        peer.reset()

    with RawServer(script) as server:
        client = Client.connect(server.url)
        client.send("go")
        error = everything(client)[1]
        assert isinstance(error, kws.CloseError)  # 1011, or 1006 when the reset overtook the close frame


def test_reset_after_the_closing_handshake() -> None:
    def script(peer: Peer) -> None:
        peer.send(close_frame(1001))
        peer.expect(CLOSE)
        select.select([peer.sock], [], [], 10)  # our FIN
        peer.send(b"x")
        peer.reset()

    with RawServer(script) as server:
        client = Client.connect(server.url)
        assert str(everything(client)[1]) == f"{client.url}: the server closed with 1001 (going away)"


def test_what_a_dropped_socket_raises_is_no_outcome() -> None:
    with RawServer() as server:
        client = Client.connect(server.url)
        client.abort()
        assert client._broken(OSError(9, "Bad file descriptor")) is None


def test_our_answer_waits_for_a_server_that_does_not_read() -> None:
    """The close frame is queued behind a message the server is slow to take; it still leaves."""

    def script(peer: Peer) -> int:
        wait_bytes(peer)
        peer.send(close_frame(1012))
        started.wait(10)
        return len(peer.read_all())

    started = threading.Event()
    with RawServer(script, receive_buffer=4096) as server:
        client = Client.connect(server.url, **SMALL)
        sender = threading.Thread(target=client.send, args=(BIG,))
        sender.start()
        timer = threading.Timer(0.2, started.set)
        timer.start()
        assert isinstance(everything(client)[1], kws.CloseError)
        sender.join(10)
        timer.join()
        assert server.result() == 2  # the message and the close frame


def test_our_answer_to_a_server_that_never_reads() -> None:
    with RawServer(lambda peer: (wait_bytes(peer), peer.send(close_frame(1012)), peer.hang()), receive_buffer=4096) as server:
        client = Client.connect(server.url, close_timeout=0.3, **SMALL)
        problems: list[BaseException] = []

        def send() -> None:
            try:
                client.send(BIG)
            except kws.Error as error:
                problems.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        assert isinstance(everything(client)[1], kws.CloseError)
        sender.join(10)
        assert isinstance(problems[0], kws.SocketError)
        assert str(problems[0]) == f"{client.url}: sending failed: the connection was closed while sending"


def test_the_stream_ends_while_our_answer_waits() -> None:
    def script(peer: Peer) -> None:
        wait_bytes(peer)
        peer.send(close_frame(1012))
        peer.sock.shutdown(socket.SHUT_WR)  # no more from us; and nothing is read
        peer.hang()

    def send() -> None:
        with pytest.raises(kws.SocketError):
            client.send(BIG)

    with RawServer(script, receive_buffer=4096) as server:
        client = Client.connect(server.url, close_timeout=2, **SMALL)
        sender = threading.Thread(target=send)
        sender.start()
        assert isinstance(everything(client)[1], kws.CloseError)
        sender.join(10)


def test_pings_are_answered_until_we_close() -> None:
    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.send(frame(PING, b"a"))
        first = peer.expect(PONG)
        peer.expect(CLOSE)
        peer.send(frame(PING, b"b") + close_frame())
        return [(PONG, first), *peer.read_all()]

    with RawServer(script) as server:
        client = Client.connect(server.url)
        with pytest.raises(kws.TimeoutError):
            client.read(timeout=0.2)
        client.close()
        assert server.result() == [(PONG, b"a")]  # nothing behind our close frame
