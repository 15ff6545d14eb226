r"""Searches with regular expressions of users, so that a search can be stopped.

``re`` holds the GIL during a search, and checks neither time nor signals: ``(a+)+$`` on 27 bytes blocks all threads of
the kernel, and cannot be interrupted. So patterns of filters and of ``expect`` are not searched with ``re``. The
alternatives:

- ``google-re2`` takes linear time, but has no look-around and no back-references, and no wheels for some systems.
- Using another engine only for patterns that may be slow would make two engines decide what matches.
- ``regex`` has a ``timeout``, checks signals, and can release the GIL (``concurrent=True``). It is one extension module
  without dependencies, with wheels for all platforms of CPython. This module uses it.

``re`` compiles every pattern first, so that invalid patterns raise its errors, and syntax that only ``regex`` knows
(fuzzy matching ``a{e}``, ``[[:alpha:]]``) has the meaning it has in ``re``. A comparison with 250,000 random patterns
found two differences: ``\B`` matches an empty text, as in Python 3.14, and ``i`` does not match the dotless ``ı`` if case
is ignored. Any thread.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from ...redaction.payloads import mask

#: Seconds that a search in one message may take; ``regex`` measures the CPU time of the process.
LIMIT: Final = 1.0
#: Seconds of the first attempt, which holds the GIL: beside a cell that computes, getting it back takes a switch
#: interval (5 ms), which is too long for each of a million messages that take a microsecond.
_QUICK: Final = 0.005
#: For texts with more characters the GIL is released at once, because the engine may scan the text many times before it
#: checks the time.
_LONG: Final = 1 << 16
#: The most characters of a pattern. Compiling takes about 2 µs for each.
LONGEST: Final = 20_000

_REPEAT: Final = re.compile(r"\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\}")


class _Limit(threading.local):
    """The limit of this thread."""

    seconds = LIMIT


_limit = _Limit()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Stop searches of this thread sooner, where something waits for them.

    Parameters
    ----------
    seconds : float
        Instead of `LIMIT`.
    """
    before, _limit.seconds = _limit.seconds, seconds
    try:
        yield
    finally:
        _limit.seconds = before


class SlowPatternError(ValueError):
    """A search with a pattern was stopped, because it took too long or too much memory for one message.

    Not a `TimeoutError`, because another attempt would fail too.

    Parameters
    ----------
    source : str
        The pattern.
    seconds : float
        How long it took.
    memory : bool, default False
        Whether it ran out of memory.

    Attributes
    ----------
    index : int or None
        Permanent index of the message, if it is in a log.
    """

    def __init__(self, source: str, seconds: float, memory: bool = False) -> None:
        super().__init__(source, seconds, memory)
        self.source = source
        self.seconds = seconds
        self.memory = memory
        self.index: int | None = None

    def __str__(self) -> str:
        place = "" if self.index is None else f" on message #{self.index}"
        why = f"for lack of memory after {self.seconds:.2g} s" if self.memory else f"after {self.seconds:.2g} s"
        return (
            f"the pattern /{_shown(self.source)}/ was stopped {why}{place}: it tries too many ways to match. "
            "Avoid a repeat inside a repeat, as in (a+)+, and several .* in a row; narrow it with words, kind: or size:, which are tested first"
        )


