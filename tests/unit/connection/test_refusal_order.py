"""What stands before an error in the stream is the reader's first; the close frame that refuses the error comes after its answers."""

from __future__ import annotations

import struct

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.raw_server import CLOSE, TEXT, Peer, RawServer, text

#: A continuation of nothing.
BROKEN = b"\x80\x00"


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
    with RawServer(lambda peer: (peer.send(BROKEN), peer.expect(CLOSE))[1]) as server, Client.connect(server.url) as client:
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
