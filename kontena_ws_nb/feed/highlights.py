"""`Highlights`: saved filters with a colour each, and which of them a row matches first. Any thread.

Only rows that travel are asked, each once (`per_row`), and together with the others of its message: its JSON is parsed
once. A rule that takes too long is stopped and says so; the table never waits for it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, get_args

from ..log.filter import grammar
from ..log.filter.look import Look
from ..log.filter.patterns import SlowPatternError, limited
from ..log.filter.query import Query, QueryError, look_at
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.text import printable
from .comm_messages import Colour, Highlight
from .per_row import LARGEST, PerRow

#: Rules, and characters of a filter.
MOST: Final = 16
LONGEST: Final = 1000
COLOURS: Final[tuple[str, ...]] = get_args(Colour)
#: Seconds of processor time a rule may take in all as long as it takes more than so much for a row on average.
_TIME: Final = 0.2
_TIME_OF_ROW: Final = 0.002
#: Seconds that a pattern may search in one message.
_TIME_OF_MATCH: Final = 0.1


def read_highlights(wanted: Iterable[Sequence[Any]] | Mapping[str, str]) -> tuple[Highlight, ...]:
    """Read which rules are wanted.

    Parameters
    ----------
    wanted : mapping, or iterable of Highlight
        Filters and their colours, also whether each is on.

    Returns
    -------
    tuple of Highlight

    Raises
    ------
    QueryError
        A filter is wrong; it tells where.
    TypeError, ValueError
        Something else is wrong.
    """
    items = wanted.items() if isinstance(wanted, Mapping) else wanted
    rules: list[Highlight] = []
    for item in items:
        if isinstance(item, str) or not 2 <= len(item) <= 3:
            raise TypeError('a highlight is a filter and a colour: {"$.side=sell": "red"}')
        text, colour, on = (*item, 1)[:3]
        if not isinstance(text, str):
            raise TypeError(f"a filter is text, got {type(text).__name__}")
        if colour not in COLOURS:
            raise ValueError(f"a highlight is one of {', '.join(COLOURS)}; got {printable(str(colour), 50)!r}")
        text = text.strip()
        if len(text) > LONGEST:
            raise ValueError(f"a highlight's filter has at most {LONGEST:,} characters")
        query = Query.parse(text)
        if not query:
            raise QueryError("a filter is missing: an empty one matches every row", text, 0)
        _refuse_moving(text, query.terms)
        if text in (rule.filter for rule in rules):
            raise ValueError(f"{printable(text, 100)} is a highlight already")
        rules.append(Highlight(text, colour, 1 if on else 0))
    if len(rules) > MOST:
        raise ValueError(f"a table has at most {MOST} highlights, got {len(rules)}")
    return tuple(rules)


def _refuse_moving(text: str, terms: Sequence[grammar.Term]) -> None:
    for term in terms:
        if isinstance(term, (grammar.Every, grammar.Some)):
            _refuse_moving(text, term.terms)
        elif isinstance(term, grammar.Since) and term.ago_ns is not None:
            raise QueryError("a highlight stays as it is, and this moves with the clock", text, term.position)


class Highlights:
    """Which of some rules a row matches first.

    Parameters
    ----------
    rules : sequence of Highlight, optional
        From `read_highlights`.
    worked : callable, optional
        Seconds of processor time of this thread; for tests.
    """

    def __init__(self, rules: Sequence[Highlight] = (), worked: Callable[[], float] = time.thread_time) -> None:
        self.rules = tuple(rules)
        #: Why a rule was stopped; empty as long as it was not.
        self.problems = [""] * len(self.rules)
        self._worked = worked
        self._queries = [Query.parse(rule.filter) if rule.on else None for rule in self.rules]
        self._took = [(0, 0.0)] * len(self.rules)
        self._rules = PerRow(self._read, 0)

    def __bool__(self) -> bool:
        """Whether any rule is on."""
        return any(self._queries)

    def knows(self, log: MessageLog, index: int) -> bool:
        """As `PerRow.knows`."""
        return self._rules.knows(log, index)

    def rule(self, log: MessageLog, index: int) -> int:
        """Tell which rule a row matches first.

        Parameters
        ----------
        log : MessageLog
            Where it is.
        index : int
            Its permanent index.

        Returns
        -------
        int
            Its number, from 1; 0 for none.
        """
        return self._rules.of(log, index)

    def _read(self, message: Message) -> int:
        large = message.size > LARGEST  # then only what is known without its payload is asked
        look = look_at(message, message.view if large else message.payload)
        with limited(_TIME_OF_MATCH):
            for at, query in enumerate(self._queries):
                if query is None or self.problems[at] or (large and query.reads):
                    continue
                if self._holds(at, query, look):
                    return at + 1
        return 0

    def _holds(self, at: int, query: Query, look: Look) -> bool:
        began = self._worked()
        try:
            held = query.holds(look)
        except SlowPatternError as error:
            error.index = look.index
            self.problems[at] = str(error)
            return False
        rows, took = self._took[at]
        rows, took = rows + 1, took + self._worked() - began
        self._took[at] = rows, took
        if took > _TIME and took > rows * _TIME_OF_ROW:
            self.problems[at] = (
                f"stopped: it takes {took / rows * 1000:.0f} ms for a row; narrow it with kind: or size:"
            )
        return held
