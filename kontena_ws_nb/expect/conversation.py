"""`Conversation`: what people type to read, expect, request, collect and send again; each waits in its thread, or in its event loop.

The mix-in of `Session`; it knows a log and no connection. Any thread, any number of event loops.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from ..errors import Error, SocketError, TimeoutError, again
from ..log.log import MessageLog
from ..log.message import Message
from ..system import forks
from ..transport.deadline import Deadline
from .waiting import NO_ROW, TURN, Change, Steps, arun, run

if TYPE_CHECKING:
    from .matcher import Match, Matcher, Miss

#: Seconds of `read`, `expect` and `ping` when nothing else is said.
WAIT: Final = 10.0
#: Rows that are searched for near misses, and seconds for it.
_LOOK_BACK: Final = 1000
_BUDGET: Final = 0.25
#: Near misses that are shown, and lines about each.
_NEAREST: Final = 3
_LINES: Final = 5


def _matcher(match: Match) -> Matcher:
    """Make the test of what people give; imported when somebody expects something, with the filters."""
    from .matcher import Matcher

    return Matcher.of(match)


class Flag(Protocol):
    """Something that becomes true: an `Event`, a `Latch`."""

    def is_set(self) -> bool:
        """Tell whether it did."""

    def set(self) -> object:
        """Make it true."""


class Conversation(ABC):
    """What can be asked of a session's messages.

    Parameters
    ----------
    messages : MessageLog
        The log; grows until the conversation is over.
    """

    def __init__(self, messages: MessageLog) -> None:
        self.messages = messages
        #: Set when the conversation is over, after its last row.
        self._done: Flag = threading.Event()
        self._cursor = 0
        #: Where the last wait that ended left `expect` and `collect`, and where the first send since then puts them.
        self._place = 0
        self._burst: int | None = None
        self._cursor_lock = forks.lock()
        # With on_full="block", what `read` has not taken holds the reader (design section 6).
        self._consumer = messages.consumer() if messages.on_full == "block" else None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it leads, secrets masked."""

    @property
    @abstractmethod
    def error(self) -> Exception | None:
        """Why it ended; None while all is well and when it was closed by us."""

    @property
    def _loss(self) -> Error | None:
        """Why the latest connection that is over ended."""
        return None

    def require_own(self) -> None:  # noqa: B027 - most belong to whoever has them
        """Refuse to be used in a process that has only a copy of it; raises what says so."""

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
            A message, a permanent index (-1 is the newest), a list of them, a slice of `messages`, a view
            (``messages.where(…)``). Of a slice or view, what retention has dropped is left out.

        Returns
        -------
        list of Message
            The new rows.

        Raises
        ------
        ValueError
            A row is no text or binary message (a control frame, a lifecycle row), or a text that is not UTF-8; nothing
            was sent.
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
            raise TypeError(
                f"resend takes messages or permanent indexes, got {type(row).__name__}; to send something new use send"
            )
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
            raise ValueError(
                f"message {message.index} is text that is not UTF-8, and cannot be sent again; nothing was sent"
            ) from None

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

        It looks from the first send since the last wait (`read`, `expect`, `request`, `collect`) that ended, or from
        behind what that wait found, whichever is later: an answer that comes between two sends is not missed.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            Filter text (the one grammar), a regex, a JSON subset (``...`` stands for any value; a type, regex or
            function tests the value), or a function of the message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.
        since : int, optional
            Permanent index to search from instead.

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
        return run(self._expecting(_matcher(match), timeout, since))

    async def aexpect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """As `expect`, without blocking the event loop."""
        return await arun(self._expecting(_matcher(match), timeout, since))

    def request(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT
    ) -> Message:
        """Send, then expect from that send on, also when others were sent before: its answer cannot come earlier.

        Parameters
        ----------
        data : str, bytes, dict or list
            What to send; dict and list go as JSON.
        match : str, re.Pattern, dict, list or callable, optional
            As for `expect`. Left out, the answer is the message that repeats the id of what is sent, at the same place
            (`log.ids`: ``id``, ``nonce``, ``ref`` …; JSON-RPC errors have it too); when nothing with an id is sent, the
            next message.
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
            As `send` and `expect`. Without ``match`` also when the connection was lost meanwhile and the session has a
            new one (``auto_reconnect``): no answer can come there.
        """
        return run(self._requesting(data, match, timeout))

    async def arequest(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT
    ) -> Message:
        """As `request`, without blocking the event loop. Once it runs, a cancelled one may have sent."""
        return await arun(self._requesting(data, match, timeout))

    def _requesting(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None, timeout: float | None
    ) -> Steps[Message]:
        matcher = None if match is None else _matcher(match)  # refused before anything is sent
        sent = yield from self._sending(_json(data) if isinstance(data, (dict, list)) else data)
        if matcher is None:
            from .matcher import Answer

            matcher = Answer(sent)
        return (yield from self._expecting(matcher, timeout, sent.index + 1))

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

        It begins where `expect` does: behind the first send since the last wait that ended, or behind what that wait
        found, so ``for m in three: ws.send(m)`` and ``ws.collect(3)`` gathers all three answers, whenever they came.
        With ``seconds``, what came by then is the result, also when the connection ended before. Without, ``n`` and
        ``until`` are promises: when they are not kept it raises, and nothing is lost: the next call begins at the same
        place.

        Parameters
        ----------
        n : int, optional
            How many, at least 1.
        until : str, re.Pattern, dict, list or callable, optional
            As ``match`` of `expect`; the message that matches is the last one.
        seconds : float, optional
            How long.
        timeout : float, optional
            Seconds to wait for ``n`` or ``until``, 10 by default; None waits for ever. Means nothing beside
            ``seconds``.
        since : int, optional
            Permanent index to begin at instead. With ``seconds`` alone the default is now. To miss nothing: ``ws.collect(seconds=2,
            since=ws.send("go").index)``.

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
            The connection ended before ``n`` or ``until`` was reached; with ``seconds``, only when nothing at all came
            before.
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
        matcher = None if until is None else _matcher(until)
        return self._collecting(n, matcher, seconds, timeout, since)

    # ---- the steps: one after the other

    def _next(self, at: int) -> tuple[Message | None, int]:
        """Find the next received message from an index on; tell where to look next time."""
        seen = self.messages.next_index
        message = self.messages.next_data(at)
        return message, max(at, seen) if message is None else message.index + 1

    def _beyond(self, at: int, deadline: Deadline) -> Change:
        """Wait for a row at or behind an index, or for the end."""
        log, done = self.messages, self._done
        return Change(log, lambda: log.next_index > at or done.is_set(), deadline, at)

    def _reading(self, timeout: float | None) -> Steps[Message | None]:
        """Take the next message at the session's cursor; None when closed by us."""
        self.require_own()
        deadline = Deadline(timeout)
        while True:
            with self._cursor_lock:
                done = self._done.is_set()  # before looking: rows precede it
                message, self._cursor = self._next(self._cursor)
                if self._consumer is not None:
                    self._consumer.position = self._cursor
            if message is not None:
                self._ended()
                return message
            if done:
                self._raise_end()
                return None
            if not (yield self._beyond(self._cursor, deadline)):
                raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def _walking(self, at: int) -> Steps[Message | None]:
        """Find the next message from an index on, however long it takes; None when closed by us."""
        self.require_own()
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                return message
            if done:
                self._raise_end()
                return None
            yield self._beyond(at, Deadline(None))

    def _raise_end(self) -> None:
        """Raise why it ended, unless it was closed by us."""
        if self.error is not None:
            raise again(self.error)

    # ---- the steps: until something comes

    def _sent(self, index: int) -> None:
        """Note a message that a person sent: the first since the last wait that ended is where the next wait begins.

        Not the last one: what answers the first of several may come before the last is sent.
        """
        with self._cursor_lock:
            self._burst = index + 1 if self._burst is None else min(self._burst, index + 1)

    def _beginning(self) -> int:
        """Tell where `expect` and `collect` begin: behind the first send since the last wait that ended, or that wait's match."""
        with self._cursor_lock:
            return max(self._place, self._burst or 0)

    def _ended(self, at: int = 0) -> None:
        """Note the end of a wait: of what it found, or without anything."""
        with self._cursor_lock:
            self._place, self._burst = max(self._place, self._burst or 0, at), None

    def _expecting(self, matcher: Matcher, timeout: float | None, since: int | None) -> Steps[Message]:
        """Find the first message that matches."""
        try:
            return (yield from self._matching(matcher, timeout, since))
        finally:
            self._ended()

    def _matching(self, matcher: Matcher, timeout: float | None, since: int | None) -> Steps[Message]:
        self.require_own()
        deadline = Deadline(timeout)
        at = start = self._beginning() if since is None else since
        before = self.messages.next_index  # what is there already is looked at whatever the timeout
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                if matcher(message):
                    self._ended(at)
                    return message
                if at < before or not deadline.passed:  # a flood of misses must not outlast the timeout
                    yield TURN
                    continue
            elif done:
                self._unmet(str(matcher))
            elif (lost := matcher.hopeless(self.messages)) is not None:
                cause = self._loss
                told = lost if cause is None else f"{lost}: {cause.message}"
                raise SocketError(
                    told, url=self.url, hint="it may have arrived all the same; ask again on the new connection"
                ) from cause
            elif (yield self._beyond(at, deadline)):
                continue
            told = f"nothing matched {matcher} within {timeout:g} s"
            raise TimeoutError("expect", timeout or 0, (yield from self._missed(told, matcher, start)), url=self.url)

    def _collecting(
        self, count: int | None, until: Matcher | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Steps[list[Message]]:
        """Gather messages until there are enough, one matches, or the seconds are over."""
        try:
            return (yield from self._gathered(count, until, seconds, timeout, since))
        finally:
            self._ended()

    def _gathered(
        self, count: int | None, until: Matcher | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Steps[list[Message]]:
        self.require_own()
        deadline = Deadline(timeout if seconds is None else seconds)
        before = self.messages.next_index
        if since is None:
            since = before if count is None and until is None else self._beginning()
        at, got = since, list[Message]()
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                got.append(message)
                if len(got) == count or (until is not None and until(message)):
                    break
                if at < before or not deadline.passed:
                    yield TURN
                    continue
            elif not done and (yield self._beyond(at, deadline)):
                continue
            # No more comes, or no more is wanted. Whoever names seconds takes what came; a count or match alone is a
            # promise.
            if seconds is not None:
                if done and not got:
                    self._raise_end()
                break
            wanted = (
                str(until)
                if count is None
                else f"{count:,} messages"
                if until is None
                else f"{until} or {count:,} messages"
            )
            if done and message is None:
                self._unmet(wanted)
            told = f"{wanted} did not come within {timeout:g} s"
            if until is not None:
                told = yield from self._missed(told, until, since)
            else:
                told += f"; {len(got):,} did, and stay in ws.messages from {since} on"
                told = "\n".join([told, *self._earlier(None, since)])
            raise TimeoutError("expect", timeout or 0, told, url=self.url)
        self._ended(at)
        return got

    def _unmet(self, wanted: str) -> NoReturn:
        """Raise why nothing comes any more."""
        self._raise_end()
        raise SocketError(f"the session was closed before {wanted} came", url=self.url)

    def _missed(self, told: str, matcher: Matcher, start: int) -> Steps[str]:
        """Word an expectation that was not met: the nearest misses first."""
        log, until = self.messages, time.monotonic() + _BUDGET
        looked = max(start, log.next_index - _LOOK_BACK)
        candidates = [
            message
            for message in log.since(looked)
            if message.direction == "received" and message.kind in ("text", "binary")
        ]
        misses: list[tuple[Miss, Message]] = []
        for message in reversed(candidates):
            misses.append((matcher.miss(message), message))
            if time.monotonic() > until:
                break
            yield TURN
        # The sort keeps the order of what is equally near: the newest first.
        nearest = sorted(misses, key=lambda miss: (-miss[0].met, len(miss[0].lines)))[:_NEAREST]
        count = (
            f"{'more than ' if looked > start else ''}{len(candidates):,} message{'' if len(candidates) == 1 else 's'}"
        )
        lines = [f"{told}; {count} came meanwhile", *(["nearest misses:"] if nearest else [])]
        for miss, message in nearest:
            lines.append(f"  {message!r}")
            lines += [f"      {line}" for line in miss.lines[:_LINES]]
            if len(miss.lines) > _LINES:
                lines.append(f"      … and {len(miss.lines) - _LINES:,} more")
        lines += self._earlier(matcher, start)
        return "\n".join(lines)

    def _earlier(self, matcher: Matcher | None, start: int) -> list[str]:
        """Name the latest message before the place where a wait began, or the latest that it would have taken."""
        until, latest = time.monotonic() + _BUDGET, None
        rows = self.messages.since(max(self.messages.first_index, start - _LOOK_BACK))
        for message in itertools.takewhile(lambda row: row.index < start, rows):
            if message.direction != "received" or message.kind not in ("text", "binary"):
                continue
            if time.monotonic() > until:
                break
            if matcher is None or matcher(message):
                latest = message
        if latest is None:
            return []
        verb = "came" if matcher is None else "matches, but came"
        return [
            f"the wait began at row {start}; this {verb} before, and since={latest.index} begins there:",
            f"  {latest!r}",
        ]


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
