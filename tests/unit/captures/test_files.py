"""What a reader makes of a file."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from kontena_ws_nb.captures import files
from kontena_ws_nb.captures.files import (
    CaptureBuilder,
    CaptureFile,
    SessionBuilder,
    UnreadableError,
    field,
    from_base64,
    regular,
    text_bytes,
    whole,
    words,
)
from kontena_ws_nb.recording.records import ConnectionRecord


def test_a_file_is_read_in_parts_and_by_lines() -> None:
    told: list[int] = []
    file = CaptureFile(Path("a.b.har"), io.BytesIO(b"one\n\n \ntwo"), 10, tick=told.append)
    assert (file.head, file.name) == (b"one\n\n \ntwo", "a")
    assert list(file.lines()) == [(1, b"one\n"), (4, b"two")]
    file.file.seek(0)
    assert (file.read(3), told) == (b"one", [3])
    assert CaptureFile(Path(".har"), io.BytesIO(), 0).name == "capture"


def test_sessions_get_names_of_their_own() -> None:
    into = CaptureBuilder()
    for name, url in (
        ("feed", ""),
        ("feed", ""),
        ("feed-2", ""),
        ("", "wss://me@a.example:8/x"),
        ("", "ws://[::1]/"),
        ("", ""),
        ("\x1b[31m", ""),
    ):
        into.session(name).url = url
    assert into.names("file") == ["feed", "feed-2", "feed-2-2", "a.example", "[::1]", "file", "\\x1b[31m"]
    assert into.named("feed") is into.named("feed")
    assert into.named("key", "shown").name == "shown"


def test_there_is_a_most_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_SESSIONS", 2)
    monkeypatch.setattr(files, "MOST_CONNECTIONS", 1)
    into = CaptureBuilder()
    session = into.session()
    into.session()
    with pytest.raises(UnreadableError, match="more than 2 sessions"):
        into.named("third")
    session.connection(ConnectionRecord(number=1))
    session.connection(ConnectionRecord(number=1, url="ws://a/"))
    with pytest.raises(UnreadableError, match="more than 1 connections"):
        session.connection(ConnectionRecord(number=2))
    into.room = 100
    session.add("text", b"x" * 70, 1)
    with pytest.raises(UnreadableError, match="far more messages"):
        session.add("text", b"x" * 70, 1)


def test_times_that_are_not_known() -> None:
    session = SessionBuilder()
    session.add("text", b"", None)
    session.started_ns = 5
    session.add("text", b"", None)
    session.add("text", b"", 9)
    session.add("text", b"", None)
    assert [one.time_ns for one in session.log] == [0, 5, 9, 9]


def test_how_a_connection_ended() -> None:
    session = SessionBuilder()
    for code in (1000, 1005, 1006, "1000", True, 70_000, None):
        session.close(code, "bye", 1)
    kinds = [(one.kind, one.payload) for one in session.log]
    assert kinds[:3] == [
        ("close", b"\x03\xe8bye"),
        ("close", b""),
        ("error", b"the connection ended without a close frame (1006)"),
    ]
    assert [kinds[3], *kinds[5:]] == [("close", b"")] * 3
    assert session.record("x").name == "x"


def test_what_stands_in_a_file() -> None:
    assert [words(one) for one in ("a", b"\xc3\xa9", b"\xe9", 5, None, "\ud800", "\ud83d\ude00")] == [
        "a",
        "é",
        "é",
        "",
        "",
        "\ufffd",
        "\U0001f600",
    ]
    assert words("abc", 2) == "ab"
    assert (field({"a": {"b": 1}}, "a", "b"), field({"a": 5}, "a", "b"), field(None, "a")) == (1, None, None)
    assert [whole(one, 1, 9, 0) for one in (5, 0, 10, True, "5", 5.0, None)] == [5, 0, 0, 0, 0, 0, 0]
    assert [from_base64(one) for one in ("AP8=", "AP8", "-_8", "A", "é", 5, None)] == [
        b"\x00\xff",
        b"\x00\xff",
        b"\xfb\xff",
        None,
        None,
        None,
        None,
    ]
    assert text_bytes("é\ud800") == b"\xc3\xa9\xed\xa0\x80"


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert regular(tmp_path / "a") == 3
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(UnreadableError, match="no regular file"):
            regular(path)
    with pytest.raises(FileNotFoundError):
        regular(tmp_path / "missing")
