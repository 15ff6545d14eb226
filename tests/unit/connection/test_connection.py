"""`Connection`: the receive role, pings, pausing, write timeouts, closing, interrupts, and every way it can end."""

from __future__ import annotations

import contextlib
import logging
import re
import select
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection import connection as module
from kontena_ws_nb.connection.client import Client
from kontena_ws_nb.connection.connection import Connection
from kontena_ws_nb.connection.opening import open_connection
from kontena_ws_nb.protocol.frames import Batch
from kontena_ws_nb.transport.deadline import Deadline
from tests.lab.ends import Background
from tests.lab.interrupts import Nagging, interrupt_soon
from tests.lab.raw_server import CLOSE, PING, PONG, TEXT, Peer, RawServer, close_frame, echo, frame, text
from tests.lab.waiting import wait_for

#: With a receive buffer of 4 KiB at the server, a message of 256 KiB blocks its sender.
SMALL: Any = {"socket_options": [(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)], "compression": False}
BIG = b"x" * (256 << 10)


#: A continuation of nothing.
BROKEN = b"\x80\x00"


def everything(client: Client) -> tuple[list[Any], BaseException | None]:
    """Read to the end: the messages, and what was raised."""
    got: list[Any] = []
    try:
        got.extend(client)
    except kws.Error as error:
        return got, error
    return got, None


def wait_bytes(peer: Peer) -> None:
    """Wait until the client has begun to send, and leave it in the socket."""
    select.select([peer.sock], [], [], 10)


def facts(client: Client) -> tuple[str, bool, bool, bool, bool]:
    return client.state, client.connected, client.open, client.closing, client.closed


@contextlib.contextmanager
def running(target: Any, *args: Any) -> Iterator[threading.Thread]:
    """Run a function beside the test, and join it."""
    thread = threading.Thread(target=target, args=args)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


# ---- pings


def ping_often(client: Client) -> None:
    for _ in range(200):
        client.ping()


def test_who_pings_and_never_reads_keeps_a_bounded_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 50)
    with RawServer(Peer.read_all) as server, Client.connect(server.url, close_timeout=0.1) as client:
        ping_often(client)
        rows = client.connection._sent_rows
        assert len(rows) == 100
        latest = client.ping(b"latest")
        assert bytes(rows[-1].data) == latest
        with pytest.raises(kws.TimeoutError):
            client.read(0.05)
        assert not rows


