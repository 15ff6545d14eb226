"""Every refusal of the frame decoder with its code and words, and every way a frame can arrive."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from kontena_ws_nb.protocol.batch import Batch
from kontena_ws_nb.protocol.frames import (
    CHUNK,
    CREDIT,
    IN_BLOCK,
    IN_PLACE,
    KEPT,
    FrameDecoder,
    python_walk,
    restore,
    walk,
)
from kontena_ws_nb.protocol.permessage_deflate import Deflate, Parameters
from tests.lab.streams import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Compressor, cut, decode, fragmented, frame

HELLO = frame(TEXT, b"hello")
#: Compresses hardly.
NOISE = random.Random(7).randbytes(1000)


def zlib_raw(payload: bytes, dictionary: bytes) -> bytes:
    """Compress with a window the decoder does not have."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary)
    return (deflater.compress(payload) + deflater.flush(zlib.Z_SYNC_FLUSH))[:-4]


#: (name, stream after "hello", close code, message)
REFUSALS = [
    (
        "rsv1",
        frame(TEXT, b"x", rsv=4),
        1002,
        "the server sent reserved bits set that no extension was negotiated for (RFC 6455 section 5.2): byte 0xc1 at offset 7",
    ),
    (
        "rsv2",
        frame(TEXT, b"x", rsv=2),
        1002,
        "the server sent reserved bits set that no extension was negotiated for (RFC 6455 section 5.2): byte 0xa1 at offset 7",
    ),
    (
        "rsv3",
        frame(PING, b"x", rsv=1),
        1002,
        "the server sent reserved bits set that no extension was negotiated for (RFC 6455 section 5.2): byte 0x99 at offset 7",
    ),
    (
        "opcode 3",
        frame(3),
        1002,
        "the server sent the unknown opcode 0x3 (RFC 6455 section 5.2): byte 0x83 at offset 7",
    ),
    (
        "opcode 11",
        frame(11),
        1002,
        "the server sent the unknown opcode 0xb (RFC 6455 section 5.2): byte 0x8b at offset 7",
    ),
    (
        "masked",
        frame(TEXT, b"x", masked=True),
        1002,
        "the server sent a masked frame, which only clients may send (RFC 6455 section 5.1): byte 0x81 at offset 8",
    ),
    (
        "fragmented ping",
        frame(PING, fin=False),
        1002,
        "the server sent a fragmented control frame (RFC 6455 section 5.5): byte 0x09 at offset 7",
    ),
    (
        "long ping",
        frame(PING, bytes(126)),
        1002,
        "the server sent a control frame longer than 125 bytes (RFC 6455 section 5.5): byte 0x7e at offset 8",
    ),
    (
        "interleaved",
        frame(TEXT, b"a", fin=False) + HELLO,
        1002,
        "the server sent a new message inside a fragmented one (RFC 6455 section 5.4): byte 0x81 at offset 10",
    ),
    (
        "stray continuation",
        frame(CONTINUATION, b"a"),
        1002,
        "the server sent a continuation of no message (RFC 6455 section 5.4): byte 0x80 at offset 7",
    ),
    (
        "16 for 7",
        frame(TEXT, b"abc", form=16),
        1002,
        "the server sent a length of 3 not in its shortest form (RFC 6455 section 5.2): byte 0x7e at offset 8",
    ),
    (
        "64 for 16",
        frame(TEXT, b"abc", form=64),
        1002,
        "the server sent a length of 3 not in its shortest form (RFC 6455 section 5.2): byte 0x7f at offset 8",
    ),
    (
        "2^63",
        b"\x82\x7f\x80" + bytes(7),
        1002,
        "the server sent a length of 2^63 bytes or more (RFC 6455 section 5.2): byte 0x80 at offset 9",
    ),
    (
        "too big",
        frame(BINARY, bytes(1 << 20))[:10],
        1009,
        "the server sent a message of 1,048,576 bytes, more than max_size=1,000,000: byte 0x7f at offset 8; pass a larger max_size, or None for no limit",
    ),
    (
        "close of 1 byte",
        frame(CLOSE, b"\x03"),
        1002,
        "the server sent a close frame with a payload of one byte (RFC 6455 section 5.5.1): byte 0x03 at offset 9",
    ),
    (
        "close reason",
        frame(CLOSE, struct.pack("!H", 1000) + b"ok\xffno"),
        1007,
        "the server sent a close reason that is not UTF-8: byte 0xff at offset 13 (invalid start byte; RFC 6455 section 5.5.1)",
    ),
    (
        "bad text",
        frame(TEXT, b"ab\xffcd"),
        1007,
        "the server sent a text message that is not UTF-8: byte 0xff at byte 2 of the message (invalid start byte; RFC 6455 section 8.1)",
    ),
    (
        "cut character",
        frame(TEXT, b"ab\xe2\x82"),
        1007,
        "the server sent a text message that is not UTF-8: byte 0xe2 at byte 2 of the message (unexpected end of data; RFC 6455 section 8.1)",
    ),
    (
        "surrogate",
        frame(TEXT, b"\xed\xa0\x80"),
        1007,
        "the server sent a text message that is not UTF-8: byte 0xed at byte 0 of the message (invalid continuation byte; RFC 6455 section 8.1)",
    ),
    (
        "bad fragment",
        fragmented(TEXT, [b"caf\xc3", b"\xa9 \xf8", b"!"]),
        1007,
        "the server sent a text message that is not UTF-8: byte 0xf8 at byte 6 of the message (invalid start byte; RFC 6455 section 8.1)",
    ),
]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize("step", [1, 1 << 20], ids=["dripped", "at once"])
@pytest.mark.parametrize(("stream", "code", "told"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refusal(stream: bytes, code: int, told: str, step: int, fast: bool) -> None:
    stream = HELLO + stream + HELLO
    decoder = FrameDecoder(fast=fast, max_size=1_000_000)
    outcome = decode(decoder, cut(stream, range(0, len(stream), step)))
    assert (outcome.told, outcome.code) == (told, code)
    assert outcome.messages == [(TEXT, b"hello", 1, False)]
    assert not outcome.closed


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_close_codes_that_may_not_stand_in_a_frame(code: int) -> None:
    payload = struct.pack("!H", code)
    outcome = decode(FrameDecoder(), [frame(CLOSE, payload)])
    assert (
        outcome.told
        == f"the server sent the close code {code}, which may not stand in a frame (RFC 6455 section 7.4): byte {payload[0]:#04x} at offset 2"
    )
    assert outcome.code == 1002
    assert not outcome.closed


@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
)
def test_close_codes_that_may(code: int) -> None:
    payload = struct.pack("!H", code) + "tschüß".encode()
    outcome = decode(FrameDecoder(), [frame(CLOSE, payload) + b"\xff\xff ignored"])
    assert outcome.messages == [(CLOSE, payload, 1, False)]
    assert outcome.closed
    assert outcome.code is None


def test_close_without_a_payload() -> None:
    decoder = FrameDecoder()
    assert decode(decoder, [frame(CLOSE), HELLO]).messages == [(CLOSE, b"", 1, False)]
    assert decoder.received(3) == []


@pytest.mark.parametrize("first", [b"\x81\x01\x80", b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00\x80"])
def test_there_is_always_room_to_receive(first: bytes) -> None:
    decoder = FrameDecoder(max_size=None)
    outcome = decode(decoder, [first + bytes(5 << 20)])  # the laboratory asserts it
    assert outcome.code == 1007


def test_an_error_is_the_end() -> None:
    decoder = FrameDecoder()
    decode(decoder, [frame(3)])
    assert decode(decoder, [HELLO]).messages == []


# --- how frames arrive

SIZES = [
    0,
    1,
    125,
    126,
    127,
    KEPT - 5,
    KEPT - 4,
    KEPT,
    KEPT + 1,
    IN_PLACE,
    IN_PLACE + 1,
    CHUNK - 5,
    CHUNK,
    CHUNK + 1,
    IN_BLOCK,
    IN_BLOCK + 1,
    (1 << 20) + 3,
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_sizes(size: int, fast: bool) -> None:
    payload = ("é" * size).encode()[: size - size % 2] + b"x" * (size % 2)
    stream = HELLO + frame(TEXT, payload) + frame(BINARY, payload) + HELLO
    for pieces in ([stream], cut(stream, range(0, len(stream), 77_777)), cut(stream, [8, 9, 10, 11, 17, 18, 19])):
        outcome = decode(FrameDecoder(fast=fast), pieces)
        assert [(opcode, payload) for opcode, payload, _, _ in outcome.messages] == [
            (TEXT, b"hello"),
            (TEXT, payload),
            (BINARY, payload),
            (TEXT, b"hello"),
        ]


def test_a_run_of_equal_frames_is_one_batch() -> None:
    decoder = FrameDecoder()
    stream = HELLO * 100 + frame(BINARY, b"b") * 3 + frame(PING, b"p") + HELLO
    with decoder.buffer() as buffer:
        buffer[: len(stream)] = stream
    batches = decoder.received(len(stream))
    assert [len(batch) for batch in batches] == [100, 3, 1, 1]
    assert decoder.offset == len(stream)


def test_control_frames_inside_a_message_do_not_count_against_max_size() -> None:
    decoder = FrameDecoder(max_size=10)
    stream = fragmented(BINARY, [b"12345", b"67890"], between=[frame(PING, bytes(125)) + frame(PONG, bytes(125))])
    outcome = decode(decoder, [stream])
    assert outcome.told is None
    assert outcome.messages[-1] == (BINARY, b"1234567890", 2, False)


@pytest.mark.parametrize("pieces", [[bytes(11)], [bytes(6), bytes(5)], [bytes(10), b"", bytes(1)]])
def test_max_size_counts_all_fragments(pieces: list[bytes]) -> None:
    outcome = decode(FrameDecoder(max_size=10), [fragmented(BINARY, pieces)])
    assert (outcome.code, outcome.messages) == (1009, [])
    assert outcome.told is not None
    assert outcome.told.startswith("the server sent a message of 11 bytes, more than max_size=10")


def test_no_max_size() -> None:
    payload = bytes(3 * CHUNK)
    assert decode(FrameDecoder(max_size=None), [frame(BINARY, payload)]).messages == [(BINARY, payload, 1, False)]


def test_an_announcement_takes_no_memory() -> None:
    decoder = FrameDecoder(max_size=None)
    outcome = decode(decoder, [b"\x82\x7f" + (1 << 62).to_bytes(8, "big") + b"only this"])
    assert outcome.told is None
    with decoder.buffer() as buffer:
        assert len(buffer) == CREDIT


def test_a_frame_larger_than_its_credit_grows_with_what_arrives() -> None:
    payload = bytes(range(256)) * (5 * CREDIT // 512)  # 10 MiB
    stream = fragmented(BINARY, [payload, payload])
    assert decode(FrameDecoder(), [stream]).messages == [(BINARY, 2 * payload, 2, False)]


def test_large_fragments_are_joined_in_place() -> None:
    first, second, third = b"a" * 3, "é".encode() * IN_PLACE, b"c" * (IN_PLACE + 1)
    stream = fragmented(
        TEXT, [first, second, third, b"", b"end"], between=[frame(PING, b"1"), frame(PING, b"2"), frame(PING, b"3")]
    )
    for pieces in ([stream], cut(stream, range(0, len(stream), 9_999))):
        outcome = decode(FrameDecoder(), pieces)
        assert outcome.messages[-1] == (TEXT, first + second + third + b"end", 5, False)


def test_a_large_text_fails_at_its_broken_byte() -> None:
    payload = b"x" * 200_000 + b"\xff" + b"x" * 200_000
    head = len(frame(TEXT, payload)) - len(payload)
    for before in (b"", frame(TEXT, b"ab", fin=False)):
        opcode = CONTINUATION if before else TEXT
        stream = before + frame(opcode, payload)[: head + 200_001]  # the rest never comes
        for pieces in ([stream], cut(stream, [50_000])):
            outcome = decode(FrameDecoder(), pieces)
            assert outcome.code == 1007
            assert outcome.told is not None
            assert f"byte 0xff at byte {200_002 if before else 200_000} of the message" in outcome.told


def test_what_the_frame_under_way_lacks() -> None:
    for size in (10, 100_000, IN_BLOCK + 1):
        decoder, stream = FrameDecoder(), frame(BINARY, bytes(size))
        assert decoder.missing == 0
        fed = 0
        for count in (1, 12, size // 2, len(stream)):
            piece = stream[fed : fed + count]
            while piece:
                with decoder.buffer() as buffer:
                    took = min(len(buffer), len(piece))
                    buffer[:took] = piece[:took]
                decoder.received(took)
                fed, piece = fed + took, piece[took:]
            assert decoder.missing == (0 if fed == 1 else len(stream) - fed)


def test_a_text_fails_fast_inside_a_frame() -> None:
    """RFC 6455 section 8.1: as soon as the byte is there, also when the character began in the frame before."""
    stream = frame(TEXT, b"ok \xf0\x9f", fin=False) + frame(CONTINUATION, b"\x98\x80 fine \xc3(....")
    outcome = decode(FrameDecoder(), cut(stream[:-4], range(len(stream))))
    assert outcome.told is not None
    assert "byte 0xc3 at byte 13 of the message" in outcome.told
    outcome = decode(FrameDecoder(), [frame(TEXT, b"\xf0\x9f", fin=False) + b"\x80\x05\x98", b"\xff"])
    assert outcome.told is not None
    assert "byte 0xf0 at byte 0 of the message" in outcome.told


def test_a_dripping_character_is_no_error() -> None:
    stream = fragmented(TEXT, ["grüße".encode()[:3], "grüße".encode()[3:], b"", "😀".encode()[:1], "😀".encode()[1:]])
    assert decode(FrameDecoder(), cut(stream, range(len(stream)))).messages == [(TEXT, "grüße😀".encode(), 5, False)]


def test_a_dripping_binary_frame() -> None:
    stream = frame(BINARY, b"\xff" * 300)
    assert decode(FrameDecoder(), cut(stream, range(len(stream)))).messages == [(BINARY, b"\xff" * 300, 1, False)]


def test_a_run_with_a_broken_text_delivers_what_stood_before_it() -> None:
    good, bad = frame(TEXT, "ä".encode()), frame(TEXT, b"\xa4")
    outcome = decode(FrameDecoder(), [good * 3 + frame(TEXT, b"\xc3") + bad + good])
    assert [payload for _, payload, _, _ in outcome.messages] == ["ä".encode()] * 3
    assert outcome.code == 1007


# --- compressed


def compressed() -> FrameDecoder:
    return FrameDecoder(inflater=Deflate(Parameters()), max_size=1_000_000)


def test_a_run_of_compressed_messages_is_one_batch() -> None:
    server = Compressor()
    texts = [f"message {number} grüße".encode() for number in range(50)]
    stream = b"".join(frame(TEXT, server.message(text), rsv=4) for text in texts)
    decoder = compressed()
    with decoder.buffer() as buffer:
        buffer[: len(stream)] = stream
    (batch,) = decoder.received(len(stream))
    assert [batch.payload(row) for row in range(len(batch))] == texts
    assert set(batch.flags) == {TEXT | 0x20}


def test_compressed_and_plain_messages_mix() -> None:
    server = Compressor()
    big = bytes(range(256)) * 1000
    stream = (
        frame(TEXT, server.message(b"one"), rsv=4)
        + HELLO
        + fragmented(
            TEXT, [(two := server.message("zwei ü".encode()))[:3], two[3:]], rsv=4, between=[frame(PING, b"p")]
        )
        + frame(BINARY, server.message(big), rsv=4)
        + frame(BINARY, server.message(b""), rsv=4)
    )
    expected = [
        (TEXT, b"one", 1, True),
        (TEXT, b"hello", 1, False),
        (PING, b"p", 1, False),
        (TEXT, "zwei ü".encode(), 2, True),
        (BINARY, big, 1, True),
        (BINARY, b"", 1, True),
    ]
    assert decode(compressed(), [stream]).messages == expected
    assert decode(compressed(), cut(stream, range(len(stream)))).messages == expected


def test_a_large_compressed_frame() -> None:
    payload = random.Random(7).randbytes(3 * IN_PLACE)
    server = Compressor()
    whole = frame(BINARY, server.message(payload), rsv=4)
    again = server.message(payload)
    split = fragmented(BINARY, [again[:-70_000], again[-70_000:]], rsv=4)
    outcome = decode(compressed(), cut(whole + split, range(0, len(whole + split), 50_000)))
    assert outcome.messages == [(BINARY, payload, 1, True), (BINARY, payload, 2, True)]


def test_the_window_behind_a_final_block_has_each_fragment_once() -> None:
    parts = [bytes([letter]) * 3 + NOISE[at : at + 100] for letter, at in ((1, 0), (2, 100), (3, 200))]
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    first, second = (deflater.compress(part) + deflater.flush(zlib.Z_SYNC_FLUSH) for part in parts[:2])
    last = deflater.compress(parts[2]) + deflater.flush(zlib.Z_FINISH)
    stream = fragmented(BINARY, [first, second, last], rsv=4) + frame(
        BINARY, zlib_raw(b"".join(parts), b"".join(parts)), rsv=4
    )
    outcome = decode(compressed(), [stream])
    assert outcome.told is None
    assert [payload for _, payload, _, _ in outcome.messages] == [b"".join(parts)] * 2


@pytest.mark.parametrize("opcode", [CONTINUATION, PING, CLOSE])
def test_rsv1_only_on_the_first_frame_of_a_message(opcode: int) -> None:
    before = frame(TEXT, b"\x02", fin=False, rsv=4) if opcode == CONTINUATION else b""
    outcome = decode(compressed(), [before + frame(opcode, b"", rsv=4)])
    assert outcome.code == 1002
    assert outcome.told is not None
    assert "reserved bits" in outcome.told


def test_broken_messages_in_a_compressed_run() -> None:
    for bad, code in ((b"\x07 not deflate", 1007), (None, 1007)):
        server = Compressor()
        good = [frame(TEXT, server.message(text), rsv=4) for text in (b"one", "zwölf".encode())]
        broken = frame(TEXT, bad if bad is not None else server.message(b"\xff"), rsv=4)
        later = frame(TEXT, server.message("dreißig".encode()), rsv=4)
        for pieces in ([b"".join([*good, broken, later])], [*good, broken, later]):
            outcome = decode(compressed(), pieces)
            assert [payload for _, payload, _, _ in outcome.messages] == [b"one", "zwölf".encode()]
            assert outcome.code == code
    first = decode(compressed(), [frame(TEXT, Compressor().message(b"\xff"), rsv=4)])
    assert (first.messages, first.code) == ([], 1007)


def inflated(payload: bytes) -> bytes:
    return Compressor().message(payload)


CUT = "is cut off or does not end with an empty block (RFC 7692 section 7.2.1)"

#: (name, stream after "hello", code, what is said of the compressed message, offset of its frame)
COMPRESSED_REFUSALS = [
    (
        "no deflate",
        frame(TEXT, b"\x07 not deflate", rsv=4),
        1007,
        "does not inflate: Error -3 while decompressing data: invalid block type",
        7,
    ),
    ("nothing", frame(TEXT, b"", rsv=4), 1007, CUT, 7),
    ("cut off", frame(TEXT, inflated(b"Hello, hello")[:-3], rsv=4), 1007, CUT, 7),
    ("trailing", frame(TEXT, inflated(b"Hello, hello") + b"\xff", rsv=4), 1007, CUT, 7),
    (
        "too far back",
        frame(TEXT, zlib_raw(b"Hello, hello", b"Hello"), rsv=4),
        1007,
        "does not inflate: Error -3 while decompressing data: invalid distance too far back",
        7,
    ),
    (
        "second",
        frame(BINARY, inflated(b"first"), rsv=4) + frame(BINARY, b"\x07", rsv=4),
        1007,
        "does not inflate: Error -3 while decompressing data: invalid block type",
        16,
    ),
    (
        "behind a long one",
        frame(BINARY, inflated(NOISE), rsv=4) + frame(BINARY, b"\x07", rsv=4),
        1007,
        "does not inflate: Error -3 while decompressing data: invalid block type",
        7 + 4 + len(inflated(NOISE)),
    ),
    (
        "a fragment",
        fragmented(TEXT, [inflated(b"abc")[:2], b"\x07\xff\xff", b""], rsv=4),
        1007,
        "does not inflate: Error -3 while decompressing data: invalid distance code",
        11,
    ),
    (
        "a bomb",
        frame(BINARY, inflated(bytes(2_000_000)), rsv=4),
        1009,
        "inflates to more than max_size=1,000,000 bytes",
        7,
    ),
    ("a large frame", frame(BINARY, inflated(NOISE * 100) + b"\x07", rsv=4), 1007, CUT, 7),
]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize("step", [1, 1 << 20], ids=["dripped", "at once"])
@pytest.mark.parametrize(
    ("stream", "code", "told", "at"),
    [row[1:] for row in COMPRESSED_REFUSALS],
    ids=[row[0] for row in COMPRESSED_REFUSALS],
)
def test_refusal_of_a_compressed_message(stream: bytes, code: int, told: str, at: int, step: int, fast: bool) -> None:
    decoder = FrameDecoder(fast=fast, max_size=1_000_000, inflater=Deflate(Parameters()))
    stream = HELLO + stream + HELLO
    outcome = decode(decoder, cut(stream, range(0, len(stream), step)))
    hint = "; pass a larger max_size, or None for no limit" if code == 1009 else ""
    assert outcome.told == f"the server sent a compressed message that {told}: the frame at offset {at}{hint}"
    assert outcome.code == code


def test_max_size_of_compressed_messages() -> None:
    payload = b"\0" * 2_000_000
    data = Compressor().message(payload)
    for stream in (frame(BINARY, data, rsv=4), fragmented(BINARY, [data[:500], data[500:]], rsv=4)):
        outcome = decode(compressed(), [stream])
        assert outcome.code == 1009
        at = 0 if len(stream) == len(data) + 4 else 504
        assert outcome.told == (
            f"the server sent a compressed message that inflates to more than max_size=1,000,000 bytes: the frame at offset {at}; "
            "pass a larger max_size, or None for no limit"
        )
    unlimited = FrameDecoder(inflater=Deflate(Parameters()), max_size=None)
    assert decode(unlimited, [fragmented(BINARY, [data[:500], data[500:]], rsv=4)]).messages == [
        (BINARY, payload, 2, True)
    ]


# --- the middle of a message: runs of fragments


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("size", [1, 7, 64, 125, 126, 300, KEPT + 1, 70_000])
def test_many_fragments(size: int, opcode: int, fast: bool) -> None:
    data = "Größe 価格 🌍 ".encode() * (size // 2 + 20)
    parts = [b"", *pieces(data, size), b"", b""]
    stream = HELLO + fragmented(opcode, parts, between=[frame(PING, b"between")] * 2) + HELLO
    for step in (len(stream), 1000):
        outcome = decode(FrameDecoder(fast=fast), cut(stream, range(0, len(stream), step)))
        assert outcome.code is None
        messages = [(kind, payload, frames) for kind, payload, frames, _ in outcome.messages if kind != PING]
        assert messages == [(TEXT, b"hello", 1), (opcode, data, len(parts)), (TEXT, b"hello", 1)]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_a_broken_character_in_many_fragments(fast: bool) -> None:
    parts = pieces(b"abcde" * 100 + b"\xe4\xbe\xff" + b"abcde" * 100, 7)
    decoder = FrameDecoder(fast=fast)
    outcome = decode(decoder, [fragmented(TEXT, parts)])
    assert outcome.told == (
        "the server sent a text message that is not UTF-8: byte 0xe4 at byte 500 of the message (invalid continuation byte; RFC 6455 section 8.1)"
    )
    assert decoder.offset == 71 * 9  # it failed at the 72nd frame, which has the 0xff
    assert outcome.messages == []


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_fragments_that_exceed_max_size(fast: bool) -> None:
    parts = pieces(bytes(1_000_100), 100)
    decoder = FrameDecoder(fast=fast, max_size=1_000_000)
    outcome = decode(decoder, [fragmented(BINARY, parts)])
    assert outcome.code == 1009
    assert decoder.offset == 10_000 * 102


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize(
    "head", [b"\x00\x7e\x00\x05", b"\x00\x7f" + bytes(7) + b"\x05", b"\x00\x85\x00\x00\x00\x00", b"\x20\x05"]
)
def test_a_broken_frame_among_many_fragments(head: bytes, fast: bool) -> None:
    stream = fragmented(TEXT, [b"abc"] * 50 + [b""])[:-2]
    decoder = FrameDecoder(fast=fast)
    outcome = decode(decoder, [stream + head + b"12345"])
    assert outcome.code == 1002
    assert decoder.offset == len(stream)


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
@pytest.mark.parametrize(("size", "count"), [(60_000_000, 4), (5_000_000, 40), (90_000, 500)])
def test_what_inflates_to_much_is_handed_on_by_and_by(size: int, count: int, fast: bool) -> None:
    """64 KiB may be 64 MiB: whoever keeps it looks at its limits after every message, or every few megabytes."""
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    one = (made.compress(bytes(size)) + made.flush(zlib.Z_SYNC_FLUSH))[:-4]
    decoder = FrameDecoder(fast=fast, inflater=Deflate(Parameters(server_no_context_takeover=True)))
    rest = frame(BINARY, one, rsv=4) * count + frame(TEXT, b"plain")
    steps, rows = [], 0
    while rest or decoder.more:
        received = 0
        if not decoder.more:
            with decoder.buffer() as buffer:
                received = min(len(buffer), len(rest))
                buffer[:received] = rest[:received]
            rest = rest[received:]
        batches = decoder.received(received)
        steps.append(sum(batch.size for batch in batches))
        rows += sum(map(len, batches))
        del batches
    assert rows == count + 1
    assert sum(steps) == size * count + 5
    # On the fast path up to 8 KiB of frames are inflated in one go, each to some thousand times as much.
    assert max(steps) <= max(size, 8 << 20) + (9 << 20)
    assert decoder.error is None


# ---- what is left at the end


def unfinished(stream: bytes, inflate: bool = False) -> tuple[str, Batch] | None:
    decoder = FrameDecoder(inflater=Deflate(Parameters()) if inflate else None)
    decode(decoder, [stream])
    return decoder.unfinished()


@pytest.mark.parametrize(
    ("stream", "told", "payload", "flags"),
    [
        (frame(TEXT, b"x" * 4096)[:18], "14 of the 4,096 bytes of a text message had come", b"x" * 14, 0x81),
        (frame(BINARY, b"x" * 4096)[:4], "0 of the 4,096 bytes of a binary message had come", b"", 0x82),
        (frame(BINARY, b"x" * 4096)[:3], "3 bytes of the header of a binary message had come", b"", 0x82),
        (frame(TEXT, b"x")[:1], "1 byte of the header of a text message had come", b"", 0x81),
        (frame(0x8, b"\x03\xe8bye")[:4], "2 of the 5 bytes of a close frame had come", b"\x03\xe8", 0x88),
        (
            frame(TEXT, b"one", fin=False),
            "1 whole frame of a text message had come, and the last one had not",
            b"one",
            0x81,
        ),
        (
            frame(TEXT, b"one", fin=False) + frame(0, b"two", fin=False) + frame(0, b"three")[:4],
            "2 whole frames of a text message had come, and 2 of the 5 bytes",
            b"onetwoth",
            0xC1,
        ),
        (
            frame(TEXT, b"one", fin=False) + frame(0x9, b"ping")[:3],
            "1 whole frame of a text message had come, and the last one had not",
            b"one",
            0x81,
        ),
        (
            frame(BINARY, bytes(300_000))[:200_010],
            "200,000 of the 300,000 bytes of a binary message had come",
            bytes(200_000),
            0x82,
        ),
        (
            frame(BINARY, b"one", fin=False) + frame(0, bytes(300_000))[:200_010],
            "1 whole frame of a binary message had come, and 200,000 of the 300,000 bytes",
            b"one" + bytes(200_000),
            0xC2,
        ),
    ],
)
def test_what_was_cut(stream: bytes, told: str, payload: bytes, flags: int) -> None:
    found = unfinished(stream)
    assert found is not None
    words, row = found
    assert words == told
    assert row.payload(0) == payload
    assert row.flags[0] == flags


@pytest.mark.parametrize("stream", [b"", frame(TEXT, b"x"), frame(0x8, b"\x03\xe8") + b"junk", b"\xf1"])
def test_nothing_was_cut(stream: bytes) -> None:
    assert unfinished(stream) is None


def test_a_compressed_message_that_was_cut_is_inflated_as_far_as_it_came() -> None:
    whole = random.Random(7).randbytes(1000).hex().encode()
    packed = Compressor().message(whole)
    found = unfinished(frame(TEXT, packed, rsv=4)[:604], inflate=True)
    assert found is not None
    assert found[0] == f"600 of the {len(packed):,} bytes of a compressed text message had come"
    part = found[1].payload(0)
    assert len(part) > 600
    assert whole.startswith(part)
    assert found[1].flags[0] == 0xA1
    large = random.Random(7).randbytes(300_000)
    found = unfinished(frame(BINARY, Compressor().message(large), rsv=4)[:200_010], inflate=True)
    assert found is not None
    assert large.startswith(found[1].payload(0))
    broken = unfinished(frame(BINARY, b"\xff" * 100, rsv=4)[:50], inflate=True)
    assert broken is not None
    assert broken[1].payload(0) == b""


def test_a_compressed_flood_makes_few_batches() -> None:
    chance = random.Random(1)
    payloads = [chance.randbytes(900).hex().encode() for _ in range(1500)]
    server = Compressor()
    stream = b"".join(frame(TEXT, server.message(payload), rsv=4) for payload in payloads)
    assert len(stream) > 2 * CHUNK
    kept: list[Batch] = []
    outcome = decode(FrameDecoder(inflater=Deflate(Parameters())), [stream], kept)
    assert [payload for _, payload, _, _ in outcome.messages] == payloads
    assert len(kept) < 20


def test_headers_that_were_overwritten_are_written_again() -> None:
    stream = b"".join(frame(TEXT, b"x" * size) for size in (0, 125, 126, 65_535, 65_536))
    buffer, starts, ends = bytearray(stream + bytes(16)), [], []
    assert walk(buffer, 0, len(stream), starts, ends, None) == len(stream)
    assert buffer[: len(stream)] != stream
    assert [buffer[start:end] for start, end in zip(starts, ends, strict=True)] == [
        b"x" * size for size in (0, 125, 126, 65_535, 65_536)
    ]
    restore(buffer, stream[0], starts, ends)
    assert buffer[: len(stream)] == stream


@pytest.mark.parametrize(
    "header",
    [
        b"\x81\x7e\x00\x05",  # a length below 126 in 16 bits
        b"\x81\x7e\x7f\xff",  # more than there is
        b"\x81\x7f" + struct.pack("!Q", 200),  # a length of 16 bits in 64
        b"\x81\x7f" + struct.pack("!Q", 1 << 40),
        b"\x81\x85",  # masked
        b"\x81\x7d",
    ],
)
def test_what_is_left_to_the_slow_path_in_plain_python(header: bytes) -> None:
    buffer = bytearray(b"\x81\x02hi" + header + bytes(300))
    starts: list[int] = []
    ends: list[int] = []
    assert python_walk(buffer, 0, 4 + len(header) + 5, starts, ends, None) == 4
    assert (starts, ends) == ([2], [4])


def test_headers_in_plain_python_hold_no_part_of_a_character() -> None:
    sizes = (0, 125, 126, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000)  # of some the second length byte is beyond ASCII
    stream = b"".join(frame(TEXT, b"x" * size) for size in sizes)
    buffer, starts, ends = bytearray(stream + bytes(16)), [], []
    assert python_walk(buffer, 0, len(stream), starts, ends, None) == len(stream)
    assert [end - start for start, end in zip(starts, ends, strict=True)] == list(sizes)
    assert buffer.isascii()


def test_long_frames_in_plain_python() -> None:
    payload = bytes(70_000)
    buffer = bytearray(b"\x81\x7f" + struct.pack("!Q", len(payload)) + payload + bytes(10))
    for most, end in ((None, len(payload) + 10), (69_999, 0)):
        starts: list[int] = []
        assert python_walk(bytearray(buffer), 0, len(payload) + 10, starts, [], most) == end
