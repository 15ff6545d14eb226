"""What a fuzzing server found: verdicts read from its ``index.json``, what is good enough, and the table.

A case has two verdicts: ``behavior`` (the messages) and ``behaviorClose`` (how the connection ended). Nothing here
starts or waits.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: "NON-STRICT" is allowed by the suite's authors, not by us.
GOOD = frozenset({"OK", "INFORMATIONAL"})


@dataclass(frozen=True)
class Verdict:
    """One case's result."""

    case: str
    behavior: str
    behavior_close: str
    milliseconds: int
    close_code: int | None

    @property
    def good(self) -> bool:
        """Whether both verdicts are as good as they can be."""
        return self.behavior in GOOD and self.behavior_close in GOOD

    @property
    def section(self) -> int:
        """The first number of the case."""
        return int(self.case.split(".", 1)[0])

    def __str__(self) -> str:
        return f"{self.case}: {self.behavior}, close {self.behavior_close} ({self.close_code}), {self.milliseconds} ms"


def read(folder: Path, agent: str) -> list[Verdict]:
    """Read the verdicts a server wrote, in the order of the cases."""
    cases = json.loads((folder / "index.json").read_text())[agent]
    verdicts = [
        Verdict(
            case,
            found["behavior"],
            found["behaviorClose"],
            int(found.get("duration") or 0),
            found.get("remoteCloseCode"),
        )
        for case, found in cases.items()
    ]
    return sorted(verdicts, key=lambda verdict: [int(part) for part in verdict.case.split(".")])


def table(verdicts: Iterable[Verdict]) -> str:
    """Draw a row a section: cases, both kinds of verdict, seconds."""
    sections: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        sections.setdefault(verdict.section, []).append(verdict)
    rows = [("section", "cases", "behavior", "behaviorClose", "seconds")]
    rows += [_row(str(section), found) for section, found in sorted(sections.items())]
    rows.append(_row("all", [verdict for found in sections.values() for verdict in found]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(name: str, verdicts: list[Verdict]) -> tuple[str, str, str, str, str]:
    seconds = sum(verdict.milliseconds for verdict in verdicts) / 1000
    behavior, close = (Counter(getattr(verdict, key) for verdict in verdicts) for key in ("behavior", "behavior_close"))
    return name, str(len(verdicts)), _counts(behavior), _counts(close), f"{seconds:.1f}"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counter.items(), key=lambda item: item[0] != "OK"))
