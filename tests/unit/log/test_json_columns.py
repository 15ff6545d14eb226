"""JSON fields as columns: names, exact values, and what no column can hold."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontena_ws_nb.log import json_columns
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import COMPRESSED, FRAGMENTED, INCOMPLETE, SEGMENT_ROWS
from kontena_ws_nb.protocol.frames import BINARY, TEXT
from tests.unit.log.rows_lab import batch_of


def log_of(*payloads: str | bytes, kind: str = "text") -> MessageLog:
    log = MessageLog()
    for payload in payloads:
        log.add(kind, payload.encode() if isinstance(payload, str) else payload)
    return log


def fields(log: Any) -> dict[str, Any]:
    """The JSON columns of a log's Arrow table: type and values."""
    table = log.to_arrow(json=True)
    table.validate(full=True)
    return {name: (str(table[name].type), table[name].to_pylist()) for name in table.column_names[11:]}


def column(*values: str) -> tuple[str, list[Any]]:
    """The column that these JSON values make."""
    return fields(log_of(*(f'{{"x": {value}}}' for value in values)))["x"]


def test_fields_become_columns_in_order_of_appearance() -> None:
    log = log_of(
        '{"b": 1, "a": "x"}',
        "hello",
        '{"a": "y", "c": true}',
        "[1]",
        "7",
        '"{}"',
        b"\xff",
        "{}",
        '{"b": 2} x',
        '{"a": "z"}',
    )
    nothing = [None] * 6
    assert fields(log) == {
        "b": ("int64", [1, None, None, *nothing, None]),
        "a": ("large_string", ["x", None, "y", *nothing, "z"]),
        "c": ("bool", [None, None, True, *nothing, None]),
        "[0]": ("int64", [None, None, None, 1, *nothing]),
    }
    assert [row["a"] for row in log.to_records(json=True)] == ["x", None, "y", *nothing, "z"]
    assert list(log.to_records(json=True)[1])[11:] == ["b", "a", "c", "[0]"]


def test_slices_and_views() -> None:
    log = log_of('{"n": 0}', '{"n": 1}', '{"n": 2}', '{"n": 3}')
    assert fields(log[::-2]) == {"n": ("int64", [3, 1])}
    assert fields(log.where("$.n=2")) == {"n": ("int64", [2])}
    assert fields(log_of("no JSON at all")) == {}
    plain = log_of("no JSON at all")
    assert plain.to_records(json=True) == plain.to_records()


def test_binary_messages_are_looked_at_control_frames_are_not() -> None:
    assert fields(log_of(b' {"a": 1}\n', kind="binary")) == {"a": ("int64", [1])}
    assert fields(log_of(b'{"a": 1}', kind="ping")) == {}


@pytest.mark.parametrize("flags", [TEXT, BINARY, TEXT | COMPRESSED, TEXT | FRAGMENTED])
def test_the_part_of_a_message_that_was_cut_off_is_not_looked_at(flags: int) -> None:
    log = log_of('{"a": 1}')
    log.append(batch_of(b'{"a": 2}', b'{"b": 3}', b"[4]", flags=flags | INCOMPLETE), 1)
    assert fields(log) == {"a": ("int64", [1, None, None, None])}
    log.append(batch_of(b'{"a": 5}', flags=flags & ~COMPRESSED), 1)
    assert [row["a"] for row in log.to_records(json=True)] == [1, None, None, None, 5]


def test_names() -> None:
    log = log_of(
        '{"time": 1, "text": {"time": 2}, "a": {"b": {"c": 3}, "b.c": 4}, "a.b.c": 5, "": 6, "$": {"time": 7}, "\\"a": 8, "a\\"b": 9}'
    )
    assert {name: values for name, (_, values) in fields(log).items()} == {
        "$.time": [1],
        "text.time": [2],
        "a.b.c": [3],
        'a."b.c"': [4],
        '"a.b.c"': [5],
        '""': [6],
        '"$".time': [7],
        '"\\"a"': [8],
        'a"b': [9],
    }


def test_a_field_may_be_an_object_now_and_a_value_then() -> None:
    log = log_of('{"a": 1}', '{"a": {"b": 2}}', '{"a": {}}', '{"a": null}')
    assert fields(log) == {"a": ("int64", [1, None, None, None]), "a.b": ("int64", [None, 2, None, None])}