def test_pings_while_receiving_is_held_up_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their rows belong into the log: none is forgotten."""
    monkeypatch.setattr(module, "ROWS", 50)
    with RawServer() as server, kws.connect(server.url, close_timeout=0.1) as session:
        session.pause()
        with pytest.raises(kws.TimeoutError, match=r"cannot ping: 50 pings were sent since .*resume") as caught:
            ping_often(session.client)
        assert caught.value.phase == "read"
        session.resume()
        wait_for(lambda: len(session.client.connection._sent_rows) == 0)
        session.ping()
        assert sum(row.kind == "ping" for row in session.messages) >= 51


def test_pings_while_the_log_is_full_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 50)
    with RawServer(lambda peer: (peer.send(text("x" * 900) * 10), peer.read_all())) as server:
        session = kws.connect(server.url, close_timeout=0.1, max_bytes=5000, on_full="block")
        wait_for(lambda: session.messages.full)
        with pytest.raises(kws.TimeoutError, match="something holds the receiving thread up"):
            ping_often(session.client)
        session.abort()


def test_a_flood_while_we_close_is_kept_up_to_a_limit() -> None:
    """A server need not stop at our close frame (RFC 6455 section 5.5.1): it has ``close_timeout`` to fill our memory."""

    def flood(peer: Peer) -> None:
        peer.send(text("first"))
        peer.expect(CLOSE)
        with contextlib.suppress(OSError):
            for _ in range(200):
                peer.send(frame(2, bytes(1 << 16)))
            peer.send(close_frame(1000))
            peer.read_all()

    with RawServer(flood) as server:
        client = Client.connect(server.url, max_bytes=1 << 20, close_timeout=5)
        client.close()
        assert client.close_code == 1000
        kept = sum(batch.size for batch in client.connection._inbox)
        assert 1 << 20 <= kept < 3 << 19
        assert client.read() == "first"


def test_ping_carries_what_it_is_given() -> None:
    with RawServer(lambda peer: (peer.expect(PING), peer.expect(PING), peer.answer_close())[:2]) as server:
        with Client.connect(server.url) as client:
            assert client.ping(b"mine") == b"mine"
            default = client.ping()
        assert server.result() == (b"mine", default)


def test_a_ping_of_more_than_125_bytes() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        with pytest.raises(ValueError, match=r"^a ping carries at most 125 bytes \(RFC 6455 section 5.5\), got 126$"):
            client.ping(b"x" * 126)


def test_a_ping_wakes_its_waiter() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        answered = client.connection.pong_waiter(b"mine")
        client.ping(b"mine")
        client.send("behind")
        assert not answered.is_set()
        assert client.read() == "behind"
        assert answered.is_set()


def test_on_pong() -> None:
    delays: list[float] = []
    with RawServer() as server, Client.connect(server.url, on_pong=delays.append) as client:
        client.ping()
        client.send("behind")
        client.read()
        assert delays == [client.ping_delay]


def test_an_unasked_pong_is_let_be() -> None:
    delays: list[float] = []
    with RawServer(lambda peer: (peer.send(frame(PONG, b"what?") + text("x")), peer.answer_close())) as server:
        with Client.connect(server.url, on_pong=delays.append) as client:
            assert client.read() == "x"
    assert delays == []


def test_on_pong_that_fails_is_told_to_the_logger(caplog: pytest.LogCaptureFixture) -> None:
    def fail(delay: float) -> None:
        raise ZeroDivisionError

    with RawServer() as server, caplog.at_level(logging.ERROR), Client.connect(server.url, on_pong=fail) as client:
        client.ping()
        client.send("still flows")
        assert client.read() == "still flows"
    assert [(record.name, record.message) for record in caplog.records] == [
        ("kontena_ws_nb.connection", f"{server.url}: on_pong failed")
    ]


def test_ping_from_on_pong() -> None:
    pings = []

    def again(delay: float) -> None:
        if len(pings) < 3:
            pings.append(client.ping())

    with RawServer() as server, Client.connect(server.url, on_pong=again) as client:
        client.ping()
        with pytest.raises(kws.TimeoutError):
            client.read(0.2)
        assert len(client.connection.latencies) == 4


@pytest.mark.parametrize("end", ["close", "abort"])
def test_the_end_from_on_pong(end: str) -> None:
    def leave(delay: float) -> None:
        getattr(client, end)()

    with RawServer() as server:
        client = Client.connect(server.url, on_pong=leave)
        client.ping()
        assert client.read(10) is None
        assert client.closed


def test_reading_from_on_pong_is_refused() -> None:
    problems: list[BaseException] = []

    def read(delay: float) -> None:
        try:
            client.read()
        except RuntimeError as error:
            problems.append(error)

    with RawServer() as server, Client.connect(server.url, on_pong=read) as client:
        client.ping()
        client.send("x")
        assert client.read() == "x"
    assert [str(problem) for problem in problems] == [
        "on_pong cannot read: the read that called it goes on when it returns"
    ]


def test_auto_pong_off() -> None:
    with RawServer(lambda peer: (peer.send(frame(PING, b"p") + text("x")), peer.read_all())[1]) as server:
        client = Client.connect(server.url, auto_pong=False)
        assert client.read() == "x"
        client.abort()
        assert server.result() == []


def test_a_server_that_pings_and_never_reads_makes_us_keep_one_pong() -> None:
    """RFC 6455 section 5.5.3: the latest ping may be answered alone. What is a row was sent, and nothing else is."""
    go = threading.Event()
    last = struct.pack("!I", 19_999)

    def flood(peer: Peer) -> list[bytes]:
        peer.send(b"".join(frame(PING, struct.pack("!I", number)) for number in range(20_000)) + text("flooded"))
        go.wait(20)
        pongs = [peer.expect(PONG)]
        while pongs[-1] != last:
            pongs.append(peer.expect(PONG))
        peer.answer_close()
        return pongs

    with RawServer(flood, receive_buffer=4096) as server:
        ws = kws.connect(server.url, ping_interval=None, **SMALL)
        message = ws.read(20)
        assert message is not None
        assert message.text == "flooded"
        queue = ws.client.connection._stream.writes._queue
        assert len(queue) <= 2, "one that is partly written, and the latest"
        assert sum(len(item.data) for item in queue) < 100
        go.set()
        wait_for(lambda: any(m.payload == last for m in ws.messages if m.kind == "pong"))
        ws.close()
        pongs = server.result()
        assert 1 < len(pongs) < 20_000
        assert pongs == sorted(pongs)
        assert [m.payload for m in ws.messages if m.kind == "pong" and m.direction == "sent"] == pongs
        assert ws.client.connection.wire_bytes[0] == 10 * len(pongs) + 8  # and the close frame


def test_a_pong_that_a_sender_writes_is_a_row_too() -> None:
    go = threading.Event()

    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.send(frame(PING, b"p") + text("pinged"))
        go.wait(20)
        return peer.read_all()

    with RawServer(script, receive_buffer=4096) as server:
        client = Client.connect(server.url, **SMALL)
        item = client.connection.submit(2, BIG)
        assert client.read(20) == "pinged"
        assert list(client.connection._sent_rows) == []
        go.set()
        client.connection.finish(item)
        client.send("behind")
        assert [(row.flags, bytes(row.data)) for row in client.connection._sent_rows] == [(bytes([PONG | 0x10]), b"p")]
        client.abort()
        assert [opcode for opcode, _ in server.result()] == [2, PONG, TEXT]


def test_after_the_end_no_ping_is_answered_or_sent() -> None:
    """Somebody may close between the receiver's look at the state and its lock."""
    with RawServer() as server:
        client = Client.connect(server.url)
        client.close()
        before = client.connection.wire_bytes
        client.connection._answer(b"late")
        client.connection._keep_alive()
        assert client.connection.wire_bytes == before
        assert client.connection._pong is None


