"""What a server may not send, and the errors made of it: close codes as RFC 6455 section 7.4.1 asks, quoting the byte and where it stood.

1002 for what breaks the rules of frames, 1007 for what is not UTF-8 or does not inflate, 1009 for what is too big.
Never 1003: it is for "a type of data" that an endpoint "cannot accept", such as binary where only text is understood;
a debugger takes both types, and any other opcode is no data but a broken frame (section 5.2).

Pure functions; the state of a stream is kept by `frames`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from ..close import Close
from ..errors import ProtocolError
from ..redaction.text import printable, quoted
from ..system.speedups import compiled
from ..transport.http_content import engine_io, excerpt, readable
from ..transport.http_response import parse_head
from .batch import BINARY, CLOSE, PING, PONG, TEXT

#: Text is decoded, and what that makes thrown away, in pieces that stay in the processor's cache. In Python there is no
#: faster look at a part of a bytearray: `isascii` wants a copy of it, and takes as long as decoding ASCII (23 GB/s each).
_PIECE: Final = 64 << 10

#: What payloads come in.
Buffer: TypeAlias = bytes | bytearray | memoryview


def broken(offset: int, byte: int, what: str) -> ProtocolError:
    """Make the error for a frame that breaks the rules (1002).

    Parameters
    ----------
    offset : int
        Of the offending byte, counted from the first byte after the opening handshake.
    byte : int
        Its value.
    what : str
        What it says.

    Returns
    -------
    ProtocolError
    """
    return ProtocolError(f"the server sent {what}: byte {byte:#04x} at offset {offset}", close_code=1002)


def too_big(offset: int, byte: int, size: int, limit: int) -> ProtocolError:
    """Make the error for a message above ``max_size`` (1009).

    Parameters
    ----------
    offset : int
        Of the byte that says how long the frame is.
    byte : int
        Its value.
    size : int
        Bytes announced so far.
    limit : int
        ``max_size``.

    Returns
    -------
    ProtocolError
    """
    return ProtocolError(
        f"the server sent a message of {size:,} bytes, more than max_size={limit:,}: byte {byte:#04x} at offset {offset}",
        close_code=1009,
        hint="pass a larger max_size, or None for no limit",
    )


def inflates_too_big(limit: int) -> ProtocolError:
    """Make the error for a compressed message that inflates above ``max_size`` (1009).

    Parameters
    ----------
    limit : int
        ``max_size``.

    Returns
    -------
    ProtocolError
    """
    return ProtocolError(
        f"the server sent a compressed message that inflates to more than max_size={limit:,} bytes",
        close_code=1009,
        hint="pass a larger max_size, or None for no limit",
    )


def located(problem: ProtocolError, offset: int) -> ProtocolError:
    """Add to the error for a compressed message where its frame stands; which of its bytes is wrong, zlib does not tell.

    Parameters
    ----------
    problem : ProtocolError
        From the inflater.
    offset : int
        Of the frame's first byte.

    Returns
    -------
    ProtocolError
        The same.
    """
    problem.message += f": the frame at offset {offset}"
    return problem


def check_first(first: int, offset: int, *, compression: bool, inside: bool) -> int:
    """Refuse what the first byte of a frame may not say.

    Parameters
    ----------
    first : int
        The byte.
    offset : int
        Of it in the stream.
    compression : bool
        Whether permessage-deflate was negotiated (RFC 7692: RSV1).
    inside : bool
        Whether frames of a message stand before it, of which the last is still to come.

    Returns
    -------
    int
        The opcode.

    Raises
    ------
    ProtocolError
        Close code 1002.
    """
    opcode = first & 0x0F
    if first & 0x30 or (first & 0x40 and not (compression and opcode in (TEXT, BINARY))):
        raise broken(offset, first, "reserved bits set that no extension was negotiated for (RFC 6455 section 5.2)")
    if opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG):
        raise broken(offset, first, f"the unknown opcode {opcode:#x} (RFC 6455 section 5.2)")
    if opcode >= CLOSE:
        if not first & 0x80:
            raise broken(offset, first, "a fragmented control frame (RFC 6455 section 5.5)")
    elif opcode and inside:
        raise broken(offset, first, "a new message inside a fragmented one (RFC 6455 section 5.4)")
    elif not opcode and not inside:
        raise broken(offset, first, "a continuation of no message (RFC 6455 section 5.4)")
    return opcode


def http_instead(data: bytes, offset: int) -> ProtocolError:
    """Make the error for HTTP where a frame should begin: some servers accept first and refuse then (1002).

    Parameters
    ----------
    data : bytes
        What begins there, as far as it has come.
    offset : int
        Where in the stream.

    Returns
    -------
    ProtocolError
        With ``status headers body`` when the head is whole.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    try:
        status, reason, headers = parse_head(head, "")
    except ProtocolError:
        said, answered = quoted(data, 160), None
    else:
        text = excerpt(body, headers)
        said = f"{status} {printable(readable(reason))}".rstrip() + (f": {text}" if text else "")
        answered = status, headers
    where = "right behind its 101" if offset == 0 else f"at offset {offset}"
    return ProtocolError(
        f"the server sent HTTP instead of a frame, {where}: {said}",
        hint=engine_io(data) or "it accepted the upgrade, and then refused what was asked for; what it says is why",
        status=answered and answered[0],
        headers=answered[1] if answered else (),
        body=body,
        close_code=1002,
    )


