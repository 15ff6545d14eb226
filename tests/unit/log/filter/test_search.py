"""Which rows of a segment may contain a needle, and searching with a deadline."""

from __future__ import annotations

import re
import sys

import pytest

from kontena_ws_nb.log.filter import search
from kontena_ws_nb.log.filter.conditions import Condition, Contains, Matches
from kontena_ws_nb.log.filter.look import Look
from kontena_ws_nb.log.filter.patterns import stoppable
from kontena_ws_nb.log.filter.search import (
    All,
    Any,
    Node,
    OfBookmark,
    OfDecoder,
    OfFlags,
    OfLabel,
    OfNumber,
    OfPayload,
    Watch,
    ask,
)
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


def candidates(condition: Condition, segment: Segment, low: int, high: int) -> list[int]:
    return list(OfPayload(condition).find(segment, low, high)[0])


def test_rows_that_contain_a_needle() -> None:
    segment = segment_of(b"abc", b"xab", b"c", b"", b"ABC", b"aabcabc")
    assert candidates(contains(b"abc"), segment, 0, 6) == [0, 5]  # not across rows 1 and 2
    assert candidates(contains(b"abc"), segment, 1, 5) == []
    assert candidates(contains(b"abc", folded=True), segment, 1, 6) == [4, 5]
    assert candidates(contains(b"abc", others=(b"x",)), segment, 0, 6) == [0, 1, 5]


def test_a_needle_on_the_seam_of_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for piece in range(1, 14):  # also where a piece is shorter than the needle, which was looked for for ever
        monkeypatch.setattr(search, "_PIECE", piece)
        assert candidates(contains(b"abc"), segment_of(b"-" * 9 + b"abc", b"-" * 10 + b"ab"), 0, 2) == [0]


