"""`WriteQueue`: the one ordered queue that everything sent over a socket passes.

Any thread sends. Whoever finds the socket writable drains the queue; the receiver drains too but never waits for
writability, so a blocked writer cannot stop it.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from ..errors import again
from ..system import forks
from .deadline import Deadline
from .interrupts import shielded
from .poller import Poller
from .tls_records import TLSRecords


class Outgoing:
    """One queued write.

    Parameters
    ----------
    data : bytes-like
        What is left to write.
    withdrawn : callable, optional
        Called when the write is given up before it began. Given when later writes build on this one (compression with
        context takeover): then it can only be withdrawn while none of those is queued.
    behind : iterator of bytes, optional
        What comes behind ``data``, made when it is its turn. No piece may be empty.
    told : callable, optional
        Called when it is done, by whoever drains: must be quick and wait for nobody.
    """

    __slots__ = ("behind", "data", "done", "gate", "number", "size", "started", "told", "withdrawn")

    def __init__(
        self,
        data: bytes | memoryview,
        withdrawn: Callable[[], object] | None = None,
        behind: Iterator[bytes] | None = None,
        told: Callable[[], object] | None = None,
    ) -> None:
        self.data = memoryview(data)
        self.behind = behind
        self.started = False
        self.done = not data
        self.withdrawn = withdrawn
        self.told = told
        #: Where a thread waits until it is done; held.
        self.gate: threading.Lock | None = None
        #: What the sender calls it, and how many bytes it keeps, with what is behind.
        self.number = -1
        self.size = len(data)

    def end(self) -> None:
        """Note that all of it was written."""
        self.done = True
        if self.gate is not None:
            _open(self.gate)
        told, self.told = self.told, None  # let go of whoever is told: it may be who holds this
        if told is not None:
            told()

    def advance(self, count: int) -> None:
        """Note what was written of ``data``; it is empty afterwards when nothing is left.

        Parameters
        ----------
        count : int
            Bytes.
        """
        self.started = True
        if count == len(self.data) and self.behind is not None:
            self.data = memoryview(next(self.behind, b""))
        else:
            self.data = self.data[count:]


def _open(gate: threading.Lock) -> None:
    try:
        gate.release()
    except RuntimeError:
        pass  # another thread opened it


#: What was written at once.
_WRITTEN: Final = Outgoing(b"")


class WriteStalledError(Exception):
    """No byte left within the time given.

    Parameters
    ----------
    partial : bool
        Whether the stream is unusable: part of the data is on the wire, or what is queued behind builds on it.
    """

    def __init__(self, partial: bool) -> None:
        super().__init__(partial)
        self.partial = partial


#: Seconds after which a thread that waits behind another checks for itself: the thread that was to wake it may have been
#: interrupted.
HEARTBEAT: Final = 1.0

#: Plaintext is encrypted in pieces, so that a large message neither doubles in memory nor holds the lock for long.
_PIECE: Final = 64 << 10


class WriteQueue:
    """What is written to one socket, under TLS encrypted.

    Parameters
    ----------
    sock : socket.socket
        Connected; must not block.
    poller : Poller
        The socket's.
    """

    def __init__(self, sock: socket.socket, poller: Poller) -> None:
        self._sock = sock
        self._poller = poller
        #: What encrypts; None on a plain connection.
        self.tls: TLSRecords | None = None
        self._queue: deque[Outgoing] = deque()
        self._cipher = memoryview(b"")  # encrypted, not yet written
        self._out_lock = forks.lock()
        self._written = 0
        self._error: OSError | None = None
        self._left: list[Outgoing] = []  # what nobody waits for any more
        self._left_lock = forks.lock()
        # Of many threads whose messages are queued one waits for the socket and writes for all. The others wait until
        # theirs is written, or until it is their turn to wait for the socket.
        self._watch = forks.lock()
        self._behind: list[threading.Lock] = []  # their gates, in order; append and remove are atomic

    @property
    def pending(self) -> bool:
        """Whether something waits to be written, and can be."""
        return self._error is None and bool(self._queue or self._cipher or (self.tls is not None and self.tls.pending))

    @property
    def written(self) -> int:
        """Bytes written so far."""
        return self._written

    @property
    def taken(self) -> int:
        """Bytes of those that the peer has taken: its TCP acknowledged them, where the system tells (Linux)."""
        return self._written - self._unacknowledged()

    def _unacknowledged(self) -> int:
        """Bytes that stand in the kernel's send buffer: megabytes, on a slow connection seconds."""
        with shielded():  # whoever entered and does not leave would keep the socket open
            if sys.platform != "linux" or not self._poller.enter():
                return 0
            try:
                from fcntl import ioctl
                from termios import TIOCOUTQ

                count: int = struct.unpack("i", ioctl(self._sock, TIOCOUTQ, bytes(4)))[0]
                return count
            except OSError:
                return 0  # a kernel that does not tell it
            finally:
                self._poller.leave()

    def send(self, data: bytes | memoryview, timeout: float | None) -> None:
        """Write everything, in order with what other threads send.

        Parameters
        ----------
        data : bytes-like
            What to write.
        timeout : float, optional
            Seconds without any progress before giving up; None waits for ever.

        Raises
        ------
        WriteStalledError
            No progress; says whether part of the data is on the wire.
        OSError
            The connection broke.
        """
        self.finish(self.submit(data), timeout)

    def submit(
        self,
        data: bytes | memoryview,
        withdrawn: Callable[[], object] | None = None,
        behind: Iterator[bytes] | None = None,
        told: Callable[[], object] | None = None,
    ) -> Outgoing:
        """Queue a write and begin it without waiting. Inside a shield, unless an interrupt ends the connection.

        Parameters
        ----------
        data : bytes-like
            What to write.
        withdrawn, behind, told
            See `Outgoing`.

        Returns
        -------
        Outgoing
            For `finish`.
        """
        if behind is None and told is None and self.tls is None and not self._queue:
            item = self._write_at_once(data, withdrawn)
            if item is not None:
                if self._queue:  # the rest, and what others queued who found the lock taken
                    self._drain()
                return item
        item = Outgoing(data, withdrawn, behind, told)
        if not item.done:
            self._queue.append(item)
            self._drain()
        return item

    def _write_at_once(self, data: bytes | memoryview, withdrawn: Callable[[], object] | None) -> Outgoing | None:
        """Write while nothing is queued, as nearly always; queue what the socket did not take. None when nothing was done."""
        if self._error is not None or not self._poller.enter():
            return None
        try:
            if not self._out_lock.acquire(blocking=False):
                return None
            try:
                sent = None if self._queue else self._write(data)
                if sent is None:
                    return None
                if sent == len(data):
                    return _WRITTEN
                item = Outgoing(data, withdrawn)
                item.advance(sent)
                self._queue.appendleft(item)  # somebody may have queued something meanwhile
                return item
            except OSError as error:
                self._error = error  # `finish` raises it
                return None
            finally:
                self._out_lock.release()
        finally:
            self._poller.leave()

    def replace(self, item: Outgoing, data: bytes, told: Callable[[], object]) -> int:
        """Write something else in the place of a write that has not begun. Inside a shield.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        data : bytes
            What to write instead.
        told : callable
            Called when that is written, as for `Outgoing`.

        Returns
        -------
        int
            Bytes that will not be written now; 0 when it is too late, and nothing was done.
        """
        with self._out_lock:
            if item.started or item.done:
                return 0
            before, item.data, item.told = len(item.data), memoryview(data), told
        self._drain()  # whoever found the lock taken leaves the queue to us
        return before

    def finish(
        self, item: Outgoing, timeout: float | None, guard: AbstractContextManager[object] | None = None
    ) -> None:
        """Wait until a submitted write is done.

        Parameters
        ----------
        item : Outgoing
            From `submit`.
        timeout : float, optional
            Seconds without any progress before giving up; None waits for ever.
        guard : context manager, optional
            Held while giving up: the lock under which writes that build on each other are submitted.

        Raises
        ------
        WriteStalledError, OSError
            As `send`.
        """
        progress, deadline = -1, Deadline(timeout)
        while not item.done:
            if self._error is not None:
                raise again(self._error)
            if self._poller.closed:
                raise BrokenPipeError(errno.EPIPE, "the connection was closed while sending")
            if progress != self._written:
                progress, deadline = self._written, Deadline(timeout)
            self._wait(item, deadline)
            if deadline.passed and progress == self._written:
                with guard or nullcontext():
                    self._give_up(item)

    def _wait(self, item: Outgoing, deadline: Deadline) -> None:
        """Wait for the socket and write what it takes, or wait behind a thread that does."""
        with shielded() as shield:
            if item.behind is None:  # short: not worth a turn
                self._poller.wait(deadline, read=False, write=True, shield=shield)
                self._drain()
            elif self._watch.acquire(blocking=False):
                leaving = True
                try:
                    self._poller.wait(deadline, read=False, write=True, shield=shield)
                    self._drain()
                    leaving = item.done or self._error is not None or self._poller.closed or deadline.passed
                finally:
                    self._watch.release()
                    if leaving:
                        self._next_turn()
            else:
                self._wait_behind(item, deadline, shield)

    def _wait_behind(self, item: Outgoing, deadline: Deadline, shield: shielded) -> None:
        item.gate = gate = threading.Lock()
        gate.acquire()
        self._behind.append(gate)
        try:
            # Asked with the gate in place: what changed before this is seen, what changes from here on opens it.
            if not item.done and self._watch.locked():
                left = deadline.left()
                shield.exposing(gate.acquire, True, HEARTBEAT if left is None else min(HEARTBEAT, max(0.0, left)))
        finally:
            self._behind.remove(gate)
            if item.done and not self._watch.locked():
                self._next_turn()  # it may have been ours

    def _next_turn(self) -> None:
        for gate in self._behind[:1]:
            _open(gate)

    def _give_up(self, item: Outgoing) -> None:
        with self._out_lock:
            if item.done:
                return
            if not item.started:
                place = self._queue.index(item)
                followed = item.withdrawn is not None and any(
                    other.withdrawn for other in list(self._queue)[place + 1 :]
                )
                if not followed:
                    del self._queue[place]
                    if item.withdrawn is not None:
                        item.withdrawn()
                    raise WriteStalledError(partial=False)
            self._error = BrokenPipeError(errno.EPIPE, "a message was cut off by write_timeout")
        raise WriteStalledError(partial=True)

    def flush(self, deadline: Deadline) -> None:
        """Wait until everything that is there is written. For one thread alone, before others know the socket.

        Parameters
        ----------
        deadline : Deadline
            For all of it.

        Raises
        ------
        OSError
            The connection broke.
        builtins.TimeoutError
            The deadline passed.
        """
        while True:
            self.drain()
            if self._error is not None:
                raise again(self._error)
            if not self.pending:
                return
            if not self._poller.wait(deadline, read=False, write=True):
                raise TimeoutError

    def leave(self, item: Outgoing) -> None:
        """Note that nobody waits for a write any more. Any thread.

        Parameters
        ----------
        item : Outgoing
            From `submit`; it is written all the same.
        """
        if not item.done:
            with self._left_lock:
                self._left.append(item)

    @property
    def left(self) -> int:
        """Bytes in the queue that nobody waits for."""
        if not self._left:  # as nearly always
            return 0
        with self._left_lock:
            self._left = [item for item in self._left if not item.done]
            return sum(item.size for item in self._left)

    def drain(self) -> None:
        """Write what the socket takes now. Any thread; never waits, not even for another thread that drains."""
        if self.pending:
            with shielded():  # an interrupt between send() and the note of what was sent would send it twice
                self._drain()

    def _drain(self) -> None:
        more = self._error is None
        while more and self._poller.enter():
            try:
                more = self._try_drain() and self.pending
            finally:
                self._poller.leave()

    def _try_drain(self) -> bool:
        """Write if nobody else does; tell whether to look again."""
        if not self._out_lock.acquire(blocking=False):
            return False  # the holder looks at the queue again after releasing
        try:
            return self._drain_locked()
        except OSError as error:
            # The sender that waits raises it; the receiver meets it on the socket itself.
            self._error = error
            return False
        finally:
            self._out_lock.release()

    def _drain_locked(self) -> bool:
        """Write until the socket is full (False) or the queue empty (True)."""
        while True:
            if self.tls is None:
                if not self._queue:
                    return True
                item = self._queue[0]
                sent = self._write(item.data)
                if sent is None:
                    return False
                item.advance(sent)
                if not item.data:
                    self._queue.popleft()
                    item.end()
                continue
            if not self._cipher:
                if not self.tls.pending and self._queue:
                    self._encrypt(self.tls)
                self._cipher = memoryview(self.tls.take())
                if not self._cipher:
                    return True
            sent = self._write(self._cipher)
            if sent is None:
                return False
            self._cipher = self._cipher[sent:]
            if not self._cipher and self._queue and self._queue[0].started and not self._queue[0].data:
                self._queue.popleft().end()

    def _encrypt(self, tls: TLSRecords) -> None:
        item = self._queue[0]
        item.advance(tls.encrypt(item.data[:_PIECE]))

    def _write(self, data: bytes | memoryview) -> int | None:
        try:
            count = self._sock.send(data)
        except BlockingIOError:
            return None
        self._written += count
        return count
