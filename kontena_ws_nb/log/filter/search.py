"""What a filter asks of a row, as a tree, and searching the buffers of a segment at C speed for the rows that may satisfy it.

A tree has its negations at the leaves. Where every way through it needs some literal bytes, these are looked for by one
``find`` running over the whole segment: of terms that must all hold the rarest leads, of alternatives all are looked
for. Kinds and directions are one ``translate`` over the flags. What is left to ask is asked row by row, so that it can
be stopped.

Any thread, also while the reader adds rows: a segment's buffers are never resized, and none stays exported beyond a
call.

Payloads may stand where they were received, with the headers of their frames between them: what is found counts only
where it lies inside one payload, as the starts and ends say.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, Literal

from ..backing import Needle
from ..decoded_rows import LABEL_BYTES, DecodedRows, beginning
from ..kinds import CODES, KIND_MASK
from ..segment import INCOMPLETE, Segment
from .conditions import ESCAPE_LOW, ESCAPED_ASCII, Condition, Contains, HasPath, Matches
from .look import Look, Meaning
from .patterns import Pattern, SlowPatternError

#: A search keeps the GIL from the reader: long payloads are searched piecewise.
_PIECE: Final = 4 << 20
#: When this many of the first rows (a quarter of _SAMPLE) hit, looking into each row is faster than bisecting for each
#: hit.
_DENSE: Final = 64
#: How little a leaf narrows that has no literal bytes, against one with a byte.
_FAINT: Final = 0.5
_COST: Final = {Contains: 1, Matches: 2, HasPath: 3}
#: Numbers of a row.
Column = Literal["size", "time", "index", "connection"]


class Node(ABC):
    """A part of a filter: which rows it holds for.

    Attributes
    ----------
    weight : float
        How much looking for it narrows, about the length of its literal; 0 when `find` cannot help.
    cost : int
        What asking it of a row costs, relatively.
    """

    weight: float = 0
    cost: int = 0

    @property
    def needles(self) -> tuple[Needle, ...]:
        """Bytes of which one is in every payload that it holds for, unless a decoder reads it otherwise; none when nothing is known."""
        return ()

    @abstractmethod
    def holds(self, look: Look) -> bool:
        """Ask it of one message. Raises `SlowPatternError`."""

    @property
    def asked(self) -> Callable[[Look], bool]:
        """As `holds`, for messages of rows that `find` gave."""
        return self.holds

    @abstractmethod
    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """Find the rows of a segment for which it may hold.

        Parameters
        ----------
        segment : Segment
            Open or sealed.
        low, high : int
            Which of its published rows.

        Returns
        -------
        (sequence of int, bool)
            Row numbers, rising; and whether it holds for all of them.
        """

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int] | None:
        """Keep the rows for which it holds, all at once.

        Parameters
        ----------
        segment : Segment
            Open or sealed.
        rows : sequence of int
            Row numbers, rising; not empty.

        Returns
        -------
        sequence of int or None
            None when the rows have to be looked at one by one.
        """
        return None


@dataclass(frozen=True)
class OfFlags(Node):
    """Kind and direction: `table` has 1 for the flags it holds for."""

    table: bytes
    weight = _FAINT

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        return bool(self.table[look.flags])

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        return list(compress(range(low, high), bytes(segment.flags[low:high]).translate(self.table))), True

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int]:
        """As `Node.sift`."""
        table, flags = self.table, segment.flags
        return [row for row in rows if table[flags[row]]]


@dataclass(frozen=True)
class OfNumber(Node):
    """A number of the row is `low` to `high`, both included; `high` None means no limit."""

    column: Column
    low: int
    high: int | None
    negated: bool
    weight = _FAINT

    def _fits(self, number: int) -> bool:
        return (self.low <= number and (self.high is None or number <= self.high)) is not self.negated

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        if self.column == "size":
            return self._fits(len(look.payload))
        if self.column == "time":
            return self._fits(look.time_ns)
        return self._fits(look.index if self.column == "index" else look.connection)

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        return self.sift(segment, range(low, high)), True

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int]:
        """As `Node.sift`."""
        fits = self._fits
        if self.column == "connection":
            return rows if fits(segment.connection) else ()
        if self.column == "index":
            first = segment.first
            return [row for row in rows if fits(first + row)]
        if self.column == "time":
            times = segment.times
            return [row for row in rows if fits(times[row])]
        starts, bounds = segment.starts, segment.bounds
        return [row for row in rows if fits(bounds[row + 1] - starts[row])]


@dataclass(frozen=True)
class OfPayload(Node):
    """A condition of the payload, and of the decoded value unless only `bytes` count."""

    condition: Condition
    bytes: bool = False

    @property
    def weight(self) -> float:  # type: ignore[override]
        """As `Node.weight`."""
        return 0 if self.condition.negated else len(self.condition.needle)

    @property
    def cost(self) -> int:  # type: ignore[override]
        """As `Node.cost`."""
        return _COST[type(self.condition)]

    @property
    def needles(self) -> tuple[Needle, ...]:
        """As `Node.needles`."""
        condition = self.condition
        if condition.negated or not condition.needle:
            return ()
        return (condition.needle, condition.folded), *((other, False) for other in condition.others)

    @property
    def asked(self) -> Callable[[Look], bool]:
        """As `Node.asked`."""
        return self.condition.holds

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        held = self._holds(look)
        if not held and not self.bytes and (decoded := look.decoded) is not None:
            held = self._holds(decoded)
        return held is not self.condition.negated

    def _holds(self, look: Look) -> bool:
        return self.condition.possible(look.payload) and self.condition.holds(look)

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`; for a condition that has a needle and is not negated."""
        rows, exact = self._find(segment, low, high)
        decoded = None if self.bytes else segment.decoded_rows(high)
        if decoded is None:
            return rows, exact
        more, exact_too = self._find(decoded, low, high)
        aside = [row for row in decoded.aside if low <= row < high]
        if more or aside:
            rows = sorted({*rows, *more, *aside})
        return rows, exact and exact_too and not aside

    def _find(self, segment: Segment | DecodedRows, low: int, high: int) -> tuple[Sequence[int], bool]:
        condition = self.condition
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
        for other in _present(condition, segment, start, end):
            more.update(_find(other, segment.data, segment, range(low, high)))
        more.difference_update(rows)
        return (sorted(more.union(rows)) if more else rows), isinstance(condition, Contains) and not more

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int] | None:
        """As `Node.sift`."""
        condition = self.condition
        if not isinstance(condition, Contains):
            return None
        decoded = None if self.bytes else segment.decoded_rows(rows[-1] + 1)
        if decoded is not None and decoded.aside:
            return None
        needle, wanted = condition.needle, not condition.negated
        held: set[int] = set()
        for where in (segment, decoded) if decoded is not None else (segment,):
            data, starts, bounds = where.data, where.starts, where.bounds
            if _present(condition, where, starts[rows[0]], bounds[rows[-1] + 1]):
                return None
            found = [row for row in rows if data.find(needle, starts[row], bounds[row + 1]) >= 0]
            if decoded is None and wanted:
                return found
            held.update(found)
        return [row for row in rows if (row in held) is wanted]


