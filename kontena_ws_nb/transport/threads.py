"""`start_thread`: the one place where background threads begin, and where a process that can start no more is told."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import Error
from .interrupts import shielded


def start_thread(target: Callable[[], object], name: str) -> threading.Thread:
    """Start a daemon thread.

    Parameters
    ----------
    target : callable
        What it runs.
    name : str
        What it is called in `threading.enumerate`.

    Returns
    -------
    threading.Thread
        Running.

    Raises
    ------
    Error
        The process cannot start another one.
    """
    thread = threading.Thread(target=target, name=name, daemon=True)
    try:
        with shielded():  # `start` waits for the thread's first step: an interrupt there would lose a thread that runs
            thread.start()
    except (RuntimeError, MemoryError) as error:
        hint = "this process has as many threads as the system allows: close some sessions and panels, or raise the limit (ulimit -u)"
        raise Error(
            f"the thread {name} could not be started: {str(error) or type(error).__name__}", hint=hint
        ) from error
    return thread
