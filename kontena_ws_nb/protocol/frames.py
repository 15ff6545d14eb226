"""The decoder: received bytes to rows (RFC 6455 section 5), without I/O. It alone decides whether they are a valid stream of frames.

Called by whoever holds the receive role of a connection (the reader thread, or the thread in `Client.read`).

Two paths, one behaviour. The fast path walks the headers of whole, unfragmented data frames with plain integer
arithmetic and makes one `Batch` of them: never an object a message. It takes the middle of a fragmented message in the
same way. Everything else (first and last fragments, control frames, large or broken frames, frames cut by the end of
the buffer) takes the slow path, one frame at a time, which also makes every decision about errors. A property test
feeds both the same stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import sub
from typing import Final, Protocol

from ..errors import ProtocolError
from ..system.speedups import compiled
from .arena import BLOCK, BLOCKS, Arena
from .batch import BINARY, CLOSE, COMPRESSED, FRAGMENTED, INCOMPLETE, OPCODE, PING, PONG, SENT, TEXT, Batch
from .validation import Buffer, all_utf8, broken, check_close, check_first, check_utf8, http_instead, located, too_big

#: Pieces of this size move to memory that is kept; smaller ones are copied by who keeps them.
MANY: Final = 32 << 10
#: An inflated message of this size stays where it was made; smaller ones cost less page faults in an arena.
ALONE: Final = 1 << 20
#: A run of this size stays where it was received; the payloads of a smaller one are copied, and its room used again.
KEPT: Final = 64 << 10
#: What an HTTP/1 response begins with.
_STATUS_LINE: Final = b"HTTP/1."
#: What a header is overwritten with, so that a run of texts can be looked at as one: ASCII, and no part of a character.
_GAP: Final = 0x0A
_LONG_GAP: Final = bytes((_GAP,)) * 10
#: The longest payload whose length takes 16 bits.
_SHORT: Final = 0xFFFF


def python_walk(buffer: bytearray, at: int, stop: int, starts: list[int], ends: list[int], max_size: int | None) -> int:
    """Find the payloads of whole frames of one kind, where they are. Their headers are overwritten with ASCII.

    Parameters
    ----------
    buffer : bytearray
        What was received; header bytes are looked at up to 10 bytes behind ``stop``.
    at, stop : int
        The frames between that begin with the same byte as the first.
    starts, ends : list of int
        Get where each payload begins and ends.
    max_size : int or None
        A message of more bytes is not taken where its length takes 64 bits; of shorter ones the caller knows.

    Returns
    -------
    int
        Where they end; ``at`` when none was taken.
    """
    begins, ended = starts.append, ends.append
    first = buffer[at]
    # Stale bytes behind what was received cannot be mistaken for a frame: its end would lie there too.
    while True:
        length = buffer[at + 1]
        if length < 126:
            start = at + 2
            end = start + length
            if end > stop:
                return at
            buffer[at] = _GAP
        elif length == 126:
            start = at + 4
            length = buffer[at + 2] << 8 | buffer[at + 3]
            end = start + length
            if length < 126 or end > stop:  # not minimal: the slow path says so
                return at
            buffer[at] = buffer[at + 3] = _GAP
            if length > 0x7FFF:
                buffer[at + 2] = _GAP
        elif length == 127:
            start = at + 10
            length = int.from_bytes(buffer[at + 2 : start], "big")
            end = start + length
            if length <= _SHORT or end > stop or (max_size is not None and length > max_size):  # as above
                return at
            buffer[at:start] = _LONG_GAP
        else:
            return at  # masked
        begins(start)
        ended(end)
        at = end
        if buffer[at] != first:
            return at


#: Compiled, it takes a sixth of the time.
walk: Final[Callable[[bytearray, int, int, list[int], list[int], int | None], int]] = (
    python_walk if compiled is None else compiled.walk
)


def restore(buffer: bytearray, first: int, starts: Sequence[int], ends: Sequence[int]) -> None:
    """Write the headers again that `walk` overwrote.

    Parameters
    ----------
    buffer : bytearray
        As for `walk`.
    first : int
        The first byte of the frames.
    starts, ends : sequence of int
        From `walk`.
    """
    for start, end in zip(starts, ends, strict=True):
        size = end - start
        if size < 126:
            header = bytes((first, size))
        elif size <= _SHORT:
            header = bytes((first, 126)) + size.to_bytes(2, "big")
        else:
            header = bytes((first, 127)) + size.to_bytes(8, "big")
        buffer[start - len(header) : start] = header


def gather(
    arena: Arena,
    data: bytes | bytearray,
    parts: Sequence[Buffer],
    flags: int,
    batch: Batch | None,
    batches: list[Batch],
) -> Batch:
    """Add payloads to the batch of their run, or begin another.

    Parameters
    ----------
    arena : Arena
        Where many stay.
    data : bytes or bytearray
        The payloads, joined.
    parts : sequence of bytes-like
        The payloads.
    flags : int
        Of each row.
    batch : Batch or None
        What the run has so far.
    batches : list of Batch
        Gets a batch that is begun.

    Returns
    -------
    Batch
        Of the run.
    """
    every = bytes((flags,)) * len(parts)
    at = 0
    if len(parts) == 1 and len(data) >= ALONE and isinstance(data, bytearray):
        pass
    elif batch is not None or len(data) >= MANY:
        block, at = arena.take(len(data))
        block[at : at + len(data)] = data
        data = block
    bounds = list(accumulate(map(len, parts), initial=at))
    if batch is not None and batch.data is data and batch.bounds[-1] == at:
        assert isinstance(batch.bounds, list)
        batch.bounds += bounds[1:]
        batch.flags += every
        return batch
    batch = Batch(data, bounds, every)
    batches.append(batch)
    return batch


__all__ = [
    "BINARY",
    "CLOSE",
    "COMPRESSED",
    "FRAGMENTED",
    "INCOMPLETE",
    "OPCODE",
    "PING",
    "PONG",
    "SENT",
    "TEXT",
    "Batch",
    "FrameDecoder",
    "Inflater",
]

#: One read of the socket into a block, at most. One that empties the socket's buffer costs a third less, in the kernel
#: too, than many small ones, though what it brings has left the processor's fastest cache.
READ: Final = BLOCK
#: One batch of what stays there, about; and one read where it does not stay.
CHUNK: Final = 512 << 10
#: What a connection begins with; most never have so much at once.
FIRST_CHUNK: Final = 64 << 10
#: A header is at most 10 bytes (unmasked): the walk may look that far past the end of what was received.
SLACK: Final = 16
#: A whole message in one frame of up to so many bytes is received in a block, among others; a larger one in memory of
#: its own.
IN_BLOCK: Final = BLOCK // 2
#: The same for frames of a fragmented message, which are received behind the ones before, and for compressed ones.
IN_PLACE: Final = CHUNK // 4
#: A block with less room than this is full.
_FULL: Final = 256 << 10
#: Whoever keeps less than so many bytes would keep a whole block for a part of it: nothing stays in blocks then.
_FEW: Final = 4 * BLOCK
#: How much of a run of compressed messages is joined at once: they grow first.
COMPRESSED_PIECE: Final = 8 << 10
#: How much room a large frame gets at once. A larger one, or one that continues a message, begins with `CREDIT` and
#: grows with what arrives: an announcement costs the server nothing.
ROOM: Final = 64 << 20
CREDIT: Final = 4 << 20
#: How much is looked at of HTTP that came instead of a frame.
_HTTP: Final = 16 << 10
#: How many inflated bytes are handed on at once, or one message: what one read takes from the socket may inflate to a
#: thousand times as much, and whoever keeps it must get to look at its limits in between. More than ordinary traffic
#: makes of one read.
HANDED: Final = 8 << 20


#: With a limited `FrameDecoder.room`: an empty message is two bytes, and counts for 21 where it is kept; and what one
#: read may take at least, so that it goes on.
_GROWS: Final = 11
_LEAST: Final = 512
#: How many times as large deflated bytes may get (zlib's technical notes: 1032).
_INFLATES: Final = 1032


#: What is told of a frame that was cut, by its opcode.
_WORDS: Final = {TEXT: "text message", BINARY: "binary message", CLOSE: "close frame", PING: "ping", PONG: "pong"}


class Inflater(Protocol):
    """What the decoder needs of permessage-deflate (RFC 7692); see `inflate.Inflate`."""

    def inflate(self, payload: bytes | bytearray, final: bool, limit: int | None, had: int) -> bytes | bytearray:
        """Decompress a frame of a message that has ``had`` bytes; raise `ProtocolError` on broken data or more than ``limit`` bytes."""

    def inflate_run(
        self, payloads: Sequence[Buffer], limit: int | None
    ) -> tuple[list[bytes | bytearray], bytes | bytearray, ProtocolError | None]:
        """Decompress whole messages up to the first broken one; give them one by one and joined."""


class FrameDecoder:
    """Decode the frames of one connection.

    Receive into `buffer`, then call `received`; again with 0 while ``more`` is true. After an error (``error`` is set)
    or a close frame (``closed`` is true) further bytes are ignored.

    Parameters
    ----------
    max_size : int, optional
        Largest message in bytes, before and after inflating; None means no limit.
    inflater : Inflater, optional
        Set when permessage-deflate was negotiated.
    keep : int, optional
        Bytes that whoever gets the rows keeps of them: one read brings a sixteenth of that at most, so that limits are
        looked at often enough, and of little, nothing stays in blocks. None means no limit.
    fast : bool, default True
        False decodes everything on the slow path; for tests.
    """

    def __init__(
        self,
        *,
        max_size: int | None = 64 << 20,
        inflater: Inflater | None = None,
        keep: int | None = None,
        fast: bool = True,
    ) -> None:
        self.max_size = max_size
        self.inflater = inflater
        #: What broke the protocol, with the close code to send; None while all is well.
        self.error: ProtocolError | None = None
        #: Whether a close frame was received.
        self.closed = False
        #: Whether there may be whole frames left: call ``received(0)`` before receiving again, and do something about
        #: what was handed on.
        self.more = False
        #: Bytes, as a log counts them, that the next call of `received` may make; None means no limit. Exceeded by less
        #: than a message, or by small ones that `_LEAST` bytes hold (5.4 kB): whoever keeps rows stops in time.
        self.room: int | None = None
        #: Bytes of the stream decoded so far: error messages quote offsets.
        self.offset = 0
        self._fast = fast
        blocks = keep is None or keep >= _FEW
        self._in_blocks = blocks and inflater is None
        self._arena = Arena(blocks)
        # Where to receive: a small buffer of our own; then, as soon as much comes at once, blocks, or with compression
        # and for small limits a larger buffer, because what was received is not kept then.
        self._buffer = bytearray(FIRST_CHUNK + SLACK)
        self._room = FIRST_CHUNK  # bytes of it to be used
        self._in_block = False
        self._kept = 0  # what stands before is part of batches
        self._at = 0  # what stands before is decoded
        self._have = 0  # what stands before was received
        self._read = READ if keep is None else min(READ, max(FIRST_CHUNK, keep // 16))
        self._need = 0  # bytes that another buffer has to have room for, when this one is full
        self._wanted = 0  # bytes of the frame that is not whole yet, where its header is known
        self._inflated = 0  # bytes made by inflating in this call of `received`
        # The message being assembled.
        self._opcode = 0
        self._compressed = False
        self._frames = 0
        self._size = 0  # payload bytes of its finished frames, as received
        self._message = bytearray()
        self._base = 0  # where in `_message` it begins
        self._checked = 0  # up to where it is known to be UTF-8
        # A data frame whose header was seen but whose payload is still coming: it is counted in `_frames` already, and
        # must not be counted twice when its header is seen again because more bytes arrived.
        self._begun = False
        self._frame_at = 0  # where in the stream it stands
        self._peeked = 0  # bytes of its payload known to be UTF-8
        # A large frame is received in place: behind what the message has, or into a buffer of its own when it is
        # compressed.
        self._large: bytearray | None = None
        self._large_have = 0
        self._large_room = 0  # up to where there is room for now
        self._large_end = 0
        self._large_final = False

    def buffer(self) -> memoryview:
        """Where to receive next.

        Returns
        -------
        memoryview
            Never empty unless there is ``more``; release it before calling `received`.
        """
        if self._large is not None:
            return memoryview(self._large)[self._large_have : self._large_room]
        if self._need:
            self._move(self._need)
        most = self._read
        if self.room is not None:  # the rest of a frame that is under way makes one message, however long it is
            most = min(most, max(_LEAST, self.room // _GROWS, self._wanted - (self._have - self._at)))
        return memoryview(self._buffer)[self._have : min(self._room, self._have + most)]

    def received(self, count: int) -> list[Batch]:
        """Decode ``count`` bytes that were received into `buffer`.

        Parameters
        ----------
        count : int
            How many bytes of the buffer are new; 0 when there is ``more``.

        Returns
        -------
        list of Batch
            In stream order. A control frame is a batch of its own. What came before an error is still returned.
        """
        if self.closed or self.error:
            return []
        batches: list[Batch] = []
        self._inflated, self.more = 0, False
        try:
            if self._large is not None:
                self.offset += count
                self._large_have += count
                self._grow_large(self._large, batches)
            else:
                self._have += count
                full = self._have == self._room
                self._wanted = 0
                self._decode(batches)
                self._make_room(full)
        except ProtocolError as error:
            self.error = error
            self.end()  # and `buffer` is never empty
        return batches

    @property
    def missing(self) -> int:
        """Bytes that the frame under way lacks, as far as its header was seen; 0 when none is."""
        if self._large is not None:
            return self._large_end - self._large_have
        return max(0, self._wanted - (self._have - self._at))

    @property
    def _handed(self) -> int:
        return HANDED if self.room is None else min(HANDED, max(1, self.room))

    def end(self) -> None:
        """Let go of the memory for what is to come: nothing more will be decoded."""
        self._large, self._buffer, self._room, self._in_block = None, bytearray(FIRST_CHUNK), FIRST_CHUNK, False
        self._arena = Arena()
        self._kept = self._at = self._have = self._need = 0
        BLOCKS.release()

    def _make_room(self, full: bool) -> None:
        """Get ready to receive more, behind what is kept and what is not decoded; ``full``: the last read took all there was room for."""
        at, rest, kept = self._at, self._have - self._at, self._kept
        if rest and at > kept:
            with memoryview(self._buffer) as view:
                view[kept : kept + rest] = view[at : self._have]
        self._at, self._have = kept, kept + rest
        if self._in_block:  # a frame that is under way, fits, and will stay where it is need not be moved
            full = self._wanted < KEPT and self._room - self._have < _FULL
        if self._wanted <= self._room - kept and not full:
            return
        if self._in_blocks or self._room < CHUNK:
            self._need = max(rest + _FULL, self._wanted)

    def _move(self, need: int) -> None:
        """Go on in another block, or in a larger buffer. Not before more is received: a log drops a block meanwhile, which comes in handy."""
        self._need = 0
        if self._in_blocks:
            self._in_block = True
            buffer, begin, room = self._arena.block(need + SLACK)
            room -= SLACK
        else:
            buffer, begin, room = bytearray(CHUNK + SLACK), 0, CHUNK
        kept, rest = self._kept, self._have - self._kept
        with memoryview(self._buffer) as view:
            buffer[begin : begin + rest] = view[kept : kept + rest]
        self._buffer, self._room = buffer, room
        self._kept = self._at = begin
        self._have = begin + rest

    # ---- what is left at the end

    def unfinished(self) -> tuple[str, Batch] | None:
        """Tell what of a message or control frame had come when the stream ended. The decoder is of no use afterwards.

        Returns
        -------
        (str, Batch) or None
            How much of how much, in words; and the part as a row that is marked `INCOMPLETE`. None when nothing was cut.
        """
        large, inside = self._large, self._frames - self._begun
        have = 0 if self.more or self.closed or large is not None else self._have - self._at
        buffer = self._buffer[self._at : self._at + have]
        if _STATUS_LINE.startswith(bytes(buffer)):
            have = 0  # of a response and no frame
        if self.more or self.error is not None or not (have or inside or large is not None):
            return None  # what is refused was not cut: its error tells
        opcode, compressed = self._opcode, self._compressed
        before = bytes(self._message) if large is None or compressed else b""
        part, cut = b"", "the last one had not"
        if large is not None:
            begin = 0 if compressed else self._base + self._size
            part = bytes(memoryview(large)[begin : self._large_have])
            before = before or bytes(memoryview(large)[self._base : begin])
            cut = self._cut(len(part), self._large_end - begin)
        elif have and not (inside and buffer[0] & OPCODE >= CLOSE):
            if not inside:
                opcode, compressed = buffer[0] & OPCODE, bool(buffer[0] & 0x40)
            size, header = self._announced(buffer)
            part = bytes(buffer[header:])
            cut = (
                self._cut(have - header, size)
                if have >= header
                else f"{have} byte{'s' if have > 1 else ''} of the next header"
            )
        what = f"{'compressed ' if compressed else ''}{_WORDS[opcode]}"
        if inside:
            told = f"{inside:,} whole frame{'s' if inside > 1 else ''} of a {what} had come, and {cut}"
        else:
            told = f"{cut} of a {what} had come".replace("the next header", "the header")
        if compressed and part:
            assert self.inflater is not None
            try:
                part = bytes(self.inflater.inflate(part, False, self.max_size, len(before)))
            except ProtocolError:
                part = b""  # broken as well
        frames = max(1, self._frames)
        flags = opcode | INCOMPLETE | (COMPRESSED if compressed else 0) | (FRAGMENTED if frames > 1 else 0)
        row = Batch.one(before + part, flags)
        return told, Batch(row.data, row.bounds, row.flags, {0: frames} if frames > 1 else {})

    @staticmethod
    def _cut(got: int, size: int) -> str:
        return f"{got:,} of the {size:,} bytes"

    @staticmethod
    def _announced(begun: bytearray) -> tuple[int, int]:
        """Read the size and the header's length of a frame; its header may be cut too."""
        length = begun[1] if len(begun) > 1 else 0
        header = 2 if length < 126 else 4 if length == 126 else 10
        return (int.from_bytes(begun[2:header], "big") if header > 2 else length), header

    # ---- the walk

    def _decode(self, batches: list[Batch]) -> None:
        buffer, have, at = self._buffer, self._have, self._at
        try:
            while at < have and not self.closed:
                if self._inflated >= self._handed:
                    self.more = True
                    break
                if self._fast:
                    if (
                        self._frames == self._begun
                    ):  # inside no message, or in its first frame, which may be whole by now
                        ran = self._run(at, batches)
                        if ran > at:
                            at = ran
                            self._begun, self._frames, self._peeked = False, 0, 0
                            continue
                    elif not buffer[at]:
                        ran = self._run_fragments(at)
                        if ran > at:
                            at = ran
                            continue
                step = self._frame(at, batches)
                if not step:
                    break
                at += step
        finally:
            self.offset += at - self._at
            self._at = at

    def _run(self, at: int, batches: list[Batch]) -> int:
        """Take the run of whole data frames of one kind that begins at ``at``; return where it ends."""
        buffer, first = self._buffer, self._buffer[at]
        if first in (0x81, 0x82):
            end, starts, ends = self._walk(at, min(self._have, at + CHUNK))
            if not starts:  # longer than that: it comes alone, when it is whole
                end, starts, ends = self._walk(at, self._have)
            if starts and not self._hand_on(first, at, starts, ends, batches):
                # Somewhere a text is broken: the slow path finds it and delivers what stands before it.
                restore(buffer, first, starts, ends)
                self._fast = False
                return at
            return end
        if first in (0xC1, 0xC2) and self.inflater:
            return self._run_compressed(at, first, batches)
        return at

    def _walk(self, at: int, stop: int) -> tuple[int, list[int], list[int]]:
        """Find the payloads of whole frames that begin as the one at ``at``: where they end, starts, and ends."""
        starts: list[int] = []
        ends: list[int] = []
        buffer, first, most = self._buffer, self._buffer[at], self.max_size
        end = walk(buffer, at, stop, starts, ends, most)
        if most is not None and most < _SHORT and starts and max(map(sub, ends, starts)) > most:
            restore(buffer, first, starts, ends)
            self._fast = False  # the slow path refuses the right one
            return at, [], []
        return end, starts, ends

    def _hand_on(self, first: int, at: int, starts: list[int], ends: list[int], batches: list[Batch]) -> bool:
        """Make a batch of a run that begins at ``at``; False, and nothing was done, when some of its text is no UTF-8."""
        buffer, end = self._buffer, ends[-1]
        if self._in_block and end - at >= KEPT:
            if first == 0x81:
                # Once, and all of it: headers are ASCII by now, so no character spans two messages. What was looked at
                # of the first one, when it was not whole, is known.
                try:
                    check_utf8(buffer, starts[0] + self._peeked, end, True)
                except ProtocolError:
                    return False
            headers = end - starts[0] - sum(ends) + sum(starts)
            bounds = [starts[0], *ends]
            batches.append(Batch(buffer, bounds, bytes((first & OPCODE,)) * len(starts), {}, starts, headers))
            self._kept = end
            return True
        if len(starts) == 1:
            data = bytes(buffer[starts[0] : end])
            parts: list[bytes] | list[bytearray] = [data]
        else:
            parts = [buffer[start:stop] for start, stop in zip(starts, ends, strict=True)]
            data = b"".join(parts)
        if first == 0x81 and not all_utf8(data, parts):
            return False
        gather(self._arena, data, parts, first & OPCODE, None, batches)
        return True

    def _run_compressed(self, at: int, first: int, batches: list[Batch]) -> int:
        """Inflate the run of compressed messages that begins at ``at``; return where it ends."""
        buffer, have = self._buffer, self._have
        batch: Batch | None = None
        piece = COMPRESSED_PIECE if self.room is None else min(COMPRESSED_PIECE, max(_LEAST, self.room) // _INFLATES)
        while at < have and buffer[at] == first and self._inflated < self._handed:
            end, starts, ends = self._walk(at, min(have, at + piece))
            if not starts:  # longer than a piece: it comes alone
                end, starts, ends = self._walk(at, min(have, at + sum(self._announced(buffer[at : at + 10]))))
                if not starts:
                    break
            parts = [buffer[start:stop] for start, stop in zip(starts, ends, strict=True)]
            batch = self._inflate_run(at, parts, first & OPCODE | COMPRESSED, batch, batches)
            at = end
        return at

    def _inflate_run(
        self, at: int, parts: Sequence[Buffer], flags: int, batch: Batch | None, batches: list[Batch]
    ) -> Batch | None:
        """Inflate a run of compressed messages that begins at ``at``; an error leaves those before it in the batch."""
        assert self.inflater is not None
        out, data, problem = self.inflater.inflate_run(parts, self.max_size)
        self._inflated += len(data)
        if problem is not None:
            sizes = map(len, parts[: len(out)])
            located(
                problem,
                self.offset
                + at
                - self._at
                + sum(size + (2 if size < 126 else 4 if size < 1 << 16 else 10) for size in sizes),
            )
        if flags & OPCODE == TEXT and not all_utf8(data, out):
            good = 0
            try:
                while True:  # one of them is broken
                    check_utf8(out[good], 0, len(out[good]), True)
                    good += 1
            except ProtocolError as error:
                problem = error
            out = out[:good]
            data = b"".join(out)
        if out:
            batch = gather(self._arena, data, out, flags, batch, batches)
        if problem:
            raise problem
        return batch

    def _run_fragments(self, at: int) -> int:
        """Take the run of whole frames in the middle of a message that begins at ``at``; return where it ends."""
        if self._begun or self._compressed:
            return at
        buffer = self._buffer
        limit = self._have
        if self.max_size is not None:
            limit = min(limit, at + self.max_size - self._size)  # frames within are no more than that
        end, starts, ends = self._walk(at, limit)
        before = len(self._message)
        self._message += b"".join([buffer[start:stop] for start, stop in zip(starts, ends, strict=True)])
        if self._opcode == TEXT:
            try:
                self._checked = check_utf8(self._message, self._checked, len(self._message), False)
            except ProtocolError:
                del self._message[before:]
                restore(buffer, 0, starts, ends)
                self._fast = False  # the slow path fails at the right frame
                return at
        self._frames += len(starts)
        self._size += len(self._message) - before
        return end

    # ---- one frame

    def _frame(self, at: int, batches: list[Batch]) -> int:
        """Decode the frame at ``at``; return the bytes it took, 0 when more are needed."""
        buffer = self._buffer
        available = self._have - at
        first, offset = buffer[at], self.offset + at - self._at
        try:
            opcode = check_first(
                first, offset, compression=self.inflater is not None, inside=self._frames > self._begun
            )
        except ProtocolError:
            begun = bytes(buffer[at : min(self._have, at + len(_STATUS_LINE))])  # 0x48 is never a frame's first byte
            if not _STATUS_LINE.startswith(begun):
                raise
            if begun != _STATUS_LINE:
                return 0
            raise http_instead(bytes(buffer[at : min(self._have, at + _HTTP)]), offset) from None
        if available < 2:
            return 0
        length, header = buffer[at + 1], 2
        if length & 0x80:
            raise broken(offset + 1, length, "a masked frame, which only clients may send (RFC 6455 section 5.1)")
        if opcode >= CLOSE and length > 125:
            raise broken(offset + 1, length, "a control frame longer than 125 bytes (RFC 6455 section 5.5)")
        if length > 125:
            header = 4 if length == 126 else 10
            if available < header:
                return 0
            length = int.from_bytes(buffer[at + 2 : at + header], "big")
            if length < (126 if header == 4 else 65536):
                raise broken(
                    offset + 1, buffer[at + 1], f"a length of {length} not in its shortest form (RFC 6455 section 5.2)"
                )
            if length >> 63:
                raise broken(offset + 2, buffer[at + 2], "a length of 2^63 bytes or more (RFC 6455 section 5.2)")
        end = at + header + length
        if opcode >= CLOSE:
            if end > self._have:
                return 0
            self._control(opcode, buffer[at + header : end], offset + header, batches)
            return header + length
        if self.max_size is not None and length + self._size > self.max_size:
            raise too_big(offset + 1, buffer[at + 1], length + self._size, self.max_size)
        self._frame_at = offset
        self._begin(first, opcode)
        if end > self._have:
            alone = first & 0x80 and self._in_blocks and self._frames == 1
            if length > (IN_BLOCK if alone else IN_PLACE):
                return self._begin_large(at, header, length, bool(first & 0x80))
            self._wanted = header + length
            self._peek(at + header)
            return 0
        self._data(buffer[at + header : end], bool(first & 0x80), batches)
        return header + length

    def _begin(self, first: int, opcode: int) -> None:
        if self._begun:
            return
        self._begun = True
        if opcode:
            self._opcode, self._compressed = opcode, bool(first & 0x40)
        self._frames += 1

    def _data(self, payload: bytearray, final: bool, batches: list[Batch]) -> None:
        """Take a whole data frame."""
        size = len(payload)
        if self._compressed:
            assert self.inflater is not None
            try:
                data = self.inflater.inflate(payload, final, self.max_size, len(self._message))
            except ProtocolError as error:
                raise located(error, self._frame_at) from error.__cause__
            self._inflated += len(data)
            if isinstance(data, bytearray) and not self._message:
                self._message = data
            else:
                self._message += data
        elif self._message:
            self._message += payload
        else:
            self._message = payload
        self._data_taken(size, len(self._message), final, batches)

    def _data_taken(self, size: int, end: int, final: bool, batches: list[Batch]) -> None:
        """Go on behind a data frame of ``size`` bytes; the message has its bytes up to ``end`` now."""
        self._begun = False
        self._peeked = 0
        self._size += size
        if self._opcode == TEXT and (final or end > self._checked):
            self._checked = check_utf8(self._message, self._checked, end, final, -self._base)
        if final:
            self._deliver(end, batches)

    def _peek(self, start: int) -> None:
        """Fail fast inside a text frame that has not wholly arrived (a compressed one is inflated when it has)."""
        if self._opcode != TEXT or self._compressed:
            return
        if not self._message:
            low = start + self._peeked
            self._peeked = check_utf8(self._buffer, low, self._have, False, -start) - start
            return
        fresh = self._buffer[start + self._peeked : self._have]
        # What was looked at before is not looked at again: a frame that drips in byte by byte stays linear. The first
        # look begins with the character the frame before was cut in.
        known = len(self._message) if self._peeked else self._checked
        before = self._message[known:]
        self._peeked += check_utf8(before + fresh, 0, len(before) + len(fresh), False, known + self._peeked) - len(
            before
        )
        self._peeked = max(0, self._peeked)

    def _deliver(self, end: int, batches: list[Batch]) -> None:
        flags = self._opcode | (COMPRESSED if self._compressed else 0) | (FRAGMENTED if self._frames > 1 else 0)
        fragments = {0: self._frames} if self._frames > 1 else {}
        batches.append(Batch(self._message, (self._base, end), bytes((flags,)), fragments))
        self._message = bytearray()
        self._frames = self._checked = self._size = self._base = 0
        self._compressed = False

    # ---- a large frame, received in place

    def _begin_large(self, at: int, header: int, length: int, final: bool) -> int:
        """Move what is there of a large frame to where the rest will be received; return the bytes taken."""
        start = at + header
        here = self._have - start
        begin = 0 if self._compressed else len(self._message)
        room = min(length, here + CREDIT)
        if begin:
            large = self._message
            large += bytes(room)
        elif length <= ROOM and final and not self._compressed:
            room = length
            large, begin = self._arena.take(room)
            self._message, self._base, self._checked = large, begin, begin
        else:
            large = bytearray(room)
            if not self._compressed:
                self._message = large
        with memoryview(self._buffer) as view:
            large[begin : begin + here] = view[start : self._have]
        self._large, self._large_have, self._large_end, self._large_final = large, begin + here, begin + length, final
        self._large_room = begin + room
        self._peek_large(large)
        return self._have - at

    def _peek_large(self, large: bytearray) -> None:
        if self._opcode == TEXT and not self._compressed:
            self._checked = check_utf8(large, self._checked, self._large_have, False, -self._base)

    def _grow_large(self, large: bytearray, batches: list[Batch]) -> None:
        if self._large_have < self._large_end:
            self._peek_large(large)
            if self._large_have == self._large_room:
                # Double: the memory a server can make us reserve stays within what it has sent, and copying stays
                # linear.
                self._large_room = min(self._large_end, 2 * len(large))
                large += bytes(self._large_room - len(large))
            return
        self._large = None
        if self._compressed:
            self._data(large, self._large_final, batches)
        else:
            self._data_taken(self._large_end - self._base - self._size, self._large_end, self._large_final, batches)

    # ---- control frames

    def _control(self, opcode: int, payload: bytearray, offset: int, batches: list[Batch]) -> None:
        if opcode == CLOSE:
            check_close(payload, offset)
            self.closed = True
        batches.append(Batch.one(payload, opcode))
