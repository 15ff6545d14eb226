"""`Saving`: how a file is written: with secrets or without, and what its format could not hold; `Saved`, what is said of it then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ..display.table import counted
from ..log.log import MessageLog
from ..log.message import Message
from ..protocol.handshake import Handshake
from ..recording.records import ConnectionRecord, SessionRecord
from ..redaction.payloads import mask
from ..redaction.text import printable
from .heads import heads_of, shown_url

_M = TypeVar("_M")


class Messages(Protocol):
    """Messages that can be gone through more than once."""

    def __iter__(self) -> Iterator[Message]:
        """In their order."""

    def __len__(self) -> int:
        """How many there are, or about."""


@dataclass(frozen=True)
class SessionRows:
    """One session to write.

    Parameters
    ----------
    record : SessionRecord
        What is known of it.
    messages : iterable of Message
        Its rows.
    """

    record: SessionRecord
    messages: Messages

    def connections(self) -> list[tuple[ConnectionRecord, Sequence[Message] | _OfConnection]]:
        """List the connections, also those of which only messages are known.

        Returns
        -------
        list of (ConnectionRecord, iterable of Message)
            By number.
        """
        known = {connection.number: connection for connection in self.record.connections}
        if isinstance(self.messages, MessageLog):  # a segment has the rows of one connection
            there = {segment.connection for segment in self.messages.segments() if segment.count}
        else:
            there = {message.connection for message in self.messages}
        numbers = sorted({*known, *there})
        return [
            (
                known.get(number) or ConnectionRecord(number=number, url=self.record.url),
                _OfConnection(self.messages, number),
            )
            for number in numbers
        ]


class _OfConnection:
    """The messages of one connection."""

    def __init__(self, messages: Messages, number: int) -> None:
        self._messages = messages
        self._number = number

    def __iter__(self) -> Iterator[Message]:
        return (message for message in self._messages if message.connection == self._number)


class Saving:
    """One writing of a file.

    Parameters
    ----------
    secrets : bool
        Write everything as it was; else known secrets are masked in payloads, and in heads and URLs what may be one.
    tick : callable, optional
        Called with the number of messages written so far, now and then.
    """

    def __init__(self, secrets: bool = False, tick: Callable[[int], object] = lambda _count: None) -> None:
        self.secrets = secrets
        self.messages = 0
        self._tick = tick
        self._lost: Counter[str] = Counter()

    def each(self, messages: Iterable[_M]) -> Iterator[_M]:
        """Go through messages that are written, and count them.

        Parameters
        ----------
        messages : iterable
            What is written: messages, or a message with something else.

        Yields
        ------
        object
            Each of them.
        """
        for message in messages:
            yield message
            self.messages += 1
            if not self.messages & 0xFF:
                self._tick(self.messages)

    def told(self, messages: int) -> None:
        """Note how many messages are written by now, where somebody else counts them.

        Parameters
        ----------
        messages : int
            All so far.
        """
        self.messages = messages
        self._tick(messages)

    def lose(self, what: str, count: int = 1) -> None:
        """Note that the format cannot hold something.

        Parameters
        ----------
        what : str
            In the plural, as in "pings".
        count : int, default 1
            How many.
        """
        self._lost[what] += count

    def leave_out(self, what: str) -> None:
        """Note that a message of those that `each` gave was not written.

        Parameters
        ----------
        what : str
            As for `lose`.
        """
        self.lose(what)
        self.messages -= 1

    @property
    def lost(self) -> tuple[str, ...]:
        """What the format could not hold, such as ``"pings (3)"``."""
        return tuple(f"{what} ({count:,})" for what, count in self._lost.items() if count)

    def payload(self, message: Message) -> bytes:
        """Take a payload as it is written.

        Parameters
        ----------
        message : Message
            Any.

        Returns
        -------
        bytes
        """
        return message.payload if self.secrets else message.masked()

    def note(self, message: Message) -> str | None:
        """Take the note of a message's bookmark as it is written; None when it has none.

        Parameters
        ----------
        message : Message
            Any.

        Returns
        -------
        str or None
        """
        note = message.note
        return None if note is None else self.text(note).encode("utf-8", "replace").decode()

    def text(self, text: str) -> str:
        """Take a text, such as a session's name, as it is written.

        Parameters
        ----------
        text : str
            Any.

        Returns
        -------
        str
        """
        return text if self.secrets else mask(text)

    def url(self, url: str) -> str:
        """Take a URL as it is written.

        Parameters
        ----------
        url : str
            Any.

        Returns
        -------
        str
        """
        return url if self.secrets else shown_url(url)

    def heads(self, handshake: Handshake) -> tuple[str, str]:
        """Take both heads of a handshake as they are written.

        Parameters
        ----------
        handshake : Handshake
            Any.

        Returns
        -------
        (str, str)
            Request and response.
        """
        return heads_of(handshake, secrets=self.secrets)

    def lose_records(self, sessions: Iterable[SessionRows]) -> None:
        """Note that the format has messages only: no handshakes, certificates and URLs.

        Parameters
        ----------
        sessions : iterable of SessionRows
            What is written.
        """
        for rows in sessions:
            for connection in rows.record.connections:
                self.lose("handshakes", connection.handshake is not None)
                self.lose("certificates", connection.certificate is not None)

    def lose_details(self, message: Message) -> None:
        """Note what a format loses that has only payloads: compression, fragments, and that a part is missing.

        Parameters
        ----------
        message : Message
            One that is written.
        """
        self.lose("marks of compression", message.compressed)
        self.lose("counts of fragments", message.fragments != 1)
        self.lose("marks of incomplete messages", message.incomplete)


@dataclass(frozen=True)
class Saved:
    """What was written to a file.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    format : str
        Its format.
    sessions, messages, bytes : int
        How many sessions and rows it has, and its size.
    lost : tuple of str
        What the format could not hold, such as ``"pings (3)"``; empty when the file has everything.
    """

    path: Path
    format: str
    sessions: int
    messages: int
    bytes: int
    lost: tuple[str, ...] = ()

    def __str__(self) -> str:
        sessions = f" of {self.sessions:,} sessions" if self.sessions != 1 else ""
        said = f"saved {counted(self.messages)}{sessions} to {printable(str(self.path))} ({self.format}, {self.bytes:,} bytes)"
        return f"{said}; {self.format} cannot hold {', '.join(self.lost)}" if self.lost else said

    def __repr__(self) -> str:
        return f"<{str(self)[0].upper()}{str(self)[1:]}>"
