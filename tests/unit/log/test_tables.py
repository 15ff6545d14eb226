"""Tables say what the messages say, in the same order and with exact types; from logs, slices and views, while rows come and go."""

from __future__ import annotations

import datetime
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontena_ws_nb.log.kinds import CODES
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import COMPRESSED, FRAGMENTED, INCOMPLETE, SENT
from kontena_ws_nb.log.sequence import Tabular
from kontena_ws_nb.protocol.frames import BINARY, PING, TEXT, Batch
from tests.unit.log.rows_lab import apart, batch_of

NAMES = [
    *(
        "index",
        "time",
        "direction",
        "kind",
        "size",
        "connection",
        "compressed",
        "fragments",
        "incomplete",
        "text",
        "data",
    )
]


def record(message: Message) -> dict[str, Any]:
    """What the row of a message has to be."""
    row = {name: getattr(message, name) for name in NAMES[:-2]}
    data = message.data
    return row | {"text": data if isinstance(data, str) else None, "data": data if isinstance(data, bytes) else None}


def mixed() -> MessageLog:
    """Every kind, both directions, several segments, the last of them open."""
    log = MessageLog()
    for number, kind in enumerate(CODES):
        log.add(kind, b"\x03\xe8" + kind.encode(), sent=number % 2 == 0, time_ns=1_700_000_000_123_456_789 + number)
    flags = bytes([1, 1 | COMPRESSED, 2 | SENT, 1 | FRAGMENTED, 2])
    log.append(batch_of("grüß".encode(), b"", b"\x00\xff", b"cut", b"y" * 70_000, flags=flags, fragments={3: 4}), 5, 2)
    log.add("text", b"last", connection=3)
    log.add("text", b"\xffopen", connection=3)
    for kind in (TEXT, BINARY, PING):  # parts of what was cut off, in a segment of its own and in an open one
        log.append(batch_of(b"12", flags=kind | INCOMPLETE), 6, 3)
    log.append(batch_of(b"z" * 70_000, flags=TEXT | INCOMPLETE | COMPRESSED), 6, 3)
    return log


def same(table: Any, messages: Tabular) -> None:
    """Each table of these messages has these rows."""
    expected = [record(message) for message in messages]
    assert messages.to_records() == expected
    rows = messages.to_arrow().to_pylist()
    times = [int(time.value) for time in (row.pop("time") for row in rows)]
    assert times == [message.time_ns for message in messages]
    assert rows == [{name: value for name, value in row.items() if name != "time"} for row in expected]


@pytest.mark.parametrize(
    "choose",
    [
        lambda log: log,
        lambda log: log[3:],
        lambda log: log[2:9:3],
        lambda log: log[::-1],
        lambda log: log[11:2:-4],
        lambda log: log[5:5],
        lambda log: log[-1:],
        lambda log: log.where("kind:text"),
        lambda log: log.where("kind:text")[::-2],
        lambda log: log.where("nowhere to be found"),
    ],
)
def test_all_tables_say_what_the_messages_say(choose: Any) -> None:
    messages = choose(mixed())
    same(None, messages)
    frame = messages.to_pandas()
    assert list(frame.index) == [message.index for message in messages]
    assert list(frame["kind"]) == [message.kind for message in messages]
    assert [None if pd.isna(text) else text for text in frame["text"]] == [row["text"] for row in messages.to_records()]
    assert list(frame["data"]) == [row["data"] for row in messages.to_records()]
    polars = messages.to_polars()
    assert polars.drop("time").to_dicts() == [
        {k: v for k, v in row.items() if k != "time"} for row in messages.to_records()
    ]


def test_types() -> None:
    log = mixed()
    table = log.to_arrow()
    words = pa.dictionary(pa.int8(), pa.string())
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        "index": pa.int64(),
        "time": pa.timestamp("ns", "UTC"),
        "direction": words,
        "kind": words,
        "size": pa.int64(),
        "connection": pa.int32(),
        "compressed": pa.bool_(),
        "fragments": pa.int32(),
        "incomplete": pa.bool_(),
        "text": pa.large_string(),
        "data": pa.large_binary(),
    }
    table.validate(full=True)
    frame = log.to_pandas()
    assert frame.index.name == "index"
    assert list(frame.columns) == NAMES[1:]
    types = frame.dtypes.astype(str).to_dict()
    text = types.pop("text")
    assert text == ("object" if pd.__version__.startswith("2.") else "str")
    assert types == {
        "time": "datetime64[ns, UTC]",
        "direction": "category",
        "kind": "category",
        "size": "int64",
        "connection": "int32",
        "compressed": "bool",
        "fragments": "int32",
        "incomplete": "bool",
        "data": "object",
    }
    assert frame.loc[log[3].index, "time"].value == log[3].time_ns
    polars = log.to_polars()
    assert polars.schema["time"] == pl.Datetime("ns", "UTC")
    assert polars.schema["kind"] == pl.Categorical
    assert polars.schema["text"] == pl.String
    assert polars.schema["data"] == pl.Binary


