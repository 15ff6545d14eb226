"""A WebSocket server whose bytes the test controls.

Real sockets, one thread to accept and one a connection, standard library only. A script is a function of the `Peer`; it
runs after the opening handshake (or instead of it, with ``handshake=False``). What a script raises fails the test when
the server's context is left.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import queue
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Any

DEADLINE = 20.0

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv1: bool = False) -> bytes:
    """One unmasked frame (RFC 6455 section 5.2)."""
    first = bytes([(0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode])
    size = len(payload)
    if size < 126:
        return first + bytes([size]) + payload
    if size < 1 << 16:
        return first + b"\x7e" + struct.pack("!H", size) + payload
    return first + b"\x7f" + struct.pack("!Q", size) + payload


def text(payload: str) -> bytes:
    """One text frame."""
    return frame(TEXT, payload.encode())


def close_frame(code: int | None = 1000, reason: str = "") -> bytes:
    """One close frame; code None leaves the payload out."""
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason.encode())


class Peer:
    """One accepted connection, from the server's side."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self.sock = sock
        self.server = server
        self.head = b""
        self._have = b""

    # ---- the opening handshake

    def read_head(self) -> bytes:
        """Read the request head."""
        while b"\r\n\r\n" not in self._have:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError("the client left during the opening handshake")
            self._have += data
        head, _, self._have = self._have.partition(b"\r\n\r\n")
        self.head = head + b"\r\n\r\n"
        return self.head

    def accept(self, *headers: str, behind: bytes = b"") -> None:
        """Answer 101; `behind` travels in the same segment."""
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", self.head)
        assert key is not None, self.head
        digest = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).decode()
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {digest}",
            *headers,
        ]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + behind)

    # ---- frames

    def send(self, data: bytes) -> None:
        """Send exact bytes."""
        self.sock.sendall(data)

    def _exactly(self, count: int) -> bytes:
        while len(self._have) < count:
            data = self.sock.recv(1 << 20)
            if not data:
                raise EOFError("the client ended the stream")
            self._have += data
        data, self._have = self._have[:count], self._have[count:]
        return data

    def read(self) -> tuple[int, bytes]:
        """Read one frame; its opcode and payload, unmasked. `EOFError` at the end."""
        first, second = self._exactly(2)
        assert second & 0x80, "a client's frames are masked"
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4)
        payload = self._exactly(size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        return first & 0x0F, (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")

    def expect(self, opcode: int) -> bytes:
        """Read frames until one of this opcode."""
        while True:
            got, payload = self.read()
            if got == opcode:
                return payload

    def read_all(self) -> list[tuple[int, bytes]]:
        """Read frames until the client ends the stream."""
        frames = []
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                frames.append(self.read())
        return frames

    def answer_close(self) -> tuple[int, str]:
        """Wait for the client's close frame, answer it, and end the stream as a server does."""
        payload = self.expect(CLOSE)
        self.send(frame(CLOSE, payload))
        code = struct.unpack_from("!H", payload)[0] if payload else 1005
        return code, payload[2:].decode()

    def close(self, code: int | None = 1000, reason: str = "") -> list[tuple[int, bytes]]:
        """Send a close frame; read what the client still sends, to the end of the stream or its close frame."""
        self.send(close_frame(code, reason))
        frames = []
        with contextlib.suppress(EOFError, ConnectionError):
            while not frames or frames[-1][0] != CLOSE:
                frames.append(self.read())
        return frames

    def wait_end(self) -> None:
        """Wait until the client ends the stream; what it sends is thrown away."""
        with contextlib.suppress(OSError):
            while self.sock.recv(1 << 20):
                pass

    def hang(self) -> None:
        """Do nothing until the test is over, not even receive."""
        self.server.stopping.wait(DEADLINE)

    def reset(self) -> None:
        """End with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Peer], Any]


def echo(peer: Peer) -> None:
    """Send every message back; answer pings and the close frame."""
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            opcode, payload = peer.read()
            if opcode == CLOSE:
                peer.send(frame(CLOSE, payload))
                return
            if opcode != PONG:
                peer.send(frame(PONG if opcode == PING else opcode, payload))


class RawServer:
    """The server.

    Parameters
    ----------
    *scripts
        One a connection, in order; the last serves all further ones.
    handshake
        Do the opening handshake before the script.
    context
        Serve TLS.
    receive_buffer
        SO_RCVBUF of the connections: a small one makes a client that sends meet back-pressure soon.
    headers
        Further lines of the 101.
    backlog
        Of the listener.
    """

    def __init__(
        self,
        *scripts: Script,
        handshake: bool = True,
        context: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
        headers: tuple[str, ...] = (),
        port: int = 0,
    ) -> None:
        self.scripts = scripts or (echo,)
        #: Set when the test is over.
        self.stopping = threading.Event()
        #: What scripts returned, in the order in which they ended.
        self.results: queue.Queue[Any] = queue.Queue()
        self.connections = 0
        self._handshake = handshake
        self._context = context
        self._headers = headers
        self._failures: list[BaseException] = []
        self._never = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        if receive_buffer is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'wss://localhost' if self._context else 'ws://127.0.0.1'}:{self.port}/"

    def result(self) -> Any:
        """What the next script to end returned."""
        return self.results.get(timeout=DEADLINE)

    def __enter__(self) -> RawServer:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        self.stopping.set()
        self.stop_listening()
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
        if self._failures and kind is None:
            raise self._failures[0]

    def stop_listening(self) -> None:
        """Refuse further connections; those accepted stay."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name="lab-raw-server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError as error:
                if error.errno != errno.EMFILE:
                    return
                self._never.wait(0.01)  # a test leaves this process no descriptors for a while
                continue
            sock.settimeout(DEADLINE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets.append(sock)
                script = self.scripts[min(self.connections, len(self.scripts) - 1)]
                self.connections += 1
            self._start(self._serve, sock, script)

    def _serve(self, sock: socket.socket, script: Script) -> None:
        try:
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._sockets.append(sock)
            peer = Peer(sock, self)
            if self._handshake:
                peer.read_head()
                peer.accept(*self._headers)
            self.results.put(script(peer))
        except (OSError, EOFError):
            # What servers meet when clients leave; when the test wanted an answer, it fails for want of a result.
            pass
        except BaseException as error:
            self._failures.append(error)
        finally:
            with self._lock:
                self._sockets = [known for known in self._sockets if known is not sock]
            sock.close()
