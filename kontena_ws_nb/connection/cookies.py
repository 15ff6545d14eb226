"""`Cookies`: cookies that redirects set, for the next request to the same origin (RFC 6265 section 5).

One for each connection that is being opened, used by its thread. Cookies are never sent to another origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from ..hostnames import address_of, compared
from ..redaction.invalid import forbidden_character
from ..transport.http_content import readable
from ..transport.http_response import values
from ..transport.url import Target

#: The limits of RFC 6265 section 6.1: characters of a cookie, and cookies of an origin.
_LONGEST: Final = 4096
_MOST: Final = 50
_SECONDS: Final = re.compile(r"-?[0-9]{1,18}\Z", re.ASCII)


class _Cookie(NamedTuple):
    value: str
    secure: bool


class Cookies:
    """The cookies of one origin.

    Parameters
    ----------
    initial : iterable of (str, str)
        The ``cookies`` option; they are sent with every request.
    target : Target
        Any URL of the origin.
    """

    def __init__(self, initial: Iterable[tuple[str, str]], target: Target) -> None:
        self._host = target.name
        self._initial = tuple(initial)
        #: By name, domain and path (section 5.3 step 11).
        self._set: dict[tuple[str, str, str], _Cookie] = {}

    def learn(self, headers: Iterable[tuple[str, str]], target: Target, now: float) -> None:
        """Store the cookies of a response (sections 5.2 and 5.3).

        Parameters
        ----------
        headers : iterable of (str, str)
            The response headers; each ``Set-Cookie`` is a line of its own (RFC 9110 section 5.3).
        target : Target
            The URL that was requested.
        now : float
            Epoch seconds.
        """
        for line in values(headers, "Set-Cookie"):
            pair, *attributes = readable(line).split(";")
            name, equals, value = (part.strip() for part in pair.partition("="))
            if (
                not equals
                or not name
                or len(line) > _LONGEST
                or forbidden_character(name + value)
                or re.search(r"\s", name)
            ):
                continue
            named: dict[str, str] = {}
            for attribute in attributes:  # of several with one name, the last counts
                key, _, text = attribute.partition("=")
                if key.strip().lower() != "max-age" or _SECONDS.match(text.strip()):
                    named[key.strip().lower()] = text.strip()
            domain = compared(named["domain"].removeprefix(".")) if named.get("domain", "").strip(".") else self._host
            if domain is None or not self._belongs_to(domain):
                continue
            path = named.get("path", "")
            key_of = name, domain, path if path.startswith("/") else _default_path(target)
            if domain == self._host and key_of[2] == "/":  # replaces a cookie of the option
                self._initial = tuple(cookie for cookie in self._initial if cookie[0] != name)
            if _expired(named, now):
                self._set.pop(key_of, None)
            elif key_of in self._set or len(self._set) < _MOST:
                self._set[key_of] = _Cookie(value, "secure" in named)

    def sent_to(self, target: Target) -> tuple[tuple[str, str], ...]:
        """List the cookies to send with a request (section 5.4), longer paths first.

        Parameters
        ----------
        target : Target
            The URL to request, of the same origin.

        Returns
        -------
        tuple of (str, str)
            Names and values.
        """
        requested = target.resource.partition("?")[0]
        matching = [
            (path, name, cookie.value)
            for (name, _, path), cookie in self._set.items()
            if _path_matches(requested, path) and (target.secure or not cookie.secure)
        ]
        matching.sort(key=lambda cookie: -len(cookie[0]))
        return (*((name, value) for path, name, value in matching), *self._initial)

    def _belongs_to(self, domain: str) -> bool:
        """Tell whether the host domain-matches a domain (section 5.1.3)."""
        return self._host == domain or (self._host.endswith(f".{domain}") and address_of(self._host) is None)


def _expired(attributes: dict[str, str], now: float) -> bool:
    if "max-age" in attributes:  # has precedence (section 4.1.2.2)
        return int(attributes["max-age"]) <= 0
    from http.cookiejar import http2time  # type: ignore[attr-defined]  # not in typeshed; takes 9 ms to import

    until = http2time(attributes["expires"]) if "expires" in attributes else None
    return until is not None and until <= now


def _default_path(target: Target) -> str:
    """Return the path up to its last slash, without that (section 5.1.4)."""
    return target.resource.partition("?")[0].rpartition("/")[0] or "/"


def _path_matches(requested: str, path: str) -> bool:
    """Tell whether a requested path path-matches a cookie's (section 5.1.4)."""
    return requested == path or (requested.startswith(path) and (path.endswith("/") or requested[len(path)] == "/"))
