"""`read_level`: the members of one object or array in a long JSON text, without reading the whole of it into memory (RFC 8259).

A text is looked at in windows of 64 KiB, and between two of them other threads run. Values that are skipped are only
counted through: their brackets, commas and strings, not their grammar.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

Container = Literal["object", "array"]
JsonKind = Literal["object", "array", "string", "number", "literal"]

#: Bytes that are looked at in one piece: some tenths of a millisecond.
WINDOW: Final = 65_536
#: Seconds of processor time after which a level is given as far as it has been read; and seconds after which it is given
#: where other threads and programs leave less.
PATIENCE: Final = 0.25
LONGEST: Final = 1.0
#: Bytes of a number that are read as one.
_LONGEST_NUMBER: Final = 100_000
#: Rounds in which brackets that are closed are taken out of a window; what is nested deeper is counted one by one.
_ROUNDS: Final = 40

_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_ATOM: Final = re.compile(rb"(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|true|false|null")
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: As far as no string is cut off.
_WHOLE: Final = re.compile(rb'(?:[^"]+|"[^"\\]*(?:\\.[^"\\]*)*")*', re.DOTALL)
_IN_STRING: Final = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_MARK: Final = re.compile(rb'[{}\[\],]|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_MARKS: Final = bytes(set(range(256)) - set(b"{}[],"))
_PAIR: Final = re.compile(rb"[{\[],*[}\]]")
_STEP: Final = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_OPEN: Final = {ord("{"): ("object", ord("}")), ord("["): ("array", ord("]"))}


class Stopped(Exception):  # noqa: N818 - not an error: nobody wants the answer any more
    """Another message was chosen meanwhile."""


class NotJsonError(ValueError):
    """The text is no JSON from some place on.

    Parameters
    ----------
    at : int
        The place, in bytes.
    expected : str
        What could stand there.
    """

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(f"not JSON from byte {at:,} on: {expected} is expected")


class Member(NamedTuple):
    """One member of an object or array."""

    #: Where its name begins and ends, quotes included; None in an array.
    name: tuple[int, int] | None
    kind: JsonKind
    #: Where its value begins and ends.
    start: int
    stop: int
    #: How many members the value has; 0 of a value that has none.
    total: int


class Level(NamedTuple):
    """Some members of an object or array, in order."""

    kind: Container
    members: list[Member]
    #: Where the next member begins; None after the last one.
    next: int | None
    #: Why it ends here, though the object or array does not; empty when it does.
    problem: str
    #: How many members the object or array has; None when that takes long to find, or was not asked for its beginning.
    total: int | None = None


def read_level(
    data: memoryview,
    at: int,
    inside: Container | None,
    most: int,
    stopped: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
    work: Callable[[], float] = time.thread_time,
) -> Level:
    """Read members of an object or array.

    Parameters
    ----------
    data : memoryview
        The text, in UTF-8.
    at : int
        Where the object or array begins, or its next member.
    inside : {"object", "array"} or None
        What the next member is of; None when ``at`` is where an object or array begins.
    most : int
        How many members at most; fewer when they take longer than `PATIENCE` and `LONGEST` allow.
    stopped : callable
        Whether nobody wants to know any more; asked once a window.
    clock, work : callable, optional
        Seconds, and seconds of processor time of this thread.

    Returns
    -------
    Level

    Raises
    ------
    Stopped
        Nobody wanted to know any more.
    """
    scan = _Scan(data, stopped)
    members: list[Member] = []
    kind: Container = inside or "array"
    began, worked = clock(), work()

    def late() -> bool:
        return work() - worked > PATIENCE or clock() - began > LONGEST

    try:
        at = scan.space(at)
        if inside is None:
            kind, close = scan.open(at)
            at = scan.space(at + 1)
            if scan.byte(at) == close:
                return Level(kind, members, None, "", 0)
        close = ord("}" if kind == "object" else "]")
        while True:
            member = scan.member(at, kind)
            members.append(member)
            at = scan.space(member.stop)
            if scan.byte(at) == close:
                return Level(kind, members, None, "", None if inside else len(members))
            if scan.byte(at) != ord(","):
                raise NotJsonError(at, f"a comma or the end of the {kind}")
            at += 1
            if len(members) >= most or late():
                more = None if inside else scan.commas(at, late)
                return Level(kind, members, at, "", None if more is None else len(members) + 1 + more)
    except NotJsonError as error:
        return Level(kind, members, None, str(error))


class _Scan:
    """Finds where things end.

    Parameters
    ----------
    data : memoryview
        The text.
    stopped : callable
        Whether to stop.
    """

    def __init__(self, data: memoryview, stopped: Callable[[], bool]) -> None:
        self._data = data
        self._stopped = stopped

    def byte(self, at: int) -> int:
        """Look at a byte; -1 behind the end."""
        return self._data[at] if at < len(self._data) else -1

    def open(self, at: int) -> tuple[Container, int]:
        """Say what begins here, and the byte that ends it."""
        found = _OPEN.get(self.byte(at))
        if found is None:
            raise NotJsonError(at, "an object or array")
        return ("object", found[1]) if found[0] == "object" else ("array", found[1])

    def space(self, at: int) -> int:
        """Skip white space."""
        while True:
            end = self._match(_SPACE, at, WINDOW).end()
            if end < at + WINDOW:
                return end
            at = end

    def member(self, at: int, kind: Container) -> Member:
        """Read a member."""
        at = self.space(at)
        name = None
        if kind == "object":
            if self.byte(at) != ord('"'):
                raise NotJsonError(at, "a name in double quotes")
            name = at, self._string(at)
            at = self.space(name[1])
            if self.byte(at) != ord(":"):
                raise NotJsonError(at, "a colon")
            at = self.space(at + 1)
        return Member(name, *self._value(at))

    def _value(self, at: int) -> tuple[JsonKind, int, int, int]:
        first = self.byte(at)
        if first in _OPEN:
            kind, close = self.open(at)
            stop, commas = self._container(at, 0)
            return kind, at, stop, 0 if self.byte(self.space(at + 1)) == close else commas + 1
        if first == ord('"'):
            return "string", at, self._string(at), 0
        found = _ATOM.match(self._data, at, at + _LONGEST_NUMBER)
        if found is None:
            raise NotJsonError(at, "a value")
        return "number" if found["number"] else "literal", at, found.end(), 0

    def commas(self, at: int, late: Callable[[], bool]) -> int | None:
        """Count the commas between here and the end of the object or array that this is in; None when it does not end, or late."""
        try:
            return self._container(at, 1, late)[1]
        except NotJsonError:
            return None

    def _match(self, pattern: re.Pattern[bytes], at: int, size: int) -> re.Match[bytes]:
        if self._stopped():
            raise Stopped
        found = pattern.match(self._data, at, at + size)
        assert found is not None  # these match nothing, too
        return found

    def _string(self, at: int) -> int:
        """Find the end of a string that begins here."""
        at += 1
        while True:
            end = self._match(_IN_STRING, at, WINDOW).end()
            byte = self.byte(end)
            if byte == ord('"'):
                return end + 1
            if byte < 0 or (byte == ord("\\") and self.byte(end + 1) < 0):
                raise NotJsonError(len(self._data), "the end of a string")
            at = end + 2 if byte == ord("\\") else end  # a backslash that a window cut off from what it escapes

    def _container(self, at: int, depth: int, late: Callable[[], bool] = lambda: False) -> tuple[int, int]:
        """Find the end of an object or array that begins here, or (``depth`` 1) that this is in, and count its own commas from here on."""
        commas, window = 0, 256
        while at < len(self._data) and not late():
            end = self._match(_WHOLE, at, window).end()
            if end == at:  # a string that is longer than this
                at = self._string(at)
                continue
            part = bytes(self._data[at:end])
            opened, closed, lowest = _unpaired(part)
            if opened < 0 or closed >= depth:
                for found in _MARK.finditer(part):
                    mark = part[found.start()]
                    depth += _STEP.get(mark, 0)
                    if not depth and mark in _STEP:
                        return at + found.end(), commas
                    commas += depth == 1 and mark == ord(",")
            else:
                commas += lowest if closed == depth - 1 else 0
                depth += opened - closed
            at = end
            window = min(4 * window, WINDOW)
        raise NotJsonError(len(self._data), "the end of an object or array")


def _unpaired(part: bytes) -> tuple[int, int, int]:
    """Count the brackets that are closed and opened in a part of a text but not both, and the commas where it is least deep.

    ``(opened, closed, commas)``; ``opened`` is -1 when that takes long.
    """
    bare = _STRING.sub(b"", part).translate(None, _NO_MARKS)
    for _ in range(_ROUNDS):
        shorter = bare.replace(b"{}", b"").replace(b"[]", b"")
        if len(shorter) == len(bare):  # ten times as fast as what takes commas out too
            shorter = _PAIR.sub(b"", bare)
        if len(shorter) == len(bare):
            # What is closed comes before what is opened. The least deep part lies between them.
            behind = bare[len(bare.rstrip(b"{[,")) :]
            closed = bare.count(b"}") + bare.count(b"]")
            return (
                bare.count(b"{") + bare.count(b"["),
                closed,
                len(behind) - len(behind.lstrip(b",")),
            )
        bare = shorter
    return -1, 0, 0
