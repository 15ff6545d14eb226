"""Large folders of Parquet files, whose rows stay there."""

from __future__ import annotations

import errno
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import kontena_ws_nb as kws
from kontena_ws_nb.captures import arrow, dataset, parquet_rows
from kontena_ws_nb.captures.parquet_rows import ParquetRows, groups_of
from kontena_ws_nb.log.backing import PAGE
from tests.unit.captures.capture_lab import Row, every_kind, log_of, row, seen

HOUR = 3600 * 10**9


@pytest.fixture
def listed() -> list[Row]:
    """More than a page of rows of three hours, the last of another connection."""
    many = [row("text", b'{"n":%d}' % number, 100 + number * 10**9, sent=number % 5 == 0) for number in range(2 * PAGE)]
    return [*every_kind()[:15], *many, *(row("ping", b"p", 10**13 + number, connection=2) for number in range(10))]


@pytest.fixture
def folder(tmp_path: Path, listed: list[Row], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dataset, "_LARGE", 1000)
    monkeypatch.setattr(arrow, "_ROWS", 3000)
    monkeypatch.setattr(parquet_rows, "_KEPT", 1)
    kws.save({"feed": log_of(listed)}, tmp_path / "a.jsonl")
    kws.load(tmp_path / "a.jsonl").to_parquet(tmp_path / "data")
    return tmp_path / "data"


def test_rows_are_read_as_they_are_asked_for(folder: Path, listed: list[Row]) -> None:
    capture = kws.load(folder)
    log = capture.messages
    assert isinstance(log.backing, ParquetRows)
    assert (len(log), list(capture.sessions), capture.problems) == (len(listed), ["feed"], ())
    assert seen(log) == listed
    assert seen(list(reversed(log))[::-1]) == listed
    assert [message.index for message in log[5000:5010]] == list(range(5000, 5010))
    for index in (0, PAGE - 1, PAGE, len(listed) - 1):
        assert seen([log[index]]) == [listed[index]]
    assert log.get(len(listed)) is None
    assert log.backing.locate(-1) is None
    assert log.backing.missing(0) == 0


def test_filters_run_over_it(folder: Path, listed: list[Row]) -> None:
    capture = kws.load(folder)
    assert [message.json() for message in capture.where("$.n=7777")] == [{"n": 7777}]
    in_memory = log_of(listed)
    for text in ("$.n>8000", "12}", "i:N", "kind:ping", "size:>100", "/7{3}/", "-n", "not-there"):
        assert [one.index for one in capture.where(text)] == [one.index for one in in_memory.where(text)]


def test_what_backings_tell(folder: Path, listed: list[Row]) -> None:
    backing = kws.load(folder).messages.backing
    assert backing is not None
    pings = [at for at, one in enumerate(listed) if one["kind"] in ("ping", "pong")]
    assert backing.controls(0, len(listed)) == pings
    assert backing.controls(0, 100) == pings[:2]
    assert backing.controls(5, 5) == []
    assert (backing.begins(1), backing.begins(2), backing.begins(3)) == (0, len(listed) - 10, len(listed))
    assert list(backing.segments(7, 7)) == []
    (segment,) = backing.segments(20, 30)
    assert segment.first + segment.count == 30
    last = len(listed) - 10  # from here another connection's, in the same page
    assert [(one.first, one.count) for one in backing.segments(last, last + 3)] == [(last, 3)]
    assert [one.connection for one in backing.segments(last - 1, last)] == [1]

    def given(needle: bytes, folded: bool, start: int, stop: int) -> int:
        return sum(one.count for one in backing.sought([(needle, folded)], start, stop, times=True))

    assert given(b"nothing", True, PAGE, 2 * PAGE) == 0
    assert given(b'{"n":5000}', False, PAGE, 2 * PAGE) == PAGE
    assert given(b'{"N":5000}', False, PAGE, 2 * PAGE) == 0
    assert given(b'{"n":5000}', True, PAGE, 2 * PAGE) == PAGE
    assert given(b"nothing", False, 0, PAGE) == PAGE  # a binary one is there
    assert given(b"nothing", False, 5, 5) == 0
    assert sum(one.count for one in backing.sought((), PAGE, 2 * PAGE, times=False)) == PAGE


