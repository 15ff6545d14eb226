"""What a stream in the background costs a busy cell, and how much of the stream is received meanwhile.

    python -m tests.benchmarks.foreground [--cells python numpy sleep] [--rates 1000 20000 200000]
        [--transports plain tls records] [--clients ours websocket-client aiohttp] [--seconds 3] [--rounds 5] [--small]

A *cell* is a fixed amount of work in the main thread: a loop in pure Python, NumPy, or ``time.sleep``; it takes about ``--seconds``
alone. Beside it a client in the same process receives a paced stream of 200-byte messages from a server in another process (`paced`):
``plain``, ``tls`` (the server fills records), or ``records`` (TLS, a record for every message). ``ours`` is a `Session`,
``websocket-client`` a thread that appends what `recv` gives to a list, ``aiohttp`` a task in the event loop the cell runs in, as in
ipykernel: whatever the loop does, it does not do it while the cell runs.

Printed for each: the cell's time beside the stream ÷ its time alone (medians of interleaved rounds), and how much of the stream was kept
up with. *Kept up with* is (received + in flight) ÷ due, at most 1: ``received`` counts the messages the client took between the cell's
beginning and its end, ``due`` is rate × the cell's time (not what TCP let the server send: a client that pushes back has not kept up),
and ``in flight`` allows what the server sends in 10 ms, because at the end some messages are always on their way or wait for the
next read. ``--small`` only shows that everything runs (CI).

Design section 9 asks, beside a pure-Python loop: 20 k msg/s cell ≤ 1.10 ×, 100 % kept up with; 200 k msg/s ≤ 1.30 ×, ≥ 99 %; 4 k msg/s in
records of their own ≤ 1.30 ×, all kept up with. The other cells and rates have no bar.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import ssl
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab.certificates import GOOD, lab
from tests.lab.process import process

from .receive import header

ROOT = Path(__file__).resolve().parents[2]
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

Cell = Callable[[], object]
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
        return lambda: time.sleep(seconds)
    work, count = CELLS[name]
    work(count)
    took = min(timed(lambda: work(count)) for _ in range(5))
    chosen = max(1, int(count * seconds / took))
    return lambda: work(chosen)


def timed(cell: Cell) -> float:
    """Time a cell."""
    started = time.perf_counter()
    cell()
    return time.perf_counter() - started


def beside(count: Callable[[], int], cell: Cell) -> Measured:
    """Time a cell and count what came meanwhile."""
    before = count()
    took = timed(cell)
    return took, count() - before


# ---- clients


def trusting() -> ssl.SSLContext:
    """Trust the lab."""
    return ssl.create_default_context(cafile=lab().ca_file)


def ours(url: str, cell: Cell) -> Measured:
    """A session: its thread reads and records."""
    import kontena_ws_nb as kws

    with kws.connect(url, compression=False, ca_file=lab().ca_file, ssl_hostname=GOOD if url.startswith("wss") else None) as session:
        time.sleep(SETTLE)
        measured = beside(lambda: session.stats.received_messages, cell)
        session.abort()
    return measured


def websocket_client(url: str, cell: Cell) -> Measured:
    """A thread around websocket-client's `recv`."""
    import websocket

    log: list[Any] = []
    socket = websocket.create_connection(url, sslopt={"context": trusting(), "server_hostname": GOOD})

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


def aiohttp(url: str, cell: Cell) -> Measured:
    """aiohttp in the loop that runs the cell."""
    import aiohttp as library

    async def run() -> Measured:
        log: list[Any] = []
        async with library.ClientSession() as session:
            socket = await session.ws_connect(
                url, max_msg_size=0, compress=0, ssl=trusting(), server_hostname=GOOD, timeout=library.ClientWSTimeout(ws_close=0.1)
            )

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


CLIENTS: dict[str, Callable[[str, Cell], Measured]] = {"ours": ours, "websocket-client": websocket_client, "aiohttp": aiohttp}


# ---- the table


def verdict(transport: str, rate: int, ratio: float, kept: float) -> str:
    """Say what the bar is and whether it holds."""
    if (transport, rate) not in BARS:
        return ""
    most, least = BARS[transport, rate]
    holds = ratio <= most and kept >= least
    return f"bar ≤{most:.2f}× ≥{least:.0%}: {'holds' if holds else 'MISSED'}"


def measure(name: str, cell: Cell, urls: dict[tuple[str, int], str], clients: list[str], rounds: int) -> None:
    """Print one line a stream and client."""
    for (transport, rate), url in urls.items():
        alone: list[float] = []
        found: dict[str, list[tuple[float, float]]] = {client: [] for client in clients}
        for _ in range(rounds):
            for client in clients:
                alone.append(timed(cell))
                took, received = CLIENTS[client](url, cell)
                found[client].append((took, min(1.0, (received + rate * IN_FLIGHT) / (rate * took)) if received else 0.0))
        for client in clients:
            ratios = [took / statistics.median(alone) for took, _ in found[client]]
            ratio, kept = statistics.median(ratios), statistics.median(share for _, share in found[client])
            told = verdict(transport, rate, ratio, kept) if (name, client) == ("python", "ours") else ""
            print(
                f"{name:>7} {transport:>8} {rate:>8,} {client:>17} {ratio:>6.2f}× ±{(max(ratios) - min(ratios)) / 2:.2f} {kept:>8.1%}  {told}",
                flush=True,
            )


def main(arguments: list[str] | None = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", choices=[*CELLS, "sleep"], default=[*CELLS, "sleep"])
    parser.add_argument("--rates", type=int, nargs="+", help="messages a second")
    parser.add_argument("--transports", nargs="+", choices=["plain", "tls", "records"], default=["plain", "tls", "records"])
    parser.add_argument("--clients", nargs="+", choices=list(CLIENTS), default=list(CLIENTS))
    parser.add_argument("--seconds", type=float, default=3.0, help="about what the cell takes alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="only shows that it runs")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's own threads would compete with the server for the processors
    if given.small:
        given.rates, given.seconds, given.rounds = [1_000], 0.05, 1
    print(header().rsplit("\n", 1)[0])
    print("the cell's time ÷ its time alone, median ± half the range; share of the stream kept up with", flush=True)
    certificates = [lab().path(f"good.{part}") for part in ("pem", "key")]
    with process([sys.executable, "-m", "tests.benchmarks.paced", *certificates], cwd=ROOT) as server:
        assert server.stdout is not None
        plain, encrypted = server.stdout.readline().split()
        urls = {
            (transport, rate): f"ws://127.0.0.1:{plain}/{rate}"
            if transport == "plain"
            else f"wss://127.0.0.1:{encrypted}/{rate}" + ("/records" if transport == "records" else "")
            for transport in given.transports
            for rate in given.rates or (RECORDS if transport == "records" else RATES)
        }
        for name in given.cells:
            measure(name, made(name, given.seconds), urls, given.clients, given.rounds)


if __name__ == "__main__":
    main()
