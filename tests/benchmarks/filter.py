"""How fast filters are: a million messages of 200 bytes, as a feed of trades would be.

    python -m tests.benchmarks.filter [--messages 1000000]

Design section 9 asks for ≤ 0.15 s (substring, ≤ 1 % hits), ≤ 0.5 s (regex with a literal), ≤ 3 s (``$.path=value`` where key and value
prefilter). Prints the best processor time of three runs (one thread searches; a busy machine should not count), and the same search
over a list of `str` for comparison.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import time
from collections.abc import Callable
from itertools import accumulate

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.query import Query
from kontena_ws_nb.wire.frames import Batch

#: Filter, and the bar in seconds for a million messages (None: no bar, for the record).
FILTERS: list[tuple[str, float | None]] = [
    ("needle", 0.15),
    ("777777", 0.15),
    ('/"id":77[0-9]+7,/', 0.5),
    ("/needle.*7{3}/", 0.5),
    ("/NEEDLE/i", 0.5),
    ("$.type=needle", 3.0),
    ("$.id=777", 3.0),
    ("$.p=777.77", 3.0),
    ("BTC", None),
    ("-trade", None),
    ("$.type=trade", None),
    ("$.type", None),
    ("/[a-z]{9}/", None),
    ("dir:sent", None),
    ("size:>1k", None),
]


def payload(number: int, chance: random.Random) -> bytes:
    kind = "needle" if number % 200 == 0 else "trade" if number % 3 else "quote"
    head = f'{{"type":"{kind}","s":"BTC-USD","p":"{chance.random() * 1e6:.2f}","id":{number},"x":"'.encode()
    return head.ljust(198, b"x") + b'"}'


def fill(messages: int) -> MessageLog:
    log = MessageLog(max_bytes=None)
    chance = random.Random(2)
    for first in range(0, messages, 1000):
        rows = [payload(number, chance) for number in range(first, min(first + 1000, messages))]
        log.append(Batch(b"".join(rows), list(accumulate(map(len, rows), initial=0)), bytes([1]) * len(rows)), time.time_ns())
    return log


def best(fn: Callable[[], object], runs: int = 3) -> float:
    took = []
    for _ in range(runs):
        began = time.process_time()
        fn()
        took.append(time.process_time() - began)
    return min(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    messages = parser.parse_args().messages
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {messages:,} messages of 200 bytes")
    log = fill(messages)
    for text, bar in FILTERS:
        query = Query.parse(text)
        hits = len(query.scan(log))
        took = best(lambda: query.scan(log))  # noqa: B023 - called at once
        verdict = "" if bar is None else f"bar {bar * messages / 1e6:g} s  {'ok' if took <= bar * messages / 1e6 else 'MISSED'}"
        print(f"{text:<22}{hits:>9,} hits  {took:7.3f} s  {verdict}")
    texts = [message.text for message in log]
    print(f"{'list of str: in':<22}{sum('needle' in text for text in texts):>9,} hits  {best(lambda: [t for t in texts if 'needle' in t]):7.3f} s")
    search = re.compile("needle.*7{3}").search
    print(f"{'list of str: re':<22}{'':>14}  {best(lambda: [t for t in texts if search(t)]):7.3f} s")


if __name__ == "__main__":
    main()
