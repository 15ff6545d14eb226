"""Bytes through a channel: partial writes, blocked writers, timeouts, wakes and ends, plain and under TLS."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.poller import Readiness
from kontena_ws_nb.transport.stream import Channel
from kontena_ws_nb.transport.tls_records import Records
from kontena_ws_nb.transport.write_queue import Outgoing, WriteStalledError
from tests.lab.certificates import GOOD, lab
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for

DEADLINE = 10.0
BIG = bytes(range(256)) * 40_000  # 10 MB: more than any socket buffer


class Ends:
    """A channel, and the other end of its connection, blocking, under TLS or not."""

    def __init__(self, channel: Channel, peer: Any) -> None:
        self.channel = channel
        self.peer = peer

    def read(self, count: int) -> bytes:
        """Read exactly so much at the other end."""
        got = bytearray()
        while len(got) < count:
            data = self.peer.recv(min(1 << 16, count - len(got)))
            assert data, f"ended after {len(got)} of {count} bytes"
            got += data
        return bytes(got)


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    far.settimeout(DEADLINE)
    return near, far


def client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=lab().ca_file)


class Background:
    """A thread whose error is raised by `join`."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._function()
        except BaseException as error:
            self.error = error

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> Any:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive(), "still waiting"
        if self.error is not None:
            raise self.error
        return self.result


@contextlib.contextmanager
def connected(tls: bool, version: str | None = None) -> Iterator[Ends]:
    context = client_context()  # before the server's: the lab is made once
    near, far = tcp_pair()
    channel = Channel(near)
    try:
        if tls:
            server = Background(lambda: server_context(tls=version).wrap_socket(far, server_side=True))
            channel.start_tls(context, GOOD, Deadline(DEADLINE))
            far = server.join()
            far.sendall(b"!")
            assert receive(channel, 1) == b"!"  # and the session tickets before it
        yield Ends(channel, far)
    finally:
        channel.close()
        far.close()


