"""`Observer` and `StateObserver`: call a function for new rows, coalesced, or for a new state, on a thread of its own.

One daemon thread an observer, so that a slow function delays nobody else, the reader thread least of all. A running
thread keeps alive what it holds: so it holds no log while it waits, and ends while no rows are expected.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Protocol

from ..errors import Error
from ..system import forks
from ..transport.threads import start_thread
from .waiters import Waiters

_logger = logging.getLogger("kontena_ws_nb")


class Observed(Protocol):
    """What an observer of rows needs of a log."""

    @property
    def next_index(self) -> int:
        """Permanent index the next row will get."""

    def help(self) -> None:
        """Do what writers left undone."""

    def forget(self, observer: Observer) -> None:
        """Let go of an observer that was closed."""


class Awaited(Protocol):
    """What an observer of a state needs of a log."""

    def wait_for(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until something holds; asked after every append and every `wake`."""

    def wake(self) -> None:
        """Make whoever waits ask again."""


class Observer:
    """A running observation of a log. Ends with `close`, or when nobody holds the log any more.

    Parameters
    ----------
    log : Observed
        What to observe.
    waiters : Waiters
        Woken when it grows.
    fn : callable
        Called with ``(start, stop)``, permanent indexes.
    keeps : object, optional
        What stays alive until `close` or `rest`: who makes the log grow.

    Raises
    ------
    Error
        No thread can be started.
    """

    def __init__(self, log: Observed, waiters: Waiters, fn: Callable[[int, int], object], keeps: object = None) -> None:
        self._log = weakref.ref(log, lambda _: waiters.wake())
        self._waiters = waiters
        self._fn = fn
        self._keeps = keeps
        # ipykernel keeps in a context variable which cell's output `print` writes to: that of the cell that asked.
        self._context = contextvars.copy_context()
        self._seen = log.next_index
        self._stop = False
        self._resting = False
        self._changing = forks.lock()
        self._thread: threading.Thread | None = None
        #: The last error ``fn`` raised, or None.
        self.error: Exception | None = None
        self._start()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._stop

    def _start(self) -> None:
        """Have a thread, if there is none. A thread that finds nothing to do ends under the same lock."""
        with self._changing:
            if self._thread is None:
                self._thread = start_thread(self._run, "kontena-ws-observer")

    def _run(self) -> None:
        while True:
            self._waiters.wait_for(self._called, heartbeat=self._help)
            if not self._tell():
                return

    def _called(self) -> bool:
        log = self._log()
        return self._stop or self._resting or log is None or log.next_index > self._seen

    def _help(self) -> None:
        log = self._log()
        if log is not None:
            log.help()

    def _tell(self) -> bool:
        """Tell what is new; False, and no thread any more, when there is nothing and none is expected."""
        with self._changing:
            log = self._log()
            start = self._seen
            stop = start if log is None else log.next_index
            if start == stop and (self._stop or self._resting or log is None):
                self._thread = None
                return False
            self._seen = stop
        if start < stop:
            try:
                self._context.run(self._fn, start, stop)
            except Exception as error:  # foreign code: told to the logger, must not end the observation
                self.error = error
                _logger.exception("observer %r failed for rows %d to %d", self._fn, start, stop)
        return True

    def rest(self) -> None:
        """Tell what is there, then have no thread until `go_on`: no more rows are expected. Waits for nothing."""
        self._resting = True
        self._keeps = None
        self._waiters.wake()

    def go_on(self, keeps: object = None) -> None:
        """Observe again after `rest`.

        Parameters
        ----------
        keeps : object, optional
            As for `Observer`.
        """
        self._resting = False
        self._keeps = keeps
        if not self._stop:
            try:
                self._start()
            except Error:
                _logger.exception("observer %r cannot go on", self._fn)

    def close(self) -> None:
        """Deliver what is already there, then stop. Waits for the thread unless called on it."""
        if self._called():
            self.go_on()  # rows that came after `rest`
        self._stop = True
        self._keeps = None
        self._waiters.wake()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        log = self._log()
        if log is not None:
            log.forget(self)

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class StateObserver:
    """A running observation of a state.

    Parameters
    ----------
    log : Awaited
        Woken whenever the state changes.
    state : callable
        Gives the state; ``"closed"`` is the last one.
    fn : callable
        Takes nothing.

    Raises
    ------
    Error
        No thread can be started.
    """

    def __init__(self, log: Awaited, state: Callable[[], str], fn: Callable[[], object]) -> None:
        self._log = log
        self._state = state
        self._fn = fn
        self._context = contextvars.copy_context()  # as in `Observer`
        self._seen = state()
        self._stop = False
        self._thread: threading.Thread | None = None  # ``fn`` may call `close` before `start_thread` returns
        self._thread = start_thread(self._run, "kontena-ws-state")

    def _run(self) -> None:
        while self._seen != "closed":
            self._log.wait_for(lambda: self._stop or self._state() != self._seen)
            if self._stop:
                return
            self._seen = self._state()
            try:
                self._context.run(self._fn)
            except Exception:  # foreign code: told to the logger, never raised into the notifier
                _logger.exception("state observer %r failed", self._fn)

    def close(self) -> None:
        """Stop. Waits for the thread unless called on it."""
        self._stop = True
        self._log.wake()
        if self._thread is not None and threading.current_thread() is not self._thread:
            self._thread.join()
