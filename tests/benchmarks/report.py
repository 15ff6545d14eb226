"""What a benchmark tells: tables (Markdown that also reads well in a terminal), the machine, and figures for the plots.

Every benchmark collects `Table`s and hands them to `publish`; the command reads them again from the file. Measures
nothing.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Table:
    """Rows of cells; the last two columns are the bar of design section 9 and whether it holds."""

    title: str
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, cells: Sequence[object], bar: str = "", holds: bool | None = None) -> None:
        """Add a row; `holds` is None where there is no bar."""
        self.rows.append([*map(str, cells), bar or "–", "–" if holds is None else "yes" if holds else "NO"])

    @property
    def missed(self) -> list[str]:
        """What does not hold its bar."""
        return [f"{self.title}: {row[0]}" for row in self.rows if row[-1] == "NO"]

    def __str__(self) -> str:
        lines = [[*self.head, "bar", "holds"], *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        right = [column > 0 and column < len(widths) - 2 for column in range(len(widths))]
        text = [
            "| "
            + " | ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True))
            + " |"
            for line in lines
        ]
        text.insert(
            1, "|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right, strict=True)) + "|"
        )
        return f"**{self.title}**\n\n" + "\n".join(text) + "\n"


def machine() -> str:
    """Tell processor, system, Python and versions; the same for every section of one run."""
    names = ("kontena_ws_nb", "websocket-client", "websockets", "aiohttp", "picows", "aiofastnet", "uvloop")
    found = []
    for name in names:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass  # the last two would be used, or would matter, if they were there
    python = f"{platform.python_implementation()} {platform.python_version()}, {ssl.OPENSSL_VERSION}"
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}\n{python}\n{', '.join(found)}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def load() -> str:
    """Tell how busy the machine is besides."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def parser(description: str | None) -> argparse.ArgumentParser:
    """Make a parser with the options every benchmark has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--small", action="store_true", help="only shows that it runs (CI)")
    made.add_argument("--json", type=Path, help="also write tables and figures here")
    return made


def begin(given: argparse.Namespace, note: str = "") -> None:
    """Print the header; the command, which reads the file, has told the machine already."""
    if given.json is None:
        print(machine())
    print(f"{load()}; {note}" if note else load(), flush=True)


def publish(tables: Sequence[Table], to: Path | None, **figures: Any) -> None:
    """Print the tables; write them and what plots need to a file for the command."""
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        found = {
            "machine": machine(),
            "load": load(),
            "tables": [asdict(table) for table in tables],
            "figures": figures,
        }
        to.write_text(json.dumps(found, indent=1))
    for table in tables:
        print(f"\n{table}", flush=True)
