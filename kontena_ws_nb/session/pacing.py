"""`Pace`: how long the reader thread rests between reads while data flows.

Each read of the socket asks for the GIL, and a CPU-bound cell gives it away only every 5 ms; many small reads slow the
cell and still cannot keep up. Resting lets the kernel's socket buffer gather what comes, so that one read takes it all
(design section 9). Called by the reader thread; `sent` by senders.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: Seconds: one switch interval of the GIL. So long without data is no flow any more: a rest would gather nothing.
REST: Final = 0.005
#: Bytes that a rest may gather. More fills the buffers, and the server waits for us: a faster stream gets shorter
#: rests, and one that gathers so much in less than `_LEAST` none.
MUCH: Final = 1 << 20
_LEAST: Final = 0.001


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
        # Since when how many bytes came, for the rate of the stream; measured over a rest at least.
        self._began = 0.0
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
        now = self._clock()
        flowing = now - self._last < REST
        self._last = now
        if not flowing:
            self._began, self._gathered = now, 0
        elif now - self._began >= REST:
            self._rest = min(REST, MUCH * (now - self._began) / max(1, self._gathered))
            self._began, self._gathered = now, 0
        if not flowing or self._rest < _LEAST or now - self._last_sent < 4 * REST:
            return False
        self._sleep(self._rest)
        self._last = self._clock()
        return True
