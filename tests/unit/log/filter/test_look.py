"""What a person reads in a payload."""

from __future__ import annotations

import pytest

from kontena_ws_nb.log.filter.json import NOT_JSON
from kontena_ws_nb.log.filter.look import Look

TEXT, BINARY, CLOSE = 1, 2, 8


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        ("plain", "plain"),
        (r'{"city":"K\u00f6ln"}', '{"city":"Köln"}'),
        (r"http:\/\/a\/b", "http://a/b"),
        (r"\uD83D\ude00!", "\U0001f600!"),
        (r"half \ud83d.", "half \ufffd."),
        (r"\\u0041 \\\u0041", r"\u0041 \A"),
        (r"\b\f\n\r\t\"", '\b\f\n\r\t"'),
        (r"C:\dir \u12", r"C:\dir \u12"),
        ("\ufeff{}", "{}"),
    ],
)
def test_escapes_are_undone_once(payload: str, read: str) -> None:
    look = Look(payload.encode(), TEXT)
    assert (look.text, look.read, look.read) == (payload, read, read)


def test_bytes_are_characters_where_a_payload_is_no_text() -> None:
    assert Look(b"\x90\x03", BINARY).bytewise == "\x90\x03"
    assert Look(b"ascii", BINARY).bytewise == ""
    assert Look("é".encode(), TEXT).bytewise == ""
    assert (Look(b"\x03\xe8bye", CLOSE).text, Look(b"\x03\xe8bye", CLOSE).bytewise) == ("bye", "\x03\xe8bye")


def test_json_is_parsed_once_and_exactly_if_anybody_asks_so() -> None:
    look = Look(b"[1.10]", TEXT)
    floats = look.json(False)
    assert look.json(False) is floats
    exact = look.json(True)
    assert str(exact[0]) == "1.10"
    assert look.json(False) is look.json(True) is exact
    assert Look(b"no", TEXT).json(True) is NOT_JSON
