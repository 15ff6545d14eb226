"""The formats of captures: what each is called, how its files are known, who reads and writes them, and what they cannot hold.

A file is known by its first bytes; where those say nothing (an empty file, a broken one), by its suffix.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from .arrow import read_arrow, read_parquet, write_arrow, write_parquet
from .database import MAGIC, open_database, write_sessions
from .files import CaptureBuilder, CaptureFile
from .har import read_har, read_messages, write_har
from .insomnia import read_insomnia, write_insomnia
from .json_stream import JSONError, JSONStream
from .lines import read_csv, read_jsonl, write_csv, write_jsonl
from .mitm import read_mitm, write_mitm
from .pcap import read_pcap
from .saving import Saving, SessionRows
from .zap import read_zap, write_zap


@dataclass(frozen=True)
class Format:
    """One format.

    Parameters
    ----------
    name : str
        What people call it.
    suffixes : tuple of str
        Of its files, the first is what we write.
    read : callable
        Reads a file.
    write : callable, optional
        Writes one; None when we don't.
    lacks : str
        What it cannot hold.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[CaptureFile, CaptureBuilder], None]
    write: Callable[[BinaryIO, Sequence[SessionRows], Saving], None] | None
    lacks: str
    #: Instead of `write`: writes to a path, whole or not at all.
    write_path: Callable[[Path, Sequence[SessionRows], Saving], None] | None = None
    #: Whether it holds bookmarks and their notes.
    bookmarks: bool = False
    #: Suffixes of files that are read, and of something else when they are written.
    only_read: tuple[str, ...] = ()

    @property
    def writable(self) -> bool:
        """Whether we write it."""
        return self.write is not None or self.write_path is not None


def _read_database(file: CaptureFile, into: CaptureBuilder) -> None:
    open_database(file.path, into)


_RECORDS: Final = "handshakes, certificates, URLs"
RECORDING: Final = Format(
    "recording",
    (".db", ".sqlite", ".sqlite3"),
    _read_database,
    None,
    "a message of more than 999 MB",
    write_sessions,
    bookmarks=True,
)
JSONL: Final = Format("JSON Lines", (".jsonl", ".ndjson"), read_jsonl, write_jsonl, _RECORDS, bookmarks=True)
CSV: Final = Format("CSV", (".csv",), read_csv, write_csv, _RECORDS, bookmarks=True)
HAR: Final = Format(
    "HAR",
    (".har", ".zip"),
    read_har,
    write_har,
    "what HAR 1.2 lacks is in fields of our own",
    bookmarks=True,
    only_read=(".zip",),
)
MITM: Final = Format(
    "mitmproxy flows",
    (".mitm", ".flow", ".flows"),
    read_mitm,
    write_mitm,
    "pings, pongs, errors and other rows that are no messages, the second close frame, times finer than a microsecond, "
    "compression, fragments, bookmarks",
)
INSOMNIA: Final = Format(
    "Insomnia log",
    (".insomnia", ".response"),
    read_insomnia,
    write_insomnia,
    f"{_RECORDS}, pings, pongs, who closed, times finer than a millisecond, compression, fragments, bookmarks",
)
ZAP: Final = Format(
    "ZAP messages",
    (".zap", ".json"),
    read_zap,
    write_zap,
    f"{_RECORDS}, rows that are no frames, times finer than a millisecond, compression, fragments, bookmarks",
    only_read=(".json",),
)
PARQUET: Final = Format("Parquet", (".parquet", ".pq"), read_parquet, write_parquet, "bookmarks")
ARROW: Final = Format("Arrow", (".arrow", ".feather", ".ipc"), read_arrow, write_arrow, "bookmarks")
PCAP: Final = Format("pcap", (".pcap", ".pcapng", ".cap"), read_pcap, None, "is only read, by Wireshark's tshark")
#: Playwright writes these beside its HAR.
MESSAGES: Final = Format("Playwright messages", (), read_messages, None, "is only read")

FORMATS: Final = (RECORDING, JSONL, CSV, HAR, MITM, INSOMNIA, ZAP, PARQUET, ARROW, PCAP, MESSAGES)

_MAGIC: Final = (
    (re.compile(MAGIC), RECORDING),
    (re.compile(rb"PAR1"), PARQUET),
    (re.compile(rb"ARROW1\0\0|\xff\xff\xff\xff"), ARROW),
    (re.compile(rb"\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\xa1\xb2\x3c\x4d|\n\r\r\n"), PCAP),
    (re.compile(rb"PK\x03\x04"), HAR),
    (re.compile(rb"\d{1,12}:\d{1,12}:"), MITM),
)


def by_suffix(suffix: str) -> Format | None:
    """Find the format of a suffix.

    Parameters
    ----------
    suffix : str
        With its dot, any case.

    Returns
    -------
    Format or None
    """
    return next((one for one in FORMATS if suffix.lower() in one.suffixes), None)


def recognize(head: bytes, suffix: str) -> Format | None:
    """Find the format of a file.

    Parameters
    ----------
    head : bytes
        Its first bytes.
    suffix : str
        With its dot, any case.

    Returns
    -------
    Format or None
        None when neither says what it is.
    """
    for magic, known in _MAGIC:
        if magic.match(head):
            return known
    return _by_names(head) or (CSV if _is_csv(head) else None) or by_suffix(suffix)


def _is_csv(head: bytes) -> bool:
    names = re.sub(rb'["\xef\xbb\xbf\r]', b"", head.partition(b"\n")[0]).split(b",")
    return {b"direction", b"kind", b"data"} <= set(names)


def _by_names(head: bytes) -> Format | None:
    """Look at the names of the first object."""
    stream = JSONStream(io.BytesIO(head).read)
    names: set[str] = set()
    try:
        if stream.peek() == "[":
            for _ in stream.items():
                return _json_format(stream, names)
        elif stream.peek() == "{":
            return _json_format(stream, names)
    except JSONError:  # the head ends, or it is none
        pass
    return _of_names(names)


def _json_format(stream: JSONStream, names: set[str]) -> Format | None:
    for name in stream.members():
        names.add(name)
        if (found := _of_names(names)) is not None:
            return found
    return None


def _of_names(names: set[str]) -> Format | None:
    if "log" in names:
        return HAR
    if "requestId" in names:
        return INSOMNIA
    if not names.isdisjoint({"messages", "opcodeString", "message"}):
        return ZAP
    if {"direction", "kind"} <= names:
        return JSONL
    return MESSAGES if {"type", "opcode", "data"} <= names else None
