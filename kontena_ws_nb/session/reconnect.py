"""When to reconnect: which errors are transient, and exponential backoff with jitter.

Pure; called by a session's reader thread.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from ..errors import CloseError, ConnectError, Error, ProtocolError, SocketError, TimeoutError
from ..options import STABLE
from ..tls.errors import SSLConnectError, SSLVerifyError

#: Close codes after which another connection may well succeed (RFC 6455 section 7.4.1 and IANA's registry).
TRANSIENT_CODES: Final = frozenset({1001, 1006, 1011, 1012, 1013, 1014})

#: The longest Retry-After that is followed, in seconds.
LONGEST_ASKED: Final = 300.0

#: Reasons of TLS errors that a restarting or overloaded server causes. The others are permanent.
_TRANSIENT_TLS: Final = frozenset(
    {"ConnectionResetError", "SSLEOFError", "SSLZeroReturnError", "BrokenPipeError", "UNEXPECTED_EOF_WHILE_READING"}
)


def transient(error: BaseException | None) -> bool:
    """Tell whether another try makes sense.

    Parameters
    ----------
    error : Error or None
        Why a connection ended, or could not be opened.

    Returns
    -------
    bool
        True for DNS and TCP errors, TLS resets, timeouts, HTTP 5xx and 429, and the close codes 1001 1006 1011 1012
        1013 1014. False for certificates, other HTTP statuses, protocol errors and other close codes.

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
    """Generate the seconds to wait before each try: exponential backoff with jitter, so that a server's clients spread out.

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
        Between half the bound and the bound, which doubles each time; without end.
    """
    bound = first
    while True:
        yield draw(bound / 2, bound)
        bound = min(longest, bound * 2)


class Backoff:
    """Counts the tries of one session since its last stable connection.

    A connection is stable when it has lasted `STABLE` seconds. A completed opening handshake is not enough: a server
    may accept and drop connections for ever.

    Parameters
    ----------
    make : callable
        `delays`; replaced in tests.
    """

    def __init__(self, make: Callable[[], Iterator[float]] = delays) -> None:
        self._make = make
        self._delays = make()
        #: Tries since the last stable connection.
        self.tries = 0
        #: Why that connection was lost.
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
            Why the latest connection ended, or could not be opened.

        Returns
        -------
        float
            Seconds to wait before it: the next delay, or the server's Retry-After if that is longer.
        """
        self.tries += 1
        return max(next(self._delays), retry_after(error))


def retry_after(error: Error, now: Callable[[], float] = time.time) -> float:
    """Read the Retry-After header of an HTTP response (RFC 9110 section 10.2.3).

    Parameters
    ----------
    error : Error
        Only a `ProtocolError` has headers.
    now : callable
        Seconds since the epoch; replaced in tests.

    Returns
    -------
    float
        Seconds, at most `LONGEST_ASKED`; 0 without the header, or if it is invalid.
    """
    headers = error.headers if isinstance(error, ProtocolError) else ()
    value = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit():
        return min(LONGEST_ASKED, float(value[:10]))
    from email.utils import parsedate_to_datetime  # takes 5 ms to import

    try:
        return min(LONGEST_ASKED, max(0.0, parsedate_to_datetime(value).timestamp() - now()))
    except (TypeError, ValueError, OverflowError):
        return 0.0
