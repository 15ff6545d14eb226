"""`shielded`: a stretch of code that Ctrl-C (the notebook's interrupt) may not tear.

Nothing else lives here. A `KeyboardInterrupt` can be raised between any two steps of the main thread; between ``recv`` and the use of what it
returned it would lose bytes, and the stream with them. Only short stretches that never wait are shielded; other threads are never interrupted.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class shielded:  # noqa: N801 - used as a context manager, like `suppress`
    """Hold SIGINT back while inside; what came meanwhile is handled on leaving.

    Enters and leaves in about a microsecond. A class, because a generator could be interrupted half-way through its own clean-up.
    """

    __slots__ = ("_came", "_handler")

    def __enter__(self) -> shielded:
        self._came: FrameType | bool | None = False
        self._handler: Any = None
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            # SIG_IGN and SIG_DFL raise nothing; inside another shield the outer one handles it.
            if callable(handler) and getattr(handler, "__func__", None) is not shielded._note:
                self._handler = handler
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = frame or True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        handler = self._handler
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
            if self._came:
                handler(signal.SIGINT, None if self._came is True else self._came)
