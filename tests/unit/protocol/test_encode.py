"""What we send: payloads from any data, and frames, read back by an independent library at every length where the composing changes."""

from __future__ import annotations

import array
import random
import sys
from collections.abc import Iterator

import pytest
from websockets.utils import apply_mask
from wsproto.frame_protocol import FrameDecoder, Opcode

from kontena_ws_nb.protocol.encode import PIECE, begin_frame, build_frame, encode, masker, masking_keys


@pytest.fixture(params=["compiled", "Python"])
def masking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With and without the extension module of websockets."""
    if request.param == "Python":
        monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    masker.cache_clear()
    assert (masker() is apply_mask) == (request.param == "Python")
    yield
    masker.cache_clear()


@pytest.mark.usefixtures("masking")
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, PIECE, PIECE + 1, 3 * PIECE, (1 << 20) + 3])
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


def test_a_long_frame_is_masked_by_and_by() -> None:
    payload = random.Random(1).randbytes(2 * PIECE + 1)
    frame, behind = begin_frame(2, payload)
    assert len(frame) == PIECE + 14
    assert behind is not None
    pieces = list(behind)
    assert [len(piece) for piece in pieces] == [PIECE, 1]
    assert pieces[1][0] ^ frame[10] == payload[-1]
    frame, behind = begin_frame(2, payload[:PIECE])
    assert (len(frame), behind) == (PIECE + 14, None)


def test_keys_made_ahead_differ_and_are_used() -> None:
    made = masking_keys()
    keys = [next(made) for _ in range(600)]  # more than are made at once
    assert {len(key) for key in keys} == {4}
    assert len(set(keys)) > 590
    frame, _ = begin_frame(2, bytes(8), key=keys[0])
    assert frame == b"\x82\x88" + 3 * keys[0], "zeros show the key"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("grüße", (1, "grüße".encode())),
        (b"b", (2, b"b")),
        (bytearray(b"b"), (2, b"b")),
        (memoryview(b"abcd")[::2], (2, b"ac")),
        (array.array("B", [1, 2]), (2, b"\1\2")),
    ],
)
def test_encode(data: object, expected: tuple[int, bytes]) -> None:
    assert encode(data) == expected


@pytest.mark.parametrize("data", [None, 1, {"a": 1}, ["x"]])
def test_encode_nothing_else(data: object) -> None:
    with pytest.raises(TypeError, match=f"got {type(data).__name__}; for JSON use send_json"):
        encode(data)


def test_encode_a_lone_surrogate() -> None:
    with pytest.raises(ValueError, match=r"'\\ud800' at 2 is a lone surrogate"):
        encode("ab\ud800")


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_build_frame(size: int) -> None:
    payload = bytes(range(256)) * (size // 256 + 1)
    payload = payload[:size]
    frame = build_frame(2, payload, rsv1=1)
    header = 2 if size < 126 else 4 if size < 65536 else 10
    assert frame[0] == 0xC2
    assert frame[1] & 0x80
    mask = frame[header : header + 4]
    body = frame[header + 4 :]
    assert bytes(byte ^ mask[place % 4] for place, byte in enumerate(body)) == payload
