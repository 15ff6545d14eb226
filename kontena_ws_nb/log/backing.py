"""`Backing`: where a log finds rows that it does not keep in memory: the file they are recorded to. Any thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from .segment import Decodes, Segment

#: Rows that are read at a time; a page begins at a multiple of it.
PAGE: Final = 4096
#: Bytes that are looked for, and whether in the payload with its ASCII letters made small.
Needle = tuple[bytes, bool]


class Backing(Protocol):
    """Rows by their permanent indexes; some between `first` and `stop` may be missing.

    Each method that reads raises `OSError` when that cannot be done.
    """

    #: Who decodes the rows; every segment is told.
    meanings: Decodes | None

    @property
    def problem(self) -> str:
        """Why the rows cannot be read, if the last look failed; else empty."""

    @property
    def first(self) -> int:
        """Permanent index of the first row it has."""

    @property
    def stop(self) -> int:
        """Before which index its rows end."""

    @property
    def before(self) -> int:
        """Payload bytes ever written to the log before its first row."""

    def missing(self, first: int) -> int:
        """Tell how many rows between an index and `stop` it does not have.

        Parameters
        ----------
        first : int
            A permanent index.

        Returns
        -------
        int
        """

    def segments(self, start: int, stop: int, *, backwards: bool = False) -> Iterator[Segment]:
        """Read rows, as they are asked for.

        Parameters
        ----------
        start, stop : int
            Between which permanent indexes.
        backwards : bool, default False
            The newest segment first.

        Yields
        ------
        Segment
            Sealed; the first may begin before ``start``, the last ends before ``stop``.
        """

    def locate(self, index: int) -> tuple[Segment, int] | None:
        """Find a row.

        Parameters
        ----------
        index : int
            A permanent index.

        Returns
        -------
        (Segment, int) or None
            Segment and row number; None for a row that is missing.
        """

    def sought(self, needles: Sequence[Needle], start: int, stop: int, *, times: bool) -> Iterator[Segment]:
        """Read rows for a search, faster than `segments`.

        Parameters
        ----------
        needles : sequence of (bytes, bool)
            One of these is in every row that is wanted, with True once the payload's ASCII letters are made small, or a
            decoder reads it out of a binary row. Nothing means that every row may be wanted.
        start, stop : int
            Between which permanent indexes: `PAGE` at most.
        times : bool
            Whether times are looked at, too. Otherwise they may be 0, and how many frames a message had may be wrong.

        Yields
        ------
        Segment
            As `segments`; nothing where no row is wanted.
        """

    def controls(self, start: int, stop: int) -> list[int]:
        """Find pings and pongs, at once.

        Parameters
        ----------
        start, stop : int
            Between which permanent indexes.

        Returns
        -------
        list of int
            Permanent indexes, rising.
        """

    def begins(self, connection: int) -> int:
        """Tell where a connection begins, when later rows are of later ones.

        Parameters
        ----------
        connection : int
            Its number.

        Returns
        -------
        int
            A permanent index; `stop` when it has no row.
        """


class Joined:
    """The segments of a log with a backing, from an index on: what the backing has, then what is in memory.

    Parameters
    ----------
    backing : Backing
        Read as its rows are asked for.
    start : int
        A permanent index.
    kept : list of Segment
        A snapshot of what is in memory.
    """

    def __init__(self, backing: Backing, start: int, kept: list[Segment]) -> None:
        self._backing = backing
        self._start = start
        self._kept = kept

    def __iter__(self) -> Iterator[Segment]:
        yield from self._backing.segments(self._start, self._kept[0].first)
        yield from self._kept
