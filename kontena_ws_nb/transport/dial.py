"""Dialling: TCP to whichever address answers first (happy eyeballs, RFC 8305), straight or through a proxy.

Called by the thread that opens a connection, under one `connect` deadline. TLS to the server and the HTTP upgrade come
later.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from ..errors import ConnectError, TimeoutError
from ..options import Options
from ..redaction.headers import redact_url
from ..system import forks
from .deadline import Deadline
from .dns import Address, resolve
from .interrupts import shielded
from .poller import Selector
from .proxy import default_port, proxy_for, proxy_host, through_proxy
from .stream import Stream
from .url import Target

#: RFC 8305 section 5: how long one address may think before the next is tried beside it.
STAGGER: Final = 0.25


@dataclass(frozen=True)
class Dialled:
    """A connected stream and how it came about.

    Parameters
    ----------
    stream : Stream
        Connected to the server, perhaps through a proxy.
    address : (str, int)
        Who was connected to.
    proxy : str, optional
        The proxy's URL, redacted.
    timings : dict
        Seconds for ``dns``, ``tcp`` and ``proxy``.
    """

    stream: Stream
    address: tuple[str, int]
    proxy: str | None
    timings: dict[str, float]


def dial(target: Target, options: Options) -> Dialled:
    """Connect to a target.

    Parameters
    ----------
    target : Target
        Where to.
    options : Options
        ``connect_timeout``, ``proxy``, ``resolve``, ``source_address``, ``socket_options``.

    Returns
    -------
    Dialled

    Raises
    ------
    ConnectError
        Name lookup, TCP or the proxy failed.
    TimeoutError
        ``connect_timeout`` passed, whatever was being waited for.
    """
    deadline = Deadline(options.connect_timeout)
    url = target.shown
    if target.path is not None:
        return _dial_unix(target, options, deadline, url)
    proxy = proxy_for(target, options)
    host, port = (
        (target.host, target.port) if proxy is None else (proxy_host(proxy) or "", proxy.port or default_port(proxy))
    )
    started = time.monotonic()
    addresses = resolve(host, port, options, deadline, url)
    resolved = time.monotonic()
    stream, sockaddr = _connect(addresses, options, deadline, url, what="proxy " if proxy else "")
    timings = {"dns": resolved - started, "tcp": time.monotonic() - resolved}
    try:
        if proxy is not None:
            before = time.monotonic()
            through_proxy(stream, proxy, target, options, deadline)
            timings["proxy"] = time.monotonic() - before
    except BaseException:
        stream.close()
        raise
    return Dialled(stream, (sockaddr[0], sockaddr[1]), redact_url(proxy.geturl()) if proxy else None, timings)


def _dial_unix(target: Target, options: Options, deadline: Deadline, url: str) -> Dialled:
    if not hasattr(socket, "AF_UNIX"):
        raise ConnectError("this system has no unix sockets", url=url)
    started = time.monotonic()
    stream, _ = _connect([(socket.AF_UNIX, socket.SOCK_STREAM, 0, target.path)], options, deadline, url)
    return Dialled(stream, (str(target.path), 0), None, {"tcp": time.monotonic() - started})


def _stream(sock: socket.socket, url: str) -> Stream:
    try:
        return Stream(sock)
    except OSError as error:  # no descriptors left for waking
        sock.close()
        raise ConnectError(f"the connection cannot be used: {error.strerror}", url=url) from error


def _connect(
    addresses: list[Address], options: Options, deadline: Deadline, url: str, what: str = ""
) -> tuple[Stream, Any]:
    """Connect to whichever address answers first (RFC 8305); gives the stream and the address."""
    with shielded() as shield:  # an interrupt strikes while it waits, and leaves no socket that nobody holds
        sock, sockaddr = _race(addresses, options, deadline, url, what, shield)
        return _stream(sock, url), sockaddr


def _race(
    addresses: list[Address], options: Options, deadline: Deadline, url: str, what: str, shield: shielded
) -> tuple[socket.socket, Any]:
    waiting = deque(addresses)
    failures: list[tuple[Any, OSError]] = []
    trying: dict[socket.socket, Any] = {}
    winner: tuple[socket.socket, Any] | None = None
    next_try = 0.0
    selector = Selector()
    try:
        while winner is None and (waiting or trying):
            if deadline.passed:
                break
            now = time.monotonic()
            if waiting and (now >= next_try or not trying):
                address = waiting.popleft()
                next_try = now + STAGGER
                try:
                    sock = _begin(address, options)
                except OSError as error:
                    failures.append((address[3], error))
                    continue
                trying[sock] = address[3]
                selector.register(sock, selectors.EVENT_WRITE)
            left = Deadline.until(next_try).sooner(deadline).left() if waiting else deadline.left()
            for key, _ in shield.exposing(selector.select, None if left is None else max(0.0, left)):
                done = key.fileobj
                assert isinstance(done, socket.socket)
                selector.unregister(done)
                sockaddr = trying.pop(done)
                code = done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0 and winner is None:
                    winner = done, sockaddr
                else:
                    done.close()
                    failures.append((sockaddr, OSError(code, os.strerror(code))))
                    next_try = 0.0  # do not let a quick refusal cost the stagger
    finally:
        for sock in trying:
            sock.close()
        selector.close()
    if winner is not None:
        return winner
    raise _no_answer(addresses, failures, options, deadline, url, what)


def _begin(address: Address, options: Options) -> socket.socket:
    family, kind, protocol, sockaddr = address
    sock = socket.socket(family, kind, protocol)
    forks.own(sock)
    try:
        _set_socket_options(sock, options.socket_options)
        if options.source_address is not None:
            sock.bind(options.source_address)
        sock.setblocking(False)
        code = sock.connect_ex(sockaddr)
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN):
            raise OSError(code, os.strerror(code))
        if code == errno.EAGAIN:  # a unix socket whose listen queue is full
            raise OSError(errno.EAGAIN, "the listen queue is full")
    except BaseException:
        sock.close()
        raise
    return sock


def _set_socket_options(sock: socket.socket, options: tuple[tuple[int, int, int | bytes], ...]) -> None:
    """Set what every connection gets (no Nagle, TCP keepalive), then the user's own."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for level, name, value in options:
        sock.setsockopt(level, name, value)


