"""One queued write, and the error of a write that gets nowhere.

Nothing else lives here. Made by senders, advanced by whoever drains a `Channel`.
"""

from __future__ import annotations


class Outgoing:
    """One queued write.

    Parameters
    ----------
    data : bytes-like
        What is left to write.
    """

    __slots__ = ("data", "done", "started")

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)
        self.started = False
        self.done = False


class WriteStalledError(Exception):
    """No byte left within the time given.

    Parameters
    ----------
    partial : bool
        Whether part of the data is already on the wire, which makes the stream unusable.
    """

    def __init__(self, partial: bool) -> None:
        super().__init__(partial)
        self.partial = partial