def check_close(payload: bytearray, offset: int) -> None:
    """Refuse a close payload that RFC 6455 sections 5.5.1 and 7.4 do not allow.

    Parameters
    ----------
    payload : bytearray
        Of the close frame.
    offset : int
        Where in the stream it begins.

    Raises
    ------
    ProtocolError
        1002, or 1007 for a reason that is not UTF-8.
    """
    if not payload:
        return
    if len(payload) == 1:
        raise broken(offset, payload[0], "a close frame with a payload of one byte (RFC 6455 section 5.5.1)")
    close = Close.decode(payload)
    if not close.sendable:
        raise broken(
            offset, payload[0], f"the close code {close.code}, which may not stand in a frame (RFC 6455 section 7.4)"
        )
    try:
        payload[2:].decode()
    except UnicodeDecodeError as error:
        at = 2 + error.start
        problem = ProtocolError(
            f"the server sent a close reason that is not UTF-8: byte {payload[at]:#04x} at offset {offset + at} "
            f"({error.reason}; RFC 6455 section 5.5.1)",
            close_code=1007,
        )
    else:
        return
    raise problem


def python_utf8_end(data: Buffer, start: int, stop: int) -> int:
    """Tell up to where ``data[start:stop]`` is seen to be UTF-8 in no time.

    Parameters
    ----------
    data : bytes-like
        Text.
    start, stop : int
        The part that is looked at.

    Returns
    -------
    int
        Where a character may begin; what stands before is valid. In Python there is no such look: ``start``.
    """
    return start


#: Compiled, it finds the end of all that is valid, without making a str of it.
utf8_end: Final[Callable[[Buffer, int, int], int]] = python_utf8_end if compiled is None else compiled.utf8_end


def all_utf8(data: Buffer, parts: Sequence[Buffer]) -> bool:
    """Tell whether every part of ``data`` is UTF-8, looking at the bytes once.

    Valid as a whole and no part beginning inside a character means that every part is valid.

    Parameters
    ----------
    data : bytes-like
        The parts, joined.
    parts : sequence of bytes-like
        Whole messages.

    Returns
    -------
    bool
    """
    if not isinstance(data, memoryview) and data.isascii():
        return True
    try:
        check_utf8(data, 0, len(data), True)
    except ProtocolError:
        return False
    return not any(part and part[0] & 0xC0 == 0x80 for part in parts)


def check_utf8(message: Buffer, checked: int, end: int, final: bool, base: int = 0) -> int:
    """Check ``message[checked:end]``, failing at the first byte that cannot be UTF-8 (RFC 6455 section 8.1).

    Parameters
    ----------
    message : bytes or bytearray
        Text.
    checked : int
        How much of it is known to be whole characters.
    end : int
        How much of it is there.
    final : bool
        Whether nothing follows, so that a cut character is an error too.
    base : int, default 0
        Where in the whole message ``message`` begins; for the error.

    Returns
    -------
    int
        How much is now known to be whole characters.

    Raises
    ------
    ProtocolError
        1007.
    """
    checked = utf8_end(message, checked, end)  # what is left may be cut, or broken
    with memoryview(message) as view:
        while True:
            stop = min(end, checked + _PIECE)
            with view[checked:stop] as fresh:
                try:
                    checked += codecs.utf_8_decode(fresh, "strict", final and stop == end)[1]
                except UnicodeDecodeError as error:
                    at, byte, why = error.start, fresh[error.start], error.reason
                    break
            if stop == end:
                return checked
    raise ProtocolError(
        f"the server sent a text message that is not UTF-8: byte {byte:#04x} at byte {base + checked + at} of the message "
        f"({why}; RFC 6455 section 8.1)",
        close_code=1007,
    )
