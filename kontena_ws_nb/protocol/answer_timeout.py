"""`AnswerTimeout`: how long to wait for an answer, counted from when its question was written. No sockets.

Whatever is asked (a keepalive ping, a ping of the user's, a close frame) may stand behind megabytes in the queue of
what is sent. So no timeout starts at queueing: it starts when the question is written, and as long as the peer takes
bytes that stand before the question, it is alive.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

#: Looks at what the peer takes, in each timeout: its last sign of life is known as exactly as that.
_LOOKS: Final = 8


class AnswerTimeout:
    """The time one answer gets.

    Parameters
    ----------
    timeout : float or None
        Seconds from the writing of the question; None waits for ever.
    taken : callable
        How many bytes the peer has taken so far.
    stalled : float or None, default 0
        Seconds without progress that a question may wait to be written, when that is more than ``timeout``; None waits
        for ever.
    longest : float, optional
        Seconds after which progress does not count any more; None sets no limit.
    clock : callable
        Monotonic seconds; replaced in tests.
    """

    __slots__ = ("_before", "_clock", "_grace", "_start", "_taken", "_until", "at", "timeout")

    def __init__(
        self,
        timeout: float | None,
        taken: Callable[[], int] = lambda: 0,
        *,
        stalled: float | None = 0,
        longest: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeout = timeout
        self._taken = taken
        self._before = taken()
        self._clock = clock
        self._start: int | None = None  # how many bytes stand before the question; None while it is not written
        now = clock()
        self._until = None if longest is None else now + longest
        #: When it may be over, in monotonic seconds; None for never.
        self._grace = None if timeout is None or stalled is None else max(timeout, stalled)
        self.at = None if self._grace is None else now + self._grace

    def written(self, start: int) -> None:
        """Note that the question was written: its time begins now.

        Parameters
        ----------
        start : int
            How many bytes had been written before it. That it was taken itself is no life: the peer's kernel does that.
        """
        self._start, self._grace = start, self.timeout
        self.at = None if self.timeout is None else self._clock() + self.timeout

    @property
    def begun(self) -> bool:
        """Whether the question was written."""
        return self._start is not None

    @property
    def left(self) -> float | None:
        """Seconds until it may be over, negative when that is past; None for never."""
        return None if self.at is None else self.at - self._clock()

    @property
    def next(self) -> float | None:
        """When to ask `passed` again, in monotonic seconds; None for never."""
        if self.at is None or self._grace is None or (self._start is not None and self._before >= self._start):
            return self.at
        return min(self.at, self._clock() + self._grace / _LOOKS)

    @property
    def passed(self) -> bool:
        """Whether the peer has had its time; it gets more when it has taken some of what stands before the question."""
        if self.at is None or self._grace is None:
            return False
        now = self._clock()
        before, self._before = self._before, self._taken()
        alive = self._before > before and (self._start is None or before < self._start)
        if alive and (self._until is None or now < self._until):
            self.at = now + self._grace
        return now >= self.at
