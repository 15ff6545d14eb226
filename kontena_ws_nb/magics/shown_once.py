"""`ShownOnce`: lets a magic return an object without IPython showing it. Called in the thread that runs the cell."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from IPython.core.displayhook import DisplayHook


class ShownOnce:
    """Keeps the display hook from showing an object that a magic has shown already.

    IPython shows the value of a cell's last statement, and a magic cannot return a value and opt out. So this replaces
    ``sys.displayhook`` until it is called once; IPython also restores its own when the cell ends.

    Only the statement with the magic is affected. IPython compiles each statement of a cell separately, and in ``m =
    %ws_send hi`` followed by ``m``, the second statement is to show the object.
    """

    def __init__(self) -> None:
        self._original: Callable[[Any], object] = sys.displayhook
        self._skipped: Any = None
        self._running: frozenset[CodeType] = frozenset()

    def skip(self, value: Any) -> None:
        """Do not show this object as the value of the current statement.

        Parameters
        ----------
        value : object
            The object that the magic returns.
        """
        if sys.displayhook != self._hook:
            self._original = sys.displayhook
            sys.displayhook = self._hook
        self._skipped, self._running = value, frozenset(_stack(inspect.currentframe()))

    def _hook(self, value: Any) -> None:
        skipped, self._skipped = self._skipped, None
        running, self._running = self._running, frozenset()
        sys.displayhook = self._original
        # The interpreter calls the hook from the statement whose value it shows.
        _, statement, *_ = _stack(inspect.currentframe())
        if value is not skipped or statement not in running:
            self._original(value)
        elif isinstance(self._original, DisplayHook):
            hook: Any = self._original  # IPython does not type these methods
            # Set Out, _ and the cell's result as if it had been shown.
            hook.check_for_underscore()
            hook.update_user_ns(value)
            hook.fill_exec_result(value)


def _stack(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back
