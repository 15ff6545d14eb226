"""What we send: the opcode of a message, and the masked frame around a payload (RFC 6455 section 5).

Pure functions, any thread. websockets does the masking, in C where it could be built.
"""

from __future__ import annotations

import functools
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from ..system.speedups import compiled
from .frames import BINARY, TEXT

#: A longer payload is masked in pieces: small enough for malloc to use the same memory again (below 128 KiB), which
#: stays in the processor's cache, and a multiple of the key's length.
PIECE: Final = 64 << 10
#: Bytes of masking keys that are made at once.
_KEYS: Final = 1 << 10


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
    if type(data) is bytes:
        return BINARY, data
    try:
        return BINARY, bytes(memoryview(data))  # whatever has a buffer: array, numpy …
    except TypeError:
        pass
    raise TypeError(
        f"a message is str (text) or bytes (binary), got {type(data).__name__}; for JSON use send_json() or json.dumps()"
    )


@functools.cache
def masker() -> Callable[[bytes | memoryview, bytes], bytes]:
    """Load websockets' function that masks (RFC 6455 section 5.3): payload and key in, masked payload out.

    Loading takes 10 ms, which an import of the package can do without; called when a connection opens, so that no frame
    waits for it.

    Returns
    -------
    callable
    """
    try:
        from websockets.speedups import apply_mask  # not built on every platform
    except ImportError:
        from websockets.utils import apply_mask
    return apply_mask


def masking_keys() -> Iterator[bytes]:
    """Make masking keys, which nobody may predict (RFC 6455 section 5.3).

    Many at once: asking the kernel for four random bytes costs as much as masking 2 KiB.

    Yields
    ------
    bytes
        Four. For one thread at a time, and for one process: a forked child would use the same.
    """
    while True:
        for (key,) in struct.iter_unpack("4s", os.urandom(_KEYS)):
            yield key


def begin_frame(
    opcode: int, payload: bytes, rsv1: int = 0, key: bytes | None = None
) -> tuple[bytes, Iterator[bytes] | None]:
    """Build a masked frame, a long one by and by: it is on its way before its end is masked, and never in memory twice.

    Parameters
    ----------
    opcode : int
        RFC 6455 section 5.2.
    payload : bytes
        Whole message; we never fragment.
    rsv1 : int, default 0
        1 when compressed (RFC 7692).
    key : bytes, optional
        The masking key, from `masking_keys`; a random one by default.

    Returns
    -------
    (bytes, iterator of bytes or None)
        The beginning, and what comes behind it, if anything.
    """
    first, size, key = 0x80 | rsv1 << 6 | opcode, len(payload), key or os.urandom(4)
    if size <= PIECE:
        return frame(first, payload, key), None
    pieces = _masked(payload, key)
    return _header(first, size, key) + next(pieces), pieces


def _header(first: int, size: int, key: bytes) -> bytes:
    if size < 126:
        return struct.pack("!BB4s", first, 0x80 | size, key)
    if size < 1 << 16:
        return struct.pack("!BBH4s", first, 0x80 | 126, size, key)
    return struct.pack("!BBQ4s", first, 0x80 | 127, size, key)


def python_frame(first: int, payload: bytes | memoryview, key: bytes) -> bytes:
    """Build a masked frame.

    Parameters
    ----------
    first : int
        Its first byte: FIN, RSV1 and opcode.
    payload : bytes-like
        Not masked.
    key : bytes
        Four.

    Returns
    -------
    bytes
    """
    return _header(first, len(payload), key) + masker()(payload, key)


#: Compiled, it makes header and masked payload in one go.
frame: Final[Callable[[int, bytes | memoryview, bytes], bytes]] = python_frame if compiled is None else compiled.frame


def _masked(payload: bytes, key: bytes) -> Iterator[bytes]:
    mask = masker()
    with memoryview(payload) as view:
        for at in range(0, len(payload), PIECE):
            with view[at : at + PIECE] as piece:
                yield mask(piece, key)


def build_frame(opcode: int, payload: bytes, rsv1: int = 0) -> bytes:
    """Build a masked frame, whole.

    Parameters
    ----------
    opcode, payload, rsv1
        As for `begin_frame`.

    Returns
    -------
    bytes
    """
    begun, behind = begin_frame(opcode, payload, rsv1)
    return begun if behind is None else b"".join((begun, *behind))
