"""What a filter may go on with: keys, values, paths, and what messages have there."""

from __future__ import annotations

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.filter.completion import complete_path, complete_term, spell, term_at_end


@pytest.fixture
def log() -> kws.MessageLog:
    log = kws.MessageLog()
    for text in (
        '{"type":"trade","data":{"id":7,"odd key":1},"ok":true}',
        '{"type":"trade","data":{"id":8},"note":"two words"}',
        '[{"type":"quote","list":[{"deep":null}]}]',
        "no JSON",
    ):
        log.add("text", text.encode())
    return log


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", 0),
        ("a b", 2),
        ("a ", 2),
        ('a "b c', 2),
        ("(kind:te", 1),
        ('$.a="x y" dir:', 10),
        ("-(a or ki", 7),
        ('"a\\" b', 0),
    ],
)
def test_where_the_last_term_begins(text: str, start: int) -> None:
    assert term_at_end(text) == start


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dir:s", ["dir:sent"]),
        ("-kind:text,bi", ["-kind:text,binary"]),
        ("i:ki", ["i:kind:"]),
        ("decoder:mq", ["decoder:mqtt"]),
        ("$.t", ["$.type"]),
        ("-$.data", ["-$.data.id"]),
        ("$.type=", ["$.type=trade", "$.type=quote"]),
        ("$.type=trade|", ["$.type=trade|trade", "$.type=trade|quote"]),
        ("$.type!=q", ["$.type!=quote"]),
        ("$.data.id=", ["$.data.id=7", "$.data.id=8"]),
        ("$.ok=", ["$.ok=true"]),
        ("$.note=", ['$.note="two words"']),
        ("$[0].list[*].deep=", ["$[0].list[*].deep=null"]),
        ("$.a[=", []),
        ("$.data=", []),
        ("nothing", []),
    ],
)
def test_words(log: kws.MessageLog, word: str, expected: list[str]) -> None:
    assert [found.text for found in complete_term(word, log) if found.text != word] == expected


def test_arrays_are_looked_into(log: kws.MessageLog) -> None:
    assert "$[*].list[*].deep" in [found.text for found in complete_term("$", log)]


def test_no_secret_is_offered() -> None:
    kws.secret("hunter2hunter2")
    log = kws.MessageLog()
    log.add("text", b'{"token":"hunter2hunter2","user":"me"}')
    assert [found.text for found in complete_term("$.token=", log)] == []
    assert [found.text for found in complete_term("$.user=", log)] == ["$.user=me"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        ("true", '"true"'),
        ("7", '"7"'),
        ("x" * 81, None),
        ([], None),
        ({}, None),
        (None, "null"),
        (1.5, "1.5"),
    ],
)
def test_values_as_a_filter_compares_them(value: object, expected: str | None) -> None:
    assert spell(value) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ty", ["$.type", "$[*].type"]),
        ("ID", ["$.data.id"]),
        ("data.i", ["$.data.id"]),
        ("$.ty", ["$.type"]),
        ("nothing", []),
    ],
)
def test_a_path_is_completed_by_a_key_alone(log: kws.MessageLog, word: str, expected: list[str]) -> None:
    assert [found.text for found in complete_path(word, log[:])] == expected


def test_no_path_with_a_secret_is_offered(log: kws.MessageLog) -> None:
    kws.secret("type")
    assert complete_path("ty", log[:]) == []
