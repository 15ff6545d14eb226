"""`Connections`: those of a session, one after another: opening them, counting them, and what was lost with them.

Called by the thread that connects: the caller's for the first one and for ``reconnect()``, the reader thread with
``auto_reconnect``. Nothing here refers to the session: one that is dropped is freed at once, with its log, not when the
garbage collector comes by.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ..connection.client import Client
from ..errors import Error
from ..log.log import MessageLog
from ..options import Options
from ..protocol.confirmations import describe
from ..protocol.handshake import Handshake
from ..redaction.text import printable
from ..transport.interrupts import shielded
from .callbacks import Callbacks
from .journal import Journal
from .operations import Operations
from .pacing import Pace
from .stats import Counters


class Link(NamedTuple):
    """One connection of a session.

    Parameters
    ----------
    client : Client
        The connection.
    number : int
        `Message.connection` of what travels over it.
    """

    client: Client
    number: int


class Connections:
    """One connection after another, to one address.

    Parameters
    ----------
    url : str
        Where to connect.
    options : Options
        All settings.
    log : MessageLog
        The session's.
    journal : Journal
        Notes in that log.
    operations : Operations
        Whose lock is held while a connection becomes the session's.
    callbacks : Callbacks
        Told of connections and pongs.

    Attributes
    ----------
    url : str
        Where the latest connection leads, secrets masked.
    opened, ended : float
        When the latest connection opened and when the latest one that is over ended, by `time.monotonic`; 0 before.
    lost : tuple of range
        Permanent indexes of the messages that may have been lost with the latest connection that ended.
    """

    url: str

    def __init__(
        self,
        url: str,
        options: Options,
        log: MessageLog,
        journal: Journal,
        operations: Operations,
        callbacks: Callbacks,
    ) -> None:
        self.options = options
        self.log = log
        self.journal = journal
        self.counters = Counters(log)
        self.pace = Pace()
        self.opened = self.ended = 0.0
        self.lost: tuple[range, ...] = ()
        #: Why the latest connection that is over ended.
        self.failure: Error | None = None
        self._lost_number = 0  # of the connection they belong to
        self._address = url
        self._operations = operations
        self._callbacks = callbacks

    def open(self) -> tuple[Client, float]:
        """Open a connection that nobody has yet.

        Returns
        -------
        Client, float
            The connection, and the seconds it took.

        Raises
        ------
        ValueError, ConnectError, ProtocolError, TimeoutError
            As `Client.connect`.
        """
        started = time.monotonic()
        options = self.options if self.options.on_pong is None else replace(self.options, on_pong=self._callbacks.pong)
        client = Client.connect(self._address, options)
        return client, time.monotonic() - started

    def adopt(self, opened: tuple[Client, float], wanted: Callable[[], bool], take: Callable[[Link], object]) -> bool:
        """Make a connection the session's, unless it was closed meanwhile: then drop it.

        Parameters
        ----------
        opened : Client, float
            From `open`.
        wanted : callable
            Whether it was not; asked under the lock of the operations.
        take : callable
            Gets the connection, under that lock.

        Returns
        -------
        bool
            Whether it is the session's.
        """
        client, took = opened
        adopted = False
        try:
            adopted = self._operations.adopt(wanted, lambda: self._welcome(client, took, take))
        finally:
            if not adopted:
                with shielded():
                    client.connection.begin_close(1000, "closed while connecting")  # said, not waited for
                    client.abort()
        if adopted:
            self._callbacks.opened()
        return adopted

    def _welcome(self, client: Client, took: float, take: Callable[[Link], object]) -> None:
        self.url = client.url
        self.counters.follow(client.connection)
        self.opened = time.monotonic()
        again = self.journal.connection > 0
        self.journal.connection += 1
        gap = f", after a gap of {self.opened - self.ended:.1f} s" if again else ""
        facts = f"connected to {client.url} in {took * 1000:.0f} ms ({_wire_facts(client.handshake)}){gap}"
        self.journal.note("reconnect" if again else "open", facts)
        take(Link(client, self.journal.connection))

    def account(self, link: Link) -> None:
        """Note what may have been lost with a connection that ended.

        Parameters
        ----------
        link : Link
            That connection.
        """
        self.ended, self.failure = time.monotonic(), link.client.connection.failure
        ranges = link.client.connection.unconfirmed
        if link.number >= self._lost_number:
            self._lost_number, self.lost = link.number, ranges
        if ranges:
            self.journal.note("error", describe(ranges), link.number)


def _wire_facts(handshake: Handshake) -> str:
    facts = [f"{handshake.status} {printable(handshake.reason)}".strip()]
    if subprotocol := handshake.shown_subprotocol:
        facts.append(f"subprotocol {printable(subprotocol)}")
    if handshake.compression is not None:
        facts.append("permessage-deflate")
    if handshake.proxy:
        facts.append(f"through {handshake.proxy}")
    return ", ".join(facts)
