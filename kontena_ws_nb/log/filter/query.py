"""`Query` matches messages against a filter; `Scan` searches a log for the rows that match, step by step.

Words are searched in the payload's bytes, regexes in its text, paths in its JSON, for text and binary messages. A search
begins with the fastest tests: kind and direction with one ``translate`` of the flags; then one literal (a word, or one
that every match of a regex or path contains) with ``find`` over the whole segment (`search`); then the other conditions
on the remaining rows.

Any thread; a `Scan` may be used by one thread at a time.
"""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress
from typing import Final, Protocol

from ...redaction.payloads import mask
from ..kinds import KIND_MASK, KINDS
from ..segment import SENT, Segment
from ..sequence import Reading
from . import grammar
from .conditions import compile_condition
from .grammar import QueryError
from .patterns import SlowPatternError
from .search import Watch, candidates, holding

__all__ = ["Query", "QueryError", "Scan"]

_logger = logging.getLogger("kontena_ws_nb.log")

#: How many rows are tested before the time is checked, if a test takes very little time.
_STRIDE: Final = 4096

#: A filter that takes longer for one message, in seconds, is reported.
_SLOW: Final = 0.1


class Matchable(Protocol):
    """What a `Query` needs of a message."""

    @property
    def direction(self) -> str:
        """As `Message.direction`."""

    @property
    def kind(self) -> str:
        """As `Message.kind`."""

    @property
    def time_ns(self) -> int:
        """As `Message.time_ns`."""

    @property
    def payload(self) -> bytes:
        """As `Message.payload`."""


