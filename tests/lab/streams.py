"""Byte streams that a server may send, and what decoders make of them, in a form that can be compared.

Nothing here opens a socket. `Outcome` is what two decoders must agree on.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = False, form: int | None = None
) -> bytes:
    """One frame; `form` (7, 16 or 64) chooses how the length is written, the shortest way by default."""
    size = len(payload)
    if form is None:
        form = 7 if size < 126 else 16 if size < 1 << 16 else 64
    first = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    mask = 0x80 if masked else 0
    if form == 7:
        head = first + bytes([mask | size])
    elif form == 16:
        head = first + bytes([mask | 126]) + struct.pack("!H", size)
    else:
        head = first + bytes([mask | 127]) + struct.pack("!Q", size)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def fragmented(opcode: int, pieces: Sequence[bytes], *, rsv: int = 0, between: Sequence[bytes] = ()) -> bytes:
    """A message in several frames; `between` are whole control frames sent after the first ones."""
    out = b""
    for number, piece in enumerate(pieces):
        first, last = number == 0, number == len(pieces) - 1
        out += frame(opcode if first else CONTINUATION, piece, fin=last, rsv=rsv if first else 0)
        if number < len(between) and not last:
            out += between[number]
    return out


class Compressor:
    """A server's permessage-deflate (RFC 7692 section 7.2.1)."""

    def __init__(self, bits: int = 15, *, takeover: bool = True) -> None:
        self._bits, self._takeover = bits, takeover
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -bits)

    def message(self, payload: bytes, *, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
        if not self._takeover:
            self._deflate = zlib.compressobj(6, zlib.DEFLATED, -self._bits)
        data = self._deflate.compress(payload) + self._deflate.flush(flush)
        assert data.endswith(b"\x00\x00\xff\xff"), data
        return data[:-4]


@dataclass
class Outcome:
    """Messages (opcode, payload, fragments, compressed), the close frame, and the code a broken stream is refused with."""

    messages: list[tuple[int, bytes, int, bool]] = field(default_factory=list)
    closed: bool = False
    code: int | None = None
    told: str | None = None

    def essence(self) -> tuple[Any, ...]:
        """What independent decoders know too."""
        return [(opcode, payload) for opcode, payload, _, _ in self.messages], self.closed, self.code


def cut(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    """Cut a stream at offsets; those outside do not matter."""
    places = sorted({place for place in cuts if 0 < place < len(stream)})
    return [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]


def decode(decoder: Any, pieces: Iterable[bytes], kept: list[Any] | None = None) -> Outcome:
    """Feed our decoder; what it makes of it is added to ``kept``."""
    outcome = Outcome()
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            with decoder.buffer() as buffer:
                count = min(len(buffer), len(rest))
                assert count, "the decoder asked for nothing"
                buffer[:count] = rest[:count]
            rest = rest[count:]
            batches = decoder.received(count)
            while decoder.more:
                batches += decoder.received(0)
            if kept is not None:
                kept += batches
            for batch in batches:
                for row in range(len(batch)):
                    flags = batch.flags[row]
                    fragments = batch.fragments.get(row, 1)
                    assert bool(flags & 0x40) == (fragments > 1)
                    outcome.messages.append((flags & 0x0F, batch.payload(row), fragments, bool(flags & 0x20)))
    outcome.closed = decoder.closed
    if decoder.error is not None:
        outcome.code, outcome.told = decoder.error.close_code, str(decoder.error)
    return outcome
