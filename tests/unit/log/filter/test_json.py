"""Parsing untrusted JSON: same results as the standard library, without raising."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from kontena_ws_nb.log.filter.json import NOT_JSON, parse_json


@pytest.mark.parametrize("text", ["null", "true", ' {"a": [1, 2.5, "x"]}\r\n', '"\\u00e9"', "[]", "-0.0", "1e3"])
def test_as_the_standard_library(text: str) -> None:
    assert parse_json(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"hello",
        b"{} {}",
        b"{'a': 1}",
        b'"\xff"',
        b"\xff\xfe{}",
        b"[" * 200_000,
        b"9" * 10_000,
        b"1,",
        b"\xa0{}",
    ],
)
def test_what_is_none(payload: bytes) -> None:
    assert parse_json(payload) is NOT_JSON
    assert parse_json(bytearray(payload)) is NOT_JSON


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_hides_nothing(encoding: str) -> None:
    assert parse_json('{"a": "é"}'.encode(encoding)) == {"a": "é"}
    assert parse_json("\ufeff".encode("utf-16-be") + "[1]".encode("utf-16-be")) == [1]


def test_exact_numbers() -> None:
    assert parse_json(b"[1, 1.10, 1e400]", exact=True) == [1, Decimal("1.10"), Decimal("1e400")]
    assert str(parse_json(b"1.10", exact=True)) == "1.10"
