r"""Text from strangers, made safe to print: the one place that escapes for terminals and other plain text.

Every display passes here, so this is also where secrets (`masking`) are masked for the last time, before anything is cut.

What lives here: `visible` (controls become ``\x1b``, bidirectional overrides ``\u202e``) and `printable` (one bounded line). HTML is
escaped in `html`, on top of `visible`. Pure functions, any thread; strings without anything to escape cost one regular expression search.
"""

from __future__ import annotations

import re

from ..masking import mask

# What hides, reorders or drives a terminal: C0, DEL and C1 controls; Arabic letter mark, zero width space, direction marks, line and
# paragraph separators, embeddings and overrides, word joiner … isolates, byte order mark, interlinear marks, tag characters (Unicode
# Standard Annex 9, Technical Report 36); and lone surrogates, which no encoder takes. Joiners (U+200C, U+200D) are part of words and emoji.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff"
)
_ONE_LINE = re.compile(f"[{_HIDDEN}]")
_MANY_LINES = re.compile(rf"(?![\n\t])[{_HIDDEN}]")


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


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
