"""`Waiters`: threads that wait for a log to change, without a lock that whoever changes it could have to wait for.

Nothing else lives here. `wake` is called by writers, the reader thread among them, and costs next to nothing when nobody waits.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

#: Seconds after which a waiter looks again by itself. An interrupt can strike a waking thread between taking a gate and opening it.
HEARTBEAT: Final = 1.0


class Waiters:
    """Who waits. Each waiter has a gate (a held lock) of its own in a queue; waking opens all gates."""

    def __init__(self) -> None:
        self._gates: deque[threading.Lock] = deque()

    def wake(self) -> None:
        """Make everybody who waits look again."""
        gates = self._gates
        # Who comes after this call began looks for itself; a `while` could go round with waiters for ever.
        for _ in range(len(gates)):
            try:
                gate = gates.popleft()
            except IndexError:  # another thread wakes too
                return
            gate.release()

    def wait_for(self, done: Callable[[], bool], timeout: float | None = None, heartbeat: Callable[[], object] | None = None) -> bool:
        """Wait until something holds.

        Parameters
        ----------
        done : callable
            Asked now, and after every `wake`.
        timeout : float, optional
            Seconds; None waits for ever.
        heartbeat : callable, optional
            Called before each look.

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
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)
            try:
                # Asked again with the gate in place: what changed before has been seen, what changes from here on opens it.
                if done():
                    return True
                gate.acquire(timeout=left)
            finally:
                try:
                    self._gates.remove(gate)
                except (ValueError, IndexError):
                    pass  # opened: whoever woke us took it out, or is taking others out right now
        return True
