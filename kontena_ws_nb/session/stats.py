"""`Stats` and `Counters`: how much a session sends and receives.

Received messages are counted per batch, not one by one. `Counters.received` is called by the reader thread,
`Counters.sent` by senders, `Counters.snapshot` by any thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass
from functools import cached_property
from typing import Final, Protocol

from ..log.histogram import Sizes
from ..log.sequence import Reading
from ..protocol.frames import BINARY, INCOMPLETE, OPCODE, SENT, Batch
from ..system import forks

#: Windows of the rates, in seconds, each with the seconds between two samples.
_WINDOWS: Final = {1.0: 0.05, 60.0: 1.0}


@dataclass(frozen=True)
class Stats:
    """Counts of a session at one moment, over all its connections. Sizes are in bytes.

    Attributes
    ----------
    sent_messages, sent_bytes, received_messages, received_bytes : int
        Text and binary messages, and their payloads.
    dropped : int
        Rows that the log dropped because it was full.
    rate : float
        Messages received per second, over the last second.
    latency : float or None
        Seconds of the latest pong.
    uptime : float or None
        Seconds the latest connection has been open; after its end, how long it lasted.
    latency_p50, latency_p95, latency_p99 : float or None
        Seconds that half, 95 % and 99 % of the latest connection's pongs (the last 1,000) did not exceed.
    rate_60s : float
        Messages received per second, over the last minute, or since the session was made if that is less.
    byte_rate, byte_rate_60s : float
        Payload bytes received per second, over the same times.
    sent_wire_bytes, received_wire_bytes : int
        Bytes of all frames, control frames included, before TLS: frame headers and payloads, compressed if they were.
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
    rate_60s: float = 0.0
    byte_rate: float = 0.0
    byte_rate_60s: float = 0.0
    sent_wire_bytes: int = 0
    received_wire_bytes: int = 0
    look: InitVar[Callable[[], Mapping[range, int]]] = dict

    def __post_init__(self, look: Callable[[], Mapping[range, int]]) -> None:
        object.__setattr__(self, "_look", look)

    @cached_property
    def sizes(self) -> Mapping[range, int]:
        """Histogram of payload sizes, by powers of two: ``range(128, 256)`` → number of received messages of 128 to 255 bytes.

        Computed on first access, over the messages in the log at that moment. It takes 70 ns for each message that came
        since the previous histogram.
        """
        counted: Mapping[range, int] = self._look()  # type: ignore[attr-defined]
        return counted


class Wire(Protocol):
    """What is counted of a connection."""

    @property
    def wire_bytes(self) -> tuple[int, int]:
        """As `Connection.wire_bytes`."""


class Counters:
    """The counters of one session.

    Parameters
    ----------
    log : Reading
        The session's log: how many rows it dropped, and the sizes of those it has.
    clock : callable
        Monotonic seconds; replaced in tests.
    """

    def __init__(self, log: Reading, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._sizes = Sizes(log)
        self._sent = [0, 0]
        self._received = [0, 0]
        self._lock = forks.lock()
        self._wire: Wire | None = None
        self._wire_before = (0, 0)
        self._began = clock()
        self._rates = [_Rate(window, every) for window, every in _WINDOWS.items()]

    def follow(self, wire: Wire) -> None:
        """Count the wire bytes of another connection, in addition to those of the previous ones.

        Parameters
        ----------
        wire : Wire
            A connection that has just opened; the previous one has ended.
        """
        with self._lock:
            self._wire_before, self._wire = self._wire_bytes(), wire

    def _wire_bytes(self) -> tuple[int, int]:
        sent, received = self._wire.wire_bytes if self._wire is not None else (0, 0)
        return self._wire_before[0] + sent, self._wire_before[1] + received

    def received(self, batch: Batch) -> int:
        """Count a batch, if it is text or binary messages that the server sent.

        Parameters
        ----------
        batch : Batch
            Rows of one kind.

        Returns
        -------
        int
            Its payload bytes, whatever its kind.
        """
        size = batch.size
        if batch.flags[0] & (SENT | INCOMPLETE | OPCODE) <= BINARY:  # part of a message that was cut off is not counted
            now = self._clock()
            for rate in self._rates:
                if now >= rate.due:
                    rate.sample(now, *self._received)
            self._received[0] += len(batch)
            self._received[1] += size
        return size

    def sent(self, size: int) -> None:
        """Count a text or binary message that was sent.

        Parameters
        ----------
        size : int
            Its payload bytes.
        """
        with self._lock:
            self._sent[0] += 1
            self._sent[1] += size

    def snapshot(self, latencies: Sequence[float], uptime: float | None) -> Stats:
        """Return the counts of this moment.

        Parameters
        ----------
        latencies : sequence of float
            Seconds of the latest pongs, oldest first.
        uptime : float, optional
            Seconds the connection has lasted.

        Returns
        -------
        Stats
        """
        messages, size = self._received
        now = self._clock()
        second, minute = (rate.measure(now, now - self._began, messages, size) for rate in self._rates)
        p50, p95, p99 = _percentiles(latencies)
        with self._lock:
            wire_sent, wire_received = self._wire_bytes()
        sizes = self._sizes
        return Stats(
            sent_messages=self._sent[0],
            sent_bytes=self._sent[1],
            received_messages=messages,
            received_bytes=size,
            dropped=self._log.dropped,
            rate=second[0],
            latency=latencies[-1] if latencies else None,
            uptime=uptime,
            latency_p50=p50,
            latency_p95=p95,
            latency_p99=p99,
            rate_60s=minute[0],
            byte_rate=second[1],
            byte_rate_60s=minute[1],
            sent_wire_bytes=wire_sent,
            received_wire_bytes=wire_received,
            look=lambda: sizes.histogram(),  # noqa: PLW0108 - a copy of the statistics would copy a bound method's log
        )


class _Rate:
    """A rate over the last ``window`` seconds, from samples taken every ``every`` seconds."""

    def __init__(self, window: float, every: float) -> None:
        self._window = window
        self._every = every
        #: When the next sample is to be taken.
        self.due = float("-inf")
        # (time, messages and bytes received before it); reaches back twice the window.
        self._samples: deque[tuple[float, int, int]] = deque(maxlen=int(2 * window / every))

    def sample(self, now: float, messages: int, size: int) -> None:
        """Note how many messages and bytes were received before this moment."""
        self._samples.append((now, messages, size))
        self.due = now + self._every

    def measure(self, now: float, age: float, messages: int, size: int) -> tuple[float, float]:
        """Return messages and bytes per second, over the window or the session's age if that is less, but at least a second."""
        since = now - self._window
        # The first sample inside the window says how many came before the window.
        before = next((sample for sample in list(self._samples) if sample[0] >= since), (since, messages, size))
        seconds = min(self._window, max(1.0, age))
        return (messages - before[1]) / seconds, (size - before[2]) / seconds


def _percentiles(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Return the 50th, 95th and 99th percentile by nearest rank."""
    if not values:
        return None, None, None
    ordered = sorted(values)
    p50, p95, p99 = (ordered[max(0, -(-len(ordered) * rank // 100) - 1)] for rank in (50, 95, 99))
    return p50, p95, p99
