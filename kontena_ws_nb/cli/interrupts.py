"""Ctrl+C: the first closes the connection, a second one ends the program."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from .exit_codes import INTERRUPTED


class Interrupts:
    """Handles SIGINT while a connection is open: the first raises KeyboardInterrupt, a second ends the process at once."""

    #: Replaced in tests.
    leave: Callable[[int], object] = staticmethod(os._exit)

    def __enter__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        self._came = False
        # An ignored SIGINT (nohup, a shell's background job) stays ignored. Only the main thread may set handlers.
        self._ours = callable(self._before) and threading.current_thread() is threading.main_thread()
        if self._ours:
            signal.signal(signal.SIGINT, self._interrupted)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._came:
            self.leave(INTERRUPTED)
        self._came = True
        raise KeyboardInterrupt

    def __exit__(self, *exc: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, self._before)
