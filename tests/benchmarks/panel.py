"""What the panel costs: frames a second, bytes to the browser, arrival → paint, in a real JupyterLab.

    python -m tests.benchmarks.panel [--seconds 30] [--rates 0 1000 10000 50000] [--busy]

Prints one line a rate. The feed is the demo server's flood, in a process of its own, so that it takes nothing from the kernel but the
processor. Design section 9 asks at 50 k msg/s: ≥ 55 fps, ≤ 0.3 MB/s, arrival → paint p50 ≤ 60 ms.
"""

from __future__ import annotations

import argparse
import os
import platform
from typing import Any

from tests.browser.harness import Browser, NotebookPage, Server

#: Connects and shows the panel. The server runs in another process and says where.
CONNECT = """
import subprocess, sys
import kontena_ws_nb as kws
server = subprocess.Popen([sys.executable, "-u", "-c", '''
import sys
from kontena_ws_nb import demo
print(demo.url(), flush=True)
sys.stdin.read()
'''], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
base = server.stdout.readline().strip()
ws = kws.connect(base + "flood?rate={rate}&size=200" if {rate} else base, name="flood")
ws.panel
"""

BUSY = """
import time
end = time.monotonic() + {seconds}
while time.monotonic() < end:
    sum(range(1000))
"""

#: Arrival → paint of the rows that get painted: kernel's clock and browser's clock are the same machine's.
LATENCY = r"""
() => {
  const view = document.querySelector(".kws").kws;
  const seen = (window.__latency = []);
  let paints = view.grid.paints, stop = view.pages.stop;
  const look = () => {
    if (view.grid.paints !== paints) {
      paints = view.grid.paints;
      const now = (performance.timeOrigin + performance.now()) * 1000;
      for (let at = Math.max(stop, view.pages.stop - Math.floor(view.grid.visible)); at < view.pages.stop; at++) {
        const row = view.pages.get(at);
        if (row) seen.push((now - row[1]) / 1000);
      }
      stop = view.pages.stop;
    }
    window.__latencyFrame = requestAnimationFrame(look);
  };
  look();
}
"""


def measure(browser: Browser, server: Server, rate: int, seconds: float, busy: bool) -> dict[str, Any]:
    """Measure one rate; numbers by name."""
    cells = [CONNECT.format(rate=rate), BUSY.format(seconds=seconds + 3), "ws.close()\nserver.stdin.close()\nserver.wait()\nws.stats"]
    page = NotebookPage(browser, server, cells, name=f"flood-{rate}-{'busy' if busy else 'idle'}")
    page.run(0)
    page.wait("() => document.querySelector('.kws')?.kws?.ticks > 0")
    if rate:
        page.wait("() => document.querySelector('.kws').kws.ticks > 20")
    if busy:
        page.run(1, wait=False)
    page.page.evaluate(LATENCY)
    page.page.evaluate("() => window.__meterStart()")
    page.page.wait_for_timeout(seconds * 1000)
    result: dict[str, Any] = page.page.evaluate("() => window.__meterStop()")
    latency = sorted(page.page.evaluate("() => { cancelAnimationFrame(window.__latencyFrame); return window.__latency }"))
    result["p50"] = latency[len(latency) // 2] if latency else 0.0
    result["p95"] = latency[int(len(latency) * 0.95)] if latency else 0.0
    if busy:
        page.wait("() => window.__ran", (seconds + 30) * 1000)
    page.run(2)
    result["stats"] = page.output(2).replace("\n", " ")
    result["console"] = page.console
    page.close()
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 1000, 10_000, 50_000])
    parser.add_argument("--busy", action="store_true", help="a cell computes meanwhile")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {arguments.seconds:g} s each")
    print(
        f"{'msg/s':>8} {'kernel':>6} {'fps':>6} {'p99 frame':>9} {'long':>5} {'MB/s':>7} {'msgs/s':>7} {'paint p50':>9} {'p95':>7} {'heap MB':>8}"
    )
    with Server("lab") as server, Browser() as browser:
        for rate in arguments.rates:
            got = measure(browser, server, rate, arguments.seconds, arguments.busy)
            print(
                f"{rate:>8,} {'busy' if arguments.busy else 'idle':>6} {got['fps']:>6.1f} {got['frame_p99']:>6.1f} ms {got['long_tasks']:>5} "
                f"{got['mb_per_s']:>7.3f} {got['messages_per_s']:>7.1f} {got['p50']:>6.0f} ms {got['p95']:>4.0f} ms {got['heap_mb']:>8.1f}"
            )
            print(f"         {got['stats']}")
            for line in got["console"]:
                print(f"         console: {line}")


if __name__ == "__main__":
    main()
