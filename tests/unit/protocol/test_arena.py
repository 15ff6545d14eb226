"""Memory for floods: ranges follow each other, blocks are never resized, and huge pages are asked for where they are cheap."""

from __future__ import annotations

import itertools

import pytest

from kontena_ws_nb.protocol import arena as module
from kontena_ws_nb.protocol.arena import BLOCK, FIRST_BLOCK, Arena
from kontena_ws_nb.protocol.frames import CHUNK, FIRST_CHUNK, LARGE, FrameDecoder
from tests.lab.streams import BINARY, TEXT, decode, frame


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
    assert at == 0


def test_blocks_grow() -> None:
    arena, sizes = Arena(), []
    for _ in range(3):
        block, _ = arena.take(1)
        sizes.append(len(block))
        arena.take(len(block) - 1)
    assert sizes == [FIRST_BLOCK, 16 * FIRST_BLOCK, BLOCK]


def test_more_than_a_block() -> None:
    block, at = Arena().take(BLOCK + 1)
    assert (len(block), at) == (BLOCK + 1, 0)


@pytest.mark.parametrize("took", [0.0, 1.0], ids=["cheap", "dear"])
def test_huge_pages_are_given_up_where_they_are_dear(monkeypatch: pytest.MonkeyPatch, took: float) -> None:
    monkeypatch.setattr(module, "perf_counter", itertools.count(step=took).__next__)
    block, at = Arena().take(BLOCK)
    block[at : at + 1000] = bytes(range(250)) * 4
    assert block[at : at + 1000] == bytes(range(250)) * 4


def test_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CAN_ADVISE", False)
    assert len(Arena().take(BLOCK)[0]) == BLOCK


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
        assert len(buffer) == CHUNK - FIRST_CHUNK % 102


@pytest.mark.parametrize("size", [LARGE + 1, 40_000, 70_000])
def test_a_limit_between_small_and_large(size: int) -> None:
    fits, exceeds = frame(TEXT, b"x" * size), frame(TEXT, b"x" * (size + 1))
    outcome = decode(FrameDecoder(max_size=size), [frame(TEXT, b"small") * 3 + fits + fits + exceeds])
    assert [len(payload) for _, payload, _, _ in outcome.messages] == [5, 5, 5, size, size]
    assert outcome.code == 1009
