"""Rows of a file as segments: pages, connections, gaps, and what a search has to look at."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kontena_ws_nb.log.kinds import CODES
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.recording import rows as module
from kontena_ws_nb.recording.database import Connections
from kontena_ws_nb.recording.records import SessionRecord
from kontena_ws_nb.recording.rows import RecordedRows
from kontena_ws_nb.recording.writer import write_database
from tests.unit.recording.recordings import BINARY, Given, Row, texts


def recorded(path: Path, given: Given, stop: int | None = None) -> RecordedRows:
    write_database(path / "feed.db", [(SessionRecord(name="feed"), given)])
    stop = given.first + len(given.rows) if stop is None else stop
    return RecordedRows(Connections(str(path / "feed.db")).borrow, 1, given.first, stop)


def shape(segments: list[Segment]) -> list[tuple[int, int, int]]:
    return [(segment.first, segment.first + segment.count, segment.connection) for segment in segments]


def test_pages_are_read_in_either_direction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    rows = recorded(tmp_path, texts(35))
    every = [(0, 10, 1), (10, 20, 1), (20, 30, 1), (30, 35, 1)]
    assert shape(list(rows.segments(0, 35))) == every
    assert shape(list(rows.segments(0, 35, backwards=True))) == every[::-1]
    assert shape(list(rows.segments(15, 25))) == [(10, 20, 1), (20, 25, 1)]
    assert shape(list(rows.segments(15, 25, backwards=True))) == [(20, 25, 1), (10, 20, 1)]
    assert shape(list(rows.segments(35, 99))) == []
    rows.stop = 12  # the rest is being written
    assert shape(list(rows.segments(0, 35))) == [(0, 10, 1), (10, 12, 1)]
    assert rows.locate(12) is None


def test_connections_and_gaps_divide_pages(tmp_path: Path) -> None:
    given = Given([Row(b"a"), Row(b"b", connection=2), Row(b"c", connection=2), Row(b"d")])
    rows = recorded(tmp_path, given)
    assert shape(list(rows.segments(0, 4))) == [(0, 1, 1), (1, 3, 2), (3, 4, 1)]
    assert shape(list(rows.segments(2, 4, backwards=True))) == [(3, 4, 1), (1, 3, 2)]
    with rows._borrow() as file:
        file.execute("PRAGMA query_only")
    found = rows.locate(2)
    assert found is not None
    assert (found[0].payload(found[1]), found[0].sealed) == (b"c", True)


def test_large_rows_make_small_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BYTES", 100)
    rows = recorded(tmp_path, Given([Row(bytes(60)), Row(bytes(30)), Row(bytes(500)), Row(b"")]))
    assert shape(list(rows.segments(0, 4))) == [(0, 2, 1), (2, 3, 1), (3, 4, 1)]


def test_pages_that_were_read_are_kept_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 10)
    monkeypatch.setattr(module, "_KEPT", 10 * (len(b"row 00") + module._ROW))
    rows = recorded(tmp_path, texts(40))
    first, second, *_ = rows.segments(10, 40)
    found = rows.locate(35)
    assert found is not None
    assert found[0].first == 30  # the page, not the neighbourhood of a row
    assert next(rows.segments(10, 20)) is not first  # others took its place
    kept = next(rows.segments(10, 20))
    assert next(rows.segments(10, 20)) is kept
    assert second.payload(0) == b"row 20"


def test_a_look_at_one_row_reads_its_neighbourhood(tmp_path: Path) -> None:
    rows = recorded(tmp_path, texts(1000))
    found = rows.locate(600)
    assert found is not None
    assert (found[0].first, found[0].count, found[0].payload(found[1])) == (512, 256, b"row 600")
    assert (rows.locate(-1), rows.locate(1000)) == (None, None)


def test_a_search_is_told_what_it_has_to_look_at(tmp_path: Path) -> None:
    given = Given([Row(b"Alpha"), Row(b"beta\0Alpha"), Row(b"\xffalPHa"), Row(b"delta")], first=5)
    rows = recorded(tmp_path, given)
    for needles, start, stop, held in (
        ([(b"Alpha", False)], 0, 100, True),
        ([(b"Alpha", False)], 7, 100, False),
        ([(b"alpha", True)], 7, 100, True),
        ([(b"alpha", False), (b"delta", False)], 7, 9, True),
        ([(b"alpha", False), (b"delta", False)], 7, 8, False),
        ([(b"none", False)], 0, 100, False),
        ([(b"none", False)], 100, 200, False),
        ([], 0, 100, True),
        ([], 100, 200, False),
    ):
        for times in (False, True):
            found = [
                (max(first, start), last) for first, last, _ in shape([*rows.sought(needles, start, stop, times=times)])
            ]
            assert found == ([(max(start, 5), min(stop, 9))] if held else [])
    for row, held in ((Row(b"gamma", BINARY), True), (Row(bytes(8192)), True), (Row(b""), False)):
        found = recorded(tmp_path, Given([row])).sought([(b"none", False)], 0, 1, times=False)
        assert bool(list(found)) is held


def test_what_a_search_reads_is_what_others_read_but_for_times(tmp_path: Path) -> None:
    every = [Row(b"Alpha"), Row(b"", 0x1A), Row(b"\xff" * 8191, BINARY), Row(b"x", 0x9), Row(b"delta", 0x41)]
    rows = recorded(tmp_path, Given(every))
    (full,), (lean,) = rows.segments(0, 5), rows.sought((), 0, 5, times=False)
    assert full.times[0] != 0 == lean.times[0]
    for segment in (full, lean):
        assert [segment.payload(at) for at in range(5)] == [row.payload for row in every]
        assert list(segment.flags) == [row.flags for row in every]
    (timed,) = rows.sought((), 0, 5, times=True)
    assert timed.times == full.times


@pytest.mark.parametrize(
    "given",
    [
        Given([Row(b"a"), Row(bytes(8192)), Row(b"b")]),
        Given([Row(b"a"), Row(b"b", connection=2), Row(b"c")]),
    ],
    ids=["large", "connections"],
)
def test_what_one_statement_cannot_tell_is_read_in_full(tmp_path: Path, given: Given) -> None:
    rows = recorded(tmp_path, given)
    assert all(segment.times[0] for segment in rows.sought((), 0, 3, times=False))
    assert sum(segment.count for segment in rows.sought((), 0, 3, times=False)) == 3


def test_a_search_passes_over_rows_that_are_missing(tmp_path: Path) -> None:
    rows = recorded(tmp_path, texts(10))
    with closing(sqlite3.connect(tmp_path / "feed.db")) as file:
        file.execute('DELETE FROM messages WHERE "index" IN (4, 5)')
        file.commit()
    assert shape(list(rows.sought((), 0, 10, times=False))) == [(0, 4, 1), (6, 10, 1)]


def test_pings_and_pongs_are_found_at_once(tmp_path: Path) -> None:
    given = Given([Row(b"a"), Row(b"1", 0x9), Row(b"1", 0x1A), Row(b"b"), Row(b"2", 0xA)], first=5)
    rows = recorded(tmp_path, given)
    assert (rows.controls(0, 100), rows.controls(7, 9), rows.controls(8, 9)) == ([6, 7, 9], [7], [])
    with rows._borrow() as file:
        plan = file.execute(f"EXPLAIN QUERY PLAN {module._CONTROLS}", (1, 0, 100)).fetchall()
    assert b"USING INDEX controls" in plan[0][3]


def test_where_a_connection_begins(tmp_path: Path) -> None:
    given = Given([Row(b"x", connection=number) for number in (1, 1, 2, 2, 2, 4)], first=10)
    rows = recorded(tmp_path, given, stop=30)
    assert [rows.begins(number) for number in (0, 1, 2, 3, 4, 5)] == [10, 10, 12, 15, 15, 16]


def test_what_was_lost_is_counted_from_an_index_on(tmp_path: Path) -> None:
    rows = recorded(tmp_path, texts(10))
    assert rows.missing(0) == 0
    rows.lose(20, 30)
    assert [rows.missing(first) for first in (0, 25, 30)] == [10, 5, 0]


def test_a_row_that_is_missing_is_not_found(tmp_path: Path) -> None:
    rows = recorded(tmp_path, texts(10), stop=9000)
    assert (rows.locate(15), rows.locate(8000)) == (None, None)
    assert shape(list(rows.segments(0, 9000))) == [(0, 10, 1)]


#: What somebody may have put into any column of a file: SQLite keeps any type in any column.
STRANGE = [None, "ü", b"\xff\x00", -1, 300, 2.5, 1e300, -(2**63), 2**63 - 1]


def changed(path: Path, column: str, value: object, count: int = 40) -> RecordedRows:
    """So many texts, of which one has another value in a column; no column of the table has a type."""
    rows = recorded(path, texts(count))
    with closing(sqlite3.connect(path / "feed.db")) as file:
        file.executescript("""
            ALTER TABLE messages RENAME TO before;
            CREATE TABLE messages (id, session, connection, "index", time_ns, direction, kind, flags, fragments, payload);
            INSERT INTO messages SELECT * FROM before""")
        file.execute(f'UPDATE messages SET "{column}" = ? WHERE rowid = 3', (value,))
        file.commit()
    return rows


def looked_at(rows: RecordedRows, count: int) -> list[Message]:
    """Do with rows what a log, a search and a panel do."""
    log = MessageLog(None)
    log.back(rows, 0)
    rows.controls(0, count)
    rows.begins(2)
    for times in (False, True):
        for segment in rows.sought([(b"row", False)], 0, count, times=times):
            assert segment.bounds[-1] == len(segment.data)
    log.to_records()
    located = [rows.locate(index) for index in range(count)]
    for segment in [*rows.segments(0, count, backwards=True), *(found[0] for found in located if found is not None)]:
        assert segment.bounds[-1] == len(segment.data)
    return list(log)


@pytest.mark.parametrize("value", STRANGE, ids=repr)
@pytest.mark.parametrize(
    "column", ["id", "session", "connection", "index", "time_ns", "direction", "kind", "flags", "fragments", "payload"]
)
def test_whatever_is_in_a_column_is_read_or_told(
    tmp_path: Path, column: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count, at_once in ((40, 4 << 20), (4, 1)):  # with 1, each row is read alone
        monkeypatch.setattr(module, "_BYTES", at_once)
        rows = changed(tmp_path, column, value, count)
        told = ""
        try:
            for message in looked_at(rows, count):
                assert message.kind in CODES
                assert type(message.time_ns) is int
                assert type(message.payload) is bytes
        except OSError as error:
            told = str(error)
        assert not told or "somebody changed the file" in told


@pytest.mark.timeout(10)
@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_a_page_of_one_row_with_a_strange_connection_is_searched_or_told_at_once(tmp_path: Path, value: object) -> None:
    with contextlib.suppress(OSError):
        list(changed(tmp_path, "connection", value, 3).sought((), 2, 3, times=False))


def test_a_row_without_any_payload_is_searched(tmp_path: Path) -> None:
    (segment,) = changed(tmp_path, "payload", None, 3).sought((), 2, 3, times=False)
    assert segment.payload(2) == b""


@pytest.mark.parametrize("at_once", [4 << 20, 1], ids=["page", "alone"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("connection", value) for value in ("x", -1, 2**31, 2.5)),
        *(("flags", value) for value in (0, 3, 15, 300, -1)),
        ("fragments", -1),
        ("id", 2**40 + 1.5),
    ],
)
def test_a_row_that_no_log_could_hold_is_told(
    tmp_path: Path, column: str, value: object, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BYTES", at_once)
    rows = changed(tmp_path, column, value, 3)
    with pytest.raises(OSError, match="somebody changed the file"):
        looked_at(rows, 3)
    assert "somebody changed the file" in rows.problem


@pytest.mark.parametrize("at_once", [4 << 20, 1], ids=["page", "alone"])
def test_a_row_that_goes_while_it_is_read_is_told(
    tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BYTES", at_once)
    rows = recorded(tmp_path, Given(Row(b"row", connection=connection) for connection in (1, 1, 2, 2)))
    reading = rows.segments(0, 4)
    next(reading)
    with closing(sqlite3.connect(tmp_path / "feed.db")) as file:
        file.execute("DELETE FROM messages")
        file.commit()
    with pytest.raises(OSError, match="somebody changed the file"):
        next(reading)


def test_more_frames_than_are_told_are_as_many_as_can_be(tmp_path: Path) -> None:
    messages = looked_at(changed(tmp_path, "fragments", 2**40, 3), 3)
    assert [message.fragments for message in messages] == [1, 1, 0xFFFFFF]


def test_a_ping_without_a_whole_index_is_told(tmp_path: Path) -> None:
    rows = changed(tmp_path, "index", 1.5, 3)
    with closing(sqlite3.connect(tmp_path / "feed.db")) as file:
        file.execute("UPDATE messages SET flags = 9 WHERE rowid = 3")
        file.commit()
    with pytest.raises(OSError, match="somebody changed the file"):
        rows.controls(0, 3)
