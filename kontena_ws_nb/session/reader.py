"""`Reader`: the reader thread of a session.

It receives into the log, and with ``auto_reconnect`` opens the next connection.

``reconnect()`` makes a new `Reader`. A reader only ever ends its own connections, even if the session has another
reader by then.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

from ..connection.client import Client
from ..errors import Error, SocketError, following
from ..protocol.frames import Batch
from ..transport.deadline import Deadline
from ..transport.latch import Latch
from ..transport.threads import start_thread
from .connections import Connections, SessionConnection
from .reconnect import Backoff, delays, transient

_logger = logging.getLogger("kontena_ws_nb.session")


def reader_error(error: Exception, url: str) -> Error:
    """Make the session's error of an exception inside a reader thread: out of memory or descriptors, or a bug.

    Parameters
    ----------
    error : Exception
        What was raised there.
    url : str
        Secrets masked.

    Returns
    -------
    Error
        The same error if it is one of this package; otherwise a `SocketError` with it as its cause.
    """
    if isinstance(error, Error):
        return error
    hint = "what was received is in ws.messages; ws.reconnect() goes on from here"
    if isinstance(error, MemoryError):
        hint = "this process is out of memory: free some (ws.messages.clear(), smaller max_bytes=), then ws.reconnect()"
    failed = SocketError(
        f"reading was given up: {type(error).__name__}{f': {error}' if str(error) else ''}", url=url, hint=hint
    )
    failed.__cause__ = error
    return failed


class Reader:
    """One reader thread.

    Parameters
    ----------
    current : SessionConnection
        The connection to begin with, open.
    """

    # Nothing here refers to the session, so that a session without references is freed at once, with its log, and not
    # only when the garbage collector runs.

    def __init__(self, current: SessionConnection) -> None:
        self.current = current
        #: Set when the thread has ended, after the last row was logged.
        self.done = Latch()
        #: Set when we close the session.
        self.stopping = Latch()
        #: Why the latest connection was lost, while it is reconnecting; None otherwise.
        self.lost: Error | None = None
        #: The exception that ended the thread: out of memory, or a bug.
        self.crash: Error | None = None
        self._thread: int | None = None
        self._backoff = Backoff(delays)

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self.current.client

    def start(self, connections: Connections, ended: Callable[[Reader], object]) -> None:
        """Start the thread.

        Parameters
        ----------
        connections : Connections
            Writes to its log, and opens further connections through it.
        ended : callable
            Called with this reader when the thread ends, on that thread.

        Raises
        ------
        Error
            The thread cannot be started.
        """
        start_thread(lambda: self._run(connections, ended), f"kontena-ws-reader-{connections.journal.name}")

    @property
    def joinable(self) -> bool:
        """Whether the calling thread can wait for this one: not from itself (in a finalizer), and not while the interpreter shuts down."""
        return not sys.is_finalizing() and self._thread != threading.get_ident()

    def forked(self, connections: Connections) -> None:
        """Mark the thread as ended, in a forked child: threads are not copied."""
        self.crash = self.client.connection.outcome
        connections.ended = time.monotonic()
        self.done.set()

    # ---- the thread

    def _run(self, connections: Connections, ended: Callable[[Reader], object]) -> None:
        self._thread = threading.get_ident()
        try:
            self._receive(connections, self.current)
            while self._connect_again(connections):
                self._receive(connections, self.current)
        except Exception as error:  # noqa: BLE001 - out of memory or descriptors, or a bug: it ends the session, and read() raises it
            self._give_up(connections, error)
        finally:
            ended(self)

    def _give_up(self, connections: Connections, error: Exception) -> None:
        client = self.client
        self.crash = reader_error(error, client.url)
        try:
            client.abort()
            _logger.error("the reader of %s failed", connections.journal.name, exc_info=error)
            connections.journal.note("error", str(self.crash), self.current.number)
        except Exception:  # out of memory, this may fail too; the error is set on the session anyway
            _logger.exception("the end of %s could not be noted", connections.journal.name)

    def _receive(self, connections: Connections, current: SessionConnection) -> None:
        """Receive from one connection until it ends, then note what may have been lost with it."""
        try:
            self._record(connections, current)
        finally:
            connections.note_losses(current)
        connections.log.wake()

    def _record(self, connections: Connections, current: SessionConnection) -> None:
        client = current.client
        connection = client.connection
        log, pacing, counters, never = connections.log, connections.pacing, connections.counters, Deadline(None)
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
                    # With on_full="block", what comes while the session is being closed is discarded.
                    if not self.stopping.is_set() or not log.full:
                        log.append(batch, now, current.number)
                if log.full:
                    self._hold(connections, current)
                rested = pacing.read(size, connection.more)
        outcome = connection.outcome
        if outcome is not None and client.close_code == 1006:  # a close frame has its own row
            connections.journal.note("error", str(outcome), current.number)

    def _hold(self, connections: Connections, current: SessionConnection) -> None:
        """Apply ``on_full`` to a full log: close, or wait until consumers have read enough, so that TCP pushes back on the server."""
        log, client = connections.log, current.client
        if log.on_full == "close":
            if client.open:
                connections.journal.note(
                    "error",
                    "the log is full (max_bytes, max_messages): closing, as on_full='close' asks",
                    current.number,
                )
                client.connection.begin_close(1000, "the log is full")
            return
        log.wait_for(lambda: not log.full or self.stopping.is_set() or not client.open)
        client.connection.restart_silence()

    def _connect_again(self, connections: Connections) -> bool:
        """After a lost connection, try until one opens, the error is permanent, or the user closes.

        Return whether one opened.
        """
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
                text = f"gave up after {backoff.tries} tries"
                connections.journal.note("error", text, self.current.number)
                self.lost = following(self.lost, backoff.first or lost, text)
                return False
            delay = backoff.wait(lost)
            connections.journal.note(
                "reconnect", f"connecting again in {delay:.1f} s (try {backoff.tries})", self.current.number
            )
            if self.stopping.wait(delay):
                return False
            try:
                opened = connections.open()
            except Error as error:
                if self.stopping.is_set():
                    return False
                lost = error.with_traceback(None)  # the traceback's frames refer to this reader
                self.lost = self._with_first(lost)
                connections.journal.note("error", str(error), self.current.number)
                if not transient(error):
                    return False
                continue
            return connections.adopt(opened, lambda: not self.stopping.is_set(), self._take)

    def _with_first(self, error: Error) -> Error:
        """Add the first of several losses in a row, so that the latest one does not hide it."""
        first = self._backoff.first
        return error if first is None or first is error else following(error, first, f"the first loss: {first.message}")

    def _take(self, current: SessionConnection) -> None:
        self.current, self.lost = current, None
