"""`Keepalive`: when to ping, which pong answers what, and when a silent server counts as gone. No sockets.

The holder of the receive role asks ``due`` and ``expired``; `begin` and `written` may be called on any thread.
"""

from __future__ import annotations

import itertools
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from ..system import forks
from ..transport.deadline import Deadline
from .answer_timeout import AnswerTimeout

#: Pings and delays that are remembered.
KEPT: Final = 1000


class PongWaiter(threading.Event):
    """Set when the pong to one ping, or to a later one, came.

    Attributes
    ----------
    delay : float or None
        Seconds from when this ping was written to that pong; None before.
    limit : AnswerTimeout
        The time its sender gives the server.
    """

    def __init__(self, limit: AnswerTimeout) -> None:
        super().__init__()
        self.delay: float | None = None
        self.limit = limit


class _Ping:
    """A ping that waits for its pong."""

    __slots__ = ("behind", "payload", "since", "written")

    def __init__(self, payload: bytes, since: float, behind: int) -> None:
        self.payload = payload
        self.since = since  # when it was written; before that, queued
        self.behind = behind
        self.written = False


class Keepalive:
    """The pings of one connection.

    Parameters
    ----------
    interval : float, optional
        Seconds between keepalive pings; None sends none.
    timeout : float, optional
        Seconds to wait for a sign of life after one was written; None waits for ever.
    clock : callable
        Monotonic seconds; replaced in tests.
    taken, stalled
        As for `AnswerTimeout`.
    """

    def __init__(
        self,
        interval: float | None,
        timeout: float | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        taken: Callable[[], int] = lambda: 0,
        stalled: float | None = 0,
    ) -> None:
        self.interval = interval
        self.timeout = timeout
        #: Seconds of the latest pong; None before the first.
        self.delay: float | None = None
        #: Seconds of the latest pongs.
        self.delays: deque[float] = deque(maxlen=KEPT)
        #: The latest message that a pong confirms, by the number given with its ping; -1 before the first.
        self.confirmed = -1
        self._clock = clock
        self._taken = taken
        self._stalled = stalled
        self._numbers = itertools.count(1)
        self._lock = forks.lock()
        # In the order they were sent; the same payload may be in it twice.
        self._pending: deque[_Ping] = deque()
        self._waiters: dict[bytes, PongWaiter] = {}
        self._heard = clock()
        self._next = None if interval is None else self._heard + interval
        self._queued: _Ping | None = None  # a keepalive ping that is not written yet
        self._asked: AnswerTimeout | None = None  # a keepalive ping that nothing was heard since

    def begin(self, payload: bytes | None, *, keepalive: bool = False, behind: int = -1) -> bytes:
        """Note that a ping is being sent.

        Parameters
        ----------
        payload : bytes, optional
            What it carries; by default a number and a timestamp, so that no two are alike.
        keepalive : bool, default False
            Whether silence after it means that the server is gone.
        behind : int, default -1
            Number of the latest message that is sent before it (`Confirmations.latest`): its pong confirms that one.

        Returns
        -------
        bytes
            The payload to send.
        """
        now = self._clock()
        if payload is None:
            payload = struct.pack("!Id", next(self._numbers) & 0xFFFFFFFF, now)
        ping = _Ping(payload, now, behind)
        with self._lock:
            self._pending.append(ping)
            if len(self._pending) > KEPT:  # a server that answers none
                self._leave()
            if keepalive:
                self._queued = ping
                # The first unanswered one counts: with an interval shorter than the timeout a later one must not start
                # the time again.
                if self._asked is None:
                    self._asked = self._answer_timeout()
                if self.interval is not None:
                    self._next = now + self.interval
        return payload

    def _answer_timeout(self) -> AnswerTimeout:
        return AnswerTimeout(self.timeout, self._taken, stalled=self._stalled, clock=self._clock)

    def written(self, payload: bytes, start: int = 0) -> None:
        """Note that a ping was written: its time begins now. Any thread; waits for nobody.

        Parameters
        ----------
        payload : bytes
            From `begin`.
        start : int, default 0
            How many bytes had been written before it.
        """
        with self._lock:
            ping = next((ping for ping in self._pending if ping.payload == payload and not ping.written), None)
            if ping is None:
                return  # its pong was faster than we
            ping.since, ping.written = self._clock(), True
            if payload in self._waiters:
                self._waiters[payload].limit.written(start)
            if ping is not self._queued:
                return
            self._queued = None
            if self.interval is not None:
                self._next = ping.since + self.interval
            asked = self._asked or self._answer_timeout()  # none: something was heard while it waited
            if not asked.begun:  # else an earlier one is unanswered, and its time counts
                asked.written(start)
                self._asked = asked

    def waiter(self, payload: bytes, timeout: float | None = None) -> PongWaiter:
        """Get what is set when this ping's pong, or that of a later ping, comes. Ask before sending.

        Parameters
        ----------
        payload : bytes
            The ping's.
        timeout : float, optional
            Seconds the server gets from when the ping was written; None waits for ever.

        Returns
        -------
        PongWaiter
        """
        limit = AnswerTimeout(timeout, self._taken, stalled=timeout, clock=self._clock)
        with self._lock:
            if len(self._waiters) >= KEPT:  # their pings were never sent
                self._waiters.pop(next(iter(self._waiters)))
            return self._waiters.setdefault(payload, PongWaiter(limit))

    def heard(self) -> None:
        """Note that bytes came: any sign of life counts."""
        self._heard = self._clock()
        self._asked = None

    @property
    def silence(self) -> float:
        """Seconds since bytes came, or since the connection opened."""
        return self._clock() - self._heard

    def unanswered(self, seconds: float) -> int:
        """Count the pings without an answer.

        Parameters
        ----------
        seconds : float
            Since they were written, at least.

        Returns
        -------
        int
        """
        with self._lock:
            before = self._clock() - seconds
            return sum(ping.written and ping.since <= before for ping in self._pending)

    def pong(self, payload: bytes) -> float | None:
        """Note a pong.

        Parameters
        ----------
        payload : bytes
            What it carries.

        Returns
        -------
        float or None
            Seconds since its ping; None for a pong nobody asked for.
        """
        with self._lock:
            asked = next((ping for ping in self._pending if ping.payload == payload), None)
            if asked is None:
                return None
            # RFC 6455 section 5.5.3: a server may answer only the latest ping; those before it are answered with it.
            answered = []
            while True:
                ping, waiter = self._leave()
                answered.append((waiter, ping.since))
                if ping is asked:
                    break
            self._asked = None  # one that was answered before its sender noted that it was written
            # A server may send an empty pong unasked (section 5.5.3, a heartbeat): it tells nothing about ours.
            if payload:
                self.confirmed = asked.behind
        now = self._clock()
        self.delay = now - asked.since
        self.delays.append(self.delay)
        for waiter, since in answered:
            if waiter is not None:
                waiter.delay = now - since
                waiter.set()
        return self.delay

    def _leave(self) -> tuple[_Ping, PongWaiter | None]:
        """Take the oldest ping off the list. Under the lock."""
        ping = self._pending.popleft()
        if ping is self._queued:
            self._queued = None
        return ping, self._waiters.pop(ping.payload, None)

    def due(self) -> bool:
        """Whether a keepalive ping is to be sent now; not while another waits to be written."""
        return self._next is not None and self._queued is None and self._clock() >= self._next

    def expired(self) -> bool:
        """Whether the server has been silent for too long after a keepalive ping was written, and took nothing either."""
        asked = self._asked
        return asked is not None and asked.passed

    def next(self) -> Deadline:
        """When to look again.

        Returns
        -------
        Deadline
        """
        ping = Deadline.until(self._next if self._queued is None else None)
        asked = self._asked
        return ping if asked is None else ping.sooner(Deadline.until(asked.next))
