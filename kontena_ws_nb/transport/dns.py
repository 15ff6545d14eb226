"""Name lookup under a deadline.

Called by the thread that opens a connection; each lookup runs on a daemon thread of its own, because getaddrinfo
cannot be interrupted. An address needs none.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from typing import Any

from ..errors import ConnectError, TimeoutError
from ..hostnames import bare
from ..options import Options
from ..redaction.text import quoted
from .deadline import Deadline

Address = tuple[int, int, int, Any]
"""Family, type, protocol, sockaddr."""


def resolve(host: str, port: int, options: Options, deadline: Deadline, url: str) -> list[Address]:
    """Look a name up under a deadline, and interleave the families (RFC 8305 section 4).

    Parameters
    ----------
    host : str
        Name in ASCII, or address.
    port : int
        TCP port.
    options : Options
        ``resolve`` overrides, as curl's; ``connect_timeout`` for the error.
    deadline : Deadline
        When to give up.
    url : str
        For the error.

    Returns
    -------
    list of (family, type, protocol, sockaddr)

    Raises
    ------
    ConnectError
        The name does not resolve.
    TimeoutError
        The deadline passed.
    """
    host = dict(options.resolve).get(bare(host), host)
    found: list[Any] | Exception
    try:
        # An address needs no lookup, and no thread.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        found = _look_up(host, port, deadline, options, url)
    if isinstance(found, Exception):
        # A label of more than 63 characters is a UnicodeError.
        why = getattr(found, "strerror", None) or str(found)
        raise ConnectError(
            f"the host name {quoted(host)} does not resolve: {why}",
            url=url,
            hint="check the spelling, and this machine's DNS",
        ) from found
    families: dict[int, deque[Address]] = {}
    for family, kind, protocol, _, address in found:
        families.setdefault(family, deque()).append((family, kind, protocol, address))
    ordered: list[Address] = []
    while any(families.values()):
        ordered.extend(queue.popleft() for queue in families.values() if queue)
    return ordered


def _look_up(host: str, port: int, deadline: Deadline, options: Options, url: str) -> list[Any] | Exception:
    answer: list[list[Any] | Exception] = []

    def look_up() -> None:
        try:
            answer.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            answer.append(error)

    # getaddrinfo cannot be given a deadline; an abandoned lookup ends by the resolver's own.
    thread = threading.Thread(target=look_up, name="kontena-ws-dns", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if answer:
        return answer[0]
    raise TimeoutError(
        "connect",
        options.connect_timeout or 0,
        f"the name lookup of {quoted(host)} took more than {options.connect_timeout or 0:g} s",
        url=url,
    )
