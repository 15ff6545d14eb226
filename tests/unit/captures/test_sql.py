"""SQL over a capture."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import duckdb
import pytest

import kontena_ws_nb as kws
from tests.unit.captures.capture_lab import every_kind, log_of


@pytest.fixture
def capture(tmp_path: Path) -> kws.Capture:
    kws.save({"feed": log_of(every_kind()), "other": log_of(every_kind())}, tmp_path / "a.jsonl")
    return kws.load(tmp_path / "a.jsonl")


def test_a_query(capture: kws.Capture) -> None:
    found = capture.sql(
        "SELECT session, count(*) AS n FROM messages WHERE kind = 'text' GROUP BY session ORDER BY session"
    )
    for _ in range(2):  # the rows have passed by, what was found stays
        assert found.fetchall() == [("feed", 7), ("other", 7)]
    assert "feed" in str(found)
    assert capture.sql("SELECT data FROM messages WHERE kind = 'binary' AND size > 0").fetchall()[0] == (
        bytes(range(256)),
    )
    with pytest.raises(duckdb.Error):
        capture.sql("SELECT nothing FROM messages")


def test_without_duckdb(capture: kws.Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = "duckdb"

    def without(name: str) -> Any:
        raise ModuleNotFoundError(name, name=missing)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(ImportError, match=r"sql\(\) needs duckdb.*pip install 'kontena_ws_nb\[data\]'"):
        capture.sql("SELECT 1")
    missing = "numpy"
    with pytest.raises(ModuleNotFoundError):
        capture.sql("SELECT 1")
