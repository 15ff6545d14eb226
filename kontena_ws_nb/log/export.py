"""Messages as lines of a text file: JSON Lines and CSV, with secrets (`kws.secret`) masked. Any thread."""

from __future__ import annotations

import base64
import csv
import heapq
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

from ..redaction.payloads import mask, mask_bytes
from ..system.whole_file import whole_file
from .decoding import payload_says_all, shown, text_of
from .filter.json import NOT_JSON, parse_json
from .kinds import BYTES
from .message import Message

#: The fields of a line, the same in every line and both formats: first what everybody needs, then what makes it whole.
FIELDS: Final = (
    *("time", "session", "direction", "kind", "data", "encoding"),
    *("index", "size", "connection", "compressed", "fragments", "incomplete"),
)
#: Further fields where something is bookmarked: of JSON Lines in the lines of these messages, of CSV in every record.
NOTES: Final = ("bookmarked", "note")
_EPOCH: Final = datetime(1970, 1, 1)
#: How a cell may begin: with a letter or digit of any script, or ASCII punctuation. Spreadsheets take others for a
#: formula: ``= + - @``, their full-width forms, and these behind tabs, line ends or blanks that some of them skip
#: (OWASP: CSV injection). ``'`` is not among them, so that the one in front of a cell can always be told from its own.
_HARMLESS: Final = re.compile(r"""[\w!"#$%&()*,./:;<>?\[\\\]^`{|}~]""")
#: A number of JSON: a cell that is one, of columns of one's own, is no formula, though it may begin with ``-``.
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
#: As `json.dumps`, which makes an encoder for each line.
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
#: What some readers take for the end of a line (U+0085, U+2028, U+2029), though JSON does not.
_LINE_ENDS: Final = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class Own(NamedTuple):
    """Further columns of CSV, between `FIELDS` and `NOTES`.

    Parameters
    ----------
    names : tuple of str
        Their names.
    cells : callable
        Says a message's cells, one for each name.
    """

    names: tuple[str, ...]
    cells: Callable[[Message], Sequence[str]]


def _fields(message: Message, limit: int | None, session: str | None, secrets: bool) -> tuple[Any, ...]:
    """Text as text, everything else (also text that is not UTF-8) in base64: nothing is lost."""
    data = encoding = None
    if limit is None or message.size <= limit:
        payload = message.payload if secrets else message.masked()
        data, encoding = encoded(payload, message.kind)
    # Half of a surrogate pair can be typed as a name, and cannot be written.
    named = None if session is None else session.encode("utf-8", "replace").decode()
    return (
        *(time_text(message.time_ns), named, message.direction, message.kind, data, encoding, message.index),
        *(message.size, message.connection, message.compressed, message.fragments, message.incomplete),
    )


def encoded(payload: bytes, kind: str) -> tuple[str, str]:
    """Write a payload as text.

    Parameters
    ----------
    payload : bytes
        The payload.
    kind : str
        As `Message.kind`.

    Returns
    -------
    (str, str)
        The text and ``"utf-8"``, for rows that are text; else base64 (RFC 4648 section 4) and ``"base64"``.
    """
    if kind not in BYTES:
        try:
            return payload.decode(), "utf-8"
        except UnicodeDecodeError:
            pass  # goes as bytes
    return base64.b64encode(payload).decode(), "base64"


def _masked(decoded: bytes) -> Any:
    """Mask secrets in a decoded value: JSON again, unless a number of it was masked."""
    text = mask_bytes(decoded)
    value = parse_json(text)
    return str(text, "utf-8", "replace") if value is NOT_JSON else value


def time_text(time_ns: int) -> str:
    """Write a time as in RFC 3339, in UTC, to the nanosecond.

    Parameters
    ----------
    time_ns : int
        Nanoseconds since the epoch.

    Returns
    -------
    str

    Examples
    --------
    >>> time_text(1_700_000_000_123_456_789)
    '2023-11-14T22:13:20.123456789Z'
    """
    seconds, rest = divmod(time_ns, 10**9)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}.{rest:09}Z"


