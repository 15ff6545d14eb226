"""`Options`: the settings of a connection, validated and immutable, and the table that all help texts are generated from.

Names, types, defaults, flags and environment variables of the options are defined here and nowhere else. Nothing here acts on
an option. May be used on any thread.
"""

from __future__ import annotations

import functools
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Final, Literal, TypedDict
from urllib.parse import unquote

from .hostnames import compared
from .redaction.headers import MASK, redact_header, redact_subprotocols, redact_url
from .redaction.invalid import did_you_mean, forbidden_character, kind_and_size, number_or_kind
from .redaction.payloads import check, mask
from .redaction.text import quoted
from .system.paths import local_path, local_paths

Headers = Mapping[str, str] | Iterable[str | tuple[str, str]]

#: RFC 9110 section 5.6.2: a token, which header names and subprotocols are.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")

#: The value of ``redirects`` that also follows them from ``wss://`` to ``ws://``, and how many it follows.
INSECURE: Final = "insecure"
_INSECURE_REDIRECTS: Final = 5

#: With ``auto_reconnect``: seconds a connection has to last before the backoff starts over.
STABLE: Final = 10.0

#: Headers that the opening handshake sets itself (RFC 6455 section 4.1), and what to do instead.
_OURS: Mapping[str, str] = {
    **dict.fromkeys(("upgrade", "connection", "sec-websocket-key", "sec-websocket-version"), "leave it out"),
    "sec-websocket-extensions": "pass compression=True or False",
}
#: Headers that announce content (RFC 9110 section 6.4). The opening handshake has none: a server would take the first
#: frames for it.
_OF_CONTENT: Final = frozenset({"content-length", "transfer-encoding", "trailer", "content-encoding"})
#: Headers that have an option of their own. In ``headers`` they are treated like that option: lists (cookies,
#: subprotocols) are merged, equal values count once, and different values are an error, so that no request has such a
#: header twice. ``Proxy-Authorization`` is sent to the proxy only (RFC 9110 section 11.7.2).
_OPTIONS_OF_HEADER: Mapping[str, tuple[str, ...]] = {
    "cookie": ("cookies",),
    "origin": ("origin",),
    "sec-websocket-protocol": ("subprotocols",),
    "authorization": ("token", "user"),
}
#: Headers that may be sent once only, because their values are not lists (RFC 9110 section 5.3).
_ONCE = frozenset(
    {"host", "user-agent", "referer", "from", "origin", "authorization", "proxy-authorization", "content-length"}
)
#: Characters that a cookie's name must not have: a server would parse the header differently (RFC 6265 section 5.4).
_NO_COOKIE_NAME = re.compile(r"[;=\s]")
#: User info of a proxy's URL (RFC 3986 section 3.2.1); its scheme may be left out.
_PROXY_USER = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^/?#]*)@")


