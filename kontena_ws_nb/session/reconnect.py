"""Which lost connections are worth another try, and when.

The table of transient and fatal ends, and exponential backoff with jitter. Pure; called by a session's reader thread.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from ..errors import CloseError, ConnectError, Error, ProtocolError, SocketError, TimeoutError
from ..tls.errors import SSLConnectError, SSLVerifyError

#: Close codes after which the same connection may well succeed (RFC 6455 section 7.4.1 and IANA's registry).
TRANSIENT_CODES: Final = frozenset({1001, 1006, 1011, 1012, 1013, 1014})

#: The stable period: seconds a connection has to last before the next loss is a first one again. An opening handshake
#: is no success: a server may accept and drop at once, for ever.
STABLE: Final = 10.0
#: Seconds that a server's Retry-After is heeded for, at most.
LONGEST_ASKED: Final = 300.0

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


class Backoff:
    """The tries in a row of one session, over all its connections that did not last.

    Parameters
    ----------
    make : callable
        `delays`.
    """

    def __init__(self, make: Callable[[], Iterator[float]] = delays) -> None:
        self._make = make
        self._delays = make()
        #: How many tries were begun since a connection lasted for the stable period.
        self.tries = 0
        #: What was lost then.
        self.first: Error | None = None

    def lost(self, error: Error, lasted: float) -> None:
        """Note the loss of a connection.

        Parameters
        ----------
        error : Error
            Why it ended.
        lasted : float
            Seconds it was open.
        """
        if self.first is None or lasted >= STABLE:
            self._delays, self.tries, self.first = self._make(), 0, error

    def wait(self, error: Error) -> float:
        """Begin another try.

        Parameters
        ----------
        error : Error
            Why the latest connection ended or was refused.

        Returns
        -------
        float
            Seconds to wait before it: the next delay, or what the server asked for when that is more.
        """
        self.tries += 1
        return max(next(self._delays), asked(error))


def asked(error: Error, now: Callable[[], float] = time.time) -> float:
    """Read how long a server that refused wants to be left alone (RFC 9110 section 10.2.3).

    Parameters
    ----------
    error : Error
        A `ProtocolError` has the header.
    now : callable
        Seconds since the epoch; replaced in tests.

    Returns
    -------
    float
        Seconds, at most `LONGEST_ASKED`; 0 when it did not say, or what nobody can read.
    """
    headers = error.headers if isinstance(error, ProtocolError) else ()
    value = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit():
        return min(LONGEST_ASKED, float(value[:10]))
    from email.utils import parsedate_to_datetime  # 5 ms, for dates only

    try:
        return min(LONGEST_ASKED, max(0.0, parsedate_to_datetime(value).timestamp() - now()))
    except (TypeError, ValueError, OverflowError):
        return 0.0
