"""`Store`: the segments of a log, and what may be dropped of them.

The writing methods are called by whoever holds the writer role (`Combiner`), the others by any thread, without a lock.

The list of segments is the whole state, every count is derived from it, and each change of it is one assignment: a
published `Segment.count`, one more segment, or another list. So readers never see half a change, and a writer that is
interrupted (KeyboardInterrupt in a sender's thread) can be resumed. Rows are added in place; retention replaces the
list, so that nothing moves under a reader's bisection.

Beside the list stands where each segment begins: a bisection of ten million rows looks at ten numbers that follow each
other in memory, not at ten segments.
"""

from __future__ import annotations

import builtins
import math
from array import array
from bisect import bisect_right
from typing import Final

from ..protocol.arena import BLOCKS, SPARE
from ..protocol.frames import Batch
from .segment import ROW_BYTES, SEGMENT_BYTES, SEGMENT_ROWS, Decodes, Segment

#: Of more segments than this so many are dropped at once: each time the list of those that stay is copied.
_LONG: Final = 512
_AT_ONCE: Final = 8
#: An open segment grows by this factor, twice.
_GROWTH: Final = 8


class Aside:
    """What was cleared and can be brought back: as if it were still there, its oldest rows go first when memory is needed.

    Parameters
    ----------
    segments : list of Segment
        Oldest first; the rows of the store follow them.
    cleared, cleared_bytes : int
        As `Store` had them before.
    """

    def __init__(self, segments: list[Segment], cleared: int, cleared_bytes: int) -> None:
        self.segments = segments
        self.cleared = cleared
        self.cleared_bytes = cleared_bytes

    @property
    def first(self) -> int:
        """Permanent index of its oldest row."""
        return self.segments[0].first

    @property
    def before(self) -> int:
        """Payload bytes ever written before that row."""
        return self.segments[0].before


