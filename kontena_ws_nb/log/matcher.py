"""What ``expect`` and ``collect`` take, turned into a test of one message; and how near a message came.

What lives here: the four forms (filter text, regex, JSON subset, callable). What must not: waiting. Any thread.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Union

from .message import Message
from .query import Query

Match = Union[str, "re.Pattern[str]", "re.Pattern[bytes]", Mapping[str, Any], Callable[[Message], object]]

_WIDTH: Final = 60
_brief: Final = reprlib.Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = _WIDTH
#: In a JSON subset: any value, as long as the key is there.
ANYTHING = ...


class Matcher:
    """A test of one message.

    Parameters
    ----------
    match : str, re.Pattern, mapping or callable
        Filter text (the one grammar); a regex searched in the text (of bytes: in the payload); a JSON subset, where ``...`` stands for any value, a type or
        callable tests the value, and lists match item by item; or a function of the message.

    Raises
    ------
    TypeError
        Something else.
    ValueError
        The filter text does not parse.
    """

    def __init__(self, match: Match) -> None:
        self.match = match
        self._query = Query.parse(match) if isinstance(match, str) else None
        if not isinstance(match, (str, re.Pattern, Mapping)) and not callable(match):
            raise TypeError(f"match is a filter, a compiled regex, a dict or a function, got {type(match).__name__}")

    def __call__(self, message: Message) -> bool:
        """Test a message.

        Parameters
        ----------
        message : Message
            One that was received.

        Returns
        -------
        bool
        """
        match = self.match
        if self._query is not None:
            return self._query.match(message)
        if isinstance(match, re.Pattern):
            searched: Any = message.payload if isinstance(match.pattern, bytes) else message.text
            return match.search(searched) is not None
        if isinstance(match, Mapping):
            try:
                return not differences(match, message.json())
            except ValueError:
                return False
        assert callable(match)
        return bool(match(message))

    def miss(self, message: Message) -> list[str]:
        """Say how a message misses; for JSON subsets place by place.

        Parameters
        ----------
        message : Message
            One that did not match.

        Returns
        -------
        list of str
            Empty when nothing can be said.
        """
        if not isinstance(self.match, Mapping):
            return []
        try:
            return differences(self.match, message.json())
        except ValueError:
            return ["not JSON"]

    def __str__(self) -> str:
        match = self.match
        if isinstance(match, re.Pattern):
            return f"/{_source(match)}/"
        return repr(match) if isinstance(match, (str, Mapping)) else getattr(match, "__name__", repr(match))


def differences(wanted: Any, got: Any, path: str = "$") -> list[str]:
    """Compare a JSON value with a pattern.

    Parameters
    ----------
    wanted : object
        The pattern, as for `Matcher`.
    got : object
        The value.
    path : str
        Where we are.

    Returns
    -------
    list of str
        One line a difference; empty when it matches.

    Examples
    --------
    >>> differences({"op": "ack", "id": ...}, {"op": "nack", "id": 7, "t": 1})
    ["$.op: wanted 'ack', got 'nack'"]
    """
    if wanted is ANYTHING:
        return []
    if isinstance(wanted, Mapping):
        if not isinstance(got, dict):
            return [f"{path}: wanted an object, got {_short(got)}"]
        found = []
        for key, value in wanted.items():
            if key not in got:
                found.append(f"{path}.{key}: missing")
            else:
                found += differences(value, got[key], f"{path}.{key}")
        return found
    if isinstance(wanted, (list, tuple)):
        if not isinstance(got, list) or len(got) != len(wanted):
            return [f"{path}: wanted a list of {len(wanted)}, got {_short(got)}"]
        return [line for at, value in enumerate(wanted) for line in differences(value, got[at], f"{path}[{at}]")]
    if isinstance(wanted, re.Pattern):
        return [] if isinstance(got, str) and wanted.search(got) else [f"{path}: wanted /{_source(wanted)}/, got {_short(got)}"]
    if isinstance(wanted, type):
        return [] if _is_a(got, wanted) else [f"{path}: wanted {wanted.__name__}, got {_short(got)}"]
    if callable(wanted):
        return [] if wanted(got) else [f"{path}: {getattr(wanted, '__name__', 'the test')} refused {_short(got)}"]
    # 1 == True in Python, not in JSON.
    same = wanted == got and isinstance(wanted, bool) is isinstance(got, bool)
    return [] if same else [f"{path}: wanted {wanted!r}, got {_short(got)}"]


def _is_a(value: Any, wanted: type) -> bool:
    # JSON's true is no number, and its 1 is as good a float as its 1.0.
    if isinstance(value, bool):
        return issubclass(bool, wanted) and wanted is not int
    return isinstance(value, wanted) or (wanted is float and isinstance(value, int))


def _source(pattern: re.Pattern[Any]) -> str:
    return ascii(pattern.pattern)[2:-1] if isinstance(pattern.pattern, bytes) else str(pattern.pattern)


def _short(value: Any) -> str:
    """Show a value in at most 60 characters without writing out all of a large one."""
    return text if len(text := _brief.repr(value)) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
