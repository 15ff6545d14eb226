"""permessage-deflate (RFC 7692): its negotiation, compressing what is sent, and inflating what is received.

Inflating is bounded, exact about where a message ends, and keeps the window for blocks that end with BFINAL, which
zlib forgets. It is done by the holder of the receive role, compressing by whoever sends.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from operator import length_hint
from typing import Final

from ..errors import ProtocolError
from ..redaction.text import quoted
from ..transport.http_response import elements
from .validation import Buffer, inflates_too_big

#: RFC 7692 section 7.2.1 leaves the last four bytes of the empty stored block that ends a message out.
_TAIL: Final = b"\x00\x00\xff\xff"
#: How a cut is found: the tail and empty stored blocks make no output where a message really ends; elsewhere they do,
#: or do not inflate. One block would do inside data; 16 also get through nearly all of a block's own header, and the
#: rest fails with the next message.
_PROBE: Final = _TAIL + b"\x00\x00\x00\xff\xff" * 16
#: When the inflater is not needed any more it may be ended, which is exact.
_LAST: Final = _TAIL + b"\x01\x00\x00\xff\xff"

#: RFC 1951 section 2: no match reaches farther back.
WINDOW: Final = 32 << 10

# zlib copies what it did not consume, and its output once more when it is long: what inflates to much passes in slices
# and pieces, so that memory stays near the message's own size, and a bomb's near the limit.
_SLICE: Final = 16 << 10
_PIECE: Final = 1 << 20


#: What a message is that does not end where its data does.
_CUT: Final = "is cut off or does not end with an empty block (RFC 7692 section 7.2.1)"


class _TooMuchError(Exception):
    """The message exceeds its limit."""


class Inflate:
    """One connection's received side.

    Parameters
    ----------
    window_bits : int, default 15
        Base-2 logarithm of the server's window.
    no_context_takeover : bool, default False
        Whether the server forgets its window after each message.
    """

    def __init__(self, window_bits: int = 15, no_context_takeover: bool = False) -> None:
        # zlib makes no raw deflate with a window of 256 bytes: some servers that promise 8 bits send 9.
        self._bits = -max(9, window_bits)
        self._forget = no_context_takeover
        self._inflater = zlib.decompressobj(self._bits)
        # The latest output. A block with BFINAL (section 7.2.3.4) ends zlib's stream but not the connection's: the next
        # inflater starts from this window, which zlib cannot be asked for. Nothing is kept from one message to the next
        # when the server forgets too.
        self._recent: list[bytes | bytearray] = []
        self._recent_size = 0
        self._ended = False  # the last block had BFINAL, and nothing followed it

    def inflate(self, payload: bytes | bytearray, final: bool, limit: int | None, had: int = 0) -> bytes | bytearray:
        """Decompress one frame's payload (RFC 7692 section 7.2.2).

        Parameters
        ----------
        payload : bytes
            As received.
        final : bool
            Whether this is the last frame of its message.
        limit : int or None
            Most bytes the message may have; None means no limit.
        had : int, default 0
            How many it has from frames before.

        Returns
        -------
        bytes or bytearray

        Raises
        ------
        ProtocolError
            Broken or truncated data (1007), or more than ``limit`` bytes (1009).
        """
        if payload:
            self._ended = False
        try:
            data = self._one(payload, None if limit is None else limit - had, ())
        except zlib.error as error:
            raise _broken(f"does not inflate: {error}") from error
        except _TooMuchError:
            raise inflates_too_big(limit or 0) from None
        # A copy of what the window needs: the caller may go on with what it gets.
        self._remember([_tail([data])])
        if final:
            self._finish()
            if self._forget:
                self._recent, self._recent_size = [], 0
        return data

    def inflate_run(
        self, payloads: Sequence[Buffer], limit: int | None
    ) -> tuple[list[bytes | bytearray], bytes | bytearray, ProtocolError | None]:
        """Decompress whole messages, up to the first broken one.

        Parameters
        ----------
        payloads : sequence of bytes
            As received, one a message; at least one.
        limit : int or None
            Most bytes a message.

        Returns
        -------
        (list of bytes, bytes, ProtocolError or None)
            The messages, the same joined, and what was wrong with the one after them.
        """
        out: list[bytes | bytearray] = []
        problem: ProtocolError | None = None
        left = iter(payloads)
        try:
            if self._forget or len(payloads[0]) > _SLICE:
                for payload in left:
                    data = self._one(payload, limit, ())
                    self._finish()
                    out.append(data)
            while self._quick(left, len(payloads), limit, out):
                pass
        except zlib.error as error:
            problem = _broken(f"does not inflate: {error}")
        except _TooMuchError:
            problem = inflates_too_big(limit or 0)
        except ProtocolError as error:
            problem = error
        joined = out[0] if len(out) == 1 else b"".join(out)  # one is perhaps a large one
        if not self._forget:
            self._remember([joined if len(joined) <= WINDOW else joined[-WINDOW:]])
        return out, joined, problem

    def _quick(self, payloads: Iterator[Buffer], count: int, limit: int | None, out: list[bytes | bytearray]) -> bool:
        """Decompress messages as nearly all are, in two calls of zlib and none of ours, and the first that is not; False when all are done."""
        payload: Buffer = b""
        room, take, inflater = _room(limit, ()), out.append, self._inflater
        decompress = inflater.decompress
        try:
            for payload in payloads:
                data = decompress(payload, room)
                if not data or len(data) >= room:
                    break
                take(data)
                if decompress(_PROBE, 1):
                    out.pop()
                    raise _broken(_CUT)
            else:
                if inflater.eof:
                    self._resume(out, limit, len(_PROBE))
                return False
        except zlib.error:
            if len(out) < count - length_hint(payloads):
                raise
            out.pop()  # it inflated; what shows where it ends did not
            raise _broken(_CUT) from None
        # Whether the stream ended with the message before (then nothing of this one was taken) shows here only: asking
        # after each costs more.
        if inflater.eof and len(inflater.unused_data) >= len(payload):
            self._resume(out, limit, len(_PROBE) + len(payload))
            data = self._inflater.decompress(payload, room)
        message = self._pump(data, room, limit, out, bytearray())
        self._finish()
        take(message)
        return True

    def _resume(self, out: list[bytes | bytearray], limit: int | None, behind: int) -> None:
        """Go on in the last message of ``out``, in which the stream ended; zlib was given ``behind`` bytes after it."""
        message, source = bytearray(out.pop()), self._inflater.unused_data
        if len(source) < behind:
            raise _broken(_CUT)  # not in the message, but in what shows where it ends
        room = _room(limit, message)
        self._renew(source[:-behind], [*out, message])
        self._pump(self._inflater.decompress(source[:-behind], room), room, limit, out, message)
        self._finish()
        out.append(message)

    def _renew(self, source: bytes, run: Sequence[bytes | bytearray]) -> None:
        """Begin another stream, from the window of what was there; ``source`` comes next."""
        self._inflater = zlib.decompressobj(self._bits, _tail([*self._recent, *run]))
        self._ended = not source

    def _one(self, payload: Buffer, limit: int | None, run: Sequence[bytes | bytearray]) -> bytearray:
        """Decompress a frame's payload; ``run`` is output that is not remembered yet."""
        out = bytearray()
        for at in range(0, len(payload), _SLICE):
            self._ended = False
            room = _room(limit, out)
            self._pump(self._inflater.decompress(payload[at : at + _SLICE], room), room, limit, run, out)
        return out

    def _pump(
        self, piece: bytes, room: int, limit: int | None, run: Sequence[bytes | bytearray], out: bytearray
    ) -> bytearray:
        """Add ``piece``, and all that zlib still makes of what it was given, to ``out``."""
        while True:
            out += piece
            if limit is not None and len(out) > limit:
                raise _TooMuchError
            inflater = self._inflater
            if inflater.eof:
                source = inflater.unused_data
                self._renew(source, [*run, out])
                if not source:
                    return out
            else:
                source = inflater.unconsumed_tail
                if not source and len(piece) < room:
                    return out
            room = _room(limit, out)
            piece = self._inflater.decompress(source, room)

    def _finish(self) -> None:
        """Check that the message ended where its data did, and get ready for the next."""
        if self._ended:
            # At the end of a block with BFINAL; the new inflater is where the next message begins.
            self._ended = False
            if self._forget:
                self._inflater = zlib.decompressobj(self._bits)
            return
        inflater, forget = self._inflater, self._forget
        try:
            cut = bool(inflater.decompress(_LAST if forget else _PROBE, 1)) or inflater.eof is not forget
        except zlib.error:
            cut = True
        if cut:
            raise _broken(_CUT)
        if forget:
            self._inflater = zlib.decompressobj(self._bits)

    def _remember(self, output: Sequence[bytes | bytearray]) -> None:
        recent = self._recent
        recent += output
        self._recent_size += sum(map(len, output))
        if self._recent_size > 4 * WINDOW or len(recent) > 1000:
            self._recent = [_tail(recent)]
            self._recent_size = len(self._recent[0])


