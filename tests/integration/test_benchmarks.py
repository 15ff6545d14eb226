"""Every benchmark works, run small; what they measure is nobody's test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["opening", "--small"], "x websocket-client"),
        (["filter", "--messages", "5000"], "hits"),
        (["foreground", "--small"], "websocket-client"),
        (["receive", "--small", "--sizes", "200"], "picows"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_runs(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{arguments[0]}", *arguments[1:]],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
