"""The SQLite file of a recording: its tables, and opening one.

The file's ``application_id`` is `APPLICATION` (the bytes ``KWSr``), and its ``user_version`` the version of what
follows, 1. It is in WAL mode while it is written, so that others can read it meanwhile.

``sessions``
    One row a session: ``session`` (1, 2, …), ``name``, ``url`` (secrets masked), ``started_ns`` and ``ended_ns``
    (nanoseconds since the epoch; NULL while unknown), and how many ``messages`` of it are in the file, of how many
    ``bytes``, and how many were ``lost`` because the log had dropped them before they could be written.
``connections``
    One row a connection of a session: ``session``, ``connection`` (1, 2, …), ``url``, ``opened_ns``, ``closed_ns``,
    ``close_code``, ``close_reason``; of the opening handshake the ``request`` and ``response`` heads, ``status`` and
    ``subprotocol``, and the rest as JSON in ``handshake``; the server's ``certificates`` as PEM, leaf first, and as
    JSON in ``tls`` what OpenSSL said about them.
``messages``
    One row a message, control frame or lifecycle event: ``session``, ``connection``, ``index`` (its permanent index),
    ``time_ns``, ``direction`` (``received`` or ``sent``), ``kind`` (``text``, ``binary``, ``ping``, ``pong``,
    ``close``, ``open``, ``error``, ``reconnect``), ``flags`` (bit 0 to 3: the kind as in RFC 6455 section 5.2, and 12
    to 14 for lifecycle events; 16: sent; 32: compressed; 64: fragmented; 128: incomplete), ``fragments`` (frames),
    and the ``payload``. ``id`` is ``session << 40 | index``: one tree, in the order of writing, finds a row by its index.
``bookmarks``
    Only where there were some: ``session``, ``index`` and ``note`` of each bookmarked row.
``readable``
    A view of ``messages`` for people: ``time`` in ISO 8601 (UTC), ``size``, ``text`` (NULL for what is no text) and
    ``is_json``.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final
from urllib.parse import quote

from ..log.kinds import BYTES, KIND_MASK, KINDS
from ..protocol.frames import COMPRESSED, FRAGMENTED, INCOMPLETE, SENT
from ..redaction.text import quoted

APPLICATION: Final = 0x4B575372
VERSION: Final = 1
_MARKS: Final = ("application_id", "user_version")
#: Bits of an `id` that the index has.
INDEX_BITS: Final = 40
#: Suffixes of the formats that captures are saved in (`captures.formats`), and of those that are only opened.
OTHER_SUFFIXES: Final = frozenset(
    [
        ".jsonl",
        ".ndjson",
        ".csv",
        ".har",
        ".zip",
        ".mitm",
        ".flow",
        ".flows",
        ".insomnia",
        ".response",
        ".zap",
        ".json",
        ".parquet",
        ".pq",
        ".arrow",
        ".feather",
        ".ipc",
        ".pcap",
        ".pcapng",
        ".cap",
    ]
)
#: Seconds to wait for another writer's transaction.
BUSY: Final = 5.0
#: Bytes that may wait in the WAL before they are copied into the file.
_WAL_BYTES: Final = 32 << 20
#: SQLite's default limit is 10⁹ bytes a row (SQLITE_MAX_LENGTH), with all of its columns.
LARGEST: Final = 999_000_000

assert (SENT, COMPRESSED, FRAGMENTED, INCOMPLETE, KIND_MASK) == (16, 32, 64, 128, 15)  # as documented above

#: Connections of a parent process, which a forked child must not even close: closing takes locks, and copies the WAL.
PARENTS: Final[list[sqlite3.Connection]] = []

#: What SQLite says, by the beginning of its text (the codes are Python 3.11's), as an error of the system.
_ERRORS: Final[Mapping[str, int]] = {
    "database or disk is full": errno.ENOSPC,
    "attempt to write a readonly database": errno.EACCES,
    "unable to open database": errno.ENOENT,
    "database is locked": errno.EBUSY,
}

_TEXTS: Final = ", ".join(f"'{kind}'" for kind in KINDS.values() if kind not in BYTES)

#: The statements that make one. Of SQLite's sizes of a page, this one makes writing a fifth cheaper, and reading a quarter.
TABLES: Final = f"""
PRAGMA page_size = 16384;
CREATE TABLE sessions (
    session INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    started_ns INTEGER,
    ended_ns INTEGER,
    messages INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE connections (
    session INTEGER NOT NULL REFERENCES sessions,
    connection INTEGER NOT NULL,
    url TEXT NOT NULL,
    opened_ns INTEGER,
    closed_ns INTEGER,
    close_code INTEGER,
    close_reason TEXT,
    status INTEGER,
    subprotocol TEXT,
    request BLOB,
    response BLOB,
    handshake TEXT,
    certificates TEXT,
    tls TEXT,
    PRIMARY KEY (session, connection)
);
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions,
    connection INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    flags INTEGER NOT NULL,
    fragments INTEGER NOT NULL,
    payload BLOB NOT NULL
);
CREATE INDEX controls ON messages (session, "index") WHERE flags & 15 IN (9, 10);
CREATE VIEW readable AS
SELECT session, connection, "index",
    strftime('%Y-%m-%dT%H:%M:%S', time_ns / 1000000000, 'unixepoch') || printf('.%09dZ', time_ns % 1000000000) AS time,
    direction, kind, length(payload) AS size,
    CASE WHEN kind IN ({_TEXTS}) THEN CAST(payload AS TEXT) END AS text,
    CASE WHEN kind = 'text' THEN json_valid(CAST(payload AS TEXT)) END AS is_json
