"""A debugger that has been running for hours: one process, its memory never touched ahead, and the log full before it is timed.

    python -m tests.benchmarks.steady [--sizes 200 …] [--keep 64 256] [--rounds 5] [--small]

In the same process, in turns: a session whose log keeps so many MiB, and picows that appends `str` to a
`collections.deque` with as many messages. Each receives until it is full, and then so many messages more, which are
timed; page faults (``ru_minflt``), user and system time are those of the whole process in that time. A ratio is the
median of the pairs' ratios. Design section 9 asks for 1.0 × picows at each size with 64 MiB, and no page faults.
"""

from __future__ import annotations

import asyncio
import collections
import functools
import resource
import statistics
import sys
import time
from dataclasses import dataclass

from tests.benchmarks import peers
from tests.benchmarks.flood import Feed, serving
from tests.benchmarks.receive import label
from tests.benchmarks.report import Table, begin, parser, publish

SIZES = (200, 2048, 64 << 10, 1 << 20)
#: Bytes that are timed, at most; and messages.
TIMED = 1 << 30
MESSAGES = 2_000_000
#: Page faults that count as none, in a run: a thread's stack, lists that grow.
FEW = 300


@dataclass
class Usage:
    """What a stretch of this process took."""

    seconds: float
    faults: int
    user: float
    system: float

    @classmethod
    def now(cls) -> Usage:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(time.perf_counter(), used.ru_minflt, used.ru_utime, used.ru_stime)

    def since(self, before: Usage) -> Usage:
        return Usage(
            self.seconds - before.seconds,
            self.faults - before.faults,
            self.user - before.user,
            self.system - before.system,
        )


def ours(feed: Feed, full: int, count: int, keep: int) -> Usage:
    """A session whose log drops the oldest."""
    import kontena_ws_nb as kws

    with kws.connect(f"{feed.url}/{full + count}", compression=False, max_bytes=keep) as session:
        sent = session.send("go")
        assert session.messages.wait(sent.index + full, peers.DEADLINE), session
        before = Usage.now()
        assert session.messages.wait(sent.index + full + count, peers.DEADLINE), session
        took = Usage.now().since(before)
        session.abort()
    return took


def picows(feed: Feed, full: int, count: int, keep: int, size: int) -> Usage:
    """picows and a deque."""
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    async def run() -> Usage:
        log: collections.deque[str] = collections.deque(maxlen=max(1, keep // size))
        done: asyncio.Future[tuple[Usage, Usage]] = asyncio.get_running_loop().create_future()
        seen, before = 0, Usage.now()

        class Listener(WSListener):
            def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
                nonlocal seen, before
                if frame.msg_type == WSMsgType.TEXT:
                    log.append(frame.get_payload_as_utf8_text())
                    seen += 1
                    if seen == full:
                        before = Usage.now()
                    elif seen == full + count:
                        done.set_result((before, Usage.now()))

        transport, _ = await ws_connect(Listener, f"{feed.url}/{full + count}")
        transport.send(WSMsgType.TEXT, b"go")
        start, end = await done
        transport.disconnect(graceful=False)
        await transport.wait_disconnected()
        return end.since(start)

    return asyncio.run(run())


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options.add_argument("--keep", type=int, nargs="+", default=(64, 256), help="MiB")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    timed, messages = TIMED, MESSAGES
    if given.small:
        given.rounds, given.keep, timed, messages = 1, (1,), 8 << 20, 10_000
    begin(given, "one process; medians of pairs")
    tables = []
    figures: dict[str, list[list[float]]] = {}
    with serving() as flood:
        for mebibytes in given.keep:
            keep = mebibytes << 20
            head = [
                "message",
                "ours, messages/s",
                "÷ picows",
                "page faults, ours · picows",
                "user + system s, ours · picows",
            ]
            table = Table(f"Steady state: the last {mebibytes} MiB kept", head)
            for size in given.sizes:
                feed, count = flood.feed("flood", size), min(messages, timed // size)
                full = keep // size + 1
                pairs = []
                for number in range(given.rounds):
                    sides = {
                        "ours": functools.partial(ours, feed, full, count, keep),
                        "picows": functools.partial(picows, feed, full, count, keep, size),
                    }
                    took = {name: sides[name]() for name in (list(sides) if number % 2 else list(sides)[::-1])}
                    pairs.append((took["ours"], took["picows"]))
                ratio = statistics.median(theirs.seconds / mine.seconds for mine, theirs in pairs)
                faults, user, system = (
                    [statistics.median(getattr(pair[side], name) for pair in pairs) for side in (0, 1)]
                    for name in ("faults", "user", "system")
                )
                rate = count / statistics.median(mine.seconds for mine, _ in pairs)
                table.add(
                    [
                        label("flood", size),
                        f"{rate:,.0f}",
                        f"{ratio:.2f} ×",
                        f"{faults[0]:,.0f} · {faults[1]:,.0f}",
                        f"{user[0]:.2f} + {system[0]:.2f} · {user[1]:.2f} + {system[1]:.2f}",
                    ],
                    "≥ 1 × picows, no faults" if mebibytes == 64 else "",
                    ratio >= 1 and faults[0] <= FEW if mebibytes == 64 else None,
                )
                print(" | ".join(table.rows[-1]), flush=True)
                figures[f"{mebibytes}/{size}"] = [
                    [theirs.seconds / mine.seconds, mine.faults] for mine, theirs in pairs
                ]
            tables.append(table)
    publish(tables, given.json, pairs=figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
