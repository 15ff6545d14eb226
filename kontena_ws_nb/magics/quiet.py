"""Showing each thing once: a magic that has printed its line, or shown its panel, still returns the object, which must not be shown again.

What lives here: `Hush`. What must not: what is printed. The cell's thread.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display


class Hush:
    """Keeps the display hook from showing one object at the end of the cell that runs.

    IPython shows a cell's last value. There is no way to return a value and say that it was shown already, so until the cell has run
    the formatter of its type swallows that one object once, and shows every other as always.

    Parameters
    ----------
    shell : InteractiveShell
        Whose display.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        # What formats every value for the front end; every shell has one.
        self._formatter: Any = shell.display_formatter.ipython_display_formatter  # type: ignore[union-attr]
        self._events = shell.events
        self._held: Any = None
        self._type: type | None = None

    def once(self, value: Any) -> None:
        """Do not show this object the next time, in this cell.

        Parameters
        ----------
        value : object
            What the magic returns.
        """
        self.forget()
        self._held, self._type = value, type(value)
        self._formatter.for_type(self._type, self._show)
        self._events.register("post_run_cell", self.forget)

    def forget(self, *_: Any) -> None:
        """Show everything again. IPython calls this after the cell, with the cell's result."""
        if self._type is not None:
            self._formatter.pop(self._type, None)
            self._events.unregister("post_run_cell", self.forget)
        self._held = self._type = None

    def _show(self, value: Any) -> None:
        swallow = value is self._held
        self.forget()
        if not swallow:
            display(value)  # type: ignore[no-untyped-call]