def test_what_inflates_to_much_comes_in_steps_and_can_be_paused() -> None:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = (made.compress(bytes(3_000_000)) + made.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def flood(peer: Peer) -> None:
        peer.send(frame(2, one, rsv1=True) * 40 + text("behind"))
        peer.answer_close()

    headers = ("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",)
    with (
        RawServer(flood, headers=headers) as server,
        Client.connect(server.url) as client,
        client.connection.receiving(),
    ):
        steps: list[int] = []
        paused = False
        while sum(steps) < 40 * 3_000_000 + 6:
            batches: list[Batch] = []
            client.connection.receive(Deadline(20), batches)
            steps.append(sum(batch.size for batch in batches))
            if client.connection._decoder.more and not paused:
                paused = True
                client.connection.pause()
                client.connection.receive(Deadline(0.05), batches)
                assert sum(batch.size for batch in batches) == steps[-1], "what is held back stays back"
                client.connection.resume()
        assert paused
        assert max(steps) <= (8 + 9) << 20


def test_keepalive_pings_while_reading() -> None:
    with RawServer(lambda peer: (peer.expect(PING), peer.send(text("pinged")), echo(peer))) as server:
        with Client.connect(server.url, ping_interval=0.05) as client:
            assert client.read(10) == "pinged"


# ---- the receive role


def test_one_receiver_at_a_time() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        with (
            client.connection.receiving(),
            pytest.raises(RuntimeError, match="one reader at a time"),
            client.connection.receiving(),
        ):
            raise AssertionError("never")
        with client.connection.receiving():
            pass


def test_what_was_sent_and_received_comes_in_order() -> None:
    """Pings we sent stand before what came then; our answers stand behind what they answer."""
    with RawServer(
        lambda peer: (peer.expect(PING), peer.send(frame(PING, b"theirs") + text("x")), echo(peer))
    ) as server:
        with Client.connect(server.url) as client:
            client.ping(b"ours")
            batches: list[Any] = []
            with client.connection.receiving():
                while not any(batch.flags[0] == TEXT for batch in batches):
                    client.connection.receive(Deadline(5), batches)
            rows = [(batch.flags[0], bytes(batch.data)) for batch in batches]
            assert rows[:3] == [(0x10 | PING, b"ours"), (PING, b"theirs"), (TEXT, b"x")]
            assert rows[3:] == [(0x10 | PONG, b"theirs")]


# ---- writing


def test_write_timeout_in_the_middle_of_a_message() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        client = Client.connect(server.url, write_timeout=0.2, **SMALL)
        with pytest.raises(kws.TimeoutError) as caught:
            client.send(BIG)
        assert str(caught.value) == (
            f"{client.url}: the server took no byte for 0.2 s; the message was cut in the middle, so the connection was closed"
        )
        assert (caught.value.phase, caught.value.seconds) == ("write", 0.2)
        assert client.closed
        with pytest.raises(kws.TimeoutError, match="cut in the middle"):  # not None: it was not us who wanted the end
            client.read()
        with pytest.raises(kws.SocketError, match="cannot send"):
            client.send("x")


def test_write_timeout_while_another_thread_reads() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        client = Client.connect(server.url, write_timeout=0.2, **SMALL)
        ends: list[BaseException] = []

        def read() -> None:
            try:
                client.read()
            except kws.Error as error:
                ends.append(error)

        with running(read):
            wait_for(lambda: client.connection._receiver is not None)
            with pytest.raises(kws.TimeoutError):
                client.send(BIG)
        assert [(type(error), error.phase) for error in ends] == [(kws.TimeoutError, "write")]  # type: ignore[attr-defined]


def test_write_timeout_before_a_message_began() -> None:
    with RawServer(lambda peer: (go.wait(10), echo(peer)), receive_buffer=4096) as server:
        go = threading.Event()
        client = Client.connect(server.url, write_timeout=0.3, **SMALL)
        item = client.connection.submit(2, BIG)  # blocks the way, and nobody waits for it
        with pytest.raises(kws.TimeoutError) as caught:
            client.send("behind")
        assert (
            caught.value.message
            == "the server took no byte for 0.3 s; nothing of the message was sent; the connection is still usable"
        )
        assert client.open
        go.set()
        assert client.read(20) == BIG
        assert item.done
        client.send("again")
        assert client.read(20) == "again"
        # What was withdrawn never travelled: headers of 14 and 6 bytes on our way, of 10 and 2 on the server's (RFC
        # 6455 section 5.2).
        assert client.connection.wire_bytes == (14 + len(BIG) + 6 + 5, 10 + len(BIG) + 2 + 5)
        client.close()


def test_pings_to_a_server_that_does_not_read_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEFT", 100 << 10)
    go = threading.Event()

    def script(peer: Peer) -> None:
        assert go.wait(10)
        echo(peer)

    with RawServer(script, receive_buffer=4096) as server, Client.connect(server.url, **SMALL) as client:
        item = client.connection.submit(2, BIG)  # blocks the way
        with pytest.raises(kws.TimeoutError, match="cannot ping: the server takes nothing, and 103,424 bytes"):  # noqa: PT012
            for _ in range(1_000):
                client.ping()
                assert len(client.connection._stream.writes._queue) <= 102
        go.set()
        assert client.read(20) == BIG
        assert item.done
        client.ping()
        client.send("usable")
        assert client.read(20) == "usable"
        assert client.connection._stream.writes.left == 0


def test_interrupted_messages_to_a_server_that_does_not_read_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEFT", len(BIG) - 1)
    go = threading.Event()

    def script(peer: Peer) -> None:
        assert go.wait(10)
        echo(peer)

    with RawServer(script, receive_buffer=4096) as server, Client.connect(server.url, **SMALL) as client:
        with interrupt_soon(), pytest.raises(KeyboardInterrupt):
            client.send(BIG)
        with pytest.raises(
            kws.TimeoutError, match="cannot send: the server takes nothing, and 262,144 bytes"
        ) as caught:
            client.send("one more")
        assert caught.value.phase == "write"
        go.set()
        assert client.read(20) == BIG
        client.send("usable")
        assert client.read(20) == "usable"


def test_a_server_that_pings_and_never_reads_while_threads_send() -> None:
    """What waits to be written: a message for each thread, and one pong."""
    pings, threads = 3_000, 4

    def script(peer: Peer) -> None:
        for number in range(pings):
            peer.send(frame(PING, b"%d" % number))
        peer.hang()

    with RawServer(script, receive_buffer=4096) as server, Client.connect(server.url, **SMALL) as client:
        senders = [Background(lambda: client.send(BIG)) for _ in range(threads)]
        queue, most, rows = client.connection._stream.writes._queue, 0, list[Any]()
        with client.connection.receiving():
            while sum(batch.flags[0] & 0x1F == PING for batch in rows) < pings:
                client.connection.receive(Deadline(5), rows)
                most = max(most, len(queue))
        assert most <= threads + 1
        client.abort()
        for sender in senders:
            with pytest.raises(kws.SocketError):
                sender.join()


def test_write_timeout_of_a_paused_client() -> None:
    """`pause` wakes a receiver that is not there; a writer must not take it for progress."""
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        client = Client.connect(server.url, write_timeout=0.2, **SMALL)
        client.connection.pause()
        before = time.process_time()
        with pytest.raises(kws.TimeoutError, match="cut in the middle"):
            client.send(BIG)
        assert time.process_time() - before < 0.1  # and it does not spin


def test_a_message_that_drips_in_is_waited_for_with_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces, rests = 20, []
    monkeypatch.setattr(module.time, "sleep", rests.append)

    def drip(peer: Peer) -> None:
        for number in range(pieces):
            peer.sock.sendall(frame(0 if number else TEXT, b"x", fin=number == pieces - 1))
            if number < pieces - 1:
                wait_for(lambda seen=number + 1: client.connection.wire_bytes[1] >= 3 * seen)  # read, by itself
        peer.sock.sendall(text("at once"))
        peer.answer_close()

    ready = threading.Event()
    with RawServer(lambda peer: (ready.wait(20), drip(peer))) as server, Client.connect(server.url) as client:
        ready.set()
        assert client.read(20) == "x" * pieces
        assert rests == [module._DRIP_REST] * (pieces - module.DRIPS)
        assert client.read(20) == "at once"
    assert len(rests) == pieces - module.DRIPS


# ---- pausing


def test_pause_pushes_back_on_the_server() -> None:
    blocked = threading.Event()

    def script(peer: Peer) -> int:
        peer.sock.settimeout(0.3)
        sent = 0
        try:
            while True:
                sent += peer.sock.send(frame(2, bytes(1 << 14)))
        except builtins_timeout:
            blocked.set()
        return sent

    builtins_timeout = TimeoutError
    with RawServer(script) as server:
        client = Client.connect(server.url, socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)])
        client.connection.pause()
        assert client.connection.paused
        with pytest.raises(kws.TimeoutError):
            client.read(0.05)
        assert blocked.wait(30)
        client.connection.resume()
        assert not client.connection.paused
        assert client.read(10) == bytes(1 << 14)
        client.abort()


