"""The functions in C and their twins in Python: the same results for the same bytes, also for hostile ones; and where there is no C."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kontena_ws_nb.errors import ProtocolError
from kontena_ws_nb.log import segment
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol import encode, frames, validation
from kontena_ws_nb.recording import writer
from kontena_ws_nb.system import speedups
from tests.lab import speedups as lab
from tests.lab.streams import frame

pytestmark = pytest.mark.peer("cc")


@pytest.fixture(scope="module")
def c() -> ModuleType:
    return lab.compiled()


# ---- which one is used


def test_the_compiled_ones_are_used_where_they_were_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(speedups.PURE, raising=False)
    assert speedups.load("kontena_ws_nb.system.no_such_module") is None
    assert speedups.load("array") is sys.modules["array"]
    monkeypatch.setenv(speedups.PURE, "1")
    assert speedups.load("array") is None


@pytest.mark.parametrize("pure", ["", "1"])
def test_both_ways_a_message_goes_there_and_back(pure: str, c: ModuleType) -> None:
    """In a process each, with what stands in the checkout as if it had been built with the package."""
    program = f"""
import importlib.machinery, importlib.util, sys
name = "kontena_ws_nb.system._speedups"
class Finder:
    def find_spec(self, wanted, path=None, target=None):
        if wanted == name:
            loader = importlib.machinery.ExtensionFileLoader(name, {c.__file__!r})
            return importlib.util.spec_from_file_location(name, {c.__file__!r}, loader=loader)
sys.meta_path.insert(0, Finder())
import kontena_ws_nb as kws
from kontena_ws_nb.log import segment
from kontena_ws_nb.protocol import encode, frames, validation
from kontena_ws_nb.recording import writer
used = [segment.add_row, encode.frame, validation.utf8_end, frames.walk, writer.run]
print([type(function).__name__ for function in used])
with kws.connect("demo") as session:
    for text in ("a", "ä" * 200, "€" * 70_000):
        session.send(text)
        assert session.read().text == text
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, speedups.PURE: pure},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    kind = "function" if pure else "builtin_function_or_method"
    assert done.stdout.strip() == str([kind] * 5)


# ---- UTF-8

#: Bytes at which decisions change.
tricky = st.sampled_from(
    [*b"\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf4\xf5\xff"]
)
texts = st.one_of(
    st.lists(tricky, max_size=12).map(bytes),
    st.text(max_size=30).map(str.encode),
    st.builds(
        lambda before, text, after: b"x" * before + text + b"y" * after,
        st.integers(0, 200),
        st.lists(tricky, max_size=6).map(bytes),
        st.integers(0, 200),
    ),
    st.binary(max_size=300),
)


def _verdict(look: Any, data: bytes, start: int, stop: int, final: bool) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(validation, "utf8_end", look)
        try:
            return validation.check_utf8(bytearray(data), start, stop, final)
        except ProtocolError as error:
            return str(error)


@given(texts, st.booleans(), st.data())
@example(b"\xed\xa0\x80", True, None)
@example(b"\xf4\x90\x80\x80", True, None)
@example(b"x" * 70_000 + b"\xe2\x82", False, None)
def test_text_is_judged_alike(data: bytes, final: bool, draw: st.DataObject | None) -> None:
    start = 0 if draw is None else draw.draw(st.integers(0, len(data)))
    stop = len(data) if draw is None else draw.draw(st.integers(start, len(data)))
    python = _verdict(validation.python_utf8_end, data, start, stop, final)
    assert _verdict(lab.compiled().utf8_end, data, start, stop, final) == python


@given(texts)
def test_what_is_told_to_be_utf8_is(data: bytes) -> None:
    end = lab.compiled().utf8_end(data, 0, len(data))
    data[:end].decode()
    try:
        data.decode()
        valid = len(data)
    except UnicodeDecodeError as error:
        valid = error.start
    assert end == valid


@pytest.mark.parametrize("span", [(-1, 5), (3, 2), (9, 5), (0, 1 << 62), (1 << 62, 1 << 62)])
def test_a_look_stays_inside_the_buffer(c: ModuleType, span: tuple[int, int]) -> None:
    assert c.utf8_end(b"text", *span) in (span[0], 4)


# ---- walking

