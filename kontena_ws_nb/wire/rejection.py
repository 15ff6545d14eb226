"""A server that answered the upgrade with something else: its body, and the error made of it.

What lives here: reading the start of a body whatever way its end is marked, and hints by status. What must not: the handshake
itself. Called by the thread that opens the connection.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, Final

from ..errors import ProtocolError
from ..masking import mask_bytes
from ..plain import printable
from .deadline import Deadline
from .handshake import Handshake

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
        f"the server answered {handshake.status} {printable(handshake.reason)}".rstrip() + " instead of 101 Switching Protocols" + said,
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
        self._ready = ready
        self._read = read
        self._deadline = Deadline(PATIENCE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ready:
            try:
                self._ready = self._read(self._deadline)
            except OSError:
                pass  # the connection broke: the end of what can be shown
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
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
