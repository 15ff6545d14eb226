"""What it takes to open a connection, and to import us.

    python -m tests.benchmarks.opening [--rounds 9] [--small]

Prints medians of interleaved runs beside a bare websocket-client connect (bar: 1.3), plain imports in fresh
interpreters (bar: 80 ms beyond the eager imports), and ``%load_ext`` in a warm shell (bar: 300 ms).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

import websocket

from kontena_ws_nb.connection.client import Client
from tests.benchmarks.flood import ROOT
from tests.benchmarks.report import Table, begin, parser, publish
from tests.lab.process import process

_SERVER = "import sys\nfrom tests.lab.raw_server import RawServer\nwith RawServer() as server:\n    print(server.port, flush=True)\n    sys.stdin.read()\n"

_EAGER = "import ssl, logging, json, dataclasses, selectors, urllib.parse, websocket"
_IMPORT = (
    "import sys, time; {before}; t = time.perf_counter(); import kontena_ws_nb; print((time.perf_counter() - t) * 1000)"
)
_LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
import ipywidgets
shell = InteractiveShell.instance()
shell.run_cell("1")
t = time.perf_counter(); shell.run_line_magic("load_ext", "kontena_ws_nb"); print((time.perf_counter() - t) * 1000)
"""


def opening(table: Table, rounds: int, connects: int) -> None:
    """Compare opening times with websocket-client's."""
    ratios, taken = [], []
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
            taken.append(statistics.median(ours) * 1000)
        child.stdin.close()
    ratio = statistics.median(ratios)
    print(
        f"open: {ratio:.2f} x websocket-client (rounds {', '.join(f'{each:.2f}' for each in sorted(ratios))})",
        flush=True,
    )
    table.add(
        ["open a connection", f"{statistics.median(taken):.2f} ms", f"{ratio:.2f} × websocket-client"],
        "≤ 1.3 × websocket-client",
        ratio <= 1.3,
    )


def fresh(table: Table, title: str, code: str, runs: int, most: float | None = None) -> None:
    """Time something in fresh interpreters that find our modules compiled, as pip leaves them."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environ["PYTHONPYCACHEPREFIX"] = folder

        def once() -> float:
            done = subprocess.run(
                [sys.executable, "-c", code], cwd=ROOT, env=environ, check=True, capture_output=True, text=True
            )
            return float(done.stdout.split()[-1])

        once()  # compiles
        took = [once() for _ in range(runs)]
    middle = statistics.median(took)
    print(f"{title}: {middle:.0f} ms ({min(took):.0f}-{max(took):.0f})", flush=True)
    bar = "" if most is None else f"≤ {most:g} ms"
    table.add(
        [title, f"{middle:.0f} ms", f"{min(took):.0f} to {max(took):.0f} ms"],
        bar,
        None if most is None else middle <= most,
    )


def main(arguments: list[str]) -> int:
    """Run all of it."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args(arguments)
    begin(given)
    table = Table("Opening and starting", ["what", "median", ""])
    opening(table, 1 if given.small else given.rounds, 3 if given.small else 60)
    runs = 1 if given.small else given.rounds
    fresh(table, "import kontena_ws_nb", _IMPORT.format(before="pass"), runs)
    fresh(table, "import kontena_ws_nb beyond its eager imports", _IMPORT.format(before=_EAGER), runs, 80)
    fresh(table, "%load_ext in a warm shell", _LOAD, runs, 300)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
