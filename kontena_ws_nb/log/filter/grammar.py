"""The filter grammar, used by the panel, the magics and Python: parses a text into terms; errors point at their place.

    words  "two words"  -without  /regex/i  dir:sent  kind:text,binary  size:>1k  size:10..20
    $.path  $.path=value  $.items[0].id  $.*.x  since:10s  since:12:03:44

Terms are separated by white space, and all of them must match; a leading ``-`` negates a term. `query` applies terms to
messages and segments. Pure functions; any thread.
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ..kinds import ALL
from .patterns import LONGEST, stoppable
from .query_error import QueryError


@dataclass(frozen=True)
class Term:
    """One condition of a filter.

    Parameters
    ----------
    position : int
        Its offset in the filter's text.
    negated : bool
        Whether the messages that do *not* match are wanted.
    """

    position: int
    negated: bool


@dataclass(frozen=True)
class Word(Term):
    """The payload contains `text` (case-sensitive)."""

    text: str


@dataclass(frozen=True)
class Regex(Term):
    """`pattern` matches somewhere in the payload's text."""

    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Direction(Term):
    """The message's direction is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Kind(Term):
    """The message's kind is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Size(Term):
    """The payload has at least `low` and at most `high` bytes; `high` None means no limit."""

    low: int
    high: int | None


@dataclass(frozen=True)
class Since(Term):
    """The message is not older than `time_ns` (nanoseconds since the epoch)."""

    time_ns: int


@dataclass(frozen=True)
class Path(Term):
    """The payload is JSON that has the path, or has one of `values` there.

    Parameters
    ----------
    steps : tuple of (str | int | None)
        Keys of objects, indexes of arrays (negative ones from the end), None for any.
    values : tuple of JSON scalars, or None
        The values to compare with; None if the path only has to exist. Numbers are `Decimal`, to compare exactly.
    """

    steps: tuple[str | int | None, ...]
    values: tuple[str | bool | Decimal | None, ...] | None


__all__ = [
    "DIRECTIONS",
    "FORMS",
    "Direction",
    "Kind",
    "Path",
    "QueryError",
    "Regex",
    "Since",
    "Size",
    "Term",
    "Word",
    "parse",
]

DIRECTIONS = ("received", "sent")

#: All keys and forms, for completion and help: what to type → what it means.
FORMS: Mapping[str, str] = {
    "word": 'messages that contain it (case-sensitive); quote "two words"',
    "-word": "messages that do not contain it; - negates any term",
    "/regex/": "Python regular expression; /regex/i ignores case",
    "dir:": "sent or received",
    "kind:": "text, binary, ping, pong, close, open, error, reconnect; commas mean or",
    "size:": "bytes: size:>1k  size:<=10  size:10..20  (k = 1000, ki = 1024)",
    "$.path": "JSON that has this path: $.type  $.items[0].id  $.*.x",
    "$.path=value": 'JSON that has this value there: $.type=trade  $.id=7  $.name="two words"',
    "since:": "since:10s (ms s m h d)  since:12:03:44  since:2026-01-31T12:00",
}

#: Other names for keys that people may try, to suggest ours.
_MEANT = {"direction": "dir", "opcode": "kind", "length": "size", "len": "size", "after": "since"}

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BARE_STEP = re.compile(r"[^\s.\[\]=<>!\"'$()?@,*]+")
_INDEX = re.compile(r"\[\s*(-?[0-9]{1,9})\s*\]")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)(k|m|g)?(i)?b?\Z", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)\Z")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?\Z")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?\Z")
_FACTOR = {"": 0, "k": 1, "m": 2, "g": 3}
#: The most steps of a path; limited because ``*`` is evaluated recursively.
_STEPS = 100
#: How many characters of a value an error quotes.
_SHOWN = 60
_UNIT = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


def parse(text: str, now_ns: int | None = None) -> tuple[Term, ...]:
    """Parse a filter.

    Parameters
    ----------
    text : str
        The filter; an empty one matches everything.
    now_ns : int, optional
        The time that ``since:10s`` is relative to, in nanoseconds since the epoch; the current time by default.

    Returns
    -------
    tuple of Term
        In the order of the text; all must match.

    Raises
    ------
    QueryError
        It is invalid; has the position of the first error.
    """
    return _Reader(text, time.time_ns() if now_ns is None else now_ns).terms()


