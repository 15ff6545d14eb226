"""`Hits`: an incremental index of the rows of a growing log that match a filter, with 8 bytes for each hit.

The *number* of a hit counts hits from the beginning of the log. It never changes, even if the log drops its oldest rows.
Not thread-safe: callers that share one between threads need a lock.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from ..sequence import Reading
from .patterns import SlowPatternError
from .query import Query, Scan

#: Hits of dropped rows are removed in batches of this size.
_PRUNE = 65_536


class Hits:
    """An index of the hits of a filter in one log.

    Parameters
    ----------
    log : Reading
        The log to search.
    query : Query
        The filter.
    """

    def __init__(self, log: Reading, query: Query) -> None:
        self.log = log
        self.query = query
        self.restart()

    def restart(self) -> None:
        """Remove all hits, and search again from the oldest row."""
        #: Permanent indexes of the hits, in ascending order.
        self.indices: array[int] = array("Q")
        #: Number of the first of them.
        self.base = 0
        self._generation = self.log.generation
        self._scan = Scan(self.query, self.log)

    @property
    def stale(self) -> bool:
        """Whether the log was cleared since the last `restart`, so that the numbers are not valid any more."""
        return self._generation != self.log.generation

    @property
    def position(self) -> int:
        """Permanent index of the next row to search."""
        return self._scan.position

    @property
    def done(self) -> bool:
        """Whether all rows have been searched."""
        return self._scan.done

    @property
    def slow(self) -> str | None:
        """As `Scan.slow`."""
        return self._scan.slow

    @property
    def stopped(self) -> SlowPatternError | None:
        """As `Scan.stopped`."""
        return self._scan.stopped

    def extend(self, deadline: float | None = None, rows: int | None = None) -> None:
        """Continue the search. After an interrupt, it can be continued without losing or repeating a hit.

        Parameters
        ----------
        deadline : float, optional
            When to stop, as for `Scan.step`.
        rows : int, optional
            How many rows to search at most; by default all.
        """
        scan = self._scan
        position = scan.position
        stop = None if rows is None else max(position, self.log.first_index) + rows
        try:
            self.indices.extend(scan.step(deadline, stop))
        except BaseException:
            # Continue after the last hit that was stored.
            scan.position = max(position, self.indices[-1] + 1 if self.indices else 0)
            raise

    def forget(self) -> None:
        """Remove the hits whose rows were dropped, if there are many. The others keep their numbers."""
        gone = bisect_left(self.indices, self.log.first_index)
        if gone >= _PRUNE:
            del self.indices[:gone]
            self.base += gone

    def range(self) -> tuple[int, int]:
        """Return the number of the first hit whose row is still in the log, and one past the number of the last."""
        return self.base + bisect_left(self.indices, self.log.first_index), self.base + len(self.indices)

    def between(self, first: int, stop: int) -> array[int]:
        """Return the permanent indexes of some hits.

        Parameters
        ----------
        first, stop : int
            Numbers of the first one, and one past the last.

        Returns
        -------
        array of uint64
            Without those that were removed or not found yet.
        """
        return self.indices[max(0, first - self.base) : max(0, stop - self.base)]

    def number(self, index: int) -> int | None:
        """Return the number of a hit.

        Parameters
        ----------
        index : int
            The permanent index of a row.

        Returns
        -------
        int or None
            None if the row is not a hit, or not in the log any more.
        """
        first, stop = self.range()
        number = self.base + bisect_left(self.indices, index)
        return number if first <= number < stop and self.indices[number - self.base] == index else None