class Query:
    """A compiled filter.

    Parameters
    ----------
    text : str
        The filter.
    terms : sequence of grammar.Term
        Its terms.

    Examples
    --------
    >>> Query.parse("trade -heartbeat size:>1k")
    Query('trade -heartbeat size:>1k')
    """

    def __init__(self, text: str, terms: Sequence[grammar.Term]) -> None:
        self.text = text
        self.terms = tuple(terms)
        self._table = _flag_table(self.terms)
        self._sizes = [t for t in self.terms if isinstance(t, grammar.Size)]
        self._since = [t for t in self.terms if isinstance(t, grammar.Since)]
        distinct = {
            replace(t, position=0): t for t in self.terms if isinstance(t, (grammar.Word, grammar.Regex, grammar.Path))
        }
        conditions = [compile_condition(t) for t in distinct.values()]
        # Fast ones first. The longest literal is searched first: a longer one is rarer, and faster to search.
        conditions.sort(key=lambda condition: _COST[type(condition).__name__])
        self._conditions = conditions
        driving = [c for c in conditions if c.needle and not c.negated]
        self._driver = max(driving, key=lambda c: len(c.needle), default=None)
        self._left = [c for c in conditions if c is not self._driver]
        #: How many rows are tested before the time is checked; fewer if there are more conditions.
        self.stride = max(16, _STRIDE // max(1, len(self._left)))

    @classmethod
    def parse(cls, text: str, now_ns: int | None = None) -> Query:
        """Parse a filter.

        Parameters
        ----------
        text : str
            The filter; an empty one matches everything.
        now_ns : int, optional
            The time that ``since:10s`` is relative to; the current time by default.

        Returns
        -------
        Query

        Raises
        ------
        QueryError
            It is invalid; has the position of the error.
        """
        return cls(text, grammar.parse(text, now_ns))

    def __bool__(self) -> bool:
        """Whether it has any terms."""
        return bool(self.terms)

    def __repr__(self) -> str:
        return f"Query({mask(self.text)!r})"

    def match(self, message: Matchable) -> bool:
        """Tell whether a message matches.

        Parameters
        ----------
        message : Message
            Or anything with ``direction``, ``kind``, ``time_ns`` and ``payload``.

        Returns
        -------
        bool
        """
        for term in self.terms:
            if isinstance(term, grammar.Direction) and (message.direction in term.values) is term.negated:
                return False
            if isinstance(term, grammar.Kind) and (message.kind in term.values) is term.negated:
                return False
            if isinstance(term, grammar.Since) and (message.time_ns >= term.time_ns) is term.negated:
                return False
        payload = message.payload
        text_from = 2 if message.kind == "close" else 0
        return all(_fits(term, len(payload)) for term in self._sizes) and all(
            (c.possible(payload) and c.holds(payload, text_from)) is not c.negated for c in self._conditions
        )

    def scan(self, log: Reading, start: int | None = None, stop: int | None = None) -> array[int]:
        """Search a log.

        Parameters
        ----------
        log : Reading
            The log.
        start, stop : int, optional
            Permanent indexes; all rows by default.

        Returns
        -------
        array of uint64
            Permanent indexes of the hits, in ascending order.

        Raises
        ------
        SlowPatternError
            A regular expression took too long; ``index`` is the row.
        """
        scan = Scan(self, log, start)
        hits = scan.step(stop=stop)
        if scan.stopped is not None:
            raise scan.stopped
        return hits

    def rows(self, segment: Segment, low: int, high: int, watch: Watch) -> tuple[Sequence[int], int]:
        """Search some rows of a segment, until a deadline.

        Parameters
        ----------
        segment : Segment
            Open or sealed.
        low, high : int
            The range of rows, which must be published.
        watch : Watch
            The deadline; at least one row is searched.

        Returns
        -------
        (sequence of int, int)
            The rows that match, in ascending order, and the row before which the search ended: ``high``, or less if the
            deadline passed.
        """
        rows: Sequence[int] = range(low, high)
        mask = bytes(segment.flags[low:high]).translate(self._table) if self._table else None
        if mask is not None and 1 not in mask:
            return (), high
        if self._driver is not None:
            rows = candidates(self._driver, segment, low, high)
            if mask is not None:
                rows = [row for row in rows if mask[row - low]]
        elif mask is not None:
            rows = list(compress(rows, mask))
        for since in self._since:
            times, oldest, newer = segment.times, since.time_ns, not since.negated
            rows = [row for row in rows if (times[row] >= oldest) is newer]
        for size in self._sizes:
            bounds = segment.bounds
            rows = [row for row in rows if _fits(size, bounds[row + 1] - bounds[row])]
        for condition in self._left:
            rows, high = holding(condition, segment, rows, high, watch)
        if self._driver is not None:
            rows, high = holding(self._driver, segment, rows, high, watch, sifted=True)
        return rows, high


class Scan:
    """A search of a growing log in steps, each of which continues the one before.

    Parameters
    ----------
    query : Query
        The filter.
    log : Reading
        The log.
    start : int, optional
        Permanent index to begin at; the oldest row by default.
    clock : callable, optional
        Monotonic seconds; replaced in tests.
    worked : callable, optional
        CPU seconds of this thread; replaced in tests.
    """

    def __init__(
        self,
        query: Query,
        log: Reading,
        start: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self.query = query
        self.log = log
        #: Permanent index of the next row to search.
        self.position = log.first_index if start is None else max(start, 0)
        #: A sentence about a message that the filter was slow for, or None. The first one is also logged as a warning.
        self.slow: str | None = None
        #: The error of a pattern that took too long for the row at `position`. It ends the search, because later rows
        #: may take as long.
        self.stopped: SlowPatternError | None = None
        self._clock = clock
        self._worked = worked

    @property
    def done(self) -> bool:
        """Whether all rows have been searched."""
        return self.position >= self.log.next_index

    @property
    def _ended(self) -> bool:
        return self.stopped is not None

    def step(self, deadline: float | None = None, stop: int | None = None) -> array[int]:
        """Continue the search, to the end of the log or until a deadline.

        Parameters
        ----------
        deadline : float, optional
            By `time.monotonic`. Checked after each row if there are slow conditions, otherwise after each slice. At least
            one row or slice is searched, so that repeated steps always make progress.
        stop : int, optional
            Permanent index to stop before.

        Returns
        -------
        array of uint64
            Permanent indexes of the hits of this step, in ascending order; empty if the search is `stopped`.
        """
        if self.stopped is not None:
            return array("Q")
        hits = array("Q")
        limit = self.log.next_index if stop is None else min(stop, self.log.next_index)
        for segment in self.log.segments(self.position):
            low = max(0, self.position - segment.first)
            high = min(segment.count, limit - segment.first)
            while low < high:
                watch, worked = Watch(self._clock, deadline), self._worked()
                rows, low = self._rows(segment, low, min(low + self.query.stride, high), watch)
                hits.extend([segment.first + row for row in rows])
                self.position = segment.first + low
                if self._ended:
                    return hits
                if watch.slowest[1] >= _SLOW and self.slow is None:
                    # At most the CPU time, because the thread may have been waiting meanwhile.
                    self._report(segment, watch.slowest[0], min(watch.slowest[1], self._worked() - worked))
                if deadline is not None and self._clock() >= deadline:
                    return hits
        # Skip rows that the log dropped or cleared meanwhile.
        self.position = max(self.position, limit)
        return hits

    def _rows(self, segment: Segment, low: int, high: int, watch: Watch) -> tuple[Sequence[int], int]:
        """Search some rows, up to the first for which a pattern takes too long."""
        stopped = None
        while low < high:
            try:
                rows, end = self.query.rows(segment, low, high, watch)
            except SlowPatternError as error:
                stopped, high = error, (error.index or 0) - segment.first
            else:
                self.stopped = stopped if end == high else None
                return rows, end
        self.stopped = stopped
        return (), low

    def _report(self, segment: Segment, row: int, seconds: float) -> None:
        if seconds < _SLOW:
            return
        size = segment.bounds[row + 1] - segment.bounds[row]
        self.slow = f"this filter took {seconds:.2g} s for message {segment.first + row} ({size:,} bytes)"
        _logger.warning("slow filter %s: %s", mask(self.query.text, 0, 200), self.slow)


_COST: Final = {"Contains": 0, "Matches": 1, "HasPath": 2}


def _flag_table(terms: Sequence[grammar.Term]) -> bytes | None:
    """Make a table for ``translate``: for each value of a row's flags, whether all terms on kind and direction match.

    None if there are no such terms.
    """
    chosen = [t for t in terms if isinstance(t, (grammar.Direction, grammar.Kind))]
    if not chosen:
        return None
    table = bytearray(256)
    for flags in range(256):
        kind, direction = KINDS.get(flags & KIND_MASK), "sent" if flags & SENT else "received"
        table[flags] = all(
            ((kind if isinstance(t, grammar.Kind) else direction) in t.values) is not t.negated for t in chosen
        )
    return bytes(table)


def _fits(term: grammar.Size, size: int) -> bool:
    return (term.low <= size and (term.high is None or size <= term.high)) is not term.negated
