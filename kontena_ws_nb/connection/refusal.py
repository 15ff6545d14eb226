"""Makes the error for an HTTP response other than 101: the status, the start of the body, and what to try next."""

from __future__ import annotations

import re
from typing import Final

from ..errors import Error, ProtocolError
from ..options import Options
from ..protocol.handshake import Handshake
from ..redaction.text import printable
from ..transport.http_content import decoded, engine_io, excerpt, place, readable
from ..transport.http_response import challenges, elements

#: In bodies of nginx ("No required SSL certificate was sent"), IIS ("client certificate required") and others.
_WANTS_CERTIFICATE: Final = re.compile(rb"(?i)\b(?:SSL|TLS|client) certificate")
#: In bodies of nginx, Apache, Go and Tomcat, after plain HTTP to a TLS port.
_WANTS_TLS: Final = re.compile(
    rb"(?i)plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL|HTTP request to an HTTPS server|requires TLS"
)
#: A hint for responses to a request that lost its Upgrade header on the way.
_LOST_UPGRADE: Final = (
    "a reverse proxy may have removed the headers Upgrade and Connection "
    "(nginx needs: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade)"
)
#: The options for the authentication schemes that we support.
_OPTION_OF_SCHEME: Final = {"basic": "user=", "bearer": "token="}


def rejected(handshake: Handshake, body: bytes, url: str, options: Options) -> ProtocolError:
    """Make the error for a response that is not 101.

    Parameters
    ----------
    handshake : Handshake
        The response's head.
    body : bytes
        The start of its body, as sent.
    url : str
        Secrets masked.
    options : Options
        The options of the request; the hint depends on them.

    Returns
    -------
    ProtocolError
        With ``status headers body``. The body's content codings are decoded if possible.
    """
    shown = excerpt(body, handshake.headers)
    content, undone = decoded(body, handshake.headers)
    return ProtocolError(
        f"the server answered {handshake.status} {printable(readable(handshake.reason))}".rstrip()
        + " instead of 101 Switching Protocols"
        + (f": {shown}" if shown else ""),
        url=url,
        hint=_of_the_body(content, handshake.status, url) or _of_the_status(handshake, options),
        status=handshake.status,
        headers=handshake.headers,
        body=body if undone else content,
    )


def has_authorization(options: Options) -> bool:
    """Tell whether options send an Authorization header.

    Parameters
    ----------
    options : Options
        The options of a request.

    Returns
    -------
    bool
    """
    return any(name.lower() == "authorization" for name, _ in options.header_items())


def refused_after_redirects(error: Error, first: str, url: str, left_behind: bool) -> None:
    """Add to an error which server refused: after redirects it is not the one that the user named.

    Parameters
    ----------
    error : Error
        Why the connection could not be opened; changed in place.
    first, url : str
        The URL that the user named and the one that it was redirected to, secrets masked.
    left_behind : bool
        Whether credentials or cookies were not sent, because a redirect led to another origin.
    """
    error.message = f"{error.message}; redirected here from {first}"
    if left_behind and isinstance(error, ProtocolError) and error.status in (401, 403):
        error.hint = f"a redirect to another origin takes no credentials and cookies along: connect to {url} itself if they are meant for it"


def _of_the_body(body: bytes, status: int, url: str) -> str | None:
    if status in (400, 403, 496) and _WANTS_CERTIFICATE.search(body):
        # Such servers complete the TLS handshake and reject in HTTP; 496 is nginx's own status for it.
        return "the server wants a client certificate: pass client_cert= and client_key=, or another one if it refused yours"
    if url.startswith("ws://") and _WANTS_TLS.search(body):
        return f"this port speaks TLS: write wss://{url[5:]}"
    return engine_io(body)


def _of_the_status(handshake: Handshake, options: Options) -> str:
    """Choose a hint by the status; an unknown one is treated by its class (RFC 9110 section 15)."""
    status = handshake.status
    authorized = has_authorization(options)
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
        return f"it received no Upgrade to WebSocket, or wants another version; {_LOST_UPGRADE}"
    if status in (429, 503):
        why = "too many requests" if status == 429 else "it is overloaded or being maintained"
        return f"{why}: try again later{_when(handshake)}"
    if status in (502, 504):
        return "this is a gateway, and the server behind it does not answer: check that the server runs, and the gateway's address for it"
    if status == 511:
        return "the network wants a login first (a captive portal): open any page in a browser"
    if 200 <= status <= 299:
        return "this is an HTTP server, or not its WebSocket path"
    if 300 <= status <= 399:
        return f"it points elsewhere{place(handshake.header('Location'))}: connect to that URL"
    if 400 <= status <= 499:
        return f"the server did not accept the upgrade request: check path, subprotocol and headers; {_LOST_UPGRADE}"
    return f"the server itself failed: its own log says why{_when(handshake)}"


def _unauthorized(handshake: Handshake, authorized: bool) -> str:
    wanted = challenges(handshake.headers, "WWW-Authenticate")
    schemes = (
        f" ({printable(', '.join(f'{scheme} {parameters}'.strip() for scheme, parameters in wanted), 160)})"
        if wanted
        else ""
    )
    if authorized:
        return f"it did not accept the credentials that were sent{schemes}"
    options = [_OPTION_OF_SCHEME[scheme.lower()] for scheme, _ in wanted if scheme.lower() in _OPTION_OF_SCHEME]
    if wanted and not options:
        return f"it wants credentials of a scheme without an option{schemes}: pass headers={{'Authorization': …}}"
    return f"it wants credentials{schemes}: pass {' or '.join(options) or 'token=, user='} or headers="


def _forbidden(handshake: Handshake, options: Options, known: bool) -> str:
    if handshake.header("cf-mitigated"):
        return 'Cloudflare takes this client for a bot: send the browser\'s headers (%%ws_connect takes its "Copy as cURL")'
    who = (
        "the credentials that were sent may not be enough"
        if known
        else "it may want credentials (token=, user=, cookies=)"
    )
    origin = (
        "it may require an Origin: pass origin="
        if options.origin is None
        else "it may not allow the Origin that was sent"
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
