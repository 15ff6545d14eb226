"""`StateObserver`: calls a function when a session's state changes, on a thread of its own.

Nothing else lives here. The reader thread only wakes it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .threads import start_thread

if TYPE_CHECKING:
    from .session import Session

_logger = logging.getLogger("kontena_ws_nb.session")


class StateObserver:
    """A running observation of a session's state.

    Parameters
    ----------
    session : Session
        Whose state.
    fn : callable
        Takes nothing.

    Raises
    ------
    Error
        No thread can be started.
    """

    def __init__(self, session: Session, fn: Callable[[], object]) -> None:
        self._session = session
        self._fn = fn
        self._seen = session.state
        self._stop = False
        self._thread: threading.Thread | None = None  # ``fn`` may call `close` before `start_thread` returns
        self._thread = start_thread(self._run, "kontena-ws-state")

    def _run(self) -> None:
        session = self._session
        while self._seen != "closed":
            session.messages.wait_for(lambda: self._stop or session.state != self._seen)
            if self._stop:
                return
            self._seen = session.state
            try:
                self._fn()
            except Exception:  # foreign code: told to the logger, never raised into the notifier
                _logger.exception("state observer %r failed", self._fn)

    def close(self) -> None:
        """Stop. Waits for the thread unless called on it."""
        self._stop = True
        self._session.messages.wake()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join()
