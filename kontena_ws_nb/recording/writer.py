"""`Writer`: appends sessions, connections and messages to a recording; and `write_database`, which writes a whole one.

Every statement of `sqlite3` gives the GIL away and takes it again, for which a cell that computes makes it wait up to
5 ms. So a batch is one statement: SQLite itself cuts the rows out of one blob, by a list of where they are.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate, zip_longest
from secrets import token_hex
from sys import byteorder
from typing import Final, Protocol

from ..log.kinds import KIND_MASK, KINDS
from ..log.segment import SENT, Segment
from ..redaction.headers import redact_url
from ..redaction.payloads import count, mask, mask_bytes, secret_parts
from ..system.paths import local_path
from ..system.speedups import compiled
from .connection_rows import COLUMNS, to_row
from .lock import alone
from .records import ConnectionRecord, SessionRecord
from .schema import BOOKMARKS, INDEX_BITS, LARGEST, PARENTS, make, open_to_write, refuse_other, take_place, told

_logger = logging.getLogger("kontena_ws_nb.recording")

#: Bytes and rows of one statement.
BATCH_BYTES: Final = 4 << 20
BATCH_ROWS: Final = 1 << 15

# The first id of the session, its number, the blob, and runs as JSON: [index of the first row, connection, time,
# flags, fragments, where its part of the blob begins, [end << 32 | start, …]]. LIMIT -1 keeps SQLite from reading a run's head again for each row.
_INSERT: Final = f"""
INSERT INTO messages (id, session, connection, "index", time_ns, direction, kind, flags, fragments, payload)
SELECT ? + first + row.key, ?, connection, first + row.key, time,
    CASE flags & {SENT} WHEN 0 THEN 'received' ELSE 'sent' END,
    CASE flags & {KIND_MASK} {" ".join(f"WHEN {code} THEN '{kind}'" for code, kind in KINDS.items())} END,
    flags, fragments,
    substr(?, shift + (row.value & 4294967295) + 1, (row.value >> 32) - (row.value & 4294967295))