@dataclass(frozen=True)
class OfDecoder(Node):
    """A text or binary message of a connection whose decoder has one of these `names`."""

    names: frozenset[str]
    negated: bool
    weight = _FAINT

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        found = _is_data(look.flags) and look.source is not None and look.source.decoder() in self.names
        return found is not self.negated

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        return self.sift(segment, range(low, high)), True

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int]:
        """As `Node.sift`."""
        named = segment.meanings is not None and segment.meanings.name(segment.connection) in self.names
        flags, negated = segment.flags, self.negated
        return [row for row in rows if (named and _is_data(flags[row])) is not negated]


@dataclass(frozen=True)
class OfLabel(Node):
    """The line that a decoder writes about a message contains one of `texts`, or has a match of `pattern`."""

    texts: tuple[str, ...]
    caseless: bool
    pattern: Pattern | None
    negated: bool
    cost = 1

    def holds(self, look: Look) -> bool:
        """As `Node.holds`; raises `SlowPatternError` when a pattern has to be stopped."""
        meaning = look.meaning
        return (meaning is not None and self._fits(meaning.label)) is not self.negated

    def _fits(self, label: str) -> bool:
        if self.pattern is not None:
            return self.pattern.search(label)
        label = label.casefold() if self.caseless else label
        return any(text in label for text in self.texts)

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        return range(low, high), False


