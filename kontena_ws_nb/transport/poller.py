"""`Poller`: waiting for one socket from several threads, being woken, and closing only when nobody uses it."""

from __future__ import annotations

import selectors
import socket
import sys
from selectors import EVENT_READ, EVENT_WRITE
from typing import Final

from ..system import forks
from .deadline import Deadline
from .interrupts import shielded

# select() cannot watch descriptors above 1,023; epoll would cost a descriptor of its own for every wait.
Selector: Final[type[selectors.BaseSelector]] = getattr(selectors, "PollSelector", selectors.SelectSelector)
#: Seconds in which what is waited for should gather; what comes more slowly is received as it comes.
_GATHERS: Final = 0.01
#: poll() waits for SO_RCVLOWAT bytes (socket(7), since Linux 2.6.28).
_CAN_GATHER: Final = sys.platform == "linux"


class Poller:
    """Who waits for, uses, and ends one socket.

    Parameters
    ----------
    sock : socket.socket
        Not blocking; closed here, by the last thread that uses it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._closed = True
        self._whole = False
        self._sock = sock
        self._lock = forks.lock()
        #: One item for each thread inside: appending and removing are atomic, and cost half of a lock.
        self._users: list[None] = []
        self._wake_out, self._wake_in = _pair()
        self._least = 1  # bytes that make the socket readable
        self._gathers = _CAN_GATHER
        # What the receiver waits for again and again; one thread at a time receives.
        self._reading = Selector()
        self._reading.register(sock, EVENT_READ)
        self._reading.register(self._wake_in, EVENT_READ)
        # Writers wait for this one: what wakes the reader must not, because only the reader takes the wake away. Most
        # never wait.
        self._gone: tuple[socket.socket, socket.socket] | None = None
        self._closed = False
        self._whole = True
        forks.own(sock)
        forks.tell(self)

    def forked(self, owner: int) -> None:
        """Become closed in a child, whose copies of the sockets are closed: nobody there shuts the parent's down."""
        self._closed = True

    def __del__(self) -> None:
        # An interrupt can strike between two steps of connecting, when nobody holds the connection yet.
        # One that struck while it was being closed may have left it half closed; nobody is inside any more.
        if self._whole:
            with shielded():
                self.close(shutdown=True)
                self._release()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def enter(self) -> bool:
        """Begin to use the socket. Inside a shield: an interrupt before `leave` would keep it open.

        Returns
        -------
        bool
            False when it is closed; otherwise call `leave` afterwards.
        """
        # Counted before it asks: `close` tells first and counts afterwards, so one of the two sees the other.
        self._users.append(None)
        if self._closed:
            self.leave()
            return False
        return True

    def leave(self) -> None:
        """End what `enter` began; the last one closes a socket that is to be closed."""
        self._users.pop()
        if self._closed and not self._users:
            with self._lock:
                pass  # `close`, on another thread, still uses what is released
            self._release()

    def wait(
        self, deadline: Deadline, *, read: bool, write: bool, shield: shielded | None = None, least: int = 1
    ) -> bool:
        """Wait until the socket is ready, or closed; who waits to read is also woken by `wake`.

        Parameters
        ----------
        deadline : Deadline
            When to stop waiting.
        read, write : bool
            What to wait for.
        shield : shielded, optional
            The caller's, which an interrupt may pass while it waits here; by default one of this method's own.
        least : int, default 1
            Bytes that are expected at once: until so many are there, or some milliseconds have passed, the socket is not
            ready to be read. Each wake-up costs the sender, too: with 1 MiB messages this receives 1.7 times as much.

        Returns
        -------
        bool
            False when the deadline passed first.
        """
        if shield is None:
            with shielded() as own:
                return self.wait(deadline, read=read, write=write, shield=own, least=least)
        if not self.enter():
            return True
        try:
            if read and least != self._least and self._gathers:
                self._gather(least)
            if not read or self._least == 1:
                return self._poll(deadline, read, write, shield)
            self._poll(deadline.sooner(Deadline(_GATHERS)), read, write, shield)
            return not deadline.passed
        finally:
            self.leave()

    def _gather(self, least: int) -> None:
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)
            self._least = least
        except OSError:
            self._gathers = (
                False  # not every system that says it is Linux has this option: without it all is received as it comes
            )

    def _poll(self, deadline: Deadline, read: bool, write: bool, shield: shielded) -> bool:
        if read and not write:
            ready = shield.exposing(self._reading.select, deadline.left())
        else:
            with Selector() as selector:
                selector.register(self._sock, (EVENT_READ if read else 0) | (EVENT_WRITE if write else 0))
                selector.register(self._wake_in if read else self._writers_wake(), EVENT_READ)
                ready = shield.exposing(selector.select, deadline.left())
        for key, _ in ready:
            if key.fileobj is self._wake_in:
                self._take_wakes()
        return bool(ready)

    def _writers_wake(self) -> socket.socket:
        with self._lock:
            if self._gone is None:
                with shielded():
                    self._gone = _pair()
                if self._closed:
                    self._gone[0].close()
            return self._gone[1]

    def wake(self) -> None:
        """Make who waits to read return."""
        with self._lock:  # not closed meanwhile: its number may be another file's by then
            if not self._closed:
                self._send_wake()

    def _send_wake(self) -> None:
        try:
            self._wake_out.send(b"\0")
        except BlockingIOError:
            pass  # full: awake already

    def _take_wakes(self) -> None:
        try:
            self._wake_in.recv(1 << 16)  # more than a pair holds
        except BlockingIOError:
            pass  # taken already

    def close(self, *, shutdown: bool) -> bool:
        """Close the socket as soon as nobody uses it; every thread that waits returns.

        Parameters
        ----------
        shutdown : bool
            Whether to end both directions at once (FIN), which also ends what the peer waits for.

        Returns
        -------
        bool
            False when it was closed before.
        """
        with shielded():  # half closed, it would be nobody's to close
            with self._lock:
                if self._closed:
                    return False
                self._closed = True
                self._send_wake()
                if self._gone is not None:
                    self._gone[0].close()
                if shutdown:
                    try:
                        self._sock.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass  # not connected any more
                idle = not self._users
            if idle:
                self._release()
            return True

    def _release(self) -> None:
        # Only when nobody is inside: a closed descriptor's number may be given to another file at once. Two threads that
        # leave at the same time may both get here; to close twice does nothing.
        self._reading.close()
        for sock in (self._sock, self._wake_in, self._wake_out, *(self._gone or ())):
            sock.close()


def _pair() -> tuple[socket.socket, socket.socket]:
    out, into = socket.socketpair()
    out.setblocking(False)
    into.setblocking(False)
    forks.own(out)
    forks.own(into)
    return out, into
