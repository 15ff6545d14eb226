"""`Handshake`: the record of one opening handshake (immutable)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..redaction.headers import redact_header, redact_subprotocols, redact_url
from ..redaction.payloads import mask, mask_bytes
from ..transport.http_response import lines_of, values
from .permessage_deflate import Parameters


@dataclass(frozen=True)
class Handshake:
    """The record of one opening handshake.

    Parameters
    ----------
    url : str
        Where it ended, without user info.
    request : bytes
        The request's exact head. It holds secrets: show `redacted_request`, or `text`, instead.
    response : bytes
        The response's exact head. It may hold secrets: show `redacted_response`, or `text`, instead.
    status : int
        HTTP status.
    reason : str
        HTTP reason phrase.
    headers : tuple of (str, str)
        Response headers as sent.
    subprotocol : str, optional
        The server's choice.
    extensions : str, optional
        ``Sec-WebSocket-Extensions`` as answered.
    body : bytes
        The start of a rejected response's body.
    redirects : tuple of str
        URLs that redirected here, redacted.
    address : (str, int)
        The peer's address.
    proxy : str, optional
        The proxy's URL, redacted.
    timings : dict
        Seconds for ``dns``, ``tcp``, ``proxy``, ``tls``, ``upgrade``.
    time : float
        When it was finished, epoch seconds.
    """

    url: str
    request: bytes
    response: bytes
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    subprotocol: str | None = None
    extensions: str | None = None
    body: bytes = b""
    redirects: tuple[str, ...] = ()
    address: tuple[str, int] = ("", 0)
    proxy: str | None = None
    timings: dict[str, float] = field(default_factory=dict)
    time: float = 0.0
    compression: Parameters | None = None

    def __repr__(self) -> str:
        facts = {
            "subprotocol": self.shown_subprotocol,
            **{name: getattr(self, name) for name in ("extensions", "redirects", "address", "proxy")},
        }
        said = (f"{name}={value!r}" for name, value in facts.items() if value)
        return mask(f"Handshake({', '.join((repr(redact_url(self.url)), f'status={self.status}', *said))})")

    def header(self, name: str) -> str | None:
        """Find a response header.

        Parameters
        ----------
        name : str
            Any case.

        Returns
        -------
        str or None
            Its values, joined by commas when it was sent several times (RFC 9110 section 5.3).
        """
        found = values(self.headers, name)
        return ", ".join(found) if found else None

    @property
    def shown_subprotocol(self) -> str | None:
        """The server's choice as displays show it: without the token that some services put there."""
        return None if self.subprotocol is None else mask(redact_subprotocols([self.subprotocol]))

    def text(self, *, secrets: bool = False) -> str:
        """Write both heads, as they were sent.

        Parameters
        ----------
        secrets : bool, default False
            Show everything, also tokens, cookies and headers of unknown names; else their values are ``***``.

        Returns
        -------
        str
            The request, an empty line, the response.
        """
        if not secrets:
            return f"{self.redacted_request()}\n\n{self.redacted_response()}".replace("\r\n", "\n")
        return "\n\n".join(_text(head).rstrip("\r\n").replace("\r\n", "\n") for head in (self.request, self.response))

    def redacted_request(self) -> str:
        """Write the request head with secrets masked: of headers whose name is not known to be harmless, the value.

        Returns
        -------
        str
        """
        return _redacted(self.request)

    def redacted_response(self) -> str:
        """Write the response head with secrets masked.

        Returns
        -------
        str
        """
        return _redacted(self.response)


def _text(head: bytes) -> str:
    """Read a head for people: servers write UTF-8 into it (RFC 9110 section 5.5 calls it opaque), or Latin-1."""
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _redacted(head: bytes) -> str:
    first, *lines = lines_of(_text(mask_bytes(head)))  # a fold may hold the secret
    method, space, rest = first.partition(" ")
    if space and not method.startswith("HTTP/"):
        resource, _, version = rest.rpartition(" ")
        first = f"{method} {redact_url(resource)} {version}"
    shown = [first]
    for line in lines:
        name, colon, value = line.partition(":")
        shown.append(f"{name}: {redact_header(name, value.strip())}" if colon else line)
    return "\r\n".join(shown)
