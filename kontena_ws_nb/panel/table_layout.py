"""`TableLayout`: the columns and highlights of one panel: set from Python or by the page, given to every view, and written for the page. Any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..feed.columns import Columns, read_columns
from ..feed.comm_messages import Column, Highlight, TableState
from ..feed.highlights import Highlights, read_highlights
from ..feed.layout import Layout
from ..redaction.text import visible
from .drafts import Drafts
from .views import Views


class TableLayout:
    """What a panel's table shows besides the rows themselves.

    Parameters
    ----------
    views : Views
        Whose rows are written.
    drafts : Drafts
        The names of secrets in what the page gets.
    tell : callable
        Given the state for the page when it has changed.
    """

    def __init__(self, views: Views, drafts: Drafts, tell: Callable[[TableState], object]) -> None:
        self._views = views
        self._drafts = drafts
        self._tell = tell
        self._lock = threading.RLock()
        self._layout = Layout()
        self._told: TableState | None = None

    @property
    def now(self) -> Layout:
        """What is written into the rows now."""
        return self._layout

    def set_columns(self, wanted: Iterable[str | Sequence[Any]] | Mapping[str, str]) -> None:
        """Show these columns.

        Parameters
        ----------
        wanted : iterable of str or Column, or mapping
            As for `read_columns`.

        Raises
        ------
        QueryError, TypeError, ValueError
            As `read_columns`; what there was stays.
        """
        with self._lock:
            before = self._layout.columns
            columns = read_columns(wanted, before.columns)
            if [one.path for one in columns] == [one.path for one in before.columns]:
                # Of another width or title the cells are the same, and what travels means the same.
                self._layout = self._layout._replace(columns=before.renamed(columns))
                self.refresh()
            else:
                self._set(Columns(columns), self._layout.highlights)

    def set_highlights(self, wanted: Iterable[Sequence[Any]] | Mapping[str, str]) -> None:
        """Colour rows by these rules.

        Parameters
        ----------
        wanted : mapping, or iterable of Highlight
            As for `read_highlights`.

        Raises
        ------
        QueryError, TypeError, ValueError
            As `read_highlights`; what there was stays.
        """
        with self._lock:
            self._set(self._layout.columns, Highlights(read_highlights(wanted)))

    def _set(self, columns: Columns, highlights: Highlights) -> None:
        layout = self._layout = Layout(self._layout.version + 1, columns, highlights)
        self._views.each(lambda feed: feed.set_layout(layout))
        self.refresh()

    def asked(self, paths: list[str], titles: list[str], widths: list[int]) -> None:
        """Show the columns that a page asks for.

        Parameters
        ----------
        paths, titles : list of str
            Of each its path and title, secrets by their names.
        widths : list of int
            Of each its width.

        Raises
        ------
        ValueError
            As `set_columns`, or the lists are not of one length.
        """
        filled = self._drafts.filled
        self.set_columns([*zip(map(filled, paths), map(filled, titles), widths, strict=True)])

    def asked_highlights(self, filters: list[str], colours: list[str], on: list[int]) -> None:
        """Colour rows by the rules that a page asks for.

        Parameters
        ----------
        filters, colours : list of str
            Of each its filter, secrets by their names, and its colour.
        on : list of int
            Whether each is on.

        Raises
        ------
        ValueError
            As `set_highlights`, or the lists are not of one length.
        """
        self.set_highlights([*zip(map(self._drafts.filled, filters), colours, on, strict=True)])

    def refresh(self) -> None:
        """Tell the page when what it gets is not what it has: after a change, a rule that was stopped, a new secret."""
        with self._lock:
            state = self._state()
            if state != self._told:
                self._told = state
                self._tell(state)

    def _state(self) -> TableState:
        named, layout = self._drafts.named, self._layout
        if not layout.version:
            return {}
        return {
            "layout": layout.version,
            "columns": [Column(named(path), visible(title), width) for path, title, width in layout.columns.columns],
            "highlights": [Highlight(named(text), colour, on) for text, colour, on in layout.highlights.rules],
            "problems": [visible(problem) for problem in layout.highlights.problems],
        }
