"""`Close`: the code and reason of a close frame, their encoding, and what the code means (RFC 6455 sections 5.5.1 and 7.4)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from .redaction.invalid import kind_and_size

#: RFC 6455 section 7.4.1 and the IANA WebSocket Close Code Number registry.
CLOSE_CODES: Final[Mapping[int, str]] = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no status code",
    1006: "closed without a close frame",
    1007: "invalid payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension missing",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
    1015: "TLS handshake failed",
}

#: RFC 6455 section 7.4.1: reserved codes that must not be sent in a close frame.
_NEVER_SENT: Final = frozenset({1005, 1006, 1015})
#: The longest payload of a control frame, in bytes (RFC 6455 section 5.5); the code takes two of them.
_MOST_BYTES: Final = 125


class Close(NamedTuple):
    r"""The status code and reason of a close frame.

    Parameters
    ----------
    code : int
        The status code; 1005 for a frame without one, 1006 if there was no close frame.
    reason : str, default ""
        The reason.

    Examples
    --------
    >>> Close.decode(b"\x03\xe9bye"), Close.decode(b"")
    (Close(code=1001, reason='bye'), Close(code=1005, reason=''))
    >>> Close(1001).meaning, Close(4000).meaning
    ('going away', 'application code')
    """

    code: int
    reason: str = ""

    @classmethod
    def decode(cls, payload: bytes | bytearray | memoryview) -> Close:
        """Decode the payload of a close frame. Validates nothing; bytes that are not UTF-8 become U+FFFD.

        Parameters
        ----------
        payload : bytes-like
            The payload.

        Returns
        -------
        Close
            Code 1005 for a payload of fewer than two bytes (RFC 6455 section 7.1.5).
        """
        if len(payload) < 2:
            return cls(1005)
        return cls(struct.unpack_from("!H", payload)[0], str(payload[2:], "utf-8", "replace"))

    def encode(self) -> bytes:
        """Encode the payload of a close frame to send.

        Returns
        -------
        bytes

        Raises
        ------
        TypeError
            The code is not an int.
        ValueError
            The code may not be sent, or the reason has more than 123 bytes in UTF-8.
        """
        code = self.code
        if isinstance(code, bool) or not isinstance(code, int):
            raise TypeError(f"a close code is a number, got {kind_and_size(code)}")
        if not self.sendable:
            raise ValueError(
                f"the close code {code} may not be sent; use 1000 (normal), 1001, 1002, 1003, 1007-1014 or 3000-4999"
            )
        payload = struct.pack("!H", code) + self.reason.encode()
        if len(payload) > _MOST_BYTES:
            raise ValueError(f"the close reason is {len(payload) - 2} bytes of UTF-8; at most {_MOST_BYTES - 2} fit")
        return payload

    def cut(self) -> Close:
        """Truncate the reason to what fits into a close frame.

        Returns
        -------
        Close
        """
        return Close(self.code, self.reason.encode()[: _MOST_BYTES - 2].decode("utf-8", "ignore"))

    @property
    def sendable(self) -> bool:
        """Whether the code may be sent in a close frame (RFC 6455 section 7.4.2 allows 3000 to 4999)."""
        return 3000 <= self.code < 5000 or (self.code in CLOSE_CODES and self.code not in _NEVER_SENT)

    @property
    def meaning(self) -> str:
        """What the code means, in a few words; never empty."""
        if self.code in CLOSE_CODES:
            return CLOSE_CODES[self.code]
        if 3000 <= self.code < 4000:
            return "registered by a library or framework"
        return "application code" if 4000 <= self.code < 5000 else "code outside the ranges of RFC 6455"
