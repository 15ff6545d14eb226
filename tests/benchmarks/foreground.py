"""What a stream in the background costs a busy cell, and how much of the stream is received meanwhile.

    python -m tests.benchmarks.foreground [--cells python numpy sleep] [--rates 1000 20000 200000]
        [--transports plain tls records] [--clients ours websocket-client aiohttp] [--seconds 3] [--rounds 5] [--small]

A *cell* is a fixed amount of work in the main thread: a loop in pure Python, NumPy, or ``time.sleep``; it takes about
``--seconds`` alone. Beside it a client in the same process receives a paced stream of 200-byte messages from a server
in another process (`flood`): ``plain``, ``tls`` (the server fills records), or ``records`` (TLS, a record for every
message). ``ours`` is a `Session`, ``websocket-client`` a thread that appends what `recv` gives to a list, ``aiohttp`` a
task in the event loop the cell runs in, as in ipykernel: whatever the loop does, it does not do it while the cell runs.

Printed for each: the cell's time beside the stream ÷ its time alone (medians of interleaved rounds), and how much of
the stream was kept up with. *Kept up with* is (received + in flight) ÷ due, at most 1: ``received`` counts the messages
the client took between the cell's beginning and its end, ``due`` is rate × the cell's time (not what TCP let the server
send: a client that pushes back has not kept up). Some messages are always on their way or wait for the next read, more
of them beside a busy cell (15–25 ms of the stream for ours: a rest, and a switch interval or two). So the cell has been
busy for a while when it begins to count, and those before and those at the end cancel but for where in its pace the
client is: ``in flight`` allows what the server sends in 10 ms. ``--small`` only shows that everything runs (CI).

Design section 9 asks, beside a pure-Python loop: 20 k msg/s cell ≤ 1.10 ×, 100 % kept up with; 200 k msg/s ≤ 1.30 ×, ≥
99 %; 4 k msg/s in records of their own ≤ 1.30 ×, all kept up with. The other cells and rates have no bar.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.benchmarks.flood import Feed, serving
from tests.benchmarks.report import Table, begin, parser, publish

SIZE = 200
RATES = (1_000, 20_000, 200_000)
#: Under TLS with a record for each message there is a bar at a rate of its own.
RECORDS = (1_000, 4_000, 20_000)
#: (transport, rate) → the cell's time and the share kept up with that section 9 asks for.
BARS = {
    ("plain", 20_000): (1.10, 1.0),
    ("plain", 200_000): (1.30, 0.99),
    ("tls", 20_000): (1.10, 1.0),
    ("tls", 200_000): (1.30, 0.99),
    ("records", 4_000): (1.30, 1.0),
}
IN_FLIGHT = 0.010
#: Seconds a client gets before the cell begins, to have its buffers and pace settled.
SETTLE = 0.3

#: How much of the cell is worked before it counts.
WARM = 0.2

#: Does this share of the work.
Cell = Callable[[float], object]
#: What a client tells: the cell's seconds, and messages received meanwhile.
Measured = tuple[float, int]


# ---- cells


def python_loop(count: int) -> object:
    """Loop in pure Python: the GIL is given away only when somebody asks for it."""
    total = 0
    for number in range(count):
        total += number * number
    return total


def numpy_work(count: int) -> object:
    """Compute with arrays of 100,000: most calls give the GIL away."""
    import numpy

    values = numpy.arange(100_000, dtype=float)[::-1].copy()
    for _ in range(count):
        numpy.sort(numpy.sqrt(values * 1.5 + values))
    return values


CELLS: dict[str, tuple[Callable[[int], object], int]] = {
    "python": (python_loop, 100_000),
    "numpy": (numpy_work, 10),
}


def made(name: str, seconds: float) -> Cell:
    """Make a cell that takes about so long alone."""
    if name == "sleep":
        return lambda share: time.sleep(seconds * share)
    work, count = CELLS[name]
    work(count)
    took = min(timed(lambda share: work(int(count * share))) for _ in range(5))
    chosen = count * seconds / took
    return lambda share: work(max(1, int(chosen * share)))


def timed(cell: Cell) -> float:
    """Time a cell."""
    started = time.perf_counter()
    cell(1)
    return time.perf_counter() - started


def beside(count: Callable[[], int], cell: Cell) -> Measured:
    """Time a cell and count what came meanwhile."""
    cell(WARM)
    before = count()
    took = timed(cell)
    return took, count() - before


# ---- clients


def ours(feed: Feed, cell: Cell) -> Measured:
    """A session: its thread reads and records."""
    import kontena_ws_nb as kws

    with kws.connect(feed.url, compression=False, ca_file=feed.ca_file) as session:
        session.send("go")
        time.sleep(SETTLE)
        measured = beside(lambda: session.stats.received_messages, cell)
        session.abort()
    return measured


def websocket_client(feed: Feed, cell: Cell) -> Measured:
    """A thread around websocket-client's `recv`."""
    import websocket

    log: list[Any] = []
    socket = websocket.create_connection(feed.url, sslopt={"ca_certs": feed.ca_file} if feed.ca_file else {})
    socket.send("go")

    def read() -> None:
        try:
            while True:
                log.append(socket.recv())
        except (websocket.WebSocketException, OSError):
            pass  # shut down below

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(SETTLE)
    measured = beside(lambda: len(log), cell)
    socket.sock.shutdown(2)
    thread.join()
    socket.shutdown()
    return measured


