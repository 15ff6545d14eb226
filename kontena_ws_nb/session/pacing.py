"""`ReadPacing`: how long the reader thread sleeps between reads while data keeps coming.

After each read of the socket the thread has to get the GIL back, and a CPU-bound cell releases it only every 5 ms.
Many small reads slow the cell down and still cannot keep up. Sleeping lets data gather in the kernel's socket buffer,
so that one read takes all of it. Called by the reader thread; `sent` by senders.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

#: Seconds to sleep: one switch interval of the GIL. If no data came for as long, it is not a stream, and a sleep would
#: gather nothing.
REST: Final = 0.005
#: Bytes that may gather during one sleep. More could fill the buffers and make the server wait for us, so sleeps then
#: get shorter; one that would be shorter than `_LEAST` seconds is left out.
MUCH: Final = 1 << 20
_LEAST: Final = 0.001


class ReadPacing:
    """Decides when the reader sleeps.

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
        self._sender = 0
        # Since when how many bytes came, for the rate of the stream; measured over a rest at least.
        self._began = 0.0
        self._gathered = 0
        self._rest = REST

    def sent(self) -> None:
        """Note that this thread sent something. The reader does not sleep for a while, because an answer is expected."""
        self._last_sent, self._sender = self._clock(), threading.get_ident()

    def answers(self, waiting: Sequence[int]) -> bool:
        """Tell whether what has just come is a quick answer that only the thread which sent last waits for.

        Parameters
        ----------
        waiting : sequence of int
            The threads that wait.

        Returns
        -------
        bool
        """
        return self._clock() - self._last_sent < REST and waiting == [self._sender]

    def read(self, size: int, more: bool) -> bool:
        """Note a read, and sleep if data keeps coming and there is no more for now.

        Parameters
        ----------
        size : int
            Payload bytes of the read.
        more : bool
            Whether the read left something, in the socket or not yet decoded.

        Returns
        -------
        bool
            Whether it slept.
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
