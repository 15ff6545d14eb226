"""Close frames: codes, reasons, their encoding and meanings."""

from __future__ import annotations

import pytest

from kontena_ws_nb.close import Close


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (1003, "x"), (1007, ""), (1014, ""), (3000, ""), (4999, "ü" * 61)]
)
def test_encode(code: int, reason: str) -> None:
    assert Close(code, reason).encode() == code.to_bytes(2, "big") + reason.encode()


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_close_codes_not_sent(code: int) -> None:
    with pytest.raises(ValueError, match=f"the close code {code} may not be sent"):
        Close(code, "").encode()


@pytest.mark.parametrize("code", [True, "1000", 1000.0, None])
def test_close_codes_are_numbers(code: object) -> None:
    with pytest.raises(TypeError, match="a close code is a number"):
        Close(code, "").encode()  # type: ignore[arg-type]


def test_close_reason_too_long() -> None:
    with pytest.raises(ValueError, match="the close reason is 124 bytes of UTF-8; at most 123 fit"):
        Close(1000, "ü" * 62).encode()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (1000, "normal closure"),
        (1006, "closed without a close frame"),
        (3000, "registered by a library or framework"),
        (3999, "registered by a library or framework"),
        (4000, "application code"),
        (4999, "application code"),
        (0, "code outside the ranges of RFC 6455"),
        (2999, "code outside the ranges of RFC 6455"),
        (5000, "code outside the ranges of RFC 6455"),
    ],
)
def test_every_code_has_a_meaning(code: int, text: str) -> None:
    assert Close(code).meaning == text


@pytest.mark.parametrize(
    ("payload", "close"),
    [
        (b"", Close(1005)),
        (b"\x03", Close(1005)),
        (b"\x03\xe8", Close(1000)),
        (b"\x0f\xa0bye", Close(4000, "bye")),
        (b"\x03\xe8\xff", Close(1000, "\ufffd")),
    ],
)
def test_decode(payload: bytes, close: Close) -> None:
    assert Close.decode(payload) == close
    assert Close.decode(memoryview(payload)) == close


def test_a_reason_is_cut_between_characters() -> None:
    assert Close(1002, "ü" * 100).cut() == Close(1002, "ü" * 61)
    assert len(Close(1002, "ü" * 100).cut().encode()) == 124
