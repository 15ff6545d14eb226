"""What ``expect`` and ``collect`` take, turned into a test of one message; and how near a message came.

There are four forms (filter text, regex, JSON subset, function), and the answer to a request. Any thread.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, Union

from ..log.filter.grammar import Direction, Kind, Path, Regex, Since, Size, Term, Word
from ..log.filter.json import NOT_JSON, parse_json
from ..log.filter.patterns import SlowPatternError, stoppable
from ..log.filter.query import Query
from ..log.message import Message
from ..log.sequence import Reading
from ..redaction.payloads import mask
from .differences import UNFITTING, Comparison, name, pattern, raised, short, source
from .request_ids import Id, is_request, message_id, repeats

Match = Union[
    str,
    "re.Pattern[str]",
    "re.Pattern[bytes]",
    Mapping[str, Any],
    "list[Any]",
    "tuple[Any, ...]",
    Callable[[Message], object],
]

#: Bytes of a payload above which nothing is said about how it misses.
_LOOKED_AT: Final = 1 << 20
#: Characters of a pattern that an error shows.
_SHOWN: Final = 200


class Miss(NamedTuple):
    """How a message misses.

    Parameters
    ----------
    lines : list of str
        What to tell, bounded and safe to print; empty when nothing can be said.
    met : int, default 0
        How much of what was wanted is there.
    """

    lines: list[str]
    met: int = 0


class Matcher(ABC):
    """A test of one received message."""

    @classmethod
    def of(cls, match: Match) -> Matcher:
        """Make the test of what people give.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            Filter text (the one grammar); a regex searched in the text (of bytes: in the payload; searched so that it
            can be stopped, see `patterns`); a JSON subset, where ``...`` stands for any value, a type, regex or
            function tests the value, and lists match item by item; or a function of the message. A function that raises
            because it met something else than it expected (`LookupError`, `ValueError`, `TypeError`, `AttributeError`,
            `ArithmeticError`) has not matched.

        Returns
        -------
        Matcher

        Raises
        ------
        TypeError
            Something else.
        ValueError
            The filter text does not parse, or the regex cannot be searched so that it can be stopped.
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
            One that was received.

        Returns
        -------
        bool

        Raises
        ------
        SlowPatternError
            A regular expression had to be stopped.
        """
        try:
            return self._matches(message)
        except SlowPatternError as error:
            error.index = message.index
            raise

    def hopeless(self, log: Reading) -> str | None:
        """Say why nothing that comes can match any more.

        Parameters
        ----------
        log : Reading
            Every row of it has been tested.

        Returns
        -------
        str or None
            None while there is hope.
        """
        return None

    def miss(self, message: Message) -> Miss:
        """Say how a message misses.

        Parameters
        ----------
        message : Message
            One that did not match.

        Returns
        -------
        Miss
        """
        return Miss([]) if message.size > _LOOKED_AT else self._miss(message)

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
        """Quote a term as it was written."""
        start, *end = [term.position for term in self._query.terms[at : at + 2]]
        return self._query.text[start : end[0] if end else None].strip()

    def __str__(self) -> str:
        return repr(_cut(self._query.text))


def _lacks(term: Term, message: Message) -> str:
    if term.negated:
        return "is there"
    if isinstance(term, Path):
        found = _at(parse_json(message.payload), term.steps)
        return "missing" if found is NOT_JSON else f"got {short(found)}"
    if isinstance(term, Word):
        # str.find is linear; a pattern that ignores case is not, where the text repeats itself.
        at = (folded := message.text.lower()).find(word := term.text.lower())
        if at < 0:
            return "missing"
        same = len(folded) == len(message.text)  # not so with "İ"
        return f"missing; there is {short((message.text if same else folded)[at : at + len(word)])}"
    if isinstance(term, Regex):
        return "no match"
    told = {
        Direction: message.direction,
        Kind: message.kind,
        Size: f"{message.size:,} bytes",
        Since: "an older message",
    }
    return f"got {told[type(term)]}"


def _at(value: Any, steps: Iterable[str | int | None]) -> Any:
    """Walk a path; `NOT_JSON` where there is none, or may be many."""
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
        value = parse_json(message.payload)
        return value is not NOT_JSON and not Comparison(self._wanted, value).differences

    def _miss(self, message: Message) -> Miss:
        value = parse_json(message.payload)
        if value is NOT_JSON:
            return Miss(["not JSON"], -1)
        found = Comparison(self._wanted, value)
        return Miss(found.differences, found.met)

    def __str__(self) -> str:
        return _cut(pattern(self._wanted))


class _Function(Matcher):
    """A function of the message."""

    def __init__(self, test: Callable[[Message], object]) -> None:
        self._test = test

    def _matches(self, message: Message) -> bool:
        try:
            return bool(self._test(message))
        except UNFITTING:  # told by `miss`, if nothing matches
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
    """The answer to a message that was sent: the id it carries comes back at the same place; without an id, the next message.

    Parameters
    ----------
    sent : Message
        The request.
    """

    def __init__(self, sent: Message) -> None:
        self._sent = sent
        self._id = message_id(sent)

    def _matches(self, message: Message) -> bool:
        """As `Matcher`: another connection's message is no answer, nor is a request of the server's own with the same id."""
        if message.connection != self._sent.connection:
            return False
        return self._id is None or (repeats(message, self._id) and not is_request(message))

    def hopeless(self, log: Reading) -> str | None:
        """As `Matcher`: the connection it was sent on was lost, and there is a new one."""
        newest = log.get(log.next_index - 1)
        if newest is None or newest.connection == self._sent.connection:
            return None
        return f"the connection was lost before the answer to message {self._sent.index} came"

    def _miss(self, message: Message) -> Miss:
        if message.connection != self._sent.connection:
            return Miss(["came on another connection"])
        if self._id is not None and repeats(message, self._id):
            return Miss(
                [f"{_said(self._id)} is there, but it is a request of the server's own (JSON-RPC with a method)"], 2
            )
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
