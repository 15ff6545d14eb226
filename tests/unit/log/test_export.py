"""Messages as lines of a file."""

from __future__ import annotations

import base64
import csv
import json
import sys
from pathlib import Path

import pandas
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.log.export import (
    FIELDS,
    NOTES,
    Own,
    bookmarked,
    csv_head,
    csv_line,
    jsonl_line,
    line_format,
    write_file,
)
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.protocol.frames import TEXT
from tests.unit.log.rows_lab import batch_of


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
    lines = [json.loads(jsonl_line(message, session="feed")) for message in log]
    first, binary, broken, _, close = lines
    assert first == {
        "time": "2023-11-14T22:13:20.123456789Z",
        "session": "feed",
        "direction": "sent",
        "kind": "text",
        "data": '{"s":"é\n"}',
        "encoding": "utf-8",
        "index": 0,
        "size": 11,
        "connection": 1,
        "compressed": False,
        "fragments": 1,
        "incomplete": False,
    }
    assert [list(line) for line in lines] == [list(FIELDS)] * 5
    assert (binary["data"], binary["encoding"], binary["connection"]) == ("AP8=", "base64", 2)
    assert broken["data"] == "/yBub3QgVVRGLTg="
    assert close["data"] == "A+hieWU="
    assert json.loads(jsonl_line(log[0]))["session"] is None
    assert all(jsonl_line(message).count("\n") == 1 for message in log)


def test_a_payload_above_the_limit_is_left_out(log: MessageLog) -> None:
    said = json.loads(jsonl_line(log[0], 10))
    assert (said["size"], said["data"], said["encoding"]) == (11, None, None)
    assert csv_line(log[0], 10).endswith("Z,,sent,text,,,0,11,1,false,1,false\r\n")


def test_files(log: MessageLog, tmp_path: Path) -> None:
    path = tmp_path / "all.CSV"
    assert write_file(path, {"feed": log}) == 5
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["data"] for row in rows] == ['{"s":"é\n"}', "AP8=", "/yBub3QgVVRGLTg=", "'=1+1", "A+hieWU="]
    assert rows[1]["encoding"] == "base64"
    assert write_file(tmp_path / "none.jsonl", {"feed": []}) == 0
    assert (tmp_path / "none.jsonl").read_text() == ""
    with pytest.raises(ValueError, match=r"must end in \.jsonl or \.csv, got 'x.har'"):
        write_file(tmp_path / "x.har", {"feed": log})


def test_parts_of_what_was_cut_off_say_so(log: MessageLog, tmp_path: Path) -> None:
    log.append(batch_of(b"half", flags=TEXT | INCOMPLETE), 1)
    path = tmp_path / "one.csv"
    assert write_file(path, {"feed": log}) == 6
    frame = pandas.read_csv(path)
    assert frame.columns[-1] == "incomplete"
    assert sorted(frame["incomplete"].to_list()) == [False] * 5 + [True]


def test_messages_of_several_sessions(log: MessageLog, tmp_path: Path) -> None:
    other = MessageLog()
    other.add("text", b"between", time_ns=log[0].time_ns + 1)
    path = tmp_path / "both.csv"
    assert write_file(path, {"feed": log, "=cmd": other}) == 6
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(FIELDS)
    assert [row["session"] for row in rows] == ["feed", "'=cmd", "feed", "feed", "feed", "feed"]


def test_secrets_are_masked_unless_they_are_wanted() -> None:
    kws.secret("hunter2-hunter2")
    log = MessageLog()
    log.meanings.choose("socket.io")
    log.add("text", b'42["chat","hunter2-hunter2"]')
    for line in (jsonl_line, csv_line):
        assert "hunter2" not in line(log[0])
        assert "hunter2" in line(log[0], secrets=True)
    assert json.loads(jsonl_line(log[0], secrets=True))["decoded"]["data"] == ["hunter2-hunter2"]


#: How a text may begin so that some spreadsheet runs it.
FORMULAS = [
    "=1",
    "+1",
    "-1",
    "@x",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\u3000=1",
    "\ufeff=1",
    "\u200b=1",
    "\x00=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "−1",
    "'=1",
]
PLAIN = [
    "1",
    "a",
    "é",
    "漢",
    "{}",
    "[1]",
    '"=1"',
    "(=1)",
    "/x",
    ".5",
    "#",
    "*",
    ";",
    "|",
    "%",
    "<=",
    "x\r\n=1",
    'x"\n"y',
    "a\x00b",
    "a,b;c",
]


@pytest.mark.parametrize("text", FORMULAS + PLAIN)
def test_no_cell_begins_like_a_formula_and_each_comes_back(tmp_path: Path, text: str) -> None:
    log = MessageLog()
    log.add("text", text.encode())
    path = tmp_path / "x.csv"
    write_file(path, {text: log})
    if "\x00" in text and sys.version_info < (3, 11):  # older readers end there; it is in the file all the same
        assert path.read_bytes().count(text.encode()) == 2
        return
    line = next(csv.reader([csv_line(log[0])])) if "\r" not in text and "\n" not in text else None
    assert line is None or line[4] == (f"'{text}" if text in FORMULAS else text)
    with path.open(newline="", encoding="utf-8") as file:
        row = list(csv.reader(file))[1]
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    for cell in (row[1], row[4], frame["session"][0], frame["data"][0]):
        assert cell.removeprefix("'") == text if text in FORMULAS else cell == text


