"""`Budget`: the bytes that several logs may keep together.

Nothing else lives here. Checked by whichever thread writes, the reader threads among them: it never waits.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .log import MessageLog

#: A log has the budget checked each time it grew by so many bytes.
STEP: Final = 1 << 20


class Budget:
    """A limit over the logs that joined it; the largest one that may drop rows pays.

    Parameters
    ----------
    max_bytes : int, optional
        Payload bytes of all of them; None means no limit. May be changed at any time.
    """

    def __init__(self, max_bytes: int | None) -> None:
        self.max_bytes = max_bytes
        self._logs: tuple[weakref.ref[MessageLog], ...] = ()
        self._joining = threading.Lock()
        self._checking = threading.Lock()

    def join(self, log: MessageLog) -> None:
        """Count a log in, until nobody holds it any more.

        Parameters
        ----------
        log : MessageLog
            Does it by itself when it is made with ``budget``.
        """
        with self._joining:
            self._logs = (*(other for other in self._logs if other() is not None), weakref.ref(log))

    def logs(self) -> list[MessageLog]:
        """List the logs that count.

        Returns
        -------
        list of MessageLog
        """
        return [log for other in self._logs if (log := other()) is not None]

    def check(self) -> None:
        """Have the largest logs drop their oldest rows, when all together keep too much."""
        if self.max_bytes is None or not self._checking.acquire(blocking=False):
            return  # or somebody is at it
        try:
            logs = self.logs()
            excess = sum(log.bytes for log in logs) - self.max_bytes
            # What block and close promise to keep is not taken back.
            for log in sorted((log for log in logs if log.on_full == "drop"), key=lambda log: log.bytes, reverse=True):
                if excess <= 0:
                    return
                kept = log.bytes
                log.shed(excess)
                excess -= min(excess, kept)
        finally:
            self._checking.release()
