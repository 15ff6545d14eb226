"""Where a filter is found in a text: what is marked, and what it costs."""

from __future__ import annotations

import time

import pytest

from kontena_ws_nb.log.filter import grammar
from kontena_ws_nb.log.filter.found import Finder


def marked(filter_text: str, text: str, most: int = 20) -> list[str]:
    return [text[low:high] for low, high in Finder(grammar.parse(filter_text)).spans(text, most)]


@pytest.mark.parametrize(
    ("filter_text", "text", "expected"),
    [
        ("trade -beat", '{"type":"trade","b":"beat"}', ["trade"]),
        ("i:TRADE", "trade Trade", ["trade", "Trade"]),
        ("a b", "ba ab", ["ba", "ab"]),  # what touches is one place
        ("/[0-9]+/ or x", "12 x 3", ["12", "x", "3"]),
        ("not (a or b) c", "abc", ["c"]),
        ("not (not a)", "ab", ["a"]),
        ("size:>3 dir:sent #1", "aaaa", []),
        ('"a\\"b" é', '{"x":"a\\"b","y":"\\u00e9","z":"é"}', ['a\\"b', "\\u00e9", "é"]),
        ("label:PUB label:/q.s/", "PUBLISH qos", ["PUB", "qos"]),
        ("$.qty>5 $.t=tr*", '{"qty":"7.0","t":"trade","q":{"qty":3}}', ['"7.0"', '"trade"']),
        ("$.t!=a", '{"t":"a","u":{"t":"b"}}', ['"b"']),
        ("$.p~/^6/", '{"p":64,"p":46}', ["64"]),
        ("$.a", '{"a": 1, "b": "a"}', ['"a"']),
        ('$["é"]=1', '{"\\u00e9": 1}', ["1"]),
        ("$.a=1", '{"a": [1], "a": {"b": 1}, "a": ]', []),
        ("$.items[0]=5", '{"items":[5]}', []),  # no key in front of it
        ("$=5", "5", []),
        ("hex:9003", "90 03", []),
    ],
)
def test_places(filter_text: str, text: str, expected: list[str]) -> None:
    assert marked(filter_text, text) == expected


def test_what_has_nothing_to_mark_is_false() -> None:
    assert not Finder(grammar.parse("size:>3 -word"))
    assert Finder(grammar.parse("hex:90")).hex == (b"\x90",)
    assert Finder(grammar.parse("hex:90"))


def test_places_are_bounded() -> None:
    assert len(marked("a", "a b " * 100, 5)) == 5
    assert len(marked("$.a=1", '{"a":1}' * 100, 5)) == 5


@pytest.mark.parametrize("text", ['{"p":' * 6000, '"p":"' * 6000, '"p":"\\' * 6000, "a" * 30_000])
def test_hostile_texts_take_milliseconds(text: str) -> None:
    began = time.thread_time()
    marked("$.p>5 /(a+)+$/ needle", text)
    assert time.thread_time() - began < 0.5
