"""`Schedule`: sends one message again and again while a session is open, on a daemon thread that ends with it."""

from __future__ import annotations

import logging
from typing import Protocol
from weakref import ref

from ..errors import Error
from ..transport.latch import Latch
from .journal import Journal

_logger = logging.getLogger("kontena_ws_nb.session")


class Sender(Protocol):
    """A session, as far as a schedule needs it."""

    @property
    def state(self) -> str:
        """``"open"`` when messages can be sent."""

    def send(self, data: str | bytes) -> object:
        """Send one message."""


class Schedule:
    """A running schedule.

    Parameters
    ----------
    sender : Sender
        Where to send.
    seconds : float
        Between two sends.
    message : str or bytes
        What to send.
    done : Latch
        Set at the end of the session, of this opening of it.
    journal : Journal
        The session's.
    """

    def __init__(self, sender: Sender, seconds: float, message: str | bytes, done: Latch, journal: Journal) -> None:
        self._done = done
        self._sender = ref(sender)  # a thread keeps alive what it holds
        self._seconds = seconds
        self._message = message
        self._name = journal.name
        journal.start_thread("schedule", self._run)

    def _run(self) -> None:
        while not self._done.wait(self._seconds):
            self._send(self._sender())

    def _send(self, sender: Sender | None) -> None:
        if sender is not None and sender.state == "open":
            try:
                sender.send(self._message)
            except Error:  # the connection is being lost: the reader tells, and the next round tries again
                _logger.debug("the scheduled message of %s was not sent", self._name, exc_info=True)
