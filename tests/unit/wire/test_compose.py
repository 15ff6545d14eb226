"""Frames we send, read back by an independent library at every length where the composing changes."""

from __future__ import annotations

import random

import pytest
from wsproto.frame_protocol import FrameDecoder, Opcode

from kontena_ws_nb.wire.compose import build_frame

PIECE = 16 << 10


@pytest.mark.parametrize("size", [0, 125, 126, 2 * PIECE, 2 * PIECE + 1, 3 * PIECE, 3 * PIECE + 5, 65_535, 65_536, 1 << 20, (1 << 20) + 3])
def test_a_server_reads_what_we_compose(size: int) -> None:
    payload = random.Random(size).randbytes(size)
    frame = build_frame(2, payload)
    assert frame[0] == 0x82
    decoder = FrameDecoder(client=False)
    decoder.receive_bytes(frame)
    read = bytearray()
    while (part := decoder.process_buffer()) is not None:
        assert part.opcode in (Opcode.BINARY, Opcode.CONTINUATION)
        read += part.payload
        if part.message_finished:
            break
    assert bytes(read) == payload


@pytest.mark.parametrize("size", [10, 100_000])
def test_compressed_frames_have_rsv1_and_keys_differ(size: int) -> None:
    first, second = (build_frame(1, bytes(size), rsv1=1) for _ in range(2))
    assert first[0] == second[0] == 0xC1
    assert first != second