def _room(limit: int | None, out: Sized) -> int:
    return _PIECE if limit is None else min(_PIECE, limit + 1 - len(out))


def _tail(output: Sequence[bytes | bytearray]) -> bytes:
    """Copy the last `WINDOW` bytes."""
    size, first = 0, len(output)
    while first and size < WINDOW:
        first -= 1
        size += len(output[first])
    return b"".join(piece[-WINDOW:] for piece in output[first:])[-WINDOW:]


def _broken(why: str) -> ProtocolError:
    return ProtocolError(f"the server sent a compressed message that {why}", close_code=1007)


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
    extensions = elements([("", answer)], "")  # RFC 9110 section 5.6.1: empty ones do not count
    if not extensions:
        return None
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
    return re.findall(
        rf'(?:[^{separator}"]|"[^"]*"?)+|(?<={separator})(?={separator})|(?<={separator})\Z|\A(?={separator})', text
    )


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
        # zlib cannot make raw deflate with a window of 256 bytes, and what it makes with 512 may reach farther back:
        # such a connection sends stored blocks (level 0), which every window can read.
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
        # A second flush with nothing new makes no block: RFC 7692 section 7.2.3.6 has one byte stand for an empty
        # message then.
        return data[:-4] or b"\x00"

    @property
    def withdrawn(self) -> Callable[[], None] | None:
        """What to call when a compressed message is not sent after all; None when the next ones do not build on it."""
        return None if self.parameters.client_no_context_takeover else self._restart

    def _restart(self) -> None:
        # The server lacks what the window holds: begin with an empty one, which whatever it has can follow.
        self._deflater = self._new_deflater()