class Pattern:
    """A regular expression whose searches have a time limit.

    Parameters
    ----------
    pattern : re.Pattern
        A compiled pattern of str or bytes.

    Raises
    ------
    ValueError
        It is too long, nested too deeply, or depends on the locale.
    """

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        import regex  # takes 10 ms

        #: The pattern it was made from.
        self.source = pattern
        if len(pattern.pattern) > LONGEST:
            raise ValueError(f"it has {len(pattern.pattern):,} characters; at most {LONGEST:,} are allowed")
        if pattern.flags & re.LOCALE:
            raise ValueError("it depends on the locale (re.LOCALE), which is not supported; pass a function instead")
        try:
            compiled = regex.compile(_translated(pattern), _flags(pattern, regex), cache_pattern=False)
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise ValueError(
                "nested too deeply" if isinstance(error, RecursionError) else f"too large ({error})"
            ) from None
        self._search, self._finditer = compiled.search, compiled.finditer

    def spans(self, text: str, most: int) -> list[tuple[int, int]]:
        """Find where it matches, to be marked: as far as a few milliseconds allow.

        Parameters
        ----------
        text : str
            Any.
        most : int
            How many matches at most.

        Returns
        -------
        list of (int, int)
            Begin and end of each match that is not empty.
        """
        found: list[tuple[int, int]] = []
        try:
            for match in self._finditer(text, timeout=_QUICK):
                if match.end() > match.start():
                    found.append(match.span())
                if len(found) >= most:
                    break
        except (TimeoutError, MemoryError):
            pass  # the filter itself, which has more time, tells of a pattern that tries too many ways
        return found

    def search(self, text: str | bytes) -> bool:
        """Tell whether the pattern matches anywhere in a text.

        Parameters
        ----------
        text : str or bytes
            Of the pattern's type.

        Returns
        -------
        bool

        Raises
        ------
        SlowPatternError
            It took more than `LIMIT` seconds, or those of `limited`; or too much memory.
        """
        if len(text) <= _LONG:
            try:
                return self._search(text, timeout=_QUICK) is not None
            except TimeoutError:
                pass  # try again, with the GIL released
        began = time.monotonic()
        try:
            return self._search(text, timeout=_limit.seconds, concurrent=True) is not None
        except (TimeoutError, MemoryError) as error:
            plain = self.source.pattern
            shown = ascii(plain)[2:-1] if isinstance(plain, bytes) else plain
            raise SlowPatternError(shown, time.monotonic() - began, isinstance(error, MemoryError)) from None


@lru_cache(256)
def stoppable(pattern: re.Pattern[Any]) -> Pattern:
    """Return a `Pattern` for a compiled pattern; cached.

    Parameters
    ----------
    pattern : re.Pattern
        A compiled pattern.

    Returns
    -------
    Pattern

    Raises
    ------
    ValueError
        As `Pattern`.
    """
    return Pattern(pattern)


def _shown(source: str) -> str:
    text = "".join(c if c.isprintable() else "·" for c in mask(source, 0, 60))
    return text if len(source) <= 60 else f"{text}…"


def _flags(pattern: re.Pattern[Any], regex: Any) -> int:
    """Translate flags by name, because ``re.ASCII`` has the value of ``regex.VERSION1``."""
    names = ("IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "ASCII")
    return sum(int(getattr(regex, name)) for name in names if pattern.flags & getattr(re, name)) | int(regex.VERSION0)


def _translated(pattern: re.Pattern[Any]) -> Any:
    """Escape characters that are literal in ``re`` but not in ``regex``: braces that are not a repeat, and "[" in a set."""
    source = pattern.pattern
    if isinstance(source, bytes):
        return _escaped(source.decode("latin-1"), bool(pattern.flags & re.VERBOSE)).encode("latin-1")
    return _escaped(source, bool(pattern.flags & re.VERBOSE))


def _escaped(source: str, verbose: bool) -> str:
    parts: list[str] = []
    at, members = 0, -1  # inside a set: where its members begin
    while at < len(source):
        char, end = source[at], at + 1
        if char == "\\":
            end = source.index("}", at) + 1 if source.startswith("\\N{", at) else at + 2
            char = source[at:end]
        elif members >= 0:
            if char == "]" and at > members:
                members = -1
            elif char == "[":
                char = "\\["
        elif char == "[":
            members = at + 1 + source.startswith("^", at + 1)
        elif source.startswith("(?#", at):
            end = source.index(")", at) + 1
            char = source[at:end]
        elif char == "#" and verbose:
            end = (source.find("\n", at) + 1) or len(source)
            char = source[at:end]
        elif char == "{":
            repeat = _REPEAT.match(source, at)
            end, char = (repeat.end(), repeat[0]) if repeat else (end, "\\{")
        parts.append(char)
        at = end
    return "".join(parts)