def test_parts_of_what_was_cut_off_say_so() -> None:
    log = mixed()
    expected = [False] * (len(log) - 4) + [True] * 4
    assert [row["incomplete"] for row in log.to_records()] == expected
    assert log.to_arrow()["incomplete"].to_pylist() == expected
    assert log.to_pandas()["incomplete"].to_list() == expected
    assert log.to_polars()["incomplete"].to_list() == expected


def test_an_empty_log_has_the_same_columns() -> None:
    log = MessageLog()
    assert log.to_records() == log.to_records(json=True) == []
    assert log.to_arrow().schema == mixed().to_arrow().schema
    assert log.to_pandas(json=True).empty
    assert log.to_polars().columns == NAMES


def test_a_large_segment_is_not_copied() -> None:
    log = MessageLog()
    log.append(batch_of(b"a" * 100_000, b"b" * 100_000), 1)
    here = pa.py_buffer(log.segments()[0].data)
    assert log.to_arrow()["text"].chunk(0).buffers()[2].address == here.address
    part = log[1:].to_arrow()["text"].chunk(0).buffers()[2]
    assert part.size < here.size  # a copy: it does not keep the rest alive


def test_rows_where_they_were_received() -> None:
    log = MessageLog()
    log.append(apart(batch_of("grüß".encode(), b"", b"\x00\xff", b'{"a": 1}', flags=bytes([1, 1, 2, 1]))), 5, 2)
    same(None, log)
    assert log.to_records(json=True)[3]["a"] == 1


def test_a_segment_may_be_a_part_of_a_block() -> None:
    log = MessageLog()
    block = bytearray(b"before" + b"a" * 70_000 + b"bc" + b"behind")
    log.append(Batch(block, [6, 70_006, 70_007, 70_008], b"\1\2\1"), 1)
    same(None, log)
    assert log.to_arrow()["text"].chunk(0).buffers()[2].size == 70_002


def test_a_table_can_be_written_as_parquet(tmp_path: Path) -> None:
    table = mixed().to_arrow()
    pq.write_table(table, tmp_path / "log.parquet")
    assert pq.read_table(tmp_path / "log.parquet").to_pylist() == table.to_pylist()


def test_rows_that_were_dropped_are_left_out() -> None:
    log = MessageLog(max_messages=8)
    for number in range(8):
        log.add("text", b"%d" % number)
    rows, view = log[2:], log.where("1")
    assert len(view) == 1
    for number in range(8, 12):
        log.add("text", b"%d" % number)
    assert log.first_index == 4
    for messages in (rows, view, log[rows.indices[0] :]):
        same(None, messages)
    assert [row["text"] for row in rows.to_records()] == ["4", "5", "6", "7"]
    assert view.to_arrow()["index"].to_pylist() == [10, 11]


def test_an_open_segment_may_grow_meanwhile() -> None:
    log = MessageLog()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            log.append(batch_of(b"x" * 30, b'{"a": 1}', flags=bytes([2, 1 | FRAGMENTED]), fragments={1: 2}), 7)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(30):
            table = log[-5000:].to_arrow(json=True)
            table.validate(full=True)
            first = table["index"][0].as_py() if table.num_rows else 0
            assert table["index"].to_pylist() == list(range(first, first + table.num_rows))
            assert set(table["size"].to_pylist()) <= {30, 8}
            assert [row["size"] for row in log[-50:].to_records()] in ([30, 8] * 25, [8, 30] * 25, [])
    finally:
        stop.set()
        writer.join()


PAYLOAD = st.binary(max_size=12) | st.text(max_size=6).map(str.encode)
ROW = st.tuples(PAYLOAD, st.sampled_from(list(CODES)), st.booleans(), st.integers(1, 2))


@settings(max_examples=60)
@given(
    rows=st.lists(ROW, max_size=30),
    cut=st.tuples(st.integers(-31, 31), st.integers(-31, 31), st.sampled_from([-3, -1, 1, 2])),
)
def test_any_rows(rows: list[tuple[bytes, str, bool, int]], cut: tuple[int, int, int]) -> None:
    log = MessageLog(max_messages=24)
    for payload, kind, sent, connection in rows:
        log.add(kind, payload, sent=sent, connection=connection)
    same(None, log)
    same(None, log[slice(*cut)])
    same(None, log.where("dir:sent"))


@pytest.mark.parametrize(
    ("method", "package"), [("pandas", "pandas"), ("pandas", "pyarrow"), ("polars", "polars"), ("arrow", "pyarrow")]
)
def test_a_missing_package_is_told_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, method: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    expected = rf"^to_{method}\(\) needs {package}, which is not installed: pip install 'kontena_ws_nb\[data\]'$"
    with pytest.raises(ImportError, match=expected) as caught:
        getattr(MessageLog(), f"to_{method}")()
    assert caught.value.name == package


def test_a_package_that_is_broken_says_so_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "polars.py").write_text("import something_that_polars_needs")
    monkeypatch.delitem(sys.modules, "polars")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="something_that_polars_needs"):
        MessageLog().to_polars()


def test_times_are_moments() -> None:
    log = MessageLog()
    log.add("text", b"a", time_ns=1_700_000_000_123_456_789)
    assert log.to_polars()["time"][0] == datetime.datetime(2023, 11, 14, 22, 13, 20, 123456, datetime.timezone.utc)
