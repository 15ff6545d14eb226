"""`Journal`: the lifecycle rows of a session's log, and threads for what its options ask for. Any thread."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..errors import Error
from ..log.log import MessageLog
from ..redaction.text import unmasked_message
from ..transport.threads import start_thread

_logger = logging.getLogger("kontena_ws_nb.session")


class Journal:
    """Notes in the log what happens to a session.

    Parameters
    ----------
    name : str
        Of the session.
    log : MessageLog
        Its log.
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
            What happened; secrets are masked.
        connection : int, optional
            The number of the connection it happened to; the latest when left out.
        """
        payload = unmasked_message(text).encode("utf-8", "replace")
        self._log.add(kind, payload, connection=self.connection if connection is None else connection)

    def start_thread(self, what: str, target: Callable[[], object]) -> bool:
        """Start a thread for something the options ask for; when there can be none, say so and go on without.

        Parameters
        ----------
        what : str
            Part of the thread's name.
        target : callable
            What it runs.

        Returns
        -------
        bool
            Whether it runs.
        """
        try:
            start_thread(target, f"kontena-ws-{what}-{self.name}")
        except Error as error:
            _logger.exception("the %s thread of %s could not start", what, self.name)
            self.note("error", str(error))
            return False
        return True
