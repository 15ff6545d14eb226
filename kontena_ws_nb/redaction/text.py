r"""Text from strangers, made safe to print: the one place that escapes for terminals and other plain text.

Every display, error and line of the logger passes here, so this is also where secrets (`payloads`) are masked for the
last time, before anything is cut.

Here are `visible` (controls become ``\x1b``, bidirectional overrides ``\u202e``), `printable` (one bounded line),
`quoted` (the same in quotes), `safe_message` and `unmasked_message` (a text of ours that may hold theirs). HTML is escaped in
`display.html`, on top of `visible`. Pure functions, any thread; strings without anything to escape cost one regular
expression search.
"""

from __future__ import annotations

import re
from typing import Final

from .payloads import mask, mask_bytes

# What hides, reorders or drives a terminal: C0, DEL and C1 controls; Arabic letter mark, zero width space, direction
# marks, line and paragraph separators, embeddings and overrides, word joiner … isolates, byte order mark, interlinear
# marks, tag characters (Unicode Standard Annex 9, Technical Report 36); and lone surrogates, which no encoder takes.
# Joiners (U+200C, U+200D) are part of words and emoji.
_HIDDEN: Final = "\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff"
_ONE_LINE: Final = re.compile(f"[{_HIDDEN}]")
_MANY_LINES: Final = re.compile(rf"(?![\n\t])[{_HIDDEN}]")
#: In errors and log lines the rule is turned round: only what Python calls printable.
_UNUSUAL: Final = re.compile(r"[^ -~]")

#: Characters of a text of ours, with all that it holds of strangers; every part is bounded where it is put in.
_LONGEST: Final = 4000


def visible(text: str, *, multiline: bool = False) -> str:
    r"""Write invisible and dangerous characters as escapes, and mask secrets.

    Parameters
    ----------
    text : str
        Any text, lone surrogates included.
    multiline : bool, default False
        Leave newlines and tabs alone.

    Returns
    -------
    str
        Safe to encode and to print.

    Examples
    --------
    >>> print(visible("a\x1b[31m\u202eb"))
    a\x1b[31m\u202eb
    """
    return (_MANY_LINES if multiline else _ONE_LINE).sub(_escape, mask(text))


def printable(text: str, limit: int | None = 200, *, multiline: bool = False) -> str:
    r"""Make text from a stranger safe to print in a terminal.

    Parameters
    ----------
    text : str
        Any text.
    limit : int or None, default 200
        Characters of the text to show, before escaping; the rest becomes ``…``. None shows all.
    multiline : bool, default False
        Leave newlines and tabs alone.

    Returns
    -------
    str
        With ``limit``, never longer than 10 times it.

    Examples
    --------
    >>> printable("tick\n" * 3, 7)
    'tick\\nti…'
    """
    if limit is not None and len(text) > limit:
        return visible(mask(text, 0, limit), multiline=multiline) + "…"
    return visible(text, multiline=multiline)


def quoted(text: str | bytes, limit: int = 200) -> str:
    r"""Quote what a stranger wrote, in an error: as ``repr``, bounded, and saying how long it is when it was cut.

    Parameters
    ----------
    text : str or bytes
        Any.
    limit : int, default 200
        Characters or bytes to show, before escaping.

    Returns
    -------
    str

    Examples
    --------
    >>> print(quoted("chat\x1b"), quoted("ab" * 500, 4))
    'chat\x1b' 'abab…' (1,000 characters)
    >>> quoted(b"SSH-2.0", 3)
    "b'SSH…' (7 bytes)"
    """
    shown = repr(mask_bytes(text, 0, limit) if isinstance(text, bytes) else mask(text, 0, limit))
    if len(text) <= limit:
        return shown
    return f"{shown[:-1]}…{shown[-1]} ({len(text):,} {'bytes' if isinstance(text, bytes) else 'characters'})"


def safe_message(text: str) -> str:
    r"""Make a text of ours, which may hold a stranger's, safe to print and not too long: an error's message, a line of the logger.

    Its newlines are ours: whoever puts in a stranger's text makes one line of it, with `printable` or `quoted`.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        At most some 4,000 characters, before escaping.

    Examples
    --------
    >>> print(safe_message("closed: \u200dbye\x07"))
    closed: \u200dbye\x07
    """
    return _cut(mask(text, 0, _LONGEST), len(text))


def unmasked_message(text: str) -> str:
    """Make a text of ours safe to keep as a row of the log: as `safe_message`, but unmasked, because what is kept is masked where it is shown.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        At most some 4,000 characters, before escaping.
    """
    return _cut(text[:_LONGEST], len(text))


def _cut(shown: str, size: int) -> str:
    if not (shown.isascii() and shown.isprintable()):
        shown = _UNUSUAL.sub(_unless_harmless, shown)
    return shown if size <= _LONGEST else f"{shown}… ({size:,} characters)"


def _unless_harmless(match: re.Match[str]) -> str:
    character = match.group()
    return character if character == "\n" or character.isprintable() else _escape(match)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
