"""`Target`: a WebSocket URL taken apart (RFC 6455 section 3), and what is wrong with one. Pure functions, any thread."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final
from urllib.parse import quote, unquote, urljoin

from ..hostnames import bare, url_host
from ..redaction.headers import redact_url
from ..redaction.invalid import forbidden_character, kind_and_size
from ..redaction.text import visible

_PORTS: Final = {"ws": 80, "wss": 443, "ws+unix": 0, "wss+unix": 0}
#: Schemes that an error may name; anything else before a colon may be a user's name, or half a password.
_KNOWN: Final = dict.fromkeys(
    (
        "http",
        "https",
        "ftp",
        "file",
        "data",
        "javascript",
        "tcp",
        "unix",
        "ssh",
        "mailto",
        "blob",
        "about",
        "http+unix",
    ),
    0,
)
#: What a redirect may name (`Target.join`).
_FOLLOWED: Final = frozenset({"ws", "wss", "http", "https"})
#: RFC 9110 section 4.1: a URI is supported up to 8,000 octets at least; nobody needs a longer one to redirect.
_LONGEST_LOCATION: Final = 8000

#: Characters a request target may hold as they are; everything else is percent-encoded (RFC 3986 appendix A).
_TARGET_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"
_PRINTABLE: Final = string.punctuation + " " + "".join(map(chr, range(32))) + "\x7f"

#: What an error may show of a URL that cannot be used: a host of small letters or an address, digits as its port, words
#: as its path. Neither a user nor a query; nothing that a token or password would look like.
_PLAIN: Final = re.compile(
    r"(?:[a-z]{2,5}://(?:[a-z]{0,12}|(?:[a-z][a-z0-9-]{0,11}\.){1,4}[a-z]{2,9}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[::1\])"
    r"|localhost|(?:[a-z]{1,12}\.){1,3}[a-z]{2,9})(?::[0-9]{1,5})?(?:/[a-z]{0,12}){0,3}\Z"
)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BEHIND: Final = re.compile(r"[/?#]")
_SPACE: Final = re.compile(r"[\x00-\x20\x7f]")
#: RFC 3986 section 3.2.2: host and port, after any user info.
_AUTHORITY: Final = re.compile(r"(?P<name>\[(?P<address>[^\[\]]*)\]|[^:\[\]]*)(?::(?P<port>.*))?\Z")
#: ASCII that no registered name has (RFC 3986 section 3.2.2), percent-encoded or not.
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]")
#: WHATWG URL: a name whose last label is a number is an IPv4 address.
_NUMBER: Final = re.compile(r"(?:.*\.)?[0-9]+\.?\Z")


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
        Name in ASCII (`hosts`), with its final dot, or address, with its zone; no brackets.
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
            It is no such URL; the text says what is wrong and what to write, and shows nothing of it.
        TypeError
            It is no text.
        """
        if not isinstance(url, str):
            raise TypeError(f"a WebSocket URL is text, got {kind_and_size(url)}")
        if (problem := _problem(url)) is not None:
            raise ValueError(problem)
        url, _, _ = url.partition("#")
        scheme, _, rest = url.partition("://")
        authority, behind = _divided(rest)
        user, at, place = authority.rpartition("@")
        if at:  # urlsplit would look at it too, and quote it
            url = f"{scheme}://{place}{behind}"
        scheme = scheme.lower()
        secure = scheme.startswith("wss")
        path, _, query = behind.partition("?")
        query = f"?{quote(query, safe=_TARGET_SAFE)}" if query else ""
        if scheme.endswith("+unix"):
            path, _, inner = path.partition(":")
            return cls(url, secure, "localhost", 0, quote(inner or "/", safe=_TARGET_SAFE) + query, None, path)
        resource = quote(path or "/", safe=_TARGET_SAFE) + query
        named = _AUTHORITY.match(place)
        assert named is not None  # `_problem` has looked
        return cls(
            url, secure, url_host(named["name"]) or "", int(named["port"] or _PORTS[scheme]), resource, user or None
        )

    @cached_property
    def shown(self) -> str:
        """The URL with its secrets masked, printable, for errors."""
        return visible(redact_url(self.url))

    @property
    def authority(self) -> str:
        """The Host header: host, and port when it is not the scheme's default (RFC 9110 section 7.2); no zone (RFC 6874 section 3)."""
        host = f"[{self.name}]" if ":" in self.host else self.host
        default = 443 if self.secure else 80
        return host if self.port in (0, default) else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """The host as SNI, certificates, cookies and ``NO_PROXY`` compare it: without final dot and zone."""
        return bare(self.host)

    @property
    def origin(self) -> tuple[bool, str, int]:
        """What credentials belong to: scheme, host and port (RFC 6454 section 4); of a unix socket its path."""
        return self.secure, self.path or self.host, self.port

    def join(self, location: str) -> Target:
        """Follow a redirect (RFC 9110 section 10.2.2).

        Parameters
        ----------
        location : str
            The Location header, as it was sent: bytes as Latin-1. Relative to this URL; ``http`` and ``https`` mean
            ``ws`` and ``wss``.

        Returns
        -------
        Target
            Without user info: credentials that a server gives us are not ours. Only ``ws`` and ``wss``; from a unix
            socket also another resource on the same socket, but into one there is no way.

        Raises
        ------
        ValueError
            It leads nowhere a WebSocket can go.
        """
        # Bytes beyond ASCII are no URL, but some servers send them; browsers encode them too.
        location = quote(location.encode("latin-1"), safe=_PRINTABLE)
        if len(location) > _LONGEST_LOCATION:
            raise ValueError(
                f"the Location has {len(location):,} characters; at most {_LONGEST_LOCATION:,} are followed"
            )
        if (problem := _unprintable(location)) is not None:
            raise ValueError(problem)
        scheme = _SCHEME.match(location)
        if scheme and scheme[1].lower() not in _FOLLOWED:
            raise ValueError(f"the scheme {_named(scheme[1])}is not followed; only {', '.join(sorted(_FOLLOWED))} are")
        if scheme or location.startswith("//"):
            named = scheme[1].lower().replace("http", "ws") if scheme else "wss" if self.secure else "ws"
            return replace(Target.parse(f"{named}:{location[scheme.end() if scheme else 0 :]}"), user=None)
        # urljoin only resolves relative references of schemes it knows.
        base = f"http://{self.authority}"
        resource = urljoin(base + self.resource, location).removeprefix(base).partition("#")[0] or "/"
        scheme_named, _, rest = self.url.partition("://")
        start = _divided(rest)[0] if self.path is None else f"{self.path}:"  # as it was typed: with its zone
        return Target.parse(f"{scheme_named}://{start}{resource}")