def _option(
    default: Any,
    help: str,
    *,
    flag: str | None = None,
    env: str | None = None,
    metavar: str | None = None,
    secret: bool = False,
) -> Any:
    metadata = {"help": help, "flag": flag, "env": env, "metavar": metavar, "secret": secret}
    if default is dict or default is tuple:
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Settings of one connection.

    `Options.table` lists the parameters, with type, default, flag and environment variable.

    Raises
    ------
    ValueError
        A value is invalid; the text names the option.
    TypeError
        A value has the wrong type, or (from `Options.of`) an option is unknown.

    Examples
    --------
    >>> Options.of(ping_intervall=5)
    Traceback (most recent call last):
    ...
    TypeError: unknown option 'ping_intervall'; did you mean 'ping_interval'?
    """

    headers: tuple[tuple[str, str], ...] = _option(
        tuple,
        "extra request headers: dict, list of pairs, or 'Name: value' lines",
        flag="-H --header",
        metavar="'NAME: VALUE'",
        secret=True,
    )
    subprotocols: tuple[str, ...] = _option(
        tuple, "subprotocols to offer, best first", flag="--subprotocol", metavar="NAME"
    )
    origin: str | None = _option(None, "the Origin header; none is sent by default", flag="--origin", metavar="ORIGIN")
    cookies: tuple[tuple[str, str], ...] = _option(
        tuple, "cookies to send: dict or 'a=1; b=2'", flag="--cookie", metavar="'NAME=VALUE'", secret=True
    )
    user: str | None = _option(
        None,
        "'name:password' for HTTP basic authentication; the flag asks for a password that is left out",
        flag="--user",
        metavar="NAME[:PASSWORD]",
        secret=True,
    )
    token: str | None = _option(
        None, "bearer token; the flag asks for it when it is -", flag="--token", metavar="TOKEN", secret=True
    )
    ssl_verify: bool = _option(True, "refuse a certificate OpenSSL refuses", flag="-k --no-verify")
    ssl_hostname: str | None = _option(
        None,
        "check the certificate (and send SNI) for this name instead of the URL's",
        flag="--ssl-hostname",
        metavar="NAME",
    )
    ca_file: str | None = _option(
        None,
        "PEM file of trusted CAs; replaces the default store",
        flag="--ca-file",
        env="SSL_CERT_FILE",
        metavar="FILE",
    )
    ca_path: str | None = _option(
        None, "directory of trusted CAs (openssl rehash)", flag="--ca-path", env="SSL_CERT_PATH", metavar="DIR"
    )
    trust: Literal["certifi", "system"] = _option(
        "certifi", "default trust store", flag="--trust", metavar="certifi|system"
    )
    strict: bool = _option(False, "also apply X509_STRICT (RFC 5280 details)", flag="--strict")
    pin: str | None = _option(
        None, "accept exactly this key instead of chain and hostname: 'sha256/<base64>'", flag="--pin", metavar="PIN"
    )
    client_cert: str | None = _option(
        None, "client certificate (PEM, or PKCS#12 .p12/.pfx)", flag="--cert", metavar="FILE"
    )
    client_key: str | None = _option(
        None, "client key (PEM), when not in the certificate's file", flag="--key", metavar="FILE"
    )
    client_key_password: str | None = _option(
        None,
        "passphrase of the client key; the flag asks for it when it is -",
        flag="--key-password",
        metavar="TEXT",
        secret=True,
    )
    client_cert_unverified: bool = _option(
        False, "send the client certificate even to a server whose certificate is bad"
    )
    min_tls: Literal["1.0", "1.1", "1.2", "1.3"] = _option(
        "1.2", "oldest TLS version to accept", flag="--min-tls", metavar="VERSION"
    )
    proxy: str | None = _option(
        None,
        "proxy URL (http, socks4, socks4a, socks5, socks5h); '' means none",
        flag="--proxy",
        env="HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        metavar="URL",
        secret=True,
    )
    redirects: int | Literal["insecure"] = _option(
        5,
        "how many HTTP redirects to follow; another origin gets only harmless headers; 'insecure': 5, also from wss:// to ws://",
        flag="--redirects",
        metavar="N|insecure",
    )
    resolve: tuple[tuple[str, str], ...] = _option(
        tuple, "addresses to use for host names: {'host': 'address'}", flag="--resolve", metavar="HOST:ADDRESS"
    )
    source_address: tuple[str, int] | None = _option(None, "local (address, port) to connect from", metavar="ADDRESS")
    socket_options: tuple[tuple[int, int, int | bytes], ...] = _option(tuple, "extra setsockopt() triples")
    connect_timeout: float | None = _option(
        60.0, "seconds for TCP, and again for TLS", flag="--timeout", metavar="SECONDS"
    )
    open_timeout: float | None = _option(60.0, "seconds for the HTTP upgrade", metavar="SECONDS")
    write_timeout: float | None = _option(60.0, "seconds without progress before a send fails", metavar="SECONDS")
    # A third of the commonest idle timeout of proxies: nginx's proxy_read_timeout is 60 s.
    ping_interval: float | None = _option(
        20.0,
        "seconds between keepalive pings; proxies cut idle connections, many after 60 s; None sends none",
        flag="--ping-interval, --no-ping",
        metavar="SECONDS",
    )
    ping_timeout: float | None = _option(
        10.0,
        "seconds to wait for a sign of life after a keepalive ping was written",
        flag="--ping-timeout",
        metavar="SECONDS",
    )
    close_timeout: float | None = _option(60.0, "seconds to wait for the server's close frame", metavar="SECONDS")
    auto_pong: bool = _option(True, "answer the server's pings; False tests the server's ping timeout")
    max_size: int | None = _option(
        64 << 20, "largest message accepted, in bytes, before and after inflating", flag="--max-size", metavar="BYTES"
    )
    compression: bool = _option(True, "offer permessage-deflate (RFC 7692)", flag="--no-compression")
    on_pong: Callable[[float], object] | None = _option(None, "called with the seconds each keepalive pong took")
    auto_reconnect: bool = _option(
        False,
        f"connect again after a transient loss, less and less often until a connection has lasted {STABLE:g} s; read() waits meanwhile",
        flag="--auto-reconnect",
    )
    reconnect_attempts: int | None = _option(None, "tries in a row before giving up; None means no limit", metavar="N")
    on_open: Callable[[Any], object] | None = _option(
        None,
        "called with the session after every (re)connect, on a thread of its own, for example to subscribe; session.unconfirmed lists what may have been lost",
    )
    send_every: tuple[float, str | bytes] | None = _option(
        None, "(seconds, message) to send again and again while open"
    )
    auto_reply: tuple[tuple[Any, Any], ...] = _option(
        tuple,
        "{match: answer} for messages a session answers by itself, for example {'$.type=ping': {'type': 'pong'}} (ws.reply)",
        secret=True,
    )
    max_bytes: int | None = _option(
        256 << 20,
        "payload bytes a session's log keeps; older segments are dropped",
        flag="--max-bytes",
        metavar="BYTES",
    )
    max_messages: int | None = _option(None, "rows a session's log keeps", metavar="N")
    decode: str | os.PathLike[str] | type[Any] | Callable[[Any], object] | None = _option(
        None,
        "decoder of a session's messages, a name or a function of their data; None goes by subprotocol and first messages, raw decodes nothing",
        flag="--decode",
        metavar="NAME",
    )
    on_full: Literal["drop", "block", "close"] = _option(
        "drop", "what a full log does: drop the oldest rows, stop reading, or close", metavar="drop|block|close"
    )
    record: str | None = _option(
        None,
        "SQLite file that a session is recorded to as it goes on (ws.record); added to when it exists",
        flag="--record",
        metavar="FILE",
    )
    record_secrets: bool = _option(False, "do not mask secrets in the file that record names")

    redact: tuple[str | bytes, ...] = _option(
        tuple,
        "values to mask in payloads that are shown or saved, besides the credentials above (kws.secret)",
        flag="--redact",
        metavar="TEXT",
        secret=True,
    )

    @classmethod
    def of(cls, options: Options | None = None, /, **values: Any) -> Options:
        """Make options from values in any of the forms that `connect` takes.

        Parameters
        ----------
        options : Options, optional
            Options to start from; the defaults when left out.
        **values
            Values by name, which replace those of ``options``. See `OptionArguments` for their types.

        Returns
        -------
        Options

        Raises
        ------
        TypeError
            An unknown name (the nearest one is suggested) or a wrong type.
        ValueError
            An invalid value.
        """
        if options is not None and not values:
            return options
        names = cls.__dataclass_fields__
        for name in values:
            if name not in names:
                raise TypeError(f"unknown option {quoted(name, 60)}{did_you_mean(name, names)}")
        for name, convert in _CONVERT.items():
            if name in values:
                values[name] = convert(values[name])
        if options is not None:  # a new header replaces the option of the same meaning
            for header, _ in values.get("headers", ()):
                for name in _OPTIONS_OF_HEADER.get(header.lower(), ()) if isinstance(header, str) else ():
                    values.setdefault(name, names[name].default if name in ("origin", "user", "token") else ())
        return replace(options, **values) if options else cls(**values)

    def __post_init__(self) -> None:
        for place, (header, value) in enumerate(self.headers, 1):
            _refuse_pair(f"headers: number {place}", header, value)
            if (instead := _OURS.get(header.lower())) is not None:
                raise ValueError(f"headers: {header} is written by the WebSocket handshake itself; {instead}")
            if header.lower() in _OF_CONTENT:
                raise ValueError(
                    f"headers: {header} announces content, and the opening handshake has none; leave it out"
                )
        for place, (cookie, value) in enumerate(self.cookies, 1):
            _refuse_cookie(f"cookies: number {place}", cookie, value)
        _refuse_subprotocols(self.subprotocols)
        for secret in self.redact:
            try:
                check(secret)
            except (TypeError, ValueError) as error:
                raise type(error)(f"redact: {error}") from None
        for option in ("origin", "user", "token"):
            value = getattr(self, option)
            if value is not None:
                _refuse_line(option, value)
        for option in ("ca_file", "ca_path", "client_cert", "client_key", "record"):
            _file(option, getattr(self, option))
            object.__setattr__(self, option, _path(option, getattr(self, option)))
        for option in ("proxy", "pin", "ssl_hostname", "client_key_password"):
            _text(option, getattr(self, option))
        if self.ssl_hostname:
            object.__setattr__(self, "ssl_hostname", _host("ssl_hostname", self.ssl_hostname))
        if self.user is not None and self.token is not None:
            raise ValueError("user and token both set the Authorization header; pass one of them")
        self._move_headers_to_options()
        for name in (
            "connect_timeout",
            "open_timeout",
            "write_timeout",
            "ping_interval",
            "ping_timeout",
            "close_timeout",
        ):
            _seconds(name, getattr(self, name))
        if self.send_every is not None:
            _schedule(self.send_every)
        for name in ("max_size", "max_bytes", "max_messages", "reconnect_attempts"):
            _count(name, getattr(self, name))
        _redirects(self.redirects)
        if self.source_address is not None:
            _address(self.source_address)
        _socket_options(self.socket_options)
        _choice("trust", self.trust, ("certifi", "system"))
        _choice("min_tls", self.min_tls, ("1.0", "1.1", "1.2", "1.3"))
        _choice("on_full", self.on_full, ("drop", "block", "close"))
        if self.pin is not None and not re.match(r"sha256/[A-Za-z0-9+/]{43}=\Z", self.pin):
            raise ValueError("pin: expected 'sha256/' and the base64 of a SHA-256 over the public key (44 characters)")

    def _move_headers_to_options(self) -> None:
        """Merge headers that have an option of their own into that option (see `_OPTIONS_OF_HEADER`)."""
        kept: dict[str, tuple[str, str]] = {}
        for place, (name, value) in enumerate(self.headers):
            lowered = name.lower()
            if lowered == "cookie":
                self._set("cookies", _with_cookies(self.cookies, _cookies_of(value)))
            elif lowered == "sec-websocket-protocol":
                named = tuple(filter(None, (part.strip() for part in value.split(","))))
                _refuse_subprotocols(named)
                self._set("subprotocols", tuple(dict.fromkeys((*self.subprotocols, *named))))
            elif lowered == "origin":
                self._set("origin", _same("origin= and the header Origin", value, self.origin))
            elif lowered == "authorization" and (by_option := self._authorization()) is not None:
                option = "user=" if self.token is None else "token="
                _same(f"{option} and the header Authorization", _credentials(value), by_option)
            elif lowered == "proxy-authorization" and (by_url := self._proxy_user()) is not None:
                _same(
                    "proxy= with a name and password, and the header Proxy-Authorization", _credentials(value), by_url
                )
            elif lowered in _ONCE:
                before = kept.get(lowered)
                kept[lowered] = name, _same(f"headers: two {name} headers", value, before and before[1])
            else:
                kept[str(place)] = name, value
        self._set("headers", tuple(kept.values()))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)  # the dataclass is frozen; only called from __post_init__

    def _authorization(self) -> str | None:
        """Compose the Authorization header of ``user`` or ``token``."""
        if self.token is not None:
            return f"Bearer {self.token}"
        return None if self.user is None else _basic(self.user)

    def _proxy_user(self) -> str | None:
        """Compose the Proxy-Authorization header of the proxy URL's user info."""
        user = _PROXY_USER.match(self.proxy or "")
        return None if user is None else _basic(unquote(user[1] if ":" in user[1] else f"{user[1]}:"))

    @property
    def proxy_authorization(self) -> str | None:
        """The Proxy-Authorization header: from ``headers``, otherwise from the proxy URL's user info; None without both."""
        headers = [value for name, value in self.headers if name.lower() == "proxy-authorization"]
        return headers[0] if headers else self._proxy_user()

    def __repr__(self) -> str:
        # Only options that differ from their defaults, secrets masked: tracebacks and logs show this.
        shown = []
        for f in fields(self):
            value = getattr(self, f.name)
            default = f.default if f.default is not MISSING else ()
            if value != default:
                shown.append(f"{f.name}={_shown(f.name, value, bool(f.metadata['secret']))}")
        return mask(f"Options({', '.join(shown)})")

    @classmethod
    def table(cls) -> list[dict[str, str]]:
        """List every option, for help texts and the documentation.

        Returns
        -------
        list of dict
            One for each option, in the order of declaration, with the keys ``name``, ``type``, ``default``, ``flag``,
            ``env``, ``metavar`` and ``help``.
        """
        rows = []
        for f in fields(cls):
            default = f.default if f.default is not MISSING else ()
            rows.append(
                {
                    "name": f.name,
                    "type": str(f.type),
                    "default": _default(default, f.metadata["metavar"]),
                    "flag": f.metadata["flag"] or "",
                    "env": f.metadata["env"] or "",
                    "metavar": f.metadata["metavar"] or "",
                    "help": f.metadata["help"],
                }
            )
        return rows

    @property
    def most_redirects(self) -> int:
        """How many redirects are followed: ``redirects``, or 5 when that is ``"insecure"``."""
        return _INSECURE_REDIRECTS if isinstance(self.redirects, str) else self.redirects

    def header_items(self) -> list[tuple[str, str]]:
        """Compose the request headers.

        Returns
        -------
        list of (str, str)
            ``headers`` without Proxy-Authorization, then Authorization and Cookie if options set them.
        """
        items = [(name, value) for name, value in self.headers if name.lower() != "proxy-authorization"]
        if (authorization := self._authorization()) is not None:
            items.append(("Authorization", authorization))
        if self.cookies:
            # RFC 6265 section 5.4: one header. Of a cookie without a name only the value is sent, as browsers do.
            items.append(("Cookie", "; ".join(f"{name}={value}" if name else value for name, value in self.cookies)))
        return items


