"""What decoded rows keep, and what they leave to be decoded again."""

from __future__ import annotations

import pytest

from kontena_ws_nb.log import decoded_rows
from kontena_ws_nb.log.decoded_rows import DecodedRows, beginning


def test_rows_follow_each_other() -> None:
    rows = DecodedRows("x")
    rows.add(b'{"a":1}', "one")
    rows.add(b"", None)
    rows.add(b'"\xc3\xb6"', "")
    assert rows.count == 3
    assert [rows.payload(row) for row in range(3)] == [b'{"a":1}', b"", b'"\xc3\xb6"']
    assert rows.labels == ["one", None, ""]
    assert rows.starts is rows.bounds
    assert rows.size > len(rows.data)


def test_what_stands_for_a_label_is_no_longer_than_a_line() -> None:
    assert beginning(b'"' + "ö".encode() * 1000 + b'"') == '"' + "ö" * 199
    assert beginning(b"") == ""


@pytest.mark.parametrize(("limit", "aside"), [("_MOST_OF_ROW", [0, 2]), ("_MOST", [0, 2])])
def test_what_is_too_long_is_put_aside(limit: str, aside: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded_rows, limit, 5)
    rows = DecodedRows("x")
    for text in (b"123456", b"1234", b"12345678"):
        rows.add(text, "")
    assert rows.aside == aside
    assert [rows.payload(row) for row in range(3)] == [b"", b"1234", b""]
