"""`Keepalive`: when to ping, which pong answers what, and when a silent server counts as gone. No sockets.

The holder of the receive role asks ``due`` and ``expired``; `begin` may be called on any thread.
"""

from __future__ import annotations

import itertools
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from ..transport.deadline import Deadline

#: Pings and delays that are remembered.
KEPT: Final = 1000


class PongWaiter(threading.Event):
    """Set when the pong to one ping, or to a later one, came.

    Attributes
    ----------
    delay : float or None
        Seconds from this ping to that pong; None before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.delay: float | None = None


class Keepalive:
    """The pings of one connection.

    Parameters
    ----------
    interval : float, optional
        Seconds between keepalive pings; None sends none.
    timeout : float, optional
        Seconds to wait for a sign of life after one; None waits for ever.
    clock : callable
        Monotonic seconds; replaced in tests.
    """

    def __init__(
        self, interval: float | None, timeout: float | None, clock: Callable[[], float] = time.monotonic
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
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        # In the order they were sent; the same payload may be in it twice.
        self._pending: deque[tuple[bytes, float, int]] = deque()
        self._waiters: dict[bytes, PongWaiter] = {}
        self._next = None if interval is None else clock() + interval
        self._asked: float | None = None  # a keepalive ping that nothing was heard since

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
        with self._lock:
            self._pending.append((payload, now, behind))
            if len(self._pending) > KEPT:  # a server that answers none
                self._waiters.pop(self._pending.popleft()[0], None)
        if keepalive:
            # The first unanswered one counts: with an interval shorter than the timeout a later one must not start the
            # time again.
            if self._asked is None:
                self._asked = now
            if self.interval is not None:
                self._next = now + self.interval
        return payload

    def waiter(self, payload: bytes) -> PongWaiter:
        """Get what is set when this ping's pong, or that of a later ping, comes. Ask before sending.

        Parameters
        ----------
        payload : bytes
            The ping's.

        Returns
        -------
        PongWaiter
        """
        with self._lock:
            if len(self._waiters) >= KEPT:  # their pings were never sent
                self._waiters.pop(next(iter(self._waiters)))
            return self._waiters.setdefault(payload, PongWaiter())

    def heard(self) -> None:
        """Note that bytes came: any sign of life counts."""
        self._asked = None

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
            sent = next((sent for known, sent, _ in self._pending if known == payload), None)
            if sent is None:
                return None
            # RFC 6455 section 5.5.3: a server may answer only the latest ping; those before it are answered with it.
            answered = []
            while True:
                known, begun, behind = self._pending.popleft()
                answered.append((self._waiters.pop(known, None), begun))
                if known == payload:
                    break
            # A server may send an empty pong unasked (section 5.5.3, a heartbeat): it tells nothing about ours.
            if payload:
                self.confirmed = behind
        now = self._clock()
        self.delay = now - sent
        self.delays.append(self.delay)
        for waiter, begun in answered:
            if waiter is not None:
                waiter.delay = now - begun
                waiter.set()
        return self.delay

    def due(self) -> bool:
        """Whether a keepalive ping is to be sent now."""
        return self._next is not None and self._clock() >= self._next

    def expired(self) -> bool:
        """Whether the server has been silent for too long after a keepalive ping."""
        return self._asked is not None and self.timeout is not None and self._clock() >= self._asked + self.timeout

    def next(self) -> Deadline:
        """When to look again.

        Returns
        -------
        Deadline
        """
        ping = Deadline.until(self._next)
        if self._asked is None or self.timeout is None:
            return ping
        return ping.sooner(Deadline.until(self._asked + self.timeout))
