"""The conditions of a filter that look at payloads: words, bytes, regular expressions, JSON paths.

Each decides for one payload, and names the literal bytes without which the answer is no, so that most payloads are
never looked into. Pure functions; any thread.
"""

from __future__ import annotations

import json
import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from . import grammar
from .grammar import Glob, Range, Value
from .json import NOT_JSON, batch
from .look import Look
from .patterns import Pattern, stoppable

#: What white space between JSON tokens is (RFC 8259 section 2).
_SPACE: Final = rb"[ \t\r\n]*"
#: A JSON escape can stand for any character, so it can hide a key or a value from a search for its letters.
_ESCAPE: Final = b"\\u"
#: In front of the two digits of an ASCII character; and those of one that can be seen.
ESCAPE_LOW: Final = b"\\u00"
ESCAPED_ASCII: Final = re.compile(rb"\\u00[2-7]")
#: Characters that JSON can also spell with a backslash and one more.
_SHORT: Final = {
    '"': b'\\"',
    "\\": b"\\\\",
    "/": b"\\/",
    "\b": b"\\b",
    "\f": b"\\f",
    "\n": b"\\n",
    "\r": b"\\r",
    "\t": b"\\t",
}
#: Byte order marks of UTF-16: JSON behind them has none of the letters that are looked for.
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
#: Letters outside ASCII that are equal to one inside when case is ignored.
_CASELESS: Final = {"k": "\u212a", "s": "\u017f", "i": "\u0130"}
#: A text that is a number; of more digits nobody has made sense yet.
NUMERIC: Final = re.compile(r"[+-]?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,6})?\Z")
#: Texts that stand in one JSON token only, and of which no number has another spelling.
_TOKEN: Final = re.compile(r"[\w -]*[A-DF-Za-df-z][\w -]*\Z", re.ASCII)
_POSITION: Final = re.compile(r"[0-9]{1,9}\Z")
_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}

_MISSING: Final = object()


@dataclass(frozen=True)
class Condition(ABC):
    """Base of the conditions. Every payload it holds for contains `needle` or one of `others`.

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
    def holds(self, look: Look) -> bool:
        """Decide, without regard to `negated`.

        Parameters
        ----------
        look : Look
            The message, for whose payload it is `possible`.

        Returns
        -------
        bool
        """


@dataclass(frozen=True)
class Contains(Condition):
    """The payload contains `needle`, or a person reads it there."""

    def holds(self, look: Look) -> bool:
        """As `Condition.holds`."""
        return self.needle in look.payload or (bool(self.others) and self.needle in _utf8(look.read))


@dataclass(frozen=True)
class Matches(Condition):
    """The payload's text has a match of `pattern`: as it is spelled, as a person reads it, or a character for each byte."""

    pattern: Pattern

    def holds(self, look: Look) -> bool:
        """As `Condition.holds`; raises `SlowPatternError` when it has to be stopped."""
        search, text, read = self.pattern.search, look.text, look.read
        if search(text) or (read != text and search(read)):
            return True
        return bool(bytewise := look.bytewise) and search(bytewise)


