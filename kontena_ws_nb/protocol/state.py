"""The states of a connection and its closing handshake (RFC 6455 section 7): events, and what they add up to.

No sockets and no clocks: `connection.Connection` says what happened and asks what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..close import Close
from ..errors import CloseError, EOFError, Error, ProtocolError, TimeoutError
from ..system import forks

#: The states; the gem's predicates (connected, open, closing, closed) read from them.
OPEN: Final = "open"
CLOSING: Final = "closing"
CLOSED: Final = "closed"

#: The events. Our close frame is queued; the server's arrived; we gave up the socket; the stream is over; the
#: connection failed.
CLOSE_SENT: Final = "close sent"
CLOSE_RECEIVED: Final = "close received"
DROPPED: Final = "dropped"
END_OF_STREAM: Final = "end of stream"
FAILED: Final = "failed"

#: What each event makes of each state. An event that a state does not list comes too late: it changes nothing.
#: The server's close frame leaves the connection open until our answer is sent, unless our own is on its way.
TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    OPEN: {CLOSE_SENT: CLOSING, CLOSE_RECEIVED: OPEN, DROPPED: OPEN, END_OF_STREAM: CLOSED, FAILED: CLOSED},
    CLOSING: {CLOSE_RECEIVED: CLOSING, DROPPED: CLOSING, END_OF_STREAM: CLOSED, FAILED: CLOSED},
    CLOSED: {},
}


class ConnectionState:
    """Where one connection stands, who closed it, and how it ended. Any thread.

    Parameters
    ----------
    url : str, default ""
        For errors; secrets masked.

    Attributes
    ----------
    state : str
        ``"open"``, ``"closing"`` or ``"closed"``.
    received : Close or None
        The server's close frame.
    by_us : bool
        Whether we closed first, or gave up the connection because the user wished so.
    outcome : Error or None
        Why the connection ended; None while it lives and when it was closed by us.
    """

    __slots__ = ("_asked", "_because", "_dropped", "_lock", "_url", "by_us", "outcome", "received", "state")

    def __init__(self, url: str = "") -> None:
        self.state = OPEN
        self.received: Close | None = None
        self.by_us = False
        self.outcome: Error | None = None
        self._url = url
        self._lock = forks.lock()
        self._asked: Close | None = None
        self._dropped = False
        self._because: Error | None = None  # what made us refuse the connection, or give it up

    # ---- events

    def close_sent(self, asked: Close | None = None, because: Error | None = None) -> bool:
        """Note that our close frame is being sent, under the lock that keeps everything from being queued behind it.

        Parameters
        ----------
        asked : Close, optional
            What it says, when closing is our own wish; not when it answers the server or refuses what came.
        because : Error, optional
            What it refuses.

        Returns
        -------
        bool
            False when it must not be sent: another was, or the connection is over.
        """
        with self._lock:
            if not self._move(CLOSE_SENT):
                return False
            self._asked, self._because = asked, because or self._because
            self.by_us = self.by_us or asked is not None
            return True

    def close_received(self, close: Close) -> bool:
        """Note the server's close frame.

        Parameters
        ----------
        close : Close
            What it says.

        Returns
        -------
        bool
            Whether it answers ours, so that the server got all that was sent before. An answer repeats the code (RFC
            6455 section 5.5.1); a close frame of the server's own that crossed ours says nothing about what we sent.
        """
        with self._lock:
            if not self._move(CLOSE_RECEIVED):
                return False
            self.received = close
            asked = self._asked
            return asked is not None and close.code == asked.code and close.reason in ("", asked.reason)

    def dropped(self, error: Error | None = None) -> None:
        """Note that we give up the socket; what it says from now on is no news. The end of the stream comes next.

        Parameters
        ----------
        error : Error, optional
            What made us; None when the user wants it.
        """
        with self._lock:
            if self._move(DROPPED):
                self._dropped, self._because = True, error
                self.by_us = self.by_us or error is None

    def end_of_stream(self, broken: OSError | None = None, facts: Sequence[str] = (), hint: str | None = None) -> bool:
        """Note that nothing more will come: the closing handshake is complete, or the stream ended.

        Parameters
        ----------
        broken : OSError, optional
            What the socket raised, when it did.
        facts : sequence of str
            What else the error says, when nobody wished this end.
        hint : str, optional
            What may be done about it.

        Returns
        -------
        bool
            False when the connection had ended before.
        """
        with self._lock:
            return self._end(END_OF_STREAM, self._why(broken, facts, hint))

    def failed(self, error: Error) -> None:
        """Note what ends the connection: the server broke the protocol, or did not answer in time.

        Parameters
        ----------
        error : Error
            The outcome.
        """
        with self._lock:
            self._end(FAILED, error)

    def _move(self, event: str) -> bool:
        state = TRANSITIONS[self.state].get(event)
        if state is None:
            return False
        self.state = state
        return True

    def _end(self, event: str, outcome: Error | None) -> bool:
        if self.state == CLOSED:
            return False
        self.outcome = outcome  # before the state, by which other threads know that it is there
        return self._move(event)

    def _why(self, broken: OSError | None, facts: Sequence[str], hint: str | None) -> Error | None:
        if self.received is not None:
            return None if self.by_us else self._closed_by_server(facts)
        if self._dropped:
            return self._because
        if broken is not None:
            told = f"the connection broke: {broken.strerror or broken} (1006)"
        elif self.state == CLOSING:
            told = "the server answered our close frame by ending the connection (1006)"
        else:
            told = "the connection ended without a close frame (1006)"
        error = EOFError("; ".join([told, *facts]), url=self._url, hint=hint)
        error.__cause__ = broken
        return error

    def _closed_by_server(self, facts: Sequence[str] = ()) -> Error:
        assert self.received is not None
        return CloseError(*self.received, url=self._url, details=facts)

    # ---- what they add up to

    @property
    def close_code(self) -> int | None:
        """The server's close code; 1006 when it sent no close frame (RFC 6455 section 7.1.5); None while open."""
        close = self._close
        return close.code if close is not None else None

    @property
    def close_reason(self) -> str | None:
        """The reason that came with `close_code`."""
        close = self._close
        return close.reason if close is not None else None

    @property
    def _close(self) -> Close | None:
        if self.received is not None:
            return self.received
        return Close(1006) if self.state == CLOSED else None

    @property
    def failure(self) -> Error | None:
        """What a reader is told at the end: `outcome`, but an unanswered close of ours is still a close of ours."""
        if self.by_us and isinstance(self.outcome, (EOFError, TimeoutError)):
            return None
        return self.outcome

    @property
    def cause(self) -> Error | None:
        """Why nothing can be sent any more: `outcome`, or what it is going to be; None when we closed.

        Every later error says so (`connection.Connection.refusal`): the first one to be seen need not be the first one
        that was raised.
        """
        with self._lock:
            if self.state == CLOSED:
                return self.outcome
            if self.received is not None:
                return None if self.by_us else self._closed_by_server()
            return self._because

    @property
    def lingers(self) -> bool:
        """Whether the server may still want our close frame, and gets to end TCP first (RFC 6455 section 7.1.1)."""
        return self.received is not None or isinstance(self.outcome, ProtocolError)
