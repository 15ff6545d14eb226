"""Which values of a connection's settings are secrets, so that they are masked in payloads too: servers echo handshakes.

Called in the thread that connects, before anything is sent; masking itself is `redaction.payloads`'.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from ..options import Options
from ..redaction.headers import Found, redact_subprotocols, secrets_of_header, secrets_of_url
from ..redaction.payloads import know
from ..redaction.tokens import looks_secret, plain

#: Characters of the shortest cookie, header or query value that is masked: "dark", "true" and "en-US" are none, and
#: stand in many payloads.
_SURELY: Final = 8
#: Values of one response, and of all, that are masked in payloads: a server must not fill memory, or slow masking down,
#: with cookies.
_OF_A_RESPONSE: Final = 32
#: Characters of the longest of them: what browsers keep as one cookie (RFC 6265 section 6.1). A longer one would have
#: to be looked for far beyond every cut.
_LONGEST_LEARNED: Final = 4096
_OF_SERVERS: Final = 1000

#: User info of a URL (RFC 3986 section 3.2.1).
_USER_INFO: Final = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)@", re.IGNORECASE)

_learned: Final[set[str]] = set()


def know_credentials(resource: str, options: Options) -> None:
    """Mask the credentials of a connection from now on.

    Parameters
    ----------
    resource : str
        Path and query of the URL.
    options : Options
        What it is opened with. Passwords, tokens and ``redact`` are masked from 4 characters on; cookies, secret
        headers and secret query values from 8.
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
    for url in (options.origin, *(value for name, value in options.headers if name.lower() in ("origin", "referer"))):
        if user_info := _USER_INFO.match(url or ""):
            yield user_info[1].partition(":")[2] or user_info[1]
            yield unquote(user_info[1].partition(":")[2])
    tokens: list[Found] = []
    redact_subprotocols(options.subprotocols, tokens)
    for token, sure in tokens:
        if sure:
            yield token
            if "\N{REPLACEMENT CHARACTER}" not in (text := _decoded(token)):
                yield text


def know_response(headers: Iterable[tuple[str, str]]) -> None:
    """Mask what a server gave us to keep from now on, because it will be sent back and echoed: cookies, nonces, what is called a token.

    Words are left alone, lest a server makes half of every payload unreadable.

    Parameters
    ----------
    headers : iterable of (str, str)
        Of a response, whatever its status.
    """
    found = dict.fromkeys(one for name, value in headers for one in secrets_of_header(name, value))
    fresh = [
        value
        for value, sure in found
        if _SURELY <= len(value) <= _LONGEST_LEARNED and not plain(value) and (sure or looks_secret(value))
    ][:_OF_A_RESPONSE]
    _learned.update(fresh[: max(0, _OF_SERVERS - len(_learned))])
    know(value for value in fresh if value in _learned)


def _values(resource: str, options: Options) -> Iterator[str]:
    if options.user is not None:
        yield _basic(options.user)
    for _, value in options.cookies:
        yield value
    found = secrets_of_url(resource)
    for name, value in options.headers:
        parts = secrets_of_header(name, value)
        found += parts
        if name.lower() in ("authorization", "proxy-authorization") and value.lower().startswith("basic "):
            yield _decoded(parts[0].value).partition(":")[2]
    redact_subprotocols(options.subprotocols, found)
    for value, sure in found:
        # Under a name that nobody knows, and that only looks like a secret's, a word is a word: "X-Env: production"
        # hides no payloads.
        if sure or not plain(value):
            yield value


def _basic(user: str) -> str:
    return b64encode(user.encode()).decode().rstrip("=")


def _decoded(text: str) -> str:
    """Undo base64, any alphabet, padded or not; nothing when it is none."""
    bare = re.sub(r"[\s=]", "", text).translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""
