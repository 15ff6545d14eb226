"""`Everything` and `Hits`: which rows of one log a view has, without and with a filter.

What lives here: row numbers ↔ permanent indexes, and searching on a budget. What must not: several logs (`merged`), when anybody is told
(`feed`), threads. Called with the feed's lock held.

A row's *number* counts the rows of the log that the view has: the permanent index without a filter, else the number of the hit. Numbers
never change, also when retention drops rows on the left.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol

from ..log.filter.query import Query, Scan
from ..log.sequence import Reading

#: Hits of dropped rows are forgotten in batches of this many.
_PRUNE = 65_536


class Order(Protocol):
    """What a `Feed` asks: the rows of a view by their positions."""

    #: The search or the merging has not reached what was there when it last ran.
    behind: bool

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
    def held(self) -> float:
        """Seconds after which rows that are there already will be in the view; 0 when there are none."""

    @property
    def young(self) -> bool:
        """Whether such rows have just come after none: an update can wait for them."""

    def step(self, deadline: float) -> None:
        """Go on until the deadline, or to the end."""

    def range(self) -> tuple[int, int]:
        """First position, and one past the last."""

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """Keys of the rows between two positions."""

    def position(self, key: int) -> int | None:
        """Where a row is; None when it is not in the view."""


class Everything:
    """Every row of a log.

    Parameters
    ----------
    log : Reading
        What is shown.
    """

    behind = False
    base = 0
    held = 0.0
    young = False
    #: Nothing is left to be searched.
    reached = 0
    stopped = ""

    def __init__(self, log: Reading) -> None:
        self.log = log
        self._generation = log.generation

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


class Hits:
    """The rows of a log that match a filter. A hit costs 8 bytes.

    Parameters
    ----------
    log : Reading
        What is searched.
    query : Query
        What for.
    """

    held = 0.0
    young = False

    def __init__(self, log: Reading, query: Query) -> None:
        self.log = log
        self.behind = True
        self.base = 0  # number of _hits[0]
        self._generation = log.generation
        self._scan = Scan(query, log)
        self._hits = array("Q")
        self._goal = log.next_index

    @property
    def stale(self) -> bool:
        """As `Order.stale`: the log was cleared."""
        return self._generation != self.log.generation

    @property
    def stopped(self) -> str:
        """As `Order.stopped`."""
        return str(self._scan.stopped or "")

    @property
    def reached(self) -> int:
        """Time of the first row that has not been searched, in nanoseconds; 0 when it was dropped meanwhile."""
        rows = self.log.rows([self._scan.position], 0)
        return rows[0].time_ns if rows else 0

    def aim(self) -> None:
        """Note what there is to search now."""
        self._goal = self.log.next_index
        self.behind = self._scan.stopped is None and self._scan.position < self._goal

    def search(self, deadline: float, rows: int | None = None) -> None:
        """Search on.

        Parameters
        ----------
        deadline : float
            On the clock of `Scan`.
        rows : int, optional
            How many at most; by default up to the end.
        """
        log, scan = self.log, self._scan
        self._hits.extend(scan.step(deadline, None if rows is None else max(scan.position, log.first_index) + rows))
        self.behind = scan.stopped is None and scan.position < self._goal
        gone = bisect_left(self._hits, log.first_index)
        if gone >= _PRUNE:
            del self._hits[:gone]
            self.base += gone

    def step(self, deadline: float) -> None:
        """As `Order.step`."""
        self.aim()
        self.search(deadline)

    def range(self) -> tuple[int, int]:
        """As `Order.range`."""
        return self.base + bisect_left(self._hits, self.log.first_index), self.base + len(self._hits)

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """As `Order.keys`."""
        return self._hits[max(0, first - self.base) : max(0, stop - self.base)]

    def position(self, key: int) -> int | None:
        """As `Order.position`."""
        first, stop = self.range()
        place = self.base + bisect_left(self._hits, key)
        return place if first <= place < stop and self._hits[place - self.base] == key else None


Lane = Everything | Hits


def lane(log: Reading, query: Query) -> Lane:
    """Choose how to look at a log.

    Parameters
    ----------
    log : Reading
        What is shown.
    query : Query
        The filter; an empty one shows everything.

    Returns
    -------
    Everything or Hits
    """
    return Hits(log, query) if query else Everything(log)


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
        Nanoseconds since the epoch; 0 for a row that was dropped.
    """
    found: list[int] = []
    for segment in log.segments(indexes[0]) if indexes else ():
        if segment.first > indexes[-1]:
            break
        low, high = bisect_left(indexes, segment.first), bisect_left(indexes, segment.first + segment.count)
        found += [0] * (low - len(found))
        part, first, when = indexes[low:high], segment.first, segment.times
        found += when[part[0] - first : part[-1] + 1 - first] if isinstance(part, range) and part else [when[index - first] for index in part]
    return found + [0] * (len(indexes) - len(found))
