"""Opening handshakes in files of other tools: a list of headers becomes a head again, and a head such a list. Pure functions, but for `know_secrets`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from ..protocol.handshake import Handshake
from ..redaction.headers import redact_url, secrets_of_url
from ..redaction.payloads import know
from ..redaction.tokens import plain
from ..tls.certificate import Certificate, CertificateChain
from ..transport.credentials import know_response
from ..transport.http_response import lines_of, values
from .files import words

#: Headers of one head, characters of a name and of a value, and certificates of a chain that are read.
_MOST: Final = 1000
_NAME: Final = 256
_VALUE: Final = 1 << 16
_MOST_CERTIFICATES: Final = 32
#: Characters of the shortest value of a URL that is masked in payloads.
_SURELY: Final = 8
_LINE_ENDS: Final = re.compile(r"[\r\n]+")

Headers = Sequence[tuple[str, str]]


def headers_of(listed: Any) -> list[tuple[str, str]]:
    """Read a list of headers.

    Parameters
    ----------
    listed : object
        A list of objects with ``name`` and ``value`` (HAR 1.2), or of pairs.

    Returns
    -------
    list of (str, str)
        Without HTTP/2's pseudo-headers.
    """
    found = []
    for one in listed[:_MOST] if isinstance(listed, list) else ():
        pair = (one.get("name"), one.get("value")) if isinstance(one, dict) else one
        if isinstance(pair, (list, tuple)) and len(pair) == 2:
            name, value = words(pair[0], _NAME), words(pair[1], _VALUE)
            if name and not name.startswith(":"):
                # A line end in a value would begin another header when the head is written.
                found.append((_LINE_ENDS.sub(" ", name), _LINE_ENDS.sub(" ", value)))
    return found


def websocket_url(url: str) -> str:
    """Write a URL with the scheme of a WebSocket: some tools have that of the request that opens it.

    Parameters
    ----------
    url : str
        Any.

    Returns
    -------
    str

    Examples
    --------
    >>> websocket_url("https://a.example/feed")
    'wss://a.example/feed'
    """
    found = re.match(r"http(s?)://", url, re.IGNORECASE)
    return f"ws{found[1].lower()}://{url[found.end() :]}" if found else url


def handshake_of(
    url: str,
    request: Headers,
    response: Headers,
    status: int,
    reason: str = "",
    *,
    method: str = "GET",
    time: float = 0.0,
    address: tuple[str, int] = ("", 0),
    timings: dict[str, float] | None = None,
) -> Handshake:
    """Make the record of an opening handshake from what a tool noted of it.

    Parameters
    ----------
    url : str
        Where it led.
    request, response : sequence of (str, str)
        The headers.
    status : int
        HTTP status; 0 when there was no response.
    reason, method : str, optional
        Of the start lines.
    time : float, optional
        When it was finished, epoch seconds.
    address : (str, int), optional
        The peer's.
    timings : dict, optional
        As `Handshake.timings`.

    Returns
    -------
    Handshake
    """
    reason = reason or (HTTPStatus(status).phrase if status in set(HTTPStatus) else "")
    target = re.sub(r"\A\w+://[^/?#]*", "", url).partition("#")[0]
    target = target if target.startswith("/") else f"/{target}"
    subprotocols = values(response, "Sec-WebSocket-Protocol")
    extensions = values(response, "Sec-WebSocket-Extensions")
    return Handshake(
        url=re.sub(r"(\A\w+://)[^/?#]*@", r"\1", url),
        request=_head(f"{method} {target} HTTP/1.1", request),
        response=_head(f"HTTP/1.1 {status} {reason}", response) if status else b"",
        status=status,
        reason=reason,
        headers=tuple(response),
        subprotocol=subprotocols[0] if subprotocols else None,
        extensions=", ".join(extensions) if extensions else None,
        time=time,
        address=address,
        timings=timings or {},
    )


def _head(start: str, headers: Headers) -> bytes:
    lines = [_LINE_ENDS.sub(" ", start), *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def split_head(head: str) -> tuple[str, list[tuple[str, str]]]:
    """Take a head apart.

    Parameters
    ----------
    head : str
        As it was sent, or as `Handshake.redacted_request` writes it.

    Returns
    -------
    (str, list of (str, str))
        The start line, and the headers.
    """
    start, *lines = lines_of(head)
    pairs = (line.partition(":") for line in lines)
    return start, [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def heads_of(handshake: Handshake, *, secrets: bool) -> tuple[str, str]:
    """Write both heads of a handshake for a file.

    Parameters
    ----------
    handshake : Handshake
        The record.
    secrets : bool
        As they were sent; else with secrets masked.

    Returns
    -------
    (str, str)
        Request and response; empty for what there is not.
    """
    if secrets:
        return words(handshake.request), words(handshake.response)
    return (
        handshake.redacted_request() if handshake.request else "",
        handshake.redacted_response() if handshake.response else "",
    )


def certificate_of(ders: Iterable[bytes | None], hostname: str | None = None) -> Certificate | None:
    """Make the certificate of a connection.

    Parameters
    ----------
    ders : iterable of bytes or None
        The chain's DER, leaf first; None, for what cannot be read, is left out.
    hostname : str, optional
        What the server was called.

    Returns
    -------
    Certificate or None
        The server's own, with its chain and without a verdict; None when there is none.
    """
    chain = [der for _, der in zip(range(_MOST_CERTIFICATES), ders, strict=False) if der]
    return CertificateChain(chain, hostname=hostname).leaf


def know_secrets(url: str, *heads: Headers) -> None:
    """Mask in what is shown from now on what a loaded handshake says is secret: payloads of the same file may repeat it.

    Parameters
    ----------
    url : str
        Where it led.
    *heads : sequence of (str, str)
        Its headers.
    """
    for headers in heads:
        know_response(headers)
    know([value for value, sure in secrets_of_url(url[:_VALUE])[:_NAME] if sure and not plain(value)], shortest=_SURELY)


def shown_url(url: str) -> str:
    """Mask the secrets of a URL.

    Parameters
    ----------
    url : str
        Any.

    Returns
    -------
    str
    """
    return redact_url(words(url, _VALUE))
