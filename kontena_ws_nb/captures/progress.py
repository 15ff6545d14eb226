"""Tells how far long work is: after a second, on one line of a terminal or in one output of a notebook, which goes away at its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

#: Seconds until the first line is written, and between two.
_LATE: Final = 1.0
_EVERY: Final = 0.5
_WIDTH: Final = 30


@contextmanager
def progress(what: str, total: int, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[int], object]]:
    """Tell how far some work is while the block runs.

    Parameters
    ----------
    what : str
        Such as "reading feed.har".
    total : int
        What done is; 0 when nobody knows.
    clock : callable, optional
        Seconds, rising.

    Yields
    ------
    callable
        Called with how much is done, as often as one likes.
    """
    due, show = clock() + _LATE, None

    def tick(done: int) -> None:
        nonlocal due, show
        now = clock()
        if now < due:
            return
        due = now + _EVERY
        show = show or _place()
        show(_line(what, done, total))

    try:
        yield tick
    finally:
        if show is not None:
            show("")


def _line(what: str, done: int, total: int) -> str:
    if total <= 0:
        return f"{what}: {done:,}"
    part = min(1.0, done / total)
    filled = round(part * _WIDTH)
    return f"{what} {'█' * filled}{'░' * (_WIDTH - filled)} {part:4.0%}"


def _place() -> Callable[[str], object]:
    """Choose where to write."""
    # Not imported for it: where nobody has loaded IPython, there is no notebook.
    ipython: Any = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if hasattr(shell, "kernel"):
        handle = ipython.display.display({"text/plain": ""}, raw=True, display_id=True)
        return lambda line: handle.update({"text/plain": line}, raw=True)
    stream = sys.stderr
    if stream is None or not stream.isatty():
        return lambda _line: None

    def write(line: str) -> None:
        stream.write(f"\r\x1b[K{line}")
        stream.flush()

    return write
