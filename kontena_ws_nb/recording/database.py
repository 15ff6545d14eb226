"""`Database`: a recording that is read, also while another process writes it. Any thread."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Final

from ..decoders.decoder import Opening
from ..log.bookmarks import MOST, NOTE
from ..log.log import MessageLog
from ..redaction.text import quoted
from ..system import forks
from ..system.paths import local_path
from .connection_rows import COLUMNS, from_row, number, text
from .records import SessionRecord
from .rows import RecordedRows
from .schema import INDEX_BITS, PARENTS, open_to_read, told

#: A session's number, of which an `id` has the upper bits, its messages and its bytes are below.
_LIMITS: Final = (1 << 63 - INDEX_BITS, 1 << INDEX_BITS, 1 << 62)


class Connections:
    """Connections to one file for whoever reads it at the moment; each is used by one thread at a time.

    Parameters
    ----------
    path : str
        The file; opened when somebody wants to read it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._closed = False
        #: Which file it is; another one may take its name.
        self._place: os.stat_result | None = None
        self._idle: list[Connection] = []
        forks.tell(self)

    def forked(self, owner: int) -> None:
        """Leave the connections to the parent, in a forked child."""
        PARENTS.extend(self._idle)
        self._idle = []

    @contextmanager
    def borrow(self) -> Iterator[Connection]:
        """Use a connection.

        Yields
        ------
        sqlite3.Connection

        Raises
        ------
        ValueError
            They were closed, or as `schema.open_to_read`.
        OSError
            The file cannot be read. ESTALE: another one has taken its name.
        """
        if self._closed:
            raise ValueError(f"the recording {self.path!r} is closed: open it again")
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._open()
        try:
            with told(self.path):
                yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def _open(self) -> Connection:
        connection = open_to_read(self.path)
        place = os.stat(self.path)
        if self._place is None:
            self._place = place
        elif not os.path.samestat(place, self._place):  # rows of two files would be mixed
            connection.close()
            raise OSError(errno.ESTALE, "another file has its name now: open that again, with kws.load", self.path)
        return connection

    def _give_back(self, connection: Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()

    def __del__(self) -> None:
        self.close()

    def trim(self) -> None:
        """Close those that nobody uses now."""
        while self._idle:
            self._idle.pop().close()

    def close(self) -> None:
        """Close those that nobody uses now, and the others as soon as they are given back."""
        self._closed = True
        self.trim()


class Database:
    """A recording. A context manager that closes it.

    Parameters
    ----------
    connections : Connections
        To its file.

    Attributes
    ----------
    path : str
        The file.
    sessions : tuple of SessionRecord
        What is in it, in the order of recording.
    """

    def __init__(self, connections: Connections) -> None:
        self.path = connections.path
        self._connections = connections
        with connections.borrow() as file:
            found = file.execute(
                "SELECT session, name, url, started_ns, messages, bytes FROM sessions ORDER BY session"
            ).fetchall()
            rows = file.execute(
                f"SELECT session, {', '.join(COLUMNS)} FROM connections ORDER BY session, connection"
            ).fetchall()
        try:
            self._counted = [
                tuple(number(value, limit) or 0 for value, limit in zip((row[0], *row[4:]), _LIMITS, strict=True))
                for row in found
            ]
            names = [(text(name) or "", text(url) or "", number(started_ns)) for _, name, url, started_ns, *_ in found]
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"a session of {quoted(self.path)} cannot be read ({error}): somebody changed the file"
            ) from error
        self.sessions = tuple(
            SessionRecord(
                name=name,
                url=url,
                started_ns=started_ns,
                connections=tuple(from_row(row[1:]) for row in rows if row[0] == session),
            )
            for (name, url, started_ns), (session, *_) in zip(names, self._counted, strict=True)
        )

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Database:
        """Open a recording; nothing of its messages is read before somebody asks.

        Parameters
        ----------
        path : str or path-like
            The file; ``~`` is the home directory.

        Returns
        -------
        Database

        Raises
        ------
        ValueError
            It is no recording, or one of a newer version.
        OSError
            It cannot be read.
        """
        connections = Connections(os.path.realpath(local_path(path)))
        try:
            return cls(connections)
        except BaseException:
            connections.close()
            raise

    def log(self, at: int) -> MessageLog:
        """Give the messages of a session as a log. They stay in the file, and are read as they are asked for.

        Parameters
        ----------
        at : int
            Which of `sessions`.

        Returns
        -------
        MessageLog
            Nobody writes to it. It can be read until the recording is closed.

        Raises
        ------
        IndexError
            There is no such session.
        OSError
            The file cannot be read.
        """
        session, messages, size = self._counted[at]
        low, high = session << INDEX_BITS, ((session + 1) << INDEX_BITS) - 1
        with self._connections.borrow() as file:
            first, last = file.execute(
                "SELECT (SELECT min(id) FROM messages WHERE id >= ? AND id < ?), (SELECT max(id) FROM messages WHERE id >= ? AND id < ?)",
                (low, high, low, high),
            ).fetchone()
        start, stop = (0, 0) if first is None or last is None else (first - low, last - low + 1)
        log = MessageLog(max_bytes=None)
        for connection in self.sessions[at].connections:
            handshake = connection.handshake
            if handshake is not None:
                opening = Opening(connection.url, handshake.subprotocol, handshake.headers)
                log.meanings.opened(connection.number, opening)
        missing = max(0, stop - start - messages)
        log.back(RecordedRows(self._connections.borrow, session, start, stop, missing=missing), size)
        notes = self._notes(session, start, stop)
        if notes:
            there = {row.index for row in log.rows(list(notes), 0)}
            log.bookmarks.restore({index: note for index, note in notes.items() if index in there})
        return log

    def _notes(self, session: int, start: int, stop: int) -> dict[int, str]:
        """Read the bookmarks of a session; as many, and as long ones, as a log may have."""
        with self._connections.borrow() as file:
            if (
                file.execute("SELECT 1 FROM sqlite_master WHERE name = 'bookmarks' AND type = 'table'").fetchone()
                is None
            ):
                return {}
            rows = file.execute(
                'SELECT "index", CAST(substr(note, 1, ?) AS TEXT) FROM bookmarks '
                'WHERE session = ? AND "index" >= ? AND "index" < ? AND typeof("index") = \'integer\' ORDER BY 1 LIMIT ?',
                (NOTE, session, start, stop, MOST),
            ).fetchall()
        return {index: (text(note) or "")[:NOTE] for index, note in rows}

    def close(self) -> None:
        """Close the file. Logs of it cannot be read any more."""
        self._connections.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
