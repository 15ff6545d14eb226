"""What the panel costs, in a real JupyterLab in Chromium: under a stream, and over two million rows.

    python -m tests.benchmarks.panel [--seconds 60] [--rates 0 1000 10000 50000] [--kernels idle busy] [--jumps 100]
    [--columns 3] [--plot] [--small]

*Under a stream*: a session in the kernel receives 200-byte messages at a rate from a server in a process of its own
(`flood`), with the kernel idle, or busy with a cell in pure Python. Frames a second and long tasks are the page's;
bytes are those of the kernel's WebSocket to the page; *arrival → paint* is from a row's time in the log to the frame
after the one that painted it; the heap is the page's, JupyterLab included, after collecting garbage. Design section 9
asks at 50 k msg/s: ≥ 55 fps, ≤ 0.3 MB/s, arrival → paint p50 ≤ 60 ms.

With ``--plot`` the chart of messages over time is open, and twelve lines are plotted; the same bars.

*Over two million rows*: a jump is from scrolling somewhere at random to the frame after the rows of that place are
painted (bar 100 ms, p95, where somebody looks at them for a quarter of a second; without, the browser's delayed
acknowledgements hold Jupyter's answers up, 20 ms); a filter from the last key to its hits on screen (bar 500 ms,
substring, median); the heap is what the page has more than before the panel came (bar 60 MB).

``--small`` only shows that everything runs (CI).
"""

from __future__ import annotations

import random
import statistics
import sys
from typing import Any

from tests.benchmarks.flood import Flood, serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.browser.harness import Browser, NotebookPage, Server
from tests.browser.panel import LOG, PanelPage

RATES = (0, 1_000, 10_000, 50_000)
SIZE = 200
#: At which rate there are bars.
BARRED = 50_000
LEAST_FPS, MOST_MB, MOST_PAINT = 55.0, 0.3, 60.0
#: Seconds for which a reader looks before jumping on.
LOOK = 0.25
MOST_JUMP, MOST_FILTER, MOST_HEAP = 100.0, 500.0, 60.0

CONNECT = """
import kontena_ws_nb as kws
ws = kws.connect({url!r}, name="flood", compression=False)
ws.send("go")
ws.panel.columns = {columns}
{more}
ws.panel
"""
PLOT = """
ws.panel.chart = True
ws.panel.plot("$.price", by="$.qty")"""
#: What columns are made of.
PATHS = ["$.symbol", "$.price", "$.qty", "$.seq", "$.side", "$.type"]
#: Computes until the page's measurement is over. It looks for that a hundred times a second at most: to ask the system
#: gives the GIL away.
BUSY = """
import pathlib
while not pathlib.Path("stop").exists():
    for _ in range(1000):
        sum(range(1000))
"""
END = "ws.panel.close()\nws.abort()"

