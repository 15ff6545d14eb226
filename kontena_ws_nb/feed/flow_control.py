"""`FlowControl`: when the next update to the browser is due: ten a second, fewer when none is acknowledged. Called with the feed's lock held."""

from __future__ import annotations

from collections.abc import Callable

#: Seconds between two updates: ten a second is as much as people see.
INTERVAL = 0.1
#: Updates that may be under way without an acknowledgement, and how often one is asked for. Acknowledging every tick
#: costs more than the tick: each makes the kernel say busy and idle.
WINDOW = 20
ASK_EVERY = 10
#: Seconds between updates when nobody acknowledges; a blocked page cannot, so never none at all.
SLOW, SLOWER = 1.0, 5.0
#: Seconds without an acknowledgement after which `SLOWER` applies.
PATIENCE = 30.0


class FlowControl:
    """Counts the updates of one panel.

    Parameters
    ----------
    clock : callable
        Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: Number of the last update.
        self.seq = 0
        self._acked = 0
        self._acked_at = clock()
        self._ticked_at = -INTERVAL
        self._last: object = None
        self._force = True

    @property
    def left(self) -> float:
        """Seconds until the next update is due; not more than 0 when it is."""
        every = INTERVAL
        if self.seq - self._acked >= WINDOW:
            every = SLOW if self._clock() - self._acked_at < PATIENCE else SLOWER
        return self._ticked_at + every - self._clock()

    def force(self) -> None:
        """Let the next update go also when it says nothing new."""
        self._force = True

    def take(self, news: object) -> tuple[int, bool] | None:
        """Give an update that is due its number.

        Parameters
        ----------
        news : object
            What it says; two that are equal say the same.

        Returns
        -------
        (int, bool) or None
            Its number, and whether it asks for an acknowledgement; None when it says nothing new and need not go.
        """
        if news == self._last and not self._force:
            return None
        self._last, self._force = news, False
        self.seq += 1
        self._ticked_at = self._clock()
        return self.seq, self.seq == 1 or self.seq % ASK_EVERY == 0 or self.seq - self._acked >= WINDOW

    def hello(self) -> None:
        """Note that a page is there: an update is due at once."""
        self._force = True
        self.acked(self.seq)
        self._ticked_at = self._clock() - INTERVAL

    def acked(self, seq: int) -> None:
        """Note that a page has painted an update.

        Parameters
        ----------
        seq : int
            The update's number.
        """
        self._acked = max(self._acked, min(seq, self.seq))
        self._acked_at = self._clock()