@pytest.fixture(params=["plain", "tls"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with connected(request.param == "tls") as made:
        yield made


@pytest.fixture
def plain() -> Iterator[Ends]:
    with connected(False) as made:
        yield made


def receive(channel: Channel, count: int) -> bytes:
    got = bytearray()
    buffer = bytearray(1 << 16)
    while len(got) < count:
        with memoryview(buffer) as view:
            size = channel.receive_into(view)
        if size is None:
            assert channel.wait(Deadline(DEADLINE)), f"nothing after {len(got)} bytes"
            continue
        assert size, f"ended after {len(got)} bytes"
        got += buffer[:size]
    return bytes(got)


def receive_end(channel: Channel) -> None:
    buffer = bytearray(100)
    while (count := channel.receive_into(memoryview(buffer))) != 0:
        assert count is None
        assert channel.wait(Deadline(DEADLINE))


def fill(ends: Ends) -> Outgoing:
    """Begin a write that the other end does not take."""
    item = ends.channel.submit(BIG)
    assert not item.done
    assert item.started
    return item


# --- bytes in and out


def test_both_directions(ends: Ends) -> None:
    ends.channel.send(b"to the server", DEADLINE)
    assert ends.read(13) == b"to the server"
    ends.peer.sendall(b"to the client")
    assert receive(ends.channel, 13) == b"to the client"
    assert ends.channel.receive_into(memoryview(bytearray(10))) is None
    assert not ends.channel.pending
    assert ends.channel.written > 0


def test_more_is_told_while_waiting_for_the_socket_would_be_wrong(ends: Ends) -> None:
    """What TLS holds already would not wake anybody."""
    channel, buffer, got = ends.channel, memoryview(bytearray(4)), b""
    ends.peer.sendall(b"0123456789")
    assert channel.wait(Deadline(DEADLINE))
    while len(got) < 10:
        count = channel.receive_into(buffer)
        if count is None:
            assert not channel.more
            assert channel.wait(Deadline(DEADLINE))
            continue
        got += buffer[:count]
        assert channel.more == (count == len(buffer))
    assert channel.receive_into(buffer) is None
    assert not channel.more


def test_an_end_of_tls_behind_data_needs_no_more_of_the_socket() -> None:
    """The server ended TLS but not TCP: who waited for the socket would wait for ever."""
    with connected(True) as ends:
        channel, buffer = ends.channel, memoryview(bytearray(100))
        ends.peer.sendall(b"last")
        with contextlib.suppress(TimeoutError, ssl.SSLError):
            ends.peer.settimeout(0)
            ends.peer.unwrap()
        assert channel.wait(Deadline(DEADLINE))
        assert channel.receive_into(buffer) == 4
        assert channel.more
        assert channel.receive_into(buffer) == 0


def test_nothing_is_sent_at_once(ends: Ends) -> None:
    ends.channel.send(b"", DEADLINE)
    ends.channel.send(b"x", DEADLINE)
    assert ends.read(1) == b"x"


def test_a_large_message_leaves_in_pieces(ends: Ends) -> None:
    reader = Background(lambda: ends.read(len(BIG)))
    ends.channel.send(BIG, DEADLINE)
    assert reader.join() == BIG
    writer = Background(lambda: ends.peer.sendall(BIG))
    assert receive(ends.channel, len(BIG)) == BIG
    writer.join()


def test_pieces_are_made_when_it_is_their_turn(ends: Ends) -> None:
    made: list[int] = []

    def behind() -> Iterator[bytes]:
        for number in range(200):
            made.append(number)
            yield bytes([number]) * 60_000

    item = ends.channel.submit(b"first", behind=behind())
    behind_it = ends.channel.submit(b"next")
    assert len(made) < 200
    assert not item.done
    reader = Background(lambda: ends.read(5 + 200 * 60_000 + 4))
    ends.channel.finish(behind_it, DEADLINE)
    assert item.done
    assert reader.join() == b"first" + b"".join(bytes([number]) * 60_000 for number in range(200)) + b"next"


def test_many_writers_keep_their_messages_whole(ends: Ends) -> None:
    def write(letter: bytes) -> None:
        for _ in range(20):
            ends.channel.send(letter * 5000, DEADLINE)

    writers = [Background(lambda letter=letter: write(letter)) for letter in (b"a", b"b", b"c")]  # type: ignore[misc]
    got = ends.read(3 * 20 * 5000)
    for writer in writers:
        writer.join()
    for begin in range(0, len(got), 5000):
        assert len(set(got[begin : begin + 5000])) == 1


# --- a writer that is blocked


def test_a_blocked_writer_never_stops_the_receiver(ends: Ends) -> None:
    item = fill(ends)
    writer = Background(lambda: ends.channel.finish(item, None))
    for number in range(20):
        ends.peer.sendall(b"message %02d" % number)
        assert receive(ends.channel, 10) == b"message %02d" % number
    assert writer.alive
    reader = Background(lambda: ends.read(len(BIG)))
    writer.join()
    assert reader.join() == BIG


def test_control_frames_queue_behind_a_blocked_writer(ends: Ends) -> None:
    fill(ends)
    ends.channel.queue(b"ping")
    assert ends.channel.pending

    def drain() -> None:
        while ends.channel.pending:
            assert ends.channel.wait(Deadline(DEADLINE), write=True)
            ends.channel.drain()

    drainer = Background(drain)
    assert ends.read(len(BIG) + 4) == BIG + b"ping"
    drainer.join()


def test_write_timeout_before_the_message_began(ends: Ends) -> None:
    first = fill(ends)
    with pytest.raises(WriteStalledError) as caught:
        ends.channel.send(b"never", 0.05)
    assert not caught.value.partial
    assert ends.channel.pending
    reader = Background(lambda: ends.read(len(BIG) + 5))
    ends.channel.finish(first, DEADLINE)
    ends.channel.send(b"later", DEADLINE)
    assert reader.join() == BIG + b"later"


def test_write_timeout_in_the_middle_of_a_message(ends: Ends) -> None:
    item = fill(ends)
    with pytest.raises(WriteStalledError) as caught:
        ends.channel.finish(item, 0.05)
    assert caught.value.partial
    assert not ends.channel.pending, "nothing can be written any more"
    with pytest.raises(BrokenPipeError, match="cut off by write_timeout"):
        ends.channel.send(b"after", DEADLINE)


def test_progress_restarts_write_timeout(plain: Ends) -> None:
    item = fill(plain)
    writer = Background(lambda: plain.channel.finish(item, 0.5))
    got = 0
    while got < len(BIG):
        got += len(plain.peer.recv(1 << 20))
    writer.join()
    plain.channel.finish(item, 0.0)  # done: no timeout


def test_a_write_done_meanwhile_does_not_time_out(plain: Ends) -> None:
    item = Outgoing(b"x")
    item.done = True
    plain.channel._give_up(item)


def test_withdrawing_a_message_others_build_on(plain: Ends) -> None:
    restarts: list[str] = []
    lock = threading.Lock()

    def withdrawn() -> None:
        assert lock.locked()
        restarts.append("again")

    fill(plain)
    item = plain.channel.submit(b"compressed", withdrawn)
    with pytest.raises(WriteStalledError) as caught:
        plain.channel.finish(item, 0.05, lock)
    assert not caught.value.partial
    assert restarts == ["again"]
    one = plain.channel.submit(b"compressed 1", withdrawn)
    plain.channel.submit(b"plain")
    plain.channel.submit(b"compressed 2", withdrawn)
    with pytest.raises(WriteStalledError) as caught:
        plain.channel.finish(one, 0.05, lock)
    assert caught.value.partial, "the second cannot be read without the first"
    assert restarts == ["again"]


# --- waiting and waking


def test_waiting_for_nothing_ends_with_the_deadline(plain: Ends) -> None:
    assert not plain.channel.wait(Deadline(0.01))
    assert not plain.channel.wait(Deadline(-1))
    assert plain.channel.wait(Deadline(0.0), write=True)


def test_wake(plain: Ends) -> None:
    waiter = Background(lambda: plain.channel.wait(Deadline(None)))
    plain.channel.wake()
    assert waiter.join()
    for _ in range(5000):  # more than the pair holds is no error
        plain.channel.wake()
    assert plain.channel.wait(Deadline(DEADLINE))
    assert not plain.channel.wait(Deadline(0.01)), "all wakes were taken"


def test_a_wake_does_not_reach_writers(plain: Ends) -> None:
    fill(plain)
    plain.channel.wake()
    assert not plain.channel.wait(Deadline(0.02), read=False, write=True)
    assert plain.channel.wait(Deadline(0)), "the reader's wake is still there"


def test_a_wake_that_was_taken_already(plain: Ends) -> None:
    plain.channel._ready._take_wakes()
    assert not plain.channel.wait(Deadline(0.01))


# --- ends


@pytest.mark.parametrize("how", ["close", "abort", "reset"])
def test_the_end_wakes_everybody(ends: Ends, how: str) -> None:
    item = fill(ends)
    ready = ends.channel._ready
    reader = Background(lambda: ends.channel.wait(Deadline(None)))
    writers = [Background(lambda: ends.channel.finish(item, None)) for _ in range(2)]
    wait_for(lambda: ready._users == 3, what="three waiters")
    if how == "close":
        ends.channel.close()
    else:
        ends.channel.abort(reset=how == "reset")
    assert reader.join()
    for writer in writers:
        with pytest.raises(BrokenPipeError):
            writer.join()
    wait_for(lambda: ends.channel._sock.fileno() == -1, what="the socket's end")
    assert ends.channel.closed
    assert ends.channel.wait(Deadline(None))
    assert ends.channel.wait(Deadline(None), read=False, write=True)
    assert ends.channel.receive_into(memoryview(bytearray(10))) == 0
    ends.channel.wake()
    ends.channel.drain()
    ends.channel.close()
    ends.channel.abort(reset=True)
    with pytest.raises(BrokenPipeError, match="closed while sending"):
        ends.channel.send(b"x", DEADLINE)


def test_reset_is_a_reset(plain: Ends) -> None:
    plain.channel.abort(reset=True)
    with pytest.raises(ConnectionResetError):
        plain.peer.recv(10)


def test_reset_of_a_socket_that_takes_no_options(plain: Ends) -> None:
    unix, other = socket.socketpair()
    channel = Channel(unix)
    os.close(unix.detach())
    channel.abort(reset=True)
    other.close()


def test_close_of_a_connection_that_is_gone(plain: Ends) -> None:
    plain.channel._sock.shutdown(socket.SHUT_RDWR)
    plain.peer.close()
    plain.channel.close()
    assert plain.channel.closed


def test_the_peers_end(ends: Ends) -> None:
    if isinstance(ends.peer, ssl.SSLSocket):
        ends.peer.sendall(b"last")
        closing = Background(ends.peer.unwrap)
        assert receive(ends.channel, 4) == b"last"
        receive_end(ends.channel)
        ends.channel.shutdown_write()
        closing.join()
    else:
        ends.peer.sendall(b"last")
        ends.peer.shutdown(socket.SHUT_WR)
        assert receive(ends.channel, 4) == b"last"
    receive_end(ends.channel)


def test_a_peer_that_hangs_up_without_close_notify() -> None:
    with connected(True) as ends:
        ends.peer.sendall(b"last")
        assert receive(ends.channel, 4) == b"last"
        os.close(ends.peer.detach())
        receive_end(ends.channel)


def test_shutdown_write(ends: Ends) -> None:
    ends.channel.send(b"bye", DEADLINE)
    ends.channel.shutdown_write()
    assert ends.read(3) == b"bye"
    assert ends.peer.recv(10) == b""
    ends.channel.shutdown_write()  # twice is no error


def test_a_reset_from_the_peer(plain: Ends) -> None:
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    assert plain.channel.wait(Deadline(DEADLINE))
    with pytest.raises(ConnectionResetError):
        plain.channel.receive_into(memoryview(bytearray(10)))
    with pytest.raises(OSError):  # noqa: PT011 - EPIPE or ECONNRESET, as the system likes
        plain.channel.send(b"x", DEADLINE)


def test_a_broken_send_is_told_to_everybody_who_waits(plain: Ends) -> None:
    item = fill(plain)
    writers = [Background(lambda: plain.channel.finish(item, None)) for _ in range(2)]
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    for writer in writers:
        with pytest.raises(OSError):  # noqa: PT011
            writer.join()


def test_shutdown_of_what_is_gone(plain: Ends) -> None:
    plain.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    plain.peer.close()
    assert plain.channel.wait(Deadline(DEADLINE))
    plain.channel.shutdown_write()


def test_closing_under_a_receiver(plain: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    class Torn:
        def recv_into(self, buffer: memoryview) -> int:
            plain.channel.close()
            raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(plain.channel, "_sock", Torn())
    assert plain.channel.receive_into(memoryview(bytearray(10))) == 0


# --- TLS


def test_tls_facts(plain: Ends) -> None:
    assert plain.channel.tls is None
    with connected(True) as ends:
        assert ends.channel.tls is not None
        assert ends.channel.tls.version() == "TLSv1.3"


class Dripper:
    """Hands every byte on alone, from one socket to another."""

    def __init__(self, source: socket.socket, sink: socket.socket) -> None:
        self._source, self._sink = source, sink
        self.background = Background(self._run)

    def _run(self) -> None:
        self._sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := self._source.recv(1 << 16):
            for byte in data:
                self._sink.sendall(bytes([byte]))
        with contextlib.suppress(OSError):
            self._sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_every_tls_record_byte_by_byte(version: str) -> None:
    near, middle_near = tcp_pair()
    middle_far, far = tcp_pair()
    channel = Channel(near)
    drippers = [Dripper(middle_near, middle_far), Dripper(middle_far, middle_near)]

    def serve() -> None:
        with server_context(tls=version).wrap_socket(far, server_side=True) as tls:
            data = tls.recv(100)
            for number in range(20):
                tls.sendall(data + b" %02d" % number)

    server = Background(serve)
    try:
        channel.start_tls(client_context(), GOOD, Deadline(DEADLINE))
        channel.send(b"question", DEADLINE)
        assert receive(channel, 20 * 11) == b"".join(b"question %02d" % number for number in range(20))
        server.join()
    finally:
        channel.close()
        for dripper in drippers:
            dripper.background.join()
        for sock in (middle_near, middle_far, far):
            sock.close()


def test_several_records_fill_one_buffer() -> None:
    with connected(True) as ends:
        for _ in range(10):
            ends.peer.sendall(b"0123456789")
        wait_for(lambda: len(ends.channel._sock.recv(1 << 16, socket.MSG_PEEK)) >= 10 * 32, what="ten records")
        buffer = bytearray(95)
        assert ends.channel.receive_into(memoryview(buffer)) == 95, "as much as fits"
        assert ends.channel.receive_into(memoryview(buffer)) == 5


@pytest.mark.parametrize("before", [True, False])
def test_a_broken_record_is_told_after_what_stood_before_it_and_every_time(before: bool) -> None:
    with connected(True) as ends:
        raw = socket.socket(fileno=ends.peer.fileno())
        try:
            if before:
                ends.peer.sendall(b"good")
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            if before:
                wait_for(lambda: len(ends.channel._sock.recv(1 << 16, socket.MSG_PEEK)) >= 37 + 26, what="both records")
                assert receive(ends.channel, 4) == b"good"
            for _ in range(2):
                with pytest.raises(ssl.SSLError, match=r"(?i)decryption.failed|bad.record"):
                    receive(ends.channel, 1)
        finally:
            raw.detach()


def test_an_answer_tls_makes_by_itself_is_sent() -> None:
    """A key update with update_requested must be answered (RFC 8446 section 4.6.3); simulated by ciphertext that waits."""
    with connected(True) as ends:
        records = ends.channel._tls
        assert records is not None
        records.encrypt(memoryview(b"by itself"))
        assert ends.channel.pending
        assert ends.channel.receive_into(memoryview(bytearray(10))) is None
        assert ends.read(9) == b"by itself"


def handshake_with(server: Callable[[socket.socket], Any], deadline: float = DEADLINE, **given: Any) -> Channel:
    near, far = tcp_pair()
    channel = Channel(near)

    def serve() -> None:
        with far:
            server(far)

    serving = Background(serve)
    try:
        channel.start_tls(client_context(), GOOD, Deadline(deadline), **given)
    finally:
        channel.close()
        with contextlib.suppress(ssl.SSLError, OSError):
            serving.join()
    return channel


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
    channel = Channel(near)
    try:
        with pytest.raises(TimeoutError):
            channel.start_tls(client_context(), GOOD, Deadline(0.05))
        handshake = Background(lambda: channel.start_tls(client_context(), GOOD, Deadline(DEADLINE)))
        far.settimeout(DEADLINE)
        while b"good.test" not in far.recv(1 << 20):  # the name in the ClientHello
            pass
        far.close()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            handshake.join()
        with pytest.raises(OSError):  # noqa: PT011
            channel.start_tls(client_context(), GOOD, Deadline(DEADLINE))
    finally:
        channel.close()
        far.close()


def test_a_handshake_whose_bytes_leave_in_two_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(False) as ends:
        channel = ends.channel
        calls: list[object] = []
        drain = channel.drain
        monkeypatch.setattr(channel, "drain", lambda: calls.append(1) if len(calls) < 2 else drain())
        channel._queue.append(Outgoing(b"hello"))
        channel._flush(Deadline(DEADLINE))
        assert ends.read(5) == b"hello"


def test_what_the_server_said_before_it_hung_up_beats_the_broken_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = tcp_pair()
    channel = Channel(near)
    alert = b"\x15\x03\x03\x00\x02\x02\x28"  # handshake_failure
    far.sendall(alert)
    wait_for(lambda: near.recv(100, socket.MSG_PEEK), what="the alert")
    flush = BrokenPipeError("gone")

    def broken(deadline: Deadline) -> None:
        raise flush

    monkeypatch.setattr(channel, "_flush", broken)
    try:
        with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
            channel.start_tls(client_context(), GOOD, Deadline(DEADLINE))
        with pytest.raises(BrokenPipeError):
            channel.start_tls(client_context(), GOOD, Deadline(DEADLINE))
    finally:
        channel.close()
        far.close()


def test_records_keep_quiet_at_the_end() -> None:
    records = Records(client_context(), GOOD)
    records.finish()  # the handshake never began
    assert isinstance(records.take(), bytes)
    records.feed(b"")
    assert not records.pending


# --- readiness


def test_who_is_inside_is_waited_for() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    ready = Readiness(near)
    assert ready.enter()
    assert ready.close(shutdown=True)
    assert near.fileno() != -1
    assert not ready.enter()
    assert not ready.close(shutdown=True)
    ready.leave()
    assert near.fileno() == -1
    far.close()


def test_writers_share_one_pair() -> None:
    near, far = socket.socketpair()
    ready = Readiness(near)
    assert ready._writers_wake() is ready._writers_wake()
    ready.close(shutdown=False)
    far.close()


def test_a_writer_that_comes_in_with_the_end() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    ready = Readiness(near)
    assert ready.enter()
    ready.close(shutdown=False)
    assert ready._writers_wake().recv(1) == b"", "it does not wait"
    ready.leave()
    far.close()


def test_a_channel_that_nobody_holds_is_closed() -> None:
    """An interrupt can strike between two steps of connecting; a socket that is left to the garbage collector would warn (an error here)."""
    ours, theirs = socket.socketpair()
    with theirs:
        channel = Channel(ours)
        del channel, ours
        assert theirs.recv(1) == b""
