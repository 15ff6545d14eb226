"""`Waiters`: threads and coroutines that wait for a log to change, without a lock that whoever changes it could have to wait for.

`wake` is called by writers, the reader thread among them, and costs next to nothing when nobody waits. A thread waits
at a lock, a coroutine at a future of its own event loop; when to look and when to give up is decided in one place for
both (`_looks`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import Final, Protocol, TypeVar

#: Seconds after which a waiter looks again by itself. An interrupt can strike a waking thread before it has opened
#: every gate.
HEARTBEAT: Final = 1.0


class _Gate(Protocol):
    """One waiter."""

    @property
    def index(self) -> int:
        """The row that is waited for."""

    def open(self) -> None:
        """Let the waiter look again; on any thread, any number of times, never waits."""


class _ThreadGate:
    """A thread that waits: a held lock."""

    __slots__ = ("index", "lock")

    def __init__(self, index: int) -> None:
        self.index = index
        self.lock = threading.Lock()
        self.lock.acquire()

    def open(self) -> None:
        try:
            self.lock.release()
        except RuntimeError:
            pass  # another thread opened it


class _LoopGate:
    """A coroutine that waits: a future of the event loop it runs in."""

    __slots__ = ("_called", "_future", "_loop", "index")

    def __init__(self, index: int) -> None:
        from asyncio import get_running_loop  # loaded already, where a loop runs; 30 ms for those who never use one

        self.index = index
        self._loop = get_running_loop()
        self._future = self._loop.create_future()
        self._called = False

    def open(self) -> None:
        # Once: a flood must not queue a callback for every batch with a loop that is busy.
        if not self._called:
            self._called = True
            try:
                self._loop.call_soon_threadsafe(self._resolve)
            except RuntimeError:
                pass  # the loop was closed, and with it whoever waited: no business of the thread that writes

    def _resolve(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    async def opened(self, seconds: float) -> None:
        """Wait until it is open, or the time is up."""
        timer = self._loop.call_later(seconds, self._resolve)
        try:
            await self._future
        finally:
            timer.cancel()


G = TypeVar("G", bound=_Gate)


class Waiters:
    """Who waits. Each waiter has a gate of its own; the tuple of gates is replaced, never changed, so that waking needs no lock."""

    def __init__(self) -> None:
        self._gates: tuple[_Gate, ...] = ()
        self._changing = threading.Lock()  # among waiters

    def wake(self, next_index: int | None = None) -> None:
        """Make those who wait look again.

        Parameters
        ----------
        next_index : int, optional
            The log has rows up to here: who waits for a later one sleeps on, and does not take the GIL from the reader.
            None wakes everybody.
        """
        for gate in self._gates:
            if next_index is None or gate.index < next_index:
                gate.open()

    def wait_for(
        self,
        done: Callable[[], bool],
        timeout: float | None = None,
        heartbeat: Callable[[], object] | None = None,
        index: int = -1,
        also: Sequence[Waiters] = (),
    ) -> bool:
        """Wait until something holds.

        Parameters
        ----------
        done : callable
            Asked now, and after every `wake`.
        timeout : float, optional
            Seconds; None waits for ever.
        heartbeat : callable, optional
            Called before each look.
        index : int, optional
            Rows before this one are not worth a look; by default every row is.
        also : sequence of Waiters, optional
            A `wake` of one of these is worth a look too.

        Returns
        -------
        bool
            The last answer.
        """
        looks = self._looks(done, timeout, heartbeat, lambda: _ThreadGate(index), also)
        try:
            while True:
                gate, left = next(looks)
                gate.lock.acquire(timeout=left)
        except StopIteration as end:
            return bool(end.value)
        finally:
            looks.close()

    async def await_for(
        self,
        done: Callable[[], bool],
        timeout: float | None = None,
        heartbeat: Callable[[], object] | None = None,
        index: int = -1,
    ) -> bool:
        """As `wait_for`, without blocking the event loop. Cancelled at once.

        Parameters
        ----------
        done, timeout, heartbeat, index
            As for `wait_for`; called in the event loop.

        Returns
        -------
        bool
            The last answer.
        """
        looks = self._looks(done, timeout, heartbeat, lambda: _LoopGate(index))
        try:
            while True:
                gate, left = next(looks)
                await gate.opened(left)
        except StopIteration as end:
            return bool(end.value)
        finally:
            looks.close()

    def _looks(
        self,
        done: Callable[[], bool],
        timeout: float | None,
        heartbeat: Callable[[], object] | None,
        make: Callable[[], G],
        also: Sequence[Waiters] = (),
    ) -> Generator[tuple[G, float], None, bool]:
        """Look until it holds or the time is up; between two looks give the gate to wait at, and how long."""
        end = None if timeout is None else time.monotonic() + timeout
        while not done():
            left = HEARTBEAT if end is None else min(HEARTBEAT, end - time.monotonic())
            if left <= 0:
                return False
            if heartbeat is not None:
                heartbeat()
            gate = make()
            try:
                for waiters in (self, *also):
                    with waiters._changing:
                        waiters._gates = (*waiters._gates, gate)
                # Asked again with the gate in place: what changed before has been seen, what changes from here on opens
                # it.
                if done():
                    return True
                yield gate, left
            finally:
                for waiters in (self, *also):
                    with waiters._changing:
                        waiters._gates = tuple(other for other in waiters._gates if other is not gate)
        return True
