"""Messages as lines of a text file: JSON Lines and CSV, with secrets (`kws.secret`) masked. Any thread."""

from __future__ import annotations

import base64
import csv
import heapq
import io
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from ..redaction.payloads import mask, mask_bytes
from ..system.whole_file import whole_file
from .decoding import shown, text_of
from .filter.json import NOT_JSON, parse_json
from .message import BYTES, Message

_FIELDS: Final = ("index", "time", "direction", "kind", "size", "connection", "text", "data")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: How a cell may begin: with a letter or digit of any script, or ASCII punctuation. Spreadsheets take others for a
#: formula: ``= + - @``, their full-width forms, and these behind tabs, line ends or blanks that some of them skip
#: (OWASP: CSV injection). ``'`` is not among them, so that the one in front of a cell can always be told from its own.
_HARMLESS: Final = re.compile(r"""[\w!"#$%&()*,./:;<>?\[\\\]^`{|}~]""")
#: What some readers take for the end of a line (U+0085, U+2028, U+2029), though JSON does not.
_LINE_ENDS: Final = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def _fields(message: Message, limit: int | None, session: str | None) -> dict[str, Any]:
    """Text as text, everything else (also text that is not UTF-8) in base64: nothing is lost; one of the two is None."""
    text = data = None
    if limit is None or message.size <= limit:
        payload = message.masked()
        if message.kind not in BYTES:
            try:
                text = payload.decode()
            except UnicodeDecodeError:
                pass  # goes as bytes
        if text is None:
            data = base64.b64encode(payload).decode()
    values = (
        message.index,
        _time(message),
        message.direction,
        message.kind,
        message.size,
        message.connection,
        text,
        data,
    )
    # Half of a surrogate pair can be typed as a name, and cannot be written.
    named = {} if session is None else {"session": session.encode("utf-8", "replace").decode()}
    return {**named, **dict(zip(_FIELDS, values, strict=True))}


def _masked(decoded: bytes) -> Any:
    """Mask secrets in a decoded value: JSON again, unless a number of it was masked."""
    text = mask_bytes(decoded)
    value = parse_json(text)
    return str(text, "utf-8", "replace") if value is NOT_JSON else value


def _time(message: Message) -> str:
    """RFC 3339, to the microsecond."""
    return (
        (_EPOCH + timedelta(microseconds=message.time_ns // 1000))
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )


def jsonl_line(message: Message, limit: int | None = None, session: str | None = None) -> str:
    r"""Write a message as a line of JSON.

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit : int, optional
        Bytes above which a payload is left out; its ``size`` still tells.
    session : str, optional
        Its session's name, for a file with messages of several: the first field.

    Returns
    -------
    str
        ``index``, ``time`` (RFC 3339, UTC), ``direction``, ``kind``, ``size``, ``connection``, and ``text``, or
        ``data`` in base64; ``incomplete`` when the connection ended before all of it came; ``label`` and ``decoded``,
        what a decoder says about it, where that is more than the payload.

    Examples
    --------
    >>> print(jsonl_line(Message(7, 0, 0x11, 1, 1, b"hi")), end="")
    {"index":7,"time":"1970-01-01T00:00:00.000000Z","direction":"sent","kind":"text","size":2,"connection":1,"text":"hi"}
    """
    given = {name: value for name, value in _fields(message, limit, session).items() if value is not None}
    if message.incomplete:
        given["incomplete"] = True
    if (limit is None or message.size <= limit) and (found := shown(message.decode(), message.payload)) is not None:
        # What the payload says by itself is not said twice.
        if found.label:
            given["label"] = mask(found.label)
        if (found.label or message.kind != "text") and (decoded := text_of(found, message.payload)):
            given["decoded"] = _masked(decoded)
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")).translate(_LINE_ENDS) + "\n"


def csv_line(message: Message, limit: int | None = None, session: str | None = None) -> str:
    """Write a message as a record of CSV (RFC 4180).

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit, session : int and str, optional
        As for `jsonl_line`.

    Returns
    -------
    str
        The same fields, ``incomplete`` in each: ``true`` or ``false``. A text, data or session's name has ``'`` in front, unless it begins with a letter, a digit or
        ASCII punctuation other than ``= + - @ '``: a spreadsheet would run some of them as a formula. Taking one ``'``
        off the front gives back what it was.
    """
    fields = _fields(message, limit, session)
    for name in ("session", "text", "data"):
        if fields.get(name) and not _HARMLESS.match(fields[name]):
            fields[name] = f"'{fields[name]}"
    return _record((*fields.values(), "true" if message.incomplete else "false"))


def _record(values: Iterable[object]) -> str:
    line = io.StringIO()
    # Before Python 3.11, no escape character means NUL, and a text that holds one is refused. Decoded text holds no
    # surrogates.
    csv.writer(line, escapechar="\ud800").writerow(values)
    return line.getvalue()


#: Formats by their suffix without the dot: what writes the head of the file (of several sessions, or one), and what
#: writes a line.
FORMATS: Final[dict[str, tuple[Callable[[bool], str], Callable[[Message, int | None, str | None], str]]]] = {
    "jsonl": (lambda _several: "", jsonl_line),
    "csv": (lambda several: _record((*(("session",) if several else ()), *_FIELDS, "incomplete")), csv_line),
}


def write_file(path: str | os.PathLike[str], messages: Iterable[Message]) -> int:
    """Write messages to a file; one of that name is replaced once the new one is whole.

    Parameters
    ----------
    path : str or path-like
        Ends in ``.jsonl`` or ``.csv``.
    messages : iterable of Message
        What to write.

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
    return _write(path, ((message, None) for message in messages), False)


def write_merged(path: str | os.PathLike[str], sessions: Mapping[str, Iterable[Message]]) -> int:
    """Write the messages of several sessions to a file, merged by time; each says whose it is.

    Parameters
    ----------
    path : str or path-like
        As for `write_file`.
    sessions : mapping
        Names, and each session's messages in their order.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    ValueError, OSError
        As `write_file`.
    """
    named = [zip(messages, repeat(name)) for name, messages in sessions.items()]
    return _write(path, heapq.merge(*named, key=lambda pair: pair[0].time_ns), True)


def _write(path: str | os.PathLike[str], messages: Iterable[tuple[Message, str | None]], several: bool) -> int:
    name = Path(path).suffix.lower().removeprefix(".")
    if name not in FORMATS:
        raise ValueError(
            f"the name of the file must end in {' or '.join(f'.{known}' for known in FORMATS)}, got {Path(path).name!r}"
        )
    head, line = FORMATS[name]
    count = 0
    with whole_file(path) as file:
        file.write(head(several).encode())
        for message, session in messages:
            file.write(line(message, None, session).encode())
            count += 1
    return count
