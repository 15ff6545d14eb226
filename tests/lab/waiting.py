"""Waits for conditions that have no event.

This is the one place in the tests that polls; whatever can be waited for with an event, a condition or a join is waited
for there. Called from the main thread of a test.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds a test waits for something that should happen at once. Generous: CI has two busy cores.
DEADLINE = 10.0


def wait_for(predicate: Callable[[], T], deadline: float = DEADLINE, what: str | None = None) -> T:
    """Return the first true value of `predicate`, or fail the test after `deadline` seconds, saying what never came."""
    end = time.monotonic() + deadline
    pause = threading.Event()  # never set: waits, and stays interruptible
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(
                f"{what or getattr(predicate, '__qualname__', predicate)}: still {value!r} after {deadline:g} s"
            )
        pause.wait(0.005)
