r"""Regular expressions that people type, searched so that they can be stopped.

``re`` holds the interpreter lock for the whole of a search and looks at no clock and no signal: ``(a+)+$`` on 27 bytes
stops every thread of the kernel, the reader among them, and nobody can end it. So no pattern of a filter or of
``expect`` is ever given to ``re`` to search with. Three ways out were considered:

- ``google-re2`` runs in linear time, but knows neither look-around nor back-references, and has no wheels for some
  systems.
- Proving a pattern harmless and giving only the others to a second engine would make two engines decide what matches.
- ``regex`` looks at the clock (``timeout=``) and at signals, and can give the interpreter lock away
  (``concurrent=True``). It is one extension module without dependencies, and has wheels wherever CPython has them. This
  is what runs here.

``re`` still reads every pattern first: what it refuses is refused with its words, and what only ``regex`` knows (fuzzy
matching ``a{e}``, ``[[:alpha:]]``) means what it means to ``re``. Two differences are left, found by 250,000 random
patterns: ``\B`` matches an empty text, as in Python 3.14, and without regard to case ``i`` is not the dotless ``ı``.
Any thread.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any, Final

from ...redaction.payloads import mask

#: Seconds that a pattern may take for one message; ``regex`` counts processor time, of all threads of the process.
LIMIT: Final = 1.0
#: Seconds of the first try, which keeps the interpreter lock: giving it away costs a switch interval (5 ms) beside a
#: cell that computes, too much for each of a million messages that take a microsecond.
_QUICK: Final = 0.005
#: Characters above which the lock is given away at once: between two looks at the clock the engine may run over the
#: text many times.
_LONG: Final = 1 << 16
#: Characters of a pattern. Compiling is Python code and takes about 2 µs for each.
LONGEST: Final = 20_000

_REPEAT: Final = re.compile(r"\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\}")


class SlowPatternError(ValueError):
    """A pattern was stopped, because it took too long, or too much memory, for one message.

    Not a `TimeoutError`: trying again would take as long.

    Parameters
    ----------
    source : str
        The pattern.
    seconds : float
        How long it ran.
    memory : bool, default False
        Whether memory was what it had too little of.

    Attributes
    ----------
    index : int or None
        Permanent index of the message, where it is one of a log.
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
            "Avoid a repeat inside a repeat, as in (a+)+, and several .* in a row; narrow it with words, kind: or size:, which are asked first"
        )


class Pattern:
    """A regular expression whose searches end.

    Parameters
    ----------
    pattern : re.Pattern
        As ``re`` compiled it, of text or of bytes.

    Raises
    ------
    ValueError
        It is too long, nested too deeply, or depends on the locale.
    """

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        import regex  # 10 ms, for those who never use one

        #: What was compiled.
        self.source = pattern
        if len(pattern.pattern) > LONGEST:
            raise ValueError(f"it has {len(pattern.pattern):,} characters, of at most {LONGEST:,}")
        if pattern.flags & re.LOCALE:
            raise ValueError(
                "it depends on the locale (re.LOCALE), which cannot be searched in the background; give a function"
            )
        try:
            self._search = regex.compile(_translated(pattern), _flags(pattern, regex), cache_pattern=False).search
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise ValueError(
                "nested too deeply" if isinstance(error, RecursionError) else f"too large ({error})"
            ) from None

    def search(self, text: str | bytes) -> bool:
        """Tell whether there is a match anywhere.

        Parameters
        ----------
        text : str or bytes
            As the pattern is.

        Returns
        -------
        bool

        Raises
        ------
        SlowPatternError
            It took more than `LIMIT` seconds, or more memory than the engine takes.
        """
        if len(text) <= _LONG:
            try:
                return self._search(text, timeout=_QUICK) is not None
            except TimeoutError:
                pass  # again, with the interpreter lock given away
        began = time.monotonic()
        try:
            return self._search(text, timeout=LIMIT, concurrent=True) is not None
        except (TimeoutError, MemoryError) as error:
            plain = self.source.pattern
            shown = ascii(plain)[2:-1] if isinstance(plain, bytes) else plain
            raise SlowPatternError(shown, time.monotonic() - began, isinstance(error, MemoryError)) from None


@lru_cache(256)
def stoppable(pattern: re.Pattern[Any]) -> Pattern:
    """Make a pattern whose searches end.

    Parameters
    ----------
    pattern : re.Pattern
        As ``re`` compiled it.

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
    """Translate flags by name: ``re.ASCII`` is the number of ``regex.VERSION1``."""
    names = ("IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "ASCII")
    return sum(int(getattr(regex, name)) for name in names if pattern.flags & getattr(re, name)) | int(regex.VERSION0)


def _translated(pattern: re.Pattern[Any]) -> Any:
    """Escape what ``re`` takes literally and ``regex`` does not: braces that are no repeat, and brackets within a set."""
    source = pattern.pattern
    if isinstance(source, bytes):
        return _escaped(source.decode("latin-1"), bool(pattern.flags & re.VERBOSE)).encode("latin-1")
    return _escaped(source, bool(pattern.flags & re.VERBOSE))


def _escaped(source: str, verbose: bool) -> str:
    parts: list[str] = []
    at, members = 0, -1  # where the members of the set begin that we are in
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
