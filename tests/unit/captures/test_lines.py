"""JSON Lines and CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kontena_ws_nb as kws
from tests.unit.captures.capture_lab import Row, every_kind, log_of, record, row, rows, seen, there_and_back

SUFFIXES = ("jsonl", "csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_row_comes_back(tmp_path: Path, suffix: str) -> None:
    assert there_and_back(tmp_path / f"a.{suffix}", every_kind()) == (every_kind(), ())


@settings(max_examples=60, deadline=None)
@given(listed=rows(), suffix=st.sampled_from(SUFFIXES))
def test_rows_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row], suffix: str) -> None:
    # A carriage return alone is a line end to csv's reader outside of quotes only; NUL is refused before Python 3.11.
    assert there_and_back(tmp_path_factory.getbasetemp() / f"any.{suffix}", listed) == (listed, ())


def test_sessions_are_told_apart(tmp_path: Path) -> None:
    one, two = log_of([row("text", b"a", 0), row("text", b"c", 2)]), log_of([row("text", b"b", 1)])
    for suffix in SUFFIXES:
        path = tmp_path / f"both.{suffix}"
        assert kws.save({"=feed": one, "other": two}, path).sessions == 2
        capture = kws.load(path)
        assert {name: [message.text for message in part.messages] for name, part in capture.sessions.items()} == {
            "=feed": ["a", "c"],
            "other": ["b"],
        }
        assert [message.text for message in capture.messages] == ["a", "b", "c"]


def test_what_a_format_of_messages_cannot_hold_is_said(tmp_path: Path) -> None:
    from kontena_ws_nb.captures.lines import write_jsonl
    from kontena_ws_nb.captures.saving import Saving, SessionRows

    saving = Saving()
    with (tmp_path / "a.jsonl").open("wb") as file:
        write_jsonl(file, [SessionRows(record(), log_of(every_kind()))], saving)
    assert saving.lost == ("handshakes (1)", "certificates (1)")


def test_half_a_file_has_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    kws.save({"feed": log_of(every_kind())}, path)
    path.write_bytes(path.read_bytes()[:-20])
    capture = kws.load(path)
    assert seen(capture.messages) == every_kind()[:-1]
    assert capture.problems == ("line 17 is no JSON: it ends in the middle",)
    path = tmp_path / "a.csv"
    kws.save({"feed": log_of([row("text", b"one", 0), row("text", b"two,\n", 1)])}, path)
    path.write_bytes(path.read_bytes()[:-40])
    capture = kws.load(path)
    assert [message.text for message in capture.messages] == ["one"]
    assert capture.problems[0].startswith(("the rest cannot be read: it is no CSV", "the record that ends in line"))


LINE = (
    '{"time":"2023-11-14T22:13:20Z","session":"feed","direction":"sent","kind":"text","data":"a","encoding":"utf-8"}\n'
)


@pytest.mark.parametrize(
    "line",
    [
        "[]\n",
        "no JSON\n",
        LINE.replace('"text"', '"no kind"'),
        LINE.replace('"text"', "[]"),
        LINE.replace('"sent"', "1"),
        LINE.replace('"a"', "5"),
        LINE.replace('"a"', '"é"').replace("utf-8", "base64"),
        "[" * 100_000 + "\n",
    ],
)
def test_lines_that_are_no_messages_are_told_and_the_others_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(LINE + "\n" + line + LINE, "utf-8")
    capture = kws.load(path)
    assert len(capture.messages) == 2
    assert len(capture.problems) == 1
    assert capture.problems[0].startswith("line 3 is no ")


def test_only_some_problems_are_told_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(LINE + "x\n" * 50)
    assert kws.load(path).problems[-1] == "and 30 more such problems"
    path.write_text("x\n" * 50)
    with pytest.raises(kws.CaptureError, match="line 1 is no JSON"):
        kws.load(path)


def test_a_line_without_end_is_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.captures.files.LARGEST", 1000)
    path = tmp_path / "a.jsonl"
    path.write_text(LINE + "x" * 5000)
    assert kws.load(path).problems == ("the rest cannot be read: line 2 has more than 0 MiB",)


@pytest.mark.parametrize("text", ["kind,direction,data\n", "kind,direction,data,other\nsent,text,a,b\n"])
def test_csv_without_its_columns_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(kws.CaptureError, match=r"does not name the columns encoding \(it was read as CSV\)"):
        kws.load(path)


def test_records_of_csv_that_are_no_messages_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    kws.save({"feed": log_of([row("text", b"one", 0)])}, path)
    path.write_text(
        path.read_text() + "too,short\n" + path.read_text().splitlines()[1].replace("text", "none") + "\n\n"
    )
    assert kws.load(path).problems == (
        "the record that ends in line 3 is no message",
        "the record that ends in line 4 is no message",
    )


def test_cells_that_are_longer_than_csv_takes_by_default(tmp_path: Path) -> None:
    large = [row("text", b"x" * 200_000, 0)]
    assert there_and_back(tmp_path / "a.csv", large) == (large, ())
    assert csv.field_size_limit() >= 200_000


def test_long_files_are_read_with_progress(tmp_path: Path) -> None:
    from kontena_ws_nb.captures.files import CaptureBuilder, CaptureFile
    from kontena_ws_nb.captures.formats import CSV, JSONL

    listed = [row("text", b"%d" % number, number) for number in range(5000)]
    for known in (JSONL, CSV):
        path = tmp_path / f"a{known.suffixes[0]}"
        kws.save({"feed": log_of(listed)}, path)
        told: list[int] = []
        with path.open("rb") as opened:
            file = CaptureFile(path, opened, path.stat().st_size, tick=told.append)
            known.read(file, CaptureBuilder())
        assert len(told) == 1
        assert 0 < told[0] <= path.stat().st_size


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bookmarks_come_back(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of([row("text", b"%d" % number, number) for number in range(4)])
    log.bookmarks.add(1, '=note, "quoted"')
    log.bookmarks.add(3)
    saved = kws.save(log, tmp_path / f"a.{suffix}")
    assert not any("bookmarks" in lost for lost in saved.lost)
    found = kws.load(tmp_path / f"a.{suffix}").messages
    assert {index: one.note for index, one in found.bookmarks.items()} == {1: '=note, "quoted"', 3: ""}
    assert [message.text for message in found.where("is:bookmarked")] == ["1", "3"]
    monkeypatch.setattr("kontena_ws_nb.captures.files.MOST_BOOKMARKS", 1)
    assert list(kws.load(tmp_path / f"a.{suffix}").messages.bookmarks) == [1], "a file may say anything"


def test_a_note_that_is_none_or_too_long(tmp_path: Path) -> None:
    line = '{"time":null,"direction":"sent","kind":"text","data":"x","encoding":"utf-8","bookmarked":%s,"note":%s}\n'
    said = (("true", "5"), ("1", '"no"'), ("true", f'"{"n" * 900}"'), ("true", '"a\\u0000\\n b"'))
    (tmp_path / "a.jsonl").write_text("".join(line % one for one in said))
    assert [one.note for one in kws.load(tmp_path / "a.jsonl").messages.bookmarks.values()] == ["", "n" * 500, "a\0 b"]