def test_resume_while_reading() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        client.send("x")
        client.connection.pause()
        timer = threading.Timer(0.1, client.connection.resume)
        timer.start()
        assert client.read() == "x"
        timer.join()


@pytest.mark.parametrize("end", ["close", "abort"])
def test_the_end_while_paused(end: str) -> None:
    with RawServer() as server:
        client = Client.connect(server.url, close_timeout=5)
        client.connection.pause()
        ends: list[Any] = []
        with running(lambda: ends.append(client.read())):
            wait_for(lambda: client.connection._receiver is not None)
            getattr(client, end)()
        assert ends == [None]
        assert client.closed


def test_pause_after_close_holds_nothing() -> None:
    with RawServer(Peer.answer_close) as server:
        client = Client.connect(server.url)
        client.connection.close_at_exit()
        client.connection.pause()
        assert not client.connection.paused
        assert client.read(10) is None


# ---- closing


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_codes_that_may_not_be_sent(code: int) -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        with pytest.raises(ValueError, match=f"the close code {code} may not be sent"):
            client.close(code)
        assert client.open


def test_a_reason_that_is_too_long() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        with pytest.raises(ValueError, match="the close reason is 124 bytes of UTF-8; at most 123 fit"):
            client.close(1000, "é" * 62)
        assert client.open


