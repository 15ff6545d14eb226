"""The conditions of a filter on payloads: words, regular expressions, JSON paths.

Each tests one payload, and names literal bytes that every matching payload contains, so that most payloads need not be
parsed. Pure functions; any thread.
"""

from __future__ import annotations

import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from . import grammar
from .json import NOT_JSON, parse_json
from .patterns import Pattern, stoppable

#: White space between JSON tokens (RFC 8259 section 2).
_SPACE: Final = rb"[ \t\r\n]*"
#: A numeric escape in JSON can be any character, so a payload with one may contain a key or value without its letters.
_ESCAPE: Final = b"\\u"
#: Letters outside ASCII that equal an ASCII letter if case is ignored.
_CASELESS: Final = {"k": "\u212a", "s": "\u017f", "i": "\u0130"}

_MISSING: Final = object()


@dataclass(frozen=True)
class Condition(ABC):
    """Base of the three conditions. Every payload that it holds for contains ``needle`` or one of ``others``.

    Parameters
    ----------
    negated : bool
        Whether the payloads for which it does *not* hold are wanted.
    needle : bytes
        Literal bytes; empty if none are known.
    folded : bool
        The needle is in lower case, and the payload must be converted to lower case (ASCII) to search for it.
    others : tuple of bytes
        Rare bytes with which a payload may match without the needle.
    near : re.Pattern of bytes, optional
        More selective than the needle: every payload that it holds for has a match, or one of ``others``.
    """

    negated: bool
    needle: bytes
    folded: bool
    others: tuple[bytes, ...]
    near: re.Pattern[bytes] | None

    def possible(self, payload: bytes) -> bool:
        """Tell quickly whether it may hold.

        Parameters
        ----------
        payload : bytes
            The row's bytes.

        Returns
        -------
        bool
        """
        if self.needle in (payload.lower() if self.folded else payload) and (
            self.near is None or self.near.search(payload)
        ):
            return True
        return any(other in payload for other in self.others)

    @abstractmethod
    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """Tell whether it holds, ignoring ``negated``.

        Parameters
        ----------
        payload : bytes
            The row's bytes, for which `possible` is true.
        text_from : int, default 0
            Offset of its text (2 in a close frame: RFC 6455 section 5.5.1).

        Returns
        -------
        bool
        """


@dataclass(frozen=True)
class Contains(Condition):
    """The payload contains `needle`."""

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`; true, because `possible` is."""
        return True


@dataclass(frozen=True)
class Matches(Condition):
    """The payload's text has a match of `pattern`."""

    pattern: Pattern

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`; raises `SlowPatternError` if the search takes too long."""
        return self.pattern.search(str(payload[text_from:], "utf-8", "replace"))


@dataclass(frozen=True)
class HasPath(Condition):
    """The payload is JSON that has a path, and one of some values there.

    Parameters
    ----------
    steps, values
        As for `grammar.Path`.
    numeric : bool
        Whether a value is a number, so that floats must be parsed exactly.
    """

    steps: tuple[str | int | None, ...]
    values: tuple[str | bool | Decimal | None, ...] | None
    numeric: bool

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`; false if the payload is not JSON, or nested too deeply to parse."""
        value = parse_json(payload, self.numeric)
        return value is not NOT_JSON and self._found(value, 0)

    def _found(self, value: Any, at: int) -> bool:
        for place in range(at, len(self.steps)):
            step = self.steps[place]
            if isinstance(step, str):
                value = value.get(step, _MISSING) if isinstance(value, dict) else _MISSING
            elif step is None:
                children: Iterable[Any] = (
                    value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
                )
                return any(self._found(child, place + 1) for child in children)
            else:
                value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else _MISSING
            if value is _MISSING:
                return False
        if self.values is None:
            return True
        for wanted in self.values:  # noqa: SIM110 - any() would take as long as the rest of this method
            if _equal(value, wanted):
                return True
        return False


def _equal(value: Any, wanted: str | bool | Decimal | None) -> bool:
    if isinstance(wanted, Decimal):
        # True == 1 in Python, not in JSON.
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value == wanted
    return value is wanted or (isinstance(wanted, str) and isinstance(value, str) and value == wanted)


