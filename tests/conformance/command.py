"""``python3 -m tests.conformance``: the Autobahn cases from the command line, and the table of what they found.

    python3 -m tests.conformance                          sections 1 to 10 with kosoku python3 -m tests.conformance
    --original               all 517 cases with the original suite (Python 2.7; about ten minutes) python3 -m
    tests.conformance --original --times 3 --jobs 2    three times, two sections at a time python3 -m tests.conformance
    --original '9.*'         only these cases python3 -m tests.conformance --against aiohttp '9.*'  the same cases with
    aiohttp's client too, and both times

Exits with 1 when a verdict is not as good as it can be.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from . import report, runners
from .driver import AGENT, Echo, drive, echo, echo_aiohttp

CORE = [f"{section}.*" for section in (1, 2, 3, 4, 5, 6, 7, 9, 10)]
DEFLATE = [f"12.{n}.*" for n in range(1, 6)] + [f"13.{n}.*" for n in range(1, 8)]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.conformance", description="Run the Autobahn cases against Client."
    )
    parser.add_argument("cases", nargs="*", help="ids or globs; each is a run of its own")
    parser.add_argument("--original", action="store_true", help="the original suite on Python 2.7 instead of kosoku")
    parser.add_argument("--times", type=int, default=1, help="how often (1)")
    parser.add_argument(
        "--jobs", type=int, default=1, help="selections at a time (1); for times to be compared, leave it at that"
    )
    parser.add_argument("--deadline", type=float, default=480, help="seconds a case may take (480, the suite's own)")
    parser.add_argument("--against", choices=["aiohttp"], help="another client, for its time")
    parser.add_argument("--folder", type=Path, default=runners.CACHE / "reports", help="where the reports go")
    chosen = parser.parse_args(arguments)
    if chosen.original:
        print(f"the original suite goes to {runners.CACHE}", flush=True)
        runners.install_original()
    bad = 0
    for turn in range(1, chosen.times + 1):
        with ProcessPoolExecutor(chosen.jobs) as pool:
            runs = pool.map(
                partial(compare, chosen=chosen, turn=turn), chosen.cases or CORE + (DEFLATE if chosen.original else [])
            )
            verdicts = [verdict for found in runs for verdict in found]
        print(f"\nrun {turn} of {chosen.times}\n{report.table(verdicts)}")
        for verdict in verdicts:
            if not verdict.good:
                bad += 1
                print(verdict)
    return 1 if bad else 0


def compare(cases: str, chosen: argparse.Namespace, turn: int) -> list[report.Verdict]:
    """Run one selection with our client, and with another if that was asked for."""
    verdicts = run(cases, echo, AGENT, chosen, turn)
    if chosen.against:
        run(cases, echo_aiohttp, chosen.against, chosen, turn)
    return verdicts


def run(cases: str, client: Echo, agent: str, chosen: argparse.Namespace, turn: int) -> list[report.Verdict]:
    """Run one selection with one client on a server of its own."""
    folder = chosen.folder / f"{'original' if chosen.original else 'kosoku'}-{agent}-{turn}-{cases.replace('*', 'x')}"
    shutil.rmtree(folder, ignore_errors=True)
    server = runners.original if chosen.original else runners.kosoku
    begin, cpu = time.monotonic(), time.process_time()
    with server([cases], folder) as url:
        exchanges = list(drive(url, agent=agent, deadline=chosen.deadline, echo=client))
    seconds = sum(exchange.seconds for exchange in exchanges)
    verdicts = report.read(folder, agent)
    bad = sum(not verdict.good for verdict in verdicts)
    cpu, all_in_all = time.process_time() - cpu, time.monotonic() - begin
    took = f"{seconds:.1f} s ({cpu:.1f} s of CPU here; {all_in_all:.1f} s with the server's start and report)"
    print(f"{agent} {cases}: {len(verdicts)} cases in {took}, {bad} bad", flush=True)
    return verdicts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
