"""Whether anything is lost: numbered messages, received while another thread asks the log all the time.

    python -m tests.benchmarks.lossless [--messages 10000000] [--transports plain tls compressed] [--small]

After each connection every row is compared with the message that was sent at its place, payload, bounds and kind, a
segment at a time at C speed: every message once, in order. Messages of 32 bytes, all kept: ten million take half a
gigabyte. Exits with 1 when something is missing.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from array import array
from typing import Any

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.protocol.batch import COMPRESSED, TEXT
from tests.benchmarks.flood import Flood, serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.benchmarks.streams import numbers

SIZE = 32
#: Seconds a connection may take.
DEADLINE = 300.0
#: In one of 10,000 numbers.
QUERY, EVERY, REST = '4242"', 10_000, 4242


class LostError(Exception):
    """A row is not the message that was sent at its place."""


def verify(log: MessageLog, first: int, count: int, flags: int = TEXT) -> None:
    """Compare the rows from `first` on with the messages number 0 to count - 1.

    Raises
    ------
    LostError
        Tells the first row that differs.
    """
    if log.next_index != first + count:
        raise LostError(f"{log.next_index - first:,} messages instead of {count:,}")
    following = first
    for segment in log.segments(first):
        low = max(first, segment.first) - segment.first
        high = segment.count
        if segment.first + low != following:
            raise LostError(f"index {following}: the next row kept is {segment.first + low}")
        following = segment.first + high
        starts, ends = segment.starts[low:high], segment.bounds[low + 1 : high + 1]
        begins = segment.first + low - first
        wanted = numbers(SIZE, begins, begins + high - low)
        # Payloads may stand where they were received, with the headers of their frames between them.
        same = (
            b"".join([segment.data[start:end] for start, end in zip(starts, ends, strict=True)]) == wanted
            and array("I", [end - start for start, end in zip(starts, ends, strict=True)])
            == array("I", [SIZE]) * (high - low)
            and bytes(segment.flags[low:high]) == bytes((flags,)) * (high - low)
        )
        if not same:
            _differ(log, first, segment.first + low, following, flags)
    if following != first + count:
        raise LostError(f"the rows end with index {following - 1}")


def _differ(log: MessageLog, first: int, start: int, stop: int, flags: int) -> None:
    for index in range(start, stop):
        message = log[index]
        wanted = numbers(SIZE, index - first, index - first + 1)
        if (message.data, message.kind, message.compressed) != (wanted.decode(), "text", bool(flags & COMPRESSED)):
            raise LostError(f"message number {index - first:,} is {message!r} instead of {wanted!r}")
    raise LostError(f"rows {start} to {stop} differ from what was sent, but not message by message")


class Asker(threading.Thread):
    """Asks the log in every way, all the time, and checks each answer; `problem` is the first that was wrong."""

    def __init__(self, log: MessageLog, first: int) -> None:
        super().__init__(name="asker")
        self.log, self.first = log, first
        self.stop = threading.Event()
        self.asked = 0
        self.problem: BaseException | None = None

    def run(self) -> None:
        chance = random.Random(self.first)
        try:
            hits = self.log.where(QUERY)
            while not self.stop.is_set():
                self._ask(chance)
                found = len(hits)
                wanted = [self.first + REST + EVERY * at for at in range(max(0, found - 3), found)]
                _same(list(hits.indices[max(0, found - 3) : found]), wanted, f"the last hits of {found:,}")
                self.asked += 1
        except BaseException as error:
            self.problem = error

    def _ask(self, chance: random.Random) -> None:
        log, first = self.log, self.first
        there = log.next_index - first
        if there <= 0:
            return
        number = chance.randrange(there)
        _same(log[first + number].data, _text(number), f"message number {number:,} of {there:,}")
        newest = log[first + max(0, there - 20) : first + there]
        _same(
            [message.index for message in newest],
            list(range(first + max(0, there - 20), first + there)),
            "the newest indexes",
        )
        rows = log.since(first + number)
        for following in range(number, min(number + 20, there)):
            _same(next(rows).data, _text(following), f"number {following:,} of {there:,}, iterating")


def _text(number: int) -> str:
    return numbers(SIZE, number, number + 1).decode()


def _same(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise LostError(f"{what}: {found!r} instead of {wanted!r}")


def run(flood: Flood, transport: str, messages: int) -> tuple[float, int]:
    """Receive, ask and verify; messages a second, and how many times everything was asked meanwhile."""
    import kontena_ws_nb as kws

    compressed = transport == "compressed"
    feed = flood.feed("numbers-deflate" if compressed else "numbers", SIZE, tls=transport == "tls")
    options: dict[str, Any] = {"compression": compressed, "ca_file": feed.ca_file, "max_bytes": None}
    options["ping_interval"] = None  # a keepalive ping is a row, too, and would move the numbers
    with kws.connect(f"{feed.url}/{messages}", **options) as session:
        log = session.messages
        first = log.next_index + 1  # behind what we send
        asker = Asker(log, first)
        asker.start()
        started = time.perf_counter()
        try:
            _same(session.send("go").index, first - 1, "the index of what we sent")
            log.wait_for(lambda: log.next_index >= first + messages or session.closed, DEADLINE)
            took = time.perf_counter() - started
        finally:
            asker.stop.set()
            asker.join()
        if asker.problem is not None:
            raise asker.problem
        try:
            verify(log, first, messages, TEXT | (COMPRESSED if compressed else 0))
        except LostError as error:
            raise LostError(f"{error} (after {took:.0f} s; {session!r})") from error
        finally:
            session.abort()  # not earlier: what may be lost with it is a row, too
    return messages / took, asker.asked


def main(arguments: list[str]) -> int:
    """Run every transport."""
    options = parser(__doc__)
    options.add_argument("--messages", type=int, default=10_000_000)
    options.add_argument(
        "--transports", nargs="+", default=["plain", "tls", "compressed"], choices=["plain", "tls", "compressed"]
    )
    given = options.parse_args(arguments)
    if given.small:
        given.messages = 50_000
    begin(given, f"{given.messages:,} messages of {SIZE} bytes")
    table = Table(
        "Nothing lost while another thread asks all the time",
        ["connection", "messages", "messages/s", "rounds of questions"],
    )
    with serving(tls="tls" in given.transports) as flood:
        for transport in given.transports:
            try:
                rate, asked = run(flood, transport, given.messages)
            except LostError as error:
                print(f"{transport:>11}: {error}", flush=True)
                table.add([transport, f"{given.messages:,}", "", ""], "every one once, in order", False)
            else:
                print(
                    f"{transport:>11}: all there, once, in order; {rate:,.0f} messages/s; asked {asked:,} times",
                    flush=True,
                )
                table.add(
                    [transport, f"{given.messages:,}", f"{rate:,.0f}", f"{asked:,}"], "every one once, in order", True
                )
    publish([table], given.json)
    return int(bool(table.missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
