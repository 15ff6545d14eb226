"""`read_ahead`: pages of a recording that are read in threads, while the ones before are searched. Any thread.

SQLite reads without the GIL, so a search uses two processors where there are two.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain, cycle, islice, tee
from queue import SimpleQueue
from typing import Final

from ..errors import Error
from ..log.backing import Page
from ..log.segment import Segment
from ..transport.threads import start_thread

#: Threads: SQLite takes about as long as what Python does with a page, and is alone where nothing is found.
_THREADS: Final = 2
#: For fewer pages none is started.
_FEW: Final = 4

Read = Callable[[range], Iterator[Segment]]


def read_ahead(read: Read, pages: Iterable[range]) -> Generator[Page, None, None]:
    """Read pages.

    Parameters
    ----------
    read : callable
        Gives the segments of a page.
    pages : iterable of range
        Which, between permanent indexes.

    Yields
    ------
    (range, iterable of Segment)
        Each page. The first of its segments is there, the others are read as they are asked for.

    Raises
    ------
    OSError
        As ``read``, once it is the page's turn.
    """
    asked, taken, few = tee(pages, 3)
    readers = _readers(read) if next(islice(few, _FEW - 1, None), None) is not None else []
    del few
    if not readers:  # or the process can start no thread
        yield from ((page, read(page)) for page in taken)
        return
    try:
        for reader in readers:
            reader.ask(next(asked, None))
        for page, reader in zip(taken, cycle(readers), strict=False):
            reader.ask(next(asked, None))
            yield page, reader.take()
    finally:
        for reader in readers:
            reader.ask(None)


def _readers(read: Read) -> list[_Reader]:
    readers: list[_Reader] = []
    try:
        while len(readers) < _THREADS:
            readers.append(_Reader(read))
    except Error:
        pass  # those that there are will do
    return readers


class _Reader:
    """A thread that reads what it is asked for, in turn; None ends it."""

    def __init__(self, read: Read) -> None:
        self._read = read
        # Not `queue.Queue`: an interrupt inside its Python code could leave its lock held.
        self._asked: SimpleQueue[range | None] = SimpleQueue()
        self._found: SimpleQueue[Iterable[Segment] | BaseException] = SimpleQueue()
        self.ask = self._asked.put
        start_thread(self._run, "kontena-ws-read-ahead")

    def take(self) -> Iterable[Segment]:
        """Wait for the oldest page that was asked for."""
        found = self._found.get()
        if isinstance(found, BaseException):
            raise found
        return found

    def _run(self) -> None:
        while (page := self._asked.get()) is not None:
            try:
                segments = self._read(page)
                first = next(segments, None)
                self._found.put(() if first is None else chain((first,), segments))
            except BaseException as error:  # noqa: BLE001  it is raised where the page is taken
                self._found.put(error)
