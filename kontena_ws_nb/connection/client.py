"""`Client`: one connection, blocking, in the caller's thread. The API of the Ruby gem kontena-websocket-client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

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

    from ..options import Given

#: What turns names that are no URLs into URLs, None for what it doesn't know. The package's `api` adds the demo server's,
#: so that ``"demo"`` means the same wherever a URL is taken.
short_names: Final[list[Callable[[str], str | None]]] = []


class Client:
    """An open WebSocket connection.

    Made by `Client.connect`, which returns an open client or raises. Usable from several threads; `read` from one at a
    time.

    Parameters
    ----------
    connection : Connection
        Open.

    Attributes
    ----------
    connection : Connection
        What does the work; its other methods are for those who build on it, not for people.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    def connect(cls, url: str, options: Options | None = None, **given: Unpack[Given]) -> Client:
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
        for known in short_names:
            url = known(url) or url
        opened = open_connection(url, options)
        try:
            return cls(Connection(opened, options))
        except BaseException:  # an interrupt: nobody would hold what is open
            opened.stream.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self.connection.copied:  # in a forked child it is the parent's to close
            self.close()

    def __repr__(self) -> str:
        return mask(f"<Client {self.url} {self.state}>")

    # ---- facts

    @property
    def url(self) -> str:
        """Where it leads, secrets masked."""
        return self.connection.url

    @property
    def options(self) -> Options:
        """What it was opened with."""
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
        """Whether the socket is still there."""
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
        """Whether the connection is over."""
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
    def unconfirmed(self) -> tuple[range, ...]:
        """Numbers of the messages that may be lost when the connection is: sent since the last confirmed round trip.

        A pong confirms what was sent before its ping; the server's answer to our close frame confirms everything.
        """
        return self.connection.unconfirmed

    @property
    def host(self) -> str:
        """The host connected to."""
        return Target.parse(self.handshake.url).host

    @property
    def port(self) -> int:
        """The port connected to."""
        return Target.parse(self.handshake.url).port

    @property
    def http_status(self) -> int:
        """HTTP status of the upgrade."""
        return self.handshake.status

    @property
    def http_headers(self) -> dict[str, str]:
        """HTTP headers of the upgrade."""
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
        """The name the certificate is checked for; None without TLS."""
        chain = self.connection.chain
        return chain.hostname if chain is not None else None

    @property
    def ssl_cert(self) -> Certificate | None:
        """The server's certificate, whether good or bad; None without TLS. The gem's ``ssl_cert``."""
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
            No progress within ``write_timeout``; says whether the message was cut, which ends the connection.
        """
        opcode, payload = encode(data)
        self.connection.finish(self.connection.submit(opcode, payload))

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
        return self.connection.read(timeout)

    def __iter__(self) -> Iterator[str | bytes]:
        while (message := self.read()) is not None:
            yield message

    def pause(self) -> None:
        """Stop receiving: the socket's buffers fill and TCP pushes back. Keepalive rests too. Any thread."""
        self.connection.pause()

    def resume(self) -> None:
        """Receive again after `pause`. Any thread."""
        self.connection.resume()

    @property
    def paused(self) -> bool:
        """Whether `pause` holds the receiver."""
        return self.connection.paused

    # ---- pings

    def ping(self, payload: bytes | None = None) -> bytes:
        """Send a ping; returns at once. `ping_delay` tells later how long the pong took.

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
        """
        return self.connection.ping(payload)

    @property
    def ping_delay(self) -> float | None:
        """Seconds the latest pong took; None before the first."""
        return self.connection.ping_delay

    @property
    def latencies(self) -> tuple[float, ...]:
        """Seconds of the latest pongs, oldest first, at most 1,000."""
        return self.connection.latencies

    # ---- the end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection and wait for the server's answer, at most ``close_timeout``.

        Safe from any thread, from inside a ``for message in client`` loop and from ``on_pong``; a second call only
        waits. When another thread is reading, that thread receives the answer.

        Parameters
        ----------
        code : int, default 1000
            1000, 1001–1003, 1007–1014 or 3000–4999 (RFC 6455 section 7.4).
        reason : str, default ""
            At most 123 bytes of UTF-8.

        Raises
        ------
        ValueError
            A code or reason that may not stand in a close frame; nothing was sent.
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
