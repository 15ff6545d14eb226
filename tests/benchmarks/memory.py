"""What a recorded message costs in memory: a million of 200 bytes.

    python -m tests.benchmarks.memory [--messages 1000000] [--small]

Each feed is measured in a process of its own: resident memory (Linux's count of pages in use, interpreter's and
allocator's waste included) after all messages are there and garbage was collected, less what it was with the connection
open and nothing received. The peak is the highest it ever was meanwhile.

``fast`` is a session on a server that sends at full speed. ``slow`` hands the decoder one message a read and appends
what it gives, as a session does whose server sends now and then. For comparison, picows appending `str` to a list.
Design section 9: ≤ 1.2 × payload bytes.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable

from tests.benchmarks import isolated, peers
from tests.benchmarks.flood import serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.benchmarks.streams import frame, message
from tests.lab.leaks import resident

SIZE = 200
BAR = 1.2


def fast(messages: int, ready: Callable[[], None], done: Callable[[], None]) -> None:
    """Receive as fast as it goes."""
    import kontena_ws_nb as kws

    with (
        serving() as flood,
        kws.connect(f"{flood.plain}/flood/{SIZE}/{messages}", compression=False, max_bytes=None) as session,
    ):
        ready()
        sent = session.send("go")
        assert session.messages.wait(sent.index + messages, peers.DEADLINE), session
        done()
        session.abort()


def slow(messages: int, ready: Callable[[], None], done: Callable[[], None]) -> None:
    """Receive one message a read."""
    from kontena_ws_nb.log.log import MessageLog
    from kontena_ws_nb.protocol.frames import FrameDecoder

    decoder, log, one = FrameDecoder(), MessageLog(max_bytes=None), frame(message(SIZE))
    ready()
    for _ in range(messages):
        with decoder.buffer() as buffer:
            buffer[: len(one)] = one
        for batch in decoder.received(len(one)):
            log.append(batch, time.time_ns())
    assert len(log) == messages
    done()


def listed(messages: int, ready: Callable[[], None], done: Callable[[], None]) -> None:
    """Let picows append `str` to a list: `peers.picows`, looked at before and after."""
    with serving() as flood:
        feed = flood.feed("flood", SIZE)
        peers.picows(feed, 1000)
        ready()
        peers.picows(feed, messages, done)


FEEDS = {"fast": fast, "slow": slow, "list of str": listed}


def child(feed: str, messages: int) -> None:
    """Measure one feed in this process and print it."""
    import kontena_ws_nb as kws

    kws.MessageLog(max_bytes=None)  # what is loaded at the first look is loaded now
    found: list[int] = []

    def look() -> None:
        gc.collect()
        found.append(resident())

    FEEDS[feed](messages, look, look)
    before, after = found
    peak = max(
        after, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )  # the kernel updates the latter now and then
    print(json.dumps({"kept": (after - before) / messages, "peak": (peak - before) / messages}))


def main(arguments: list[str]) -> int:
    """Measure every feed."""
    options = parser(__doc__)
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--feed", choices=list(FEEDS), help="measure this one in this process")
    given = options.parse_args(arguments)
    if given.small:
        given.messages = 100_000
    if given.feed:
        child(given.feed, given.messages)
        return 0
    begin(given, f"{given.messages:,} messages of {SIZE} bytes")
    table = Table(
        f"Memory of {given.messages:,} recorded messages of {SIZE} bytes",
        ["feed", "bytes a message", "× payload", "peak × payload"],
    )
    for feed in FEEDS:
        found = isolated.measured(__spec__.name, "--feed", feed, "--messages", given.messages)
        ratio = found["kept"] / SIZE
        cells = [feed, f"{found['kept']:.1f}", f"{ratio:.3f}", f"{found['peak'] / SIZE:.3f}"]
        ours = feed in {"fast", "slow"}
        table.add(cells, f"≤ {BAR:g}" if ours else "", ratio <= BAR if ours else None)
        print(f"{feed:>12}: {found['kept']:.1f} bytes a message, {ratio:.3f} × payload", flush=True)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
