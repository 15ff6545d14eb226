"""One columnar piece of the log, and the batch it is made from.

What lives here: how rows are laid out in memory. What must not: locks, indexes over segments, retention (`log.py`).
The thread that appends holds the log's writer role; readers on any thread see the rows below ``count``, which is raised last.
A row costs its payload plus 13 bytes: 4 (bound), 8 (time), 1 (flags).
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..wire.frames import COMPRESSED, FRAGMENTED, SENT, Batch

#: The low four bits of a row's flags: what kind of row it is. Data and control frames carry their opcode (RFC 6455 section 5.2) …
KINDS: Final[Mapping[int, str]] = {
    0x1: "text",
    0x2: "binary",
    0x8: "close",
    0x9: "ping",
    0xA: "pong",
    # … and lifecycle rows take opcodes the RFC reserves.
    0xC: "open",
    0xD: "error",
    0xE: "reconnect",
}
CODES: Final[Mapping[str, int]] = {kind: code for code, kind in KINDS.items()}
KIND_MASK: Final = 0x0F

__all__ = ["CODES", "COMPRESSED", "FRAGMENTED", "KINDS", "KIND_MASK", "SENT", "Segment"]

#: A segment is sealed when either is reached (design section 6).
SEGMENT_BYTES: Final = 256 << 10
SEGMENT_ROWS: Final = 4096
#: A batch at least this large becomes a segment of its own, without a copy.
ADOPT_BYTES: Final = 64 << 10


@dataclass(slots=True)
class Segment:
    """Up to 4,096 rows of one connection, payloads back to back.

    ``data`` and the arrays are preallocated and never resized while rows are added: a search or a memoryview running on them
    in another thread would make a resize raise `BufferError` in the reader. `seal` replaces them by trimmed copies.

    Parameters
    ----------
    first : int
        Permanent index of row 0.
    connection : int
        Number of the connection these rows belong to.
    data : bytes or bytearray
        Payloads; row *i* is ``data[bounds[i]:bounds[i + 1]]``.
    bounds : array of uint32
        ``count + 1`` offsets, the first 0.
    times : array of int64
        Nanoseconds since the epoch.
    flags : bytearray or bytes
        Kind code, `SENT`, `COMPRESSED`, `FRAGMENTED`.
    count : int
        Published rows.
    fragments : dict
        Row → number of frames, for fragmented messages only.
    """

    first: int
    connection: int
    data: bytes | bytearray
    bounds: array[int]
    times: array[int]
    flags: bytearray | bytes
    count: int = 0
    fragments: dict[int, int] = field(default_factory=dict)

    @classmethod
    def empty(cls, first: int, connection: int) -> Segment:
        """Make an open segment with room for `SEGMENT_BYTES` and `SEGMENT_ROWS`.

        Parameters
        ----------
        first, connection : int
            As for the class.

        Returns
        -------
        Segment
        """
        return cls(
            first,
            connection,
            bytearray(SEGMENT_BYTES),
            array("I", bytes(4 * (SEGMENT_ROWS + 1))),
            array("q", bytes(8 * SEGMENT_ROWS)),
            bytearray(SEGMENT_ROWS),
        )

    @classmethod
    def adopt(cls, first: int, connection: int, batch: Batch, time_ns: int) -> Segment:
        """Turn a large batch into a sealed segment without copying its payload.

        Parameters
        ----------
        first, connection : int
            As for the class.
        batch : Batch
            Not used by anybody else afterwards.
        time_ns : int
            Arrival, nanoseconds since the epoch.

        Returns
        -------
        Segment
        """
        count = len(batch.ends)
        bounds = array("I", (0,))
        bounds.extend(batch.ends)
        return cls(first, connection, batch.data, bounds, array("q", (time_ns,)) * count, batch.flags, count, dict(batch.fragments))

    @property
    def size(self) -> int:
        """Payload bytes of the published rows."""
        return self.bounds[self.count]

    def room(self) -> tuple[int, int]:
        """Tell how much fits.

        Returns
        -------
        (int, int)
            Rows and bytes left; (0, 0) when sealed.
        """
        if not isinstance(self.flags, bytearray):
            return 0, 0
        return SEGMENT_ROWS - self.count, SEGMENT_BYTES - self.bounds[self.count]

    def add(self, batch: Batch, start: int, stop: int, time_ns: int) -> None:
        """Copy rows ``start`` to ``stop`` of a batch behind the published ones. They must fit.

        Parameters
        ----------
        batch : Batch
            Where the rows come from.
        start, stop : int
            Which of its rows.
        time_ns : int
            Arrival, nanoseconds since the epoch.
        """
        low = batch.ends[start - 1] if start else 0
        high = batch.ends[stop - 1]
        row, offset, rows = self.count, self.bounds[self.count], stop - start
        assert isinstance(self.data, bytearray)
        assert isinstance(self.flags, bytearray)
        self.data[offset : offset + high - low] = batch.data[low:high] if high - low != len(batch.data) else batch.data
        if rows == 1:  # the slow feed: one message a chunk
            self.bounds[row + 1] = offset + high - low
            self.times[row] = time_ns
        else:
            shift = offset - low
            self.bounds[row + 1 : row + 1 + rows] = array("I", [end + shift for end in batch.ends[start:stop]])
            self.times[row : row + rows] = array("q", (time_ns,)) * rows
        self.flags[row : row + rows] = batch.flags[start:stop]
        for index, frames in batch.fragments.items():
            if start <= index < stop:
                self.fragments[row + index - start] = frames
        self.count = row + rows  # publishes

    def seal(self) -> Segment:
        """Make a trimmed, immutable copy of this segment.

        Returns
        -------
        Segment
            Readers that hold the old one keep reading it.
        """
        count = self.count
        return Segment(
            self.first,
            self.connection,
            bytes(self.data[: self.size]),
            self.bounds[: count + 1],
            self.times[:count],
            bytes(self.flags[:count]),
            count,
            self.fragments,
        )

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
        start, end = self.bounds[row], self.bounds[row + 1]
        if limit is not None:
            end = min(end, start + limit)
        return bytes(self.data[start:end])

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
        return memoryview(self.data)[self.bounds[row] : self.bounds[row + 1]]
