"""`Undo`: how long what a page cleared can be had back. Any thread; the panel's pump looks at the time."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable, Iterable
from typing import Final

from ..log.log import MessageLog

#: Seconds that cleared rows can be had back.
SECONDS: Final = 60.0


class Undo:
    """The logs that a page of one panel cleared, and until when their rows are kept.

    Parameters
    ----------
    clock : callable, optional
        Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = math.inf
        self._logs: tuple[weakref.ref[MessageLog], ...] = ()

    def clear(self, logs: Iterable[MessageLog]) -> None:
        """Clear logs, so that `undo` brings their rows back for a minute.

        Parameters
        ----------
        logs : iterable of MessageLog
            What is shown.
        """
        cleared = list(logs)
        self._until = self._clock() + SECONDS
        others = [one for one in self._logs if (log := one()) is not None and log not in cleared]
        self._logs = (*others, *map(weakref.ref, cleared))
        for log in cleared:
            log.clear(undo=True)

    @property
    def left(self) -> float:
        """Seconds until the rows are forgotten; infinite when there are none."""
        return self._until - self._clock()

    def expire(self) -> None:
        """Forget the rows when their time is up."""
        if self.left <= 0:
            self.forget()

    def forget(self) -> None:
        """Give the memory of the rows that could be had back to the system."""
        logs, self._logs, self._until = self._logs, (), math.inf
        for one in logs:
            if (log := one()) is not None:
                log.forget_cleared()
