"""Memory for floods: ranges follow each other, blocks are never resized, and huge pages are asked for where they are cheap."""

from __future__ import annotations

import ctypes
import itertools
import pickle
import re
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol import arena as module
from kontena_ws_nb.protocol.arena import BLOCK, BLOCKS, FIRST_BLOCK, RESERVED, SPARE, Arena, Blocks, used
from kontena_ws_nb.protocol.batch import Batch
from kontena_ws_nb.protocol.frames import CHUNK, FIRST_CHUNK, READ, FrameDecoder
from tests.lab.streams import BINARY, TEXT, decode, frame


@pytest.fixture(autouse=True)
def _nothing_spare() -> Iterator[None]:
    BLOCKS.release()
    yield
    BLOCKS.release()


def test_ranges_follow_each_other() -> None:
    arena = Arena()
    (first, at), (second, behind) = arena.take(10), arena.take(5)
    assert first is second
    assert (at, behind) == (0, 10)


def test_a_full_block_is_left_to_who_holds_it() -> None:
    arena = Arena()
    first, _ = arena.take(FIRST_BLOCK - 1)
    second, at = arena.take(2)
    assert second is not first
    assert at == used(second)[0]


def test_the_first_block_is_a_small_one() -> None:
    arena = Arena()
    (small, *usable), (large, begin, end) = arena.block(10), arena.block(10)
    assert (len(small), usable, end - begin) == (FIRST_BLOCK, [0, FIRST_BLOCK], BLOCK)
    assert (BLOCKS.made(small), BLOCKS.made(large)) == (False, True)
    assert BLOCKS.made(Arena().block(FIRST_BLOCK + 1)[0])


def test_much_has_memory_of_its_own() -> None:
    block, at = Arena().take(BLOCK + 1)
    assert (len(block), at, BLOCKS.made(block)) == (BLOCK + 1, 0, False)


@pytest.mark.parametrize("took", [0.0, 1.0], ids=["cheap", "dear"])
def test_huge_pages_are_given_up_where_they_are_dear(monkeypatch: pytest.MonkeyPatch, took: float) -> None:
    monkeypatch.setattr(module, "perf_counter", itertools.count(step=took).__next__)
    block = Blocks().take()
    begin, end = used(block)
    block[begin : begin + 1000] = block[end - 1000 : end] = bytes(range(250)) * 4
    assert block[begin : begin + 1000] == block[end - 1000 : end] == bytes(range(250)) * 4


def test_the_small_pages_of_a_block_are_touched_when_it_is_made() -> None:
    block = Blocks().take()
    _, end = used(block)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for at in range(end - (48 << 10), end, 4096):
        block[at] = 1
    assert resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before < 3


def received(decoder: FrameDecoder, stream: bytes, most: int) -> tuple[list[Batch], int]:
    """Receive a stream, so many bytes at a time; what came, and in how many reads."""
    batches, reads = [], 0
    while stream:
        reads += 1
        with decoder.buffer() as buffer:
            count = min(len(buffer), most, len(stream))
            buffer[:count] = stream[:count]
        stream = stream[count:]
        batches += decoder.received(count)
    return batches, reads


@pytest.mark.parametrize("most", [100_000, 300_000, 1 << 22])
def test_a_frame_that_is_under_way_and_fits_stays_in_its_block(most: int) -> None:
    """Four mebibytes have room in a block, wherever reads end: moving the fourth would waste a copy and a quarter of it."""
    decoder = FrameDecoder()
    received(decoder, frame(BINARY, bytes(CHUNK)) * 4, 1 << 22)  # it receives into blocks from now on
    batches, _ = received(decoder, frame(BINARY, bytes((1 << 20) - 10)) * 17, most)
    blocks = [id(batch.data) for batch in batches for _ in range(len(batch))]
    assert len(blocks) == 17
    whole = [len(list(run)) for _, run in itertools.groupby(blocks)][1:-1]
    assert whole == [4] * len(whole)
    assert len(whole) >= 3


@pytest.mark.parametrize("most", [1_000, 100_000, 1 << 22])
def test_for_a_small_limit_nothing_stays_in_blocks(most: int) -> None:
    sizes = [0, 1, 125, 126, 5_000, 70_000, 128 << 10, (128 << 10) + 1, 600_000, 3 << 20] * 3 + [200] * 9_000
    payloads = [bytes((number % 251,)) * size for number, size in enumerate(sizes)]
    stream = b"".join(frame(BINARY, payload) for payload in payloads)
    blocks = {}
    for keep in (None, 17 << 20, 16 << 20, 1 << 20):
        batches, _ = received(FrameDecoder(keep=keep), stream, most)
        assert [batch.payload(row) for batch in batches for row in range(len(batch))] == payloads
        blocks[keep] = any(BLOCKS.made(batch.data) for batch in batches)
    assert blocks == {None: True, 17 << 20: True, 16 << 20: False, 1 << 20: False}


