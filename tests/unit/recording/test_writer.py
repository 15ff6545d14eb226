"""Writing a recording: every row as it is, in as few statements as can be."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kontena_ws_nb.recording import schema
from kontena_ws_nb.recording import writer as module
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from kontena_ws_nb.recording.writer import Batch, Writer, batches, write_database
from kontena_ws_nb.redaction.payloads import secret
from tests.unit.log.rows_lab import in_place
from tests.unit.recording.recordings import BINARY, CLOSE, TEXT, Given, Row, filled, texts

FEED = SessionRecord(name="feed", url="ws://localhost/feed", started_ns=5)

rows = st.builds(
    Row,
    st.binary(max_size=40),
    st.sampled_from((1, 2, 8, 9, 10, 12, 13, 14)).flatmap(
        lambda kind: st.integers(0, 15).map(lambda bits: kind | bits << 4)
    ),
    st.integers(0, 2**63 - 1),
    st.integers(1, 2**24 - 1),
    st.integers(1, 3),
)
_numbers = count()


def written(path: Path, given: Given, **how: bool) -> Database:
    write_database(path, [(FEED, given)], **how)
    return Database.open(path)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=40), st.integers(0, 2**40 - 100))
def test_every_row_comes_back_as_it_is(tmp_path_factory: pytest.TempPathFactory, found: list[Row], first: int) -> None:
    path = tmp_path_factory.getbasetemp() / f"{next(_numbers)}.db"
    recorded = Given(found, first)
    with written(path, recorded) as database:
        log = database.log(0)
        assert list(log) == recorded.messages()
        assert [log.get(message.index) for message in recorded.messages()] == recorded.messages()
        assert [log.get(index) for index in (first - 1, first + len(found))] == [None, None]


def test_columns_are_for_people(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    given = Given(
        [
            Row(b"connected", 0xC),
            Row(b'{"a": 1}', TEXT, 1_700_000_000_000_000_001),
            Row(b"\x00\xff", BINARY | 0x10),
            Row(b"\x03\xe8bye", CLOSE, connection=2),
        ]
    )
    write_database(path, [(FEED, given)])
    with closing(sqlite3.connect(path)) as file:
        found = file.execute(
            'SELECT session, connection, "index", time_ns, direction, kind, payload, flags FROM messages'
        ).fetchall()
        readable = file.execute("SELECT time, direction, size, text, is_json FROM readable").fetchall()
        counts = file.execute("SELECT name, url, started_ns, messages, bytes, lost FROM sessions").fetchall()
    assert found == [
        (1, 1, 0, 1_700_000_000_000_000_000, "received", "open", b"connected", 0xC),
        (1, 1, 1, 1_700_000_000_000_000_001, "received", "text", b'{"a": 1}', 1),
        (1, 1, 2, 1_700_000_000_000_000_000, "sent", "binary", b"\x00\xff", 0x12),
        (1, 2, 3, 1_700_000_000_000_000_000, "received", "close", b"\x03\xe8bye", 8),
    ]
    assert readable[1] == ("2023-11-14T22:13:20.000000001Z", "received", 8, '{"a": 1}', 1)
    assert [row[3:] for row in readable] == [("connected", None), ('{"a": 1}', 1), (None, None), (None, None)]
    assert counts == [("feed", "ws://localhost/feed", 5, 4, 24, 0)]


def test_rows_between_the_headers_of_their_frames(tmp_path: Path) -> None:
    class Received:
        def segments(self, start: int = 0) -> list[object]:
            return [in_place(b"one", b"two" * 50, b"")]

    write_database(tmp_path / "feed.db", [(FEED, Received())])  # type: ignore[list-item]
    with Database.open(tmp_path / "feed.db") as database:
        assert [message.payload for message in database.log(0)] == [b"one", b"two" * 50, b""]


def test_a_log_that_is_still_open_is_written(tmp_path: Path) -> None:
    log = filled(5000)
    assert write_database(tmp_path / "feed.db", [(FEED, log)]) == 5000
    with Database.open(tmp_path / "feed.db") as database:
        assert list(database.log(0)) == list(log)


def test_batches_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    monkeypatch.setattr(module, "BATCH_BYTES", 100)
    assert [batch.rows for batch in batches(texts(25))] == [10, 10, 5]
    large = Given([Row(bytes(60)), Row(bytes(60)), Row(bytes(300)), Row(b"")])
    assert [(batch.rows, batch.bytes) for batch in batches(large)] == [(2, 120), (1, 300), (1, 0)]
    assert list(batches(Given([]))) == []


def test_what_sqlite_cannot_hold_is_counted_as_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 50)
    monkeypatch.setattr(module, "LARGEST", 100)
    given = Given([Row(b"a"), Row(bytes(101)), Row(b"b"), Row(bytes(101))])
    path = tmp_path / "feed.db"
    assert write_database(path, [(FEED, given)]) == 2
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT messages, lost FROM sessions").fetchall() == [(2, 2)]
    with Database.open(path) as database:
        log = database.log(0)
        assert [(message.index, message.payload) for message in log] == [(0, b"a"), (2, b"b")]
        assert (len(log), log.dropped) == (2, 1)


def test_secrets_are_masked_in_payloads(tmp_path: Path) -> None:
    secret("hunter22hunter")
    given = Given([Row(b"plain"), Row(b'{"p": "hunter22hunter"}'), Row(b"hunter22"), Row(b"hunter", 0x11)])
    path = tmp_path / "feed.db"
    with written(path, given) as database:
        assert [message.payload for message in database.log(0)] == [
            b"plain",
            b'{"p": "***"}',
            b"hunter22",
            b"hunter",
        ]
    assert b"hunter22hunter" not in path.read_bytes()
    with written(path, given, secrets=True) as database:
        assert list(database.log(0)) == given.messages()
    with written(path, texts(3)) as database:
        assert list(database.log(0)) == texts(3).messages()


def test_names_and_urls_are_masked(tmp_path: Path) -> None:
    token = secret("n4me-s3cret")
    record = SessionRecord(name=f"my {token}", url=f"ws://localhost/?token={token}")
    for secrets, told in ((False, ("my ***", "ws://localhost/?token=***")), (True, (record.name, record.url))):
        write_database(tmp_path / "feed.db", [(record, texts(0))], secrets=secrets)
        with Database.open(tmp_path / "feed.db") as database:
            assert (database.sessions[0].name, database.sessions[0].url) == told


def test_sessions_are_appended(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    for name in ("one", "two"):
        with Writer(path) as writer:
            number = writer.begin(SessionRecord(name=name, connections=(ConnectionRecord(url="ws://localhost/"),)))
            for batch in batches(Given([Row(name.encode())], first=7)):
                writer.append(number, batch, lost=3)
            writer.put(number, ConnectionRecord(url="ws://localhost/", closed_ns=9))
            writer.end(number, 10)
    with Database.open(path) as database:
        assert [record.name for record in database.sessions] == ["one", "two"]
        assert [record.connections[0].closed_ns for record in database.sessions] == [9, 9]
        assert [[message.text for message in database.log(at)] for at in (0, 1)] == [["one"], ["two"]]
        assert database.log(1).first_index == 7
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT lost, ended_ns FROM sessions").fetchall() == [(3, 10), (3, 10)]


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with Writer(path) as writer:
        number = writer.begin(FEED)
        for batch in batches(texts(5)):
            writer.append(number, batch)
        for batch in batches(texts(9)):  # the first five are there
            with pytest.raises(OSError, match="UNIQUE") as caught:
                writer.append(number, batch)
            assert caught.value.errno == errno.EIO
        for batch in batches(Given([Row(b"more")], first=5)):
            writer.append(number, batch)
    with Database.open(path) as database:
        assert len(database.log(0)) == 6


def test_a_file_that_another_program_writes_to_is_waited_for_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY", 0)
    path = str(tmp_path / "feed.db")
    with Writer(path) as writer, closing(sqlite3.connect(path, isolation_level=None)) as other:
        number = writer.begin(FEED)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="database is locked"):
            writer.append(number, next(iter(batches(texts(3)))))
        other.execute("ROLLBACK")
        writer.append(number, next(iter(batches(texts(3)))))
    with Database.open(path) as database:
        assert len(database.log(0)) == 3


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    write_database(path, [(FEED, texts(3))])
    told: list[int] = []

    def interrupted(written: int) -> None:
        told.append(written)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_database(path, [(FEED, texts(5))], progress=interrupted)
    assert told == [5]
    assert os.listdir(tmp_path) == ["feed.db"]
    with Database.open(path) as database:
        assert len(database.log(0)) == 3


def test_a_batch_may_be_empty(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with Writer(path) as writer:
        writer.append(writer.begin(FEED), Batch(), lost=2)
    with Database.open(path) as database:
        assert len(database.log(0)) == 0


def test_a_folder_is_no_place_for_a_recording(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="is not a file: choose another name"):
        write_database(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
