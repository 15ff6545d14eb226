"""permessage-deflate (RFC 7692): the offer, what the server may answer, and both directions of compression.

What lives here: parameters and zlib. What must not: frames, sockets. `inflate` is called by the holder of the receive role,
`deflate` under the client's send lock.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

from ..errors import ProtocolError

#: What browsers offer: our own window may be limited, the server's we leave alone.
OFFER: Final = "permessage-deflate; client_max_window_bits"

#: Shorter messages grow when compressed.
THRESHOLD: Final = 64

#: RFC 7692 section 7.2.1: an empty stored block ends every message and is left out on the wire.
_TAIL: Final = b"\x00\x00\xff\xff"

_PARAMETER = re.compile(r'\s*([!#$%&\'*+\-.^_`|~\w]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"]+))\s*)?\Z')


@dataclass(frozen=True)
class Parameters:
    """What was negotiated (RFC 7692 section 7.1).

    Parameters
    ----------
    server_no_context_takeover, client_no_context_takeover : bool
        Whether that side forgets its window after each message.
    server_max_window_bits, client_max_window_bits : int
        Base-2 logarithm of that side's LZ77 window, 8 to 15.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15


def negotiate(answer: str | None, offered: bool) -> Parameters | None:
    """Read the server's ``Sec-WebSocket-Extensions``.

    Parameters
    ----------
    answer : str, optional
        The header's value; several headers joined by commas (RFC 9110 section 5.3).
    offered : bool
        Whether `OFFER` was sent.

    Returns
    -------
    Parameters or None
        None when nothing was accepted.

    Raises
    ------
    ProtocolError
        The answer accepts what was not offered or is malformed: the connection must be failed (RFC 6455 section 4.1,
        RFC 7692 section 7.1).
    """
    if not answer or not answer.strip():
        return None
    extensions = [part.strip() for part in _split(answer, ",")]
    if len(extensions) > 1:
        raise _refused(answer, "more than one extension")
    name, *parameters = _split(extensions[0], ";")
    if name.strip() != "permessage-deflate" or not offered:
        raise _refused(answer, "an extension that was not offered")
    flags: dict[str, bool] = {}
    bits: dict[str, int] = {}
    for parameter in parameters:
        match = _PARAMETER.match(parameter)
        if match is None:
            raise _refused(answer, f"the malformed parameter {parameter.strip()!r}")
        key = match[1]
        value = match[2] if match[2] is not None else match[3]
        if key in flags or key in bits:
            raise _refused(answer, f"{key} twice")
        if key in ("server_no_context_takeover", "client_no_context_takeover"):
            if value is not None:
                raise _refused(answer, f"{key} with a value")
            flags[key] = True
        elif key in ("server_max_window_bits", "client_max_window_bits"):
            if value is None or not re.fullmatch(r"8|9|1[0-5]", value):
                raise _refused(answer, f"{key} without a value from 8 to 15")
            bits[key] = int(value)
        else:
            raise _refused(answer, f"the unknown parameter {key!r}")
    return Parameters(
        flags.get("server_no_context_takeover", False),
        flags.get("client_no_context_takeover", False),
        bits.get("server_max_window_bits", 15),
        bits.get("client_max_window_bits", 15),
    )


def _split(text: str, separator: str) -> list[str]:
    # Separators inside quoted strings do not separate.
    return re.findall(rf'(?:[^{separator}"]|"[^"]*"?)+', text)


def _refused(answer: str, why: str) -> ProtocolError:
    return ProtocolError(
        f"the server answered Sec-WebSocket-Extensions with {why}: {answer[:200]!r} (RFC 7692 section 7.1)",
        close_code=1010,
        hint="pass compression=False to connect without",
    )


class Deflate:
    """Both directions of one connection's compression.

    Parameters
    ----------
    parameters : Parameters
        What was negotiated.
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self._inflater = self._new_inflater()
        self._deflater = self._new_deflater()
        self._window = b""

    def _new_inflater(self, window: bytes = b"") -> zlib._Decompress:
        bits = -self.parameters.server_max_window_bits
        return zlib.decompressobj(bits, window) if window else zlib.decompressobj(bits)

    def _new_deflater(self) -> zlib._Compress:
        # zlib cannot make raw deflate with a window of 256 bytes; 512 decodes with any window of 8 bits only if matches
        # stay near, so such a connection sends stored blocks (level 0), which every window can read.
        bits = self.parameters.client_max_window_bits
        return zlib.compressobj(0 if bits == 8 else 6, zlib.DEFLATED, -max(9, bits))

    def inflate(self, payload: bytes | bytearray, final: bool, limit: int | None) -> bytes:
        """Decompress one frame's payload (RFC 7692 section 7.2.2).

        Parameters
        ----------
        payload : bytes
            As received.
        final : bool
            Whether this is the last frame of its message.
        limit : int or None
            Most bytes to make; None means no limit.

        Returns
        -------
        bytes

        Raises
        ------
        ProtocolError
            Broken data (1007), or more than ``limit`` bytes (1009): a bomb costs no more memory than the limit.
        """
        source = payload + _TAIL if final else payload
        inflater = self._inflater
        try:
            data = inflater.decompress(source) if limit is None else inflater.decompress(source, limit + 1)
            while inflater.eof:
                # A block with BFINAL ends zlib's stream, not the message (section 7.2.3.4): go on with the same window.
                rest = inflater.unused_data
                if rest == _TAIL or not rest:
                    rest = b""
                self._window = (self._window + data)[-32768:]
                inflater = self._inflater = self._new_inflater(self._window)
                if not rest:
                    break
                data += inflater.decompress(rest) if limit is None else inflater.decompress(rest, max(1, limit + 1 - len(data)))
        except zlib.error as error:
            raise ProtocolError(f"the server sent a compressed message that does not inflate: {error}", close_code=1007) from error
        if limit is not None and (len(data) > limit or inflater.unconsumed_tail):
            raise ProtocolError(
                f"the server sent a compressed message that inflates to more than max_size={limit:,} bytes",
                close_code=1009,
                hint="pass a larger max_size, or None for no limit",
            )
        if final and self.parameters.server_no_context_takeover:
            self._inflater = self._new_inflater()
        return data

    def deflate(self, payload: bytes) -> bytes:
        """Compress one message (RFC 7692 section 7.2.1).

        Parameters
        ----------
        payload : bytes
            A whole message.

        Returns
        -------
        bytes
            What goes into a frame with RSV1 set.
        """
        data = self._deflater.compress(payload) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        if self.parameters.client_no_context_takeover:
            self._deflater = self._new_deflater()
        return data[:-4] or b"\x00"
