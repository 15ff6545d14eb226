"""What we send: the opcode of a message, the payload of a close frame, and the masked frame around it (RFC 6455 section 5).

Pure functions, any thread. websocket-client masks and formats. What must not live here: compression, sockets.
"""

from __future__ import annotations

import struct
from typing import Any

from .frames import BINARY, TEXT


def encode(data: Any) -> tuple[int, bytes]:
    """Choose the opcode for a message.

    Parameters
    ----------
    data : str or bytes-like
        What a user wants to send.

    Returns
    -------
    (int, bytes)
        Opcode and payload.

    Raises
    ------
    TypeError
        Neither.
    ValueError
        A str that cannot be UTF-8 (lone surrogates).
    """
    if isinstance(data, str):
        try:
            return TEXT, data.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"the text cannot be sent: {error.object[error.start]!r} at {error.start} is a lone surrogate, not a character"
            ) from None
    try:
        return BINARY, bytes(memoryview(data))  # whatever has a buffer: array, numpy …
    except TypeError:
        pass
    raise TypeError(f"a message is str (text) or bytes (binary), got {type(data).__name__}; for JSON use send_json() or json.dumps()")


def close_payload(code: int, reason: str) -> bytes:
    """Compose the payload of a close frame (RFC 6455 section 5.5.1).

    Parameters
    ----------
    code : int
        Status code.
    reason : str
        Reason.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        They may not stand in a close frame.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        raise TypeError(f"a close code is a number, got {code!r}")
    if not (3000 <= code < 5000 or code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014):
        raise ValueError(f"the close code {code} may not be sent; use 1000 (normal), 1001, 1002, 1003, 1007-1014 or 3000-4999")
    payload = struct.pack("!H", code) + reason.encode()
    if len(payload) > 125:
        raise ValueError(f"the close reason is {len(payload) - 2} bytes of UTF-8; at most 123 fit")
    return payload


def build_frame(opcode: int, payload: bytes, rsv1: int = 0) -> bytes:
    """Build a masked frame.

    Parameters
    ----------
    opcode : int
        RFC 6455 section 5.2.
    payload : bytes
        Whole message; we never fragment.
    rsv1 : int, default 0
        1 when compressed (RFC 7692).

    Returns
    -------
    bytes
    """
    from websocket import ABNF

    return bytes(ABNF(1, rsv1, 0, 0, opcode, 1, payload).format())
