"""`Reader`: one run of a session's reader thread: receiving into the log over one connection, and over the next where ``auto_reconnect`` makes one.

A session that is connected again by hand gets another `Reader`. Each ends only itself and the connections that it was given, whatever has become
of the session meanwhile. What must not live here: sockets, sending, the user's code (`callbacks`), what people type (`session`).
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from ..connection.client import Client
from ..errors import Error
from ..protocol.frames import Batch
from ..transport.deadline import Deadline
from ..transport.latch import Latch
from ..transport.threads import start_thread
from .operations import reader_error
from .reconnect import delays, transient

if TYPE_CHECKING:
    from .background import Background

_logger = logging.getLogger("kontena_ws_nb.session")


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


class Reader:
    """A run of the reader thread.

    Parameters
    ----------
    link : Link
        The connection to begin with, open.
    """

    # Nothing here refers to the session: one that is dropped is freed at once, with its log, not when the garbage collector comes by.

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

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self.link.client

    def start(self, session: Background) -> None:
        """Begin to receive.

        Parameters
        ----------
        session : Background
            Whose log is written, and who opens further connections.

        Raises
        ------
        Error
            No thread can be started.
        """
        start_thread(lambda: self._run(session), f"kontena-ws-reader-{session.name}")

    @property
    def awaitable(self) -> bool:
        """Whether the caller can wait for the end: not on this very thread (in a finalizer), and not while the interpreter ends."""
        return not sys.is_finalizing() and self._thread != threading.get_ident()

    # ---- the thread

    def _run(self, session: Background) -> None:
        self._thread = threading.get_ident()
        try:
            self._receive(session, self.link)
            while self._connect_again(session):
                self._receive(session, self.link)
        except Exception as error:  # noqa: BLE001 - no memory, no descriptors, a defect of ours: the session ends with it, and read() raises it
            self._give_up(session, error)
        finally:
            session._end_of(self)

    def _give_up(self, session: Background, error: Exception) -> None:
        client = self.client
        self.crash = reader_error(error, client.url)
        try:
            client.abort()
            _logger.error("the reader of %s failed", session.name, exc_info=error)
            session._note("error", str(self.crash), self.link.number)
        except Exception:  # with no memory left even that may fail; the error is on the session all the same
            _logger.exception("the end of %s could not be noted", session.name)

    def _receive(self, session: Background, link: Link) -> None:
        """Record one connection until it ends, and what may have been lost with it."""
        try:
            self._record(session, link)
        finally:
            session._account(link)
        session.messages.wake()

    def _record(self, session: Background, link: Link) -> None:
        client = link.client
        log, pace, counters, never = session.messages, session._pace, session._counters, Deadline(None)
        with client.receiving(patient=True):
            while not client.closed:
                batches: list[Batch] = []
                client.receive(never, batches)
                now = time.time_ns()
                size = 0
                for batch in batches:
                    size += counters.received(batch)
                    if not self.stopping.is_set() or not log.full:  # a full log that blocks takes what is left of nobody
                        log.append(batch, now, link.number)
                if log.full:
                    self._hold(session, link)
                pace.read(size, client.more)
        outcome = client.outcome
        if outcome is not None and client.close_code == 1006:  # a close frame is a row of its own
            session._note("error", str(outcome), link.number)

    def _hold(self, session: Background, link: Link) -> None:
        """Do what ``on_full`` says: close, or wait until somebody took enough, while TCP pushes back on the server."""
        log, client = session.messages, link.client
        if log.on_full == "close":
            if client.open:
                session._note("error", "the log is full (max_bytes, max_messages): closing, as on_full='close' asks", link.number)
                client.begin_close(1000, "the log is full")
            return
        log.wait_for(lambda: not log.full or self.stopping.is_set() or not client.open)
        client.rested()

    def _connect_again(self, session: Background) -> bool:
        """After a lost connection: wait and try, until it works, it is hopeless, or the user closes."""
        options = session.options
        lost = self.client.failure
        if not options.auto_reconnect or not transient(lost):
            return False
        self.lost = lost
        for attempt, delay in enumerate(delays(), 1):
            if options.reconnect_attempts is not None and attempt > options.reconnect_attempts:
                session._note("error", f"gave up after {attempt - 1} tries", self.link.number)
                return False
            session._note("reconnect", f"connecting again in {delay:.1f} s (try {attempt})", self.link.number)
            if self.stopping.wait(delay):
                return False
            try:
                opened = session._connect()
            except Error as error:
                if self.stopping.is_set():
                    return False
                self.lost = error.with_traceback(None)  # its frames hold the session
                session._note("error", str(error), self.link.number)
                if not transient(error):
                    return False
                continue
            return session._adopt(opened, lambda: not self.stopping.is_set(), self._take)
        raise AssertionError("delays() is endless")

    def _take(self, link: Link) -> None:
        self.link, self.lost = link, None
