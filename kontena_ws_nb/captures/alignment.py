"""`align`: which items of two sequences belong together. Pure; any thread.

Items that stand once in both are the anchors (patience diff: https://bramcohen.livejournal.com/73318.html); between two
of them `difflib` looks for more where there are few, so that the time grows with the length and not with its square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import Final

#: Between two anchors so many items of each are compared with each other.
_FEW: Final = 500


def align(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Find what is the same in both, in the same order.

    Parameters
    ----------
    before, after : sequence of hashable
        The items.

    Returns
    -------
    list of (int, int)
        Positions in both, ascending.

    Examples
    --------
    >>> align("abcd", "acxd")
    [(0, 0), (2, 1), (3, 3)]
    """
    start = 0
    most = min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[len(before) - 1 - end] == after[len(after) - 1 - end]:
        end += 1
    found = [(at, at) for at in range(start)]
    found += _between(before, after, (start, len(before) - end), (start, len(after) - end))
    return [*found, *((len(before) - at, len(after) - at) for at in range(end, 0, -1))]


def _between(
    before: Sequence[Hashable], after: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at, other = left[0], right[0]
    for anchor, partner in [*_anchors(before, after, left, right), (left[1], right[1])]:
        found += _few(before, after, (at, anchor), (other, partner))
        if anchor < left[1]:
            found.append((anchor, partner))
        at, other = anchor + 1, partner + 1
    return found


def _anchors(
    before: Sequence[Hashable], after: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> list[tuple[int, int]]:
    """Find items that stand once in both, as many as keep their order (a longest increasing subsequence)."""
    once = Counter(before[left[0] : left[1]])
    there = Counter(after[right[0] : right[1]])
    where = {after[at]: at for at in range(*right) if there[after[at]] == 1}
    pairs = [(at, where[before[at]]) for at in range(*left) if once[before[at]] == 1 and before[at] in where]
    ends: list[int] = []  # the least end of an increasing run, by its length
    last: list[int] = []  # the pair it ends with
    came: list[int] = []  # what stands before each pair in its run
    for number, (_, partner) in enumerate(pairs):
        length = bisect_left(ends, partner)
        came.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(partner)
            last.append(number)
        else:
            ends[length], last[length] = partner, number
    chosen = []
    number = last[-1] if last else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = came[number]
    return chosen[::-1]


def _few(
    before: Sequence[Hashable], after: Sequence[Hashable], left: tuple[int, int], right: tuple[int, int]
) -> list[tuple[int, int]]:
    """Compare what stands between two anchors; of many the items at the same distance from the first."""
    if left[0] == left[1] or right[0] == right[1]:
        return []
    if max(left[1] - left[0], right[1] - right[0]) <= _FEW:
        matcher = SequenceMatcher(None, before[slice(*left)], after[slice(*right)], autojunk=False)
        return [
            (left[0] + block.a + at, right[0] + block.b + at)
            for block in matcher.get_matching_blocks()
            for at in range(block.size)
        ]
    pairs = zip(range(*left), range(*right), strict=False)
    return [(at, other) for at, other in pairs if before[at] == after[other]]
