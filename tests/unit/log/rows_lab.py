"""Batches and segments for the tests of the log."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol.frames import Batch, walk
from tests.lab.streams import frame

TEXT, BINARY = 0x1, 0x2


def batch_of(*payloads: bytes, flags: int | bytes = TEXT, fragments: dict[int, int] | None = None) -> Batch:
    """One batch of these payloads."""
    every = bytes((flags,)) * len(payloads) if isinstance(flags, int) else flags
    return Batch(b"".join(payloads), list(accumulate(map(len, payloads), initial=0)), every, fragments or {})


def apart(batch: Batch) -> Batch:
    """The same rows with something between them that looks like the end of one and the beginning of the next."""
    data, starts, ends = bytearray(b"abc"), [], []
    for row in range(len(batch)):
        starts.append(len(data))
        data += batch.payload(row)
        ends.append(len(data))
        data += b"ab" * (1 + row % 5)
    headers = ends[-1] - starts[0] - batch.size
    return Batch(data, [starts[0], *ends], batch.flags, batch.fragments, starts, headers)


def in_place(*payloads: bytes) -> Segment:
    """One segment of texts where they were received: as a decoder whose buffer is full leaves them."""
    stream = b"".join(frame(TEXT, payload) for payload in payloads)
    buffer, starts, ends = bytearray(stream + bytes(16)), list[int](), list[int]()
    assert walk(buffer, 0, len(stream), starts, ends, None) == len(stream)
    headers = ends[-1] - starts[0] - sum(map(len, payloads))
    batch = Batch(buffer[: len(stream)], [starts[0], *ends], bytes((TEXT,)) * len(payloads), {}, starts, headers)
    return Segment.adopt(0, 0, 1, batch, 1_500_000_000)


def adopted(
    *payloads: bytes, flags: int | bytes = TEXT, first: int = 0, fragments: dict[int, int] | None = None
) -> Segment:
    """One sealed segment of these payloads."""
    return Segment.adopt(first, 0, 1, batch_of(*payloads, flags=flags, fragments=fragments), 1_500_000_000)


def payloads(segments: Sequence[Segment]) -> list[bytes]:
    """All payloads of some segments."""
    return [segment.payload(row) for segment in segments for row in range(segment.count)]
