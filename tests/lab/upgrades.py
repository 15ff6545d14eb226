"""Opening handshakes: servers' responses, and the results."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kontena_ws_nb.connection.opening import Opened, open_connection
from kontena_ws_nb.errors import Error, ProtocolError
from kontena_ws_nb.options import Options
from tests.lab.raw_server import Peer, RawServer

QUICK = Options(connect_timeout=5.0, open_timeout=5.0, proxy="")


@contextmanager
def opened(url: str, **given: Any) -> Iterator[Opened]:
    connection = open_connection(url, Options.of(QUICK, **given))
    try:
        yield connection
    finally:
        connection.stream.close()


def answering(data: bytes, *, hang: bool = False) -> Callable[[Peer], None]:
    """Answer the request with exact bytes; then hang up, or wait for the client to."""

    def script(peer: Peer) -> None:
        peer.read_head()
        peer.send(data)
        if hang:
            peer.wait_end()
        else:
            peer.sock.shutdown(socket.SHUT_WR)
            peer.wait_end()

    return script


def refused(
    script: Callable[[Peer], Any],
    kind: type[Error] = ProtocolError,
    context: ssl.SSLContext | None = None,
    **given: Any,
) -> Any:
    with RawServer(script, handshake=False, context=context) as server:
        with pytest.raises(kind) as caught:
            open_connection(server.url, Options.of(QUICK, **given))
        assert caught.value.url == server.url
        return caught.value


def accepting(*headers: str, edit: Callable[[bytes], bytes] = lambda head: head) -> Callable[[Peer], None]:
    """Accept with further headers; `edit` changes the bytes of the head."""

    def script(peer: Peer) -> None:
        peer.read_head()
        send = peer.sock.sendall

        class Sock:
            def sendall(self, data: bytes) -> None:
                send(edit(data))

        real, peer.sock = peer.sock, Sock()  # type: ignore[assignment]
        peer.accept(*headers)
        peer.sock = real
        peer.wait_end()

    return script
