"""`Schedule`: sends one message again and again while a session is open.

Nothing else lives here. One daemon thread a schedule; it ends with the session.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..errors import Error
from ..transport.latch import Latch

if TYPE_CHECKING:
    from .background import Background

_logger = logging.getLogger("kontena_ws_nb.session")


class Schedule:
    """A running schedule.

    Parameters
    ----------
    session : Session
        Where to send.
    seconds : float
        Between two sends.
    message : str or bytes
        What to send.
    done : Latch
        Set at the end of the session, of this opening of it.
    """

    def __init__(self, session: Background, seconds: float, message: str | bytes, done: Latch) -> None:
        self._done = done
        self._session = session
        self._seconds = seconds
        self._message = message
        session._start_thread("schedule", self._run)

    def _run(self) -> None:
        session = self._session
        while not self._done.wait(self._seconds):
            if session.state == "open":
                try:
                    session.send(self._message)
                except Error:  # the connection is being lost: the reader tells, and the next round tries again
                    _logger.debug("the scheduled message of %s was not sent", session.name, exc_info=True)
