"""The one filter grammar of panel, magics and Python: text → terms, with errors that point at the bad place.

    filter  = either
    either  = both *("or" both)             ; or binds weaker than and
    both    = 1*(["and"] unary)             ; terms side by side must all hold
    unary   = *("not" / "-" / "i:") term    ; i: ignores case
    term    = "(" either ")" / word / "two words" / /regex/i / key:value / #index / $.path [operator value]

What a term means for messages and segments is `query`'s; spellings of other tools are `mistakes`'. Whatever looks like
an attempt at the grammar is either read as what it plainly means, or a `QueryError`: never a search for its letters,
which would find nothing. Pure functions; any thread.
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import EllipsisType
from typing import Final, Union

from ..kinds import ALL
from . import mistakes
from .patterns import LONGEST, stoppable
from .query_error import QueryError


@dataclass(frozen=True)
class Term:
    """One condition of a filter.

    Parameters
    ----------
    position : int
        Where it stands in the filter's text.
    negated : bool
        True when the messages *without* it are wanted.
    """

    position: int
    negated: bool


@dataclass(frozen=True)
class Word(Term):
    """The payload contains `text`, as it is spelled or as a person reads it; `caseless` says whether case matters."""

    text: str
    caseless: bool = False


@dataclass(frozen=True)
class Regex(Term):
    """`pattern` is found in the payload's text, as it is spelled or as a person reads it."""

    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Hex(Term):
    """The payload contains these bytes."""

    bytes: bytes


@dataclass(frozen=True)
class Direction(Term):
    """The message's direction is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Kind(Term):
    """The message's kind is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Decoder(Term):
    """The message is text or binary, and its connection's decoder is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Label(Term):
    """The line that a decoder writes about the message contains one of `texts`, or has a match of `pattern`."""

    texts: tuple[str, ...]
    pattern: re.Pattern[str] | None = None
    caseless: bool = False


@dataclass(frozen=True)
class Bookmarked(Term):
    """The message has a bookmark, whose note contains one of `texts` where there are any."""

    texts: tuple[str, ...] = ()
    caseless: bool = False


@dataclass(frozen=True)
class Between(Term):
    """A number of the message is `low` to `high`, both included; `high` None means no limit."""

    low: int
    high: int | None


@dataclass(frozen=True)
class Size(Between):
    """How many bytes the payload has."""


@dataclass(frozen=True)
class Connection(Between):
    """Number of the connection, from 1."""


@dataclass(frozen=True)
class Index(Between):
    """Permanent index."""


@dataclass(frozen=True)
class Since(Term):
    """The message is not older than `time_ns` (nanoseconds since the epoch).

    Parameters
    ----------
    ago_ns : int, optional
        Set when it was written as a duration: in a live view the limit moves with the clock.
    """

    time_ns: int
    ago_ns: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Before(Term):
    """The message is older than `time_ns` (nanoseconds since the epoch)."""

    time_ns: int


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; None means no limit."""

    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True)
class Glob:
    """Texts that consist of `parts`, with anything between two of them."""

    parts: tuple[str, ...]


#: What a value of a JSON path is compared with. A pattern only after ``~``.
Value = Union[str, bool, Decimal, None, Range, Glob, "re.Pattern[str]"]
#: A step of a JSON path: object key, array index (negative: from the end), None for any, ``...`` for any depth.
Step = str | int | None | EllipsisType


@dataclass(frozen=True)
class Path(Term):
    """The payload is JSON that has the path, or there (one of) a value for which the comparison holds.

    Parameters
    ----------
    steps : tuple of (str | int | None | ...)
        Object keys, array indices (negative: from the end), None for any, ``...`` for any depth.
    values : tuple of Value, or None
        What to compare with: one of them; with ``!=`` and ``!~`` none of them. None asks only for presence. Numbers are
        `Decimal`: JSON's are decimal, and exact.
    operator : str, default "="
        ``= != < <= > >= ~ !~``; ``~`` is "contains".
    caseless : bool, default False
        Whether texts are compared without regard to case.
    numeric_texts : bool, default False
        Whether a number also means texts that are this number: half of all price feeds quote theirs.
    """

    steps: tuple[Step, ...]
    values: tuple[Value, ...] | None
    operator: str = "="
    caseless: bool = False
    numeric_texts: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Every(Term):
    """All of `terms` hold."""

    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Some(Term):
    """At least one of `terms` holds."""

    terms: tuple[Term, ...]


__all__ = [
    "DIRECTIONS",
    "FORMS",
    "Before",
    "Between",
    "Bookmarked",
    "Connection",
    "Decoder",
    "Direction",
    "Every",
    "Glob",
    "Hex",
    "Index",
    "Kind",
    "Label",
    "Path",
    "QueryError",
    "Range",
    "Regex",
    "Since",
    "Size",
    "Some",
    "Step",
    "Term",
    "Value",
    "Word",
    "parse",
    "parse_path",
    "path_text",
    "tables",
]

DIRECTIONS = ("received", "sent")

