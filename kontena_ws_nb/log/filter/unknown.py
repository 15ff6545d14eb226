"""Which JSON key or value of a filter no message has, and what was meant: for whoever finds nothing, and for columns and plots that stay empty.

Looks into some of the newest messages, as completion does. Only reads; any thread.
"""

from __future__ import annotations

import difflib
import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from ...redaction.payloads import mask
from ..message import Message
from .completion import NEWEST, SIZE, complete_term, decoded, known_paths, spell
from .conditions import values_at
from .grammar import Every, Path, QueryError, Some, Step, Term, Word, parse, parse_path, path_text
from .patterns import SlowPatternError, limited
from .query import Query

#: Paths that are compared with what was typed, and keys that are named when none is near.
_COMPARED, _NAMED = 2_000, 5
#: Seconds of processor time that looking for one term may take: somebody waits.
_BUDGET: Final = 0.25
#: Characters of what was typed that are compared and quoted.
_LONG: Final = 60
#: ``id:54321``: a word of the filter, by its grammar.
_KEY_AND_VALUE: Final = re.compile(r"([A-Za-z_][\w.-]*):([^\s:/].*)", re.ASCII)

#: jq's ``.user.name``, and ``.user?``.
_JQ: Final = re.compile(r"(?:\.[A-Za-z_][\w-]*\??)+", re.ASCII)
#: What only a regular expression has.
_META: Final = re.compile(r"\A\^|\$\Z|\.[*+?]|\][*+?{]|\\[dwsb]")


def advice(text: str, messages: Sequence[Message], every: bool) -> str:
    """Tell why a filter may find nothing.

    It asks for a JSON key or a value that no message has, for a word in another case than they have it, or for a word that
    looks like a key and its value, or like jq's path.

    Parameters
    ----------
    text : str
        The filter.
    messages : sequence of Message
        Some of the newest.
    every : bool
        Whether these are all.

    Returns
    -------
    str
        A sentence with what to type; empty when every key is known, or no message holds JSON.
    """
    values = list(decoded(messages))
    if not any(isinstance(value, (dict, list)) for value in values):
        return ""
    which = "" if every else f" of the newest {len(messages):,}"
    for term in _asked(parse(text)):
        if isinstance(term, Path):
            found = _missing(term.steps, values, which) or _another_value(term, values, messages, which)
        else:
            found = _compared(term.text, values) or _another_spelling(term, messages)
        if found:
            return found
    return ""


def newest_advice(text: str, log: Sequence[Message]) -> str:
    """Tell why a filter may find nothing in a log.

    Parameters
    ----------
    text : str
        The filter.
    log : sequence of Message
        Whose newest are looked at.

    Returns
    -------
    str
        As `advice`.
    """
    return advice(text, log[-NEWEST:], len(log) <= NEWEST)


def advice_on_path(text: str, messages: Sequence[Message], every: bool) -> str:
    """Tell that no message has what a path leads to.

    Parameters
    ----------
    text : str
        The path, as `parse_path` reads it.
    messages, every : sequence of Message and bool
        As for `advice`.

    Returns
    -------
    str
        As `advice`.
    """
    return advice(path_text(parse_path(text)), messages, every)


def _asked(terms: Iterable[Term]) -> Iterator[Path | Word]:
    """List what must be there; what must not be there hides nothing when it is not."""
    for term in terms:
        if term.negated:
            continue
        if isinstance(term, (Every, Some)):
            yield from _asked(term.terms)
        elif isinstance(term, (Path, Word)):
            yield term


def _missing(steps: Sequence[Step], values: Sequence[Any], which: str) -> str:
    for count in range(1, len(steps) + 1):
        if not any(values_at(value, steps[:count]) for value in values):
            break
    else:
        return ""
    key = steps[count - 1]
    if not isinstance(key, str):
        return f"no message{which} has {path_text(steps[:count])[:_LONG]}"
    paths = _paths(values)
    meant = _nearest(key, paths)
    if meant and _last(meant) == key:
        return f"no message{which} has {path_text(steps[:count])[:_LONG]}: did you mean {meant}?"
    end = f"did you mean {meant}?" if meant else f"they have {', '.join(paths[:_NAMED])}"
    return f"no message{which} has the key {key[:_LONG]}{': ' if meant else '; '}{end}"


