"""`Close`: the code and the reason of a close frame, what they mean, and their bytes (RFC 6455 sections 5.5.1 and 7.4).

It stands at the root because errors say what a code means, and every house may raise them.
"""

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

#: RFC 6455 section 7.4.1: codes that only describe what happened and never stand in a frame.
_NEVER_SENT: Final = frozenset({1005, 1006, 1015})
#: Bytes of a control frame's payload (RFC 6455 section 5.5), of which the code takes two.
_MOST_BYTES: Final = 125


class Close(NamedTuple):
    r"""How a connection ends, as a close frame says it.

    Parameters
    ----------
    code : int
        The status code; 1005 when the frame carries none, 1006 when there was no frame.
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
        """Read the payload of a close frame.

        Parameters
        ----------
        payload : bytes-like
            Also one that a server must not send: what is not UTF-8 becomes U+FFFD.

        Returns
        -------
        Close
            Code 1005 for a payload of fewer than two bytes (RFC 6455 section 7.1.5).
        """
        if len(payload) < 2:
            return cls(1005)
        return cls(struct.unpack_from("!H", payload)[0], str(payload[2:], "utf-8", "replace"))

    def encode(self) -> bytes:
        """Write the payload of a close frame that we send.

        Returns
        -------
        bytes

        Raises
        ------
        TypeError
            The code is no whole number.
        ValueError
            A code that may not be sent, or a reason of more than 123 bytes of UTF-8.
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
        """Shorten the reason to what fits into a close frame.

        Returns
        -------
        Close
        """
        return Close(self.code, self.reason.encode()[: _MOST_BYTES - 2].decode("utf-8", "ignore"))

    @property
    def sendable(self) -> bool:
        """Whether the code may stand in a close frame (RFC 6455 section 7.4.2: 3000 to 4999 are free to use)."""
        return 3000 <= self.code < 5000 or (self.code in CLOSE_CODES and self.code not in _NEVER_SENT)

    @property
    def meaning(self) -> str:
        """A few words, never empty."""
        if self.code in CLOSE_CODES:
            return CLOSE_CODES[self.code]
        if 3000 <= self.code < 4000:
            return "registered by a library or framework"
        return "application code" if 4000 <= self.code < 5000 else "code outside the ranges of RFC 6455"
