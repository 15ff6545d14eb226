"""`Target`: a WebSocket URL taken apart (RFC 6455 section 3).

What lives here: parsing and its refusals. What must not: name lookup, sockets. Pure functions, any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urljoin, urlsplit

from ..redact import redact_url

_PORTS = {"ws": 80, "wss": 443, "ws+unix": 0, "wss+unix": 0}

#: Characters a request target may hold as they are; everything else is percent-encoded (RFC 3986 appendix A).
_TARGET_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True)
class Target:
    """Where a URL leads.

    Parameters
    ----------
    url : str
        As given, without user info and fragment.
    secure : bool
        Whether TLS is spoken.
    host : str
        Name or address, lower case, IDNA-encoded, no brackets.
    port : int
        TCP port; 0 for unix sockets.
    resource : str
        Request target: path and query.
    user : str, optional
        ``name:password`` when the URL carried user info.
    path : str, optional
        The unix socket, for ``ws+unix:///path/to.sock:/resource``.
    """

    url: str
    secure: bool
    host: str
    port: int
    resource: str
    user: str | None = None
    path: str | None = None

    @classmethod
    def parse(cls, url: str) -> Target:
        """Take a URL apart.

        Parameters
        ----------
        url : str
            ``ws://``, ``wss://``, ``ws+unix://`` or ``wss+unix://``.

        Returns
        -------
        Target

        Raises
        ------
        ValueError
            It is no such URL; the text says what is wrong and what to write.
        """
        if not isinstance(url, str):
            raise TypeError(f"a WebSocket URL is text, got {type(url).__name__}")
        shown = redact_url(url)
        if any(c <= " " or c == "\x7f" for c in url):
            raise ValueError(f"{shown!r} is not a URL: it holds a space or control character; percent-encode it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"{shown!r} is not a URL: {error}") from None
        if port == 0:
            raise ValueError(f"{shown!r} is not a URL: nothing listens on port 0")
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError(_scheme_problem(url, shown, scheme))
        resource = quote(parts.path or "/", safe=_TARGET_SAFE) + (f"?{quote(parts.query, safe=_TARGET_SAFE)}" if parts.query else "")
        if scheme.endswith("+unix"):
            path, _, inner = parts.path.partition(":")
            if not path:
                raise ValueError(f"{shown!r} names no socket file; write {scheme}:///path/to/socket:/resource")
            resource = quote(inner or "/", safe=_TARGET_SAFE) + (f"?{parts.query}" if parts.query else "")
            return cls(url, scheme.startswith("wss"), "localhost", 0, resource, None, path)
        if not parts.hostname:
            raise ValueError(f"{shown!r} names no host; write {scheme}://host/path")
        user = parts.netloc.rpartition("@")[0] or None
        bare = url if user is None else url.replace(f"{user}@", "", 1)
        return cls(bare.partition("#")[0], scheme == "wss", _idna(parts.hostname, shown), port or _PORTS[scheme], resource, user)

    @cached_property
    def shown(self) -> str:
        """The URL with its secrets masked, for errors."""
        return redact_url(self.url)

    @property
    def authority(self) -> str:
        """The Host header: host, and port when it is not the scheme's default (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.secure else 80
        return host if self.port in (0, default) else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[bool, str, int]:
        """What credentials belong to: scheme, host and port."""
        return self.secure, self.host, self.port

    def join(self, location: str) -> Target:
        """Follow a redirect.

        Parameters
        ----------
        location : str
            The Location header; relative to this URL, ``http`` and ``https`` mean ``ws`` and ``wss``.

        Returns
        -------
        Target

        Raises
        ------
        ValueError
            It leads nowhere a WebSocket can go.
        """
        # urljoin only resolves relative references of schemes it knows.
        base = "http" + self.url[2:]
        joined = urljoin(base, location)
        if joined.lower().startswith(("http:", "https:")):
            joined = "ws" + joined[4:]
        return Target.parse(joined)


def _idna(host: str, shown: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"{shown!r}: the host name cannot be encoded ({error})") from None


def _scheme_problem(url: str, shown: str, scheme: str) -> str:
    if scheme in ("http", "https"):
        return f"{shown!r} is an HTTP address; a WebSocket's begins with {'wss' if scheme == 'https' else 'ws'}://"
    if "://" not in url:
        return f"{shown!r} has no scheme; write ws://{shown} or wss://{shown}"
    return f"{shown!r}: the scheme {scheme!r} is not supported; use ws://, wss:// or ws+unix://"
