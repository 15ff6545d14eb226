"""The terms of a filter: what `grammar` reads and `query` asks. Values only; any thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Term:
    """One condition of a filter.

    Parameters
    ----------
    position : int
        Where it stands in the filter's text.
    negated : bool
        True when the messages *without* it are wanted.
    """

    position: int
    negated: bool


@dataclass(frozen=True)
class Word(Term):
    """The payload contains `text` (case-sensitive)."""

    text: str


@dataclass(frozen=True)
class Regex(Term):
    """`pattern` is found in the payload's text."""

    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Direction(Term):
    """The message's direction is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Kind(Term):
    """The message's kind is one of `values`."""

    values: frozenset[str]


@dataclass(frozen=True)
class Size(Term):
    """The payload has `low` to `high` bytes, both included; `high` None means no limit."""

    low: int
    high: int | None


@dataclass(frozen=True)
class Since(Term):
    """The message is not older than `time_ns` (nanoseconds since the epoch)."""

    time_ns: int


@dataclass(frozen=True)
class Path(Term):
    """The payload is JSON that has the path, or has one of `values` there.

    Parameters
    ----------
    steps : tuple of (str | int | None)
        Object keys, array indices (negative: from the end), None for any.
    values : tuple of JSON scalars, or None
        What to compare with; None asks only for presence. Numbers are `Decimal`: JSON's are decimal, and exact.
    """

    steps: tuple[str | int | None, ...]
    values: tuple[str | bool | Decimal | None, ...] | None