FROM messages;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


#: The table that is made when the first bookmark is written; who does not know it finds the rest as it was.
BOOKMARKS: Final = """
CREATE TABLE IF NOT EXISTS bookmarks (
    session INTEGER NOT NULL REFERENCES sessions,
    "index" INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (session, "index")
)
"""


@contextmanager
def told(path: str) -> Iterator[None]:
    """Make what SQLite raises an `OSError` that names the file.

    Parameters
    ----------
    path : str
        The file.

    Raises
    ------
    OSError
        ``errno`` is ENOSPC for a full disk, EACCES for a file that is read-only, ENOENT for one that is gone, EBUSY
        while another program keeps it locked, and EIO for everything else, as a damaged file.
    """
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        number = next((number for text, number in _ERRORS.items() if said.startswith(text)), errno.EIO)
        raise OSError(number, f"{os.strerror(number)}: SQLite says {said!r}", path) from error


def refuse_name(path: str) -> None:
    """Refuse a new recording under a name that says another format: ``feed.jsonl`` is not what people would find in it.

    Parameters
    ----------
    path : str
        Where a recording is to be.

    Raises
    ------
    ValueError
        Its suffix is another format's, and no recording is there.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in OTHER_SUFFIXES and not os.path.exists(path):
        raise ValueError(
            f"{quoted(os.path.basename(path))} cannot be recorded to: a recording is a SQLite database, and {suffix} says "
            f"another format: record to a name that ends in .db, and save as {suffix} afterwards"
        )


def refuse_other(path: str) -> None:
    """Refuse what is no file: a folder, and a device or pipe, which a new recording would take the place of.

    Parameters
    ----------
    path : str
        Where a recording is, or is to be.

    Raises
    ------
    ValueError
        Something else is there.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"{quoted(path)} is not a file, so no recording: choose a file")


