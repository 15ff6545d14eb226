"""The file of a recording: its tables, and what is refused."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kontena_ws_nb.recording import schema
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.recording.records import SessionRecord
from kontena_ws_nb.recording.schema import APPLICATION, VERSION, make, open_to_read, open_to_write, take_place, told
from kontena_ws_nb.recording.writer import Writer, batches, write_database
from tests.unit.recording.recordings import texts


def test_a_new_file_has_the_tables_and_says_what_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "feed.db")
    with closing(open_to_write(path)) as file:
        assert file.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert file.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        names = file.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").fetchall()
    assert names == [("connections",), ("controls",), ("messages",), ("readable",), ("sessions",)]
    assert os.listdir(tmp_path) == ["feed.db"]


@pytest.mark.parametrize("name", ["we?ird#1%20&mode=rw.db", "zwölf \u202e.db", "'; DROP TABLE x;--.db", "-rf.db"])
def test_whatever_a_file_is_called(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    open_to_write(path).close()
    open_to_read(path).close()
    assert name in os.listdir(tmp_path)


def test_an_empty_file_becomes_one(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    path.touch()
    open_to_write(str(path)).close()
    open_to_read(str(path)).close()


def test_what_is_no_recording_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database" * 100)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as file:
        file.execute("CREATE TABLE messages (a)")
        file.commit()
    newer = tmp_path / "newer.db"
    make(str(newer))
    with closing(sqlite3.connect(newer)) as file:
        file.execute(f"PRAGMA user_version = {VERSION + 1}")
    for path, said in (
        (text, "is not a SQLite database"),
        (other, "is a database of another program"),
        (newer, "was recorded by a newer kontena_ws_nb"),
    ):
        before = path.read_bytes()
        for opens in (open_to_read, open_to_write):
            with pytest.raises(ValueError, match=said):
                opens(str(path))
        assert path.read_bytes() == before
    with pytest.raises(ValueError, match="is not a file"):
        open_to_read(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        open_to_read(str(tmp_path / "none.db"))


def test_a_file_nobody_may_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.db"
    make(str(path))
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(PermissionError, match=r"feed\.db"):
        open_to_read(str(path))


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="unable to open database"):
        open_to_write(str(tmp_path / "none" / "feed.db"))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    make(str(path))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with pytest.raises(OSError, match="malformed"), closing(open_to_read(str(path))) as file, told(str(path)):
        file.execute("SELECT * FROM sessions")


def test_where_a_wal_can_neither_be_made_nor_is_there_the_file_is_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "feed.db")
    open_to_write(path).close()
    connect, asked = sqlite3.connect, []

    def as_in_a_directory_of_others(where: str, **how: object) -> sqlite3.Connection:
        asked.append(where.partition("?")[2])
        if not where.endswith("immutable=1"):
            raise sqlite3.OperationalError("unable to open database file")
        return connect(where, **how)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sqlite3, "connect", as_in_a_directory_of_others)
    open_to_read(path).close()
    assert asked == ["mode=ro", "mode=ro&immutable=1"]
    Path(f"{path}-wal").touch()
    with pytest.raises(FileNotFoundError, match="unable to open"):
        open_to_read(path)


def test_a_file_that_another_program_has_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "BUSY", 0)
    path = str(tmp_path / "feed.db")
    make(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OSError, match="database is locked"):
            open_to_read(path)
    open_to_write(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="database is locked"):
            open_to_write(path)
        open_to_read(path).close()


def test_what_sqlite_says_becomes_an_error_of_the_system() -> None:
    for said, number in (
        ("database or disk is full", errno.ENOSPC),
        ("attempt to write a readonly database", errno.EACCES),
        ("unable to open database file", errno.ENOENT),
        ("database is locked", errno.EBUSY),
        ("disk I/O error", errno.EIO),
    ):
        with pytest.raises(OSError, match=said) as caught, told("feed.db"):
            raise sqlite3.OperationalError(said)
        assert (caught.value.errno, caught.value.filename) == (number, "feed.db")


def test_a_file_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="Input/output"):
        make(str(tmp_path / "feed.db"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "link to a pipe"])
def test_what_is_no_file_is_refused_and_stays(tmp_path: Path, kind: str) -> None:
    # Empty as they look, devices and pipes are no files of ours to replace: /dev/null is one.
    path = tmp_path / "feed.db"
    with contextlib.ExitStack() as stack:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "socket":
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(str(path))
        elif kind == "folder":
            path.mkdir()
        else:
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to("pipe")
        before = path.lstat()
        for opens in (make, open_to_read, open_to_write, lambda path: write_database(path, [])):
            with pytest.raises((ValueError, FileExistsError), match="is not a file"):
                opens(str(path))
        assert os.path.samestat(path.lstat(), before)
    assert {one.name for one in tmp_path.iterdir()} <= {"feed.db", "pipe"}


def killed(path: Path) -> None:
    """Leave a recording as a process does that is killed: most of it is in the WAL."""
    with Writer(str(path.with_name("other.db"))) as writer:
        number = writer.begin(SessionRecord(name="old"))
        for batch in batches(texts(50)):
            writer.append(number, batch)
        for end in ("", "-wal"):
            shutil.copyfile(path.with_name(f"other.db{end}"), f"{path}{end}")
    path.with_name("other.db").unlink()
    assert os.path.getsize(f"{path}-wal")


def names(path: Path) -> list[str]:
    with Database.open(path) as database:
        return [session.name for session in database.sessions]


@pytest.mark.parametrize("before", ["there", "removed", "empty"])
@pytest.mark.parametrize("how", ["saved", "recorded"])
def test_a_killed_recording_leaves_nothing_in_the_one_that_takes_its_place(
    tmp_path: Path, before: str, how: str
) -> None:
    path = tmp_path / "feed.db"
    killed(path)
    if before != "there":
        path.unlink()
    if before == "empty":
        path.touch()
    if how == "saved":
        write_database(path, [(SessionRecord(name="new"), texts(3))])
    else:
        with Writer(str(path)) as writer:
            writer.begin(SessionRecord(name="new"))
    assert names(path) == (["old", "new"] if (before, how) == ("there", "recorded") else ["new"])
    with Database.open(path) as database:
        assert len(database.log(len(database.sessions) - 1)) == (3 if how == "saved" else 0)


def test_who_reads_the_old_recording_goes_on_with_it(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    killed(path)
    with Database.open(path) as old:
        assert [message.text for message in old.log(0)[:2]] == ["row 0", "row 1"]
        write_database(path, [(SessionRecord(name="new"), texts(3))])
        with Writer(str(path)) as writer:
            writer.begin(SessionRecord(name="newer"))
            assert [message.text for message in old.log(0)[-2:]] == ["row 48", "row 49"]
    assert names(path) == ["new", "newer"]


def test_a_recording_that_cannot_be_replaced_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feed.db"
    killed(path)

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails)
        with pytest.raises(OSError, match="Input/output"):
            take_place(str(tmp_path / "new.db"), str(path))
    with Database.open(path) as database:
        assert [message.text for message in database.log(0)[-1:]] == ["row 49"]