def _no_answer(
    addresses: list[Address],
    failures: list[tuple[Any, OSError]],
    options: Options,
    deadline: Deadline,
    url: str,
    what: str,
) -> ConnectError | TimeoutError:
    told = "; ".join(f"{_shown(sockaddr)}: {error.strerror}" for sockaddr, error in failures)
    if deadline.passed:
        tried = told or ", ".join(_shown(address[3]) for address in addresses)
        return TimeoutError(
            "connect",
            options.connect_timeout or 0,
            f"no {what}TCP connection within {options.connect_timeout:g} s ({tried})",
            url=url,
            hint="a firewall that drops packets looks like this; check host and port",
        )
    error = ConnectError(f"the {what}TCP connection failed ({told})", url=url, hint=_refused_hint(failures))
    error.__cause__ = failures[-1][1] if failures else None
    return error


def _refused_hint(failures: list[tuple[Any, OSError]]) -> str | None:
    if not any(error.errno == errno.ECONNREFUSED for _, error in failures):
        return None
    addresses = [sockaddr[0] for sockaddr, _ in failures if isinstance(sockaddr, tuple)]
    if any(str(address).startswith("127.") or address == "::1" for address in addresses):
        return "nothing listens there; localhost is the machine this Python process (the kernel) runs on"
    return "nothing listens on that port; check that the server runs"


def _shown(sockaddr: Any) -> str:
    if isinstance(sockaddr, str):
        return sockaddr
    host, port = sockaddr[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
