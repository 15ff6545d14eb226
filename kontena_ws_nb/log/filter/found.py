"""`Finder`: where in a text the terms of a filter are found, so that a reader can be shown it. Any thread.

It marks, it does not decide: a message that matches may have no place to show (a size, a time, a word that its JSON
spells with escapes nobody reads), and a text that is marked may stand in a message for other reasons too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from . import grammar
from .conditions import HasPath, compile_condition
from .json import NOT_JSON, parse_json
from .patterns import stoppable

#: Begin and end of a place in a text, in characters.
Span = tuple[int, int]
_Find = Callable[[str, int], Iterable[Span]]

#: A JSON value that is no object or array, behind its key.
_SCALAR: Final = r'[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.)*"|[^\s,\]}"{\[]+)'


class Finder:
    """Finds the words, patterns and values of filters in texts.

    Parameters
    ----------
    terms : sequence of grammar.Term
        Of one filter, or of several. What excludes messages, or asks for anything but their content, is passed over.

    Examples
    --------
    >>> finder = Finder(grammar.parse("trade $.qty>5"))
    >>> text = '{"type":"trade","qty":7}'
    >>> [text[low:high] for low, high in finder.spans(text)]
    ['trade', '7']
    """

    def __init__(self, terms: Sequence[grammar.Term]) -> None:
        self._finds: tuple[_Find, ...] = tuple(_finds(terms, False))
        #: Bytes that are looked for.
        self.hex: tuple[bytes, ...] = tuple(
            term.bytes for term in _wanted(terms, False) if isinstance(term, grammar.Hex)
        )

    def __bool__(self) -> bool:
        """Whether there is anything to be found in a text."""
        return bool(self._finds or self.hex)

    def spans(self, text: str, most: int = 20) -> list[Span]:
        """Find the places in a text.

        Parameters
        ----------
        text : str
            Payload, label or decoded value, secrets masked.
        most : int, default 20
            How many of each term at most.

        Returns
        -------
        list of (int, int)
            Begin and end of each in characters, rising, none touching another.
        """
        found: list[Span] = []
        for low, high in sorted(span for find in self._finds for span in find(text, most)):
            if found and low <= found[-1][1]:
                found[-1] = (found[-1][0], max(high, found[-1][1]))
            else:
                found.append((low, high))
        return found


def _wanted(terms: Sequence[grammar.Term], negate: bool) -> Iterator[grammar.Term]:
    """List the terms that must or may hold, groups opened."""
    for term in terms:
        negated = term.negated is not negate
        if isinstance(term, (grammar.Every, grammar.Some)):
            yield from _wanted(term.terms, negated)
        elif not negated:
            yield term


def _finds(terms: Sequence[grammar.Term], negate: bool) -> Iterator[_Find]:
    for term in _wanted(terms, negate):
        if isinstance(term, grammar.Word):
            yield from _words((term.text,), term.caseless)
        elif isinstance(term, grammar.Label):
            yield from _words(term.texts, term.caseless)
            if term.pattern is not None:
                yield stoppable(term.pattern).spans
        elif isinstance(term, grammar.Regex):
            yield stoppable(term.pattern).spans
        elif isinstance(term, grammar.Path) and term.steps and isinstance(term.steps[-1], str):
            yield _values(term, term.steps[-1])


def _words(texts: Sequence[str], caseless: bool) -> Iterator[_Find]:
    # JSON may spell it with escapes.
    spelled = {
        way
        for text in texts
        if text
        for way in (text, *(json.dumps(text, ensure_ascii=a)[1:-1] for a in (True, False)))
    }
    if spelled:
        ways = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
        yield stoppable(re.compile(ways, re.IGNORECASE if caseless else 0)).spans


def _values(term: grammar.Path, key: str) -> _Find:
    """Find the value behind a path's last key where the comparison holds; without one, the key itself."""
    condition = compile_condition(term, False)
    assert isinstance(condition, HasPath)
    names = "|".join({re.escape(json.dumps(key, ensure_ascii=a)) for a in (True, False)})
    if term.values is None:
        return stoppable(re.compile(f"(?:{names})(?=[ \\t\\r\\n]*:)")).spans
    pattern = re.compile(f"(?:{names}){_SCALAR}")

    def find(text: str, most: int) -> list[Span]:
        found: list[Span] = []
        for match in pattern.finditer(text):
            value = parse_json(match[1].encode("utf-8", "surrogatepass"), condition.exact)
            if value is not NOT_JSON and condition.fits(value):
                found.append(match.span(1))
                if len(found) >= most:
                    break
        return found

    return find
