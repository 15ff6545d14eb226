"""`SHORT_SWITCHES`: CPython's switch interval, shortened while the GIL is given away for many short steps. Several threads may ask at once.

A thread that computes keeps the GIL until somebody has waited for a whole switch interval, 5 ms by default. A step
that gives the GIL away for a microsecond (`SSL_read` does, for every record) then costs 5 ms, and a stream of small
records comes at 200 a second. With a short interval a step costs about a tenth of a millisecond, and the computing
thread keeps nearly all of that time.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Final

#: Seconds. What a computing thread gets at least between two steps, so it bounds what they take from it; long beside
#: the 5–20 µs that handing the GIL over twice costs, short beside the 250 µs that 4,000 records a second leave for
#: each.
SHORT: Final = 50e-6


class ShortSwitches:
    """A context manager in which the switch interval is short. It nests, also between threads: the last to leave puts it back.

    The interval is the whole process's. Somebody who sets it meanwhile is respected, and so is one that is short
    already.

    Parameters
    ----------
    get, put : callable
        ``sys.getswitchinterval`` and ``sys.setswitchinterval``; replaced in tests.
    """

    def __init__(
        self, get: Callable[[], float] = sys.getswitchinterval, put: Callable[[float], object] = sys.setswitchinterval
    ) -> None:
        self._get = get
        self._put = put
        self._restart()

    def _restart(self) -> None:
        self._lock = threading.Lock()  # held for a microsecond
        self._inside = 0
        self._before: float | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                before = self._get()
                if before > SHORT:
                    self._before = before
                    self._put(SHORT)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._put_back()

    def _put_back(self) -> None:
        before, self._before = self._before, None
        if before is not None and abs(self._get() - SHORT) < 1e-6:  # else somebody chose another one meanwhile
            # CPython cuts off what is below a microsecond: without the half, 0.0051 would come back as 0.005099, again
            # and again.
            self._put(before + 0.5e-6)

    def forked(self) -> None:
        """Put the interval back in a forked child, where no thread is left that would."""
        self._put_back()
        self._restart()


SHORT_SWITCHES: Final = ShortSwitches()
if hasattr(os, "register_at_fork"):  # pragma: no branch  absent on Windows
    os.register_at_fork(after_in_child=SHORT_SWITCHES.forked)
