"""`Capture`."""

from __future__ import annotations

from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import dataset
from kontena_ws_nb.captures.formats import PARQUET
from kontena_ws_nb.captures.save import save_dataset
from kontena_ws_nb.captures.saving import Saving, SessionRows
from kontena_ws_nb.feed.sources import capabilities
from tests.unit.captures.capture_lab import every_kind, log_of, record, row, seen


@pytest.fixture
def one(tmp_path: Path) -> kws.Capture:
    path = tmp_path / "one.parquet"
    with path.open("wb") as file:
        PARQUET.write(file, [SessionRows(record(), log_of(every_kind()))], Saving(True))  # type: ignore[misc]
    return kws.load(path)


@pytest.fixture
def two(tmp_path: Path) -> kws.Capture:
    path = tmp_path / "two.jsonl"
    kws.save(
        {"feed": log_of(every_kind()), "other": log_of([row("text", b"between", 3), row("text", b"last", 99)])}, path
    )
    return kws.load(path)


def test_one_session(one: kws.Capture) -> None:
    assert (one.name, one.state, one.format) == ("one.parquet", "capture", "Parquet")
    assert one.url == "wss://feed.example/feed?symbol=BTC&token=***"
    assert list(one.sessions) == ["feed"]
    assert one.sessions["feed"] is one
    assert seen(one.messages) == every_kind()
    assert (one.close_code, one.close_reason) == (1000, "bye")
    assert one.handshake is not None
    assert one.certificate is not None
    assert [message.kind for message in one.where("kind:ping")] == ["ping"]
    assert one.to_records()[1]["direction"] == "sent"
    assert len(one.to_arrow()) == len(one.to_pandas()) == len(one.to_polars()) == 17
    assert repr(one) == "<Capture 'one.parquet' Parquet, 17 rows>"
    assert one.expression == f"kws.load({str(one.path)!r})"


def test_several_sessions(two: kws.Capture) -> None:
    assert list(two.sessions) == ["feed", "other"]
    assert two.sessions is two.sessions
    assert two.url == f"2 sessions of {two.path}"
    assert two.messages is two.messages
    texts = [message.text for message in two.messages if message.kind == "text"]
    assert (texts[3], texts[-1]) == ("between", "last")
    assert [message.connection for message in two.messages if message.text in ("between", "on the second", "last")] == [
        2,
        3,
        2,
    ]
    assert sum(message.fragments for message in two.messages) == 19 + 3
    part = two.sessions["other"]
    assert (part.name, len(part.messages), list(part.sessions)) == ("other", 2, ["other"])
    assert part.url == str(two.path)
    assert part.expression == f"kws.load({str(two.path)!r}).sessions['other']"
    assert (two.handshake, two.certificate, two.close_code, two.close_reason) == (None, None, None, None)
    assert repr(two) == "<Capture 'two.jsonl' JSON Lines, 19 rows of 2 sessions (capture.sessions)>"


def test_it_is_saved_as_it_is(one: kws.Capture, two: kws.Capture, tmp_path: Path) -> None:
    assert one.save(tmp_path / "copy.har", secrets=True).lost == ()
    copy = kws.load(tmp_path / "copy.har")
    assert seen(copy.messages) == every_kind()
    assert copy.handshake is not None
    two.save(tmp_path / "copy.csv")
    assert list(kws.load(tmp_path / "copy.csv").sessions) == ["feed", "other"]


def test_a_panel_shows_it_like_a_session_that_can_do_nothing(one: kws.Capture, two: kws.Capture) -> None:
    assert capabilities(one) == {"handshake", "certificate"}
    panel = one.panel
    assert one.panel is panel
    assert panel.sessions == [one]
    info, stats = panel._feed.sources[0].describe()
    assert (info["state"], info["name"], info["writable"], info["security"]["label"]) == (
        "capture",
        "one.parquet",
        False,
        "unchecked",
    )
    assert (stats["sent_messages"], stats["received_messages"]) == (0, 17)  # rows, as of a log
    panel.close()
    assert one.panel is not panel
    one.panel.close()
    merged = two.panel
    assert [source.name for source in merged.sessions] == ["feed", "other"]
    merged.close()


def test_a_panel_of_more_sessions_than_it_merges(tmp_path: Path) -> None:
    kws.save({f"s{number}": log_of([row("text", b"x", number)]) for number in range(40)}, tmp_path / "a.jsonl")
    capture = kws.load(tmp_path / "a.jsonl")
    panel = capture.panel
    assert panel.sessions == [capture]
    assert len(panel.messages) == 40
    panel.close()


def test_it_looks_like_its_sessions(one: kws.Capture, two: kws.Capture) -> None:
    assert "feed.example" in one._repr_mimebundle_()["text/html"]
    assert "capture.sessions['feed']" in two._repr_mimebundle_()["text/plain"]


def test_bookmarks_of_a_capture_are_its_logs(tmp_path: Path) -> None:
    kws.save(log_of([row("text", b"x", 0)]), tmp_path / "a.jsonl")
    capture = kws.load(tmp_path / "a.jsonl")
    capture.bookmarks.add(0, "here")
    assert capture.messages[0].note == "here"


@pytest.mark.parametrize("name", ["a.jsonl", "a.db", "a.parquet", "folder"])
def test_a_relative_path_means_the_same_file_everywhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of([row("text", b"x", 0)] * 3)
    monkeypatch.setattr(dataset, "_LARGE", 1)  # its rows stay in the files
    monkeypatch.chdir(tmp_path)
    if name == "folder":
        save_dataset(log, name, "hour")
    else:
        kws.save(log, name)
    capture = kws.load(name)
    one = next(iter(capture.sessions.values()))
    assert (capture.expression, capture.path) == (f"kws.load('{name}')", tmp_path / name)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    kws.save(log_of([row("text", b"another", 0)]), "a.jsonl")
    assert capture.expression == f"kws.load({str(tmp_path / name)!r})"
    assert one.expression.startswith(capture.expression)
    assert [message.text for message in capture.messages] == ["x"] * 3
    assert capture.sql("select count(*) from messages").fetchall() == [(3,)]
    assert kws.load(tmp_path / name).expression == capture.expression