@pytest.mark.parametrize("dense", [1, 1000])
def test_dense_and_rare_hits_are_the_same(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_DENSE", dense)
    segment = segment_of(*(b"hit" if number % 3 else b"no" for number in range(50)))
    every = [number for number in range(50) if number % 3]
    assert candidates(contains(b"hit"), segment, 0, 50) == every
    assert (
        candidates(contains(b"hit", folded=True), segment, 7, 50) == every[4:]
    )  # in a copy that begins at the seventh


def matches(pattern: str) -> OfPayload:
    return OfPayload(Matches(False, b"", False, (), None, stoppable(re.compile(pattern))))


def test_what_holds_and_what_does_not() -> None:
    segment = segment_of(b"abc", b"xyz", b"abcd")
    watch = Watch(lambda: 0.0)
    assert OfPayload(contains(b"abc")).sift(segment, range(3)) == [0, 2]
    assert OfPayload(contains(b"abc", negated=True)).sift(segment, range(3)) == [1]
    assert matches("c$").sift(segment, range(3)) is None
    assert ask([matches("c$").holds], segment, range(3), 3, watch) == ([0], 3)


def test_it_stops_when_the_time_is_up_but_looks_at_one_row() -> None:
    moments = iter(range(100))
    watch = Watch(lambda: float(next(moments)), deadline=2.0)
    segment = segment_of(*[b"a"] * 10)
    rows, stop = ask([matches("a").holds], segment, range(10), 10, watch)
    assert (list(rows), stop) == ([0, 1], 2)
    assert watch.slowest[1] == 1.0
    rows, stop = ask([matches("a").holds], segment, range(2, 10), 10, watch)
    assert (list(rows), stop) == ([2], 3)


def test_what_is_escaped_is_looked_into_and_only_that() -> None:
    segment = segment_of(b"a/b", rb"a\/b", rb"\n", b"a")
    word = OfPayload(contains(b"a/b", others=(rb"\/",)))
    assert word.find(segment, 0, 4) == ([0, 1], False)  # the second has to be asked
    assert word.find(segment, 3, 4) == ([], True)
    assert word.sift(segment, [0, 1]) is None
    assert word.sift(segment, [3]) == []
    assert ask([word.asked], segment, [0, 1], 4, Watch(lambda: 0.0)) == ([0, 1], 4)


def test_escapes_of_latin_letters_hide_no_ascii() -> None:
    word = OfPayload(contains(b"abc", others=(rb"\u00",)))
    assert word.find(segment_of(rb"\u00f6 ab", b"abc"), 0, 2) == ([1], True)
    assert word.find(segment_of(rb"\u0061bc", rb"\u00f6", b"abc"), 0, 3) == ([0, 1, 2], False)


FLAGS = OfFlags(bytes([0, 1] * 128))
NUMBERS: list[tuple[Node, list[int]]] = [
    (OfNumber("size", 3, 3, False), [0, 2]),
    (OfNumber("size", 3, None, True), [1]),
    (OfNumber("index", 1, 2, False), [1, 2]),
    (OfNumber("time", 2, None, False), []),
    (OfNumber("connection", 1, 1, False), [0, 1, 2]),
    (OfNumber("connection", 2, None, False), []),
    (FLAGS, [0, 1, 2]),
    (OfFlags(bytes(256)), []),
]


@pytest.mark.parametrize(("node", "rows"), NUMBERS)
def test_columns_answer_all_at_once_and_alone(node: Node, rows: list[int]) -> None:
    segment = segment_of(b"abc", b"x", b"abd")
    assert [list(found) for found in (node.sift(segment, range(3)) or (), node.find(segment, 0, 3)[0])] == [rows, rows]
    assert node.find(segment, 0, 3)[1]
    looks = [Look(segment.payload(row), segment.flags[row], row, 1, 1) for row in range(3)]
    assert [row for row in range(3) if node.holds(looks[row])] == rows


def test_alternatives_are_all_looked_for_and_the_rarest_of_what_must_hold_leads() -> None:
    segment = segment_of(b"abc", b"x", b"abd", b"abc abd")
    word, other = OfPayload(contains(b"abc")), OfPayload(contains(b"d"))
    either = Any((word, other))
    assert (either.weight, either.cost, either.find(segment, 0, 4)) == (1, 2, ([0, 2, 3], True))
    both = All((word, other, FLAGS))
    assert (both.weight, both.cost, both.find(segment, 0, 4)) == (3, 2, ([3], True))
    assert either.sift(segment, range(4)) is None
    assert All((either, matches("c$"))).find(segment, 0, 4) == ([0, 2, 3], False)
    assert Any((word, matches("c$"))).weight == 0  # a pattern without a literal leads nowhere
    assert All((word, OfFlags(bytes(256)))).find(segment, 0, 4) == ((), True)
    assert All((word, OfNumber("size", 100, None, False), other)).find(segment, 0, 4) == ((), True)
    look = Look(b"abc", 1)
    assert (either.holds(look), both.holds(look), All(()).holds(look)) == (True, False, True)


def test_segments_that_nothing_decodes() -> None:
    segment = segment_of(b"a", b"b")
    segment.meanings = None
    assert segment.decoded_rows(2) is None
    assert OfDecoder(frozenset({"plain"}), False).find(segment, 0, 2) == ([], True)
    assert OfDecoder(frozenset({"plain"}), True).sift(segment, [0, 1]) == [0, 1]
    label = OfLabel(("a",), False, None, False)
    assert label.find(segment, 0, 2) == (range(2), False)
    assert ask([label.holds], segment, [0, 1], 2, Watch(lambda: 0.0)) == ([], 2)
    assert ask([OfDecoder(frozenset({"plain"}), False).holds], segment, [0, 1], 2, Watch(lambda: 0.0)) == ([], 2)


def test_a_segment_of_no_log_has_no_bookmarks() -> None:
    segment = Segment.alone(0, 0, 1, b"x", 1, 0)
    assert list(OfBookmark((), False, False).sift(segment, range(1))) == []
    assert list(OfBookmark((), False, True).sift(segment, range(1))) == [0]
