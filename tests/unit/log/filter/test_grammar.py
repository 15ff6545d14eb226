"""The filter grammar: every form, and every mistake with its place."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.log.filter.grammar import (
    Before,
    Connection,
    Direction,
    Every,
    Glob,
    Hex,
    Index,
    Kind,
    Path,
    QueryError,
    Range,
    Regex,
    Since,
    Size,
    Some,
    Word,
    parse,
    parse_path,
    path_text,
    tables,
)
from kontena_ws_nb.log.filter.query import Query

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
        ('"a":1', 3, "expected a space before the next term; quote text that contains quotes: '\"a\":1'"),
        ("/abc", 0, 'this regular expression is never closed; to search for a slash, quote the text: "/path"'),
        ("//", 0, "this regular expression is empty; it would match everything"),
        ("/a/x", 3, "only i, s or m may follow a regular expression; to search for this text, quote it"),
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
        ("$.a='b'c", 7, "expected a space before the next term; quote text that contains quotes: '\"a\":1'"),
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


DAY = 86400 * 10**9


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        (
            "a b or c",
            [Some(0, False, (Every(0, False, (Word(0, False, "a"), Word(2, False, "b"))), Word(7, False, "c")))],
        ),
        ("(a or b) c", [Some(0, False, (Word(1, False, "a"), Word(6, False, "b"))), Word(9, False, "c")]),
        ("-(a b)", [Every(0, True, (Word(2, False, "a"), Word(4, False, "b")))]),
        ("not -(a)", [Word(0, False, "a")]),
        (
            "x (a) or y",
            [Some(0, False, (Every(0, False, (Word(0, False, "x"), Word(2, False, "a"))), Word(9, False, "y")))],
        ),
        ("! x", [Word(0, True, "x")]),
        ("f(x) :)", [Word(0, False, "f(x)"), Word(5, False, ":)")]),
        ("(f(x) y)", [Every(0, False, (Word(1, False, "f(x)"), Word(6, False, "y")))]),
        ("i:a b", [Word(0, False, "a", True), Word(4, False, "b")]),
        ("(i: a b) c", [Every(0, False, (Word(1, False, "a", True), Word(6, False, "b", True))), Word(9, False, "c")]),
        ("size:1,5", [Some(0, False, (Size(0, False, 1, 1), Size(0, False, 5, 5)))]),
        ("-conn:2..", [Connection(0, True, 2, None)]),
        ("size: >5", [Size(0, False, 6, None)]),
        ("#5", [Index(0, False, 5, 5)]),
        ("# = 5", [Index(0, False, 5, 5)]),
        ("before:#5", [Index(0, False, 0, 4)]),
        ("before:10s", [Before(0, False, NOON - 10 * 10**9)]),
        ("since:1m30s", [Since(0, False, NOON - 90 * 10**9)]),
        ("since:today", [Since(0, False, NOON - DAY // 2)]),
        ("since:yesterday", [Since(0, False, NOON - DAY // 2 - DAY)]),
        ("hex:00ff", [Hex(0, False, b"\0\xff")]),
        ("$.a=''", [Path(0, False, ("a",), ("",))]),
        ("$.a=+.5", [Path(0, False, ("a",), (Decimal("0.5"), "+.5"))]),
        ("$.a=1|2", [Path(0, False, ("a",), (Decimal(1), "1", Decimal(2), "2", "1|2"))]),
        ('$.a="1"|x', [Path(0, False, ("a",), ("1", "x"))]),
        ("$.a=t*e", [Path(0, False, ("a",), (Glob(("t", "e")),))]),
        ("$.a=1..2", [Path(0, False, ("a",), (Range(Decimal(1), Decimal(2)),))]),
        ("$.a=x..y", [Path(0, False, ("a",), ("x..y",))]),
        ("$..a", [Path(0, False, (..., "a"), None)]),
        ("$..[0]", [Path(0, False, (..., 0), None)]),
        ("$.a>5", [Path(0, False, ("a",), (Decimal(5),), ">")]),
        ("$.a ne 5", [Path(0, False, ("a",), (Decimal(5), "5"), "!=")]),
        ("$.a!~*x*", [Path(0, False, ("a",), ("x",), "!~")]),
        ("$.a~*", [Path(0, False, ("a",), ("*",), "~")]),
        (".a.b[0] >= 5", [Path(0, False, ("a", "b", 0), (Decimal(5),), ">=")]),
    ],
)
def test_more_forms(text, terms):
    assert list(parse(text, NOON)) == terms


def test_durations_are_remembered_for_they_move():
    assert [term.ago_ns for term in parse("since:10s since:12:00")] == [10 * 10**9, None]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not " * 60 + "a", "more than 50 negations"),
        ("(" * 60 + "a" + ")" * 60, "groups nest at most 50 deep"),
        ("i:" + "x" * 10_001, "10,001 characters; at most 10,000 are allowed"),
        ("$" + ".a" * 101, "at most 100 steps"),
        ("$.a=" + "1|" * 1000 + "1", "at most 1,000 values"),
        ("a (! )", "a term is missing behind !"),
    ],
)
def test_filters_are_bounded(text, why):
    with pytest.raises(QueryError, match=why):
        parse(text)


PIECES = st.sampled_from(
    [
        *(
            "a",
            "or",
            "AND",
            "not ",
            "Or",
            "(",
            ")",
            "-",
            "!",
            "i:",
            " ",
            " ",
            "||",
            "&&",
            "$",
            ".a",
            "..",
            "[0]",
            "[*]",
            "[?",
            "@",
        ),
        *(
            "=",
            "==",
            "!=",
            ">",
            "<=",
            "~",
            "!~",
            ":",
            "|",
            ",",
            "*",
            "/",
            "/i",
            '"',
            "'",
            "7",
            "1..2",
            "..",
            "{",
            "size",
            "kind",
        ),
        *(
            "conn",
            "#",
            "since",
            "before",
            "hex",
            "text",
            "10s",
            "LIKE",
            "in",
            "is null",
            "~b",
            "“",
            "–",
            "\\",
            "\ud800",
            "\n",
            "é",
            "0",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.lists(PIECES, max_size=8).map(" ".join))
def test_any_pieces_parse_or_are_answered(text):
    error, terms = None, ()
    try:
        terms = Query.parse(text).terms
    except QueryError as caught:
        error = caught
    assert error is None or (0 <= error.position <= len(text) and error.message and "\n" in str(error))
    assert all(0 <= term.position < len(text) for term in terms)


@given(st.text(alphabet=st.sampled_from("ab$.[]*=\"'/\\-: \t0159kidrsezn<>,"), max_size=30) | st.text(max_size=30))
def test_any_text_parses_or_says_where_it_does_not(text):
    error, terms = None, ()
    try:
        terms = parse(text, NOON)
    except QueryError as caught:
        error = caught
    assert error is None or (0 <= error.position <= len(text) and "\n" in str(error))
    assert all(0 <= term.position < len(text) for term in terms)


@pytest.mark.parametrize(
    ("text", "steps", "written"),
    [
        ("$", (), "$"),
        ("$.a.b", ("a", "b"), "$.a.b"),
        (" $.items[0][-1] ", ("items", 0, -1), "$.items[0][-1]"),
        ("$[*].*", (None, None), "$.*.*"),
        ("$..id", (..., "id"), "$..id"),
        ("$..[0]", (..., 0), "$..[0]"),
        ("$..*", (..., None), "$..*"),
        ('$..["odd \\"key\\" \\\\"]', (..., 'odd "key" \\'), '$..["odd \\"key\\" \\\\"]'),
        (".a[0]", ("a", 0), "$.a[0]"),
        ("price", ("price",), "$.price"),
        ('[0]."a.b".c', (0, "a.b", "c"), '$[0]["a.b"].c'),
    ],
)
def test_a_path_alone_is_read_and_written(text: str, steps: tuple[object, ...], written: str) -> None:
    assert parse_path(text) == steps
    assert path_text(parse_path(text)) == written
    assert parse_path(written) == steps


def test_a_shared_page_gets_names_and_patterns_as_json() -> None:
    told = json.loads(json.dumps(tables()))
    assert {"grep", "mitmproxy", "foreign", "jsonKeys", "units", "sql", "wireshark"} < told.keys()
    for written, meant in told["directions"].items():
        assert parse(f"dir:{written}") == parse("|".join(f"dir:{one}" for one in meant).replace("|dir:", "|"))
    for written, meant in told["kind"].items():
        assert parse(f"kind:{written}") == parse(f"kind:{'|'.join(meant)}")
    patterns = {name: re.compile(pattern) for name, pattern in told["patterns"].items()}
    assert patterns["operator"].match("OR ("), "flags stand in front"
    assert not patterns["jq"].match("a")
