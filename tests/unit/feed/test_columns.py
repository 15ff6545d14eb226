"""Columns of one's own: which are wanted, and what their cells say."""

from __future__ import annotations

import json

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed import columns as columns_module
from kontena_ws_nb.feed.columns import CELL, LARGEST, LONGEST, MOST, NARROWEST, WIDEST, WIDTH, Columns, read_columns
from kontena_ws_nb.feed.comm_messages import Column
from kontena_ws_nb.log.filter.query import QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.protocol.frames import TEXT, Batch


def cells(payload: bytes, *paths: str, kind: str = "text", decode: str | None = None) -> tuple[str, ...]:
    log = MessageLog()
    if decode:
        log.meanings.choose(decode)
    log.add(kind, payload)
    return Columns(read_columns(paths)).cells(log, 0)


def test_paths_have_titles_and_widths() -> None:
    assert read_columns(["$.data.price", "$[0]", '$["odd key"]', "$"]) == (
        Column("$.data.price", "price", WIDTH),
        Column("$[0]", "$[0]", WIDTH),
        Column('$["odd key"]', "odd key", WIDTH),
        Column("$", "$", WIDTH),
    )
    assert read_columns({"$.p": "price"}) == (Column("$.p", "price", WIDTH),)
    assert read_columns([("$.p", "price"), ("$.q", "", 5), ["$.r", "r", 9999], Column("$.s", "s", 70)]) == (
        Column("$.p", "price", WIDTH),
        Column("$.q", "q", NARROWEST),
        Column("$.r", "r", WIDEST),
        Column("$.s", "s", 70),
    )


def test_a_column_may_be_named_as_a_table_names_it() -> None:
    assert [column.path for column in read_columns(["data.price", "[0].x", '"a.b".c', ".jq.path", " $.a "])] == [
        "$.data.price",
        "$[0].x",
        '$["a.b"].c',
        "$.jq.path",
        "$.a",
    ]


def test_a_path_that_is_a_column_keeps_its_title_and_width() -> None:
    known = (Column("$.p", "price", 77),)
    assert read_columns(["$.q", "$.p"], known) == (Column("$.q", "q", WIDTH), *known)
    assert read_columns([("$.p", "", 90)], known) == (Column("$.p", "price", 90),)
    assert read_columns({"$.p": "other"}, known) == (Column("$.p", "other", 77),)


