"""Which values of a connection's settings are secrets, so that they are masked in payloads too: servers echo handshakes.

What lives here: picking them out of `Options` and request targets. What must not: sending them (`wire`), masking (`masking`). Called in the
thread that connects, before anything is sent.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from .masking import know
from .options import Options
from .redact import is_secret_key

#: Characters of the shortest cookie, header or query value that is masked: "dark", "true" and "en-US" are none, and stand in many payloads.
_SURELY: Final = 8
#: Kubernetes and others smuggle bearer tokens through Sec-WebSocket-Protocol, because browsers cannot set headers.
_BEARER: Final = re.compile(r"base64url\.bearer\.authorization\.(?:[^,\s.]+\.)+([^,\s.]+)\Z", re.IGNORECASE)


def know_credentials(resource: str, options: Options) -> None:
    """Mask the credentials of a connection from now on.

    Parameters
    ----------
    resource : str
        Path and query of the URL.
    options : Options
        What it is opened with. Passwords, tokens and ``redact`` are masked from 4 characters on; cookies, secret headers and secret query values
        from 8.
    """
    know(_passwords(options))
    know(_values(resource, options), _SURELY)


def know_proxy(user: str | None, password: str | None) -> None:
    """Mask the credentials of a proxy from now on; it may come from the environment.

    Parameters
    ----------
    user, password : str, optional
        What the proxy gets.
    """
    if password:
        know([password])
        know([_basic(f"{user}:{password}")], _SURELY)


def _passwords(options: Options) -> Iterator[str | bytes]:
    yield from options.redact
    if options.token is not None:
        yield options.token
    if options.client_key_password is not None:
        yield options.client_key_password
    if options.user is not None:
        yield options.user.partition(":")[2]


def _values(resource: str, options: Options) -> Iterator[str]:
    if options.user is not None:
        yield _basic(options.user)
    for _, value in options.cookies:
        yield value
    for name, value in options.headers:
        if name.lower() in ("authorization", "proxy-authorization"):
            yield from _authorization(value)
        elif name.lower() == "cookie":
            yield from (pair.partition("=")[2] for pair in value.split(";"))
        elif is_secret_key(name):
            yield value
    for name in options.subprotocols:
        if match := _BEARER.match(name):
            yield match[1]
            yield _decoded(match[1])
    yield from (value for name, value in parse_qsl(resource.partition("?")[2]) if is_secret_key(name))


def _basic(user: str) -> str:
    return b64encode(user.encode()).decode().rstrip("=")


def _authorization(value: str) -> Iterator[str]:
    scheme, space, credentials = value.partition(" ")
    if not space:
        yield scheme
        return
    yield credentials.rstrip("=")
    if scheme.lower() == "basic":
        yield _decoded(credentials).partition(":")[2]


def _decoded(text: str) -> str:
    """Undo base64, any alphabet, padded or not; nothing when it is none."""
    bare = re.sub(r"[\s=]", "", text).translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""