@pytest.mark.parametrize("size", [100, 5_000])
def test_small_frames_go_on_in_another_block_before_reads_get_short(size: int) -> None:
    decoder = FrameDecoder()
    received(decoder, frame(BINARY, bytes(CHUNK)) * 4, 1 << 22)
    stream = frame(BINARY, bytes(size)) * (3 * BLOCK // size)
    most = 1 << 20
    _, reads = received(decoder, stream, most)
    assert len(stream) / most <= reads < len(stream) / most + 20


def test_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CAN_ADVISE", False)
    assert len(Blocks().take()) == BLOCK
    assert len(Arena().take(BLOCK)[0]) == BLOCK


def test_where_addresses_are_limited_a_block_has_no_more_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESERVED", 1 << 60)
    block = Blocks().take()
    assert len(block) == BLOCK
    assert used(block) == (0, BLOCK)
    assert Blocks.made(block)


# --- used again


def test_a_block_is_used_again() -> None:
    blocks = Blocks()
    block = blocks.take()
    block[:5] = b"first"
    blocks.offer(block)
    blocks.offer(block)  # once is enough
    del block
    again = blocks.take()
    assert again[:5] == b"first"
    assert blocks.take()[:5] != b"first"


def look_in(held: bytearray) -> Iterator[int]:
    yield held[0]
    yield held[1]


@pytest.mark.parametrize(
    "hold",
    [
        lambda block: block,
        memoryview,
        lambda block: memoryview(block)[5:6].toreadonly(),
        lambda block: memoryview(block)[:64].cast("I"),
        lambda block: re.compile(b"x").finditer(block),
        lambda block: Batch(block, [0, 1], b"\1"),
        lambda block: Segment.adopt(0, 0, 1, Batch(block, [0, 1], b"\1"), 1).view(0),
        lambda block: block.find,
        iter,
        lambda block: pickle.PickleBuffer(block),
        lambda block: (ctypes.c_char * 3).from_buffer(block),
        look_in,
    ],
)
def test_a_block_that_somebody_looks_at_is_not(hold: Callable[[bytearray], Any]) -> None:
    blocks = Blocks()
    block = blocks.take()
    block[:5] = b"first"
    held = hold(block)
    blocks.offer(block)
    del block
    other = blocks.take()
    assert other[:5] != b"first"
    del held
    again = blocks.take()
    assert again[:5] == b"first", "nobody looks any more"


def test_of_spare_blocks_the_oldest_go() -> None:
    blocks = Blocks()
    made = [blocks.take() for _ in range(SPARE + 1)]
    for number, block in enumerate(made):
        block[0] = number + 1
        blocks.offer(block)
    del made, block
    assert [blocks.take()[0] for _ in range(SPARE)] == list(range(2, SPARE + 2))


def test_what_is_no_block_is_not_kept() -> None:
    blocks = Blocks()
    for other in (bytes(BLOCK), bytearray(10), bytearray(BLOCK + 1)):
        blocks.offer(other)
    block = blocks.take()
    assert len(block) == RESERVED or sys.platform != "linux"


def test_spare_blocks_are_given_back() -> None:
    blocks = Blocks()
    block = blocks.take()
    block[:5] = b"first"
    blocks.offer(block)
    del block
    blocks.release()
    assert blocks.take()[:5] != b"first"


def test_where_references_cannot_be_counted_nothing_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CAN_COUNT", False)
    blocks = Blocks()
    block = blocks.take()
    block[:5] = b"first"
    blocks.offer(block)
    del block
    assert blocks.take()[:5] != b"first"


# --- what the decoder makes of it


def test_the_pieces_of_a_run_are_one_batch_until_their_block_is_full() -> None:
    payloads = [bytes((number,)) * 10_000 for number in range(200)]
    decoder = FrameDecoder()
    outcome = decode(decoder, [b"".join(frame(BINARY, payload) for payload in payloads)])
    assert [payload for _, payload, _, _ in outcome.messages] == payloads


def test_the_buffer_grows_when_it_was_full() -> None:
    decoder = FrameDecoder()
    with decoder.buffer() as buffer:
        assert len(buffer) == FIRST_CHUNK
        buffer[:] = (frame(TEXT, b"x" * 100) * FIRST_CHUNK)[:FIRST_CHUNK]
    decoder.received(FIRST_CHUNK)
    with decoder.buffer() as buffer:
        assert CHUNK < len(buffer) < READ  # the first block


@pytest.mark.parametrize(
    ("keep", "most"), [(None, READ), (64 << 20, 4 << 20), (1 << 20, FIRST_CHUNK), (1, FIRST_CHUNK)]
)
def test_one_read_brings_a_sixteenth_of_what_is_kept(keep: int | None, most: int) -> None:
    decoder = FrameDecoder(keep=keep)
    largest = 0
    stream = memoryview(frame(BINARY, bytes(50_000)) * 300)
    while stream:
        with decoder.buffer() as buffer:
            count = min(len(buffer), len(stream))
            largest = max(largest, len(buffer))
            buffer[:count] = stream[:count]
        stream = stream[count:]
        decoder.received(count)
    assert most * 0.9 < largest <= most


@pytest.mark.parametrize("size", [FIRST_CHUNK + 1, 40_000, 70_000])
def test_a_limit_between_small_and_large(size: int) -> None:
    fits, exceeds = frame(TEXT, b"x" * size), frame(TEXT, b"x" * (size + 1))
    outcome = decode(FrameDecoder(max_size=size), [frame(TEXT, b"small") * 3 + fits + fits + exceeds])
    assert [len(payload) for _, payload, _, _ in outcome.messages] == [5, 5, 5, size, size]
    assert outcome.code == 1009