#: Kernel's clock and browser's are the same machine's. What is written in one frame is on screen when the callbacks of
#: the next one run.
LATENCY = r"""
() => {
  const { grid, pages } = document.querySelector(".kws").kws, paint = grid.paint, seen = (window.__latency = []);
  let stop = pages.stop;
  grid.paint = () => {
    paint.call(grid);
    const times = [];
    for (let at = Math.max(stop, pages.stop - Math.floor(grid.visible)); at < pages.stop; at++) {
      const row = pages.get(at);
      if (row) times.push(row[1]);
    }
    stop = pages.stop;
    requestAnimationFrame(() => {
      const now = (performance.timeOrigin + performance.now()) * 1000;
      for (const time of times) seen.push((now - time) / 1000);
    });
  };
}
"""
#: Ends it and gives what was seen, in milliseconds.
LATENCIES = "() => { delete document.querySelector('.kws').kws.grid.paint; return window.__latency }"
#: Does something, and tells how long it took until it was painted, in milliseconds.
_PAINTED = r"""
const painted = (does, here) => new Promise((resolve, reject) => {
  const { grid } = document.querySelector(".kws").kws, paint = grid.paint, began = performance.now();
  const never = setTimeout(() => reject(new Error("not painted within 20 s")), 20000);
  const rows = () => [...document.querySelectorAll(".kws-rows .kws-row:not([hidden])")];
  grid.paint = () => {
    paint.call(grid);
    if (!here(rows())) return;
    delete grid.paint;
    clearTimeout(never);
    requestAnimationFrame(() => resolve(performance.now() - began));
  };
  does();
});
"""
#: Scrolls to a share of the way.
JUMP = f"""
part => {{
  {_PAINTED}
  const body = document.querySelector(".kws-body"), {{ stop }} = document.querySelector(".kws").kws.pages;
  return painted(
    () => {{ body.scrollTop = part * (body.scrollHeight - body.clientHeight) }},
    rows => rows.every(row => row.children[0].textContent)
      && Math.abs(Number(rows[0]?.children[0].textContent.replace(/,/g, "")) - part * stop) < stop / 1000 + 50,
  );
}}
"""
#: Types a filter; it is there when so many hits are counted and one is on screen.
FILTER = f"""
([text, count]) => {{
  {_PAINTED}
  const input = document.querySelector(".kws-filter");
  return painted(
    () => {{
      input.value = text;
      input.dispatchEvent(new Event("input", {{ bubbles: true }}));
    }},
    rows => document.querySelector(".kws-counts").textContent.startsWith(count) && rows.some(row => row.textContent.includes(text)),
  );
}}
"""
#: Compact JSON of which one row in a thousand is an error.
FILL = """
for part in range({parts}):
    rows = [b'{{"seq":%d,"type":"%s"}}' % (part * 10_000 + at, b"error" if at % 1000 == 7 else b"trade") for at in range(10_000)]
    log.append(Batch(b"".join(rows), list(accumulate(map(len, rows), initial=0)), bytes((1,)) * len(rows)), time.time_ns())
"""


def heap(page: NotebookPage) -> float:
    """Megabytes the page's JavaScript holds, after collecting garbage."""
    session = page.page.context.new_cdp_session(page.page)
    try:
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
    finally:
        session.detach()


