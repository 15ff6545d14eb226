"""`Sources`: what a view shows, under which names, and the keys that tell the rows of several logs apart. Any thread.

A row's *key* is its permanent index while one log is shown. While several are merged it also holds the number of the
log: ``number × 2^44 + index``, below 2^53, so that it is exact as a number of JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, overload

from ..display.preview import preview
from ..log.log import MessageLog
from ..log.message import Row
from .comm_messages import RowItem, SessionInfo, StatsInfo, flag
from .sources import Source, as_source
from .status import SourceStatus

#: Bits of a key that are the permanent index: 17 trillion rows.
KEY_BITS: Final = 44
#: Numbers of logs there are, so that keys stay below 2^53; 0 is the only log shown.
NUMBERS: Final = 1 << 53 - KEY_BITS
#: Most logs that can be merged: a look at each of them is part of every update.
MOST: Final = 32

Describe = Callable[[], tuple[SessionInfo, StatsInfo]]


class Shown(NamedTuple):
    """One source that is shown.

    Parameters
    ----------
    name : str
        What it is called here; nothing else in the panel is called so.
    source : Source
        What is shown.
    describe : callable
        Says what the status line shows now.
    """

    name: str
    source: Source
    describe: Describe

    @property
    def log(self) -> MessageLog:
        """Its rows."""
        return self.source.messages

    @property
    def state(self) -> str:
        """Its state."""
        return self.source.state


def split(key: int) -> tuple[int, int]:
    """Take a key apart.

    Parameters
    ----------
    key : int
        A row's key.

    Returns
    -------
    (int, int)
        The log's number and the row's permanent index.
    """
    return key >> KEY_BITS, key & (1 << KEY_BITS) - 1


class Sources(Sequence[Shown]):
    """What a view shows, and the keys of its rows.

    Parameters
    ----------
    sources : sequence of Shown
        At least one.
    before : Sources, optional
        What was shown before. Numbers are not used again soon: a page that still has keys from then must not get
        another log's rows.
    """

    def __init__(self, sources: Sequence[Shown], before: Sources | None = None) -> None:
        self._all = tuple(sources)
        after = before.after if before is not None else 1
        after = 1 if after + len(self._all) > NUMBERS else after
        #: Number of the first; the others follow. The only one has number 0: its keys are the permanent indexes.
        self.number = after if self.merged else 0
        #: Number of the next that several can have.
        self.after: int = after + len(self._all) if self.merged else after

    @overload
    def __getitem__(self, at: int) -> Shown: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Shown, ...]: ...

    def __getitem__(self, at: int | slice) -> Shown | tuple[Shown, ...]:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    @property
    def merged(self) -> bool:
        """Whether there are several."""
        return len(self._all) > 1

    @property
    def written(self) -> int:
        """Rows ever written to these logs."""
        return sum(source.log.next_index for source in self._all)

    def find(self, key: int) -> tuple[Shown, int] | None:
        """Tell which row a key means.

        Parameters
        ----------
        key : int
            A row's key.

        Returns
        -------
        (Shown, int) or None
            Where it is, and its permanent index there; None when that is not shown any more.
        """
        number, index = split(key)
        at = number - self.number
        return (self._all[at], index) if 0 <= at < len(self._all) else None

    def key(self, source: Shown, index: int) -> int:
        """Write a row's key.

        Parameters
        ----------
        source : Shown
            One of these.
        index : int
            A permanent index of its log.

        Returns
        -------
        int
        """
        return self.number + self._all.index(source) << KEY_BITS | index

    def rows(self, keys: Sequence[int]) -> dict[int, Row]:
        """Read rows by their keys.

        Parameters
        ----------
        keys : sequence of int
            In any order.

        Returns
        -------
        dict
            Keys and rows, in that order; what was dropped is left out.
        """
        found: dict[int, Row] = {}
        for at, source in enumerate(self._all, self.number):
            low = at << KEY_BITS
            found.update(
                (low | row.index, row) for row in source.log.rows(key - low for key in keys if key >> KEY_BITS == at)
            )
        return {key: found[key] for key in keys if key in found}


def name_sources(wanted: Iterable[Source | MessageLog], named: Sequence[Shown] = ()) -> list[Shown]:
    """Give each source a name of its own.

    Parameters
    ----------
    wanted : iterable of Source or MessageLog
        What is shown; one that comes twice counts once.
    named : sequence of Shown, optional
        Sources that have their names already.

    Returns
    -------
    list of Shown
        In the order of ``wanted``. A second source of the same name (a session that was replaced, say) is called ``name
        (2)``.

    Raises
    ------
    TypeError
        Something else.
    """
    known = {id(shown.log): shown for shown in named}
    names = {shown.name for shown in named}
    found: dict[int, Shown] = {}
    for one in wanted:
        source = as_source(one)
        log = source.messages
        if id(log) not in known:
            base = name = source.name
            number = 2
            while name in names:
                name, number = f"{base} ({number})", number + 1
            names.add(name)
            known[id(log)] = Shown(name, source, SourceStatus(source))
        found[id(log)] = known[id(log)]
    return list(found.values())


def item(key: int, row: Row) -> RowItem:
    """Write a row as it travels.

    Parameters
    ----------
    key : int
        Its key.
    row : Row
        From ``log.rows``.

    Returns
    -------
    RowItem
    """
    return RowItem(
        key,
        row.time_ns // 1000,
        flag(row.direction == "sent"),
        row.kind,
        row.size,
        preview(row),
        0,
        flag(row.incomplete),
    )
