"""`Reading`, `Rows` and `Tabular`: a log as a sequence of messages, slices of it, and tables made of either.

Any thread, without a lock, also while rows are added and dropped.
"""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Final, overload

from ..redaction.payloads import mask_bytes, reach
from ..render import bundle
from .backing import Backing, Joined
from .bookmarks import Bookmarks
from .kinds import KIND_MASK, KINDS
from .meanings import Meanings
from .message import Message, Row
from .segment import INCOMPLETE, SENT, Piece, Segment
from .store import Store

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


#: Of a file, rows are looked up one by one when they are this much fewer than those between them.
_FEW: Final = 50


class Tabular(Sequence[Message]):
    """Messages that can be had as a table of what is kept at the moment of the call.

    Every table has these columns, named like the properties of `Message`:

    ============== ==================== ====================== ==================================================
    column         Arrow                pandas                 what it is
    ============== ==================== ====================== ==================================================
    ``index``      int64                the frame's index      permanent index in the log
    ``time``       timestamp[ns, UTC]   datetime64[ns, UTC]    arrival or departure
    ``direction``  dictionary of string category               ``"received"`` or ``"sent"``
    ``kind``       dictionary of string category               as `Message.kind`
    ``size``       int64                int64                  payload bytes
    ``connection`` int32                int32                  number of the connection, from 1
    ``compressed`` bool                 bool                   whether permessage-deflate compressed it
    ``fragments``  int32                int32                  number of frames it came in
    ``incomplete`` bool                 bool                   whether the connection ended before all of it came
    ``text``       large_string         str (pandas 2: object) payload of text and lifecycle rows, else null
    ``data``       large_binary         object (bytes)         payload of all other rows, else null
    ============== ==================== ====================== ==================================================

    So each payload is in one of the last two. Text that is not UTF-8 (which no server can send) has U+FFFD for what is
    not.

    With ``json=True`` the fields of JSON objects in text and binary messages follow, in order of their first
    appearance; null where a message has no such field or is no JSON object.

    - The fields of objects within are columns too, by dotted names: ``{"trade": {"price": 1}}`` makes ``trade.price``;
      a key that holds a dot is quoted. Below eight levels an object stays one value. Of equal names in one object the
      last counts, as for `Message.json`.
    - A field that is called like one of the columns above gets ``$.`` in front, as in a filter: ``$.time``.
    - Integers are int64, else uint64, else their digits as text; so they are exact (pandas: ``Int64``, which has room
      for missing ones). Numbers with a fraction or exponent are double; integers mixed with them too, if double holds
      each exactly.
    - Arrays whose items are all strings, all booleans or all numbers are lists. What has no common type is text:
      strings as they are, the rest as JSON.
    """

    @abstractmethod
    def pieces(self) -> list[Piece]:
        """List where the rows are.

        Returns
        -------
        list of (Segment, sequence of int)
            In order; what is kept of them at this moment. Read only the rows given.
        """

    def to_records(self, json: bool = False) -> list[dict[str, Any]]:
        """Make a list of dicts; needs no other package.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        list of dict
            One for each message, all with the same keys (see `Tabular`). ``time`` is in seconds since the epoch, as
            `Message.time`; JSON values are as `Message.json` gives them, None for missing ones.

        Raises
        ------
        ValueError
            Too many different JSON fields for so many messages.
        """
        from .tables import to_records

        return to_records(self.pieces(), json)

    def to_arrow(self, json: bool = False) -> pyarrow.Table:
        """Make an Arrow table, without copying payloads where that can be.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        pyarrow.Table
            With the columns of `Tabular`. ``pyarrow.parquet.write_table`` writes it to a file. Whole segments of the
            log (up to 4,096 rows, or what came at once) are looked at in place, and so kept in memory.

        Raises
        ------
        ImportError
            pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from .tables import to_arrow

        return to_arrow(self.pieces(), json)

    def to_pandas(self, json: bool = False) -> pandas.DataFrame:
        """Make a pandas DataFrame, indexed by the permanent index.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        pandas.DataFrame
            With the columns of `Tabular`.

        Raises
        ------
        ImportError
            pandas or pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from .tables import to_pandas

        return to_pandas(self.pieces(), json)

    def to_polars(self, json: bool = False) -> polars.DataFrame:
        """Make a polars DataFrame.

        Parameters
        ----------
        json : bool, default False
            Spread the fields of JSON objects into columns.

        Returns
        -------
        polars.DataFrame
            With the columns of `Tabular`.

        Raises
        ------
        ImportError
            polars or pyarrow is not installed.
        ValueError
            Too many different JSON fields for so many messages.
        """
        from .tables import to_polars

        return to_polars(self.pieces(), json)


