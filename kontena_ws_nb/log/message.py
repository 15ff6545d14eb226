"""`Message`: one row of the log, made when somebody looks.

What lives here: the value people hold. What must not: anything that reaches back into the log. Immutable, any thread.
"""

from __future__ import annotations

import builtins
import json
import struct
from typing import Any, Literal, NamedTuple, cast

from .segment import COMPRESSED, KIND_MASK, KINDS, SENT, Segment

Direction = Literal["received", "sent"]
Kind = Literal["text", "binary", "ping", "pong", "close", "open", "error", "reconnect"]

#: Payloads above this are looked at in place: copying 64 MiB to print 160 bytes would be a waste. Below it a copy lets
#: retention free the segment although somebody keeps the message.
_COPY = 64 << 10


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
        The first bytes of the payload.
    """

    index: int  # type: ignore[assignment] # shadows tuple.index, which nobody needs here
    time_ns: int
    direction: str
    kind: str
    size: int
    preview: bytes


class Message:
    """One row of a log: a message, a control frame or a lifecycle event.

    Equality and hash go by content (index, time, direction, kind, connection, payload). Made by `MessageLog`; not by users.
    """

    __slots__ = ("_payload", "compressed", "connection", "direction", "fragments", "index", "kind", "time_ns")

    def __init__(self, segment: Segment, row: int) -> None:
        flags = segment.flags[row]
        size = segment.bounds[row + 1] - segment.bounds[row]
        #: Permanent index in its log.
        self.index: int = segment.first + row
        #: Arrival or departure, nanoseconds since the epoch.
        self.time_ns: int = segment.times[row]
        self.direction: Direction = "sent" if flags & SENT else "received"
        self.kind: Kind = cast(Kind, KINDS[flags & KIND_MASK])
        #: Number of the connection of the session, from 1.
        self.connection: int = segment.connection
        #: Whether permessage-deflate compressed it (RFC 7692).
        self.compressed: bool = bool(flags & COMPRESSED)
        #: Number of frames it came in.
        self.fragments: int = segment.fragments.get(row, 1)
        self._payload: bytes | memoryview = segment.payload(row) if size <= _COPY else segment.view(row)

    @property
    def time(self) -> float:
        """Seconds since the epoch."""
        return self.time_ns / 1e9

    @property
    def size(self) -> int:
        """Payload bytes."""
        return len(self._payload)

    @property
    def payload(self) -> builtins.bytes:
        """The payload as bytes, whatever the kind."""
        return bytes(self._payload)

    @property
    def data(self) -> str | builtins.bytes:
        """The payload: str for text and lifecycle rows, bytes for everything else."""
        return self.text if self.kind in ("text", "open", "error", "reconnect") else self.payload

    @property
    def text(self) -> str:
        """The payload as text; of a close frame its reason. What is not UTF-8 becomes U+FFFD."""
        payload = self._payload[2:] if self.kind == "close" else self._payload
        return str(payload, "utf-8", "replace")

    def json(self) -> Any:
        """Parse the payload as JSON.

        Returns
        -------
        object

        Raises
        ------
        ValueError
            It is not JSON; the text names the message and the place.
        """
        try:
            return json.loads(self.payload)
        except ValueError as error:
            raise ValueError(f"message {self.index} ({self.kind}, {self.size} bytes) is not JSON: {error}") from error

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
        if self.kind != "close":
            return None
        return int(struct.unpack_from("!H", self._payload)[0]) if len(self._payload) >= 2 else 1005

    @property
    def close_reason(self) -> str:
        """The reason of a close frame, else empty."""
        return self.text if self.kind == "close" else ""

    def _key(self) -> tuple[int, int, str, str, int, builtins.bytes]:
        return self.index, self.time_ns, self.direction, self.kind, self.connection, self.payload

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Message) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.index, self.time_ns, self.direction, self.kind))

    def __repr__(self) -> str:
        # Bounded and safe to print: repr() of bytes and str escapes control characters; bidi controls are escaped by ascii().
        start: Any = self._payload[:80]
        shown = ascii(str(start, "utf-8", "replace")) if self.kind != "binary" else repr(bytes(start))
        arrow = "↑" if self.direction == "sent" else "↓"
        return f"<Message {self.index} {arrow} {self.kind} {self.size} B {shown}{'…' if self.size > 80 else ''}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from ..display.message import message_bundle

        return message_bundle(self)
