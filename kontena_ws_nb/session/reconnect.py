"""Which lost connections are worth another try, and when.

The table of transient and fatal ends, and exponential backoff with jitter. Pure; called by a session's reader thread.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

from ..errors import CloseError, ConnectError, ProtocolError, SocketError, TimeoutError
from ..tls.errors import SSLConnectError, SSLVerifyError

#: Close codes after which the same connection may well succeed (RFC 6455 section 7.4.1 and IANA's registry).
TRANSIENT_CODES: Final = frozenset({1001, 1006, 1011, 1012, 1013, 1014})

#: OpenSSL reasons that a server in trouble causes; others mean that it will never work.
_TRANSIENT_TLS: Final = frozenset(
    {"ConnectionResetError", "SSLEOFError", "SSLZeroReturnError", "BrokenPipeError", "UNEXPECTED_EOF_WHILE_READING"}
)


def transient(error: BaseException | None) -> bool:
    """Tell whether another try makes sense.

    Parameters
    ----------
    error : Error or None
        Why a connection ended or was refused.

    Returns
    -------
    bool
        True for DNS, TCP and TLS resets, timeouts, 5xx and 429, and the close codes 1001 1006 1011 1012 1013 1014;
        False for certificates, other HTTP answers, protocol errors and other close codes.

    Examples
    --------
    >>> transient(CloseError(1012)), transient(CloseError(1008))
    (True, False)
    """
    if isinstance(error, CloseError):
        return error.code in TRANSIENT_CODES
    if isinstance(error, SSLVerifyError):
        return False
    if isinstance(error, SSLConnectError):
        return error.reason in _TRANSIENT_TLS
    if isinstance(error, ProtocolError):
        return error.status is not None and (error.status >= 500 or error.status == 429)
    return isinstance(error, (ConnectError, SocketError, TimeoutError))


def delays(
    first: float = 0.5, longest: float = 30.0, draw: Callable[[float, float], float] = random.uniform
) -> Iterator[float]:
    """Give the seconds to wait before each try: doubling, with full jitter, so that clients of one server spread out.

    Parameters
    ----------
    first : float, default 0.5
        Upper bound of the first wait.
    longest : float, default 30
        Upper bound of every wait.
    draw : callable
        ``random.uniform``; replaced in tests.

    Yields
    ------
    float
        For ever.
    """
    bound = first
    while True:
        yield draw(bound / 2, bound)
        bound = min(longest, bound * 2)
