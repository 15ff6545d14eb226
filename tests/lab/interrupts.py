"""SIGINT at the main thread, as a notebook's stop button sends it.

Called from the main thread of a test. A signal that strikes inside coverage's trace function switches tracing off for good, so it is
switched on again afterwards.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

_MAIN = threading.main_thread().ident
assert _MAIN is not None


@contextlib.contextmanager
def interrupt_soon(seconds: float = 0.15) -> Iterator[None]:
    """Send one interrupt after a while; the block must still be waiting then."""
    tracer = sys.gettrace()
    timer = threading.Timer(seconds, signal.pthread_kill, (_MAIN, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        sys.settrace(tracer)


@contextlib.contextmanager
def nagging(seconds: float) -> Iterator[None]:
    """Send interrupts again and again. The block catches them; the last ones may strike on leaving, and are swallowed."""
    tracer = sys.gettrace()
    stop = threading.Event()

    def nag() -> None:
        while not stop.wait(seconds):
            signal.pthread_kill(_MAIN, signal.SIGINT)

    nagger = threading.Thread(target=nag)
    nagger.start()
    try:
        yield
    finally:
        while True:
            try:
                stop.set()
                nagger.join()
                break
            except KeyboardInterrupt:
                continue
        sys.settrace(tracer)
