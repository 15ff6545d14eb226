"""Compression around a payload (not permessage-deflate, which is the connection's): recognized, and undone in bounds."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Final

#: Bytes that are undone at most: 200 bytes of a server may mean gigabytes.
LONGEST: Final = 32 << 20

_GZIP: Final = b"\x1f\x8b\x08"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"


def unwrap(payload: bytes) -> tuple[bytes, str] | None:
    """Undo the compression of a payload.

    Parameters
    ----------
    payload : bytes
        Of a binary message.

    Returns
    -------
    (bytes, str) or None
        What is inside, and ``"gzip"`` (RFC 1952), ``"zlib"`` (RFC 1950), ``"zstd"`` (RFC 8878) or ``"deflate"``
        (RFC 1951, raw, as some exchanges send it); None when it is none, broken, cut, or longer than `LONGEST`.

    Examples
    --------
    >>> unwrap(zlib.compress(b"hello"))
    (b'hello', 'zlib')
    """
    if payload[:3] == _GZIP:
        return _named(_inflate(payload, 31), "gzip")
    if payload[:4] == _ZSTD:
        return _named(_zstd(payload), "zstd")
    if payload[:1] == b"\x78" and len(payload) > 6 and int.from_bytes(payload[:2], "big") % 31 == 0:
        return _named(_inflate(payload, 15), "zlib")
    return None


def unwrap_as(payload: bytes, name: str) -> bytes | None:
    """Undo a compression that is named: raw deflate and brotli have no mark of their own.

    Parameters
    ----------
    payload : bytes
        Of a message.
    name : str
        ``"gzip"``, ``"zlib"``, ``"deflate"``, ``"zstd"`` or ``"br"``.

    Returns
    -------
    bytes or None
        None when it is none, broken, cut, or longer than `LONGEST`.
    """
    return _BY_NAME[name](payload)


def _named(inside: bytes | None, name: str) -> tuple[bytes, str] | None:
    return None if inside is None else (inside, name)


def _inflate(payload: bytes, window: int) -> bytes | None:
    inflater = zlib.decompressobj(window)
    try:
        inside = inflater.decompress(payload, LONGEST)
    except zlib.error:
        return None
    return inside if inflater.eof and not inflater.unused_data else None


def _deflate(payload: bytes) -> bytes | None:
    # A stream that is flushed after each message has no last block (OKX did so): what is there is all there is.
    inflater = zlib.decompressobj(-15)
    try:
        inside = inflater.decompress(payload, LONGEST)
    except zlib.error:
        return None
    return None if inflater.unconsumed_tail or inflater.unused_data else inside


def _zstd(payload: bytes) -> bytes | None:
    if find_spec("zstandard") is None:
        return None
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=LONGEST).stream_reader(payload) as reader:
            inside = reader.read(LONGEST + 1)
    except zstandard.ZstdError:
        return None
    return inside if len(inside) <= LONGEST else None


def _brotli(payload: bytes) -> bytes | None:
    if find_spec("brotli") is None:
        return None
    import brotli  # type: ignore[import-untyped]

    inflater = brotli.Decompressor()
    try:
        inside: bytes = inflater.process(payload, output_buffer_limit=LONGEST)
    except brotli.error:
        return None
    return inside if inflater.is_finished() else None


_BY_NAME: Final[dict[str, Callable[[bytes], bytes | None]]] = {
    "gzip": lambda payload: _inflate(payload, 31),
    "zlib": lambda payload: _inflate(payload, 15),
    "deflate": _deflate,
    "zstd": _zstd,
    "br": _brotli,
}
