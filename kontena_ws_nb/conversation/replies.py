"""`Reply`: a rule that answers received messages, on a thread of its own."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol, Union

from ..errors import Error
from ..log.filter.patterns import SlowPatternError
from ..log.log import MessageLog
from ..log.message import Message
from ..redaction.payloads import mask
from .data import encoded
from .matcher import Match, Matcher

_logger = logging.getLogger("kontena_ws_nb.session")

#: Replies within a second after which a rule ends: it and the server answer each other.
_MOST: Final = 100

#: What is sent: text, bytes, what is written as JSON, or a function of the message that gives one of them, or None.
Answer = Union[str, bytes, dict[str, Any], "list[Any]", Callable[[Message], object]]


class Sender(Protocol):
    """What a rule needs of a session."""

    messages: MessageLog

    def send_reply(self, data: str | bytes) -> object:
        """Send one message; the next wait does not begin behind it."""

    def note_error(self, text: str) -> None:
        """Add a row of kind ``"error"``."""


class Reply:
    """A running rule; made by `Session.reply`.

    Parameters
    ----------
    sender : Sender
        Whose messages are answered.
    match : str, re.Pattern, dict, list or callable
        Which of them: as for `Session.expect`.
    answer : str, bytes, dict, list or callable
        With what.

    Attributes
    ----------
    count : int
        Messages it has answered.

    Raises
    ------
    TypeError, ValueError
        As `Session.reply`.
    """

    def __init__(self, sender: Sender, match: Match, answer: Answer) -> None:
        self._matcher = Matcher.of(match)
        if not callable(answer):
            encoded(answer)  # refused before anything is answered
        self._sender = sender
        self._answer = answer
        self._recent: deque[float] = deque(maxlen=_MOST)
        self.count = 0
        self._observer = sender.messages.observe(self._look)

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._observer.closed

    def close(self) -> None:
        """Answer no more messages."""
        self._observer.close()

    def _look(self, start: int, stop: int) -> None:
        log = self._sender.messages
        for index in range(start, stop):
            message = log.get(index)
            if self.closed:
                return
            if message is None or message.direction == "sent" or message.incomplete:
                continue
            if message.kind in ("text", "binary"):
                self._consider(message)

    def _consider(self, message: Message) -> None:
        try:
            if not self._matcher(message):
                return
        except SlowPatternError as error:
            self._end(str(error))
            return
        try:
            answer = self._answer(message) if callable(self._answer) else self._answer
            data = None if answer is None else encoded(answer)
        except Exception as error:  # the person's own function, on our thread: told, and the next message is tried
            _logger.exception("the reply to message %d failed", message.index)
            self._sender.note_error(f"the reply to message {message.index} failed: {type(error).__name__}: {error}")
            return
        if data is not None:
            self._send(data, message)

    def _send(self, data: str | bytes, message: Message) -> None:
        now = time.monotonic()
        if len(self._recent) == _MOST and now - self._recent[0] < 1:
            self._end(f"it answered {_MOST} messages within a second; does the server answer the answers?")
            return
        self._recent.append(now)
        try:
            self._sender.send_reply(data)
            self.count += 1
        except Error as error:  # the connection is being lost, which the reader reports
            _logger.debug("message %d was not answered: %s", message.index, error)

    def _end(self, why: str) -> None:
        self.close()
        self._sender.note_error(f"the rule that replies to {self._matcher} has ended: {why}")

    def __repr__(self) -> str:
        return mask(f"<Reply to {self._matcher}, {self.count:,} sent{', closed' if self.closed else ''}>")

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