def test_close_while_another_thread_reads() -> None:
    with RawServer(
        lambda peer: (peer.send(text("1")), peer.expect(CLOSE), peer.send(text("2") + close_frame()))
    ) as server:
        client = Client.connect(server.url)
        got: list[Any] = []
        with running(lambda: got.extend(client)):
            wait_for(lambda: got)
            client.close()
            assert client.closed
        assert got == ["1", "2"]


def test_close_between_two_reads_of_another_thread() -> None:
    """The reader is in its own code for a while: the closing thread receives the answer itself."""
    with RawServer(
        lambda peer: (peer.send(text("1")), peer.expect(CLOSE), peer.send(text("2") + close_frame()))
    ) as server:
        client = Client.connect(server.url)
        got: list[Any] = []
        reading, closed = threading.Event(), threading.Event()

        def read() -> None:
            for message in client:
                got.append(message)
                reading.set()
                closed.wait(10)

        with running(read):
            reading.wait(10)
            client.close()
            assert client.closed
            closed.set()
        assert got == ["1", "2"]


def test_close_from_two_threads() -> None:
    with RawServer(
        lambda peer: (peer.expect(CLOSE), go.wait(10), peer.send(close_frame()), peer.read_all())[-1]
    ) as server:
        go = threading.Event()
        client = Client.connect(server.url)
        with running(client.close), running(client.close, 1001):
            wait_for(lambda: client.closing)
            go.set()
        assert client.closed
        assert server.result() == []


