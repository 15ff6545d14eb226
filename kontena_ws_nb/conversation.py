"""`Conversation`: what people type to read, expect, request, collect and send again; each waits in its thread, or in its event loop.

What lives here: names, arguments, refusals. What must not: connections, threads, what is decided while waiting (`cursors`). Any thread, any
number of event loops.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from operator import index as as_int
from typing import Any

from .cursors import Cursors
from .log.matcher import Answer, Match, Matcher
from .log.message import Message
from .steps import NO_ROW, Change, Steps, arun, run
from .wire.deadline import Deadline

#: Seconds of `read`, `expect` and `ping` when nothing else is said.
WAIT = 10.0


class Conversation(Cursors):
    """What can be asked of a session's messages.

    Parameters
    ----------
    messages : MessageLog
        The log; grows until the conversation is over.
    """

    # ---- sending

    @abstractmethod
    def _sending(self, data: str | bytes | bytearray | memoryview) -> Steps[Message]:
        """Send one message."""

    def send(self, data: str | bytes | bytearray | memoryview) -> Message:
        """Send one message.

        Parameters
        ----------
        data : str or bytes-like
            Text goes as a text message, bytes as a binary one.

        Returns
        -------
        Message
            The row of the log.

        Raises
        ------
        TypeError
            Neither str nor bytes-like.
        SocketError
            The connection is not open.
        TimeoutError
            No progress within ``write_timeout``.
        """
        return run(self._sending(data))

    def send_json(self, obj: Any) -> Message:
        """Send an object as a JSON text message.

        Parameters
        ----------
        obj : object
            What `json.dumps` takes.

        Returns
        -------
        Message

        Raises
        ------
        TypeError, ValueError
            Not JSON-able; nothing was sent.
        SocketError, TimeoutError
            As `send`.
        """
        return self.send(_json(obj))

    def resend(self, rows: Message | int | Iterable[Message | int]) -> list[Message]:
        """Send text and binary rows again, in order, whichever way they went before.

        Parameters
        ----------
        rows : Message, int, or several of them
            A message, a permanent index (-1 is the newest), a list of them, a slice of `messages`, a view (``messages.where(…)``). Of a slice or
            view, what retention has dropped is left out.

        Returns
        -------
        list of Message
            The new rows.

        Raises
        ------
        ValueError
            A row is no text or binary message (a control frame, a lifecycle row), or a text that is not UTF-8; nothing was sent.
        IndexError
            An index that does not exist or was dropped; nothing was sent.
        TypeError
            Something else; nothing was sent.
        SocketError, TimeoutError
            As `send`.
        """
        given = [rows] if isinstance(rows, (Message, int)) else list(rows)
        return [self.send(data) for data in [self._payload(row) for row in given]]

    def _payload(self, row: Message | int) -> str | bytes:
        """Look at what is to be sent again."""
        if not isinstance(row, (Message, int)):
            raise TypeError(f"resend takes messages or permanent indexes, got {type(row).__name__}; to send something new use send")
        message = self.messages[row] if isinstance(row, int) else row
        if message.kind == "binary":
            return message.payload
        if message.kind != "text":
            raise ValueError(
                f"message {message.index} is {message.kind}: only text and binary messages can be sent again; nothing was sent"
            )
        try:
            return message.payload.decode()
        except UnicodeDecodeError:
            raise ValueError(f"message {message.index} is text that is not UTF-8, and cannot be sent again; nothing was sent") from None

    # ---- the end

    @property
    def closed(self) -> bool:
        """Whether it is over and its log complete."""
        return self._done.is_set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait in this thread until it is over. In a coroutine: ``await ws.wait_closed()``.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return run(self._closing(timeout))

    async def wait_closed(self) -> None:
        """Wait until it is over, without blocking the event loop; raises nothing, `error` tells why. In a thread: `join`."""
        await arun(self._closing())

    def _closing(self, timeout: float | None = None) -> Steps[bool]:
        return (yield Change(self.messages, self._done.is_set, Deadline(timeout), NO_ROW))

    # ---- one after the other

    def read(self, timeout: float | None = WAIT) -> Message | None:
        """Read the next received message at the session's cursor.

        Parameters
        ----------
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        Message or None
            None when the session was closed by us and everything was read.

        Raises
        ------
        TimeoutError
            Nothing came in time; the session stays as it is.
        CloseError, EOFError, ProtocolError, SocketError
            The connection ended and everything was read.
        """
        return run(self._reading(timeout))

    async def aread(self, timeout: float | None = WAIT) -> Message | None:
        """As `read`, at the same cursor, without blocking the event loop. A cancelled one has taken no message."""
        return await arun(self._reading(timeout))

    def __iter__(self) -> Iterator[Message]:
        """Iterate over received text and binary messages, from the oldest kept; waits, and ends with the session."""
        return Walk(self)

    def __aiter__(self) -> AsyncIterator[Message]:
        """As `__iter__`, without blocking the event loop."""
        return Walk(self)

    # ---- until something comes

    def expect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """Wait for a received message that matches.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            Filter text (the one grammar), a regex, a JSON subset (``...`` stands for any value; a type, regex or function tests the value), or a
            function of the message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.
        since : int, optional
            Permanent index to search from; by default after the last send or the last match, whichever is later.

        Returns
        -------
        Message
            The first match. `read`'s cursor stays where it is.

        Raises
        ------
        TypeError, ValueError
            ``match`` is something else, or a filter that does not parse.
        TimeoutError
            Nothing matched in time (phase ``"expect"``); the text shows the nearest misses, and where they differ.
        CloseError, EOFError, SocketError
            The connection ended before anything matched.
        """
        return run(self._expecting(Matcher.of(match), timeout, since))

    async def aexpect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """As `expect`, without blocking the event loop."""
        return await arun(self._expecting(Matcher.of(match), timeout, since))

    def request(self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT) -> Message:
        """Send, then expect from that send on.

        Parameters
        ----------
        data : str, bytes, dict or list
            What to send; dict and list go as JSON.
        match : str, re.Pattern, dict, list or callable, optional
            As for `expect`. Left out, the answer is the message that repeats the id of what is sent, at the same place (`log.ids`: ``id``, ``nonce``,
            ``ref`` …; JSON-RPC errors have it too); when nothing with an id is sent, the next message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        Message
            The answer.

        Raises
        ------
        TypeError, ValueError
            What cannot be sent, or matched; nothing was sent.
        TimeoutError, CloseError, SocketError
            As `send` and `expect`. Without ``match`` also when the connection was lost meanwhile and the session has a new one
            (``auto_reconnect``): no answer can come there.
        """
        return run(self._requesting(data, match, timeout))

    async def arequest(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT
    ) -> Message:
        """As `request`, without blocking the event loop. Once it runs, a cancelled one may have sent."""
        return await arun(self._requesting(data, match, timeout))

    def _requesting(self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None, timeout: float | None) -> Steps[Message]:
        matcher = None if match is None else Matcher.of(match)  # refused before anything is sent
        sent = yield from self._sending(_json(data) if isinstance(data, (dict, list)) else data)
        return (yield from self._expecting(matcher or Answer(sent), timeout, sent.index + 1))

    def collect(
        self,
        n: int | None = None,
        until: Match | None = None,
        seconds: float | None = None,
        *,
        timeout: float | None = WAIT,
        since: int | None = None,
    ) -> list[Message]:
        """Gather received messages: so many, up to a match, or what comes in so many seconds; whichever is first.

        With ``seconds``, what came by then is the result, also when the connection ended before. Without, ``n`` and ``until`` are promises: when they
        are not kept it raises, and nothing is lost: the next call begins at the same place.

        Parameters
        ----------
        n : int, optional
            How many, at least 1.
        until : str, re.Pattern, dict, list or callable, optional
            As ``match`` of `expect`; the message that matches is the last one.
        seconds : float, optional
            How long.
        timeout : float, optional
            Seconds to wait for ``n`` or ``until``, 10 by default; None waits for ever. Means nothing beside ``seconds``.
        since : int, optional
            Permanent index to begin at. By default where `expect` looks, after the last send or the last match (or what was collected); with
            ``seconds`` alone, now. To miss nothing: ``ws.collect(seconds=2, since=ws.send("go").index)``.

        Returns
        -------
        list of Message
            `read`'s cursor stays where it is; `expect` goes on behind them.

        Raises
        ------
        ValueError, TypeError
            None of the three is given, or one that cannot work.
        TimeoutError
            ``n`` or ``until`` was not reached in time (phase ``"expect"``); the text says how near it came.
        CloseError, EOFError, ProtocolError, SocketError
            The connection ended before ``n`` or ``until`` was reached; with ``seconds``, only when nothing at all came before.
        """
        return run(self._gathering(n, until, seconds, timeout, since))

    async def acollect(
        self,
        n: int | None = None,
        until: Match | None = None,
        seconds: float | None = None,
        *,
        timeout: float | None = WAIT,
        since: int | None = None,
    ) -> list[Message]:
        """As `collect`, without blocking the event loop."""
        return await arun(self._gathering(n, until, seconds, timeout, since))

    def _gathering(
        self, n: int | None, until: Match | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Steps[list[Message]]:
        if n is None and until is None and seconds is None:
            raise ValueError("collect needs an end: n=10, until='$.type=done' or seconds=5")
        if n is not None and as_int(n) < 1:
            raise ValueError(f"collect: n is at least 1, got {n}")
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"collect: seconds is at least 0, got {seconds}")
        matcher = None if until is None else Matcher.of(until)
        return self._collecting(n, matcher, seconds, timeout, since)


class Walk(Iterator[Message], AsyncIterator[Message]):
    """A walk over received messages, from the oldest kept; has a place of its own.

    An iterator, not a generator: an interrupt or a cancellation while it waits does not end it.

    Parameters
    ----------
    over : Conversation
        Whose messages.
    """

    def __init__(self, over: Conversation) -> None:
        self._over = over
        self._at = over.messages.first_index

    def __iter__(self) -> Walk:
        return self

    def __aiter__(self) -> Walk:
        return self

    def __next__(self) -> Message:
        message = run(self._over._walking(self._at))
        if message is None:
            raise StopIteration
        self._at = message.index + 1
        return message

    async def __anext__(self) -> Message:
        message = await arun(self._over._walking(self._at))
        if message is None:
            raise StopAsyncIteration
        self._at = message.index + 1
        return message


def _json(obj: Any) -> str:
    return json.dumps(obj, ensure_ascii=False, allow_nan=False)