def _divided(rest: str) -> tuple[str, str]:
    """Divide what follows the scheme into the authority and what is behind it (RFC 3986 section 3.2)."""
    behind = _BEHIND.search(rest)
    end = behind.start() if behind else len(rest)
    return rest[:end], rest[end:]


def _problem(url: str) -> str | None:
    """Say why a URL cannot be used, without showing it unless it is a plain one: a password may be where none belongs."""
    if (problem := _unprintable(url)) is not None:
        return problem
    shown = repr(url) if _PLAIN.match(url) else "the address"
    scheme, mark, rest = url.partition("://")
    if not mark:
        known = scheme.partition(":")[0].lower()
        return (
            _scheme_problem(known, shown)
            if known in _PORTS | _KNOWN
            else f"{shown} has no scheme; write ws:// or wss:// in front of it"
        )
    if scheme.lower() not in _PORTS:
        return _scheme_problem(scheme, shown)
    if scheme.lower().endswith("+unix"):
        absolute = re.match("/[^:?#]", rest)
        return None if absolute else f"{shown} names no socket file; write {scheme.lower()}:///path/to/socket:/resource"
    authority, behind = _divided(rest)
    # What follows the authority may hold an @ of its own; but where host and port are none, a password was cut in two.
    cut = (
        "; the password holds a '#', '/' or '?': percent-encode it (%23, %2F, %3F)"
        if "@" in behind and ":" in authority
        else ""
    )
    host = _AUTHORITY.match(authority.rpartition("@")[2])
    if host is None:
        return f"{shown} is not a URL: its host and port cannot be read{cut or f'; write {scheme.lower()}://host:port/path, an IPv6 address in brackets'}"
    # A port may be empty (RFC 3986 section 3.2.3), but not before an @: there a password that begins with '/' or '?' was cut off.
    port = host["port"] or ("/" if host["port"] is not None and "@" in behind[1:].partition("?")[0] else "")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        return f"{shown} is not a URL: its port is no number from 1 to 65535{cut}"
    if "@" in behind.partition("#")[2]:
        # RFC 6455 section 3: a WebSocket URL has no fragment; one with an @ is the rest of a user's name or password.
        return f"{shown} is not a URL: its user or password holds a '#': percent-encode it (%23)"
    if not host["name"]:
        return f"{shown} names no host; write {scheme.lower()}://host/path"
    if host["address"] is not None:
        return None if url_host(host["name"]) else f"{shown} is not a URL: its host is in brackets, but no IPv6 address"
    if url_host(host["name"]) is not None:
        return None
    name = unquote(host["name"])
    if _FORBIDDEN.search(name):
        return f"{shown} is not a URL: its host holds characters that no host name has"
    if _NUMBER.match(name):
        return f"{shown} is not a URL: its host ends in a number, but is no IPv4 address"
    return "the host name cannot be encoded: one of its labels is empty, too long or holds what no name may (UTS 46)"


def _unprintable(url: str) -> str | None:
    match = _SPACE.search(url)
    if match:
        return f"the address is not a URL: it holds a space or control character; percent-encode it (character {match.start() + 1})"
    if (problem := forbidden_character(url)) is not None:
        return f"the address is not a URL: it holds {problem}; percent-encode it"
    return None


def _scheme_problem(scheme: str, shown: str) -> str:
    lowered = scheme.lower()
    if lowered in ("http", "https"):
        return f"{shown} is an HTTP address; a WebSocket's begins with {'wss' if lowered == 'https' else 'ws'}://"
    if lowered in _PORTS:
        return f"{shown} lacks the slashes of its scheme; write {lowered}://"
    return f"{shown}: the scheme {_named(scheme)}is not supported; use ws://, wss:// or ws+unix://"


def _named(scheme: str) -> str:
    """Name a scheme, with a space behind it, if it is one."""
    return f"{scheme.lower()!r} " if scheme.lower() in _KNOWN | _PORTS else ""
