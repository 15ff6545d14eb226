"""`Callbacks`: calls the user's ``on_open`` and ``on_pong`` on daemon threads of their own, never on the reader thread."""

from __future__ import annotations

import contextvars
import logging
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from ..options import Options
from ..system import forks
from .journal import Journal

#: Pongs that wait for ``on_pong`` to be told of them, at most: the latest ones.
KEPT: Final = 1000

_logger = logging.getLogger("kontena_ws_nb.session")


class Callbacks:
    """The callbacks in a session's options.

    Parameters
    ----------
    session : Session
        The argument of ``on_open``. Only a weak reference to it is kept.
    options : Options
        The session's options.
    journal : Journal
        Gets a row when a callback raises.
    """

    def __init__(self, session: object, options: Options, journal: Journal) -> None:
        self._session = weakref.ref(session)  # so that a session without references is freed at once
        self._options = options
        self._journal = journal
        self._pongs: deque[float] = deque()
        self._lock = forks.lock()
        # ipykernel keeps in a context variable which cell's output `print` writes to. Callbacks print to the output of
        # the cell that connected.
        self._context = contextvars.copy_context()

    def opened(self) -> None:
        """Call ``on_open`` on a new thread. Called by the thread that connects."""
        fn, session = self._options.on_open, self._session()
        if fn is not None:
            assert session is not None  # the thread that connects refers to it
            self._journal.start_thread("open", lambda: self._call("on_open", fn, session))

    def pong(self, delay: float) -> None:
        """Call ``on_pong`` on one thread, in the order of the pongs; the thread ends when none is left.

        Called by the reader thread.

        Parameters
        ----------
        delay : float
            Seconds of round trip.
        """
        with self._lock:
            self._pongs.append(delay)
            if len(self._pongs) > KEPT:  # a slow function; the first is being told
                del self._pongs[1]
            if len(self._pongs) == 1 and not self._journal.start_thread("pong", self._call_on_pong):
                self._pongs.clear()  # the next one tries again

    def _call_on_pong(self) -> None:
        fn = self._options.on_pong
        assert fn is not None
        while True:
            self._call("on_pong", fn, self._pongs[0])
            with self._lock:
                self._pongs.popleft()
                if not self._pongs:
                    return

    def _call(self, what: str, fn: Callable[[Any], object], argument: object) -> None:
        try:
            self._context.copy().run(fn, argument)  # a copy, because two threads cannot enter one context at once
        except Exception as error:  # the user's code, on our thread: the error goes to the log and to the logger
            _logger.exception("%s of %s failed", what, self._journal.name)
            self._journal.note("error", f"{what} failed: {type(error).__name__}: {error}")