@dataclass(frozen=True)
class OfBookmark(Node):
    """The row has a bookmark, whose note contains one of `texts` where there are any."""

    texts: tuple[str, ...]
    caseless: bool
    negated: bool
    weight = _FAINT

    def _fits(self, note: str | None) -> bool:
        if note is None or not self.texts:
            return (note is not None) is not self.negated
        note = note.casefold() if self.caseless else note
        return any(text in note for text in self.texts) is not self.negated

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        return self._fits(None if look.source is None else look.source.note())

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        return self.sift(segment, range(low, high)), True

    def sift(self, segment: Segment, rows: Sequence[int]) -> Sequence[int]:
        """As `Node.sift`."""
        first, notes = segment.first, dict[int, str]()
        if segment.meanings is not None:
            notes = segment.meanings.notes(first + rows[0], first + rows[-1] + 1)
        if not notes:  # nearly everywhere
            return rows if self.negated else ()
        return [row for row in rows if self._fits(notes.get(first + row))]


@dataclass(frozen=True)
class All(Node):
    """All of `nodes` hold."""

    nodes: tuple[Node, ...]

    @property
    def weight(self) -> float:  # type: ignore[override]
        """As `Node.weight`."""
        return max(node.weight for node in self.nodes)

    @property
    def needles(self) -> tuple[Needle, ...]:
        """As `Node.needles`: those that narrow most."""
        return max(self.nodes, key=lambda node: bool(node.needles) * node.weight).needles if self.nodes else ()

    @property
    def cost(self) -> int:  # type: ignore[override]
        """As `Node.cost`."""
        return sum(node.cost for node in self.nodes)

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        return all(node.holds(look) for node in self.nodes)

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`."""
        rows, left = self.narrow(segment, low, high)
        return rows, not left

    def narrow(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], list[Callable[[Look], bool]]]:
        """Find the rows for which all may hold.

        Parameters
        ----------
        segment, low, high
            As for `find`.

        Returns
        -------
        (sequence of int, list of callable)
            Row numbers, rising; and what is left to be asked of each, what costs least first.
        """
        rows: Sequence[int] = range(low, high)
        left: list[tuple[int, Callable[[Look], bool]]] = []
        # The longest literal leads: the longer, the rarer it is, and the faster the search jumps.
        leader = max(self.nodes, key=lambda node: node.weight, default=None)
        if leader is not None and not leader.weight:
            leader = None
        if leader is not None:
            flags = next((node for node in self.nodes if isinstance(node, OfFlags)), leader)
            if isinstance(flags, OfFlags) and 1 not in bytes(segment.flags[low:high]).translate(flags.table):
                return (), []
            rows, exact = leader.find(segment, low, high)
            if not exact:
                decoded = segment.decoded_rows(high) is not None
                left.append((leader.cost, leader.holds if decoded else leader.asked))
        for node in self.nodes:
            if not rows:
                return (), []
            if node is not leader:
                kept = node.sift(segment, rows)
                if kept is None:
                    left.append((node.cost, node.holds))
                else:
                    rows = kept
        return rows, [asked for _, asked in sorted(left, key=lambda one: one[0])]


@dataclass(frozen=True)
class Any(Node):
    """At least one of `nodes` holds."""

    nodes: tuple[Node, ...]

    @property
    def weight(self) -> float:  # type: ignore[override]
        """As `Node.weight`."""
        return min(node.weight for node in self.nodes)

    @property
    def needles(self) -> tuple[Needle, ...]:
        """As `Node.needles`: those of each."""
        every = [node.needles for node in self.nodes]
        return tuple(needle for needles in every for needle in needles) if all(every) else ()

    @property
    def cost(self) -> int:  # type: ignore[override]
        """As `Node.cost`."""
        return sum(node.cost for node in self.nodes)

    def holds(self, look: Look) -> bool:
        """As `Node.holds`."""
        return any(node.holds(look) for node in self.nodes)

    def find(self, segment: Segment, low: int, high: int) -> tuple[Sequence[int], bool]:
        """As `Node.find`; where each has a weight."""
        found: set[int] = set()
        every = True
        for node in self.nodes:
            rows, exact = node.find(segment, low, high)
            found.update(rows)
            every = every and exact
        return sorted(found), every


class _RowSource:
    """As `look.Decodable`: a row of a segment."""

    __slots__ = ("_decoded", "_row", "_segment")

    def __init__(self, segment: Segment, row: int, decoded: DecodedRows | None) -> None:
        self._segment = segment
        self._row = row
        self._decoded = decoded

    def decoder(self) -> str | None:
        meanings = self._segment.meanings
        return None if meanings is None else meanings.name(self._segment.connection)

    def note(self) -> str | None:
        segment = self._segment
        index = segment.first + self._row
        return None if segment.meanings is None else segment.meanings.notes(index, index + 1).get(index)

    def meaning(self) -> Meaning | None:
        decoded, row = self._decoded, self._row
        if decoded is None:
            return None
        label = decoded.labels[row]
        if label is None:
            return None
        text = self._segment.decoded_text(row, decoded)
        return Meaning(decoded.decoder, text, label or beginning(text or self._segment.payload(row, LABEL_BYTES)))


def _is_data(flags: int) -> bool:
    return flags & (KIND_MASK | INCOMPLETE) in (CODES["text"], CODES["binary"])


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
        self.begin()
        #: The row that took longest so far, and its seconds.
        self.slowest = (-1, 0.0)

    def begin(self) -> None:
        """Count from now: what was done for all rows together is no row's."""
        self._last = self._clock()

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


def ask(
    questions: Sequence[Callable[[Look], bool]], segment: Segment, rows: Sequence[int], stop: int, watch: Watch
) -> tuple[Sequence[int], int]:
    """Keep the rows for which all questions are answered with yes, as far as the time allows.

    Parameters
    ----------
    questions : sequence of callable
        What to ask of each, in this order.
    segment : Segment
        Open or sealed.
    rows : sequence of int
        Row numbers, rising.
    stop : int
        Before which row the search ends.
    watch : Watch
        The time; at least one row is looked at.

    Returns
    -------
    (sequence of int, int)
        The rows kept, and before which row the search ended: `stop`, or earlier when the time was up.

    Raises
    ------
    SlowPatternError
        A regular expression had to be stopped.
    """
    data, starts, bounds, flags, times = segment.data, segment.starts, segment.bounds, segment.flags, segment.times
    first, connection = segment.first, segment.connection
    decoded = segment.decoded_rows(stop)
    if decoded is not None:
        watch.begin()
    kept = []
    for row in rows:
        look = Look(bytes(data[starts[row] : bounds[row + 1]]), flags[row], first + row, times[row], connection)
        if segment.meanings is not None:
            look.source = _RowSource(segment, row, decoded)
        try:
            for holds in questions:
                if not holds(look):
                    break
            else:
                kept.append(row)
        except SlowPatternError as error:
            error.index = first + row
            raise
        if watch.late(row):
            return kept, row + 1
    return kept, stop


def _present(condition: Condition, segment: Segment | DecodedRows, start: int, end: int) -> list[bytes]:
    """List the rare bytes of a condition that may be in a part of a segment: where their first byte is (a backslash, mostly)."""
    data = segment.data
    firsts = {first for first in {other[:1] for other in condition.others} if data.find(first, start, end) >= 0}
    present = [other for other in condition.others if other[:1] in firsts] if firsts else []
    if ESCAPE_LOW in present and not ESCAPED_ASCII.search(data, start, end):
        present.remove(ESCAPE_LOW)  # Latin letters: they hide no ASCII
    return present


def _find(
    needle: bytes, data: bytes | bytearray, segment: Segment | DecodedRows, rows: range, shift: int = 0
) -> list[int]:
    """Rows whose payload contains `needle`; `data` begins at offset `shift` of the segment's."""
    find, length, starts, bounds = data.find, len(needle), segment.starts, segment.bounds
    low, high = rows.start, rows.stop
    at, limit = starts[low], bounds[high]
    hits: list[int] = []
    row = low
    piece = max(_PIECE, 2 * length)  # longer than the needle: the next piece must begin behind this one's beginning
    while at < limit:
        place = find(needle, at - shift, min(limit, at + piece) - shift)
        if place < 0:
            # The next piece overlaps, so that nothing hides on the seam.
            at = limit if at + piece >= limit else at + piece - length + 1
            continue
        place += shift
        row = bisect_right(starts, place, row, high) - 1
        if place + length <= bounds[row + 1]:
            hits.append(row)
            if len(hits) == _DENSE and row - low < 4 * _DENSE:
                begin: Iterable[int] = starts[row + 1 : high]
                end: Iterable[int] = bounds[row + 2 : high + 1]
                if shift:
                    begin, end = ([place - shift for place in places] for places in (begin, end))
                rest = zip(range(row + 1, high), begin, end, strict=True)
                return hits + [number for number, start, stop in rest if find(needle, start, stop) >= 0]
        # Nothing else of this row is of interest: it hit, or the needle only begins in it or in the header behind it,
        # and so would every later one.
        at = limit if row + 1 == high else starts[row + 1]
    return hits


def _finditer(segment: Segment | DecodedRows, low: int, high: int, pattern: re.Pattern[bytes]) -> list[int]:
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