def test_base64_is_no_formula_and_comes_back() -> None:
    log = MessageLog()
    log.add("binary", b"\xfb\xef\xbe")
    cell = next(csv.reader([csv_line(log[0])]))[4]
    assert cell == "'++++"
    assert base64.b64decode(cell.removeprefix("'"), validate=True) == log[0].payload


def test_a_line_of_json_is_one_line_to_every_reader() -> None:
    log = MessageLog()
    text = "a\u2028b\u2029c\x85d\x0b\x0c\x1c\x1d\x1ee"
    log.add("text", text.encode())
    line = jsonl_line(log[0], session="\ud800 half")
    assert line.splitlines() == [line[:-1]]
    assert (json.loads(line)["data"], json.loads(line)["session"]) == (text, "? half")
    line.encode()


def test_what_decoders_say_is_written_where_it_is_more_than_the_payload() -> None:
    kws.secret("hunter2-hunter2")
    kws.secret("12345678")
    log = MessageLog()
    log.meanings.choose("socket.io")
    for payload in ('42["chat","hunter2-hunter2"]', '42["n",12345678]', "nothing"):
        log.add("text", payload.encode())
    first, second, third = (json.loads(jsonl_line(message)) for message in log)
    assert first["decoded"] == {"type": "EVENT", "namespace": "/", "event": "chat", "data": ["***"]}
    assert first["label"].startswith("EVENT chat")
    assert "hunter2" not in str(first)
    assert second["decoded"] == '{"type":"EVENT","namespace":"/","event":"n","data":[***]}'
    assert "decoded" not in third
    assert "decoded" not in json.loads(jsonl_line(log[0], limit=3))
    plain = MessageLog()
    plain.add("text", b'{"a":1}')
    plain.add("binary", b"\x81\xa1a\x01")
    plain.add("binary", b"text")
    assert [json.loads(jsonl_line(message)).get("decoded") for message in plain] == [None, {"a": 1}, None]


def test_bookmarks_are_written_where_there_are_any(tmp_path: Path) -> None:
    kws.secret("hunter2-hunter2")
    log = MessageLog()
    for text in ("a", "b", "c"):
        log.add("text", text.encode())
    before = [line(message) for line in (jsonl_line, csv_line) for message in log]
    assert (bookmarked(log), bookmarked(list(log)), bookmarked(iter(log))) == (0, 0, 0)
    log.bookmarks.add(1, "=wrong, hunter2-hunter2 \ud800")
    log.bookmarks.add(2)
    said = [json.loads(jsonl_line(message)) for message in log]
    assert [{name: one[name] for name in NOTES if name in one} for one in said] == [
        {},
        {"bookmarked": True, "note": "=wrong, *** ?"},
        {"bookmarked": True, "note": ""},
    ]
    assert json.loads(jsonl_line(log[1], secrets=True))["note"] == "=wrong, hunter2-hunter2 ?"
    assert [line(log[0]) for line in (jsonl_line, csv_line)] == [before[0], before[3]], "as it was"
    assert (bookmarked(log), bookmarked(log.where("a")), bookmarked(log[:1]), bookmarked([log[1]])) == (2, 2, 2, 1)
    write_file(tmp_path / "with.csv", {"feed": log.where("-a")})
    rows = list(csv.DictReader((tmp_path / "with.csv").read_text().splitlines()))
    assert [(row["bookmarked"], row["note"]) for row in rows] == [("true", "'=wrong, *** ?"), ("true", "")]
    log.bookmarks.clear()
    write_file(tmp_path / "without.csv", {"feed": log})
    assert "note" not in (tmp_path / "without.csv").read_text()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("-1.5", "-1.5"),
        ("-1e-7", "-1e-7"),
        ("0", "0"),
        ("-1+cmd", "'-1+cmd"),
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("@x", "'@x"),
        ("-01", "'-01"),
        ("'x", "''x"),
        ("BTC", "BTC"),
        ("", ""),
    ],
)
def test_further_columns_are_guarded_like_data_but_numbers_stay_numbers(cell: str, written: str) -> None:
    log = kws.MessageLog()
    log.add("text", b"hello")
    own = Own(("name", "=head"), lambda message: (cell, "end"))
    assert next(csv.reader([csv_line(log[0], own=own, notes=True)]))[-4:] == [written, "end", "false", ""]
    assert next(csv.reader([csv_head(True, own)]))[-4:] == ["name", "'=head", *NOTES]
    assert next(csv.reader([csv_line(log[0], 3, own=own)]))[-2:] == ["", ""], "left out with the payload"
    assert line_format("jsonl", True, own) == line_format("jsonl", True), "a line of JSON has the whole message"
