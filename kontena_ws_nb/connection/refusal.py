"""What a server said instead of 101, in words: the status, the start of the body, and what to try next."""

from __future__ import annotations

import re
from typing import Final

from ..errors import ProtocolError
from ..options import Options
from ..protocol.handshake import Handshake
from ..redaction.text import printable
from ..transport.http_content import decoded, engine_io, excerpt, place, readable
from ..transport.http_response import challenges, elements

#: What nginx ("No required SSL certificate was sent"), IIS ("client certificate required") and others write.
_WANTS_CERTIFICATE: Final = re.compile(rb"(?i)\b(?:SSL|TLS|client) certificate")
#: What nginx, Apache, Go and Tomcat write to who speaks plain HTTP to a TLS port.
_WANTS_TLS: Final = re.compile(
    rb"(?i)plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL|HTTP request to an HTTPS server|requires TLS"
)
#: Of servers that expect a browser's plain request where the upgrade's headers were lost on the way.
_LOST_UPGRADE: Final = (
    "a reverse proxy that does not pass the headers Upgrade and Connection on looks like this "
    "(nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)"
)
_SPOKEN: Final = {"basic": "user=", "bearer": "token="}


def rejected(handshake: Handshake, body: bytes, url: str, options: Options) -> ProtocolError:
    """Word a response that is not 101.

    Parameters
    ----------
    handshake : Handshake
        The response's head.
    body : bytes
        The start of its body, as sent.
    url : str
        Redacted.
    options : Options
        What was asked with: a hint does not tell to give what was given.

    Returns
    -------
    ProtocolError
        With ``status headers body``; the body's codings are undone where they can be.
    """
    said = excerpt(body, handshake.headers)
    content, undone = decoded(body, handshake.headers)
    return ProtocolError(
        f"the server answered {handshake.status} {printable(readable(handshake.reason))}".rstrip()
        + " instead of 101 Switching Protocols"
        + (f": {said}" if said else ""),
        url=url,
        hint=_of_the_body(content, handshake.status, url) or _of_the_status(handshake, options),
        status=handshake.status,
        headers=handshake.headers,
        body=body if undone else content,
    )


def _of_the_body(body: bytes, status: int, url: str) -> str | None:
    if status in (400, 403, 496) and _WANTS_CERTIFICATE.search(body):
        # Such servers let the TLS handshake pass and say it in HTTP; 496 is nginx's own number for it.
        return "the server wants a client certificate: pass client_cert= and client_key=, or another one if it refused yours"
    if url.startswith("ws://") and _WANTS_TLS.search(body):
        return f"this port speaks TLS: write wss://{url[5:]}"
    return engine_io(body)


def _of_the_status(handshake: Handshake, options: Options) -> str:
    """Choose a hint; an unknown status is what the first of its class is (RFC 9110 section 15)."""
    status = handshake.status
    authorized = any(name.lower() == "authorization" for name, _ in options.header_items())
    if status == 401:
        return _unauthorized(handshake, authorized)
    if status == 403:
        return _forbidden(handshake, options, authorized or bool(options.cookies))
    if status == 404:
        return f"check the path; {_LOST_UPGRADE}"
    if status == 407:
        return "the proxy wants credentials: proxy='http://name:password@host:port'"
    if status == 426:
        versions = elements(handshake.headers, "Sec-WebSocket-Version")
        if versions and "13" not in versions:
            return (
                f"it speaks version {printable(', '.join(versions), 60)} of the protocol, and this client 13 (RFC 6455)"
            )
        return f"it saw no upgrade to WebSocket, or of another version; {_LOST_UPGRADE}"
    if status in (429, 503):
        why = "too many requests" if status == 429 else "it is overloaded or being maintained"
        return f"{why}: try again later{_when(handshake)}"
    if status in (502, 504):
        return "a gateway answers, and the server behind it does not: check that it runs, and where the gateway looks for it"
    if status == 511:
        return "the network wants a login first (a captive portal): open any page in a browser"
    if 200 <= status <= 299:
        return "this is an HTTP server, or not its WebSocket path"
    if 300 <= status <= 399:
        return f"it points elsewhere{place(handshake.header('Location'))}: pass the URL that is meant"
    if 400 <= status <= 499:
        return f"the server did not accept the upgrade request: check path, subprotocol and headers; {_LOST_UPGRADE}"
    return f"the server itself failed: its own log says why{_when(handshake)}"


def _unauthorized(handshake: Handshake, authorized: bool) -> str:
    wanted = challenges(handshake.headers, "WWW-Authenticate")
    asked = (
        f" ({printable(', '.join(f'{scheme} {parameters}'.strip() for scheme, parameters in wanted), 160)})"
        if wanted
        else ""
    )
    if authorized:
        return f"it did not accept the credentials that were given{asked}"
    spoken = [_SPOKEN[scheme.lower()] for scheme, _ in wanted if scheme.lower() in _SPOKEN]
    if wanted and not spoken:
        return f"it wants credentials of a kind that is not made here{asked}: pass headers={{'Authorization': …}}"
    return f"it wants credentials{asked}: pass {' or '.join(spoken) or 'token=, user='} or headers="


def _forbidden(handshake: Handshake, options: Options, known: bool) -> str:
    if handshake.header("cf-mitigated"):
        return (
            "Cloudflare takes this client for a bot: pass what the browser sends (in its developer tools, Copy as cURL)"
        )
    who = (
        "the credentials that were given may not be enough"
        if known
        else "it may want credentials (token=, user=, cookies=)"
    )
    origin = (
        "some demand an Origin: pass origin=" if options.origin is None else "it may not allow the Origin that was sent"
    )
    return f"it refuses this client: {who}; {origin}; or it does not serve this address"


def _when(handshake: Handshake) -> str:
    # RFC 9110 section 10.2.3: seconds, or a date.
    after = handshake.header("Retry-After")
    if not after:
        return ""
    return (
        f" (in {after} s)" if after.isascii() and after.isdigit() and len(after) < 9 else f" ({printable(after, 40)})"
    )
