"""JSON texts (RFC 8259) in untrusted payloads, and values in one line."""

from __future__ import annotations

import codecs
import json
from json.encoder import encode_basestring
from typing import Any, Final

from ..redaction.payloads import mask
from ..redaction.text import unmasked_message
from .limits import DEPTH, LABEL, SHOWN

#: What `parse` returns for what is no JSON text: None is one.
NOT_JSON: Final = object()


class Spelled(str):
    """A number as it is spelled in a JSON text, whatever its digits."""


_WORDS: Final = {None: "null", True: "true", False: "false"}
_MARK: Final = str(codecs.BOM_UTF8, "utf-8")


def parse(text: str | bytes) -> Any:
    """Parse a text.

    Parameters
    ----------
    text : str or bytes
        Anything a server may send; a byte order mark may stand before it (RFC 8259 section 8.1).

    Returns
    -------
    object
        As ``json.loads``; `NOT_JSON` for what is none or is nested more than `limits.DEPTH` deep.

    Examples
    --------
    >>> parse("[1]"), parse("hello") is NOT_JSON
    ([1], True)
    """
    try:
        if not isinstance(text, str):
            text = str(text, "utf-8")
        value = json.loads(text.removeprefix(_MARK))
    except (ValueError, RecursionError):
        return NOT_JSON
    return NOT_JSON if text.count("[") + text.count("{") > DEPTH and deep(value) else value


def deep(value: Any) -> bool:
    """Tell whether objects and arrays are nested more than `limits.DEPTH` deep.

    Parameters
    ----------
    value : object
        Lists and dicts that do not contain themselves; looked through level by level, without recursion.

    Returns
    -------
    bool
    """
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(DEPTH):
        if not level:
            return False
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
    return bool(level)


def parsed(text: str) -> Any:
    """Parse a text that may be JSON.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    object
        What it says as JSON when that is an object or array; otherwise the text.

    Examples
    --------
    >>> parsed('{"a": 1}'), parsed("12")
    ({'a': 1}, '12')
    """
    value = parse(text) if text[:1] in ("{", "[", _MARK) or text[:1].isspace() else NOT_JSON
    return value if isinstance(value, (dict, list)) else text


def short(value: Any, limit: int = SHOWN) -> str:
    """Write a value in a few characters, for a label. Takes as long for a large value as for a small one.

    Parameters
    ----------
    value : object
        As JSON has them, bytes too.
    limit : int, optional
        Characters.

    Returns
    -------
    str
        JSON, cut after so many characters.

    Examples
    --------
    >>> short({"a": 1, "b": [1, 2]}), short("hi"), short(b"abc")
    ('{"a": 1, "b": [1, 2]}', '"hi"', '3 bytes')
    """
    written: list[str] = []
    _write(value, written, limit + 1, 0)
    text = "".join(written)
    return text if len(text) <= limit else f"{cut(text, limit)}…"


def _write(value: Any, written: list[str], room: int, depth: int) -> int:
    """Append a value's text, and give the characters that are left; none or fewer when it is cut."""
    if isinstance(value, str):
        text = cut(value, room) if isinstance(value, Spelled) else encode_basestring(cut(value, room))
    elif value is None or isinstance(value, bool):
        text = _WORDS[value]
    elif isinstance(value, (int, float)):
        try:
            text = repr(value)
        except ValueError:  # more digits than Python writes
            text = "(int)"
    elif isinstance(value, (dict, list)):
        if value and depth < DEPTH:
            return _write_container(value, written, room, depth)
        text = "…" if value else "{}" if isinstance(value, dict) else "[]"
    elif isinstance(value, (bytes, bytearray, memoryview)):
        text = f"{len(value):,} bytes"
    else:
        text = f"({type(value).__name__})"
    written.append(text)
    return room - len(text)


def _write_container(value: Any, written: list[str], room: int, depth: int) -> int:
    named = isinstance(value, dict)
    written.append("{" if named else "[")
    room -= 1
    first = True
    for one in value:
        if not first:
            written.append(", ")
            room -= 2
        first = False
        if named:
            room = _write(one if isinstance(one, str) else short(one), written, room, depth) - 2
            written.append(": ")
        if room > 0:
            room = _write(value[one] if named else one, written, room, depth + 1)
        if room <= 0:
            return room
    written.append("}" if named else "]")
    return room - 1


def cut(text: str, limit: int) -> str:
    """Take the beginning of a text that people will see. A part of a secret (`kws.secret`) could not be masked any more.

    Parameters
    ----------
    text : str
        Any.
    limit : int
        Characters to take.

    Returns
    -------
    str
        With secrets masked.
    """
    return mask(text, 0, limit)


def line(*parts: Any) -> str:
    r"""Write a label: parts in one line, without control characters, in bounds.

    Parameters
    ----------
    *parts : object
        Texts of the peer or of ours, and numbers; None and empty texts are left out.

    Returns
    -------
    str
        At most `limits.LABEL` characters, before escaping.

    Examples
    --------
    >>> print(line("PUBLISH", "", "a\nb", None, 7))
    PUBLISH a\nb 7
    """
    text = " ".join([cut(str(part), LABEL + 1) for part in parts if part is not None and part != ""])
    if len(text) > LABEL:
        text = f"{cut(text, LABEL)}…"
    return unmasked_message(text).replace("\n", "\\n")


def given(value: Any) -> str:
    """Write a value for a label, unless there is none: None, or an empty object or array.

    Parameters
    ----------
    value : object
        As for `short`.

    Returns
    -------
    str
    """
    return "" if value is None or value in ({}, []) else short(value)
