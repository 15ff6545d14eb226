"""Reading a recording: as a log, by several threads, while it is written, and after a fork."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.feed import pairing
from kontena_ws_nb.feed.feed import Feed
from kontena_ws_nb.feed.pairing import since_sent
from kontena_ws_nb.feed.row_index import times
from kontena_ws_nb.feed.shown import Shown
from kontena_ws_nb.feed.sources import as_source
from kontena_ws_nb.feed.status import SourceStatus
from kontena_ws_nb.log import histogram
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.histogram import Sizes
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.log.sequence import Rows
from kontena_ws_nb.recording.database import Connections, Database
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from kontena_ws_nb.recording.rows import RecordedRows
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
    with pytest.raises(OSError, match=r"feed\.db' is closed"):
        log[0]
    assert "is closed" in log.problem
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


# ---- searching, and what a panel asks


def many(count: int) -> Given:
    """Rows in pages, of which some are hits."""
    return Given(
        Row(b'{"number": %d, "Name": "%s"}' % (number, b"needle" if number % 5000 == 4999 else b"hay"))
        for number in range(count)
    )


def alone(path: Path, given: Given) -> Database:
    write_database(path / "feed.db", [(SessionRecord(name="feed"), given)])
    return Database.open(path / "feed.db")


def test_a_search_looks_only_at_pages_that_may_hold_hits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    segment = RecordedRows._segment

    def noted(rows: RecordedRows, run: Any) -> Segment:
        read.append(run.start)
        return segment(rows, run)

    with alone(tmp_path, many(20_000)) as database:
        log = database.log(0)
        wanted = [4999, 9999, 14_999, 19_999]
        log.meanings.name(1)
        monkeypatch.setattr(RecordedRows, "_segment", noted)
        assert [message.index for message in log.where("needle")] == wanted
        for query in (
            "/NEEDLE/i",
            "$.Name=needle",
            "needle or nowhere",
            "needle -kind:binary",
            "nowhere or $.number=4999",
        ):
            assert set(Query.parse(query).scan(log)) <= set(wanted)
            assert len(Query.parse(query).scan(log)) == (1 if "number" in query else 4)
        read.clear()
        assert list(Query.parse("nowhere").scan(log)) == []
        assert [
            start for start in read if start != 16_384
        ] == []  # but for the last, which tells how many connections there are
        assert len(Query.parse("-needle").scan(log)) == 19_996
        assert list(Query.parse("needle").scan(log, 5000, 10_000)) == [9999]


def test_a_search_of_a_file_can_be_stopped_and_goes_on(tmp_path: Path) -> None:
    with alone(tmp_path, many(20_000)) as database:
        scan, steps, hits = Scan(Query.parse("needle"), database.log(0)), 0, list[int]()
        while not scan.done:
            hits += scan.step(0.0)  # the time is always up
            steps += 1
        assert hits == [4999, 9999, 14_999, 19_999]
        assert steps >= 5


def test_what_a_decoder_reads_is_searched_too(tmp_path: Path) -> None:
    rows = [Row(b"\x82\xa1a\xa6needle", BINARY), Row(b"hay")] * 3
    with alone(tmp_path, Given(rows)) as database:
        log = database.log(0)
        assert [message.index for message in log.where("needle")] == [0, 2, 4]
        log.meanings.choose("raw")
        assert [message.index for message in log.where("hay")] == [1, 3, 5]
        log.meanings.choose("mqtt")
        assert [message.index for message in log.where("hay")] == [1, 3, 5]
    several = Given(
        [Row(b"hay", connection=number) for number in range(1, 90)] + [Row(b'{"a": "needle"}', connection=90)]
    )
    with alone(tmp_path, several) as database:
        assert [message.index for message in database.log(0).where("needle")] == [89]
        log = database.log(0)
        assert log[89].decoder == "plain"


def test_tables_of_few_rows_read_only_these(tmp_path: Path) -> None:
    with alone(tmp_path, many(20_000)) as database:
        log = database.log(0)
        assert [record["index"] for record in log.where("needle").to_records()] == [4999, 9999, 14_999, 19_999]
        assert [record["index"] for record in log[3:19_999:5000].to_records()] == [3, 5003, 10_003, 15_003]
        log.add("text", b"after")
        rows = Rows(log, [3, 10_003, 20_000, 20_001])
        assert [record["index"] for record in rows.to_records()] == [3, 10_003, 20_000]
    with alone(tmp_path, many(200)) as database:
        number, _, _ = database._counted[0]
        log = MessageLog()
        log.back(RecordedRows(database._connections.borrow, number, 0, 10_000))
        assert [record["index"] for record in Rows(log, [3, 5000]).to_records()] == [3]  # 5000 is missing


def test_a_panel_of_a_file(tmp_path: Path) -> None:
    pings = [Row(b"%d" % number, 0x9) for number in range(3)]
    with alone(tmp_path, Given([Row(b"a"), *pings, Row(b"b", 0x11), Row(b"c")])) as database:
        log = database.log(0)
        source = as_source(log)
        feed = Feed([Shown("feed", source, SourceStatus(source))])
        update = feed.poll()
        assert (update.tick["total"], update.tick["n"], update.tick["stopped"]) == (6, 4, "")
        assert since_sent(log, log[5]) == 0
        assert since_sent(log, log[2]) is None
        assert sum(Sizes(log).histogram().values()) == 2
        log = database.log(0)
        source = as_source(log)
        database.close()
        feed = Feed([Shown("feed", source, SourceStatus(source))])
        update = feed.poll()
        assert update.rows == []
        assert "is closed: open it again" in update.tick["stopped"]
        feed.set_filter("b")
        assert "is closed: open it again" in feed.poll().tick["stopped"]
        assert times(log, range(1, 3)) == [0, 0]
        view = log.where("b")
        with pytest.raises(OSError, match="is closed"):
            len(view)
        assert "is closed" in repr(view)
        assert "is closed" in view._repr_mimebundle_()["text/plain"]


def test_what_takes_long_to_read_is_counted_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with alone(tmp_path, texts(10_000)) as database:
        sizes = Sizes(database.log(0))
        with monkeypatch.context() as slow:
            slow.setattr(histogram, "_BUDGET", -1.0)
            assert sizes.histogram() == {}
        assert sum(sizes.histogram().values()) == 10_000
        log = database.log(0)
        monkeypatch.setattr(pairing, "BUDGET", -1.0)
        assert since_sent(log, log[9999]) is None


@pytest.mark.parametrize("value", [None, "x", b"\xff", 2.5, -1, 2**62], ids=repr)
@pytest.mark.parametrize("column", ["session", "name", "url", "started_ns", "messages", "bytes"])
def test_whatever_a_session_has_in_a_column_is_read_or_told(tmp_path: Path, column: str, value: object) -> None:
    recorded(tmp_path, texts(3)).close()
    with closing(sqlite3.connect(tmp_path / "feed.db")) as file:
        file.executescript("""
            ALTER TABLE sessions RENAME TO before;
            CREATE TABLE sessions (session, name, url, started_ns, ended_ns, messages, bytes, lost);
            INSERT INTO sessions SELECT * FROM before""")
        file.execute(f"UPDATE sessions SET {column} = ? WHERE session = 2", (value,))
        file.commit()
    told = ""
    try:
        with Database.open(tmp_path / "feed.db") as database:
            for at, session in enumerate(database.sessions):
                assert session.name.upper() is not None
                assert session.url.upper() is not None
                assert type(session.started_ns) in (int, type(None))
                assert len(list(database.log(at))) in (0, 2, 3)
    except ValueError as error:
        told = str(error)
    fits = {
        "name": (None, "x", b"\xff"),
        "url": (None, "x", b"\xff"),
        "started_ns": (None, -1, 2**62),
        "bytes": (None, 2**61),
    }
    assert bool(told) == (value not in fits.get(column, (None,)))
    assert not told or "somebody changed the file" in told


def test_rows_of_a_file_that_took_the_name_are_not_mixed_in(tmp_path: Path) -> None:
    with recorded(tmp_path, texts(20_000)) as database:
        log = database.log(1)
        assert log[0].text == "row 0"
        with (
            Database.open(tmp_path / "feed.db") as first,
            first._connections.borrow(),
        ):  # holds the file, as a reader does
            database._connections.trim()
            write_database(
                tmp_path / "feed.db",
                [(SessionRecord(name="other"), texts(2)), (FEED, Given([Row(b"another")] * 20_000))],
            )
            with pytest.raises(OSError, match=r"another file has its name now: open that again, with kws\.load"):
                log[15_000]
            assert "another file" in log.backing.problem  # type: ignore[union-attr]
        (tmp_path / "feed.db").unlink()
        with pytest.raises(FileNotFoundError):
            log[15_000]
        assert log[0].text == "row 0"  # a page that was read
    recorded(tmp_path, texts(20_000)).close()
    with Database.open(tmp_path / "feed.db") as database:
        log = database.log(1)
        (tmp_path / "feed.db").unlink()
        assert log[15_000].text == "row 15000"  # what is open stays so