class Rows(Tabular):
    """A slice of a log: 0-based, copies nothing; its messages keep their permanent ``index``.

    Rows that retention drops later keep their position: looking at one raises `IndexError`, iteration leaves them out.

    Parameters
    ----------
    log : Reading
        Where the rows are.
    indices : sequence of int
        Permanent indexes, rising or falling.
    shown : int, optional
        How many of them its table shows, the last ones; by default what `display.table.show_rows` says.
    """

    def __init__(self, log: Reading, indices: Sequence[int], shown: int | None = None) -> None:
        self.log = log
        self.indices = indices
        self.shown = shown

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Message | Rows:
        if isinstance(index, slice):
            return Rows(self.log, self.indices[index])
        return self.log[self.indices[index]]

    def __iter__(self) -> Iterator[Message]:
        # Not the mixin's: it would take the IndexError of a dropped row for the end.
        get = self.log.get
        for index in self.indices:
            message = get(index)
            if message is not None:
                yield message

    def __reversed__(self) -> Iterator[Message]:
        return iter(self[::-1])

    def pieces(self) -> list[Piece]:
        """As `Tabular.pieces`."""
        indices = self.indices
        falling = len(indices) > 1 and indices[0] > indices[-1]
        rising = indices[::-1] if falling else indices
        pieces: list[Piece] = []
        high = 0
        for segment in self._segments(rising) if rising else ():
            if segment.first > rising[-1]:
                break
            low = bisect_left(rising, segment.first, high)
            high = bisect_left(rising, segment.first + segment.count, low)
            if low < high:
                pieces.append((segment, rising[low:high]))
        return [(segment, rows[::-1]) for segment, rows in reversed(pieces)] if falling else pieces

    def _segments(self, rising: Sequence[int]) -> Iterator[Segment]:
        """Go through the segments that hold some rows; of a file only these, where they are few."""
        at, kept = 0, self.log.in_memory()
        if _FEW * len(rising) < rising[-1] - rising[0]:
            while at < len(rising) and rising[at] < kept:
                found = self.log.place(rising[at])
                stop = rising[at] + 1
                if found is not None:
                    yield found[0]
                    stop = found[0].first + found[0].count
                at = bisect_left(rising, stop, at)
        if at < len(rising):
            yield from self.log.segments(rising[at])

    def __repr__(self) -> str:
        return f"<{len(self):,} messages of {self.log!r}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)