def test_close_while_the_reader_is_held_up_by_on_pong() -> None:
    """The reader sits in the user's code: close still returns in time, and the reader meets the end when it comes back."""
    go, there = threading.Event(), threading.Event()

    def hold(delay: float) -> None:
        there.set()
        go.wait(20)

    with RawServer() as server:
        client = Client.connect(server.url, on_pong=hold, close_timeout=0.2)
        client.ping()
        ends: list[Any] = []
        with running(lambda: ends.append(client.read())):
            assert there.wait(10)
            started = time.monotonic()
            client.close()
            took = time.monotonic() - started
            go.set()
        assert took < 2  # of the 20 it would be held up
        assert ends == [None]
        assert client.closed


def test_close_with_a_blocked_writer_and_a_silent_server() -> None:
    with RawServer(Peer.hang, receive_buffer=4096) as server:
        client = Client.connect(server.url, close_timeout=0.3, **SMALL)
        problems: list[BaseException] = []

        def send() -> None:
            try:
                client.send(BIG)
            except kws.Error as error:
                problems.append(error)

        with running(send):
            wait_for(lambda: client.connection._stream.writes.pending)
            started = time.monotonic()
            client.close()
            assert time.monotonic() - started < 2 * 0.3 + 0.1  # the kernels move the last bytes for a moment
        assert (
            str(problems[0]) == f"{client.url}: sending failed: the server did not answer our close frame within 0.3 s"
        )


def test_close_without_a_timeout() -> None:
    with RawServer(
        lambda peer: (peer.expect(CLOSE), select.select([peer.sock], [], [], 0.2), peer.send(close_frame()))
    ) as server:
        client = Client.connect(server.url, close_timeout=None)
        client.close()
        assert client.close_code == 1000


# ---- interrupts: the main thread is in a wait of ours when SIGINT comes


def test_interrupt_while_reading() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        for _ in range(3):
            started = time.monotonic()
            with interrupt_soon(), pytest.raises(KeyboardInterrupt):
                client.read()
            assert time.monotonic() - started < 1
            client.send("usable")
            assert client.read(10) == "usable"


def test_interrupt_while_paused() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        client.connection.pause()
        with interrupt_soon(), pytest.raises(KeyboardInterrupt):
            client.read()
        client.connection.resume()
        client.send("usable")
        assert client.read(10) == "usable"


def test_interrupt_while_sending() -> None:
    """What was begun is finished later: the stream stays whole."""
    with RawServer(lambda peer: (go.wait(10), echo(peer)), receive_buffer=4096) as server:
        go = threading.Event()
        with Client.connect(server.url, **SMALL) as client:
            with interrupt_soon(), pytest.raises(KeyboardInterrupt):
                client.send(BIG)
            go.set()
            client.send("behind")
            assert client.read(20) == BIG
            assert client.read(20) == "behind"


def test_interrupt_while_closing() -> None:
    with RawServer(lambda peer: (peer.expect(CLOSE), go.wait(10), peer.send(close_frame()))) as server:
        go = threading.Event()
        client = Client.connect(server.url)
        with interrupt_soon(), pytest.raises(KeyboardInterrupt):
            client.close()
        assert client.closing
        go.set()
        client.close()
        assert client.close_code == 1000


def test_interrupt_while_connecting() -> None:
    with RawServer(Peer.hang, handshake=False) as server:
        started = time.monotonic()
        with interrupt_soon(), pytest.raises(KeyboardInterrupt):
            Client.connect(server.url)
        assert time.monotonic() - started < 1


def test_interrupts_at_any_moment_of_a_stream() -> None:
    """Messages flow while SIGINT comes every few milliseconds: none is lost, doubled or torn."""
    count = 200_000

    def script(peer: Peer) -> None:
        for first in range(0, count, 100):
            peer.send(b"".join(text(str(number)) for number in range(first, first + 100)))
        peer.answer_close()

    batches: list[Any] = []

    def step() -> None:
        with client.connection.receiving():
            client.connection.receive(Deadline(5), batches)

    with RawServer(script) as server:
        client = Client.connect(server.url)
        with Nagging(0.003) as nagging:
            while sum(len(batch) for batch in batches) < count:
                nagging.survive(step)
        assert [batch.payload(row).decode() for batch in batches for row in range(len(batch))] == [
            str(number) for number in range(count)
        ]
        client.close()
    assert nagging.count


