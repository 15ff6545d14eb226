"""Showing each thing once: a magic that has printed its line, or shown its panel, still returns the object, which must not be shown again.

What lives here: `Hush`. What must not: what is printed. The cell's thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from IPython.core.displayhook import DisplayHook


class Hush:
    """Keeps the display hook from showing one object at the end of the cell that runs.

    IPython shows a cell's last value, and there is no way to return one and say that it was shown already. So the hook
    is another one until a value was shown or the cell has ended, when IPython puts its own back.
    """

    def __init__(self) -> None:
        self._shown: Callable[[Any], object] = sys.displayhook
        self._held: Any = None

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
        self._held = value

    def _show(self, value: Any) -> None:
        held, self._held = self._held, None
        sys.displayhook = self._shown
        if value is not held:
            self._shown(value)
        elif isinstance(self._shown, DisplayHook):
            ipythons: Any = self._shown  # without types
            # Out, _ and the cell's result know it as if it had been shown.
            ipythons.check_for_underscore()
            ipythons.update_user_ns(value)
            ipythons.fill_exec_result(value)
