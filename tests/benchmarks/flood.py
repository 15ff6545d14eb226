"""A server that sends as fast as a socket takes it: frames are built a megabyte at a time (`streams`).

``python -m tests.benchmarks.flood [CERTIFICATE KEY]`` prints its port, and one for TLS when it got a certificate, and
serves ``/KIND/SIZE/COUNT`` (a kind of `streams.STREAMS`; those that are paced take a rate for COUNT; or ``sink`` and
``echo``, which receive) until its standard input ends. It waits for one message of the client before it begins, so that connecting is nobody's time. Needs nothing
but the standard library, and shares no code with what it measures.

`serving` starts it in a process of its own and tells how to reach it.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.streams import BLOB, STREAMS, frame

ROOT = Path(__file__).resolve().parents[2]

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


class Plain:
    """A socket; writing buffers nothing."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self) -> bytes:
        return self._sock.recv(65536)

    def write(self, data: bytes) -> None:
        self._sock.sendall(data)

    def flush(self) -> None:
        """Nothing is held back."""


class Secure:
    """TLS over a socket: each write makes records of its own (16 KiB at most), and many records are sent at once.

    So ``flood`` gives full records with many frames in each, and ``single`` a record for each frame, both as fast as
    OpenSSL encrypts.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self.flush()
                self._receive()
            else:
                self.flush()
                return

    def _receive(self) -> None:
        data = self._sock.recv(65536)
        self._incoming.write(data) if data else self._incoming.write_eof()

    def read(self) -> bytes:
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._receive()
            except ssl.SSLError:  # the client left without a word
                return b""

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        if self._outgoing.pending >= BLOB // 4:
            self.flush()

    def flush(self) -> None:
        self._sock.sendall(self._outgoing.read())


def _sink(connection: Plain | Secure, size: int, count: int) -> None:
    """Take so many messages of this size, and say when all are there."""
    left = count * (size + (6 if size < 126 else 8 if size < 1 << 16 else 14))
    while left > 0 and (data := connection.read()):
        left -= len(data)
    connection.write(frame(b"done"))
    connection.flush()
    while connection.read():
        pass


def _echo(connection: Plain | Secure, size: int, count: int) -> None:
    """Send each message back; of less than 126 bytes."""
    data = b""
    for _ in range(count):
        while len(data) < size + 6:
            data += (some := connection.read())
            if not some:
                return
        mask = int.from_bytes(data[2:6] * (-(-size // 4)), "big")
        whole = data[6 : size + 6].ljust(4 * -(-size // 4), b"\0")
        data = data[size + 6 :]
        connection.write(frame((int.from_bytes(whole, "big") ^ mask).to_bytes(len(whole), "big")[:size]))
        connection.flush()
    while connection.read():
        pass


#: What the server receives instead of sending; functions of connection, size and count.
RECEIVING = {"sink": _sink, "echo": _echo}


def _serve(sock: socket.socket, context: ssl.SSLContext | None) -> None:
    with sock, contextlib.suppress(OSError):  # the client has what it wanted
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Secure(sock, context) if context else Plain(sock)
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.read()
            if not data:
                return
            request += data
        kind, size, count = request.split()[1].decode().strip("/").split("/")
        key = (
            next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            .split(b":", 1)[1]
            .strip()
        )
        lines = [
            b"HTTP/1.1 101 Switching Protocols",
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + base64.b64encode(hashlib.sha1(key + _GUID).digest()),
        ]
        if kind.endswith("deflate"):
            lines.append(b"Sec-WebSocket-Extensions: permessage-deflate")
        connection.write(b"\r\n".join([*lines, b"", b""]))
        connection.flush()
        if kind in RECEIVING:
            RECEIVING[kind](connection, int(size), int(count))
            return
        if not connection.read():
            return
        for blob in STREAMS[kind](int(size), int(count)):
            connection.write(blob) if blob else connection.flush()
        connection.flush()
        while connection.read():
            pass


def _listen(context: ssl.SSLContext | None) -> int:
    """Accept for ever, on threads; the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_serve, args=(sock, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])


def main(arguments: list[str]) -> None:
    """Serve until standard input ends."""
    ports = [_listen(None)]
    if arguments:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments)
        ports.append(_listen(context))
    print(*ports, flush=True)
    sys.stdin.read()


@dataclass(frozen=True)
class Feed:
    """Where a client gets a stream.

    `url` lacks the count; `ca_file` is None for a plain connection; `compression` says whether to offer
    permessage-deflate.
    """

    url: str
    ca_file: str | None = None
    compression: bool = False

    def with_count(self, count: int) -> Feed:
        """The same with a count, or a rate."""
        return dataclasses.replace(self, url=f"{self.url}/{count}")

    def context(self) -> ssl.SSLContext | None:
        """The TLS context for clients that take one."""
        return None if self.ca_file is None else ssl.create_default_context(cafile=self.ca_file)


@dataclass(frozen=True)
class Flood:
    """A running server."""

    plain: str
    secure: str = ""
    ca_file: str | None = None

    def feed(self, kind: str, size: int, *, tls: bool = False) -> Feed:
        """Tell where a stream is to be had."""
        base = self.secure if tls else self.plain
        return Feed(f"{base}/{kind}/{size}", self.ca_file if tls else None, kind.endswith("deflate"))


@contextlib.contextmanager
def serving(*, tls: bool = False) -> Iterator[Flood]:
    """Run the server in a process of its own."""
    from tests.lab.process import process

    files: list[str] = []
    ca_file = None
    if tls:
        from tests.lab.certificates import lab

        files, ca_file = [lab().path("good.pem"), lab().path("good.key")], lab().ca_file
    with process([sys.executable, "-m", "tests.benchmarks.flood", *files], cwd=ROOT) as child:
        assert child.stdout is not None
        ports = child.stdout.readline().split()
        assert ports, "the benchmarks' server did not start"
        yield Flood(f"ws://127.0.0.1:{ports[0]}", f"wss://localhost:{ports[-1]}" if tls else "", ca_file)


if __name__ == "__main__":
    main(sys.argv[1:])
