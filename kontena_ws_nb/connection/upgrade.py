"""The opening handshake (RFC 6455 section 4): the HTTP upgrade, over a connected stream.

websocket-client makes the key and the request. It uses our stream through `_Wire`, which records the request and, when
websocket-client wants to read, receives the response head and raises `_AnsweredError`. We validate the response
ourselves, because websocket-client accepts duplicate extensions, unsolicited subprotocols and wrong-case accept keys,
loses the bodies of rejections, keeps cookies for the whole process, and reads a byte at a time.
"""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha1
from secrets import token_hex
from typing import Final

from ..errors import ConnectError, Error, ProtocolError, TimeoutError
from ..options import Options
from ..protocol.handshake import Handshake
from ..protocol.permessage_deflate import OFFER, negotiate
from ..redaction.headers import redact_subprotocols
from ..redaction.invalid import kind_and_size
from ..redaction.payloads import SHORTEST, mask_bytes
from ..redaction.subprotocols import offered
from ..redaction.text import quoted
from ..transport.credentials import know_response
from ..transport.deadline import Deadline
from ..transport.http_response import (
    MAX_HEAD,
    EndOfStreamError,
    Head,
    HeadTooLongError,
    NotHTTPError,
    Responses,
    SilenceError,
    elements,
    values,
)
from ..transport.stream import Stream
from ..transport.url import Target
from ..transport.write_queue import WriteStalledError
from .refusal import rejected

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
#: Of our request; a header of this name cannot be given by an option.
_KEY: Final = re.compile(rb"\r\nSec-WebSocket-Key: ([^\r\n]+)\r\n")


class _AnsweredError(Exception):
    """The response head has been received; ends websocket-client's part."""


class _Wire:
    """The socket that websocket-client uses: records and sends the request, and receives the response head."""

    def __init__(self, stream: Stream, target: Target, deadline: Deadline) -> None:
        self._stream = stream
        self._target = target
        self._deadline = deadline
        self._unsent: OSError | None = None
        self.responses = Responses(stream, deadline, target.shown)
        self.request = b""
        self.head = Head(b"", 0, "", ())

    def gettimeout(self) -> float:
        return 0  # makes websocket-client call send and recv directly, without waiting itself

    def settimeout(self, timeout: float | None) -> None:
        pass  # as above

    def close(self) -> None:
        pass  # the caller of `upgrade` closes the stream

    def send(self, data: bytes) -> int:
        # Replace the request target: websocket-client's URL parser drops ";parameters" of a path.
        _, _, rest = data.partition(b"\r\n")
        self.request = f"GET {self._target.resource} HTTP/1.1\r\n".encode("ascii") + rest
        try:
            self._stream.send(self.request, self._deadline.left())
        except OSError as error:
            # Read before raising: the server may have sent an HTTP response before it closed, or with TLS 1.3 an alert
            # about a missing client certificate, which comes after our side of the handshake (RFC 8446 section
            # 4.4.2.4). Bytes that arrived before a reset can still be read.
            self._unsent = error
        return len(data)

    def recv(self, size: int) -> bytes:
        try:
            self.head = self.responses.head()
        except EndOfStreamError:
            raise self._unsent or EndOfStreamError from None
        raise _AnsweredError


def upgrade(stream: Stream, target: Target, options: Options) -> tuple[Handshake, bytes]:
    """Do the opening handshake on a connected stream.

    Parameters
    ----------
    stream : Stream
        Connected, TLS done. Closed by the caller when this raises.
    target : Target
        The URL.
    options : Options
        Headers, subprotocols, origin, compression, ``open_timeout``.

    Returns
    -------
    (Handshake, bytes)
        The record, whose status is 101 or a redirect's, and bytes that were received after the response head.

    Raises
    ------
    ProtocolError
        The server is not a WebSocket server, or rejected the handshake; ``status headers body`` are its response.
    ConnectError
        The connection ended during the handshake.
    TimeoutError
        ``open_timeout`` passed.
    """
    wire = _Wire(stream, target, Deadline(options.open_timeout))
    url = target.shown
    started = time.monotonic()
    try:
        head = _exchange(wire, target, options)
        handshake = Handshake(
            target.url,
            wire.request,
            head.raw,
            head.status,
            head.reason,
            head.headers,
            timings={"upgrade": time.monotonic() - started},
            time=time.time(),
        )
        know_response(head.headers)
        if head.status == 101:
            return _validated(handshake, options, url), wire.responses.rest
        if head.status in REDIRECTS:
            return handshake, b""
        raise rejected(handshake, wire.responses.body(head), url, options)
    except Error:
        raise
    except SilenceError:
        raise TimeoutError(
            "open",
            options.open_timeout or 0,
            f"no HTTP response within {options.open_timeout:g} s{_received(wire)}",
            url=url,
            hint=None if wire.responses.received else maybe_tls(url),
        ) from None
    except WriteStalledError:
        raise TimeoutError(
            "open", options.open_timeout or 0, "the upgrade request could not be written", url=url
        ) from None
    except HeadTooLongError:
        raise ProtocolError(f"the response head is longer than {MAX_HEAD:,} bytes{_received(wire)}", url=url) from None
    except NotHTTPError:
        raise _not_http(wire.responses.received, target) from None
    except EndOfStreamError:
        hint = maybe_tls(url) if not wire.responses.received else None
        raise ConnectError(
            f"the server closed the connection during the opening handshake{_received(wire)}", url=url, hint=hint
        ) from None


