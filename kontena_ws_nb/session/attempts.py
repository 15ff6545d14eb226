"""Attempts to reconnect a session, and the lock under which an opened connection becomes the session's.

Opening a connection takes seconds, and no lock may be held for that long. So a caller that reconnects makes an
`Attempt`. A close in the meantime cancels it, and `Attempts.run_if` then refuses the connection it opened, which the
caller drops. Any thread; the lock is only held for a moment.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import SocketError, again
from ..system import forks
from ..transport.interrupts import shielded
from ..transport.latch import Latch


class Attempt:
    """One call of ``reconnect()``, whose result other callers may share; like a future."""

    def __init__(self) -> None:
        self._done = Latch()
        self._cancelled = False
        #: Whether it succeeded. If it is done, neither succeeded nor cancelled, and has no `error`, its caller was
        #: interrupted, and another may try.
        self.opened = False
        #: Why it failed.
        self.error: Exception | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the session was closed before the attempt was done."""
        return self._cancelled

    @property
    def done(self) -> bool:
        """Whether nobody is working on it any more."""
        return self._done.is_set()

    def cancel(self) -> None:
        """Refuse the connection it opens, and wake the callers that wait for its result."""
        self._cancelled = True
        self._done.set()

    def finish(self) -> None:
        """Wake the callers that wait for its result."""
        self._done.set()

    def result(self, url: str) -> bool:
        """Wait for the result of an attempt that another caller made.

        Parameters
        ----------
        url : str
            For the error.

        Returns
        -------
        bool
            True when it succeeded; False when its caller was interrupted: try again.

        Raises
        ------
        SocketError
            It was cancelled.
        Exception
            The error it failed with.
        """
        self._done.wait()
        if self._cancelled:
            raise closed_while_connecting(url)
        if self.error is not None:
            raise again(self.error)
        return self.opened


def closed_while_connecting(url: str) -> SocketError:
    """Make the error of a ``reconnect()`` that a close cancelled.

    Parameters
    ----------
    url : str
        Secrets masked.

    Returns
    -------
    SocketError
    """
    return SocketError(
        "the session was closed while it was connecting",
        url=url,
        hint="the last call wins: reconnect again if it should be open",
    )


class Attempts:
    """The current attempt of one session, and the lock under which a connection becomes the session's."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._attempt: Attempt | None = None

    def join(self, attempt: Attempt) -> Attempt:
        """Begin an attempt, or share the one that is under way.

        Parameters
        ----------
        attempt : Attempt
            The caller's own. The caller must `Attempt.finish` it, whatever happens.

        Returns
        -------
        Attempt
            The caller's own if it is now the current one; otherwise another caller's, to wait for.
        """
        with shielded(), self._lock:
            if self._attempt is None or self._attempt.done:
                self._attempt = attempt
            return self._attempt

    def run_if(self, wanted: Callable[[], bool], act: Callable[[], object]) -> bool:
        """Change the session, if that is still wanted.

        Parameters
        ----------
        wanted : callable
            Called under the lock.
        act : callable
            Called under the lock, if it is wanted; must be quick.

        Returns
        -------
        bool
            Whether ``act`` was called.
        """
        with shielded(), self._lock:
            if not wanted():
                return False
            act()
            return True

    def cancel_and(self, act: Callable[[], object]) -> None:
        """Cancel the attempt under way, and end the session's connection.

        Parameters
        ----------
        act : callable
            Called under the lock; must be quick.
        """
        with shielded(), self._lock:
            if self._attempt is not None:
                self._attempt.cancel()
                self._attempt = None
            act()
