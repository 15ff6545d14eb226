"""`Matcher`: tests a message against what ``expect`` and ``collect`` take, and describes how a message misses.

What they take has four forms (filter, regex, JSON subset, function); `Answer` matches the answer to a request. Any
thread.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, Union

from ..log.filter.grammar import (
    Before,
    Connection,
    Decoder,
    Direction,
    Index,
    Kind,
    Label,
    Path,
    Since,
    Size,
    Step,
    Term,
    Word,
)
from ..log.filter.json import NOT_JSON
from ..log.filter.patterns import SlowPatternError, stoppable
from ..log.filter.query import Query
from ..log.message import Message
from ..log.sequence import Reading
from ..redaction.payloads import mask
from .differences import UNFITTING, Comparison, name, pattern, raised, short, source
from .request_ids import Id, is_request, message_id, repeats
from .values import values

Match = Union[
    str,
    "re.Pattern[str]",
    "re.Pattern[bytes]",
    Mapping[str, Any],
    "list[Any]",
    "tuple[Any, ...]",
    Callable[[Message], object],
]

#: Above this payload size, in bytes, `Matcher.miss` does not compare.
_MAX_COMPARED: Final = 1 << 20
#: How many characters of a pattern an error shows.
_SHOWN: Final = 200


class Miss(NamedTuple):
    """How a message misses.

    Parameters
    ----------
    lines : list of str
        The differences, bounded and safe to print; may be empty.
    met : int, default 0
        How many parts of the pattern match; orders misses by nearness.
    """

    lines: list[str]
    met: int = 0


class Matcher(ABC):
    """A test of one received message."""

    @classmethod
    def of(cls, match: Match) -> Matcher:
        """Make a matcher.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            A filter; a regex, searched in the text, or in the payload if it is a bytes regex; a JSON subset, where
            ``...`` matches any value, a type, regex or function tests the value, and lists match item by item; or a
            function of the message. A function that raises `LookupError`, `ValueError`, `TypeError`, `AttributeError`
            or `ArithmeticError` does not match.

        Returns
        -------
        Matcher

        Raises
        ------
        TypeError
            ``match`` is of another type.
        ValueError
            The filter does not parse, or the regex cannot be run so that it can be interrupted (see `patterns`).
        """
        if isinstance(match, str):
            return _Filter(match)
        if isinstance(match, re.Pattern):
            return _Regex(match)
        if isinstance(match, (Mapping, list, tuple)):
            return _Json(match)
        if callable(match):
            return _Function(match)
        raise TypeError(
            f"match is a filter, a compiled regex, a dict or list, or a function, got {type(match).__name__}"
        )

    @abstractmethod
    def _matches(self, message: Message) -> bool:
        """Tell whether a message matches."""

    def __call__(self, message: Message) -> bool:
        """Test a message.

        Parameters
        ----------
        message : Message
            A received message.

        Returns
        -------
        bool

        Raises
        ------
        SlowPatternError
            A regular expression took too long and was stopped.
        """
        try:
            return self._matches(message)
        except SlowPatternError as error:
            error.index = message.index
            raise

    def hopeless(self, log: Reading) -> str | None:
        """Say why no later message can match.

        Parameters
        ----------
        log : Reading
            A log whose rows have all been tested.

        Returns
        -------
        str or None
            None while a later message may match.
        """
        return None

    def miss(self, message: Message) -> Miss:
        """Say how a message misses.

        Parameters
        ----------
        message : Message
            A message that did not match.

        Returns
        -------
        Miss
        """
        return Miss([]) if message.size > _MAX_COMPARED else self._miss(message)

    def _miss(self, message: Message) -> Miss:
        return Miss([])

    @abstractmethod
    def __str__(self) -> str:
        """Say what is wanted."""


class _Filter(Matcher):
    """The filter grammar."""

    def __init__(self, text: str) -> None:
        self._query = Query.parse(text)

    def _matches(self, message: Message) -> bool:
        return self._query.match(message)

    def _miss(self, message: Message) -> Miss:
        terms = self._query.terms
        missed = [at for at, term in enumerate(terms) if not Query("", [term]).match(message)]
        return Miss(
            [f"{_cut(self._text(at), 60)}: {_lacks(terms[at], message)}" for at in missed], len(terms) - len(missed)
        )

    def _text(self, at: int) -> str:
        """Return a term as it was typed."""
        start, *end = [term.position for term in self._query.terms[at : at + 2]]
        return re.sub(
            r"\s+(?:and|&&?)\Z", "", self._query.text[start : end[0] if end else None].strip(), flags=re.IGNORECASE
        )

    def __str__(self) -> str:
        return repr(_cut(self._query.text))


def _lacks(term: Term, message: Message) -> str:
    if term.negated:
        return "is there"
    if isinstance(term, Path):
        there = (_at(value, term.steps) for value in values(message))
        found = next((one for one in there if one is not NOT_JSON), NOT_JSON)
        return "missing" if found is NOT_JSON else f"got {short(found)}"
    if isinstance(term, Word):
        # str.find is linear; a pattern that ignores case is not, where the text repeats itself.
        at = (folded := message.text.lower()).find(word := term.text.lower())
        if at < 0:
            return "missing"
        same = len(folded) == len(message.text)  # not so with "İ"
        return f"missing; there is {short((message.text if same else folded)[at : at + len(word)])}"
    actual = {
        Direction: message.direction,
        Kind: message.kind,
        Size: f"{message.size:,} bytes",
        Since: "an older message",
        Before: "a newer message",
        Index: f"#{message.index}",
        Connection: f"connection {message.connection}",
        Decoder: message.decoder or "no decoder",
        Label: short(message.label),
    }
    return f"got {actual[type(term)]}" if type(term) in actual else "no match"


def _at(value: Any, steps: Iterable[Step]) -> Any:
    """Follow a path; `NOT_JSON` where it does not exist, or has a wildcard."""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step, NOT_JSON)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return NOT_JSON
    return value


class _Regex(Matcher):
    """A regex, searched in the text or in the payload."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self._source = source(pattern)
        self._pattern = stoppable(pattern)
        self._of_bytes = isinstance(pattern.pattern, bytes)

    def _matches(self, message: Message) -> bool:
        return self._pattern.search(message.payload if self._of_bytes else message.text)

    def __str__(self) -> str:
        return f"/{_cut(self._source)}/"


