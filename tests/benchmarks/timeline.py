"""How fast several sessions are merged, and what an update of two million merged rows costs.

    python -m tests.benchmarks.timeline [--messages 1000000] [--small]

Two logs of a million 200-byte messages each, whose times interleave in runs of ten. Building the order goes on in turns
of at most `feed.BUDGET`; bars: a million rows a second without a filter (so that two million are there within two
seconds), no turn above twice the budget (a slice is finished once begun), and an update, a page of 500 rows and finding
a row by its key within 20 ms each. Processor time of this thread: a busy machine should not count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from kontena_ws_nb.feed.comm_messages import MAX_ROWS
from kontena_ws_nb.feed.feed import BUDGET, Feed
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.frames import Batch
from tests.benchmarks.report import Table, begin, parser, publish

#: Filters, and the bar in merged rows a second (None: for the record; searching is what `filter` measures).
FILTERS: list[tuple[str, float | None]] = [("", 1e6), ("needle", None), ("kind:text", None)]
RUN = 10
MOST_LOOK = 0.02


def fill(messages: int, begins: int) -> MessageLog:
    """A log of messages that came in runs of ten, one run every other microsecond."""
    log = MessageLog(max_bytes=None)
    trade, needle = (b'{"type":"%s","s":"BTC-USD"}' % kind for kind in (b"trade", b"needle"))
    for run in range(messages // RUN):
        rows = (needle if run % 100 == 0 else trade).ljust(200) * RUN
        log.append(Batch(rows, [200 * row for row in range(RUN + 1)], bytes((1,)) * RUN), begins + run * 2000)
    return log


def timed(fn: Callable[[], Any]) -> float:
    """Seconds of processor time."""
    began = time.thread_time()
    fn()
    return time.thread_time() - began


def main(arguments: list[str]) -> int:
    options = parser(__doc__)
    options.add_argument("--messages", type=int, default=1_000_000)
    given = options.parse_args(arguments)
    messages = 20_000 if given.small else given.messages
    begin(given, f"2 × {messages:,} messages of 200 bytes, processor time")
    begins = time.time_ns() - 3600 * 10**9
    sources = name_sources([fill(messages, begins), fill(messages, begins + 1000)])
    table = Table(
        f"Merging two logs of {messages:,} messages",
        ["filter", "rows", "rows a second", "longest turn", "update", "500 rows", "locate"],
    )
    for text, bar in FILTERS:
        turns, feed = [], Feed(sources)
        feed.set_filter(text)
        update = None
        while update is None or update.tick["busy"]:
            # As the pump: a turn is a search, and an update when one is due; polls are answered in the same way.
            began = time.thread_time()
            update = feed.poll()
            turns.append(time.thread_time() - began)
        tick = update.tick
        middle = feed.rows(tick["gen"], tick["first"] + tick["n"] // 2, 1)[1][0]
        assert middle is not None
        looks = [
            min(timed(look) for _ in range(5))
            for look in (
                feed.poll,
                lambda: feed.rows(tick["gen"], tick["first"] + tick["n"] // 3, MAX_ROWS),  # noqa: B023 - called at once
                lambda: feed.locate(middle[0]),  # noqa: B023
            )
        ]
        rate = 2 * messages / sum(turns)
        holds = bar is None or rate >= bar
        holds = holds and max(turns) <= 2 * BUDGET and max(looks) <= MOST_LOOK
        cells = [f"`{text}`" if text else "none", f"{tick['n']:,}", f"{rate / 1e6:.1f} M", f"{max(turns) * 1e3:.0f} ms"]
        cells += [f"{seconds * 1e3:.2f} ms" for seconds in looks]
        rule = "" if bar is None else f"≥ {bar / 1e6:g} M/s, "
        table.add(cells, f"{rule}turn ≤ {2 * BUDGET * 1e3:g} ms, looks ≤ {MOST_LOOK * 1e3:g} ms", holds)
        print(" ".join(cells), flush=True)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
