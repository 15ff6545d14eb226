"""Our own recordings (SQLite): opened as they are, so that a large one is there at once; and written whole."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..log.log import MessageLog
from ..log.segment import Segment
from ..recording.database import Database
from ..recording.writer import write_database
from .files import CaptureBuilder, UnreadableError, append
from .saving import Messages, Saving, SessionRows

#: How every SQLite file begins (its format's section 1.3).
MAGIC = b"SQLite format 3\0"


def open_database(path: Path, into: CaptureBuilder) -> None:
    """Open a recording. Its messages stay in the file.

    Nobody else of this process may open and close the file meanwhile: POSIX would take away the locks that SQLite has
    on it, if it is being recorded to.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    into : CaptureBuilder
        Gets its sessions.

    Raises
    ------
    UnreadableError
        It is no recording, or damaged.
    OSError
        It is not there, or may not be read.
    """
    try:
        database = Database.open(path)
        found = [(record, database.log(at)) for at, record in enumerate(database.sessions)]
    except ValueError as error:
        raise UnreadableError(str(error)) from None
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise UnreadableError("the database is damaged") from None
    for record, log in found:
        into.session(record.name).adopt(record, log)


def write_sessions(path: Path, sessions: Sequence[SessionRows], saving: Saving) -> None:
    """Write sessions to a recording of their own.

    Parameters
    ----------
    path : pathlib.Path
        The file; one of that name is replaced once the new one is whole.
    sessions : sequence of SessionRows
        What.
    saving : Saving
        How.

    Raises
    ------
    OSError
        It cannot be written; an old one is as it was.
    """
    total = sum(len(one.messages) for one in sessions)
    written = write_database(
        path,
        ((one.record, _Rows(one.messages)) for one in sessions),
        notes=[_notes(one.messages) for one in sessions],
        secrets=saving.secrets,
        progress=saving.told,
    )
    saving.told(written)
    saving.lose("messages that are too large", max(0, total - written))


def _notes(messages: Messages) -> dict[int, str]:
    """Tell the notes of bookmarks by the indexes that the rows have in the file."""
    if isinstance(messages, MessageLog):
        first = messages.first_index
        return {index: one.note for index, one in messages.bookmarks.items() if index >= first}
    return {place: message.note for place, message in enumerate(messages) if message.note is not None}


class _Rows:
    """Messages as segments, which a recording is written from."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def segments(self, start: int = 0) -> Iterable[Segment]:
        """As `Reading.segments`."""
        if isinstance(self._messages, MessageLog):
            return self._messages.segments(start)
        log = MessageLog(None)
        for message in self._messages:
            append(
                log,
                message.kind,
                message.payload,
                message.time_ns,
                sent=message.direction == "sent",
                connection=message.connection,
                compressed=message.compressed,
                fragments=message.fragments,
                incomplete=message.incomplete,
            )
        return log.segments(start)