#: Frames, and what looks like some.
pieces = st.one_of(
    st.builds(frame, st.sampled_from([1, 2, 9]), st.binary(max_size=130)),
    st.builds(frame, st.just(1), st.sampled_from([b"x" * size for size in (125, 126, 127, 65535, 65536, 65537)])),
    st.lists(st.sampled_from([0x81, 0x82, 0x7E, 0x7F, 0xFE, 0xFF, 0, 1, 125, 0x80]), max_size=12).map(bytes),
)


@given(st.lists(pieces, min_size=1, max_size=8).map(b"".join), st.integers(0, 20), st.data())
def test_frames_are_found_alike(stream: bytes, behind: int, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, max(0, min(20, len(stream) - 1))))
    stop = draw.draw(st.one_of(st.just(len(stream)), st.integers(at, len(stream))))
    most = draw.draw(st.sampled_from([None, 0, 100, 65536, 1 << 40]))
    found = []
    for walk in (frames.python_walk, lab.compiled().walk):
        buffer = bytearray(stream) + bytes(frames.SLACK + behind)
        starts, ends = list[int](), list[int]()
        found.append((walk(buffer, at, stop, starts, ends, most), starts, ends, buffer))
        frames.restore(buffer, stream[at], starts, ends) if starts else None
        assert buffer[: len(stream)] == stream
    assert found[0] == found[1]


@given(st.binary(max_size=20), st.integers(-2, 22), st.integers(-2, 1 << 40))
def test_a_walk_stays_inside_the_buffer(stream: bytes, at: int, stop: int) -> None:
    buffer, starts, ends = bytearray(stream), list[int](), list[int]()
    end = lab.compiled().walk(buffer, at, stop, starts, ends, None)
    assert end == (ends[-1] if ends else at)
    assert all(0 <= start <= end <= len(stream) for start, end in zip(starts, ends, strict=True))


def test_a_walk_takes_what_it_says_it_takes(c: ModuleType) -> None:
    with pytest.raises(TypeError):
        c.walk(b"\x81\x00", 0, 2, [], [], None)  # cannot be written
    with pytest.raises(TypeError):
        c.walk(bytearray(b"\x81\x00"), 0, 2, (), [], None)
    with pytest.raises(OverflowError):
        c.walk(bytearray(b"\x81\x00"), 0, 2, [], [], -1)


# ---- frames


