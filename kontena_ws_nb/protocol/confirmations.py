"""`Confirmations`: which of the messages sent over one connection the server is known to have got.

That the kernel took a message, that bytes came back, even that TCP acknowledged it says nothing: a proxy may have it
still. What does is an answer that the server can only have given after it: a pong to a ping that was queued later, or
the close frame that answers ours. One ordered queue carries everything sent over a connection
(`transport.write_queue`), so a place in it is told by the latest message before it.

Any thread; the lock is held for microseconds.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

from ..system import forks

#: Runs of numbers that are kept apart. Beyond twice as many (2 MB) the older ones are joined in pairs: what lies
#: between two of them is then counted as unconfirmed too. Only a connection that is never pinged gets there.
RUNS: Final = 1 << 16

#: Characters of a list of numbers in a row of the log.
_SHOWN: Final = 4000


class Confirmations:
    """The account of one connection.

    A message has a number; numbers rise in the order of sending, and may leave gaps (the permanent indexes of a log
    do).
    """

    def __init__(self) -> None:
        self._lock = forks.lock()
        # Unconfirmed numbers: from each start up to, not including, its stop.
        self._starts = array("q")
        self._stops = array("q")
        self._latest = -1

    @property
    def latest(self) -> int:
        """Number of the latest message; -1 before the first. What is queued now stands behind it."""
        return self._latest

    def sent(self, number: int | None = None) -> int:
        """Count a message that is about to be queued.

        Parameters
        ----------
        number : int, optional
            Its number; by default the next.

        Returns
        -------
        int
            Its number.
        """
        with self._lock:
            number = self._latest + 1 if number is None else number
            if self._stops and self._stops[-1] == number:
                self._stops[-1] = number + 1
            else:
                self._starts.append(number)
                self._stops.append(number + 1)
                if len(self._starts) > 2 * RUNS:
                    self._starts = self._starts[:RUNS:2] + self._starts[RUNS:]
                    self._stops = self._stops[1:RUNS:2] + self._stops[RUNS:]
            self._latest = number
            return number

    def withdrawn(self, number: int) -> None:
        """Take back a message no byte of which was sent.

        Parameters
        ----------
        number : int
            From `sent`.
        """
        with self._lock:
            at = bisect_right(self._starts, number) - 1
            if at < 0 or number >= self._stops[at]:
                return  # confirmed meanwhile: a ping behind it was answered
            start, stop = self._starts[at], self._stops[at]
            parts = [(first, end) for first, end in ((start, number), (number + 1, stop)) if first < end]
            self._starts[at : at + 1] = array("q", [first for first, _ in parts])
            self._stops[at : at + 1] = array("q", [end for _, end in parts])

    def confirm(self, number: int) -> None:
        """Note that the server got a message, and so all before it.

        Parameters
        ----------
        number : int
            The message's; -1 confirms none.
        """
        with self._lock:
            gone = bisect_right(self._stops, number + 1)
            del self._starts[:gone], self._stops[:gone]
            if self._starts and self._starts[0] <= number:
                self._starts[0] = number + 1

    @property
    def unconfirmed(self) -> tuple[range, ...]:
        """The numbers of the messages that may have been lost, as ranges in rising order."""
        with self._lock:
            return tuple(map(range, self._starts, self._stops))


def numbers(ranges: Iterable[range]) -> tuple[int, ...]:
    """List every number.

    Parameters
    ----------
    ranges : iterable of range
        From `Confirmations.unconfirmed`.

    Returns
    -------
    tuple of int
    """
    return tuple(number for one in ranges for number in one)


def describe(ranges: tuple[range, ...]) -> str:
    """Say which messages may have been lost, in a bounded text.

    Parameters
    ----------
    ranges : tuple of range
        Not empty.

    Returns
    -------
    str
        Such as ``"3 messages may have been lost: 4, 6–7; no pong to a later ping confirms them, and they are not sent
        again"``.
    """
    count = sum(map(len, ranges))
    words = [f"{one.start}–{one.stop - 1}" if len(one) > 1 else str(one.start) for one in ranges]
    # Where the text of so many words ends; two characters join each to the next.
    ends = array("q")
    for word in words[: _SHOWN // 2]:
        ends.append((ends[-1] if ends else 0) + len(word) + 2)
    fit = bisect_left(ends, _SHOWN)
    shown = ", ".join(words[:fit]) + (" … (all in ws.unconfirmed)" if fit < len(words) else "")
    if count == 1:
        return f"1 message may have been lost: {shown}; no pong to a later ping confirms it, and it is not sent again"
    return f"{count:,} messages may have been lost: {shown}; no pong to a later ping confirms them, and they are not sent again"