def _default(value: Any, metavar: str | None) -> str:
    """Write a default for people: a count of bytes also in MiB."""
    if value == ():
        return "–"
    return f"{value} ({value >> 20} MiB)" if metavar == "BYTES" else repr(value)


def _basic(user: str) -> str:
    return "Basic " + b64encode(user.encode()).decode("ascii")


def _same(what: str, value: str, other: str | None) -> str:
    """Return a value; raise if there is another one that differs."""
    if other is not None and value.strip() != other.strip():
        raise ValueError(f"{what} have different values; pass one of them")
    return value


def _credentials(value: str) -> str:
    """Normalise an Authorization header so that two can be compared: the scheme is case-insensitive (RFC 9110 section 11.1)."""
    scheme, _, rest = value.strip().partition(" ")
    return f"{scheme.capitalize()} {rest.strip()}"


def _cookies_of(header: str) -> tuple[tuple[str, str], ...]:
    """Parse a Cookie header (RFC 6265 section 5.4). A part without ``=`` is the value of a cookie without a name."""
    pairs = (part.partition("=") for part in header.split(";") if part.strip())
    return tuple((name.strip(), value.strip()) if equals else ("", name.strip()) for name, equals, value in pairs)


def _with_cookies(
    have: tuple[tuple[str, str], ...], header: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Merge the ``cookies`` option and a Cookie header.

    Equal cookies count once; different values of one name are an error.
    """
    if any(name == other and value != another for name, value in header for other, another in have):
        raise ValueError("cookies= and the header Cookie have different values for the same name; pass one of them")
    return (*have, *(cookie for cookie in header if cookie not in have))


def _shown(name: str, value: Any, secret: bool) -> str:
    if name == "headers":
        return repr([(key, redact_header(key, text)) for key, text in value])
    if name == "cookies":
        return repr([(key, MASK) for key, _ in value])
    if name == "subprotocols":
        return repr(tuple(redact_subprotocols(value).split(", ")))
    if name in ("proxy", "origin") and value:
        return repr(redact_url(value))
    if name == "send_every":
        return f"({value[0]!r}, {MASK})"  # the message often has credentials
    return MASK if secret and value else repr(value)


def _refuse_line(what: str, value: object) -> None:
    # CR or LF in a header value would begin another header (RFC 9110 section 5.5); websocket-client does not check.
    if not isinstance(value, str):
        raise TypeError(f"{what}: expected text, got {kind_and_size(value)}")
    if (problem := forbidden_character(value)) is not None:
        raise ValueError(f"{what}: the value contains {problem}, which would inject a header or cannot be sent")


def _refuse_pair(what: str, name: object, value: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected text as the name, got {kind_and_size(name)}")
    if not _TOKEN.match(name):
        hint = "; a name ends before the ':'" if re.search(r"[\s:]", name) else ""
        raise ValueError(
            f"{what}: the name ({kind_and_size(name)}) is not a header name (RFC 9110 section 5.6.2){hint}"
        )
    _refuse_line(what, value)


def _refuse_cookie(what: str, name: object, value: object) -> None:
    # Cookie names in use are not always tokens ("prefs[theme]"), so only what would make another cookie is refused.
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected text as the name, got {kind_and_size(name)}")
    if _NO_COOKIE_NAME.search(name) or forbidden_character(name):
        raise ValueError(
            f"{what}: the name ({kind_and_size(name)}) is not a cookie name: it contains white space, ';', '=' or a control character"
        )
    _refuse_line(what, value)
    if isinstance(value, str) and ";" in value:
        raise ValueError(f"{what}: the value contains ';', which would begin another cookie; pass that one separately")


def _refuse_subprotocols(names: tuple[object, ...]) -> None:
    for place, name in enumerate(names, 1):
        if not isinstance(name, str):
            raise TypeError(f"subprotocols: expected text, number {place} is {kind_and_size(name)}")
        if not _TOKEN.match(name):
            holds = "; it holds a space: give a list of names" if re.search(r"[\s,]", name) else ""
            raise ValueError(
                f"subprotocols: number {place} ({kind_and_size(name)}) is not an HTTP token (RFC 6455 section 4.1){holds}"
            )
    if len(set(names)) != len(names):
        raise ValueError("subprotocols: the same name is offered twice (RFC 6455 section 4.1)")


def _text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name}: expected text, got {kind_and_size(value)}")


def _file(name: str, value: object) -> None:
    # Errors about files quote the path, so a pasted private key must not get there.
    if isinstance(value, str) and ("\n" in value or "-----BEGIN" in value):
        raise ValueError(
            f"{name}: expected a path, got {kind_and_size(value)}; write it to a file and pass the file's path"
        )


def _seconds(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: expected seconds or None (never), got {number_or_kind(value)}")
    if not value > 0 or value == float("inf"):
        raise ValueError(f"{name}: expected more than 0 seconds, got {value!r}; None means never")


def _schedule(value: object) -> None:
    if not (isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], (str, bytes))):
        raise TypeError(f"send_every: expected (seconds, message), got {kind_and_size(value)}")
    if value[0] is None:
        raise TypeError("send_every: expected seconds, got None")
    _seconds("send_every", value[0])


def _count(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected a whole number or None (no limit), got {number_or_kind(value)}")
    if value <= 0:
        raise ValueError(f"{name}: expected more than 0, got {value}; None means no limit")


def _redirects(value: object) -> None:
    if value == INSECURE:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(
            f"redirects: expected a whole number or {INSECURE!r}, got {number_or_kind(value)}{did_you_mean(value, [INSECURE])}"
        )
    if value < 0:
        raise ValueError(f"redirects: {value} is negative; 0 follows none")


def _choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(
            f"{name}: expected one of {', '.join(allowed)}, got {kind_and_size(value)}{did_you_mean(value, allowed)}"
        )


def _address(value: object) -> None:
    if not (isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)):
        raise TypeError(f"source_address: expected an address, or (address, port), got {kind_and_size(value)}")


def _socket_options(value: tuple[object, ...]) -> None:
    for place, item in enumerate(value, 1):
        if not (isinstance(item, tuple) and [isinstance(part, (int, bytes)) for part in item] == [True] * 3):
            raise TypeError(f"socket_options: expected (level, name, value), number {place} is {kind_and_size(item)}")


def _pairs(
    name: str, value: object, form: str, split: Callable[[str], tuple[str, str] | None]
) -> tuple[tuple[Any, Any], ...]:
    """Convert a mapping, or an iterable of pairs and texts, to pairs. Errors never show an item."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    if not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected a dict, or a list of {form}, got {kind_and_size(value)}")
    pairs: list[tuple[Any, Any]] = []
    for place, item in enumerate(value, 1):
        pair = split(item) if isinstance(item, str) else tuple(item) if isinstance(item, (tuple, list)) else ()
        if pair is None:
            raise ValueError(f"{name}: expected {form}, number {place} ({kind_and_size(item)}) is something else")
        if len(pair) != 2:
            raise TypeError(f"{name}: expected {form} or a pair, number {place} is {kind_and_size(item)}")
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def _line(text: str) -> tuple[str, str] | None:
    name, colon, value = text.partition(":")
    return (name.strip(), value.strip()) if colon else None


