"""How the formats are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import formats
from kontena_ws_nb.captures.formats import FORMATS, RECORDING, by_suffix, recognize
from kontena_ws_nb.recording.schema import OTHER_SUFFIXES
from tests.unit.captures.capture_lab import log_of, row


@pytest.mark.parametrize("known", [one for one in FORMATS if one.writable], ids=lambda one: one.name)
def test_the_content_says_what_a_file_is(tmp_path: Path, known: formats.Format) -> None:
    path = tmp_path / f"a{known.suffixes[0]}"
    kws.save({"feed": log_of([row("text", b"a", 0)])}, path)
    for suffix in ("", ".txt", ".csv", ".har", ".parquet"):
        wrong = tmp_path / f"b{suffix}"
        wrong.write_bytes(path.read_bytes())
        capture = kws.load(wrong)
        assert (capture.format, capture.messages[0].text) == (known.name, "a")


@pytest.mark.parametrize("known", FORMATS, ids=lambda one: one.name)
def test_the_suffix_says_it_of_an_empty_file(known: formats.Format) -> None:
    for suffix in known.suffixes:
        assert by_suffix(suffix.upper()) is known
        assert recognize(b"", suffix) is known
    assert known.lacks


def test_a_recording_is_not_begun_under_a_name_that_says_another_format() -> None:
    assert {suffix for one in FORMATS if one is not RECORDING for suffix in one.suffixes} == OTHER_SUFFIXES


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'\xef\xbb\xbf {"log": {', "HAR"),
        (b'{"_id":"x","requestId"', None),
        (b'{"_id":"x","requestId":', "Insomnia log"),
        (b'{"message":{', "ZAP messages"),
        (b'[{"opcodeString":', "ZAP messages"),
        (b'{"kind":"text","data":"' + b"x" * 100, None),
        (b'{"kind":"text","direction":"' + b"x" * 100, "JSON Lines"),
        (b'{"type":"send","opcode":1,"data":', "Playwright messages"),
        (b'\xef\xbb\xbf"direction","kind","data"\r\n', "CSV"),
        (b"direction;kind;data\n", None),
        (b"[]", None),
        (b"{}", None),
        (b"[5]", None),
        (b"5", None),
        (b"nothing", None),
        (b"12:9:", "mitmproxy flows"),
        (b"PK\x03\x04", "HAR"),
        (b"\xff\xff\xff\xff", "Arrow"),
    ],
)
def test_the_beginning_says_it(head: bytes, name: str | None) -> None:
    found = recognize(head, "")
    assert (None if found is None else found.name) == name
