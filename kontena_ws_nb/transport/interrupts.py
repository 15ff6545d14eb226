"""`shielded`: a block of code that Ctrl-C (the notebook's interrupt) does not interrupt.

A `KeyboardInterrupt` can be raised between any two steps of the main thread; between ``recv`` and the use of what it
returned it would lose bytes, and the stream with them. Shielded blocks are short, or wait by `shielded.exposing`;
other threads are never interrupted.
"""

from __future__ import annotations

# What the module signal wraps: its conversions to enums would cost 10 µs a shield, more than the blocks that are
# shielded.
import _signal  # type: ignore[import-not-found]
import os
import threading
from collections.abc import Callable
from signal import SIGINT
from types import FrameType, MethodType, TracebackType
from typing import Any, Final, TypeVar

_T = TypeVar("_T")

_ident: Final = threading.get_ident
#: The thread that signal handlers run in; `threading.main_thread().ident`, without its two calls.
_main = threading.main_thread().ident


def _in_child() -> None:
    global _main  # noqa: PLW0603 - a cached fact about the process
    _main = _ident()


if hasattr(os, "register_at_fork"):  # pragma: no branch  absent on Windows
    os.register_at_fork(after_in_child=_in_child)


class shielded:  # noqa: N801 - used as a context manager, like `suppress`
    """Hold SIGINT back while inside; what came meanwhile is handled on leaving.

    Enters and leaves in about a microsecond. A class, because a generator could be interrupted half-way through its own
    clean-up.
    """

    __slots__ = ("_came", "_exposed", "_handler", "_outer")

    def __enter__(self) -> shielded:
        self._came: FrameType | bool | None = False
        self._exposed = False
        self._handler: Any = None
        self._outer: shielded | None = None
        if _ident() == _main:
            handler = _signal.getsignal(SIGINT)
            if type(handler) is MethodType and handler.__func__ is shielded._note:
                # Inside another shield, which handles it; inside one that is exposed, it must wait for the end of this
                # one.
                outer: Any = handler.__self__
                if outer._exposed:
                    self._outer, outer._exposed = outer, False
            elif callable(handler):  # SIG_IGN and SIG_DFL raise nothing
                self._handler = handler
                _signal.signal(SIGINT, self._note)
        return self

    def exposing(self, wait: Callable[..., _T], *arguments: object) -> _T:
        """Call a function that waits: it can be interrupted, unless this shield stands inside another.

        Parameters
        ----------
        wait : callable
            Leaves nothing to tidy up when it is interrupted.
        *arguments
            What it is called with.

        Returns
        -------
        object
            What ``wait`` returns.
        """
        self._exposed = True
        try:
            if self._came:
                self._deliver()
            return wait(*arguments)
        finally:
            self._exposed = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._came = frame or True
        if self._exposed:
            self._deliver()

    def _deliver(self) -> None:
        came, self._came = self._came, False
        self._exposed = False  # a second interrupt waits until the first is through
        self._handler(SIGINT, None if came is True else came)
        self._exposed = True  # the handler raised nothing: the waiting goes on

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        handler = self._handler
        if handler is not None:
            _signal.signal(SIGINT, handler)
            came, self._came = (
                self._came,
                False,
            )  # a frame that knows this shield: the two would keep each other, and a connection, alive
            if came:
                handler(SIGINT, None if came is True else came)
        elif self._outer is not None:
            self._outer._exposed = True
            if self._outer._came:
                self._outer._deliver()
