"""`Conversation`: reading, expecting and requesting over a log that grows.

What lives here: the cursors of `read`, of iteration and of `expect`. What must not: connections, threads. Any thread; each call waits in
its caller's.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from .errors import SocketError, TimeoutError, again
from .log.log import MessageLog
from .log.matcher import Match, Matcher
from .log.message import Message
from .wire.deadline import Deadline

#: Rows that are searched for near misses.
_LOOK_BACK = 1000

#: Seconds of `read`, `expect` and `ping` when nothing else is said.
WAIT = 10.0


class Conversation(ABC):
    """What can be asked of a session's messages.

    Parameters
    ----------
    messages : MessageLog
        The log; grows until the conversation is over.
    """

    #: Where it leads, secrets masked.
    url: str

    def __init__(self, messages: MessageLog) -> None:
        self.messages = messages
        self._done = threading.Event()
        self._cursor = 0
        self._expect_from = 0
        self._cursor_lock = threading.Lock()
        # With on_full="block", what `read` has not taken holds the reader (design section 6).
        self._consumer = messages.consumer() if messages.on_full == "block" else None

    @property
    @abstractmethod
    def error(self) -> Exception | None:
        """Why it ended; None while all is well and when it was closed by us."""

    @abstractmethod
    def send(self, data: str | bytes | bytearray | memoryview) -> Message:
        """Send one message."""

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
        return self.send(json.dumps(obj, ensure_ascii=False, allow_nan=False))

    @property
    def closed(self) -> bool:
        """Whether it is over and its log complete."""
        return self._done.is_set()

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until it is over.

        Parameters
        ----------
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return self._done.wait(timeout)

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
        deadline = Deadline(timeout)
        while True:
            with self._cursor_lock:
                done = self._done.is_set()  # before looking: rows precede it
                message, self._cursor = self._next(self._cursor)
                if self._consumer is not None:
                    self._consumer.position = self._cursor
                if message is not None:
                    return message
            if done:
                if self.error is not None:
                    raise again(self.error)
                return None
            if not self._wait_beyond(self._cursor, deadline):
                raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def _next(self, at: int) -> tuple[Message | None, int]:
        """Find the next received message from an index on; tell where to look next time."""
        seen = self.messages.next_index
        message = self.messages.next_data(at)
        return message, max(at, seen) if message is None else message.index + 1

    def _wait_beyond(self, at: int, deadline: Deadline) -> bool:
        """Wait for a row at or behind an index, or for the end; False when the deadline passed."""
        return self.messages.wait_for(lambda: self.messages.next_index > at or self._done.is_set(), deadline.left(), index=at)

    def __iter__(self) -> Iterator[Message]:
        """Iterate over received text and binary messages, from the oldest kept; waits, and ends with the session."""
        at = self.messages.first_index
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                yield message
            elif not done:
                self._wait_beyond(at, Deadline(None))
            elif self.error is not None:
                raise again(self.error)
            else:
                return

    # ---- expecting

    def expect(self, match: Match, timeout: float | None = WAIT, *, since: int | None = None) -> Message:
        """Wait for a received message that matches.

        Parameters
        ----------
        match : str, re.Pattern, dict or callable
            Filter text (the one grammar), a regex, a JSON subset (``...`` stands for any value), or a function of the message.
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
        TimeoutError
            Nothing matched in time (phase ``"expect"``); the text shows the nearest misses.
        CloseError, EOFError, SocketError
            The connection ended before anything matched.
        """
        matcher = Matcher(match)
        deadline = Deadline(timeout)
        at = start = self._expect_from if since is None else since
        before = self.messages.next_index  # what is there already is looked at whatever the timeout
        while True:
            done = self._done.is_set()
            message, at = self._next(at)
            if message is not None:
                if matcher(message):
                    self._expect_from = max(self._expect_from, at)
                    return message
                if at < before or not deadline.passed:  # a flood of misses must not outlast the timeout
                    continue
            elif done:
                if self.error is not None:
                    raise again(self.error)
                raise SocketError(f"the session was closed before {matcher} came", url=self.url)
            elif self._wait_beyond(at, deadline):
                continue
            raise TimeoutError("expect", timeout or 0, _missed(self.messages, matcher, start, timeout or 0), url=self.url)

    def request(self, data: str | bytes | dict[str, Any] | list[Any], *, match: Match, timeout: float | None = WAIT) -> Message:
        """Send, then expect from that send on.

        Parameters
        ----------
        data : str, bytes, dict or list
            What to send; dict and list go as JSON.
        match : str, re.Pattern, dict or callable
            As for `expect`.
        timeout : float, optional
            Seconds, 10 by default.

        Returns
        -------
        Message
            The answer.

        Raises
        ------
        TimeoutError, CloseError, SocketError
            As `send` and `expect`.
        """
        sent = self.send_json(data) if isinstance(data, (dict, list)) else self.send(data)
        return self.expect(match, timeout, since=sent.index + 1)


def _missed(log: MessageLog, matcher: Matcher, start: int, timeout: float) -> str:
    """Word an expectation that was not met: the nearest misses first."""
    looked = max(start, log.next_index - _LOOK_BACK)
    candidates = [message for message in log.since(looked) if message.direction == "received" and message.kind in ("text", "binary")]
    count = f"{len(candidates):,} message{'' if len(candidates) == 1 else 's'}"
    told = f"nothing matched {matcher} within {timeout:g} s; {'more than ' if looked > start else ''}{count} came meanwhile"
    misses = [(matcher.miss(message), message) for message in candidates]
    near = sorted(misses, key=lambda miss: len(miss[0]))[:3] if any(miss for miss, _ in misses) else misses[-3:]
    lines = [f"  {message!r}" + (f": {'; '.join(miss[:3])}" if miss else "") for miss, message in near]
    return "\n".join([told, *(["nearest misses:", *lines] if lines else [])])
