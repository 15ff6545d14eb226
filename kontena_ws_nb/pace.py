"""`Pace`: how long the reader thread rests between reads while data flows.

Each read of the socket asks for the GIL, and a CPU-bound cell gives it away only every 5 ms; many small reads slow the cell and
still cannot keep up. Resting lets the kernel's socket buffer gather what comes, so that one read takes it all (design section 9).
What must not live here: sockets. Called by the reader thread; `sent` by senders.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: One switch interval of the GIL.
REST: Final = 0.005
#: A read this large says that the socket's buffer is filling: no rest.
FULL: Final = 128 << 10


class Pace:
    """Decides about rests.

    Parameters
    ----------
    clock, sleep : callable
        Replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._last = 0.0
        self._last_sent = 0.0

    def sent(self) -> None:
        """Note that something was sent: its answer is waited for, so nobody rests now."""
        self._last_sent = self._clock()

    def rest(self, size: int) -> bool:
        """Rest after a read, if data flows.

        Parameters
        ----------
        size : int
            Payload bytes of the read.

        Returns
        -------
        bool
            Whether it rested.
        """
        now = self._clock()
        flowing = now - self._last < 2 * REST
        self._last = now
        if not flowing or not 0 < size < FULL or now - self._last_sent < 4 * REST:
            return False
        self._sleep(REST)
        self._last = self._clock()
        return True
