"""`Layout`: the columns of one's own and the highlights of a panel at one time, written into the rows that travel. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..log.log import MessageLog
from .columns import Columns
from .comm_messages import RowItem
from .highlights import Highlights

#: Where the row with a key is: what is shown, and its permanent index there.
Find = Callable[[int], tuple[Any, int] | None]


class Layout(NamedTuple):
    """What a table shows besides the rows themselves; replaced as a whole, never changed.

    Parameters
    ----------
    version : int
        Grows with every change: cells of another version mean something else.
    columns : Columns
        The columns.
    highlights : Highlights
        The rules.
    """

    version: int = 0
    columns: Columns = Columns()
    highlights: Highlights = Highlights()

    def fill(self, rows: list[RowItem | None], find: Find) -> list[RowItem | None]:
        """Write cells and rules into rows.

        Parameters
        ----------
        rows : list of RowItem or None
            As they travel.
        find : callable
            Tells where the row with a key is.

        Returns
        -------
        list of RowItem or None
            The same ones where there is nothing to write.
        """
        columns, rules = bool(self.columns.columns), bool(self.highlights)
        if not columns and not rules:
            return rows
        filled: list[RowItem | None] = []
        for row in rows:
            found = None if row is None else find(row.key)
            if row is not None and found is not None:
                log: MessageLog = found[0].log
                # What stands for several rows has no message of its own.
                cells = self.columns.cells(log, found[1]) if columns and not row.folded else ()
                rule = self.highlights.rule(log, found[1]) if rules else 0
                if cells or rule:
                    row = RowItem(*row[:8], cells, rule, row.hits)  # noqa: PLW2901
            filled.append(row)
        return filled
