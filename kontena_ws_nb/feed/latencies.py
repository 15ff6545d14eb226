"""`Latencies`: how long responses took, counted from requests that were sent and the first answer with the same id. Any thread.

Ids are those of `conversation.request_ids`. Rows are read once, incrementally, for at most `BUDGET` a turn; of a log with
more rows than can be read soon, the newest are. A received row is looked into only while a request waits.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ..conversation.request_ids import message_id
from ..log.kinds import KIND_MASK
from ..log.segment import INCOMPLETE, SENT
from ..log.sequence import Reading
from ..protocol.frames import BINARY, TEXT
from ..system import forks

#: Seconds of reading per turn.
BUDGET: Final = 0.03
#: Rows that are read from the end of a log that has more.
MOST: Final = 50_000
#: Requests that wait for a response, and response times that percentiles are of: the newest.
WAITING: Final = 1000
KEPT: Final = 2000
#: Flags of a row → 0: no message; 1: received; 2: sent.
_WAY: Final = bytes(
    (2 if flags & SENT else 1) if flags & (INCOMPLETE | KIND_MASK) in (TEXT, BINARY) else 0 for flags in range(256)
)


class Took(NamedTuple):
    """What has been found out so far."""

    #: From and to, microseconds, both included, and how many responses took so long; rising.
    counts: list[tuple[int, int, int]]
    #: Seconds: p50, p95, p99; empty without a pair.
    percentiles: list[float]
    #: Requests without a response, as far as they are remembered.
    waiting: int
    #: Rows that were not read, for there were too many.
    skipped: int
    #: Whether there is more to read.
    pending: bool


class Latencies:
    """The response times of one log.

    Parameters
    ----------
    log : Reading
        What is read.
    clock : callable, optional
        Seconds, rising.
    """

    def __init__(self, log: Reading, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._lock = forks.lock()
        self._restart()

    def _restart(self) -> None:
        self._generation = self._log.generation
        self._at = self._log.first_index
        self._skipped = 0
        self._waiting: OrderedDict[tuple[Any, ...], int] = OrderedDict()
        self._counts: Counter[int] = Counter()
        self._kept: deque[int] = deque(maxlen=KEPT)

    def read(self, budget: float = BUDGET) -> Took:
        """Read on, and tell what was found so far.

        Parameters
        ----------
        budget : float
            Seconds.

        Returns
        -------
        Took
            Pairs whose rows were dropped meanwhile count too, until `clear`.
        """
        with self._lock:
            if self._generation != self._log.generation:
                self._restart()
            stop = self._log.next_index
            first = max(self._at, self._log.first_index)
            if stop - first > MOST:
                self._skipped += stop - MOST - first
                first = stop - MOST
                self._waiting.clear()  # their responses may have been passed over
            self._at = first
            self._read(stop, self._clock() + budget)
            took = sorted(self._kept)
            ranks = [took[min(len(took) - 1, len(took) * share // 100)] / 1e6 for share in (50, 95, 99)] if took else []
            counts = [
                (1 << bits - 1 if bits else 0, (1 << bits) - 1, self._counts[bits]) for bits in sorted(self._counts)
            ]
            return Took(counts, ranks, len(self._waiting), self._skipped, self._at < stop)

    def _read(self, stop: int, deadline: float) -> None:
        try:
            for segment in self._log.segments(self._at):
                low, high = max(0, self._at - segment.first), min(segment.count, stop - segment.first)
                ways = bytes(segment.flags[:high]).translate(_WAY)
                for row in range(low, high):
                    if ways[row] == 2 or (ways[row] and self._waiting):
                        self._look(segment.first + row, ways[row] == 2)
                        if self._clock() >= deadline:
                            self._at = segment.first + row + 1
                            return
        except OSError:
            pass  # the file cannot be read; `Reading.problem` says why
        self._at = stop

    def _look(self, index: int, sent: bool) -> None:
        message = self._log.get(index)
        found = None if message is None else message_id(message)
        if message is None or found is None:
            return
        key = (message.connection, found.steps, found.value)
        if sent:
            self._waiting.setdefault(key, message.time_ns)
            if len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
        elif (asked := self._waiting.pop(key, None)) is not None:
            took = max(0, message.time_ns - asked) // 1000  # the clock may have been set back
            self._counts[took.bit_length()] += 1
            self._kept.append(took)

    def seconds(self) -> list[float]:
        """Read to the end, and list response times.

        Returns
        -------
        list of float
            Seconds, in the order of the responses; the newest 2,000.
        """
        while self.read(1.0).pending:
            pass
        with self._lock:
            return [took / 1e6 for took in self._kept]
