"""Messages as lines of a text file: JSON Lines and CSV.

What lives here: how a message is written in each format; secrets (`kws.secret`) are masked. What must not: reading such files, choosing
messages. Pure functions but for `write_file` and `write_merged`; any thread.
"""

from __future__ import annotations

import base64
import csv
import heapq
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from ..log.message import BYTES, Message

_FIELDS: Final = ("index", "time", "direction", "kind", "size", "connection", "text", "data")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: What makes a spreadsheet take a cell for a formula (OWASP: CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


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
    values = (message.index, _time(message), message.direction, message.kind, message.size, message.connection, text, data)
    return {**({} if session is None else {"session": session}), **dict(zip(_FIELDS, values, strict=True))}


def _time(message: Message) -> str:
    """RFC 3339, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=message.time_ns // 1000)).isoformat(timespec="microseconds").replace("+00:00", "Z")


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
        ``index``, ``time`` (RFC 3339, UTC), ``direction``, ``kind``, ``size``, ``connection``, and ``text``, or ``data`` in base64.

    Examples
    --------
    >>> print(jsonl_line(Message(7, 0, 0x11, 1, 1, b"hi")), end="")
    {"index":7,"time":"1970-01-01T00:00:00.000000Z","direction":"sent","kind":"text","size":2,"connection":1,"text":"hi"}
    """
    given = {name: value for name, value in _fields(message, limit, session).items() if value is not None}
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) + "\n"


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
        The same fields. A text, or a session's name, that a spreadsheet would run as a formula has ``'`` in front.
    """
    fields = _fields(message, limit, session)
    for name in ("session", "text"):
        if (fields.get(name) or "").startswith(_FORMULA):
            fields[name] = f"'{fields[name]}"
    return _record(fields.values())


def _record(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


#: Formats by their suffix without the dot: what writes the head of the file (of several sessions, or one), and what writes a line.
FORMATS: Final[dict[str, tuple[Callable[[bool], str], Callable[[Message, int | None, str | None], str]]]] = {
    "jsonl": (lambda _several: "", jsonl_line),
    "csv": (lambda several: _record(("session", *_FIELDS) if several else _FIELDS), csv_line),
}


def write_file(path: str | os.PathLike[str], messages: Iterable[Message]) -> int:
    """Write messages to a file; one of that name is replaced.

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
        The file cannot be written.
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
        raise ValueError(f"the name of the file must end in {' or '.join(f'.{known}' for known in FORMATS)}, got {Path(path).name!r}")
    head, line = FORMATS[name]
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        file.write(head(several))
        for message, session in messages:
            file.write(line(message, None, session))
            count += 1
    return count
