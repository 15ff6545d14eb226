"""Reading a recording: as a log, by several threads, while it is written, and after a fork."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from kontena_ws_nb.recording.database import Connections, Database
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from kontena_ws_nb.recording.schema import PARENTS
from kontena_ws_nb.recording.writer import Writer, batches, write_database
from tests.unit.recording.recordings import BINARY, Given, Row, texts
from tests.unit.recording.test_connection_rows import RECORD

FEED = SessionRecord(name="feed", url="ws://localhost/", started_ns=5, connections=(ConnectionRecord(), RECORD))


def recorded(path: Path, given: Given) -> Database:
    write_database(path / "feed.db", [(SessionRecord(name="other"), texts(2)), (FEED, given)])
    return Database.open(path / "feed.db")


def test_sessions_come_back(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(10)) as database:
        other, feed = database.sessions
        assert (other, feed.name, feed.url, feed.started_ns) == (
            SessionRecord(name="other"),
            "feed",
            "ws://localhost/",
            5,
        )
        assert feed.connections[0] == ConnectionRecord()
        assert feed.connections[1].close == RECORD.close
        assert Path(database.path) == tmp_path / "feed.db"


def test_a_log_reads_the_file(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(10_000)) as database:
        log = database.log(1)
        assert (len(log), log.first_index, log.next_index, log.dropped, log.held) == (10_000, 0, 10_000, 0, 0)
        assert log.bytes == sum(len(b"row %d" % number) for number in range(10_000))
        assert (log[0].text, log[-1].text, log[5000].text) == ("row 0", "row 9999", "row 5000")
        assert [message.index for message in log.where("999")] == [
            999,
            1999,
            2999,
            3999,
            4999,
            5999,
            6999,
            7999,
            8999,
            *range(9990, 10_000),
        ]
        assert [message.text for message in log[9998:1:-4000]] == ["row 9998", "row 5998", "row 1998"]
        assert [row.preview for row in log.rows([3, 9000])] == [b"row 3", b"row 9000"]
        assert log.next_data(9999) == log[9999]
        assert log.to_records()[9999]["text"] == "row 9999"
        assert list(log) == texts(10_000).messages()
        with pytest.raises(IndexError, match="does not exist"):
            log[10_000]
        with pytest.raises(IndexError):
            database.log(2)


def test_the_subprotocol_chooses_the_decoder(tmp_path: Path) -> None:
    with recorded(tmp_path, Given([Row(b"\xc0\x00", BINARY, connection=2)])) as database:
        message = database.log(1)[0]
        assert (message.decoder, message.label) == ("mqtt", "PINGREQ")


def test_a_log_without_rows_begins_at_nothing(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(0)) as database:
        assert (len(database.log(1)), list(database.log(1))) == (0, [])


def test_several_threads_read_at_once(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(5000)) as database:
        log, found, ready = database.log(1), list[int](), threading.Barrier(4)

        def read() -> None:
            ready.wait(10)
            found.append(sum(1 for _ in log))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [5000] * 4


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with Writer(path) as writer:
        number = writer.begin(FEED)
        for batch in batches(texts(3)):
            writer.append(number, batch)
        with Database.open(path) as database:
            log = database.log(0)
            for batch in batches(Given([Row(b"more")], first=3)):
                writer.append(number, batch)
            assert (len(log), len(database.log(0))) == (3, 3)  # as when it was opened
        with Database.open(path) as database:
            assert len(database.log(0)) == 4


def test_what_is_closed_is_told(tmp_path: Path) -> None:
    database = recorded(tmp_path, texts(3))
    log = database.log(1)
    with database._connections.borrow() as file:
        database.close()
        file.execute("SELECT 1")  # whoever uses it goes on
    with pytest.raises(ValueError, match=r"feed\.db' is closed"):
        log[0]
    with pytest.raises(sqlite3.ProgrammingError):
        file.execute("SELECT 1")


def test_a_damaged_file_is_told_and_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(20_000)) as database:
        log = database.log(1)
        path = tmp_path / "feed.db"
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2 :] = b"\xff" * (len(whole) - len(whole) // 2)
        path.write_bytes(whole)
        assert log[10].text == "row 10"
        with pytest.raises(OSError, match="SQLite says"):
            log[19_000]
        assert log[20].text == "row 20"


def test_what_is_no_recording_is_closed_again(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(3)):
        pass
    with pytest.raises(ValueError, match="not a SQLite"), Database.open(__file__):
        pass
    with Writer(str(tmp_path / "feed.db")) as writer:
        writer._connection.execute("UPDATE connections SET handshake = '{}' WHERE handshake IS NOT NULL")
    with pytest.raises(ValueError, match="cannot be read"):
        Database.open(tmp_path / "feed.db")


def test_a_forked_child_leaves_the_connections_to_its_parent(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(3)) as database:
        connections: Connections = database._connections
        with connections.borrow() as parents:
            pass
        connections.forked(1)
        assert PARENTS.pop() is parents
        with connections.borrow() as own:
            assert own is not parents
        parents.close()
