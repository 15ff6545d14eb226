"""`Steps`: what a call decides, apart from how it waits; and the two ways to run them: `run` blocks its thread, `arun` awaits.

A call such as ``read`` is a generator that yields what it has to wait for (a `Wait`), is sent whether that came, and
returns its result. So each decision is written once, for threads and for event loops. Any thread, any number of event
loops.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Final, Protocol, TypeVar

from ..errors import Error
from ..log.log import MessageLog
from ..transport.deadline import Deadline

T = TypeVar("T")

#: Seconds for which a coroutine may find everything it asks for without giving the event loop's other tasks a turn.
SLICE: Final = 0.005

#: The `index` of a `Change` that no row of the log can bring about.
NO_ROW: Final = 1 << 62


class Wait(Protocol):
    """Something to wait for. An `Error` it raises is raised in the steps that yielded it."""

    def block(self) -> bool:
        """Wait in this thread; tell whether it came."""

    async def pend(self) -> bool:
        """Wait in this thread's event loop; tell whether it came."""


Steps = Generator[Wait, bool, T]


class Change:
    """Wait until something about a log holds.

    Parameters
    ----------
    log : MessageLog
        Whoever changes what is waited for appends to it or wakes it.
    holds : callable
        Cheap.
    deadline : Deadline
        When to stop waiting.
    index : int, default -1
        The row before which an append changes nothing; `NO_ROW` when no append does.
    """

    __slots__ = ("_deadline", "_holds", "_index", "_log")

    def __init__(self, log: MessageLog, holds: Callable[[], bool], deadline: Deadline, index: int = -1) -> None:
        self._log = log
        self._holds = holds
        self._deadline = deadline
        self._index = index

    def block(self) -> bool:
        """As `Wait.block`."""
        return self._log.wait_for(self._holds, self._deadline.left(), index=self._index)

    async def pend(self) -> bool:
        """As `Wait.pend`."""
        came = await self._log.await_for(self._holds, self._deadline.left(), index=self._index)
        _turns.last = time.monotonic()
        return came


class _Turn:
    """Nothing to wait for, but work goes on: an event loop gets its turn when the last one was `SLICE` seconds ago."""

    def block(self) -> bool:
        return True

    async def pend(self) -> bool:
        if time.monotonic() - _turns.last > SLICE:
            from asyncio import sleep  # loaded already, where a loop runs

            await sleep(0)
            _turns.last = time.monotonic()
        return True


class _Turns(threading.local):
    """When this thread's event loop had its last turn from us; a loop stays in its thread."""

    last = 0.0


_turns: Final = _Turns()

#: To be yielded between two pieces of work.
TURN: Final = _Turn()


def run(steps: Steps[T]) -> T:
    """Take steps, waiting in this thread.

    Parameters
    ----------
    steps : generator
        Fresh.

    Returns
    -------
    object
        What they return.
    """
    try:
        wait = next(steps)
        while True:
            try:
                came = wait.block()
            except Error as error:
                wait = steps.throw(error)
            else:
                wait = steps.send(came)
    except StopIteration as end:
        result: T = end.value
        return result


async def arun(steps: Steps[T]) -> T:
    """Take steps, waiting in this thread's event loop. Cancelled at once; what the last step takes is never lost to a cancellation.

    Parameters
    ----------
    steps : generator
        Fresh.

    Returns
    -------
    object
        What they return.
    """
    # Before the first step, not behind the last: a loop over what a flood brings never waits, and must not starve the
    # others.
    await TURN.pend()
    try:
        wait = next(steps)
        while True:
            try:
                came = await wait.pend()
            except Error as error:
                wait = steps.throw(error)
            else:
                wait = steps.send(came)
    except StopIteration as end:
        result: T = end.value
        return result
