"""A `Conversation` whose peer is the test; and `Ask`, which calls a method in a thread or its coroutine twin in an event loop.

No sockets. `Ask` runs each question both ways: what people get must not depend on how they wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from kontena_ws_nb.conversation.conversation import Conversation
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message

#: ``ask(talk.read, 10)`` is ``talk.read(10)`` or ``asyncio.run(talk.aread(10))``.
Ask = Callable[..., Any]


class Talk(Conversation):
    """Hears what the test says and remembers what was sent."""

    url = "ws://test/"

    def __init__(self, log: MessageLog | None = None) -> None:
        super().__init__(MessageLog() if log is None else log)
        self.problem: Exception | None = None
        self.sent: list[Any] = []
        self.answers: list[bytes] = []

    @property
    def error(self) -> Exception | None:
        return self.problem

    def _begin_sending(self, data: Any) -> tuple[Message, None]:
        self.sent.append(data)
        kind, payload = ("text", data.encode()) if isinstance(data, str) else ("binary", bytes(data))
        index = self.messages.add(kind, payload, sent=True)
        for answer in self.answers:
            self.messages.add("text", answer)
        return self.messages[index], None

    def hear(self, *texts: str, kind: str = "text", connection: int = 1) -> None:
        for each in texts:
            self.messages.add(kind, each.encode(), connection=connection)

    def over(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self._done.set()
        self.messages.wake()


def in_a_thread(question: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return question(*arguments, **named)


def in_a_loop(question: Any, *arguments: Any, **named: Any) -> Any:
    return asyncio.run(getattr(question.__self__, "a" + question.__name__)(*arguments, **named))


def later(fn: Callable[..., Any], *arguments: Any, **named: Any) -> threading.Timer:
    """Do something soon, on another thread."""
    timer = threading.Timer(0.05, fn, arguments, named)
    timer.start()
    return timer