def _cookie(text: str) -> tuple[str, str] | None:
    name, equals, value = text.strip().partition("=")
    return (name, value) if equals else None


def _mapped(text: str) -> tuple[str, str] | None:
    host, colon, address = text.partition(":")
    return (host, address) if colon and host and address else None


def _headers(value: Headers | str | None) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    return _pairs("headers", [value] if isinstance(value, str) else value, "'Name: value'", _line)


def _cookies(value: Mapping[str, str] | str | Iterable[tuple[str, str]] | None) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = [part for part in value.split(";") if part.strip()]  # type: ignore[misc]
    return _pairs("cookies", value, "'name=value'", _cookie)


def _names(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else _items("subprotocols", value)


def _secrets(value: str | bytes | Iterable[str | bytes] | None) -> tuple[str | bytes, ...]:
    return () if value is None else (value,) if isinstance(value, (str, bytes)) else _items("redact", value)


def _items(name: str, value: object) -> tuple[Any, ...]:
    if not isinstance(value, Iterable):
        raise TypeError(f"{name}: expected a list, got {kind_and_size(value)}")
    return tuple(value)


def _rules(value: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None) -> tuple[tuple[Any, Any], ...]:
    rules = _items("auto_reply", value.items() if isinstance(value, Mapping) else () if value is None else value)
    for place, rule in enumerate(rules, 1):
        if not (isinstance(rule, tuple) and len(rule) == 2):
            raise TypeError(f"auto_reply: expected (match, answer), number {place} is {kind_and_size(rule)}")
    return rules


def _resolve(value: Mapping[str, str] | str | Iterable[tuple[str, str]] | None) -> tuple[tuple[str, str], ...]:
    pairs = (
        ()
        if value is None
        else _pairs("resolve", [value] if isinstance(value, str) else value, "'host:address'", _mapped)
    )
    for place, pair in enumerate(pairs, 1):
        if not all(isinstance(part, str) for part in pair):
            raise TypeError(
                f"resolve: expected text, number {place} is {kind_and_size(pair[0])} and {kind_and_size(pair[1])}"
            )
    return tuple((compared(host) or host.lower(), address) for host, address in pairs)


def _source(value: str | tuple[str, int] | None) -> tuple[str, int] | None:
    return (value, 0) if isinstance(value, str) else value


def _path(name: str, value: Any) -> str | None:
    if value is None:
        return None
    try:
        # ca_path may be a list of paths, as in SSL_CERT_DIR.
        return local_paths(value) if name == "ca_path" else local_path(value)
    except TypeError:
        problem = f"{name}: expected a path, got {kind_and_size(value)}"
    raise TypeError(problem)


def _host(name: str, value: str) -> str:
    if (host := compared(value)) is None:
        raise ValueError(f"{name}: expected a host name or an address, got {kind_and_size(value)}")
    return host


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "headers": _headers,
    "cookies": _cookies,
    "subprotocols": _names,
    "redact": _secrets,
    "auto_reply": _rules,
    "resolve": _resolve,
    "source_address": _source,
    "socket_options": functools.partial(_items, "socket_options"),
    **{name: functools.partial(_path, name) for name in ("ca_file", "ca_path", "client_cert", "client_key", "record")},
}


