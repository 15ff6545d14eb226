"""Cookies that redirects set, for the next request to the same origin (RFC 6265 section 5); none ever leaves it.

One a connection that is being opened, in that thread; forgotten when it is open.
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

#: RFC 6265 section 6.1: what browsers keep at least; of one cookie in characters, and how many.
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
    given : iterable of (str, str)
        What the user sends; as if set for the whole host.
    target : Target
        Any URL of the origin.
    """

    def __init__(self, given: Iterable[tuple[str, str]], target: Target) -> None:
        self._host = target.name
        self._given = tuple(given)
        #: By name, domain and path (section 5.3 step 11).
        self._set: dict[tuple[str, str, str], _Cookie] = {}

    def learn(self, headers: Iterable[tuple[str, str]], target: Target, now: float) -> None:
        """Take what a response sets (sections 5.2 and 5.3).

        Parameters
        ----------
        headers : iterable of (str, str)
            Of the response; each ``Set-Cookie`` is a line of its own (RFC 9110 section 5.3).
        target : Target
            What was asked for.
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
            said: dict[str, str] = {}
            for attribute in attributes:  # the last one of a name counts
                key, _, what = attribute.partition("=")
                if key.strip().lower() != "max-age" or _SECONDS.match(what.strip()):
                    said[key.strip().lower()] = what.strip()
            domain = compared(said["domain"].removeprefix(".")) if said.get("domain", "").strip(".") else self._host
            if domain is None or not self._belongs_to(domain):
                continue
            path = said.get("path", "")
            key_of = name, domain, path if path.startswith("/") else _default_path(target)
            if domain == self._host and key_of[2] == "/":  # the user's own is the same cookie, and is replaced
                self._given = tuple(cookie for cookie in self._given if cookie[0] != name)
            if _expired(said, now):
                self._set.pop(key_of, None)
            elif key_of in self._set or len(self._set) < _MOST:
                self._set[key_of] = _Cookie(value, "secure" in said)

    def sent_to(self, target: Target) -> tuple[tuple[str, str], ...]:
        """List what a request carries (section 5.4), longer paths first.

        Parameters
        ----------
        target : Target
            Of the same origin.

        Returns
        -------
        tuple of (str, str)
        """
        asked = target.resource.partition("?")[0]
        fitting = [
            (path, name, cookie.value)
            for (name, _, path), cookie in self._set.items()
            if _path_matches(asked, path) and (target.secure or not cookie.secure)
        ]
        fitting.sort(key=lambda one: -len(one[0]))
        return (*((name, value) for path, name, value in fitting), *self._given)

    def _belongs_to(self, domain: str) -> bool:
        """Domain-match (section 5.1.3)."""
        return self._host == domain or (self._host.endswith(f".{domain}") and address_of(self._host) is None)


def _expired(said: dict[str, str], now: float) -> bool:
    if "max-age" in said:  # has precedence (section 4.1.2.2)
        return int(said["max-age"]) <= 0
    from http.cookiejar import http2time  # type: ignore[attr-defined]  # typeshed leaves it out; 9 ms with urllib

    until = http2time(said["expires"]) if "expires" in said else None
    return until is not None and until <= now


def _default_path(target: Target) -> str:
    """Section 5.1.4: up to the last slash, without it."""
    return target.resource.partition("?")[0].rpartition("/")[0] or "/"


def _path_matches(asked: str, path: str) -> bool:
    return asked == path or (asked.startswith(path) and (path.endswith("/") or asked[len(path)] == "/"))
