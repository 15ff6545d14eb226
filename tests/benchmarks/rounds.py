"""Measuring several clients side by side: rounds are interleaved, so that what else the machine does hits everybody.

Nothing here knows what a client is. Called by the main thread of a benchmark.
"""

from __future__ import annotations

import gc
import mmap
import multiprocessing
import signal
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

#: Seconds that a number of messages takes.
Measurement = Callable[[int], float]
#: Seconds after which a client is stuck, and how many times it may be.
PATIENCE = 30.0
TRIES = 3


class StuckError(Exception):
    """A client did not come back."""


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `StuckError` in the main thread after so long, and again each second, because what it is raised in may wait once more."""

    def ring(*_: object) -> None:
        raise StuckError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def patient(name: str, measure: Measurement, patience: float = PATIENCE) -> Measurement:
    """Measure again when a client got stuck, and say so.

    Seen with the threaded client of websockets over TLS on a busy machine: its opening handshake reads and writes one
    SSL object in two threads, and now and then waits for ever.
    """

    def run(count: int) -> float:
        for left in reversed(range(TRIES)):
            try:
                with _alarm(patience):
                    return measure(count)
            except StuckError:
                print(f"{name}: stuck for {patience:g} s{', measured again' if left else ''}", flush=True)
        raise StuckError(f"{name} did not receive {count:,} messages in {TRIES} tries")

    return run


@dataclass(frozen=True)
class Rate:
    """Messages a second: the median of all rounds, and half their range as a share of it."""

    median: float
    spread: float

    @classmethod
    def of(cls, rates: list[float]) -> Rate:
        middle = statistics.median(rates)
        return cls(middle, (max(rates) - min(rates)) / 2 / middle)

    def __str__(self) -> str:
        return f"{self.median:,.0f} ±{self.spread:.0%}"


def calibrated(measure: Measurement, size: int, seconds: float, most: int) -> int:
    """Choose how many messages of this size take about so long; not more than `most`."""
    count = max(2, min(200, 65536 // size))
    while True:
        took = measure(count)
        if took >= seconds / 2 or count >= most:
            return max(2, min(most, int(count * seconds / took)))
        count = min(most, count * 4)


def touch_memory(size: int) -> None:
    """Let the machine have as much memory as a measurement may keep.

    A virtual machine that reports free pages to its host (by huge pages, after two seconds) gets them back at many
    times the price of any client's work: then the host would be measured, and whom it hits is chance.
    """
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            memory.madvise(mmap.MADV_HUGEPAGE)
            memory[::4096] = bytes(len(range(0, size, 4096)))


def alone(measure: Measurement, size: int) -> Measurement:
    """Measure in a forked process, as a kernel that was just started: else some clients get the memory of the round before, and others not."""

    def run(count: int) -> float:
        ours, theirs = multiprocessing.Pipe(duplex=False)

        def child() -> None:
            measure(1)  # imports
            touch_memory(2 * count * max(size, 64))
            gc.collect()
            theirs.send(measure(count))

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        theirs.close()
        try:
            return float(ours.recv())
        except EOFError:
            raise ChildProcessError("a measurement failed; its process told why") from None
        finally:
            process.join()
            ours.close()

    return run


def interleaved(clients: Mapping[str, Measurement], counts: Mapping[str, int], rounds: int) -> dict[str, Rate]:
    """Measure every client in every round, each round beginning with another."""
    rates: dict[str, list[float]] = {name: [] for name in clients}
    names = list(clients)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            rates[name].append(counts[name] / clients[name](counts[name]))
    return {name: Rate.of(all_) for name, all_ in rates.items()}


def of_processor(measure: Measurement) -> Measurement:
    """Measure the processor time of our process instead: connecting counts, but what else the machine does hardly matters."""

    def run(count: int) -> float:
        started = time.process_time()
        measure(count)
        return time.process_time() - started

    return run
