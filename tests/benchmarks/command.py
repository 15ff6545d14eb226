"""The whole table of design section 9 in one run, section by section.

    python3 -m tests.benchmarks                          everything but the panel: about a quarter of an hour; best on
    an idle machine python3 -m tests.benchmarks receive memory           these sections only python3 -m tests.benchmarks
    panel                    the panel in a browser, ten minutes: only when asked for python3 -m tests.benchmarks
    --report                 what was measured last, section by section, without measuring python3 -m tests.benchmarks
    --plots notebooks/images --markdown FILE    draw the pictures and write the tables as well

Every section is a process of its own and a module of its own (``python -m tests.benchmarks.receive --help``), prints as
it goes, and leaves its results in ``.cache/benchmarks``, so that a run can be made in parts. Every row shows its bar
and whether it holds. Exits with 1 when a section failed or a bar was missed; ``--small`` (seconds, for CI) keeps no
results and lets bars be missed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.flood import ROOT
from tests.benchmarks.report import Table, machine

#: Seconds after which a section is ended; a quiet machine takes eight minutes for the longest.
LIMIT = 1200
#: The same for what takes as long as it says.
LONG = 3000
RESULTS = ROOT / ".cache" / "benchmarks"


@dataclass(frozen=True)
class Section:
    """A benchmark with its arguments; `takes` lists which of the command's options it knows; `asked`: not unless it is named."""

    module: str
    arguments: Sequence[str] = ()
    takes: Sequence[str] = ()
    asked: bool = False


def _receive(transport: str) -> Section:
    return Section("receive", ["--transport", transport], ["rounds", "cpu"])


SECTIONS = {
    "receive": _receive("plain"),
    "tls": _receive("tls"),
    "compressed": _receive("compressed"),
    "wsaccel": _receive("wsaccel"),
    "steady": Section("steady", takes=["rounds"]),
    "few": Section("few", takes=["rounds"]),
    "sending": Section("sending", takes=["rounds"]),
    "memory": Section("memory"),
    "growth": Section("growth"),
    "lossless": Section("lossless"),
    "filter": Section("filter"),
    "timeline": Section("timeline"),
    "start": Section("opening", takes=["rounds"]),
    "foreground": Section("foreground", ["--seconds", "1", "--rounds", "3"]),
    "recording": Section("recording", takes=["rounds"]),
    "soak": Section("soak", asked=True),
    "panel": Section("panel", takes=["seconds"], asked=True),
}


def run(name: str, given: argparse.Namespace, to: Path) -> str | None:
    """Run a section; say what went wrong, or None."""
    section = SECTIONS[name]
    command = [sys.executable, "-m", f"tests.benchmarks.{section.module}", *section.arguments, "--json", str(to)]
    if given.small:
        command.append("--small")
    if given.rounds is not None and "rounds" in section.takes and not given.small:
        command += ["--rounds", str(given.rounds)]
    if given.seconds is not None and "seconds" in section.takes and not given.small:
        command += ["--seconds", str(given.seconds)]
    if given.cpu and "cpu" in section.takes:
        command.append("--cpu")
    to.unlink(missing_ok=True)
    # A group of its own: its servers are ended with it.
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as child:
        try:
            code = child.wait(limit := LONG if section.asked else LIMIT)
        except subprocess.TimeoutExpired:
            return f"ended after {limit} s"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    return None if to.exists() else f"failed with exit code {code}"


def tables(found: dict[str, Any]) -> list[Table]:
    """Read a section's tables."""
    return [Table(**table) for table in found["tables"]]


def markdown(results: dict[str, dict[str, Any]]) -> str:
    """Write every table, below the machine it was measured on."""
    parts, told = [], None
    for found in results.values():
        if found["machine"] != told:
            told = found["machine"]
            parts.append("\n".join(f"> {line}  " for line in told.splitlines()) + "\n")
        parts += [str(table) for table in tables(found)]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Run the sections."""
    known = [
        name for name, section in SECTIONS.items() if importlib.util.find_spec(f"tests.benchmarks.{section.module}")
    ]
    parser = argparse.ArgumentParser(
        "python3 -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=" ".join(known))
    parser.add_argument("--rounds", type=int, help="interleaved rounds, 9 by default")
    parser.add_argument("--seconds", type=float, help="of every rate of the panel, 60 by default")
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="processor time instead of time where clients are compared: for a busy machine",
    )
    parser.add_argument("--small", action="store_true", help="only shows that it runs")
    parser.add_argument("--report", action="store_true", help="measure nothing: print the last results")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables here")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="also draw receive.png and growth.png here")
    given = parser.parse_args(arguments)
    if unknown := set(given.sections) - set(known):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    chosen = [
        name
        for name in known
        if (name in given.sections if given.sections else given.report or not SECTIONS[name].asked)
    ]
    print(machine(), flush=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) if given.small else RESULTS
        failed = [] if given.report else measure(chosen, given, folder)
        results = {name: json.loads(file.read_text()) for name in chosen if (file := folder / f"{name}.json").exists()}
    if given.report:
        print(markdown(results))
    if given.markdown:
        given.markdown.write_text(markdown(results))
    if given.plots:
        from tests.benchmarks import plots

        for file in plots.draw({name: found["figures"] for name, found in results.items()}, given.plots):
            print(f"drawn: {file}")
    missed = [what for found in results.values() for table in tables(found) for what in table.missed]
    for title, all_ in (("missed", missed), ("failed", failed)):
        for what in all_:
            print(f"{title}: {what}", flush=True)
    return int(bool(failed or (missed and not given.small)))


def measure(chosen: list[str], given: argparse.Namespace, folder: Path) -> list[str]:
    """Run the sections one after the other; tell which failed."""
    failed = []
    for name in chosen:
        print(f"\n# {name}", flush=True)
        started = time.monotonic()
        problem = run(name, given, folder / f"{name}.json")
        if problem is not None:
            failed.append(f"{name}: {problem}")
        print(f"{name}: {problem or 'done'}, {time.monotonic() - started:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
