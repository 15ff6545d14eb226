"""Parses JSON (RFC 8259) in untrusted payloads, quickly and without raising."""

from __future__ import annotations

import json
from decimal import Decimal
from json.scanner import make_scanner
from typing import Any, Final

#: `parse_json` returns this if a payload is not JSON; not None, which is JSON's null.
NOT_JSON: Final = object()

# Used directly, because JSONDecoder.decode searches for white space before and after, which takes half the time for a
# small message. (The types in typeshed are wrong.)
_FLOATS: Final[Any] = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]
_EXACT: Final[Any] = make_scanner(json.JSONDecoder(parse_float=Decimal))  # type: ignore[arg-type]


def parse_json(payload: bytes | bytearray, exact: bool = False) -> Any:
    """Parse a payload.

    Parameters
    ----------
    payload : bytes or bytearray
        Any payload.
    exact : bool, default False
        Parse numbers with a fraction or an exponent as `Decimal` instead of float.

    Returns
    -------
    object
        As from ``json.loads``; `NOT_JSON` if it is not JSON, is nested too deeply, or has a number with more digits than
        Python parses.

    Examples
    --------
    >>> parse_json(b'{"price": 1.5}')
    {'price': 1.5}
    >>> parse_json(b"hello") is NOT_JSON
    True
    """
    try:
        text = str(payload, "utf-8").strip(" \t\r\n")
        value, end = (_EXACT if exact else _FLOATS)(text, 0)
    except (ValueError, RecursionError, ArithmeticError, StopIteration):
        return NOT_JSON
    return value if end == len(text) else NOT_JSON
