"""``kontena-ws convert``: between formats, and what cannot be converted."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.saving import Saving


def test_convert(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = str(tmp_path / "a.jsonl"), str(tmp_path / "b.har")
    log = kws.MessageLog()
    log.add("text", b"hello")
    kws.save({"feed": log}, source)
    done = run("convert", source, target)
    assert (done.code, done.log) == (0, [])
    assert done.out.startswith(f"saved 1 row to {target} (HAR, ")
    assert kws.load(target).messages[0].text == "hello"
    assert run("convert", "--secrets", "--keylog", "none", target, str(tmp_path / "c.mitm")).code == 0
    assert "\n  JSON Lines" in run("convert", "--help").out
    assert run("convert", source).code == 64
    (tmp_path / "no.har").write_text("nothing")
    for given, code, said in (
        ((str(tmp_path / "no.har"), target), 65, "cannot be opened as a capture"),
        ((source, str(tmp_path / "b.xyz")), 65, "its suffix '.xyz' says no format"),
        ((str(tmp_path / "missing.har"), target), 74, "No such file"),
        ((source, str(tmp_path / "missing" / "b.har")), 74, "missing' does not exist: create it first"),
    ):
        failed = run("convert", *given)
        assert (failed.code, failed.out, failed.log[0][0]) == (code, "", "ERROR")
        assert said in failed.log[0][1]

    def without(*_: object) -> None:
        raise ImportError("Parquet and Arrow files need pyarrow")

    monkeypatch.setattr("kontena_ws_nb.captures.arrow.package", without)
    assert run("convert", source, str(tmp_path / "b.parquet")).code == 65


def test_a_signal_leaves_what_was_there(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.har"
    log = kws.MessageLog()
    log.add("text", b"hello")
    kws.save(log, source)
    target.write_text("as it was")

    def stopped(*_: object) -> bytes:
        signal.raise_signal(signal.SIGTERM)
        return b""

    monkeypatch.setattr(Saving, "payload", stopped)
    assert run("convert", str(source), str(target)).code == 143
    assert sorted(os.listdir(tmp_path)) == ["a.jsonl", "b.har"]
    assert target.read_text() == "as it was"
