"""`Conversation`: the mix-in of `Session` that sends, reads, expects, requests, collects and resends messages.

Each method that waits has a twin for coroutines (`read` and `aread`). It works on a log and knows no connection. Any
thread, any number of event loops.
"""

from __future__ import annotations

import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

from ..errors import Error, SocketError, TimeoutError, again
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.payloads import mask
from ..redaction.text import printable
from ..system import forks
from ..transport.deadline import Deadline
from .data import as_json
from .waiting import NO_ROW, TURN, Change, Flow, Wait, arun, run

if TYPE_CHECKING:
    from .matcher import Match, Matcher, Miss
    from .replies import Answer, Reply

#: Default timeout of `read`, `expect` and `ping`, in seconds.
WAIT: Final = 10.0
#: How many rows are searched for near misses, and for how many seconds.
_LOOK_BACK: Final = 1000
_BUDGET: Final = 0.25
#: How many near misses an error shows, and how many lines about each.
_NEAREST: Final = 3
_LINES: Final = 5


def _matcher(match: Match) -> Matcher:
    """Make a matcher; imported here because it loads the filters."""
    from .matcher import Matcher

    return Matcher.of(match)


class Flag(Protocol):
    """A `threading.Event` or a `Latch`."""

    def is_set(self) -> bool:
        """Tell whether it is set."""

    def set(self) -> object:
        """Set it."""