@given(st.integers(0, 255), st.binary(min_size=4, max_size=4), st.data())
def test_frames_are_built_alike(first: int, key: bytes, draw: st.DataObject) -> None:
    size = draw.draw(st.one_of(st.integers(0, 300), st.sampled_from([65535, 65536, 70_001])))
    payload = bytes(range(256)) * (size // 256 + 1)
    for data in (payload[:size], memoryview(payload)[1 : size + 1]):
        assert lab.compiled().frame(first, data, key) == encode.python_frame(first, data, key)


@pytest.mark.parametrize("arguments", [(256, b"", b"1234"), (1, b"", b"123"), (1, "text", b"1234"), (1, b"", 4)])
def test_no_frame_is_built_of_anything_else(c: ModuleType, arguments: Any) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        c.frame(*arguments)


# ---- rows


@given(st.lists(st.binary(max_size=30), max_size=12), st.integers(0, 2**63 - 1), st.integers(0, 255))
def test_rows_are_written_alike(payloads: list[bytes], time_ns: int, code: int) -> None:
    columns = []
    for add in (segment.python_add_row, lab.compiled().add_row):
        one = Segment.empty(0, 0, 1, 100, 8)
        taken = [
            add(one.data, one.bounds, one.times, one.flags, row, payload, time_ns, code)
            for row, payload in enumerate(payloads[:8])
        ]
        columns.append((taken, one.data, one.bounds, one.times, one.flags))
    assert columns[0] == columns[1]


def test_no_row_is_written_outside(c: ModuleType) -> None:
    def add(row: int, data: int = 8, begin: int = 0, payload: bytes = b"1234") -> bool:
        bounds = array("I", [begin] * 3)
        taken: bool = c.add_row(bytearray(data), bounds, array("q", [0, 0]), bytearray(2), row, payload, 1, 1)
        return taken

    assert add(0)
    assert add(1)
    assert not add(2)
    assert not add(-1)
    assert not add(0, data=3)
    assert not add(0, begin=5)
    assert not add(0, begin=2**32 - 1)


def test_no_row_is_written_into_anything_else(c: ModuleType) -> None:
    good: list[Any] = [bytearray(8), array("I", [0, 0]), array("q", [0]), bytearray(1), 0, b"x", 1, 1]
    assert c.add_row(*good)
    for place, bad in enumerate((b"12345678", array("q", [0, 0]), array("I", [0]), b"1", "0", "x", "1", None)):
        with pytest.raises((TypeError, BufferError)):
            c.add_row(*good[:place], bad, *good[place + 1 :])
    with pytest.raises(TypeError):
        c.add_row(*good[:7])


# ---- building


class _App:
    def __init__(self) -> None:
        self.warned: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warned.append(text)


def _build(monkeypatch: pytest.MonkeyPatch, version: str = "standard") -> tuple[dict[str, Any], list[str], Any]:
    hook, app = lab.hook(), _App()
    builder = hook.CustomBuildHook(str(lab.ROOT), {}, None, None, "", "wheel", app=app)
    monkeypatch.setattr(type(builder), "app", app)
    data: dict[str, Any] = {"force_include": {}}
    builder.initialize(version, data)
    return data, app.warned, builder


def _notebooks() -> dict[str, str]:
    found = sorted((lab.ROOT / "notebooks").glob("[0-9]*.ipynb"))
    return {str(path): f"kontena_ws_nb/demo/notebooks/{path.name}" for path in found}


def test_a_build_adds_it_where_it_can_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(speedups.PURE, raising=False)
    data, warned, builder = _build(monkeypatch)
    *notebooks, (built, place) = data["force_include"].items()
    assert dict(notebooks) == _notebooks()
    assert Path(built).is_file()
    assert place.startswith("kontena_ws_nb/system/_speedups.")
    assert data["pure_python"] is False
    assert "-abi3-" in data["tag"] or sys.version_info < (3, 11)
    assert warned == []
    builder.finalize("standard", data, "")
    assert not Path(built).exists()


@pytest.mark.parametrize("without", ["a compiler", "being wanted"])
def test_a_build_goes_on_without(monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    monkeypatch.delenv(speedups.PURE, raising=False)
    if without == "a compiler":
        monkeypatch.setenv("CC", "/no/such/compiler")
    else:
        monkeypatch.setenv(speedups.PURE, "1")
    data, warned, builder = _build(monkeypatch)
    assert data == {"force_include": _notebooks()}
    assert "pure Python" in warned[0]
    builder.finalize("standard", data, "")


# ---- where the payloads of rows are

rows = st.lists(
    st.tuples(
        st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.sampled_from([-(2**63), 0, 1]), st.integers(0, 1)
    ),
    min_size=1,
    max_size=40,
)


def _columns(given: list[tuple[int, int, int, int]]) -> tuple[array[int], array[int], array[int], bytes]:
    """Starts, ends, times and flags."""
    starts = [min(one, other) for one, other, _, _ in given]
    ends = [max(one, other) for one, other, _, _ in given]
    times, flags = [time_ns for *_, time_ns, _ in given], bytes(code for *_, code in given)
    return array("I", starts), array("I", ends), array("q", times), flags


@given(rows, st.data())
def test_runs_are_written_down_alike(given: list[tuple[int, int, int, int]], draw: st.DataObject) -> None:
    columns = _columns(given)
    low = draw.draw(st.integers(0, len(given) - 1))
    high = draw.draw(st.integers(low + 1, len(given)))
    found = lab.compiled().run(*columns, low, high)
    assert found == writer.python_run(*columns, low, high)
    stop, text, size = found
    assert {given[row][2:] for row in range(low, stop)} == {given[low][2:]}
    assert stop == high or given[stop][2:] != given[low][2:]
    places = [(number & 0xFFFFFFFF, number >> 32) for number in json.loads(text)]
    assert places == list(zip(columns[0][low:stop], columns[1][low:stop], strict=True))
    assert size == sum(end - start for start, end in places)


@pytest.mark.parametrize(("low", "high"), [(0, 3), (-1, 1), (1, 1), (2, 1), (0, 2**62)])
def test_of_rows_that_are_not_there_nothing_is_written(c: ModuleType, low: int, high: int) -> None:
    with pytest.raises(IndexError, match="no such rows"):
        c.run(*_columns([(0, 1, 0, 1), (1, 2, 0, 1)]), low, high)
    with pytest.raises(TypeError):
        c.run(None, None, None, None, low, high)