def _another_value(term: Path, values: Sequence[Any], messages: Sequence[Message], which: str) -> str:
    """Name what messages have at a path where none has what it is compared with."""
    if term.values is None or term.operator not in ("=", "~") or _matched(term, messages, True):
        return ""
    path = path_text(term.steps)
    there = [one for value in values for one in values_at(value, term.steps)]
    if term.operator == "=" and all(isinstance(one, list) for one in there):
        return f"{path[:_LONG]} is an array; to compare its elements type {path[:_LONG]}[*]="
    some = [one.text for one in complete_term(f"{path}=", messages)]
    more = " …" if len(some) > _NAMED else ""
    return f"no message{which} has such a value; they have {', '.join(some[:_NAMED])}{more}" if some else ""


def _another_spelling(term: Word, messages: Sequence[Message]) -> str:
    if term.caseless or len(term.text) > _LONG or _matched(term, messages, True):
        return ""
    if _META.search(term.text) and "/" not in term.text:
        try:
            if _matched(parse(f"/{term.text}/")[0], messages, False):
                return f"{term.text} is searched for as text; as a regular expression it is /{term.text}/"
        except QueryError:
            pass  # no regular expression
    if term.text.startswith('{"') and (path := _pasted(term.text)):
        return f"it is searched for as it is spelled; to compare a key type {path}"
    spelled = f'i:"{term.text}"' if re.search(r"\W", term.text) else f"i:{term.text}"
    return (
        f"it is there in another case: type {spelled}"
        if _matched(replace(term, caseless=True), messages, False)
        else ""
    )


def _pasted(text: str) -> str:
    """Write the first key of a JSON object and its value as a filter; empty when it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for key, one in value.items():
        spelled = spell(one)
        if spelled is not None:
            return f"{path_text([key])}={spelled}"
    return ""


def _matched(term: Term, messages: Sequence[Message], unknown: bool) -> bool:
    """Tell whether any matches; where that takes too long, nothing is claimed: the answer is what makes no advice."""
    query, until = Query("", (term,)), time.thread_time() + _BUDGET
    try:
        with limited(_BUDGET):
            for message in messages:
                if message.size <= SIZE and query.match(message):
                    return True
                if time.thread_time() > until:
                    return unknown
    except SlowPatternError:
        return unknown
    return False


def _compared(word: str, values: Sequence[Any]) -> str:
    path = f"${word.replace('?', '')}"
    if _JQ.fullmatch(word[:_LONG]) and path in _paths(values):
        return f"{word} is searched for as text; messages that have the key are found by {path}"
    found = _KEY_AND_VALUE.fullmatch(word)
    if found is None:
        return ""
    key, value = found[1].rpartition(".")[2], found[2]
    known = next((one for one in _paths(values) if _last(one) == key), None)
    return f"{word[:_LONG]} is searched for as text; to compare the key type {known}={value[:_LONG]}" if known else ""


def _paths(values: Sequence[Any]) -> list[str]:
    """List what paths there are, short ones first; none that contains a secret."""
    some = dict.fromkeys(islice((path for value in values for path in known_paths(value)), 20 * _COMPARED))
    return sorted((path for path in islice(some, _COMPARED) if mask(path) == path), key=len)


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _nearest(key: str, paths: Sequence[str]) -> str | None:
    """Find the path whose last key is this one elsewhere, in another case, or nearly."""
    low = key[:_LONG].lower()
    by_key: dict[str, str] = {}
    for path in paths:
        by_key.setdefault(_last(path).lower(), path)
    near = [low] if low in by_key else difflib.get_close_matches(low, by_key, 1)
    return by_key[near[0]] if near else None


__all__ = ["advice", "advice_on_path", "newest_advice"]
