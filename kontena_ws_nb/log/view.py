"""`View`: the rows of a log that match a filter, kept up as the log grows. Any thread; a lock keeps two from searching the same rows twice."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, overload

from ..redaction.payloads import mask
from ..render import bundle
from ..system import forks
from .filter.hits import Hits
from .filter.patterns import SlowPatternError
from .filter.query import Query
from .message import Message
from .segment import Piece
from .sequence import Reading, Rows, Tabular

#: Seconds that ``repr`` may search.
_REPR: Final = 0.05


class View(Tabular):
    """A live, 0-based sequence of matching messages; each keeps its permanent ``index``.

    Positions are stable: a hit whose row retention drops later keeps its own, but looking at it raises `IndexError`, and
    iteration leaves it out. Once there are many (65,536) such hits, their indexes are forgotten, for otherwise a view
    would outgrow its log: ``indices`` and slices leave them out too. With ``since:10s`` hits that have grown older leave
    the view, and positions count from the oldest that is left.

    Parameters
    ----------
    log : Reading
        What is searched.
    query : str or Query
        The filter.

    Raises
    ------
    ValueError
        The query does not parse; the text points at the place.
    """

    def __init__(self, log: Reading, query: str | Query) -> None:
        #: The log that is searched.
        self.log = log
        #: The filter.
        self.query = Query.parse(query) if isinstance(query, str) else query
        self._hits = Hits(log, self.query)
        self._lock = forks.lock()

    @property
    def indices(self) -> array[int]:
        """Permanent indexes of the hits so far, rising; without those that were forgotten."""
        return self._hits.indices

    @property
    def _gone(self) -> int:
        """Position of the first of `indices`."""
        return 0 if self.query.window_ns is not None else self._hits.base

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

        Raises
        ------
        SlowPatternError
            A regular expression had to be stopped: a `ValueError` that says on which message. So do the ways to look at
            the view.
        OSError
            The file that the log is recorded to cannot be read.
        """
        deadline = None if budget_s is None else time.monotonic() + budget_s
        with self._lock:
            hits = self._hits
            if hits.stale:
                hits.restart()
            hits.extend(deadline)
            hits.forget()
            if hits.stopped is not None:
                raise hits.stopped
            return hits.done

    @property
    def slow(self) -> str | None:
        """What is to be said about a filter that needs long for a message, such as a regular expression that backtracks; else None."""
        return self._hits.slow

    def __len__(self) -> int:
        self.update()
        return self._gone + len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Message | Rows:
        self.update()
        gone, indices = self._gone, self.indices
        places = range(gone + len(indices))
        if isinstance(index, slice):
            return Rows(self.log, _later(places[index], gone, indices))
        place = places[index] - gone
        if place < 0:
            raise IndexError(
                f"hit {place + gone} was dropped (max_bytes, max_messages); the oldest of which something is known is {gone}"
            )
        return self.log[indices[place]]

    def __iter__(self) -> Iterator[Message]:
        return iter(self._kept())

    def __reversed__(self) -> Iterator[Message]:
        return reversed(self._kept())

    def pieces(self) -> list[Piece]:
        """As `Tabular.pieces`: the hits that are still there."""
        return self._kept().pieces()

    def _kept(self) -> Rows:
        """Take the hits that are still there."""
        self.update()
        indices = self.indices
        return Rows(self.log, indices[bisect_left(indices, self.log.first_index) :])

    def __repr__(self) -> str:
        try:
            done = self.update(_REPR)
            slow = f"; {self.slow}" if self.slow else ""
        except (SlowPatternError, OSError) as error:
            done, slow = False, f"; {error}"
        return f"<View {mask(self.query.text)!r}: {self._gone + len(self.indices):,} of {len(self.log):,} messages{'' if done else ', still searching'}{slow}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        try:
            return bundle(self[:])
        except (SlowPatternError, OSError):
            return {"text/plain": repr(self)}  # which says so


def _later(places: range, gone: int, indices: array[int]) -> array[int]:
    """Take the hits at these positions, but for those before ``gone``."""
    if places.step > 0:
        places = places[max(0, -((places.start - gone) // places.step)) :]
    else:
        places = places[: max(0, (places.start - gone) // -places.step + 1)]
    if not places:
        return indices[:0]
    stop = places[-1] - gone + (1 if places.step > 0 else -1)
    return indices[places[0] - gone : stop if stop >= 0 else None : places.step]
