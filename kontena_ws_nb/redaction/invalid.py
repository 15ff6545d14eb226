"""How a value that cannot work is named in an error: by its kind and size, never by its text, which may be a secret in the wrong place.

Somebody writes a token where a name belongs, or a password with a ``#`` into a URL; the error ends up in a notebook, a
log or an issue. So every refusal of what people give is worded with these.

Pure functions, any thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BRIEF = re.compile(r"[a-z0-9.:-]{1,4}|--[a-z]{2,12}(-[a-z]{2,12}){0,2}")
_NAMES = {"\r": "a line break", "\n": "a line break", "\0": "a NUL", "\t": "a tab"}


def kind_and_size(value: object) -> str:
    """Name a value without showing it.

    Parameters
    ----------
    value : object
        What was given.

    Returns
    -------
    str
        Its kind and size. Of numbers, too, only that they are some.

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
    """Name what was typed where nothing, or something else, belongs; shows it only when it can be no secret.

    Parameters
    ----------
    text : str
        A word, or the rest of a line.

    Returns
    -------
    str
        In quotes when it is a few small letters or digits, or an option's name; else its size.

    Examples
    --------
    >>> quoted_if_harmless("5x"), quoted_if_harmless("--strict"), quoted_if_harmless("Bearer abc"), quoted_if_harmless("--token=abc")
    ("'5x'", "'--strict'", 'text of 10 characters', 'text of 11 characters')
    """
    return repr(text) if _BRIEF.fullmatch(text) else kind_and_size(text)


def number_or_kind(value: object) -> str:
    """Name a value where a number belongs: a number is shown, anything else is not.

    Parameters
    ----------
    value : object
        What was given.

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
    r"""Say what a text holds that must not stand in a line of HTTP (RFC 9110 section 5.5).

    Parameters
    ----------
    value : str
        A header's value, a cookie, a URL.

    Returns
    -------
    str or None
        What it is, and where; None when all is well.

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
    """Suggest what was meant; shows only what is allowed.

    Parameters
    ----------
    value : object
        What was given.
    allowed : iterable of str
        What would do.

    Returns
    -------
    str
        A clause to put behind an error, or nothing.

    Examples
    --------
    >>> did_you_mean("sytem", ["certifi", "system"]), did_you_mean("hunter2", ["certifi", "system"])
    ("; did you mean 'system'?", '')
    """
    import difflib  # of use when something is refused

    found = difflib.get_close_matches(value, list(allowed), 1) if isinstance(value, str) else []
    return f"; did you mean {found[0]!r}?" if found else ""
