"""Opening files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from tests.unit.captures.capture_lab import every_kind, log_of, seen


def test_a_path_may_be_in_any_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    kws.save({"feed": log_of(every_kind())}, "~/a.jsonl")
    for path in ("~/a.jsonl", str(tmp_path / "a.jsonl"), tmp_path / "a.jsonl"):
        assert seen(kws.load(path, keylog="~/keys").messages) == every_kind()


def test_what_is_no_capture_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_text("hunter2 is not a capture")
    with pytest.raises(kws.CaptureError) as error:
        kws.load(path)
    assert str(error.value).startswith(
        "'a.xyz' cannot be opened as a capture: it begins like none of the formats; kws.load reads recording, JSON Lines"
    )
    assert "hunter2" not in str(error.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="it is a folder without Parquet files"):
        kws.load(tmp_path / "empty")
    with pytest.raises(ValueError, match="it is no regular file"):
        kws.load("/dev/zero")
    with pytest.raises(FileNotFoundError):
        kws.load(tmp_path / "missing.har")


def test_what_could_not_be_read_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.jsonl"
    kws.save({"feed": log_of(every_kind())}, path)
    path.write_text(path.read_text("utf-8") + "x\nx\n", "utf-8")
    capture = kws.load(path)
    assert [record.getMessage() for record in caplog.records] == [
        "'a.jsonl': line 18 is no JSON (and 1 more: capture.problems)"
    ]
    assert "2 problems" in repr(capture)


def test_an_empty_file_is_an_empty_capture(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    capture = kws.load(path)
    assert (len(capture.messages), list(capture.sessions), capture.problems) == (0, ["a"], ())


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    os.symlink(tmp_path / "loop", tmp_path / "loop")
    with pytest.raises(OSError, match="loop"):
        kws.load(tmp_path / "loop")
