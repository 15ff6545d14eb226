"""What readers have put on the rows that are shown: bookmarks, and what a cleared log can give back. Any thread."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

from ..log.bookmarks import Bookmark
from .comm_messages import MarkItem
from .shown import Shown, Sources

#: More than there are sources that can be merged: one that has something to give back is told apart from any other change.
_SCALE: Final = 64


def marks_state(sources: Sequence[Shown]) -> int:
    """Write a number that changes whenever bookmarks do, or whether something can be given back.

    Parameters
    ----------
    sources : sequence of Shown
        What is shown.

    Returns
    -------
    int
    """
    logs = [source.log for source in sources]
    changes = sum(log.bookmarks.generation + log.cleared_times for log in logs)
    return changes * _SCALE + sum(log.undoable > 0 for log in logs)


def marks(sources: Sources, named: Callable[[str], str]) -> list[MarkItem]:
    """List the bookmarks of the rows that are there, in the order of time.

    Parameters
    ----------
    sources : Sources
        What is shown.
    named : callable
        Writes a note for the page, which gets no secrets.

    Returns
    -------
    list of MarkItem
    """

    def of(source: Shown) -> Iterable[tuple[int, int, Bookmark]]:
        first = source.log.first_index
        kept = [one for one in source.log.bookmarks.values() if one.index >= first]
        return [(one.time_ns, sources.key(source, one.index), one) for one in kept]

    merged = heapq.merge(*map(of, sources))
    return [MarkItem(key, time // 1000, named(one.note) if one.note else "") for time, key, one in merged]


def frame_code(rows: Iterable[tuple[str, int]]) -> str:
    """Write Python that makes a DataFrame of some rows, and goes on doing so when the cell runs again.

    Parameters
    ----------
    rows : iterable of (str, int)
        Python that gives the log, and a permanent index; those of one log together and rising.

    Returns
    -------
    str
    """
    frames = [
        f'{log}.where("{_ranges([index for _, index in group])}").to_pandas(json=True)'
        for log, group in groupby(rows, lambda row: row[0])
    ]
    if len(frames) == 1:
        return f"frame = {frames[0]}\nframe"
    return 'import pandas\n\nframe = pandas.concat(\n    [\n{}\n    ]\n).sort_values("time")\nframe'.format(
        "\n".join(f"        {one}," for one in frames)
    )


def _ranges(indexes: list[int]) -> str:
    """Spell rows as a filter: ``#3,7..9``."""
    found: list[list[int]] = []
    for index in indexes:
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return "#" + ",".join(str(low) if low == high else f"{low}..{high}" for low, high in found)