def jsonl_line(message: Message, limit: int | None = None, session: str | None = None, *, secrets: bool = False) -> str:
    r"""Write a message as a line of JSON.

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit : int, optional
        Bytes above which a payload is left out; its ``size`` still tells.
    session : str, optional
        Its session's name.
    secrets : bool, default False
        Write payloads as they are, not masked.

    Returns
    -------
    str
        `FIELDS`, in every line: ``time`` (RFC 3339, UTC), ``session`` (or null), ``direction``, ``kind``, ``data`` with
        its ``encoding``, ``"utf-8"`` or ``"base64"``, ``index``, ``size`` in bytes, ``connection``, ``compressed``,
        ``fragments``, and whether it is ``incomplete``: the connection ended before all of it came. Then ``label`` and
        ``decoded``, what a decoder says about it, where that is more than the payload. Then, of a bookmarked message,
        ``bookmarked`` (true) and ``note``.

    Examples
    --------
    >>> print(jsonl_line(Message(7, 0, 0x11, 1, 1, b"hi"), session="feed")[:113])
    {"time":"1970-01-01T00:00:00.000000000Z","session":"feed","direction":"sent","kind":"text","data":"hi","encoding"
    """
    given = dict(zip(FIELDS, _fields(message, limit, session, secrets), strict=True))
    if (
        not payload_says_all(message.kind, message.decoder)
        and (limit is None or message.size <= limit)
        and (found := shown(message.decode(), message.payload)) is not None
    ):
        # What the payload says by itself is not said twice.
        if found.label:
            given["label"] = found.label if secrets else mask(found.label)
        if (found.label or message.kind != "text") and (decoded := text_of(found, message.payload)):
            given["decoded"] = json.loads(decoded) if secrets else _masked(decoded)
    if (note := message.note) is not None:
        given |= zip(NOTES, (True, _written(note, secrets)), strict=True)
    line = _encode(given)
    return f"{line if line.isascii() else line.translate(_LINE_ENDS)}\n"


def _written(note: str, secrets: bool) -> str:
    # As a name, it may hold half of a surrogate pair.
    return (note if secrets else mask(note)).encode("utf-8", "replace").decode()


def csv_line(
    message: Message,
    limit: int | None = None,
    session: str | None = None,
    *,
    secrets: bool = False,
    notes: bool = False,
    own: Own | None = None,
) -> str:
    """Write a message as a record of CSV (RFC 4180).

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit, session, secrets : int, str and bool, optional
        As for `jsonl_line`.
    notes : bool, default False
        Write also `NOTES`; the note is empty where there is none.
    own : Own, optional
        Further columns; they are left out with the payload.

    Returns
    -------
    str
        `FIELDS`, truth as ``true`` or ``false``. Data, notes, a session's name and further columns that are no number have ``'`` in front, unless they begin with a
        letter, a digit or ASCII punctuation other than ``= + - @ '``: a spreadsheet would run some of them as a
        formula. Taking one ``'`` off the front gives back what it was.
    """
    note = message.note
    cells: Sequence[str] = ()
    if own is not None:
        cells = own.cells(message) if limit is None or message.size <= limit else ("",) * len(own.names)
    more = (note is not None, _written(note or "", secrets)) if notes else ()
    fields = map(_cell, _fields(message, limit, session, secrets))
    found = (cell if _NUMBER.fullmatch(cell) else _cell(cell) for cell in cells)
    return _record((*fields, *found, *map(_cell, more)))


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value and not _HARMLESS.match(value) else value


def _record(values: Iterable[object]) -> str:
    line = io.StringIO()
    # Before Python 3.11, no escape character means NUL, and a text that holds one is refused. Decoded text holds no
    # surrogates.
    csv.writer(line, escapechar="\ud800").writerow(values)
    return line.getvalue()


def csv_head(notes: bool = False, own: Own | None = None) -> str:
    """Write the first record of a CSV file: the names.

    Parameters
    ----------
    notes : bool, default False
        Also `NOTES`.
    own : Own, optional
        Further columns.

    Returns
    -------
    str
    """
    return _record((*FIELDS, *map(_cell, own.names if own is not None else ()), *(NOTES if notes else ())))