#: Every key and special form, for completion and help (``%ws_help filter``, the panel's ``?``): what to type → what it
#: means.
FORMS: Mapping[str, str] = {
    "word": 'messages that contain it, as a person reads it; quote "two words"',
    "a b, a and b": "both: terms side by side must all hold; and binds closer than or",
    "a or b": "at least one of them; quote the words and, or, not to search for them",
    "-word, not word": "messages without it; - or not negates any term, -(a b) a group",
    "( )": "groups: kind:text (trade or quote)",
    "/regex/": "Python regular expression; /regex/i ignores case; \\x90 finds a byte of a binary message",
    "i:": "ignores case: i:word  i:$.type=trade  i:(a or b); i: with a space behind it, all that follows",
    "hex:": "bytes: hex:9003",
    "dir:": "sent or received",
    "kind:": "text, binary, ping, pong, close, open, error, reconnect; commas mean or",
    "size:": "bytes: size:>1k  size:<=10  size:10..20  (k = 1000, ki = 1024); len: is the same",
    "conn:": "number of the connection: conn:2  conn:>1",
    "#": "number of the row: #123  #100..200  #>100",
    "decoder:": "messages that it decodes: decoder:socket.io; commas mean or",
    "label:": 'the line it writes about a message contains: label:PUBLISH  label:"EVENT chat"  label:/^ACK/i',
    "is:": "is:bookmarked, messages that somebody has bookmarked",
    "note:": 'the note of a bookmark contains: note:wrong  note:"two words"',
    "since:": "since:10s (ms s m h d; moves with the clock)  since:12:03:44  since:2026-01-31T12:00",
    "after:": "the same as since:; after:#123, the rows behind it",
    "before:": "older than: before:5m  before:12:03:44; before:#123, the rows in front of it",
    "$.path": "JSON that has it (or an array of such): $.type  $.items[0].id  $.items[*].id  $.*.x  $..id anywhere",
    "$.path=value": 'equals: $.type=trade  $.id=7 (also "7" and 7.0)  $.id="7" (only the text)',
    "$.path=a|b": "one of: $.type=trade|quote, or with commas; a* any ending: $.type=tr*",
    "$.path!=value": "has the path, and another value there",
    "$.path>5": "numbers, also in strings: > >= < <=, $.qty=10..20",
    "$.path~text": "contains: $.type~tr  $.type~/^tr/i; !~ does not",
}

#: Other names of the keys.
_ALIASES: Mapping[str, str] = {
    "direction": "dir",
    "opcode": "kind",
    "length": "size",
    "len": "size",
    "bytes": "size",
    "connection": "conn",
    "after": "since",
    "until": "before",
    "index": "#",
    "row": "#",
}
_KEYS = ("dir", "kind", "size", "conn", "since", "before", "hex", "decoder", "label", "is", "note")
#: Other names of the values.
_DIRECTIONS: Mapping[str, tuple[str, ...]] = {
    **{
        name: ("received",) for name in ("in", "incoming", "inbound", "recv", "receive", "rx", "down", "from", "\u2193")
    },
    **{name: ("sent",) for name in ("out", "outgoing", "outbound", "send", "tx", "up", "to", "\u2191")},
    "both": DIRECTIONS,
    **{name: (name,) for name in DIRECTIONS},
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in ALL},
    **{name: ("text",) for name in ("1", "0x1", "str", "string")},
    **{name: ("binary",) for name in ("2", "0x2", "bin", "bytes")},
    **{name: ("close",) for name in ("8", "0x8", "closed")},
    **{name: ("ping",) for name in ("9", "0x9")},
    **{name: ("pong",) for name in ("10", "0xa", "a")},
    "data": ("text", "binary"),
    "message": ("text", "binary"),
    "control": ("ping", "pong", "close"),
}