class Conversation(ABC):
    """Sends messages, and waits for received ones in a log.

    Parameters
    ----------
    messages : MessageLog
        The log that received messages are added to.
    """

    def __init__(self, messages: MessageLog) -> None:
        self.messages = messages
        #: Set when the session has ended, after the last row was added.
        self._done: Flag = threading.Event()
        self._cursor = 0
        #: Where `expect` and `collect` begin: the index after what the last wait found, or after the first message sent
        #: since that wait, whichever is later.
        self._after_wait = 0
        self._after_first_send: int | None = None
        self._cursor_lock = forks.lock()
        # With on_full="block", messages that `read` has not returned yet hold the reader thread back.
        self._consumer = messages.consumer() if messages.on_full == "block" else None

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL, secrets masked."""

    @property
    @abstractmethod
    def error(self) -> Exception | None:
        """Why it ended; None while it is open and when it was closed by us."""

    @property
    def _loss(self) -> Error | None:
        """Why the latest connection that ended did so."""
        return None

    def require_own(self) -> None:  # noqa: B027 - optional for subclasses
        """Raise if this is a forked child's copy; see `Connection.require_own`."""

    # ---- sending

    @abstractmethod
    def _begin_sending(self, data: str | bytes | bytearray | memoryview) -> tuple[Message, Wait | None]:
        """Send one message; return its row, and what to wait for, if not all of it was written at once."""

    def _sending(self, data: str | bytes | bytearray | memoryview) -> Flow[Message]:
        """As `send`."""
        message, wait = self._begin_sending(data)
        if wait is not None:
            yield wait
        return message

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
            The connection is not open, or broke while sending.
        TimeoutError
            The server took no byte for ``write_timeout`` (phase ``"write"``); see `Client.send`.
        """
        # As `_sending_own`, without a generator: most messages are written at once.
        message, wait = self._begin_sending(data)
        if wait is not None:
            wait.block()
        self._sent(message.index)
        return message

    def _sending_own(self, data: str | bytes | bytearray | memoryview) -> Flow[Message]:
        """Send one message for the person who asked: the next wait begins behind it."""
        message = yield from self._sending(data)
        self._sent(message.index)
        return message

    def send_reply(self, data: str | bytes) -> Message:
        """Send one message for a rule (`reply`): where the next wait begins does not change.

        Parameters
        ----------
        data : str or bytes
            As for `send`.

        Returns
        -------
        Message

        Raises
        ------
        SocketError, TimeoutError
            As `send`.
        """
        return run(self._sending(data))

    def reply(self, match: Match, answer: Answer) -> Reply:
        """Answer every message that matches from now on, on a thread of its own; each answer is a row.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            As for `expect`: ``ws.reply("$.type=ping", {"type": "pong"})``.
        answer : str, bytes, dict, list or callable
            What to send; dict and list are sent as JSON text. A function gets the message and gives one of these, or
            None to send nothing.

        Returns
        -------
        Reply
            Its ``close()`` ends the rule; so do a hundred answers within a second, because then the server answers the
            answers. An error of the function is a row of kind ``"error"``.

        Raises
        ------
        TypeError, ValueError
            ``match`` or ``answer`` is invalid.
        """
        from .replies import Reply

        self.require_own()
        return Reply(self, match, answer)

    def note_error(self, text: str) -> None:
        """Add a row of kind ``"error"`` to the log.

        Parameters
        ----------
        text : str
            What went wrong.
        """
        self.messages.add("error", text.encode("utf-8", "replace"))

    def send_json(self, obj: Any) -> Message:
        """Send an object as a JSON text message.

        Parameters
        ----------
        obj : object
            Anything that `json.dumps` takes.

        Returns
        -------
        Message

        Raises
        ------
        TypeError, ValueError
            It cannot be written as JSON (RFC 8259 has no NaN or Infinity); nothing was sent.
        SocketError, TimeoutError
            As `send`.
        """
        return self.send(as_json(obj))

    def resend(self, rows: Message | int | Iterable[Message | int], speed: float | None = None) -> list[Message]:
        """Send text and binary messages again, in order, whether they were sent or received before.

        Parameters
        ----------
        rows : Message, int, or several of them
            A message, a permanent index (-1 is the newest), a list of them, a slice of `messages`, or a view
            (``messages.where(…)``), also of a capture. Slices and views leave out rows that the log has dropped.
        speed : float, optional
            Keep the time between them: 1 as it was, 10 a tenth of it. By default they are sent one right after the
            other.

        Returns
        -------
        list of Message
            The new rows.

        Raises
        ------
        ValueError
            A row is not a text or binary message (a control frame, a lifecycle row), or is text that is not UTF-8, or
            ``speed`` is not more than 0; nothing was sent.
        IndexError
            An index that does not exist or was dropped; nothing was sent.
        TypeError
            An item is neither a message nor an index; nothing was sent.
        SocketError, TimeoutError
            As `send`.
        """
        if speed is not None and not speed > 0:
            raise ValueError(f"speed is more than 0: 1 keeps the time between the messages; got {speed}")
        chosen = [self._row(row) for row in ([rows] if isinstance(rows, (Message, int)) else rows)]
        begun, first = time.monotonic(), chosen[0].time_ns if chosen else 0
        sent = []
        for data, message in [(self._payload(message), message) for message in chosen]:
            if speed is not None:
                due = begun + (message.time_ns - first) / 1e9 / speed
                self._done_within(due - time.monotonic())  # when the session has ended, sending says so
            sent.append(self.send(data))
        return sent

    def _done_within(self, seconds: float) -> bool:
        """Wait for the end of the session."""
        return self.messages.wait_for(self._done.is_set, max(0.0, seconds), index=NO_ROW)

    def _row(self, row: Message | int) -> Message:
        """Find a row to send again."""
        if not isinstance(row, (Message, int)):
            raise TypeError(
                f"resend takes messages or permanent indexes, got {type(row).__name__}; to send something new use send"
            )
        return self.messages[row] if isinstance(row, int) else row

    def _payload(self, message: Message) -> str | bytes:
        """Return what to send for a row."""
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
        """Whether the session has ended and its log is complete."""
        return self._done.is_set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the session has ended. In a coroutine: ``await ws.wait_closed()``.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False if it had not ended in time.
        """
        return run(self._closing(timeout))

    async def wait_closed(self) -> None:
        """Wait until the session has ended, without blocking the event loop.

        Raises nothing; `error` says why it ended. In a thread: `join`.
        """
        await arun(self._closing())

    def _closing(self, timeout: float | None = None) -> Flow[bool]:
        return (yield Change(self.messages, self._done.is_set, Deadline(timeout), NO_ROW))

    # ---- reading one by one

    def read(self, timeout: float | None = WAIT) -> Message | None:
        """Read the next received message at the session's cursor.

        Parameters
        ----------
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        Message or None
            None when the session was closed by us and every message has been read.

        Raises
        ------
        TimeoutError
            No message came in time (phase ``"read"``); the session stays usable.
        CloseError, EOFError, ProtocolError, SocketError, TimeoutError
            The session ended, and every message has been read: the reason, `error`.
        """
        return run(self._reading(timeout))

    async def aread(self, timeout: float | None = WAIT) -> Message | None:
        """As `read`, at the same cursor, without blocking the event loop.

        When it is cancelled, no message is skipped.
        """
        return await arun(self._reading(timeout))

    def __iter__(self) -> Iterator[Message]:
        """Iterate over received text and binary messages, from the oldest in the log; wait for more until the session ends."""
        return Walk(self)

    def __aiter__(self) -> AsyncIterator[Message]:
        """As `__iter__`, without blocking the event loop."""
        return Walk(self)

    # ---- waiting for particular messages

    def expect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """Wait for a received message that matches.

        The search begins after the first message sent since the last wait (`read`, `expect`, `request`, `collect`)
        ended, or after what that wait found, whichever is later. So an answer that comes between two sends is not
        missed.

        Parameters
        ----------
        match : str, re.Pattern, dict, list or callable
            A filter (``%ws_help`` lists the forms), a regular expression, a JSON subset (``...`` matches any value; a
            type, regex or function tests the value), or a function of the message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.
        since : int, optional
            Permanent index to search from instead.

        Returns
        -------
        Message
            The first match. `read`'s cursor does not move.

        Raises
        ------
        TypeError, ValueError
            ``match`` is of another type, or a filter that does not parse.
        TimeoutError
            Nothing matched in time (phase ``"expect"``); the text shows the nearest misses, and where they differ.
        CloseError, EOFError, ProtocolError, SocketError
            The session ended before a message matched.
        """
        return run(self._expecting(_matcher(match), timeout, since))

    async def aexpect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """As `expect`, without blocking the event loop."""
        return await arun(self._expecting(_matcher(match), timeout, since))

    def request(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT
    ) -> Message:
        """Send a message and wait for its answer, which is only looked for after that message.

        Parameters
        ----------
        data : str, bytes, dict or list
            What to send; dict and list are sent as JSON text.
        match : str, re.Pattern, dict, list or callable, optional
            As for `expect`. By default the answer is the message that the connection's decoder says answers it (the
            acknowledgement of Socket.IO, the ``parent_header`` of Jupyter, OCPP's second element), or the next with the
            same id in the same place (``id``, ``nonce``, ``ref`` …, or whatever looks like an id, see `request_ids`);
            only if nothing in the request looks like an id, the next message.
        timeout : float, optional
            Seconds, 10 by default; None waits for ever.

        Returns
        -------
        Message
            The answer; its repr says how it was recognised.

        Raises
        ------
        TypeError, ValueError
            ``data`` cannot be sent, or ``match`` is invalid; nothing was sent.
        TimeoutError, CloseError, SocketError
            As `send` and `expect`. Without ``match``, `SocketError` also if the connection was lost and
            ``auto_reconnect`` opened another: the answer cannot come there.

        Notes
        -----
        Ids are all that tells an answer from other messages. Where a feed numbers its own messages in the same place,
        one of them can have the id of the request: choose an id that it never uses (a text such as ``"mine-1"``, where
        the server allows that), or say with ``match`` what only the answer has.
        """
        return run(self._requesting(data, match, timeout))

    async def arequest(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None = None, timeout: float | None = WAIT
    ) -> Message:
        """As `request`, without blocking the event loop. When it is cancelled, the message may have been sent."""
        return await arun(self._requesting(data, match, timeout))

    def _requesting(
        self, data: str | bytes | dict[str, Any] | list[Any], match: Match | None, timeout: float | None
    ) -> Flow[Message]:
        matcher = None if match is None else _matcher(match)  # refused before anything is sent
        sent = yield from self._sending_own(as_json(data) if isinstance(data, (dict, list)) else data)
        if matcher is not None:
            found = yield from self._expecting(matcher, timeout, sent.index + 1)
            return found.chosen(f"answers {sent.index} by match=")
        from .matcher import Answer

        answer = Answer(sent)
        found = yield from self._expecting(answer, timeout, sent.index + 1)
        return found.chosen(answer.choice)

    def collect(
        self,
        n: int | None = None,
        until: Match | None = None,
        seconds: float | None = None,
        *,
        timeout: float | None = WAIT,
        since: int | None = None,
    ) -> list[Message]:
        """Collect received messages: ``n`` of them, or up to a match, or for some seconds; whichever comes first.

        It begins where `expect` does, so ``for m in three: ws.send(m)`` and then ``ws.collect(3)`` returns all three
        answers, even those that came before the last send. With ``seconds`` it returns what came by then, even if the
        session ended before. Without ``seconds`` it raises unless ``n`` or ``until`` is reached. The messages that came
        stay in the log.

        Parameters
        ----------
        n : int, optional
            How many messages, at least 1.
        until : str, re.Pattern, dict, list or callable, optional
            As ``match`` of `expect`; the message that matches is the last one collected.
        seconds : float, optional
            For how long.
        timeout : float, optional
            Seconds to wait for ``n`` or ``until``, 10 by default; None waits for ever. Ignored with ``seconds``.
        since : int, optional
            Permanent index to begin at instead. With ``seconds`` alone, the default is the next row. To collect every
            answer to one message: ``ws.collect(seconds=2, since=ws.send("go").index)``.

        Returns
        -------
        list of Message
            In the order received. `read`'s cursor does not move; the next `expect` begins after the last of them.

        Raises
        ------
        ValueError, TypeError
            None of ``n``, ``until`` and ``seconds`` was passed, or one is invalid.
        TimeoutError
            ``n`` or ``until`` was not reached in time (phase ``"expect"``); the text says how many came, or shows the
            nearest misses.
        CloseError, EOFError, ProtocolError, SocketError
            The session ended before ``n`` or ``until`` was reached; with ``seconds``, only if no message came before.
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
    ) -> Flow[list[Message]]:
        if n is None and until is None and seconds is None:
            raise ValueError("collect needs an end: n=10, until='$.type=done' or seconds=5")
        if n is not None and as_int(n) < 1:
            raise ValueError(f"collect: n is at least 1, got {n}")
        if seconds is not None and not seconds >= 0:
            raise ValueError(f"collect: seconds is at least 0, got {seconds}")
        matcher = None if until is None else _matcher(until)
        return self._collecting(n, matcher, seconds, timeout, since)

    # ---- how reading one by one waits

    def _next(self, at: int) -> tuple[Message | None, int]:
        """Find the next received message from an index on; return it, or None, and the index to look from next time."""
        seen = self.messages.next_index
        message = self.messages.next_data(at)
        return message, max(at, seen) if message is None else message.index + 1

    def _beyond(self, at: int, deadline: Deadline) -> Change:
        """Wait for a row at or after an index, or for the end of the session."""
        log, done = self.messages, self._done
        return Change(log, lambda: log.next_index > at or done.is_set(), deadline, at, self._wait)

    def _wait(self, holds: Callable[[], bool], deadline: Deadline, index: int) -> bool:
        """Wait, blocking this thread, until a condition about the log holds; as `MessageLog.wait_for`."""
        return self.messages.wait_for(holds, deadline.left(), index=index)

    def _reading(self, timeout: float | None) -> Flow[Message | None]:
        """As `read`."""
        self.require_own()
        deadline = Deadline(timeout)
        while True:
            with self._cursor_lock:
                done = self._done.is_set()  # checked before the log, because all rows are added before it is set
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

    def _walking(self, at: int) -> Flow[Message | None]:
        """Find the next message from an index on, without a timeout; None when the session was closed by us."""
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
        """Raise the reason why the session ended, unless it was closed by us."""
        if self.error is not None:
            raise again(self.error)

    # ---- how waiting for particular messages waits

    def _sent(self, index: int) -> None:
        """Note a message that was sent: the next wait begins after the first one since the last wait ended.

        Not after the last one: the answer to the first of several may come before the last is sent.
        """
        first = self._after_first_send
        if first is not None and first <= index:
            return  # as if it came before a wait that ends right now
        with self._cursor_lock:
            first = self._after_first_send
            self._after_first_send = index + 1 if first is None else min(first, index + 1)

    def _beginning(self) -> int:
        """Return the index where `expect` and `collect` begin."""
        with self._cursor_lock:
            return max(self._after_wait, self._after_first_send or 0)

    def _ended(self, at: int = 0) -> None:
        """Note the end of a wait, and the index after what it found, if anything."""
        with self._cursor_lock:
            self._after_wait = max(self._after_wait, self._after_first_send or 0, at)
            self._after_first_send = None

    def _expecting(self, matcher: Matcher, timeout: float | None, since: int | None) -> Flow[Message]:
        """As `expect`, with a matcher."""
        try:
            return (yield from self._matching(matcher, timeout, since))
        finally:
            self._ended()

    def _matching(self, matcher: Matcher, timeout: float | None, since: int | None) -> Flow[Message]:
        self.require_own()
        deadline = Deadline(timeout)
        at = start = self._beginning() if since is None else since
        before = self.messages.next_index  # rows that are there already are tested whatever the timeout
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                if matcher(message):
                    self._ended(at)
                    return message
                if at < before or not deadline.passed:  # a flood of other messages must not extend the timeout
                    yield TURN
                    continue
            elif done:
                self._unmet(str(matcher))
            elif (lost := matcher.hopeless(self.messages)) is not None:
                cause = self._loss
                text = lost if cause is None else f"{lost}: {cause.message}"
                raise SocketError(
                    text,
                    url=self.url,
                    hint="the request may have arrived; send it again on the new connection if it can be repeated",
                ) from cause
            elif (yield self._beyond(at, deadline)):
                continue
            text = f"nothing matched {matcher} within {timeout:g} s"
            raise TimeoutError("expect", timeout or 0, (yield from self._missed(text, matcher, start)), url=self.url)

    def _collecting(
        self, count: int | None, until: Matcher | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Flow[list[Message]]:
        """As `collect`, with a matcher."""
        try:
            return (yield from self._gathered(count, until, seconds, timeout, since))
        finally:
            self._ended()

    def _gathered(
        self, count: int | None, until: Matcher | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Flow[list[Message]]:
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
            # The time is up, or the session ended. With seconds=, return what came; otherwise n or until was not
            # reached.
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
            text = f"{wanted} did not come within {timeout:g} s"
            if until is not None:
                text = yield from self._missed(text, until, since)
            else:
                text += f"; {len(got):,} did, and stay in ws.messages from {since} on"
                text = "\n".join([text, *self._earlier(None, since)])
            raise TimeoutError("expect", timeout or 0, text, url=self.url)
        self._ended(at)
        return got

    def _unmet(self, wanted: str) -> NoReturn:
        """Raise the reason why no more messages come."""
        self._raise_end()
        raise SocketError(f"the session was closed before {wanted} came", url=self.url)

    def _missed(self, text: str, matcher: Matcher, start: int) -> Flow[str]:
        """Complete the text of a timeout with the nearest misses."""
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
        # The sort is stable: of equally near messages the newest comes first.
        nearest = sorted(misses, key=lambda miss: (-miss[0].met, len(miss[0].lines)))[:_NEAREST]
        count = (
            f"{'more than ' if looked > start else ''}{len(candidates):,} message{'' if len(candidates) == 1 else 's'}"
        )
        lines = [f"{text}; {count} came meanwhile", *(["nearest misses:"] if nearest else [])]
        for miss, message in nearest:
            lines += _described(message)
            lines += [f"      {line}" for line in miss.lines[:_LINES]]
            if len(miss.lines) > _LINES:
                lines.append(f"      … and {len(miss.lines) - _LINES:,} more")
        lines += self._earlier(matcher, start)
        return "\n".join(lines)

    def _earlier(self, matcher: Matcher | None, start: int) -> list[str]:
        """Describe the latest message before the index where a wait began; with a matcher, the latest that matches."""
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
            *_described(latest),
        ]


def _described(message: Message) -> list[str]:
    """Name a message in an error; of a binary one also what it means, for its bytes say little."""
    label = message.label if message.kind == "binary" else ""
    return [f"  {message!r}", *([f"      {printable(mask(label))}"] if label else [])]


class Walk(Iterator[Message], AsyncIterator[Message]):
    """An iterator over received messages, from the oldest in the log, with a position of its own.

    Not a generator, because an interrupt or a cancellation while it waits would end that.

    Parameters
    ----------
    over : Conversation
        The conversation whose messages to iterate over.
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
