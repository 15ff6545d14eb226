"""What it takes to open a connection, and to import us.

    python -m tests.benchmarks.opening [--rounds 9] [--small]

Prints medians of interleaved runs beside a bare websocket-client connect (bar: 1.3), plain imports in fresh interpreters (bar: 80 ms beyond
the eager imports), and ``%load_ext`` in a warm shell (bar: 300 ms).
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import websocket

from kontena_ws_nb.client import Client
from tests.lab.process import process

ROOT = Path(__file__).resolve().parents[2]
_SERVER = "import sys\nfrom tests.lab.raw_server import RawServer\nwith RawServer() as server:\n    print(server.port, flush=True)\n    sys.stdin.read()\n"

_EAGER = "import ssl, logging, json, dataclasses, selectors, urllib.parse, websocket"
_IMPORT = "import sys, time; {before}; t = time.perf_counter(); import kontena_ws_nb; print((time.perf_counter() - t) * 1000)"
_LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
import ipywidgets
shell = InteractiveShell.instance()
shell.run_cell("1")
t = time.perf_counter(); shell.run_line_magic("load_ext", "kontena_ws_nb"); print((time.perf_counter() - t) * 1000)
"""


def opening(rounds: int, connects: int) -> None:
    """Compare opening times with websocket-client's."""
    ratios = []
    with process([sys.executable, "-c", _SERVER], cwd=ROOT) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        url = f"ws://127.0.0.1:{int(child.stdout.readline())}/"
        for _ in range(rounds):
            ours, theirs = [], []
            for _ in range(connects):
                started = time.perf_counter()
                client = Client.connect(url)
                ours.append(time.perf_counter() - started)
                client.abort()
                started = time.perf_counter()
                sock = websocket.create_connection(url)
                theirs.append(time.perf_counter() - started)
                sock.shutdown()
            ratios.append(statistics.median(ours) / statistics.median(theirs))
        child.stdin.close()
    told = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    print(
        f"open: {statistics.median(ratios):.2f} x websocket-client (bar 1.3; rounds {told}; ours {statistics.median(ours) * 1000:.2f} ms)"
    )


def fresh(title: str, code: str, runs: int) -> None:
    """Time something in fresh interpreters."""
    took = [
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-1])
        for _ in range(runs)
    ]
    print(f"{title}: {statistics.median(took):.0f} ms ({min(took):.0f}-{max(took):.0f})")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--small", action="store_true", help="only shows that it runs")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, websocket-client {websocket.__version__}")
    opening(1 if given.small else given.rounds, 3 if given.small else 60)
    runs = 1 if given.small else 7
    fresh("import kontena_ws_nb", _IMPORT.format(before="pass"), runs)
    fresh("import kontena_ws_nb beyond its eager imports (bar 80 ms)", _IMPORT.format(before=_EAGER), runs)
    fresh("%load_ext in a warm shell (bar 300 ms)", _LOAD, runs)


if __name__ == "__main__":
    main()
