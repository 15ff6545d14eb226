"""The filter grammar: every form, and every mistake with its place."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.log.filter.grammar import Direction, Kind, Path, QueryError, Regex, Since, Size, Word, parse

NOON = int(datetime(2026, 1, 31, 12, 0, 0).timestamp()) * 10**9


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_empty_text_has_no_terms(text):
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("trade", [Word(0, False, "trade")]),
        (" two  words ", [Word(1, False, "two"), Word(6, False, "words")]),
        ('"two words"', [Word(0, False, "two words")]),
        ('\'"op":"ping"\'', [Word(0, False, '"op":"ping"')]),
        (r'"a \" b \\ c \n"', [Word(0, False, r'a " b \ c \n')]),
        ("-ping", [Word(0, True, "ping")]),
        ('-"a b"', [Word(0, True, "a b")]),
        ("-", [Word(0, False, "-")]),
        ("a - b", [Word(0, False, "a"), Word(2, False, "-"), Word(4, False, "b")]),
        ("--x", [Word(0, True, "-x")]),
        ("BTC:USD", [Word(0, False, "BTC:USD")]),
        ("http://a/b", [Word(0, False, "http://a/b")]),
        ("don't", [Word(0, False, "don't")]),
        ("dir:sent", [Direction(0, False, frozenset({"sent"}))]),
        ("-dir:sent", [Direction(0, True, frozenset({"sent"}))]),
        ("kind:text,binary", [Kind(0, False, frozenset({"text", "binary"}))]),
        ("size:41", [Size(0, False, 41, 41)]),
        ("size:=41", [Size(0, False, 41, 41)]),
        ("size:>1k", [Size(0, False, 1001, None)]),
        ("size:>=1.5k", [Size(0, False, 1500, None)]),
        ("size:<10", [Size(0, False, 0, 9)]),
        ("size:<=10", [Size(0, False, 0, 10)]),
        ("size:10..20", [Size(0, False, 10, 20)]),
        ("size:..20", [Size(0, False, 0, 20)]),
        ("size:2Mi..", [Size(0, False, 2 << 20, None)]),
        ("size:1kB", [Size(0, False, 1000, 1000)]),
        ("since:10s", [Since(0, False, NOON - 10 * 10**9)]),
        ("since:250ms", [Since(0, False, NOON - 250 * 10**6)]),
        ("since:1.5h", [Since(0, False, NOON - 5400 * 10**9)]),
        ("since:11:59", [Since(0, False, NOON - 60 * 10**9)]),
        ("since:11:59:59.5", [Since(0, False, NOON - 5 * 10**8)]),
        ("since:12:00:01", [Since(0, False, NOON - 86399 * 10**9)]),
        ("since:2026-01-31T11:00", [Since(0, False, NOON - 3600 * 10**9)]),
        (
            "since:2026-01-31T11:00:00Z",
            [Since(0, False, int(datetime(2026, 1, 31, 11, tzinfo=timezone.utc).timestamp()) * 10**9)],
        ),
        ("$", [Path(0, False, (), None)]),
        ("$.a", [Path(0, False, ("a",), None)]),
        ("-$.a", [Path(0, True, ("a",), None)]),
        ("$.a.b-c", [Path(0, False, ("a", "b-c"), None)]),
        ("$.a[0].b", [Path(0, False, ("a", 0, "b"), None)]),
        ("$[-1]", [Path(0, False, (-1,), None)]),
        ("$.*.x", [Path(0, False, (None, "x"), None)]),
        ("$[*]", [Path(0, False, (None,), None)]),
        ('$["odd key"]', [Path(0, False, ("odd key",), None)]),
        ("$['it\\'s']", [Path(0, False, ("it's",), None)]),
        ("$.a=trade", [Path(0, False, ("a",), ("trade",))]),
        ("$.a=7", [Path(0, False, ("a",), (Decimal(7), "7"))]),
        ("$.a=-1.5e3", [Path(0, False, ("a",), (Decimal("-1500"), "-1.5e3"))]),
        ('$.a="7"', [Path(0, False, ("a",), ("7",))]),
        ('$.a="t\\u0077o \\"w\\""', [Path(0, False, ("a",), ('two "w"',))]),
        ("$.a='x y'", [Path(0, False, ("a",), ("x y",))]),
        ("$.a=true", [Path(0, False, ("a",), (True, "true"))]),
        ("$.a=null", [Path(0, False, ("a",), (None, "null"))]),
        ("$.a=1_0", [Path(0, False, ("a",), ("1_0",))]),
        ('$.a=""', [Path(0, False, ("a",), ("",))]),
        ("$=5 x", [Path(0, False, (), (Decimal(5), "5")), Word(4, False, "x")]),
    ],
)
def test_forms(text, terms):
    assert list(parse(text, NOON)) == terms


@pytest.mark.parametrize(
    ("text", "source", "flags"),
    [("/a b/", "a b", 0), ("/a/i", "a", re.I), ("/a\\/b/ism", "a\\/b", re.I | re.S | re.M)],
)
def test_regular_expressions(text, source, flags):
    (term,) = parse(text)
    assert isinstance(term, Regex)
    assert term.pattern == re.compile(source, flags)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ('a "b', 2, 'this quote is never closed; to search for a quote itself, write \\" inside quotes'),
        ('a ""', 2, "these quotes are empty; nothing to search for"),
        ('"a":1', 3, "expected a space before the next term; quote text that holds quotes: '\"a\":1'"),
        ("/abc", 0, 'this regular expression is never closed; to search for a slash, quote the text: "/path"'),
        ("//", 0, "this regular expression is empty; it would match everything"),
        ("/a/x", 3, "after a regular expression only i, s or m may stand; to search for this text, quote it"),
        ("x /a(b/", 4, "regular expression: missing ), unterminated subpattern"),
        ("/a{99999999999999999999}/", 0, "regular expression: the repetition number is too large"),
        ("dir:", 4, "dir: a value is missing; it is one of received, sent"),
        ("dir:snt", 4, "dir: 'snt' is unknown; did you mean sent?"),
        ("kind:text,txt", 10, "kind: 'txt' is unknown; did you mean text?"),
        ("kind:qqq", 5, "kind: 'qqq' is unknown; it is one of text, binary, ping, pong, close, open, error, reconnect"),
        ("size:", 5, "size: a number is missing"),
        ("size:>x", 6, "size: 'x' is not a number of bytes; write 200, 1.5k or 2Mi"),
        ("size:5i", 5, "size: '5i' is not a number of bytes; write 200, 1.5k or 2Mi"),
        ("size:..", 5, "size: a number is missing; write size:10..20"),
        ("size:20..10", 5, "size: the range is empty, 20 is more than 10"),
        ("size:10..x", 9, "size: 'x' is not a number of bytes; write 200, 1.5k or 2Mi"),
        ("size:<0", 5, "size: nothing is smaller than 0 bytes"),
        ("since:xx", 6, "since: 'xx' is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00"),
        ("since:25:00", 6, "since: '25:00' is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00"),
        ("since:2026-99-01", 6, "since: '2026-99-01' is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00"),
        ("$5", 1, "expected '.', '[', '=' or a space in this path; to search for this text, quote it"),
        ("$.", 2, 'a key is missing here; write $.key, $["odd key"] or $.*'),
        ("$.a..", 4, 'a key is missing here; write $.key, $["odd key"] or $.*'),
        ("$.a[", 4, 'expected an index, * or a quoted key: [0], [*] or ["key"]'),
        ("$['a'", 1, "this bracket is never closed"),
        ("$.a=", 4, "a value is missing after '='; for an empty text write \"\""),
        ('$.a="b', 4, "this JSON text is not closed, or holds a bad escape"),
        ("$.a='b'c", 7, "expected a space before the next term; quote text that holds quotes: '\"a\":1'"),
    ],
)
def test_mistakes_point_at_their_place(text, position, message):
    with pytest.raises(QueryError) as caught:
        parse(text, NOON)
    assert (caught.value.message, caught.value.position, caught.value.text) == (message, position, text)
    assert str(caught.value) == f"{message}\n  {text}\n  {' ' * position}^"


def test_a_regular_expression_nested_too_deeply_is_a_mistake_too():
    with pytest.raises(QueryError, match=r"nested too deeply|maximum recursion") as caught:
        parse("/" + "(" * 9_000 + "a" + ")" * 9_000 + "/")
    assert caught.value.position == 0


@given(st.text(alphabet=st.sampled_from("ab$.[]*=\"'/\\-: \t0159kidrsezn<>,"), max_size=30) | st.text(max_size=30))
def test_any_text_parses_or_says_where_it_does_not(text):
    error, terms = None, ()
    try:
        terms = parse(text, NOON)
    except QueryError as caught:
        error = caught
    assert error is None or (0 <= error.position <= len(text) and "\n" in str(error))
    assert all(0 <= term.position < len(text) for term in terms)
