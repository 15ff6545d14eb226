"""Faults on the network and in servers, and the situations of the gem: over real sockets, with the exact error texts."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import subprocess
import sys
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.certificates import lab
from tests.lab.raw_server import BINARY, CLOSE, PING, TEXT, Peer, RawServer, frame, text
from tests.lab.tls_server import TLSServer, accept_websocket, server_context


def refused(url: str, **options: Any) -> kws.Error:
    """Fail to connect; the error."""
    with pytest.raises(kws.Error) as caught:
        Client.connect(url, **options)
    assert caught.value.url == url
    return caught.value


def words(error: kws.Error) -> str:
    """Its message, with the port left out."""
    return re.sub(r":\d{4,5}\b", ":PORT", error.message)


def no_handshake(script: Callable[[Peer], Any], **options: Any) -> RawServer:
    return RawServer(script, handshake=False, **options)


def answering(data: bytes) -> RawServer:
    """A server that answers every request head with the same bytes."""

    def script(peer: Peer) -> None:
        peer.read_head()
        with contextlib.suppress(OSError):
            peer.send(data)

    return no_handshake(script)


# ---- opening


def test_a_name_that_does_not_resolve() -> None:
    error = refused("ws://no-such-host.invalid/", connect_timeout=5)
    assert type(error) is kws.ConnectError
    assert error.message.startswith("the host name 'no-such-host.invalid' ")


def test_a_refused_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refused(f"ws://127.0.0.1:{port}/")
    assert type(error) is kws.ConnectError
    assert words(error) == "the TCP connection failed (127.0.0.1:PORT: Connection refused)"
    assert error.hint == "nothing listens there; localhost is the machine this Python process (the kernel) runs on"
    assert isinstance(error.__cause__, ConnectionRefusedError)


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port whose listen queue is full: Linux drops further SYNs, as a firewall that drops packets does."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            probe = stack.enter_context(socket.socket())
            probe.settimeout(0.2)
            try:
                probe.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]


def test_a_black_hole() -> None:
    with full_queue() as port:
        started = time.monotonic()
        error = refused(f"ws://127.0.0.1:{port}/", connect_timeout=0.1)
        took = time.monotonic() - started
    assert isinstance(error, kws.TimeoutError)
    assert (error.phase, error.seconds) == ("connect", 0.1)
    assert words(error) == "no TCP connection within 0.1 s (127.0.0.1:PORT)"
    assert 0.1 <= took < 0.3


def test_a_server_that_closes_at_once() -> None:
    with no_handshake(lambda peer: None) as server:
        error = refused(server.url)
    assert isinstance(error, (kws.ProtocolError, kws.ConnectError))
    assert not isinstance(error, kws.TimeoutError)


def test_a_server_that_hangs_after_accepting() -> None:
    with no_handshake(Peer.hang) as server:
        error = refused(server.url, open_timeout=0.1)
    assert isinstance(error, kws.TimeoutError)
    assert (error.phase, error.seconds) == ("open", 0.1)


def test_a_server_that_hangs_after_accepting_under_tls() -> None:
    with TLSServer(mode="stall") as server:
        error = refused(server.url, connect_timeout=0.2)
        assert isinstance(error, kws.TimeoutError)
        assert (error.phase, error.message) == ("connect", "no TLS handshake within 0.2 s")


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 101 Switching Protocols\r\nX-Drip: ", b"HTTP/1.1 101 Switching Protocols\r\n"]
)
def test_a_server_that_drips_headers_for_ever(start: bytes) -> None:
    """One deadline for the whole upgrade: every byte is progress, and none extends it."""

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(start)
        with contextlib.suppress(OSError):
            while not peer.server.stopping.wait(0.02):
                peer.send(b"X: y\r\n" if start.endswith(b"\n") else b"x")

    with no_handshake(script) as server:
        started = time.monotonic()
        error = refused(server.url, open_timeout=0.3)
        assert time.monotonic() - started < 0.6
    assert isinstance(error, kws.TimeoutError)
    assert error.phase == "open"


@pytest.mark.parametrize("line", [b"X-Endless: " + b"x" * 65536, b"X: y\r\n" * 11_000])
def test_a_head_without_end(line: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\n")
        with contextlib.suppress(OSError):
            while True:
                peer.send(line)

    with no_handshake(script) as server:
        error = refused(server.url, open_timeout=20)
    assert isinstance(error, kws.ProtocolError)
    assert "head" in error.message


@pytest.mark.parametrize(("status", "reason"), [(404, "Not Found"), (501, "Not Implemented")])
def test_another_answer(status: int, reason: str) -> None:
    with answering(f"HTTP/1.1 {status} {reason}\r\nContent-Length: 5\r\nX-A: b\r\n\r\nsorry".encode()) as server:
        error = refused(server.url)
    assert isinstance(error, kws.ProtocolError)
    assert (error.status, error.body, dict(error.headers)["X-A"]) == (status, b"sorry", "b")
    assert f"answered {status} {reason}" in error.message


def test_a_huge_body() -> None:
    with answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 200000000\r\n\r\n" + b"x" * (8 << 20)) as server:
        tracemalloc.start()
        error = refused(server.url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert isinstance(error, kws.ProtocolError)
    assert error.status == 403
    assert 0 < len(error.body) <= 65536
    # The server shares this process: its own 8 MiB were made before tracing began.
    assert peak < 4 << 20


def test_self_signed() -> None:
    with TLSServer("selfsigned", handler=accept_websocket) as server:
        error = refused(server.url)
        assert isinstance(error, kws.SSLVerifyError)
        assert (error.verify_code, error.reason) == (18, "self-signed certificate")
        with Client.connect(server.url, ssl_verify=False) as client:
            with pytest.raises(kws.SSLVerifyError) as caught:
                client.verify_ssl_cert()
    assert caught.value.verify_code == 18


def test_a_custom_ca_and_the_wrong_host() -> None:
    with TLSServer("good", handler=accept_websocket) as server:
        assert isinstance(refused(server.url), kws.SSLVerifyError)
        with Client.connect(server.url, ca_file=lab().ca_file) as client:
            assert client.verify_ssl_cert() is not None
    with TLSServer("wronghost", handler=accept_websocket) as server:
        error = refused(server.url, ca_file=lab().ca_file)
        assert isinstance(error, kws.SSLVerifyError)
        assert error.verify_code == 62
        with Client.connect(server.url, ca_file=lab().ca_file, ssl_hostname="other.test") as client:
            assert client.ssl_hostname == "other.test"


# ---- an open connection


@pytest.mark.parametrize("tls", [False, True])
def test_echo(tls: bool) -> None:
    options = {"ca_file": lab().ca_file} if tls else {}
    with (
        RawServer(context=server_context("good") if tls else None) as server,
        Client.connect(server.url, **options) as client,
    ):
        for message in ("hello", b"\0\1\2", "x" * 200_000):
            client.send(message)
            assert client.read(10) == message


def test_a_server_that_sleeps_past_ping_timeout() -> None:
    with RawServer(lambda peer: (peer.expect(PING), peer.hang())) as server:
        client = Client.connect(server.url, ping_interval=0.1, ping_timeout=0.2)
        started = time.monotonic()
        with pytest.raises(kws.TimeoutError) as caught:
            client.read()
        assert 0.3 <= time.monotonic() - started < 0.6
        assert caught.value.message == "no sign of life within 0.2 s after a ping: closed by our ping_timeout"


def test_a_server_that_closes_with_4000() -> None:
    with RawServer(lambda peer: peer.close(4000, "go away")) as server:
        client = Client.connect(server.url)
        with pytest.raises(kws.CloseError, match=r'the server closed with 4000 \(application code\) "go away"$'):
            client.read()
        assert server.result() == [(CLOSE, b"\x0f\xa0go away")]


def test_a_server_that_never_answers_close() -> None:
    with RawServer(Peer.hang) as server:
        client = Client.connect(server.url, close_timeout=0.2)
        started = time.monotonic()
        client.close()
        assert 0.2 <= time.monotonic() - started < 1  # 60 by default
        assert client.read() is None


def test_half_a_frame_and_then_silence() -> None:
    with RawServer(lambda peer: (peer.send(frame(BINARY, bytes(1000))[:500]), peer.hang())) as server:
        client = Client.connect(server.url, ping_interval=0.1, ping_timeout=0.2)
        with pytest.raises(kws.TimeoutError) as caught:
            client.read()
        assert caught.value.phase == "ping"


RESETS: dict[str, Callable[[Peer], Any]] = {
    "before the request": lambda peer: peer.reset(),
    "behind the request": lambda peer: (peer.read_head(), peer.reset()),
    "inside the response": lambda peer: (peer.read_head(), peer.send(b"HTTP/1.1 101 Swi"), peer.reset()),
}


@pytest.mark.parametrize("phase", RESETS)
def test_reset_while_opening(phase: str) -> None:
    for _ in range(10):
        with no_handshake(RESETS[phase]) as server:
            error = refused(server.url)
        assert isinstance(error, (kws.ConnectError, kws.ProtocolError)), error


def test_reset_in_the_tls_handshake() -> None:
    with TLSServer(mode="reset") as server:
        error = refused(server.url)
    assert type(error) is kws.SSLConnectError
    assert error.message == "the TLS handshake failed: the server closed the connection during the TLS handshake"


@pytest.mark.parametrize(
    "begun", [b"", b"\x82", b"\x82\x7f\0\0\0\0", frame(BINARY, bytes(100_000))[:50_000], frame(TEXT, b"a", fin=False)]
)
@pytest.mark.parametrize("tls", [False, True])
def test_reset_while_open(begun: bytes, tls: bool) -> None:
    """Whatever was under way: what was whole is delivered, and 1006 follows."""

    def script(peer: Peer) -> None:
        peer.send(text("whole") + begun)
        peer.expect(TEXT)
        peer.reset()

    options = {"ca_file": lab().ca_file} if tls else {}
    with RawServer(script, context=server_context("good") if tls else None) as server:
        client = Client.connect(server.url, **options)
        assert client.read(10) == "whole"
        client.send("go")
        with pytest.raises(kws.EOFError) as caught:
            client.read(10)
        assert (caught.value.code, client.close_code) == (1006, 1006)


# ---- streams of strange shapes


def test_one_frame_one_byte_at_a_time() -> None:
    def script(peer: Peer) -> None:
        for byte in frame(TEXT, "grüße, 世界 ".encode() * 20) + text("b"):
            peer.send(bytes([byte]))
        peer.answer_close()

    with RawServer(script) as server, Client.connect(server.url) as client:
        assert client.read(10) == "grüße, 世界 " * 20
        assert client.read(10) == "b"


def test_one_byte_of_every_tls_record() -> None:
    def script(peer: Peer) -> None:
        for byte in frame(TEXT, "grüße".encode() * 50) + text("b"):
            peer.send(bytes([byte]))  # every send is a record
        peer.answer_close()

    with (
        RawServer(script, context=server_context("good")) as server,
        Client.connect(server.url, ca_file=lab().ca_file) as client,
    ):
        assert client.read(10) == "grüße" * 50
        assert client.read(10) == "b"


def test_two_gigabytes_announced() -> None:
    """Refused at the header, and no memory is taken for what never comes."""

    def script(peer: Peer) -> list[tuple[int, bytes]]:
        peer.send(b"\x82\x7f" + (1 << 31).to_bytes(8, "big") + b"x" * 1000)
        return peer.read_all()

    with RawServer(script) as server:
        client = Client.connect(server.url)
        tracemalloc.start()
        with pytest.raises(kws.ProtocolError) as caught:
            client.read(10)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert caught.value.close_code == 1009
        assert (
            caught.value.message
            == "the server sent a message of 2,147,483,648 bytes, more than max_size=67,108,864: byte 0x7f at offset 1"
        )
        assert peak < 4 << 20  # a part of it is the server's
        ((opcode, payload),) = server.result()
        assert (opcode, payload[:2]) == (CLOSE, b"\x03\xf1")


def test_two_gigabytes_announced_and_allowed() -> None:
    """Without a limit it is waited for, but memory grows with what arrives only."""
    with RawServer(
        lambda peer: (peer.send(b"\x82\x7f" + (1 << 31).to_bytes(8, "big") + b"x" * 1000), peer.hang())
    ) as server:
        client = Client.connect(server.url, max_size=None, close_timeout=0.1)
        tracemalloc.start()
        with pytest.raises(kws.TimeoutError):
            client.read(0.2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 16 << 20
        client.close()


def test_a_message_beyond_max_size() -> None:
    """65 MiB against the default of 64: refused at the header; in fragments when the sum passes it."""
    chunk = bytes(5 << 20)

    def whole(peer: Peer) -> None:
        with contextlib.suppress(OSError):
            peer.send(b"\x82\x7f" + (65 << 20).to_bytes(8, "big"))
            for _ in range(13):
                peer.send(chunk)

    def fragments(peer: Peer) -> None:
        with contextlib.suppress(OSError):
            for at in range(13):
                peer.send(frame(0 if at else BINARY, chunk, fin=at == 12))

    for script in (whole, fragments):
        with RawServer(script) as server:
            client = Client.connect(server.url)
            with pytest.raises(kws.ProtocolError) as caught:
                client.read(30)
            at = 1 if script is whole else 12 * (10 + len(chunk)) + 1
            assert (
                caught.value.message
                == f"the server sent a message of 68,157,440 bytes, more than max_size=67,108,864: byte 0x7f at offset {at}"
            )


def test_a_message_of_max_size() -> None:
    with RawServer(
        lambda peer: (peer.send(frame(BINARY, bytes(1 << 20)) + text("behind")), peer.answer_close())
    ) as server:
        with Client.connect(server.url, max_size=1 << 20) as client:
            assert client.read(10) == bytes(1 << 20)
            assert client.read(10) == "behind"


def test_a_hundred_thousand_fragments() -> None:
    count = 100_000

    def script(peer: Peer) -> None:
        middle = frame(0, b"x", fin=False)
        peer.send(frame(TEXT, b"<", fin=False) + middle * (count - 2) + frame(0, b">") + text("behind"))
        peer.answer_close()

    with RawServer(script) as server, Client.connect(server.url) as client:
        started = time.monotonic()
        assert client.read(30) == "<" + "x" * (count - 2) + ">"
        assert client.read(30) == "behind"
        assert time.monotonic() - started < 10


# ---- the time to open


_KEEPS_LITTLE = """
import sys
import kontena_ws_nb as kws
from pathlib import Path

