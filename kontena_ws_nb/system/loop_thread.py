"""`LoopThread`: an asyncio event loop in a daemon thread, which serves on loopback until it is stopped.

Public methods may be called from any thread; coroutines run on the loop's.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent import futures
from typing import Any, Final, TypeVar

T = TypeVar("T")

#: Seconds to wait for the thread to start, end or do something; all normally take milliseconds.
DEADLINE: Final = 10.0


class LoopThread:
    """One loop, one thread, one thing that is served.

    Parameters
    ----------
    name : str
        The thread's name.
    begin : callable
        A coroutine function: starts to serve.
    end : callable
        A coroutine function: ends what `begin` started.
    logger : logging.Logger
        Told when `end` fails.
    """

    def __init__(
        self,
        name: str,
        begin: Callable[[], Awaitable[object]],
        end: Callable[[], Awaitable[object]],
        logger: logging.Logger,
    ) -> None:
        self._name = name
        self._begin = begin
        self._end = end
        self._logger = logger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it serves: from `start` to `stop`."""
        return self._loop is not None

    def start(self) -> None:
        """Start the thread, and wait until it serves.

        Raises
        ------
        Exception
            What ``begin`` raised; the thread has ended.
        """
        started: futures.Future[None] = futures.Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name=self._name, daemon=True)
        self._thread.start()
        try:
            started.result(DEADLINE)
        except BaseException:
            self._thread.join(DEADLINE)
            raise

    def stop(self) -> None:
        """Stop serving and end the thread; nothing when it does not run."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(DEADLINE)
            self._loop = None

    def leave(self) -> None:
        """Ask the thread to stop, without waiting: from a finalizer, which may run anywhere."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)

    def call(self, coroutine: Coroutine[Any, Any, T], timeout: float | None = DEADLINE) -> T:
        """Run something on the loop, and wait for it.

        Parameters
        ----------
        coroutine : coroutine
            What to run.
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        RuntimeError
            The thread does not run.
        TimeoutError
            The time was up; the coroutine is cancelled.
        """
        if self._loop is None:
            coroutine.close()
            raise RuntimeError(f"{self._name} does not run")
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(timeout)
        except futures.TimeoutError as error:  # the builtin one only from Python 3.11 on
            raise TimeoutError(*error.args) from error
        finally:
            future.cancel()

    def forked(self, sockets: Iterable[socket.socket]) -> None:
        """Give sockets up in a forked child, so that the parent's ports are free when the parent stops.

        Parameters
        ----------
        sockets : iterable of socket.socket
            The server's, and those of its connections.
        """
        # asyncio's transports will close the descriptors again, so replace them by /dev/null instead of closing them.
        null = os.open(os.devnull, os.O_RDWR)
        for sock in sockets:
            if sock.fileno() >= 0:  # else it was being closed
                os.dup2(null, sock.fileno(), inheritable=False)
        os.close(null)
        self._loop = None

    def _run(self, started: futures.Future[None]) -> None:
        try:
            asyncio.run(self._main(started))
        except BaseException as error:
            if started.done():
                self._logger.exception("%s ended", self._name)
            else:
                started.set_exception(error)

    async def _main(self, started: futures.Future[None]) -> None:
        await self._begin()
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        started.set_result(None)
        await self._stop.wait()
        await self._end()