@pytest.mark.parametrize(
    ("path", "place", "words"),
    [
        ("$.a=5", 3, "without a comparison"),
        ("$.a > 5", 3, "without a comparison"),
        ("$.a $.b", 4, "nothing can stand behind it"),
        ("x=1", 0, "begins with \\$"),
        ("dir:sent", 0, "begins with \\$"),
        ("two words", 0, "begins with \\$"),
        (".", 1, "a key is missing"),
        ("", 0, "a path is missing"),
        ("  ", 0, "a path is missing"),
        ("$.", 2, "a key is missing"),
        ("$.a[?(@.x)]", 4, "JSONPath"),
        ("$price", 1, "with a dot: \\$.price"),
        ("$.a]", 3, "expected"),
    ],
)
def test_a_wrong_path_is_told_with_its_place(path: str, place: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        read_columns(["$.good", path])
    assert caught.value.position == place


def test_what_is_no_list_of_columns_is_refused() -> None:
    with pytest.raises(TypeError, match=r'columns = \["\$.a"\]'):
        read_columns("$.a")
    for wrong in (("$.a", 5), ("$.a", "a", "5"), (5,), 5, (), ("$.a", "a", 5, 5)):
        with pytest.raises(TypeError, match="a column is a path"):
            read_columns([wrong])
    with pytest.raises(ValueError, match="is a column already"):
        read_columns(["$.a", '$["a"]'])
    with pytest.raises(ValueError, match=f"at most {MOST} columns"):
        read_columns([f"$.a{number}" for number in range(MOST + 1)])
    for long in ("$." + "a" * LONGEST, ("$.a", "a" * (LONGEST + 1))):
        with pytest.raises(ValueError, match=f"at most {LONGEST} characters"):
            read_columns([long])


def test_values_are_as_they_are_spelled() -> None:
    payload = b'{"i":12345678901234567890,"d":1.50,"e":1e5,"n":-0,"t":"a \\"b\\"","u":"","z":null,"b":true}'
    assert cells(payload, "$.i", "$.d", "$.e", "$.n", "$.t", "$.u", "$.z", "$.b", "$.missing") == (
        "12345678901234567890",
        "1.50",
        "1e5",
        "-0",
        'a "b"',
        '""',
        "null",
        "true",
        "",
    )
    assert cells(b'{"x":' + b"9" * 5000 + b"}", "$.x") == ("9" * CELL + "…",)
    assert cells(b'\xef\xbb\xbf{"x":1}', "$.x") == ("1",)


def test_objects_arrays_and_wildcards_are_one_short_line() -> None:
    payload = b'{"a":[1,2.0,{"x":null}],"many":' + json.dumps([*range(50)]).encode() + b"}"
    assert cells(payload, "$.a", "$.a[*]", "$..x", "$.many[*]") == (
        '[1, 2.0, {"x": null}]',
        '1, 2.0, {"x": null}',
        "null",
        ", ".join(map(str, range(20))) + ", …",
    )
    assert cells(b'[{"id":1},{"id":"two"}]', "$.id", "$[1].id", "$[0]") == ("1, two", "two", '{"id": 1}')
    assert cells(b'{"t":"' + b"x" * 500 + b'"}', "$.t", "$") == ("x" * CELL + "…", '{"t": "' + "x" * (CELL - 7) + "…")


def test_control_characters_can_be_seen() -> None:
    assert cells(b'{"t":"a\\u001b[31m\\u202eb\\n<script>"}', "$.t") == ("a\\x1b[31m\\u202eb\\n<script>",)
    assert cells(b'{"t":"\\ud800"}', "$.t") == ("\\ud800",)


@pytest.mark.parametrize("payload", [b"hello", b'{"x":', b"[" * 100_000, b"\xff\xfe", b"12", b""])
def test_what_has_no_such_value_is_blank(payload: bytes) -> None:
    assert cells(payload, "$.x") == ()


def test_only_whole_messages_have_values() -> None:
    for kind in ("ping", "close", "error", "open"):
        assert cells(b'{"x":1}', "$.x", kind=kind) == ()
    log = MessageLog()
    log.append(Batch.one(b'{"x":1}', TEXT | INCOMPLETE), 1)
    assert Columns(read_columns(["$.x"])).cells(log, 0) == ()


def test_decoded_values_have_columns() -> None:
    payload = b"\x82\xa1x\x01\xa1y\xa3two"  # MessagePack
    assert cells(payload, "$.x", "$.y", "$.z", kind="binary") == ("1", "two", "")
    assert cells(b'42["chat",{"user":"ann"}]', "$..user", decode="socket.io") == ("ann",)
    # What is in the payload comes first, and JSON without a label is what it is.
    assert cells(b'{"x":1}', "$.x", "$.y", decode="plain") == ("1", "")
    assert cells(b"\x93\x01\x02\x03", "$.x", kind="binary") == ()


def test_a_large_message_is_not_read_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    large = b'{"x":1,"pad":"' + b"x" * LARGEST + b'"}'
    assert cells(large, "$.x", "$.y") == (f"… not read: {len(large):,} bytes",) * 2
    monkeypatch.setattr(columns_module, "LARGEST", 12)
    assert cells(b"\x82\xa1x\x01\xa1y\xa3two", "$.x", kind="binary") == (), "the decoded value is longer"


def test_secrets_are_masked_before_anything_is_taken_apart() -> None:
    kws.secret("hunter2-hunter2")
    kws.secret("73571357")
    kws.secret('abc","d":"efg')
    assert cells(b'{"t":"hunter2-hunter2","n":73571357,"a":[73571357],"x":1.5}', "$.t", "$.n", "$.a", "$.x") == (
        "***",
        "***",
        '["***"]',
        "1.5",
    )
    assert cells(b'{"c":"abc","d":"efg","x":1}', "$.c", "$.d", "$.x") == ("***", "", "1")
    assert cells(b'{"n":173571357,"x":1}', "$.n", "$.x") == (), "not JSON any more: nothing is shown"


def test_other_titles_and_widths_read_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    log.add("text", b'{"x":1}')
    columns = Columns(read_columns(["$.x"]))
    assert columns.cells(log, 0) == ("1",)
    monkeypatch.setattr(columns_module, "parse_spelled", None)
    assert columns.renamed([Column("$.x", "X", 50)]).cells(log, 0) == ("1",)


def test_columns_of_a_file_are_whole_and_have_names_of_their_own() -> None:
    assert Columns().exported() is None
    found = Columns(read_columns({"$.a": "", "$.data": "", "$.b": "note", "$.c": "x", "$.d": "x"})).exported()
    assert found is not None
    assert found.names == ("a", "$.data", "$.b", "$.c", "$.d"), "none is the name of another column"
    log = MessageLog()
    text = "y" * 5 * CELL
    log.add("text", json.dumps({"a": text, "data": {"k": [text]}, "b": "\ud800\x1b"}).encode())
    log.add("ping", b"")
    assert found.cells(log[0]) == (text, json.dumps({"k": [text]}), "\\ud800\\x1b", "", "")
    assert found.cells(log[1]) == ("",) * 5
    many = Columns(read_columns(["$[*]"])).exported()
    assert many is not None
    log.add("text", json.dumps([*range(30)]).encode())
    assert many.cells(log[2]) == (", ".join(map(str, range(30))),), "all of them"
