"""`Message`: one row of the log, made when somebody looks; `Row`: a cheaper look at one. Both are immutable values and do not refer to the log."""

from __future__ import annotations

import builtins
import json
from typing import Any, Final, Literal, NamedTuple

from ..close import Close
from ..decoders.decoder import Decoded, Encoded, Opening
from ..redaction.payloads import mask, mask_bytes
from ..render import bundle
from .kinds import BYTES, KIND_MASK, KINDS, Kind
from .segment import COMPRESSED, INCOMPLETE, SENT, Decodes, Segment

Direction = Literal["received", "sent"]

#: Payloads above this are looked at in place: copying 64 MiB to print 160 bytes would be a waste. Below it a copy lets
#: retention free the memory although somebody keeps the message: of a larger one at most nine times its size is kept
#: alive (`protocol.arena.BLOCK`).
_COPY: Final = 512 << 10
#: Bytes of a payload that ``repr`` shows.
_SHOWN: Final = 80


class Row(NamedTuple):
    """A cheap look at one row, for tables.

    Parameters
    ----------
    index : int
        Permanent index.
    time_ns : int
        Nanoseconds since the epoch.
    direction : str
        ``"received"`` or ``"sent"``.
    kind : str
        As `Message.kind`.
    size : int
        Payload bytes.
    preview : bytes
        The first bytes of the payload, secrets masked.
    cut : bool
        Whether the payload goes on behind them.
    incomplete : bool
        As `Message.incomplete`.
    label : str
        What its decoder writes about it, secrets masked; empty where the payload says it best.
    """

    index: int  # type: ignore[assignment] # shadows tuple.index, which nobody needs here
    time_ns: int
    direction: str
    kind: Kind
    size: int
    preview: bytes
    cut: bool
    incomplete: bool = False
    label: str = ""


