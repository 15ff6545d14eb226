"""`Journal`: writes the lifecycle rows of a session's log, and starts the threads for its options. Any thread."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..errors import Error
from ..log.log import MessageLog
from ..redaction.text import unmasked_message
from ..transport.threads import start_thread

_logger = logging.getLogger("kontena_ws_nb.session")


class Journal:
    """Writes to the log what happens to a session.

    Parameters
    ----------
    name : str
        The session's name.
    log : MessageLog
        The session's log.
    """

    def __init__(self, name: str, log: MessageLog) -> None:
        self.name = name
        #: The number of the latest connection; 0 before the first.
        self.connection = 0
        self._log = log

    def note(self, kind: str, text: str, connection: int | None = None) -> None:
        """Add a row.

        Parameters
        ----------
        kind : str
            ``"open"``, ``"reconnect"`` or ``"error"``.
        text : str
            What happened. Secrets in it are masked when the row is shown.
        connection : int, optional
            The number of the connection it happened to; the latest when left out.
        """
        payload = unmasked_message(text).encode("utf-8", "replace")
        self._log.add(kind, payload, connection=self.connection if connection is None else connection)

    def start_thread(self, what: str, target: Callable[[], object]) -> bool:
        """Start a thread for one of the options. If it cannot start, log that and go on without.

        Parameters
        ----------
        what : str
            Part of the thread's name.
        target : callable
            What the thread runs.

        Returns
        -------
        bool
            Whether the thread started.
        """
        try:
            start_thread(target, f"kontena-ws-{what}-{self.name}")
        except Error as error:
            _logger.exception("the %s thread of %s could not start", what, self.name)
            self.note("error", str(error))
            return False
        return True
