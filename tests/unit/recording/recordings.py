"""Segments and recordings for the tests of this house."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Reversible
from itertools import accumulate
from typing import NamedTuple

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import Segment

TEXT, BINARY, CLOSE, ERROR = 0x1, 0x2, 0x8, 0xD


class Row(NamedTuple):
    """One row of a log."""

    payload: bytes
    flags: int = TEXT
    time_ns: int = 1_700_000_000_000_000_000
    fragments: int = 1
    connection: int = 1


class Given:
    """Rows as segments of one connection each, with the indexes from a first one on."""

    def __init__(self, rows: Iterable[Row], first: int = 0) -> None:
        self.rows = list(rows)
        self.first = first

    def segments(self, start: int = 0) -> Reversible[Segment]:
        found: list[list[tuple[int, Row]]] = []
        for index, row in enumerate(self.rows, self.first):
            if not found or found[-1][0][1].connection != row.connection:
                found.append([])
            found[-1].append((index, row))
        return [_segment(part) for part in found]

    def messages(self) -> list[Message]:
        return [
            Message(index, row.time_ns, row.flags, row.connection, row.fragments, row.payload)
            for index, row in enumerate(self.rows, self.first)
        ]


def _segment(part: list[tuple[int, Row]]) -> Segment:
    rows = [row for _, row in part]
    fragments = {at: row.fragments for at, row in enumerate(rows) if row.fragments != 1}
    return Segment(
        part[0][0],
        0,
        rows[0].connection,
        b"".join(row.payload for row in rows),
        array("I", accumulate((len(row.payload) for row in rows), initial=0)),
        array("q", (row.time_ns for row in rows)),
        bytes(row.flags for row in rows),
        len(rows),
        fragments,
    )


def texts(count: int) -> Given:
    """So many short texts."""
    return Given(Row(b"row %d" % number) for number in range(count))


def filled(count: int, **limits: int) -> MessageLog:
    """A log in memory of so many short texts."""
    log = MessageLog(**limits)  # type: ignore[arg-type]
    for number in range(count):
        log.add("text", b"row %d" % number)
    return log
