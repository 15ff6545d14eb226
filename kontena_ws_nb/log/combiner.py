"""`Combiner`: many threads write, one at a time, and the reader thread never waits for any of them (flat combining).

Every writer queues its job; whoever holds the writer role does all that are queued, and nobody leaves while something
is queued and the role is free. `offer` is called by the reader thread, `submit` by any other.

A KeyboardInterrupt can strike a submitting thread anywhere, also while it does the reader's jobs: a job stays queued
until it is done, and doing it again must resume it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from ..system import forks

_logger = logging.getLogger("kontena_ws_nb.log")


class Job(Protocol):
    """Something to be done by whoever holds the role."""

    #: Whether it is done; False at first.
    done: bool
    #: What went wrong; the job is given up then.
    error: Exception | None


J = TypeVar("J", bound=Job)
T = TypeVar("T")


class Combiner(Generic[J]):
    """A queue of jobs and the role of doing them.

    Parameters
    ----------
    perform : callable
        Does one job; called again with the same one after an interrupt.
    after : callable
        Called without the role after jobs were done.
    """

    def __init__(self, perform: Callable[[J], object], after: Callable[[], object]) -> None:
        self._perform = perform
        self._after = after
        self._queue: deque[J] = deque()
        self._role = forks.lock()

    def offer(self, job: J) -> None:
        """Have a job done soon; never waits. Somebody who holds the role already does it, else the caller.

        Parameters
        ----------
        job : Job
            The job.

        Raises
        ------
        Exception
            What performing it here raised.
        """
        self._queue.append(job)
        while self._queue and self._role.acquire(blocking=False):
            try:
                self._combine()
            finally:
                self._role.release()
            self._after()
        if job.error is not None:
            raise job.error

    def submit(self, job: J) -> None:
        """Have a job done, and wait for it: microseconds.

        Parameters
        ----------
        job : Job
            The job.

        Raises
        ------
        Exception
            What performing it raised.
        """
        self._queue.append(job)
        try:
            while not job.done:
                # Not acquire(): an interrupt between it and a `try` would keep the role for ever.
                with self._role:
                    self._combine()
        finally:
            self.help()
            self._after()
        if job.error is not None:
            raise job.error

    def at_once(self, act: Callable[..., T], *arguments: object) -> T | None:
        """Do something small in the role, without a job, unless something is queued. What `after` does is the caller's.

        Parameters
        ----------
        act : callable
            Does nothing, or all of it in one step that no interrupt can divide.
        *arguments
            What it is called with.

        Returns
        -------
        object or None
            What it returns; None when others come first, and nothing was done.
        """
        if self._queue:
            return None
        try:
            with self._role:
                return None if self._queue else act(*arguments)
        finally:
            if self._queue:  # by who found the role taken
                self.help()

    def offer_at_once(self, act: Callable[..., T], *arguments: object) -> T | None:
        """As `at_once`, without ever waiting: for the thread that calls `offer`.

        Parameters
        ----------
        act, *arguments
            As for `at_once`.

        Returns
        -------
        object or None
            What it returns; None when others come first or somebody holds the role, and nothing was done.
        """
        if self._queue or not self._role.acquire(blocking=False):
            return None
        try:
            return None if self._queue else act(*arguments)
        finally:
            self._role.release()
            if self._queue:
                self.help()

    def help(self) -> None:
        """Do what is queued, unless somebody is at it."""
        while self._queue and not self._role.locked():
            with self._role:
                self._combine()
            self._after()

    def _combine(self) -> None:
        queue = self._queue
        while queue:
            job = queue[0]
            if not job.done:
                try:
                    self._perform(job)
                except Exception as error:  # handed to whoever queued it; the others' jobs go on
                    job.error = error
                    _logger.exception("writing to the log failed")
                job.done = True
            queue.popleft()
