"""`Budget`: the bytes that several logs may keep together. Checked by whichever thread writes, the reader threads among them: it never waits."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final, Literal, Protocol

from ..system import forks


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


#: A log has the budget checked each time it grew by so many bytes.
STEP: Final = 1 << 20


class Limited(Protocol):
    """What a budget needs of a log."""

    @property
    def held(self) -> int:
        """Bytes it keeps."""

    @property
    def on_full(self) -> Literal["drop", "block", "close"]:
        """What it does when it is full."""

    def shed(self, size: int) -> None:
        """Drop at least so many bytes of its oldest rows."""


class Budget:
    """A limit over the logs that joined it; the largest ones that may drop rows pay.

    Logs with another ``on_full`` than ``"drop"`` count, but keep what they promise; and each log keeps its newest
    segment.

    Parameters
    ----------
    max_bytes : int, optional
        Bytes that all of them may keep: payloads and 21 bytes a row. None means no limit.

    Raises
    ------
    TypeError, ValueError
        Something else.
    """

    def __init__(self, max_bytes: int | None) -> None:
        self._logs: tuple[weakref.ref[Limited], ...] = ()
        self._joining = forks.lock()
        self._checking = forks.lock()
        self.max_bytes = max_bytes

    @property
    def max_bytes(self) -> int | None:
        """Bytes that all of them may keep; assigning takes effect at once."""
        return self._max_bytes

    @max_bytes.setter
    def max_bytes(self, value: int | None) -> None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"the limit of all logs together is a number of bytes or None, got {type(value).__name__}")
        if value is not None and value <= 0:
            raise ValueError(
                f"the limit of all logs together must be more than 0 bytes, got {value:,}; None means no limit"
            )
        self._max_bytes = value
        self.check()

    def join(self, log: Limited) -> None:
        """Count a log in, until nobody holds it any more.

        Parameters
        ----------
        log : MessageLog
            Does it by itself when it is made with ``budget``.
        """
        with self._joining:
            self._logs = (*(other for other in self._logs if other() is not None), weakref.ref(log))

    def logs(self) -> list[Limited]:
        """List the logs that count.

        Returns
        -------
        list of Limited
        """
        return [log for other in self._logs if (log := other()) is not None]

    def check(self) -> None:
        """Have the largest logs drop their oldest rows, when all together keep too much."""
        limit = self._max_bytes
        if limit is None or not self._checking.acquire(blocking=False):
            return  # or somebody is at it
        try:
            held = {log: log.held for log in self.logs()}
            # Each may grow by a step before it asks again.
            excess = sum(held.values()) + STEP * len(held) - limit
            # What block and close promise to keep is not taken back.
            for log in sorted((log for log in held if log.on_full == "drop"), key=held.__getitem__, reverse=True):
                if excess <= 0:
                    return
                log.shed(excess)
                excess -= held[log]  # at most; what it had to keep, the next check asks others for
        finally:
            self._checking.release()
