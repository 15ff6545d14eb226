"""`Client`: one connection, blocking, in the caller's thread. The Ruby gem kontena-websocket-client's API.

What lives here: what people type: connect, send, read, and the facts. What must not: how a connection works (`connection`), logs,
background threads, displays. Any thread; `read` in one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import TimeoutError, again
from ..options import Options
from ..protocol.encode import encode
from ..protocol.frames import BINARY, OPCODE, SENT, TEXT
from ..redaction.payloads import mask
from ..tls.certificate import Certificate, CertificateChain
from ..tls.errors import SSLVerifyError
from ..tls.verdict import Verdict
from ..tls.verify import verify_chain
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.url import Target
from .connection import Connection

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..options import Given


class Client(Connection):
    """An open WebSocket connection.

    Made by `Client.connect`, which returns an open client or raises. Usable from several threads; `read` from one at a time.

    Attributes
    ----------
    url : str
        Where it leads, without credentials.
    options : Options
        What it was opened with.
    handshake : Handshake
        The record of the opening handshake.
    """

    def __init__(self, url: str, options: Options) -> None:
        super().__init__(url, options)
        self._inbox_row = 0
        self._taking = threading.Lock()

    @classmethod
    def connect(cls, url: str, options: Options | None = None, **given: Unpack[Given]) -> Client:
        """Open a WebSocket connection.

        Parameters
        ----------
        url : str
            ``ws://``, ``wss://`` or ``ws+unix://``.
        options : Options, optional
            Settings; more by name.
        **given
            Options by name, see `Options.table`.

        Returns
        -------
        Client
            Open.

        Raises
        ------
        ValueError, TypeError
            The URL or an option cannot work.
        ConnectError
            Name lookup, TCP or the proxy failed; `SSLConnectError` when TLS did, `SSLVerifyError` when the certificate was
            refused.
        ProtocolError
            What answered is not a WebSocket server.
        TimeoutError
            ``connect_timeout`` or ``open_timeout`` passed.
        """
        return cls(url, Options.of(options, **given))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---- facts

    @property
    def connection(self) -> Connection:
        """The connection itself."""
        return self

    @property
    def http_status(self) -> int:
        """HTTP status of the upgrade."""
        return self.handshake.status

    @property
    def http_headers(self) -> dict[str, str]:
        """HTTP headers of the upgrade."""
        return dict(self.handshake.headers)

    @property
    def ping_delay(self) -> float | None:
        """Seconds the latest pong took; None before the first."""
        return self._keepalive.delay

    @property
    def latencies(self) -> tuple[float, ...]:
        """Seconds of the latest pongs, oldest first, at most 1,000."""
        return tuple(self._keepalive.delays)

    @property
    def ssl(self) -> bool:
        """Whether the connection is encrypted."""
        return self._chain is not None

    @property
    def ssl_verify(self) -> bool:
        """Whether a bad certificate would have been refused."""
        return self.options.ssl_verify

    @property
    def ssl_hostname(self) -> str | None:
        """The name the certificate is checked for; None without TLS."""
        return self._chain.hostname if self._chain is not None else None

    @property
    def host(self) -> str:
        """The host connected to."""
        return Target.parse(self.handshake.url).host

    @property
    def port(self) -> int:
        """The port connected to."""
        return Target.parse(self.handshake.url).port

    @property
    def ssl_cert(self) -> Certificate | None:
        """The server's certificate, whether good or bad; None without TLS. The gem's ``ssl_cert``."""
        if self._chain is None:
            return None
        if self._chain.verdict is None:
            self._chain.verdict = self._judge(self._chain)
        return self._chain.leaf

    def verify_ssl_cert(self) -> Certificate | None:
        """Check the server's certificate as a verifying handshake would have. The gem's ``ssl_cert!``.

        Returns
        -------
        Certificate or None
            None without TLS.

        Raises
        ------
        SSLVerifyError
            OpenSSL refuses it, or cannot say.
        """
        certificate = self.ssl_cert
        if certificate is not None and self._chain is not None and self._chain.verdict is not None and not self._chain.verdict.ok:
            raise SSLVerifyError.of(self._chain.verdict, self._chain, url=self.url)
        return certificate

    def _judge(self, chain: CertificateChain) -> Verdict:
        assert self._trust is not None
        return verify_chain(chain.ders, hostname=chain.hostname, trust=self._trust, strict=self.options.strict, url=self.url)

    # ---- sending

    def send(self, data: str | bytes | bytearray | memoryview) -> None:
        """Send one message.

        Parameters
        ----------
        data : str or bytes-like
            Text goes as a text message, bytes as a binary one.

        Raises
        ------
        TypeError
            Neither str nor bytes-like.
        SocketError
            The connection is not open any more, or broke while sending.
        TimeoutError
            No progress within ``write_timeout``; says whether the message was cut, which ends the connection.
        """
        opcode, payload = encode(data)
        self.finish(self.submit(opcode, payload))

    # ---- receiving

    def read(self, timeout: float | None = None) -> str | bytes | None:
        """Read one message. The gem's ``read`` without a block.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait; None waits for ever.

        Returns
        -------
        str, bytes or None
            Text as str, binary as bytes; None when the connection was closed by us.

        Raises
        ------
        TimeoutError
            Nothing came in time (phase ``"read"``; the client stays usable), or the server gave no sign of life
            (phase ``"ping"``).
        CloseError
            The server closed; `EOFError` when without a close frame. Messages received before are delivered first.
        ProtocolError
            The server broke the protocol; the connection was closed with the code it asks for.
        RuntimeError
            Another thread is reading, or this one in the read that called ``on_pong``.
        """
        if self._receiver == threading.get_ident():
            raise RuntimeError("on_pong cannot read: the read that called it goes on when it returns")
        deadline = Deadline(timeout)
        with shielded() as shield:
            while True:
                if self._inbox and (message := self._take()) is not None:
                    return message
                self._begin_receiving(True, shield)
                try:
                    # Only the holder of the role knows the end: a closing thread sets the state before it hands over its last batch.
                    if not self._inbox and self._state == "closed":
                        if self.failure is not None:
                            raise again(self.failure)
                        return None
                    if not self._inbox:
                        self.receive(deadline, self._inbox, patient=True, shield=shield)
                finally:
                    self._end_receiving()
                if not self._inbox and deadline.passed and self._state != "closed":
                    raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def _take(self) -> str | bytes | None:
        with self._taking:
            while self._inbox:
                batch, row = self._inbox[0], self._inbox_row
                if row + 1 < len(batch):
                    self._inbox_row = row + 1
                else:
                    self._inbox.popleft()
                    self._inbox_row = 0
                opcode = batch.flags[row] & (OPCODE | SENT)
                if opcode == TEXT:
                    return batch.text(row)
                if opcode == BINARY:
                    return batch.payload(row)
            return None

    def __iter__(self) -> Iterator[str | bytes]:
        while (message := self.read()) is not None:
            yield message

    def __repr__(self) -> str:
        return mask(f"<Client {self.url} {self._state}>")
