"""Proxies: which one the options or the environment ask for, and its handshake on our own stream.

HTTP's CONNECT (RFC 9110 section 9.3.6) is spoken here, because what a proxy says when it refuses is worth reading;
SOCKS4 and SOCKS5 are python-socks' protocols over a connected `Stream`, under our deadline. Called by the thread that
opens a connection.
"""

from __future__ import annotations

import builtins
import errno
import ipaddress
import os
import re
import socket
from dataclasses import replace
from typing import Any, Final, cast
from urllib.parse import SplitResult, unquote, urlsplit

from ..errors import ConnectError, Error, ProtocolError, TimeoutError
from ..hostnames import address_of, compared, url_host
from ..options import Options
from ..redaction.headers import redact_url
from ..redaction.invalid import forbidden_character
from ..redaction.payloads import mask_bytes
from ..redaction.text import printable, quoted
from .credentials import know_proxy
from .deadline import Deadline
from .dns import resolve
from .http_content import excerpt, readable
from .http_content import place as place_of
from .http_response import (
    MAX_HEAD,
    EndOfStreamError,
    Head,
    HeadTooLongError,
    NotHTTPError,
    Responses,
    SilenceError,
    challenges,
    values,
)
from .stream import Stream
from .url import Target
from .write_queue import WriteStalledError

#: An entry of ``NO_PROXY`` that ends in a port: of an IPv6 address only behind brackets.
_WITH_PORT: Final = re.compile(r"(?:\[[^\]]*\]|[^:]*):[0-9]{1,5}\Z")

_SCHEMES: Final = {"http": "HTTP", "socks4": "SOCKS4", "socks4a": "SOCKS4", "socks5": "SOCKS5", "socks5h": "SOCKS5"}

_VARIABLES: Final = tuple(case(f"{name}_proxy") for name in ("http", "https", "all") for case in (str.lower, str.upper))


def proxy_for(target: Target, options: Options) -> SplitResult | None:
    """Choose the proxy: the option, else the environment (``HTTPS_PROXY`` or ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

    Parameters
    ----------
    target : Target
        Where to. Loopback and link-local addresses never go through a proxy of the environment, as in Chrome.
    options : Options
        ``proxy``; ``""`` means none.

    Returns
    -------
    urllib.parse.SplitResult or None

    Raises
    ------
    ConnectError
        The proxy's URL cannot be used.
    """
    url = options.proxy
    if url is None:
        if not any(
            name in os.environ for name in _VARIABLES
        ):  # looking through all variables takes longer than dialling
            return None
        from urllib.request import getproxies_environment

        proxies = getproxies_environment()
        if _is_local(target.name) or _is_excepted(target, proxies.get("no", "")):
            return None
        url = proxies.get("https" if target.secure else "http") or proxies.get("all")
    if not url:
        return None
    proxy, why = _read(url)
    if proxy is None:
        named = "the proxy" if options.proxy is not None else "the environment's proxy"
        raise ConnectError(
            f"{named} cannot be used", url=target.shown, hint=f"use one of {', '.join(_SCHEMES)}://host:port ({why})"
        )
    return proxy


def _is_local(host: str) -> bool:
    if (address := address_of(host)) is not None:
        return address.is_loopback or address.is_link_local
    return f".{host}".endswith(".localhost")


def _is_excepted(target: Target, listed: str) -> bool:
    """Tell whether ``NO_PROXY`` names a target, as curl and Go read it.

    Its entries, separated by commas or spaces: ``*``, an address, a network (``10.0.0.0/8``, ``fd00::/8``), a domain
    with all that is below it (``corp.test``, also as ``.corp.test`` and ``*.corp.test``); behind each but a network
    perhaps a port. Names are not looked up to see whether their address is in a network.
    """
    address = address_of(target.host)
    for entry in filter(None, re.split(r"[,\s]+", listed)):
        if entry == "*":
            return True
        if "/" in entry:
            try:
                network = ipaddress.ip_network(re.sub(r"[\[\]]", "", entry), strict=False)
            except ValueError:
                continue  # nothing a host could be in; other entries may still count
            if address is not None and address in network:
                return True
            continue
        host, _, port = entry.rpartition(":") if _WITH_PORT.match(entry) else (entry, "", "")
        if port and int(port) != target.port:
            continue
        if address is not None:
            if address == address_of(host):
                return True
        elif (domain := compared(host.removeprefix("*").lstrip("."))) and f".{target.name}".endswith(f".{domain}"):
            return True
    return False