@pytest.mark.parametrize("what", ["reset", "garbage"])
def test_a_pong_before_the_end_is_told(what: str) -> None:
    """What came in one piece with the end still reaches its callback."""
    delays: list[float] = []

    def script(peer: Peer) -> None:
        payload = peer.expect(PING)
        peer.send(frame(PONG, payload) + (b"\xf1\x00" if what == "garbage" else close_frame()))
        peer.wait_end()

    with RawServer(script) as server:
        client = Client.connect(server.url, on_pong=delays.append)
        client.ping()
        with pytest.raises(kws.Error):
            client.read()
    assert len(delays) == 1


def test_an_interrupt_behind_the_handshake_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "__init__", interrupted)
    with RawServer(lambda peer: peer.read_all()) as server:
        with pytest.raises(KeyboardInterrupt):
            Client.connect(server.url)
        assert server.result() == []


def test_no_keepalive_behind_a_close_frame() -> None:
    """The state may change between the look at the clock and the lock."""
    with RawServer(lambda peer: (peer.answer_close(), peer.read_all())[1]) as server:
        client = Client.connect(server.url)
        client.close()
        client.connection._keep_alive()
        assert server.result() == []


# ---- the end


def test_open() -> None:
    with RawServer() as server, Client.connect(server.url) as client:
        assert facts(client) == ("open", True, True, False, False)
        assert (client.close_code, client.close_reason, client.connection.outcome, client.connection.failure) == (
            None,
            None,
            None,
            None,
        )


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
        client.connection.close_at_exit()


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
        client.connection.close_at_exit()
        assert isinstance(
            client.connection.failure, kws.EOFError
        )  # closing a dead connection does not make it a close of ours


