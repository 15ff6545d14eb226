"""Searches the buffers of a segment for the rows that satisfy a condition.

Any thread, also while the reader adds rows: a segment's buffers are never resized, and no call keeps a buffer exported.

Payloads may be where they were received, with frame headers between them. So a match counts only if it lies inside one
payload, between its start and its end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final

from ..kinds import KIND_MASK
from ..segment import Segment
from .conditions import Condition, Contains
from .patterns import SlowPatternError

#: A search holds the GIL, so long payloads are searched in pieces of this size.
_PIECE: Final = 4 << 20
#: If this many of the first ``4 * _DENSE`` rows are hits, searching row by row is faster than bisecting for each hit.
_DENSE: Final = 64

_CLOSE: Final = 0x8


def candidates(condition: Condition, segment: Segment, low: int, high: int) -> list[int]:
    """Find the rows for which `Condition.possible` is true, for a condition with a needle.

    Parameters
    ----------
    condition : Condition
        ``negated`` is ignored.
    segment : Segment
        Open or sealed.
    low, high : int
        The range of rows, which must be published.

    Returns
    -------
    list of int
        Row numbers, in ascending order.
    """
    data: bytes | bytearray = segment.data
    shift, start, end = 0, segment.starts[low], segment.bounds[high]
    if condition.folded:
        data, shift = data[start:end].lower(), start
    if condition.near is None:
        rows = _find(condition.needle, data, segment, range(low, high), shift)
    elif segment.data.find(condition.needle, start, end) < 0:
        rows = []  # much faster than a search with the regular expression
    else:
        rows = _finditer(segment, low, high, condition.near)
    more: set[int] = set()
    for other in condition.others:
        more.update(_find(other, segment.data, segment, range(low, high)))
    return sorted(more.union(rows)) if more else rows


class Watch:
    """Measures the time for each row, and checks a deadline.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    deadline : float, optional
        By that clock.
    """

    def __init__(self, clock: Callable[[], float], deadline: float | None = None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._last = clock()
        #: The row that took longest so far, and how many seconds.
        self.slowest = (-1, 0.0)

    def late(self, row: int) -> bool:
        """Note that a row has been searched; return whether the deadline has passed.

        Parameters
        ----------
        row : int
            Its number.

        Returns
        -------
        bool
        """
        now = self._clock()
        took = now - self._last
        self._last = now
        if took > self.slowest[1]:
            self.slowest = (row, took)
        return self._deadline is not None and now >= self._deadline


def holding(
    condition: Condition, segment: Segment, rows: Sequence[int], stop: int, watch: Watch, sifted: bool = False
) -> tuple[Sequence[int], int]:
    """Filter rows by a condition, until a deadline.

    Parameters
    ----------
    condition : Condition
        The condition; ``negated`` applies.
    segment : Segment
        Open or sealed.
    rows : sequence of int
        Row numbers, in ascending order.
    stop : int
        The row before which the search ends.
    watch : Watch
        The deadline; at least one row is tested.
    sifted : bool, default False
        Whether the rows are from `candidates` for this condition.

    Returns
    -------
    (sequence of int, int)
        The rows that satisfy it, and the row before which the search ended: ``stop``, or less if the deadline passed.

    Raises
    ------
    SlowPatternError
        A regular expression took too long.
    """
    data, starts, bounds, flags = segment.data, segment.starts, segment.bounds, segment.flags
    possible, holds, needle, wanted = condition.possible, condition.holds, condition.needle, not condition.negated
    if isinstance(condition, Contains):
        if sifted:
            return rows, stop
        return [row for row in rows if (data.find(needle, starts[row], bounds[row + 1]) >= 0) is wanted], stop
    kept = []
    for row in rows:
        payload = bytes(data[starts[row] : bounds[row + 1]])
        text_from = 2 if flags[row] & KIND_MASK == _CLOSE else 0
        try:
            if ((sifted or possible(payload)) and holds(payload, text_from)) is wanted:
                kept.append(row)
        except SlowPatternError as error:
            error.index = segment.first + row
            raise
        if watch.late(row):
            return kept, row + 1
    return kept, stop


def _find(needle: bytes, data: bytes | bytearray, segment: Segment, rows: range, shift: int = 0) -> list[int]:
    """Find the rows whose payload contains ``needle``; ``data`` begins at offset ``shift`` of the segment's data."""
    find, length, starts, bounds = data.find, len(needle), segment.starts, segment.bounds
    low, high = rows.start, rows.stop
    at, limit = starts[low], bounds[high]
    hits: list[int] = []
    row = low
    while at < limit:
        place = find(needle, at - shift, min(limit, at + _PIECE) - shift)
        if place < 0:
            # The next piece overlaps this one, so that a needle across the boundary is found.
            at = limit if at + _PIECE >= limit else at + _PIECE - length + 1
            continue
        place += shift
        row = bisect_right(starts, place, row, high) - 1
        if place + length <= bounds[row + 1]:
            hits.append(row)
            if len(hits) == _DENSE and row - low < 4 * _DENSE:
                rest = range(row + 1, high)
                return hits + [r for r in rest if find(needle, starts[r] - shift, bounds[r + 1] - shift) >= 0]
        # Continue with the next row: this one is a hit, or the needle continues behind its end, as any later one in
        # this row would.
        at = limit if row + 1 == high else starts[row + 1]
    return hits


def _finditer(segment: Segment, low: int, high: int, pattern: re.Pattern[bytes]) -> list[int]:
    """Find the rows in whose payload ``pattern`` matches."""
    data, starts, bounds = segment.data, segment.starts, segment.bounds
    rows: list[int] = []
    row, at, limit = low, starts[low], bounds[high]
    while at < limit:
        match = pattern.search(data, at, limit)
        if match is None:
            break
        place, end = match.span()
        row = bisect_right(starts, place, row, high) - 1
        # If the match continues behind the row's end, search this row alone: the pattern may match within it.
        if end <= bounds[row + 1] or pattern.search(data, place, bounds[row + 1]):
            rows.append(row)
        at = limit if row + 1 == high else starts[row + 1]
    return rows
