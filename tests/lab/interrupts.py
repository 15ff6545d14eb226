"""Sends SIGINT to the main thread, as a notebook's stop button does.

Called from the main thread of a test. A signal that strikes inside coverage's trace function switches tracing off for
good, so it is switched on again afterwards; and inside coverage's own code, or where Python would drop it, it does not
strike at all.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

_MAIN = threading.main_thread().ident
assert _MAIN is not None
#: Called by the garbage collector, Hypothesis's among them: Python drops what they raise, but pytest keeps it, and what
#: its frames hold.
_SWALLOWING = "gc_callback"
#: What of coverage merely runs the tests.
_RUNNERS = ("cmdline.py", "execfile.py", "__main__.py")


def strike(number: int, frame: object) -> None:
    """Handle a signal as Python handles SIGINT, but inside coverage put it off by a step: a lock it holds there would never be released."""
    if _inside_coverage():
        signal.raise_signal(number)
    else:
        raise KeyboardInterrupt


def _inside_coverage() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if (path.parent.name == "coverage" and path.name not in _RUNNERS) or frame.f_code.co_name == _SWALLOWING:
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def interrupt_soon(seconds: float = 0.15) -> Iterator[None]:
    """Send one interrupt after a while; the block must still be waiting then."""
    tracer, handler = sys.gettrace(), signal.signal(signal.SIGINT, strike)
    timer = threading.Timer(seconds, signal.pthread_kill, (_MAIN, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        signal.signal(signal.SIGINT, handler)
        sys.settrace(tracer)


class Nagging:
    """Interrupts that strike only while armed: one that came between two lines of the test itself would end the run.

    Parameters
    ----------
    seconds : float
        Between two interrupts.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._armed = False
        self.count = 0

    def _strike(self, number: int, frame: object) -> None:
        if self._armed and not _inside_coverage():  # the next one comes soon
            self._armed = False
            self.count += 1
            raise KeyboardInterrupt

    def survive(self, step: Callable[[], object]) -> None:
        """Call ``step`` while interrupts may strike; one ends the call."""
        try:
            self._armed = True
            step()
            self._armed = False
        except KeyboardInterrupt:
            pass

    def __enter__(self) -> Nagging:
        self._tracer = sys.gettrace()
        self._handler = signal.signal(signal.SIGINT, self._strike)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._nag)
        self._thread.start()
        return self

    def _nag(self) -> None:
        while not self._stop.wait(self._seconds):
            signal.pthread_kill(_MAIN, signal.SIGINT)

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()
        signal.signal(signal.SIGINT, self._handler)
        sys.settrace(self._tracer)  # an interrupt inside the tracer switches coverage off
