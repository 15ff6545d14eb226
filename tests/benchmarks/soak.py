"""Hours, in minutes: whether resident memory stays where it is while the log drops as much as comes.

    python -m tests.benchmarks.soak [--minutes 10] [--rate 50000] [--sessions 200] [--small]

First one session at 50,000 messages/s of 200 bytes with 64 MiB kept; then 200 sessions at 100 messages/s each with 1 MiB
kept by each. Resident memory is printed once a minute from when the logs are full; bar: flat to ± 5 %, and nothing
lost. Each has a process of its own. Not part of a run without names: it takes as long as it says.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

from tests.benchmarks import isolated
from tests.benchmarks.flood import serving
from tests.benchmarks.report import Table, begin, parser, publish
from tests.lab.leaks import resident

SIZE = 200
FLAT = 0.05


def child(url: str, sessions: int, keep: int, minutes: int, minute: float) -> dict[str, object]:
    """Receive in this process; resident bytes at each minute, messages received, and what the log kept."""
    import kontena_ws_nb as kws

    with contextlib.ExitStack() as stack:
        all_ = [
            stack.enter_context(kws.connect(url, f"soak-{number}", compression=False, max_bytes=keep))
            for number in range(sessions)
        ]
        for session in all_:
            session.send("go")
        deadline = time.monotonic() + 10 * minute + 60
        while any(not session.messages.dropped for session in all_) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(minute)  # whatever grew on the way is there
        started, before = time.monotonic(), sum(session.stats.received_messages for session in all_)
        readings = [resident()]
        for number in range(minutes):
            time.sleep(max(0.0, started + (number + 1) * minute - time.monotonic()))
            readings.append(resident())
            print(f"minute {number + 1}: {readings[-1] / 2**20:,.1f} MiB", file=sys.stderr, flush=True)
        received = sum(session.stats.received_messages for session in all_) - before
        rate = received / (time.monotonic() - started)
        dropping = all(session.messages.dropped for session in all_)
        for session in all_:
            session.abort()
    return {"readings": readings, "rate": rate, "dropping": dropping}


def main(arguments: list[str]) -> int:
    """Run both."""
    options = parser(__doc__)
    options.add_argument("--minutes", type=int, default=10)
    options.add_argument("--minute", type=float, default=60.0, help="seconds that count as one")
    options.add_argument("--rate", type=int, default=50_000, help="messages/s of the one session")
    options.add_argument("--sessions", type=int, default=200)
    options.add_argument("--each", type=int, default=100, help="messages/s of each of many")
    options.add_argument("--child", nargs=5, help="measure in this process: url sessions keep minutes minute")
    given = options.parse_args(arguments)
    if given.child:
        url, sessions, keep, minutes, minute = given.child
        print(json.dumps(child(url, int(sessions), int(keep), int(minutes), float(minute))))
        return 0
    if given.small:
        given.minutes, given.minute, given.sessions = 2, 1.0, 10
    begin(given, f"{SIZE} B; {given.minutes} × {given.minute:g} s")
    table = Table("Soak", ["", "messages/s", "resident MiB, each minute", "from the first", "from the middle"])
    # Small limits for many, so that they are full within minutes at 100 messages a second.
    runs = [
        (f"1 session, {given.rate:,}/s", 1, given.rate, (4 if given.small else 64) << 20),
        (
            f"{given.sessions} sessions, {given.each}/s each",
            given.sessions,
            given.each,
            16 << 10 if given.small else 1 << 20,
        ),
    ]
    with serving() as flood:
        for name, sessions, rate, keep in runs:
            url = flood.feed("paced", SIZE).with_count(rate).url
            patience = 15 * given.minute * (given.minutes + 1) + 300
            found = isolated.measured(
                __spec__.name, "--child", url, sessions, keep, given.minutes, given.minute, timeout=patience
            )
            readings = found["readings"]
            first, middle = readings[0], (min(readings) + max(readings)) / 2
            # ± 5 % is about the middle; how far from the first is shown, too, as it was the bar at first.
            started, apart = (max(abs(reading / of - 1) for reading in readings) for of in (first, middle))
            told = " ".join(f"{reading / 2**20:.1f}" for reading in readings)
            table.add(
                [name, f"{found['rate']:,.0f}", told, f"{started:.1%}", f"± {apart:.1%}"],
                f"± {FLAT:.0%}",
                apart <= FLAT and found["dropping"],
            )
            print(" | ".join(table.rows[-1]), flush=True)
    publish([table], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
