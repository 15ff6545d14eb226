"""Which JSON key of a filter no message has, and what was meant: for whoever finds nothing, and for columns and plots that stay empty.

Looks into some of the newest messages, as completion does. Only reads; any thread.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from ...redaction.payloads import mask
from ..message import Message
from .completion import decoded, known_paths
from .conditions import values_at
from .grammar import Every, Path, Some, Step, Term, Word, parse, parse_path, path_text

#: Paths that are compared with what was typed, and keys that are named when none is near.
_COMPARED, _NAMED = 2_000, 5
#: Characters of what was typed that are compared and quoted.
_LONG: Final = 60
#: ``id:54321``: a word of the filter, by its grammar.
_KEY_AND_VALUE: Final = re.compile(r"([A-Za-z_][\w.-]*):([^\s:/].*)", re.ASCII)


def advice(text: str, messages: Sequence[Message], every: bool) -> str:
    """Tell why a filter may find nothing: a JSON key that no message has, or a word that looks like a key and its value.

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
    for term in _asked(parse(text)):
        if isinstance(term, Path):
            found = _missing(term.steps, values, "" if every else f" of the newest {len(messages):,}")
        else:
            found = _compared(term.text, values)
        if found:
            return found
    return ""


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


def _compared(word: str, values: Sequence[Any]) -> str:
    found = _KEY_AND_VALUE.fullmatch(word)
    if found is None:
        return ""
    key, value = found[1].rpartition(".")[2], found[2]
    path = next((one for one in _paths(values) if _last(one) == key), None)
    return f"{word[:_LONG]} is searched for as text; to compare the key type {path}={value[:_LONG]}" if path else ""


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


__all__ = ["advice", "advice_on_path"]
