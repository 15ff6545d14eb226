"""Makes numbered messages in blocks, so that the client and not the demo server limits the speed of a flood.

All messages are JSON of the same length: ``{"time": 1766438400.123, "n":        1234, "pad": "…"}``. A block of messages
is one bytes object, in which the last digits of the numbers are fixed; the leading digits and the time are inserted with
one `bytes.replace` each. The frames (RFC 6455 section 5.2) are unmasked, as a server's must be, and not compressed, which
permessage-deflate allows (RFC 7692 section 6). Pure functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Approximate size of a block in bytes, so that one system call sends thousands of messages.
BLOCK_BYTES = 256 * 1024

#: The shortest message that has room for the time and the number.
MIN_SIZE = 64

_DIGITS = 12  # of the number; enough for eleven days at a million messages a second
_MARK = b"#" * 14  # placeholder for the time; does not occur elsewhere in a payload


class Blocks:
    """An endless sequence of numbered messages.

    Parameters
    ----------
    size : int
        Payload bytes of each message, at least `MIN_SIZE`.
    clock : callable, optional
        Epoch seconds; replaced in tests.

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
        # The first block is different: its numbers have no leading digits, and JSON does not allow leading zeros.
        self._first = b"".join(self._frame(size, b"%*d" % (_DIGITS, n)) for n in range(self.block_messages))
        self._high = b"@" * (_DIGITS - self._low_digits)  # placeholder for the leading digits
        self._rest = b"".join(self._frame(size, self._high + self._low(n)) for n in range(self.block_messages))

    def _low(self, number: int) -> bytes:
        return b"%0*d" % (self._low_digits, number) if self._low_digits else b""

    @staticmethod
    def _frame(size: int, number: bytes) -> bytes:
        head = b'{"time": ' + _MARK + b', "n": ' + number + b', "pad": "'
        return _header(size) + head + b"x" * (size - len(head) - 2) + b'"}'

    def take(self, start: int, most: int) -> bytes:
        """Return the frames of some messages, up to the end of their block.

        Parameters
        ----------
        start : int
            Number of the first message.
        most : int
            How many messages at most; at least 1.

        Returns
        -------
        bytes
            ``len(result) // frame_bytes`` frames.
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
