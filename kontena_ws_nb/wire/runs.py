"""Runs: whole data frames of one kind that follow each other, taken apart without an object a message.

What lives here: the walk over headers, and where the payloads go. What must not: decisions about errors, the state of a stream (`frames`).
Called by the holder of the receive role.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from .arena import Arena
from .batch import Batch
from .refusals import Buffer

#: Payloads above this are moved once: straight to memory that is kept (see `arena`).
LARGE: Final = 16 << 10
#: Pieces of this size move to memory that is kept; smaller ones are copied by who keeps them.
MANY: Final = 32 << 10
#: An inflated message of this size stays where it was made; smaller ones cost less page faults in an arena.
ALONE: Final = 1 << 20


def walk(buffer: bytearray, at: int, stop: int, parts: list[bytearray | memoryview], max_size: int | None) -> int:
    """Take the payloads of whole frames of one kind.

    Parameters
    ----------
    buffer : bytearray
        What was received; header bytes are looked at up to 10 bytes behind ``stop``.
    at, stop : int
        The frames between that begin with the same byte as the first.
    parts : list
        Gets a copy of each payload. One of more than `LARGE` bytes is taken only as the first, alone and uncopied.
    max_size : int or None
        A `LARGE` message of more bytes is not taken.

    Returns
    -------
    int
        Where they end; ``at`` when none was taken.
    """
    take = parts.append
    first = buffer[at]
    # Stale bytes behind what was received cannot be mistaken for a frame: its end would lie there too.
    while True:
        length = buffer[at + 1]
        if length < 126:
            start = at + 2
        elif length == 126:
            start = at + 4
            length = buffer[at + 2] << 8 | buffer[at + 3]
            if length < 126:
                return at  # not minimal: the slow path says so
        elif length == 127:
            start = at + 10
            length = int.from_bytes(buffer[at + 2 : start], "big")
            if length < 65536:
                return at  # as above
        else:
            return at  # masked
        end = start + length
        if end > stop:
            return at
        if length > LARGE:
            if not parts and (max_size is None or length <= max_size):
                take(memoryview(buffer)[start:end])
                return end
            return at
        take(buffer[start:end])
        at = end
        if buffer[at] != first:
            return at


def gather(arena: Arena, data: Buffer, parts: Sequence[Buffer], flags: int, batch: Batch | None, batches: list[Batch]) -> Batch:
    """Add payloads to the batch of their run, or begin another.

    Parameters
    ----------
    arena : Arena
        Where many stay.
    data : bytes-like
        The payloads, joined.
    parts : sequence of bytes-like
        The payloads.
    flags : int
        Of each row.
    batch : Batch or None
        What the run has so far.
    batches : list of Batch
        Gets a batch that is begun.

    Returns
    -------
    Batch
        Of the run.
    """
    every = bytes((flags,)) * len(parts)
    at = 0
    if len(parts) == 1 and len(data) >= ALONE and isinstance(data, bytearray):
        pass
    elif batch is not None or len(data) >= MANY:
        block, at = arena.take(len(data))
        block[at : at + len(data)] = data
        data = block
    elif isinstance(data, memoryview):
        data = bytes(data)
    bounds = list(accumulate(map(len, parts), initial=at))
    if batch is not None and batch.data is data and batch.bounds[-1] == at:
        assert isinstance(batch.bounds, list)
        batch.bounds += bounds[1:]
        batch.flags += every
        return batch
    batch = Batch(data, bounds, every)
    batches.append(batch)
    return batch
