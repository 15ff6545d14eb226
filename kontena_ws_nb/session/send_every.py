"""`Schedule`: the ``send_every`` option. A daemon thread sends one message at an interval while the session is open."""

from __future__ import annotations

import logging
from typing import Protocol
from weakref import ref

from ..errors import Error
from ..transport.latch import Latch
from .journal import Journal

_logger = logging.getLogger("kontena_ws_nb.session")


class Sender(Protocol):
    """What a schedule needs of a session."""

    @property
    def state(self) -> str:
        """As `Session.state`."""

    def send(self, data: str | bytes) -> object:
        """As `Session.send`."""


class Schedule:
    """A running schedule.

    Parameters
    ----------
    sender : Sender
        The session.
    seconds : float
        Seconds between two sends.
    message : str or bytes
        What to send.
    done : Latch
        Ends the thread when it is set: the session was closed, or lost without ``auto_reconnect``.
    journal : Journal
        The session's journal.
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
            except Error:  # the connection is being lost, which the reader reports; the next round tries again
                _logger.debug("the scheduled message of %s was not sent", self._name, exc_info=True)