@dataclass(frozen=True)
class HasPath(Condition):
    """The payload is JSON with a path, and (one of) a value there for which the comparison holds.

    Parameters
    ----------
    steps, values, operator, caseless, numeric_texts
        As for `grammar.Path`; texts are folded when case does not matter.
    exact : bool
        Whether numbers with a fraction have to be exact.
    """

    steps: tuple[grammar.Step, ...]
    values: tuple[Value, ...] | None
    operator: str
    caseless: bool
    numeric_texts: bool
    exact: bool

    def holds(self, look: Look) -> bool:
        """As `Condition.holds`. What is not JSON, or nested too deeply to parse, has no path."""
        value = look.json(self.exact)
        if value is NOT_JSON:
            return False
        # A name means the members of an object; where a message is several objects, those of any.
        if type(value) is list and self.steps and isinstance(self.steps[0], str) and (several := batch(value)):
            return any(map(self._leads, several)) or self._leads(value)
        return self._leads(value)

    def _leads(self, value: Any) -> bool:
        for place, step in enumerate(self.steps):
            if isinstance(step, str):
                value = value.get(step, _MISSING) if isinstance(value, dict) else _item(value, step)
            elif isinstance(step, int):
                value = value[step] if isinstance(value, list) and -len(value) <= step < len(value) else _MISSING
            else:
                return any(map(self.fits, _below(value, self.steps[place:])))
            if value is _MISSING:
                return False
        return self.fits(value)

    def fits(self, value: Any) -> bool:
        """Compare a value that the path leads to.

        Parameters
        ----------
        value : object
            From `parse_json`, with exact numbers where `exact` says so.

        Returns
        -------
        bool
        """
        if self.values is None:
            return True
        if self.caseless and isinstance(value, str):
            value = value.casefold()
        operator = self.operator
        if operator == "=":
            for wanted in self.values:  # noqa: SIM110 - any() would cost as much as the rest
                if _equal(value, wanted, self.numeric_texts):
                    return True
            return False
        if operator == "!=":
            return not any(_equal(value, wanted, self.numeric_texts) for wanted in self.values)
        if operator in _ORDERS:
            wanted = self.values[0]
            found = value if isinstance(wanted, str) else _number(value)
            return (
                isinstance(found, (str, int, Decimal))
                and (isinstance(wanted, str) is isinstance(found, str))
                and _ORDERS[operator](found, wanted)
            )
        text = _text(value)
        text = text.casefold() if self.caseless else text
        found = any(
            stoppable(wanted).search(text) if isinstance(wanted, re.Pattern) else str(wanted) in text
            for wanted in self.values
        )
        return found is (operator == "~")


def _below(value: Any, steps: Sequence[grammar.Step]) -> list[Any]:
    """Follow a path with wildcards, one step for all values at once: time grows with the payload, however many wildcards there are."""
    values = [value]
    for step in steps:
        if step is ...:
            values = _containers(values)
        elif step is None:
            values = [
                child
                for value in values
                for child in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
            ]
        elif isinstance(step, str):
            values = [
                found
                for value in values
                if (found := value.get(step, _MISSING) if isinstance(value, dict) else _item(value, step))
                is not _MISSING
            ]
        else:
            assert isinstance(step, int)
            values = [value[step] for value in values if isinstance(value, list) and -len(value) <= step < len(value)]
    return values


def values_at(value: Any, steps: Sequence[grammar.Step]) -> list[Any]:
    """List what a path leads to; of a message that is several objects, in each of them.

    Parameters
    ----------
    value : object
        A message's.
    steps : sequence of grammar.Step
        From a `grammar.Path`.

    Returns
    -------
    list
    """
    several = batch(value) if steps and isinstance(steps[0], str) else []
    return [found for one in several or [value] for found in _below(one, steps)]


def _item(value: Any, step: str) -> Any:
    """Look up ``$.items.0``, as some write ``$.items[0]``."""
    if isinstance(value, list) and _POSITION.match(step) and int(step) < len(value):
        return value[int(step)]
    return _MISSING


def _containers(values: list[Any]) -> list[Any]:
    """List the objects and arrays among values and in them, at any depth, each once."""
    found: dict[int, Any] = {}
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, (dict, list)) and id(value) not in found:
            found[id(value)] = value
            left.extend(value.values() if isinstance(value, dict) else value)
    return list(found.values())


def _number(value: Any) -> int | Decimal | None:
    """Read a number, also one in a text: half of all price feeds quote their numbers."""
    if isinstance(value, str):
        return Decimal(value) if NUMERIC.match(value) else None
    return value if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None  # True == 1 in Python


