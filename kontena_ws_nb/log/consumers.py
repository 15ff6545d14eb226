"""`Consumer`: somebody whose unread rows a log with ``on_full="block"`` must not drop.

Nothing else lives here. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable


class Consumer:
    """A registered place in a log; made by `MessageLog.consumer`.

    Parameters
    ----------
    position : int
        Permanent index of the first row that is still needed.
    moved, closed : callable
        Told about it.
    """

    def __init__(self, position: int, moved: Callable[[], object], closed: Callable[[Consumer], object]) -> None:
        self._position = position
        self._moved = moved
        self._closed = closed

    @property
    def position(self) -> int:
        """Permanent index of the first row that is still needed; assign to it when rows are done with."""
        return self._position

    @position.setter
    def position(self, index: int) -> None:
        self._position = index
        self._moved()

    def close(self) -> None:
        """Need nothing any more."""
        self._closed(self)

    def __enter__(self) -> Consumer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
