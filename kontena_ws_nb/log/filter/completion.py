"""What a filter that is being typed may go on with: its keys, their values, JSON paths, and values that messages have there.

For Tab in magics and for the panel's filter box. Only reads; any thread.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ...decoders.registry import DECODERS
from ...redaction.payloads import mask
from ..kinds import ALL
from ..message import Message
from .candidate import Candidate
from .conditions import values_at
from .grammar import DIRECTIONS, FORMS, Path, QueryError, parse

#: Forms of the grammar that can be typed on from.
_KEYS: Final = ("dir:", "kind:", "size:>", "since:", "before:", "conn:", "hex:", "decoder:", "label:", "i:", "$.")
#: How many of the newest messages of a log have their keys and values offered.
NEWEST: Final = 50
#: JSON keys are taken from messages up to this size in bytes and this depth; values are those of this many characters.
SIZE, _DEPTH, _LONG = 65_536, 3, 80
_A_KEY: Final = "JSON key of a message"
#: How many are offered.
_MOST: Final = 50
_NOT: Final = re.compile(r"[(!-]*(?:i:)?")
#: A quoted text, anything else within a term, and what stands between two terms.
_PARTS: Final = re.compile(r""""(?:[^"\\]|\\.)*(?:"|\Z)|[^\s"()]+|([\s()])""", re.DOTALL)
_COMPARED: Final = re.compile(r"(\$[^\s=<>!~|]+)(!=|!~|[=~])(.*)\Z", re.DOTALL)
#: A text that needs no quotes as a value, and is no number or literal of JSON.
_BARE: Final = re.compile(r"(?!(?:true|false|null)\Z)[A-Za-z_][\w.:/-]*\Z", re.ASCII)


def term_at_end(text: str) -> int:
    """Tell where the term begins that a text ends with.

    Parameters
    ----------
    text : str
        A filter up to the cursor.

    Returns
    -------
    int
        An offset; the length of the text when a new term begins.
    """
    return max((found.end() for found in _PARTS.finditer(text) if found[1]), default=0)


def complete_term(word: str, messages: Iterable[Message]) -> list[Candidate]:
    """Complete a term of a filter.

    Parameters
    ----------
    word : str
        What is there of it.
    messages : iterable of Message
        Whose paths and values are offered: some of the newest.

    Returns
    -------
    list of Candidate
        Best first, at most 50, none that contains a secret.

    Examples
    --------
    >>> [found.text for found in complete_term("-dir:s", [])]
    ['-dir:sent']
    """
    found = (one for one in _candidates(word, messages) if one.text.startswith(word) and one.text != word)
    return [one for one in dict.fromkeys(found) if mask(one.text) == one.text][:_MOST]


def complete_path(word: str, messages: Iterable[Message]) -> list[Candidate]:
    """Complete a JSON path, also by one of its keys alone.

    Parameters
    ----------
    word : str
        A path, or the beginning of a key.
    messages : iterable of Message
        As for `complete_term`.

    Returns
    -------
    list of Candidate
        As `complete_term`; whole paths, those that begin with the key first.
    """
    if word.startswith("$"):
        return complete_term(word, messages)
    paths = {path for value in decoded(messages) for path in known_paths(value)}
    low = word.lower()
    found = sorted(
        (not path[2:].lower().startswith(low), path)
        for path in paths
        if f".{low}" in path.lower() and mask(path) == path
    )
    return [Candidate(path, _A_KEY) for _, path in found[:_MOST]]


def _candidates(word: str, messages: Iterable[Message]) -> Iterable[Candidate]:
    dash = _NOT.match(word)[0]  # type: ignore[index]
    for key, values in (("dir:", DIRECTIONS), ("kind:", ALL), ("decoder:", tuple(DECODERS))):
        if word.startswith(dash + key):
            done = word[: word.rfind(",") + 1] or dash + key
            return [Candidate(done + value, key.rstrip(":")) for value in values]
    if compared := _COMPARED.match(word[len(dash) :]):
        return _values(dash + compared[1] + compared[2], compared[1], compared[3], messages)
    if word.startswith(f"{dash}$"):
        paths = {path for value in decoded(messages) for path in known_paths(value)}
        return [Candidate(dash + path, _A_KEY) for path in sorted(paths)]
    return [Candidate(dash + key, FORMS.get(key.rstrip(">")) or "JSON path") for key in _KEYS]


def decoded(messages: Iterable[Message]) -> Iterator[Any]:
    """Give what messages mean, but for large ones.

    Parameters
    ----------
    messages : iterable of Message
        Some of the newest.

    Yields
    ------
    object
        As `Message.decoded`.
    """
    return (message.decoded for message in messages if message.size <= SIZE)


def known_paths(value: object, path: str = "$", depth: int = _DEPTH) -> Iterator[str]:
    """List the paths of a value's keys.

    Parameters
    ----------
    value : object
        What a message means.
    path, depth : str and int, optional
        Where it is, and how many objects deep to look.

    Yields
    ------
    str
    """
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            if isinstance(key, str) and re.fullmatch(r"[A-Za-z_][\w-]{0,60}", key):
                yield f"{path}.{key}"
                yield from known_paths(inner, f"{path}.{key}", depth - 1)
    elif isinstance(value, list) and value and not path.endswith("[*]"):
        yield from known_paths(value[0], f"{path}[*]", depth)


def _values(front: str, path: str, typed: str, messages: Iterable[Message]) -> Iterator[Candidate]:
    """Give what messages have at a path, the most frequent first."""
    try:
        (term,) = parse(path)
    except (QueryError, ValueError):
        return
    assert isinstance(term, Path)
    several = re.match(r"(?:.*[|,])?", typed)
    done = front + (several[0] if several else "")
    seen = Counter(
        spelled
        for value in decoded(messages)
        for one in values_at(value, term.steps)
        if (spelled := spell(one)) is not None
    )
    for spelled, many in seen.most_common(_MOST):
        yield Candidate(done + spelled, f"in {many:,} of the newest messages")


def spell(value: object) -> str | None:
    """Write a value as a filter compares it.

    Parameters
    ----------
    value : object
        From JSON.

    Returns
    -------
    str or None
        None for an object, an array, and a long text.
    """
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False)
        return None if len(value) > _LONG else value if _BARE.match(value) else quoted
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return None
