"""Bytes to rows: the batch decoder of what a WebSocket server sends (RFC 6455 section 5), sans I/O.

What lives here: everything that decides whether received bytes are a valid stream of frames. What must not: sockets, clocks,
threads, the log. Called by whoever holds the receive role of a connection (the reader thread, or the thread in `Client.read`).

Two paths, one behaviour. The fast path walks the headers of whole, unfragmented data frames with plain integer arithmetic and
makes one `Batch` of them: never an object a message. Everything else (fragments, control frames, large or broken frames, frames
cut by the end of the buffer) takes the slow path, one frame at a time, which also makes every decision about errors. A property
test feeds both the same stream.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, Protocol

from ..errors import CLOSE_CODES, ProtocolError

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

#: The bits of a frame's first byte that hold the opcode.
OPCODE: Final = 0x0F

#: Flags of a row, shared with the log's segments.
SENT: Final = 0x10
COMPRESSED: Final = 0x20
FRAGMENTED: Final = 0x40

#: One read of the socket. 256 KiB is where larger reads stop paying on loopback.
CHUNK: Final = 256 << 10
#: A header is at most 10 bytes (unmasked): the walk may look that far past the end of what was received.
SLACK: Final = 16
#: Payloads above this are received into a buffer of their own, so that they are copied once.
LARGE: Final = 64 << 10

_RESERVED_CODES: Final = frozenset({1004, 1005, 1006, 1015})


@dataclass(slots=True)
class Batch:
    """Consecutive rows, payloads back to back.

    Parameters
    ----------
    data : bytes or bytearray
        The payloads, nothing else.
    ends : sequence of int
        Where each row's payload ends; it starts where the one before ended.
    flags : bytes
        A byte a row: opcode, `COMPRESSED`, `FRAGMENTED`, and the log's direction bit.
    fragments : mapping
        Row → number of frames, for fragmented messages only.
    """

    data: bytes | bytearray
    ends: Sequence[int]
    flags: bytes
    fragments: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ends)

    def payload(self, row: int) -> bytes:
        """Copy one payload out.

        Parameters
        ----------
        row : int
            Below ``len()``.

        Returns
        -------
        bytes
        """
        return bytes(self.data[self.ends[row - 1] if row else 0 : self.ends[row]])


class Inflater(Protocol):
    """What the decoder needs of permessage-deflate (RFC 7692); see `deflate.Deflate`."""

    def inflate(self, payload: bytes | bytearray, final: bool, limit: int | None) -> bytes:
        """Decompress one frame's payload; raise `ProtocolError` on broken data or more than ``limit`` bytes."""


