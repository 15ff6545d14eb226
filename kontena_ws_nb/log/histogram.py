"""`Sizes`: how large received messages are, counted from the bounds of segments when somebody asks.

The reader thread counts nothing: 70 ns a message would be a tenth of its time. Any thread; a lock keeps two from
counting the same rows twice.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from itertools import compress
from operator import sub
from time import monotonic
from typing import TYPE_CHECKING, Final

from ..protocol.frames import BINARY, TEXT
from ..system import forks
from .kinds import KIND_MASK
from .segment import INCOMPLETE, SENT, Segment

if TYPE_CHECKING:
    from .sequence import Reading

#: Which rows are messages the server sent, by their flags; the part of one that was cut off is none.
_DATA: Final = bytes(flags & (SENT | INCOMPLETE | KIND_MASK) in (TEXT, BINARY) for flags in range(256))


#: Seconds that a call may read a file for: somebody waits for the answer.
_BUDGET: Final = 0.2


class Sizes:
    """The sizes of the received text and binary messages that a log keeps, by powers of two.

    Parameters
    ----------
    log : Reading
        What is counted.
    """

    def __init__(self, log: Reading) -> None:
        self._log = log
        self._lock = forks.lock()
        #: Sealed segments, oldest first: permanent index of the first row, and sizes by their number of bits.
        self._counted: deque[tuple[int, Counter[int]]] = deque()
        self._next = 0
        self._total: Counter[int] = Counter()
        self._generation = log.generation

    def histogram(self) -> dict[range, int]:
        """Count. Each row is looked at once: the first call costs 70 ns a row, a later one as much for what came since.

        Of a large file what can be read in `_BUDGET` seconds is counted; later calls go on.

        Returns
        -------
        dict of range → int
            How many messages have a size in the range; only ranges that have any, rising.
        """
        with self._lock:
            try:
                total = self._count()
            except BaseException:  # an interrupt, between two of the things noted: begin again
                self._restart()
                raise
        return {range(1 << bits - 1 if bits else 0, 1 << bits): total[bits] for bits in sorted(total)}

    def _restart(self) -> None:
        self._counted.clear()
        self._total.clear()
        self._next = 0
        self._generation = self._log.generation

    def _count(self) -> Counter[int]:
        if self._generation != self._log.generation:  # what was cleared may be back
            self._restart()
        still_open: Counter[int] = Counter()
        deadline = monotonic() + _BUDGET
        for segment in self._log.segments(self._next):
            if not segment.count or segment.first < self._next:
                continue  # without rows, or counted
            if self._log.backing is not None and monotonic() >= deadline:
                break
            counts = _count(segment)
            if segment.sealed:
                self._next = segment.first + segment.count
                self._counted.append((segment.first, counts))
                self._total.update(counts)
            else:
                still_open = counts
        while self._counted and self._counted[0][0] < self._log.first_index:
            self._total.subtract(self._counted.popleft()[1])
        return self._total + still_open


def _count(segment: Segment) -> Counter[int]:
    count = segment.count  # it may grow
    sizes: Iterable[int] = map(sub, segment.bounds[1 : count + 1], segment.starts)
    wanted = bytes(segment.flags[:count]).translate(_DATA)
    if 0 in wanted:
        sizes = compress(sizes, wanted)
    return Counter(map(int.bit_length, sizes))