def peak():
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])

with kws.Client.connect(sys.argv[1]) as client:  # everything that is loaded late
    assert client.read() == "first"
before = peak()
ws = kws.connect(sys.argv[1], max_bytes=16 << 20)
ws.expect("done", timeout=60)
print((peak() - before) >> 10)
"""


def test_frames_that_inflate_to_a_thousand_times_as_much() -> None:
    """32 frames of 16 KB, 512 MB in all, come in one read: the log keeps 16 MiB, and the process about a message more."""
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = (made.compress(bytes(16_000_000)) + made.flush(zlib.Z_SYNC_FLUSH))[:-4]

    def flood(peer: Peer) -> None:
        peer.send(frame(BINARY, one, rsv1=True) * 32 + text("done"))
        peer.wait_end()

    headers = ("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",)
    with RawServer(lambda peer: (peer.send(text("first")), peer.answer_close()), flood, headers=headers) as server:
        run = subprocess.run(
            [sys.executable, "-c", _KEEPS_LITTLE, server.url], capture_output=True, text=True, timeout=120, check=True
        )
    assert int(run.stdout) < 100, run.stdout


# --- what a server writes, on a terminal

#: Drives a terminal, reorders, hides, begins a line of its own.
HOSTILE = "\x1b]0;pwned\x07\u202e\u2066\u200b\u2028\ufeff\U000e0041\nCRITICAL: all is lost "


def shown(error: BaseException, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Everything of an error that reaches a terminal: printed, as a traceback, in the log."""
    print(error, repr(error))
    texts = [*capsys.readouterr().out.splitlines(), *"".join(traceback.format_exception(error)).splitlines()]
    return [*texts, *(line for record in caplog.records for line in logging.Formatter().format(record).splitlines())]


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 {}\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\n\r\n{}",
        "HTTP/1.1 101 x\r\nUpgrade: {}\r\n\r\n",
        "{}",
        "HTTP/1.1 {}\r\n\r\n",
        "HTTP/1.1 101 x\r\n{}\r\n\r\n",
        "HTTP/1.1 302 x\r\nLocation: {}\r\n\r\n",
        "HTTP/1.1 302 {}\r\nLocation: ftp://x\r\n\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 60_000])
