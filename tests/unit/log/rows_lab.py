"""Batches and segments for the tests of the log."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol.frames import Batch

TEXT, BINARY = 0x1, 0x2


def batch_of(*payloads: bytes, flags: int | bytes = TEXT, fragments: dict[int, int] | None = None) -> Batch:
    """One batch of these payloads."""
    every = bytes((flags,)) * len(payloads) if isinstance(flags, int) else flags
    return Batch(b"".join(payloads), list(accumulate(map(len, payloads), initial=0)), every, fragments or {})


def adopted(
    *payloads: bytes, flags: int | bytes = TEXT, first: int = 0, fragments: dict[int, int] | None = None
) -> Segment:
    """One sealed segment of these payloads."""
    return Segment.adopt(first, 0, 1, batch_of(*payloads, flags=flags, fragments=fragments), 1_500_000_000)


def payloads(segments: Sequence[Segment]) -> list[bytes]:
    """All payloads of some segments."""
    return [segment.payload(row) for segment in segments for row in range(segment.count)]
