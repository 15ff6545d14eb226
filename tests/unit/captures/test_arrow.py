"""Parquet and Arrow files. That other readers open them is tested in tests/integration."""

from __future__ import annotations

import builtins
import importlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc, parquet

import kontena_ws_nb as kws
from kontena_ws_nb.captures import arrow
from kontena_ws_nb.captures.formats import ARROW, PARQUET
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import (
    SECRETS,
    START,
    Row,
    every_kind,
    handshake,
    log_of,
    record,
    row,
    rows,
    seen,
    there_and_back,
)

SUFFIXES = ("parquet", "arrow")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_row_comes_back(tmp_path: Path, suffix: str) -> None:
    assert there_and_back(tmp_path / f"a.{suffix}", every_kind()) == (every_kind(), ())


@settings(max_examples=40, deadline=None)
@given(listed=rows(), suffix=st.sampled_from(SUFFIXES))
def test_rows_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row], suffix: str) -> None:
    assert there_and_back(tmp_path_factory.getbasetemp() / f"any.{suffix}", listed) == (listed, ())


@pytest.mark.parametrize("known", [PARQUET, ARROW])
def test_what_is_known_of_sessions_comes_back(tmp_path: Path, known: Any) -> None:
    path = tmp_path / f"a{known.suffixes[0]}"
    for secrets in (True, False):
        saving = Saving(secrets)
        with path.open("wb") as file:
            known.write(file, [SessionRows(record(), log_of(every_kind()))], saving)
        assert saving.lost == ()
        capture = kws.load(path)
        if secrets:
            one, other = capture.records[0].connections[0], record().connections[0]
            assert one.handshake is not None
            assert (one.handshake.request, one.handshake.response) == (handshake().request, handshake().response)
            assert (one.handshake.timings, one.handshake.address) == (handshake().timings, handshake().address)
            assert (one.number, one.url, one.opened_ns, one.closed_ns, one.close) == (
                *(other.number, other.url, other.opened_ns, other.closed_ns, other.close),
            )
            assert one.certificate == other.certificate
            assert capture.records[0].started_ns == record().started_ns
        else:
            assert [secret for secret in SECRETS if secret.encode() in path.read_bytes()] == []
            assert "***" in capture.records[0].url


def test_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "_ROWS", 4)
    monkeypatch.setattr(arrow, "_BYTES", 200)
    path = tmp_path / "a.parquet"
    listed = every_kind()
    assert there_and_back(path, listed) == (listed, ())
    with parquet.ParquetFile(path) as opened:
        assert opened.num_row_groups == 5
    assert there_and_back(path, []) == ([], ())


def test_half_an_arrow_file_has_what_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "_ROWS", 4)
    path = tmp_path / "a.arrow"
    kws.save({"feed": log_of(every_kind())}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    capture = kws.load(path)
    assert seen(capture.messages) == every_kind()[: len(capture.messages)]
    assert 0 < len(capture.messages) < 17
    assert capture.problems == ("the rest cannot be read: it is damaged, or ends in the middle",)


def test_a_stream_and_half_a_parquet_file(tmp_path: Path) -> None:
    table = pa.table({"direction": ["sent"], "kind": ["text"], "text": ["hi"], "time": [1_700_000_000.5]})
    path = tmp_path / "a.bin"
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)
    capture = kws.load(path)
    assert [(one.text, one.time) for one in capture.messages] == [("hi", 1_700_000_000.5)]
    parquet.write_table(table, path)
    assert kws.load(path).messages[0].text == "hi"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(kws.CaptureError, match=r"damaged, or ends in the middle \(it was read as Parquet\)"):
        kws.load(path)


def columns(**more: Any) -> dict[str, Any]:
    return {
        "direction": ["sent", "received"],
        "kind": ["text", "binary"],
        "text": ["a", None],
        "data": [None, b"b"],
        **more,
    }


def written(path: Path, table: dict[str, Any], metadata: dict[bytes, bytes] | None = None) -> kws.Capture:
    made = pa.table(table)
    parquet.write_table(made.replace_schema_metadata(metadata), path)
    return kws.load(path)


def test_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = pa.array([START, START + 1]).cast(pa.timestamp("ns"))
    strange: dict[str, Any] = {
        "time": times,
        "connection": ["x", "y"],
        "fragments": [[1], [2]],
        "compressed": [5, None],
        "more": [{"a": 1}, None],
    }
    assert [one.data for one in written(path, columns(**strange)).messages] == ["a", b"b"]
    assert [one.time_ns for one in written(path, columns(time=times)).messages] == [START, START + 1]
    assert (
        written(path, columns(time=times.cast(pa.timestamp("ms"), safe=False))).messages[0].time_ns
        == START // 10**6 * 10**6
    )
    del strange["time"]
    texts = {
        "direction": ["sent", "sent"],
        "kind": ["binary", "text"],
        "data": ["AP8=", "a"],
        "encoding": ["base64", "utf-8"],
    }
    assert [one.data for one in written(path, texts).messages] == [b"\x00\xff", "a"]
    capture = written(path, columns(kind=["none", "text"], text=["a", "b"]))
    assert (len(capture.messages), capture.problems) == (
        1,
        ("a row is no message: it needs direction, kind, and text or data",),
    )
    assert len(written(path, columns(text=[None, None], data=[None, b"x"])).messages) == 1
    with pytest.raises(kws.CaptureError, match="it has no columns direction, kind, and text or data"):
        written(path, {"direction": ["sent"], "text": ["a"]})


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        (b"no JSON", 1),
        (b"{}", 1),
        (b"[5]", 0),
        (b'[{"name":"x","connections":5},{"name":"y","connections":[5]}]', 0),
        (
            b'[{"connections":[{"request":"GET","address":[1],"timings":{"dns":"x","tcp":1e999},"time":[],"close":[]}]}]',
            0,
        ),
        (b'[{"connections":[{"response":"HTTP","timings":5,"close":[1000,"x"],"certificates":["\\u00e9"]}]}]', 0),
    ],
)
def test_metadata_that_is_strange(tmp_path: Path, said: bytes, problems: int) -> None:
    capture = written(tmp_path / "a.parquet", columns(), {b"kontena_sessions": said})
    assert (len(capture.problems), len(capture.messages)) == (problems, 2)


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    kws.save({"feed": log_of([row("text", b"a", 0)])}, path)
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=missing)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    missing = "pyarrow"
    for act in (lambda: kws.load(path), lambda: kws.save({"feed": log_of([])}, path)):
        with pytest.raises(ImportError, match=r"pip install 'kontena_ws_nb\[data\]'"):
            act()
    missing = "numpy"
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        kws.load(path)
    assert path.stat().st_size


def test_other_errors_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kws.save({"feed": log_of([row("text", b"a", 0)])}, tmp_path / "a.parquet")
    monkeypatch.setattr(arrow, "_payload", lambda _said: builtins.int.no_such_thing)  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        kws.load(tmp_path / "a.parquet")
