"""What recording to SQLite costs, how much it keeps up with, and how fast a recording is looked at.

    python -m tests.benchmarks.recording [--seconds 60] [--rate 100000] [--messages 10000000] [--rounds 5] [--small]

Five tables: a paced stream of 200-byte messages recorded for a minute without loss; the reader thread's processor time
for a message of streams that are recorded whole, with and without recording; receiving as fast as can be, which is more
than can be recorded, with and without; a cell beside a stream that is recorded, as `foreground` measures it; and a
recording of ten million messages: opening it, the first page of a panel, and a substring filter. With and without are
interleaved rounds, of which the medians count. The files are in a temporary folder, on whatever disk that is. ``--small``
only shows that everything runs (CI).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import kontena_ws_nb as kws
from kontena_ws_nb.feed.feed import Feed as Rows
from kontena_ws_nb.feed.shown import Shown
from kontena_ws_nb.feed.sources import as_source
from kontena_ws_nb.feed.status import SourceStatus
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol.batch import TEXT, Batch
from kontena_ws_nb.recording.database import Database
from kontena_ws_nb.recording.records import SessionRecord
from kontena_ws_nb.recording.writer import write_database
from tests.benchmarks.flood import Feed, serving
from tests.benchmarks.foreground import BARS, IN_FLIGHT, SETTLE, beside, made, timed
from tests.benchmarks.report import Table, begin, parser, publish

SIZE = 200
#: Rows of one batch of the large file; each is as `_payload` writes it.
BATCH = 4000


def sustained(feed: Feed, seconds: float, folder: Path) -> tuple[float, int, int, float]:
    """Record a stream for so long: rows a second, rows lost, rows behind at the end, and seconds until the rest was written."""
    with kws.connect(feed.url, compression=False, record=folder / "sustained.db") as session:
        recorder = session.recording
        assert recorder is not None
        session.send("go")
        time.sleep(seconds)
        received, behind = session.stats.received_messages, recorder.behind
        started = time.perf_counter()
        session.abort()
        recorder.wait()
        took = time.perf_counter() - started
        assert recorder.rows + recorder.lost == session.messages.next_index
        return received / seconds, recorder.lost, behind, took


def reading(feed: Feed, seconds: float, path: Path | None) -> tuple[float, int]:
    """Seconds of processor time that the reader thread takes for a message of a paced stream; and rows that were lost."""
    with kws.connect(feed.url, compression=False, record=path, max_bytes=64 << 20) as session:
        session.send("go")
        session.messages.wait(1)
        time.sleep(min(SETTLE, seconds))
        (reader,) = (one for one in threading.enumerate() if one.name.startswith("kontena-ws-reader"))
        clock = time.pthread_getcpuclockid(reader.ident or 0)
        before, received = time.clock_gettime(clock), session.stats.received_messages
        time.sleep(seconds)
        took, count = time.clock_gettime(clock) - before, session.stats.received_messages - received
        lost = 0 if session.recording is None else session.recording.lost
        session.abort()
    return took / max(1, count), lost


def receiving(feed: Feed, count: int, path: Path | None) -> float:
    """Messages a second that are received as fast as can be."""
    with kws.connect(feed.url, compression=False, record=path, max_bytes=64 << 20) as session:
        session.send("go")
        session.messages.wait(1)
        started = time.perf_counter()
        session.messages.wait(count)
        took = time.perf_counter() - started
        session.abort()
    return count / took


def recorded_beside(feed: Feed, cell: object, path: Path) -> tuple[float, int]:
    """Time a cell beside a stream that is recorded."""
    with kws.connect(feed.url, compression=False, record=path) as session:
        session.send("go")
        time.sleep(SETTLE)
        measured = beside(lambda: session.stats.received_messages, cell)  # type: ignore[arg-type]
        session.abort()
    return measured


def _payload(number: int) -> bytes:
    return (b'{"type":"trade","symbol":"BTC-USD","price":12345.67,"number":%d,"text":"' % number).ljust(
        SIZE - 2, b"x"
    ) + b'"}'


class Many:
    """So many rows as segments, made as they are asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def segments(self, start: int = 0) -> Iterable[Segment]:
        bounds = list(range(0, SIZE * BATCH + 1, SIZE))
        for first in range(0, self._count, BATCH):
            data = b"".join(map(_payload, range(first, first + BATCH)))
            yield Segment.adopt(
                first, 0, 1, Batch(data, bounds, bytes((TEXT,)) * BATCH), 1_700_000_000_000_000_000 + first
            )


