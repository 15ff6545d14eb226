"""Recording: rows on their way to the file, what fails, what is lost, and the end."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from kontena_ws_nb.errors import Error
from kontena_ws_nb.log import log
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.recording import lock, writer
from kontena_ws_nb.recording import recorder as module
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.recording.recorder import Recorder
from kontena_ws_nb.recording.records import ConnectionRecord, SessionRecord
from kontena_ws_nb.recording.schema import PARENTS, open_to_write
from kontena_ws_nb.redaction.payloads import secret
from tests.lab.waiting import wait_for
from tests.unit.recording.recordings import filled


class Feed:
    """What a session is to a recorder."""

    def __init__(self, log: MessageLog) -> None:
        self.log = log
        self.connections: tuple[ConnectionRecord, ...] = ()
        self.notes: list[str] = []

    def describe(self) -> SessionRecord:
        return SessionRecord(name="feed", connections=self.connections)

    def record(self, path: Path, *, secrets: bool = False) -> Recorder:
        return Recorder(path, self.log, self.describe, self.notes.append, secrets=secrets)


@contextmanager
def recording(path: Path, feed: Feed, *, secrets: bool = False) -> Iterator[Recorder]:
    recorder = feed.record(path, secrets=secrets)
    try:
        yield recorder
    finally:
        recorder.rest()
        assert recorder.wait(10)


def add(log: MessageLog, count: int, text: bytes = b"more") -> None:
    for _ in range(count):
        log.add("text", text)


@pytest.mark.parametrize("name", ["feed.jsonl", "feed.HAR", "a.db.csv"])
def test_a_name_that_says_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ValueError, match=f"{name}' cannot be recorded to: .* in .db, and save as .{name[-3:].lower()}|jsonl"
    ):
        Feed(filled(1)).record(tmp_path / name)
    assert os.listdir(tmp_path) == []
    with recording(tmp_path / "feed.db", Feed(filled(1))):
        pass
    (tmp_path / "feed.db").rename(tmp_path / name)
    with recording(tmp_path / name, Feed(filled(1))):  # a recording it is, whatever it is called
        pass


def texts(path: Path, at: int = 0) -> list[str]:
    with Database.open(path) as database:
        return [message.text for message in database.log(at)]


def full(recorder: Recorder, pages: int = 1) -> None:
    """Fill the disk, as far as SQLite knows."""
    assert recorder._writer is not None
    recorder._writer._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()


def test_rows_are_recorded_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        assert texts(path) == ["row 0", "row 1", "row 2"]
        add(feed.log, 2)
        wait_for(lambda: recorder.rows == 5)
        assert (recorder.state, recorder.behind, recorder.lost, recorder.error) == ("recording", 0, 0, None)
        assert repr(recorder) == f"<Recorder '{path}' recording, 5 rows>"
        add(feed.log, 1, b"last")
    assert (recorder.state, recorder.rows, recorder.behind) == ("ended", 6, 0)
    assert texts(path) == [message.text for message in feed.log]
    assert os.listdir(tmp_path) == ["feed.db"]
    with closing(sqlite3.connect(path)) as file:
        assert file.execute(
            "SELECT count(*) FROM sessions WHERE ended_ns > started_ns OR started_ns IS NULL"
        ).fetchone() == (1,)


def test_what_the_log_drops_is_read_from_the_file(tmp_path: Path) -> None:
    feed = Feed(MessageLog(max_messages=16))
    with recording(tmp_path / "feed.db", feed) as recorder:
        for round_ in range(1, 6):
            add(feed.log, 10)
            wait_for(lambda expected=10 * round_: recorder.rows == expected)
        assert (len(feed.log), feed.log.first_index, feed.log.dropped) == (50, 0, 0)
        assert len(feed.log.where("more")) == 50
        feed.log.clear()
        assert (len(feed.log), recorder.rows) == (0, 50)
        add(feed.log, 1, b"after")
        wait_for(lambda: recorder.rows == 51)
        assert [message.text for message in feed.log] == ["after"]
    assert len(texts(tmp_path / "feed.db")) == 51
    assert feed.log[-1].text == "after"  # also when the recording has ended


def test_it_begins_with_the_oldest_row_in_memory(tmp_path: Path) -> None:
    feed = Feed(filled(40, max_messages=16))
    first, size = feed.log.first_index, feed.log.bytes
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 40 - first)
        add(feed.log, 30)
        wait_for(lambda: recorder.behind == 0)
        assert (feed.log.first_index, feed.log.bytes) == (first, size + 120)
        assert feed.log[first].text == f"row {first}"


def test_what_was_dropped_before_it_could_be_written_is_counted_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PERIOD", 3600.0)  # a disk that is slow
    monkeypatch.setattr(log, "SPARED", -(1 << 40))
    feed = Feed(MessageLog(max_messages=16))
    with recording(tmp_path / "feed.db", feed) as recorder:
        add(feed.log, 50)
        first = feed.log.first_index
        assert recorder.behind == 50
    assert (recorder.rows, recorder.lost) == (50 - first, first)
    said = (
        f"recording to '{tmp_path / 'feed.db'}' is too slow; {first} messages are lost: the log had dropped them before"
    )
    assert feed.notes == [said]
    assert said in caplog.text
    assert f"{first} lost" in repr(recorder)
    with closing(sqlite3.connect(tmp_path / "feed.db")) as file:
        assert file.execute("SELECT messages, lost FROM sessions").fetchall() == [(50 - first, first)]
    assert feed.log.dropped == first


def test_losses_are_told_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 3600.0)
    monkeypatch.setattr(log, "SPARED", -(1 << 40))
    feed = Feed(MessageLog(max_messages=16))
    with recording(tmp_path / "feed.db", feed) as recorder:
        for _ in range(2):
            add(feed.log, 50)
            assert not recorder._failed()
        assert len(feed.notes) == 1
        monkeypatch.setattr(module, "_TOLD", 0.0)
    assert len(feed.notes) == 2


def test_what_was_cleared_before_it_was_written_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 3600.0)
    feed = Feed(filled(10))
    with recording(tmp_path / "feed.db", feed) as recorder:
        feed.log.clear()
        add(feed.log, 2)
    assert (recorder.rows, recorder.lost, feed.notes) == (2, 0, [])
    assert [message.index for message in feed.log] == [10, 11]


def test_a_log_that_blocks_is_held_until_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 3600.0)
    feed = Feed(MessageLog(max_messages=16, on_full="block"))
    with recording(tmp_path / "feed.db", feed) as recorder:
        add(feed.log, 20)
        assert feed.log.full
        assert not recorder._failed()
        assert not feed.log.full
    add(feed.log, 50)
    assert not feed.log.full  # nobody reads it any more
    assert recorder.lost == 0


def test_a_full_disk_is_told_once_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        full(recorder)
        add(feed.log, 3, b"x" * 100_000)
        wait_for(lambda: recorder.state == "failing")
        assert "database or disk is full" in str(recorder.error)
        assert recorder.behind == 3
        assert "failing, 3 rows, 3 to come: [Errno 28] No space left on device" in repr(recorder)
        wait_for(lambda: not recorder._failed() or len(feed.notes) == 1)
        full(recorder, 1 << 30)
        wait_for(lambda: recorder.rows == 6)
        wait_for(lambda: recorder.state == "recording")
    path = tmp_path / "feed.db"
    assert [note.partition(": [Errno")[0] for note in feed.notes] == [
        f"recording to '{path}' failed",
        f"recording to '{path}' goes on",
    ]
    assert caplog.text.count("failed") == 1
    assert len(texts(path)) == 6


def test_a_disk_that_stays_full_ends_it_without_what_was_not_written(tmp_path: Path) -> None:
    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        full(recorder)
        add(feed.log, 3, b"x" * 100_000)
    assert recorder.state == "ended"
    assert "disk is full" in str(recorder.error)
    assert len(texts(tmp_path / "feed.db")) == 3


def test_the_end_of_a_session_that_cannot_be_noted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(writer.Writer, "end", gone)
    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        pass
    assert (recorder.error, recorder.state, recorder.rows) == ("gone", "ended", 3)


def test_an_error_without_words_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        with monkeypatch.context() as short:
            short.setattr(writer.Writer, "append", no_memory)
            add(feed.log, 1)
            wait_for(lambda: recorder.error == "MemoryError")
        wait_for(lambda: recorder.error is None)


def test_a_directory_that_vanishes_is_told_and_what_comes_is_recorded_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    feed = Feed(filled(3))
    with recording(folder / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        shutil.rmtree(folder)
        add(feed.log, 1, b"lost?")
        wait_for(lambda: recorder.state == "failing")
        assert "the file was moved or deleted" in str(recorder.error)
        assert feed.log[0].text == "row 0"
        folder.mkdir()
        wait_for(lambda: recorder.state == "recording")
        add(feed.log, 1, b"back")
        wait_for(lambda: recorder.rows == 5)
    assert texts(folder / "feed.db") == ["lost?", "back"]
    assert len(feed.notes) == 2


def test_a_file_that_was_moved_away_and_back_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        path.rename(tmp_path / "other.db")
        wait_for(lambda: recorder.state == "failing")
        (tmp_path / "other.db").rename(path)
        add(feed.log, 1, b"back")
        wait_for(lambda: recorder.rows == 4)
    assert texts(path) == ["row 0", "row 1", "row 2", "back"]


def test_another_recording_in_its_place_gets_a_session_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        open_to_write(str(tmp_path / "other.db")).close()
        os.replace(tmp_path / "other.db", path)
        wait_for(lambda: recorder.state == "failing")
        add(feed.log, 1, b"other")
        wait_for(lambda: recorder.rows == 4)
    assert texts(path) == ["other"]


def test_it_goes_on_after_a_rest(tmp_path: Path) -> None:
    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        recorder.go_on()  # it has not ended
        recorder.rest()
        assert recorder.resting
        add(feed.log, 1, b"between")
        recorder.go_on()
        add(feed.log, 1, b"after")
        assert not recorder.resting
    assert texts(tmp_path / "feed.db") == ["row 0", "row 1", "row 2", "between", "after"]


def test_what_keeps_it_from_going_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise Error("no thread")

    feed = Feed(filled(3))
    with recording(tmp_path / "feed.db", feed) as recorder:
        recorder.rest()
        recorder.wait(10)
        with monkeypatch.context() as limited:
            limited.setattr(module, "start_thread", none_left)
            recorder.go_on()
            assert recorder.error == "no thread"
            with pytest.raises(Error, match="no thread"):
                feed.record(tmp_path / "other.db")
        assert os.listdir(tmp_path) == ["feed.db", "other.db"] or os.listdir(tmp_path) == ["other.db", "feed.db"]


def test_connections_are_written_as_they_change(tmp_path: Path) -> None:
    feed = Feed(filled(1))
    feed.connections = (ConnectionRecord(url="ws://localhost/"),)
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 1)
        first = ConnectionRecord(url="ws://localhost/", closed_ns=5)
        feed.connections = (first,)
        add(feed.log, 1)
        wait_for(lambda: recorder.rows == 2)
        feed.connections = (first, ConnectionRecord(number=2, url="ws://localhost/again"))
    with Database.open(tmp_path / "feed.db") as database:
        assert database.sessions[0].connections == feed.connections


def test_secrets_are_masked_unless_asked(tmp_path: Path) -> None:
    secret("rec0rd-s3cret")
    for secrets, told in ((False, "it is ***"), (True, "it is rec0rd-s3cret")):
        feed = Feed(MessageLog())
        feed.log.add("text", b"it is rec0rd-s3cret")
        path = tmp_path / f"{secrets}.db"
        with recording(path, feed, secrets=secrets):
            pass
        assert texts(path) == [told]
        assert feed.log[0].text == "it is rec0rd-s3cret"


def test_what_sqlite_cannot_hold_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST", 100)
    monkeypatch.setattr(writer, "BATCH_BYTES", 50)
    feed = Feed(MessageLog())
    add(feed.log, 1)
    add(feed.log, 1, bytes(101))
    add(feed.log, 1)
    with recording(tmp_path / "feed.db", feed) as recorder:
        pass
    assert (recorder.rows, recorder.lost) == (2, 1)
    assert texts(tmp_path / "feed.db") == ["more", "more"]


def test_many_rows_take_several_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BATCH_ROWS", 100)
    feed = Feed(filled(1000))
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 1000)
    assert texts(tmp_path / "feed.db") == [f"row {number}" for number in range(1000)]


def test_what_is_no_recording_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed(filled(1))
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database")
    with pytest.raises(ValueError, match="not a SQLite"):
        feed.record(notes)
    with pytest.raises(FileNotFoundError):
        feed.record(tmp_path / "none" / "feed.db")
    assert notes.read_text() == "not a database"
    assert os.listdir(tmp_path) == ["notes.txt"]
    assert lock._locks.held == {}

    stat = os.stat

    def gone(path: str, **how: object) -> os.stat_result:
        if path == str(tmp_path / "feed.db"):
            raise FileNotFoundError(path)
        return stat(path, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as quick:
        quick.setattr(os, "stat", gone)
        with pytest.raises(FileNotFoundError):
            feed.record(tmp_path / "feed.db")
    assert lock._locks.held == {}


def test_two_record_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    one, other = Feed(filled(3)), Feed(filled(2))
    with recording(path, one), recording(path, other):
        add(one.log, 100)
        add(other.log, 100)
    found = sorted((texts(path, 0), texts(path, 1)), key=len)
    assert [len(rows) for rows in found] == [102, 103]


def test_a_forked_child_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        pass
    copied = recorder._writer = writer.Writer(str(path))  # as it is in the child, which has no thread
    recorder.forked(os.getpid())
    assert PARENTS.pop() is copied._connection
    copied.close()
    add(feed.log, 1)
    recorder.forked(os.getpid())
    recorder.go_on()
    assert (recorder.state, recorder.behind, recorder.rows) == ("ended", 0, 3)


def test_a_directory_that_stays_away_ends_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    feed = Feed(filled(3))
    with recording(folder / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 3)
        shutil.rmtree(folder)
        wait_for(lambda: recorder.state == "failing")
    assert recorder.state == "ended"
    assert lock._locks.held == {}


def notes(path: Path, at: int = 0) -> dict[int, str]:
    with Database.open(path) as database:
        return {one.index: one.note for one in database.log(at).bookmarks.values()}


def test_bookmarks_are_recorded_as_they_change(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    feed.log.bookmarks.restore({0: "before it began", 1: ""})
    secret("t0psecr3t-note")
    with recording(path, feed) as recorder:
        wait_for(lambda: recorder.rows == 3 and notes(path) == {0: "before it began", 1: ""})
        feed.log.bookmarks.remove(0)
        feed.log.bookmarks.restore({1: "named", 2: "t0psecr3t-note"})
        wait_for(lambda: notes(path) == {1: "named", 2: "***"})
        add(feed.log, 1)
        feed.log.bookmarks.add(3, "of a row that is not written yet")
        wait_for(lambda: 3 in notes(path))
        feed.log.clear()  # hides the rows, and takes nothing from the file
        add(feed.log, 1)
        feed.log.bookmarks.add(4, "after")
        wait_for(lambda: 4 in notes(path))
    assert recorder.error is None
    assert notes(path) == {1: "named", 2: "***", 3: "of a row that is not written yet", 4: "after"}


def test_a_bookmark_of_a_row_that_is_not_in_the_file_is_not_either(tmp_path: Path) -> None:
    feed = Feed(filled(40, max_messages=16))
    first = feed.log.first_index
    with recording(tmp_path / "feed.db", feed, secrets=True):
        feed.log.bookmarks.add(first, "the oldest")
    with recording(tmp_path / "again.db", feed):
        feed.log.bookmarks.add(first + 1, "the next")
    assert notes(tmp_path / "feed.db") == {first: "the oldest"}
    assert notes(tmp_path / "again.db") == {first: "the oldest", first + 1: "the next"}


def test_bookmarks_wait_for_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PERIOD", 3600.0)
    feed = Feed(filled(1))
    with recording(tmp_path / "feed.db", feed) as recorder:
        assert not recorder._failed()
        add(feed.log, 1)
        feed.log.bookmarks.add(1, "new")
        recorder._write_bookmarks()
        assert notes(tmp_path / "feed.db") == {}
    assert notes(tmp_path / "feed.db") == {1: "new"}


def test_bookmarks_that_cannot_be_written_are_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OSError("no room")

    feed = Feed(filled(1))
    with recording(tmp_path / "feed.db", feed) as recorder:
        wait_for(lambda: recorder.rows == 1)
        with monkeypatch.context() as short:
            short.setattr(writer.Writer, "bookmark", gone)
            feed.log.bookmarks.add(0, "kept")
            wait_for(lambda: recorder.error == "no room")
        wait_for(lambda: recorder.error is None)
    assert notes(tmp_path / "feed.db") == {0: "kept"}


def test_another_recording_in_its_place_gets_the_bookmarks_of_its_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        feed.log.bookmarks.add(0, "in the old one")
        wait_for(lambda: recorder.rows == 3 and notes(path) == {0: "in the old one"})
        open_to_write(str(tmp_path / "other.db")).close()
        os.replace(tmp_path / "other.db", path)
        wait_for(lambda: recorder.state == "failing")
        add(feed.log, 1, b"other")
        feed.log.bookmarks.add(3, "in the new one")
        wait_for(lambda: recorder.rows == 4)
    assert notes(path) == {3: "in the new one"}


def ended(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as file:
        (found,) = file.execute("SELECT ended_ns, messages FROM sessions").fetchall()
        assert file.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        return found  # type: ignore[no-any-return]


def test_bookmarks_after_the_end_are_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(3))
    with recording(path, feed) as recorder:
        recorder.catch_up()  # it has not ended
    before = ended(path)
    begun: list[str] = []
    start = module.start_thread
    monkeypatch.setattr(module, "start_thread", lambda run, name: begun.append(name) or start(run, name))
    acquire, hold = lock.acquire, threading.Lock()
    monkeypatch.setattr(module, "acquire", lambda path: (hold.acquire() and hold.release()) or acquire(path))
    with hold:
        for index in range(3):
            feed.log.bookmarks.add(index, f"note {index}")
            recorder.catch_up()
        assert recorder.state == "ended"
        assert not recorder.wait(0)
    assert recorder.wait(10)
    assert len(begun) <= 2  # one that looks, and one for what came meanwhile
    assert notes(path) == {0: "note 0", 1: "note 1", 2: "note 2"}
    assert ended(path) == before
    feed.log.bookmarks.clear()
    recorder.catch_up()
    recorder.go_on()
    add(feed.log, 1, b"after")
    recorder.rest()
    assert recorder.wait(10)
    assert (notes(path), texts(path)[-1], recorder.error, feed.notes) == ({}, "after", None, [])
    assert os.listdir(tmp_path) == ["feed.db"]


def test_bookmarks_that_have_no_file_any_more_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.db"
    feed = Feed(filled(1))
    with recording(path, feed) as recorder:
        pass
    path.unlink()
    feed.log.bookmarks.add(0, "lost")
    recorder.catch_up()
    assert recorder.wait(10)
    assert os.listdir(tmp_path) == []  # who deleted it does not get it back

    def none_left(*_: object) -> None:
        raise Error("no thread")

    monkeypatch.setattr(module, "start_thread", none_left)
    recorder.catch_up()
    begins, ends = f"bookmarks could not be written to '{path}': ", "; save the session to keep them"
    assert feed.notes == [
        f"{begins}[Errno 2] the file was moved or deleted: '{path}'{ends}",
        f"{begins}no thread{ends}",
    ]


def test_a_recording_without_rows_has_no_bookmarks(tmp_path: Path) -> None:
    feed = Feed(MessageLog())
    with recording(tmp_path / "feed.db", feed) as recorder:
        pass
    recorder.catch_up()
    assert recorder.wait(10)
    recorder.forked(0)
    recorder.catch_up()  # a copy in a forked child
    assert feed.notes == []


def test_a_file_by_two_names_is_recorded_to_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, link, other = tmp_path / "feed.db", tmp_path / "link.db", tmp_path / "other.db"
    link.symlink_to(path)
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    with recording(path, Feed(filled(1))) as recorder:
        wait_for(lambda: recorder.rows == 1)
        with recording(link, Feed(filled(2))) as second:  # the same file, whose lock they share
            assert second.path == recorder.path
        os.link(path, other)
        with pytest.raises(OSError, match=r"it has 2 names \(hard links\).*: '.*other\.db'") as refused:
            Feed(filled(3)).record(other)
        assert refused.value.errno == errno.EMLINK
    assert sorted(os.listdir(tmp_path)) == ["feed.db", "link.db", "other.db"]
    with pytest.raises(OSError, match="it has 2 names"):
        Feed(filled(3)).record(path)
    other.unlink()
    with recording(path, Feed(filled(4))):
        pass
    assert [len(texts(path, at)) for at in range(3)] == [1, 2, 4]
