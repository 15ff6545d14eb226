"""Levels of a long JSON text agree with Python's own reader, and bad texts say where they go wrong."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.feed import json_levels
from kontena_ws_nb.feed.json_levels import Level, Stopped, read_level

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def read(text: str | bytes, at: int = 0, inside: Any = None, most: int = 100) -> Level:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return read_level(
        memoryview(data), at, inside, most, lambda: False, lambda: 0.0, lambda: 0.0
    )  # however busy the machine is


def whole(text: str | bytes, at: int = 0, most: int = 2) -> Any:
    """The value that begins there, read level by level."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    level = read(data, at, None, most)
    total, members = level.total, list(level.members)
    while level.next is not None:
        level = read(data, level.next, level.kind, most)
        members += level.members
    assert not level.problem
    assert total == len(members)
    assert [member.total for member in members] == [
        len(value) if isinstance(value := json.loads(data[member.start : member.stop]), dict | list) else 0
        for member in members
    ]
    found = [
        (
            json.loads(data[slice(*member.name)]) if member.name else None,
            whole(data, member.start, most)
            if member.kind in {"object", "array"}
            else json.loads(data[member.start : member.stop]),
        )
        for member in members
    ]
    return dict(found) if level.kind == "object" else [value for _, value in found]


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_level_by_level_is_the_whole(value: Any, indent: Any, ascii_only: bool) -> None:
    assert whole(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize("window", [1, 2, 3, 7])
@given(value=st.dictionaries(st.text('a"\\{}[],: é', max_size=6), JSON, max_size=4))
def test_wherever_a_window_ends(window: int, value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_levels, "WINDOW", window)
        assert whole(json.dumps([value, [value]])) == [value, [value]]


@pytest.mark.parametrize(
    ("skipped", "total"),
    [
        ('[{"a": "}", "b": [1, {"c": "\\\\"}]}]', 1),
        (json.dumps([{"id": at, "text": 'say "{[" \\', "more": [[], {}, [at]]} for at in range(20_000)]), 20_000),
        (json.dumps({"nested": json.dumps([{"at": at} for at in range(20_000)])}), 1),
        ("[" * 100_000 + "]" * 100_000, 1),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, 1),
        (json.dumps([[[[[[[[at, 1]]]]]]] for at in range(20_000)]), 20_000),
        (json.dumps(["x" * 200_000, "\\" * 150_000, " " * 70_000]), 3),
        ("[" + " " * 200_000 + "]", 0),
    ],
    ids=["short", "rows", "JSON in JSON", "deep", "deep objects", "deep rows", "long strings", "white space"],
)
def test_what_is_skipped_ends_where_it_ends(skipped: str, total: int) -> None:
    level = read(f'{{"skipped": {skipped} , "after":12345678901234567890}}')
    first, after = level.members
    assert first.total == total
    assert (first.start, first.stop - first.start) == (12, len(skipped))
    assert (after.kind, after.stop - after.start) == ("number", 20)
    assert (level.next, level.problem) == (None, "")


@pytest.mark.parametrize(
    ("text", "members", "problem"),
    [
        ("", 0, "byte 0 on: an object or array"),
        ("7", 0, "byte 0 on: an object or array"),
        ("[", 0, "byte 1 on: a value"),
        ("[1", 1, "byte 2 on: a comma or the end of the array"),
        ("[1}", 1, "byte 2 on: a comma or the end of the array"),
        ("[1,", 1, "byte 3 on: a value"),
        ("[01]", 1, "byte 2 on: a comma"),
        ("[1, nul]", 1, "byte 4 on: a value"),
        ("{a:1}", 0, "byte 1 on: a name in double quotes"),
        ('{"a" 1}', 0, "byte 5 on: a colon"),
        ('{"a":1 "b":2}', 1, "byte 7 on: a comma or the end of the object"),
        ('["abc', 0, "byte 5 on: the end of a string"),
        ('["abc\\', 0, "byte 6 on: the end of a string"),
        ('[{"a":[1,2', 0, "byte 10 on: the end of an object or array"),
    ],
)
def test_where_it_goes_wrong(text: str, members: int, problem: str) -> None:
    level = read(text)
    assert len(level.members) == members
    assert f"not JSON from {problem}" in level.problem


@pytest.mark.parametrize(("clock", "work"), [(0.8, 0), (0, 0.2)], ids=["waits", "works"])
def test_what_takes_long_comes_in_parts(clock: float, work: float) -> None:
    data = memoryview(b"[1,2,3,4,5]")
    level = read_level(data, 0, None, 100, lambda: False, count(step=clock).__next__, count(step=work).__next__)
    assert (len(level.members), level.next, level.total) == (2, 5, None)
    assert len(read(b"[1,2,3,4,5]", 5, "array").members) == 3


def test_a_text_that_breaks_off_has_no_number_of_members() -> None:
    assert read("[1,2,3,4", most=2).total is None
    assert read("[1,2,3,4]", most=2).total == 4
    assert read("[1,2,3,4]", 5, "array").total is None  # not the beginning


def test_a_search_can_be_stopped() -> None:
    looks = count()
    with pytest.raises(Stopped):
        read_level(memoryview(b'[["' + b"x" * 1_000_000 + b'"]]'), 0, None, 100, lambda: next(looks) > 5)
    assert next(looks) < 20
