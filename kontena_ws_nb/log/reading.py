"""`Reading`: a log as a sequence of messages.

What lives here: everything that only looks. What must not: writing, waiting, locks. Any thread, without a lock, also while rows are
added and dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import index as as_int
from typing import Any, overload

from ..masking import mask_bytes, reach
from .message import Message, Row
from .rows import Rows
from .segment import KIND_MASK, KINDS, SENT, Segment
from .store import Store
from .tabular import Piece, Tabular


class Reading(Tabular):
    """The rows of a store by their permanent indexes.

    Parameters
    ----------
    store : Store
        Where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def first_index(self) -> int:
        """Permanent index of the oldest row kept."""
        return self._store.first

    @property
    def next_index(self) -> int:
        """Permanent index the next row will get: rows ever written."""
        return self._store.next

    @property
    def dropped(self) -> int:
        """Rows that retention dropped since the last `clear`."""
        return max(0, self._store.first - self._store.cleared)

    @property
    def bytes(self) -> int:
        """Payload bytes kept."""
        return self._store.bytes

    @property
    def held(self) -> int:
        """Bytes kept as ``max_bytes`` counts them: payloads and 13 bytes a row."""
        return self._store.held

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
        return self._store.since(start)

    def pieces(self) -> list[Piece]:
        """As `Tabular.pieces`: all that is kept."""
        # Each count is read once: rows may be added meanwhile.
        return [(segment, range(segment.first, segment.first + segment.count)) for segment in self.segments()]

    def get(self, index: int) -> Message | None:
        """Look at a row that may be gone.

        Parameters
        ----------
        index : int
            A permanent index; not negative.

        Returns
        -------
        Message or None
            None when it does not exist, or not any more.
        """
        found = self._store.locate(index)
        return None if found is None else Message.of(*found)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Message | Rows:
        if isinstance(index, slice):
            return Rows(self, self._range(index))
        stop = self.next_index
        wanted = as_int(index)
        wanted += stop if wanted < 0 else 0
        message = self.get(wanted)
        if message is not None:
            return message
        if not 0 <= wanted < stop:
            raise IndexError(f"message {index} does not exist; {stop:,} were written")
        if wanted < self._store.cleared:
            raise IndexError(f"message {wanted} was cleared")
        raise IndexError(f"message {wanted} was dropped (max_bytes, max_messages); the oldest kept is {self.first_index}")

    def _range(self, wanted: slice) -> range:
        """Cut a slice to what there is, as lists do; permanent indexes."""
        first, stop = self.first_index, self.next_index
        start, end, step = wanted.indices(stop)
        return range(max(start, first), end, step) if step > 0 else range(start, max(end, first - 1), step)

    def __len__(self) -> int:
        segments = self._store.segments  # one look: first and next of two lists could belong to two moments
        return segments[-1].first + segments[-1].count - segments[0].first

    def __iter__(self) -> Iterator[Message]:
        return self.since(self.first_index)

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
            index = max(index, self.first_index)
            found = self._store.locate(index)
            if found is None:
                if index >= self.next_index:
                    return
                continue  # retention was faster
            segment, row = found
            count = segment.count  # it may grow while we yield
            for place in range(row, count):
                yield Message.of(segment, place)
            index = segment.first + count

    def __reversed__(self) -> Iterator[Message]:
        return iter(self[::-1])

    def __contains__(self, value: object) -> bool:
        return isinstance(value, Message) and self.get(value.index) == value

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """Tell the permanent index of a message of this log.

        Parameters
        ----------
        value : Message
            What is looked for.
        start, stop : int, optional
            Between which permanent indexes.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            It is not there.
        """
        # Not the mixin's: it would begin at row 0, and take a row that was dropped for the end.
        if isinstance(value, Message) and value in self and value.index in range(*slice(start, stop).indices(self.next_index)):
            return value.index
        raise ValueError(f"{value!r} is not in this log")

    def rows(self, indices: Iterable[int], limit: int = 160) -> list[Row]:
        """Take a cheap look at some rows.

        Parameters
        ----------
        indices : iterable of int
            Permanent indexes; what retention dropped is left out.
        limit : int, default 160
            Bytes of preview, before secrets are masked.

        Returns
        -------
        list of Row
        """
        rows = []
        for index in indices:
            found = self._store.locate(index)
            if found is not None:
                segment, row = found
                flags = segment.flags[row]
                size = segment.bounds[row + 1] - segment.bounds[row]
                direction = "sent" if flags & SENT else "received"
                shown = mask_bytes(segment.payload(row, reach(limit)), 0, limit)
                rows.append(Row(index, segment.times[row], direction, KINDS[flags & KIND_MASK], size, shown, size > limit))
        return rows

    def next_data(self, start: int) -> Message | None:
        """Find the next received text or binary message.

        Parameters
        ----------
        start : int
            A permanent index to begin at.

        Returns
        -------
        Message or None
            None when there is none yet.
        """
        for segment in self._store.since(start):
            flags = segment.flags
            for row in range(max(0, start - segment.first), segment.count):
                if flags[row] & (SENT | KIND_MASK) <= 0x2:
                    return Message.of(segment, row)
        return None

    def find_data(self, start: int) -> int | None:
        """Find the index of the next received text or binary row; the row itself may be dropped before it is looked at.

        Parameters
        ----------
        start : int
            A permanent index to begin at.

        Returns
        -------
        int or None
            Its permanent index; None when there is none yet.
        """
        message = self.next_data(start)
        return None if message is None else message.index
