"""Which items of two sequences belong together."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.captures import alignment
from kontena_ws_nb.captures.alignment import align


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("", "", []),
        ("abc", "", []),
        ("", "abc", []),
        ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
        ("abcd", "acxd", [(0, 0), (2, 1), (3, 3)]),
        ("xaax", "xax", [(0, 0), (1, 1), (3, 2)]),
        ("aab", "ab", [(0, 0), (2, 1)]),
        ("abc", "cab", [(0, 1), (1, 2)]),
        ("aXbYc", "YaXbc", [(0, 1), (1, 2), (2, 3), (4, 4)]),
        ("hhh1hhh2hh", "hh2hhh1hhh", [(0, 0), (1, 1), (7, 2), (8, 8), (9, 9)]),
    ],
)
def test_align(before: str, after: str, pairs: list[tuple[int, int]]) -> None:
    assert align(before, after) == pairs


@given(st.lists(st.integers(0, 6), max_size=40), st.lists(st.integers(0, 6), max_size=40))
def test_pairs_are_equal_and_in_order(before: list[int], after: list[int]) -> None:
    pairs = align(before, after)
    assert all(before[at] == after[other] for at, other in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(pairs))


def test_between_far_anchors_the_same_distance_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_FEW", 2)
    assert align("xhhhhy", "zhihhw") == [(1, 1), (3, 3), (4, 4)]


def test_time_grows_with_the_length() -> None:
    chance = random.Random(1)
    before = [n if n % 3 else chance.randrange(20) for n in range(100_000)]
    after = [n for at, n in enumerate(before) if at % 101]
    begun = time.process_time()
    assert len(align(before, after)) == len(after)
    assert time.process_time() - begun < 10  # a quarter of a second; with the square of the length, hours
