"""`Connections`: opens a session's connections one after another, numbers them, and notes what may have been lost with each.

Called by the thread that connects: the caller's for the first connection and for ``reconnect()``, the reader thread
with ``auto_reconnect``. Nothing here refers to the session, so that a session without references is freed at once,
with its log, and not only when the garbage collector runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ..close import Close
from ..connection.client import Client
from ..decoders.decoder import Opening
from ..decoders.limits import CONNECTIONS
from ..errors import Error
from ..log.log import MessageLog
from ..options import Options
from ..protocol.confirmations import describe
from ..protocol.handshake import Handshake
from ..recording.records import ConnectionRecord, SessionRecord
from ..redaction.headers import redact_url
from ..redaction.text import printable
from ..transport.interrupts import shielded
from .attempts import Attempts
from .callbacks import Callbacks
from .journal import Journal
from .pacing import ReadPacing
from .stats import Counters


class SessionConnection(NamedTuple):
    """One connection of a session, with its number.

    Parameters
    ----------
    client : Client
        The connection.
    number : int
        `Message.connection` of its messages.
    """

    client: Client
    number: int


class Connections:
    """The connections of one session, one after another, to the same URL.

    Parameters
    ----------
    url : str
        Where to connect.
    options : Options
        The session's options.
    log : MessageLog
        The session's log.
    journal : Journal
        Writes the lifecycle rows of that log.
    attempts : Attempts
        Its lock is held while a connection becomes the session's.
    callbacks : Callbacks
        Called for each connection and pong.

    Attributes
    ----------
    url : str
        The latest connection's URL (after redirects), secrets masked.
    opened, ended : float
        When the latest connection opened, and when the latest one ended, by `time.monotonic`; 0 before.
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
        attempts: Attempts,
        callbacks: Callbacks,
    ) -> None:
        self.options = options
        self.log = log
        self.journal = journal
        self.counters = Counters(log)
        self.pacing = ReadPacing()
        self.opened = self.ended = 0.0
        self.lost: tuple[range, ...] = ()
        #: Why the latest connection that ended did so.
        self.failure: Error | None = None
        self._lost_number = 0  # the connection that `lost` is about
        self._address = url
        # By number. A thread that reads them may see one more or less than there are.
        self._records: dict[int, ConnectionRecord] = {}
        self._attempts = attempts
        self._callbacks = callbacks

    def open(self) -> tuple[Client, float]:
        """Open a connection that is not yet the session's.

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

    def adopt(
        self, opened: tuple[Client, float], wanted: Callable[[], bool], take: Callable[[SessionConnection], object]
    ) -> bool:
        """Make a connection the session's; drop it if the session was closed meanwhile.

        Parameters
        ----------
        opened : Client, float
            From `open`.
        wanted : callable
            Whether the session was not closed; called under the lock of the attempts.
        take : callable
            Called with the connection, under that lock.

        Returns
        -------
        bool
            Whether the connection is the session's now.
        """
        client, took = opened
        adopted = False
        try:
            adopted = self._attempts.run_if(wanted, lambda: self._register(client, took, take))
        finally:
            if not adopted:
                with shielded():
                    client.connection.begin_close(1000, "closed while connecting")  # does not wait for the answer
                    client.abort()
        if adopted:
            self._callbacks.opened()
        return adopted

    def _register(self, client: Client, took: float, take: Callable[[SessionConnection], object]) -> None:
        self.url = client.url
        self.counters.follow(client.connection)
        self.opened = time.monotonic()
        again = self.journal.connection > 0
        self.journal.connection += 1
        gap = f", after a gap of {self.opened - self.ended:.1f} s" if again else ""
        handshake = client.handshake
        self.log.meanings.opened(
            self.journal.connection, Opening(self._address, handshake.subprotocol, handshake.headers)
        )
        self._note(
            ConnectionRecord(
                number=self.journal.connection,
                url=client.url,
                opened_ns=time.time_ns(),
                handshake=handshake,
                certificate=client.ssl_cert,
            )
        )
        text = f"connected to {client.url} in {took * 1000:.0f} ms ({_negotiated(handshake)}){gap}"
        self.journal.note("reconnect" if again else "open", text)
        take(SessionConnection(client, self.journal.connection))

    def _note(self, record: ConnectionRecord) -> None:
        records = {**self._records, record.number: record}
        if len(records) > CONNECTIONS:
            del records[min(records)]
        self._records = records

    def describe(self) -> SessionRecord:
        """Tell what a recording says about the session.

        Returns
        -------
        SessionRecord
            With its latest connections.
        """
        records = tuple(self._records.values())
        return SessionRecord(
            name=self.journal.name,
            url=records[-1].url if records else redact_url(self._address),
            started_ns=records[0].opened_ns if records else None,
            connections=records,
        )

    def note_losses(self, current: SessionConnection) -> None:
        """Note what may have been lost with a connection that ended.

        Parameters
        ----------
        current : SessionConnection
            That connection.
        """
        self.ended, self.failure = time.monotonic(), current.client.connection.failure
        ranges = current.client.connection.unconfirmed
        if current.number >= self._lost_number:
            self._lost_number, self.lost = current.number, ranges
        code, reason = current.client.close_code, current.client.close_reason
        self._note(
            replace(
                self._records[current.number],
                closed_ns=time.time_ns(),
                close=None if code is None else Close(code, reason or ""),
            )
        )
        if ranges:
            self.journal.note("error", describe(ranges), current.number)


def _negotiated(handshake: Handshake) -> str:
    parts = [f"{handshake.status} {printable(handshake.reason)}".strip()]
    if subprotocol := handshake.shown_subprotocol:
        parts.append(f"subprotocol {printable(subprotocol)}")
    if handshake.compression is not None:
        parts.append("permessage-deflate")
    if handshake.proxy:
        parts.append(f"through {handshake.proxy}")
    return ", ".join(parts)
