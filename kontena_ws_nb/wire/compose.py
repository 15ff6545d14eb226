"""What we send: the opcode of a message, the payload of a close frame, and the masked frame around it (RFC 6455 section 5).

Pure functions, any thread. websocket-client masks and formats all but large frames. What must not live here: compression, sockets.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Any, Final

from .frames import BINARY, TEXT

#: Above two of these a payload is masked in pieces of this size: they and the repeated key stay in the processor's cache, which makes it
#: two to three times as fast as one integer as long as the message.
_PIECE: Final = 16 << 10


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
    if len(payload) > 2 * _PIECE:
        size = struct.pack("!BH", 0x80 | 126, len(payload)) if len(payload) < 1 << 16 else struct.pack("!BQ", 0x80 | 127, len(payload))
        key = os.urandom(4)
        return b"".join([bytes((0x80 | rsv1 << 6 | opcode,)), size, key, *_masked(payload, key)])
    from websocket import ABNF

    return bytes(ABNF(1, rsv1, 0, 0, opcode, 1, payload).format())


def _masked(payload: bytes, key: bytes) -> Iterator[bytes]:
    """Mask in pieces (RFC 6455 section 5.3)."""
    mask = int.from_bytes(key * (_PIECE // 4), "little")
    with memoryview(payload) as view:
        for at in range(0, len(payload), _PIECE):
            piece = view[at : at + _PIECE]
            if len(piece) < _PIECE:
                mask &= (1 << 8 * len(piece)) - 1
            yield (int.from_bytes(piece, "little") ^ mask).to_bytes(len(piece), "little")
