"""`changes`: what differs between two JSON values, path by path, and which paths do not count. Pure; any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from ..log.filter import grammar
from ..log.filter.json import NOT_JSON, parse_json
from .differences import place, short

#: Changes that are listed of two values.
MOST: Final = 100
#: How deep objects and arrays are compared part by part; below they are equal or not.
_DEPTH: Final = 50

#: Larger payloads, in bytes, are compared as they are, not as JSON.
_PARSED: Final = 4 << 20

#: In the place of a value that one of the two does not have.
_NOTHING: Final = object()


class Change(NamedTuple):
    """One difference.

    Parameters
    ----------
    kind : {"changed", "added", "removed"}
        What happened.
    path : str
        Where, as a filter's ``$.path``.
    before, after : object
        The values; None for what is not there.
    """

    kind: Literal["changed", "added", "removed"]
    path: str
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        if self.kind == "added":
            return f"{self.path}: added {short(self.after)}"
        if self.kind == "removed":
            return f"{self.path}: removed {short(self.before)}"
        return f"{self.path}: {short(self.before)} → {short(self.after)}"


def changes(before: Any, after: Any) -> list[Change]:
    """List what differs between two values, the first hundred.

    Parameters
    ----------
    before, after : object
        As `json.loads` makes them. 1 and 1.0 are the same number; ``true`` and 1 are not the same.

    Returns
    -------
    list of Change
        In the order of ``before``, what was added last. Arrays are compared item by item.

    Examples
    --------
    >>> [str(change) for change in changes({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3], "c": None})]
    ['$.b[1]: 2 → 3', '$.c: added None']
    """
    return list(islice(_changes(before, after, "$", 0), MOST))


def _changes(before: Any, after: Any, path: str, depth: int) -> Iterator[Change]:
    if depth < _DEPTH and isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(place(path, key), before.get(key, _NOTHING), after.get(key, _NOTHING)) for key in keys]
    elif depth < _DEPTH and isinstance(before, list) and isinstance(after, list):
        shared = min(len(before), len(after))
        pairs = [(f"{path}[{at}]", before[at], after[at]) for at in range(shared)]
        pairs += [(f"{path}[{at}]", before[at], _NOTHING) for at in range(shared, len(before))]
        pairs += [(f"{path}[{at}]", _NOTHING, after[at]) for at in range(shared, len(after))]
    else:
        if not _same(before, after):
            yield Change("changed", path, before, after)
        return
    for where, old, new in pairs:
        if old is _NOTHING:
            yield Change("added", where, None, new)
        elif new is _NOTHING:
            yield Change("removed", where, old)
        else:
            yield from _changes(old, new, where, depth + 1)


def _same(before: Any, after: Any) -> bool:
    # 1 == True in Python, not in JSON.
    return bool(before == after) and isinstance(before, bool) is isinstance(after, bool)


class Ignored:
    """Paths whose values do not count when two messages are compared.

    Parameters
    ----------
    paths : iterable of str
        As in a filter: ``$.time``, ``$.items[*].id``, ``$..nonce``.

    Raises
    ------
    ValueError
        Something that is no such path.
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        if isinstance(paths, str):
            raise ValueError(f"ignore is a list of paths, got one text; write [{paths!r}]")
        self.paths = tuple(paths)
        self._steps = [_steps(path) for path in self.paths]

    def __bool__(self) -> bool:
        return bool(self.paths)

    def without(self, value: Any) -> Any:
        """Copy a value without what does not count.

        Parameters
        ----------
        value : object
            As `json.loads` makes it.

        Returns
        -------
        object
            The value itself when nothing is ignored. Members of objects are left out, items of arrays are None.
        """
        for steps in self._steps:
            value = _without(value, steps)
        return value


def _steps(path: str) -> tuple[grammar.Step, ...]:
    terms = grammar.parse(path)
    term = terms[0] if len(terms) == 1 else None
    if not isinstance(term, grammar.Path) or term.negated or term.values is not None or not term.steps:
        raise ValueError(f"what is ignored is a path such as $.time or $..id, got {short(path)}")
    return term.steps


def _without(value: Any, steps: Sequence[grammar.Step]) -> Any:
    step, rest = steps[0], steps[1:]
    if step is ...:
        # Any depth: here, and below every member.
        value = _without(value, rest)
        if isinstance(value, dict):
            return {key: _without(item, steps) for key, item in value.items()}
        return [_without(item, steps) for item in value] if isinstance(value, list) else value
    if isinstance(value, dict):
        if step is not None and step not in value:
            return value
        return {
            key: _without(item, rest) if key == step or step is None else item
            for key, item in value.items()
            if rest or not (key == step or step is None)
        }
    if isinstance(value, list) and not isinstance(step, str):
        chosen = range(len(value)) if step is None else [step % len(value)] if -len(value) <= step < len(value) else ()
        return [(_without(item, rest) if rest else None) if at in chosen else item for at, item in enumerate(value)]
    return value


def payload_changes(before: bytes, after: bytes, ignored: Ignored) -> tuple[str, ...]:
    """Tell how two payloads differ.

    Parameters
    ----------
    before, after : bytes
        The payloads.
    ignored : Ignored
        What does not count in JSON.

    Returns
    -------
    tuple of str
        A line each, secrets masked; empty when they are the same. Of JSON the paths that differ; where something is
        ignored, how it is written does not count either.
    """
    if before == after:
        return ()
    if max(len(before), len(after)) <= _PARSED:
        one, other = parse_json(before), parse_json(after)
        if one is not NOT_JSON and other is not NOT_JSON:
            found = changes(ignored.without(one), ignored.without(other))
            if found or ignored:
                return tuple(map(str, found))
            return ("the same JSON, written in another way", *_bytes(before, after))
    return _bytes(before, after)


def _bytes(before: bytes, after: bytes) -> tuple[str, ...]:
    """Show both, from a little before where they begin to differ."""
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), None)
    at = min(len(before), len(after)) if at is None else at
    start = max(0, at - 20)
    return (f"at byte {at}: {_shown(before[start : at + 40])} → {_shown(after[start : at + 40])}",)


def _shown(payload: bytes) -> str:
    try:
        return short(payload.decode())
    except UnicodeDecodeError:
        return short(payload)