def test_of_a_page_of_large_messages_only_those_asked_for_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "_LARGE", 5)
    kws.save({"feed": log_of([row("text", b"%d" % n * 100_000, n) for n in range(9)])}, tmp_path / "a.jsonl")
    kws.load(tmp_path / "a.jsonl").to_parquet(tmp_path / "data")
    backing = kws.load(tmp_path / "data").messages.backing
    assert backing is not None
    assert len(list(backing.segments(0, 9))) > 1
    found = list(backing.segments(8, 9))
    assert [(one.payload(8 - one.first)[:1], one.first + one.count) for one in found] == [(b"8", 9)]


def test_duckdb_reads_the_files_itself(folder: Path, listed: list[Row]) -> None:
    found = kws.load(folder).sql("SELECT count(*), sum(size), min(session) FROM messages").fetchall()
    assert found == [(len(listed), sum(len(one["payload"]) for one in listed), "feed")]


def test_a_panel_shows_it(folder: Path) -> None:
    panel = kws.load(folder).panel
    assert len(panel.messages) == 2 * PAGE + 25
    assert "ping" in repr(panel.snapshot())
    panel.close()


def test_files_that_go_or_change_meanwhile(folder: Path) -> None:
    log = kws.load(folder).messages
    paths = dataset.files_of(folder)
    data = paths[-1].read_bytes()
    paths[-1].unlink()
    assert log[0].kind == "open"
    with pytest.raises(OSError, match="cannot be read any more"):
        log[-1]
    assert "cannot be read any more" in log.backing.problem  # type: ignore[union-attr]
    paths[-1].write_bytes(data)
    assert log[-1].kind == "ping"
    assert log.backing.problem == ""  # type: ignore[union-attr]
    table = parquet.read_table(paths[0], partitioning=None)
    kinds = pa.array(["none"] * table.num_rows)
    parquet.write_table(table.set_column(table.schema.get_field_index("kind"), "kind", kinds), paths[0])
    with pytest.raises(OSError, match="has rows that are no messages"):
        list(kws.load(folder).messages)


def test_a_file_that_takes_the_name_of_another_is_not_read_for_it(folder: Path, tmp_path: Path) -> None:
    log = kws.load(folder).messages
    path = dataset.files_of(folder)[-1]
    assert log[0].kind == "open"
    before = path.read_bytes()
    parquet.write_table(parquet.read_table(path, partitioning=None).slice(1), path)
    for look in (lambda: log[-1], lambda: list(log.where("nothing"))):
        with pytest.raises(OSError, match="another file has its name now") as caught:
            look()
        assert caught.value.errno == errno.ESTALE
    path.write_bytes(before)
    assert log[-1].kind == "ping"


def test_files_of_others_are_read_at_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = dataset.files_of(folder)
    found = groups_of(paths)
    assert found is not None
    assert sum(group.rows for group in found[0]) == 2 * PAGE + 25
    assert kws.load(folder).messages.backing is not None
    monkeypatch.setattr(parquet_rows, "_LARGEST", 10)
    assert groups_of(paths) is None
    assert kws.load(folder).messages.backing is None
    monkeypatch.undo()
    monkeypatch.setattr(dataset, "_LARGE", 5)
    other = tmp_path / "other"
    other.mkdir()
    table = pa.table({"direction": ["sent"] * 9, "kind": ["text"] * 9, "text": ["a"] * 9})
    parquet.write_table(table, other / "a.parquet")
    assert kws.load(other).messages.backing is None
    both = tmp_path / "both"
    kws.save({"x": log_of(every_kind()), "y": log_of(every_kind())}, tmp_path / "both.jsonl")
    kws.load(tmp_path / "both.jsonl").to_parquet(both)
    assert list(kws.load(both).sessions) == ["x", "y"]
    paths[0].write_bytes(b"PAR1")
    with pytest.raises(kws.CaptureError, match="damaged"):
        kws.load(folder)
