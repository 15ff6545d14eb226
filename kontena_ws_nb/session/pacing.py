"""`Pace`: how long the reader thread rests between reads while data flows.

Each read of the socket asks for the GIL, and a CPU-bound cell gives it away only every 5 ms; many small reads slow the
cell and still cannot keep up. Resting lets the kernel's socket buffer gather what comes, so that one read takes it all
(design section 9). Called by the reader thread; `sent` by senders.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: Seconds: one switch interval of the GIL. Twice that without data is no flow any more.
REST: Final = 0.005
#: What a rest may gather. More fills the buffers, and the server waits for us: then rests get shorter, and below
#: `_LEAST` there is none.
MUCH: Final = 1 << 20
_LEAST: Final = 0.0005


class Pace:
    """Decides about rests.

    Parameters
    ----------
    clock, sleep : callable
        Replaced in tests.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._last = 0.0
        self._last_sent = 0.0
        self._gathered = 0
        self._rest = REST

    def sent(self) -> None:
        """Note that something was sent: its answer is waited for, so nobody rests now."""
        self._last_sent = self._clock()

    def read(self, size: int, more: bool) -> bool:
        """Note a read, and rest if data flows and there is no more for now.

        Parameters
        ----------
        size : int
            Payload bytes of the read.
        more : bool
            Whether it took all that there was room for.

        Returns
        -------
        bool
            Whether it rested.
        """
        self._gathered += size
        if more or not size:
            return False
        gathered, self._gathered = self._gathered, 0
        if gathered > MUCH:
            self._rest = max(_LEAST / 2, self._rest / 2)
        elif gathered < MUCH // 2:
            self._rest = min(REST, 2 * self._rest)
        now = self._clock()
        flowing = now - self._last < 2 * REST
        self._last = now
        if not flowing or self._rest < _LEAST or now - self._last_sent < 4 * REST:
            return False
        self._sleep(self._rest)
        self._last = self._clock()
        return True
