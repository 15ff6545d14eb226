"""The loop of every fuzz: make an input, check it, look at time and memory, and say what was found; and its command line."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Protocol

#: Seconds of the processor an input may take: ten thousand times what it does.
PATIENCE = 2.0
#: Bytes the process may grow after its first 100,000 inputs.
GROWTH = 32 << 20
#: Inputs between two looks at memory.
STEP = 100_000


class Fuzz(Protocol):
    """What is fuzzed."""

    def make(self, chance: random.Random) -> object:
        """Make one input; its ``repr`` is printed when something is found."""

    def check(self, made: object, chance: random.Random) -> None:
        """Raise when anything is wrong."""


def run(fuzz: Fuzz, inputs: int, seed: int, *, say: bool = False) -> None:
    """Check so many inputs."""
    chance = random.Random(seed)
    slowest, grown, base = 0.0, 0, 0
    begun = time.monotonic()
    for number in range(1, inputs + 1):
        made = fuzz.make(chance)
        before = time.process_time()
        try:
            fuzz.check(made, chance)
        except BaseException:
            print(f"seed {seed}, input {number}: {made!r}", file=sys.stderr)
            raise
        took = time.process_time() - before
        slowest = max(slowest, took)
        if took > PATIENCE:
            raise TimeoutError(f"seed {seed}, input {number} took {took:.1f} s: {made!r}")
        if number % STEP == 0:
            gc.collect()
            now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            base = base or now
            grown = now - base
            if grown > GROWTH:
                raise MemoryError(f"seed {seed}: grew by {grown >> 20} MiB in {number:,} inputs")
            if say:
                rate = number / (time.monotonic() - begun)
                print(
                    f"seed {seed}: {number:,} inputs, {rate:,.0f}/s, slowest {slowest * 1000:.0f} ms, grown {grown >> 10} KiB",
                    flush=True,
                )


def main(name: str, description: str | None, make: Callable[[], Fuzz]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=f"python3 -m tests.conformance.{name}", description=(description or "").partition("\n")[0]
    )
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many in all (default 1,000,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first job; the others count up (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    given = parser.parse_args()
    share = given.inputs // given.jobs
    jobs = [
        multiprocessing.Process(target=run, args=(make(), share, given.seed + job), kwargs={"say": True})
        for job in range(given.jobs)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    if any(job.exitcode for job in jobs):
        sys.exit(1)
    print(f"{share * given.jobs:,} inputs, nothing found")
