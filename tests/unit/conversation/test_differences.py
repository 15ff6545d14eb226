"""Differences between a JSON value and a pattern."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kontena_ws_nb.conversation.differences import Comparison, name, pattern, raised, short


def differences(wanted: Any, got: Any) -> list[str]:
    return Comparison(wanted, got).differences


@pytest.mark.parametrize(
    ("wanted", "got", "expected"),
    [
        (..., None, []),
        ({"a": ...}, {"a": None}, []),
        ({"a": ...}, {}, ["$.a: missing"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}, ["$.a.b: wanted 1, got 2", "$.a.c: missing"]),
        ({"a": 1}, [1], ["$: wanted an object, got [1]"]),
        (
            {"odd key": 1, "": 2, 3: 4},
            {"odd key": 2},
            ["$['odd key']: wanted 1, got 2", "$['']: missing", "$[3]: missing"],
        ),
        ({"symbol": 1}, {"Symbol": 1}, ["$.symbol: missing; there is 'Symbol'"]),
        ({"order_id": 1}, {"x": 1, "orderId": 1}, ["$.order_id: missing; there is 'orderId'"]),
        ([1, ...], [1, 2], []),
        ((1, 2), [1, 3], ["$[1]: wanted 2, got 3"]),
        ([1], [1, 2], ["$: wanted a list of 1, got [1, 2]"]),
        ([1], {"a": 1}, ["$: wanted a list of 1, got {'a': 1}"]),
        ([{"a": [..., 2]}], [{"a": [1, 3]}], ["$[0].a[1]: wanted 2, got 3"]),
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
        (7, "7", ["$: wanted 7, got '7'"]),
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
    assert differences({"n": lambda value: value > 3}, {"n": 2}) == ["$.n: the function refused 2"]


def test_a_test_of_a_value_that_meets_another_shape_has_not_matched() -> None:
    (line,) = differences({"n": lambda value: value > 3}, {"n": "x"})
    assert line.startswith("$.n: the function raised TypeError(")
    assert line.endswith(" for 'x'")
    with pytest.raises(NameError):
        differences(lambda value: misspelt, 1)  # type: ignore[name-defined] # noqa: F821


def test_nearer_is_what_meets_more() -> None:
    wanted = {"a": 1, "b": {"c": 2, "d": ...}}
    met = [
        Comparison(wanted, got).met
        for got in ([], {}, {"a": 1}, {"a": 1, "b": {"c": 3}}, {"a": 1, "b": {"c": 2, "d": 0}})
    ]
    assert met == sorted(set(met))


def test_large_and_strange_values_are_told_in_short() -> None:
    for got in (["x" * 10_000] * 10_000, "x" * 10_000, {"x" * 1000: "y" * 1000}, "\x1b[31m\u202e" * 1000, 10**4000):
        (line,) = differences(None, got)
        assert len(line) < 100
        assert line.isprintable()
    assert short({"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}).count("{...}") == 1
    assert short(dict.fromkeys("abcdefgh")) == "{'a': None, 'b': None, 'c': None, 'd': None, …}"


def test_patterns_are_shown_as_they_were_typed() -> None:
    assert pattern({"z": ..., "a": int, "l": [1, ...]}) == "{'z': ..., 'a': int, 'l': [1, ...]}"
    assert len(pattern({str(number): "x" * 1000 for number in range(1000)})) < 5000


def test_names() -> None:
    class Test:
        def __call__(self, value: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "Test"

    assert [name(len), name(lambda value: value), name(Test())] == ["len", "the function", "Test"]
    assert raised(KeyError("op")) == """KeyError("'op'")"""
