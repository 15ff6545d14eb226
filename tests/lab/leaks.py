"""Threads, file descriptors and child processes that a test leaked.

Linux reads /proc; elsewhere only threads are compared. Called by the autouse fixture in conftest.py, before and after
each test.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from .waiting import wait_for

#: Seconds what a test closed may take to be gone (server-side sockets close a moment after the client's).
GRACE = 5.0

#: Threads of this prefix serve the whole process and live as long as it does.
SHARED = "kws-shared-"

#: Files that appear once in a process and stay: test tooling and memoised resources, not ours.
_KEPT = (".coverage", "coverage", "/dev/", ".hypothesis", "history.sqlite", "/pytest-of-")


def resident() -> int:
    """Bytes of memory this process holds now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Snapshot:
    """Threads, descriptors and children of this process at one moment."""

    threads: frozenset[threading.Thread]
    descriptors: frozenset[tuple[str, str]]
    children: frozenset[str]

    @classmethod
    def take(cls) -> Snapshot:
        return cls(
            frozenset(t for t in threading.enumerate() if not t.name.startswith(SHARED)),
            frozenset(_descriptors()),
            frozenset(_children()),
        )

    def leaked_since(self) -> list[str]:
        """Describe what exists now and did not then; empty when all is clean."""
        now = Snapshot.take()
        left = [f"thread {t.name!r}" for t in now.threads - self.threads if t.is_alive()]
        left += [f"descriptor {fd} ({target})" for fd, target in now.descriptors - self.descriptors]
        left += [f"child process {pid}" for pid in now.children - self.children]
        return sorted(left)

    def check(self) -> list[str]:
        """Wait until nothing is left over; return what still is after `GRACE` seconds."""
        if not self.leaked_since():
            return []
        gc.collect()  # what only a cycle keeps alive warns (ResourceWarning, an error here) instead of counting as a leak
        try:
            wait_for(lambda: not self.leaked_since(), GRACE)
        except AssertionError:
            return self.leaked_since()
        return []


def _descriptors() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not sys.platform.startswith("linux"):
        return found
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:  # the listing's own descriptor is gone by now
            continue
        if target.startswith("/") and any(part in target for part in _KEPT):
            continue
        found.append((name, target))
    return found


def _children() -> list[str]:
    found: list[str] = []
    if sys.platform.startswith("linux"):
        for task in Path("/proc/self/task").iterdir():
            try:
                found += (task / "children").read_text().split()
            except OSError:  # a thread that ended between the listing and the read
                continue
    return found