def maybe_tls(url: str) -> str | None:
    """Make a hint for a server that closed on a plain request, as many TLS servers do.

    Parameters
    ----------
    url : str
        The URL that was opened.

    Returns
    -------
    str or None
        The hint; None for a ``wss://`` URL.
    """
    return f"if it speaks TLS, write wss://{url[5:]}" if url.startswith("ws://") else None


def _received(wire: _Wire) -> str:
    received = wire.responses.received
    return f" (received so far: {mask_bytes(received, 0, 60)!r})" if received else ""


def _exchange(wire: _Wire, target: Target, options: Options) -> Head:
    """Send the request through websocket-client and read the response ourselves."""
    try:
        from websocket import WebSocket, WebSocketException
    except ImportError as error:
        # A file websocket.py beside the notebook, the program itself, the package websocket, or no module of that name.
        raise ImportError(
            f"import websocket found {error.path or 'nothing'} instead of websocket-client, which is needed: rename or move a file "
            "of that name; pip uninstall websocket; pip install --force-reinstall websocket-client; then start Python again",
            name="websocket",
            path=error.path,
        ) from error

    header = [f"{name}: {value}" for name, value in options.header_items()]
    if options.compression:
        header.append(f"Sec-WebSocket-Extensions: {OFFER}")
    # Not with websocket-client's subprotocols=, which compares the answer case-insensitively.
    if options.subprotocols:
        header.append(f"Sec-WebSocket-Protocol: {', '.join(options.subprotocols)}")
    kind = ""
    try:
        WebSocket().connect(  # type: ignore[no-untyped-call]
            # websocket-client uses this name only to look up its process-wide cookie jar; a random one has no cookies.
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
        return wire.head
    except (WebSocketException, ValueError) as error:
        kind = type(error).__name__
    # Raised outside the except block, because the exception may refer to the request, which has secrets.
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
    """Validate a 101 response, as RFC 6455 section 4.1 requires of clients."""
    headers = handshake.headers
    upgraded = [protocol.lower() for protocol in elements(headers, "Upgrade")]
    lacking = None
    if not upgraded or set(upgraded) != {"websocket"}:  # other protocols in the list are an error too
        lacking = "'Upgrade: websocket'"
    elif "upgrade" not in [option.lower() for option in elements(headers, "Connection")]:
        lacking = "'Connection: upgrade'"
    elif not values(headers, "Sec-WebSocket-Accept"):
        lacking = "Sec-WebSocket-Accept"
    if lacking is not None:
        message = f"the server answered 101 without {lacking} (RFC 6455 section 4.1)"
        raise ProtocolError(message, url=url, status=101, headers=headers)
    sent = _KEY.search(handshake.request)
    assert sent is not None  # websocket-client writes it
    # RFC 6455 section 1.3: a fixed protocol constant, not a secret.
    wanted = b64encode(sha1(sent[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()).decode()
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
        shown, ours = _shown(subprotocol, options.subprotocols), redact_subprotocols(options.subprotocols) or "none"
        raise ProtocolError(
            f"the server chose the subprotocol {shown or f'({kind_and_size(subprotocol)})'}, which was not offered (offered: {ours}; RFC 6455 section 4.1)",
            url=url,
            hint=f"pass subprotocols=[{shown}] to offer it" if shown == repr(subprotocol) else None,
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
    """Quote the server's subprotocol; None if it contains, or is part of, a token that we offered, in any case."""
    lowered = subprotocol.lower()
    tokens = [one.token.lower() for one in offered(names) if len(one.token) >= SHORTEST]
    if any(token in lowered or (lowered in token and len(lowered) >= SHORTEST) for token in tokens):
        return None
    return quoted(redact_subprotocols([subprotocol]))