def test_the_last_of_equal_names_counts() -> None:
    assert fields(log_of('{"a": 1, "a": "x"}')) == {"a": ("large_string", ["x"])}


def test_deep_objects_stay_one_value() -> None:
    depth = 20
    found = fields(log_of('{"k":' * depth + "1" + "}" * depth))
    assert list(found) == [".".join("k" * 8)]
    assert json.loads(found["k.k.k.k.k.k.k.k"][1][0]) == json.loads('{"k":' * (depth - 8) + "1" + "}" * (depth - 8))
    assert fields(log_of('{"k":' * 200_000)) == {}


BIG = 2**53 + 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([f"{BIG}", "null"], ("int64", [BIG, None])),
        ([f"{2**63 - 1}", f"{-(2**63)}"], ("int64", [2**63 - 1, -(2**63)])),
        ([f"{2**64 - 1}", "0"], ("uint64", [2**64 - 1, 0])),
        ([f"{2**64}", "1"], ("large_string", [str(2**64), "1"])),
        (["-1", f"{2**64 - 1}"], ("large_string", ["-1", str(2**64 - 1)])),
        (["1", "2.5"], ("double", [1.0, 2.5])),
        ([f"{BIG}", "2.5"], ("large_string", [str(BIG), "2.5"])),
        (["1e400", "-1E400"], ("double", [float("inf"), float("-inf")])),
        (["true", "null"], ("bool", [True, None])),
        (["true", "1"], ("large_string", ["true", "1"])),
        (['"a"', "1", "null", "[1]", '"ü"'], ("large_string", ["a", "1", None, "[1]", "ü"])),
        (['"\\ud800x"'], ("large_string", ["?x"])),
        (["null"], ("null", [None])),
        (["[1, 2]", "[]", "null", "[null]"], ("list<item: int64>", [[1, 2], [], None, [None]])),
        ([f"[{2**64 - 1}]"], ("list<item: uint64>", [[2**64 - 1]])),
        (["[1, 2.5]"], ("list<item: double>", [[1.0, 2.5]])),
        (['["a"]'], ("list<item: large_string>", [["a"]])),
        (["[true]"], ("list<item: bool>", [[True]])),
        (["[]"], ("list<item: null>", [[]])),
        (['[1, "a"]'], ("large_string", ['[1, "a"]'])),
        (['[{"a": 1}]', "[[1]]"], ("large_string", ['[{"a": 1}]', "[[1]]"])),
        ([f"[{2**64}]"], ("large_string", [f"[{2**64}]"])),
        (['["\\ud800"]'], ("large_string", ['["?"]'])),
    ],
)
def test_types(values: list[str], expected: tuple[str, list[Any]]) -> None:
    kind, found = column(*values)
    assert (kind.replace("element", "item"), found) == expected


def test_pandas_keeps_integers_exact_beside_missing_ones() -> None:
    frame = log_of(f'{{"id": {BIG}, "ok": true, "p": 1.5, "u": {2**64 - 1}}}', "{}").to_pandas(json=True)
    assert frame["id"].tolist() == [BIG, pd.NA]
    assert (
        frame.dtypes.astype(str).to_dict().items()
        >= {"id": "Int64", "ok": "boolean", "p": "float64", "u": "UInt64"}.items()
    )
    assert list(frame.index) == [0, 1]
    assert frame.index.name == "index"


def test_polars_takes_every_type() -> None:
    log = log_of('{"a": null, "b": [], "c": [1], "d": {"e": "x"}, "f": 1}')
    assert log.to_polars(json=True).drop("time").rows()[0][10:] == (None, [], [1], "x", 1)


def test_polars_is_given_every_column_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*(f'{{"a": {number}, "b": {{"c": ["x"]}}}}' for number in range(SEGMENT_ROWS + 1)))
    assert log.to_arrow(json=True)["text"].num_chunks == 2
    given: list[pa.Table] = []
    real = pl.from_arrow
    monkeypatch.setattr(pl, "from_arrow", lambda table: given.append(table) or real(table))
    frame = log.to_polars(json=True)
    assert [column.num_chunks for column in given[0].columns] == [1] * frame.width
    assert frame["a"].to_list() == list(range(SEGMENT_ROWS + 1))
    assert frame["b.c"].to_list() == [["x"]] * (SEGMENT_ROWS + 1)