class _Json(Matcher):
    """A JSON subset."""

    def __init__(self, wanted: Mapping[str, Any] | list[Any] | tuple[Any, ...]) -> None:
        self._wanted = wanted

    def _matches(self, message: Message) -> bool:
        return any(not Comparison(self._wanted, value).differences for value in values(message))

    def _miss(self, message: Message) -> Miss:
        found = [Comparison(self._wanted, value) for value in values(message)]
        if not found:
            return Miss(["not JSON, and nothing decodes it"], -1)
        nearest = max(found, key=lambda one: one.met)
        return Miss(nearest.differences, nearest.met)

    def __str__(self) -> str:
        return _cut(pattern(self._wanted))


class _Function(Matcher):
    """A function of the message."""

    def __init__(self, test: Callable[[Message], object]) -> None:
        self._test = test

    def _matches(self, message: Message) -> bool:
        try:
            return bool(self._test(message))
        except UNFITTING:  # `miss` shows the error, if no message matches
            return False

    def _miss(self, message: Message) -> Miss:
        try:
            self._test(message)
        except UNFITTING as error:
            return Miss([f"{name(self._test)} raised {raised(error)}"], -1)
        return Miss([])

    def __str__(self) -> str:
        return name(self._test)


class Answer(Matcher):
    """Matches the answer to a request: the same id in the same place, or without an id, the next message.

    Parameters
    ----------
    sent : Message
        The request.
    """

    def __init__(self, sent: Message) -> None:
        self._sent = sent
        self._id = message_id(sent, alike=True)

    def _matches(self, message: Message) -> bool:
        """Not a message of another connection, and not a request by the server that happens to have the same id."""
        if message.connection != self._sent.connection:
            return False
        return self._id is None or (repeats(message, self._id) and not is_request(message))

    @property
    def choice(self) -> str:
        """How the answer is told from other messages, for its repr."""
        sent = self._sent.index
        return f"next after {sent}" if self._id is None else f"answers {sent} by {_said(self._id)}"

    def hopeless(self, log: Reading) -> str | None:
        """As `Matcher.hopeless`: the request's connection was lost, and the session has another."""
        newest = log.get(log.next_index - 1)
        if newest is None or newest.connection == self._sent.connection:
            return None
        return f"the connection was lost before the answer to message {self._sent.index} came"

    def _miss(self, message: Message) -> Miss:
        if message.connection != self._sent.connection:
            return Miss(["came on another connection"])
        if self._id is not None and repeats(message, self._id):
            return Miss([f"{_said(self._id)} is there, but it is a request of the server's own"], 2)
        found = message_id(message)
        return Miss(["no id"] if found is None else [f"its id is {_said(found)}"], int(found is not None))

    def __str__(self) -> str:
        if self._id is None:
            return f"any message (message {self._sent.index}, the request, carries no id to pair by)"
        return f"{_said(self._id)} (the id of message {self._sent.index}, the request)"


def _said(found: Id) -> str:
    return _cut(str(found), 60)


def _cut(text: str, limit: int = _SHOWN) -> str:
    return text if len(text := mask(text)) <= limit else f"{text[: limit - 1]}…"