def aiohttp(feed: Feed, cell: Cell) -> Measured:
    """aiohttp in the loop that runs the cell."""
    import aiohttp as library

    async def run() -> Measured:
        log: list[Any] = []
        async with library.ClientSession() as session:
            socket = await session.ws_connect(
                feed.url,
                max_msg_size=0,
                compress=0,
                ssl=feed.context() or True,
                timeout=library.ClientWSTimeout(ws_close=0.1),
            )
            await socket.send_str("go")

            async def read() -> None:
                while True:
                    log.append((await socket.receive()).data)

            task = asyncio.create_task(read())
            await asyncio.sleep(SETTLE)
            measured = beside(lambda: len(log), cell)
            task.cancel()
            assert socket._response.connection is not None
            assert socket._response.connection.transport is not None
            socket._response.connection.transport.abort()  # closing would first read all that is overdue
        return measured

    return asyncio.run(run())


CLIENTS: dict[str, Callable[[Feed, Cell], Measured]] = {
    "ours": ours,
    "websocket-client": websocket_client,
    "aiohttp": aiohttp,
}


# ---- the table


def measure(
    table: Table, name: str, cell: Cell, feeds: Mapping[tuple[str, int], Feed], clients: Sequence[str], rounds: int
) -> None:
    """Add a row a stream and client."""
    for (transport, rate), feed in feeds.items():
        alone: list[float] = []
        found: dict[str, list[tuple[float, float]]] = {client: [] for client in clients}
        for _ in range(rounds):
            alone.append(timed(cell))
            for client in clients:
                took, received = CLIENTS[client](feed, cell)
                found[client].append(
                    (took, min(1.0, (received + rate * IN_FLIGHT) / (rate * took)) if received else 0.0)
                )
        for client in clients:
            ratios = [took / statistics.median(alone) for took, _ in found[client]]
            ratio, kept = statistics.median(ratios), statistics.median(share for _, share in found[client])
            cells = [f"{ratio:.2f} ×", f"±{(max(ratios) - min(ratios)) / 2:.2f}", f"{kept:.1%}"]
            print(
                f"{name:>7} {transport:>8} {rate:>8,} {client:>17} " + " ".join(f"{text:>8}" for text in cells),
                flush=True,
            )
            bar = BARS.get((transport, rate)) if (name, client) == ("python", "ours") else None
            what = f"{name} cell, {transport}, {rate:,}/s: {client}"
            if bar is None:
                table.add([what, *cells])
            else:
                table.add([what, *cells], f"≤ {bar[0]:.2f} ×, ≥ {bar[1]:.0%}", ratio <= bar[0] and kept >= bar[1])


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--cells", nargs="+", choices=[*CELLS, "sleep"], default=[*CELLS, "sleep"])
    options.add_argument("--rates", type=int, nargs="+", help="messages a second")
    options.add_argument(
        "--transports", nargs="+", choices=["plain", "tls", "records"], default=["plain", "tls", "records"]
    )
    options.add_argument("--clients", nargs="+", choices=list(CLIENTS), default=list(CLIENTS))
    options.add_argument("--seconds", type=float, default=3.0, help="about what the cell takes alone")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # NumPy's own threads would compete with the server for the processors
    if given.small:
        given.cells, given.transports, given.rates = ["python"], ["plain", "records"], [1_000]
        given.seconds, given.rounds = 0.05, 1
    begin(given, "the cell's time ÷ its time alone, median ± half the range; share of the stream kept up with")
    table = Table("A cell beside a stream of 200-byte messages", ["what", "time ÷ alone", "", "kept up with"])
    with serving(tls=True) as flood:
        feeds = {
            (transport, rate): flood.feed(
                "paced-single" if transport == "records" else "paced", SIZE, tls=transport != "plain"
            ).with_count(rate)
            for transport in given.transports
            for rate in given.rates or (RECORDS if transport == "records" else RATES)
        }
        for name in given.cells:
            measure(table, name, made(name, given.seconds), feeds, given.clients, given.rounds)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
