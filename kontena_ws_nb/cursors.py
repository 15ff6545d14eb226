"""`Cursors`: where reading, iterating, expecting and collecting are in a log, and what each does next.

What lives here: every decision, once, as steps (`steps`) that threads and event loops take. What must not: waiting, connections, what people
type (`conversation`). Any thread.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import Final, NoReturn, Protocol

from .errors import SocketError, TimeoutError, again
from .log.log import MessageLog
from .log.matcher import Matcher, Miss
from .log.message import Message
from .steps import TURN, Change, Steps
from .wire.deadline import Deadline

#: Rows that are searched for near misses, and seconds for it.
_LOOK_BACK: Final = 1000
_BUDGET: Final = 0.25
#: Near misses that are shown, and lines about each.
_NEAREST: Final = 3
_LINES: Final = 5


class Flag(Protocol):
    """Something that becomes true: an `Event`, a `Latch`."""

    def is_set(self) -> bool:
        """Tell whether it did."""

    def set(self) -> object:
        """Make it true."""


class Cursors(ABC):
    """Places in a log that grows until the conversation is over.

    Parameters
    ----------
    messages : MessageLog
        The log.
    """

    #: Where it leads, secrets masked.
    url: str

    def __init__(self, messages: MessageLog) -> None:
        self.messages = messages
        #: Set when the conversation is over, after its last row.
        self._done: Flag = threading.Event()
        self._cursor = 0
        self._expect_from = 0
        self._cursor_lock = threading.Lock()
        # With on_full="block", what `read` has not taken holds the reader (design section 6).
        self._consumer = messages.consumer() if messages.on_full == "block" else None

    @property
    @abstractmethod
    def error(self) -> Exception | None:
        """Why it ended; None while all is well and when it was closed by us."""

    # ---- one after the other

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
                self._raise_end()
                return None
            if not (yield self._beyond(self._cursor, deadline)):
                raise TimeoutError("read", timeout or 0, f"no message within {timeout:g} s", url=self.url)

    def _walking(self, at: int) -> Steps[Message | None]:
        """Find the next message from an index on, however long it takes; None when closed by us."""
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

    # ---- until something comes

    def _expecting(self, matcher: Matcher, timeout: float | None, since: int | None) -> Steps[Message]:
        """Find the first message that matches."""
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
                    yield TURN
                    continue
            elif done:
                self._unmet(str(matcher))
            elif (lost := matcher.hopeless(self.messages)) is not None:
                raise SocketError(lost, url=self.url, hint="it may have arrived all the same; ask again on the new connection")
            elif (yield self._beyond(at, deadline)):
                continue
            told = f"nothing matched {matcher} within {timeout:g} s"
            raise TimeoutError("expect", timeout or 0, (yield from self._missed(told, matcher, start)), url=self.url)

    def _collecting(
        self, count: int | None, until: Matcher | None, seconds: float | None, timeout: float | None, since: int | None
    ) -> Steps[list[Message]]:
        """Gather messages until there are enough, one matches, or the seconds are over."""
        deadline = Deadline(timeout if seconds is None else seconds)
        before = self.messages.next_index
        if since is None:
            since = before if count is None and until is None else self._expect_from
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
            # No more comes, or no more is wanted. Whoever names seconds takes what came; a count or match alone is a promise.
            if seconds is not None:
                if done and not got:
                    self._raise_end()
                break
            wanted = str(until) if count is None else f"{count:,} messages" if until is None else f"{until} or {count:,} messages"
            if done and message is None:
                self._unmet(wanted)
            told = f"{wanted} did not come within {timeout:g} s"
            if until is not None:
                told = yield from self._missed(told, until, since)
            else:
                told += f"; {len(got):,} did, and stay in ws.messages from {since} on"
            raise TimeoutError("expect", timeout or 0, told, url=self.url)
        self._expect_from = max(self._expect_from, at)
        return got

    def _unmet(self, wanted: str) -> NoReturn:
        """Raise why nothing comes any more."""
        self._raise_end()
        raise SocketError(f"the session was closed before {wanted} came", url=self.url)

    def _missed(self, told: str, matcher: Matcher, start: int) -> Steps[str]:
        """Word an expectation that was not met: the nearest misses first."""
        log, until = self.messages, time.monotonic() + _BUDGET
        looked = max(start, log.next_index - _LOOK_BACK)
        candidates = [message for message in log.since(looked) if message.direction == "received" and message.kind in ("text", "binary")]
        misses: list[tuple[Miss, Message]] = []
        for message in reversed(candidates):
            misses.append((matcher.miss(message), message))
            if time.monotonic() > until:
                break
            yield TURN
        # The sort keeps the order of what is equally near: the newest first.
        nearest = sorted(misses, key=lambda miss: (-miss[0].met, len(miss[0].lines)))[:_NEAREST]
        count = f"{'more than ' if looked > start else ''}{len(candidates):,} message{'' if len(candidates) == 1 else 's'}"
        lines = [f"{told}; {count} came meanwhile", *(["nearest misses:"] if nearest else [])]
        for miss, message in nearest:
            lines.append(f"  {message!r}")
            lines += [f"      {line}" for line in miss.lines[:_LINES]]
            if len(miss.lines) > _LINES:
                lines.append(f"      … and {len(miss.lines) - _LINES:,} more")
        return "\n".join(lines)
