"""`RecordedRows`: the messages of one recorded session as segments of a log, read from the file as they are asked for.

A page is one statement, and SQLite joins its rows by itself: a statement that gives them one by one would give the GIL
away for each. Any thread.

Whoever changed the file may have put values of any type in its columns: a page that has any the log could not hold is an
`OSError` (EIO), as a damaged one is.
"""

from __future__ import annotations

import errno
import json
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import accumulate
from sqlite3 import Connection
from sys import byteorder
from typing import Any, Final, NamedTuple

from ..log.backing import PAGE, Needle
from ..log.kinds import KIND_MASK, KINDS
from ..log.segment import Decodes, Segment
from ..protocol.frames import BINARY
from ..system import forks
from .schema import INDEX_BITS

#: Rows that are read when somebody looks at one here and there.
_LOOK: Final = 256
#: A page of smaller payloads is no load on memory.
_SMALL: Final = 8192
#: Bytes of payload that one statement gives at most, unless a row has more.
_BYTES: Final = 4 << 20
#: Bytes of pages that are kept.
_KEPT: Final = 16 << 20
#: Bytes a row costs besides its payload.
_ROW: Final = 32
#: As many frames of a message as are told.
_MOST: Final = 0xFFFFFF
#: Numbers of connections that fit into tables.
_CONNECTIONS: Final = range(1 << 31)
#: Flags of a row.
_FLAGS: Final = bytes(flags for flags in range(256) if flags & KIND_MASK in KINDS)

_BINARY: Final = frozenset(flags for flags in _FLAGS if flags & KIND_MASK == BINARY)

_WHERE: Final = "FROM messages WHERE id >= ? AND id < ?"
_PLAN: Final = f"SELECT count(*), min(id), max(id), min(connection), max(connection), sum(length(payload)) {_WHERE}"
# 16 bytes a row, unless a number is out of its range: time, flags, fragments, size.
_PAGE: Final = f"""SELECT CAST(group_concat(payload, '') AS BLOB),
    group_concat(printf('%016x%02x%06x%08x', time_ns, flags, min(fragments, {_MOST}), length(payload)), '') {_WHERE}"""
# What a search looks at takes half the time: no times, and one number a row.
_SOUGHT: Final = f"""SELECT CAST(group_concat(CASE WHEN length(payload) < {_SMALL} THEN payload END, '') AS BLOB),
    group_concat(length(payload) << 8 | flags), min(connection), max(connection) {_WHERE}"""
# Two thirds of that: only whether there is something. The largest payload, or more if one is binary.
_GLANCE: Final = f"""SELECT CAST(group_concat(CASE WHEN length(payload) < {_SMALL} THEN payload END, '') AS BLOB),
    max(length(payload) + (flags & {KIND_MASK} = {BINARY}) * {_SMALL}) {_WHERE}"""
_ROW_ALONE: Final = f"SELECT CAST(payload AS BLOB), time_ns, flags, min(fragments, {_MOST}) {_WHERE}"
_NEXT: Final = f"SELECT id, connection {_WHERE} ORDER BY id LIMIT 1"
_CONTROLS: Final = """SELECT group_concat("index") FROM messages
WHERE session = ? AND "index" >= ? AND "index" < ? AND flags & 15 IN (9, 10)"""
_HEADS: Final = f"SELECT id, connection, length(payload) {_WHERE} ORDER BY id"


class _Run(NamedTuple):
    """Rows that follow each other, of one connection."""

    start: int
    stop: int
    connection: int


