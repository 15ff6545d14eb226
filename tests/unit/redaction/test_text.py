"""Making text safe to print in a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.redaction.text import printable, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcödé 日本 👩‍👩‍👧", "plain ünïcödé 日本 👩‍👩‍👧"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("\u202egnp.exe\u2069\u200e", r"\u202egnp.exe\u2069\u200e"),
        ("a\u2028b\u200bc\ufeff", r"a\u2028b\u200bc\ufeff"),
        ("\ud83d alone", r"\ud83d alone"),
        ("tag\U000e0041", r"tag\U000e0041"),
    ],
)
def test_what_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert printable(text) == shown


def test_lines_may_stay() -> None:
    assert visible("a\n\tb\r\x1b", multiline=True) == "a\n\tb" + r"\r\x1b"
    assert printable("a\nb", multiline=True) == "a\nb"


def test_the_limit() -> None:
    assert printable("x" * 201) == "x" * 200 + "…"
    assert printable("x" * 200) == "x" * 200
    assert printable("\x00" * 5, 2) == r"\x00\x00…"
    assert printable("x" * 999, None) == "x" * 999
    assert printable("a\nbc", 3, multiline=True) == "a\nb…"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_dangerous_is_left(text: str) -> None:
    shown = visible(text)
    shown.encode()
    dangerous = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    assert not any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(c) in dangerous for c in shown
    )
    assert len(printable(text, 5)) <= 51