_MARKED = ("bookmarked", "bookmark", "marked")
_EXAMPLE: Mapping[str, str] = {"label": "PUBLISH", "note": "wrong"}

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BARE_STEP = re.compile(r"(?:[^\s.\[\]=<>!\"'$()?@,*~:\u2260\u2264\u2265^]|\^(?!=))+")
#: A column of a table with ``json=True``, and its parts: keys, those with other characters as JSON texts; an element first.
_KEY = rf"{_BARE_STEP.pattern}|\"(?:[^\"\\\\]|\\\\.)*\""
_NAME = re.compile(rf"(?:\[[0-9]{{1,9}}\]|{_KEY})(?:\.(?:{_KEY}))*\Z")
_PART = re.compile(rf"\[[0-9]{{1,9}}\]|{_KEY}")
_INDEX = re.compile(r"\[\s*(-?[0-9]{1,9})\s*\]")
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)(k|m|g)?(i)?b?\Z", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,15}\Z")
_DURATION = re.compile(
    r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|msecs?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)){1,5}\Z"
)
_LAPSE = re.compile(r"([0-9.]+)(ms|[smhd])[a-z]*")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\Z")
#: What stands between a name and a value, in all spellings that people bring along → ours.
_SIGNS: Final[Mapping[str, str]] = {
    **{sign: sign for sign in ("=", "!=", "<", "<=", ">", ">=", "~", "!~")},
    **{"==": "=", "===": "=", "!==": "!=", "<>": "!=", "=~": "~", "~=": "~"},
    **{"\u2260": "!=", "\u2264": "<=", "\u2265": ">="},
    **{"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "contains": "~", "matches": "~"},
}
_SIGN = re.compile(
    r"\s*(===|!==|==|!=|<>|<=|>=|=~|!~|~=|[=<>~\u2260\u2264\u2265](?!=)|\s(?:eq|ne|lt|le|gt|ge|contains|matches)(?=\s+\S))"
    r"|(:(?:[<>]=?|=)?)"
)
_KEYED = re.compile(r"([A-Za-z]+|#)(\s*(?:==|!=|<>|<=|>=|[=<>\u2260\u2264\u2265])|:(?:[<>]=?|!=|=)?)")
_OPERATOR = re.compile(r"(or|and|not|\|\|?|&&?)(?=[\s()]|$)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_]{1,100}(?=\s|\Z)")
#: Words that may be something else than text, with what stands beside them.
_SPECIAL = frozenset({"or", "and", "not", *_KEYS, *_ALIASES, *mistakes.WORDS})
_FACTOR = {"": 0, "k": 1, "m": 2, "g": 3}
#: Steps of a path, values of a comparison, and groups within groups: more than anybody writes. Reading is recursive.
_STEPS = 100
_VALUES = 1000
_DEPTH = 50
#: Characters of a value that an error quotes.
_SHOWN = 60
_UNIT = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}


def parse(text: str, now_ns: int | None = None) -> tuple[Term, ...]:
    """Read a filter.

    Parameters
    ----------
    text : str
        The filter; empty matches everything.
    now_ns : int, optional
        What ``since:10s`` counts back from, in nanoseconds since the epoch; the current time by default.

    Returns
    -------
    tuple of Term
        In the order they were written; all must hold.

    Raises
    ------
    QueryError
        With the position of the first mistake.
    """
    return _Reader(text, time.time_ns() if now_ns is None else now_ns).terms()


def parse_path(text: str) -> tuple[Step, ...]:
    """Read a JSON path and nothing else, as of a column.

    Parameters
    ----------
    text : str
        As in a filter, ``$.data.price``; or as `Log.to_pandas` names the column with ``json=True``, ``data.price``.

    Returns
    -------
    tuple of Step
        As of `Path`.

    Raises
    ------
    QueryError
        With the position of the mistake.

    Examples
    --------
    >>> parse_path("$.items[0].id"), parse_path("data.price")
    (('items', 0, 'id'), ('data', 'price'))
    """
    reader = _Reader(text, 0)
    if not reader.space():
        raise reader.fail("a path is missing; write $.key", 0)
    begin = reader.at
    if text[begin] == "$":
        steps = reader.steps(1)
    elif text[begin] == ".":  # jq's spelling
        steps = reader.steps(0)
    elif _NAME.match(text.strip()):
        return tuple(
            int(part[1:-1]) if part[0] == "[" else str(json.loads(part)) if part[0] == '"' else part
            for part in _PART.findall(text)
        )
    else:
        raise reader.fail("a path begins with $: write $.key", begin)
    end = reader.at
    if reader.sign():
        raise reader.fail("a path is wanted, without a comparison", end)
    if reader.space():
        if reader.at > end:
            raise reader.fail("one path is wanted; nothing can stand behind it", reader.at)
        raise reader.unfinished(begin)
    return steps


def tables() -> dict[str, object]:
    """Give the grammar's names and patterns, for the filter of a shared page, which is read without Python.

    Returns
    -------
    dict
        Values of JSON; patterns with their flags in front, as in ``(?i)``.
    """
    plain, patterns = mistakes.tables()
    patterns |= {"operator": _OPERATOR, "keyed": _KEYED, "size": _SIZE, "duration": _DURATION, "clock": _CLOCK}
    patterns |= {"sign": _SIGN, "step": _BARE_STEP, "index": _INDEX, "number": _NUMBER}
    return {
        **plain,
        "keys": _KEYS,
        "aliases": dict(_ALIASES),
        "directions": dict(_DIRECTIONS),
        "kinds": ALL,
        "kind": dict(_KINDS),
        "signs": dict(_SIGNS),
        "patterns": {name: _with_flags(pattern) for name, pattern in patterns.items()},
    }


def _with_flags(pattern: re.Pattern[str]) -> str:
    letters = "i" * bool(pattern.flags & re.IGNORECASE) + "s" * bool(pattern.flags & re.DOTALL)
    return f"(?{letters}){pattern.pattern}" if letters else pattern.pattern


