"""`View`: the rows of a log that match a filter, kept up as the log grows.

What lives here: the incremental index of hits. What must not: parsing and matching (`query`), displays. Any thread; a lock keeps two
threads from searching the same rows twice.
"""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from .message import Message
from .query import Query, Scan
from .rows import Rows

if TYPE_CHECKING:
    from .log import MessageLog


class View(Sequence[Message]):
    """A live, 0-based sequence of matching messages; each keeps its permanent ``index``.

    Hits that retention drops later stay in ``indices``, so that positions are stable; looking at one raises `IndexError`.

    Parameters
    ----------
    log : MessageLog
        What is searched.
    query : str or Query
        The filter.

    Raises
    ------
    ValueError
        The query does not parse; the text points at the place.
    """

    def __init__(self, log: MessageLog, query: str | Query) -> None:
        #: The log that is searched.
        self.log = log
        #: The filter.
        self.query = Query.parse(query) if isinstance(query, str) else query
        #: Permanent indexes of the hits so far, rising.
        self.indices: array[int] = array("Q")
        self._generation = log.generation
        self._scan = Scan(self.query, log)
        self._lock = threading.Lock()

    def update(self, budget_s: float | None = None) -> bool:
        """Search what came since the last call.

        Parameters
        ----------
        budget_s : float, optional
            Seconds after which to stop for now; None searches to the end.

        Returns
        -------
        bool
            Whether everything has been searched.
        """
        deadline = None if budget_s is None else time.monotonic() + budget_s
        with self._lock:
            if self._generation != self.log.generation:
                self._generation = self.log.generation
                self.indices = array("Q")
                self._scan = Scan(self.query, self.log)
            self.indices.extend(self._scan.step(deadline))
            return self._scan.done

    def __len__(self) -> int:
        self.update()
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Message | Rows:
        self.update()
        if isinstance(index, slice):
            return Rows(self.log, self.indices[index])
        return self.log[self.indices[index]]

    def __iter__(self) -> Iterator[Message]:
        self.update()
        indices = self.indices
        for at in range(bisect_left(indices, self.log.first_index), len(indices)):
            try:
                message = self.log[indices[at]]
            except IndexError:
                continue  # dropped by retention while we iterate
            yield message

    def __repr__(self) -> str:
        return f"<View {self.query.text!r}: {len(self):,} of {len(self.log):,} messages>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from ..display.table import rows_bundle

        return rows_bundle(self[:])
