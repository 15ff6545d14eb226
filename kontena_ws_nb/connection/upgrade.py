"""The opening handshake (RFC 6455 section 4): the HTTP upgrade, over a connected stream.

websocket-client makes the key and the request. It sees our connection through `_Wire`, which records what is sent and
ends websocket-client's part as soon as the response head is there. We validate that ourselves, because websocket-client
lets much pass (duplicate extensions, unsolicited subprotocols, wrong-case accept keys), loses the bodies of rejections,
keeps cookies for the whole process, and reads a byte at a time.
"""

from __future__ import annotations

import io
import re
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha1
from secrets import token_hex
from typing import Any, Final

from ..errors import ConnectError, Error, ProtocolError, TimeoutError
from ..options import Options
from ..protocol.handshake import Handshake, parse_head
from ..protocol.permessage_deflate import OFFER, negotiate
from ..redaction.headers import redact_subprotocols
from ..redaction.payloads import SHORTEST, mask_bytes
from ..redaction.refused import told
from ..redaction.subprotocols import offered
from ..redaction.text import printable, quoted
from ..transport.credentials import know_response
from ..transport.deadline import Deadline
from ..transport.stream import Stream
from ..transport.url import Target
from ..transport.write_queue import WriteStalledError

#: How much of a body is kept.
MAX_BODY: Final = 64 << 10
#: How long a body without an announced end is waited for.
PATIENCE: Final = 2.0

#: What nginx ("No required SSL certificate was sent"), IIS ("client certificate required") and others write.
_WANTS_CERTIFICATE: Final = re.compile(rb"(?i)\b(?:SSL|TLS|client) certificate")


def rejected(handshake: Handshake, body: bytes, url: str) -> ProtocolError:
    """Word a response that is not 101.

    Parameters
    ----------
    handshake : Handshake
        The response's head.
    body : bytes
        The start of its body.
    url : str
        Redacted.

    Returns
    -------
    ProtocolError
        With ``status headers body``.
    """
    hints = {
        400: "the server did not accept the upgrade request; check path, subprotocol and headers",
        401: "it wants credentials: pass token=, user= or headers=",
        403: "it refuses this client; some servers check the Origin header: pass origin=",
        404: "check the path",
        407: "the proxy wants credentials: proxy='http://name:password@host:port'",
        426: "it wants another protocol or version",
        429: "too many requests: wait",
    }
    hint = hints.get(handshake.status)
    if handshake.status == 200:
        hint = "this is an HTTP server, or not its WebSocket path"
    if handshake.status in (400, 403, 496) and _WANTS_CERTIFICATE.search(body):
        # Such servers let the TLS handshake pass and say it in HTTP; 496 is nginx's own number for it.
        hint = "the server wants a client certificate: pass client_cert= and client_key=, or another one if it refused yours"
    said = _summary(body)
    return ProtocolError(
        f"the server answered {handshake.status} {printable(handshake.reason)}".rstrip()
        + " instead of 101 Switching Protocols"
        + said,
        url=url,
        hint=hint,
        status=handshake.status,
        headers=handshake.headers,
        body=body,
    )


