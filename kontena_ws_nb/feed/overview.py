"""`Overview`: how many messages came and left when, and how many bytes: a view's rows in buckets of time.

Rows are counted once, a segment at a time by bisecting its column of times; a log of two million costs a fraction of a
second. Buckets grow with the span, so that there are never more than `BUCKETS`. Called with the feed's lock held.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import groupby
from typing import Final, NamedTuple

from ..log.filter import grammar
from ..log.filter.query import Query, QueryError
from ..log.kinds import KIND_MASK, KINDS, LIFECYCLE
from ..log.segment import SENT, Segment
from ..log.sequence import Reading
from .row_index import Order
from .shown import split

#: Most buckets of a strip.
BUCKETS: Final = 300
#: Rows of a view that are counted between two looks at the clock.
_SLICE: Final = 4096
#: Buckets that a log may make before it is looked whether they are too narrow.
_MANY: Final = 20_000
_DAY: Final = 86_400 * 10**9
#: Widths in which is counted, nanoseconds, each with the widths that are told: multiples of it, which divide the next.
_SCALE: Final[tuple[tuple[int, tuple[int, ...]], ...]] = (
    *((10**power, (1, 2, 5)) for power in (6, 7, 8, 9)),
    (10 * 10**9, (1, 3)),
    (60 * 10**9, (1, 2, 5)),
    (600 * 10**9, (1, 3)),
    (3600 * 10**9, (1, 2, 6, 12)),
    *((_DAY * 10**power, (1, 2, 5)) for power in range(6)),
)
_RECEIVED, _SENT, _EVENT = 1, 2, 3
#: Flags of a row → what it is counted as; pings and pongs are not.
_COUNTED: Final = bytes(
    _EVENT
    if (kind := KINDS.get(flags & KIND_MASK, "")) in {*LIFECYCLE, "close"}
    else (_SENT if flags & SENT else _RECEIVED)
    if kind in ("text", "binary")
    else 0
    for flags in range(256)
)


class Strip(NamedTuple):
    """What came and left when, in buckets of equal width, oldest first."""

    #: Nanoseconds since the epoch: where the first bucket begins.
    start: int
    #: Nanoseconds.
    width: int
    #: Text and binary messages, and their bytes both ways together.
    received: list[int]
    sent: list[int]
    size: list[int]
    #: Openings, closes, errors, reconnects.
    events: list[int]
    #: Of the messages those that the filter shows, received and sent; None without a filter.
    shown: tuple[list[int], list[int]] | None
    #: Whether there is more to count.
    pending: bool


class _Buckets:
    """Sums by time, of rows that are numbered and dropped from the left."""

    def __init__(self, width: int) -> None:
        self.width = width
        #: By time ÷ width: the lowest and highest number of a row in it, and what is summed.
        self.found: dict[int, list[int]] = {}

    def add(self, bucket: int, low: int, high: int, sums: Sequence[int]) -> None:
        found = self.found.get(bucket)
        if found is None:
            self.found[bucket] = [low, high, *sums]
            return
        found[0], found[1] = min(found[0], low), max(found[1], high)
        for at, value in enumerate(sums, 2):
            found[at] += value

    def widen(self, width: int) -> None:
        """Put neighbours together; `width` is a multiple of what it was."""
        factor, before = width // self.width, self.found
        self.width, self.found = width, {}
        for bucket, (low, high, *sums) in before.items():
            self.add(bucket // factor, low, high, sums)

    def forget(self, first: int) -> dict[int, int]:
        """Forget rows before a number; of buckets that have older and newer ones, tell the highest, and forget all."""
        torn = {}
        for bucket, found in list(self.found.items()):
            if found[0] < first:
                if found[1] >= first:
                    torn[bucket] = found[1]
                del self.found[bucket]
        return torn


class _OfLog:
    """The rows of one log."""

    def __init__(self, log: Reading, width: int) -> None:
        self.log = log
        self.buckets = _Buckets(width)
        self.pending = True
        self._generation = log.generation
        self._position = self._first = log.first_index

    @property
    def stale(self) -> bool:
        return self._generation != self.log.generation

    def step(self, late: Callable[[], bool]) -> None:
        first = self.log.first_index
        if first > self._first:
            self._first = first
            for bucket, high in self.buckets.forget(first).items():
                self._count(first, high + 1, late, bucket)
        stop = self.log.next_index
        self._position = self._count(max(self._position, first), stop, late)
        self.pending = self._position < stop

    def _count(self, start: int, stop: int, late: Callable[[], bool], only: int | None = None) -> int:
        """Count rows, those of one bucket or all; the row before which it ended."""
        try:
            for segment in self.log.segments(start):
                if segment.first >= stop:
                    break
                low, high = max(0, start - segment.first), min(segment.count, stop - segment.first)
                for bucket, at, end in _runs(segment.times, low, high, self.buckets.width):
                    if only is None or bucket == only:
                        self.buckets.add(bucket, segment.first + at, segment.first + end - 1, _sums(segment, at, end))
                start = max(start, segment.first + high)
                if only is None and (late() or len(self.buckets.found) > _MANY):
                    return start
        except OSError:
            pass  # the file cannot be read; `Reading.problem` says why
        return stop


class _OfView:
    """How many rows a filter shows."""

    def __init__(self, order: Order, logs: Sequence[Reading], number: int, width: int) -> None:
        self.order = order
        self.buckets = _Buckets(width)
        self.pending = True
        self._logs = logs
        self._number = number
        self._position = self._first = order.range()[0]

    def step(self, late: Callable[[], bool]) -> None:
        first, stop = self.order.range()
        if first > self._first:
            self._first = first
            for bucket, high in self.buckets.forget(first).items():
                self._count(first, high + 1, bucket)
        self._position = max(self._position, first)
        while self._position < stop and len(self.buckets.found) <= _MANY:
            end = min(self._position + _SLICE, stop)
            self._count(self._position, end)
            self._position = end
            if late():
                break
        self.pending = self._position < stop or self.order.pending

    def _count(self, start: int, stop: int, only: int | None = None) -> None:
        keys = self.order.keys(start, stop)
        for at, log in enumerate(self._logs, self._number):
            places = [place for place, key in enumerate(keys, start) if key >= 0 and split(key)[0] == at]
            indexes = [split(keys[place - start])[1] for place in places]
            for nth, segment, row in _found(log, indexes):
                bucket = segment.times[row] // self.buckets.width
                kind = _COUNTED[segment.flags[row]]
                if only is None or bucket == only:
                    self.buckets.add(bucket, places[nth], places[nth], (kind == _RECEIVED, kind == _SENT))


def _found(log: Reading, indexes: Sequence[int]) -> Iterator[tuple[int, Segment, int]]:
    """Find rows by their rising indexes: which of these, its segment and its row there; not those that were dropped."""
    at = 0
    try:
        for segment in log.segments(indexes[0]) if indexes else ():
            at = bisect_left(indexes, segment.first, at)
            while at < len(indexes) and indexes[at] < segment.first + segment.count:
                yield at, segment, indexes[at] - segment.first
                at += 1
            if at == len(indexes):
                break
    except OSError:
        pass  # the file cannot be read; `Reading.problem` says why


class Overview:
    """Counts the rows of some logs, and those of them that a filter shows.

    Parameters
    ----------
    logs : sequence of Reading
        What is shown.
    number : int
        The first log's number in the rows' keys.
    """

    def __init__(self, logs: Sequence[Reading], number: int) -> None:
        self._logs = logs
        self._number = number
        self._width = _SCALE[0][0]
        self._every: list[_OfLog] = []
        self._view: _OfView | None = None

    def read(self, order: Order | None, clock: Callable[[], float], deadline: float) -> Strip:
        """Count what came since, for as long as the time allows, and tell all.

        Parameters
        ----------
        order : Order or None
            The rows that a filter shows; None without one.
        clock : callable
            Seconds, rising.
        deadline : float
            On that clock; a slice is counted in any case.

        Returns
        -------
        Strip
        """
        if not self._every or any(one.stale for one in self._every):
            self._width, self._view = _SCALE[0][0], None
            self._every = [_OfLog(log, self._width) for log in self._logs]
        if order is None:
            self._view = None
        elif self._view is None or self._view.order is not order:
            self._view = _OfView(order, self._logs, self._number, self._width)
        counting: list[_OfLog | _OfView] = [*self._every, *filter(None, [self._view])]
        for one in counting:
            one.step(lambda: clock() >= deadline)
        width = self._fit(counting)
        return self._strip(width, any(one.pending for one in counting))

    def _fit(self, counting: Sequence[_OfLog | _OfView]) -> int:
        """Choose a width with which there are not too many buckets, and count in one that divides it."""
        low, high = self._span()
        for base, factors in _SCALE:
            for factor in factors:
                width = base * factor
                if base >= self._width and high // width - low // width < BUCKETS:
                    if base > self._width:
                        self._width = base
                        for one in counting:
                            one.buckets.widen(base)
                    return width
        raise AssertionError("64 bits of nanoseconds are 107 thousand days")

    def _span(self) -> tuple[int, int]:
        found = [bucket for one in self._every for bucket in one.buckets.found]
        return (min(found) * self._width, max(found) * self._width) if found else (0, 0)

    def _strip(self, width: int, pending: bool) -> Strip:
        low, high = self._span()
        first, count = low // width, high // width - low // width + 1
        if not any(one.buckets.found for one in self._every):
            count = 0
        columns = [[0] * count for _ in range(6)]
        factor = width // self._width
        tables = [(one.buckets, columns[:4]) for one in self._every]
        tables += [(self._view.buckets, columns[4:])] if self._view is not None else []
        for buckets, wanted in tables:
            for bucket, (_, _, *sums) in buckets.found.items():
                at = bucket // factor - first
                if 0 <= at < count:  # a view may know a row that the log has just dropped
                    for column, value in zip(wanted, sums, strict=True):
                        column[at] += value
        received, sent, size, events, *shown = columns
        found = None if self._view is None else (shown[0], shown[1])
        return Strip(first * width, width, received, sent, size, events, found, pending)


def _runs(when: Sequence[int], low: int, high: int, width: int) -> Iterator[tuple[int, int, int]]:
    """Cut rows where another bucket begins: bucket, first row, row behind the last."""
    part = when[low:high]
    if list(part) != sorted(part):  # the clock was set back
        at = low
        for bucket, same in groupby(moment // width for moment in part):
            end = at + sum(1 for _ in same)
            yield bucket, at, end
            at = end
        return
    at = 0
    while at < len(part):
        bucket = part[at] // width
        end = bisect_left(part, (bucket + 1) * width, at)
        yield bucket, low + at, low + end
        at = end


def _sums(segment: Segment, at: int, end: int) -> tuple[int, int, int, int]:
    """Sum up rows of a segment: received, sent, bytes, events."""
    kinds = bytes(segment.flags[at:end]).translate(_COUNTED)
    received, sent, events = (kinds.count(kind) for kind in (_RECEIVED, _SENT, _EVENT))
    if received + sent < end - at:
        size = sum(
            segment.bounds[row + 1] - segment.starts[row]
            for row, kind in enumerate(kinds, at)
            if kind in (_RECEIVED, _SENT)
        )
    elif segment.headers:
        size = sum(segment.bounds[at + 1 : end + 1]) - sum(segment.starts[at:end])
    else:
        size = segment.bounds[end] - segment.bounds[at]
    return received, sent, size, events


# ---- a span of time as words of the filter: visible, undone like any other, and the same in Python

#: A time limit in a filter, up to the next space: values of these have none.
_LIMIT: Final = re.compile(r"\A[^\s()]+")


def span_of(query: Query) -> tuple[int | None, int | None]:
    """Tell between which times a filter's rows are, where it says so by the clock.

    Parameters
    ----------
    query : Query
        The filter.

    Returns
    -------
    (int or None, int or None)
        Nanoseconds since the epoch: the first included, the last not; None where there is no limit.
    """
    low = [term.time_ns for term in _limits(query) if isinstance(term, grammar.Since)]
    high = [term.time_ns for term in _limits(query) if isinstance(term, grammar.Before)]
    return max(low, default=None), min(high, default=None)


def spanned(text: str, low: int, high: int, now: datetime | None = None) -> str:
    """Write a filter that shows the rows of a span only, instead of the span it has now.

    Parameters
    ----------
    text : str
        A filter.
    low, high : int
        Nanoseconds since the epoch, the first included, the last not. `high` at most `low`: no span.
    now : datetime, optional
        Local time, for tests.

    Returns
    -------
    str
    """
    rest = text
    query = Query.parse(text)
    for term in reversed(_limits(query)):
        behind = _LIMIT.sub("", rest[term.position :], count=1)
        less = f"{rest[: term.position].rstrip()} {behind.lstrip()}".strip()
        rest = less if _parses(less) else rest  # behind "and", say: then both spans hold
    if high <= low:
        return rest
    several = len(query.terms) == 1 and isinstance(query.terms[0], grammar.Some)
    words = f"since:{_moment(low, now)} before:{_moment(high, now)}"
    return f"({rest}) {words}" if several else f"{rest} {words}".strip()


def _limits(query: Query) -> list[grammar.Since | grammar.Before]:
    """List the limits of time that hold for the whole filter; ``since:10s`` moves on, and is none."""
    return [
        term
        for term in query.terms
        if not term.negated
        and (isinstance(term, grammar.Before) or (isinstance(term, grammar.Since) and term.ago_ns is None))
    ]


def _parses(text: str) -> bool:
    try:
        Query.parse(text)
    except QueryError:
        return False
    return True


def _moment(at: int, now: datetime | None) -> str:
    """Write a time as short as it is read back exactly: the clock, the day with it, or UTC where the clock is ambiguous."""
    seconds, rest = divmod(at, 10**9)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    local, utc = datetime.fromtimestamp(seconds), datetime.fromtimestamp(seconds, timezone.utc)
    today = (now or datetime.now()).date()
    clock = f"{local:%H:%M:%S}{fraction}"
    # Python 3.10 reads three or six digits of a fraction.
    fine = f".{rest:09d}"[: 4 if rest % 10**6 == 0 else 7] if rest else ""
    written = [clock] if local.date() == today else []
    written += [f"{local:%Y-%m-%dT%H:%M:%S}{fine}", f"{utc:%Y-%m-%dT%H:%M:%S}{fine}Z"]
    return next((one for one in written if _reads(one, at)), written[-1])


def _reads(written: str, at: int) -> bool:
    (term,) = grammar.parse(f"before:{written}")
    return isinstance(term, grammar.Before) and term.time_ns == at
