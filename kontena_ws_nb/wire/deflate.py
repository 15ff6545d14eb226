"""permessage-deflate (RFC 7692): the offer, what the server may answer, and the sending half of compression.

What lives here: parameters and zlib. What must not: frames, sockets, the receiving half (`inflate`). `Deflate.deflate` is called under the
connection's send lock.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..errors import ProtocolError
from ..plain import quoted
from .inflate import Inflate

#: What browsers offer: our own window may be limited, the server's we leave alone.
OFFER: Final = "permessage-deflate; client_max_window_bits"

#: Shorter messages grow when compressed.
THRESHOLD: Final = 64


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
            raise _refused(answer, f"the malformed parameter {quoted(parameter.strip(), 60)}")
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
            raise _refused(answer, f"the unknown parameter {quoted(key, 60)}")
    return Parameters(
        flags.get("server_no_context_takeover", False),
        flags.get("client_no_context_takeover", False),
        bits.get("server_max_window_bits", 15),
        bits.get("client_max_window_bits", 15),
    )


def _split(text: str, separator: str) -> list[str]:
    # Separators inside quoted strings do not separate. What is empty stays: the grammar refuses it.
    return re.findall(rf'(?:[^{separator}"]|"[^"]*"?)+|(?<={separator})(?={separator})|(?<={separator})\Z|\A(?={separator})', text)


def _refused(answer: str, why: str) -> ProtocolError:
    return ProtocolError(
        f"the server answered Sec-WebSocket-Extensions with {why}: {quoted(answer)} (RFC 7692 section 7.1)",
        close_code=1010,
        hint="pass compression=False to connect without",
    )


class Deflate(Inflate):
    """Both directions of one connection's compression.

    Parameters
    ----------
    parameters : Parameters
        What was negotiated.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters.server_max_window_bits, parameters.server_no_context_takeover)
        self.parameters = parameters
        self._deflater = self._new_deflater()

    def _new_deflater(self) -> zlib._Compress:
        # zlib cannot make raw deflate with a window of 256 bytes, and what it makes with 512 may reach farther back: such a connection
        # sends stored blocks (level 0), which every window can read.
        bits = self.parameters.client_max_window_bits
        return zlib.compressobj(0 if bits == 8 else 6, zlib.DEFLATED, -max(9, bits))

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
        # A second flush with nothing new makes no block: RFC 7692 section 7.2.3.6 has one byte stand for an empty message then.
        return data[:-4] or b"\x00"

    @property
    def withdrawn(self) -> Callable[[], None] | None:
        """What to call when a compressed message is not sent after all; None when the next ones do not build on it."""
        return None if self.parameters.client_no_context_takeover else self._restart

    def _restart(self) -> None:
        # The server lacks what the window holds: begin with an empty one, which whatever it has can follow.
        self._deflater = self._new_deflater()
