"""`Reader`: the reader thread of a session.

It receives into the log, and with ``auto_reconnect`` opens the next connection.

Waking a thread that waits for an answer, and the two taking turns with the GIL, costs more than receiving it. So after
an answer that came at once the reader stands aside for `ASIDE` seconds: when the caller sends and waits again, as
request and answer go on, it receives itself (`Reader.wait`), and no thread is woken. What comes while nobody waits is
read up to so much later.

``reconnect()`` makes a new `Reader`. A reader only ever ends its own connections, even if the session has another
reader by then.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from ..connection.client import Client
from ..connection.connection import Connection
from ..errors import Error, SocketError, following
from ..protocol.frames import BINARY, OPCODE, Batch
from ..system import forks
from ..transport.deadline import Deadline
from ..transport.interrupts import shielded
from ..transport.latch import Latch
from ..transport.threads import start_thread
from .connections import Connections, SessionConnection
from .reconnect import Backoff, delays, transient

_logger = logging.getLogger("kontena_ws_nb.session")

#: Seconds that the reader stands aside after a quick answer, and that a waiting thread receives before it gives up.
ASIDE: Final = 0.005


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
        self._turn = forks.lock()  # held by who receives: the reader thread, or one that waits while it stands aside
        self._aside = False
        self._received_for_itself = 0  # how often a waiting thread did
        self._waiting: list[int] = []  # the threads that wait for the reader; changed atomically
        self._gate = forks.lock()  # the reader waits for this one while it stands aside
        self._gate.acquire()
        self._failed: Exception | None = None  # what a waiting thread met when it received

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

    # ---- waiting

    def wait(self, connections: Connections, holds: Callable[[], bool], deadline: Deadline, index: int) -> bool:
        """Wait until a condition about the log holds; receive meanwhile, if the reader thread stands aside.

        Parameters
        ----------
        connections : Connections
            As for `start`.
        holds : callable
            The condition.
        deadline : Deadline
            When to stop waiting.
        index : int
            Rows before this index need not check the condition.

        Returns
        -------
        bool
            Whether it holds.
        """
        if self._aside and self._receive_here(connections, holds, deadline):
            return True
        thread, waiting = threading.get_ident(), self._waiting
        try:
            waiting.append(thread)
            return connections.log.wait_for(holds, deadline.left(), index=index)
        finally:
            if thread in waiting:  # not if an interrupt came before
                waiting.remove(thread)

    def _receive_here(self, connections: Connections, holds: Callable[[], bool], deadline: Deadline) -> bool:
        """Receive in the calling thread until the condition holds; otherwise call the reader back."""
        until, log, held = Deadline(ASIDE).sooner(deadline), connections.log, False
        # An interrupt comes through only where `receive` waits: what was received is in the log by then.
        with shielded() as shield:
            if not self._turn.acquire(blocking=False):
                return False
            current, connection = self.current, self.client.connection
            try:
                self._received_for_itself += 1
                with connection.lent():
                    while self._aside and not (held := holds()):
                        if until.passed or connection.closed or connection.paused or log.full:
                            break
                        self._receive_once(connections, current, until, rested=False, shield=shield)
            except Exception as error:  # noqa: BLE001 - the reader thread raises it, as if it had met it itself
                self._failed = error
            finally:
                self._turn.release()
                if not held or connection.more or connection.closed or log.full or self._waiting:
                    self.recall()
        return held

    def recall(self) -> None:
        """Make the reader thread go on if it stands aside. Any thread; never waits."""
        if self._aside:
            try:
                self._gate.release()
            except RuntimeError:
                pass  # called already

    def _stand_aside(self, connection: Connection) -> None:
        """Let threads that wait receive for themselves, until none has for `ASIDE` seconds."""
        self._aside = True
        self._turn.release()
        try:
            seen, called = -1, False
            while not called and self._received_for_itself != seen and connection.open:
                seen = self._received_for_itself
                called = self._gate.acquire(timeout=ASIDE)
        finally:
            self._aside = False
            self._turn.acquire()
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

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
        log, pacing, never = connections.log, connections.pacing, Deadline(None)
        rested = False
        connection.recorded = True
        with connection.receiving(patient=True), self._turn:
            while not connection.closed:
                size, quick = self._receive_once(connections, current, never, rested=rested)
                if log.full:
                    self._hold(connections, current)
                rested = pacing.read(size, connection.more)
                if quick and not connection.more:
                    self._stand_aside(connection)
                    if log.full:
                        self._hold(connections, current)
        outcome = connection.outcome
        if outcome is not None and client.close_code == 1006:  # a close frame has its own row
            connections.journal.note("error", str(outcome), current.number)

    def _receive_once(
        self,
        connections: Connections,
        current: SessionConnection,
        deadline: Deadline,
        *,
        rested: bool,
        shield: shielded | None = None,
    ) -> tuple[int, bool]:
        """Receive into the log; return the bytes, and whether they are a quick answer that only its sender waits for."""
        log, pacing, batches, size, quick = connections.log, connections.pacing, list[Batch](), 0, False
        try:
            current.client.connection.limit(log.room)
            # After a rest something is there; otherwise the last look took all there was.
            current.client.connection.receive(deadline, batches, patient=not rested, shield=shield)
        finally:  # an interrupt that waited for the end of the shield may strike before a call of `on_pong`
            now = time.time_ns()
            # Before they are woken: on_pong stays on the reader thread.
            if self._waiting and batches and connections.options.on_pong is None:
                quick = pacing.answers(self._waiting)
            for batch in batches:
                size += connections.counters.received(batch)
                # A message that comes to a full log while the session is being closed is discarded.
                over = log.full and (self.stopping.is_set() or not current.client.open)
                if not over or batch.flags[0] & OPCODE > BINARY:
                    log.append(batch, now, current.number)
        return size, quick

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
