"""`Operations`: one thing at a time for one session: who connects it, and who may say that it is connected.

Opening a connection takes seconds and no lock may be held for it. So whoever opens has an `Attempt`; a close in the
meantime gives it up, and its connection is then refused (`Operations.adopt`) and dropped by who opened it. Any thread;
the lock is held for a moment.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import Error, SocketError, again
from ..system import forks
from ..transport.interrupts import shielded
from ..transport.latch import Latch


class Attempt:
    """One reconnecting by hand, which several callers may share."""

    def __init__(self) -> None:
        self._over = Latch()
        self._given_up = False
        #: Whether it succeeded; when it did not and there is no `error`, its caller was interrupted and somebody else
        #: may try.
        self.opened = False
        #: Why it failed.
        self.error: Exception | None = None

    @property
    def given_up(self) -> bool:
        """Whether a close came before it was through."""
        return self._given_up

    @property
    def over(self) -> bool:
        """Whether nobody is at it any more."""
        return self._over.is_set()

    def give_up(self) -> None:
        """Refuse what it opens; who waits for it need not wait any longer."""
        self._given_up = True
        self._over.set()

    def end(self) -> None:
        """Tell those who share it that nobody is at it any more."""
        self._over.set()

    def result(self, url: str) -> bool:
        """Wait for somebody else's attempt.

        Parameters
        ----------
        url : str
            For the error.

        Returns
        -------
        bool
            False when its caller was interrupted: try again.

        Raises
        ------
        Exception
            As it raised there.
        """
        self._over.wait()
        if self._given_up:
            raise closed_meanwhile(url)
        if self.error is not None:
            raise again(self.error)
        return self.opened


def closed_meanwhile(url: str) -> SocketError:
    """Word what a reconnecting raises that a close overtook.

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


class Operations:
    """The attempts of one session, and the lock under which a connection becomes the session's."""

    def __init__(self) -> None:
        self._lock = forks.lock()
        self._attempt: Attempt | None = None

    def join(self, attempt: Attempt) -> Attempt:
        """Begin an attempt, or take part in the one that is under way.

        Parameters
        ----------
        attempt : Attempt
            The caller's own, which it ends whatever happens.

        Returns
        -------
        Attempt
            The caller's own, or somebody else's, whose result it shares.
        """
        with shielded(), self._lock:
            if self._attempt is None or self._attempt.over:
                self._attempt = attempt
            return self._attempt

    def adopt(self, wanted: Callable[[], bool], act: Callable[[], object]) -> bool:
        """Do something to the session, unless it is not wanted any more.

        Parameters
        ----------
        wanted : callable
            Asked under the lock.
        act : callable
            Quick; done under the lock.

        Returns
        -------
        bool
            Whether it was done.
        """
        with shielded(), self._lock:
            if not wanted():
                return False
            act()
            return True

    def end(self, act: Callable[[], object]) -> None:
        """Give up the attempt under way, and do something that ends the session's connection.

        Parameters
        ----------
        act : callable
            Quick; done under the lock.
        """
        with shielded(), self._lock:
            if self._attempt is not None:
                self._attempt.give_up()
                self._attempt = None
            act()


def reader_error(error: Exception, url: str) -> Error:
    """Word a failure inside a reader thread: a lack of memory, of descriptors, or a defect.

    Parameters
    ----------
    error : Exception
        What was raised there.
    url : str
        Secrets masked.

    Returns
    -------
    Error
        With that as its cause.
    """
    if isinstance(error, Error):
        return error
    hint = "what was received is in ws.messages; ws.reconnect() goes on from here"
    if isinstance(error, MemoryError):
        hint = "this process is out of memory: free some (ws.messages.clear(), smaller max_bytes=), then ws.reconnect()"
    told = SocketError(
        f"reading was given up: {type(error).__name__}{f': {error}' if str(error) else ''}", url=url, hint=hint
    )
    told.__cause__ = error
    return told
