"""A feed that is captured for some seconds."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.feed import capture_feed
from tests.lab.raw_server import Peer, RawServer, text


def test_calls_make_one_dataset(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text('{"price":1.5}') + text("two"))
        peer.answer_close()

    folder = tmp_path / "feeds"
    with RawServer(script) as server:
        saved = [kws.capture(server.url, folder, 0.3) for _ in range(2)]
    assert all(one.path.parent == folder for one in saved)
    assert len({one.path for one in saved}) == 2
    found = kws.load(folder)
    assert len(found.where("kind:text")) == 4
    assert kws.sessions == {}


def test_the_folder_is_named_as_it_was_given_while_that_leads_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("one"))
        peer.close(1000)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def gone(path: Path) -> kws.Session:
        monkeypatch.chdir(elsewhere)
        return kws.connect(server.url, record=path)

    with RawServer(script) as server:
        monkeypatch.chdir(tmp_path)
        saved = kws.capture(server.url, "feeds", 3600)
        moved = capture_feed(gone, Path("feeds"), 3600)
    assert saved.path.parent == Path("feeds")
    assert str(tmp_path) not in str(saved)
    assert moved.path.parent == tmp_path / "feeds"
    assert len(kws.load(tmp_path / "feeds").where("kind:text")) == 2


def test_feeds_of_one_host_stay_apart_whoever_captured_them(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("one"))
        peer.close(1000)

    with RawServer(script) as server:
        base = server.url.rstrip("/")
        for path in ("/a", "/b", "/a", "/b?x=1", "/b?token=0123456789abcdef"):
            kws.capture(base + path, tmp_path, 3600)
    host = base.partition("://")[2]
    names = {f"{host}/a": 2, f"{host}/b": 1, f"{host}/b?x=1": 1, f"{host}/b?token=***": 1}
    found = kws.load(tmp_path)
    assert {name: len(one.where("kind:text")) for name, one in found.sessions.items()} == names
    counted = found.sql("select session, count(*) from messages where kind = 'text' group by session").fetchall()
    assert dict(counted) == names


def test_a_replay_and_the_demo_are_feeds_too(tmp_path: Path, demo: ModuleType) -> None:
    kws.capture("demo/close", tmp_path / "a", 3600)
    saved = kws.load(tmp_path / "a").save(tmp_path / "goodbye.har")
    kws.capture(f"replay:{saved.path}", tmp_path / "b", 3600)
    first, again = kws.load(tmp_path / "a"), kws.load(tmp_path / "b")
    assert [row.text for row in again.where("kind:text")] == [row.text for row in first.where("kind:text")]
    assert list(first.sessions) == [demo.url("close").partition("://")[2]]
    assert list(again.sessions) == ["goodbye"]


def test_names_that_two_processes_gave_twice(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("one"))
        peer.close(1000)

    with RawServer(script) as server:
        for number, path in enumerate(("a", "b", "a")):
            with kws.connect(server.url.rstrip("/") + "/" + path, "feed") as ws:
                ws.join(10)
                ws.save(tmp_path / f"{number}.parquet")
    assert [len(one.where("kind:text")) for one in kws.load(tmp_path).sessions.values()] == [2, 1]


def test_it_ends_when_the_server_closes(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.send(text("one"))
        peer.close(1000)

    with RawServer(script) as server:
        saved = kws.capture(server.url, str(tmp_path), 3600)
    assert [row.kind for row in kws.load(saved.path).messages] == ["open", "text", "close", "close"]


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_what_is_no_time(tmp_path: Path, seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds must be more than 0"):
        kws.capture("demo", tmp_path / "none", seconds)
    assert not (tmp_path / "none").exists()


def test_a_feed_that_cannot_be_opened_leaves_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(kws.ConnectError):
        kws.capture("ws://127.0.0.1:1", tmp_path, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_feed_whose_recording_somebody_ended(tmp_path: Path) -> None:
    def connect(path: Path) -> Any:
        session = kws.connect(server.url, record=path)
        session.record(None)
        return SimpleNamespace(messages=session.messages, state="closed", recording=None, close=session.close)

    with RawServer(lambda peer: peer.answer_close()) as server:
        assert capture_feed(connect, tmp_path, 1).messages == 1
