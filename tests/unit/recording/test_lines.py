"""Messages as lines of a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.recording.lines import csv_line, jsonl_line, write_file, write_merged


@pytest.fixture
def log() -> MessageLog:
    made = MessageLog()
    made.add("text", '{"s":"é\n"}'.encode(), sent=True, time_ns=1_700_000_000_123_456_789)
    made.add("binary", b"\x00\xff", connection=2)
    made.add("text", b"\xff not UTF-8")
    made.add("text", b"=1+1")
    made.add("close", b"\x03\xe8bye")
    return made


def test_json_lines(log: MessageLog) -> None:
    first, binary, broken, _, close = (json.loads(jsonl_line(message)) for message in log)
    assert first == {
        "index": 0,
        "time": "2023-11-14T22:13:20.123456Z",
        "direction": "sent",
        "kind": "text",
        "size": 11,
        "connection": 1,
        "text": '{"s":"é\n"}',
    }
    assert (binary["data"], binary["connection"], "text" in binary) == ("AP8=", 2, False)
    assert broken["data"] == "/yBub3QgVVRGLTg="
    assert close["data"] == "A+hieWU="
    assert all(jsonl_line(message).count("\n") == 1 for message in log)


def test_a_payload_above_the_limit_is_left_out(log: MessageLog) -> None:
    said = json.loads(jsonl_line(log[0], 10))
    assert said["size"] == 11
    assert "text" not in said
    assert csv_line(log[0], 10).endswith(",11,1,,\r\n")


def test_files(log: MessageLog, tmp_path: Path) -> None:
    path = tmp_path / "all.CSV"
    assert write_file(path, log) == 5
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ['{"s":"é\n"}', "", "", "'=1+1", ""]  # a spreadsheet runs nothing
    assert rows[1]["data"] == "AP8="
    assert write_file(tmp_path / "none.jsonl", []) == 0
    assert (tmp_path / "none.jsonl").read_text() == ""
    with pytest.raises(ValueError, match=r"must end in \.jsonl or \.csv, got 'x.har'"):
        write_file(tmp_path / "x.har", log)


def test_messages_of_several_sessions(log: MessageLog, tmp_path: Path) -> None:
    other = MessageLog()
    other.add("text", b"between", time_ns=log[0].time_ns + 1)
    path = tmp_path / "both.csv"
    assert write_merged(path, {"feed": log, "=cmd": other}) == 6
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["session", "index"]
    assert [row["session"] for row in rows] == ["feed", "'=cmd", "feed", "feed", "feed", "feed"]
    assert write_merged(tmp_path / "both.jsonl", {"feed": log}) == 5
    assert json.loads((tmp_path / "both.jsonl").read_text().splitlines()[0])["session"] == "feed"
