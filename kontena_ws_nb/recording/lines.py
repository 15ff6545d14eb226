"""Messages as lines of a text file: JSON Lines and CSV.

Secrets (`kws.secret`) are masked in them. What lives here: how a message is written in each format. What must not: reading such files, choosing messages. Pure functions but for
`write_file`; any thread.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from ..log.message import BYTES, Message

_FIELDS: Final = ("index", "time", "direction", "kind", "size", "connection", "text", "data")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: What makes a spreadsheet take a cell for a formula (OWASP: CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def _fields(message: Message, limit: int | None) -> dict[str, Any]:
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
    return dict(zip(_FIELDS, values, strict=True))


def _time(message: Message) -> str:
    """RFC 3339, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=message.time_ns // 1000)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def jsonl_line(message: Message, limit: int | None = None) -> str:
    r"""Write a message as a line of JSON.

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit : int, optional
        Bytes above which a payload is left out; its ``size`` still tells.

    Returns
    -------
    str
        ``index``, ``time`` (RFC 3339, UTC), ``direction``, ``kind``, ``size``, ``connection``, and ``text``, or ``data`` in base64.

    Examples
    --------
    >>> print(jsonl_line(Message(7, 0, 0x11, 1, 1, b"hi")), end="")
    {"index":7,"time":"1970-01-01T00:00:00.000000Z","direction":"sent","kind":"text","size":2,"connection":1,"text":"hi"}
    """
    given = {name: value for name, value in _fields(message, limit).items() if value is not None}
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")) + "\n"


def csv_line(message: Message, limit: int | None = None) -> str:
    """Write a message as a record of CSV (RFC 4180).

    Parameters
    ----------
    message : Message
        Any row of a log.
    limit : int, optional
        As for `jsonl_line`.

    Returns
    -------
    str
        The same fields. A text that a spreadsheet would run as a formula has ``'`` in front.
    """
    fields = _fields(message, limit)
    if fields["text"] is not None and fields["text"].startswith(_FORMULA):
        fields["text"] = f"'{fields['text']}"
    return _record(fields.values())


def _record(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


#: Formats by their suffix without the dot: the head of the file, and what writes a line.
FORMATS: Final[dict[str, tuple[str, Callable[[Message, int | None], str]]]] = {
    "jsonl": ("", jsonl_line),
    "csv": (_record(_FIELDS), csv_line),
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
    name = Path(path).suffix.lower().removeprefix(".")
    if name not in FORMATS:
        raise ValueError(f"the name of the file must end in {' or '.join(f'.{known}' for known in FORMATS)}, got {Path(path).name!r}")
    head, line = FORMATS[name]
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        for message in messages:
            file.write(line(message, None))
            count += 1
    return count
