"""The conditions of a filter that look at payloads: words, regular expressions, JSON paths.

Each decides for one payload, and names the literal bytes without which the answer is no, so that most payloads are
never looked into. Pure functions; any thread.
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

#: What white space between JSON tokens is (RFC 8259 section 2).
_SPACE: Final = rb"[ \t\r\n]*"
#: A JSON escape can stand for any character, so it can hide a key or a value from a search for its letters.
_ESCAPE: Final = b"\\u"
#: Letters outside ASCII that are equal to one inside when case is ignored.
_CASELESS: Final = {"k": "\u212a", "s": "\u017f", "i": "\u0130"}

_MISSING: Final = object()


@dataclass(frozen=True)
class Condition(ABC):
    """Base of the three. Every payload it holds for contains `needle` or one of `others`.

    Parameters
    ----------
    negated : bool
        True when the payloads for which it does not hold are wanted.
    needle : bytes
        Literal bytes; empty when nothing is known.
    folded : bool
        The needle is lower case and the payload must be made so (ASCII) before it is looked for.
    others : tuple of bytes
        Rare bytes without which there is no way around the needle.
    near : re.Pattern of bytes, optional
        Sharper than the needle: must be found in the payload, unless one of `others` is.
    """

    negated: bool
    needle: bytes
    folded: bool
    others: tuple[bytes, ...]
    near: re.Pattern[bytes] | None

    def possible(self, payload: bytes) -> bool:
        """Tell, cheaply, whether it may hold.

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
        """Decide, without regard to `negated`.

        Parameters
        ----------
        payload : bytes
            The row's bytes, for which it is `possible`.
        text_from : int, default 0
            Where its text begins (2 in a close frame: RFC 6455 section 5.5.1).

        Returns
        -------
        bool
        """


@dataclass(frozen=True)
class Contains(Condition):
    """The payload contains `needle`."""

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`: what is possible holds."""
        return True


@dataclass(frozen=True)
class Matches(Condition):
    """The payload's text has a match of `pattern`."""

    pattern: Pattern

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`; raises `SlowPatternError` when it has to be stopped."""
        return self.pattern.search(str(payload[text_from:], "utf-8", "replace"))


@dataclass(frozen=True)
class HasPath(Condition):
    """The payload is JSON with a path, and (one of) a value there.

    Parameters
    ----------
    steps, values
        As for `grammar.Path`.
    numeric : bool
        Whether a number is looked for, so that floats have to be exact.
    """

    steps: tuple[str | int | None, ...]
    values: tuple[str | bool | Decimal | None, ...] | None
    numeric: bool

    def holds(self, payload: bytes, text_from: int = 0) -> bool:
        """As `Condition.holds`. What is not JSON, or nested too deeply to parse, has no path."""
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
        for wanted in self.values:  # noqa: SIM110 - any() would cost as much as the rest
            if _equal(value, wanted):
                return True
        return False


def _equal(value: Any, wanted: str | bool | Decimal | None) -> bool:
    if isinstance(wanted, Decimal):
        # True == 1 in Python, not in JSON.
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value == wanted
    return value is wanted or (isinstance(wanted, str) and isinstance(value, str) and value == wanted)


def compile_condition(term: grammar.Word | grammar.Regex | grammar.Path) -> Condition:
    """Make the condition of a term.

    Parameters
    ----------
    term : grammar.Word, grammar.Regex or grammar.Path
        What was written.

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
    """Compose a pattern of how JSON can begin to spell one of the values, numeric escapes aside; empty when that is unknown."""
    ways = []
    for value in values:
        if isinstance(value, Decimal):
            # 7 may be spelled 7.0, and 1.50 may be 1.5: the digits all spellings share, or anything with an exponent.
            # Tried once for each run of digits: from each digit of a number of a megabyte it would take for ever.
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
    # A lone surrogate can be typed, and is found nowhere.
    return text.encode("utf-8", "surrogatepass")


def _spelled(literal: str) -> bytes:
    """Bytes of a JSON literal when, but for numeric escapes, it can be spelled in one way only; else empty."""
    inside = literal[1:-1] if literal[:1] == '"' else literal
    return b"" if any(c in '"\\/' or c < " " for c in inside) else _utf8(literal)


def required_literal(pattern: re.Pattern[str]) -> str:
    """Find a text that every match of a pattern contains.

    Parameters
    ----------
    pattern : re.Pattern
        Any.

    Returns
    -------
    str
        The longest that is easily seen; empty when there is none. Lower case, and ASCII, when the pattern ignores case.

    Examples
    --------
    >>> required_literal(re.compile(r'"price": ?[0-9]+(?:foo|bar)'))
    '"price":'
    """
    with warnings.catch_warnings():
        # Python 3.10 has this parser under a public name that later ones deprecate. Compiling again may also warn
        # (FutureWarning: "possible nested set"), which compiling the first time did already.
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
    # Names, not constants: some opcodes exist only from Python 3.11 on.
    for op, value in tree:
        name = str(op)
        # U+FFFD is what broken bytes of a binary payload are shown as: not in the payload itself.
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
