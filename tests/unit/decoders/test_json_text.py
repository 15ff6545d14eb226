"""JSON of untrusted peers, and values and labels in one line."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.decoders.json_text import NOT_JSON, deep, given, line, parse, parsed, short
from kontena_ws_nb.decoders.limits import DEPTH, LABEL, SHOWN


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"null", None),
        (b"\xef\xbb\xbf[1]", [1]),
        ("\ufeff{}", {}),
        (b'{"a": "K\\u00f6ln"}', {"a": "Köln"}),
        (b"", NOT_JSON),
        (b"hello", NOT_JSON),
        (b"\xff[1]", NOT_JSON),
        (b"[1", NOT_JSON),
        (b"9" * 5000, NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b'{"a":' * 500 + b"1" + b"}" * 500, NOT_JSON),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), NOT_JSON),
    ],
)
def test_parse(text: str | bytes, value: Any) -> None:
    found = parse(text)
    assert found is value if value in (None, NOT_JSON) else found == value


def test_wide_is_not_deep() -> None:
    wide = [{"a": [1]}] * 1000
    assert not deep(wide)
    assert not deep(7)
    assert parse("[" + ",".join(["[]"] * 1000) + "]") == [[]] * 1000
    assert parse("[" * DEPTH + "]" * DEPTH) is not NOT_JSON


@pytest.mark.parametrize(
    ("text", "value"),
    [('{"a":1}', {"a": 1}), (" [1]", [1]), ("12", "12"), ('"a"', '"a"'), ("{a", "{a"), ("", ""), ("\ufeff[1]", [1])],
)
def test_parsed(text: str, value: object) -> None:
    assert parsed(text) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ({}, "{}"),
        ([], "[]"),
        ("hi\n", '"hi\\n"'),
        ("Köln", '"Köln"'),
        (b"abc", "3 bytes"),
        ({1: [b"a", None]}, '{"1": [1 bytes, null]}'),
        pytest.param(10**5000, "(int)", id="long"),
        pytest.param({10**5000: 1}, '{"(int)": 1}', id="long key"),
        (object(), "(object)"),
        ("x" * 100, '"' + "x" * (SHOWN - 1) + "…"),
        (list(range(1000)), "[" + ", ".join(map(str, range(17))) + ", 1…"),
        ({"a" * 70: 1}, '{"' + "a" * (SHOWN - 2) + "…"),
    ],
)
def test_short(value: object, text: str) -> None:
    assert short(value) == text


def test_short_is_bounded_whatever_the_value() -> None:
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert short(nested) == "[" * SHOWN + "…"
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    assert short(cyclic) == "[" * SHOWN + "…"
    inner: Any = {}
    for _ in range(DEPTH + 1):
        inner = {"": inner}
    assert len(short(inner)) == SHOWN + 1


def test_line() -> None:
    assert line("a", None, "", 0, "b") == "a 0 b"
    assert line("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert line("x" * 1000) == "x" * LABEL + "…"
    assert line("x" * 200, "y" * 200) == "x" * 200 + " " + "y" * (LABEL - 201) + "…"


@pytest.mark.parametrize(("value", "text"), [(None, ""), ({}, ""), ([], ""), (0, "0"), ("", '""')])
def test_given(value: object, text: str) -> None:
    assert given(value) == text
