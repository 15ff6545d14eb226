"""Segments: rows back to back, published at once, sealed without a trace of what was preallocated."""

from __future__ import annotations

from array import array

import pytest

from kontena_ws_nb.log.kinds import CODES, KIND_MASK, KINDS
from kontena_ws_nb.log.segment import FRAGMENTED, ROW_BYTES, SEGMENT_BYTES, SEGMENT_ROWS, SENT, Segment, python_add_row
from tests.unit.log.rows_lab import BINARY, TEXT, adopted, batch_of, in_place


def test_kinds_fit_beside_the_flag_bits() -> None:
    assert all(code & KIND_MASK == code for code in KINDS)
    assert {KINDS[code] for code in CODES.values()} == set(CODES)


def test_an_open_segment_takes_rows_from_the_middle_of_a_batch() -> None:
    segment = Segment.empty(10, 100, 2)
    batch = batch_of(
        b"a",
        b"bc",
        b"",
        b"def",
        fragments={0: 9, 1: 2, 3: 4},
        flags=bytes((TEXT, TEXT | FRAGMENTED, BINARY, TEXT | SENT)),
    )
    segment.add(batch, 1, 4, 7)
    segment.add(batch_of(b"one"), 0, 1, 8)
    assert (segment.count, segment.size, segment.sealed) == (4, 8, False)
    assert [segment.payload(row) for row in range(4)] == [b"bc", b"", b"def", b"one"]
    assert list(segment.times[:4]) == [7, 7, 7, 8]
    assert bytes(segment.flags[:4]) == bytes((TEXT | FRAGMENTED, BINARY, TEXT | SENT, TEXT))
    assert segment.fragments == {0: 2, 2: 4}
    assert segment.payload(2, 2) == b"de"


def test_sealing_trims_and_leaves_the_old_one_readable() -> None:
    segment = Segment.empty(3, 5, 1)
    segment.add(batch_of(b"x" * 10, b"y"), 0, 2, 1)
    sealed = segment.seal()
    assert sealed.sealed
    assert (sealed.first, sealed.before, sealed.connection, sealed.count, sealed.size) == (3, 5, 1, 2, 11)
    assert (len(sealed.data), len(sealed.bounds), len(sealed.times), len(sealed.flags)) == (11, 3, 2, 2)
    assert segment.payload(0) == sealed.payload(0) == bytes(sealed.view(0))


def test_what_fits() -> None:
    segment = Segment.empty(0, 0, 1, size=10, rows=3)
    assert segment.fit(batch_of(b"1234", b"5678", b"90"), 0) == 3
    assert segment.fit(batch_of(b"1234", b"5678", b"901"), 0) == 2
    assert segment.fit(batch_of(b"12345678901"), 0) == 0
    assert segment.fit(batch_of(b"", b"", b"", b""), 0) == 3
    segment.add(batch_of(b"1234567890"), 0, 1, 1)
    assert segment.fit(batch_of(b"a", b"", b"b"), 0) == 0
    assert segment.fit(batch_of(b"a", b"", b"b"), 1) == 2  # the empty one still does
    assert segment.seal().fit(batch_of(b""), 0) == 0


def test_nothing_is_sealed() -> None:
    nothing = Segment.nothing(7, 70)
    assert (nothing.first, nothing.before, nothing.count, nothing.size, nothing.sealed) == (7, 70, 0, 0, True)


def test_a_large_batch_is_adopted_without_a_copy() -> None:
    batch = batch_of(b"z" * 70_000, b"!", fragments={1: 3})
    segment = Segment.adopt(0, 0, 1, batch, 5)
    assert segment.data is batch.data
    assert segment.sealed
    assert segment.fragments == {1: 3}
    assert bytes(segment.view(1)) == b"!"
    assert Segment.adopt(0, 0, 1, batch_of(b"a", flags=bytearray(b"\1")), 5).sealed


def test_an_exported_buffer_does_not_stop_the_writer() -> None:
    segment = Segment.empty(0, 0, 1)
    segment.add(batch_of(b"first", b"second"), 0, 2, 1)
    with memoryview(segment.data), memoryview(segment.bounds), memoryview(segment.times), memoryview(segment.flags):
        segment.add(batch_of(b"third", b"fourth"), 0, 2, 2)
        segment.add(batch_of(b"fifth"), 0, 1, 2)
    assert segment.payload(4) == b"fifth"


def test_a_row_costs_what_the_design_allows() -> None:
    segment = Segment.empty(0, 0, 1)
    segment.add(batch_of(*[b"12345678"] * SEGMENT_ROWS), 0, SEGMENT_ROWS, 1)
    sealed = segment.seal()
    held = len(sealed.data) + sealed.bounds.itemsize * len(sealed.bounds) + 8 * len(sealed.times) + len(sealed.flags)
    assert held - sealed.bounds.itemsize == SEGMENT_ROWS * (8 + 13)
    assert sealed.starts is sealed.bounds
    apart = in_place(*[b"x" * 126] * 1000)
    assert len(apart.data) + (4 + 4 + 8 + 1) * 1000 == 1000 * (126 + ROW_BYTES)
    assert ROW_BYTES <= 24
    assert SEGMENT_ROWS * 8 < SEGMENT_BYTES


def test_rows_where_they_were_received_have_headers_between_them() -> None:
    segment = in_place(b"one", b"", b"x" * 200, "é".encode())
    assert [segment.payload(row) for row in range(4)] == [b"one", b"", b"x" * 200, "é".encode()]
    assert [segment.size_before(row) for row in range(5)] == [0, 3, 3, 203, 205]
    assert (segment.size, bytes(segment.view(0)), segment.payload(2, 2)) == (205, b"one", b"xx")
    together = segment.seal()
    assert (together.data, list(together.bounds)) == (b"one" + b"x" * 200 + "é".encode(), [0, 3, 3, 203, 205])
    assert (together.size, together.headers, list(together.times)) == (205, 0, list(segment.times))


def test_segments_compare_by_identity() -> None:
    one, two = adopted(b"a"), adopted(b"a")
    assert one != two
    with pytest.raises(IndexError):
        one.payload(3)


def test_a_lone_row_is_added_as_any_other() -> None:
    segment = Segment.empty(10, 100, 2, size=8, rows=3)
    assert segment.add_one(b"one", TEXT, 7, 2)
    assert not segment.add_one(b"other", TEXT, 7, 1), "another connection"
    assert not segment.add_one(b"123456", TEXT, 7, 2), "too long"
    assert segment.add_one(bytearray(b"two"), BINARY | SENT, 8, 2)
    assert segment.add_one(b"", TEXT, 9, 2)
    assert not segment.add_one(b"", TEXT, 9, 2), "no row left"
    assert not segment.seal().add_one(b"", TEXT, 9, 2)
    assert [segment.payload(row) for row in range(segment.count)] == [b"one", b"two", b""]
    assert (list(segment.times), bytes(segment.flags)) == ([7, 8, 9], bytes((TEXT, BINARY | SENT, TEXT)))


def test_a_row_in_plain_python() -> None:
    data, bounds, times, flags = bytearray(4), array("I", (0, 0, 0)), array("q", (0, 0)), bytearray(2)
    assert python_add_row(data, bounds, times, flags, 0, b"abc", 7, TEXT)
    assert not python_add_row(data, bounds, times, flags, 1, b"de", 8, TEXT), "it does not fit"
    assert (bytes(data), list(bounds), list(times), bytes(flags)) == (b"abc\0", [0, 3, 0], [7, 0], bytes((TEXT, 0)))
