"""Writing whatever a person has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.save import save_dataset, save_page, save_selected, sessions_of
from kontena_ws_nb.log.log import MessageLog
from tests.unit.captures.capture_lab import every_kind, handshake, log_of, row


class Live:
    """A session, as far as saving looks."""

    name = "feed"
    url = "wss://feed.example/"

    def __init__(self, **more: Any) -> None:
        self.messages = log_of(every_kind())
        self.__dict__.update(more)


def test_whatever_has_messages_can_be_saved(tmp_path: Path) -> None:
    log = log_of(every_kind())
    path = tmp_path / "a.jsonl"
    kws.save(Live(), path)
    capture = kws.load(path)
    for source, count, names in (
        (Live(), 17, ["feed"]),
        (log, 17, ["messages"]),
        (log.where("kind:text"), 7, ["messages"]),
        (log[2:4], 2, ["messages"]),
        (list(log), 17, ["messages"]),
        (log[0], 1, ["messages"]),
        (iter([log[0]]), 1, ["messages"]),
        ([], 0, ["a"]),
        (capture, 17, ["feed"]),
        ({"x": log, 5: [log[1]]}, 18, ["x", "5"]),
        ([Live(), Live(), capture], 51, ["feed", "feed-2", "feed-3"]),
        ({"x": Live()}, 17, ["x"]),
    ):
        saved = kws.save(source, path)
        assert (saved.messages, saved.bytes) == (count, path.stat().st_size)
        assert list(kws.load(path).sessions) == names
    for wrong in (5, "text", b"bytes", None, [5]):
        with pytest.raises(TypeError, match="what is saved is a session, a capture, a log or messages"):
            kws.save(wrong, path)


def test_the_suffix_says_the_format(tmp_path: Path) -> None:
    for name, said in (
        ("a", "its suffix '' says no format"),
        ("a.zip", "its suffix '.zip' says no format"),
        ("a.json", r"its suffix '.json' says no format; did you mean '.jsonl'\?"),
        ("a.pcap", "pcap is only read, by Wireshark's tshark"),
        ("a.jsnl", r"its suffix '.jsnl' says no format; did you mean '.jsonl'\?"),
    ):
        with pytest.raises(kws.CaptureError, match=said) as error:
            kws.save([], tmp_path / name)
        assert str(error.value).endswith(
            "the name must end in .db, .jsonl, .csv, .har, .mitm, .insomnia, .zap, .parquet, .arrow"
        )
    assert os.listdir(tmp_path) == []


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("before")

    class Broken(MessageLog):
        def __iter__(self) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kws.save(Broken(), path)
    assert (path.read_text(), os.listdir(tmp_path)) == ("before", ["a.jsonl"])


def test_what_a_session_tells_of_itself() -> None:
    (rows,) = sessions_of(Live(handshake=handshake(), certificate=None))
    (connection,) = rows.record.connections
    assert (connection.number, connection.opened_ns, connection.handshake) == (2, 1_700_000_000 * 10**9, handshake())
    assert rows.record.started_ns == rows.messages[0].time_ns  # type: ignore[index]
    empty = Live(messages=MessageLog())
    assert sessions_of(empty)[0].record.started_ns is None


def test_names_are_masked_and_writable(tmp_path: Path) -> None:
    kws.secret("hunter4-hunter4")
    log = log_of([row("text", b"a", 0)])
    path = tmp_path / "a.jsonl"
    kws.save({"hunter4-hunter4": log, "***": log, "\ud800": log}, path)
    assert list(kws.load(path).sessions) == ["***", "***-2", "?"]
    kws.save({"hunter4-hunter4": log}, path, secrets=True)
    assert "hunter4" in path.read_text()


def test_only_what_a_filter_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    assert save_selected(Live(handshake=handshake()), path, "kind:text dir:sent").messages == 2
    capture = kws.load(path)
    assert [one.kind for one in capture.messages] == ["text", "text"]
    assert capture.handshake is not None
    assert save_selected(capture, path, "").messages == 2
    with pytest.raises(ValueError, match=r"\)|closed|/"):
        save_selected(capture, path, "/(/")


def test_bookmarks_are_lost_where_the_format_has_no_place_for_them(tmp_path: Path) -> None:
    log = log_of([row("text", b"a", 0), row("text", b"b", 1)])
    log.bookmarks.add([0, 1], "here")
    assert "bookmarks (2)" in kws.save(log, tmp_path / "a.mitm").lost
    assert save_dataset(log, tmp_path / "folder", None).lost == ("bookmarks (2)",)
    assert save_page(log, tmp_path / "a.html", "a").lost == ()
    assert not any("bookmarks" in lost for lost in kws.save(log, tmp_path / "a.jsonl").lost)
