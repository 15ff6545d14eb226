"""What differs between two JSON values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.conversation.changes import MOST, Change, Ignored, changes, payload_changes

LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text("ab", max_size=2)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=3)
)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, ["$.a: 1 → True"]),
        ({"a": 1, "b": 2}, {"b": 2, "c": 3}, ["$.a: removed 1", "$.c: added 3"]),
        ([1, [2, 3]], [1, [2], 4], ["$[1][1]: removed 3", "$[2]: added 4"]),
        ({"a b": {"c": "x"}}, {"a b": {"c": "y"}}, ["$['a b'].c: 'x' → 'y'"]),
        ({"a": [1]}, {"a": {"0": 1}}, ["$.a: [1] → {'0': 1}"]),
        (None, 0, ["$: None → 0"]),
        ({"a": None}, {}, ["$.a: removed None"]),
    ],
)
def test_changes(before: Any, after: Any, said: list[str]) -> None:
    assert [str(one) for one in changes(before, after)] == said


@given(VALUES, VALUES)
def test_nothing_differs_exactly_when_they_are_the_same_json(before: Any, after: Any) -> None:
    def text(value: Any) -> str:
        return json.dumps(json.loads(json.dumps(value), parse_int=float), sort_keys=True).replace("-0.0", "0.0")

    assert (changes(before, after) == []) is (text(before) == text(after))


def test_it_is_bounded() -> None:
    assert len(changes(list(range(1000)), [])) == MOST
    deep: Any = 1
    other: Any = 2
    for _ in range(200):
        deep, other = [deep], [other]
    (one,) = changes(deep, other)
    assert one.kind == "changed"
    assert one.path.count("[0]") == 50


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ([], {"t": 1, "a": [{"id": 1, "x": 2}, 3], "b": {"t": 2, "id": 5}}),
        (["$.t"], {"a": [{"id": 1, "x": 2}, 3], "b": {"t": 2, "id": 5}}),
        (["$..t", "$..id"], {"a": [{"x": 2}, 3], "b": {}}),
        (["$.a[*].id"], {"t": 1, "a": [{"x": 2}, 3], "b": {"t": 2, "id": 5}}),
        (["$.a[-1]", "$.a[7]"], {"t": 1, "a": [{"id": 1, "x": 2}, None], "b": {"t": 2, "id": 5}}),
        (["$.a[0].x", "$.b.*"], {"t": 1, "a": [{"id": 1}, 3], "b": {}}),
        (["$.nothing.x", "$.t.x", "$.a.x"], {"t": 1, "a": [{"id": 1, "x": 2}, 3], "b": {"t": 2, "id": 5}}),
        (["$.*.id"], {"t": 1, "a": [{"id": 1, "x": 2}, 3], "b": {"t": 2}}),
    ],
)
def test_what_is_ignored(paths: list[str], left: Any) -> None:
    value = {"t": 1, "a": [{"id": 1, "x": 2}, 3], "b": {"t": 2, "id": 5}}
    ignored = Ignored(paths)
    assert bool(ignored) is bool(paths)
    assert ignored.without(value) == left
    assert value["t"] == 1


@pytest.mark.parametrize("path", ["word", "$.a=1", "-$.a", "$", "$.a $.b", "$.a or $.b", ""])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="what is ignored is a path"):
        Ignored([path])


def test_paths_are_a_list() -> None:
    with pytest.raises(ValueError, match="ignore is a list of paths"):
        Ignored("$.time")


def test_a_change_is_a_value() -> None:
    assert Change("added", "$.a", None, 1) == ("added", "$.a", None, 1)


@pytest.mark.parametrize(
    ("expected", "got", "ignored", "lines"),
    [
        (b"a", b"a", [], ()),
        (b'{"a":1,"t":1}', b'{"t":2,"a":1}', ["$.t"], ()),
        (b'{"a":1,"t":1}', b'{"a":2,"t":2}', ["$.t"], ("$.a: 1 → 2",)),
        (b'{"a":1}', b'{"a":2,"b":null}', [], ("$.a: 1 → 2", "$.b: added None")),
        (
            b'{"a":1}',
            b'{"a": 1}',
            [],
            ("the same JSON, written in another way", "at byte 5: '{\"a\":1}' → '{\"a\": 1}'"),
        ),
        (b'{"a":1}', b'{"a": 1}', ["$.t"], ()),
        (b"hello", b"hallo", [], ("at byte 1: 'hello' → 'hallo'",)),
        (b"hello", b"hello you", [], ("at byte 5: 'hello' → 'hello you'",)),
        (
            b"x" * 100 + b"a",
            b"x" * 100 + b"b",
            [],
            ("at byte 100: 'xxxxxxxxxxxxxxxxxxxxa' → 'xxxxxxxxxxxxxxxxxxxxb'",),
        ),
        (b"a", b"\xff", [], ("at byte 0: 'a' → b'\\xff'",)),
        (b" " * (5 << 20) + b"1", b"2", [], ("at byte 0: '                                        ' → '2'",)),
    ],
)
def test_payloads(expected: bytes, got: bytes, ignored: list[str], lines: tuple[str, ...]) -> None:
    assert payload_changes(expected, got, Ignored(ignored)) == lines
