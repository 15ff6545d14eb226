"""Describes invalid values in errors by their type and size, not by their text, which may be a misplaced secret.

A token may be passed where a name is expected, or a URL may contain an unescaped password, and errors end up in
notebooks, logs and issues. Pure functions, any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BRIEF = re.compile(r"[a-z0-9.:-]{1,4}|--[a-z]{2,12}(-[a-z]{2,12}){0,2}")
_NAMES = {"\r": "a line break", "\n": "a line break", "\0": "a NUL", "\t": "a tab"}


def kind_and_size(value: object) -> str:
    """Describe a value without showing it.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    str
        Its type, and the size of texts and containers.

    Examples
    --------
    >>> kind_and_size("hunter2"), kind_and_size(b""), kind_and_size(["a"]), kind_and_size(None), kind_and_size(5), kind_and_size(True), kind_and_size(object())
    ('text of 7 characters', 'empty bytes', 'a list of 1', 'None', 'int', 'bool', 'object')
    """
    if value is None:
        return "None"
    kind = type(value).__name__
    if isinstance(value, (str, bytes)):
        kind, unit = ("text", "character") if isinstance(value, str) else ("bytes", "byte")
        return f"{kind} of {len(value):,} {unit}{'s' if len(value) != 1 else ''}" if value else f"empty {kind}"
    if isinstance(value, (list, tuple, dict, set)):
        return f"a {kind} of {len(value):,}"
    return kind


def quoted_if_harmless(text: str) -> str:
    """Quote a text if it cannot be a secret; otherwise describe it.

    Parameters
    ----------
    text : str
        A word, or the rest of a line.

    Returns
    -------
    str
        In quotes if it is at most four lower-case letters and digits, or the name of an option; otherwise its size.

    Examples
    --------
    >>> quoted_if_harmless("5x"), quoted_if_harmless("--strict"), quoted_if_harmless("Bearer abc"), quoted_if_harmless("--token=abc")
    ("'5x'", "'--strict'", 'text of 10 characters', 'text of 11 characters')
    """
    return repr(text) if _BRIEF.fullmatch(text) else kind_and_size(text)


def number_or_kind(value: object) -> str:
    """Show a number; describe anything else without showing it.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    str

    Examples
    --------
    >>> number_or_kind(-1), number_or_kind("five"), number_or_kind(True)
    ('-1', 'text of 4 characters', 'True')
    """
    return repr(value) if isinstance(value, (bool, int, float)) else kind_and_size(value)


def forbidden_character(value: str) -> str | None:
    r"""Find a character that must not be in a header (RFC 9110 section 5.5).

    Parameters
    ----------
    value : str
        A header's value, a cookie, a URL.

    Returns
    -------
    str or None
        A description of the character, and its place; None if there is none.

    Examples
    --------
    >>> forbidden_character("a\r\nX-Evil: b"), forbidden_character("fine"), forbidden_character("x\ud800")
    ('a line break (character 2)', None, 'a lone surrogate (character 2)')
    """
    match = _CONTROL.search(value.replace("\t", " "))
    if match:
        return f"{_NAMES.get(match[0], 'a control character')} (character {match.start() + 1})"
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"a lone surrogate (character {error.start + 1})"
    return None


def did_you_mean(value: object, allowed: Iterable[str]) -> str:
    """Suggest the allowed value that is nearest to an invalid one, which is not shown.

    Parameters
    ----------
    value : object
        The invalid value.
    allowed : iterable of str
        The allowed values.

    Returns
    -------
    str
        A clause to append to an error, or an empty text.

    Examples
    --------
    >>> did_you_mean("sytem", ["certifi", "system"]), did_you_mean("hunter2", ["certifi", "system"])
    ("; did you mean 'system'?", '')
    """
    import difflib  # only needed for errors

    found = difflib.get_close_matches(value, list(allowed), 1) if isinstance(value, str) else []
    return f"; did you mean {found[0]!r}?" if found else ""
