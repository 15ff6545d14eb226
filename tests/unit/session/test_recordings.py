"""A session's recording: it begins, goes on and ends with the session, and holds nobody up."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import Error
from kontena_ws_nb.recording.database import Database
from tests.lab.raw_server import Peer, RawServer, echo, text
from tests.lab.sessions import open_session, told
from tests.lab.waiting import wait_for


def texts(path: Path, at: int = 0) -> list[str]:
    with Database.open(path) as database:
        return [message.text for message in database.log(at) if message.kind == "text"]


def test_a_session_is_recorded_from_its_first_row_to_its_last(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer() as server:
        session = open_session(server, record=path, cookies="id=c00kies3cret")
        session.request("hello", match="hello")
        recorder = session.recording
        assert recorder is not None
        assert (recorder.path, recorder.state) == (str(path), "recording")
        session.close(1000, "bye")
        assert (recorder.state, recorder.rows) == ("ended", len(session.messages))
    with Database.open(path) as database:
        assert list(database.log(0)) == list(session.messages)
        (record,) = database.sessions
        (connection,) = record.connections
    assert (record.name, record.url, record.started_ns) == ("test", session.url, connection.opened_ns)
    assert connection.handshake is not None
    assert connection.handshake.status == 101
    assert b"c00kies3cret" not in path.read_bytes()
    assert connection.close == (1000, "bye")
    assert connection.closed_ns is not None
    assert connection.opened_ns is not None
    assert connection.closed_ns > connection.opened_ns


def test_secrets_are_recorded_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer() as server, open_session(server, record=path, record_secrets=True, token="t0psecr3t") as session:
        session.send("it is t0psecr3t")
    assert b"Bearer t0psecr3t" in path.read_bytes()
    assert texts(path)[0] == "it is t0psecr3t"


def test_connections_after_the_first_are_added(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer(echo, echo) as server:
        session = open_session(server, record=path)
        session.request("one", match="one")
        session.close()
        session.reconnect()
        session.request("two", match="two")
        session.close()
    assert texts(path) == ["one", "one", "two", "two"]
    with Database.open(path) as database:
        assert [connection.number for connection in database.sessions[0].connections] == [1, 2]


def test_it_can_begin_and_end_at_any_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    with RawServer() as server, open_session(server) as session:
        assert session.recording is None
        session.request("a", match="a")
        recorder = session.record(one)
        assert session.recording is recorder
        assert session.record(str(one)) is recorder  # a cell that is run again
        session.request("b", match="b")
        session.record(other, secrets=True)
        session.request("c", match="c")
        assert session.record(None) is None
        assert session.record(None) is None
        session.request("d", match="d")
        assert session.recording is None
    assert texts(one)[:4] == ["a", "a", "b", "b"]
    assert texts(other) == ["a", "a", "b", "b", "c", "c"]


def test_what_cannot_be_recorded_to_is_told_before_connecting(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database")
    with RawServer(lambda peer: None) as server:
        with pytest.raises(ValueError, match="not a SQLite database"):
            open_session(server, record=notes)
        assert server.connections == 0
    with RawServer() as server, open_session(server, record=tmp_path / "feed.db") as session:
        before = session.recording
        with pytest.raises(ValueError, match="not a SQLite database"):
            session.record(notes)
        assert session.recording is before


def test_a_connection_that_fails_leaves_a_recording_without_sessions(tmp_path: Path) -> None:
    with pytest.raises(Error):
        kws.connect("ws://127.0.0.1:1/", "test", record=tmp_path / "feed.db")
    with Database.open(tmp_path / "feed.db") as database:
        assert database.sessions == ()


def test_a_session_that_has_ended_can_be_written_still(tmp_path: Path) -> None:
    with RawServer() as server:
        with open_session(server) as session:
            session.request("a", match="a")
        recorder = session.record(tmp_path / "feed.db")
    assert recorder is not None
    assert (recorder.state, recorder.rows) == ("ended", len(session.messages))


def test_one_that_takes_its_name_adds_a_session(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer(echo, echo) as server:
        for _ in range(2):
            session = open_session(server, record=path)
            session.request("again", match="again")
        session.close()
    assert [texts(path, at) for at in (0, 1)] == [["again", "again"]] * 2


def test_nobody_is_kept_alive_by_it(tmp_path: Path) -> None:
    path = tmp_path / "feed.db"
    with RawServer() as server:
        session = kws.connect(server.url, record=path)
        session.request("hello", match="hello")
        recorder, log = session.recording, weakref.ref(session.messages)
        assert recorder is not None
        del session
        gc.collect()
        assert recorder.wait(10)
        del recorder
        wait_for(lambda: log() is None)
    assert texts(path) == ["hello", "hello"]


def test_who_closes_waits_only_for_what_is_ending(tmp_path: Path) -> None:
    with RawServer() as server, open_session(server, record=tmp_path / "feed.db") as session:
        session._recordings.settle(3600)  # it goes on
        assert session.recording is not None
        assert session.recording.state == "recording"


def test_a_server_that_closes_ends_it(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("last"))
        peer.close(1000)

    with RawServer(script) as server:
        session = open_session(server, record=tmp_path / "feed.db")
        recorder = session.recording
        assert recorder is not None
        assert recorder.wait(10)
    assert texts(tmp_path / "feed.db") == ["last"]


def test_what_fails_is_a_row_of_the_session(tmp_path: Path) -> None:
    with RawServer() as server, open_session(server, record=tmp_path / "feed.db") as session:
        recorder = session.recording
        assert recorder is not None
        wait_for(lambda: recorder.rows)
        (tmp_path / "feed.db").rename(tmp_path / "away.db")
        (failed,) = wait_for(lambda: told(session))
        assert failed.startswith(f"recording to '{tmp_path / 'feed.db'}' failed: ")
        assert failed.endswith("; it is tried again")
        assert session.request("alive", match="alive").text == "alive"
        (tmp_path / "away.db").rename(tmp_path / "feed.db")
        wait_for(lambda: recorder.state == "recording")
    assert texts(tmp_path / "feed.db") == ["alive", "alive"]


def test_bookmarks_are_in_the_file_also_those_after_the_end(tmp_path: Path) -> None:
    path, other = tmp_path / "feed.db", tmp_path / "other.db"

    def notes(path: Path) -> list[str]:
        return [one.note for one in kws.load(path).bookmarks.values()]

    with RawServer() as server, open_session(server) as session:
        session.bookmarks.add(session.request("a", match="a"), "before it was recorded")
        recorder = session.record(path)
        assert recorder is not None
        session.bookmarks.add(0, "meanwhile")
    assert notes(path) == ["meanwhile", "before it was recorded"]
    session.bookmarks.add(1, "after the end")
    assert recorder.wait(10)
    assert notes(path) == ["meanwhile", "after the end", "before it was recorded"]
    session.record(other)
    session.bookmarks.clear()
    session._recordings.settle()
    assert (len(notes(path)), notes(other)) == (3, [])
    session.record(None)
    session.bookmarks.add(0, "of no recording")
    assert notes(other) == []
    log = session.messages
    del session
    gc.collect()
    log.bookmarks.add(0, "of no session any more")
