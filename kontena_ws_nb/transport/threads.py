"""`start_thread`: the one place where background threads begin, and where a process that can start no more is told.

`give_way` is for a thread whose work can wait for that of others.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Final

from ..errors import Error
from .interrupts import shielded

_logger = logging.getLogger("kontena_ws_nb")

#: How much nicer a thread is that gives way: a busy one beside it gets nine times as much of a processor (sched(7)).
_NICER: Final = 10


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


def give_way() -> None:
    """Let other threads have the processors first, from now on. Only where a thread has a niceness of its own: Linux."""
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    try:
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICER)
    except OSError as error:  # a sandbox: nothing but speed depends on it
        _logger.debug("this thread cannot give way to others: %s", error)