def path_text(steps: Sequence[Step]) -> str:
    """Write a path as a filter reads it.

    Parameters
    ----------
    steps : sequence of Step
        As of `Path`.

    Returns
    -------
    str

    Examples
    --------
    >>> path_text(("items", None, "odd key"))
    '$.items.*["odd key"]'
    """
    parts = ["$"]
    deep = False
    for step in steps:
        if step is ...:
            deep = True
            continue
        if step is None:
            part = ".*"
        elif isinstance(step, int):
            part = f"[{step}]"
        elif _BARE_STEP.fullmatch(step):
            part = f".{step}"
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            part = f'["{escaped}"]'
        parts.append(f"..{part.removeprefix('.')}" if deep else part)
        deep = False
    return "".join(parts)


class _Reader:
    """A cursor over the text; each method reads one form and leaves the cursor behind it."""

    def __init__(self, text: str, now_ns: int) -> None:
        self.text = text
        self.now_ns = now_ns
        self.at = 0
        self.depth = 0
        self.caseless = False

    def fail(self, message: str, position: int) -> QueryError:
        return QueryError(message, self.text, position)

    def space(self) -> bool:
        """Move past white space; tell whether more follows in this group."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text) and not (self.depth and self.text[self.at] == ")")

    def ended(self, at: int) -> bool:
        """Tell whether a term may end here."""
        return at >= len(self.text) or self.text[at].isspace() or (self.depth > 0 and self.text[at] == ")")

    def terms(self) -> tuple[Term, ...]:
        return self.either() if self.space() else ()

    # ---- or, and, not, groups

    def operator(self) -> str:
        """Recognize and, or, not at the cursor, in whatever spelling; empty when there is none."""
        found = _OPERATOR.match(self.text, self.at)
        if found is None:
            return ""
        word = found[1]
        if word.isalpha() and word not in (word.lower(), word.upper()):
            raise self.fail(
                f'is {word} an operator? Then type {word.lower()}; to search for the word, quote it: "{word}"',
                self.at,
            )
        if word.lower() == "not" or word.lower() in ("or", "and"):
            return word.lower()
        return "or" if word[0] == "|" else "and"

    def either(self) -> tuple[Term, ...]:
        start, caseless = self.at, self.caseless
        ways = [self.both()]
        while self.space() and self.operator() == "or":
            self.skip("or")
            ways.append(self.both())
        self.caseless = caseless
        if len(ways) == 1:
            return ways[0]
        return (Some(start, False, tuple(w[0] if len(w) == 1 else Every(w[0].position, False, w) for w in ways)),)

    def both(self) -> tuple[Term, ...]:
        found: list[Term] = []
        while self.space() and (operator := self.operator()) != "or":
            if operator == "and":
                if not found:
                    break
                self.skip("and")
            found.append(self.unary())
        if not found:
            word = _OPERATOR.match(self.text, self.at)
            shown = word[1] if word else ""
            raise self.fail(
                f'a term is missing in front of {shown}; to search for the word, quote it: "{shown}"', self.at
            )
        self.consistent(found)
        return tuple(found)

    def skip(self, name: str) -> None:
        """Move past an operator; what it joins must follow."""
        start = self.at
        found = _OPERATOR.match(self.text, start)
        assert found is not None
        self.at = found.end()
        if not self.space() or (name != "not" and self.operator() in ("or", "and")):
            word = found[1]
            raise self.fail(f'a term is missing behind {word}; to search for the word, quote it: "{word}"', start)

    def consistent(self, terms: Sequence[Term]) -> None:
        """Refuse kinds or directions side by side of which no message can be both."""
        for name, kind in (("kind", Kind), ("dir", Direction)):
            left: frozenset[str] | None = None
            for term in terms:
                if isinstance(term, kind) and not term.negated:
                    assert isinstance(term, (Kind, Direction))
                    left, before = term.values if left is None else left & term.values, left
                    if not left:
                        both = ",".join(sorted((before or frozenset()) | term.values))
                        raise self.fail(
                            f"no message is both: terms side by side must all hold. For either type {name}:{both}",
                            term.position,
                        )

    def unary(self) -> Term:
        start, negated, caseless = self.at, False, self.caseless
        plain = _PLAIN.match(self.text, start)
        if plain and plain[0].lower() not in _SPECIAL:
            self.at = plain.end()
            return Word(start, False, plain[0], caseless)  # most terms, quickly
        deep = 0
        while True:
            deep += 1
            text, at = self.text, self.at
            if deep > _DEPTH:
                raise self.fail(f"more than {_DEPTH} negations", at)
            if self.operator() == "not":
                self.skip("not")
                negated = not negated
                continue
            # A lone dash is text. A negative number has to be quoted: "-5".
            if text[at] == "-" and not self.ended(at + 1):
                mistake = mistakes.grep_option(text, at)
                if mistake is not None:
                    raise self.fail(mistake, at)
                self.at += 1
                negated = not negated
            elif text[at] == "!" and (mistakes.negates(text, at + 1) or text[at + 1 : at + 2].isspace()):
                self.at += 1
                negated = not negated
                if not self.space():
                    raise self.fail('a term is missing behind !; to search for it, quote it: "!"', at)
                continue
            if text[self.at : self.at + 2] in ("i:", "I:"):
                self.at += 2
                self.caseless = True
                if self.ended(self.at):
                    # All that follows, to the end of the group.
                    caseless = True
                    if not self.space():
                        raise self.fail("i: ignores case, of what? Type i:word", at)
                continue
            break
        term = self.term(start, negated)
        if isinstance(term, Word) and term.caseless and len(term.text) > LONGEST // 2:
            raise self.fail(f"i: it has {len(term.text):,} characters; at most {LONGEST // 2:,} are allowed", start)
        self.caseless = caseless
        if not self.ended(self.at):
            raise self.fail(
                "expected a space before the next term; quote text that contains quotes: '\"a\":1'", self.at
            )
        return term

    def term(self, start: int, negated: bool) -> Term:
        first = self.text[self.at]
        if first in "\"'":
            return Word(start, negated, self.quoted(), self.caseless)
        if first == "/":
            return Regex(start, negated, self.regex())
        if first == "$":
            return self.path(start, negated)
        if first == "(":
            return self.group(start, negated)
        if mistakes.jq_path(self.text, self.at):
            return self.path(start, negated, 0)
        return self.word(start, negated)

    def group(self, start: int, negated: bool) -> Term:
        opened = self.at
        if self.depth == _DEPTH:
            raise self.fail(f"groups nest at most {_DEPTH} deep", opened)
        if re.compile(r"\(\?[aimsuxL:=!<-]").match(self.text, opened):
            raise self.fail(
                'a regular expression stands between slashes: /word/i; to search for (?, quote it: "(?"', opened
            )
        self.at += 1
        self.depth += 1
        if not self.space():
            closed = self.at < len(self.text)
            raise self.fail(
                'this group is empty; to search for parentheses, quote them: "()"'
                if closed
                else 'this ( is never closed; to search for it, quote it: "("',
                opened,
            )
        terms = self.either()
        if self.text[self.at : self.at + 1] != ")":
            raise self.fail('this ( is never closed; to search for it, quote it: "("', opened)
        self.at += 1
        self.depth -= 1
        only = terms[0] if len(terms) == 1 else Every(start, False, terms)
        return replace(only, position=start, negated=only.negated is not negated)

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
        """Move past the text between two marks; the position of the second, or -1."""
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
        none = re.RegexFlag(0)
        flags = re.IGNORECASE if self.caseless else none
        while not self.ended(self.at):
            # g and u are JavaScript's, and change nothing here.
            flag = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "g": none, "u": none}.get(self.text[self.at])
            if flag is None:
                raise self.fail(
                    "only i, s or m may follow a regular expression; to search for this text, quote it", self.at
                )
            flags |= flag
            self.at += 1
        if len(source) > LONGEST:  # before it is read
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

    def bare(self, stops: str = "") -> str:
        """Read up to white space; parentheses within belong to the word, one that closes the group does not."""
        start, opened = self.at, 0
        while self.at < len(self.text) and not (char := self.text[self.at]).isspace() and char not in stops:
            opened += (char == "(") - (char == ")")
            if opened < 0 and self.depth:
                break
            self.at += 1
        return self.text[start : self.at]

    # ---- key:value

    def word(self, start: int, negated: bool) -> Term:
        begin = self.at
        keyed = _KEYED.match(self.text, begin)
        if keyed:
            name = keyed[1].lower()
            key = _ALIASES.get(name, name)
            sign = keyed[2].strip()
            if sign[0] == ":":
                sign = sign[1:] or ":"
            if key in _KEYS or (key == "#" and name != "#"):
                self.at = keyed.end()
                return self.keyed(start, negated, key, name, _SIGNS.get(sign, sign))
            if name == "#" and keyed[2][0] != ":":
                self.at = keyed.end()
                return self.keyed(start, negated, key, name, _SIGNS.get(sign, sign))
        elif re.match(r"#[-:]?[0-9]|#\.", self.text[begin : begin + 3]):
            self.at += 1
            return self.keyed(start, negated, "#", "#", ":")
        word = self.bare()
        mistake = mistakes.of(self.text, begin, word, _KEYS, _ALIASES)
        if mistake is not None:
            raise self.fail(mistake[0], begin + mistake[1])
        return Word(start, negated, word, self.caseless)

    def keyed(self, start: int, negated: bool, key: str, name: str, sign: str) -> Term:
        at = self.at
        if at < len(self.text) and self.text[at].isspace():
            self.space()  # "size: 5", "size > 5"
        at = at if self.ended(self.at) else self.at
        if self.text[self.at : self.at + 1] in ('"', "'"):
            value = self.quoted()
            at += 1
            if key == "note" and sign in (":", "=", "!="):
                return Bookmarked(start, negated is not (sign == "!="), (value,), self.caseless)
            if key == "label" and sign in (":", "=", "!="):
                return Label(start, negated is not (sign == "!="), (value,), None, self.caseless)
        elif key == "label" and sign in (":", "=", "!=") and self.text[self.at : self.at + 1] == "/":
            return Label(start, negated is not (sign == "!="), (), self.regex())
        else:
            value = self.bare()
        if sign == "!=":
            sign, negated = ":", not negated
        elif sign == "=":
            sign = ":"
        if key in ("size", "conn", "#"):
            return self.numbers(
                start, negated, key, ("" if sign == ":" else sign) + value, at - (sign != ":") * len(sign)
            )
        if sign != ":":
            how = {"since": "since:12:00", "before": "before:12:00"}.get(key, f"{key}:{value or 'value'}")
            if key in ("since", "before") and sign[0] in "<>":
                how = f"{'before' if sign[0] == '<' else 'since'}:{value or '12:00'}"
            raise self.fail(f"{key}: has no {sign}; type {how}", at - len(sign))
        if key == "dir":
            return Direction(start, negated, self.choices(key, value, at, DIRECTIONS, _DIRECTIONS))
        if key == "kind":
            return Kind(start, negated, self.choices(key, value, at, ALL, _KINDS))
        if key in ("label", "note"):
            texts = tuple(filter(None, value.split("|")))
            if not texts:
                raise self.fail(f"{key}: a text is missing; type {key}:{_EXAMPLE[key]}", at)
            if key == "note":
                return Bookmarked(start, negated, texts, self.caseless)
            return Label(start, negated, texts, None, self.caseless)
        if key == "is":
            if value.lower() not in _MARKED:
                raise self.fail(
                    f"is: {_quoted(value)} is unknown; it is is:bookmarked. For others type kind: or dir:"
                    if value
                    else "is: a value is missing; type is:bookmarked",
                    at,
                )
            return Bookmarked(start, negated)
        if key == "decoder":
            return Decoder(start, negated, self.decoders(value, at))
        if key == "hex":
            spread = re.compile(r"(?:\s+[0-9A-Fa-f]{2}(?=[\s)]|\Z))+").match(self.text, self.at)
            if spread and value == self.text[at : self.at]:
                raise self.fail(
                    f'hex: bytes with spaces between them are quoted: hex:"{value}{spread[0][:_SHOWN]}"', at
                )
            return Hex(start, negated, self.hexadecimal(value, at))
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and re.match(r" [0-9]{1,2}:[0-9]", self.text[self.at :]):
            raise self.fail(f"{name}: a T stands between day and time: {name}:{value}T12:00", at)
        if value.startswith("#"):
            if not _WHOLE.match(value[1:]):
                raise self.fail(f"{name}: {_quoted(value)} is not a row; type {name}:#123", at)
            row = int(value[1:])
            if key == "before":
                return Index(start, negated, 0, row - 1)
            return Index(start, negated, row + (name == "after"), None)
        if key == "before":
            return Before(start, negated, self.moment(key, value, at)[0])
        return Since(start, negated, *self.moment(key, value, at))

    def choices(
        self, key: str, value: str, at: int, allowed: tuple[str, ...], known: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        chosen: list[str] = []
        for item in re.split(r"[,|]", value):
            lower = item.lower()
            if lower not in known:
                if item[:1] in ("-", "!") and lower[1:] in known:
                    raise self.fail(f"{key}: has no {item[0]} within; to leave these out type -{key}:{lower[1:]}", at)
                near = difflib.get_close_matches(lower, allowed, 1)
                more = f"; did you mean {near[0]}?" if item and near else f"; it is one of {', '.join(allowed)}"
                raise self.fail(
                    f"{key}: {_quoted(item)} is unknown{more}" if item else f"{key}: a value is missing{more}", at
                )
            chosen += known[lower]
            at += len(item) + 1
        return frozenset(chosen)

    def decoders(self, value: str, at: int) -> frozenset[str]:
        from ...decoders.registry import DECODERS  # which most filters never name

        known = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in DECODERS}
        chosen = set()
        for item in re.split(r"[,|]", value):
            name = known.get(re.sub(r"[^a-z0-9]", "", item.lower()))
            if name is None:
                near = difflib.get_close_matches(item.lower(), DECODERS, 1)
                more = f"; did you mean {near[0]}?" if item and near else f"; it is one of {', '.join(DECODERS)}"
                raise self.fail(
                    f"decoder: {_quoted(item)} is unknown{more}" if item else f"decoder: a name is missing{more}", at
                )
            chosen.add(name)
            at += len(item) + 1
        return frozenset(chosen)

    def hexadecimal(self, value: str, at: int) -> bytes:
        digits = re.sub(r"0x|\\x|[\s:,_-]", "", value, flags=re.IGNORECASE)
        if not digits:
            raise self.fail("hex: the bytes are missing; type hex:9003", at)
        try:
            return bytes.fromhex(digits)
        except ValueError:
            raise self.fail(
                f"hex: {_quoted(value)} is not bytes; type two digits for each, as in hex:9003", at
            ) from None

    def numbers(self, start: int, negated: bool, key: str, value: str, at: int) -> Term:
        """Read ``5``, ``>5``, ``5..10``, or several of them with commas between."""
        make, label = {
            "size": (Size, "size:"),
            "conn": (Connection, "conn:"),
            "#": (Index, "#"),
        }[key]
        ranges = []
        for item in re.split(r"[,|]", value):
            ranges.append(self.between(label, item, at, self.bytes if key == "size" else self.whole(label)))
            at += len(item) + 1
        terms = tuple(make(start, False, low, high) for low, high in ranges)
        if len(terms) == 1:
            return replace(terms[0], negated=negated)
        return Some(start, negated, terms)

    def between(self, label: str, value: str, at: int, read: Callable[[str, int], int]) -> tuple[int, int | None]:
        low, dots, high = value.partition("..")
        if dots:
            if not low and not high:
                raise self.fail(f"{label} a number is missing; write {label}10..20", at)
            least = read(low, at) if low else 0
            most = read(high, at + len(low) + 2) if high else None
            if most is not None and most < least:
                raise self.fail(f"{label} the range is empty, {low} is more than {high}", at)
            return least, most
        dashed = re.match(r"([0-9]+[kmgKMG]?i?)[-\u2013]([0-9]+[kmgKMG]?i?)\Z", value)
        if dashed:
            raise self.fail(f"{label} a range is written with dots: {label}{dashed[1]}..{dashed[2]}", at)
        for sign in (">=", "<=", ">", "<"):
            if value.startswith(sign):
                number = read(value[len(sign) :], at + len(sign))
                if sign == ">=":
                    return number, None
                if sign == ">":
                    return number + 1, None
                if sign == "<=":
                    return 0, number
                if number == 0:
                    what = " bytes" if label == "size:" else ""
                    raise self.fail(f"{label} nothing is smaller than 0{what}", at)
                return 0, number - 1
        number = read(value, at)
        return number, number

    def whole(self, label: str) -> Callable[[str, int], int]:
        def read(value: str, at: int) -> int:
            if not _WHOLE.match(value):
                raise self.fail(
                    f"{label} {_quoted(value)} is not a whole number" if value else f"{label} a number is missing", at
                )
            return int(value)

        return read

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

    def moment(self, key: str, value: str, at: int) -> tuple[int, int | None]:
        """Read a time: nanoseconds since the epoch, and how long ago when it was written as a duration."""
        if _DURATION.match(value):
            ago = sum(int(Decimal(number) * _UNIT[unit]) for number, unit in _LAPSE.findall(value))
            return self.now_ns - ago, ago
        clock = _CLOCK.match(value)
        # Local time, as the panel shows it; nanoseconds are added afterwards because datetime has none.
        now = datetime.fromtimestamp(self.now_ns / 1e9)
        try:
            if clock:
                moment = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=int(clock[3] or 0), microsecond=0)
                nanos = int((clock[4] or "0").ljust(9, "0"))
                if int(moment.timestamp()) * 10**9 + nanos > self.now_ns:
                    moment -= timedelta(days=1)
                return int(moment.timestamp()) * 10**9 + nanos, None
            if value in ("today", "yesterday"):
                return int(
                    (
                        now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=value == "yesterday")
                    ).timestamp()
                ) * 10**9, None
            if "-" in value:
                # Python 3.10 does not know the Z.
                return int(
                    Decimal(str(datetime.fromisoformat(re.sub(r"[zZ]\Z", "+00:00", value)).timestamp())) * 10**9
                ), None
        except (ValueError, OverflowError, OSError):
            pass  # not a time after all: the same answer as for any other text
        more = f"; {value}s, if seconds are meant" if re.match(r"[0-9.]{1,9}\Z", value) else ""
        raise self.fail(
            f"{key}: {_quoted(value)} is not a time; write 10s, 5m, 12:03:44 or 2026-01-31T12:00{more}"
            if value
            else f"{key}: a time is missing; write 10s, 5m, 12:03:44 or 2026-01-31T12:00",
            at,
        )

    # ---- JSON paths

    def path(self, start: int, negated: bool, mark: int = 1) -> Path:
        """Read a path, whose ``$`` has `mark` characters: 0 in jq's spelling."""
        begin = self.at
        steps = self.steps(mark)
        sign = self.sign()
        if not sign:
            if not self.ended(self.at):
                raise self.unfinished(begin)
            mistake = mistakes.of_path(self.text, begin, self.at)
            if mistake is not None:
                raise self.fail(*mistake)
            return Path(start, negated, steps, None)
        return Path(start, negated, steps, self.values(sign), sign, self.caseless, True)

    def unfinished(self, begin: int) -> QueryError:
        """Say what is wrong where a path does not go on."""
        mistake = mistakes.of_path(self.text, begin, self.at)
        return self.fail(
            *mistake or ("expected '.', '[', '=' or a space in this path; to search for this text, quote it", self.at)
        )

    def steps(self, mark: int) -> tuple[Step, ...]:
        """Read the steps behind the ``$``, which has `mark` characters."""
        begin = self.at
        self.at += mark
        steps: list[Step] = []
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if len(steps) >= _STEPS:
                raise self.fail(f"a path has at most {_STEPS} steps", self.at)
            if self.text[self.at] == "[":
                steps.append(self.bracketed(begin))
                continue
            if self.text.startswith("..", self.at) and not self.ended(self.at + 2):
                self.at += 1
                steps.append(...)
                if self.text[self.at + 1] == "[":
                    self.at += 1
                    continue
            if self.text.startswith(".[", self.at):  # jq's spelling
                self.at += 1
                continue
            steps.append(self.dotted())
        return tuple(steps)

    def sign(self) -> str:
        """Read what compares, with or without spaces around it."""
        negated = re.compile(r"\s*!~").match(self.text, self.at)
        found = negated or _SIGN.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        if negated:
            return "!~"
        sign = found[1].strip() if found[1] else found[2][1:] or "="
        mistake = mistakes.quoted_regex(self.text, self.at) if sign in ("=~", "matches") else None
        if mistake is not None:
            raise self.fail(mistake, self.at)
        return _SIGNS[sign]

    def dotted(self) -> str | None:
        self.at += 1
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
            return None
        if self.text[self.at : self.at + 1] in ('"', "'"):  # as jq and SQL write odd keys
            return self.quoted()
        match = _BARE_STEP.match(self.text, self.at)
        if not match:
            raise self.fail('a key is missing here; write $.key, $["odd key"] or $.*', self.at)
        self.at = match.end()
        return match[0]

    def bracketed(self, begin: int) -> str | int | None:
        opened = self.at
        for every in ("[*]", "[]"):
            if self.text.startswith(every, self.at):
                self.at += len(every)
                return None
        index = _INDEX.match(self.text, self.at)
        if index:
            self.at = index.end()
            return int(index[1])
        self.at += 1
        if self.text[self.at : self.at + 1] not in ('"', "'"):
            wanted = mistakes.jsonpath_filter(self.text, begin, opened)
            raise self.fail(wanted or 'expected an index, * or a quoted key: [0], [*] or ["key"]', self.at)
        key = self.quoted()
        if self.text[self.at : self.at + 1] != "]":
            raise self.fail("this bracket is never closed", opened)
        self.at += 1
        return key

    def values(self, sign: str) -> tuple[Value, ...]:
        """Read one value, or several with ``|`` or commas between."""
        after = self.at
        if not self.space():
            raise self.fail(f"a value is missing after '{sign}'; for an empty text write \"\"", after)
        begin, bare, items = self.at, True, 0
        if sign in ("~", "!~") and self.text[begin] == "/":
            return (self.regex(),)
        found: list[Value] = []
        while True:
            at = self.at
            values, quoted = self.value(sign, at)
            bare = bare and not quoted
            found += values
            items += 1
            if items > _VALUES:
                raise self.fail(f"a path is compared with at most {_VALUES:,} values", at)
            if self.text[self.at : self.at + 1] not in ("|", ","):
                break
            self.at += 1
        if items > 1 and sign not in ("=", "!=", "~", "!~"):
            raise self.fail(f"{sign} compares with one value", begin)
        if items > 1 and bare:
            found.append(self.text[begin : self.at])  # "Smith,John" may be one text
        return tuple(dict.fromkeys(found))

    def value(self, sign: str, at: int) -> tuple[tuple[Value, ...], bool]:
        """Read one value: what it may mean, and whether it was quoted."""
        if self.text[at : at + 1] == '"':
            # JSON's own spelling, so that a value can be pasted; the quotes say that it is a text.
            try:
                text, self.at = json.JSONDecoder(strict=False).raw_decode(self.text, at)
            except ValueError as error:
                raise self.fail("this JSON text is not closed, or holds a bad escape", at) from error
            return (str(text),), True
        if self.text[at : at + 1] == "'":
            if self.text.startswith("''", at):
                self.at += 2
                return ("",), True
            return (self.quoted(),), True
        word = self.bare("|,")
        if not word:
            raise self.fail("a value is missing here; to compare with this text, quote it", at)
        mistake = mistakes.of_value(word, sign)
        if mistake is not None:
            raise self.fail(mistake, at)
        if sign in ("~", "!~"):
            return (word.strip("*") or word,), False
        if sign in ("<", "<=", ">", ">="):
            if not _NUMBER.match(word):
                raise self.fail(
                    f'{sign} compares with a number; to compare texts, quote this one: {sign}"{word[:_SHOWN]}"', at
                )
            return (Decimal(word),), False
        low, dots, high = word.partition("..")
        if dots and (low or high) and all(not part or _NUMBER.match(part) for part in (low, high)):
            span = Range(Decimal(low) if low else None, Decimal(high) if high else None)
            if span.low is not None and span.high is not None and span.high < span.low:
                raise self.fail(f"the range is empty, {low} is more than {high}", at)
            return (span,), False
        if "*" in word:
            return (Glob(tuple(word.split("*"))),), False
        for names, meant in ((("true",), True), (("false",), False), (("null", "none", "nil"), None)):
            if word.lower() in names:
                return tuple(dict.fromkeys((meant, names[0], word))), False
        # Without quotes both 7 and "7" are meant: half of all price feeds quote their numbers.
        return ((Decimal(word), word) if _NUMBER.match(word) else (word,)), False


def _quoted(value: str) -> str:
    """Quote what was typed, or pasted, in an error."""
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
