"""`Waiters`: threads that wait for a log to change, without a lock that whoever changes it could have to wait for.

Nothing else lives here. `wake` is called by writers, the reader thread among them, and costs next to nothing when nobody waits.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

#: Seconds after which a waiter looks again by itself. An interrupt can strike a waking thread before it has opened every gate.
HEARTBEAT: Final = 1.0


class _Gate:
    """One waiter: a held lock, and the row that is waited for."""

    __slots__ = ("index", "lock")

    def __init__(self, index: int) -> None:
        self.index = index
        self.lock = threading.Lock()
        self.lock.acquire()

    def open(self) -> None:
        """Let the waiter look again."""
        try:
            self.lock.release()
        except RuntimeError:
            pass  # another thread opened it


class Waiters:
    """Who waits. Each waiter has a gate of its own; the tuple of gates is replaced, never changed, so that waking needs no lock."""

    def __init__(self) -> None:
        self._gates: tuple[_Gate, ...] = ()
        self._changing = threading.Lock()  # among waiters

    def wake(self, next_index: int | None = None) -> None:
        """Make those who wait look again.

        Parameters
        ----------
        next_index : int, optional
            The log has rows up to here: who waits for a later one sleeps on, and does not take the GIL from the reader. None
            wakes everybody.
        """
        for gate in self._gates:
            if next_index is None or gate.index < next_index:
                gate.open()

    def wait_for(
        self, done: Callable[[], bool], timeout: float | None = None, heartbeat: Callable[[], object] | None = None, index: int = -1
    ) -> bool:
        """Wait until something holds.

        Parameters
        ----------
        done : callable
            Asked now, and after every `wake`.
        timeout : float, optional
            Seconds; None waits for ever.
        heartbeat : callable, optional
            Called before each look.
        index : int, optional
            Rows before this one are not worth a look; by default every row is.

        Returns
        -------
        bool
            The last answer.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not done():
            left = HEARTBEAT if end is None else min(HEARTBEAT, end - time.monotonic())
            if left <= 0:
                return False
            if heartbeat is not None:
                heartbeat()
            gate = _Gate(index)
            try:
                with self._changing:
                    self._gates = (*self._gates, gate)
                # Asked again with the gate in place: what changed before has been seen, what changes from here on opens it.
                if done():
                    return True
                gate.lock.acquire(timeout=left)
            finally:
                with self._changing:
                    self._gates = tuple(other for other in self._gates if other is not gate)
        return True
