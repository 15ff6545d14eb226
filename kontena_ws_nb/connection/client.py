"""`Client`: one connection, blocking, in the caller's thread. The API of the Ruby gem kontena-websocket-client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..options import Options
from ..protocol.encode import encode, masker
from ..protocol.handshake import Handshake
from ..redaction.payloads import mask
from ..tls.certificate import Certificate
from ..tls.errors import SSLVerifyError
from ..tls.verify import verify_chain
from ..transport.url import Target
from .connection import Connection
from .opening import open_connection

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..options import OptionArguments


def demo_url(url: str) -> str:
    """Replace a short name of the demo server (``"demo/ticker"``) by its URL, and start the server.

    Parameters
    ----------
    url : str
        A short name, or any URL.

    Returns
    -------
    str
        Any other URL is returned as it is.

    Raises
    ------
    ValueError
        The demo server has no such endpoint; nothing was started.
    """
    if not isinstance(url, str) or not url.startswith("demo"):
        return url
    from ..demo import resolve  # takes long to import: asyncio and websockets

    return resolve(url) or url


class Client:
    """An open WebSocket connection.

    `Client.connect` makes one: it returns an open client or raises. Several threads may use a client, but only one at a
    time may call `read`.

    Parameters
    ----------
    connection : Connection
        Open.

    Attributes
    ----------
    connection : Connection
        The connection itself, with lower-level methods for code that builds on it: ``pause``, ``resume``,
        ``unconfirmed``, ``latencies``, ``submit`` …
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    def connect(cls, url: str, options: Options | None = None, **given: Unpack[OptionArguments]) -> Client:
        """Open a WebSocket connection.

        Parameters
        ----------
        url : str
            ``ws://``, ``wss://`` or ``ws+unix://``; ``"demo"``, ``"demo/ticker"``, ``"demo+tls"`` … as in `connect`.
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
            Name lookup, TCP or the proxy failed; `SSLConnectError` when TLS did, `SSLVerifyError` when the certificate
            was refused.
        ProtocolError
            What answered is not a WebSocket server.
        TimeoutError
            ``connect_timeout`` or ``open_timeout`` passed.
        """
        options = Options.of(options, **given)
        masker()
        opened = open_connection(demo_url(url), options)
        try:
            return cls(Connection(opened, options))
        except BaseException:  # an interrupt: the caller gets no client that could close the stream
            opened.stream.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self.connection.copied:  # a forked child leaves closing to its parent
            self.close()

    def __repr__(self) -> str:
        return mask(f"<Client {self.url} {self.state}>")

    # ---- state

    @property
    def url(self) -> str:
        """The URL it is connected to, secrets masked."""
        return self.connection.url

    @property
    def options(self) -> Options:
        """The options it was opened with."""
        return self.connection.options

    @property
    def handshake(self) -> Handshake:
        """The record of the opening handshake."""
        return self.connection.handshake

    @property
    def state(self) -> str:
        """``"open"``, ``"closing"`` or ``"closed"``."""
        return self.connection.state

    @property
    def connected(self) -> bool:
        """Whether the socket is still open."""
        return self.connection.connected

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        return self.connection.open

    @property
    def closing(self) -> bool:
        """Whether the closing handshake is under way."""
        return self.connection.closing

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self.connection.closed

    @property
    def close_code(self) -> int | None:
        """The server's close code; 1006 when it sent no close frame (RFC 6455 section 7.1.5); None while open."""
        return self.connection.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`; None while the connection is open."""
        return self.connection.close_reason

    @property
    def host(self) -> str:
        """The host of the URL."""
        return Target.parse(self.handshake.url).host

    @property
    def port(self) -> int:
        """The port of the URL, or its scheme's default."""
        return Target.parse(self.handshake.url).port

    @property
    def http_status(self) -> int:
        """HTTP status of the opening handshake: 101."""
        return self.handshake.status

    @property
    def http_headers(self) -> dict[str, str]:
        """HTTP response headers of the opening handshake; of a repeated header, the last."""
        return dict(self.handshake.headers)

    # ---- TLS

    @property
    def ssl(self) -> bool:
        """Whether the connection is encrypted."""
        return self.connection.chain is not None

    @property
    def ssl_verify(self) -> bool:
        """Whether a bad certificate would have been refused."""
        return self.options.ssl_verify

    @property
    def ssl_hostname(self) -> str | None:
        """The host name that the certificate is checked for; None without TLS."""
        chain = self.connection.chain
        return chain.hostname if chain is not None else None

    @property
    def ssl_cert(self) -> Certificate | None:
        """The server's certificate, with its verdict, good or bad; None without TLS."""
        chain, trust = self.connection.chain, self.connection.trust
        if chain is None:
            return None
        if chain.verdict is None:
            assert trust is not None
            options = self.options
            chain.verdict = verify_chain(
                chain.ders, hostname=chain.hostname, trust=trust, strict=options.strict, url=self.url
            )
        return chain.leaf

    def verify_ssl_cert(self) -> Certificate | None:
        """Check the server's certificate as a verifying handshake would have. The Ruby gem's ``ssl_cert!``.

        Returns
        -------
        Certificate or None
            None without TLS.

        Raises
        ------
        SSLVerifyError
            OpenSSL refuses it, or could not decide.
        """
        certificate, chain = self.ssl_cert, self.connection.chain
        if chain is not None and chain.verdict is not None and not chain.verdict.ok:
            raise SSLVerifyError.of(chain.verdict, chain, url=self.url)
        return certificate

    # ---- messages

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
            The server took no byte for ``write_timeout`` (phase ``"write"``). If part of the message had been sent, the
            connection was closed; otherwise it stays usable. The text says which. Also if 16 MiB of messages whose
            senders were interrupted or cancelled are still queued.
        """
        opcode, payload = encode(data)
        self.connection.finish(self.connection.submit(opcode, payload))

    def read(self, timeout: float | None = None) -> str | bytes | None:
        """Read one message.

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
            No message came in time (phase ``"read"``; the client stays usable), or nothing at all came within
            ``ping_timeout`` after a keepalive ping (phase ``"ping"``; the connection was closed).
        CloseError
            The server closed; `EOFError` without a close frame. Messages that came before are returned first.
        ProtocolError
            The server broke the protocol; the connection was closed with the close code for that.
        RuntimeError
            Another thread is reading, or ``on_pong`` called this.
        """
        return self.connection.read(timeout)

    def __iter__(self) -> Iterator[str | bytes]:
        while (message := self.read()) is not None:
            yield message

    # ---- pings

    def ping(self, payload: bytes | None = None) -> bytes:
        """Send a ping and return at once; `ping_delay` is the round trip once the pong has come.

        Parameters
        ----------
        payload : bytes, optional
            At most 125 bytes; a high-resolution timestamp by default.

        Returns
        -------
        bytes
            The payload sent.

        Raises
        ------
        ValueError
            The payload is longer than 125 bytes (RFC 6455 section 5.5).
        SocketError
            The connection is not open any more.
        TimeoutError
            The server takes nothing, and 16 MiB that nobody waits for are queued (phase ``"write"``).
        """
        return self.connection.ping(payload)

    @property
    def ping_delay(self) -> float | None:
        """Seconds the latest pong took; None before the first."""
        return self.connection.ping_delay

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the server's close frame, at most ``close_timeout``.

        May be called from any thread, inside a ``for message in client`` loop, and from ``on_pong``, where it does not
        wait. A second call only waits. If another thread is reading, that thread receives the close frame. `read` still
        returns what came meanwhile, up to ``max_bytes``.

        Parameters
        ----------
        code : int, default 1000
            1000, 1001–1003, 1007–1014 or 3000–4999 (RFC 6455 section 7.4).
        reason : str, default ""
            At most 123 bytes of UTF-8.

        Raises
        ------
        ValueError
            The code must not be sent, or the reason is too long; nothing was sent.
        """
        self.connection.close(code, reason)

    def abort(self, *, reset: bool = False) -> None:
        """Drop the connection without a close frame.

        Parameters
        ----------
        reset : bool, default False
            Send RST instead of FIN.
        """
        self.connection.abort(reset=reset)
