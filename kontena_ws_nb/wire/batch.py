"""`Batch`: consecutive rows of a connection, and the numbers that describe a row.

What lives here: values. What must not: decoding. Made by whoever receives or sends, read on any thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@dataclass(slots=True)
class Batch:
    """Consecutive rows, payloads back to back.

    Parameters
    ----------
    data : bytes or bytearray
        The payloads, nothing else.
    ends : sequence of int
        Where each row's payload ends; it starts where the one before ended.
    flags : bytes
        A byte a row: opcode, `COMPRESSED`, `FRAGMENTED`, and the log's direction bit.
    fragments : mapping
        Row → number of frames, for fragmented messages only.
    """

    data: bytes | bytearray
    ends: Sequence[int]
    flags: bytes
    fragments: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ends)

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
        if len(self.ends) == 1:
            return bytes(self.data)  # a large message is alone: copied once
        return bytes(self.data[self.ends[row - 1] if row else 0 : self.ends[row]])
