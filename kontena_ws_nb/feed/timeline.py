"""`Timeline`: the rows of several logs in one order, by the time they came. Called with the feed's lock held.

The order says for every row only which log it comes from, in one byte: rows of one log keep their order, so that the
n-th byte of a log is its n-th row. How many rows each log had is noted every 4,096 rows. So a row costs 1 byte (and 8
in `log.filter.hits` with a filter), whatever it holds, and finding a row by its position or its position by its key
takes some microseconds in a timeline of any length.

A position never changes once it was told. A reader stamps what it received before it appends it, so rows are held back
for `HOLD` seconds: by then whatever came earlier in another log is there too. A row that is later still goes to the
end. Rows that retention dropped keep their places until they outnumber the others; then the order is made anew.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain, repeat
from typing import Final

from .row_index import RowIndex, times
from .shown import KEY_BITS, split

#: Seconds that a row is held back, so that an earlier one of another log can still go in front of it. A reader that has
#: to wait for a busy cell gets the interpreter after 5 ms (`sys.getswitchinterval`); several of them wait for each
#: other.
HOLD: Final = 0.04
#: Rows between two notes of how many each log had; also rows merged between two looks at the clock.
_BLOCK: Final = 4096
#: Rows searched in one log before it is another one's turn.
_SEARCHED: Final = 4 * _BLOCK
#: Blocks of dropped rows are forgotten when there are so many on the left.
_PRUNE: Final = 16
#: Dropped rows that may stand between others, and how many times the rows that are kept.
_MOST_GONE: Final = 1 << 18
_GONE_SHARE: Final = 2


class Timeline:
    """An order over several logs.

    Parameters
    ----------
    rows : sequence of AllRows or MatchingRows
        What each log has to show.
    number : int
        The first log's number in the rows' keys; the others follow.
    clock : callable
        Seconds, rising.
    wall : callable, optional
        Nanoseconds since the epoch, as rows are stamped.
    """

    def __init__(
        self, rows: Sequence[RowIndex], number: int, clock: Callable[[], float], wall: Callable[[], int] = time.time_ns
    ) -> None:
        self._logs = rows
        self._number = number
        self._clock = clock
        self._wall = wall
        self.pending = True
        self.base = 0  # position of _order[0]
        self._crowded = False
        self._order = bytearray()
        self._done = [one.range()[0] for one in rows]  # of each log, the number of the next row to merge
        self._marks = [array("Q", (done,)) for done in self._done]  # … and of the first row in each block
        self._heads: list[list[int]] = [[] for _ in rows]  # times of the next rows, rising
        self._settling_since: float | None = None  # since when there have been some

    @property
    def stale(self) -> bool:
        """As `Order.stale`: a log was cleared, or dropped rows outnumber the others."""
        return self._crowded or any(one.stale for one in self._logs)

    @property
    def stopped(self) -> str:
        """As `Order.stopped`: one log's search has."""
        return next(filter(None, (one.stopped for one in self._logs)), "")

    @property
    def settling(self) -> float:
        """As `Order.settling`."""
        return HOLD if any(self._heads) else 0.0

    @property
    def worth_waiting(self) -> bool:
        """As `Order.worth_waiting`."""
        return self._settling_since is not None and self._clock() - self._settling_since < HOLD

    # ---- merging

    def step(self, deadline: float) -> None:
        """As `Order.step`; at least one slice is searched and merged."""
        now = self._wall()
        for one in self._logs:
            one.aim()
        while True:
            left = self._search(deadline)
            merged = self._merge(now)
            self.pending = left or merged
            if not self.pending or self._clock() >= deadline:
                break
        if not any(self._heads):
            self._settling_since = None
        elif self._settling_since is None:
            self._settling_since = self._clock()
        self._forget()

    def _search(self, deadline: float) -> bool:
        """Search on where the time is earliest; whether anything is left."""
        pending = [one for one in self._logs if one.pending]
        if pending:
            min(pending, key=lambda one: one.reached).search(deadline, _SEARCHED)
        return any(one.pending for one in pending)

    def _merge(self, now: int) -> bool:
        """Merge what is known of all logs, one slice; whether that was anything."""
        horizon = limit = now - int(HOLD * 1e9)
        for at, one in enumerate(self._logs):
            head = self._heads[at] = self._heads[at] or self._look(at)
            if head and self._done[at] + len(head) < one.range()[1]:
                limit = min(limit, head[-1])
            if one.pending:
                limit = min(limit, one.reached)
        # A row from the future (the clock was set back) is not held until then.
        takes = [_until(head, limit, now if limit == horizon else None) for head in self._heads]
        order = b"".join(bytes((at,)) * take for at, take in enumerate(takes))
        if len(order) > max(takes):
            when = [moment for head, take in zip(self._heads, takes, strict=True) for moment in head[:take]]
            order = bytes(map(order.__getitem__, sorted(range(len(when)), key=when.__getitem__)))
        self._order += order
        for at, take in enumerate(takes):
            self._done[at] += take
            del self._heads[at][:take]
        self._mark()
        return bool(order)

    def _look(self, at: int) -> list[int]:
        """Read when the next rows of a log came, rising. One that was dropped before it was merged takes its place too."""
        one, first = self._logs[at], self._done[at]
        stop = min(one.range()[1], first + _BLOCK)
        gone = max(0, min(one.base, stop) - first)
        found = [0] * gone + times(one.log, one.keys(first + gone, stop))
        # A clock that was set back must not change the order within a log.
        return found if found == sorted(found) else list(accumulate(found, max))

    def _mark(self) -> None:
        while len(self._order) >= len(self._marks[0]) * _BLOCK:
            end = len(self._marks[0]) * _BLOCK
            for at, marks in enumerate(self._marks):
                marks.append(marks[-1] + self._order.count(at, end - _BLOCK, end))

    def _forget(self) -> None:
        """Drop the blocks on the left in which every row was dropped; see whether too many stand between others."""
        blocks = (self.range()[0] - self.base) // _BLOCK
        if blocks >= _PRUNE:
            del self._order[: blocks * _BLOCK]
            for marks in self._marks:
                del marks[:blocks]
            self.base += blocks * _BLOCK
        gone = sum(
            max(0, min(one.range()[0], done) - marks[0])
            for one, done, marks in zip(self._logs, self._done, self._marks, strict=True)
        )
        self._crowded = gone > max(_MOST_GONE, _GONE_SHARE * (len(self._order) - gone))

    # ---- looking

    def range(self) -> tuple[int, int]:
        """As `Order.range`: from the first row that is kept."""
        first = len(self._order)
        for at, one in enumerate(self._logs):
            number = max(one.range()[0], self._marks[at][0])
            if number < self._done[at]:
                first = min(first, self._offset(at, number))
        return self.base + first, self.base + len(self._order)

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """As `Order.keys`: -1 for a row that was dropped."""
        low = max(0, first - self.base)
        part = self._order[low : max(0, stop - self.base)]
        rows = [
            self._keys(at, *bounds)
            for at, bounds in enumerate(zip(self._before(low), self._before(low + len(part)), strict=True))
        ]
        return [next(rows[at]) for at in part]

    def _keys(self, at: int, first: int, stop: int) -> Iterator[int]:
        one, number = self._logs[at], (self._number + at) << KEY_BITS
        gone = max(0, min(one.range()[0], stop) - first)
        return chain(repeat(-1, gone), (number | index for index in one.keys(first + gone, stop)))

    def position(self, key: int) -> int | None:
        """As `Order.position`."""
        number, index = split(key)
        at = number - self._number
        place = self._logs[at].position(index) if 0 <= at < len(self._logs) else None
        return self.base + self._offset(at, place) if place is not None and place < self._done[at] else None

    def _before(self, offset: int) -> list[int]:
        """Of each log, the number of its first row at or after an offset of the order."""
        block = min(offset, len(self._order)) // _BLOCK
        return [marks[block] + self._order.count(at, block * _BLOCK, offset) for at, marks in enumerate(self._marks)]

    def _offset(self, at: int, number: int) -> int:
        """Where in the order a row of a log is."""
        block = bisect_right(self._marks[at], number) - 1
        nth, start = number - self._marks[at][block], block * _BLOCK
        return start + bisect_left(
            range(_BLOCK), nth + 1, key=lambda offset: self._order.count(at, start, start + offset + 1)
        )


def _until(head: list[int], limit: int, now: int | None) -> int:
    """How many of these times are up to a limit, or later than now."""
    take = bisect_right(head, limit)
    return len(head) if now is not None and take < len(head) and head[take] > now else take
