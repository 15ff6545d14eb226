"""JSON Lines and CSV, as `log.export` writes them. What they hold of a message is all; of a session, its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Final

from ..log.export import FIELDS, bookmarked, write_lines
from ..log.export import merged as merged_by_time
from ..log.kinds import CODES
from ..system import forks
from .files import LARGEST, CaptureBuilder, CaptureFile, UnreadableError, from_base64, text_bytes, whole, words
from .json_stream import JSONError, parse
from .moments import epoch_ns
from .saving import Saving, SessionRows

#: The most connections and fragments that are read.
_MOST: Final = 2**31 - 1


def read_jsonl(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read JSON Lines.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        A line is too long; what stands before it was read.
    """
    for number, line in file.lines():
        try:
            said = parse(str(line, "utf-8-sig", "replace"))
        except JSONError:
            ended = "" if line.endswith(b"\n") else ": it ends in the middle"
            into.problem(f"line {number:,} is no JSON{ended}")
            continue
        if not isinstance(said, dict) or not add_row(said, into):
            into.problem(f"line {number:,} is no message: it needs direction, kind, and data with its encoding")


def add_row(said: dict[str, Any], into: CaptureBuilder) -> bool:
    """Add the message of a line.

    Parameters
    ----------
    said : dict
        Its `FIELDS`.
    into : CaptureBuilder
        Gets it.

    Returns
    -------
    bool
        False when it is no message.
    """
    kind, data, encoding = said.get("kind"), said.get("data"), said.get("encoding")
    if not isinstance(kind, str) or kind not in CODES or said.get("direction") not in ("sent", "received"):
        return False
    plain = text_bytes(data) if isinstance(data, str) else None
    payload = from_base64(data) if encoding == "base64" else plain
    if payload is None:
        return False
    into.named(words(said.get("session"), 1000)).add(
        kind,
        payload,
        epoch_ns(said.get("time")),
        sent=said["direction"] == "sent",
        connection=whole(said.get("connection"), 0, _MOST, 1),
        compressed=said.get("compressed") is True,
        fragments=whole(said.get("fragments"), 1, _MOST, 1),
        incomplete=said.get("incomplete") is True,
    )
    if said.get("bookmarked") is True:
        note = said.get("note")
        into.named(words(said.get("session"), 1000)).bookmark(note if isinstance(note, str) else "")
    return True


#: The limit is the process's; it is 131,072 characters by default, less than a message may have, and stays raised:
#: another thread may be reading.
_limit_lock: Final = forks.lock()


def read_csv(file: CaptureFile, into: CaptureBuilder) -> None:
    """Read CSV.

    Parameters
    ----------
    file : CaptureFile
        The file.
    into : CaptureBuilder
        Gets what is in it.

    Raises
    ------
    UnreadableError
        It is no CSV from some record on; what stands before it was read.
    """
    # Line ends belong to the payloads in quotes.
    text = io.TextIOWrapper(file.file, "utf-8-sig", "replace", newline="")
    with _limit_lock:
        csv.field_size_limit(max(LARGEST, csv.field_size_limit()))
    try:
        rows = csv.reader(text, strict=True)
        names = next(rows, [])
        missing = [name for name in ("direction", "kind", "data", "encoding") if name not in names]
        if missing:
            raise UnreadableError(f"its first line does not name the columns {', '.join(missing)}")
        for row in rows:
            if not rows.line_num & 0xFFF:
                file.tick(file.file.tell())
            if row and not (len(row) == len(names) and add_row(_plain(dict(zip(names, row, strict=True))), into)):
                into.problem(f"the record that ends in line {rows.line_num:,} is no message")
    except csv.Error as error:
        raise UnreadableError(f"it is no CSV: {_said(error)}") from None
    finally:
        text.detach()


def _said(error: csv.Error) -> str:
    # Its texts quote nothing of the file.
    return "it ends in the middle" if "unexpected end" in str(error) else str(error)


def _plain(row: dict[str, str]) -> dict[str, Any]:
    """Undo what `csv_line` does to cells."""
    found: dict[str, Any] = dict(row)
    for name in ("session", "data", "note"):
        found[name] = row.get(name, "").removeprefix("'")
    for name in ("connection", "fragments"):
        digits = row.get(name, "")
        found[name] = int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 12 else None
    for name in ("compressed", "incomplete", "bookmarked"):
        found[name] = row.get(name, "").lower() == "true"
    return found


def _writer(name: str) -> Callable[[BinaryIO, Sequence[SessionRows], Saving], None]:
    def write(file: BinaryIO, sessions: Sequence[SessionRows], saving: Saving) -> None:
        """Write sessions, merged by time.

        Parameters
        ----------
        file : BinaryIO
            Where to.
        sessions : sequence of SessionRows
            What.
        saving : Saving
            How.
        """
        saving.lose_records(sessions)
        pairs = merged_by_time({rows.record.name: rows.messages for rows in sessions})
        notes = any(bookmarked(rows.messages) for rows in sessions)
        write_lines(file, name, saving.each(pairs), secrets=saving.secrets, notes=notes)

    return write


write_jsonl = _writer("jsonl")
write_csv = _writer("csv")

__all__ = ["FIELDS", "add_row", "read_csv", "read_jsonl", "write_csv", "write_jsonl"]
