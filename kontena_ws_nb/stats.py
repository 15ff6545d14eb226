"""Counting what a session sends and receives.

What lives here: counters and their snapshot. What must not: the log. `received` is called by the reader thread, `sent` by senders
under their lock, `snapshot` by anybody.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from .wire.frames import BINARY, SENT, Batch

#: Seconds over which the rate is measured, and between two samples of it.
WINDOW: Final = 1.0
_SAMPLE: Final = 0.05


@dataclass(frozen=True)
class Stats:
    """Counts of a session at one moment. Sizes are payload bytes.

    Attributes
    ----------
    sent_messages, sent_bytes, received_messages, received_bytes : int
        Text and binary messages over all connections.
    dropped : int
        Rows that retention dropped from the log.
    rate : float
        Messages received per second, over the last second.
    latency : float or None
        Seconds of the latest pong.
    uptime : float or None
        Seconds the latest connection has lasted, or lasted.
    latency_p50, latency_p95, latency_p99 : float or None
        Seconds that half, 95 % and 99 % of the latest connection's pongs (the last 1,000) did not exceed.
    """

    sent_messages: int
    sent_bytes: int
    received_messages: int
    received_bytes: int
    dropped: int
    rate: float
    latency: float | None
    uptime: float | None
    latency_p50: float | None = None
    latency_p95: float | None = None
    latency_p99: float | None = None


class Counters:
    """The counters of one session.

    Parameters
    ----------
    clock : callable
        Monotonic seconds; replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent = [0, 0]
        self._received = [0, 0]
        self._lock = threading.Lock()
        # (moment, messages before it): enough for the window.
        self._samples: deque[tuple[float, int]] = deque(maxlen=int(2 * WINDOW / _SAMPLE))

    def received(self, batch: Batch) -> int:
        """Count a batch, if it is data the server sent.

        Parameters
        ----------
        batch : Batch
            Rows of one kind.

        Returns
        -------
        int
            Its payload bytes.
        """
        size = batch.size
        if batch.flags[0] & (SENT | 0x0F) <= BINARY:
            now = self._clock()
            if not self._samples or now - self._samples[-1][0] >= _SAMPLE:
                self._samples.append((now, self._received[0]))
            self._received[0] += len(batch)
            self._received[1] += size
        return size

    def sent(self, size: int) -> None:
        """Count a message that was sent.

        Parameters
        ----------
        size : int
            Its payload bytes.
        """
        with self._lock:
            self._sent[0] += 1
            self._sent[1] += size

    def snapshot(self, dropped: int, latencies: Sequence[float], uptime: float | None) -> Stats:
        """Tell the counts of this moment.

        Parameters
        ----------
        dropped : int
            Rows the log dropped.
        latencies : sequence of float
            Seconds of the latest pongs, oldest first.
        uptime : float, optional
            Seconds the connection has lasted.

        Returns
        -------
        Stats
        """
        since = self._clock() - WINDOW
        received = self._received[0]
        # The first sample inside the window tells how many came before it.
        before = next((count for moment, count in list(self._samples) if moment >= since), received)
        rate = (received - before) / WINDOW
        latest = latencies[-1] if latencies else None
        return Stats(self._sent[0], self._sent[1], received, self._received[1], dropped, rate, latest, uptime, *_percentiles(latencies))


def _percentiles(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Choose the nearest-rank percentiles 50, 95 and 99."""
    if not values:
        return None, None, None
    ordered = sorted(values)
    p50, p95, p99 = (ordered[max(0, -(-len(ordered) * rank // 100) - 1)] for rank in (50, 95, 99))
    return p50, p95, p99
