"""`Background`: the connections of a session, one after another, and who reads them.

What lives here: opening a connection, making it the session's, and what has become of it. What must not: sockets, sending, receiving (`reader`), the
user's code (`callbacks`), what people type (`session`). `_connect` and `_adopt` are called by the reader thread or by the thread that connects.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from ..connection.client import Client
from ..errors import Error
from ..expect.conversation import Conversation
from ..log.log import MessageLog
from ..log.retention import Budget
from ..options import Options
from ..protocol.confirmations import describe, numbers
from ..protocol.handshake import Handshake
from ..redaction.text import noted, printable
from ..transport.interrupts import shielded
from ..transport.threads import start_thread
from .callbacks import Callbacks
from .hooks import Hooks
from .operations import Attempt, Operations, closed_meanwhile
from .pacing import Pace
from .reader import Link, Reader
from .send_every import Schedule
from .stats import Counters

_logger = logging.getLogger("kontena_ws_nb.session")


class Background(Conversation):
    """A conversation over one connection after another, read in the background.

    Parameters
    ----------
    url : str
        Where to connect.
    name : str
        Of the session.
    options : Options
        All settings.
    hooks : Hooks, optional
        Who keeps names.
    budget : Budget, optional
        A limit that several logs share.
    """

    _reader: Reader

    def __init__(self, url: str, name: str, options: Options, hooks: Hooks | None = None, budget: Budget | None = None) -> None:
        self.name = name
        self.options = options
        super().__init__(MessageLog(options.max_bytes, options.max_messages, options.on_full, budget=budget))
        self._given_url = url
        self._hooks = hooks or Hooks()
        self._callbacks = Callbacks(self)
        self._operations = Operations()
        self._connection = 0
        self._counters = Counters(self.messages)
        self._pace = Pace()
        self._lost_ranges: tuple[range, ...] = ()
        self._lost_number = 0  # of the connection they belong to
        self._opened = self._ended = 0.0
        self._begin(Attempt())

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self._reader.client

    # ---- opening

    def _begin(self, attempt: Attempt) -> None:
        """Connect, and read in the background. Raises what `Client.connect` raises, and when a close came meanwhile."""
        opened = self._connect()
        if not self._adopt(opened, lambda: not attempt.given_up, self._read):
            raise closed_meanwhile(opened[0].url)
        if self.options.send_every is not None:
            Schedule(self, *self.options.send_every, self._reader.done)

    def _connect(self) -> tuple[Client, float]:
        """Open a connection that nobody has yet, and tell how long it took. Raises what `Client.connect` raises."""
        started = time.monotonic()
        client = Client.connect(self._given_url, replace(self.options, on_pong=self._callbacks.pong if self.options.on_pong else None))
        return client, time.monotonic() - started

    def _adopt(self, opened: tuple[Client, float], wanted: Callable[[], bool], take: Callable[[Link], object]) -> bool:
        """Make a connection the session's, unless it was closed meanwhile: then drop it."""
        client, took = opened
        adopted = False
        try:
            adopted = self._operations.adopt(wanted, lambda: self._welcome(client, took, take))
        finally:
            if not adopted:
                with shielded():
                    client.begin_close(1000, "closed while connecting")  # said, not waited for
                    client.abort()
        if adopted:
            self._callbacks.opened(self)
        return adopted

    def _welcome(self, client: Client, took: float, take: Callable[[Link], object]) -> None:
        self.url = client.url
        self._counters.follow(client)
        self._opened = time.monotonic()
        gap = f", after a gap of {self._opened - self._ended:.1f} s" if self._connection else ""
        self._connection += 1
        facts = f"connected to {client.url} in {took * 1000:.0f} ms ({_wire_facts(client.handshake)}){gap}"
        self._note("reconnect" if gap else "open", facts)
        take(Link(client, self._connection))

    def _read(self, link: Link) -> None:
        reader = Reader(link)
        self._reader, self._done = reader, reader.done
        self.messages.go_on()
        self._hooks.begin(self)
        try:
            reader.start(self)
        except Error as error:
            error.url = link.client.url
            reader.crash = error
            link.client.abort()
            self._note("error", str(error))
            reader.done.set()
            self._hooks.end(self)
            raise

    # ---- the end

    def _end_of(self, reader: Reader) -> None:
        """Note that a reader is through, or that nobody waits for it any more. Once for each; it ends the session only while it is its reader."""
        self._operations.adopt(lambda: not reader.done.is_set(), lambda: self._finish(reader))
        self.messages.wake()

    def _finish(self, reader: Reader) -> None:
        reader.done.set()
        if reader is self._reader:
            self.messages.rest()
            self._hooks.end(self)

    def _account(self, link: Link) -> None:
        """Note what may have been lost with a connection that ended."""
        self._ended = time.monotonic()
        ranges = link.client.unconfirmed
        if link.number >= self._lost_number:
            self._lost_number, self._lost_ranges = link.number, ranges
        if ranges:
            self._note("error", describe(ranges), link.number)

    def _start_thread(self, what: str, target: Callable[[], object]) -> bool:
        """Start a thread for something the options ask for; when there can be none, say so and go on without."""
        try:
            start_thread(target, f"kontena-ws-{what}-{self.name}")
        except Error as error:
            _logger.exception("the %s thread of %s could not start", what, self.name)
            self._note("error", str(error))
            return False
        return True

    def _note(self, kind: str, text: str, connection: int | None = None) -> None:
        payload = noted(text).encode("utf-8", "replace")
        self.messages.add(kind, payload, connection=self._connection if connection is None else connection)

    # ---- what has become of it

    @property
    def state(self) -> str:
        """``"connecting"`` (again, after a loss), ``"open"``, ``"closing"`` or ``"closed"``."""
        reader = self._reader
        if reader.done.is_set():
            return "closed"
        if reader.lost is not None:
            return "connecting"
        client = reader.client
        return "closing" if client.closed else client.state

    @property
    def error(self) -> Exception | None:
        """Why the session ended, or what it is recovering from; None while all is well and when it was closed by us."""
        reader = self._reader
        lost, crash = reader.lost, reader.crash
        if reader.stopping.is_set() and crash is None:
            return None if lost is not None else reader.client.failure
        return crash or lost or reader.client.failure

    @property
    def unconfirmed(self) -> tuple[int, ...]:
        """Permanent indexes of the messages that may have been lost with the latest connection that ended.

        Counted are all text and binary messages, sent or begun, since the last confirmed round trip: behind the last ping that was answered (``ping_interval``,
        ``ws.ping()``), or all of the connection's when none was. The server's answer to our close frame confirms every one. ``on_open`` of the next connection
        sees here what it may want to send again. The log says the same of each lost connection in a row of kind ``"error"``.
        """
        return numbers(self._lost_ranges)


def _wire_facts(handshake: Handshake) -> str:
    facts = [f"{handshake.status} {printable(handshake.reason)}".strip()]
    if subprotocol := handshake.shown_subprotocol:
        facts.append(f"subprotocol {printable(subprotocol)}")
    if handshake.compression is not None:
        facts.append("permessage-deflate")
    if handshake.proxy:
        facts.append(f"through {handshake.proxy}")
    return ", ".join(facts)