def _read(url: str) -> tuple[SplitResult | None, str]:
    """Take a proxy's URL apart; None, and why, when it cannot be used. Shows nothing of it: it may hold a password, and in a wrong place."""
    try:
        proxy = urlsplit(url if "://" in url else f"http://{url}")
        if proxy.scheme not in _SCHEMES:
            return None, "its URL has another scheme"
        if not proxy.hostname:
            return None, "its URL names no host"
        if proxy_host(proxy) is None:
            return None, "its host is no name and no address"
        if proxy.port != 0 and forbidden_character(url) is None:
            return proxy, ""
    except ValueError:  # a port that is no number, brackets that do not close
        pass
    cut = "; a '#', '/' or '?' in the password is written %23, %2F, %3F" if "@" in url else ""
    return None, f"its URL's host or port cannot be read{cut}"


class _ProxyStream:
    """What python-socks' protocols need, over our stream and deadline."""

    def __init__(self, stream: Stream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def write(self, data: bytes) -> None:
        self._stream.send(data, self._deadline.left())

    def read_exactly(self, n: int) -> bytes:
        buffer = bytearray(n)
        have = 0
        while have < n:
            with memoryview(buffer)[have:] as view:
                got = self._stream.receive_into(view)
            if got == 0:
                raise ConnectionResetError(errno.ECONNRESET, "the proxy closed the connection")
            if got is None and not self._stream.wait(self._deadline):
                raise builtins.TimeoutError
            have += got or 0
        return bytes(buffer)


class _Resolver:
    """Name lookup for SOCKS4 and SOCKS5, whose proxies get addresses."""

    def __init__(self, options: Options, deadline: Deadline, url: str) -> None:
        self._arguments = options, deadline, url

    def resolve(self, host: str, port: int = 0, family: int = socket.AF_UNSPEC) -> tuple[int, str]:
        for found, _, _, sockaddr in resolve(host, port, *self._arguments):
            if family in (socket.AF_UNSPEC, found):
                return found, sockaddr[0]
        raise ConnectError(f"the host name {quoted(host)} has no address the proxy understands", url=self._arguments[2])


def proxy_host(proxy: SplitResult) -> str | None:
    """Tell the host of a proxy, as it is dialled.

    Parameters
    ----------
    proxy : urllib.parse.SplitResult
        From `proxy_for`.

    Returns
    -------
    str or None
        As `hosts.url_host`; None when it is none.
    """
    host = proxy.hostname or ""
    return url_host(f"[{host}]" if ":" in host else host)


def default_port(proxy: SplitResult) -> int:
    """Tell the port of a proxy whose URL names none.

    Parameters
    ----------
    proxy : urllib.parse.SplitResult
        From `proxy_for`.

    Returns
    -------
    int
    """
    return 80 if proxy.scheme == "http" else 1080


def through_proxy(stream: Stream, proxy: SplitResult, target: Target, options: Options, deadline: Deadline) -> None:
    """Ask a proxy we are connected to for a connection to the target.

    Parameters
    ----------
    stream : Stream
        Connected to the proxy; closed by the caller when this raises.
    proxy : urllib.parse.SplitResult
        From `proxy_for`.
    target : Target
        Where to.
    options : Options
        ``resolve``, and ``connect_timeout`` for the error.
    deadline : Deadline
        When to give up.

    Raises
    ------
    ConnectError
        The proxy refused, or answered nonsense.
    TimeoutError
        The deadline passed.
    """
    url = target.shown
    user, password = (unquote(part) if part else None for part in (proxy.username, proxy.password))
    know_proxy(user, password)
    shown = printable(redact_url(proxy.geturl()))
    if proxy.scheme == "http":
        try:
            _connect(stream, proxy, target, options, deadline)
        except Error:
            raise
        except (SilenceError, WriteStalledError) as error:
            raise _silent(shown, url, options) from error
        except OSError as error:
            raise ConnectError(f"the proxy {shown} refused: {printable(str(error), 160)}", url=url) from error
        return
    from python_socks import ProxyType
    from python_socks._connectors.factory_sync import (
        create_connector,  # its protocols without its dialling, which knows no deadline
    )

    connector = create_connector(
        proxy_type=ProxyType[_SCHEMES[proxy.scheme]],
        username=user,
        password=password,
        rdns=proxy.scheme not in ("socks4", "socks5"),
        resolver=cast(Any, _Resolver(options, deadline, url)),
    )
    said: str | None = None
    try:
        connector.connect(stream=cast(Any, _ProxyStream(stream, deadline)), host=_asked_for(target), port=target.port)
    except (ConnectError, TimeoutError):
        raise
    except (builtins.TimeoutError, WriteStalledError) as error:
        raise _silent(shown, url, options) from error
    except OSError as error:
        raise ConnectError(f"the proxy {shown} refused: {printable(str(error), 160)}", url=url) from error
    except Exception as error:  # noqa: BLE001 - mapped below, outside, where it does not become the context of our error
        said = " ".join(str(error).split())
    # python-socks raises its ReplyError, and ValueError for malformed answers. Both quote the proxy, which may quote
    # our password: not their texts in a traceback too.
    if said is not None:
        raise ConnectError(
            f"the proxy {shown} refused: {printable(said, 160)}", url=url, hint=_socks_hint(said, user is not None)
        )


def _silent(shown: str, url: str, options: Options) -> TimeoutError:
    seconds = options.connect_timeout or 0
    return TimeoutError("connect", seconds, f"the proxy {shown} did not answer within {seconds:g} s", url=url)


def _asked_for(target: Target) -> str:
    """Name the host for the proxy: an IPv6 zone is one of this machine."""
    return target.host.partition("%")[0]


def _connect(stream: Stream, proxy: SplitResult, target: Target, options: Options, deadline: Deadline) -> None:
    """Ask for a tunnel (RFC 9110 section 9.3.6)."""
    host = _asked_for(target)
    place = f"[{host}]:{target.port}" if ":" in host else f"{host}:{target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    lines += [f"{name}: {value}" for name, value in options.headers if name.lower() == "user-agent"]
    authorization = (
        options.proxy_authorization or replace(options, headers=(), proxy=proxy.geturl()).proxy_authorization
    )
    if authorization is not None:
        lines.append(f"Proxy-Authorization: {authorization}")
    stream.send("\r\n".join([*lines, "", ""]).encode(), deadline.left())
    # Nothing behind the head is ours to read: it comes from the server.
    responses = Responses(stream, deadline, target.shown, at_once=1)
    problem, hint = None, None
    try:
        head = responses.head()
        if 200 <= head.status <= 299:
            return
        reason = f"{head.status} {printable(readable(head.reason))}".rstrip()
        said = excerpt(responses.body(head), head.headers)
        location = values(head.headers, "Location")
        problem = reason + (place_of(location[0]) if location else "") + (f": {said}" if said else "")
        hint = _refusal_hint(head, authorization is not None, place)
    except EndOfStreamError:
        problem = "the proxy closed the connection"
    except HeadTooLongError:
        problem = f"its response head is longer than {MAX_HEAD:,} bytes"
    except NotHTTPError:
        problem = f"what it answers is not HTTP: it begins with {mask_bytes(responses.received, 0, 40)!r}"
        hint = "check its host and port; a SOCKS proxy is written socks5://host:port, and TLS to a proxy is not spoken"
    except ProtocolError as error:
        problem = error.message
    shown = printable(redact_url(proxy.geturl()))
    raise ConnectError(f"the proxy {shown} refused: {problem}", url=target.shown, hint=hint)


def _refusal_hint(head: Head, authorized: bool, place: str) -> str | None:
    if head.status in (401, 407):  # 401: tinyproxy, to a wrong password
        wanted = challenges(head.headers, "Proxy-Authenticate")
        asked = f" ({printable(', '.join(f'{name} {rest}'.strip() for name, rest in wanted), 160)})" if wanted else ""
        if wanted and "basic" not in [name.lower() for name, _ in wanted]:
            return (
                f"it wants credentials of a kind that is not made here{asked}: run a proxy on this machine that makes "
                "them (px, cntlm) and pass its address, or pass headers={'Proxy-Authorization': …}"
            )
        if authorized:
            return f"it did not accept the name and password that were given{asked}"
        return f"give the proxy's credentials{asked}: proxy='http://name:password@host:port'"
    if 300 <= head.status <= 399 or head.status == 511:
        return "perhaps the network wants a login first (a captive portal): open that page in a browser"
    if head.status == 403:
        return f"its rules do not allow {place}"
    if head.status in (502, 503, 504):
        return f"it could not reach {place}"
    if 400 <= head.status <= 499:
        return "it may allow no CONNECT, or not to this port"
    return None


def _socks_hint(text: str, authorized: bool) -> str | None:
    if "auth" in text.lower():
        if authorized:
            return "it did not accept the name and password that were given"
        return "give the proxy's credentials: proxy='socks5://name:password@host:port'"
    if re.search("version(?: number)?: (?:72|0X48)", text):  # an H
        return "what answers seems to speak HTTP: write http:// instead of socks5://"
    return None
