"""The one-line preview of a row."""

from __future__ import annotations

import pytest

from kontena_ws_nb.display.preview import preview
from kontena_ws_nb.log.message import Row


@pytest.mark.parametrize(
    ("kind", "data", "size", "shown"),
    [
        ("text", b"plain", 5, "plain"),
        ("text", b"two\nlines\x1b[31m", 14, "two\\nlines\\x1b[31m"),
        ("text", "é".encode()[:1], 2, "…"),
        ("text", b"\xff", 1, "\ufffd"),
        ("binary", b"\x89PNG", 4, "89 50 4e 47  ·PNG"),
        ("binary", bytes(40), 4000, "00 " * 31 + "00 …  " + "·" * 32),
        ("binary", b"", 0, ""),
        ("ping", b"1700", 4, "1700"),
        ("pong", b"\x00\x01", 2, "00 01  ··"),
        ("close", b"\x0f\xa0app", 5, "4000 application code “app”"),
        ("close", b"", 0, "1005 no status code"),
        ("open", b"connected", 9, "connected"),
    ],
)
def test_previews(kind: str, data: bytes, size: int, shown: str) -> None:
    assert preview(Row(0, 0, "received", kind, size, data, size > len(data))) == shown


def test_a_label_stands_for_the_payload() -> None:
    assert (
        preview(Row(7, 0, "received", "binary", 5, b"\x00", False, False, "EVENT \u202ea\nb")) == "EVENT \\u202ea\\nb"
    )
