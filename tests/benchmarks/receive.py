"""How fast messages are received and recorded: ours beside other clients, in one run.

    python -m tests.benchmarks.receive [--sizes 32 200 2048 65536 1048576] [--rounds 9] [--peers picows aiohttp] [--cpu] [--small]

The server runs in a process of its own (`flood`). Rounds are interleaved, so that what else the machine does hits everybody; each
figure is the median of its rounds, the ratio that of the medians. ``--small`` only shows that everything runs (CI). Design
section 9 asks for 40 × / 80 × / 120 × / 200 × / 200 × websocket-client at the five sizes, and at least picows everywhere.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import importlib.util
import mmap
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.benchmarks import peers

SIZES = (32, 200, 2048, 65536, 1 << 20)
#: Bytes a measurement may keep.
MOST = 256 << 20


def calibrated(client: Callable[[str, int], float], url: str, size: int, seconds: float) -> int:
    """Choose how many messages take this client about so long."""
    client(f"{url}/{size}/1", 1)  # imports
    most = max(8, MOST // max(size, 64))
    count = max(2, min(200, 65536 // max(size, 1)))
    while True:
        took = client(f"{url}/{size}/{count}", count)
        if took >= seconds / 2 or count >= most:
            return max(2, min(most, int(count * seconds / took)))
        count = min(most, count * 4)


def touch_memory() -> None:
    """Let the machine have what a measurement may keep.

    A virtual machine that reports free pages to its host (by huge pages, after two seconds) gets them back at many times the price of any
    client's work: then the host would be measured, and whom it hits is chance.
    """
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with mmap.mmap(-1, 2 * MOST, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
            memory.madvise(mmap.MADV_HUGEPAGE)
            for page in range(0, len(memory), 4096):
                memory[page] = 0


def on_processor(client: Callable[[str, int], float]) -> Callable[[str, int], float]:
    """Measure the processor time of our process instead: connecting counts, but what else the machine does hardly matters."""

    def run(url: str, count: int) -> float:
        started = time.process_time()
        client(url, count)
        return time.process_time() - started

    return run


def measure(url: str, sizes: list[int], clients: dict[str, Callable[[str, int], float]], rounds: int, seconds: float) -> None:
    """Print one line a size."""
    print(f"{'bytes':>9}" + "".join(f" {name:>17}" for name in clients) + "   ours ÷ " + " ".join(list(clients)[1:]))
    for size in sizes:
        counts = {name: calibrated(client, url, size, seconds) for name, client in clients.items()}
        rates: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(rounds):
            for name, client in clients.items():
                gc.collect()
                touch_memory()
                rates[name].append(counts[name] / client(f"{url}/{size}/{counts[name]}", counts[name]))
        middle = {name: statistics.median(all_) for name, all_ in rates.items()}
        spread = {name: (max(all_) - min(all_)) / 2 / middle[name] for name, all_ in rates.items()}
        cells = "".join(f" {middle[name]:>11,.0f} ±{spread[name]:>3.0%}" for name in clients)
        ratios = " ".join(f"{middle['ours'] / middle[name]:.2f}×" for name in list(clients)[1:])
        print(f"{size:>9,}{cells}   {ratios}", flush=True)


def header() -> str:
    """Tell the machine and the versions."""
    names = ("kontena_ws_nb", "websocket-client", "websockets", "aiohttp", "picows")
    found = []
    for name in names:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} (not installed)")
    accel = "with" if importlib.util.find_spec("wsaccel") else "without"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}"
    return f"{machine}\n{', '.join(found)}, {accel} wsaccel\nmessages/s received and recorded, median ± half the range"


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="about what one measurement takes")
    parser.add_argument("--peers", nargs="*", choices=list(peers.PEERS), default=list(peers.PEERS))
    parser.add_argument("--small", action="store_true", help="only shows that it runs")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of time: for a busy machine")
    arguments = parser.parse_args()
    if arguments.small:
        arguments.sizes, arguments.rounds, arguments.seconds = [200, 65536], 1, 0.02
    clients: dict[str, Callable[[str, int], float]] = {"ours": peers.ours}
    clients |= {name: peers.PEERS[name] for name in arguments.peers}
    if arguments.cpu:
        clients = {name: on_processor(client) for name, client in clients.items()}
    print(header() + (", of processor time" if arguments.cpu else ""), flush=True)
    command = [sys.executable, "-m", "tests.benchmarks.flood"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        measure(f"ws://127.0.0.1:{int(server.stdout.readline())}", arguments.sizes, clients, arguments.rounds, arguments.seconds)


if __name__ == "__main__":
    main()
