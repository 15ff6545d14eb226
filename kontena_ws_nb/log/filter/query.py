"""`Query` and `Scan`: which rows of a log a filter wants, found at C speed and in slices.

Any thread; a `Scan` belongs to one thread at a time.

Words look at the payload's bytes and at what a person reads, regexes at its text, paths at its JSON, whether the kind
is text or binary. `search` has the tree of what is asked, and how rows are found.
"""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from ...decoders.decoder import Decoded
from ...decoders.plain import Plain
from ...redaction.payloads import mask
from ..backing import PAGE
from ..decoded_rows import beginning
from ..decoding import payload_says_all, text_of
from ..kinds import CODES, KIND_MASK, KINDS
from ..segment import SENT, Segment
from ..sequence import Reading
from . import grammar
from .conditions import compile_condition
from .grammar import QueryError
from .look import Look, Meaning
from .patterns import SlowPatternError, stoppable
from .search import All, Any, Column, Node, OfBookmark, OfDecoder, OfFlags, OfLabel, OfNumber, OfPayload, Watch, ask

__all__ = ["Query", "QueryError", "Scan", "look_at"]

_logger = logging.getLogger("kontena_ws_nb.log")

#: Rows looked at between two glances at the clock, when looking costs next to nothing.
_STRIDE: Final = 4096

#: Connections in a file whose decoders are asked for.
_CONNECTIONS: Final = 64

#: A filter that needs more than this for one message is worth telling (seconds).
_SLOW: Final = 0.1


class Matchable(Protocol):
    """What a `Query` asks of a message."""

    @property
    def index(self) -> int:
        """Permanent index."""

    @property
    def connection(self) -> int:
        """Number of the connection."""

    @property
    def direction(self) -> str:
        """``"received"`` or ``"sent"``."""

    @property
    def kind(self) -> str:
        """As `Message.kind`."""

    @property
    def time_ns(self) -> int:
        """Nanoseconds since the epoch."""

    @property
    def payload(self) -> bytes:
        """The bytes."""

    @property
    def decoder(self) -> str | None:
        """The name of its connection's decoder; None when there is none."""

    def decode(self) -> Decoded | None:
        """As `Message.decode`."""

    @property
    def note(self) -> str | None:
        """The note of its bookmark; None when it has none."""


