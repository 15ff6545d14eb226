"""Which rows of a segment may contain a needle, and searching with a deadline."""

from __future__ import annotations

import re
import sys

import pytest

from kontena_ws_nb.log.filter import search
from kontena_ws_nb.log.filter.conditions import Contains, Matches
from kontena_ws_nb.log.filter.patterns import stoppable
from kontena_ws_nb.log.filter.search import Watch, candidates, holding
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol.frames import Batch
from tests.unit.log.rows_lab import apart, batch_of


@pytest.fixture(params=["together", "apart"], autouse=True)
def _received(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads back to back, and with something between them that looks like payload."""
    if request.param == "apart":
        monkeypatch.setattr(sys.modules[__name__], "as_received", apart)


def as_received(batch: Batch) -> Batch:
    return batch


def segment_of(*payloads: bytes) -> Segment:
    log = MessageLog()
    log.append(as_received(batch_of(*payloads)), 1)
    return log.segments()[0]


def contains(needle: bytes, *, folded: bool = False, others: tuple[bytes, ...] = (), negated: bool = False) -> Contains:
    return Contains(negated, needle, folded, others, None)


def test_rows_that_contain_a_needle() -> None:
    segment = segment_of(b"abc", b"xab", b"c", b"", b"ABC", b"aabcabc")
    assert candidates(contains(b"abc"), segment, 0, 6) == [0, 5]  # not across rows 1 and 2
    assert candidates(contains(b"abc"), segment, 1, 5) == []
    assert candidates(contains(b"abc", folded=True), segment, 1, 6) == [4, 5]
    assert candidates(contains(b"abc", others=(b"x",)), segment, 0, 6) == [0, 1, 5]


def test_a_needle_on_the_seam_of_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for piece in range(3, 12):
        monkeypatch.setattr(search, "_PIECE", piece)
        assert candidates(contains(b"abc"), segment_of(b"-" * 9 + b"abc", b"-" * 10 + b"ab"), 0, 2) == [0]


@pytest.mark.parametrize("dense", [1, 1000])
def test_dense_and_rare_hits_are_the_same(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_DENSE", dense)
    segment = segment_of(*(b"hit" if number % 3 else b"no" for number in range(50)))
    assert candidates(contains(b"hit"), segment, 0, 50) == [number for number in range(50) if number % 3]


def test_what_holds_and_what_does_not() -> None:
    segment = segment_of(b"abc", b"xyz", b"abcd")
    watch = Watch(lambda: 0.0)
    assert holding(contains(b"abc"), segment, range(3), 3, watch) == ([0, 2], 3)
    assert holding(contains(b"abc", negated=True), segment, range(3), 3, watch) == ([1], 3)
    pattern = Matches(False, b"", False, (), None, stoppable(re.compile("c$")))
    assert holding(pattern, segment, range(3), 3, watch) == ([0], 3)


def test_it_stops_when_the_time_is_up_but_looks_at_one_row() -> None:
    moments = iter(range(100))
    watch = Watch(lambda: float(next(moments)), deadline=2.0)
    pattern = Matches(False, b"", False, (), None, stoppable(re.compile("a")))
    segment = segment_of(*[b"a"] * 10)
    rows, stop = holding(pattern, segment, range(10), 10, watch)
    assert (list(rows), stop) == ([0, 1], 2)
    assert watch.slowest[1] == 1.0
    rows, stop = holding(pattern, segment, range(2, 10), 10, watch)
    assert (list(rows), stop) == ([2], 3)
