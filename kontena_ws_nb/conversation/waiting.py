"""`Flow`: a generator that yields what it waits for, so that one implementation serves threads and event loops.

A method such as ``read`` is a generator. It yields a `Wait`, is sent whether the event came, and returns its result.
`run` runs it in a thread, `arun` in an event loop. Any thread, any number of event loops.
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

#: Seconds for which a coroutine that never has to wait may run before the event loop's other tasks get a turn.
SLICE: Final = 0.005

#: The `index` of a `Change` that no new row can cause.
NO_ROW: Final = 1 << 62


class Wait(Protocol):
    """Something to wait for. An `Error` it raises is thrown into the flow that yielded it."""

    def block(self) -> bool:
        """Wait, blocking this thread; return whether it happened."""

    async def pend(self) -> bool:
        """Wait, without blocking the event loop; return whether it happened."""


Flow = Generator[Wait, bool, T]


class Change:
    """Waits until a condition about a log holds.

    Parameters
    ----------
    log : MessageLog
        The condition is checked again when rows are appended to it or when it is woken.
    holds : callable
        The condition; must be quick.
    deadline : Deadline
        When to stop waiting.
    index : int, default -1
        Rows before this index need not check the condition; `NO_ROW` if no row does.
    wait : callable, optional
        Waits, blocking this thread, given ``holds``, ``deadline`` and ``index``; by default `MessageLog.wait_for` does.
    """

    __slots__ = ("_deadline", "_holds", "_index", "_log", "_wait")

    def __init__(
        self,
        log: MessageLog,
        holds: Callable[[], bool],
        deadline: Deadline,
        index: int = -1,
        wait: Callable[[Callable[[], bool], Deadline, int], bool] | None = None,
    ) -> None:
        self._log = log
        self._holds = holds
        self._deadline = deadline
        self._index = index
        self._wait = wait

    def block(self) -> bool:
        """As `Wait.block`."""
        if self._wait is not None:
            return self._wait(self._holds, self._deadline, self._index)
        return self._log.wait_for(self._holds, self._deadline.left(), index=self._index)

    async def pend(self) -> bool:
        """As `Wait.pend`."""
        came = await self._log.await_for(self._holds, self._deadline.left(), index=self._index)
        _turns.last = time.monotonic()
        return came


class _Turn:
    """Nothing to wait for: gives the event loop a turn if it had none for `SLICE` seconds."""

    def block(self) -> bool:
        return True

    async def pend(self) -> bool:
        if time.monotonic() - _turns.last > SLICE:
            from asyncio import sleep  # loaded already, where a loop runs

            await sleep(0)
            _turns.last = time.monotonic()
        return True


class _Turns(threading.local):
    """When this thread's event loop last had a turn; an event loop stays in its thread."""

    last = 0.0


_turns: Final = _Turns()

#: Yielded between two pieces of work.
TURN: Final = _Turn()


def run(flow: Flow[T]) -> T:
    """Run a flow, blocking this thread where it waits.

    Parameters
    ----------
    flow : generator
        Not started yet.

    Returns
    -------
    object
        What the flow returns.
    """
    try:
        wait = next(flow)
        while True:
            try:
                came = wait.block()
            except Error as error:
                wait = flow.throw(error)
            else:
                wait = flow.send(came)
    except StopIteration as end:
        result: T = end.value
        return result


async def arun(flow: Flow[T]) -> T:
    """Run a flow without blocking the event loop.

    A cancellation cannot come between the flow's last action and its return.

    Parameters
    ----------
    flow : generator
        Not started yet.

    Returns
    -------
    object
        What the flow returns.
    """
    # Messages may come so fast that no flow of a loop ever waits: other tasks get a turn here. Before the flow, not
    # after it, where a cancellation would lose its result.
    await TURN.pend()
    try:
        wait = next(flow)
        while True:
            try:
                came = await wait.pend()
            except Error as error:
                wait = flow.throw(error)
            else:
                wait = flow.send(came)
    except StopIteration as end:
        result: T = end.value
        return result
