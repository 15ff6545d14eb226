"""`Pulse`: sends a protocol's heartbeat at an interval, until it is closed or the session ends. A daemon thread."""

from __future__ import annotations

import logging
from typing import Protocol
from weakref import ref

from ..errors import Error
from ..log.log import MessageLog
from .journal import Journal

_logger = logging.getLogger("kontena_ws_nb.session")


class Sender(Protocol):
    """What a pulse needs of a session."""

    @property
    def closed(self) -> bool:
        """As `Session.closed`."""

    @property
    def state(self) -> str:
        """As `Session.state`."""

    def send_reply(self, data: str | bytes) -> object:
        """As `Session.send_reply`."""


class Pulse:
    """A running heartbeat.

    Parameters
    ----------
    sender : Sender
        The session; referred to weakly.
    log : MessageLog
        Its log, which is woken when the session ends.
    message : str or bytes
        What to send.
    seconds : float
        Seconds between two.
    journal : Journal
        The session's.
    """

    def __init__(self, sender: Sender, log: MessageLog, message: str | bytes, seconds: float, journal: Journal) -> None:
        self._sender = ref(sender)
        self._log = log
        self._message = message
        self._seconds = seconds
        self._name = journal.name
        self._closed = False
        journal.start_thread("heartbeat", self._run)

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        sender = self._sender()
        return self._closed or sender is None or sender.closed

    def close(self) -> None:
        """Send no more."""
        self._closed = True
        self._log.wake()

    def _run(self) -> None:
        while not self._log.wait_for(lambda: self.closed, self._seconds):
            sender = self._sender()
            try:
                if sender is not None and sender.state == "open":
                    sender.send_reply(self._message)
            except Error:  # the connection is being lost, which the reader reports
                _logger.debug("a heartbeat of %s was not sent", self._name, exc_info=True)
            del sender  # a thread keeps alive what it holds
