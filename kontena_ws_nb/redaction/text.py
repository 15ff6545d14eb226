r"""Makes text safe to print: masks known secrets, and escapes control characters and bidirectional overrides.

Used by every display, error and log line: `visible` escapes, `printable` also shortens, `quoted` also adds quotes, and
`safe_message` and `unmasked_message` are for our own messages, which may quote others. `display.html` escapes HTML in
addition. Pure functions, any thread; a text without anything to escape costs one search.
"""

from __future__ import annotations

import re
from typing import Final

from .payloads import mask, mask_bytes

# Characters that are invisible, reorder text or control terminals: C0, DEL and C1 controls; soft hyphen, Arabic letter
# mark, zero width space, direction marks, line and paragraph separators, embeddings and overrides, word joiner …
# isolates, byte order mark, interlinear annotations, tag characters (Unicode Standard Annex 9, Technical Report 36);
# and lone surrogates, which cannot be encoded. Not the joiners U+200C and U+200D, which are part of words and emoji.
_HIDDEN: Final = "\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff"
_ONE_LINE: Final = re.compile(f"[{_HIDDEN}]")
_MANY_LINES: Final = re.compile(rf"(?![\n\t])[{_HIDDEN}]")
#: In errors and log lines, only characters that `str.isprintable` accepts are kept.
_UNUSUAL: Final = re.compile(r"[^ -~]")

#: How many characters of one of our messages are shown. Quoted parts are shortened before.
_LONGEST: Final = 4000


def visible(text: str, *, multiline: bool = False) -> str:
    r"""Mask secrets, and escape invisible and dangerous characters.

    Parameters
    ----------
    text : str
        Any text, also with lone surrogates.
    multiline : bool, default False
        Keep newlines and tabs.

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
    r"""Make text from others safe to print in a terminal, and shorten it.

    Parameters
    ----------
    text : str
        Any text.
    limit : int or None, default 200
        How many characters are kept, before escaping; ``…`` replaces the rest. None keeps all.
    multiline : bool, default False
        Keep newlines and tabs.

    Returns
    -------
    str
        At most ``10 * limit`` characters and ``…``.

    Examples
    --------
    >>> printable("tick\n" * 3, 7)
    'tick\\nti…'
    """
    if limit is not None and len(text) > limit:
        return visible(mask(text, 0, limit), multiline=multiline) + "…"
    return visible(text, multiline=multiline)


def quoted(text: str | bytes, limit: int = 200) -> str:
    r"""Quote text from others in an error: as ``repr``, and with its length if it is shortened.

    Parameters
    ----------
    text : str or bytes
        Any text.
    limit : int, default 200
        How many characters or bytes are kept, before escaping.

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
    r"""Make one of our own messages safe to print, which may quote others: the text of an error, a log line.

    Newlines are kept; text from others must be put in with `printable` or `quoted`, which escape them.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    str
        At most about 4,000 characters, before escaping.

    Examples
    --------
    >>> print(safe_message("closed: \u200dbye\x07"))
    closed: \u200dbye\x07
    """
    return _cut(mask(text, 0, _LONGEST), len(text))


def unmasked_message(text: str) -> str:
    """As `safe_message`, but without masking: for a row of the log, which is masked when it is shown.

    Parameters
    ----------
    text : str
        The message.

    Returns
    -------
    str
        At most about 4,000 characters, before escaping.
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
