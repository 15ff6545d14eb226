"""Compression around a payload (not permessage-deflate, which is the connection's): recognized, and undone in bounds."""

from __future__ import annotations

import zlib
from typing import Any, Final

from .limits import INFLATED, INFLATED_ANYWAY, RATIO
from .packages import package

#: By name, the window of zlib: RFC 1952, 1950 and 1951.
_WINDOWS: Final = {"gzip": 31, "zlib": 15, "deflate": -15}
#: By name, the package that undoes it.
PACKAGES: Final = {"zstd": "zstandard", "brotli": "brotli"}
NAMES: Final = (*_WINDOWS, *PACKAGES)


class TooLongError(ValueError):
    """There is more inside than is undone: a few bytes of a server may mean gigabytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} bytes inside: not undone")


def mark(payload: bytes) -> str | None:
    r"""Tell a compression by its first bytes; raw deflate and brotli have none of their own.

    Parameters
    ----------
    payload : bytes
        Of a binary message.

    Returns
    -------
    str or None
        ``"gzip"`` (RFC 1952), ``"zlib"`` (RFC 1950) or ``"zstd"`` (RFC 8878).

    Examples
    --------
    >>> mark(zlib.compress(b"hello")), mark(b"\x82")
    ('zlib', None)
    """
    if payload[:3] == b"\x1f\x8b\x08":
        return "gzip"
    if payload[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    if payload[:1] == b"\x78" and len(payload) > 5 and int.from_bytes(payload[:2], "big") % 31 == 0:
        return "zlib"
    return None


class Inflater:
    """Undoes the compression of messages that are one stream (Discord's ``zlib-stream``), or of a single one.

    Parameters
    ----------
    name : str
        One of `NAMES`; `package` must have what it needs.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._object: Any
        if name in _WINDOWS:
            self._object = zlib.decompressobj(_WINDOWS[name])
        elif name == "zstd":
            self._object = package("zstandard").ZstdDecompressor(max_window_size=INFLATED).decompressobj()
        else:
            self._object = package("brotli").Decompressor()

    def inflate(self, payload: bytes) -> bytes:
        """Undo the next message.

        Parameters
        ----------
        payload : bytes
            Of any length.

        Returns
        -------
        bytes
            What is inside, as far as it came.

        Raises
        ------
        TooLongError
            There is more inside than `limits` allow for so few bytes.
        Exception
            The library's own, for what is none.
        """
        limit = min(INFLATED, max(INFLATED_ANYWAY, RATIO * len(payload)))
        inside = self._inflate(payload, limit)
        if len(inside) > limit:
            raise TooLongError(limit)
        return inside

    def _inflate(self, payload: bytes, limit: int) -> bytes:
        if self._name in _WINDOWS:
            inside: bytes = self._object.decompress(payload, limit + 1)
            return inside
        if self._name == "brotli":
            inside = self._object.process(payload, output_buffer_limit=limit + 1)
            return inside
        # The library has no limit for a stream, but for a piece of it: a frame's blocks have 128 KiB at most.
        found, size, step = [], 0, max(64, len(payload) // 64)
        for at in range(0, len(payload), step):
            found.append(self._object.decompress(payload[at : at + step]))
            size += len(found[-1])
            if size > limit or self._object.eof:
                break
        return b"".join(found)

    @property
    def at_end(self) -> bool:
        """Whether the stream is complete."""
        return bool(self._object.is_finished() if self._name == "brotli" else self._object.eof)

    @property
    def is_clean(self) -> bool:
        """Whether nothing came behind the stream's end."""
        return not getattr(self._object, "unused_data", b"")


def undo(payload: bytes, name: str) -> bytes | None:
    """Undo the compression of one message.

    Parameters
    ----------
    payload : bytes
        Of a message.
    name : str
        One of `NAMES`.

    Returns
    -------
    bytes or None
        None when it is none, broken or cut, or when its package is not there.

    Raises
    ------
    TooLongError
        There is more inside than `limits` allow.

    Examples
    --------
    >>> undo(zlib.compress(b"hello"), "zlib")
    b'hello'
    """
    if name in PACKAGES and package(PACKAGES[name]) is None:
        return None
    inflater = Inflater(name)
    try:
        inside = inflater.inflate(payload)
    except TooLongError:
        raise
    except Exception:  # noqa: BLE001  each library has its own
        return None
    # A raw stream that is flushed after each message has no last block (OKX did so): what is there is all there is.
    ended = inflater.at_end and inflater.is_clean
    return inside if ended or (name == "deflate" and payload.endswith(b"\0\0\xff\xff")) else None
