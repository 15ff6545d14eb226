"""Our own recordings, opened and written as captures."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

import kontena_ws_nb as kws
from kontena_ws_nb.captures.database import write_sessions
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import (
    SECRETS,
    Row,
    every_kind,
    handshake,
    log_of,
    record,
    row,
    rows,
    seen,
    there_and_back,
)


def test_every_kind_of_row_comes_back(tmp_path: Path) -> None:
    assert there_and_back(tmp_path / "a.db", every_kind()) == (every_kind(), ())
    saved = kws.save(list(log_of(every_kind())), tmp_path / "b.sqlite")
    assert (saved.messages, saved.format, saved.bytes) == (17, "recording", (tmp_path / "b.sqlite").stat().st_size)
    assert seen(kws.load(tmp_path / "b.sqlite").messages) == every_kind()


@settings(max_examples=25, deadline=None)
@given(listed=rows())
def test_rows_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row]) -> None:
    assert there_and_back(tmp_path_factory.getbasetemp() / "any.db", listed) == (listed, ())


def test_what_is_known_of_a_session_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    write_sessions(path, [SessionRows(record(), log_of(every_kind()))], Saving(True))
    capture = kws.load(path)
    assert capture.handshake is not None
    assert (capture.handshake.request, capture.handshake.response) == (handshake().request, handshake().response)
    assert capture.certificate == record().connections[0].certificate
    assert (capture.close_code, list(capture.sessions), capture.format) == (1000, ["feed"], "recording")
    write_sessions(path, [SessionRows(record(), log_of(every_kind()))], Saving())
    assert [secret for secret in SECRETS if secret.encode() in path.read_bytes()] == []
    assert capture.save(tmp_path / "copy.har").messages == 17


def test_a_wrong_suffix_still_opens(tmp_path: Path) -> None:
    kws.save({"feed": log_of(every_kind())}, tmp_path / "a.db")
    (tmp_path / "a.har").write_bytes((tmp_path / "a.db").read_bytes())
    assert kws.load(tmp_path / "a.har").format == "recording"
    kws.save({"feed": log_of(every_kind())}, tmp_path / "b.har")
    (tmp_path / "b.db").write_bytes((tmp_path / "b.har").read_bytes())
    assert kws.load(tmp_path / "b.db").format == "HAR"
    (tmp_path / "c.db").write_bytes(b"")
    assert len(kws.load(tmp_path / "c.db").messages) == 0


def test_what_is_no_recording_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()
    with pytest.raises(kws.CaptureError, match="cannot be opened as a capture"):
        kws.load(path)
    kws.save({"feed": log_of(every_kind())}, path)
    whole = path.read_bytes()
    for damaged in (whole[:5000], whole[:100] + bytes(len(whole) - 100)):
        path.write_bytes(damaged)
        with pytest.raises(kws.CaptureError, match="cannot be opened as a capture"):
            kws.load(path)
    with pytest.raises(FileNotFoundError):
        kws.load(tmp_path / "missing.db")


def test_other_errors_of_the_system_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    kws.save({"feed": log_of(every_kind())}, path)

    def locked(_path: Path) -> None:
        raise PermissionError(13, "no", str(path))

    monkeypatch.setattr("kontena_ws_nb.captures.database.Database.open", locked)
    with pytest.raises(PermissionError):
        kws.load(path)


def test_bookmarks_come_back(tmp_path: Path) -> None:
    kws.secret("hunter2-hunter2")
    path = tmp_path / "a.db"
    log = log_of([row("text", b"%d" % number, number) for number in range(5)])
    log.bookmarks.add([1, 3], "why hunter2-hunter2 \ud800?")
    log.bookmarks.add(4)
    other = log_of([row("text", b"x", 0)])
    assert kws.save({"one": log, "two": other, "some": [log[0], log[3]]}, path).lost == ()
    found = kws.load(path).sessions

    def notes(name: str) -> dict[int, str]:
        return {index: one.note for index, one in found[name].bookmarks.items()}

    assert notes("one") == {1: "why *** ??", 3: "why *** ??", 4: ""}
    assert notes("two") == {}
    assert notes("some") == {1: "why *** ??"}, "by its place in the file"
    kws.save(log, path, secrets=True)
    assert kws.load(path).bookmarks[1].note == "why hunter2-hunter2 ??"
    with closing(sqlite3.connect(path)) as file:
        rows = [(1, 99, "no row"), (1, "2", "a text"), (1, 0, b"\xff" * 900), (2, 0, "another session")]
        file.executemany("INSERT INTO bookmarks VALUES (?, ?, ?)", rows)
        file.execute('DELETE FROM messages WHERE "index" = 3')
        file.commit()
    assert list(kws.load(path).bookmarks) == [0, 1, 2, 4], "what is not there is left out"
    assert len(kws.load(path).bookmarks[0].note) == 500
