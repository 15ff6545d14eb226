"""`AllRows` and `MatchingRows`: which rows of one log a view has, without and with a filter. Called with the feed's lock held.

A row's *number* counts the rows of the log that the view has: the permanent index without a filter, else the number of
the hit. Numbers never change, also when retention drops rows on the left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from ..log.filter.hits import Hits
from ..log.filter.query import Query
from ..log.sequence import Reading


class Order(Protocol):
    """What a `Feed` asks: the rows of a view by their positions."""

    @property
    def pending(self) -> bool:
        """Whether the search or the merging has not reached what was there when it last ran."""

    @property
    def stopped(self) -> str:
        """Why the search has ended before the end; empty when it has not."""

    @property
    def base(self) -> int:
        """The lowest position that anything is known of."""

    @property
    def stale(self) -> bool:
        """Whether positions mean nothing any more: a new order has to be made."""

    @property
    def settling(self) -> float:
        """Seconds after which rows that are there already will be in the view; 0 when there are none."""

    @property
    def worth_waiting(self) -> bool:
        """Whether such rows have just come after none: an update can wait for them."""

    def step(self, deadline: float) -> None:
        """Go on until the deadline, or to the end."""

    def range(self) -> tuple[int, int]:
        """First position, and one past the last."""

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """Keys of the rows between two positions."""

    def position(self, key: int) -> int | None:
        """Where a row is; None when it is not in the view."""


class AllRows:
    """Every row of a log.

    Parameters
    ----------
    log : Reading
        What is shown.
    """

    pending = False
    base = 0
    settling = 0.0
    worth_waiting = False
    #: Nothing is left to be searched.
    reached = 0

    def __init__(self, log: Reading) -> None:
        self.log = log
        self._generation = log.generation

    @property
    def stopped(self) -> str:
        """As `Order.stopped`: why rows of a file cannot be read."""
        return self.log.problem

    @property
    def stale(self) -> bool:
        """As `Order.stale`: the log was cleared."""
        return self._generation != self.log.generation

    def aim(self) -> None:
        """Do nothing: there is nothing to search."""

    def search(self, deadline: float, rows: int | None = None) -> None:
        """Do nothing: there is nothing to search."""

    def step(self, deadline: float) -> None:
        """Do nothing: there is nothing to search."""

    def range(self) -> tuple[int, int]:
        """As `Order.range`."""
        stop = self.log.next_index
        return min(self.log.first_index, stop), stop

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """As `Order.keys`."""
        return range(first, stop)

    def position(self, key: int) -> int | None:
        """As `Order.position`."""
        first, stop = self.range()
        return key if first <= key < stop else None


class MatchingRows:
    """The rows of a log that match a filter.

    Parameters
    ----------
    log : Reading
        What is searched.
    query : Query
        What for.
    """

    settling = 0.0
    worth_waiting = False

    def __init__(self, log: Reading, query: Query) -> None:
        self.log = log
        self.pending = True
        self._hits = Hits(log, query)
        self._goal = log.next_index

    @property
    def base(self) -> int:
        """As `Order.base`."""
        return self._hits.base

    @property
    def stale(self) -> bool:
        """As `Order.stale`: the log was cleared."""
        return self._hits.stale

    @property
    def stopped(self) -> str:
        """As `Order.stopped`."""
        return str(self._hits.stopped or "")

    @property
    def reached(self) -> int:
        """Time of the first row that has not been searched, in nanoseconds; 0 when it was dropped meanwhile."""
        rows = self.log.rows([self._hits.position], 0)
        return rows[0].time_ns if rows else 0

    def aim(self) -> None:
        """Note what there is to search now."""
        self._goal = self.log.next_index
        self._look()

    def search(self, deadline: float, rows: int | None = None) -> None:
        """Search on.

        Parameters
        ----------
        deadline : float
            As for `Hits.extend`.
        rows : int, optional
            How many at most; by default up to the end.
        """
        self._hits.extend(deadline, rows)
        self._hits.forget()
        self._look()

    def _look(self) -> None:
        self.pending = self._hits.stopped is None and self._hits.position < self._goal

    def step(self, deadline: float) -> None:
        """As `Order.step`."""
        self.aim()
        self.search(deadline)

    def range(self) -> tuple[int, int]:
        """As `Order.range`."""
        return self._hits.range()

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """As `Order.keys`."""
        return self._hits.between(first, stop)

    def position(self, key: int) -> int | None:
        """As `Order.position`."""
        return self._hits.number(key)


RowIndex = AllRows | MatchingRows


def row_index(log: Reading, query: Query) -> RowIndex:
    """Choose how to look at a log.

    Parameters
    ----------
    log : Reading
        What is shown.
    query : Query
        The filter; an empty one shows everything.

    Returns
    -------
    AllRows or MatchingRows
    """
    return MatchingRows(log, query) if query else AllRows(log)


def times(log: Reading, indexes: Sequence[int]) -> list[int]:
    """Read when rows came.

    Parameters
    ----------
    log : Reading
        Where they are.
    indexes : sequence of int
        Permanent indexes, rising.

    Returns
    -------
    list of int
        Nanoseconds since the epoch; 0 for a row that was dropped, or cannot be read.
    """
    found: list[int] = []
    try:
        for segment in log.segments(indexes[0]) if indexes else ():
            if segment.first > indexes[-1]:
                break
            low, high = bisect_left(indexes, segment.first), bisect_left(indexes, segment.first + segment.count)
            found += [0] * (low - len(found))
            part, first, when = indexes[low:high], segment.first, segment.times
            found += (
                when[part[0] - first : part[-1] + 1 - first]
                if isinstance(part, range) and part
                else [when[index - first] for index in part]
            )
    except OSError:
        pass  # the file cannot be read; `Reading.problem` says why
    return found + [0] * (len(indexes) - len(found))
