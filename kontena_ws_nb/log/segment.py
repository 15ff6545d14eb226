"""`Segment`: consecutive rows of a log in columns.

The thread that appends holds the log's writer role; readers on any thread see the rows below ``count``, which is
raised last, and need no lock. A row costs its payload plus 21 bytes at most: 4 (where it ends), 8 (time), 1 (flags);
and where it stays as it was received, 4 (where it begins) and the header of its frame, 4 (10 above 64 KiB).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Protocol

from ..protocol.frames import COMPRESSED, FRAGMENTED, INCOMPLETE, SENT, Batch
from ..system.speedups import compiled

if TYPE_CHECKING:
    from ..decoders.decoder import Decoded
    from .decoded_rows import DecodedRows

__all__ = ["COMPRESSED", "FRAGMENTED", "INCOMPLETE", "SENT", "Decodes", "Piece", "Segment", "Segments"]

#: A segment is sealed when either is reached.
SEGMENT_BYTES: Final = 256 << 10
SEGMENT_ROWS: Final = 4096
#: Bytes a row costs besides its payload, at most.
ROW_BYTES: Final = 21
#: Up to here copying twice costs less than a memoryview, from which one is enough.
_SHORT: Final = 2048


#: Of a sealed segment without fragmented messages, one for all: a look at a row of millions finds it in the cache.
_WHOLE: Final[dict[int, int]] = {}


class Segments(Protocol):
    """Rows by their permanent indexes: a log."""

    @property
    def next_index(self) -> int:
        """As `Reading.next_index`."""

    def segments(self, start: int = 0) -> Iterable[Segment]:
        """As `Reading.segments`."""

    def begins(self, connection: int) -> int:
        """As `Reading.begins`."""

    def place(self, index: int) -> tuple[Segment, int] | None:
        """As `Reading.place`."""


class Decodes(Protocol):
    """Knows what messages mean: `Meanings`."""

    def rows(self, segment: Segment, stop: int) -> DecodedRows | None:
        """As `Decoding.rows`."""

    def name(self, connection: int) -> str | None:
        """As `Decoding.name`."""

    def text(self, segment: Segment, row: int) -> bytes:
        """As `Decoding.text`."""

    def notes(self, start: int, stop: int) -> dict[int, str]:
        """As `Bookmarks.notes`."""

    def decoded(self, index: int, connection: int, flags: int, payload: bytes | memoryview) -> Decoded | None:
        """As `Decoding.decoded`."""


def python_add_row(
    data: bytearray,
    bounds: array[int],
    times: array[int],
    flags: bytearray,
    row: int,
    payload: bytes | bytearray,
    time_ns: int,
    code: int,
) -> bool:
    """Write one row into the columns of an open segment, if its payload fits.

    Parameters
    ----------
    data, bounds, times, flags
        As for `Segment`.
    row : int
        Its number, for which there is room.
    payload : bytes or bytearray
        Its payload.
    time_ns, code : int
        Its time and flags.

    Returns
    -------
    bool
        False when nothing was done.
    """
    begin = bounds[row]
    end = begin + len(payload)
    if end > len(data):
        return False
    data[begin:end] = payload
    bounds[row + 1] = end
    times[row] = time_ns
    flags[row] = code
    return True


#: Compiled, it takes a fifth of the time.
add_row: Final[Callable[[bytearray, array[int], array[int], bytearray, int, bytes | bytearray, int, int], bool]] = (
    python_add_row if compiled is None else compiled.add_row
)


@dataclass(slots=True, eq=False)
class Segment:
    """Consecutive rows of one connection: up to 4,096 that were copied here, payloads back to back; or a large batch as it is.

    ``data`` and the arrays are preallocated and never resized while rows are added: a search or a memoryview running on
    them in another thread would make a resize raise `BufferError` in the reader. `seal` replaces them by trimmed
    copies.

    Parameters
    ----------
    first : int
        Permanent index of row 0.
    before : int
        Payload bytes ever written to the log before row 0.
    connection : int
        Number of the connection these rows belong to.
    data : bytes or bytearray
        Where the payloads are; row *i* is ``data[starts[i]:bounds[i + 1]]``. Elsewhere may be something else.
    bounds : array of uint32
        ``count + 1`` offsets: where the first payload begins, and where each ends.
    times : array of int64
        Nanoseconds since the epoch.
    flags : bytearray or bytes
        Kind code, `SENT`, `COMPRESSED`, `FRAGMENTED`, `INCOMPLETE`. Bytes once sealed.
    count : int
        Published rows.
    fragments : dict
        Row → number of frames, for fragmented messages only.
    apart : array of uint32, optional
        Where each payload begins, when they do not stand back to back.
    headers : int, default 0
        Bytes between the payloads, all together.
    meanings : Decodes, optional
        Who decodes its rows.

    Attributes
    ----------
    starts : array of uint32
        Where each payload begins: ``apart``, or ``bounds`` itself.
    """

    first: int
    before: int
    connection: int
    data: bytes | bytearray
    bounds: array[int]
    times: array[int]
    flags: bytearray | bytes
    count: int = 0
    fragments: dict[int, int] = field(default_factory=dict)
    apart: InitVar[array[int] | None] = None
    headers: int = 0
    meanings: Decodes | None = None
    starts: array[int] = field(init=False)

    def __post_init__(self, apart: array[int] | None) -> None:
        self.starts = self.bounds if apart is None else apart

    @classmethod
    def nothing(cls, first: int, before: int) -> Segment:
        """Make a sealed segment without rows: where an empty log begins.

        Parameters
        ----------
        first, before : int
            As for the class.

        Returns
        -------
        Segment
        """
        return cls(first, before, 0, b"", array("I", (0,)), array("q"), b"")

    @classmethod
    def empty(
        cls, first: int, before: int, connection: int, size: int = SEGMENT_BYTES, rows: int = SEGMENT_ROWS
    ) -> Segment:
        """Make an open segment.

        Parameters
        ----------
        first, before, connection : int
            As for the class.
        size, rows : int
            How much it has room for.

        Returns
        -------
        Segment
        """
        return cls(
            first,
            before,
            connection,
            bytearray(size),
            array("I", bytes(4 * (rows + 1))),
            array("q", bytes(8 * rows)),
            bytearray(rows),
        )

    @classmethod
    def adopt(cls, first: int, before: int, connection: int, batch: Batch, time_ns: int) -> Segment:
        """Turn a large batch into a sealed segment without copying its payload.

        Parameters
        ----------
        first, before, connection : int
            As for the class.
        batch : Batch
            Not used by anybody else afterwards.
        time_ns : int
            Arrival, nanoseconds since the epoch.

        Returns
        -------
        Segment
        """
        count = len(batch)
        bounds = array("I", batch.bounds)
        times = array("q", (time_ns,)) * count
        apart = None if batch.starts is None else array("I", batch.starts)
        flags, fragments = bytes(batch.flags), dict(batch.fragments) if batch.fragments else _WHOLE
        return cls(first, before, connection, batch.data, bounds, times, flags, count, fragments, apart, batch.headers)

    @classmethod
    def alone(
        cls, first: int, before: int, connection: int, payload: bytes | bytearray, flags: int, time_ns: int
    ) -> Segment:
        """Make a sealed segment of one row without copying its payload.

        Parameters
        ----------
        first, before, connection : int
            As for the class.
        payload : bytes or bytearray
            Not changed by anybody afterwards.
        flags, time_ns : int
            The row's.

        Returns
        -------
        Segment
        """
        bounds, times = array("I", (0, len(payload))), array("q", (time_ns,))
        return cls(first, before, connection, payload, bounds, times, bytes((flags,)), 1, _WHOLE)

    @property
    def size(self) -> int:
        """Payload bytes of the published rows."""
        return self.bounds[self.count] - self.bounds[0] - self.headers

    def size_before(self, row: int) -> int:
        """Tell how many payload bytes stand before a row.

        Parameters
        ----------
        row : int
            At most ``count``.

        Returns
        -------
        int
        """
        if not self.headers:
            return self.bounds[row] - self.bounds[0]
        return sum(self.bounds[1 : row + 1]) - sum(self.starts[:row])

    @property
    def sealed(self) -> bool:
        """Whether no row will ever be added."""
        return isinstance(self.flags, bytes)

    def fit(self, batch: Batch, start: int) -> int:
        """Tell which rows of a batch there is room for.

        Parameters
        ----------
        batch : Batch
            Where the rows come from.
        start : int
            The first of its rows that is looked at.

        Returns
        -------
        int
            The row to stop before; ``start`` when none fits.
        """
        if self.sealed:
            return start
        free = len(self.data) - self.bounds[self.count]
        return min(
            start + len(self.flags) - self.count, bisect_right(batch.bounds, batch.bounds[start] + free, start + 1) - 1
        )

    def add(self, batch: Batch, start: int, stop: int, time_ns: int) -> None:
        """Copy rows ``start`` to ``stop`` of a batch, whose payloads stand back to back, behind the published ones. They must fit.

        Nothing is published before the last line, so an interrupt inside leaves the segment as it was.

        Parameters
        ----------
        batch : Batch
            Where the rows come from.
        start, stop : int
            Which of its rows.
        time_ns : int
            Arrival, nanoseconds since the epoch.
        """
        low, high = batch.bounds[start], batch.bounds[stop]
        row, offset, rows = self.count, self.bounds[self.count], stop - start
        assert isinstance(self.data, bytearray)
        assert isinstance(self.flags, bytearray)
        self.data[offset : offset + high - low] = batch.data[low:high] if high - low != len(batch.data) else batch.data
        shift = offset - low
        self.bounds[row + 1 : row + 1 + rows] = array(
            "I", [bound + shift for bound in batch.bounds[start + 1 : stop + 1]]
        )
        self.times[row : row + rows] = array("q", (time_ns,)) * rows
        self.flags[row : row + rows] = batch.flags[start:stop]
        for index, frames in batch.fragments.items():
            if start <= index < stop:
                self.fragments[row + index - start] = frames
        self.count = row + rows  # publishes

    def add_one(self, payload: bytes | bytearray, flags: int, time_ns: int, connection: int) -> bool:
        """Copy one row behind the published ones, if it fits: as `fit` and `add`, in a third of the time.

        Parameters
        ----------
        payload : bytes or bytearray
            Its payload.
        flags : int
            Its flags.
        time_ns : int
            Nanoseconds since the epoch.
        connection : int
            As for the class.

        Returns
        -------
        bool
            False when nothing was done: it does not fit, or needs more than a copy.
        """
        row, column, data, bounds = self.count, self.flags, self.data, self.bounds
        if type(column) is bytes or row == len(column) or connection != self.connection:
            return False
        if not add_row(data, bounds, self.times, column, row, payload, time_ns, flags):  # type: ignore[arg-type]
            return False
        self.count = row + 1  # publishes
        return True

    def larger(self, size: int, rows: int) -> Segment:
        """Make a copy of this open segment with more room.

        Parameters
        ----------
        size, rows : int
            How much it has room for, not less than now.

        Returns
        -------
        Segment
            Readers that hold the old one keep reading it.
        """
        count = self.count
        segment = Segment.empty(self.first, self.before, self.connection, size, rows)
        assert isinstance(segment.data, bytearray)
        assert isinstance(segment.flags, bytearray)
        segment.data[: self.size] = self.data[: self.size]
        segment.bounds[: count + 1] = self.bounds[: count + 1]
        segment.times[:count] = self.times[:count]
        segment.flags[:count] = self.flags[:count]
        segment.fragments = self.fragments
        segment.meanings = self.meanings
        segment.count = count
        return segment

    def seal(self) -> Segment:
        """Make a trimmed, immutable copy of this segment, payloads back to back.

        Returns
        -------
        Segment
            Readers that hold the old one keep reading it.
        """
        count = self.count
        bounds = self.bounds[: count + 1]
        with memoryview(self.data) as view:
            if self.headers:
                spans = list(zip(self.starts, bounds[1:], strict=True))
                data = b"".join([view[start:end] for start, end in spans])
                bounds = array("I", accumulate([end - start for start, end in spans], initial=0))
            else:
                data = bytes(view[: bounds[count]])  # an open segment begins at 0
        return Segment(
            self.first,
            self.before,
            self.connection,
            data,
            bounds,
            self.times[:count],
            bytes(self.flags[:count]),
            count,
            self.fragments,
            meanings=self.meanings,
        )

    def decoded_rows(self, stop: int) -> DecodedRows | None:
        """Tell what the first rows mean.

        Parameters
        ----------
        stop : int
            Before which published row to stop.

        Returns
        -------
        DecodedRows or None
            None when the payloads say all.
        """
        return None if self.meanings is None else self.meanings.rows(self, stop)

    def decoded_text(self, row: int, decoded: DecodedRows | None) -> bytes:
        """Give a row's decoded value as JSON.

        Parameters
        ----------
        row : int
            Its number.
        decoded : DecodedRows or None
            From `decoded_rows`.

        Returns
        -------
        bytes
            Empty where the payload says all.
        """
        if decoded is None or self.meanings is None:
            return b""
        return self.meanings.text(self, row) if row in decoded.aside else decoded.payload(row)

    def payload(self, row: int, limit: int | None = None) -> bytes:
        """Copy one payload out.

        Parameters
        ----------
        row : int
            Below ``count``.
        limit : int, optional
            At most this many bytes.

        Returns
        -------
        bytes
        """
        start, end = self.starts[row], self.bounds[row + 1]
        if limit is not None:
            end = min(end, start + limit)
        if end - start <= _SHORT:
            return bytes(self.data[start:end])
        with memoryview(self.data) as view:
            return bytes(view[start:end])

    def view(self, row: int) -> memoryview:
        """Look at one payload without a copy; only for sealed segments, whose ``data`` never changes.

        Parameters
        ----------
        row : int
            Below ``count``.

        Returns
        -------
        memoryview
        """
        return memoryview(self.data)[self.starts[row] : self.bounds[row + 1]]


#: A segment, and permanent indexes of rows in it.
Piece = tuple[Segment, Sequence[int]]