class _Reader:
    """A recursive descent parser: each method parses one form, and advances the position past it."""

    def __init__(self, text: str, now_ns: int) -> None:
        self.text = text
        self.now_ns = now_ns
        self.at = 0

    def fail(self, message: str, position: int) -> QueryError:
        return QueryError(message, self.text, position)

    def terms(self) -> tuple[Term, ...]:
        found: list[Term] = []
        while True:
            while self.at < len(self.text) and self.text[self.at].isspace():
                self.at += 1
            if self.at == len(self.text):
                return tuple(found)
            found.append(self.term())
            if self.at < len(self.text) and not self.text[self.at].isspace():
                raise self.fail(
                    "expected a space before the next term; quote text that contains quotes: '\"a\":1'", self.at
                )

    def term(self) -> Term:
        start, text = self.at, self.text
        # A dash alone is text. A negative number must be quoted: "-5".
        negated = text[start] == "-" and start + 1 < len(text) and not text[start + 1].isspace()
        self.at += negated
        first = text[self.at]
        if first in "\"'":
            return Word(start, negated, self.quoted())
        if first == "/":
            return Regex(start, negated, self.regex())
        if first == "$":
            return self.path(start, negated)
        return self.word(start, negated)

    def quoted(self) -> str:
        start, quote = self.at, self.text[self.at]
        end = self.delimited(quote)
        if end < 0:
            raise self.fail(
                f"this quote is never closed; to search for a quote itself, write \\{quote} inside quotes", start
            )
        inside = self.text[start + 1 : end]
        if not inside:
            raise self.fail("these quotes are empty; nothing to search for", start)
        # Only the quote and the backslash can be escaped, so that a "\n" that was copied from JSON is searched as it
        # is.
        return _ESCAPE.sub(lambda m: m[1] if m[1] in (quote, "\\") else m[0], inside)

    def delimited(self, mark: str) -> int:
        """Advance past the text between two marks; return the position of the second one, or -1."""
        position = self.at + 1
        while position < len(self.text):
            if self.text[position] == "\\":
                position += 1
            elif self.text[position] == mark:
                self.at = position + 1
                return position
            position += 1
        return -1

    def regex(self) -> re.Pattern[str]:
        start = self.at
        end = self.delimited("/")
        if end < 0:
            raise self.fail(
                'this regular expression is never closed; to search for a slash, quote the text: "/path"', start
            )
        source = self.text[start + 1 : end]
        if not source:
            raise self.fail("this regular expression is empty; it would match everything", start)
        flags = re.NOFLAG if hasattr(re, "NOFLAG") else re.RegexFlag(0)
        while self.at < len(self.text) and not self.text[self.at].isspace():
            flag = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}.get(self.text[self.at])
            if flag is None:
                raise self.fail(
                    "only i, s or m may follow a regular expression; to search for this text, quote it", self.at
                )
            flags |= flag
            self.at += 1
        if len(source) > LONGEST:  # before it is compiled, which takes time
            raise self.fail(
                f"regular expression: it has {len(source):,} characters; at most {LONGEST:,} are allowed", start
            )
        try:
            pattern = re.compile(source, flags)
            stoppable(pattern)
        except re.error as error:
            raise self.fail(f"regular expression: {error.msg}", start + 1 + (error.pos or 0)) from None
        except (ValueError, OverflowError) as error:
            raise self.fail(f"regular expression: {error}", start) from None
        except RecursionError:
            raise self.fail("regular expression: nested too deeply", start) from None
        return pattern

    def bare(self) -> str:
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace():
            self.at += 1
        return self.text[start : self.at]

    def word(self, start: int, negated: bool) -> Term:
        begin = self.at
        word = self.bare()
        key, colon, value = word.partition(":")
        if not colon:
            return Word(start, negated, word)
        at = begin + len(key) + 1
        if key == "dir":
            return Direction(start, negated, self.choices(key, value, at, DIRECTIONS))
        if key == "kind":
            return Kind(start, negated, self.choices(key, value, at, ALL))
        if key == "size":
            return self.size(start, negated, value, at)
        if key == "since":
            return Since(start, negated, self.since(value, at))
        known = ("dir", "kind", "size", "since")
        near = [_MEANT[key.lower()]] if key.lower() in _MEANT else difflib.get_close_matches(key.lower(), known, 1, 0.7)
        if near:
            # "BTC:USD" is a text to search for, but "knid:text" is a typing error, and would silently find nothing.
            raise self.fail(
                f"unknown key {_quoted(key)}; did you mean {near[0]}:? To search for this text, quote it", begin
            )
        return Word(start, negated, word)

    def choices(self, key: str, value: str, at: int, allowed: tuple[str, ...]) -> frozenset[str]:
        chosen = []
        for item in value.split(","):
            if item not in allowed:
                near = difflib.get_close_matches(item.lower(), allowed, 1)
                more = f"; did you mean {near[0]}?" if item and near else f"; it is one of {', '.join(allowed)}"
                raise self.fail(
                    f"{key}: {_quoted(item)} is unknown{more}" if item else f"{key}: a value is missing{more}", at
                )
            chosen.append(item)
            at += len(item) + 1
        return frozenset(chosen)

    def size(self, start: int, negated: bool, value: str, at: int) -> Size:
        low, dots, high = value.partition("..")
        if dots:
            if not low and not high:
                raise self.fail("size: a number is missing; write size:10..20", at)
            least = self.bytes(low, at) if low else 0
            most = self.bytes(high, at + len(low) + 2) if high else None
            if most is not None and most < least:
                raise self.fail(f"size: the range is empty, {low} is more than {high}", at)
            return Size(start, negated, least, most)
        for sign in (">=", "<=", ">", "<", "="):
            if value.startswith(sign):
                number = self.bytes(value[len(sign) :], at + len(sign))
                if sign == ">=":
                    return Size(start, negated, number, None)
                if sign == ">":
                    return Size(start, negated, number + 1, None)
                if sign == "<=":
                    return Size(start, negated, 0, number)
                if sign == "<":
                    if number == 0:
                        raise self.fail("size: nothing is smaller than 0 bytes", at)
                    return Size(start, negated, 0, number - 1)
                return Size(start, negated, number, number)
        number = self.bytes(value, at)
        return Size(start, negated, number, number)

    def bytes(self, value: str, at: int) -> int:
        match = _SIZE.match(value)
        if not match:
            raise self.fail(
                f"size: {_quoted(value)} is not a number of bytes; write 200, 1.5k or 2Mi"
                if value
                else "size: a number is missing",
                at,
            )
        base = 1024 if match[3] else 1000
        if match[3] and not match[2]:
            raise self.fail(f"size: {_quoted(value)} is not a number of bytes; write 200, 1.5k or 2Mi", at)
        return int(Decimal(match[1]) * base ** _FACTOR[(match[2] or "").lower()])

    def since(self, value: str, at: int) -> int:
        duration = _DURATION.match(value)
        if duration:
            return self.now_ns - int(Decimal(duration[1]) * _UNIT[duration[2]])
        clock = _CLOCK.match(value)
        # Local time, as the panel shows it. Nanoseconds are added afterwards, because datetime does not have them.
        now = datetime.fromtimestamp(self.now_ns / 1e9)
        try:
            if clock:
                moment = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
                nanos = int((clock[4] or "0").ljust(9, "0"))
                if int(moment.timestamp()) * 10**9 + nanos > self.now_ns:
                    moment -= timedelta(days=1)
                return int(moment.timestamp()) * 10**9 + nanos
            if "-" in value:
                # Python 3.10 does not accept the Z.
                return int(Decimal(str(datetime.fromisoformat(re.sub(r"[zZ]\Z", "+00:00", value)).timestamp())) * 10**9)
        except (ValueError, OverflowError, OSError):
            pass  # not a time; raises below
        raise self.fail(f"since: {_quoted(value)} is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00", at)

    def path(self, start: int, negated: bool) -> Path:
        self.at += 1
        steps: list[str | int | None] = []
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if len(steps) == _STEPS:
                raise self.fail(f"a path has at most {_STEPS} steps", self.at)
            steps.append(self.dotted() if self.text[self.at] == "." else self.bracketed())
        text = self.text[self.at : self.at + 1]
        if text and text in "<>!~":
            raise self.fail("a path can only be compared with =; to negate, write - before the $", self.at)
        if text != "=":
            if text and not text.isspace():
                raise self.fail(
                    "expected '.', '[', '=' or a space in this path; to search for this text, quote it", self.at
                )
            return Path(start, negated, tuple(steps), None)
        self.at += 1
        return Path(start, negated, tuple(steps), self.value())

    def dotted(self) -> str | None:
        self.at += 1
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
            return None
        match = _BARE_STEP.match(self.text, self.at)
        if not match:
            deep = self.text[self.at : self.at + 1] == "."
            raise self.fail(
                "'..' is not supported; write the steps, * for any"
                if deep
                else 'a key is missing here; write $.key, $["odd key"] or $.*',
                self.at,
            )
        self.at = match.end()
        return match[0]

    def bracketed(self) -> str | int | None:
        opened = self.at
        if self.text.startswith("[*]", self.at):
            self.at += 3
            return None
        index = _INDEX.match(self.text, self.at)
        if index:
            self.at = index.end()
            return int(index[1])
        self.at += 1
        if self.text[self.at : self.at + 1] not in ('"', "'"):
            raise self.fail('expected an index, * or a quoted key: [0], [*] or ["key"]', self.at)
        key = self.quoted()
        if self.text[self.at : self.at + 1] != "]":
            raise self.fail("this bracket is never closed", opened)
        self.at += 1
        return key

    def value(self) -> tuple[str | bool | Decimal | None, ...]:
        at = self.at
        if self.text[at : at + 1] == '"':
            # A JSON string, so that a value can be pasted.
            try:
                text, self.at = json.JSONDecoder(strict=False).raw_decode(self.text, at)
            except ValueError as error:
                raise self.fail("this JSON text is not closed, or has an invalid escape", at) from error
            return (str(text),)
        if self.text[at : at + 1] == "'":
            return (self.quoted(),)
        word = self.bare()
        if not word:
            raise self.fail("a value is missing after '='; for an empty text write \"\"", at)
        if word in ("true", "false", "null"):
            return ({"true": True, "false": False, "null": None}[word], word)
        # Without quotes, both 7 and "7" match, because many price feeds quote numbers.
        return (Decimal(word), word) if _NUMBER.match(word) else (word,)


def _quoted(value: str) -> str:
    """Quote a value in an error, shortened if it is long."""
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
