"""What is sent: text, bytes, or what is written as JSON text."""

from __future__ import annotations

import json
from typing import Any


def encoded(data: object) -> str | bytes:
    """Write what is to be sent.

    Parameters
    ----------
    data : str, bytes-like, dict or list
        Text, bytes, or what is sent as JSON text.

    Returns
    -------
    str or bytes

    Raises
    ------
    TypeError, ValueError
        Something else, or it cannot be written as JSON.
    """
    if isinstance(data, str):
        return data
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if isinstance(data, (dict, list)):
        return as_json(data)
    raise TypeError(f"expected text, bytes, a dict or a list to send, got {type(data).__name__}")


def as_json(obj: Any) -> str:
    """Write an object as JSON text (RFC 8259, which has no NaN).

    Parameters
    ----------
    obj : object
        Anything that `json.dumps` takes.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        It cannot be written.
    """
    return json.dumps(obj, ensure_ascii=False, allow_nan=False)
