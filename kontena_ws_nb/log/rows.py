"""`Rows`: a slice of a log.

Nothing else lives here. Copies nothing; any thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from .message import Message
from .tabular import Piece, Tabular

if TYPE_CHECKING:
    from .reading import Reading


class Rows(Tabular):
    """A slice of a log: 0-based, copies nothing; its messages keep their permanent ``index``.

    Rows that retention drops later keep their position: looking at one raises `IndexError`, iteration leaves them out.

    Parameters
    ----------
    log : Reading
        Where the rows are.
    indices : sequence of int
        Permanent indexes, rising or falling.
    shown : int, optional
        How many of them its table shows, the last ones; by default what `display.table.show_rows` says.
    """

    def __init__(self, log: Reading, indices: Sequence[int], shown: int | None = None) -> None:
        self.log = log
        self.indices = indices
        self.shown = shown

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Message: ...

    @overload
    def __getitem__(self, index: slice) -> Rows: ...

    def __getitem__(self, index: int | slice) -> Message | Rows:
        if isinstance(index, slice):
            return Rows(self.log, self.indices[index])
        return self.log[self.indices[index]]

    def __iter__(self) -> Iterator[Message]:
        # Not the mixin's: it would take the IndexError of a dropped row for the end.
        get = self.log.get
        for index in self.indices:
            message = get(index)
            if message is not None:
                yield message

    def __reversed__(self) -> Iterator[Message]:
        return iter(self[::-1])

    def pieces(self) -> list[Piece]:
        """As `Tabular.pieces`."""
        indices = self.indices
        falling = len(indices) > 1 and indices[0] > indices[-1]
        rising = indices[::-1] if falling else indices
        pieces: list[Piece] = []
        high = 0
        for segment in self.log.segments(rising[0]) if rising else ():
            low = bisect_left(rising, segment.first, high)
            high = bisect_left(rising, segment.first + segment.count, low)
            if low < high:
                pieces.append((segment, rising[low:high]))
        return [(segment, rows[::-1]) for segment, rows in reversed(pieces)] if falling else pieces

    def __repr__(self) -> str:
        return f"<{len(self):,} messages of {self.log!r}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from ..display.table import rows_bundle

        return rows_bundle(self)