class FrameDecoder:
    """Decode the frames of one connection.

    Receive into `buffer`, then call `received`. After an error (``error`` is set) or a close frame (``closed`` is true) further
    bytes are ignored.

    Parameters
    ----------
    max_size : int, optional
        Largest message in bytes, before and after inflating; None means no limit.
    inflater : Inflater, optional
        Set when permessage-deflate was negotiated.
    fast : bool, default True
        False decodes everything on the slow path; for tests.
    """

    def __init__(self, *, max_size: int | None = 64 << 20, inflater: Inflater | None = None, fast: bool = True) -> None:
        self.max_size = max_size
        self.inflater = inflater
        #: What broke the protocol, with the close code to send; None while all is well.
        self.error: ProtocolError | None = None
        #: Whether a close frame was received.
        self.closed = False
        #: Bytes of the stream decoded so far: error messages quote offsets.
        self.offset = 0
        # A message of up to CHUNK bytes may pass the fast path without a look at max_size.
        self._fast = fast and (max_size is None or max_size >= CHUNK)
        self._buffer = bytearray(CHUNK + SLACK)
        self._have = 0
        # A large frame's payload is received in place.
        self._large: bytearray | None = None
        self._large_have = 0
        self._large_head = (0, 0)
        # The message being assembled from fragments.
        self._opcode = 0
        self._compressed = False
        self._frames = 0
        self._message = bytearray()
        self._checked = 0  # bytes of it known to be UTF-8
        self._peeked = 0  # bytes known to be UTF-8 of a frame that is still arriving
        # A data frame whose header was seen but whose payload is still coming is counted in `_frames` already; seeing its
        # header again when more bytes arrived must not count it twice.
        self._begun = 0

    def buffer(self) -> memoryview:
        """Where to receive next.

        Returns
        -------
        memoryview
            Never empty; release it before calling `received`.
        """
        if self._large is not None:
            return memoryview(self._large)[self._large_have :]
        return memoryview(self._buffer)[self._have : CHUNK]

    def received(self, count: int) -> list[Batch]:
        """Decode ``count`` bytes that were received into `buffer`.

        Parameters
        ----------
        count : int
            How many bytes of the buffer are new.

        Returns
        -------
        list of Batch
            In stream order. A control frame is a batch of its own. What came before an error is still returned.
        """
        if self.closed or self.error:
            return []
        batches: list[Batch] = []
        try:
            if self._large is not None:
                self._large_have += count
                self.offset += count
                self._grow_large(batches)
            else:
                self._have += count
                self._decode(batches)
        except ProtocolError as error:
            self.error = error
        return batches

    # ---- the walk

    def _decode(self, batches: list[Batch]) -> None:
        buffer, have, at = self._buffer, self._have, 0
        try:
            while at < have and not self.closed:
                if self._fast and not self._frames:
                    at = self._walk(at, batches)
                step = self._frame(at, batches)
                if not step:
                    break
                at += step
                if self._large is not None:
                    at = have
        finally:
            rest = have - at
            if rest and at:
                buffer[:rest] = buffer[at:have]
            self._have = rest
            self.offset += at

    def _walk(self, at: int, batches: list[Batch]) -> int:
        """Take the run of whole data frames that begins at ``at``; return where it ends."""
        buffer, have = self._buffer, self._have
        first = buffer[at]
        if first not in (0x81, 0x82) and not (first in (0xC1, 0xC2) and self.inflater):
            return at
        begin = at
        parts: list[bytearray] = []
        take = parts.append
        # Stale bytes behind `have` cannot be mistaken for a frame: its end would lie behind `have` too.
        while True:
            length = buffer[at + 1]
            if length < 126:
                start = at + 2
            elif length == 126:
                start = at + 4
                length = buffer[at + 2] << 8 | buffer[at + 3]
                if length < 126:
                    break  # not minimal: the slow path says so
            else:
                break  # large, or masked
            end = start + length
            if end > have:
                break
            take(buffer[start:end])
            at = end
            if buffer[at] != first:
                break
        if parts:
            if first & 0x40:
                at = self._inflate_run(begin, parts, first & 0x0F, batches)
            else:
                data = b"".join(parts)
                if first == 0x81 and not _all_utf8(data, parts):
                    # Somewhere in the run a text is broken: the slow path finds it and delivers what stands before it.
                    self._fast = False
                    return begin
                batches.append(Batch(data, list(accumulate(map(len, parts))), bytes((first & 0x0F,)) * len(parts)))
        return at

    def _inflate_run(self, at: int, parts: list[bytearray], opcode: int, batches: list[Batch]) -> int:
        """Inflate a run of compressed messages; an error leaves those before it in the batch."""
        assert self.inflater is not None
        inflate, limit = self.inflater.inflate, self.max_size
        out: list[bytes] = []
        problem: ProtocolError | None = None
        for part in parts:
            try:
                message = inflate(part, True, limit)
                if opcode == TEXT and not message.isascii():
                    _check_utf8(message, 0, True)
            except ProtocolError as error:
                problem = error
                break
            out.append(message)
            at += len(part) + (2 if len(part) < 126 else 4)
        if out:
            batches.append(Batch(b"".join(out), list(accumulate(map(len, out))), bytes((opcode | COMPRESSED,)) * len(out)))
        if problem:
            raise problem
        return at

    # ---- one frame

    def _frame(self, at: int, batches: list[Batch]) -> int:
        """Decode the frame at ``at``; return the bytes it took, 0 when more are needed."""
        buffer = self._buffer
        available = self._have - at
        if available < 1:
            return 0
        opcode = self._check_first(buffer[at], self.offset + at)
        if available < 2:
            return 0
        length, header = buffer[at + 1], 2
        if length & 0x80:
            raise self._broken(self.offset + at + 1, length, "a masked frame, which only clients may send (RFC 6455 section 5.1)")
        if opcode >= CLOSE and length > 125:
            raise self._broken(self.offset + at + 1, length, "a control frame longer than 125 bytes (RFC 6455 section 5.5)")
        if length > 125:
            header = 4 if length == 126 else 10
            if available < header:
                return 0
            length = int.from_bytes(buffer[at + 2 : at + header], "big")
            if length < (126 if header == 4 else 65536):
                raise self._broken(
                    self.offset + at + 1, buffer[at + 1], f"a length of {length} not in its shortest form (RFC 6455 section 5.2)"
                )
            if length >> 63:
                raise self._broken(self.offset + at + 2, buffer[at + 2], "a length of 2^63 bytes or more (RFC 6455 section 5.2)")
        if self.max_size is not None and length + len(self._message) > self.max_size:
            raise _too_big(length + len(self._message), self.max_size)
        final = bool(buffer[at] & 0x80)
        if opcode < CLOSE:
            self._begin(buffer[at], opcode)
        end = at + header + length
        if end > self._have:
            if opcode < CLOSE and length > LARGE:
                return self._begin_large(at, header, length, final)
            self._peek(at + header)
            return 0
        payload = buffer[at + header : end]
        if opcode >= CLOSE:
            self._control(opcode, payload, batches)
        else:
            self._data(payload, final, batches)
        return header + length

    def _check_first(self, first: int, offset: int) -> int:
        """Refuse what the first byte of a frame may not say; return its opcode."""
        opcode = first & 0x0F
        if first & 0x30 or (first & 0x40 and (self.inflater is None or opcode not in (TEXT, BINARY))):
            raise self._broken(offset, first, "reserved bits set that no extension was negotiated for (RFC 6455 section 5.2)")
        if opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG):
            raise self._broken(offset, first, f"the unknown opcode {opcode:#x} (RFC 6455 section 5.2)")
        if opcode >= CLOSE:
            if not first & 0x80:
                raise self._broken(offset, first, "a fragmented control frame (RFC 6455 section 5.5)")
        elif opcode and self._frames > self._begun:
            raise self._broken(offset, first, "a new message inside a fragmented one (RFC 6455 section 5.4)")
        elif not opcode and not self._frames:
            raise self._broken(offset, first, "a continuation of no message (RFC 6455 section 5.4)")
        return opcode

    def _begin(self, first: int, opcode: int) -> None:
        if self._begun:
            return
        self._begun = 1
        if opcode:
            self._opcode, self._compressed = opcode, bool(first & 0x40)
        self._frames += 1

    def _data(self, payload: bytearray, final: bool, batches: list[Batch]) -> None:
        self._begun = self._peeked = 0
        if self._compressed:
            assert self.inflater is not None
            left = None if self.max_size is None else self.max_size - len(self._message)
            self._message += self.inflater.inflate(payload, final, left)
        else:
            self._message += payload
        self._check_message(final)
        if final:
            self._deliver(batches)

    def _check_message(self, final: bool) -> None:
        """Check the text so far, failing at the first byte that cannot be UTF-8 (RFC 6455 section 8.1)."""
        if self._opcode == TEXT and (final or len(self._message) > self._checked):
            self._checked = _check_utf8(self._message, self._checked, final)

    def _peek(self, start: int) -> None:
        """Fail fast inside a text frame that has not wholly arrived."""
        if self._opcode != TEXT or self._compressed or not self._begun or start >= self._have:
            return
        # What was looked at before is not looked at again: a frame that drips in byte by byte stays linear.
        before = self._message[self._checked :] if not self._peeked else b""
        known = _check_utf8(bytes(before) + self._buffer[start + self._peeked : self._have], 0, False, self._peeked)
        self._peeked = max(0, self._peeked + known - len(before))

    def _deliver(self, batches: list[Batch]) -> None:
        message, self._message = self._message, bytearray()
        flags = self._opcode | (COMPRESSED if self._compressed else 0) | (FRAGMENTED if self._frames > 1 else 0)
        fragments = {0: self._frames} if self._frames > 1 else {}
        batches.append(Batch(message, [len(message)], bytes((flags,)), fragments))
        self._frames = self._checked = 0
        self._compressed = False

    # ---- a large frame, received in place

    def _begin_large(self, at: int, header: int, length: int, final: bool) -> int:
        if self._message or self._compressed:
            # Part of a message already begun, or compressed: it is gathered apart and then treated like any frame.
            large = bytearray(length)
            have = self._have - at - header
            large[:have] = self._buffer[at + header : self._have]
            self._large_head = (0, int(final))
        else:
            # calloc'd: a server that announces much and sends little takes address space, not memory.
            large = self._message = bytearray(length)
            have = self._have - at - header
            large[:have] = self._buffer[at + header : self._have]
            self._large_head = (1, int(final))
        self._large, self._large_have = large, have
        self._peek_large()
        return self._have - at

    def _peek_large(self) -> None:
        if self._large_head[0] and self._opcode == TEXT and self._large is not None:
            with memoryview(self._large) as view, view[self._checked : self._large_have] as fresh:
                self._checked += _decode_utf8(fresh, False, self._checked)

    def _grow_large(self, batches: list[Batch]) -> None:
        large = self._large
        assert large is not None
        in_place, final = self._large_head
        if self._large_have < len(large):
            self._peek_large()
            return
        self._large = None
        if not in_place:
            self._data(large, bool(final), batches)
            return
        self._begun = 0
        self._check_message(bool(final))
        if final:
            self._deliver(batches)

    # ---- control frames

    def _control(self, opcode: int, payload: bytearray, batches: list[Batch]) -> None:
        if opcode == CLOSE:
            self._check_close(payload)
            self.closed = True
        batches.append(Batch(payload, [len(payload)], bytes((opcode,))))

    def _check_close(self, payload: bytearray) -> None:
        """Refuse a close payload that RFC 6455 sections 5.5.1 and 7.4 do not allow."""
        if len(payload) == 1:
            raise ProtocolError("the server sent a close frame with a payload of one byte (RFC 6455 section 5.5.1)", close_code=1002)
        if payload:
            code = int.from_bytes(payload[:2], "big")
            if not (3000 <= code < 5000 or (code in CLOSE_CODES and code not in _RESERVED_CODES)):
                raise ProtocolError(
                    f"the server sent the close code {code}, which may not stand in a frame (RFC 6455 section 7.4)", close_code=1002
                )
            try:
                payload[2:].decode()
            except UnicodeDecodeError as error:
                raise ProtocolError(f"the server sent a close reason that is not UTF-8 ({error.reason})", close_code=1007) from error

    def _broken(self, offset: int, byte: int, what: str) -> ProtocolError:
        return ProtocolError(f"the server sent {what}: byte {byte:#04x} at offset {offset}", close_code=1002)


