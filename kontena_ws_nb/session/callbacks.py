"""`Callbacks`: the user's ``on_open`` and ``on_pong``, beside the reader, never on it.

Nothing else lives here. `opened` is called by the thread that connects, `pong` by the reader thread; the user's code runs on daemon threads.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .background import Background

_logger = logging.getLogger("kontena_ws_nb.session")


class Callbacks:
    """What a session's options ask to be called.

    Parameters
    ----------
    session : Session
        Whose options.
    """

    def __init__(self, session: Background) -> None:
        self._session = weakref.ref(session)  # a session that is dropped is freed at once
        self._pongs: deque[float] = deque()
        self._lock = threading.Lock()

    def opened(self, session: Background) -> None:
        """Tell ``on_open``, on a thread of its own.

        Parameters
        ----------
        session : Session
            The one these belong to.
        """
        fn = session.options.on_open
        if fn is not None:
            session._start_thread("open", lambda: _guarded(session, "on_open", fn, session))

    def pong(self, delay: float) -> None:
        """Tell ``on_pong``, in order: one thread as long as there are any.

        Parameters
        ----------
        delay : float
            Seconds of round trip.
        """
        session = self._session()
        assert session is not None  # the reader that calls this holds it
        with self._lock:
            self._pongs.append(delay)
            if len(self._pongs) == 1 and not session._start_thread("pong", lambda: self._tell_pongs(session)):
                self._pongs.clear()  # the next one tries again

    def _tell_pongs(self, session: Background) -> None:
        fn = session.options.on_pong
        assert fn is not None
        while True:
            _guarded(session, "on_pong", fn, self._pongs[0])
            with self._lock:
                self._pongs.popleft()
                if not self._pongs:
                    return


def _guarded(session: Background, what: str, fn: Callable[[Any], object], argument: object) -> None:
    try:
        fn(argument)
    except Exception as error:  # the user's code on a thread of ours: it shows in the log and in the logger
        _logger.exception("%s of %s failed", what, session.name)
        session._note("error", f"{what} failed: {type(error).__name__}: {error}")
