"""`Decoding`: what the messages of a log mean, by the decoder that was chosen, or that suits their connection.

Nothing is decoded until somebody looks, and then in the thread of who looks: the reader never waits for a decoder.
Decoders of some protocols need what came before. So each connection is decoded in order: a `_Walk` goes on where it was,
and one that begins in the middle begins a segment earlier, to have seen what the rows refer to. Any thread.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, takewhile
from typing import Any, Final, NamedTuple
from weakref import ReferenceType

from ..decoders.decoder import Decoded, Decoder, Encoded, Opening
from ..decoders.json_text import short
from ..decoders.limits import CONNECTIONS
from ..decoders.plain import Plain, printable
from ..decoders.registry import DECODERS, RAW, choose, decoder_of
from ..protocol.frames import BINARY, TEXT
from ..redaction.headers import MASK
from ..redaction.payloads import mask, mask_bytes
from ..system import forks
from .decoded_rows import DecodedRows
from .kinds import KIND_MASK
from .segment import INCOMPLETE, SENT, Segment, Segments

_logger = logging.getLogger("kontena_ws_nb.log")

#: Messages by which a connection's protocol is recognized, and bytes of one that is looked at for that.
_FIRST: Final = 8
_LOOKED_AT: Final = 1 << 20
#: Segments of later connections after which no message of an earlier one is expected.
_LATER: Final = 64
#: Larger messages are not decoded; and by what they look like only smaller ones: each look may cost a copy.
_MOST: Final = 16 << 20
_MOST_BY_LOOK: Final = 4 << 20
#: Rows a walk goes on over rather than beginning anew.
_FAR: Final = 8192
_WALKS: Final = 4
#: Values that are kept for `Message.decoded`, and the largest payload (bytes) of which.
_VALUES: Final = 256
_KEPT: Final = 64 << 10
#: Characters of a label in tables; messages larger than this have none there.
_LABEL: Final = 400
_LABELLED: Final = 256 << 10
#: Bytes that decoded rows may take, when the log has no limit or a larger one.
_CACHE: Final = 256 << 20
#: Seconds of processor time one message may take, and on average a hundred of them.
_SLOW: Final = 1.0
_SLOW_ON_AVERAGE: Final = 0.01
_MANY: Final = 100
#: Messages in a row a decoder may raise for.
_RAISES: Final = 20

_MASK: Final = MASK.encode()

_DATA: Final = bytes(flags & (KIND_MASK | INCOMPLETE) in (TEXT, BINARY) for flags in range(256))
_BINARY: Final = bytes(flags & (KIND_MASK | INCOMPLETE) == BINARY for flags in range(256))

#: What ``decode=`` takes; see `decoder_of`.
Choice = str | os.PathLike[str] | type[Any] | Callable[[Any], Any] | None


class _Chosen(NamedTuple):
    """The decoder of a connection for which nobody chose one."""

    decoder: type[Decoder] | None
    #: Messages it was recognized by, and rows there were in the log.
    looked: int
    written: int


class _Walk:
    """A decoder on its way through a connection."""

    def __init__(self, connection: int, decoder: Decoder, index: int) -> None:
        self.connection = connection
        self.decoder = decoder
        #: Permanent index of the next row.
        self.next = index


class Decoding:
    """Decodes the messages of one log.

    Parameters
    ----------
    log : weakref to Segments
        Whose: weak, because its segments refer to this.
    openings : dict of int → Opening
        What is known of its connections, by their numbers; grows.
    max_bytes : int, optional
        What the log keeps at most: decoded rows are kept up to as much again, and up to 256 MiB.
    """

    def __init__(
        self, log: ReferenceType[Segments], openings: dict[int, Opening], max_bytes: int | None = None
    ) -> None:
        self._log = log
        self._openings = openings
        self._limit = min(_CACHE, max_bytes or _CACHE)
        self._lock = forks.lock()
        self._asking = 0  # the thread that holds it
        self._choice: Choice = None
        self._chosen_class: type[Decoder] | None = None
        #: Changes whenever messages have to be decoded anew: what was found in them may be wrong.
        self.generation = 0
        #: What to tell people about a decoder that raises or is slow; else None.
        self.problem: str | None = None
        self._recognized: dict[int, _Chosen] = {}
        self._off: set[type[Decoder]] = set()
        self._measure_anew()
        self._begin()

    def _measure_anew(self) -> None:
        self._raised = self._count = 0
        self._took = 0.0  # seconds that `_count` messages took
        self._started = 0.0  # processor time of this thread, when it began or was looked at last

    def _begin(self) -> None:
        self._walks: list[_Walk] = []
        self._rows: OrderedDict[int, DecodedRows] = OrderedDict()
        self._size = 0
        self._values: OrderedDict[int, Decoded | None] = OrderedDict()

    # ---- which decoder

    @property
    def choice(self) -> Choice:
        """What was chosen, as for `decoder_of`, or ``"raw"``; None leaves it to the connection."""
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Choose a decoder; what was decoded is forgotten.

        Parameters
        ----------
        choice : str, path, type, callable or None
            As for `choice`.

        Raises
        ------
        ValueError, TypeError, OSError, ImportError
            As `decoder_of`.
        """
        chosen = None if choice is None or choice == RAW else decoder_of(choice)
        with self._alone():
            self._choice = choice
            self._chosen_class = chosen
            self._off.clear()
            self.problem = None
            self._measure_anew()
            self._recognized.clear()
            self._anew()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock, unless a decoder (made, asked, or looking whether a protocol is its) is what asks: it would wait for itself."""
        thread = threading.get_ident()
        if self._asking == thread and self._lock.locked():  # in a forked child nobody holds it
            raise RuntimeError(
                "a decoder cannot look at what its own log has decoded, nor choose another decoder; "
                "it is given each message in order: keep on the decoder what is needed later"
            )
        with self._lock:
            self._asking = thread
            try:
                yield
            finally:
                self._asking = 0

    def _anew(self) -> None:
        self.generation += 1
        self._begin()

    def name(self, connection: int) -> str | None:
        """Tell which decoder a connection has.

        Parameters
        ----------
        connection : int
            Its number.

        Returns
        -------
        str or None
            None when there is nothing yet to tell it by, and for ``"raw"``.
        """
        with self._alone():
            found = self._decoder(connection)
            return None if found is None else found.name

    def _decoder(self, connection: int) -> type[Decoder] | None:
        choice = self._choice
        if choice is None:
            found = self._recognize(connection)
        elif isinstance(choice, str):
            found = DECODERS.get(choice, self._chosen_class)
            if found is not self._chosen_class:  # it was registered again
                self._chosen_class = found
                self._anew()
        else:
            found = self._chosen_class
        return None if found in self._off else found

    def _recognize(self, connection: int) -> type[Decoder] | None:
        """Ask the subprotocol, and the first messages; as long as they are few, again when there are more."""
        known, log = self._recognized.get(connection), self._log()
        if known is not None and (
            log is None
            or known.looked >= _FIRST
            or known.decoder not in (None, Plain)
            or known.written == log.next_index
        ):
            return known.decoder
        first = [] if log is None else self._first(log, connection)
        if known is not None and known.looked >= len(first):  # others were dropped, or came on another connection
            self._recognized[connection] = known._replace(written=0 if log is None else log.next_index)
            return known.decoder
        found = choose(self._openings.get(connection, Opening()), first)
        if len(self._recognized) >= CONNECTIONS:
            del self._recognized[next(iter(self._recognized))]
        self._recognized[connection] = _Chosen(found, len(first), 0 if log is None else log.next_index)
        if known is not None and known.decoder not in (found, None):
            self._anew()
        return found

    @staticmethod
    def _first(log: Segments, connection: int) -> list[Encoded]:
        first: list[Encoded] = []
        later = 0
        for segment in log.segments(log.begins(connection)):
            if segment.connection != connection:
                later += segment.connection > connection
                if later > _LATER:  # of a file, not all of the rest is read
                    break
                continue
            data = bytes(segment.flags[: segment.count]).translate(_DATA)
            row = data.find(1)
            while row >= 0:
                if segment.bounds[row + 1] - segment.starts[row] <= _LOOKED_AT:
                    first.append(_encoded(segment, row))
                    if len(first) == _FIRST:
                        return first
                row = data.find(1, row + 1)
        return first

    # ---- decoding

    def rows(self, segment: Segment, stop: int) -> DecodedRows | None:
        """Decode rows of a segment.

        Parameters
        ----------
        segment : Segment
            Of this log; open or sealed.
        stop : int
            Before which of its published rows to stop.

        Returns
        -------
        DecodedRows or None
            ``stop`` rows at least; None when the payloads say all.
        """
        with self._alone():
            kind = self._decoder(segment.connection)
            if kind is None or (kind is Plain and 1 not in bytes(segment.flags[:stop]).translate(_BINARY)):
                return None
            found = self._rows.get(segment.first)
            if found is None:
                found = self._rows[segment.first] = DecodedRows(kind.name)
            self._rows.move_to_end(segment.first)
            if found.count < stop:
                found = self._extend(found, segment, stop, kind)
            return found

    def _extend(self, found: DecodedRows, segment: Segment, stop: int, kind: type[Decoder]) -> DecodedRows | None:
        generation, before = self.generation, found.size
        walk = self._walk(segment, found.count, kind)

        def keep(row: int, message: Encoded | None, decoded: Decoded | None) -> None:
            if row < found.count:
                return  # on the way
            text = label = None
            # Of JSON the payload says all, whatever stands beside it in the segment.
            if message is not None and decoded is not None and not (kind is Plain and message.text):
                text, label = text_of(decoded, message.payload), decoded.label
            found.add(text or b"", label)

        try:
            self._go(walk, segment, stop, keep)
        except BaseException:  # an interrupt: the last row may be there by half, so all is decoded again
            self._begin()
            raise
        if generation != self.generation:  # the decoder was switched off
            return None
        self._size += found.size - before
        while self._size > self._limit and len(self._rows) > 1:
            self._size -= self._rows.popitem(last=False)[1].size
        return found

    def decoded(self, index: int, connection: int, flags: int, payload: bytes | memoryview) -> Decoded | None:
        """Decode one message.

        Parameters
        ----------
        index, connection, flags : int
            As of `Message`.
        payload : bytes-like
            All of it: for a row that the log has dropped.

        Returns
        -------
        Decoded or None
            None when it is no message, or the decoder has nothing to say.
        """
        if not _DATA[flags]:
            return None
        with self._alone():
            kind = self._decoder(connection)
            if kind is None or len(payload) > _most(kind):
                return None
            if index in self._values:
                self._values.move_to_end(index)
                return self._values[index]
            log = self._log()
            place = None if log is None or not kind.stateful else log.place(index)
            found: list[Decoded | None] = []
            if place is None or place[0].connection != connection:
                walk = _Walk(connection, kind(self._opening(connection)), index)
                self._started = time.thread_time()
                found.append(
                    self._ask(walk, Encoded(bytes(payload), flags & KIND_MASK == TEXT, bool(flags & SENT)), index)
                )
            else:
                segment, row = place
                walk = self._walk(segment, row, kind)
                self._go(walk, segment, row + 1, lambda at, _message, one: found.append(one) if at == row else None)
            if len(payload) <= _KEPT:
                self._values[index] = found[-1]
                if len(self._values) > _VALUES:
                    self._values.popitem(last=False)
            return found[-1]

    def text(self, segment: Segment, row: int) -> bytes:
        """Give a row's decoded value as JSON, also a long one; as `text_of`.

        Parameters
        ----------
        segment : Segment
            Where it is.
        row : int
            Its number there.

        Returns
        -------
        bytes
            Empty when there is none, or it cannot be written.
        """
        payload = segment.payload(row)
        found = self.decoded(segment.first + row, segment.connection, segment.flags[row], payload)
        return b"" if found is None else text_of(found, payload)

    def label(self, segment: Segment, row: int) -> str:
        """Tell what people read about a row, in place of its payload.

        Parameters
        ----------
        segment : Segment
            Where it is.
        row : int
            Its number there.

        Returns
        -------
        str
            One line, secrets masked; empty for what nothing decodes, where the payload says it best, and for long ones.
        """
        flags = segment.flags[row]
        if not _DATA[flags] or segment.bounds[row + 1] - segment.starts[row] > _LABELLED:
            return ""
        with self._alone():
            kind = self._decoder(segment.connection)
        if kind is None or (kind is Plain and flags & KIND_MASK == TEXT):
            return ""
        payload = segment.payload(row)
        found = shown(self.decoded(segment.first + row, segment.connection, flags, payload), payload)
        return "" if found is None else mask(label_of(found), 0, _LABEL)

    def _opening(self, connection: int) -> Opening:
        return self._openings.get(connection, Opening())

    def _walk(self, segment: Segment, row: int, kind: type[Decoder]) -> _Walk:
        """Find a walk that comes to a row, or begin one."""
        index = segment.first + row
        if not kind.stateful:
            return _Walk(segment.connection, kind(self._opening(segment.connection)), index)
        near = [
            walk
            for walk in self._walks
            if walk.connection == segment.connection
            and index - _FAR <= walk.next <= index
            and type(walk.decoder) is kind
        ]
        if near:
            return max(near, key=lambda walk: walk.next)
        log = self._log()
        earlier = None if log is None or not segment.first else log.place(segment.first - 1)
        begin = segment.first
        if earlier is not None and earlier[0].connection == segment.connection:
            begin = earlier[0].first
        walk = _Walk(segment.connection, kind(self._opening(segment.connection)), begin)
        self._walks = [*self._walks[-_WALKS + 1 :], walk]
        return walk

    def _go(
        self,
        walk: _Walk,
        segment: Segment,
        stop: int,
        keep: Callable[[int, Encoded | None, Decoded | None], object],
    ) -> None:
        """Let a walk go on up to a row of a segment."""
        log = self._log()
        self._started = time.thread_time()
        earlier = [] if log is None or walk.next >= segment.first else log.segments(walk.next)
        try:
            for other in chain(takewhile(lambda one: one.first < segment.first, earlier), (segment,)):
                wanted = other.first == segment.first
                low = max(0, walk.next - other.first)
                # Of a file, a page may begin before the segment and have its rows, too.
                for row in range(low, stop if wanted else min(other.count, segment.first - other.first)):
                    message = decoded = None
                    if (
                        other.connection == walk.connection
                        and _DATA[other.flags[row]]
                        and other.bounds[row + 1] - other.starts[row] <= _most(type(walk.decoder))
                    ):
                        message = _encoded(other, row)
                        decoded = self._ask(walk, message, other.first + row)
                    walk.next = other.first + row + 1
                    if wanted:
                        keep(row, message, decoded)
        except BaseException:  # an interrupt: nobody knows what the decoder has seen
            self._walks = [one for one in self._walks if one is not walk]
            raise

    def _ask(self, walk: _Walk, message: Encoded, index: int) -> Decoded | None:
        """Ask a decoder for one message; none can raise into anything."""
        kind = type(walk.decoder)
        if kind in self._off:
            return None
        since = time.perf_counter()
        found = None
        try:
            found = walk.decoder.decode(message)
            self._raised = 0
        except Exception as error:  # noqa: BLE001  a person's own function, or broken input of a peer: told, and counted
            self._raised += 1
            said = mask(f"{type(error).__name__}: {error}", 0, 200)
            self._note(kind, f"raised for message {index}: {said}", off=self._raised >= _RAISES)
        took = time.perf_counter() - since
        if took > _SLOW_ON_AVERAGE:
            self._time(kind, index, took)
        else:
            self._count, self._took = self._count + 1, self._took + took
        return found

    def _time(self, kind: type[Decoder], index: int, took: float) -> None:
        """Count a message that took long, unless this thread only had to wait meanwhile."""
        now = time.thread_time()
        took, self._started = min(took, now - self._started), now
        self._count, self._took = self._count + 1, self._took + took
        if took > _SLOW:
            self._note(kind, f"took {took:.1f} s for message {index}", off=True)
        elif self._count >= _MANY and self._took > _SLOW_ON_AVERAGE * self._count:
            self._note(kind, f"takes {1000 * self._took / self._count:.0f} ms a message", off=True)

    def _note(self, kind: type[Decoder], what: str, *, off: bool) -> None:
        text = f"decoder {kind.name!r} {what}"
        if off:
            self._off.add(kind)
            self._anew()
            text += f"; it is switched off: ws.decode = {kind.name!r} tries again"
        if off or self.problem is None:
            self.problem = text
            _logger.warning("%s", text)


def _most(kind: type[Decoder]) -> int:
    """Tell how many bytes a message may have that this decoder is asked about."""
    return _MOST_BY_LOOK if kind is Plain else _MOST


def _encoded(segment: Segment, row: int) -> Encoded:
    flags = segment.flags[row]
    return Encoded(segment.payload(row), flags & KIND_MASK == TEXT, bool(flags & SENT))


def text_of(decoded: Decoded, payload: bytes) -> bytes:
    """Write a decoded value as JSON, where that says more than the payload.

    Parameters
    ----------
    decoded : Decoded
        From a decoder.
    payload : bytes
        What was decoded.

    Returns
    -------
    bytes
        Empty for a text that is the payload, for JSON spelled like the payload, and for what cannot be written.
    """
    value = decoded.value
    if isinstance(value, str) and value.encode("utf-8", "replace") == payload:
        return b""
    text = json_text(value) or b""
    return b"" if text == payload else text


def payload_says_all(kind: str, decoder: str | None) -> bool:
    """Tell whether a decoder has nothing to say about a text but what JSON it is.

    Parameters
    ----------
    kind : str
        Of the message, as `Message.kind`.
    decoder : str or None
        The name of its connection's decoder; None when there is none.

    Returns
    -------
    bool
    """
    return kind == "text" and decoder in (None, Plain.name)


def shown(decoded: Decoded | None, payload: bytes) -> Decoded | None:
    """Give what displays and files may show: nothing, where a decoder takes a secret apart, so that it cannot be masked.

    Parameters
    ----------
    decoded : Decoded or None
        From a decoder.
    payload : bytes
        What was decoded.

    Returns
    -------
    Decoded or None
        The same; None when the payload holds secrets (`kws.secret`) that are not whole in the value.
    """
    if decoded is None or not (there := _hidden(payload)):
        return decoded
    return decoded if _hidden(json_text(decoded.value) or b"") >= there else None


def _hidden(text: bytes) -> int:
    masked = mask_bytes(text)
    return 0 if masked == text else masked.count(_MASK) - text.count(_MASK)


def label_of(decoded: Decoded) -> str:
    """Write what a message means in one line.

    Parameters
    ----------
    decoded : Decoded
        From a decoder.

    Returns
    -------
    str
    """
    return decoded.label or short(decoded.value)


def _other(value: Any) -> Any:
    """Write what JSON has not: bytes as text where they are one, else in hexadecimal; anything else by its text."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = printable(bytes(value))
        return bytes(value).hex() if text is None else text
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_other)


def json_text(value: Any) -> bytes | None:
    """Write a decoded value as JSON.

    Parameters
    ----------
    value : object
        From a decoder.

    Returns
    -------
    bytes or None
        UTF-8; None when it cannot be written: it refers to itself, or is nested too deeply.
    """
    try:
        text = _ENCODER.encode(value)
    except TypeError:  # keys that JSON has not
        try:
            text = _ENCODER.encode(_with_names(value))
        except (ValueError, RecursionError, TypeError):
            return None
    except (ValueError, RecursionError):
        return None
    return text.encode("utf-8", "replace")


def _with_names(value: Any) -> Any:
    """Make every key of objects a text."""
    if isinstance(value, dict):
        return {_name(key): _with_names(inside) for key, inside in value.items()}
    return [_with_names(inside) for inside in value] if isinstance(value, (list, tuple)) else value


def _name(key: Any) -> str:
    if isinstance(key, str):
        return key
    return json.dumps(key) if key is None or isinstance(key, (bool, int, float)) else str(_other(key))
