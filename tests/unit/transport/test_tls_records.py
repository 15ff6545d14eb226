"""TLS as a transformation of bytes: records in pieces, together, and broken."""

from __future__ import annotations

import contextlib
import socket
import ssl

import pytest

from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.stream import Stream
from kontena_ws_nb.transport.tls_records import TLSRecords
from tests.lab.certificates import GOOD, lab
from tests.lab.ends import DEADLINE, Background, client_context, connected, receive, tcp_pair
from tests.lab.tls_server import server_context
from tests.lab.waiting import wait_for


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
    stream = Stream(near)
    drippers = [Dripper(middle_near, middle_far), Dripper(middle_far, middle_near)]

    def serve() -> None:
        with server_context(tls=version).wrap_socket(far, server_side=True) as tls:
            data = tls.recv(100)
            for number in range(20):
                tls.sendall(data + b" %02d" % number)

    server = Background(serve)
    try:
        stream.start_tls(client_context(), GOOD, Deadline(DEADLINE))
        stream.send(b"question", DEADLINE)
        assert receive(stream, 20 * 11) == b"".join(b"question %02d" % number for number in range(20))
        server.join()
    finally:
        stream.close()
        for dripper in drippers:
            dripper.background.join()
        for sock in (middle_near, middle_far, far):
            sock.close()


def test_several_records_fill_one_buffer() -> None:
    with connected(True) as ends:
        for _ in range(10):
            ends.peer.sendall(b"0123456789")
        wait_for(lambda: len(ends.stream._sock.recv(1 << 16, socket.MSG_PEEK)) >= 10 * 32, what="ten records")
        buffer = bytearray(95)
        assert ends.stream.receive_into(memoryview(buffer)) == 95, "as much as fits"
        assert ends.stream.receive_into(memoryview(buffer)) == 5


@pytest.mark.parametrize("before", [True, False])
def test_a_broken_record_is_told_after_what_stood_before_it_and_every_time(before: bool) -> None:
    with connected(True) as ends:
        raw = socket.socket(fileno=ends.peer.fileno())
        try:
            if before:
                ends.peer.sendall(b"good")
            raw.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
            if before:
                wait_for(lambda: len(ends.stream._sock.recv(1 << 16, socket.MSG_PEEK)) >= 37 + 26, what="both records")
                assert receive(ends.stream, 4) == b"good"
            for _ in range(2):
                with pytest.raises(ssl.SSLError, match=r"(?i)decryption.failed|bad.record"):
                    receive(ends.stream, 1)
        finally:
            raw.detach()


def test_an_answer_tls_makes_by_itself_is_sent() -> None:
    """A key update with update_requested must be answered (RFC 8446 section 4.6.3); simulated by ciphertext that waits."""
    with connected(True) as ends:
        records = ends.stream.writes.tls
        assert records is not None
        records.encrypt(memoryview(b"by itself"))
        assert ends.stream.writes.pending
        assert ends.stream.receive_into(memoryview(bytearray(10))) is None
        assert ends.read(9) == b"by itself"


def test_records_keep_quiet_at_the_end() -> None:
    records = TLSRecords(client_context(), GOOD)
    records.finish()  # the handshake never began
    assert isinstance(records.take(), bytes)
    records.feed(b"")
    assert not records.pending


class Server:
    """The other end, made of the standard library's objects alone."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(lab().path("good.pem"), lab().path("good.key"))
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, server_side=True)

    def handshake(self) -> None:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass


def client() -> TLSRecords:
    return TLSRecords(ssl.create_default_context(cafile=lab().ca_file), GOOD)


def shake(records: TLSRecords, server: Server) -> None:
    while not records.handshake():
        server.into.write(records.take())
        server.handshake()
        records.feed(memoryview(server.out.read()))
    server.into.write(records.take())
    server.handshake()


def test_a_conversation() -> None:
    records, server = client(), Server()
    shake(records, server)
    assert records.encrypt(memoryview(b"question")) == 8
    assert records.pending
    server.into.write(records.take())
    assert not records.pending
    assert server.tls.read(100) == b"question"
    server.tls.write(b"one ")
    server.tls.write(b"two")
    records.feed(memoryview(server.out.read()))
    buffer = bytearray(100)
    assert records.read_into(memoryview(buffer)) == 7  # all records there are
    assert (buffer[:7], records.dry) == (b"one two", True)
    assert records.read_into(memoryview(buffer)) is None


def test_the_ends_of_a_stream() -> None:
    for orderly in (True, False):
        records, server = client(), Server()
        shake(records, server)
        server.tls.write(b"last")
        if orderly:
            with pytest.raises(ssl.SSLWantReadError):
                server.tls.unwrap()
        records.feed(memoryview(server.out.read()))
        records.feed(memoryview(b""))
        buffer = memoryview(bytearray(100))
        assert records.read_into(buffer) == 4
        assert not records.dry
        assert records.read_into(buffer) == 0
        records.finish()


def test_what_stood_before_a_broken_record_is_handed_out_first() -> None:
    records, server = client(), Server()
    shake(records, server)
    server.tls.write(b"good")
    records.feed(memoryview(server.out.read() + b"\x17\x03\x03\x00\x20" + bytes(32)))
    buffer = memoryview(bytearray(100))
    assert records.read_into(buffer) == 4
    for _ in range(2):  # and the reason is told again
        with pytest.raises(ssl.SSLError, match=r"(?i)bad.record.mac|decryption.failed"):
            records.read_into(buffer)


def test_a_handshake_that_fails_leaves_an_alert() -> None:
    records, server = TLSRecords(ssl.create_default_context(cafile=lab().ca_file), "other.test"), Server()
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(records, server)
    assert records.take()[:1] in (b"\x15", b"\x14", b"\x17")  # an alert, in the clear or not


def test_nothing_was_begun() -> None:
    records = client()
    records.finish()
    assert isinstance(records.take(), bytes)
    assert not records.pending
