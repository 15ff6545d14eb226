"""`Folded`: an order in which every run of pings and pongs is one row. Called with the feed's lock held.

An idle connection keeps itself alive with a ping and a pong every few seconds, which say nothing one by one. Rows are
only marked, never left out: a run costs 24 bytes, a row nothing. A run takes the position of its first row and keeps
it while it grows; positions of what comes after it are never changed, for only the last run of a view can grow.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ..log.kinds import CODES, KIND_MASK
from ..log.sequence import Reading
from .row_index import Order
from .shown import KEY_BITS, split

#: A row's flags to 1 for a ping or a pong, else 0.
_MARKS: Final = bytes(flags & KIND_MASK in (CODES["ping"], CODES["pong"]) for flags in range(256))
_RUN: Final = re.compile(b"\x01+")
#: Rows that are looked at in one piece.
_CHUNK: Final = 65_536
#: Runs of dropped rows are forgotten in batches of this many.
_PRUNE: Final = 65_536


class Run(NamedTuple):
    """Rows that are shown as one.

    Parameters
    ----------
    rows : int
        How many; at least 2.
    last : int
        Key of the last; the row that stands for them is the first.
    """

    rows: int
    last: int


class Folded:
    """An order over another one that folds runs of pings and pongs.

    Parameters
    ----------
    every : Order
        The order of every row; nothing in it is left out.
    logs : mapping of int to Reading
        The logs by their numbers in the rows' keys.
    """

    def __init__(self, every: Order, logs: Mapping[int, Reading]) -> None:
        #: The order of every row.
        self.every = every
        self._logs = logs
        self._done = every.range()[0]  # rows of `every` before this one have been looked at
        self._start = self._end = -1  # of the last run, also of one row alone
        # Of each run of two rows or more: where it is here, where it begins in `every`, and the rows hidden up to its end.
        self._at, self._starts, self._hidden = array("Q"), array("Q"), array("Q")
        self._before = 0  # rows that were hidden by runs that are forgotten

    @property
    def pending(self) -> bool:
        """As `Order.pending`."""
        return self.every.pending

    @property
    def stopped(self) -> str:
        """As `Order.stopped`."""
        return self.every.stopped

    @property
    def base(self) -> int:
        """As `Order.base`."""
        return self._here(self.every.base)

    @property
    def stale(self) -> bool:
        """As `Order.stale`."""
        return self.every.stale

    @property
    def settling(self) -> float:
        """As `Order.settling`."""
        return self.every.settling

    @property
    def worth_waiting(self) -> bool:
        """As `Order.worth_waiting`."""
        return self.every.worth_waiting

    # ---- folding

    def step(self, deadline: float) -> None:
        """As `Order.step`."""
        self.every.step(deadline)

    def _look(self) -> int:
        """Fold what came; flags are searched at a gigabyte a second. Tells the first position of `every` that is kept."""
        first, stop = self.every.range()
        self._done = max(self._done, first)  # dropped before it was looked at
        while self._done < stop:
            end = min(stop, self._done + _CHUNK)
            marked = self._marked(self._done, end)
            if 1 in marked:  # a byte is looked for thirty times as fast
                for run in _RUN.finditer(marked):
                    self._add(self._done + run.start(), self._done + run.end())
            self._done = end
        self._forget(first)
        return first

    def _marked(self, first: int, stop: int) -> bytes:
        keys = self.every.keys(first, stop)
        if len(self._logs) == 1:
            return _marks(next(iter(self._logs.values())), keys[0], keys[-1] + 1)
        control: set[int] = set()
        for number, log in self._logs.items():
            own = [key for key in keys if key >> KEY_BITS == number]
            if own:
                low, high = split(own[0])[1], split(own[-1])[1]
                control.update(own[0] + at for at, mark in enumerate(_marks(log, low, high + 1)) if mark)
        return bytes(map(control.__contains__, keys))

    def _add(self, start: int, end: int) -> None:
        if start != self._end:
            self._start = start
        self._end = end
        count = end - self._start
        if count < 2:
            return
        if self._starts and self._starts[-1] == self._start:
            self._hidden.pop()
        else:
            self._at.append(self._start - self._hidden_before(len(self._starts)))
            self._starts.append(self._start)
        self._hidden.append(self._hidden_before(len(self._hidden)) + count - 1)

    def _hidden_before(self, run: int) -> int:
        return self._hidden[run - 1] if run else self._before

    def _forget(self, first: int) -> None:
        """Forget the runs whose rows were dropped, once there are many; positions stay."""
        gone = bisect_right(self._starts, first) - 1
        if gone >= _PRUNE:
            self._before = self._hidden[gone - 1]
            del self._at[:gone], self._starts[:gone], self._hidden[:gone]

    # ---- looking

    def _here(self, position: int) -> int:
        """Where a row of `every` is here: in its run, if it is in one."""
        run = bisect_right(self._starts, position) - 1
        if run < 0:
            return position - self._before
        return max(self._at[run], position - self._hidden[run])

    def _there(self, position: int) -> int:
        """Where the first row is in `every` that is shown here at a position."""
        return position + self._hidden_before(bisect_left(self._at, position))

    def range(self) -> tuple[int, int]:
        """As `Order.range`. A run is there as long as one of its rows is kept."""
        return self._here(min(self._look(), self._done)), self._done - self._hidden_before(len(self._hidden))

    def spread(self, first: int, stop: int) -> tuple[int, int]:
        """Say which positions of `every` some positions stand for.

        Parameters
        ----------
        first, stop : int
            Positions here.

        Returns
        -------
        (int, int)
            Positions there, of all the rows in between.
        """
        return self._there(first), min(self._done, self._there(stop))

    def keys(self, first: int, stop: int) -> Sequence[int]:
        """As `Order.keys`: of a run the key of the first row that is kept."""
        found: list[int] = []
        low, at = self._look(), first
        for run in range(bisect_left(self._at, first), bisect_left(self._at, stop)):
            before = self._hidden_before(run)
            found += self.every.keys(at + before, self._at[run] + before)
            one = max(self._starts[run], min(low, self._stop(run) - 1))
            found += self.every.keys(one, one + 1)
            at = self._at[run] + 1
        there = self._there(at)
        return [*found, *self.every.keys(there, there + max(0, stop - at))]

    def _stop(self, run: int) -> int:
        """One past a run's last row in `every`."""
        return self._starts[run] + self._hidden[run] - self._hidden_before(run) + 1

    def position(self, key: int) -> int | None:
        """As `Order.position`: of a row in a run, where the run is."""
        self._look()
        position = self.every.position(key)
        return None if position is None else self._here(position)

    def runs(self, first: int, stop: int) -> dict[int, Run]:
        """List the runs between two positions.

        Parameters
        ----------
        first, stop : int
            Positions.

        Returns
        -------
        dict
            Positions, and what is folded there; a run of which retention left one row is none.
        """
        low, found = self._look(), {}
        for run in range(bisect_left(self._at, first), bisect_left(self._at, stop)):
            end = self._stop(run)
            count = end - max(self._starts[run], low)
            if count > 1:
                found[self._at[run]] = Run(count, self.every.keys(end - 1, end)[0])
        return found


def _marks(log: Reading, first: int, stop: int) -> bytes:
    """Mark the pings and pongs among rows of a log; rows that were dropped are none."""
    found = bytearray(stop - first)
    if log.backing is not None and first < (kept := log.in_memory()):
        try:
            for index in log.backing.controls(first, min(stop, kept)):
                found[index - first] = 1
        except OSError:  # `Reading.problem` tells; what cannot be read is not folded
            pass
    for segment in log.segments(max(first, log.in_memory())):
        low, high = max(first, segment.first), min(stop, segment.first + segment.count)
        if low >= high:
            break
        found[low - first : high - first] = bytes(segment.flags[low - segment.first : high - segment.first]).translate(
            _MARKS
        )
    return bytes(found)
