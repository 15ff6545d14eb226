"""Ctrl+C, SIGTERM and SIGHUP: the first closes the connection or the file, a second one ends the program."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from .exit_codes import INTERRUPTED

#: Seconds after the first in which another one is the same: ``timeout`` and shells send a signal to the program and to
#: its process group, which it is in.
SAME: Final = 0.2
#: They end a program, too: ``kill``, a service manager, a terminal that is closed (not on Windows).
_OTHERS: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """What a signal raises.

    Parameters
    ----------
    code : int
        The exit code of a program that it ends.
    """

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


def code_of(interrupt: KeyboardInterrupt) -> int:
    """Choose the exit code: 128 and the number of the signal, as shells report it."""
    return interrupt.code if isinstance(interrupt, Interrupted) else INTERRUPTED


class Interrupts:
    """Handles signals while there is something to close: the first raises `Interrupted`, a second ends the process at once."""

    #: Replaced in tests.
    leave: Callable[[int], object] = staticmethod(os._exit)
    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __enter__(self) -> None:
        self._before: dict[int, Any] = {}
        self._came: float | None = None
        self._code = INTERRUPTED
        # Only the main thread may set handlers; None is one that C code set, which nobody can put back.
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is None:
            return
        # An ignored SIGINT (nohup, a shell's background job) stays ignored, unless another signal stands behind it.
        self._ignored = not callable(signal.getsignal(signal.SIGINT))
        self._before[signal.SIGINT] = signal.signal(signal.SIGINT, self._interrupted)
        for number in _OTHERS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._before[number] = signal.signal(number, self._ended)

    def _ended(self, number: int, frame: FrameType | None) -> None:
        self._code = 128 + number
        signal.raise_signal(signal.SIGINT)  # which `shielded` holds back where nothing may be torn

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._ignored and self._code == INTERRUPTED:
            return
        now = self.clock()
        if self._came is None:
            self._came = now
            raise Interrupted(self._code)
        if now - self._came >= SAME:
            self.leave(self._code)

    def __exit__(self, *exc: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