class Query:
    """A filter, ready to be asked.

    Parameters
    ----------
    text : str
        As it was typed.
    terms : sequence of grammar.Term
        What was read from it.

    Examples
    --------
    >>> Query.parse("trade -heartbeat size:>1k")
    Query('trade -heartbeat size:>1k')
    """

    def __init__(self, text: str, terms: Sequence[grammar.Term]) -> None:
        self.text = text
        self.terms = tuple(terms)
        self._all = All(_joined(_node(term, False) for term in self.terms))
        #: Of the durations side by side (``since:10s``) the shortest, in nanoseconds: in a live view it moves with the
        #: clock. One within ``or`` or ``not`` counts from when the filter was read.
        self.window_ns = min(
            (
                term.ago_ns
                for term in self.terms
                if isinstance(term, grammar.Since) and term.ago_ns is not None and not term.negated
            ),
            default=None,
        )
        #: Rows between two glances at the clock: the fewer, the more there is to ask of each.
        self.stride = max(16, _STRIDE // max(1, sum(bool(node.cost) for node in self._all.nodes)))
        #: As `Node.needles`.
        self.needles = self._all.needles
        #: Whether it asks for bookmarks: what was found is void when these change.
        self.bookmarks = _asks_for(self.terms, grammar.Bookmarked)
        #: Whether it asks for times.
        self.times = _asks_for(self.terms, grammar.Since, grammar.Before)

    @classmethod
    def parse(cls, text: str, now_ns: int | None = None) -> Query:
        """Read a filter.

        Parameters
        ----------
        text : str
            The filter grammar; empty matches everything.
        now_ns : int, optional
            What ``since:10s`` counts back from; now by default.

        Returns
        -------
        Query

        Raises
        ------
        QueryError
            With the position of the mistake.
        """
        return cls(text, grammar.parse(text, now_ns))

    def __bool__(self) -> bool:
        """Whether it excludes anything at all."""
        return bool(self.terms)

    def __repr__(self) -> str:
        return f"Query({mask(self.text)!r})"

    def match(self, message: Matchable) -> bool:
        """Ask for one message.

        Parameters
        ----------
        message : Message
            Or anything with its ``direction kind time_ns payload``.

        Returns
        -------
        bool
        """
        return self.holds(look_at(message, message.payload))

    def holds(self, look: Look) -> bool:
        """Ask for one message that other filters are asked for too.

        Parameters
        ----------
        look : Look
            From `look_at`.

        Returns
        -------
        bool
        """
        return self._all.holds(look)

    @property
    def reads(self) -> bool:
        """Whether it has to look into payloads, not only at their sizes, kinds, times and the like."""
        return self._all.cost > 0

    def scan(self, log: Reading, start: int | None = None, stop: int | None = None) -> array[int]:
        """Search a log to its end.

        Parameters
        ----------
        log : Reading
            What to search.
        start, stop : int, optional
            Permanent indexes; everything kept by default.

        Returns
        -------
        array of uint64
            Permanent indexes of the hits, rising.

        Raises
        ------
        SlowPatternError
            A regular expression had to be stopped; its ``index`` tells on which row.
        """
        scan = Scan(self, log, start)
        hits = scan.step(stop=stop)
        if scan.stopped is not None:
            raise scan.stopped
        return hits

    def rows(self, segment: Segment, low: int, high: int, watch: Watch) -> tuple[Sequence[int], int]:
        """Search some rows of a segment, as far as the time allows.

        Parameters
        ----------
        segment : Segment
            Open or sealed.
        low, high : int
            Which of its published rows.
        watch : Watch
            The time; at least one row is looked at.

        Returns
        -------
        (sequence of int, int)
            Row numbers, rising, and before which row the search ended: `high`, or earlier when the time was up.
        """
        rows, left = self._all.narrow(segment, low, high)
        return ask(left, segment, rows, high, watch) if left else (rows, high)


def look_at(message: Matchable, payload: bytes | memoryview) -> Look:
    """Make the look at a message that filters share.

    Parameters
    ----------
    message : Matchable
        What they are asked for.
    payload : bytes-like
        Its payload; a view of it is enough for those that do not read it.

    Returns
    -------
    Look
    """
    flags = CODES[message.kind] | (SENT if message.direction == "sent" else 0)
    source = _MessageSource(message)
    return Look(payload, flags, message.index, message.time_ns, message.connection, source)  # type: ignore[arg-type]


class _MessageSource:
    """As `look.Decodable`: a message."""

    def __init__(self, message: Matchable) -> None:
        self._message = message

    def decoder(self) -> str | None:
        return self._message.decoder

    def note(self) -> str | None:
        return self._message.note

    def meaning(self) -> Meaning | None:
        message = self._message
        if payload_says_all(message.kind, message.decoder):
            return None  # as in `Decoding.rows`
        found = message.decode()
        if found is None:
            return None
        written = text_of(found, message.payload)
        # JSON that nothing had to be done about is found, and exactly, in the payload.
        text = b"" if not found.label and message.kind == "text" else written
        return Meaning(self.decoder() or "", text, found.label or beginning(written or message.payload))


class Scan:
    """A search of a growing log that can be stopped between slices and goes on where it was.

    Parameters
    ----------
    query : Query
        What is looked for.
    log : Reading
        Where.
    start : int, optional
        Permanent index to begin at; the oldest kept by default.
    clock : callable, optional
        Seconds, rising; for tests.
    worked : callable, optional
        Seconds of processor time of this thread; for tests.
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
        #: Permanent index of the next row to look at.
        self.position = log.first_index if start is None else max(start, 0)
        #: What to tell people when the filter is slow (a regex that backtracks, say); else None. Also a warning of the
        #: logger, once.
        self.slow: str | None = None
        #: The error of a pattern that took too long for the row at `position`, or of a file that cannot be read there. It
        #: ends the search, because later rows may take as long, or cannot be read either.
        self.stopped: SlowPatternError | OSError | None = None
        self._clock = clock
        self._worked = worked

    @property
    def done(self) -> bool:
        """Whether everything that is there has been looked at."""
        return self.position >= self.log.next_index

    @property
    def _ended(self) -> bool:
        return self.stopped is not None

    def step(self, deadline: float | None = None, stop: int | None = None) -> array[int]:
        """Go on searching, to the end or until the time is up.

        Parameters
        ----------
        deadline : float, optional
            On the clock (`time.monotonic`). Looked at between rows where each costs, else between slices; at least one
            is searched, so that a late caller still gets on.
        stop : int, optional
            Permanent index to stop before.

        Returns
        -------
        array of uint64
            Permanent indexes of the hits of this step, rising.
            Nothing once the search is `stopped`.
        """
        hits = array("Q")
        if self.stopped is None:
            try:
                self._step(hits, deadline, stop)
            except OSError as error:
                self.stopped = error
        return hits

    def _step(self, hits: array[int], deadline: float | None, stop: int | None) -> None:
        limit = self.log.next_index if stop is None else min(stop, self.log.next_index)
        for segment, start, high in self._stretches(limit):
            if segment is None:
                self.position = max(self.position, high)
                if deadline is not None and self._clock() >= deadline:
                    return
                continue
            low = start
            while low < high:
                watch, worked = Watch(self._clock, deadline), self._worked()
                rows, low = self._rows(segment, low, min(low + self.query.stride, high), watch)
                hits.extend([segment.first + row for row in rows])
                self.position = segment.first + low
                if self._ended:
                    return
                if watch.slowest[1] >= _SLOW and self.slow is None:
                    # Or the thread had to wait meanwhile.
                    self._report(segment, watch.slowest[0], min(watch.slowest[1], self._worked() - worked))
                if deadline is not None and self._clock() >= deadline:
                    return
        # Rows that retention dropped or clear() removed in between are gone for the search too.
        self.position = max(self.position, limit)

    def _stretches(self, limit: int) -> Iterator[tuple[Segment | None, int, int]]:
        """Give segments and the rows of them that are to be searched; None and an index up to which there is no more."""
        backing = self.log.backing
        if backing is not None and self.position < self.log.in_memory() and self.query:
            needles = self.query.needles if self._payload_says_all() else ()
            stop = min(limit, self.log.in_memory(), backing.stop)
            low = max(self.position, self.log.first_index)
            while low < stop:
                high = min((low // PAGE + 1) * PAGE, stop)
                for segment in backing.sought(needles, low, high, times=self.query.times):
                    yield segment, max(0, low - segment.first), segment.count
                low = high
                yield None, 0, low
        for segment in self.log.segments(self.position):
            if segment.first >= limit:
                return  # of a file, the rest is not read
            yield segment, max(0, self.position - segment.first), min(segment.count, limit - segment.first)

    def _payload_says_all(self) -> bool:
        """Whether nothing is decoded in the file but what is JSON or binary."""
        last = next(self.log.backwards(self.log.in_memory()), None)
        connections = 0 if last is None else last.connection + 1
        name = self.log.meanings.name
        return connections <= _CONNECTIONS and {*map(name, range(1, connections + 1))} <= {None, Plain.name}

    def _rows(self, segment: Segment, low: int, high: int, watch: Watch) -> tuple[Sequence[int], int]:
        """Search some rows, up to the first on which a pattern has to be stopped."""
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
        size = segment.bounds[row + 1] - segment.starts[row]
        self.slow = f"this filter took {seconds:.2g} s for message {segment.first + row} ({size:,} bytes)"
        _logger.warning("slow filter %s: %s", mask(self.query.text, 0, 200), self.slow)


def _node(term: grammar.Term, negate: bool) -> Node:
    """Make the tree of a term; what negates goes to the leaves."""
    negated = term.negated is not negate
    if isinstance(term, (grammar.Every, grammar.Some)):
        parts = [_node(part, negated) for part in term.terms]
        if isinstance(term, grammar.Every) is not negated:
            return All(_joined(parts))
        return Any(tuple(dict.fromkeys(parts)))
    if isinstance(term, (grammar.Direction, grammar.Kind)):
        return OfFlags(_flag_table(term, negated))
    if isinstance(term, grammar.Between):
        return OfNumber(_COLUMNS[type(term)], term.low, term.high, negated)
    if isinstance(term, grammar.Decoder):
        return OfDecoder(term.values, negated)
    if isinstance(term, grammar.Label):
        texts = tuple(map(str.casefold, term.texts)) if term.caseless else term.texts
        pattern = None if term.pattern is None else stoppable(term.pattern)
        return OfLabel(texts, term.caseless, pattern, negated)
    if isinstance(term, grammar.Bookmarked):
        texts = tuple(map(str.casefold, term.texts)) if term.caseless else term.texts
        return OfBookmark(texts, term.caseless, negated)
    if isinstance(term, grammar.Since):
        return OfNumber("time", term.time_ns, None, negated)
    if isinstance(term, grammar.Before):
        return OfNumber("time", term.time_ns, None, not negated)
    assert isinstance(term, (grammar.Word, grammar.Regex, grammar.Hex, grammar.Path))
    return OfPayload(compile_condition(term, negated), isinstance(term, grammar.Hex))


def _asks_for(terms: Iterable[grammar.Term], *kinds: type) -> bool:
    return any(
        isinstance(term, kinds) or (isinstance(term, (grammar.Every, grammar.Some)) and _asks_for(term.terms, *kinds))
        for term in terms
    )


_COLUMNS: Final[Mapping[type[grammar.Between], Column]] = {
    grammar.Size: "size",
    grammar.Connection: "connection",
    grammar.Index: "index",
}


def _joined(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Put what must all hold on one level; what is written twice is asked once, and flags are one table."""
    flat: dict[Node, None] = {}
    table: bytes | None = None
    for node in nodes:
        for part in node.nodes if isinstance(node, All) else (node,):
            if isinstance(part, OfFlags):
                table = bytes(map(int.__and__, table, part.table)) if table is not None else part.table
            else:
                flat[part] = None
    return (*((OfFlags(table),) if table is not None else ()), *sorted(flat, key=lambda part: part.cost))


def _flag_table(term: grammar.Direction | grammar.Kind, negated: bool) -> bytes:
    """256 answers, one for every value of a row's flags."""
    table = bytearray(256)
    for flags in range(256):
        kind, direction = KINDS.get(flags & KIND_MASK), "sent" if flags & SENT else "received"
        table[flags] = ((kind if isinstance(term, grammar.Kind) else direction) in term.values) is not negated
    return bytes(table)