def test_too_many_fields_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*(f'{{"key{number}": 1}}' for number in range(11)))
    assert len(fields(log)) == 11
    monkeypatch.setattr(json_columns, "_CELLS", 100)
    for method in (log.to_arrow, log.to_pandas, log.to_polars, log.to_records):
        with pytest.raises(
            ValueError,
            match=r"^these 11 messages have more than 9 different JSON fields: choose fewer messages first, as in ",
        ):
            method(json=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab.$"', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.lists(st.dictionaries(st.text('ab.$"', max_size=3), JSON, max_size=4), max_size=6))
def test_any_objects(objects: list[dict[str, Any]]) -> None:
    log = log_of(*map(json.dumps, objects))
    records = log.to_records(json=True)
    assert [record["index"] for record in records] == list(range(len(objects)))

    def leaves(value: Any) -> list[Any]:
        if isinstance(value, dict) and value:
            return [leaf for inner in value.values() for leaf in leaves(inner)]
        return [] if value is None or value == {} else [value]

    for record, value in zip(records, objects, strict=True):
        found = [cell for name, cell in list(record.items())[10:] if cell is not None]
        assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, leaves(value)))
    table = log.to_arrow(json=True)
    table.validate(full=True)
    assert isinstance(table, pa.Table)
    assert list(log.to_pandas(json=True).columns) == table.column_names[1:]
    assert log.to_polars(json=True).columns == table.column_names


@pytest.mark.parametrize("method", ["to_records", "to_arrow", "to_pandas", "to_polars"])
@pytest.mark.parametrize(
    "rows",
    [
        [{f"k{n}": n for n in range(20_000)}],
        [{f"k{n}": n} for n in range(1000)],
        [{"a": {"b": {f"k{n}": [n] for n in range(10_000)}}}],
        [{"a": list(range(200_000))}],
        [{"a": [{"x": n} for n in range(50_000)]}],
        [{"a": value} for value in (1, "x", None, [1], {"b": 2}, 1.5, True)] * 500,
    ],
    ids=["keys", "sparse", "nested", "array", "objects", "types"],
)
def test_time_grows_with_what_there_is(method: str, rows: list[dict[str, Any]]) -> None:
    log = log_of(*[json.dumps(row) for row in rows])
    began = time.monotonic()
    assert len(getattr(log, method)(json=True)) == len(rows)
    assert time.monotonic() - began < 40  # one message with 20,000 keys took 53 s, now less than 2 s


def test_names_are_bounded() -> None:
    long = json.dumps({"a" * 1_000_000: {f"k{n}": n for n in range(20_000)}})
    with pytest.raises(ValueError, match=r"have more than 100,000,000 characters: choose fewer"):
        log_of(long).to_records(json=True)


def test_sparse_columns_are_bounded() -> None:
    log = log_of(*[json.dumps({f"k{n}": n}) for n in range(20_000)])
    with pytest.raises(ValueError, match="these 20,000 messages have more than 5,000 different JSON fields"):
        log.to_pandas(json=True)


def test_what_can_just_be_read_may_be_too_deep_to_write() -> None:
    limit = sys.getrecursionlimit()
    for depth in (8, 100, *range(limit - 200, limit + 5)):
        column = log_of('{"a":' + "[" * depth + "]" * depth + "}").to_arrow(json=True)
        if "a" in column.column_names and depth > 100:
            [[text]] = [column["a"].to_pylist()]
            assert set(str(text)) <= set("[]") or text == "(nested too deeply)"


def test_arrays_at_the_root_and_byte_order_marks() -> None:
    """Kraken and Bitfinex send arrays; the BOM may be ignored (RFC 8259 section 8.1)."""
    assert fields(log_of('[7, {"price": 1.5}]', '\ufeff{"a": 1}', "\ufeff[8]", "[]")) == {
        "[0]": ("int64", [7, None, 8, None]),
        "[1].price": ("double", [1.5, None, None, None]),
        "a": ("int64", [None, 1, None, None]),
    }
