"""`Bookmarks`: rows of a log that somebody wants to find again, each with a note. Any thread; readers need no lock.

A bookmark belongs to the permanent index of its row: filters, views and reconnects do not touch it. Of a row that
retention dropped it still has the note and the beginning of the payload; with `clear` it goes, and comes back with
`undo_clear`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Protocol
from weakref import ref

from ..errors import Error
from ..redaction.payloads import mask
from ..redaction.text import printable
from ..system import forks
from .kinds import Kind
from .message import Message, Row

#: Rows of one log that can have a bookmark.
MOST: Final = 10_000
#: Characters of a note.
NOTE: Final = 500


class Bookmark(NamedTuple):
    """What is noted about a row, and what is left of it when it is dropped.

    Parameters
    ----------
    index : int
        Permanent index.
    note : str
        What somebody wrote; may be empty.
    time_ns : int
        Arrival or departure of the row, nanoseconds since the epoch.
    direction, kind : str
        As those of `Message`.
    size : int
        Payload bytes.
    preview : bytes
        The first 160 bytes of the payload, secrets masked.
    """

    index: int  # type: ignore[assignment] # shadows tuple.index, which nobody needs here
    note: str
    time_ns: int
    direction: str
    kind: Kind
    size: int
    preview: bytes

    def __repr__(self) -> str:
        note = f" {mask(self.note)!r}" if self.note else ""
        shown = printable(mask(self.preview.decode("utf-8", "replace")), 80)
        return f"<Bookmark {self.index}{note}: {self.direction} {self.kind} {self.size:,} B {shown}>"


class Bookmarked(Protocol):
    """What bookmarks need of a log."""

    @property
    def cleared(self) -> int:
        """Permanent index of the first row that the last `clear` spared."""

    @property
    def next_index(self) -> int:
        """Permanent index the next row will get."""

    def rows(self, indices: Iterable[int], limit: int = 160) -> list[Row]:
        """Take a cheap look at some rows."""


class Bookmarks(Mapping[int, Bookmark]):
    """The bookmarks of a log by permanent index, rising.

    At most 10,000, with notes of at most 500 characters. Shown in the table of a panel, found with ``is:bookmarked``
    and ``note:word`` in every filter, and written with their rows to JSON Lines and CSV.

    Parameters
    ----------
    log : MessageLog
        Whose; referred to weakly, for its messages refer to this.

    Examples
    --------
    >>> from kontena_ws_nb.log.log import MessageLog
    >>> log = MessageLog()
    >>> log.add("text", b"hello")
    0
    >>> log.bookmarks.add(0, "the first")
    >>> log.bookmarks[0].note, log[0].note, len(log.where("is:bookmarked"))
    ('the first', 'the first', 1)
    """

    def __init__(self, log: Bookmarked) -> None:
        self._log = ref(log)
        self._lock = forks.lock()
        # By index, and the indexes, both rising; replaced, never changed.
        self._all: tuple[dict[int, Bookmark], list[int]] = ({}, [])
        #: Changes with every bookmark that is added, changed or removed.
        self.generation = 0
        #: Called after each such change, in the thread that made it; must not block.
        self.changed: Callable[[], object] = lambda: None

    def add(self, message: Message | int | Iterable[Message | int], note: str | None = None) -> None:
        """Bookmark a message, or several; one that is bookmarked keeps its note unless another one is given.

        Parameters
        ----------
        message : Message, int, or iterable of these
            What, or its permanent index; negative from the end.
        note : str, optional
            At most 500 characters; line ends and other white space become blanks.

        Raises
        ------
        IndexError
            There is no such row, or not any more.
        ValueError
            The note is longer, or there would be more than 10,000 bookmarks.
        """
        log = self._alive()
        self._put(log, {self._index(log, one): note for one in _each(message)})

    def restore(self, notes: Mapping[int, str]) -> None:
        """Bookmark messages, each with its note, as they were in a file.

        Parameters
        ----------
        notes : mapping
            Permanent index and note.

        Raises
        ------
        IndexError, ValueError
            As `add`.
        """
        self._put(self._alive(), notes)

    def _put(self, log: Bookmarked, notes: Mapping[int, str | None]) -> None:
        wanted = {index: None if note is None else " ".join(note.split()) for index, note in notes.items()}
        long = max((len(note) for note in wanted.values() if note), default=0)
        if long > NOTE:
            raise ValueError(f"a note has at most {NOTE} characters, this one {long:,}: shorten it")
        known = self._visible()
        rows = {row.index: row for row in log.rows([index for index in wanted if index not in known])}
        missing = [index for index in wanted if index not in known and index not in rows]
        if missing:
            raise IndexError(
                f"message {missing[0]} does not exist, or not any more: only what is in the log can be bookmarked"
            )
        with self._lock:
            now = self._visible()
            for index, note in wanted.items():
                before = now.get(index)
                if before is not None:
                    now[index] = before if note is None else before._replace(note=note)
                elif index in rows:  # else somebody removed it this moment
                    row = rows[index]
                    now[index] = Bookmark(
                        index, note or "", row.time_ns, row.direction, row.kind, row.size, row.preview
                    )
            if len(now) > MOST:
                raise ValueError(
                    f"a log has at most {MOST:,} bookmarks, this would make {len(now):,}: remove some first"
                )
            self._become(log, now)
        self.changed()

    def remove(self, message: Message | int | Iterable[Message | int]) -> None:
        """Remove the bookmark of a message, or of several, and its note; nothing happens where there is none.

        Parameters
        ----------
        message : Message, int, or iterable of these
            As for `add`; also a row that was dropped.
        """
        log = self._alive()
        gone = {self._index(log, one) for one in _each(message)}
        with self._lock:
            now = self._visible()
            if gone.isdisjoint(now):
                return
            self._become(log, {index: one for index, one in now.items() if index not in gone})
        self.changed()

    def clear(self) -> None:
        """Remove all."""
        self.remove(list(self))

    def _alive(self) -> Bookmarked:
        log = self._log()
        if log is None:
            raise Error("the log of these bookmarks is gone", hint="keep a reference to it: log = ws.messages")
        return log

    @staticmethod
    def _index(log: Bookmarked, one: Message | int) -> int:
        index = one.index if isinstance(one, Message) else one
        return index + log.next_index if index < 0 else index

    def _become(self, log: Bookmarked, now: dict[int, Bookmark]) -> None:
        """Publish; what is aside (`undo_clear`) stays in it."""
        aside = {index: one for index, one in self._all[0].items() if index < log.cleared}
        room = MOST - len(now)
        aside = dict(list(aside.items())[len(aside) - room :]) if room < len(aside) else aside
        found = {**aside, **{index: now[index] for index in sorted(now)}}
        self._all = (found, list(found))
        self.generation += 1

    def _visible(self) -> dict[int, Bookmark]:
        """Copy those of rows that were not cleared."""
        log, (found, indexes) = self._log(), self._all
        first = 0 if log is None else log.cleared
        return {index: found[index] for index in indexes[bisect_left(indexes, first) :]}

    def notes(self, start: int, stop: int) -> dict[int, str]:
        """Take the notes of the rows between two indexes.

        Parameters
        ----------
        start, stop : int
            Permanent indexes; not of rows that were cleared.

        Returns
        -------
        dict
            Permanent index and note, rising; only of rows that have a bookmark.
        """
        found, indexes = self._all
        if not indexes:
            return {}
        return {index: found[index].note for index in indexes[bisect_left(indexes, start) : bisect_left(indexes, stop)]}

    def __getitem__(self, index: int) -> Bookmark:
        found = self._all[0].get(index)
        log = self._log()
        if found is None or (log is not None and index < log.cleared):
            raise KeyError(index)
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self._visible())

    def __len__(self) -> int:
        return len(self._visible())

    def __repr__(self) -> str:
        shown = [repr(one) for one in list(self._visible().values())[:10]]
        more = f", and {len(self) - 10:,} more" if len(self) > 10 else ""
        return f"<{len(self):,} bookmarks{': ' if shown else ''}{', '.join(shown)}{more}>"


def _each(message: Message | int | Iterable[Message | int]) -> Iterable[Message | int]:
    return (message,) if isinstance(message, (Message, int)) else message
