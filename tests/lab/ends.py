"""A stream and its peer."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kontena_ws_nb.transport.deadline import Deadline
from kontena_ws_nb.transport.stream import Stream
from kontena_ws_nb.transport.write_queue import Outgoing
from tests.lab.certificates import GOOD, lab
from tests.lab.tls_server import server_context

DEADLINE = 10.0
BIG = bytes(range(256)) * 40_000  # 10 MB: more than any socket buffer


class Ends:
    """A stream, and the other end of its connection, blocking, under TLS or not."""

    def __init__(self, stream: Stream, peer: Any) -> None:
        self.stream = stream
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
    stream = Stream(near)
    try:
        if tls:
            server = Background(lambda: server_context(tls=version).wrap_socket(far, server_side=True))
            stream.start_tls(context, GOOD, Deadline(DEADLINE))
            far = server.join()
            far.sendall(b"!")
            assert receive(stream, 1) == b"!"  # and the session tickets before it
        yield Ends(stream, far)
    finally:
        stream.close()
        far.close()


def receive(stream: Stream, count: int) -> bytes:
    got = bytearray()
    buffer = bytearray(1 << 16)
    while len(got) < count:
        with memoryview(buffer) as view:
            size = stream.receive_into(view)
        if size is None:
            assert stream.wait(Deadline(DEADLINE)), f"nothing after {len(got)} bytes"
            continue
        assert size, f"ended after {len(got)} bytes"
        got += buffer[:size]
    return bytes(got)


def receive_end(stream: Stream) -> None:
    buffer = bytearray(100)
    while (count := stream.receive_into(memoryview(buffer))) != 0:
        assert count is None
        assert stream.wait(Deadline(DEADLINE))


def fill(ends: Ends) -> Outgoing:
    """Begin a write that the other end does not take."""
    item = ends.stream.writes.submit(BIG)
    assert not item.done
    assert item.started
    return item