def looked_at(path: Path, count: int) -> Iterator[tuple[str, float, str, float]]:
    """Open a large recording, page and filter it: what, seconds, the bar's text, the bar."""
    started = time.perf_counter()
    with Database.open(path) as database:
        log = database.log(0)
        yield "opening", time.perf_counter() - started, "≤ 100 ms", 0.1
        source = as_source(log)
        started = time.perf_counter()
        assert Rows([Shown("large", source, SourceStatus(source))]).poll().rows
        yield "first page of a panel", time.perf_counter() - started, "≤ 50 ms", 0.05
        for at in (0, count // 2):
            started = time.perf_counter()
            assert len(log.rows(range(at, at + 100))) == 100
            yield f"100 rows from {at:,} on", time.perf_counter() - started, "≤ 50 ms", 0.05
        for text in (f'"number":{count // 100}5', "nowhere", '"number":77', "BTC-USD"):
            scan, first, hits = Scan(Query.parse(f"'{text}'"), log), 0.0, 0
            started = time.perf_counter()
            while not scan.done:
                found = len(scan.step(time.monotonic() + 0.03))
                if found and not hits:
                    first = time.perf_counter() - started
                hits += found
            yield f"substring, {hits:,} hits", time.perf_counter() - started, "≤ 5 s", 5.0
            if hits:
                yield "… its first hit", first, "–", 60.0


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="of the paced stream")
    options.add_argument("--rate", type=int, default=100_000, help="its messages a second")
    options.add_argument("--messages", type=int, default=10_000_000, help="of the large recording")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    count, cell_seconds, reading_seconds, rates = 3_000_000, 1.0, 3.0, (20_000, 200_000)
    reading_rates = (given.rate, 500_000)
    if given.small:
        given.seconds, given.rate, given.messages, given.rounds = 0.3, 10_000, 8_000, 1
        reading_rates = (given.rate,)
        count, cell_seconds, reading_seconds, rates = 20_000, 0.05, 0.2, (1_000,)
    begin(given, "200-byte messages recorded to SQLite")
    tables = [
        Table("Recorded as it comes", ["stream", "received/s", "lost", "behind at the end", "written after"]),
        Table("Receiving a stream that is recorded whole", ["stream", "ns a message, reader", "÷ without", "lost"]),
        Table("Receiving as fast as can be", ["what", "messages/s", "÷ without recording"]),
        Table("A pure-Python cell beside a stream that is recorded", ["stream", "time ÷ alone", "kept up with"]),
        Table(f"A recording of {given.messages:,} messages", ["what", "ms"]),
    ]
    with tempfile.TemporaryDirectory() as name, serving() as flood:
        folder = Path(name)
        feed = flood.feed("paced", SIZE).with_count(given.rate)
        rate, lost, behind, took = sustained(feed, given.seconds, folder)
        tables[0].add(
            [f"{given.rate:,}/s for {given.seconds:g} s", f"{rate:,.0f}", lost, f"{behind:,}", f"{took:.2f} s"],
            "all, none lost",
            rate >= 0.99 * given.rate and not lost,
        )
        print(tables[0], flush=True)
        (folder / "sustained.db").unlink()
        for rate_ in reading_rates:
            paced = flood.feed("paced", SIZE).with_count(rate_)
            alone, beside_it, lost = [], [], 0
            for number in range(given.rounds):
                path = folder / f"reading-{rate_}-{number}.db"
                alone.append(reading(paced, reading_seconds, None)[0])
                cost, missing = reading(paced, reading_seconds, path)
                beside_it.append(cost)
                lost += missing
                path.unlink()
            ratio = statistics.median(beside_it) / statistics.median(alone)
            tables[1].add(
                [f"{rate_:,}/s", f"{1e9 * statistics.median(beside_it):,.0f}", f"{ratio:.2f} ×", lost],
                "≤ 1.10 ×, none lost",
                ratio <= 1.1 and not lost,
            )
        print(tables[1], flush=True)
        flooded = flood.feed("flood", SIZE).with_count(2 * count)
        found: dict[str, list[float]] = {"without": [], "with recording": []}
        for number in range(given.rounds):
            for what, speeds in found.items():
                recorded = None if what == "without" else folder / f"{number}.db"
                speeds.append(receiving(flooded, count, recorded))
                if recorded is not None:
                    recorded.unlink()
        fastest = statistics.median(found["without"])
        for what, speeds in found.items():
            ratio = statistics.median(speeds) / fastest
            bar = ("≥ 0.90 ×", ratio >= 0.9) if what != "without" else ("", None)
            tables[2].add([what, f"{statistics.median(speeds):,.0f}", f"{ratio:.2f} ×"], *bar)
        print(tables[2], flush=True)
        cell = made("python", cell_seconds)
        for rate_ in rates:
            paced = flood.feed("paced", SIZE).with_count(rate_)
            times, shares = [], []
            for number in range(given.rounds):
                unrecorded = timed(cell)
                took, received = recorded_beside(paced, cell, folder / f"cell-{rate_}-{number}.db")
                times.append(took / unrecorded)
                shares.append(min(1.0, (received + rate_ * IN_FLIGHT) / (rate_ * took)))
            ratio, share = statistics.median(times), statistics.median(shares)
            most, least = BARS.get(("plain", rate_), (1.1, 1.0))
            tables[3].add(
                [f"{rate_:,}/s", f"{ratio:.2f} ×", f"{share:.1%}"],
                f"≤ {most:.2f} ×, ≥ {least:.0%}",
                ratio <= most and share >= least,
            )
        print(tables[3], flush=True)
        path = folder / "large.db"
        write_database(path, [(SessionRecord(name="large"), Many(given.messages))])
        for what, seconds, text, bar in looked_at(path, given.messages):
            tables[4].add([what, f"{1000 * seconds:,.1f}"], text, seconds <= bar)
        print(tables[4], flush=True)
    publish(tables, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
