"""`Hits`: the rows of a growing log that match a filter, found bit by bit. A hit costs 8 bytes.

With ``since:10s`` hits grow too old: they are forgotten from the left while the search goes on.

A hit's *number* counts the hits from the beginning of the log; it never changes, also when retention drops rows on the
left. Not locked: whoever shares one between threads brings a lock.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Callable

from ..sequence import Reading
from .patterns import SlowPatternError
from .query import Query, Scan

#: Hits of dropped rows are forgotten in batches of this many.
_PRUNE = 65_536


class Hits:
    """An index of the hits of a filter in one log.

    Parameters
    ----------
    log : Reading
        What is searched.
    query : Query
        What for.
    wall : callable, optional
        Nanoseconds since the epoch; for tests.
    """

    def __init__(self, log: Reading, query: Query, wall: Callable[[], int] = time.time_ns) -> None:
        self.log = log
        self.query = query
        self._wall = wall
        self.restart()

    def restart(self) -> None:
        """Forget all hits and search from the oldest row on."""
        #: Permanent indexes of the hits, rising.
        self.indices: array[int] = array("Q")
        #: Number of the first of them.
        self.base = 0
        self._generation = self._now()
        self._scan = Scan(self.query, self.log)

    def _now(self) -> tuple[int, int]:
        return self.log.generation, self.log.bookmarks.generation if self.query.bookmarks else 0

    @property
    def stale(self) -> bool:
        """Whether the log was cleared since, or bookmarks that are asked for changed: numbers mean nothing any more."""
        return self._generation != self._now()

    @property
    def position(self) -> int:
        """Permanent index of the next row to search."""
        return self._scan.position

    @property
    def done(self) -> bool:
        """Whether everything that is there has been searched."""
        return self._scan.done

    @property
    def slow(self) -> str | None:
        """As `Scan.slow`."""
        return self._scan.slow

    @property
    def stopped(self) -> SlowPatternError | OSError | None:
        """As `Scan.stopped`."""
        return self._scan.stopped

    def extend(self, deadline: float | None = None, rows: int | None = None) -> None:
        """Search on. An interrupt loses no hit and finds none twice.

        Parameters
        ----------
        deadline : float, optional
            When to stop for now, as for `Scan.step`.
        rows : int, optional
            How many rows at most; by default up to the end.
        """
        scan = self._scan
        position = scan.position
        stop = None if rows is None else max(position, self.log.first_index) + rows
        try:
            self.indices.extend(scan.step(deadline, stop))
        except BaseException:
            # Look again behind the last hit that was kept.
            scan.position = max(position, self.indices[-1] + 1 if self.indices else 0)
            raise
        self._expire()

    def _expire(self) -> None:
        """Forget hits that have grown too old; the others keep their numbers."""
        window = self.query.window_ns
        if window is None or not self.indices:
            return
        # Rows are in the order of their times, but for a wall clock that was set back.
        old = bisect_left(self.indices, self._wall() - window, key=self._time)
        if old:
            del self.indices[:old]
            self.base += old

    def _time(self, index: int) -> int:
        rows = self.log.rows([index], 0)
        return rows[0].time_ns if rows else 0

    def forget(self) -> None:
        """Forget the hits whose rows were dropped, once there are many; the others keep their numbers."""
        gone = bisect_left(self.indices, self.log.first_index)
        if gone >= _PRUNE:
            del self.indices[:gone]
            self.base += gone

    def range(self) -> tuple[int, int]:
        """Tell the number of the first hit that is still in the log, and one past the last."""
        return self.base + bisect_left(self.indices, self.log.first_index), self.base + len(self.indices)

    def between(self, first: int, stop: int) -> array[int]:
        """List permanent indexes by numbers.

        Parameters
        ----------
        first, stop : int
            Numbers.

        Returns
        -------
        array of uint64
            What is known of them.
        """
        return self.indices[max(0, first - self.base) : max(0, stop - self.base)]

    def number(self, index: int) -> int | None:
        """Tell a hit's number.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        int or None
            None when the row is no hit, or not in the log any more.
        """
        first, stop = self.range()
        number = self.base + bisect_left(self.indices, index)
        return number if first <= number < stop and self.indices[number - self.base] == index else None