class LineOf(Protocol):
    """Writes a message as a line."""

    def __call__(
        self, message: Message, limit: int | None = None, session: str | None = None, *, secrets: bool = False
    ) -> str:
        """As `jsonl_line`."""


#: Formats by their suffix without the dot: the head of the file, and what writes a line; without and with `NOTES`.
FORMATS: Final[dict[str, tuple[tuple[str, LineOf], tuple[str, LineOf]]]] = {
    "jsonl": (("", jsonl_line), ("", jsonl_line)),
    "csv": ((csv_head(), csv_line), (csv_head(notes=True), partial(csv_line, notes=True))),
}


def line_format(name: str, notes: bool = False, own: Own | None = None) -> tuple[str, LineOf]:
    """Tell how a file's lines are written.

    Parameters
    ----------
    name : str
        Of `FORMATS`.
    notes : bool, default False
        Whether some messages are bookmarked.
    own : Own, optional
        Further columns of CSV. A line of JSON has the whole message, and no such columns.

    Returns
    -------
    (str, LineOf)
        The head of the file, and what writes a line.
    """
    if own is not None and name == "csv":
        return csv_head(notes, own), partial(csv_line, notes=notes, own=own)
    return FORMATS[name][notes]


def bookmarked(messages: Iterable[Message]) -> int:
    """Tell how many bookmarks there are where messages are from.

    Parameters
    ----------
    messages : iterable of Message
        A log, a view or a slice of one, or a list of messages.

    Returns
    -------
    int
        Of a log's view or slice, those of the whole log.
    """
    bookmarks = getattr(getattr(messages, "log", messages), "bookmarks", None)
    if bookmarks is not None:
        return len(bookmarks)
    return sum(message.note is not None for message in messages) if isinstance(messages, Sequence) else 0


def write_lines(
    file: BinaryIO,
    name: str,
    messages: Iterable[tuple[Message, str | None]],
    *,
    secrets: bool = False,
    notes: bool = False,
    own: Own | None = None,
) -> int:
    """Write messages to an open file.

    Parameters
    ----------
    file : BinaryIO
        Where to.
    name : str
        Of `FORMATS`.
    messages : iterable of (Message, str or None)
        What to write, each with its session's name.
    secrets : bool, default False
        Write payloads as they are, not masked.
    notes : bool, default False
        Whether some are bookmarked.
    own : Own, optional
        Further columns of CSV.

    Returns
    -------
    int
        How many were written.
    """
    head, line = line_format(name, notes, own)
    file.write(head.encode())
    count = 0
    for message, session in messages:
        file.write(line(message, None, session, secrets=secrets).encode())
        count += 1
    return count


def merged(sessions: Mapping[str, Iterable[Message]]) -> Iterator[tuple[Message, str]]:
    """Merge the messages of several sessions by time.

    Parameters
    ----------
    sessions : mapping
        Names, and each session's messages in their order, which stays.

    Yields
    ------
    (Message, str)
        Each with its session's name.
    """
    named = [zip(messages, repeat(name)) for name, messages in sessions.items()]
    return heapq.merge(*named, key=lambda pair: pair[0].time_ns)


def write_file(path: str | os.PathLike[str], sessions: Mapping[str, Iterable[Message]], own: Own | None = None) -> int:
    """Write the messages of sessions to a file, merged by time; one of that name is replaced once the new one is whole.

    Parameters
    ----------
    path : str or path-like
        Ends in ``.jsonl`` or ``.csv``.
    sessions : mapping
        Names, and each session's messages in their order. Each line says whose it is.
    own : Own, optional
        Further columns of CSV.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    ValueError
        Another suffix.
    OSError
        The file cannot be written; an old one is as it was.
    """
    name = Path(path).suffix.lower().removeprefix(".")
    if name not in FORMATS:
        raise ValueError(
            f"the name of the file must end in {' or '.join(f'.{known}' for known in FORMATS)}, got {Path(path).name!r}"
        )
    with whole_file(path) as file:
        return write_lines(file, name, merged(sessions), notes=any(map(bookmarked, sessions.values())), own=own)