@pytest.mark.parametrize(("pings", "told"), [(0, ""), (1, "our ping"), (2, "our last 2 pings")])
def test_eof_after_a_silence_says_what_was_not_answered(pings: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def script(peer: Peer) -> None:
        for _ in range(pings):
            peer.expect(PING)
        assert begun.wait(20)

    with RawServer(script) as server:
        client = Client.connect(server.url)
        for _ in range(pings):
            client.ping()
        keepalive, clock = client.connection._keepalive, time.monotonic
        monkeypatch.setattr(keepalive, "_clock", lambda: clock() + 30)
        begun.set()
        with pytest.raises(kws.EOFError) as caught:
            client.read()
    assert re.search(r"nothing was received for 3\d\.\d s", str(caught.value))
    assert (f"no pong to {told} either; the server answers no pings" in str(caught.value)) == bool(pings)
    assert ("a proxy in between may cut idle connections: ping_interval=1" in str(caught.value)) == (not pings)


def test_eof_for_an_answer_to_our_close() -> None:
    with RawServer(lambda peer: peer.expect(CLOSE)) as server:
        client = Client.connect(server.url)
        client.close()
        assert everything(client) == ([], None)
        assert (
            str(client.connection.outcome)
            == f"{client.url}: the server answered our close frame by ending the connection (1006)"
        )
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
        assert isinstance(client.connection.outcome, kws.EOFError)


def test_the_server_never_answers_our_close() -> None:
    with RawServer(Peer.hang) as server:
        client = Client.connect(server.url, close_timeout=0.2)
        started = time.monotonic()
        client.close()
        assert 0.2 <= time.monotonic() - started < 0.2 + 0.1
        assert everything(client) == ([], None)
        assert isinstance(client.connection.outcome, kws.TimeoutError)
        assert (client.connection.outcome.phase, client.connection.outcome.seconds) == ("close", 0.2)
        assert client.connection.outcome.message == "the server did not answer our close frame within 0.2 s"


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
        client.connection.close_at_exit()
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
    with RawServer(
        lambda peer: (wait_bytes(peer), peer.send(close_frame(1012)), peer.hang()), receive_buffer=4096
    ) as server:
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
        assert str(problems[0]) == f"{client.url}: sending failed: the server closed with 1012 (service restart)"


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


# ---- what the server must not send


def test_messages_before_an_error_can_still_be_answered() -> None:
    def serve(peer: Peer) -> tuple[bytes, int]:
        peer.send(text("one") + text("two") + BROKEN)
        assert peer.expect(TEXT) == b"one"
        return peer.expect(TEXT), struct.unpack_from("!H", peer.expect(CLOSE))[0]

    with RawServer(serve) as server, Client.connect(server.url, compression=False) as client:
        for _ in range(2):
            client.send(client.read(10) or "")
        assert client.open
        with pytest.raises(kws.ProtocolError, match="continuation"):
            client.read(10)
        assert client.closed
        assert server.result() == (b"two", 1002)


def test_an_error_with_nothing_before_it_is_refused_at_once() -> None:
    with (
        RawServer(lambda peer: (peer.send(BROKEN), peer.expect(CLOSE))[1]) as server,
        Client.connect(server.url) as client,
    ):
        with pytest.raises(kws.ProtocolError, match="continuation"):
            client.read(10)
        assert server.result()[:2] == struct.pack("!H", 1002)


def test_a_session_keeps_what_came_before() -> None:
    with RawServer(lambda peer: (peer.send(text("kept") + BROKEN), peer.expect(CLOSE))[1]) as server:
        session = kws.connect(server.url, compression=False)
        assert session.read(10).text == "kept"
        with pytest.raises(kws.ProtocolError):
            session.read(10)
        assert server.result()[:2] == struct.pack("!H", 1002)


# ---- over any open stream


def test_a_connection_is_given_its_stream_and_starts_no_thread() -> None:
    with RawServer() as server:
        options = kws.Options(proxy="")
        opened = open_connection(server.url, options)
        before = threading.active_count()
        connection = Connection(opened, options)
        assert threading.active_count() == before
        client = Client(connection)
        assert client.connection is connection
        client.send("echo")
        assert client.read(10) == "echo"
        item = connection.submit(TEXT, b"pushed")
        assert connection.push() > 0
        connection.finish(item)
        assert not connection.ended
        client.close()
        assert connection.ended


# ---- later calls say what ended it


def test_every_later_call_says_what_ended_the_connection() -> None:
    with RawServer(lambda peer: peer.close(1008, "token expired")) as server:
        client = Client.connect(server.url)
        with pytest.raises(kws.CloseError):
            client.read()
        for use in (lambda: client.send("x"), client.ping):
            with pytest.raises(kws.SocketError, match=r'1008 .*"token expired"; connect again') as caught:
                use()
            assert isinstance(caught.value.__cause__, kws.CloseError)


def test_a_refusal_while_sending_is_told_by_the_send() -> None:
    with RawServer(
        lambda peer: (peer.sock.recv(1), peer.send(close_frame(1009, "too long")), peer.reset()), receive_buffer=4096
    ) as server:
        client = Client.connect(server.url, **SMALL)
        with pytest.raises(
            kws.SocketError, match=r'sending failed: .*1009 .*"too long"|sending failed: .*reset'
        ) as caught:
            client.send(BIG)
        assert isinstance(caught.value.__cause__, kws.Error)


def test_a_send_from_on_pong_that_fails_leaves_the_reason_to_the_read_that_called_it() -> None:
    failed: list[str] = []
    called = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(frame(PONG, peer.expect(PING)))
        assert called.wait(20)
        peer.reset()

    def on_pong(_: float) -> None:
        called.set()
        poller = select.poll()
        poller.register(client.connection._stream._sock, 0)  # which still reports POLLERR and POLLHUP
        assert poller.poll(20_000)
        try:
            client.send("into the reset")
        except kws.SocketError as error:
            failed.append(str(error))

    with RawServer(script) as server:
        client = Client.connect(server.url, on_pong=on_pong)
        client.ping()
        with pytest.raises(kws.Error):
            client.read()
    assert [text.partition(": sending failed: ")[2] for text in failed] != [""]


def test_a_slow_upload_is_life() -> None:
    """The keepalive ping stands behind the message, in our queue and in the kernel's."""

    upload = bytes(3 << 20)

    def slowly(peer: Peer) -> None:
        while len(peer._have) < len(upload):
            peer._have += peer.sock.recv(1 << 16)
            threading.Event().wait(0.03)  # the server's pace
        peer.read()
        echo(peer)

    with RawServer(slowly) as server:
        client = Client.connect(server.url, ping_interval=0.1, ping_timeout=0.3, close_timeout=10)
        ends: list[Any] = []
        with running(lambda: ends.append(client.read())):
            client.send(upload)
            client.close()
        assert ends == [None]
        assert (client.connection.outcome, client.close_code) == (None, 1000)


# ---- half a message


def test_half_a_message_is_told_and_not_handed_out() -> None:
    with RawServer(lambda peer: peer.send(text("whole") + frame(TEXT, b"x" * 4096)[:18])) as server:
        client = Client.connect(server.url)
        assert client.read() == "whole"
        with pytest.raises(kws.EOFError, match=r"\(1006\); 14 of the 4,096 bytes of a text message had come"):
            client.read()
