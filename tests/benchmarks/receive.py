"""How fast messages are received and recorded: ours beside other clients, in one run.

    python -m tests.benchmarks.receive [--transport plain|tls|compressed|wsaccel] [--sizes 32 200 …] [--rounds 9]
    [--cpu] [--small]

The server runs in a process of its own (`flood`). Each figure is the median of interleaved rounds, each ratio that of
two medians. ``wsaccel`` measures websocket-client with its optional accelerator (`accelerator`); everywhere else it is
not there. Design section 9 asks, plain, for 40 × / 80 × / 120 × / 200 × / 200 × websocket-client at the five sizes and
at least picows everywhere; compressed, for 5 × websockets (the threaded client) and 1.3 × aiohttp at 200 bytes. TLS has
no bar of its own here: full records, and at 200 bytes also a record a frame.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import sys
from collections.abc import Sequence

from tests.benchmarks import peers, rounds
from tests.benchmarks.flood import Flood, serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.benchmarks.rounds import Rate

#: Bytes a measurement may keep.
MOST = 256 << 20

SIZES = (32, 200, 2048, 65536, 1 << 20)
_PLAIN = dict(zip(SIZES, (40, 80, 120, 200, 200), strict=True))
#: (transport, size) → peer → the least ratio.
BARS: dict[tuple[str, int], dict[str, float]] = {
    ("plain", size): {"websocket-client": least, "picows": 1.0} for size, least in _PLAIN.items()
} | {("compressed", 200): {"websockets": 5.0, "aiohttp": 1.3}}

#: Transport → title, peers, streams (kind and size).
TRANSPORTS: dict[str, tuple[str, tuple[str, ...], list[tuple[str, int]]]] = {
    "plain": ("Received and recorded, plain", tuple(peers.PEERS), [("flood", size) for size in SIZES]),
    "tls": ("Received and recorded, TLS", tuple(peers.PEERS), [*(("flood", size) for size in SIZES), ("single", 200)]),
    "compressed": (
        "Received and recorded, permessage-deflate",
        peers.COMPRESSING,
        [("deflate", size) for size in SIZES[1:4]],
    ),
    "wsaccel": ("websocket-client with wsaccel, plain", ("websocket-client",), [("flood", size) for size in SIZES]),
}


def label(kind: str, size: int) -> str:
    """Name a row."""
    text = f"{size} B" if size < 1024 else f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"
    return f"{text}, a record each" if kind == "single" else text


def measure(
    flood: Flood, transport: str, kind: str, size: int, names: Sequence[str], given: argparse.Namespace
) -> dict[str, Rate]:
    """Measure one row."""
    feed = flood.feed(kind, size, tls=transport == "tls")
    clients: dict[str, rounds.Measurement] = {"ours": functools.partial(peers.ours, feed)}
    clients |= {name: functools.partial(peers.PEERS[name], feed) for name in names}
    if given.cpu:
        clients = {name: rounds.of_processor(client) for name, client in clients.items()}
    clients = {name: rounds.alone(rounds.patient(name, client), size) for name, client in clients.items()}
    counts = {
        name: rounds.calibrated(client, size, given.seconds, max(8, MOST // max(size, 64)))
        for name, client in clients.items()
    }
    return rounds.interleaved(clients, counts, given.rounds)


def main(arguments: list[str]) -> int:
    """Run it."""
    options = parser(__doc__)
    options.add_argument("--transport", choices=list(TRANSPORTS), default="plain")
    options.add_argument("--sizes", type=int, nargs="+")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--seconds", type=float, default=0.3, help="about what one measurement takes")
    options.add_argument("--peers", nargs="*", choices=list(peers.PEERS))
    options.add_argument("--cpu", action="store_true", help="processor time instead of time: for a busy machine")
    given = options.parse_args(arguments)
    if given.transport == "wsaccel" and importlib.util.find_spec("wsaccel") is None:
        from tests.benchmarks.accelerator import again

        return again(["tests.benchmarks.receive", *arguments])
    title, known, streams = TRANSPORTS[given.transport]
    names = [name for name in known if given.peers is None or name in given.peers]
    if given.small:
        given.rounds, given.seconds, streams = 1, 0.02, [(kind, size) for kind, size in streams if size == 200]
    if given.sizes:
        streams = [(kind, size) for kind, size in streams if size in given.sizes]
    accelerated = "with" if importlib.util.find_spec("wsaccel") else "without"
    begin(given, f"{accelerated} wsaccel{', processor time' if given.cpu else ''}; messages/s, median ± half the range")
    table = Table(f"{title} (messages/s; ours ÷ theirs)", ["message", "ours", *(f"÷ {name}" for name in names)])
    figures: dict[str, dict[str, float]] = {}
    with serving(tls=given.transport == "tls") as flood:
        for kind, size in streams:
            rates = measure(flood, given.transport, kind, size, names, given)
            print(
                f"{label(kind, size):>22}: " + ", ".join(f"{name} {rate}" for name, rate in rates.items()), flush=True
            )
            ratios = {name: rates["ours"].median / rates[name].median for name in names}
            wanted = {name: least for name, least in BARS.get((given.transport, size), {}).items() if name in ratios}
            holds = all(ratios[name] >= least for name, least in wanted.items()) if wanted else None
            cells = [f"{ratios[name]:.0f} ×" if ratios[name] >= 20 else f"{ratios[name]:.2f} ×" for name in names]
            bar = ", ".join(f"{least:g} × {name}" for name, least in wanted.items())
            table.add([label(kind, size), f"{rates['ours'].median:,.0f}", *cells], bar and f"≥ {bar}", holds)
            if kind != "single":
                figures[str(size)] = {name: rate.median for name, rate in rates.items()}
    publish([table], given.json, rates=figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
