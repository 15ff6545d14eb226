"""`CaptureFile`: the file that is read; `CaptureBuilder` and `SessionBuilder`: what its reader makes of it.

A file may be damaged, cut off or made to harm. A reader takes what is whole and tells what is not: `problem` goes on,
`UnreadableError` ends the reading, and what was read before stays.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..close import Close
from ..decoders.decoder import Opening
from ..log.bookmarks import MOST as MOST_BOOKMARKS
from ..log.bookmarks import NOTE
from ..log.kinds import CODES, LIFECYCLE
from ..log.log import MessageLog
from ..log.message import Message
from ..log.segment import ROW_BYTES
from ..protocol.batch import COMPRESSED, FRAGMENTED, INCOMPLETE, SENT, Batch
from ..recording.records import ConnectionRecord, SessionRecord
from ..redaction.text import printable

#: Bytes that tell what a file is.
HEAD: Final = 1 << 16
#: Bytes of the largest line or message that is read.
LARGEST: Final = 256 << 20
#: How many sessions, and connections of one, a file may have.
MOST_SESSIONS: Final = 10_000
MOST_CONNECTIONS: Final = 100_000
#: Bytes that the rows of a small file may take.
ROOM: Final = 4 << 30
#: How many problems are told one by one.
_TOLD: Final = 20
_NAME: Final = 200


class UnreadableError(ValueError):
    """A file, or the rest of it, cannot be read. The text says why, and quotes nothing of it."""


class CaptureFile:
    """A file that is read as a capture.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.
    file : BinaryIO
        Opened, at its beginning.
    size : int
        Bytes.
    keylog : str, optional
        Path of the file with the keys of its TLS connections.
    tick : callable, optional
        Called with the number of bytes read so far, now and then.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        size: int,
        *,
        keylog: str | None = None,
        tick: Callable[[int], object] = lambda _at: None,
    ) -> None:
        self.path = path
        self.file = file
        self.size = size
        self.keylog = keylog
        self.tick = tick
        #: The first bytes.
        self.head = file.read(HEAD)
        file.seek(0)

    @property
    def name(self) -> str:
        """What a session of it is called that has no name: the file's name without suffix."""
        return self.path.name.partition(".")[0] or "capture"

    def read(self, size: int) -> bytes:
        """Read on.

        Parameters
        ----------
        size : int
            Bytes at most.

        Returns
        -------
        bytes
            Empty at the end.
        """
        data = self.file.read(size)
        self.tick(self.file.tell())
        return data

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Read line by line.

        Yields
        ------
        (int, bytes)
            Number, from 1, and the line with its end; the last one may have none. Empty lines are left out.

        Raises
        ------
        UnreadableError
            A line is too long.
        """
        number = 0
        while line := self.file.readline(LARGEST + 1):
            number += 1
            if len(line) > LARGEST:
                raise UnreadableError(f"line {number:,} has more than {LARGEST >> 20} MiB")
            if not number & 0xFFF:
                self.tick(self.file.tell())
            if line.strip():
                yield number, line


class SessionBuilder:
    """One session of a file.

    Parameters
    ----------
    name : str, optional
        What the file calls it.
    spend : callable, optional
        Called with the bytes that a row takes, before it is added; raises when the file has had too many.
    """

    def __init__(self, name: str = "", spend: Callable[[int], object] = lambda _size: None) -> None:
        self.name = name
        self._spend = spend
        self.url = ""
        self.started_ns: int | None = None
        self.log = MessageLog(None)
        self._connections: dict[int, ConnectionRecord] = {}
        self._record: SessionRecord | None = None
        self._last = 0
        self._notes: dict[int, str] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is known of it."""
        return not (self.log.next_index or self._connections or self._record)

    def adopt(self, record: SessionRecord, log: MessageLog) -> None:
        """Take what is known of a session, and its rows, from elsewhere.

        Parameters
        ----------
        record : SessionRecord
            What is known.
        log : MessageLog
            The rows.
        """
        self._record, self.log, self.url = record, log, record.url

    def connection(self, record: ConnectionRecord) -> None:
        """Say what is known of a connection.

        Parameters
        ----------
        record : ConnectionRecord
            Takes the place of one with its number.
        """
        if len(self._connections) >= MOST_CONNECTIONS and record.number not in self._connections:
            raise UnreadableError(f"a session has more than {MOST_CONNECTIONS:,} connections")
        self._connections[record.number] = record
        self.url = record.url or self.url
        if self.started_ns is None:
            self.started_ns = record.opened_ns

    def add(
        self,
        kind: str,
        payload: bytes,
        time_ns: int | None,
        *,
        sent: bool = False,
        connection: int = 1,
        compressed: bool = False,
        fragments: int = 1,
        incomplete: bool = False,
    ) -> None:
        """Add a row.

        Parameters
        ----------
        kind : str
            As `Message.kind`.
        payload : bytes
            As `Message.payload`.
        time_ns : int or None
            Nanoseconds since the epoch; None, for not known, is when the one before was.
        sent, connection, compressed, fragments, incomplete : optional
            As `Message` has them.
        """
        self._spend(len(payload) + ROW_BYTES)
        if time_ns is None:
            time_ns = self._last or self.started_ns or 0
        self._last = time_ns
        append(
            self.log,
            kind,
            payload,
            time_ns,
            sent=sent,
            connection=connection,
            compressed=compressed,
            fragments=fragments,
            incomplete=incomplete,
        )

    def bookmark(self, note: str) -> None:
        """Bookmark the row that was added last. What is beyond a log's limits is left out.

        Parameters
        ----------
        note : str
            What the file says about it.
        """
        if len(self._notes) < MOST_BOOKMARKS:
            self._notes[self.log.next_index - 1] = note[:NOTE]

    def finish(self) -> None:
        """Put the bookmarks into the log: called once all rows are there."""
        if self._notes:
            self.log.bookmarks.restore(self._notes)
            self._notes = {}

    def close(self, code: Any, reason: Any, time_ns: int | None, *, sent: bool = False, connection: int = 1) -> Close:
        """Add how a connection ended: a close frame, or for 1006 the row of an error.

        Parameters
        ----------
        code, reason : object
            As the file has them; what is no close code counts as none.
        time_ns, sent, connection : optional
            As for `add`.

        Returns
        -------
        Close
        """
        number = int(code) if isinstance(code, int) and 0 < code < 1 << 16 else 1005
        close = Close(number, words(reason, 4000))
        if number == 1006:
            self.add("error", b"the connection ended without a close frame (1006)", time_ns, connection=connection)
        else:
            said = b"" if number == 1005 else number.to_bytes(2, "big") + close.reason.encode("utf-8", "replace")
            self.add("close", said, time_ns, sent=sent, connection=connection)
        return close

    def tell_decoders(self) -> None:
        """Tell the log what was agreed in the handshakes: subprotocols say how messages are decoded."""
        for connection in self._connections.values():
            handshake = connection.handshake
            if handshake is not None:
                opening = Opening(connection.url, handshake.subprotocol, handshake.headers)
                self.log.meanings.opened(connection.number, opening)

    def record(self, name: str) -> SessionRecord:
        """Say what is known of the session.

        Parameters
        ----------
        name : str
            What it is called now.

        Returns
        -------
        SessionRecord
        """
        if self._record is not None:
            return replace(self._record, name=name)
        numbers = sorted(self._connections)
        connections = tuple(self._connections[number] for number in numbers)
        return SessionRecord(name=name, url=self.url, started_ns=self.started_ns, connections=connections)


