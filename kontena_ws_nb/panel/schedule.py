"""`Schedules`: messages that a panel sends again and again, in the kernel: a page that sleeps neither stops nor bursts them.

What lives here: when to send, and what came of it. What must not: making the message (`templates`), widgets. Each
schedule has a thread; it ends when its session closes or its panel does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from ..feed.comm_messages import RequestError, ScheduleInfo, flag
from ..log.log import MessageLog
from ..redaction.text import printable
from ..transport.threads import start_thread

#: Seconds from one message to the next: from, to.
SHORTEST: Final = 0.1
LONGEST: Final = 86_400.0
#: Messages a schedule may be limited to.
MOST: Final = 1_000_000
#: Failures in a row that end one.
FAILURES: Final = 10
#: Seconds between what pages are told while nothing changes but the number.
_TOLD: Final = 0.5


class Schedule:
    """A message that is sent again and again; `stop` ends it.

    The times are counted from the first message, so that they do not drift. One that is missed (the kernel was busy, the
    computer slept) is left out. While the session connects again nothing is sent. Ten failures in a row end it.

    Parameters
    ----------
    to : str
        Name of the session.
    log : MessageLog
        The session's.
    state : callable
        The session's state.
    send : callable
        Sends a message.
    make : callable
        Makes the message, anew each time.
    every : float
        Seconds.
    count : int, optional
        After how many messages it ends; None for no limit.
    told : callable
        Called when something changed, from its thread.
    clock : callable, optional
        Seconds, rising.

    Raises
    ------
    ValueError
        ``every`` or ``count`` is out of range.
    """

    def __init__(
        self,
        to: str,
        log: MessageLog,
        state: Callable[[], str],
        send: Callable[[str | bytes], object],
        make: Callable[[], str | bytes],
        every: float,
        count: int | None,
        told: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not SHORTEST <= every <= LONGEST:
            raise ValueError(f"every must be {SHORTEST} to {LONGEST:,.0f} seconds, got {every}")
        if count is not None and not 1 <= count <= MOST:
            raise ValueError(f"count must be 1 to {MOST:,}, got {count}")
        #: Name of the session, seconds, and after how many messages it ends.
        self.to, self.every, self.count = to, every, count
        #: How many messages were sent, and what went wrong last; empty when the last one was sent.
        self.sent, self.error = 0, ""
        self._log, self._state, self._send, self._make, self._told, self._clock = log, state, send, make, told, clock
        self._stopped = False
        self._running = True
        self._due = clock()
        self._said = 0.0
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        how = "running" if self.running else "ended"
        of = f" of {self.count:,}" if self.count else ""
        return f"<Schedule to {printable(self.to, 100)} every {self.every:g} s, {how}, {self.sent:,}{of} sent{self.error and f', {self.error}'}>"

    @property
    def running(self) -> bool:
        """Whether it goes on sending."""
        return self._running

    def begin(self) -> None:
        """Send the first message, and go on. Called once.

        Raises
        ------
        Error
            The process cannot start another thread.
        """
        try:
            self._thread = start_thread(self._run, "kontena-ws-schedule")
        except BaseException:
            self._running = False
            raise

    def stop(self, wait: bool = True) -> None:
        """Send nothing any more.

        Parameters
        ----------
        wait : bool, default True
            Return when a message that is being sent has been.
        """
        self._stopped = True
        self._log.wake()
        thread = self._thread
        if wait and thread is not None and thread is not threading.current_thread():
            thread.join()

    def info(self) -> ScheduleInfo:
        """Describe it for a page.

        Returns
        -------
        ScheduleInfo
        """
        return {
            "of": self.to,
            "every": self.every,
            "count": self.count or 0,
            "sent": self.sent,
            "running": flag(self._running),
            "next": max(0.0, self._due - self._clock()),
            "error": self.error,
        }

    def _over(self) -> bool:
        return self._stopped or self._state() not in ("open", "connecting")

    def _run(self) -> None:
        begun, step, failures = self._clock(), 0, 0
        try:
            while failures < FAILURES and self._until(self._due) and self.sent != self.count:
                try:
                    if self._state() == "connecting":
                        self.error = "not sent: connecting"
                    else:
                        self._send(self._make())
                        self.sent, self.error, failures = self.sent + 1, "", 0
                except Exception as error:  # noqa: BLE001 - shown to the reader; the next one may go
                    failures += 1
                    said = getattr(error, "message", None) or str(error) or type(error).__name__
                    self.error = printable(f"not sent: {' '.join(str(said).split())}", 300)
                if self.sent == self.count:
                    break
                # The next of the times that are counted from the first message: those gone by are left out.
                step = max(step + 1, int((self._clock() - begun) / self.every) + 1)
                self._due = begun + step * self.every
                self._tell(bool(self.error))
        finally:
            if failures == FAILURES:
                self.error += f" ({FAILURES} times in a row: ended)"
            self._running = False
            self._tell(True)

    def _until(self, due: float) -> bool:
        """Wait for a moment; False when it is over before."""
        while not self._over():
            left = due - self._clock()
            if left <= 0:
                return True
            # Whoever closes the session, and `stop`, wake those who wait on its log.
            self._log.wait_for(self._over, left)
        return False

    def _tell(self, now: bool) -> None:
        if now or self._clock() - self._said >= _TOLD:
            self._said = self._clock()
            self._told()


class Schedules:
    """The schedules of one panel: one a session, another one takes its place.

    Parameters
    ----------
    told : callable
        Called when something changed, from any thread.
    """

    def __init__(self, told: Callable[[], object]) -> None:
        self.told = told
        self._lock = threading.Lock()
        self._all: dict[str, Schedule] = {}
        self._closed = False

    def begin(self, schedule: Schedule) -> None:
        """Begin one, in the place of another one of the session.

        Parameters
        ----------
        schedule : Schedule
            Not begun.

        Raises
        ------
        RequestError
            The panel is closed.
        Error
            The process cannot start another thread.
        """
        self.stop(schedule.to, wait=True)
        with self._lock:
            if self._closed:
                raise RequestError("the panel is closed; nothing was sent")
            self._all = {name: one for name, one in self._all.items() if one.running}
            schedule.begin()
            self._all[schedule.to] = schedule
        self.told()

    def stop(self, to: str, *, wait: bool = False) -> None:
        """Stop a session's, if it has one.

        Parameters
        ----------
        to : str
            Name of the session.
        wait : bool, default False
            As for `Schedule.stop`.
        """
        with self._lock:
            found = self._all.get(to)
        if found is not None:
            found.stop(wait)

    @property
    def all(self) -> list[Schedule]:
        """Those that run, and what came of the last one of each session since."""
        with self._lock:
            return list(self._all.values())

    def close(self) -> None:
        """Stop all, and begin none any more."""
        with self._lock:
            self._closed = True
        for one in self.all:
            one.stop()
