"""TLS without a socket: two ends that hand each other their bytes."""

from __future__ import annotations

import ssl

import pytest

from kontena_ws_nb.transport.tls_records import Records
from tests.lab.certificates import GOOD, lab


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


def client() -> Records:
    return Records(ssl.create_default_context(cafile=lab().ca_file), GOOD)


def shake(records: Records, server: Server) -> None:
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
    records, server = Records(ssl.create_default_context(cafile=lab().ca_file), "other.test"), Server()
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(records, server)
    assert records.take()[:1] in (b"\x15", b"\x14", b"\x17")  # an alert, in the clear or not


def test_nothing_was_begun() -> None:
    records = client()
    records.finish()
    assert isinstance(records.take(), bytes)
    assert not records.pending