def make(path: str) -> None:
    """Make an empty recording, whole or not at all.

    Parameters
    ----------
    path : str
        The file; there is none, or it is empty.

    Raises
    ------
    ValueError
        A folder, device or pipe is there.
    OSError
        It cannot be written.
    """
    refuse_other(path)
    temporary = f"{path}.{token_hex(6)}.tmp"
    try:
        with told(path):
            connection = sqlite3.connect(temporary, isolation_level=None)
            try:
                connection.executescript(TABLES)
            finally:
                connection.close()
        take_place(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def take_place(new: str, path: str) -> None:
    """Put a new recording where an old one may be.

    A process that was killed leaves a WAL, also when its file was removed since; and who reads the old file has one open.
    SQLite would copy it into whatever file has the name ("How To Corrupt An SQLite Database File", section 1.4). So it
    goes first; into the old file, which stays as it was if the new one cannot take its place.

    Parameters
    ----------
    new : str
        A whole recording, which nobody has open.
    path : str
        Where it is to be.

    Raises
    ------
    OSError
        It cannot.
    """
    wal = f"{path}-wal"
    if os.path.exists(wal):
        if os.path.exists(path) and os.path.getsize(path) and os.path.getsize(wal):
            with told(path), closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in (wal, f"{path}-shm"):
            if os.path.exists(name):  # SQLite may have removed it
                os.unlink(name)
    os.replace(new, path)


def open_to_write(path: str) -> sqlite3.Connection:
    """Open a recording for a writer; make it where there is none yet.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    sqlite3.Connection
        In WAL mode, without implicit transactions. Another thread may use it later on.

    Raises
    ------
    ValueError
        It is no file, no SQLite file, one of another program, or of a newer version; it is unchanged.
    OSError
        It cannot be opened or written. EMLINK: it has other names.
    """
    if os.path.exists(path) and os.path.getsize(path):
        refuse_other(path)
        _refuse_links(path)  # before SQLite makes a WAL for this name
        open_to_read(path).close()
    else:
        make(path)
    with told(path):
        connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            # Others can read meanwhile. What is committed survives the process, though not a loss of power, and a
            # commit waits for no disk.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            size = connection.execute("PRAGMA page_size").fetchone()[0]
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_BYTES // size}")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA user_version = {VERSION}")  # tells a file that cannot be written
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
    return connection


def _refuse_links(path: str) -> None:
    """Refuse a file that has another name: SQLite finds a WAL by the name ("How To Corrupt An SQLite Database File", section 2.5).

    Nobody who records to it by the other name would be noticed, either: the lock has the name, too. (Of a symbolic link
    we take what it leads to.)
    """
    names = os.stat(path).st_nlink
    if names > 1:
        raise OSError(
            errno.EMLINK,
            f"it has {names} names (hard links), and two programs that write to it by different ones would damage it: "
            "record to another file, or remove the other names",
            path,
        )


def open_to_read(path: str) -> sqlite3.Connection:
    """Open a recording, also while it is being written.

    Parameters
    ----------
    path : str
        The file.

    Returns
    -------
    sqlite3.Connection
        Cannot write. Texts are bytes. Another thread may use it later on.

    Raises
    ------
    ValueError, OSError
        As `open_to_write`; `FileNotFoundError` when there is none.
    """
    os.stat(path)
    refuse_other(path)
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    with told(path):
        try:
            return _reading(path, "mode=ro")
        except sqlite3.OperationalError as error:
            # Beside a file in WAL mode SQLite wants to make others. Where it may not, nobody else writes either.
            if not str(error).startswith("unable to open") or os.path.exists(f"{path}-wal"):
                raise
            return _reading(path, "mode=ro&immutable=1")


def _reading(path: str, how: str) -> sqlite3.Connection:
    uri = f"file:{quote(Path(path).absolute().as_posix())}?{how}"
    connection = sqlite3.connect(uri, timeout=BUSY, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.text_factory = bytes
        _refuse_foreign(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    # Asked of SQLite: if this process opened and closed the file itself, POSIX would take away the locks that SQLite
    # has on it ("How To Corrupt An SQLite Database File", section 2.2).
    shown = quoted(path)
    try:
        application, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS)
    except sqlite3.DatabaseError as error:
        if str(error) != "file is not a database":
            raise
        raise ValueError(f"{shown} is not a SQLite database, so no recording: choose another file") from error
    if application != APPLICATION:
        raise ValueError(f"{shown} is a database of another program, not a recording: choose another file")
    if version > VERSION:
        raise ValueError(
            f"{shown} was recorded by a newer kontena_ws_nb (its format is {version}, this one knows {VERSION}): "
            "pip install --upgrade kontena_ws_nb"
        )
