"""What is replayed: files, captures, sessions, logs; and what ``replay:FILE`` asks for."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import CaptureError
from kontena_ws_nb.playback.opened import Address, parse
from kontena_ws_nb.playback.server import Replay


def log_of(*texts: str) -> kws.MessageLog:
    log = kws.MessageLog()
    for at, text in enumerate(texts):
        log.add("text", text.encode(), time_ns=1_800_000_000_000_000_000 + at)
    return log


def heard(server: Replay) -> list[str | bytes | None]:
    with server, kws.Client.connect(server.url) as client:
        return [client.read(10)]


def test_a_file_a_capture_a_log_and_messages(tmp_path: Path) -> None:
    file = tmp_path / "feed.jsonl"
    kws.save(log_of("a"), file)
    for source in (file, str(file), kws.load(file), log_of("a"), list(log_of("a")), log_of("b", "a").where("a")):
        assert heard(kws.replay(source)) == ["a"]
    assert repr(kws.replay(file)) == "<Replay of feed.jsonl: stopped, speed 1>"
    assert repr(kws.replay(log_of("a"), math.inf)) == "<Replay of MessageLog: stopped, speed inf>"


def test_one_of_several_sessions() -> None:
    both = {"feed": log_of("a"), "other": log_of("b")}
    assert heard(kws.replay(both)) == ["a"]
    assert heard(kws.replay(both, session="other")) == ["b"]
    with pytest.raises(ValueError, match=r"dict has no session 'othr'; did you mean 'other'\?; it has 'feed', 'other'"):
        kws.replay(both, session="othr")


def test_what_cannot_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="MessageLog has no connection to replay"):
        kws.replay(kws.MessageLog())
    with pytest.raises(TypeError):
        kws.replay(7)
    with pytest.raises(FileNotFoundError):
        kws.replay(tmp_path / "nothing.har")


@pytest.mark.parametrize(
    ("address", "path", "options"),
    [
        ("replay:feed.har", "feed.har", {}),
        ("replay:a/b c.db?speed=10&session=x", "a/b c.db", {"speed": 10.0, "session": "x"}),
        (
            "replay:f?wait&strict=no&ignore=$.t&ignore=$..id&speed=inf",
            "f",
            {"wait": True, "strict": False, "ignore": ["$.t", "$..id"], "speed": math.inf},
        ),
    ],
)
def test_an_address(address: str, path: str, options: dict[str, Any]) -> None:
    assert parse(address) == Address(path, options)


def test_a_file_with_a_question_mark_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "what?speed=1"
    file.touch()
    assert parse(f"replay:{file}") == Address(str(file), {})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("replay:", "replay: needs a file"),
        ("replay:?speed=1", "replay: needs a file"),
        ("replay:f?sped=1", r"replay: has no option 'sped'; did you mean 'speed'\?"),
        ("replay:f?speed=fast", "replay: speed is a number, got 'fast'"),
        ("replay:f?strict=maybe", "replay: strict is yes or no, got 'maybe'"),
    ],
)
def test_what_is_no_address(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(address)
