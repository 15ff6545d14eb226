"""Which parts of URLs and headers are secret, and how they are masked.

Pure functions on strings, called by every layer that shows something: errors, logger, displays, saved files. Masking what
travels *inside* payloads is `masking`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

#: What stands in for a secret.
MASK = "***"

#: Headers whose whole value is secret (lower case).
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token"})

# Query keys that carry credentials in the wild: "access_token", "apiKey", "X-Amz-Signature". Whole words, because a filter on "design" or
# "author" is worth seeing; but for those that are compounded without a mark ("authtoken").
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {"auth", "oauth", "authorization", "authentication", "sig", "pwd", "pass", "passphrase", "credential", "credentials"}
    | {"session", "sessionid", "sid", "jwt", "ticket"}
)
_SECRET_PARTS = ("token", "secret", "password", "passwd", "signature", "apikey", "accesskey", "privatekey")


def is_secret_key(name: str) -> bool:
    """Tell whether a query key or header name looks like it carries a credential.

    Parameters
    ----------
    name : str
        A key, any case.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_secret_key("access_token"), is_secret_key("symbol")
    (True, False)
    """
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    return name.lower() in SECRET_HEADERS or not _SECRET_WORDS.isdisjoint(words) or any(part in joined for part in _SECRET_PARTS)


def redact_url(url: str) -> str:
    """Mask the user info and the secret-looking query values of a URL.

    Parameters
    ----------
    url : str
        Any text; what does not parse as a URL loses whatever stands before an ``@``.

    Returns
    -------
    str

    Examples
    --------
    >>> redact_url("wss://me:pw@host/feed?token=abc&symbol=BTC")
    'wss://***@host/feed?token=***&symbol=BTC'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"//[^/@]*@", f"//{MASK}@", url)
    netloc = parts.netloc
    if "@" in netloc:
        netloc = f"{MASK}@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, query=_redact_pairs(parts.query), fragment=_redact_pairs(parts.fragment)))


def _redact_pairs(query: str) -> str:
    # Not parse_qsl + urlencode: the rest of the query must be shown exactly as it was written.
    pairs = []
    for pair in query.split("&"):
        key, equals, _ = pair.partition("=")
        pairs.append(f"{key}={MASK}" if equals and is_secret_key(key) else pair)
    return "&".join(pairs)


def redact_header(name: str, value: str) -> str:
    """Mask a header's value when the header carries a secret; keep the scheme of an authorization.

    Parameters
    ----------
    name, value : str
        One header.

    Returns
    -------
    str
        The value to show.

    Examples
    --------
    >>> redact_header("Authorization", "Bearer abc"), redact_header("Origin", "https://a.example")
    ('Bearer ***', 'https://a.example')
    """
    lowered = name.lower()
    if lowered in ("authorization", "proxy-authorization"):
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space else MASK
    if lowered in ("cookie", "set-cookie"):
        return re.sub(r"^([^=;]+)=[^;]*", rf"\1={MASK}", value) if lowered == "set-cookie" else re.sub(r"=[^;]*", f"={MASK}", value)
    if lowered == "sec-websocket-protocol":
        # Kubernetes and others smuggle bearer tokens in here, because browsers cannot set headers.
        return re.sub(r"(?i)(base64url\.bearer\.authorization\.[^,\s.]+(?:\.[^,\s.]+)*\.)[^,\s]+", rf"\1{MASK}", value)
    return MASK if is_secret_key(name) else value