class Message:
    """One row of a log: a message, a control frame or a lifecycle event.

    Made by `MessageLog`, not by users. Read-only; equality and hash go by everything in it; copies and pickles are
    messages too. What is shown of it masks secrets (`kws.secret`); its attributes and methods give what was received.

    Parameters
    ----------
    index : int
        Permanent index in its log.
    time_ns : int
        Arrival or departure, nanoseconds since the epoch.
    flags : int
        The kind's code, with the bits `SENT` and `COMPRESSED`.
    connection : int
        Which connection of the session it belongs to.
    fragments : int
        How many frames it came in.
    payload : bytes or memoryview
        The payload; a view of memory that never changes.
    meanings : Decodes, optional
        Who decodes it.
    """

    __slots__ = ("__weakref__", "_choice", "_meanings", "_row")
    _row: tuple[int, int, int, int, int, builtins.bytes | memoryview]

    def __init__(
        self,
        index: int,
        time_ns: int,
        flags: int,
        connection: int,
        fragments: int,
        payload: builtins.bytes | memoryview,
        meanings: Decodes | None = None,
    ) -> None:
        self._row = (index, time_ns, flags, connection, fragments, payload)
        self._meanings = meanings
        self._choice = ""

    @classmethod
    def of(cls, segment: Segment, row: int) -> Message:
        """Make the message of one row.

        Parameters
        ----------
        segment : Segment
            Where it is.
        row : int
            Below the segment's ``count``.

        Returns
        -------
        Message
        """
        large = segment.bounds[row + 1] - segment.starts[row] > _COPY and segment.sealed
        payload = segment.view(row) if large else segment.payload(row)
        fragments = segment.fragments.get(row, 1)
        flags, connection, meanings = segment.flags[row], segment.connection, segment.meanings
        return cls(segment.first + row, segment.times[row], flags, connection, fragments, payload, meanings)

    def chosen(self, how: str) -> Message:
        """Make the same message, whose repr says how it was chosen.

        Parameters
        ----------
        how : str
            A few words.

        Returns
        -------
        Message
        """
        message = Message(*self._row, self._meanings)
        message._choice = how
        return message

    @property
    def index(self) -> int:
        """Permanent index in its log."""
        return self._row[0]

    @property
    def time_ns(self) -> int:
        """Arrival or departure, nanoseconds since the epoch."""
        return self._row[1]

    @property
    def time(self) -> float:
        """Arrival or departure, seconds since the epoch."""
        return self._row[1] / 1e9

    @property
    def direction(self) -> Direction:
        """``"received"`` or ``"sent"``; lifecycle rows count as received."""
        return "sent" if self._row[2] & SENT else "received"

    @property
    def kind(self) -> Kind:
        """``"text"``, ``"binary"``, ``"ping"``, ``"pong"``, ``"close"``, or a lifecycle row: ``"open"``, ``"error"``, ``"reconnect"``."""
        return KINDS[self._row[2] & KIND_MASK]

    @property
    def compressed(self) -> bool:
        """Whether permessage-deflate compressed it (RFC 7692)."""
        return bool(self._row[2] & COMPRESSED)

    @property
    def incomplete(self) -> bool:
        """Whether the connection ended before all of it came: ``read``, ``expect`` and the like pass it over."""
        return bool(self._row[2] & INCOMPLETE)

    @property
    def connection(self) -> int:
        """Number of the connection of the session, from 1."""
        return self._row[3]

    @property
    def fragments(self) -> int:
        """Number of frames it came in."""
        return self._row[4]

    @property
    def size(self) -> int:
        """Payload bytes."""
        return len(self._row[5])

    @property
    def payload(self) -> builtins.bytes:
        """The payload as bytes, whatever the kind."""
        return bytes(self._row[5])

    @property
    def view(self) -> memoryview:
        """The payload without a copy, for looking at a part of a large one; read-only."""
        return memoryview(self._row[5]).toreadonly()

    @property
    def data(self) -> str | builtins.bytes:
        """The payload: str for text and lifecycle rows, bytes for everything else."""
        return self.payload if self.kind in BYTES else self.text

    @property
    def text(self) -> str:
        """The payload as text; of a close frame its reason. What is not UTF-8 becomes U+FFFD."""
        payload = self._row[5]
        return str(payload[2:] if self.kind == "close" else payload, "utf-8", "replace")

    def masked(self, start: int = 0, stop: int | None = None) -> builtins.bytes:
        """Read the payload as displays and files show it: with secrets (`kws.secret`) masked.

        Parameters
        ----------
        start, stop : int, optional
            The part that is wanted, in bytes of the payload; all of it by default.

        Returns
        -------
        bytes
        """
        return mask_bytes(self._row[5], start, stop)

    def json(self) -> Any:
        """Parse the payload as JSON.

        Returns
        -------
        object

        Raises
        ------
        ValueError
            It is not JSON, or nested too deeply; the text names the message and the place, and whether `decoded` has
            what it means.
        """
        try:
            return json.loads(self.payload)
        except (ValueError, RecursionError) as error:
            what = f"message {self.index} ({self.kind}, {self.size:,} bytes) is not JSON: {error}"
            raise ValueError(what + ("; message.decoded has what it means" if self.decode() else "")) from error

    def decode(self) -> Decoded | None:
        """Tell what the message means, by the decoder of its connection (`Session.decode`).

        Returns
        -------
        Decoded or None
            Its ``value``, a ``label``, and the ``id`` it has or the one it ``answers``; None when it is no text or
            binary message, or the decoder has nothing to say.
        """
        if self._meanings is not None:
            index, _, flags, connection, _, payload = self._row
            return self._meanings.decoded(index, connection, flags, payload)
        from ..decoders.plain import Plain  # of no log: as it looks by itself

        if self.kind not in ("text", "binary") or self.incomplete:
            return None
        return Plain(Opening()).decode(Encoded(self.payload, self.kind == "text", self.direction == "sent"))

    @property
    def decoder(self) -> str | None:
        """The name of its connection's decoder; None when there is none."""
        return None if self._meanings is None else self._meanings.name(self.connection)

    @property
    def decoded(self) -> Any:
        """What the message means, as its connection's decoder says; None when that has nothing to say.

        JSON as `json` gives it; for others the names are the protocol's: an ``event`` of Socket.IO, a ``topic`` of MQTT.
        """
        found = self.decode()
        return None if found is None else found.value

    @property
    def label(self) -> str:
        """What the message means in one line, such as ``EVENT chat "hi"``; empty when nothing decodes it."""
        found = self.decode()
        if found is None:
            return ""
        from ..decoders.json_text import short

        return found.label or short(found.value)

    @property
    def note(self) -> str | None:
        """What was noted with its bookmark (`MessageLog.bookmarks`), perhaps nothing; None when it is not bookmarked."""
        if self._meanings is None:
            return None
        return self._meanings.notes(self.index, self.index + 1).get(self.index)

    def hex(self, sep: str = " ") -> str:
        """Write the payload in hexadecimal.

        Parameters
        ----------
        sep : str, default " "
            What stands between bytes.

        Returns
        -------
        str
        """
        return self.payload.hex(sep) if sep else self.payload.hex()

    @property
    def close_code(self) -> int | None:
        """The status code of a close frame; 1005 when it carried none (RFC 6455 section 7.1.5); None for other kinds."""
        return Close.decode(self._row[5]).code if self.kind == "close" else None

    @property
    def close_reason(self) -> str:
        """The reason of a close frame, else empty."""
        return Close.decode(self._row[5]).reason if self.kind == "close" else ""

    def __eq__(self, other: object) -> bool:
        return self._row == other._row if isinstance(other, Message) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._row[:5])  # not the payload: it may be large, and the rest tells messages of a log apart

    def __reduce__(self) -> tuple[type[Message], tuple[Any, ...]]:
        return Message, (*self._row[:5], self.payload)

    def __repr__(self) -> str:
        arrow = "↑" if self.direction == "sent" else "↓"
        kind, size = self.kind, self.size
        # Bounded, and safe to print: repr() escapes control characters and bidi controls.
        if kind == "close":
            return f"<Message {self.index} {arrow} close {self.close_code} {mask(self.close_reason)!r}>"
        start = self.masked(0, _SHOWN)
        choice = f", {mask(self._choice)}" if self._choice else ""
        shown = repr(start) if kind in BYTES else repr(str(start, "utf-8", "ignore" if size > _SHOWN else "replace"))
        return f"<Message {self.index} {arrow} {kind} {size:,} B {shown}{'…' if size > _SHOWN else ''}{' incomplete' if self.incomplete else ''}{choice}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)
