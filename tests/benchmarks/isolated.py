"""Measuring in a process of its own, so that no other measurement's memory is in the figure."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.benchmarks.flood import ROOT


def measured(module: str, *arguments: object, timeout: float = 300) -> Any:
    """Run ``python -m module`` with these arguments; what it printed last, as JSON."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=timeout)
    return json.loads(done.stdout.splitlines()[-1])
