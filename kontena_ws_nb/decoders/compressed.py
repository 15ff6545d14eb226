"""Decoders of compressed messages for people who know what they have: a message each, or one stream over all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from .decoder import Decoded, Decoder, Encoded, Opening
from .envelopes import PACKAGES, Inflater, TooLongError, mark
from .packages import missing, package
from .plain import enveloped

_FLUSHED = b"\0\0\xff\xff"


class Compressed(Decoder):
    """Undoes one kind of compression, and reads what is inside.

    A message that is not complete by itself is taken for the next part of a stream, which begins with the first.
    """

    stateful = True
    compression: ClassVar[str]

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._streams: dict[bool, Inflater] = {}  # by direction

    def decode(self, message: Encoded) -> Decoded | None:
        """As `Decoder.decode`."""
        name = self.compression
        if name in PACKAGES and package(PACKAGES[name]) is None:
            return missing(PACKAGES[name], name)
        if message.text:
            return None
        begun = self._streams.pop(message.sent, None)
        for stream in ([begun] if begun is not None else []) + [Inflater(name)]:
            try:
                inside = stream.inflate(message.payload)
            except TooLongError as error:
                return Decoded({"hint": f"{name}: {error}"}, f"{name}: {error}")
            except Exception:  # noqa: BLE001, S112  each library has its own; a stream cannot go on behind a fault
                continue
            if not stream.at_end:
                self._streams[message.sent] = stream
            return enveloped(inside, name)
        return None

    @classmethod
    def recognizes(cls, opening: Opening, first: Sequence[Encoded]) -> bool:
        """As `Decoder.recognizes`: by a stream that begins with its mark and is flushed after a message."""
        received = next((one.payload for one in first if not one.sent and not one.text), b"")
        return mark(received) == cls.compression and cls._goes_on(opening, received)

    @classmethod
    def _goes_on(cls, opening: Opening, received: bytes) -> bool:
        return False


class Gzip(Compressed):
    """Undoes gzip (RFC 1952)."""

    name = compression = "gzip"


class Zlib(Compressed):
    """Undoes zlib (RFC 1950)."""

    name = compression = "zlib"

    @classmethod
    def _goes_on(cls, opening: Opening, received: bytes) -> bool:
        return received.endswith(_FLUSHED)


class Deflate(Compressed):
    """Undoes raw deflate (RFC 1951)."""

    name = compression = "deflate"


class Zstd(Compressed):
    """Undoes Zstandard (RFC 8878)."""

    name = compression = "zstd"

    @classmethod
    def _goes_on(cls, opening: Opening, received: bytes) -> bool:
        return re.search(r"[?&]compress=zstd-stream(&|$)", opening.url) is not None


class Brotli(Compressed):
    """Undoes Brotli (RFC 7932)."""

    name = compression = "brotli"