def test_what_a_server_answers_is_printable_and_bounded(
    answer: str, size: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        answering(answer.format(HOSTILE.replace("\n", "\x0b") + "x" * size).encode()) as server,
        caplog.at_level(logging.DEBUG, "kontena_ws_nb"),
    ):
        error = refused(server.url)
    for line in shown(error, capsys, caplog):
        assert line.isprintable(), line
        assert len(line) < 3000


@pytest.mark.parametrize("header", ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept"])
def test_a_header_of_60_kb_makes_no_long_error(header: str) -> None:
    def accept(peer: Peer) -> None:
        peer.read_head()
        peer.accept(f"{header}: \u202e{'x' * 60_000}")
        peer.wait_end()

    with no_handshake(accept) as server:
        error = refused(server.url)
    assert str(error).isprintable()
    assert len(f"{error} {error!r}") < 1500


def test_a_close_reason_and_a_status_reach_no_terminal_raw(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        real, peer.sock = (
            peer.sock,
            Rewriting(peer.sock, b"101 Switching Protocols", f"101 {HOSTILE[:-20]}".replace("\n", "").encode()),
        )  # type: ignore[assignment]
        peer.accept()
        peer.sock = real
        peer.close(4000, HOSTILE)

    with no_handshake(script) as server, caplog.at_level(logging.DEBUG, "kontena_ws_nb"):
        ws = kws.connect(server.url)
        assert ws.join(20)
        error = ws.error
        assert isinstance(error, kws.CloseError)
        assert error.reason == HOSTILE
        assert r"\nCRITICAL: all is lost" in str(error)
        for line in (
            *shown(error, capsys, caplog),
            *(row.text for row in ws.messages if row.kind in ("open", "error")),
        ):
            assert line.isprintable(), line


class Rewriting:
    """A socket that sends something else in one place."""

    def __init__(self, sock: socket.socket, what: bytes, by: bytes) -> None:
        self._sock, self._what, self._by = sock, what, by

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data.replace(self._what, self._by))