def _summary(body: bytes) -> str:
    # Hostile bytes in an error message: printable, one line, short.
    text = " ".join(mask_bytes(body, 0, 400).decode("utf-8", "replace").split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f": {text[:160]}{'…' if len(text) > 160 else ''}" if text else ""


class _BodyReader(io.RawIOBase):
    """A response as the file http.client reads."""

    def __init__(self, ready: bytes, read: Callable[[Deadline], bytes]) -> None:
        self._poller = ready
        self._read = read
        self._deadline = Deadline(PATIENCE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._poller:
            try:
                self._poller = self._read(self._deadline)
            except OSError:
                pass  # the connection broke: the end of what can be shown
        data, self._poller = self._poller[: len(buffer)], self._poller[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def read_body(handshake: Handshake, rest: bytes, read: Callable[[Deadline], bytes]) -> bytes:
    """Read the start of a rejected response's body.

    Parameters
    ----------
    handshake : Handshake
        The response's head.
    rest : bytes
        What was received beyond the head.
    read : callable
        Gives the next bytes, or none at the end or when the deadline it gets has passed.

    Returns
    -------
    bytes
        At most `MAX_BODY`.
    """
    from http.client import HTTPException, HTTPResponse, IncompleteRead

    response = HTTPResponse(_BodyReader(handshake.response + rest, read))  # type: ignore[arg-type]
    try:
        response.begin()
        return response.read(MAX_BODY)
    except IncompleteRead as error:
        return error.partial
    except (HTTPException, ValueError, OSError):
        return rest[:MAX_BODY]  # not even its framing is right: show the raw bytes
    finally:
        response.close()


#: A response head longer than this is not one.
MAX_HEAD: Final = 64 << 10
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _TooLargeError(Exception):
    """The response head exceeds `MAX_HEAD`."""


class _ClosedError(Exception):
    """The server closed during the handshake."""


class _AnsweredError(Exception):
    """The response head is recorded: websocket-client's part is over."""


class _Wire:
    """The socket websocket-client sees: sends through us; when it wants the response, we read and record that."""

    def __init__(self, stream: Stream, target: Target, deadline: Deadline) -> None:
        self._stream = stream
        self._target = target
        self._deadline = deadline
        self._unsent: OSError | None = None
        self.request = b""
        self.response = b""
        self.status, self.reason, self.headers = 0, "", ()  # type: tuple[int, str, tuple[tuple[str, str], ...]]
        #: Bytes of the first frames that came with the head.
        self.rest = b""

    def gettimeout(self) -> float:
        return 0  # makes websocket-client call send and recv directly: waiting is ours

    def settimeout(self, timeout: float | None) -> None:
        pass  # as above

    def close(self) -> None:
        pass  # the stream is closed by whoever opened it

    def send(self, data: bytes) -> int:
        # websocket-client's URL parser drops ";parameters" of a path: the request target is ours.
        _, _, rest = data.partition(b"\r\n")
        self.request = f"GET {self._target.resource} HTTP/1.1\r\n".encode("ascii") + rest
        try:
            self._stream.send(self.request, self._deadline.left())
        except OSError as error:
            # The server may have said why before it hung up: an HTTP answer, or with TLS 1.3 the alert that refuses a
            # missing client certificate after our handshake is over (RFC 8446 section 4.4.2.4). What arrived before a
            # reset is still in the socket.
            self._unsent = error
        return len(data)

    def recv(self, size: int) -> bytes:
        self.read_head()
        raise _AnsweredError

    def read_head(self) -> None:
        """Read up to the empty line that ends the head, within deadline and budget; skip interim responses."""
        received = bytearray()
        skipped = searched = 0
        try:
            while True:
                end = received.find(b"\r\n\r\n", searched)
                if end >= 0:
                    head = bytes(received[: end + 4])
                    self.status, self.reason, self.headers = parse_head(head, self._target.shown)
                    if not 100 <= self.status <= 199 or self.status == 101:
                        break
                    # RFC 9110 section 15.2: any number of interim responses may come first.
                    skipped += len(head)
                    del received[: end + 4]
                    searched = 0
                    continue
                if skipped + len(received) > MAX_HEAD:
                    raise _TooLargeError
                if not received.startswith(b"HTTP/"[: len(received)]):
                    raise _not_http(bytes(received), self._target)
                searched = max(0, len(received) - 3)
                data = self.read_some()
                if not data:
                    raise self._unsent or _ClosedError
                received += data
        except BaseException:
            self.response = bytes(received)
            raise
        self.response = head
        self.rest = bytes(received[end + 4 :])

    def read_some(self, deadline: Deadline | None = None) -> bytes:
        """Read whatever comes next; empty at the end of the stream."""
        buffer = bytearray(16384)
        until = self._deadline if deadline is None else deadline.sooner(self._deadline)
        while True:
            with memoryview(buffer) as view:
                count = self._stream.receive_into(view)
            if count is not None:
                return bytes(buffer[:count])
            if until.passed or not self._stream.wait(until):
                raise _ExpiredError

    def read_patiently(self, deadline: Deadline) -> bytes:
        """Read like `read_some`, but take silence for the end."""
        try:
            return self.read_some(deadline)
        except _ExpiredError:
            return b""


class _ExpiredError(Exception):
    """The deadline passed while reading."""


def upgrade(stream: Stream, target: Target, options: Options) -> tuple[Handshake, bytes]:
    """Do the opening handshake on a connected stream.

    Parameters
    ----------
    stream : Stream
        Connected, TLS done. Closed by the caller when this raises.
    target : Target
        Where it leads.
    options : Options
        Headers, subprotocols, origin, compression, ``open_timeout``.

    Returns
    -------
    (Handshake, bytes)
        The record (perhaps of a redirect), and what was already received of the first frames.

    Raises
    ------
    ProtocolError
        What answered is not a WebSocket server; ``status headers body`` tell what it said.
    ConnectError
        The connection ended during the handshake.
    TimeoutError
        ``open_timeout`` passed.
    """
    wire = _Wire(stream, target, Deadline(options.open_timeout))
    url = target.shown
    started = time.monotonic()
    try:
        status, reason, headers = _exchange(wire, target, options)
        handshake = Handshake(
            target.url,
            wire.request,
            wire.response,
            status,
            reason,
            headers,
            timings={"upgrade": time.monotonic() - started},
            time=time.time(),
        )
        know_response(headers)
        if status == 101:
            return _validated(handshake, options, url), wire.rest
        if status in REDIRECTS:
            return handshake, b""
        raise rejected(handshake, read_body(handshake, wire.rest, wire.read_patiently), url)
    except Error:
        raise
    except _ExpiredError:
        raise TimeoutError(
            "open",
            options.open_timeout or 0,
            f"no HTTP response within {options.open_timeout:g} s{_received(wire)}",
            url=url,
        ) from None
    except WriteStalledError:
        raise TimeoutError(
            "open", options.open_timeout or 0, "the upgrade request could not be written", url=url
        ) from None
    except _TooLargeError:
        raise ProtocolError(f"the response head is longer than {MAX_HEAD:,} bytes{_received(wire)}", url=url) from None
    except _ClosedError:
        hint = maybe_tls(url) if not wire.response else None
        raise ConnectError(
            f"the server closed the connection during the opening handshake{_received(wire)}", url=url, hint=hint
        ) from None


def maybe_tls(url: str) -> str | None:
    """Suggest TLS when a server hung up on a plain request: many TLS servers do just that.

    Parameters
    ----------
    url : str
        What was opened.

    Returns
    -------
    str or None
        A hint; None when TLS was spoken already.
    """
    return f"if it speaks TLS, write wss://{url[5:]}" if url.startswith("ws://") else None


def _received(wire: _Wire) -> str:
    return f" (received so far: {mask_bytes(wire.response, 0, 60)!r})" if wire.response else ""


def _exchange(wire: _Wire, target: Target, options: Options) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Send the request through websocket-client and read the response ourselves."""
    from websocket import WebSocket, WebSocketException

    header = [f"{name}: {value}" for name, value in options.header_items()]
    if options.compression:
        header.append(f"Sec-WebSocket-Extensions: {OFFER}")
    # Not by subprotocols=: websocket-client compares without case.
    if options.subprotocols:
        header.append(f"Sec-WebSocket-Protocol: {', '.join(options.subprotocols)}")
    kind = ""
    try:
        WebSocket().connect(  # type: ignore[no-untyped-call]
            # The name is only looked up in websocket-client's process-wide cookie jar, which is not ours: one nobody
            # has a cookie for.
            f"ws://{token_hex(8)}/",
            socket=wire,
            redirect_limit=0,
            header=header,
            host=target.authority,
            suppress_host=any(line.lower().startswith("host:") for line in header),
            origin=options.origin,
            suppress_origin=options.origin is None,
        )
    except _AnsweredError:
        return wire.status, wire.reason, wire.headers
    except (WebSocketException, ValueError) as error:
        kind = type(error).__name__
    # Its text and the objects it holds may be the request's, and that has our secrets.
    if kind:
        raise ProtocolError(f"no upgrade request could be made ({kind})", url=target.shown)
    raise AssertionError("websocket-client needs an answer")


def _not_http(received: bytes, target: Target) -> ProtocolError:
    start = received[:5]
    hint = "check host and port"
    if start[:1] in (b"\x15", b"\x16") and not target.secure:
        hint = "this looks like TLS: use wss:// instead of ws://"
    elif start.startswith(b"SSH-"):
        hint = "this is an SSH server"
    return ProtocolError(
        f"what answered is not HTTP: it begins with {mask_bytes(received, 0, 40)!r}", url=target.shown, hint=hint
    )


def _validated(handshake: Handshake, options: Options, url: str) -> Handshake:
    """Check a 101: RFC 6455 section 4.1, the client's requirements."""
    for name, wanted in (("Upgrade", "websocket"), ("Connection", "upgrade"), ("Sec-WebSocket-Accept", "")):
        value = handshake.header(name)
        if value is None or (wanted and wanted not in [part.strip().lower() for part in value.split(",")]):
            lacking = f"'{name}: {wanted}'" if wanted else name
            raise ProtocolError(
                f"the server answered 101 without {lacking} (RFC 6455 section 4.1)",
                url=url,
                status=101,
                headers=handshake.headers,
            )
    _, _, sent = parse_head(b"HTTP/1.1 101 x\r\n" + handshake.request.partition(b"\r\n")[2], url)
    key = next(value for name, value in sent if name == "Sec-WebSocket-Key")
    # RFC 6455 section 1.3: a fixed protocol constant, not a secret.
    wanted = b64encode(
        sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
    ).decode()
    accept = handshake.header("Sec-WebSocket-Accept")
    if accept != wanted:
        raise ProtocolError(
            f"the server answered with Sec-WebSocket-Accept {quoted(str(accept))} instead of {wanted!r} (RFC 6455 section 4.1)",
            url=url,
            status=101,
            headers=handshake.headers,
        )
    subprotocol = handshake.header("Sec-WebSocket-Protocol")
    if subprotocol is not None and subprotocol not in options.subprotocols:
        shown, mine = _shown(subprotocol, options.subprotocols), redact_subprotocols(options.subprotocols) or "none"
        raise ProtocolError(
            f"the server chose the subprotocol {shown or f'({told(subprotocol)})'}, which was not offered (offered: {mine}; RFC 6455 section 4.1)",
            url=url,
            hint=f"pass subprotocols=[{shown}] if you speak it" if shown == repr(subprotocol) else None,
            status=101,
            headers=handshake.headers,
        )
    extensions = handshake.header("Sec-WebSocket-Extensions")
    try:
        compression = negotiate(extensions, options.compression)
    except ProtocolError as error:
        error.url = url
        raise
    return replace(handshake, subprotocol=subprotocol, extensions=extensions, compression=compression)


def _shown(subprotocol: str, names: Sequence[str]) -> str | None:
    """Quote what the server chose; not when it is a token that we offered in other letters, or a part of it."""
    lowered = subprotocol.lower()
    tokens = [one.token.lower() for one in offered(names) if len(one.token) >= SHORTEST]
    if any(token in lowered or (lowered in token and len(lowered) >= SHORTEST) for token in tokens):
        return None
    return quoted(redact_subprotocols([subprotocol]))
