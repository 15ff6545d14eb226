"""`Recordings`: the recording of one session, which begins, ends and goes on with it. Any thread.

Nothing here refers to the session, so that a session without references is freed at once.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final
from weakref import ref

from ..log.log import MessageLog
from ..system import forks
from .connections import Connections
from .journal import Journal

if TYPE_CHECKING:
    from ..recording.recorder import Recorder

#: Seconds that who ends a session waits until its file is whole; a slow disk goes on for itself.
_WAIT: Final = 5.0


class Recordings:
    """What a session is recorded to.

    Parameters
    ----------
    log : MessageLog
        The session's log.
    connections : Connections
        Its connections.
    journal : Journal
        Gets a row when recording fails.
    """

    def __init__(self, log: MessageLog, connections: Connections, journal: Journal) -> None:
        self._log = log
        self._connections = connections
        self._journal = journal
        self._changing = forks.lock()
        #: The latest recording; None before the first, and after one was ended.
        self.current: Recorder | None = None
        log.bookmarks.changed = _Bookmarked(self)

    def begin(self, path: str | os.PathLike[str], *, secrets: bool) -> Recorder:
        """Record to a file from now on, and no more to another one.

        Parameters
        ----------
        path, secrets
            As for `Recorder`.

        Returns
        -------
        Recorder
            It has begun; the one there was, when that records to the same file.

        Raises
        ------
        ValueError, OSError, Error
            As `Recorder`; the one there was goes on.
        """
        from ..recording.recorder import Recorder  # with sqlite3, which most programs never use

        journal = self._journal  # not in a cycle with this: a session without references is freed at once

        def note(text: str) -> None:
            journal.note("error", text)

        with self._changing:
            before = self.current
            if before is not None and not before.resting and before.same(path, secrets=secrets):
                return before
            recorder = Recorder(path, self._log, self._connections.describe, note, secrets=secrets)
            self.current = recorder
        if before is not None:
            before.rest()
            before.wait(_WAIT)
        return recorder

    def end(self) -> None:
        """Record no more; waits until the file is whole, at most 5 s."""
        with self._changing:
            before, self.current = self.current, None
        if before is not None:
            before.rest()
            before.wait(_WAIT)

    def rest(self) -> None:
        """Let the recording end: the session has. Waits for nothing."""
        if self.current is not None:
            self.current.rest()

    def settle(self, timeout: float = _WAIT) -> None:
        """Wait until the file is whole, after `rest`.

        Parameters
        ----------
        timeout : float, default 5
            Seconds at most.
        """
        if self.current is not None and self.current.resting:
            self.current.wait(timeout)

    def go_on(self) -> None:
        """Let the recording go on: the session does."""
        if self.current is not None:
            self.current.go_on()

    def bookmarked(self) -> None:
        """Let the recording have the bookmarks as they are now, also when the session has ended. Waits for nothing."""
        if self.current is not None:
            self.current.catch_up()


class _Bookmarked:
    """Calls `Recordings.bookmarked`, without keeping it alive: the log, which it keeps alive, refers to this."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = ref(recordings)

    def __call__(self) -> None:
        recordings = self._recordings()
        if recordings is not None:
            recordings.bookmarked()