FROM (
    SELECT {", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(("first", "connection", "time", "flags", "fragments", "shift", "rows")))}
    FROM json_each(?) LIMIT -1
) AS run, json_each(run.rows) AS row
"""


def python_run(
    starts: array[int], ends: array[int], times: array[int], flags: bytes, low: int, high: int
) -> tuple[int, str, int]:
    """Write down where the payloads of rows are, as far as the rows have the same time and flags.

    Parameters
    ----------
    starts, ends : array of uint32
        Where each payload begins and ends.
    times : array of int64
        Of each row.
    flags : bytes
        Of each row.
    low, high : int
        Which rows; not none.

    Returns
    -------
    (int, str, int)
        The row it stopped before; a list of ``end << 32 | start``, as JSON; and how many bytes the payloads have.
    """
    stop, step = low + 1, 1
    while stop < high and step:
        step = min(step, high - stop)
        ahead = slice(stop, stop + step)
        if times[ahead] == times[low : low + 1] * step and flags[ahead] == flags[low : low + 1] * step:
            stop, step = stop + step, 2 * step
        else:
            step //= 2
    first, last = starts[low:stop], ends[low:stop]
    where = array("I", bytes(8 * len(first)))
    where[0::2], where[1::2] = (first, last) if byteorder == "little" else (last, first)
    return stop, str(memoryview(where).cast("B").cast("Q").tolist()), sum(last) - sum(first)


#: Compiled, it takes a quarter of the time, for which it has the GIL.
run: Final[Callable[[array[int], array[int], array[int], bytes, int, int], tuple[int, str, int]]] = (
    python_run if compiled is None else compiled.run
)


class Rows(Protocol):
    """Rows of a log: a log, or what gives its segments one after another."""

    def segments(self, start: int = 0) -> Iterable[Segment]:
        """As `Reading.segments`."""


class Batch:
    """Rows for one statement.

    Parameters
    ----------
    secrets : bool, default False
        Do not mask what `kws.secret` and the like know.
    """

    def __init__(self, secrets: bool = False) -> None:
        self._secrets = secrets
        self._parts: list[bytes] = []
        self._runs: list[str] = []
        #: Bytes of payload, and rows.
        self.bytes = self.rows = 0
        #: Permanent indexes of rows that SQLite cannot hold.
        self.too_large: list[int] = []
        #: Bytes of the blob: payloads, and the headers between them.
        self.size = 0

    @property
    def full(self) -> bool:
        """Whether it is enough for a statement."""
        return self.size >= BATCH_BYTES or self.rows >= BATCH_ROWS

    def add(self, segment: Segment, low: int, high: int) -> int:
        """Add rows of a segment, as many as a statement should have.

        Parameters
        ----------
        segment : Segment
            Open or sealed.
        low, high : int
            Which of its published rows; not none.

        Returns
        -------
        int
            The row it stopped before; more than ``low``.
        """
        starts, bounds = segment.starts, segment.bounds
        high = min(high, low + BATCH_ROWS)
        if bounds[high] - starts[low] > BATCH_BYTES:
            high = max(low + 1, bisect_right(bounds, starts[low] + BATCH_BYTES, low + 1, high + 1) - 1)
        if bounds[high] - starts[low] > LARGEST:
            self.too_large.append(segment.first + low)
            return high
        begin = starts[low]
        with memoryview(segment.data) as view:
            data = bytes(view[begin : bounds[high]])
        first, last = array("I", starts[low:high]), array("I", bounds[low + 1 : high + 1])
        shift = self.size - begin
        if not self._secrets and count() and (masked := _masked(data, first, last, begin)) is not None:
            data, first, last = masked
            shift = self.size
        self._note(segment, low, high, first, last, shift)
        self._parts.append(data)
        self.size += len(data)
        self.rows += high - low
        return high

    def _note(self, segment: Segment, low: int, high: int, first: array[int], last: array[int], shift: int) -> None:
        """Say where the rows are: a run of JSON for each time, as far as they have the same flags."""
        times, flags = segment.times[low:high], bytes(segment.flags[low:high])
        several = {row - low: frames for row, frames in dict(segment.fragments).items() if low <= row < high}
        # A row of several frames is a run of its own.
        ends = sorted({high - low, *several, *(row + 1 for row in several)} - {0})
        at = 0
        for end in ends:
            while at < end:
                head = f"{segment.first + low + at},{segment.connection},{times[at]},{flags[at]},{several.get(at, 1)},{shift}"
                at, rows, size = run(first, last, times, flags, at, end)
                self._runs.append(f"[{head},{rows}]")
                self.bytes += size

    def insert(self, connection: sqlite3.Connection, session: int) -> None:
        """Run the statement.

        Parameters
        ----------
        connection : sqlite3.Connection
            In a transaction.
        session : int
            The number of the session.
        """
        if self.rows:
            # Of a blob without bytes substr() gives NULL.
            blob = (self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)) or b"\0"
            connection.execute(_INSERT, (session << INDEX_BITS, session, blob, f"[{','.join(self._runs)}]"))


def _masked(
    data: bytes, starts: array[int], ends: array[int], begin: int
) -> tuple[bytes, array[int], array[int]] | None:
    """Mask known secrets in payloads; None when there are none. They are looked for in all payloads at once."""
    spans = list(zip([at - begin for at in starts], [at - begin for at in ends], strict=True))
    # A line end between them: no escape and no secret goes over it, except one in base64 or hexadecimal, which is then
    # not found again in either.
    text = b"\n".join([data[start:end] for start, end in spans])
    if not (found := secret_parts(text)):
        return None
    places = list(accumulate((end - start + 1 for start, end in spans), initial=0))
    hits = {
        row for start, stop in found for row in range(bisect_right(places, start) - 1, bisect_right(places, stop - 1))
    }
    payloads = [
        mask_bytes(data[start:end]) if row in hits else data[start:end] for row, (start, end) in enumerate(spans)
    ]
    bounds = array("I", accumulate(map(len, payloads), initial=0))
    return b"".join(payloads), bounds[:-1], bounds[1:]


class Writer:
    """Appends to one recording. One thread at a time.

    Parameters
    ----------
    path : str
        The file; made where there is none.
    secrets : bool, default False
        Do not mask them.

    Raises
    ------
    ValueError, OSError
        As `schema.open_to_write`.
    """

    def __init__(self, path: str, *, secrets: bool = False) -> None:
        self.path = path
        self.secrets = secrets
        self._connection = open_to_write(path)

    def begin(self, record: SessionRecord) -> int:
        """Add a session and the connections that are known.

        Parameters
        ----------
        record : SessionRecord
            What is known of it.

        Returns
        -------
        int
            Its number.

        Raises
        ------
        OSError
            It cannot be written.
        """
        url = record.url if self.secrets else mask(redact_url(record.url))
        name = record.name if self.secrets else mask(record.name)
        with told(self.path):
            number = self._connection.execute(
                "INSERT INTO sessions (name, url, started_ns) VALUES (?, ?, ?)",
                (name.encode("utf-8", "replace").decode(), url, record.started_ns),
            ).lastrowid
        assert number is not None
        for connection in record.connections:
            self.put(number, connection)
        return number

    def put(self, session: int, record: ConnectionRecord) -> None:
        """Add a connection, or write again what is known of it.

        Parameters
        ----------
        session : int
            From `begin`.
        record : ConnectionRecord
            What is known of it by now.

        Raises
        ------
        OSError
            It cannot be written.
        """
        marks = ", ".join("?" * (1 + len(COLUMNS)))
        with told(self.path):
            self._connection.execute(
                f"INSERT OR REPLACE INTO connections (session, {', '.join(COLUMNS)}) VALUES ({marks})",
                (session, *to_row(record, secrets=self.secrets)),
            )

    def append(self, session: int, batch: Batch, lost: int = 0) -> None:
        """Write rows in one transaction: all of them or none.

        Parameters
        ----------
        session : int
            From `begin`.
        batch : Batch
            The rows; may be empty.
        lost : int, default 0
            Rows that could not be written.

        Raises
        ------
        OSError
            They cannot be written.
        """
        with self._transaction() as connection:
            batch.insert(connection, session)
            connection.execute(
                "UPDATE sessions SET messages = messages + ?, bytes = bytes + ?, lost = lost + ? WHERE session = ?",
                (batch.rows, batch.bytes, lost + len(batch.too_large), session),
            )

    def bookmark(self, session: int, notes: Mapping[int, str], removed: Iterable[int] = ()) -> None:
        """Write bookmarks, and remove some, in one transaction. Those of rows that are not in the file are left out.

        Parameters
        ----------
        session : int
            From `begin`.
        notes : mapping
            Permanent index of a row, and what was noted.
        removed : iterable of int, optional
            Permanent indexes of the rows that have no bookmark any more.

        Raises
        ------
        OSError
            They cannot be written.
        """
        rows = [
            (
                *(session, index, (note if self.secrets else mask(note)).encode("utf-8", "replace").decode()),
                session << INDEX_BITS | index,
            )
            for index, note in notes.items()
        ]
        with self._transaction() as connection:
            connection.execute(BOOKMARKS)
            connection.executemany(
                'DELETE FROM bookmarks WHERE session = ? AND "index" = ?', ((session, index) for index in removed)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO bookmarks SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM messages WHERE id = ?)",
                rows,
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        with told(self.path):
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite has not rolled it back by itself
                    connection.execute("ROLLBACK")
                raise

    def end(self, session: int, ended_ns: int) -> None:
        """Note when a session ended.

        Parameters
        ----------
        session : int
            From `begin`.
        ended_ns : int
            Nanoseconds since the epoch.

        Raises
        ------
        OSError
            It cannot be written.
        """
        with told(self.path):
            self._connection.execute("UPDATE sessions SET ended_ns = ? WHERE session = ?", (ended_ns, session))

    def resume(self, session: int) -> bool:
        """Note that a session that had ended goes on.

        Parameters
        ----------
        session : int
            From `begin`.

        Returns
        -------
        bool
            False when it is not in the file.

        Raises
        ------
        OSError
            It cannot be written.
        """
        with told(self.path):
            found = self._connection.execute("UPDATE sessions SET ended_ns = NULL WHERE session = ?", (session,))
        return found.rowcount == 1

    def abandon(self) -> None:
        """Leave the file to the parent process, in a forked child."""
        PARENTS.append(self._connection)

    def close(self) -> None:
        """Copy what waits in the WAL into the file, and close it; it needs no other file then, unless somebody reads it."""
        connection = self._connection
        try:
            connection.execute("PRAGMA busy_timeout = 0")
            # By itself, SQLite would not do it for a file that was moved.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            _logger.debug("%s keeps its WAL: %s", self.path, error)  # the next who opens it copies it
        finally:
            connection.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def write_database(
    path: str | os.PathLike[str],
    sessions: Iterable[tuple[SessionRecord, Rows]],
    *,
    notes: Sequence[Mapping[int, str]] = (),
    secrets: bool = False,
    progress: Callable[[int], object] = lambda rows: None,
) -> int:
    """Write sessions to a recording of their own, which takes the place of an old one once it is whole.

    Parameters
    ----------
    path : str or path-like
        The file; ``~`` is the home directory.
    sessions : iterable of (SessionRecord, Rows)
        What is known of each, and its rows: a log, or what gives segments.
    notes : sequence of mapping, optional
        The notes of each session's bookmarks, by the indexes of their rows.
    secrets : bool, default False
        Do not mask them.
    progress : callable, optional
        Told how many rows are written, some twenty times a second at most.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    OSError
        It cannot be written, a folder, device or pipe is there, or somebody records to it; an old file is as it was.
    """
    target = os.path.realpath(local_path(path))
    try:
        refuse_other(target)
    except ValueError as error:
        raise FileExistsError(errno.EEXIST, "it is not a file: choose another name", target) from error
    temporary = f"{target}.{token_hex(6)}.tmp"
    written = 0
    try:
        make(temporary)
        with Writer(temporary, secrets=secrets) as writer:
            for (record, rows), bookmarks in zip_longest(sessions, notes):
                number = writer.begin(record)
                for batch in batches(rows, secrets=secrets):
                    writer.append(number, batch)
                    written += batch.rows
                    progress(written)
                if bookmarks:
                    writer.bookmark(number, bookmarks)
        with alone(target):
            take_place(temporary, target)
    finally:
        for name in (temporary, f"{temporary}-wal", f"{temporary}-shm"):
            if os.path.exists(name):
                os.unlink(name)
    return written


def batches(rows: Rows, *, secrets: bool = False) -> Iterable[Batch]:
    """Cut rows into batches.

    Parameters
    ----------
    rows : Rows
        A log, or what gives segments.
    secrets : bool, default False
        Do not mask them.

    Yields
    ------
    Batch
        Not empty.
    """
    batch = Batch(secrets)
    for segment in rows.segments():
        low, high = 0, segment.count
        while low < high:
            low = batch.add(segment, low, high)
            if batch.full:
                yield batch
                batch = Batch(secrets)
    if batch.rows or batch.too_large:
        yield batch
