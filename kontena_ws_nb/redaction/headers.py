"""Which parts of URLs and headers are secret, and how they are masked.

Headers are shown by an allowlist: of a name that is not known to be harmless, the value is masked. URLs are what people
read, so there the rule is the other way round: parts that are called secret or look random are masked. What is masked
is also told (`secrets_of_url`, `secrets_of_header`), so that `credentials` can have it masked in payloads.

Pure functions on strings, called by every layer that shows something: errors, logger, displays, saved files. Masking
what travels *inside* payloads is `payloads`'.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from .subprotocols import offered
from .tokens import is_uuid, looks_secret, plain, words

#: What stands in for a secret.
MASK = "***"

#: Headers whose value is shown (lower case): how HTTP and WebSockets talk about themselves, and the numbers of requests
#: that people search logs for. Everything else may be a credential under a name we never heard of.
HARMLESS_HEADERS: Final = words(
    "accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials access-control-allow-headers "
    "access-control-allow-methods access-control-allow-origin access-control-expose-headers access-control-max-age access-control-request-headers "
    "access-control-request-method age allow alt-svc cache-control cf-cache-status cf-ray clear-site-data connection content-disposition "
    "content-encoding content-language content-length content-range content-security-policy content-type cross-origin-embedder-policy "
    "cross-origin-opener-policy cross-origin-resource-policy date device-memory dnt early-data expect expires forwarded host http2-settings "
    "if-modified-since if-unmodified-since keep-alive last-modified max-forwards nel origin-agent-cluster permissions-policy pragma priority "
    "proxy-connection range ratelimit-limit ratelimit-remaining ratelimit-reset referrer-policy report-to retry-after rtt save-data sec-ch-ua "
    "sec-ch-ua-mobile sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-gpc sec-websocket-accept "
    "sec-websocket-extensions sec-websocket-key sec-websocket-version server server-timing strict-transport-security te timing-allow-origin "
    "traceparent trailer transfer-encoding upgrade upgrade-insecure-requests user-agent vary via warning x-amz-cf-id x-amz-cf-pop "
    "x-amz-content-sha256 x-amz-date x-amzn-trace-id x-cache x-content-type-options x-correlation-id x-dns-prefetch-control x-forwarded-for "
    "x-forwarded-host x-forwarded-port x-forwarded-proto x-frame-options x-powered-by x-ratelimit-limit x-ratelimit-remaining "
    "x-ratelimit-reset x-request-id x-requested-with x-robots-tag x-runtime x-served-by x-timer x-ua-compatible x-xss-protection"
)
#: Headers that hold URLs.
_URLS: Final = frozenset({"origin", "referer", "location", "content-location"})
_AUTHORIZATIONS: Final = frozenset({"authorization", "proxy-authorization"})
#: What a server answers to credentials.
_CHALLENGES: Final = frozenset(
    {"www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info"}
)
#: Schemes of authorizations (lower case): the IANA registry, and what is widely used beside it. Another first word may
#: be the token itself.
_SCHEMES: Final = words(
    "basic bearer concealed digest dpop gnap hoba mutual negotiate oauth privatetoken scram-sha-1 scram-sha-256 vapid ntlm kerberos "
    "token apikey key hmac hawk signature sharedaccesssignature sharedkey sharedkeylite aws aws4-hmac-sha256 aws4-ecdsa-p256-sha256 jwt "
    "googlelogin bot macaroon deepgram"
)
#: Parameters of authorizations and challenges that say how, not what (RFC 7616, RFC 6750).
_HOW: Final = words(
    "realm qop algorithm uri nc username userhash charset stale domain error error_description error_uri scope title signedheaders "
    "resource_metadata headers max_age"
)
# No run of characters is begun in its middle: else a long one is looked through from each of its characters.
_PARAMETER: Final = re.compile(r"(?<![\w*-])([A-Za-z][\w*-]*)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s,\"=][^\s,\"]*)")
_COOKIE_ATTRIBUTES: Final = frozenset(
    {"expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned", "priority"}
)

# Query keys and header names that carry credentials in the wild: "access_token", "apiKey", "X-Amz-Signature". Whole
# words, because a filter on "design" or "author" is worth seeing; but for those that are compounded without a mark
# ("authtoken").
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {
        "auth",
        "oauth",
        "authorization",
        "authentication",
        "sig",
        "pwd",
        "pass",
        "passphrase",
        "passcode",
        "credential",
        "credentials",
    }
    | {
        "session",
        "sessionid",
        "sid",
        "jwt",
        "ticket",
        "cookie",
        "cookies",
        "otp",
        "totp",
        "mfa",
        "hmac",
        "bearer",
        "pw",
        "tok",
        "cvv",
    }
)
_SECRET_PARTS = (
    "token",
    "secret",
    "password",
    "passwd",
    "signature",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "jsessionid",
    "sessid",
)
#: Words whose value is often secret, and often a word: it is not shown, but only masked in payloads when it is none.
_DOUBTFUL_WORDS = frozenset({"key", "keys", "sign", "pin", "nonce", "pat"})
_NO_KEYS = frozenset({"monkey", "turkey", "donkey", "hockey", "jockey", "whiskey", "hotkey"})
_DOUBTFUL_NAMES = frozenset({"code", "hash", "mac", "tk", "ak", "sk"})

_PAIR: Final = re.compile(r"[&;]")
_NAMED: Final = re.compile(r"(?<![\w.\-\[\]])([\w.\-\[\]]+)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,;}]")
_USER_INFO: Final = re.compile(r"//[^/?#\s]*@")
_HOST_PORT: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%\w]*\]|[^:@\[\]\s]*)(?::\d*)?\Z")
#: A segment of a path after which tokens stand, as in ``/hooks/T00/B00/XXXXXXXX``: of these, one, or all.
_NEXT: Final = frozenset(
    {"token", "tokens", "key", "apikey", "api-key", "secret", "password", "jwt", "bearer", "listenkey", "ticket"}
)
_ALL: Final = frozenset({"hook", "hooks", "webhook", "webhooks"})


class Found(NamedTuple):
    """A secret that was masked."""

    value: str
    #: Whether its name or place says that it is one; else it only looks like one, or nobody knows its name.
    sure: bool


def is_secret_key(name: str) -> bool:
    """Tell whether a query key or header name looks like it carries a credential.

    Parameters
    ----------
    name : str
        A key, any case, percent-encoded or not.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_secret_key("access_token"), is_secret_key("%74oken"), is_secret_key("listenKey"), is_secret_key("symbol")
    (True, True, True, False)
    """
    name = _decoded(name)
    return _sure(name) or _doubtful(name)


def _sure(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    joined = "".join(words)
    return not _SECRET_WORDS.isdisjoint(words) or any(part in joined for part in _SECRET_PARTS)


def _doubtful(name: str) -> bool:
    lowered = name.lower()
    if lowered in _DOUBTFUL_NAMES:
        return True
    if lowered in HARMLESS_HEADERS:
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    return not _DOUBTFUL_WORDS.isdisjoint(words) or any(word.endswith("key") and word not in _NO_KEYS for word in words)


def _decoded(text: str) -> str:
    # As often as somebody may have encoded it: a name is judged as what the server takes it for.
    if "%" not in text and "+" not in text:
        return text
    for _ in range(4):
        text, before = unquote_plus(text), text
        if text == before:
            break
    return text


def redact_url(url: str) -> str:
    """Mask what is secret in a URL: user info, values of names that say so, and what looks random in query, path and fragment.

    Parameters
    ----------
    url : str
        A URL, a request target, or any text; what does not parse as a URL loses whatever stands before an ``@``.

    Returns
    -------
    str

    Examples
    --------
    >>> redact_url("wss://me:pw@host/feed?token=abc&symbol=BTC")
    'wss://***@host/feed?token=***&symbol=BTC'
    >>> redact_url("wss://host/ws/pqia91ma19a5s61cv6a81va65sdf19v8?k=1")
    'wss://host/ws/***?k=1'
    """
    return _url(url, [])


def secrets_of_url(url: str) -> list[Found]:
    """List what `redact_url` masks, decoded.

    Parameters
    ----------
    url : str
        A URL or request target.

    Returns
    -------
    list of Found
        User info apart: it is known from elsewhere.
    """
    found: list[Found] = []
    _url(url, found)
    return found


def _url(url: str, found: list[Found]) -> str:
    # Not urlsplit: it refuses some texts, removes characters, and every text must come out masked and otherwise as it
    # was written.
    rest, hash_, fragment = url.partition("#")
    rest, question, query = rest.partition("?")
    before, slashes, rest = (
        rest.partition("//") if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://|//", rest) else ("", "", rest)
    )
    netloc, slash, path = rest.partition("/") if slashes or not rest.startswith("/") else ("", "/", rest[1:])
    if slashes or "@" in netloc:
        info, at, host = netloc.rpartition("@")
        if not _HOST_PORT.match(host) or (not slash and "@" in (query.partition("=")[0] if question else fragment)):
            # A password with # or / in it, say: what stands before the last @ is not what it seems to be.
            _, at, after = url.rpartition("@")
            if at:
                return f"{before}{slashes}{MASK}@" + _after_user_info(after, found)
            host = f"{host.partition(':')[0]}:{MASK}" if host.count(":") == 1 else host
        netloc = f"{MASK}@{host}" if info or at else host
    path = _path(path, found)
    query = _pairs(query, found)
    fragment = MASK if "@" in fragment else _pairs(fragment, found)
    return f"{before}{slashes}{netloc}{slash}{path}{question}{query}{hash_}{fragment}"


def _after_user_info(text: str, found: list[Found]) -> str:
    shown = _url(f"//{text}", found)
    return shown[2:]


def _path(path: str, found: list[Found]) -> str:
    shown, sure, following = [], False, False
    for segment in path.split("/"):
        name, semicolon, parameters = segment.partition(";")
        plainly = _decoded(name)
        told = following or sure
        sure = plainly.lower() in _NEXT
        if name and (
            following
            or (told and not plain(plainly))
            or (looks_secret(plainly) and not is_uuid(plainly))
            or _holds_secret(plainly)
        ):
            found.append(Found(plainly, told))
            name = MASK
        following = following or plainly.lower() in _ALL
        shown.append(f"{name}{semicolon}{_pairs(parameters, found) if semicolon else ''}")
    return "/".join(shown)


def _pairs(query: str, found: list[Found]) -> str:
    # Not parse_qsl + urlencode: the rest of the query must be shown exactly as it was written. Some servers take ; for
    # &.
    if not query:
        return ""
    shown, at = [], 0
    for mark in [*_PAIR.finditer(query), None]:
        stop = mark.start() if mark else len(query)
        shown.append(_pair(query[at:stop], found))
        if mark:
            shown.append(mark[0])
            at = mark.end()
    return "".join(shown)


def _pair(pair: str, found: list[Found]) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        if looks_secret(_decoded(name)) or _holds_secret(_decoded(name)):
            found.append(Found(unquote_plus(name), False))
            return MASK
        return pair
    key, plainly = _decoded(name), _decoded(value)
    sure = _sure(key)
    if not value or not (is_secret_key(name) or looks_secret(plainly) or _holds_secret(plainly)):
        return pair
    found.append(Found(unquote_plus(value), sure))
    if value != unquote_plus(value):
        found.append(Found(value, sure))
    return f"{MASK if looks_secret(key) else name}={MASK}"


def _holds_secret(text: str) -> bool:
    """Tell whether a value is itself a URL, a form or a JSON text that names a secret."""
    return _USER_INFO.search(text) is not None or any(_sure(name) for name in _NAMED.findall(text))


def redact_header(name: str, value: str) -> str:
    """Mask a header's value unless its name is known to be harmless; keep the scheme of an authorization and the names of cookies.

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
    >>> redact_header("Authorization", "Bearer abc"), redact_header("Origin", "https://a.example"), redact_header("X-Otp", "123456")
    ('Bearer ***', 'https://a.example', '***')
    """
    return _header(name, value, [])


def secrets_of_header(name: str, value: str) -> list[Found]:
    """List what `redact_header` masks, in its parts.

    Parameters
    ----------
    name, value : str
        One header.

    Returns
    -------
    list of Found
    """
    found: list[Found] = []
    _header(name, value, found)
    return found


def _header(name: str, value: str, found: list[Found]) -> str:
    lowered = name.lower()
    if lowered in _AUTHORIZATIONS:
        return _authorization(value, found)
    if lowered in _CHALLENGES:
        return _challenge(value, found)
    if lowered == "cookie":
        return "; ".join(_cookie(pair, found) for pair in value.split("; "))
    if lowered == "set-cookie":
        first, *attributes = value.split(";")
        shown = (
            one if one.partition("=")[0].strip().lower() in _COOKIE_ATTRIBUTES else f" {MASK}" for one in attributes
        )
        return ";".join([_cookie(first, found), *shown])
    if lowered == "sec-websocket-protocol":
        return redact_subprotocols([one.strip() for one in value.split(",")], found)
    if lowered in _URLS:
        return _url(value, found)
    if lowered in HARMLESS_HEADERS or not value:
        return value
    found.append(Found(value, _sure(name)))
    return MASK


def _authorization(value: str, found: list[Found]) -> str:
    scheme, space, credentials = value.strip().partition(" ")
    if not space or scheme.lower() not in _SCHEMES:
        if value:
            found.append(Found(value, True))
        return MASK if value else value
    credentials = credentials.strip()
    found.append(Found(credentials.rstrip("=") or credentials, True))
    _parameters(credentials, found)
    return f"{scheme} {MASK}"


def _parameters(text: str, found: list[Found]) -> None:
    # Digest: response="…", nonce="…"; AWS4: Credential=…, Signature=…; SharedAccessSignature: sig=…&….
    for name, quoted in _PARAMETER.findall(text):
        if name.lower() not in _HOW:
            found += [Found(part.partition("=")[2] or part, False) for part in quoted.strip('"').split("&")]


def _challenge(value: str, found: list[Found]) -> str:
    _parameters(value, found)
    shown, at = [], 0
    for one in [*_PARAMETER.finditer(value), None]:
        stop = one.start() if one else len(value)
        # Between parameters: schemes, or a blob as Negotiate and NTLM answer.
        for word in re.split(r"([,\s]+)", value[at:stop]):
            known = not word.strip(", \t") or word.lower() in _SCHEMES
            shown.append(word if known else MASK)
            if not known:
                found.append(Found(word.rstrip("="), False))
        if one:
            shown.append(one[0] if one[1].lower() in _HOW else f"{one[1]}={MASK}")
            at = one.end()
    return "".join(shown)


def _cookie(pair: str, found: list[Found]) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    value = value.strip()
    if value:
        found.append(Found(value.strip('"'), True))
    return f"{name}{equals}{MASK if value else ''}"


def redact_subprotocols(names: list[str] | tuple[str, ...], found: list[Found] | None = None) -> str:
    """Write subprotocols as a header does, without the tokens that some carry.

    Parameters
    ----------
    names : sequence of str
        As offered, in order, or the one the server chose.
    found : list of Found, optional
        Where to put the tokens.

    Returns
    -------
    str

    Examples
    --------
    >>> redact_subprotocols(["graphql-transport-ws", "Bearer", "swordfish"])
    'graphql-transport-ws, Bearer, ***'
    """
    shown = []
    for name, token, sure in offered(names):
        shown.append(f"{name}{MASK}" if token else name)
        if token and found is not None:
            found.append(Found(token, sure))
    return ", ".join(shown)
