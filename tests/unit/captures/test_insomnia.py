"""Insomnia's response log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import kontena_ws_nb as kws
from tests.unit.captures.capture_lab import START, Row, every_kind, rows, there_and_back

MS = 1_700_000_000_250


def event(kind: str, **fields: Any) -> str:
    return json.dumps({"_id": "x", "requestId": "req_1", "type": kind, "timestamp": MS, **fields}) + "\n"


def test_a_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "123.response"
    path.write_text(
        event("open")
        + event("message", direction="OUTGOING", data="hé")
        + event("message", direction="INCOMING", data={"type": "Buffer", "data": [0, 255]})
        + event("error", message="lost", error={"code": "ECONNRESET"})
        + event("close", code=1001, reason="gone", wasClean=True)
        + event("message", direction="INCOMING", data="other", requestId="req_2"),
        "utf-8",
    )
    capture = kws.load(path)
    assert capture.format == "Insomnia log"
    assert list(capture.sessions) == ["req_1", "req_2"]
    assert [(one.kind, one.direction, one.payload) for one in capture.sessions["req_1"].messages] == [
        ("open", "received", b"connected"),
        ("text", "sent", "hé".encode()),
        ("binary", "received", b"\x00\xff"),
        ("error", "received", b"lost"),
        ("close", "received", b"\x03\xe9gone"),
    ]
    assert {one.time_ns for one in capture.messages} == {MS * 10**6}


@pytest.mark.parametrize(
    "line",
    [
        "[]\n",
        "half",
        event("other"),
        event("message"),
        event("message", data={"type": "Buffer"}),
        event("message", data={"type": "Buffer", "data": [256]}),
        event("message", data={"type": "Buffer", "data": ["x"]}),
    ],
)
def test_lines_that_are_no_events_are_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.response"
    path.write_text(event("open") + line)
    capture = kws.load(path)
    assert len(capture.messages) == 1
    assert capture.problems[0].startswith("line 2 is no ")


def kept(listed: list[Row]) -> list[Row]:
    plain = {"connection": 1, "compressed": False, "fragments": 1, "incomplete": False}
    found = []
    for one in listed:
        if one["kind"] in ("ping", "pong", "reconnect"):
            continue
        row = {**one, **plain, "time_ns": one["time_ns"] // 10**6 * 10**6}
        if row["kind"] == "open":
            row["payload"] = b"connected"
        if row["kind"] in ("text", "error"):
            row["payload"] = str(row["payload"], "utf-8", "replace").encode()
        if row["kind"] == "close":
            row["sent"] = False
        found.append(row)
    return found


def test_every_kind_of_row_comes_back_or_is_said(tmp_path: Path) -> None:
    back, lost = there_and_back(tmp_path / "a.insomnia", every_kind())
    assert back == kept(every_kind())
    assert set(lost) == {
        "texts of rows of kind 'open' (2)",
        f"times finer than a millisecond ({len(back)})",
        "texts that are not UTF-8 (1)",
        "marks of compression (2)",
        "counts of fragments (2)",
        "marks of incomplete messages (1)",
        "rows of kind 'ping' (1)",
        "rows of kind 'pong' (1)",
        "directions of close frames (1)",
        "rows of kind 'reconnect' (1)",
    }
    assert START % 10**6


@settings(max_examples=60, deadline=None)
@given(listed=rows())
def test_messages_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row]) -> None:
    back, _ = there_and_back(tmp_path_factory.getbasetemp() / "any.insomnia", listed)
    assert back == kept(listed)
