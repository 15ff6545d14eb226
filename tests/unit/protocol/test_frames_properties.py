"""Fast path, slow path, one byte at a time and wsproto: the same messages, control frames and close codes for the same stream."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameDecoder as _JudgeFrames
from wsproto.frame_protocol import FrameProtocol, Opcode, ParseFailed

from kontena_ws_nb.protocol import frames
from kontena_ws_nb.protocol.arena import Arena
from kontena_ws_nb.protocol.frames import Batch, FrameDecoder
from kontena_ws_nb.protocol.permessage_deflate import Deflate, Parameters
from tests.lab.streams import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Compressor,
    Outcome,
    cut,
    decode,
    fragmented,
    frame,
)

assert _JudgeFrames is not FrameDecoder

# --- what a server sends

payloads = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"", b"x" * 124, b"y" * 125, b"z" * 126, b"w" * 65535, b"v" * 65536, b"u" * 70_000]),
    st.binary(min_size=100, max_size=300),
)
texts = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "a" * 125, "é" * 63, "€" * 42 + "ab", "😀" * 16384, "x" * 65536])
).map(str.encode)
broken_texts = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\xff", b"ok\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\x80"]),
)
small = st.binary(max_size=125)
pings = st.builds(frame, st.sampled_from([PING, PONG]), small)
# 1014 came after wsproto.
codes = st.one_of(
    st.sampled_from([1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 3000, 4999]),
    st.integers(0, 65535).filter(lambda code: code != 1014),
)
reasons = st.one_of(st.text(max_size=20).map(str.encode), st.binary(max_size=20))
closes = st.builds(
    lambda code, reason: frame(CLOSE, code.to_bytes(2, "big") + reason), codes, reasons
) | st.sampled_from([frame(CLOSE), frame(CLOSE, b"\x03")])


@st.composite
def split(draw: st.DrawFn, payload: bytes) -> list[bytes]:
    most = draw(st.sampled_from([4, 4, 40]))  # some messages in runs of fragments
    places = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=most)))
    return [payload[begin:end] for begin, end in zip([0, *places], [*places, len(payload)], strict=True)]


@st.composite
def message(draw: st.DrawFn) -> bytes:
    opcode = draw(st.sampled_from([TEXT, BINARY]))
    payload = draw(payloads if opcode == BINARY else texts)
    if draw(st.booleans()):
        return frame(opcode, payload) * draw(st.sampled_from([1, 1, 2, 5]))
    between = draw(st.lists(pings, max_size=3))
    return fragmented(opcode, draw(split(payload)), between=between)


broken = st.one_of(
    broken_texts.map(lambda payload: frame(TEXT, payload)),
    st.builds(lambda payload, rest: fragmented(TEXT, [payload, rest]), broken_texts, broken_texts),
    st.builds(lambda rsv, payload: frame(TEXT, payload, rsv=rsv), st.integers(1, 7), small),
    st.builds(
        lambda opcode, payload: frame(opcode, payload), st.sampled_from([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), small
    ),
    st.builds(
        lambda opcode, payload: frame(opcode, payload, masked=True), st.sampled_from([TEXT, BINARY, PING]), small
    ),
    st.builds(lambda opcode, payload: frame(opcode, payload, fin=False), st.sampled_from([PING, PONG, CLOSE]), small),
    st.builds(lambda form, payload: frame(BINARY, payload, form=form), st.sampled_from([16, 64]), small),
    st.just(frame(PING, bytes(126))),
    st.just(frame(CONTINUATION, b"stray")),
    st.just(frame(TEXT, b"begun", fin=False) + frame(BINARY, b"another")),
    st.just(b"\x82\x7f\xff" + bytes(7)),
    closes,
)

streams = st.builds(
    lambda before, end, after: b"".join(before) + end + b"".join(after),
    st.lists(message() | pings, max_size=6),
    st.just(b"") | broken,
    st.lists(message(), max_size=1),
)
cuts = st.lists(st.integers(0, 400), max_size=12)

# --- the judge


def judge(pieces: Iterable[bytes], deflate: Parameters | None = None) -> tuple[Any, ...]:
    """What wsproto makes of it."""
    extensions = []
    if deflate is not None:
        extension = PerMessageDeflate()
        takeover = "; server_no_context_takeover" if deflate.server_no_context_takeover else ""
        extension.finalize(f"permessage-deflate; server_max_window_bits={deflate.server_max_window_bits}{takeover}")
        extensions.append(extension)
    protocol = FrameProtocol(client=True, extensions=extensions)
    messages: list[tuple[int, bytes]] = []
    parts: list[bytes] = []
    closed, code = False, None
    try:
        for piece in pieces:
            if closed:
                break
            protocol.receive_bytes(piece)
            for got in protocol.received_frames():
                if got.opcode is Opcode.CLOSE:
                    number, reason = got.payload
                    messages.append(
                        (CLOSE, b"" if number == 1005 else int(number).to_bytes(2, "big") + reason.encode())
                    )
                    closed = True
                elif got.opcode.iscontrol():
                    messages.append((int(got.opcode), bytes(got.payload)))
                else:
                    parts.append(got.payload.encode() if isinstance(got.payload, str) else bytes(got.payload))
                    if got.message_finished:
                        messages.append((int(got.opcode), b"".join(parts)))
                        parts = []
    except ParseFailed as error:
        code = int(error.code)
    return messages, closed, code


def ours(pieces: Iterable[bytes], deflate: Parameters | None = None, *, fast: bool) -> Outcome:
    return decode(FrameDecoder(max_size=None, inflater=Deflate(deflate) if deflate else None, fast=fast), pieces)


def agree(stream: bytes, places: list[int], deflate: Parameters | None = None, *, judged: bool = True) -> None:
    whole = ours([stream], deflate, fast=True)
    pieces = cut(stream, places)
    assert ours([stream], deflate, fast=False) == whole
    assert ours(pieces, deflate, fast=True) == whole
    assert ours(pieces, deflate, fast=False) == whole
    if len(stream) < 2000:
        dripped = cut(stream, range(len(stream)))
        assert ours(dripped, deflate, fast=True) == whole
        assert ours(dripped, deflate, fast=False) == whole
    if judged:
        assert whole.essence() == judge([stream], deflate)


@settings(max_examples=150)
@given(streams, cuts)
@example(frame(TEXT, b"a" * 65535) + frame(TEXT, b"b" * 65536), [65537])
def test_every_way_of_decoding_agrees(stream: bytes, places: list[int]) -> None:
    agree(stream, places)


class Small(Arena):
    """Blocks of some hundred bytes."""

    def block(self, size: int) -> tuple[bytearray, int, int]:
        return bytearray(7 + max(size, 500)), 7, 7 + max(size, 500)


@settings(max_examples=300)
@given(streams, st.lists(st.integers(0, 4000), max_size=12), st.sampled_from([None, 200, 70_000]))
@example(frame(TEXT, "é".encode() * 60) * 9, [100, 221, 300, 401, 500], None)
@example(frame(TEXT, b"a" * 90) * 5 + frame(TEXT, b"\xc3") + frame(TEXT, b"\xa9"), [400], None)
def test_what_was_received_in_blocks_agrees_and_stays(stream: bytes, places: list[int], max_size: int | None) -> None:
    whole = decode(FrameDecoder(max_size=max_size, fast=False), [stream])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "FIRST_CHUNK": 20,
            "CHUNK": 150,
            "READ": 170,
            "KEPT": 30,
            "IN_BLOCK": 200,
            "IN_PLACE": 100,
            "_FULL": 40,
            "Arena": Small,
        }.items():
            patch.setattr(frames, name, value)
        for pieces in ([stream], cut(stream, places), cut(stream, range(min(len(stream), 2000)))):
            kept: list[Batch] = []
            assert decode(FrameDecoder(max_size=max_size), pieces, kept) == whole
            # Also when all that follows was received.
            assert [batch.payload(row) for batch in kept for row in range(len(batch))] == [
                payload for _, payload, _, _ in whole.messages
            ]


rows = st.lists(st.tuples(st.sampled_from([TEXT, BINARY]), texts, st.booleans(), st.integers(0, 3)), max_size=8)


@settings(max_examples=150)
@given(rows, st.booleans(), st.sampled_from([9, 12, 15]), st.none() | broken_texts, cuts, st.booleans(), st.data())
def test_every_way_of_decoding_agrees_compressed(
    rows: list[tuple[int, bytes, bool, int]],
    takeover: bool,
    bits: int,
    bad: bytes | None,
    places: list[int],
    inside: bool,
    data: st.DataObject,
) -> None:
    server = Compressor(bits, takeover=takeover)
    stream = b""
    for opcode, payload, plain, pieces in rows:
        wire = payload if plain else server.message(payload)
        rsv = 0 if plain else 4
        if pieces == 0:
            stream += frame(opcode, wire, rsv=rsv)
        else:
            between = data.draw(st.lists(pings, max_size=3)) if inside else []
            stream += fragmented(opcode, data.draw(split(wire)), rsv=rsv, between=between) + frame(PING, b"?")
    if bad is not None:
        stream += frame(TEXT, server.message(bad), rsv=4) + frame(TEXT, server.message(b"after"), rsv=4)
    # wsproto 1.3 forgets that a message is compressed when a control frame comes inside it: then it is no judge.
    agree(
        stream,
        places,
        Parameters(server_no_context_takeover=not takeover, server_max_window_bits=bits),
        judged=not inside,
    )


@settings(max_examples=200)
@given(st.binary(max_size=200), cuts, st.sampled_from([None, 100, 300_000]), st.booleans())
def test_any_bytes_at_all(stream: bytes, places: list[int], max_size: int | None, deflate: bool) -> None:
    assume(
        b"HTTP/1." not in stream
    )  # then the error quotes what has come (`test_http_instead_of_a_frame_is_known_byte_by_byte`)

    def outcome(fast: bool, pieces: list[bytes]) -> Outcome:
        return decode(
            FrameDecoder(max_size=max_size, inflater=Deflate(Parameters()) if deflate else None, fast=fast), pieces
        )

    whole = outcome(True, [stream])
    assert outcome(False, [stream]) == whole
    assert outcome(True, cut(stream, places)) == whole
    assert outcome(False, cut(stream, range(len(stream)))) == whole


def test_http_instead_of_a_frame_is_known_byte_by_byte() -> None:
    for fast in (True, False):
        decoder = FrameDecoder(fast=fast)
        told = decode(decoder, cut(b"HTTP/1.1 400 Bad Request", range(24))).told
        assert told is not None
        assert told.startswith("the server sent HTTP instead of a frame, right behind its 101")
        cut_off = FrameDecoder(fast=fast)
        assert decode(cut_off, [b"HTTP/"]).told is None
        assert cut_off.unfinished() is None, "no part of a frame"
        other = decode(FrameDecoder(fast=fast), cut(b"HTTPS", range(5))).told
        assert other is not None
        assert "byte 0x48 at offset 0" in other


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.binary(max_size=300), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 2000),
    st.integers(1, 255),
)
def test_flipped_bytes_of_compressed_messages_break_both_paths_alike(
    messages: list[tuple[bytes, bool]], place: int, flip: int
) -> None:
    server = Compressor()
    stream = bytearray()
    for payload, full in messages:
        stream += frame(BINARY, server.message(payload, flush=zlib.Z_FULL_FLUSH if full else zlib.Z_SYNC_FLUSH), rsv=4)
    stream[place % len(stream)] ^= flip
    parameters = Parameters()
    whole = ours([bytes(stream)], parameters, fast=True)
    assert ours([bytes(stream)], parameters, fast=False) == whole
    assert ours(cut(bytes(stream), range(len(stream))), parameters, fast=True) == whole
