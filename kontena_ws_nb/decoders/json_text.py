"""JSON texts (RFC 8259) in untrusted payloads, and values in one line."""

from __future__ import annotations

import codecs
import json
from typing import Any, Final

#: What `parse` returns for what is no JSON text: None is one.
NOT_JSON: Final = object()
#: Characters of a value in a label.
_SHOWN: Final = 60


def parse(text: str | bytes) -> Any:
    """Parse a text.

    Parameters
    ----------
    text : str or bytes
        Anything a server may send; a byte order mark may stand before it (RFC 8259 section 8.1).

    Returns
    -------
    object
        As ``json.loads``; `NOT_JSON` for what is none or is nested too deeply.

    Examples
    --------
    >>> parse("[1]"), parse("hello") is NOT_JSON
    ([1], True)
    """
    try:
        if not isinstance(text, str):
            text = str(text, "utf-8")
        return json.loads(text.removeprefix(str(codecs.BOM_UTF8, "utf-8")))
    except (ValueError, RecursionError):
        return NOT_JSON


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
    value = parse(text) if text[:1] in ("{", "[", "\ufeff") or text[:1].isspace() else NOT_JSON
    return value if isinstance(value, (dict, list)) else text


def short(value: Any) -> str:
    """Write a value in a few characters, for a label.

    Parameters
    ----------
    value : object
        As JSON has them, bytes too.

    Returns
    -------
    str

    Examples
    --------
    >>> short({"a": 1, "b": [1, 2]}), short("hi"), short(b"abc")
    ('{"a": 1, "b": [1, 2]}', '"hi"', '3 bytes')
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value):,} bytes"
    if isinstance(value, str):  # not all of a long one
        value = value[: _SHOWN + 1]
    elif isinstance(value, (dict, list)) and len(value) > _SHOWN:
        return f"{{{len(value):,} keys}}" if isinstance(value, dict) else f"[{len(value):,} elements]"
    try:
        text = json.dumps(
            value, ensure_ascii=False, default=lambda other: short(other) if isinstance(other, bytes) else str(other)
        )
    except (ValueError, TypeError, RecursionError):
        text = f"({type(value).__name__})"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
