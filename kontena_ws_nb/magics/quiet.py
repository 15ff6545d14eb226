"""Showing each thing once: a magic that has printed its line, or shown its panel, still returns the object, which must not be shown again.

Runs in the cell's thread.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from IPython.core.displayhook import DisplayHook


class Hush:
    """Keeps the display hook from showing one object at the end of the cell that runs.

    IPython shows a cell's last value, and there is no way to return one and say that it was shown already. So the hook
    is another one until a value was shown or the cell has ended, when IPython puts its own back.

    Only the statement that holds the magic is silenced: IPython compiles each statement of a cell by itself, and in
    ``m = %ws_send hi`` and then ``m`` the second one asks for the object.
    """

    def __init__(self) -> None:
        self._shown: Callable[[Any], object] = sys.displayhook
        self._held: Any = None
        self._running: frozenset[CodeType] = frozenset()

    def once(self, value: Any) -> None:
        """Do not show this object the next time, in this cell.

        Parameters
        ----------
        value : object
            What the magic returns.
        """
        if sys.displayhook != self._show:
            self._shown = sys.displayhook
            sys.displayhook = self._show
        self._held, self._running = value, frozenset(_stack(inspect.currentframe()))

    def _show(self, value: Any) -> None:
        held, self._held = self._held, None
        running, self._running = self._running, frozenset()
        sys.displayhook = self._shown
        # The interpreter calls the hook from the statement whose value it shows.
        _, statement, *_ = _stack(inspect.currentframe())
        if value is not held or statement not in running:
            self._shown(value)
        elif isinstance(self._shown, DisplayHook):
            ipythons: Any = self._shown  # without types
            # Out, _ and the cell's result know it as if it had been shown.
            ipythons.check_for_underscore()
            ipythons.update_user_ns(value)
            ipythons.fill_exec_result(value)


def _stack(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back