def compile_condition(term: grammar.Word | grammar.Regex | grammar.Path) -> Condition:
    """Make the condition for a term.

    Parameters
    ----------
    term : grammar.Word, grammar.Regex or grammar.Path
        The term.

    Returns
    -------
    Condition
    """
    if isinstance(term, grammar.Word):
        return Contains(term.negated, _utf8(term.text), False, (), None)
    if isinstance(term, grammar.Regex):
        literal = required_literal(term.pattern)
        folded = bool(term.pattern.flags & re.IGNORECASE)
        others = tuple(_utf8(c) for letter, equals in _CASELESS.items() if folded and letter in literal for c in equals)
        return Matches(term.negated, _utf8(literal), folded, others, None, stoppable(term.pattern))
    keys = [needle for step in term.steps if isinstance(step, str) and (needle := _spelled(f'"{step}"'))]
    needle, near = max(keys, key=len, default=b""), None
    if term.values is not None:
        last = term.steps[-1] if term.steps else None
        key = _spelled(f'"{last}"') if isinstance(last, str) else b""
        value = _spellings(term.values)
        if value and key:
            needle, near = key, re.compile(re.escape(key) + _SPACE + b":" + _SPACE + value)
        elif value:
            near = re.compile(value)
    numeric = any(isinstance(value, Decimal) for value in term.values or ())
    return HasPath(term.negated, needle, False, (_ESCAPE,), near, term.steps, term.values, numeric)


def _spellings(values: tuple[str | bool | Decimal | None, ...]) -> bytes:
    """Compose a pattern that matches the beginning of each value in JSON without numeric escapes; empty if there is none."""
    ways = []
    for value in values:
        if isinstance(value, Decimal):
            # 7 may be written 7.0, and 1.50 may be 1.5: match the digits that they have in common, or any number with
            # an exponent. The look-behind tries each run of digits once; otherwise long ones would take quadratic time.
            digits = format(value.copy_abs(), "f")
            digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
            ways.append(b"-?(?:" + re.escape(digits[:40]).encode() + rb"|(?<![0-9])[0-9]+(?:\.[0-9]+)?[eE])")
        else:
            spelled = (
                _spelled(f'"{value}"')
                if isinstance(value, str)
                else {True: b"true", False: b"false", None: b"null"}[value]
            )
            if not spelled:
                return b""
            ways.append(re.escape(spelled))
    return b"(?:" + b"|".join(ways) + b")"


def _utf8(text: str) -> bytes:
    # A filter may contain a lone surrogate, which no payload does.
    return text.encode("utf-8", "surrogatepass")


def _spelled(literal: str) -> bytes:
    """Return the bytes of a JSON literal if it can be written in one way only (without numeric escapes); otherwise nothing."""
    inside = literal[1:-1] if literal[:1] == '"' else literal
    return b"" if any(c in '"\\/' or c < " " for c in inside) else _utf8(literal)


def required_literal(pattern: re.Pattern[str]) -> str:
    """Find a text that every match of a pattern contains.

    Parameters
    ----------
    pattern : re.Pattern
        Any pattern.

    Returns
    -------
    str
        The longest one that is found in the parsed pattern; may be empty. In lower case and ASCII only, if the pattern
        ignores case.

    Examples
    --------
    >>> required_literal(re.compile(r'"price": ?[0-9]+(?:foo|bar)'))
    '"price":'
    """
    with warnings.catch_warnings():
        # Importing the parser under its Python 3.10 name is deprecated later, and parsing may repeat the warnings of
        # re.compile() (FutureWarning: "possible nested set").
        warnings.simplefilter("ignore")
        try:
            from re import _parser as parser  # type: ignore[attr-defined,unused-ignore]
        except ImportError:  # pragma: no cover - Python 3.10
            import sre_parse as parser  # type: ignore[no-redef,unused-ignore]
        tree = parser.parse(pattern.pattern, pattern.flags)
    runs = [""]
    _collect(tree, runs, bool(pattern.flags & re.IGNORECASE))
    return max(runs, key=len)


def _collect(tree: Any, runs: list[str], caseless: bool) -> None:
    # By name, because some opcodes exist only since Python 3.11.
    for op, value in tree:
        name = str(op)
        # Not U+FFFD, which the text has instead of invalid bytes of the payload.
        if name == "LITERAL" and value != 0xFFFD and (value < 0x80 or not caseless):
            runs[-1] += chr(value).lower() if caseless else chr(value)
            continue
        runs.append("")
        if name == "SUBPATTERN" and (caseless or not value[1] & re.IGNORECASE):
            _collect(value[3], runs, caseless)
        elif name == "ATOMIC_GROUP":
            _collect(value, runs, caseless)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0] > 0:
            _collect(value[2], runs, caseless)
        runs.append("")
