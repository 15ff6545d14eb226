"""What can be sent."""

from __future__ import annotations

import pytest

from kontena_ws_nb.conversation.data import as_json, encoded


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("hi", "hi"),
        (b"hi", b"hi"),
        (bytearray(b"hi"), b"hi"),
        (memoryview(b"hi"), b"hi"),
        ({"ö": [1]}, '{"ö": [1]}'),
        ([1, None], "[1, null]"),
    ],
)
def test_what_is_sent(data: object, sent: str | bytes) -> None:
    assert encoded(data) == sent


@pytest.mark.parametrize("data", [5, None, {1, 2}, object()])
def test_what_cannot_be_sent(data: object) -> None:
    with pytest.raises(TypeError, match="expected text, bytes, a dict or a list to send, got"):
        encoded(data)


def test_json_has_no_infinity() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        as_json({"a": float("inf")})
