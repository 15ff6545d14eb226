"""Numbered messages by the block, so that the demo server is never the slow end of a flood.

Every message is JSON of the same length: ``{"time": 1766438400.123, "n":        1234, "pad": "…"}``. A block of them is
one bytes object: the last digits of the numbers are fixed in it, the leading digits and the time are put in by one
`bytes.replace` for the whole block. Frames are written as RFC 6455 section 5.2 says, unmasked (we are a server), never
compressed (legal in a compressed connection, RFC 7692 section 6). Pure functions of their arguments, called on the demo
server's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Bytes of one block, roughly: big enough for one system call to carry thousands of messages.
BLOCK_BYTES = 256 * 1024

#: The shortest message that holds the time and the number.
MIN_SIZE = 64

_DIGITS = 12  # of the number; at a million messages a second that is eleven days
_MARK = b"#" * 14  # stands for the time; no payload of ours holds it


class Blocks:
    """The endless row of numbered messages, cut where you like.

    Parameters
    ----------
    size : int
        Payload bytes of each message, at least `MIN_SIZE`.
    clock : callable, optional
        Epoch seconds; a test's own.

    Examples
    --------
    >>> Blocks(64, clock=lambda: 0.0).take(0, 1)[2:].decode()
    '{"time":          0.000, "n":            0, "pad": "xxxxxxxxxx"}'
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.time) -> None:
        if size < MIN_SIZE:
            raise ValueError(f"size: {size} is too small for a numbered message; the least is {MIN_SIZE}")
        self._clock = clock
        self._low_digits = 3
        while self._low_digits and 10**self._low_digits * size > BLOCK_BYTES:
            self._low_digits -= 1
        self.block_messages = 10**self._low_digits
        self.frame_bytes = size + len(_header(size))
        # Numbers of the first block are short: JSON forbids leading zeros, so it is padded with spaces all through.
        self._first = b"".join(self._frame(size, b"%*d" % (_DIGITS, n)) for n in range(self.block_messages))
        self._high = b"@" * (_DIGITS - self._low_digits)  # stands for the leading digits
        self._rest = b"".join(self._frame(size, self._high + self._low(n)) for n in range(self.block_messages))

    def _low(self, number: int) -> bytes:
        return b"%0*d" % (self._low_digits, number) if self._low_digits else b""

    @staticmethod
    def _frame(size: int, number: bytes) -> bytes:
        head = b'{"time": ' + _MARK + b', "n": ' + number + b', "pad": "'
        return _header(size) + head + b"x" * (size - len(head) - 2) + b'"}'

    def take(self, start: int, most: int) -> bytes:
        """Give the frames of some messages, no further than the end of their block.

        Parameters
        ----------
        start : int
            Number of the first message.
        most : int
            How many to give at most, at least 1.

        Returns
        -------
        bytes
            Whole frames; their count is ``len(result) // frame_bytes``.
        """
        block, offset = divmod(start, self.block_messages)
        stop = min(offset + most, self.block_messages)
        template = self._rest if block else self._first
        if stop - offset < self.block_messages:
            template = template[offset * self.frame_bytes : stop * self.frame_bytes]
        if block:
            template = template.replace(self._high, b"%*d" % (len(self._high), block))
        return template.replace(_MARK, b"%14.3f" % self._clock())


def _header(size: int) -> bytes:
    """Compose the header of a final text frame (RFC 6455 section 5.2)."""
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")