class CaptureBuilder:
    """What a reader makes of a file.

    Attributes
    ----------
    room : int
        Bytes of rows that it may still have: a small file must not fill the memory.
    """

    def __init__(self) -> None:
        self.room = ROOM
        self.sessions: list[SessionBuilder] = []
        self._by_name: dict[str, SessionBuilder] = {}
        self._problems: list[str] = []
        self._untold = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a sentence each."""
        more = (f"and {self._untold:,} more such problems",) if self._untold else ()
        return (*self._problems, *more)

    @property
    def empty(self) -> bool:
        """Whether nothing was read."""
        return all(session.empty for session in self.sessions)

    def problem(self, text: str) -> None:
        """Tell what could not be read.

        Parameters
        ----------
        text : str
            A sentence without a full stop, which quotes nothing of the file.
        """
        if len(self._problems) < _TOLD:
            self._problems.append(text)
        else:
            self._untold += 1

    def _spend(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise UnreadableError("it has far more messages than a file of its size should")

    def session(self, name: str = "") -> SessionBuilder:
        """Begin another session.

        Parameters
        ----------
        name : str, optional
            What the file calls it.

        Returns
        -------
        SessionBuilder

        Raises
        ------
        UnreadableError
            There are too many.
        """
        if len(self.sessions) >= MOST_SESSIONS:
            raise UnreadableError(f"it has more than {MOST_SESSIONS:,} sessions")
        made = SessionBuilder(name, self._spend)
        self.sessions.append(made)
        return made

    def named(self, key: str, name: str | None = None) -> SessionBuilder:
        """Find the session of a name, or begin it.

        Parameters
        ----------
        key : str
            What tells it from others.
        name : str, optional
            What it is called, where that is something else.

        Returns
        -------
        SessionBuilder

        Raises
        ------
        UnreadableError
            There are too many.
        """
        found = self._by_name.get(key)
        if found is None:
            found = self._by_name[key] = self.session(key if name is None else name)
        return found

    def names(self, default: str) -> list[str]:
        """Give each session a name of its own.

        Parameters
        ----------
        default : str
            For those without a name and without a URL.

        Returns
        -------
        list of str
            In the order of the sessions: the name the file has, else the host, numbered when that is taken.
        """
        chosen: dict[str, int] = {}
        for session in self.sessions:
            host = re.match(r"\w+://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]+)", session.url)
            name = printable((session.name or (host[1] if host else "") or default)[:_NAME])
            number = chosen.get(name, 0)
            unique = name
            while unique in chosen:
                number += 1
                unique = f"{name}-{number + 1}"
            chosen[name] = number
            chosen.setdefault(unique, 0)
        return list(chosen)


def append(
    log: MessageLog,
    kind: str,
    payload: bytes,
    time_ns: int,
    *,
    sent: bool,
    connection: int,
    compressed: bool,
    fragments: int,
    incomplete: bool,
) -> None:
    """Add a row to a log.

    Parameters
    ----------
    log : MessageLog
        Which.
    kind, payload, time_ns, sent, connection, compressed, fragments, incomplete
        As `Message` has them.
    """
    flags = (COMPRESSED if compressed else 0) | (INCOMPLETE if incomplete else 0)
    sent = sent and kind not in LIFECYCLE
    if fragments == 1:
        log.add(kind, payload, sent=sent, time_ns=time_ns, connection=connection, flags=flags)
        return
    flags |= CODES[kind] | FRAGMENTED | (SENT if sent else 0)
    log.append(Batch(payload, (0, len(payload)), bytes((flags,)), {0: fragments}), time_ns, connection)


def copy(log: MessageLog, message: Message, connection: int | None = None) -> None:
    """Add a message of another log.

    Parameters
    ----------
    log : MessageLog
        Where to.
    message : Message
        What.
    connection : int, optional
        The number of its connection there; by default it is the same.
    """
    append(
        log,
        message.kind,
        message.payload,
        message.time_ns,
        sent=message.direction == "sent",
        connection=message.connection if connection is None else connection,
        compressed=message.compressed,
        fragments=message.fragments,
        incomplete=message.incomplete,
    )


def words(value: Any, limit: int = 1 << 16) -> str:
    """Take a text of a file.

    Parameters
    ----------
    value : object
        What stands where a text should be; bytes are UTF-8 or Latin-1.
    limit : int, optional
        Characters to keep.

    Returns
    -------
    str
        Empty when it is no text. Halves of surrogate pairs, which cannot be written, become U+FFFD.
    """
    if isinstance(value, bytes):
        try:
            return value[:limit].decode()
        except UnicodeDecodeError:
            return value[:limit].decode("latin-1")
    if not isinstance(value, str):
        return ""
    return value[:limit].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def field(value: Any, *path: str) -> Any:
    """Look up a value in objects within each other.

    Parameters
    ----------
    value : object
        An object, if the file is as it should be.
    *path : str
        Names.

    Returns
    -------
    object or None
        None when there is none.
    """
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def whole(value: Any, low: int, high: int, default: int) -> int:
    """Take a whole number of a file.

    Parameters
    ----------
    value : object
        What stands there.
    low, high : int
        What it may be.
    default : int
        For anything else.

    Returns
    -------
    int
    """
    return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else default


def from_base64(text: Any) -> bytes | None:
    """Undo base64, either alphabet, padded or not.

    Parameters
    ----------
    text : object
        What stands there.

    Returns
    -------
    bytes or None
        None when it is none.
    """
    if not isinstance(text, str):
        return None
    try:
        plain = text.encode("ascii").translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n=")
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


def text_bytes(text: str) -> bytes:
    """Encode a text of a file as what was on the wire. Halves of surrogate pairs, which no peer can send, stay what they are.

    Parameters
    ----------
    text : str
        A payload.

    Returns
    -------
    bytes
    """
    return text.encode("utf-8", "surrogatepass")


def regular(path: Path) -> int:
    """Check that a path is a file that can be read to its end.

    Parameters
    ----------
    path : pathlib.Path
        Where it is.

    Returns
    -------
    int
        Its size in bytes.

    Raises
    ------
    UnreadableError
        It is a device, a pipe, a folder.
    OSError
        It is not there, or may not be read.
    """
    if not path.is_file():
        path.stat()  # raises when it is not there
        raise UnreadableError("it is no regular file")
    return os.path.getsize(path)
