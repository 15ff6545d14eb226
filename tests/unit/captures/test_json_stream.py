"""JSON, piece by piece."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.captures import json_stream
from kontena_ws_nb.captures.json_stream import JSONError, JSONStream, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def stream(data: str | bytes, step: int = 1 << 20) -> JSONStream:
    file = io.BytesIO(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    return JSONStream(lambda size: file.read(min(size, step)))


def walked(of: JSONStream) -> Any:
    """Everything, walked through instead of taken as a whole."""
    character = of.peek()
    if character == "[":
        return [walked(of) for _ in of.items()]
    if character == "{":
        return {name: walked(of) for name in of.members()}
    return of.value()


@given(value=VALUES, step=st.integers(1, 9), indent=st.sampled_from([None, 2]))
def test_however_it_comes_it_is_the_same(value: Any, step: int, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    for take in (walked, JSONStream.value):
        of = stream(text, step)
        assert take(of) == value
        assert of.peek() == ""


@given(value=VALUES)
def test_what_is_not_taken_is_skipped(value: Any) -> None:
    of = stream(json.dumps([value, {"a": value, "b": 1}, 2]))
    last = None
    for number in of.items():
        if number == 2:
            last = of.value()
    assert last == 2
    of = stream(json.dumps({"a": value, "b": 1}))
    assert [of.value() for name in of.members() if name == "b"] == [1]


def test_numbers_keep_their_digits() -> None:
    assert stream("1700000000.123456789").value() == Decimal("1700000000.123456789")
    assert stream("9" * 5000).value() == Decimal("9" * 5000)
    assert stream("\ufeff [1, 2]").value() == [1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends in the middle"),
        ("[1, 2", "ends in the middle"),
        ('{"a": "b', "ends in the middle"),
        ('{"a"', "ends in the middle"),
        ("{", "ends in the middle"),
        ('["\\u12', "ends in the middle"),
        ("[1 2]", "',' is missing"),
        ('{"a" 1}', "':' is missing"),
        ("{1: 2}", "a name is missing"),
        ("[nonsense" + " " * 100 + "]", "it is not JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_none_is_an_error(text: str, said: str) -> None:
    with pytest.raises(JSONError, match=said):
        walked_without_recursion(stream(text))


def walked_without_recursion(of: JSONStream) -> None:
    if of.peek() in ("[", "{"):
        of.skip()
    else:
        of.value()


def test_arrays_that_are_objects_are_refused() -> None:
    with pytest.raises(JSONError, match=r"'\[' is missing"):
        list(stream("{}").items())


def test_nesting_that_is_taken_as_a_whole() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000):
        with pytest.raises(JSONError, match=r"nested too deeply|ends in the middle"):
            stream(text).value()
        with pytest.raises(JSONError, match=r"nested too deeply|not JSON"):
            parse(text)


def test_an_error_is_found_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", 1000)
    file = io.BytesIO(b'[nonsense, "' + b"x" * 1_000_000)
    of = JSONStream(file.read)
    with pytest.raises(JSONError, match="not JSON"):
        of.value()
    assert file.tell() < 5000


def test_a_value_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", 1000)
    monkeypatch.setattr(json_stream, "LARGEST", 10_000)
    file = io.BytesIO(b'"' + b"x" * 1_000_000)
    with pytest.raises(JSONError, match="too large"):
        JSONStream(file.read).value()
    assert file.tell() < 50_000


def test_control_characters_and_what_is_not_utf_8() -> None:
    assert stream(b'"a\x01\xff"').value() == "a\x01\ufffd"
