"""A TLS server on loopback, with any chain of the certificate lab, and with faults.

Standard library only. One thread accepts, one serves each connection; leaving the context closes sockets and joins
threads. What the server learned (SNI, client certificate, alerts, bytes) is in `log`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from .certificates import lab

DEADLINE = 20.0

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def server_context(
    case: str = "good", *, tls: str | None = None, client_ca: bool = False, alpn: list[str] | None = None
) -> ssl.SSLContext:
    """Make a server context for a case of the lab; `tls` allows that version only; `client_ca` demands a client certificate."""
    made = lab()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")  # the weak cases need it
    if tls is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = _VERSIONS[tls]
    context.load_cert_chain(made.path(f"{case}.pem"), made.path(f"{case}.key"))
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(made.ca_file)
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class TLSServer:
    """The server.

    Parameters
    ----------
    case, tls, client_ca, alpn
        As for `server_context`.
    mode
        ``"tls"`` serves; ``"plain_http"`` answers the ClientHello with HTTP, ``"close"`` and ``"reset"`` hang up after
        it, ``"stall"`` says nothing.
    handler
        Called with the TLS socket after the handshake; by default reads until the client closes.
    """

    def __init__(
        self,
        case: str = "good",
        *,
        tls: str | None = None,
        client_ca: bool = False,
        alpn: list[str] | None = None,
        mode: str = "tls",
        handler: Callable[[ssl.SSLSocket], None] | None = None,
    ) -> None:
        self.log: list[tuple[str, Any]] = []
        self._mode = mode
        self._handler = handler or self._drain
        self._context = server_context(case, tls=tls, client_ca=client_ca, alpn=alpn)
        self._context.sni_callback = lambda _sock, name, _context: self.log.append(("sni", name))
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> TLSServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopping.set()
        # shutdown() wakes a thread in accept() or recv(); close() alone does not.
        with self._lock:
            for sock in (self._listener, *self._sockets):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"wss://localhost:{self.port}/"

    def seen(self, event: str) -> list[Any]:
        """Values logged under a name."""
        return [value for name, value in self.log if name == event]

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name="lab-tls-server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._sockets.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            sock.settimeout(DEADLINE)
            try:
                getattr(self, f"_mode_{self._mode}")(sock)
            except OSError as exc:
                self.log.append(("error", exc))

    def _mode_tls(self, sock: socket.socket) -> None:
        with self._context.wrap_socket(sock, server_side=True) as tls:
            self.log.append(("handshake", tls.version()))
            with self._lock:
                self._sockets.append(tls)
            peer = tls.getpeercert(True)
            if peer:
                self.log.append(("client_cert", peer))
            self._handler(tls)

    def _drain(self, tls: ssl.SSLSocket) -> None:
        while data := tls.recv(65536):
            self.log.append(("bytes", data))

    def _mode_plain_http(self, sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def _mode_close(self, sock: socket.socket) -> None:
        sock.recv(65536)

    def _mode_reset(self, sock: socket.socket) -> None:
        sock.recv(65536)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _mode_stall(self, sock: socket.socket) -> None:
        sock.recv(65536)
        self._stopping.wait(DEADLINE)


def accept_websocket(tls: ssl.SSLSocket) -> None:
    """Handler that accepts the WebSocket upgrade, then answers a close frame with the same and hangs up (RFC 6455 section 7.1.2)."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = tls.recv(65536)
        if not data:
            return
        head += data
    key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
    assert key is not None
    accept = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    tls.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept
        + b"\r\n\r\n"
    )
    if tls.recv(65536):
        tls.sendall(b"\x88\x02\x03\xe8")


@contextlib.contextmanager
def handshake(
    port: int, context: ssl.SSLContext, hostname: str, *, before_sending: Callable[[ssl.SSLObject], None] | None = None
) -> Iterator[tuple[ssl.SSLObject, Exception | None]]:
    """Shake hands as `wire` does, over memory buffers; yields the SSL object and what went wrong, if anything.

    `before_sending` is called after each step, while what OpenSSL wants to send is still held back; what it raises is
    yielded too.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    sslobj = context.wrap_bio(incoming, outgoing, server_hostname=hostname)
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as sock:
        error: Exception | None = None
        try:
            _shake(sslobj, sock, incoming, outgoing, before_sending)
        except Exception as exc:
            error = exc
        yield sslobj, error


def _shake(
    sslobj: ssl.SSLObject,
    sock: socket.socket,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
    before_sending: Callable[[ssl.SSLObject], None] | None,
) -> None:
    while True:
        try:
            sslobj.do_handshake()
            done = True
        except ssl.SSLWantReadError:
            done = False
        except ssl.SSLError:
            with contextlib.suppress(OSError):
                sock.sendall(outgoing.read())  # the alert
            raise
        if before_sending is not None:
            before_sending(sslobj)
        if outgoing.pending:
            sock.sendall(outgoing.read())
        if done:
            return
        data = sock.recv(65536)
        if data:
            incoming.write(data)
        else:
            incoming.write_eof()
