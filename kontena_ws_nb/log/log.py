"""`MessageLog`: append, index, wait, observe, retain.

What lives here: everything that orders and keeps rows. What must not: sockets, sessions, displays.

Who calls: one reader thread appends batches and must never wait for anybody; senders append single rows and may wait for their
index; everybody else reads without a lock. Appending is flat combining: every writer queues its rows, whoever holds the writer
role appends all that is queued, and nobody leaves while something is queued and the role is free. So the reader hands its batch
over instead of waiting, and a sender that needs its index waits microseconds.
"""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, overload

from ..wire.frames import Batch
from .message import Message, Row
from .observer import Observer
from .rows import Rows
from .segment import ADOPT_BYTES, CODES, KIND_MASK, KINDS, SENT, Segment

if TYPE_CHECKING:
    from .view import View

_FIRST = attrgetter("first")


class _Entry:
    """Rows waiting to be appended."""

    __slots__ = ("batch", "connection", "first", "time_ns")

    def __init__(self, batch: Batch | None, time_ns: int, connection: int) -> None:
        self.batch = batch  # None asks for clear()
        self.time_ns = time_ns
        self.connection = connection
        self.first = -1  # set when appended


class MessageLog(Sequence[Message]):
    """Every message of a session, in one order.

    ``log[n]`` is a permanent index: it never changes, and `IndexError` says when retention dropped the row. ``log[-1]`` is
    the newest, ``len(log)`` counts what is kept, iteration starts at ``first_index``.

    Parameters
    ----------
    max_bytes : int, optional
        Payload bytes to keep, 256 MiB by default; None keeps everything.
    max_messages : int, optional
        Rows to keep; None (the default) keeps everything.
    on_full : {"drop", "block", "close"}, default "drop"
        What a full log does; other than ``"drop"`` is acted upon by the session that writes it.
    """

    def __init__(
        self,
        max_bytes: int | None = 256 << 20,
        max_messages: int | None = None,
        on_full: Literal["drop", "block", "close"] = "drop",
    ) -> None:
        self.max_bytes = max_bytes
        self.max_messages = max_messages
        self.on_full = on_full
        self._segments: list[Segment] = []
        self._first = 0
        self._next = 0
        self._bytes = 0
        self._dropped = 0
        self._generation = 0
        self._queue: deque[_Entry] = deque()
        self._writer = threading.Lock()
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0
        self._observers: list[Observer] = []

    # ---- writing

    def append(self, batch: Batch, time_ns: int, connection: int = 1) -> None:
        """Append a decoded batch; never waits. Called by the reader thread.

        Parameters
        ----------
        batch : Batch
            Handed over: not used by anybody else afterwards.
        time_ns : int
            Arrival, nanoseconds since the epoch.
        connection : int, default 1
            Which connection of the session it came from.
        """
        self._queue.append(_Entry(batch, time_ns, connection))
        while self._queue and self._writer.acquire(blocking=False):
            self._combine()

    def add(self, kind: str, data: bytes, *, sent: bool = False, time_ns: int | None = None, connection: int = 1, flags: int = 0) -> int:
        """Append one row and tell its index. Called by senders and for lifecycle rows, on any thread.

        Parameters
        ----------
        kind : str
            As `Message.kind`.
        data : bytes
            Payload.
        sent : bool, default False
            Direction.
        time_ns : int, optional
            Nanoseconds since the epoch; now by default.
        connection : int, default 1
            Which connection of the session it belongs to.
        flags : int, default 0
            Further flag bits.

        Returns
        -------
        int
            The row's permanent index.
        """
        code = CODES[kind] | (SENT if sent else 0) | flags
        entry = _Entry(Batch(data, array("I", (len(data),)), bytes((code,))), time_ns or time.time_ns(), connection)
        self._submit(entry)
        return entry.first

    def clear(self) -> None:
        """Forget every row. Indexes go on: the next row is not 0 again."""
        self._submit(_Entry(None, 0, 0))

    def _submit(self, entry: _Entry) -> None:
        self._queue.append(entry)
        while entry.first < 0:
            self._writer.acquire()
            self._combine()
        while self._queue and self._writer.acquire(blocking=False):
            self._combine()

    def _combine(self) -> None:
        """Append what is queued, then give the writer role back."""
        try:
            while self._queue:
                entry = self._queue.popleft()
                if entry.batch is None:
                    self._segments = []
                    self._bytes, self._first = 0, self._next
                    self._generation += 1
                    entry.first = self._next
                elif entry.batch.ends:
                    first = self._next
                    self._write(entry.batch, entry.time_ns, entry.connection)
                    entry.first = first
                self._retain()
        finally:
            self._writer.release()
        if self._waiting:
            with self._changed:
                self._changed.notify_all()

    def _write(self, batch: Batch, time_ns: int, connection: int) -> None:
        rows, size = len(batch.ends), batch.ends[-1]
        self._bytes += size
        if size >= ADOPT_BYTES:
            self._seal()
            self._segments.append(Segment.adopt(self._next, connection, batch, time_ns))
            self._next += rows
            return
        done = 0
        while done < rows:
            segment = self._open(connection)
            free_rows, free_bytes = segment.room()
            base = batch.ends[done - 1] if done else 0
            stop = min(done + free_rows, bisect_right(batch.ends, base + free_bytes, done))
            if stop > done:
                segment.add(batch, done, stop, time_ns)
                self._next += stop - done
                done = stop
            if done < rows:
                self._seal()

    def _open(self, connection: int) -> Segment:
        if self._segments:
            last = self._segments[-1]
            if last.connection == connection and last.room()[0]:
                return last
            self._seal()
        segment = Segment.empty(self._next, connection)
        self._segments.append(segment)
        return segment

    def _seal(self) -> None:
        if self._segments and self._segments[-1].room() != (0, 0):
            self._segments[-1] = self._segments[-1].seal()

    def _retain(self) -> None:
        """Drop whole segments from the left until the limits hold; the newest always stays."""
        segments = self._segments
        drop = 0
        rows = self._next - self._first
        while drop < len(segments) - 1 and (
            (self.max_bytes is not None and self._bytes > self.max_bytes) or (self.max_messages is not None and rows > self.max_messages)
        ):
            self._bytes -= segments[drop].size
            rows -= segments[drop].count
            self._dropped += segments[drop].count
            drop += 1
        if drop:
            self._first = segments[drop].first
            del segments[:drop]

    # ---- reading

    @property
    def first_index(self) -> int:
        """Permanent index of the oldest row kept."""
        return self._first

    @property
    def next_index(self) -> int:
        """Permanent index the next row will get: rows ever written."""
        return self._next

    @property
    def dropped(self) -> int:
        """Rows that retention dropped."""
        return self._dropped

    @property
    def bytes(self) -> int:
        """Payload bytes kept."""
        return self._bytes

    @property
    def generation(self) -> int:
        """Counts calls of `clear`."""
        return self._generation

    def segments(self, start: int = 0) -> list[Segment]:
        """List the segments that hold rows from ``start`` on, oldest first.

        Parameters
        ----------
        start : int, default 0
            A permanent index.

        Returns
        -------
        list of Segment
            A snapshot; read only the rows below each ``count``.
        """
        segments = self._segments[:]
        return segments[max(0, bisect_right(segments, start, key=_FIRST) - 1) :]

    def _find(self, index: int) -> tuple[Segment, int] | None:
        segments = self._segments
        while True:
            place = bisect_right(segments, index, key=_FIRST) - 1
            if index < self._first or index >= self._next:
                return None
            try:
                segment = segments[place]
            except IndexError:
                segments = self._segments
                continue
            row = index - segment.first
            if place >= 0 and 0 <= row < segment.count:
                return segment, row
            segments = self._segments  # retention moved the list, or clear() replaced it, under the bisection: look again

    def _normalise(self, index: int) -> int:
        return index + self._next if index < 0 else index

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...

    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        if isinstance(index, slice):
            low = self._first if index.start is None else max(self._first, self._normalise(index.start))
            high = self._next if index.stop is None else min(self._next, self._normalise(index.stop))
            step = 1 if index.step is None else index.step
            if step < 0:
                low = self._next - 1 if index.start is None else min(self._next - 1, self._normalise(index.start))
                high = self._first - 1 if index.stop is None else max(self._first - 1, self._normalise(index.stop))
            return Rows(self, range(low, high, step))
        wanted = self._normalise(index)
        found = self._find(wanted)
        if found is None:
            if wanted >= self._next or wanted < 0:
                raise IndexError(f"message {index} does not exist; {self._next} were written")
            what = "cleared" if self._dropped <= wanted else "dropped by retention (max_bytes, max_messages)"
            raise IndexError(f"message {wanted} was {what}; the oldest kept is {self._first}")
        return Message(*found)

    def __len__(self) -> int:
        return max(0, self._next - self._first)

    def __iter__(self) -> Iterator[Message]:
        return self.since(self._first)

    def since(self, index: int) -> Iterator[Message]:
        """Iterate over the rows from ``index`` on that are kept; includes rows that arrive meanwhile.

        Parameters
        ----------
        index : int
            A permanent index.

        Yields
        ------
        Message
        """
        while True:
            index = max(index, self._first)
            found = self._find(index)
            if found is None:
                if index < self._first:
                    continue
                return
            segment, row = found
            for place in range(row, segment.count):
                yield Message(segment, place)
            index = segment.first + segment.count

    def __reversed__(self) -> Iterator[Message]:
        return iter(self[::-1])

    def __contains__(self, value: object) -> bool:
        found = self._find(value.index) if isinstance(value, Message) else None
        return found is not None and Message(*found) == value

    def rows(self, indices: Iterable[int], limit: int = 160) -> list[Row]:
        """Take a cheap look at some rows.

        Parameters
        ----------
        indices : iterable of int
            Permanent indexes; what retention dropped is left out.
        limit : int, default 160
            Bytes of preview.

        Returns
        -------
        list of Row
        """
        rows = []
        for index in indices:
            found = self._find(index)
            if found is not None:
                segment, row = found
                flags = segment.flags[row]
                size = segment.bounds[row + 1] - segment.bounds[row]
                direction = "sent" if flags & SENT else "received"
                rows.append(Row(index, segment.times[row], direction, KINDS[flags & KIND_MASK], size, segment.payload(row, limit)))
        return rows

    def find_data(self, start: int) -> int | None:
        """Find the next received text or binary row.

        Parameters
        ----------
        start : int
            A permanent index to begin at.

        Returns
        -------
        int or None
            Its permanent index; None when there is none yet.
        """
        for segment in self.segments(max(start, self._first)):
            flags = segment.flags
            for row in range(max(0, start - segment.first), segment.count):
                if flags[row] & (SENT | KIND_MASK) <= 0x2:
                    return segment.first + row
        return None

    # ---- waiting

    def wait(self, index: int, timeout: float | None = None) -> bool:
        """Wait until a row exists.

        Parameters
        ----------
        index : int
            A permanent index.
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return self.wait_for(lambda: self._next > index, timeout)

    def wait_for(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until something about the log (or whoever calls `wake`) holds.

        Parameters
        ----------
        done : callable
            Cheap; asked after every append, with no lock of the writer held.
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            The last answer.
        """
        if done():
            return True
        with self._changed:
            self._waiting += 1
            try:
                return self._changed.wait_for(done, timeout)
            finally:
                self._waiting -= 1

    def wake(self) -> None:
        """Make everybody in `wait_for` ask again."""
        with self._changed:
            self._changed.notify_all()

    def observe(self, fn: Callable[[int, int], object]) -> Observer:
        """Call ``fn(start, stop)`` for rows as they come, coalesced, on a notifier thread.

        Parameters
        ----------
        fn : callable
            Gets permanent indexes. When it raises, the error is logged and it is called again for the next rows: an
            observer cannot hold up the reader.

        Returns
        -------
        Observer
            Ends with its ``close()``.
        """
        return Observer(self, fn)

    def where(self, query: str) -> View:
        """Make a live view of the rows that match.

        Parameters
        ----------
        query : str
            The filter grammar: words, ``/regex/``, ``-word``, ``dir:sent``, ``kind:text``, ``size:>1k``, ``$.path``,
            ``$.path=value``, ``since:10s``.

        Returns
        -------
        View
            A sequence that keeps up as the log grows.

        Raises
        ------
        ValueError
            The query does not parse; the text points at the place.
        """
        from .view import View

        return View(self, query)

    def __repr__(self) -> str:
        dropped = f", {self._dropped:,} dropped" if self._dropped else ""
        return f"<MessageLog {len(self):,} messages, {self._bytes:,} bytes{dropped}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from ..display.table import log_bundle

        return log_bundle(self)
