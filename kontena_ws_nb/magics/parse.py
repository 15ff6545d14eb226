"""Parses a magic's line: options first, POSIX style, then the rest, which is not changed.

Pure functions, any thread.

    -s NAME   -sNAME   --name VALUE   --name=VALUE   -k   --   rest of the line, quotes and all
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..options import INSECURE, Options
from ..redaction.invalid import quoted_if_harmless
from .report import UsageError


@dataclass(frozen=True)
class Flag:
    """One option of a magic.

    Parameters
    ----------
    names : tuple of str
        ``-s``, ``--session``; errors show the first.
    to : str
        Key in the result.
    metavar : str
        Name of its value in help texts; empty if it takes none.
    help : str
        For the help text.
    value : object
        The value in the result, for a flag without one of its own.
    convert : callable
        Converts the text of a value; raises ValueError.
    many : bool
        Whether it may be repeated; the result is then a list.
    filter : bool
        Whether its value is a filter: everything up to ``--``, quotes included; without ``--`` one word.
    """

    names: tuple[str, ...]
    to: str
    metavar: str = ""
    help: str = ""
    value: Any = True
    convert: Callable[[str], Any] = str
    many: bool = False
    filter: bool = False

    @property
    def synopsis(self) -> str:
        """How it is typed."""
        return ", ".join(self.names) + (f" {self.metavar}" if self.metavar else "")


def seconds(text: str) -> float:
    """Parse seconds: ``5``, ``0.5``, ``5s``, ``250ms``.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        It is not a number of seconds.
    """
    match = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ms|s)?", text)
    if not match:
        raise ValueError(f"expected seconds such as 5 or 0.5, got {quoted_if_harmless(text)}")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def whole(text: str) -> int:
    """Parse a whole number that is not negative.

    Parameters
    ----------
    text : str
        What was typed.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It is not such a number.
    """
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise ValueError(f"expected a whole number, got {quoted_if_harmless(text)}")
    return int(text)


def _redirects(text: str) -> int | str:
    return text if text == INSECURE else whole(text)


def _pair(text: str) -> tuple[str, str]:
    host, colon, address = text.partition(":")
    if not colon or not host or not address:
        raise ValueError(f"expected HOST:ADDRESS, got {quoted_if_harmless(text)}")
    return host, address


_CONVERT: Mapping[str, Callable[[str], Any]] = {
    "connect_timeout": seconds,
    "ping_interval": seconds,
    "ping_timeout": seconds,
    "redirects": _redirects,
    "max_size": whole,
    "max_bytes": whole,
    "resolve": _pair,
}
_MANY = frozenset({"headers", "cookies", "subprotocols", "resolve", "redact"})
#: Quotes that may be around a URL: those of shells, word processors, RFC 3986 appendix C and Markdown.
_QUOTES: Mapping[str, str] = {"'": "'", '"': '"', "\u201c": "\u201d", "\u2018": "\u2019", "<": ">", "`": "`"}
#: Flags that turn something off, and the value they set.
_OFF: Mapping[str, Any] = {"--no-verify": False, "--no-compression": False, "--no-ping": None}


def connection_flags() -> list[Flag]:
    """Make the flags of `Options` from its table.

    Returns
    -------
    list of Flag
    """
    made = []
    for option in fields(Options):
        names = tuple(re.findall(r"--?[a-z][a-z-]*", option.metadata["flag"] or "", re.IGNORECASE))
        text, metavar = option.metadata["help"], option.metadata["metavar"] or ""
        off = [name for name in names if name in _OFF]
        if off:
            # "-k --no-verify" is one flag with two names; "--ping-interval, --no-ping" are two flags.
            alone = names if not metavar else tuple(off)
            made.append(
                Flag(alone, option.name, "", f"do not {text}" if not metavar else "no keepalive pings", _OFF[off[0]])
            )
            names = tuple(name for name in names if name not in alone)
        if names:
            made.append(
                Flag(names, option.name, metavar, text, True, _CONVERT.get(option.name, str), option.name in _MANY)
            )
    return made


def split(
    line: str,
    flags: Sequence[Flag],
    magic: str,
    *,
    verbatim: bool = False,
    filters: Callable[[str], bool] | None = None,
) -> tuple[dict[str, Any], str]:
    """Split the options off the beginning of a line.

    Parameters
    ----------
    line : str
        The text after the magic's name.
    flags : sequence of Flag
        The magic's options.
    magic : str
        The magic's name, for errors.
    verbatim : bool, default False
        Keep the white space around the rest.
    filters : callable, optional
        Set if the rest is a filter; tells whether a session has a name. A word that begins with one dash and is not an
        option then begins the filter: ``-sell`` is the option ``-s`` only if there is a session ``ell``, and ``-name``
        is not ``-n``, because ``ame`` is not a number.

    Returns
    -------
    (dict, str)
        The options on the line, by `Flag.to`; and the rest, without the white space around it, but after ``--`` exactly
        as it is.

    Raises
    ------
    UsageError
        An option is unknown (the nearest is suggested), or its value is missing or invalid.
    """
    known = {name: flag for flag in flags for name in flag.names}
    found: dict[str, Any] = {}
    at = 0
    while True:
        start = at
        while at < len(line) and line[at].isspace():
            at += 1
        if at == len(line) or line[at] != "-" or line[at : at + 2].strip() == "-":
            rest = line[start:] if verbatim else line[at:].rstrip()
            return found, rest
        word = re.match(r"[^\s=]+", line[at:])
        assert word is not None  # line[at] is a dash
        name, after = word[0], at + word.end()
        if name == "--":
            return found, line[after + 1 :]
        attached = None
        if not name.startswith("--") and len(name) > 2:
            # -sNAME, where NAME may contain an equals sign, at which the pattern above stopped.
            after, name = at + 2, name[:2]
            attached = after
        elif line[after : after + 1] == "=":
            attached = after + 1
        flag = known.get(name)
        if filters is not None and not word[0].startswith("--"):
            joined = word[0][2:]
            if flag is None or (joined and not _fits(flag, joined, filters)):
                return found, line[at:].rstrip()  # -tick: a negated term of the filter
        if flag is None:
            # The error quotes "-ping", but of "-xSECRET" only "-x".
            typed = re.match(r"-[a-z]{2,12}(?![^\s])", line[at:])
            raise UsageError(_unknown(typed[0] if typed else name, known, magic))
        if not flag.metavar:
            if attached is not None:
                raise UsageError(f"%{magic}: {name} takes no value")
            found[flag.to] = flag.value
            at = after
            continue
        begin = attached if attached is not None else after
        taken = _filter(line, begin, flag, known, magic) if flag.filter else None
        text, at = taken or _value(line, begin, flag, magic, attached is not None)
        try:
            value = flag.convert(text)
        except ValueError as error:
            raise UsageError(f"%{magic}: {name}: {error}") from None
        if flag.many:
            found.setdefault(flag.to, []).append(value)
        else:
            found[flag.to] = value


#: What ends a filter, or may hide such an end: a text in quotes, or an option.
_IN_FILTER = re.compile(
    r"""(?<![\w\\])(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![^\s(=|,~-])/(?:\\.|[^/\\])+/|(?<!\S)(--[a-z-]*)(?=[\s=]|\Z)""",
    re.DOTALL,
)
#: A filter of one word: quotes behind ``=`` and the like, and patterns, may hold spaces.
_TERM = re.compile(
    r"""(?:(?<=[=|,~(])(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![^\s(=|,~-])/(?:\\.|[^/\\])+/|\S)+""", re.DOTALL
)


def _filter(line: str, at: int, flag: Flag, known: Mapping[str, Flag], magic: str) -> tuple[str, int] | None:
    """Read a filter: up to ``--`` or an option in front of it, untouched; None when it is one shell word."""
    begin = at + len(line[at:]) - len(line[at:].lstrip())
    marks = [found for found in _IN_FILTER.finditer(line, begin) if found[1] == "--" or found[1] in known]
    if "--" in [found[1] for found in marks]:
        # Options between the filter and the dashes are read as options.
        end = marks[0].start()
        text = line[begin:end].rstrip()
        if not text:
            raise UsageError(f"%{magic}: {flag.names[0]} needs a value: {flag.synopsis}")
        return _unquoted(text), end
    if line[begin : begin + 1] in ("'", '"', ""):
        return None
    opened = 0
    for end in range(begin, len(line)) if re.match(r"-?\(", line[begin : begin + 2]) else ():
        opened += (line[end] == "(") - (line[end] == ")")
        if line[end] == ")" and not opened:
            return line[begin : end + 1], end + 1
    word = _TERM.match(line, begin)
    assert word is not None  # something is there
    return word[0], word.end()


def _unquoted(text: str) -> str:
    """Take the shell's quotes off a whole filter; those around words alone are the filter's own, and make them a phrase."""
    from ..log.filter.grammar import Word, parse  # with the filters, for those who use one
    from ..log.filter.query_error import QueryError

    if len(text) < 2 or text[0] not in "'\"" or text.find(text[0], 1) != len(text) - 1:
        return text
    try:
        return text if all(isinstance(term, Word) for term in parse(text[1:-1])) else text[1:-1]
    except QueryError:
        return text[1:-1]  # which will be told


def _fits(flag: Flag, joined: str, session: Callable[[str], bool]) -> bool:
    """Tell whether the text right after a short option can be its value."""
    if joined[0] in "\"'":
        return True
    try:
        value = flag.convert(joined)
    except ValueError:
        return False
    return flag.to != "session" or session(value)


def operand(rest: str, values: dict[str, Any], flags: Sequence[Flag], magic: str) -> tuple[str, dict[str, Any]]:
    """Parse the rest of a line as a URL, perhaps in quotes, and options after it, as curl allows.

    Parameters
    ----------
    rest : str
        From `split`; not empty.
    values : dict
        The options before the URL, from `split`.
    flags, magic
        As for `split`.

    Returns
    -------
    (str, dict)
        The URL, and all options. Of an option that occurs twice the last counts, unless it may be repeated.

    Raises
    ------
    UsageError
        There is another argument, or as `split`.
    """
    rest = rest.strip()
    close = _QUOTES.get(rest[0])
    end = rest.find(close, 1) if close else -1
    if end > 0:
        url, after = rest[1:end].strip(), rest[end + 1 :]
    else:
        url = rest.split(maxsplit=1)[0]
        after = rest[len(url) :]
    more, left = split(after, flags, magic)
    if left.strip():
        raise UsageError(f"%{magic}: expected one URL, but there is another argument: {quoted_if_harmless(left)}")
    for name, value in more.items():
        values[name] = [*values.get(name, ()), *value] if isinstance(value, list) else value
    return url, values


def _unknown(word: str, known: Iterable[str], magic: str) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    did = f"; did you mean {near[0]}?" if near else ""
    return f"%{magic}: unknown option {word}{did} (write -- before text that begins with -: %{magic} -- {word}; %{magic}? lists the options)"


def _value(line: str, at: int, flag: Flag, magic: str, attached: bool) -> tuple[str, int]:
    """Parse one shell word: quotes group, and a backslash outside single quotes escapes (POSIX shell, section 2.2)."""
    while not attached and at < len(line) and line[at].isspace():
        at += 1
    if at == len(line):
        raise UsageError(f"%{magic}: {flag.names[0]} needs a value: {flag.synopsis}")
    text, quote = [], ""
    while at < len(line) and (quote or not line[at].isspace()):
        c = line[at]
        if c == "\\" and quote != "'" and at + 1 < len(line) and (not quote or line[at + 1] in '"\\$`'):
            at += 1
            text.append(line[at])
        elif c == quote:
            quote = ""
        elif not quote and c in "\"'":
            quote = c
        else:
            text.append(c)
        at += 1
    if quote:
        raise UsageError(f"%{magic}: a quote in the value of {flag.names[0]} is not closed")
    return "".join(text), at