class Reading(Tabular):
    """The rows of a store by their permanent indexes.

    Parameters
    ----------
    store : Store
        Where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        #: Where the rows are that are not in memory.
        self.backing: Backing | None = None
        #: Messages that somebody wants to find again, and what was noted about them.
        self.bookmarks = Bookmarks(self)
        #: What the messages mean.
        self.meanings = Meanings(self, self.bookmarks, store.max_bytes)
        store.meanings = self.meanings

    @property
    def problem(self) -> str:
        """Why rows of the file cannot be read, if the last look at them failed; else empty."""
        return "" if self.backing is None else self.backing.problem

    def back(self, backing: Backing, size: int = 0) -> None:
        """Find the rows that are not in memory elsewhere.

        Parameters
        ----------
        backing : Backing
            Where. A log that nothing was written to goes on behind its rows.
        size : int, default 0
            Payload bytes of these.
        """
        if not self._store.next:
            self._store.begin(backing.stop, size)
        backing.meanings = self.meanings
        self.backing = backing

    @property
    def first_index(self) -> int:
        """Permanent index of the oldest row that can be looked at, in memory or in the file it is recorded to."""
        return self._first(self._store.first)

    def _first(self, kept: int) -> int:
        """As `first_index`, when `kept` is the oldest in memory."""
        backing = self.backing
        if backing is None:
            return kept
        low = max(backing.first, self._store.cleared)
        return low if low < min(backing.stop, kept) else kept

    @property
    def next_index(self) -> int:
        """Permanent index the next row will get: rows ever written."""
        return self._store.next

    @property
    def dropped(self) -> int:
        """Rows that retention dropped since the last `clear`."""
        first = self.first_index
        missing = 0 if self.backing is None else self.backing.missing(first)
        return max(0, first - self._store.cleared) + missing

    @property
    def cleared(self) -> int:
        """Permanent index of the first row that the last `clear` spared."""
        return self._store.cleared

    @property
    def cleared_times(self) -> int:
        """Changes with `clear`, and when that is undone."""
        return self._store.generation

    @property
    def generation(self) -> int:
        """Changes when what was found in these rows is void: with `clear`, and with another decoder."""
        return self._store.generation + self.meanings.generation

    @property
    def bytes(self) -> int:
        """Payload bytes of the rows that can be looked at, in memory or in the file."""
        store, first = self._store, self.first_index
        if self.backing is None or first == store.first:
            return store.bytes
        return store.written - max(self.backing.before, store.cleared_bytes)

    @property
    def held(self) -> int:
        """Bytes kept as ``max_bytes`` counts them: payloads and 21 bytes a row."""
        return self._store.held

    def segments(self, start: int = 0) -> Iterable[Segment]:
        """Go through the segments that hold rows from ``start`` on, oldest first.

        Parameters
        ----------
        start : int, default 0
            A permanent index.

        Returns
        -------
        iterable of Segment
            A snapshot of those in memory, and what is read from the file as it is asked for. Look only at the rows
            below each ``count``.
        """
        kept = self._store.since(start)
        if self.backing is None or start >= kept[0].first:
            return kept
        return Joined(self.backing, max(start, self._store.cleared), kept)

    def backwards(self, stop: int) -> Iterator[Segment]:
        """Go through the segments that hold rows before ``stop``, newest first.

        Parameters
        ----------
        stop : int
            A permanent index.

        Yields
        ------
        Segment
            As for `segments`.
        """
        kept = self._store.segments
        for segment in reversed(kept):
            if segment.first < stop:
                yield segment
        if self.backing is not None:
            yield from self.backing.segments(self._store.cleared, min(stop, kept[0].first), backwards=True)

    def begins(self, connection: int) -> int:
        """Tell an index before which a connection has no row.

        Parameters
        ----------
        connection : int
            Its number.

        Returns
        -------
        int
        """
        if self.backing is None:
            return 0
        try:
            return self.backing.begins(connection)
        except OSError:  # the file of what was dropped is gone: what is in memory is there all the same
            if (first := self.in_memory()) == self.next_index:
                raise
            return first

    def in_memory(self) -> int:
        """Tell the permanent index of the oldest row that is in memory.

        Returns
        -------
        int
        """
        return self._store.first

    def pieces(self) -> list[Piece]:
        """As `Tabular.pieces`: all that is kept."""
        # Each count is read once: rows may be added meanwhile.
        return [(segment, range(segment.first, segment.first + segment.count)) for segment in self.segments()]

    def place(self, index: int) -> tuple[Segment, int] | None:
        """Find a row.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        (Segment, int) or None
            Where it is, and its number there; None when it does not exist, or not any more.
        """
        found = self._store.locate(index)
        if found is None and self.backing is not None and index >= self._store.cleared:
            return self.backing.locate(index)
        return found

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
        found = self.place(index)
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
        if wanted >= self.first_index:
            raise IndexError(f"message {wanted} was lost: it was dropped before it could be recorded")
        raise IndexError(
            f"message {wanted} was dropped (max_bytes, max_messages); the oldest kept is {self.first_index}"
        )

    def _range(self, wanted: slice) -> range:
        """Cut a slice to what there is, as lists do; permanent indexes."""
        first, stop = self.first_index, self.next_index
        start, end, step = wanted.indices(stop)
        return range(max(start, first), end, step) if step > 0 else range(start, max(end, first - 1), step)

    def __len__(self) -> int:
        segments = self._store.segments  # one look: first and next of two lists could belong to two moments
        first = self._first(segments[0].first)
        missing = 0 if self.backing is None else self.backing.missing(first)
        return segments[-1].first + segments[-1].count - first - missing

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
                if self.backing is not None and index < (kept := self._store.first):
                    for segment in self.backing.segments(index, kept):
                        for place in range(max(0, index - segment.first), segment.count):
                            yield Message.of(segment, place)
                    index = kept  # what is not in the file is missing
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
        if (
            isinstance(value, Message)
            and value in self
            and value.index in range(*slice(start, stop).indices(self.next_index))
        ):
            return value.index
        raise ValueError(f"{value!r} is not in this log")

    def rows(self, indices: Iterable[int], limit: int = 160) -> list[Row]:
        """Take a cheap look at some rows.

        Parameters
        ----------
        indices : iterable of int
            Permanent indexes; what retention dropped, and what cannot be read (`problem`), is left out.
        limit : int, default 160
            Bytes of preview, before secrets are masked.

        Returns
        -------
        list of Row
        """
        rows = []
        for index in indices:
            try:
                found = self.place(index)
            except OSError:  # of a file; `problem` tells
                continue
            if found is not None:
                segment, row = found
                flags = segment.flags[row]
                size = segment.bounds[row + 1] - segment.starts[row]
                direction = "sent" if flags & SENT else "received"
                shown = mask_bytes(segment.payload(row, reach(limit)), 0, limit)
                rows.append(
                    Row(
                        index,
                        segment.times[row],
                        direction,
                        KINDS[flags & KIND_MASK],
                        size,
                        shown,
                        size > limit,
                        bool(flags & INCOMPLETE),
                        self.meanings.label(segment, row),
                    )
                )
        return rows

    def next_data(self, start: int) -> Message | None:
        """Find the next received text or binary message that is complete.

        Parameters
        ----------
        start : int
            A permanent index to begin at.

        Returns
        -------
        Message or None
            None when there is none yet.
        """
        for segment in self.segments(start):
            flags = segment.flags
            for row in range(max(0, start - segment.first), segment.count):
                if flags[row] & (SENT | INCOMPLETE | KIND_MASK) <= 0x2:
                    return Message.of(segment, row)
        return None
