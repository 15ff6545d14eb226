"""Masks secrets in URLs and headers.

Header values are masked unless the name is on a list of harmless ones. URLs must stay readable, so there only parts are
masked whose name says that they are secret, or that look random. `secrets_of_url` and `secrets_of_header` return what is
masked, so that `transport.credentials` can have it masked in payloads too.

Pure functions on strings, called by everything that shows something: errors, the logger, displays, saved files.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from .subprotocols import offered
from .tokens import is_uuid, looks_secret, plain, words

#: Shown instead of a secret.
MASK = "***"

#: Headers whose values are shown (lower case): standard ones, and ids of requests, which people search logs for. Any
#: other header may be a credential.
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
#: Headers whose values are URLs.
_URLS: Final = frozenset({"origin", "referer", "location", "content-location"})
_AUTHORIZATIONS: Final = frozenset({"authorization", "proxy-authorization"})
#: Headers in which servers answer to credentials.
_CHALLENGES: Final = frozenset(
    {"www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info"}
)
#: Authentication schemes (lower case) of the IANA registry and in wide use. Any other first word may be the token
#: itself.
_SCHEMES: Final = words(
    "basic bearer concealed digest dpop gnap hoba mutual negotiate oauth privatetoken scram-sha-1 scram-sha-256 vapid ntlm kerberos "
    "token apikey key hmac hawk signature sharedaccesssignature sharedkey sharedkeylite aws aws4-hmac-sha256 aws4-ecdsa-p256-sha256 jwt "
    "googlelogin bot macaroon deepgram"
)
#: Parameters of authorizations and challenges that are not secret (RFC 7616, RFC 6750).
_HOW: Final = words(
    "realm qop algorithm uri nc username userhash charset stale domain error error_description error_uri scope title signedheaders "
    "resource_metadata headers max_age"
)
# The look-behind keeps the search from starting inside a run of characters, which would take quadratic time.
_PARAMETER: Final = re.compile(r"(?<![\w*-])([A-Za-z][\w*-]*)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s,\"=][^\s,\"]*)")
_COOKIE_ATTRIBUTES: Final = frozenset(
    {"expires", "max-age", "domain", "path", "secure", "httponly", "samesite", "partitioned", "priority"}
)

# Words in query keys and header names of credentials: "access_token", "apiKey", "X-Amz-Signature". `_SECRET_WORDS`
# match whole words, so that "design" and "author" stay visible; `_SECRET_PARTS` also match in compounds such as
# "authtoken".
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
        "csrf",
        "xsrf",
        "creds",
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
    "authcode",
    "otpcode",
    "codeverifier",
)
#: Words whose value may be a secret or an ordinary word. It is always masked here, but in payloads only if it is not an
#: ordinary word.
_DOUBTFUL_WORDS = frozenset({"key", "keys", "sign", "pin", "nonce", "pat"})
_NO_KEYS = frozenset({"monkey", "turkey", "donkey", "hockey", "jockey", "whiskey", "hotkey"})
_DOUBTFUL_NAMES = frozenset({"code", "hash", "mac", "tk", "ak", "sk"})

_PAIR: Final = re.compile(r"[&;]")
_NAMED: Final = re.compile(r"(?<![\w.\-\[\]])([\w.\-\[\]]+)[\"']?\s*[=:]\s*[\"']?[^\s\"'&,;}]")
_USER_INFO: Final = re.compile(r"//[^/?#\s]*@")
_HOST_PORT: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%\w]*\]|[^:@\[\]\s]*)(?::\d*)?\Z")
#: Path segments before tokens, as in ``/hooks/T00/B00/XXXXXXXX``: before one token (`_NEXT`), or before tokens only
#: (`_ALL`).
_NEXT: Final = frozenset(
    {"token", "tokens", "key", "apikey", "api-key", "secret", "password", "jwt", "bearer", "listenkey", "ticket"}
)
_ALL: Final = frozenset({"hook", "hooks", "webhook", "webhooks"})


class Found(NamedTuple):
    """A secret that was masked."""

    value: str
    #: Whether its name or place says that it is a secret; otherwise it only looks like one, or its name is unknown.
    sure: bool


def is_secret_key(name: str) -> bool:
    """Tell whether a query key or header name looks like that of a credential.

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
    if "%" not in text and "+" not in text:
        return text
    # It may be percent-encoded several times.
    for _ in range(4):
        text, before = unquote_plus(text), text
        if text == before:
            break
    return text


def redact_url(url: str) -> str:
    """Mask the secrets in a URL: user info, values whose name says so, and what looks random in path, query and fragment.

    Parameters
    ----------
    url : str
        A URL, a request target, or any text. If it does not parse as a URL, everything before the last ``@`` is masked.

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
    """List the values that `redact_url` masks, percent-decoded.

    Parameters
    ----------
    url : str
        A URL or request target.

    Returns
    -------
    list of Found
        Without user info, which `transport.credentials` knows anyway.
    """
    found: list[Found] = []
    _url(url, found)
    return found


def _url(url: str, found: list[Found]) -> str:
    # Not urlsplit, which raises for some texts and removes characters: any text must be returned unchanged except for
    # the masked parts.
    rest, hash_, fragment = url.partition("#")
    rest, question, query = rest.partition("?")
    before, slashes, rest = (
        rest.partition("//") if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://|//", rest) else ("", "", rest)
    )
    netloc, slash, path = rest.partition("/") if slashes or not rest.startswith("/") else ("", "/", rest[1:])
    if slashes or "@" in netloc:
        info, at, host = netloc.rpartition("@")
        behind = (
            path if slash and host.endswith(":") else "" if slash else query.partition("=")[0] if question else fragment
        )
        if not _HOST_PORT.match(host) or "@" in behind:
            # The user info may contain "#" or "/" (also right after its colon), so mask everything before the last "@".
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
        announced = following or sure
        sure = plainly.lower() in _NEXT
        if name and (
            following
            or (announced and not plain(plainly))
            or (looks_secret(plainly) and not is_uuid(plainly))
            or _holds_secret(plainly)
        ):
            found.append(Found(plainly, announced))
            name = MASK
        following = following or plainly.lower() in _ALL
        shown.append(f"{name}{semicolon}{_pairs(parameters, found) if semicolon else ''}")
    return "/".join(shown)


def _pairs(query: str, found: list[Found]) -> str:
    if not query:
        return ""
    # Not parse_qsl and urlencode: the rest of the query must not change. Some servers accept ";" instead of "&".
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
    """Tell whether a value is itself a URL with user info, or a query or JSON text with the name of a secret."""
    return _USER_INFO.search(text) is not None or any(_sure(name) for name in _NAMED.findall(text))


def redact_header(name: str, value: str) -> str:
    """Mask a header's value unless its name is known to be harmless; authentication schemes and names of cookies are kept.

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
    """List the values that `redact_header` masks, each parameter and cookie on its own.

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
        # Between parameters there are schemes, or the base64 of Negotiate and NTLM.
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
    """Join subprotocols as in the header, with the tokens in them masked.

    Parameters
    ----------
    names : sequence of str
        The offered ones, in order, or the one that the server chose.
    found : list of Found, optional
        The tokens are appended to it.

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
