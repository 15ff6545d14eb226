"""A server that sends 200-byte messages at an even rate, plain and under TLS.

``python -m tests.benchmarks.paced CERTIFICATE KEY`` prints its plain and its TLS port and serves until its standard input ends.
``/RATE`` sends RATE text messages a second, all that are due each millisecond at once; under TLS that fills records up to 16 KiB.
``/RATE/records`` gives every message a TLS record of its own. When the client does not take them, the server waits for TCP and sends
what is overdue later. Needs nothing but the standard library, and shares no code with what it measures.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import ssl
import sys
import threading
import time
from typing import Final

from .flood import GUID, frame, message

SIZE: Final = 200
_TICK: Final = 0.001


def _serve(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), connection:  # the client has what it wanted
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Plain(connection) if context is None else Encrypted(connection, context)
        request = b""
        while b"\r\n\r\n" not in request:
            got = stream.receive()
            if not got:
                return
            request += got
        _, rate, *how = request.split()[1].decode().split("/")
        key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split(b":", 1)[1].strip()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        stream.send(head + accept + b"\r\n\r\n", 1)
        stream.pace(int(rate), frame(message(SIZE)), apart=how == ["records"])


class Plain:
    """A connection without TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def receive(self) -> bytes:
        """Wait for bytes."""
        return self.connection.recv(4096)

    def send(self, data: bytes, times: int, *, apart: bool = False) -> None:
        """Send the same bytes some times."""
        self.connection.sendall(data * times)

    def pace(self, rate: int, data: bytes, *, apart: bool) -> None:
        """Send until the client goes."""
        started, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - started) * rate)
            while due > sent:  # what is overdue leaves a bit at a time too: memory
                some = min(due - sent, max(1, rate // 50))
                self.send(data, some, apart=apart)
                sent += some
            time.sleep(_TICK)


class Encrypted(Plain):
    """A connection under TLS: records are made in memory, so that many leave with one write."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(connection)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.connection.recv(65536))
        self.flush()

    def flush(self) -> None:
        """Write the records that are made."""
        if self.outgoing.pending:
            self.connection.sendall(self.outgoing.read())

    def receive(self) -> bytes:
        """Wait for bytes."""
        while True:
            try:
                return self.tls.read(4096)
            except ssl.SSLWantReadError:
                self.incoming.write(self.connection.recv(65536))

    def send(self, data: bytes, times: int, *, apart: bool = False) -> None:
        """Send the same bytes some times, in full records or in records of their own."""
        if apart:
            for _ in range(times):
                self.tls.write(data)
        else:
            self.tls.write(data * times)
        self.flush()


def main(arguments: list[str] | None = None) -> None:
    """Serve until standard input ends."""
    certificate, key = sys.argv[1:] if arguments is None else arguments
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def accept(listener: socket.socket, context: ssl.SSLContext | None) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, context), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as plain, socket.create_server(("127.0.0.1", 0)) as encrypted:
        for listener, how in ((plain, None), (encrypted, context)):
            threading.Thread(target=accept, args=(listener, how), daemon=True).start()
        print(plain.getsockname()[1], encrypted.getsockname()[1], flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
