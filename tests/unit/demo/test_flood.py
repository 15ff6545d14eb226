"""`demo.flood`: frames are complete, valid JSON and in order, wherever a block is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.demo.flood import MIN_SIZE, Blocks


def payloads(frames: bytes) -> list[bytes]:
    """Cut unmasked text frames apart, independently of how they were made (RFC 6455 section 5.2)."""
    found = []
    while frames:
        assert frames[0] == 0x81
        length, start = frames[1], 2
        if length == 126:
            length, start = int.from_bytes(frames[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(frames[2:10], "big"), 10
        found.append(frames[start : start + length])
        assert len(found[-1]) == length
        frames = frames[start + length :]
    return found


@given(size=st.sampled_from([64, 125, 126, 200, 2048]), start=st.integers(0, 10**12 - 5000), most=st.integers(1, 1500))
def test_every_cut_is_whole_numbered_messages(size: int, start: int, most: int) -> None:
    blocks = Blocks(size, clock=lambda: 1766438400.125)
    frames = blocks.take(start, most)
    messages = [json.loads(p) for p in payloads(frames)]
    assert 1 <= len(messages) <= most
    assert [m["n"] for m in messages] == list(range(start, start + len(messages)))
    assert {m["time"] for m in messages} == {1766438400.125}
    assert len(frames) == len(messages) * blocks.frame_bytes
    assert {len(p) for p in payloads(frames)} == {size}


@pytest.mark.parametrize("size", [65535, 65536, 300_000])
def test_big_messages_use_the_long_headers(size: int) -> None:
    blocks = Blocks(size)
    taken = [json.loads(p)["n"] for n in range(12) for p in payloads(blocks.take(n, 1))]
    assert taken == list(range(12))


def test_a_message_too_short_for_its_number_is_refused() -> None:
    with pytest.raises(ValueError, match=f"size: 63 is too small for a numbered message; the least is {MIN_SIZE}"):
        Blocks(63)
