"""`Layout`: the columns of one's own and the highlights of a panel at one time, written into the rows that travel. Any thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from .columns import Columns
from .comm_messages import RowItem
from .highlights import Highlights
from .per_row import LARGEST
from .shown import Shown

#: Bytes of payloads that are read for one update: 10 ms of the interpreter, about.
OF_AN_UPDATE: Final = 512 << 10

#: Where the row with a key is: what is shown, and its permanent index there.
Find = Callable[[int], tuple[Shown, int] | None]


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

    def fill(self, rows: list[RowItem | None], find: Find, most: float = math.inf) -> tuple[list[RowItem | None], bool]:
        """Write cells and rules into rows, the newest first.

        Parameters
        ----------
        rows : list of RowItem or None
            As they travel.
        find : callable
            Tells where the row with a key is.
        most : int, optional
            Bytes of payloads to read, about. Rows that were read before cost nothing.

        Returns
        -------
        (list of RowItem or None, bool)
            The same rows where there is nothing to write; and whether all were looked at.
        """
        columns, rules = bool(self.columns.columns), bool(self.highlights)
        if not columns and not rules:
            return rows, True
        filled: list[RowItem | None] = []
        for row in reversed(rows):
            found = None if row is None else find(row.key)
            if row is None or found is None:
                filled.append(row)
                continue
            log, index = found[0].log, found[1]
            # What stands for several rows has no message of its own.
            own = columns and not row.folded
            known = (not own or self.columns.knows(log, index)) and (not rules or self.highlights.knows(log, index))
            if not known:
                if most <= 0:
                    filled += rows[len(rows) - len(filled) - 1 :: -1]
                    return filled[::-1], False
                most -= row.size if row.size <= LARGEST else 0  # larger ones are not read
            cells = self.columns.cells(log, index) if own else ()
            rule = self.highlights.rule(log, index) if rules else 0
            filled.append(RowItem(*row[:8], cells, rule, row.hits) if cells or rule else row)
        return filled[::-1], True
