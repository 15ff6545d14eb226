"""Folders of Parquet files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import dataset
from kontena_ws_nb.captures.formats import HAR
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import SECRETS, Row, every_kind, log_of, record, row, seen

HOUR = 3600 * 10**9
LISTED: list[Row] = [*every_kind(), row("text", b"an hour later", HOUR), row("text", b"a day later", 24 * HOUR)]


@pytest.fixture
def capture(tmp_path: Path) -> kws.Capture:
    with (tmp_path / "a.har").open("wb") as file:
        HAR.write(file, [SessionRows(record(), log_of(LISTED))], Saving(True))  # type: ignore[misc]
    return kws.load(tmp_path / "a.har")


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in dataset.files_of(folder)]


def test_a_folder_for_each_hour(capture: kws.Capture, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    saved = capture.to_parquet(folder, secrets=True)
    # In a HAR, the rows of the second connection come after those of the first: their hour is begun once more.
    assert names(folder) == [
        "hour=2023-11-14-22/part-000000.parquet",
        "hour=2023-11-14-22/part-000003.parquet",
        "hour=2023-11-14-23/part-000001.parquet",
        "hour=2023-11-15-22/part-000002.parquet",
    ]
    assert saved.messages == len(LISTED)
    assert saved.bytes == sum(path.stat().st_size for path in dataset.files_of(folder))
    again = kws.load(folder)
    assert (again.format, list(again.sessions), again.problems) == ("Parquet", ["feed"], ())
    assert sorted(one["payload"] for one in seen(again.messages)) == sorted(one["payload"] for one in LISTED)
    assert again.handshake == capture.handshake


def test_other_partitions(capture: kws.Capture, tmp_path: Path) -> None:
    capture.to_parquet(tmp_path / "days", partition_by="day")
    assert {name.partition("/")[0] for name in names(tmp_path / "days")} == {"day=2023-11-14", "day=2023-11-15"}
    capture.to_parquet(tmp_path / "one", partition_by=None)
    assert names(tmp_path / "one") == ["part-000000.parquet"]
    data = (tmp_path / "one" / "part-000000.parquet").read_bytes()
    assert [secret for secret in SECRETS if secret.encode() in data] == []
    with pytest.raises(ValueError, match="partition_by is hour, day or None, got 'week'"):
        capture.to_parquet(tmp_path / "weeks", partition_by="week")  # type: ignore[arg-type]
    (tmp_path / "empty.jsonl").touch()
    kws.load(tmp_path / "empty.jsonl").to_parquet(tmp_path / "none")
    assert names(tmp_path / "none") == []


def test_what_is_there_stays(capture: kws.Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    for path in (tmp_path / "full", tmp_path / "full" / "mine"):
        with pytest.raises(FileExistsError, match="there is something already"):
            capture.to_parquet(path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr(dataset, "batches_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        capture.to_parquet(tmp_path / "data")
    assert sorted(os.listdir(tmp_path)) == before


def test_damaged_parts(capture: kws.Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    capture.to_parquet(folder, partition_by="day")
    (folder / ".hidden.parquet").touch()
    (folder / "other.txt").touch()
    last = dataset.files_of(folder)[-1]
    last.write_bytes(last.read_bytes()[:-20])
    found = kws.load(folder)
    assert 0 < len(found.messages) < len(LISTED)
    assert found.problems == ("the rest cannot be read: it is damaged, or ends in the middle",)
    for path in dataset.files_of(folder):
        path.write_bytes(b"")
    with pytest.raises(kws.CaptureError, match=r"damaged, or ends in the middle \(it was read as Parquet\)"):
        kws.load(folder)
    monkeypatch.setattr(dataset, "_MOST", 1)
    with pytest.raises(kws.CaptureError, match="more than 1 files"):
        kws.load(folder)


def test_a_tree_of_folders_is_not_walked_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "_FOLDERS", 3)
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(kws.CaptureError, match="it has more than 3 folders below it"):
        kws.load(tmp_path)
