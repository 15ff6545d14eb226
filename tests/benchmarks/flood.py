"""A server that sends as fast as a socket takes it: frames are built once and sent a megabyte at a time.

``python -m tests.benchmarks.flood`` prints its port and serves ``/SIZE/COUNT`` (text frames) until its standard input ends. It waits
for one message of the client before it begins, so that connecting is nobody's time. Needs nothing but the standard library, and
shares no code with what it measures.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import sys
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_TRADE = (
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":3300000000,"p":"37000.01","q":"0.0012"},"pad":"'
)
_BLOB = 1 << 20


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Build an unmasked frame."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 126)) + struct.pack("!H", size)
    else:
        head = bytes((0x80 | opcode, 127)) + struct.pack("!Q", size)
    return head + payload


def message(size: int) -> bytes:
    """Make a JSON text of this size, as far as there is room for it."""
    return b"x" * size if size < len(_TRADE) + 2 else _TRADE + b"x" * (size - len(_TRADE) - 2) + b'"}'


def _serve(connection: socket.socket) -> None:
    with connection:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        _, size, count = (int(part or 0) for part in request.split()[1].decode().split("/"))
        key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split(b":", 1)[1].strip()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accept
            + b"\r\n\r\n"
        )
        one = frame(message(size))
        each = max(1, min(count, _BLOB // len(one)))
        blob = one * each
        try:
            if not connection.recv(4096):
                return
            for _ in range(count // each):
                connection.sendall(blob)
            connection.sendall(one * (count % each))
            while connection.recv(65536):
                pass
        except OSError:
            pass  # the client has what it wanted


def main() -> None:
    """Serve until standard input ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=_serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
