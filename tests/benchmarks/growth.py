"""Whether a long log stays as fast and as small as a short one: 10⁴ to 10⁷ messages.

    python -m tests.benchmarks.growth [--most 10000000] [--small]

Messages are numbered and of 64 bytes, so that ten million fit into 0.8 GB; a session receives them from a server at
full speed and keeps all (``max_bytes=None``). Each length is measured in a process of its own. Short logs are received
several times and all kept (100 at most), so that time (the median) and resident memory are of a million messages where
that is possible. What is asked of the log is the best of five runs at least: messages by their index, at random and
among the newest, every one checked; and a search that finds one in 10,000.

Flat means: the longest log costs at most half as much again as the shortest.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import isolated, peers, rounds
from tests.benchmarks.flood import serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.benchmarks.streams import numbers
from tests.lab.leaks import resident

SIZE = 64
FLAT = 1.5
LENGTHS = (10_000, 100_000, 1_000_000, 10_000_000)
LOOKS = 20_000
#: In one of 10,000 numbers.
QUERY = '4242"'

#: What is measured → unit.
FIGURES = {
    "receive and record": "ns/message",
    "memory": "bytes/message",
    "log[i], random": "µs",
    "log[i], the newest": "µs",
    "len(log)": "ns",
    "search": "ns/message",
    "search for what just came": "µs",
}


def best(fn: Callable[[], object], least: float = 0.05) -> float:
    """Least seconds of a call, repeated for so long and five times at least."""
    took: list[float] = []
    while sum(took) < least or len(took) < 5:
        started = time.perf_counter()
        fn()
        took.append(time.perf_counter() - started)
    return min(took)


def child(length: int, most_logs: int) -> dict[str, float]:
    """Measure one length in this process."""
    import kontena_ws_nb as kws

    logs, took = [], []
    repeat = max(1, min(most_logs, LENGTHS[2] // length))
    with serving() as flood:

        def receive(count: int) -> Any:
            rounds.touch_memory(count * 2 * SIZE)
            with kws.connect(
                f"{flood.plain}/numbers/{SIZE}/{count}", compression=False, max_bytes=None, ping_interval=None
            ) as session:
                started = time.perf_counter()
                sent = session.send("go")
                assert session.messages.wait(sent.index + count, peers.DEADLINE), session
                took.append(time.perf_counter() - started)
                session.abort()
            return session.messages, sent.index + 1

        receive(1000)  # imports, the server's cache
        took.clear()
        gc.collect()
        before = resident()
        logs = [receive(length) for _ in range(repeat)]
        gc.collect()
        memory = (resident() - before) / (length * repeat)
    log, first = logs[-1]
    chance = random.Random(length)
    chosen = [chance.randrange(length) for _ in range(LOOKS)]

    newest = [length - 1 - chance.randrange(1000) for _ in range(LOOKS)]

    def look(where: list[int]) -> list[Any]:
        return [log[first + number] for number in where]

    for number, found in zip(chosen + newest, look(chosen + newest), strict=True):
        assert found.data.encode() == numbers(SIZE, number, number + 1), (number, found)
    hits = log.where(QUERY)
    assert len(hits) == length // 10_000, (len(hits), length)

    def renew() -> float:
        """Search again after one more message."""
        log.add("text", b"{}")
        started = time.perf_counter()
        len(hits)
        return time.perf_counter() - started

    return dict(
        zip(
            FIGURES,
            (
                statistics.median(took) / length * 1e9,
                memory,
                best(lambda: look(chosen)) / LOOKS * 1e6,
                best(lambda: look(newest)) / LOOKS * 1e6,
                best(lambda: [len(log) for _ in range(1000)]) / 1000 * 1e9,
                best(lambda: len(log.where(QUERY))) / length * 1e9,
                statistics.median(renew() for _ in range(1000)) * 1e6,
            ),
            strict=True,
        )
    )


def main(arguments: list[str]) -> int:
    """Measure every length."""
    options = parser(__doc__)
    options.add_argument("--most", type=int, default=LENGTHS[-1], help="the longest log")
    options.add_argument("--length", type=int, help="measure this one in this process")
    given = options.parse_args(arguments)
    if given.small:
        given.most = LENGTHS[0]
    if given.length:
        print(json.dumps(child(given.length, 5 if given.small else 100)))
        return 0
    begin(given, f"messages of {SIZE} bytes")
    lengths = [length for length in LENGTHS if length <= given.most]
    measured: dict[int, dict[str, float]] = {}
    for length in lengths:
        measured[length] = isolated.measured(__spec__.name, "--length", length, *(["--small"] if given.small else []))
        print(
            f"{length:>12,}: "
            + ", ".join(f"{name} {value:,.2f} {FIGURES[name]}" for name, value in measured[length].items()),
            flush=True,
        )
    table = Table("Growth: the same at every length", ["", *(f"{length:,}" for length in lengths)])
    for name, unit in FIGURES.items():
        values = [measured[length][name] for length in lengths]
        flat = FLAT
        table.add(
            [f"{name}, {unit}", *(f"{value:,.2f}" for value in values)],
            f"last ≤ {flat:g} × first",
            values[-1] <= flat * values[0],
        )
    publish([table], given.json, lengths=lengths, measured=[measured[length] for length in lengths], units=FIGURES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