def _too_big(size: int, limit: int) -> ProtocolError:
    return ProtocolError(
        f"the server sent a message of {size:,} bytes, more than max_size={limit:,}",
        close_code=1009,
        hint="pass a larger max_size, or None for no limit",
    )


def _all_utf8(data: bytes, parts: list[bytearray]) -> bool:
    """Tell whether every part of ``data`` is UTF-8, looking at the bytes once.

    Valid as a whole and no part beginning inside a character means that every part is valid.
    """
    if data.isascii():
        return True
    try:
        codecs.utf_8_decode(data, "strict", True)
    except UnicodeDecodeError:
        return False
    return not any(part and part[0] & 0xC0 == 0x80 for part in parts)


def _check_utf8(message: bytes | bytearray, checked: int, final: bool, base: int = 0) -> int:
    """Check ``message[checked:]``; return how much of the message is now known to be whole characters."""
    with memoryview(message) as view, view[checked:] as fresh:
        return checked + _decode_utf8(fresh, final, base + checked)


def _decode_utf8(fresh: memoryview, final: bool, base: int) -> int:
    try:
        return codecs.utf_8_decode(fresh, "strict", final)[1]
    except UnicodeDecodeError as error:
        problem = ProtocolError(
            f"the server sent a text message that is not UTF-8: byte {bytes(error.object)[error.start]:#04x} at byte {base + error.start} "
            f"of the message ({error.reason}; RFC 6455 section 8.1)",
            close_code=1007,
        )
    raise problem
