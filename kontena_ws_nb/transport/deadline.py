"""`Deadline`: one timeout spread over several steps. Immutable, any thread."""

from __future__ import annotations

import time


class Deadline:
    """A moment on the monotonic clock.

    Parameters
    ----------
    timeout : float, optional
        Seconds from now; None means never.
    """

    __slots__ = ("at",)

    def __init__(self, timeout: float | None) -> None:
        #: Monotonic seconds, or None for never.
        self.at = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float | None:
        """Tell how much time is left.

        Returns
        -------
        float or None
            Seconds, negative when passed; None for never.
        """
        return None if self.at is None else self.at - time.monotonic()

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        left = self.left()
        return left is not None and left <= 0

    def sooner(self, other: Deadline) -> Deadline:
        """Choose the earlier of two.

        Parameters
        ----------
        other : Deadline
            The other one.

        Returns
        -------
        Deadline
        """
        if self.at is None:
            return other
        return self if other.at is None or self.at <= other.at else other

    @classmethod
    def until(cls, at: float | None) -> Deadline:
        """Make a deadline at a given moment.

        Parameters
        ----------
        at : float, optional
            Monotonic seconds; None means never.

        Returns
        -------
        Deadline
        """
        deadline = cls(None)
        deadline.at = at
        return deadline
