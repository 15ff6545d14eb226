"""JSON texts (RFC 8259) of untrusted payloads, parsed quickly and without raising."""

from __future__ import annotations

import json
from decimal import Decimal
from json.scanner import make_scanner
from typing import Any, Final

from ...decoders.json_text import Spelled

#: What `parse_json` returns for what is no JSON text: None is one.
NOT_JSON: Final = object()

# JSONDecoder.decode runs two regular expressions around its scanner: half the time of a small message. (typeshed has
# the types wrong.)
_FLOATS: Final[Any] = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]
_EXACT: Final[Any] = make_scanner(json.JSONDecoder(parse_float=Decimal))  # type: ignore[arg-type]
_SPELLED: Final[Any] = make_scanner(json.JSONDecoder(parse_float=Spelled, parse_int=Spelled))  # type: ignore[arg-type]

#: First bytes that say UTF-16; the mark of UTF-8 is a character of the text.
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def batch(value: Any) -> list[dict[str, Any]]:
    """Take an array of nothing but objects apart: JSON-RPC batches, SignalR's records, the events some feeds send in arrays.

    Parameters
    ----------
    value : object
        From `parse_json`, or a decoder's.

    Returns
    -------
    list of dict
        Empty for everything else.
    """
    return value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else []


def parse_json(payload: bytes | bytearray, exact: bool = False) -> Any:
    """Parse a payload.

    Parameters
    ----------
    payload : bytes or bytearray
        Anything a server may send.
    exact : bool, default False
        Make numbers with a fraction or an exponent `Decimal`, not float.

    Returns
    -------
    object
        As ``json.loads``, byte order marks included; `NOT_JSON` for what is none, is nested too deeply, or has a number
        of more digits than Python reads.

    Examples
    --------
    >>> parse_json(b'{"price": 1.5}')
    {'price': 1.5}
    >>> parse_json(b"hello") is NOT_JSON
    True
    """
    return _parsed(payload, _EXACT if exact else _FLOATS)


def parse_spelled(payload: bytes | bytearray) -> Any:
    """Parse a payload, numbers as they are spelled.

    Parameters
    ----------
    payload : bytes or bytearray
        Anything a server may send.

    Returns
    -------
    object
        As `parse_json`, but for numbers, which are `Spelled`.

    Examples
    --------
    >>> parse_spelled(b'[1.50, 1e5]')
    ['1.50', '1e5']
    """
    return _parsed(payload, _SPELLED)


def _parsed(payload: bytes | bytearray, scan: Any) -> Any:
    try:
        # RFC 8259 section 8.1: UTF-8, and parsers may pass over a byte order mark.
        encoding = _MARKS.get(bytes(payload[:2]), "utf-8")
        text = str(payload, encoding).removeprefix("\ufeff").strip(" \t\r\n")
        value, end = scan(text, 0)
    except (ValueError, RecursionError, ArithmeticError, StopIteration):
        return NOT_JSON
    return value if end == len(text) else NOT_JSON
