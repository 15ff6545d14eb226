"""One queued write, and the error of a write that gets nowhere.

Nothing else lives here. Made by senders, advanced by whoever drains a `Channel`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator


class Outgoing:
    """One queued write.

    Parameters
    ----------
    data : bytes-like
        What is left to write.
    withdrawn : callable, optional
        Called when the write is given up before it began. Given when later writes build on this one (compression with context takeover):
        then it can only be withdrawn while none of those is queued.
    behind : iterator of bytes, optional
        What comes behind ``data``, made when it is its turn. No piece may be empty.
    told : callable, optional
        Called when it is done, by whoever drains: must be quick and wait for nobody.
    """

    __slots__ = ("behind", "data", "done", "number", "started", "told", "withdrawn")

    def __init__(
        self,
        data: bytes | memoryview,
        withdrawn: Callable[[], object] | None = None,
        behind: Iterator[bytes] | None = None,
        told: Callable[[], object] | None = None,
    ) -> None:
        self.data = memoryview(data)
        self.behind = behind
        self.started = False
        self.done = not data
        self.withdrawn = withdrawn
        self.told = told
        #: What the sender calls it.
        self.number = -1

    def end(self) -> None:
        """Note that all of it was written."""
        self.done = True
        told, self.told = self.told, None  # let go of whoever is told: it may be who holds this
        if told is not None:
            told()

    def advance(self, count: int) -> None:
        """Note what was written of ``data``; it is empty afterwards when nothing is left.

        Parameters
        ----------
        count : int
            Bytes.
        """
        self.started = True
        if count == len(self.data) and self.behind is not None:
            self.data = memoryview(next(self.behind, b""))
        else:
            self.data = self.data[count:]


class WriteStalledError(Exception):
    """No byte left within the time given.

    Parameters
    ----------
    partial : bool
        Whether the stream is unusable: part of the data is on the wire, or what is queued behind builds on it.
    """

    def __init__(self, partial: bool) -> None:
        super().__init__(partial)
        self.partial = partial
