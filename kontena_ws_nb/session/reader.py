"""`Reader`: one run of a session's reader thread: receiving into the log over one connection, and over the next where ``auto_reconnect`` makes one.

A session that is connected again by hand gets another `Reader`. Each ends only itself and the connections that it was
given, whatever has become of the session meanwhile.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

from ..connection.client import Client
from ..errors import Error, following
from ..protocol.frames import Batch
from ..transport.deadline import Deadline
from ..transport.latch import Latch
from ..transport.threads import start_thread
from .connections import Connections, Link
from .operations import reader_error
from .reconnect import Backoff, delays, transient

_logger = logging.getLogger("kontena_ws_nb.session")


class Reader:
    """A run of the reader thread.

    Parameters
    ----------
    link : Link
        The connection to begin with, open.
    """

    # Nothing here refers to the session: one that is dropped is freed at once, with its log, not when the garbage
    # collector comes by.

    def __init__(self, link: Link) -> None:
        self.link = link
        #: Set at the end of the run: rows precede it.
        self.done = Latch()
        #: Set when the session is being closed by us.
        self.stopping = Latch()
        #: What it is recovering from; None while a connection is there.
        self.lost: Error | None = None
        #: What ended it inside the thread: a lack of memory, a defect.
        self.crash: Error | None = None
        self._thread: int | None = None
        self._backoff = Backoff(delays)

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self.link.client

    def start(self, connections: Connections, ended: Callable[[Reader], object]) -> None:
        """Begin to receive.

        Parameters
        ----------
        connections : Connections
            Whose log is written, and which opens further ones.
        ended : callable
            Called with this reader at the end, on its thread.

        Raises
        ------
        Error
            No thread can be started.
        """
        start_thread(lambda: self._run(connections, ended), f"kontena-ws-reader-{connections.journal.name}")

    @property
    def awaitable(self) -> bool:
        """Whether the caller can wait for the end: not on this very thread (in a finalizer), and not while the interpreter ends."""
        return not sys.is_finalizing() and self._thread != threading.get_ident()

    def forked(self, connections: Connections) -> None:
        """Become the end of a session in a child, where its thread is not."""
        self.crash = self.client.connection.outcome
        connections.ended = time.monotonic()
        self.done.set()

    # ---- the thread

    def _run(self, connections: Connections, ended: Callable[[Reader], object]) -> None:
        self._thread = threading.get_ident()
        try:
            self._receive(connections, self.link)
            while self._connect_again(connections):
                self._receive(connections, self.link)
        except Exception as error:  # noqa: BLE001 - no memory, no descriptors, a defect of ours: the session ends with it, and read() raises it
            self._give_up(connections, error)
        finally:
            ended(self)

    def _give_up(self, connections: Connections, error: Exception) -> None:
        client = self.client
        self.crash = reader_error(error, client.url)
        try:
            client.abort()
            _logger.error("the reader of %s failed", connections.journal.name, exc_info=error)
            connections.journal.note("error", str(self.crash), self.link.number)
        except Exception:  # with no memory left even that may fail; the error is on the session all the same
            _logger.exception("the end of %s could not be noted", connections.journal.name)

    def _receive(self, connections: Connections, link: Link) -> None:
        """Record one connection until it ends, and what may have been lost with it."""
        try:
            self._record(connections, link)
        finally:
            connections.account(link)
        connections.log.wake()

    def _record(self, connections: Connections, link: Link) -> None:
        client = link.client
        connection = client.connection
        log, pace, counters, never = connections.log, connections.pace, connections.counters, Deadline(None)
        rested = False
        with connection.receiving(patient=True):
            while not connection.closed:
                batches: list[Batch] = []
                # After a rest something is there; otherwise the last look took all there was.
                connection.receive(never, batches, patient=not rested)
                now = time.time_ns()
                size = 0
                for batch in batches:
                    size += counters.received(batch)
                    # A full log that blocks takes nothing of what comes while the session is being closed.
                    if not self.stopping.is_set() or not log.full:
                        log.append(batch, now, link.number)
                if log.full:
                    self._hold(connections, link)
                rested = pace.read(size, connection.more)
        outcome = connection.outcome
        if outcome is not None and client.close_code == 1006:  # a close frame is a row of its own
            connections.journal.note("error", str(outcome), link.number)

    def _hold(self, connections: Connections, link: Link) -> None:
        """Do what ``on_full`` says: close, or wait until somebody took enough, while TCP pushes back on the server."""
        log, client = connections.log, link.client
        if log.on_full == "close":
            if client.open:
                connections.journal.note(
                    "error", "the log is full (max_bytes, max_messages): closing, as on_full='close' asks", link.number
                )
                client.connection.begin_close(1000, "the log is full")
            return
        log.wait_for(lambda: not log.full or self.stopping.is_set() or not client.open)
        client.connection.rested()

    def _connect_again(self, connections: Connections) -> bool:
        """After a lost connection: wait and try, until it works, it is hopeless, or the user closes."""
        options = connections.options
        lost = self.client.connection.failure
        if not options.auto_reconnect or not transient(lost):
            return False
        assert lost is not None
        backoff = self._backoff
        backoff.lost(lost, connections.ended - connections.opened)
        self.lost = self._with_first(lost)
        while True:
            if options.reconnect_attempts is not None and backoff.tries >= options.reconnect_attempts:
                told = f"gave up after {backoff.tries} tries"
                connections.journal.note("error", told, self.link.number)
                self.lost = following(self.lost, backoff.first or lost, told)
                return False
            delay = backoff.wait(lost)
            connections.journal.note(
                "reconnect", f"connecting again in {delay:.1f} s (try {backoff.tries})", self.link.number
            )
            if self.stopping.wait(delay):
                return False
            try:
                opened = connections.open()
            except Error as error:
                if self.stopping.is_set():
                    return False
                lost = error.with_traceback(None)  # its frames hold this reader
                self.lost = self._with_first(lost)
                connections.journal.note("error", str(error), self.link.number)
                if not transient(error):
                    return False
                continue
            return connections.adopt(opened, lambda: not self.stopping.is_set(), self._take)

    def _with_first(self, error: Error) -> Error:
        """Add the first of the losses in a row: the latest failure must not hide it."""
        first = self._backoff.first
        return error if first is None or first is error else following(error, first, f"the first loss: {first.message}")

    def _take(self, link: Link) -> None:
        self.link, self.lost = link, None
