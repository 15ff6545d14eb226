"""Bytes through a stream: both directions, the TLS handshake and the end, plain and under TLS."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.stream import Stream
from tests.lab.certificates import GOOD
from tests.lab.ends import (
    BIG,
    DEADLINE,
    Background,
    Ends,
    client_context,
    connected,
    fill,
    receive,
    receive_end,
    tcp_pair,
)
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for

# --- bytes in and out


def test_both_directions(ends: Ends) -> None:
    ends.stream.send(b"to the server", DEADLINE)
    assert ends.read(13) == b"to the server"
    ends.peer.sendall(b"to the client")
    assert receive(ends.stream, 13) == b"to the client"
    assert ends.stream.receive_into(memoryview(bytearray(10))) is None
    assert not ends.stream.writes.pending
    assert ends.stream.writes.written > 0


def test_the_rest_of_a_frame_gathers_while_much_comes_at_once(ends: Ends) -> None:
    """Not under TLS, where the kernel counts other bytes; and not for a frame that drips in."""
    stream, asked = ends.stream, []
    wait = stream._poller.wait
    stream._poller.wait = lambda *args, **kwargs: asked.append(kwargs["least"]) or wait(*args, **kwargs)  # type: ignore

    def after(size: int, missing: int) -> int:
        ends.peer.sendall(bytes(size))
        receive(stream, size)
        stream.wait(Deadline(0), missing=missing)
        return int(asked[-1])

    plain = stream.tls is None
    assert after(10, 1 << 20) == 1
    buffer = memoryview(bytearray(1 << 20))
    ends.peer.sendall(bytes(70_000))
    got = []
    while sum(got) < 70_000:
        got += [stream.receive_into(buffer) or 0]
    stream._streams = got[-1] >= 65_536  # loopback may cut it
    stream.wait(Deadline(0), missing=300_000)
    assert asked[-1] == (300_000 if plain and stream._streams else 1)
    stream._streams = plain
    stream.wait(Deadline(0), missing=1 << 30)
    assert asked[-1] == (1 << 20 if plain else 1)
    stream.wait(Deadline(0), missing=100)
    assert asked[-1] == 1
    assert stream.receive_into(buffer) is None
    stream.wait(Deadline(0), missing=1 << 20)
    assert asked[-1] == 1


def test_more_is_told_while_waiting_for_the_socket_would_be_wrong(ends: Ends) -> None:
    """What TLS holds already would not wake anybody."""
    stream, buffer, got = ends.stream, memoryview(bytearray(4)), b""
    ends.peer.sendall(b"0123456789")
    assert stream.wait(Deadline(DEADLINE))
    while len(got) < 10:
        count = stream.receive_into(buffer)
        if count is None:
            assert not stream.more
            assert stream.wait(Deadline(DEADLINE))
            continue
        got += buffer[:count]
        assert stream.more == (count == len(buffer))
    assert stream.receive_into(buffer) is None
    assert not stream.more


def test_an_end_of_tls_behind_data_needs_no_more_of_the_socket() -> None:
    """The server ended TLS but not TCP: who waited for the socket would wait for ever."""
    with connected(True) as ends:
        stream, buffer = ends.stream, memoryview(bytearray(100))
        ends.peer.sendall(b"last")
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            ends.peer.settimeout(0)
            ends.peer.unwrap()
        assert stream.wait(Deadline(DEADLINE))
        assert stream.receive_into(buffer) == 4
        assert stream.more
        assert stream.receive_into(buffer) == 0


def test_a_large_message_leaves_in_pieces(ends: Ends) -> None:
    reader = Background(lambda: ends.read(len(BIG)))
    ends.stream.send(BIG, DEADLINE)
    assert reader.join() == BIG
    writer = Background(lambda: ends.peer.sendall(BIG))
    assert receive(ends.stream, len(BIG)) == BIG
    writer.join()


def test_a_blocked_writer_never_stops_the_receiver(ends: Ends) -> None:
    item = fill(ends)
    writer = Background(lambda: ends.stream.writes.finish(item, None))
    for number in range(20):
        ends.peer.sendall(b"message %02d" % number)
        assert receive(ends.stream, 10) == b"message %02d" % number
    assert writer.alive
    reader = Background(lambda: ends.read(len(BIG)))
    writer.join()
    assert reader.join() == BIG


# --- ends


@pytest.mark.parametrize("how", ["close", "abort", "reset"])
def test_the_end_wakes_everybody(ends: Ends, how: str) -> None:
    item = fill(ends)
    poller = ends.stream._poller
    reader = Background(lambda: ends.stream.wait(Deadline(None)))
    writers = [Background(lambda: ends.stream.writes.finish(item, None)) for _ in range(2)]
    wait_for(lambda: len(poller._users) == 3, what="three waiters")
    if how == "close":
        ends.stream.close()
    else:
        ends.stream.abort(reset=how == "reset")
    assert reader.join()
    for writer in writers:
        with pytest.raises(BrokenPipeError):
            writer.join()
    wait_for(lambda: ends.stream._sock.fileno() == -1, what="the socket's end")
    assert ends.stream.closed
    assert ends.stream.wait(Deadline(None))
    assert ends.stream.wait(Deadline(None), read=False, write=True)
    assert ends.stream.receive_into(memoryview(bytearray(10))) == 0
    ends.stream.wake()
    ends.stream.writes.drain()
    ends.stream.close()
    ends.stream.abort(reset=True)
    with pytest.raises(BrokenPipeError, match="closed while sending"):
        ends.stream.send(b"x", DEADLINE)


def test_reset_is_a_reset(plain: Ends) -> None:
    plain.stream.abort(reset=True)
    with pytest.raises(ConnectionResetError):
        plain.peer.recv(10)


def test_reset_of_a_socket_that_takes_no_options(plain: Ends) -> None:
    unix, other = socket.socketpair()
    stream = Stream(unix)
    os.close(unix.detach())
    stream.abort(reset=True)
    other.close()


def test_close_of_a_connection_that_is_gone(plain: Ends) -> None:
    plain.stream._sock.shutdown(socket.SHUT_RDWR)
    plain.peer.close()
    plain.stream.close()
    assert plain.stream.closed


def test_the_peers_end(ends: Ends) -> None:
    if isinstance(ends.peer, ssl.SSLSocket):
        ends.peer.sendall(b"last")
        closing = Background(ends.peer.unwrap)
        assert receive(ends.stream, 4) == b"last"
        receive_end(ends.stream)
        ends.stream.shutdown_write()
        closing.join()
    else:
        ends.peer.sendall(b"last")
        ends.peer.shutdown(socket.SHUT_WR)
        assert receive(ends.stream, 4) == b"last"
    receive_end(ends.stream)


def test_a_peer_that_hangs_up_without_close_notify() -> None:
    with connected(True) as ends:
        ends.peer.sendall(b"last")
        assert receive(ends.stream, 4) == b"last"
        os.close(ends.peer.detach())
        receive_end(ends.stream)


def test_shutdown_write(ends: Ends) -> None:
    ends.stream.send(b"bye", DEADLINE)
    ends.stream.shutdown_write()
    assert ends.read(3) == b"bye"
    assert ends.peer.recv(10) == b""
    ends.stream.shutdown_write()  # twice is no error


def test_a_reset_from_the_peer(plain: Ends) -> None:
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    assert plain.stream.wait(Deadline(DEADLINE))
    with pytest.raises(ConnectionResetError):
        plain.stream.receive_into(memoryview(bytearray(10)))
    with pytest.raises(OSError):  # noqa: PT011 - EPIPE or ECONNRESET, as the system likes
        plain.stream.send(b"x", DEADLINE)


def test_shutdown_of_what_is_gone(plain: Ends) -> None:
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    assert plain.stream.wait(Deadline(DEADLINE))
    plain.stream.shutdown_write()


def test_closing_under_a_receiver(plain: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn:
        def recv_into(self, buffer: memoryview) -> int:
            plain.stream.close()
            raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(plain.stream, "_sock", Torn())
    assert plain.stream.receive_into(memoryview(bytearray(10))) == 0


# --- TLS


def test_tls_facts(plain: Ends) -> None:
    assert plain.stream.tls is None
    with connected(True) as ends:
        assert ends.stream.tls is not None
        assert ends.stream.tls.version() == "TLSv1.3"


def handshake_with(server: Callable[[socket.socket], Any], deadline: float = DEADLINE, **given: Any) -> Stream:
    near, far = tcp_pair()
    stream = Stream(near)

    def serve() -> None:
        with far:
            server(far)

    serving = Background(serve)
    try:
        stream.start_tls(client_context(), GOOD, Deadline(deadline), **given)
    finally:
        stream.close()
        with contextlib.suppress(ssl.SSLError, OSError):
            serving.join()
    return stream


def test_handshake_timeout() -> None:
    over = threading.Event()
    with pytest.raises(TimeoutError):
        handshake_with(lambda far: (far.recv(1), far.recv(1 << 16), over.wait(0.2)), 0.1)


def test_handshake_with_a_server_that_hangs_up() -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake_with(lambda far: far.recv(1 << 16))


def test_handshake_refused_by_verification_sends_the_alert() -> None:
    alerts: list[str] = []

    def serve(far: socket.socket) -> None:
        try:
            server_context("selfsigned").wrap_socket(far, server_side=True).recv(10)
        except ssl.SSLError as error:
            alerts.append(error.reason)

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake_with(serve)
    assert alerts == ["TLSV1_ALERT_UNKNOWN_CA"]


def test_vouching_can_refuse() -> None:
    def vouch(tls: ssl.SSLObject) -> None:
        raise PermissionError("not to you")

    with pytest.raises(PermissionError):
        handshake_with(lambda far: far.recv(1 << 16), vouch=vouch)


def test_a_handshake_whose_bytes_do_not_fit() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            near.send(bytes(1 << 16))
    stream = Stream(near)
    try:
        with pytest.raises(TimeoutError):
            stream.start_tls(client_context(), GOOD, Deadline(0.05))
        handshake = Background(lambda: stream.start_tls(client_context(), GOOD, Deadline(DEADLINE)))
        far.settimeout(DEADLINE)
        while b"good.test" not in far.recv(1 << 20):  # the name in the ClientHello
            pass
        far.close()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            handshake.join()
        with pytest.raises(OSError):  # noqa: PT011
            stream.start_tls(client_context(), GOOD, Deadline(DEADLINE))
    finally:
        stream.close()
        far.close()


def test_what_the_server_said_before_it_hung_up_beats_the_broken_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = tcp_pair()
    stream = Stream(near)
    alert = b"\x15\x03\x03\x00\x02\x02\x28"  # handshake_failure
    far.sendall(alert)
    wait_for(lambda: near.recv(100, socket.MSG_PEEK), what="the alert")
    flush = BrokenPipeError("gone")

    def broken(deadline: Deadline) -> None:
        raise flush

    monkeypatch.setattr(stream.writes, "flush", broken)
    try:
        with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
            stream.start_tls(client_context(), GOOD, Deadline(DEADLINE))
        with pytest.raises(BrokenPipeError):
            stream.start_tls(client_context(), GOOD, Deadline(DEADLINE))
    finally:
        stream.close()
        far.close()


def test_a_stream_that_nobody_holds_is_closed() -> None:
    """An interrupt can strike between two steps of connecting; a socket that is left to the garbage collector would warn (an error here)."""
    ours, theirs = socket.socketpair()
    with theirs:
        stream = Stream(ours)
        del stream, ours
        assert theirs.recv(1) == b""
