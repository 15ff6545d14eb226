"""What `expect` takes: the four forms, and how near a miss was."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kontena_ws_nb.log.matcher import Matcher, differences
from kontena_ws_nb.log.message import Message
from tests.unit.log.rows_lab import BINARY, TEXT, adopted


def message(payload: bytes, flags: int = TEXT) -> Message:
    return Message.of(adopted(payload, flags=flags), 0)


ACK = message(b'{"op": "ack", "id": 7}')


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("ack", True),
        ("kind:binary", False),
        (re.compile(r'"id": \d'), True),
        (re.compile("nack"), False),
        (re.compile(rb"\x22ack\x22"), True),
        ({"op": "ack"}, True),
        ({"op": "nack"}, False),
        ({}, True),
        (lambda m: m.json()["id"] == 7, True),
        (lambda m: None, False),
    ],
)
def test_the_four_forms(match: Any, hit: bool) -> None:
    assert Matcher(match)(ACK) is hit


def test_what_is_not_json_does_not_match_a_subset() -> None:
    matcher = Matcher({"op": "ack"})
    assert not matcher(message(b"\xff\x00", BINARY))
    assert not matcher(message(b"[" * 100_000))
    assert matcher.miss(message(b"hello")) == ["not JSON"]
    assert matcher.miss(message(b'{"op": "nack"}')) == ["$.op: wanted 'ack', got 'nack'"]
    assert Matcher("hello").miss(ACK) == []


def test_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="match is a filter, a compiled regex, a dict or a function, got int"):
        Matcher(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"unterminated|regex"):
        Matcher("/(/")


def test_how_it_is_shown() -> None:
    def positive(_: Message) -> bool:
        return True

    assert str(Matcher("ack")) == "'ack'"
    assert str(Matcher({"a": 1})) == "{'a': 1}"
    assert str(Matcher(re.compile("a+"))) == "/a+/"
    assert str(Matcher(re.compile(b"a\x00"))) == r"/a\x00/"
    assert str(Matcher(positive)) == "positive"


@pytest.mark.parametrize(
    ("wanted", "got", "expected"),
    [
        (..., None, []),
        ({"a": ...}, {"a": None}, []),
        ({"a": ...}, {}, ["$.a: missing"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}, ["$.a.b: wanted 1, got 2", "$.a.c: missing"]),
        ({"a": 1}, [1], ["$: wanted an object, got [1]"]),
        ([1, ...], [1, 2], []),
        ((1, 2), [1, 3], ["$[1]: wanted 2, got 3"]),
        ([1], [1, 2], ["$: wanted a list of 1, got [1, 2]"]),
        ([1], {"a": 1}, ["$: wanted a list of 1, got {'a': 1}"]),
        (re.compile("^a"), "abc", []),
        (re.compile("^a"), 5, ["$: wanted /^a/, got 5"]),
        (int, 5, []),
        (int, True, ["$: wanted int, got True"]),
        (bool, True, []),
        (float, 5, []),
        (float, False, ["$: wanted float, got False"]),
        (object, True, []),
        (str, None, ["$: wanted str, got None"]),
        (1, True, ["$: wanted 1, got True"]),
        (1, 1.0, []),
        (None, None, []),
    ],
)
def test_differences(wanted: Any, got: Any, expected: list[str]) -> None:
    assert differences(wanted, got) == expected


def test_a_test_of_a_value() -> None:
    def even(value: int) -> bool:
        return value % 2 == 0

    assert differences({"n": even}, {"n": 4}) == []
    assert differences({"n": even}, {"n": 5}) == ["$.n: even refused 5"]


def test_large_values_are_told_in_short() -> None:
    (line,) = differences(1, ["x" * 10_000] * 10_000)
    assert len(line) < 100
    (line,) = differences(1, "x" * 10_000)
    assert "..." in line
    assert len(line) < 100