def percentile(values: list[float], share: float) -> float:
    """A value that this share is not above; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def under_a_stream(browser: Browser, server: Server, flood: Flood, rate: int, busy: bool, given: Any) -> dict[str, Any]:
    """Measure one rate; numbers by name."""
    seconds = given.seconds
    url = flood.feed("paced" if given.columns is None and not given.plot else "paced-trades", SIZE).with_count(rate).url
    connect = CONNECT.format(url=url, columns=PATHS[: given.columns or 0], more=PLOT if given.plot else "")
    page = NotebookPage(browser, server, [connect, BUSY, END], name=f"flood-{rate}-{busy}")
    stop = page.path.parent / "stop"
    stop.unlink(missing_ok=True)
    try:
        PanelPage(page).show()
        if rate:
            page.wait("() => document.querySelector('.kws').kws.ticks > 20")
        if busy:
            page.run(1, wait=False)
            page.wait("() => document.querySelectorAll('.jp-Notebook .jp-Cell')[1].innerText.includes('[*]')")
        before = heap(page)
        page.page.evaluate(LATENCY)
        page.page.evaluate("() => window.__meterStart()")
        page.page.wait_for_timeout(seconds * 1000)
        result: dict[str, Any] = page.page.evaluate("() => window.__meterStop()")
        latency = page.page.evaluate(LATENCIES)
        stop.touch()
        if busy:
            page.wait("() => window.__ran", 60_000)
        result |= {
            "p50": percentile(latency, 0.5),
            "p95": percentile(latency, 0.95),
            "before": before,
            "after": heap(page),
        }
        page.run(2)
        result["console"] = page.console
        return result
    finally:
        stop.unlink(missing_ok=True)
        page.close()


def stream_table(browser: Browser, server: Server, given: Any) -> Table:
    """Measure every rate with every kernel."""
    head = [
        "msg/s, kernel",
        "fps",
        "p99 frame",
        "long tasks",
        "MB/s",
        "messages/s",
        "paint p50",
        "p95",
        "heap begin",
        "heap end",
    ]
    table = Table(f"The panel under a stream of {SIZE}-byte messages, {given.seconds:g} s each", head)
    with serving() as flood:
        for rate in given.rates:
            for kernel in given.kernels:
                got = under_a_stream(browser, server, flood, rate, kernel == "busy", given)
                long = f"{got['long_tasks']} ({got['long_ms']:.0f} ms)"
                cells = [
                    f"{rate:,}, {kernel}",
                    f"{got['fps']:.1f}",
                    f"{got['frame_p99']:.0f} ms",
                    long,
                    f"{got['mb_per_s']:.3f}",
                ]
                cells += [f"{got['messages_per_s']:.1f}", f"{got['p50']:.0f} ms", f"{got['p95']:.0f} ms"]
                cells += [f"{got['before']:.1f} MB", f"{got['after']:.1f} MB"]
                print(" ".join(cells), *got["console"], sep="\n  console: ", flush=True)
                if rate == BARRED:
                    holds = (
                        got["fps"] >= LEAST_FPS
                        and got["mb_per_s"] <= MOST_MB
                        and got["p50"] <= MOST_PAINT
                        and not got["console"]
                    )
                    table.add(cells, f"≥ {LEAST_FPS:g} fps, ≤ {MOST_MB} MB/s, p50 ≤ {MOST_PAINT:g} ms", holds)
                else:
                    table.add(cells, "empty console", not got["console"])
    return table


def jump(page: NotebookPage, chance: random.Random, pause: float) -> float:
    """Scroll somewhere after so many seconds; the milliseconds it took."""
    page.page.wait_for_timeout(pause * 1000)
    return float(page.page.evaluate(JUMP, chance.random() * 0.99))


def rows_table(browser: Browser, server: Server, parts: int, jumps: int) -> Table:
    """Measure jumps, filters and heap over so many times ten thousand rows."""
    rows = parts * 10_000
    cell = LOG.format(options="max_bytes=None", fill=FILL.format(parts=parts))
    page = NotebookPage(browser, server, [cell], name="millions")
    try:
        before = heap(page)
        panel = PanelPage(page).show()
        panel.get(f".kws-counts:text-is('{rows:,} rows')").wait_for()
        chance = random.Random(7)
        went = [jump(page, chance, LOOK) for _ in range(jumps)]
        chased = [jump(page, chance, 0) for _ in range(jumps)]
        found = []
        for _ in range(5):
            found.append(float(page.page.evaluate(FILTER, ["error", f"{rows // 1000:,} of {rows:,}"])))
            page.page.evaluate(FILTER, ["", f"{rows:,} rows"])
        grown = heap(page) - before
    finally:
        page.close()
    table = Table(f"The panel over {rows:,} rows", ["what", "p50", "p95", "most"])
    for what, times, bar, most in (
        (f"jump anywhere, {jumps} times, {LOOK:g} s apart", went, percentile(went, 0.95), MOST_JUMP),
        ("the same, the next as soon as one is there", chased, 0.0, None),
        ("substring filter → on screen, 5 times", found, statistics.median(found), MOST_FILTER),
    ):
        cells = [
            what,
            f"{statistics.median(times):.0f} ms",
            f"{percentile(times, 0.95):.0f} ms",
            f"{max(times):.0f} ms",
        ]
        table.add(cells, *(() if most is None else (f"≤ {most:g} ms", bar <= most)))
    table.add(
        ["heap of the page, more than without", f"{grown:.1f} MB", "", ""], f"≤ {MOST_HEAP:g} MB", grown <= MOST_HEAP
    )
    return table


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--seconds", type=float, default=60.0, help="of every rate")
    options.add_argument("--rates", type=int, nargs="+", default=list(RATES), help="messages a second")
    options.add_argument("--kernels", nargs="+", choices=["idle", "busy"], default=["idle", "busy"])
    options.add_argument("--columns", type=int, help=f"how many of one's own, up to {len(PATHS)}")
    options.add_argument("--plot", action="store_true", help="with the chart and a plot of twelve lines")
    options.add_argument("--jumps", type=int, default=100)
    given = options.parse_args(arguments)
    parts = 200
    if given.small:
        given.seconds, given.rates, given.jumps, parts = 0.5, [1_000], 3, 2
    begin(given, "JupyterLab in Chromium")
    with Server("lab") as server, Browser() as browser:
        tables = [rows_table(browser, server, parts, given.jumps), stream_table(browser, server, given)]
    publish(tables, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