class RecordedRows:
    """The messages of a session in a file: a `Backing`.

    Parameters
    ----------
    borrow : callable
        Gives a connection to the file, for a while.
    session : int
        The session's number there.
    first, stop : int
        The permanent indexes of its first row, and one past its last.
    missing : int, default 0
        How many between them are not there.
    before : int, default 0
        As for `Backing`.
    """

    def __init__(
        self,
        borrow: Callable[[], AbstractContextManager[Connection]],
        session: int,
        first: int,
        stop: int,
        *,
        missing: int = 0,
        before: int = 0,
    ) -> None:
        self.first = first
        #: Raised by the recorder, once what is below is in the file.
        self.stop = stop
        self.before = before
        self.meanings: Decodes | None = None
        self.problem = ""
        self._missing = missing
        self._gaps: list[tuple[int, int]] = []
        self._borrow = borrow
        self._base = session << INDEX_BITS
        self._pages: OrderedDict[tuple[int, int], Segment] = OrderedDict()
        self._size = 0
        #: Whether the page that a search looked at last had nothing: the next one will not, either. It costs time, if not.
        self._rare = True
        self._lock = forks.lock()

    def lose(self, start: int, stop: int) -> None:
        """Note rows that could not be written.

        Parameters
        ----------
        start, stop : int
            Between which permanent indexes.
        """
        self._gaps.append((start, stop))

    def missing(self, first: int) -> int:
        """As `Backing.missing`."""
        known = sum(stop - max(start, first) for start, stop in self._gaps if stop > first)
        return known + (self._missing if first <= self.first else 0)

    # ---- reading

    def segments(self, start: int, stop: int, *, backwards: bool = False) -> Iterator[Segment]:
        """As `Backing.segments`."""
        start, stop = max(start, self.first), min(stop, self.stop)
        if start >= stop:
            return
        pages = range(start // PAGE, (stop - 1) // PAGE + 1)
        for page in reversed(pages) if backwards else pages:
            runs = self._runs(page * PAGE, min((page + 1) * PAGE, stop))
            for run in reversed(runs) if backwards else runs:
                if run.stop > start:
                    yield self._segment(run)

    def locate(self, index: int) -> tuple[Segment, int] | None:
        """As `Backing.locate`."""
        if not self.first <= index < self.stop:
            return None
        with self._lock:
            for segment in reversed(self._pages.values()):
                if segment.first <= index < segment.first + segment.count:
                    return segment, index - segment.first
        low = index // _LOOK * _LOOK
        for run in self._runs(low, min(low + _LOOK, self.stop)):
            if run.start <= index < run.stop:
                return self._segment(run), index - run.start
        return None

    def sought(self, needles: Sequence[Needle], start: int, stop: int, *, times: bool) -> Iterator[Segment]:
        """As `Backing.sought`."""
        start, stop = max(start, self.first), min(stop, self.stop)
        if needles and (times or self._rare):
            data, most = self._ask(_GLANCE, start, stop)
            if (most or 0) < _SMALL and not _holds(data or b"", needles):  # NULL, if no payload has any
                return
        if not times:
            data, numbers, connection, last = self._ask(_SOUGHT, start, stop)
            data = data or b""
            held = not needles or _holds(data, needles)
            # Whatever is no int, a range would look for among all of its numbers.
            if connection == last and type(connection) is int and connection in _CONNECTIONS:
                found = self._lean(_Run(start, stop, connection), data, numbers or b"")  # NULL, if no row has a payload
                if found is not None:
                    self._rare = not held and not _BINARY.intersection(found.flags)
                    if not self._rare:
                        yield found
                    return
        yield from self.segments(start, stop)

    def _lean(self, run: _Run, data: bytes, numbers: bytes) -> Segment | None:
        """Make a segment without times; None where a row is missing, or cannot be one that was recorded."""
        rows = run.stop - run.start
        try:
            packed = json.loads(b"[%b]" % numbers)  # in half the time of `map(int, …)`
            flags = array("Q", packed).tobytes()[0 if byteorder == "little" else 7 :: 8]
            bounds = array("I", accumulate([number >> 8 for number in packed], initial=0))
        except OverflowError:  # one is negative, or all are too much
            return None
        if len(packed) != rows or flags.translate(None, _FLAGS) or bounds[-1] != len(data):
            return None
        times, fragments = array("q", bytes(8 * rows)), dict[int, int]()
        return Segment(
            run.start,
            0,
            run.connection,
            data,
            bounds,
            times,
            flags,
            rows,
            fragments,
            meanings=self.meanings,
        )

    def controls(self, start: int, stop: int) -> list[int]:
        """As `Backing.controls`."""
        with self._reading() as connection:
            session = self._base >> INDEX_BITS
            found = connection.execute(_CONTROLS, (session, max(start, self.first), min(stop, self.stop))).fetchone()
        try:
            return _indexes(found)
        except ValueError:
            raise self._damaged() from None

    def begins(self, connection: int) -> int:
        """As `Backing.begins`."""
        low, high = self.first, self.stop
        while low < high:
            middle = (low + high) // 2
            found = self._ask(_NEXT, middle, high)
            if found is None or self._number(found[1]) >= connection:
                high = middle
            else:
                low = self._index(found[0]) + 1
        return low

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Use the file; what fails is an `OSError`, and kept to be told."""
        try:
            with self._borrow() as connection:
                yield connection
        except (OSError, ValueError) as error:  # ValueError: it is closed, or no recording any more
            self.problem = str(error)
            raise error if isinstance(error, OSError) else OSError(errno.EIO, self.problem) from error
        self.problem = ""

    def _damaged(self) -> OSError:
        """Say that a row cannot be one that was recorded."""
        self.problem = "a row of the recording cannot be read: somebody changed the file"
        return OSError(errno.EIO, self.problem)

    def _index(self, row: Any) -> int:
        if type(row) is int:  # an id is one only in tables that we made
            return row - self._base
        raise self._damaged()

    def _number(self, connection: Any) -> int:
        if type(connection) is int and connection in _CONNECTIONS:
            return connection
        raise self._damaged()

    def _ask(self, statement: str, start: int, stop: int, *more: Any) -> Any:
        with self._reading() as connection:
            return connection.execute(statement, (self._base + start, self._base + stop, *more)).fetchone()

    def _runs(self, start: int, stop: int) -> list[_Run]:
        """Divide rows by connections, gaps and bytes."""
        count, first, last, connection, other, size = self._ask(_PLAN, start, stop)
        size = size or 0  # NULL, if no row has a payload
        if not count:
            return []
        first, last = self._index(first), self._index(last)
        if connection == other and last - first + 1 == count and (size <= _BYTES or count == 1):
            return [_Run(first, last + 1, self._number(connection))]
        runs: list[_Run] = []
        with self._reading() as file:
            heads = file.execute(_HEADS, (self._base + start, self._base + stop)).fetchall()
        sum_of_run = 0
        for row, connection, size in heads:
            index, number = self._index(row), self._number(connection)
            run = runs[-1] if runs else None
            length = size or 0
            sum_of_run += length
            if run is not None and run.stop == index and run.connection == number and sum_of_run <= _BYTES:
                runs[-1] = _Run(run.start, index + 1, number)
            else:
                runs.append(_Run(index, index + 1, number))
                sum_of_run = length
        return runs

    def _segment(self, run: _Run) -> Segment:
        key = run.start, run.stop
        with self._lock:
            if (kept := self._pages.get(key)) is not None:
                self._pages.move_to_end(key)
                return kept
        segment = self._read_row(run) if run.stop - run.start == 1 else self._read(run)
        segment.meanings = self.meanings
        with self._lock:
            self._size += _cost(segment) * (key not in self._pages)  # another thread may have read it too
            self._pages[key] = segment
            while self._size > _KEPT and len(self._pages) > 1:
                self._size -= _cost(self._pages.popitem(last=False)[1])
        return segment

    def _read(self, run: _Run) -> Segment:
        data, heads = self._ask(_PAGE, run.start, run.stop)
        rows = run.stop - run.start
        if heads is None or len(heads) != 32 * rows:  # a number takes more digits, or a row is gone
            raise self._damaged()
        packed = bytes.fromhex(heads.decode())
        longs, words = array("q", packed), array("I", packed)
        if byteorder == "little":  # pragma: no branch
            longs.byteswap()
            words.byteswap()
        flags, sizes = packed[8::16], words[3::4]
        fragments = {}
        data = data or b""  # NULL, if no payload has any
        if flags.translate(None, _FLAGS) or sum(sizes) != len(data):  # of text, SQLite counts the characters
            raise self._damaged()
        if packed[9::16].count(0) + packed[10::16].count(0) + packed[11::16].count(1) < 3 * len(flags):
            fragments = {row: frames & 0xFFFFFF for row, frames in enumerate(words[2::4]) if frames & 0xFFFFFF != 1}
        bounds = array("I", accumulate(sizes, initial=0))
        return Segment(run.start, 0, run.connection, data, bounds, longs[0::2], flags, rows, fragments)

    def _read_row(self, run: _Run) -> Segment:
        found = self._ask(_ROW_ALONE, run.start, run.stop)
        if found is None or not all(type(value) is int for value in found[1:]):
            raise self._damaged()
        payload, time_ns, flags, frames = found
        if not 0 <= flags < 256 or flags & KIND_MASK not in KINDS or frames < 0:
            raise self._damaged()
        payload = payload or b""  # NULL
        bounds, fragments = array("I", (0, len(payload))), {} if frames == 1 else {0: frames}
        return Segment(
            run.start, 0, run.connection, payload, bounds, array("q", (time_ns,)), bytes((flags,)), 1, fragments
        )


def _holds(data: bytes, needles: Sequence[Needle]) -> bool:
    """Tell whether a needle is in payloads that stand back to back."""
    small = data.lower() if any(folded for _, folded in needles) else data
    # One byte is looked for ten times as fast: mostly there is no backslash, with which escapes begin.
    return any(
        needle[:1] in within and needle in within for needle, within in ((n, small if f else data) for n, f in needles)
    )


def _indexes(found: Any) -> list[int]:
    return [] if found[0] is None else list(map(int, found[0].split(b",")))


def _cost(segment: Segment) -> int:
    return len(segment.data) + _ROW * segment.count
