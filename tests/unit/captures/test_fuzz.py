"""Damaged files of every format: what escapes is one clear error, and nothing takes long. Seeded; more with --slow."""

from __future__ import annotations

import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures.formats import FORMATS, Format
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import every_kind, log_of, record

#: Bytes that mean something to some format.
_TELLING = [
    b"\x00",
    b"\xff",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b":",
    b",",
    b"\n",
    b"-1",
    b"1e999",
    b"null",
    b"9" * 30,
    b"\\ud800",
    b"[" * 2000,
]
_WRITABLE = [one for one in FORMATS if one.write is not None]


def whole(known: Format, folder: Path) -> bytes:
    path = folder / f"whole{known.suffixes[0]}"
    with path.open("wb") as file:
        known.write(file, [SessionRows(record(), log_of(every_kind()))] * 1, Saving(True))  # type: ignore[misc]
    return path.read_bytes()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The same with some damage: bytes changed, inserted, left out, repeated, or the end cut off."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(found) + 1)
        what = chance.randrange(5)
        if what == 0 and at < len(found):
            found[at] = chance.randrange(256)
        elif what == 1:
            found[at:at] = chance.choice(_TELLING)
        elif what == 2:
            del found[at : at + chance.randrange(1, 40)]
        elif what == 3:
            found[at:at] = found[at : at + chance.randrange(1, 200)]
        else:
            del found[at:]
    return bytes(found)


def opened(path: Path) -> None:
    """Open it, and look at everything that is there."""
    try:
        capture = kws.load(path)
    except kws.CaptureError:
        return
    assert len(capture.problems) <= 21
    for one in capture.sessions.values():
        for message in one.messages:
            assert message.time_ns >= 0
            assert isinstance(message.text, str)
    assert repr(capture)
    capture._repr_mimebundle_()
    if capture.handshake is not None:
        capture.handshake.text()


@pytest.mark.parametrize("known", _WRITABLE, ids=lambda one: one.name)
def test_damaged_files(tmp_path: Path, known: Format, request: pytest.FixtureRequest) -> None:
    data = whole(known, tmp_path)
    path = tmp_path / f"damaged{known.suffixes[0]}"
    for seed in range(3000 if request.config.getoption("--slow") else 120):
        path.write_bytes(mutated(data, random.Random(seed)))
        try:
            opened(path)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_damaged_zips(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.har", whole(next(one for one in FORMATS if one.name == "HAR"), tmp_path))
    data = path.read_bytes()
    for seed in range(3000 if request.config.getoption("--slow") else 120):
        path.write_bytes(mutated(data, random.Random(seed)))
        opened(path)


def test_damaged_recordings(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "a.db"
    kws.save({"feed": log_of(every_kind())}, path)
    data = path.read_bytes()
    for seed in range(600 if request.config.getoption("--slow") else 40):
        path.write_bytes(mutated(data, random.Random(seed)))
        with suppress(kws.CaptureError):
            assert repr(kws.load(path))  # its rows are read when they are looked at
