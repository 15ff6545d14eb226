"""`Observer`: calls a function for new rows, coalesced, on a thread of its own.

What lives here: the notifier thread. What must not: anything the reader thread could wait for. One daemon thread an observer, so
that a slow function delays nobody else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .log import MessageLog

_logger = logging.getLogger("kontena_ws_nb")


class Observer:
    """A running observation of a log.

    Parameters
    ----------
    log : MessageLog
        What to observe.
    fn : callable
        Called with ``(start, stop)``, permanent indexes.
    """

    def __init__(self, log: MessageLog, fn: Callable[[int, int], object]) -> None:
        self._log = log
        self._fn = fn
        self._seen = log.next_index
        self._stop = False
        #: The last error ``fn`` raised, or None.
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="kontena-ws-observer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        log = self._log
        while True:
            log.wait_for(lambda: self._stop or log.next_index > self._seen)
            start, stop = self._seen, log.next_index
            if start == stop:
                return  # closed, and everything was told
            self._seen = stop
            try:
                self._fn(start, stop)
            except Exception as error:  # foreign code: told to the logger, must not end the observation
                self.error = error
                _logger.exception("observer %r failed for rows %d to %d", self._fn, start, stop)

    def close(self) -> None:
        """Deliver what is already there, then stop. Waits for the thread unless called on it."""
        self._stop = True
        self._log.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
