"""`Batch`: consecutive rows of a connection, and the numbers that describe a row. A value; any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# RFC 6455 section 5.2: opcodes.
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

#: The bits of a frame's first byte, and of a row's flags, that hold the opcode.
OPCODE: Final = 0x0F

#: Flags of a row, shared with the log's segments.
SENT: Final = 0x10
COMPRESSED: Final = 0x20
FRAGMENTED: Final = 0x40
#: The connection ended before all of it came.
INCOMPLETE: Final = 0x80


@dataclass(slots=True)
class Batch:
    """Consecutive rows.

    Parameters
    ----------
    data : bytes or bytearray
        Where the payloads are; outside the bounds may be something else.
    bounds : sequence of int
        One more than rows: where the first payload begins, and where each ends. Back to back, row *i* is
        ``data[bounds[i]:bounds[i + 1]]``.
    flags : bytes
        A byte a row: opcode, `COMPRESSED`, `FRAGMENTED`, `INCOMPLETE`, and the log's direction bit.
    fragments : mapping
        Row → number of frames, for fragmented messages only.
    starts : list of int, optional
        Where each payload begins, when they are frames where they were received: the headers stand between.
    headers : int, default 0
        Bytes between the payloads, all together.
    """

    data: bytes | bytearray
    bounds: list[int] | tuple[int, int]
    flags: bytes
    fragments: Mapping[int, int] = field(default_factory=dict)
    starts: list[int] | None = None
    headers: int = 0

    @classmethod
    def one(cls, payload: bytes | bytearray, flags: int) -> Batch:
        """Make a batch of a single row.

        Parameters
        ----------
        payload : bytes or bytearray
            Its payload.
        flags : int
            Its flags.

        Returns
        -------
        Batch
        """
        return cls(payload, (0, len(payload)), bytes((flags,)))

    def __len__(self) -> int:
        return len(self.flags)

    @property
    def size(self) -> int:
        """Payload bytes of all rows."""
        return self.bounds[-1] - self.bounds[0] - self.headers

    def _payload(self, row: int) -> slice:
        return slice((self.starts or self.bounds)[row], self.bounds[row + 1])

    def payload(self, row: int) -> bytes:
        """Copy one payload out.

        Parameters
        ----------
        row : int
            Below ``len()``.

        Returns
        -------
        bytes
        """
        with memoryview(self.data) as view:  # a slice of a bytearray would be a copy more
            return bytes(view[self._payload(row)])

    def text(self, row: int) -> str:
        """Decode one payload, which is known to be UTF-8.

        Parameters
        ----------
        row : int
            Below ``len()``.

        Returns
        -------
        str
        """
        with memoryview(self.data) as view, view[self._payload(row)] as payload:
            return str(payload, "utf-8")
