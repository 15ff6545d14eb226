"""Searching the buffers of a segment at C speed: which rows may satisfy a condition, and which do.

Any thread, also while the reader adds rows: a segment's buffers are never resized, and none stays exported beyond a
call.

Payloads may stand where they were received, with the headers of their frames between them: what is found counts only
where it lies inside one payload, as the starts and ends say.
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

#: A search keeps the GIL from the reader: long payloads are searched piecewise.
_PIECE: Final = 4 << 20
#: When this many of the first rows (a quarter of _SAMPLE) hit, looking into each row is faster than bisecting for each
#: hit.
_DENSE: Final = 64

_CLOSE: Final = 0x8


def candidates(condition: Condition, segment: Segment, low: int, high: int) -> list[int]:
    """Find the rows that may satisfy a condition that has a needle.

    Parameters
    ----------
    condition : Condition
        Its `negated` is not regarded.
    segment : Segment
        Open or sealed.
    low, high : int
        Which of its published rows.

    Returns
    -------
    list of int
        Row numbers, rising. All that `Condition.possible` allows, no others.
    """
    data: bytes | bytearray = segment.data
    shift, start, end = 0, segment.starts[low], segment.bounds[high]
    if condition.folded:
        data, shift = data[start:end].lower(), start
    if condition.near is None:
        rows = _find(condition.needle, data, segment, range(low, high), shift)
    elif segment.data.find(condition.needle, start, end) < 0:
        rows = []  # much faster than asking the regular expression
    else:
        rows = _finditer(segment, low, high, condition.near)
    more: set[int] = set()
    for other in condition.others:
        more.update(_find(other, segment.data, segment, range(low, high)))
    return sorted(more.union(rows)) if more else rows


class Watch:
    """The time while rows are looked at one by one.

    Parameters
    ----------
    clock : callable
        Seconds, rising.
    deadline : float, optional
        On that clock.
    """

    def __init__(self, clock: Callable[[], float], deadline: float | None = None) -> None:
        self._clock = clock
        self._deadline = deadline
        self._last = clock()
        #: The row that took longest so far, and its seconds.
        self.slowest = (-1, 0.0)

    def late(self, row: int) -> bool:
        """Note that a row has been looked at; tell whether the time is up.

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
    """Keep the rows a condition wants, as far as the time allows.

    Parameters
    ----------
    condition : Condition
        Its `negated` is regarded.
    segment : Segment
        Open or sealed.
    rows : sequence of int
        Row numbers, rising.
    stop : int
        Before which row the search ends.
    watch : Watch
        The time; at least one row is looked at.
    sifted : bool, default False
        They come from `candidates` for this condition.

    Returns
    -------
    (sequence of int, int)
        The rows kept, and before which row the search ended: `stop`, or earlier when the time was up.

    Raises
    ------
    SlowPatternError
        A regular expression had to be stopped.
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
    """Rows whose payload contains `needle`; `data` begins at offset `shift` of the segment's."""
    find, length, starts, bounds = data.find, len(needle), segment.starts, segment.bounds
    low, high = rows.start, rows.stop
    at, limit = starts[low], bounds[high]
    hits: list[int] = []
    row = low
    while at < limit:
        place = find(needle, at - shift, min(limit, at + _PIECE) - shift)
        if place < 0:
            # The next piece overlaps, so that nothing hides on the seam.
            at = limit if at + _PIECE >= limit else at + _PIECE - length + 1
            continue
        place += shift
        row = bisect_right(starts, place, row, high) - 1
        if place + length <= bounds[row + 1]:
            hits.append(row)
            if len(hits) == _DENSE and row - low < 4 * _DENSE:
                rest = range(row + 1, high)
                return hits + [r for r in rest if find(needle, starts[r] - shift, bounds[r + 1] - shift) >= 0]
        # Nothing else of this row is of interest: it hit, or the needle only begins in it or in the header behind it,
        # and so would every later one.
        at = limit if row + 1 == high else starts[row + 1]
    return hits


def _finditer(segment: Segment, low: int, high: int, pattern: re.Pattern[bytes]) -> list[int]:
    """Rows in whose payload `pattern` is found."""
    data, starts, bounds = segment.data, segment.starts, segment.bounds
    rows: list[int] = []
    row, at, limit = low, starts[low], bounds[high]
    while at < limit:
        match = pattern.search(data, at, limit)
        if match is None:
            break
        place, end = match.span()
        row = bisect_right(starts, place, row, high) - 1
        # Over the end of a row it may have matched what the row alone would match elsewhere: ask again for the row
        # alone.
        if end <= bounds[row + 1] or pattern.search(data, place, bounds[row + 1]):
            rows.append(row)
        at = limit if row + 1 == high else starts[row + 1]
    return rows
