"""`Comparison`: matches a JSON value against a pattern, and lists where it differs. Pure; any thread."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from ..log.filter.patterns import stoppable
from ..redaction.payloads import mask

#: In a pattern: any value, but it must be there.
ANYTHING: Final = ...
#: Errors of a test function that count as "no match": it met a value of another shape than it expects.
UNFITTING: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)

_WIDTH: Final = 60
#: Integers with more bits are not written out to look for secrets: converting them to decimal is slow.
_BITS: Final = 3000


class _Brief(reprlib.Repr):
    """Shortens long values, masks secrets before it cuts, and writes ``...`` and types in patterns as they are typed."""

    def repr_str(self, x: str, level: int) -> str:
        """As `reprlib.Repr`, secrets masked."""
        return super().repr_str(mask(x), level)

    def repr_int(self, x: int, level: int) -> str:
        """As `reprlib.Repr`, secrets masked, except in numbers of about a thousand digits and more."""
        if x.bit_length() > _BITS or (text := mask(plain := str(x))) == plain:
            return super().repr_int(x, level)
        return text[: self.maxlong]

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """As `reprlib.Repr`, but in the order of the keys."""
        if x and level <= 0:
            return "{...}"
        pieces = [f"{self.repr1(key, level - 1)}: {self.repr1(x[key], level - 1)}" for key in islice(x, self.maxdict)]
        return "{" + ", ".join([*pieces, "…"] if len(x) > self.maxdict else pieces) + "}"

    def repr_ellipsis(self, x: object, level: int) -> str:
        return "..."

    def repr_type(self, x: type, level: int) -> str:
        return x.__name__


_brief: Final = _Brief()
_brief.maxstring = _brief.maxother = _brief.maxlong = _WIDTH
#: For patterns, which a person typed and should recognise.
_whole: Final = _Brief()
_whole.maxstring = _whole.maxother = _whole.maxlong = 2 * _WIDTH
_whole.maxdict = _whole.maxlist = _whole.maxtuple = 30
_PLAIN: Final = re.compile(r"[^\W\d][\w-]*\Z")
#: How many keys of an object are compared with a missing one, to suggest it.
_KEYS: Final = 100


class Comparison:
    """The result of matching a value against a pattern.

    Parameters
    ----------
    wanted : object
        The pattern: ``...`` matches any value, a type or function tests the value, a regex is searched in text, objects
        may have more keys, lists match item by item, everything else must be equal.
    got : object
        The value, as `json.loads` makes it.

    Attributes
    ----------
    differences : list of str
        One line each; empty when it matches.
    met : int
        How many parts of the pattern match, objects and lists included: the more, the nearer.

    Examples
    --------
    >>> Comparison({"op": "ack", "id": ...}, {"op": "nack", "id": 7, "t": 1}).differences
    ["$.op: wanted 'ack', got 'nack'"]
    """

    def __init__(self, wanted: Any, got: Any) -> None:
        self.differences: list[str] = []
        self.met = 0
        self._compare(wanted, got, "$")

    def _compare(self, wanted: Any, got: Any, path: str) -> None:
        if wanted is ANYTHING:
            self.met += 1
        elif isinstance(wanted, Mapping):
            self._object(wanted, got, path)
        elif isinstance(wanted, (list, tuple)):
            if self._is(isinstance(got, list) and len(got) == len(wanted), path, f"a list of {len(wanted)}", got):
                for at, value in enumerate(wanted):
                    self._compare(value, got[at], f"{path}[{at}]")
        elif isinstance(wanted, re.Pattern):
            self._is(isinstance(got, str) and stoppable(wanted).search(got), path, f"/{source(wanted)}/", got)
        elif isinstance(wanted, type):
            self._is(_is_a(got, wanted), path, wanted.__name__, got)
        elif callable(wanted):
            self._asked(wanted, got, path)
        else:
            # 1 == True in Python, not in JSON.
            self._is(wanted == got and isinstance(wanted, bool) is isinstance(got, bool), path, short(wanted), got)

    def _is(self, same: Any, path: str, wanted: str, got: Any) -> bool:
        if same:
            self.met += 1
            return True
        self.differences.append(f"{path}: wanted {wanted}, got {short(got)}")
        return False

    def _object(self, wanted: Mapping[Any, Any], got: Any, path: str) -> None:
        if self._is(isinstance(got, dict), path, "an object", got):
            for key, value in wanted.items():
                where = place(path, key)
                if key in got:
                    self._compare(value, got[key], where)
                else:
                    self.differences.append(f"{where}: missing{_meant(key, got)}")

    def _asked(self, test: Callable[[Any], object], got: Any, path: str) -> None:
        try:
            verdict = None if test(got) else "refused"
        except UNFITTING as error:
            verdict = f"raised {raised(error)} for"
        if verdict is None:
            self.met += 1
        else:
            self.differences.append(f"{path}: {name(test)} {verdict} {short(got)}")


def place(path: str, key: Any) -> str:
    """Name a member of an object, as a filter does.

    Parameters
    ----------
    path : str
        Of the object.
    key : object
        Of the member.

    Returns
    -------
    str
    """
    return f"{path}.{key}" if isinstance(key, str) and _PLAIN.match(key) else f"{path}[{short(key)}]"


def _meant(key: Any, got: dict[str, Any]) -> str:
    """Suggest a key that differs only in case and punctuation."""
    plain = _folded(key)
    near = next((other for other in islice(got, _KEYS) if _folded(other) == plain), None) if plain else None
    return "" if near is None else f"; there is {short(near)}"


def _folded(key: Any) -> str:
    return re.sub(r"[\W_]", "", key[:_WIDTH]).casefold() if isinstance(key, str) else ""


def _is_a(value: Any, wanted: type) -> bool:
    # JSON's true is not a number, and JSON does not distinguish 1 from 1.0.
    if isinstance(value, bool):
        return issubclass(bool, wanted) and wanted is not int
    return isinstance(value, wanted) or (wanted is float and isinstance(value, int))


def source(pattern: re.Pattern[Any]) -> str:
    """Show the source of a regex.

    Parameters
    ----------
    pattern : re.Pattern
        Of str or bytes.

    Returns
    -------
    str
    """
    return ascii(pattern.pattern)[2:-1] if isinstance(pattern.pattern, bytes) else str(pattern.pattern)


def short(value: Any) -> str:
    """Show a value in at most 60 characters, safe to print, without writing out all of a large one.

    Parameters
    ----------
    value : object
        Any value, also one that a server sent.

    Returns
    -------
    str
    """
    return text if len(text := mask(_brief.repr(value))) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def pattern(wanted: Any) -> str:
    """Show a pattern as it was typed, shortened if it is very long.

    Parameters
    ----------
    wanted : object
        As for `Comparison`.

    Returns
    -------
    str

    Examples
    --------
    >>> pattern({"op": "ack", "id": ..., "n": int})
    "{'op': 'ack', 'id': ..., 'n': int}"
    """
    return _whole.repr(wanted)


def name(test: Callable[[Any], object]) -> str:
    """Name a function.

    Parameters
    ----------
    test : callable
        Anything that can be called.

    Returns
    -------
    str
    """
    called = getattr(test, "__name__", None) or short(test)
    return "the function" if called == "<lambda>" else called


def raised(error: Exception) -> str:
    """Describe an exception briefly, safe to print.

    Parameters
    ----------
    error : Exception
        Its text may quote what a server sent.

    Returns
    -------
    str
    """
    return f"{type(error).__name__}({short(str(error))})"