class OptionArguments(TypedDict, total=False):
    """The keyword arguments of `connect`, `Client.connect` and `certificate`; `Options.table` says what each does."""

    headers: Headers | str | None
    subprotocols: str | Iterable[str] | None
    origin: str | None
    cookies: Mapping[str, str] | str | Iterable[tuple[str, str]] | None
    user: str | None
    token: str | None
    ssl_verify: bool
    ssl_hostname: str | None
    ca_file: str | os.PathLike[str] | None
    ca_path: str | os.PathLike[str] | None
    trust: Literal["certifi", "system"]
    strict: bool
    pin: str | None
    client_cert: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    client_key_password: str | None
    client_cert_unverified: bool
    min_tls: Literal["1.0", "1.1", "1.2", "1.3"]
    proxy: str | None
    redirects: int | Literal["insecure"]
    resolve: Mapping[str, str] | str | Iterable[tuple[str, str]] | None
    source_address: str | tuple[str, int] | None
    socket_options: Iterable[tuple[int, int, int | bytes]]
    connect_timeout: float | None
    open_timeout: float | None
    write_timeout: float | None
    ping_interval: float | None
    ping_timeout: float | None
    close_timeout: float | None
    auto_pong: bool
    max_size: int | None
    compression: bool
    on_pong: Callable[[float], object] | None
    auto_reconnect: bool
    reconnect_attempts: int | None
    send_every: tuple[float, str | bytes] | None
    auto_reply: Mapping[str, Any] | Iterable[tuple[Any, Any]]
    max_bytes: int | None
    max_messages: int | None
    decode: str | os.PathLike[str] | type[Any] | Callable[[Any], object] | None
    on_full: Literal["drop", "block", "close"]
    record: str | os.PathLike[str] | None
    record_secrets: bool
    redact: str | bytes | Iterable[str | bytes] | None