class Store:
    """Segments, oldest first; never none.

    Parameters
    ----------
    max_bytes, max_rows : int, optional
        What retention keeps. Small limits make small segments, because only whole ones are dropped.
    """

    def __init__(self, max_bytes: int | None = None, max_rows: int | None = None) -> None:
        self.max_bytes = max_bytes
        self.max_rows = max_rows
        self._size = SEGMENT_BYTES if max_bytes is None else min(SEGMENT_BYTES, max(4096, max_bytes // 4))
        #: Payloads of so many bytes are not copied: each is a segment of its own.
        self.large = self._size // 4
        self._rows = SEGMENT_ROWS if max_rows is None or max_rows >= SEGMENT_ROWS else max(1, max_rows // 8)
        # The segments, and the first index of each. Append-only until both are replaced.
        self._table: tuple[list[Segment], array[int]]
        # Up to here nothing is to be dropped: bytes ever written, counted as `held` does, and indexes.
        self._most_bytes = math.inf if max_bytes is None else 0
        self._most_rows = math.inf if max_rows is None else 0
        #: What the last `clear` put aside, which `undo` brings back; None when there is nothing.
        self.aside: Aside | None = None
        self._replace([Segment.nothing(0, 0)])
        #: Who decodes the rows; every segment is told.
        self.meanings: Decodes | None = None
        #: Permanent index of the first row that `clear` spared.
        self.cleared = 0
        #: Payload bytes ever written before that row.
        self.cleared_bytes = 0
        #: Calls of `clear` and `undo` so far.
        self.generation = 0

    # ---- reading

    @property
    def segments(self) -> list[Segment]:
        """The segments, oldest first. Append-only until another list takes its place."""
        return self._table[0]

    @property
    def first(self) -> int:
        """Permanent index of the oldest row kept."""
        return self._table[0][0].first

    @property
    def next(self) -> int:
        """Permanent index the next row will get."""
        last = self._table[0][-1]
        return last.first + last.count

    @property
    def written(self) -> int:
        """Payload bytes ever written."""
        last = self._table[0][-1]
        return last.before + last.size

    @property
    def bytes(self) -> int:
        """Payload bytes kept."""
        return self.written - self.segments[0].before

    @property
    def held(self) -> int:
        """Bytes kept, also those that `undo` could bring back: payloads and `ROW_BYTES` a row."""
        aside, segment = self.aside, self.segments[0]
        if aside is not None:
            return self._held_from(aside.first, aside.before)
        return self._held_from(segment.first, segment.before)

    def exceeds(self, index: int) -> bool:
        """Tell whether the rows from ``index`` on are more than the limits allow.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        bool
        """
        return self._over(max(index, self.first), self.bytes_before(index))

    def room(self, index: int) -> int | None:
        """Tell how much may come until the rows from ``index`` on are as much as the limits allow.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        int or None
            Bytes, counted as `held` does, not negative; None without limits.
        """
        first = max(index, self.first)
        rows = math.inf if self.max_rows is None else ROW_BYTES * (self.max_rows - (self.next - first))
        size = math.inf if self.max_bytes is None else self.max_bytes - self._held_from(first, self.bytes_before(index))
        left = min(rows, size)
        return None if left == math.inf else max(0, int(left))

    def _over(self, first: int, before: int) -> bool:
        rows = self.next - first
        if self.max_rows is not None and rows > self.max_rows:
            return True
        # Rows cost memory too: a flood of empty messages must not pass every limit.
        return self.max_bytes is not None and self._held_from(first, before) > self.max_bytes

    def _held_from(self, first: int, before: int) -> int:
        return self.written - before + ROW_BYTES * (self.next - first)

    def locate(self, index: int) -> tuple[Segment, int] | None:
        """Find a row.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        (Segment, int) or None
            Segment and row number; None for a row that is not there, or not any more.
        """
        segments, firsts = self._table
        place = min(bisect_right(firsts, index), len(segments)) - 1
        if place < 0:
            return None
        segment = segments[place]
        row = index - segment.first
        return (segment, row) if row < segment.count else None

    def since(self, index: int) -> list[Segment]:
        """List the segments that hold rows from ``index`` on.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        list of Segment
            A snapshot, oldest first.
        """
        segments, firsts = self._table
        return segments[max(0, min(bisect_right(firsts, index), len(segments)) - 1) :]

    def bytes_before(self, index: int) -> int:
        """Tell how many payload bytes were ever written before a row.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        int
            For rows not kept, as if it were the nearest kept.
        """
        segment = self.since(index)[0]
        return segment.before + segment.size_before(min(max(0, index - segment.first), segment.count))

    # ---- writing

    def put(
        self, payload: builtins.bytes | bytearray, flags: int, time_ns: int, connection: int, until: float = math.inf
    ) -> int | None:
        """Append one row where nothing else is to be done, as it is for nearly all that comes one by one.

        Parameters
        ----------
        payload : bytes or bytearray
            Its payload; a large one is handed over.
        flags : int
            Its flags.
        time_ns : int
            Nanoseconds since the epoch.
        connection : int
            Number of the connection it belongs to.
        until : float, optional
            Not when so many bytes, counted as `held` does, would ever have been written.

        Returns
        -------
        int or None
            Its index; None when nothing was done: the open segment has no room, or something may have to be dropped
            afterwards.
        """
        segment = self._table[0][-1]
        row = segment.count
        index = segment.first + row
        ever = segment.before + segment.bounds[row] + len(payload) + ROW_BYTES * (index + 1)
        if ever >= until or ever > self._most_bytes or index >= self._most_rows:
            return None
        if len(payload) < self.large:
            return index if segment.add_one(payload, flags, time_ns, connection) else None
        # Nothing of it is seen before the last line.
        self._seal()
        self._push(Segment.alone(index, segment.before + segment.size, connection, payload, flags, time_ns))
        return index

    def write(self, batch: Batch, time_ns: int, connection: int, start: int = 0) -> None:
        """Append rows of a batch.

        Parameters
        ----------
        batch : Batch
            Handed over.
        time_ns : int
            Nanoseconds since the epoch.
        connection : int
            Number of the connection it came from.
        start : int, default 0
            How many of its rows are there already, when an earlier call was interrupted.
        """
        rows = len(batch)
        if self.aside is not None:
            self._give_way(rows - start, batch.size)
        large = batch.size >= self.large or batch.starts is not None
        if rows == 1 and not (start or large or batch.fragments):
            low, high = batch.bounds
            payload = batch.data if high - low == len(batch.data) else batch.data[low:high]
            if self._table[0][-1].add_one(payload, batch.flags[0], time_ns, connection):
                return
        if start < rows and large:
            self._seal()
            self._push(Segment.adopt(self.next, self.written, connection, batch, time_ns))
            return
        while start < rows:
            segment = self.segments[-1]
            stop = segment.fit(batch, start) if segment.connection == connection else start
            if stop > start:
                segment.add(batch, start, stop, time_ns)
                start = stop
            elif (
                segment.connection == connection
                and not segment.sealed
                and segment.count < self._rows
                and len(segment.data) < self._size
            ):
                # Most open segments get a row or two before a large batch seals them: they start small.
                self.segments[-1] = segment.larger(
                    min(self._size, _GROWTH * len(segment.data)), min(self._rows, _GROWTH * len(segment.flags))
                )
            else:
                self._seal()
                self._push(
                    Segment.empty(
                        self.next, self.written, connection, self._size // _GROWTH**2, -(-self._rows // _GROWTH**2)
                    )
                )

    def _seal(self) -> None:
        last = self.segments[-1]
        if not last.sealed:
            self.segments[-1] = last.seal()

    def _push(self, segment: Segment) -> None:
        segment.meanings = self.meanings
        if self.segments[-1].count:
            segments, firsts = self._table
            # An interrupt may leave one number more than segments: nobody finds anything there, and the next takes its
            # place.
            firsts[len(segments) :] = array("Q", (segment.first,))
            segments.append(segment)  # publishes
        else:  # nothing was ever in it
            self._replace([*self.segments[:-1], segment])

    def _replace(self, segments: list[Segment]) -> None:
        self._publish(segments, array("Q", [segment.first for segment in segments]))

    def _publish(self, segments: list[Segment], firsts: array[int]) -> None:
        self._table = (segments, firsts)
        self._limit()

    def _limit(self) -> None:
        """Tell how much `put` may write before something may have to go."""
        first = self._table[0][0] if self.aside is None else self.aside
        # An interrupt before this leaves limits that are too low: `put` refuses until the next drop.
        if self.max_rows is not None:
            self._most_rows = first.first + self.max_rows
        if self.max_bytes is not None:
            self._most_bytes = self.max_bytes + first.before + ROW_BYTES * first.first

    def retain(self, keep: int | None = None, most: float = math.inf) -> None:
        """Drop whole segments from the left until the limits hold; the newest always stays.

        Parameters
        ----------
        keep : int, optional
            Permanent index of a row that must stay, and all after it.
        most : float, optional
            Bytes, counted as `held` does, above which it goes nevertheless.
        """
        segments, drop = self._table[0], 0
        while (
            drop < len(segments) - 1
            and self._over(segments[drop].first, segments[drop].before)
            and (
                keep is None
                or segments[drop + 1].first <= keep
                or self._held_from(segments[drop].first, segments[drop].before) > most
            )
        ):
            drop += 1
        if not drop:
            return
        if len(segments) > _LONG and keep is None:
            drop = max(drop, _AT_ONCE)
        self._drop(drop)

    def shed(self, size: int) -> None:
        """Drop whole segments from the left until at least so many bytes are gone; the newest always stays.

        Parameters
        ----------
        size : int
            Bytes, counted as `held` does.
        """
        if self.aside is not None:
            size -= self.held
            self.forget()
            size += self.held
            if size <= 0:
                return
        segments, last = self.segments, len(self.segments) - 1
        goal = self.held - size
        drop = next(
            (
                at
                for at, segment in enumerate(segments[:last])
                if self._held_from(segment.first, segment.before) <= goal
            ),
            last,
        )
        self._drop(drop)

    def _drop(self, count: int) -> None:
        """Drop segments from the left, and offer the blocks they were the last of for what comes next.

        Many at once are no traffic but a lower limit: they go back to the system.
        """
        (segments, firsts), blocks = self._table, list[bytes | bytearray]()
        kept = segments[count:]
        self._publish(kept, firsts[count:])
        for at in range(count):
            # A block's segments follow each other; between them may be small ones, which share no memory.
            data = segments[at].data
            if BLOCKS.made(data) and (at + 1 == count or segments[at + 1].data is not data):
                after = next((segment.data for segment in kept if BLOCKS.made(segment.data)), None)
                if after is not data:
                    blocks.append(data)
        if len(blocks) > SPARE:
            BLOCKS.release()
            return
        for block in blocks:
            BLOCKS.offer(block)

    def begin(self, index: int, before: int) -> None:
        """Let the first row have an index; for a store that nothing was written to.

        Parameters
        ----------
        index : int
            The permanent index.
        before : int
            Payload bytes ever written before it.
        """
        self._replace([Segment.nothing(index, before)])

    def clear(self, *, undoable: bool = False) -> None:
        """Drop every row. Indexes go on. Without `undoable` the memory goes back to the system.

        Parameters
        ----------
        undoable : bool, default False
            Put the rows aside: `undo` brings them back, with those that are aside already.
        """
        before = self.aside
        if undoable:
            self._seal()
            # What an interrupted call has put aside already is not put there twice.
            stop = 0 if before is None else before.segments[-1].first + before.segments[-1].count
            rows = [segment for segment in self.segments if segment.count and segment.first >= stop]
            if before is not None:
                before = Aside(before.segments + rows, before.cleared, before.cleared_bytes)
            elif rows:
                before = Aside(rows, self.cleared, self.cleared_bytes)
        self.aside = before if undoable else None
        self.cleared, self.cleared_bytes = self.next, self.written
        self.generation += 1
        self._replace([Segment.nothing(self.next, self.written)])
        if not undoable:
            BLOCKS.release()

    def undo(self) -> int:
        """Bring back what `clear` put aside, in front of what came since.

        Returns
        -------
        int
            How many rows.
        """
        aside = self.aside
        if aside is None:
            return 0
        since, rows = self.segments, self.undoable
        if rows:  # else an interrupted call has brought them back already
            self._replace([*aside.segments, *(since if since[-1].count else since[:-1])])
        self.cleared, self.cleared_bytes = aside.cleared, aside.cleared_bytes
        self.aside = None
        # Last: who begins anew because of it finds all of them.
        self.generation += 1
        return rows

    @property
    def undoable(self) -> int:
        """How many rows `undo` would bring back."""
        aside = self.aside
        return 0 if aside is None else max(0, self.first - aside.first)

    def forget(self) -> None:
        """Give the memory of what `clear` put aside back to the system."""
        if self.aside is not None:
            self.aside = None
            self._limit()
            BLOCKS.release()

    def _give_way(self, rows: int, size: int) -> None:
        """Let the oldest of what is aside go, until so much more has room."""
        aside = self.aside
        assert aside is not None
        left = aside.segments
        while left and (
            (self.max_rows is not None and self.next + rows - left[0].first > self.max_rows)
            or (
                self.max_bytes is not None
                and self._held_from(left[0].first, left[0].before) + size + ROW_BYTES * rows > self.max_bytes
            )
        ):
            left = left[1:]
        if not left:
            self.forget()
        elif left is not aside.segments:
            self.aside = Aside(left, aside.cleared, aside.cleared_bytes)
            self._limit()