def _text(value: Any) -> str:
    """Spell a JSON value: a text as it is, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=float)
    except RecursionError:  # nested as deeply as could just be parsed
        return ""


def _equal(value: Any, wanted: Value, numeric_texts: bool) -> bool:
    if isinstance(wanted, Decimal):
        if isinstance(value, str):
            return numeric_texts and value[:1] in "+-0123456789" and _number(value) == wanted
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value == wanted
    if isinstance(wanted, str):
        return isinstance(value, str) and value == wanted
    if isinstance(wanted, Range):
        number = _number(value)
        return (
            number is not None
            and (wanted.low is None or number >= wanted.low)
            and (wanted.high is None or number <= wanted.high)
        )
    if isinstance(wanted, Glob):
        return _globs(_text(value), wanted.parts) if not isinstance(value, (dict, list)) else not any(wanted.parts)
    return value is wanted


def _globs(text: str, parts: Sequence[str]) -> bool:
    """Tell whether a text consists of parts with anything between them; linear in the text."""
    first, *middle, last = parts
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def compile_condition(term: grammar.Word | grammar.Regex | grammar.Hex | grammar.Path, negated: bool) -> Condition:
    """Make the condition of a term.

    Parameters
    ----------
    term : grammar.Word, grammar.Regex, grammar.Hex or grammar.Path
        What was written; its `negated` is not regarded.
    negated : bool
        As for `Condition`.

    Returns
    -------
    Condition
    """
    if isinstance(term, grammar.Hex):
        return Contains(negated, term.bytes, False, (), None)
    if isinstance(term, grammar.Word) and not term.caseless:
        return Contains(negated, _utf8(term.text), False, _hidden(term.text), None)
    if isinstance(term, (grammar.Word, grammar.Regex)):
        pattern = re.compile(re.escape(term.text), re.IGNORECASE) if isinstance(term, grammar.Word) else term.pattern
        return _matches(pattern, negated)
    names = [step for step in term.steps if isinstance(step, str) and not _POSITION.match(step)]
    keys = [needle for name in names if (needle := _spelled(f'"{name}"'))]
    needle, near = max(keys, key=len, default=b""), None
    values, operator = term.values, term.operator
    if values is not None and term.caseless:
        values = tuple(_folded(value) for value in values)
    if values is not None and operator == "=" and not term.caseless:
        last = term.steps[-1] if term.steps else None
        key = _spelled(f'"{last}"') if isinstance(last, str) and last in names else b""
        value = _spellings(values)
        if value and key:
            needle, near = key, re.compile(re.escape(key) + _SPACE + b":" + _SPACE + value)
        elif value:
            near = re.compile(value)
    elif values is not None and operator == "~" and not term.caseless and len(values) == 1:
        (wanted,) = values
        if isinstance(wanted, str) and _TOKEN.match(wanted) and len(wanted) > len(needle) // 2:
            needle = _utf8(wanted)
    exact = any(isinstance(value, (Decimal, Range, Glob)) for value in values or ()) or operator in ("~", "!~")
    others = (_ESCAPE, *_MARKS)
    return HasPath(
        negated, needle, False, others, near, term.steps, values, operator, term.caseless, term.numeric_texts, exact
    )


def _matches(pattern: re.Pattern[str], negated: bool) -> Matches:
    literal = required_literal(pattern)
    folded = bool(pattern.flags & re.IGNORECASE)
    others = [_utf8(c) for letter, equals in _CASELESS.items() if folded and letter in literal for c in equals]
    others += _hidden(literal)
    if not literal.isascii() and max(literal) <= "\xff":
        others.append(literal.encode("latin-1"))  # bytes of a binary payload
    return Matches(negated, _utf8(literal), folded, tuple(others), None, stoppable(pattern))


def _hidden(text: str) -> tuple[bytes, ...]:
    """List bytes one of which a payload contains that spells the text with JSON escapes."""
    low = (ESCAPE_LOW if all(" " <= char <= "\x7f" for char in text) else _ESCAPE,) if text else ()
    return low + tuple(escape for char, escape in _SHORT.items() if char in text)


def _folded(value: Value) -> Value:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, Glob):
        return Glob(tuple(part.casefold() for part in value.parts))
    return value


def _spellings(values: tuple[Value, ...]) -> bytes:
    """Compose a pattern of how JSON can begin to spell one of the values, numeric escapes aside; empty when that is unknown."""
    ways = []
    for value in values:
        if isinstance(value, Decimal):
            # 7 may be spelled 7.0, "007" and 70e-1, and 1.50 may be 1.5: the digits all spellings share, or anything with
            # an exponent. Tried once for each run of digits: from each digit of a number of a megabyte it would take for
            # ever.
            digits = format(value.copy_abs(), "f")
            digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
            shared = re.escape(digits[:40]).encode()
            ways.append(rb'"?[+-]?(?<![0-9])(?:0*' + shared + rb"|[0-9]+(?:\.[0-9]+)?[eE])")
        elif isinstance(value, (Range, Glob, re.Pattern)):
            return b""
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
