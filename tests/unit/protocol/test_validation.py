"""What a server may not send: first bytes, close payloads and text; each refusal has its code, byte and offset."""

from __future__ import annotations

import pytest

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.protocol.frames import FrameDecoder
from kontena_ws_nb.protocol.permessage_deflate import Inflate
from kontena_ws_nb.protocol.validation import (
    all_utf8,
    check_close,
    check_first,
    check_utf8,
    inflates_too_big,
    located,
    too_big,
)


@pytest.mark.parametrize(
    ("first", "compression", "inside", "opcode"),
    [
        (0x81, False, False, 1),
        (0x02, False, False, 2),
        (0xC1, True, False, 1),
        (0x80, False, True, 0),
        (0x89, False, True, 9),
        (0x88, True, False, 8),
    ],
)
def test_first_bytes_that_may_be(first: int, compression: bool, inside: bool, opcode: int) -> None:
    assert check_first(first, 0, compression=compression, inside=inside) == opcode


@pytest.mark.parametrize(
    ("first", "compression", "inside", "told"),
    [
        (0xA1, True, False, "reserved bits"),
        (0xC1, False, False, "reserved bits"),
        (0xC9, True, False, "reserved bits"),
        (0x83, False, False, "the unknown opcode 0x3"),
        (0x8B, False, False, "the unknown opcode 0xb"),
        (0x09, False, False, "a fragmented control frame"),
        (0x81, False, True, "a new message inside a fragmented one"),
        (0x80, False, False, "a continuation of no message"),
    ],
)
def test_first_bytes_that_may_not_be(first: int, compression: bool, inside: bool, told: str) -> None:
    with pytest.raises(ProtocolError, match=f"the server sent {told}.*: byte {first:#04x} at offset 7") as caught:
        check_first(first, 7, compression=compression, inside=inside)
    assert caught.value.close_code == 1002


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe8gr\xc3\xbc\xc3\x9fe", b"\x0f\xa0"])
def test_close_payloads_that_may_be(payload: bytes) -> None:
    check_close(bytearray(payload), 2)


@pytest.mark.parametrize(
    ("payload", "code", "told"),
    [
        (b"\x03", 1002, "a close frame with a payload of one byte"),
        (b"\x03\xed", 1002, "the close code 1005, which may not stand in a frame"),
        (b"\x03\xe7", 1002, "the close code 999"),
        (b"\x03\xe8ab\xff", 1007, "a close reason that is not UTF-8: byte 0xff at offset 6"),
    ],
)
def test_close_payloads_that_may_not_be(payload: bytes, code: int, told: str) -> None:
    with pytest.raises(ProtocolError, match=told) as caught:
        check_close(bytearray(payload), 2)
    assert caught.value.close_code == code
    assert caught.value.__context__ is None


def test_text_is_checked_as_it_comes() -> None:
    text = "aé€😀".encode()
    checked = 0
    for end in range(len(text) + 1):
        checked = check_utf8(text, checked, end, False)
        assert text[:checked].decode()[-1:] in ("", "a", "é", "€", "😀")
        assert end - checked < 4
    assert check_utf8(text, checked, len(text), True) == len(text)
    with pytest.raises(ProtocolError, match="byte 0xf0 at byte 106 of the message"):
        check_utf8(text[:-1], 0, len(text) - 1, True, base=100)
    with pytest.raises(ProtocolError, match="byte 0xff at byte 40000 of the message") as caught:
        check_utf8(b"a" * 40_000 + b"\xff", 0, 40_001, False)  # further than one piece
    assert caught.value.close_code == 1007


def test_several_messages_are_checked_at_once() -> None:
    parts = [b"a", "é".encode(), b"", "€".encode()]
    assert all_utf8(b"".join(parts), parts)
    assert all_utf8(memoryview(b"ascii"), [b"ascii"])
    assert not all_utf8(b"a\xff", [b"a", b"\xff"])
    assert not all_utf8("é".encode(), ["é".encode()[:1], "é".encode()[1:]]), "whole only together"


def test_limits_are_named() -> None:
    error = too_big(3, 0x7F, 70_000, 65_536)
    assert str(error).startswith(
        "the server sent a message of 70,000 bytes, more than max_size=65,536: byte 0x7f at offset 3"
    )
    assert error.close_code == 1009
    error = located(inflates_too_big(1000), 12)
    assert str(error).startswith(
        "the server sent a compressed message that inflates to more than max_size=1,000 bytes: the frame at offset 12"
    )
    assert error.close_code == 1009


@pytest.mark.parametrize("compression", [False, True])
@pytest.mark.parametrize(
    ("data", "told", "hint"),
    [
        (
            b'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{"code":5,"message":"Unsupported protocol version"}',
            'right behind its 101: 400 Bad Request: {"code":5,"message":"Unsupported protocol version"}',
            "this is Engine.IO (Socket.IO): ask for /socket.io/?EIO=4",
        ),
        (b"HTTP/1.1 401 No\r\n\r\n", "right behind its 101: 401 No", "it accepted the upgrade, and then refused"),
        (b"HTTP/1.0 503\r\n\r\n<html><p>gone\x1b", "right behind its 101: 503: gone", "it accepted the upgrade"),
        (b"HTTP/1.x", "right behind its 101: b'HTTP/1.x'", "it accepted the upgrade"),
    ],
)
def test_http_where_a_frame_should_begin(compression: bool, data: bytes, told: str, hint: str) -> None:
    inflater = Inflate() if compression else None
    for before in (b"", b"\x81\x02hi"):
        decoder = FrameDecoder(inflater=inflater)
        with decoder.buffer() as buffer:
            buffer[: len(before + data)] = before + data
        decoder.received(len(before + data))
        assert decoder.error is not None
        assert told.replace("right behind its 101", "at offset 4" if before else "right behind its 101") in str(
            decoder.error
        )
        assert hint in str(decoder.error.hint)
        assert (decoder.error.close_code, "\x1b" in str(decoder.error)) == (1002, False)
        assert (decoder.error.status is None) == (data == b"HTTP/1.x")
