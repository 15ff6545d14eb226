"""`Script`: what the server of one recorded connection did, and what its client sent. Values; any thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ..log.message import Message
from ..recording.records import ConnectionRecord

#: Rows that are played: frames. Pongs are not, for the server answers pings by itself (RFC 6455 section 5.5.3).
_FRAMES: Final = frozenset({"text", "binary", "ping", "close"})
#: Response headers that belong to one connection, or to the handshake itself, which is done anew.
_OWN: Final = frozenset(
    (
        "connection",
        "upgrade",
        "date",
        "content-length",
        "transfer-encoding",
        "content-encoding",
        "keep-alive",
        "trailer",
    )
)


class Step(NamedTuple):
    """One thing that happened.

    Parameters
    ----------
    after_ns : int
        Nanoseconds since the connection was opened.
    message : Message or None
        The row; None where the connection was lost without a close frame.
    """

    after_ns: int
    message: Message | None

    @property
    def sent(self) -> bool:
        """Whether the client did it."""
        return self.message is not None and self.message.direction == "sent"


class Script:
    """One recorded connection.

    Parameters
    ----------
    record : ConnectionRecord
        What is known of it.
    messages : iterable of Message
        Its rows; gone through anew for each client.
    sent : iterable of Message, optional
        The text and binary messages among them that the client sent, if they are found faster than by going through all.
    """

    def __init__(
        self, record: ConnectionRecord, messages: Iterable[Message], sent: Iterable[Message] | None = None
    ) -> None:
        self.record = record
        self._messages = messages
        self._sent = sent

    def steps(self) -> Iterator[Step]:
        """List what happened, in order.

        Yields
        ------
        Step
            Messages of both sides, pings and closes of the server's; at last a step without a message when the
            connection was lost.
        """
        begun = self.record.opened_ns
        lost: int | None = None
        for message in self._messages:
            if begun is None or message.kind == "open":
                begun = message.time_ns
            after = max(0, message.time_ns - begun)
            if message.kind == "error":
                lost = after
            elif message.kind == "close":
                yield Step(after, message)
                return
            elif message.kind in _FRAMES and not message.incomplete and not (message.kind == "ping" and sent(message)):
                lost = None  # it went on: the error was another one's
                yield Step(after, message)
        if lost is not None:
            yield Step(lost, None)

    @property
    def expected(self) -> Iterator[Message]:
        """The text and binary messages that the client sent."""
        if self._sent is not None:
            return (message for message in self._sent if not message.incomplete)
        return (
            step.message
            for step in self.steps()
            if step.message is not None and step.sent and step.message.kind in ("text", "binary")
        )

    @property
    def path(self) -> str | None:
        """The request's path and query; None when the capture does not tell."""
        handshake = self.record.handshake
        if handshake is None:
            return None
        words = handshake.request.split(b"\r\n", 1)[0].split(b" ")
        return words[1].decode("latin-1") if len(words) > 2 else None

    @property
    def status(self) -> int:
        """The status that the server answered with."""
        handshake = self.record.handshake
        return handshake.status if handshake is not None and handshake.status else 101

    @property
    def subprotocol(self) -> str | None:
        """The server's choice."""
        return None if self.record.handshake is None else self.record.handshake.subprotocol

    @property
    def compressed(self) -> bool:
        """Whether messages were compressed (RFC 7692)."""
        handshake = self.record.handshake
        return handshake is not None and "permessage-deflate" in (handshake.extensions or "")

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The response's headers, without those of the handshake itself and those whose values were redacted."""
        if self.record.handshake is None:
            return []
        return [
            (name, value)
            for name, value in self.record.handshake.headers
            if name.lower() not in _OWN and not name.lower().startswith("sec-websocket-") and "***" not in value
        ]


def sent(message: Message) -> bool:
    """Tell whether the client sent a message.

    Parameters
    ----------
    message : Message
        Any row.

    Returns
    -------
    bool
    """
    return message.direction == "sent"
