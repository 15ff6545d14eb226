"""`MessageLog`: a sequence of messages that can be waited for, observed and searched, and that connections write to.

It puts the parts together: how rows are kept is `store`'s, how writers take turns `combiner`'s, how waiting works
`waiters`'.

One reader thread appends batches and never waits for anybody; senders append single rows and wait microseconds for
their index; everybody else reads without a lock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, TypeVar
from weakref import ref

from ..protocol.frames import Batch
from ..render import bundle
from ..system import forks
from .combiner import Combiner
from .kinds import CODES
from .notifier import Observer
from .retention import STEP, Budget, Consumer
from .segment import ROW_BYTES, SENT
from .sequence import Reading
from .store import Store
from .waiters import Waiters

if TYPE_CHECKING:
    from .view import View


#: Bytes beyond ``max_bytes`` that a log that drops keeps for a consumer that it spares.
SPARED: Final = 64 << 20


class _Append:
    """A job: rows to append."""

    __slots__ = ("batch", "connection", "done", "error", "first", "log", "time_ns")

    log: MessageLog

    def __init__(self, batch: Batch, time_ns: int, connection: int) -> None:
        self.done = False
        self.error: Exception | None = None
        self.batch = batch
        self.time_ns = time_ns
        self.connection = connection
        self.first = -1  # the permanent index of its first row, once begun


class _Change:
    """A job: something else to be done while nobody writes."""

    __slots__ = ("act", "done", "error", "log")

    log: MessageLog

    def __init__(self, act: Callable[[], object]) -> None:
        self.done = False
        self.error: Exception | None = None
        self.act = act


J = TypeVar("J", _Append, _Change)


class MessageLog(Reading):
    """Every message of a session, in one order.

    ``log[n]`` is a permanent index: it never changes, and `IndexError` says when retention dropped the row. ``log[-1]``
    is the newest, ``len(log)`` counts what is kept, iteration starts at ``first_index``. Slices take permanent indexes
    too. Rows that are recorded to a file (`Session.record`) are kept there: what is dropped from memory is read from it.

    Parameters
    ----------
    max_bytes : int, optional
        Bytes to keep, 256 MiB by default: payloads and 21 bytes a row. None keeps everything.
    max_messages : int, optional
        Rows to keep; None (the default) keeps everything. Old rows go by the segment: up to 4,096 of them, or an eighth
        of a smaller limit, at once.
    on_full : {"drop", "block", "close"}, default "drop"
        What a full log does: drop the oldest rows; or keep what a registered consumer has not taken (``"block"``) or
        everything (``"close"``), and be `full`, upon which the session acts.
    budget : Budget, optional
        A limit that several logs share.

    Raises
    ------
    ValueError
        A limit that is not more than 0, or another ``on_full``.
    """

    def __init__(
        self,
        max_bytes: int | None = 256 << 20,
        max_messages: int | None = None,
        on_full: Literal["drop", "block", "close"] = "drop",
        *,
        budget: Budget | None = None,
    ) -> None:
        for name, limit in (("max_bytes", max_bytes), ("max_messages", max_messages)):
            if limit is not None and limit <= 0:
                raise ValueError(f"{name} must be more than 0, got {limit}; None means no limit")
        if on_full not in ("drop", "block", "close"):
            raise ValueError(f"on_full is one of drop, block, close, got {on_full!r}")
        store, waiters = Store(max_bytes, max_messages), Waiters()
        super().__init__(store)
        self._on_full = on_full
        self._waiters = waiters
        # Jobs name their log, the combiner does not: a log that nobody holds is freed at once and does not count for
        # its `Budget` any more.
        self._combiner: Combiner[_Append | _Change] = Combiner(
            lambda job: job.log._perform(job), lambda: waiters.wake(store.next)
        )
        self._observers: tuple[Observer, ...] = ()
        self._owner: Callable[[], object] = lambda: None
        self._resting = False
        self._consumers: tuple[Consumer, ...] = ()
        self._sparing: tuple[Consumer, ...] = ()
        self._consumers_lock = forks.lock()
        self._budget = budget
        #: The budget is checked again when so many bytes were ever held.
        self._unchecked: float = math.inf if budget is None else STEP
        if budget is not None:
            budget.join(self)

    # ---- writing

    def append(self, batch: Batch, time_ns: int, connection: int = 1) -> None:
        """Append a decoded batch; never waits. Called by the reader thread.

        Parameters
        ----------
        batch : Batch
            Handed over: not used by anybody else afterwards.
        time_ns : int
            Arrival, nanoseconds since the epoch.
        connection : int, default 1
            Which connection of the session it came from.
        """
        if len(batch.flags) == 1 and batch.starts is None and not batch.fragments:
            # One message at a time, as from most servers: a third of the time of a job.
            low, high = batch.bounds
            whole = high - low == len(batch.data)
            if whole or high - low < self._store.large:
                data = batch.data if whole else batch.data[low:high]
                index = self._combiner.offer_at_once(
                    self._store.put, data, batch.flags[0], time_ns, connection, self._unchecked
                )
                if index is not None:
                    self._waiters.wake(index + 1)
                    return
        self._combiner.offer(self._mine(_Append(batch, time_ns, connection)))

    def add(
        self,
        kind: str,
        data: bytes,
        *,
        sent: bool = False,
        time_ns: int | None = None,
        connection: int = 1,
        flags: int = 0,
    ) -> int:
        """Append one row and tell its index. Called by senders and for lifecycle rows, on any thread.

        Parameters
        ----------
        kind : str
            As `Message.kind`.
        data : bytes
            Payload.
        sent : bool, default False
            Direction.
        time_ns : int, optional
            Nanoseconds since the epoch; now by default.
        connection : int, default 1
            Which connection of the session it belongs to.
        flags : int, default 0
            Further flag bits.

        Returns
        -------
        int
            The row's permanent index.
        """
        code = CODES[kind] | SENT | flags if sent else CODES[kind] | flags
        if time_ns is None:
            time_ns = time.time_ns()
        index = self._combiner.at_once(self._store.put, data, code, time_ns, connection, self._unchecked)
        if index is not None:
            self._waiters.wake(index + 1)
            return index
        job = _Append(Batch.one(data, code), time_ns, connection)
        self._combiner.submit(self._mine(job))
        return job.first

    def clear(self, *, undo: bool = False) -> None:
        """Forget every row, and its bookmark. Indexes go on: the next row is not 0 again.

        Parameters
        ----------
        undo : bool, default False
            Keep the rows aside, so that `undo_clear` can bring them back; by default their memory is free at once. What
            is aside counts as `held`. Its oldest rows go, as they would have without `clear`, when ``max_bytes``,
            ``max_messages`` or a `Budget` needs their memory, and all of it goes with the next `clear` without
            ``undo``. (The panel's Clear keeps it for a minute.)

        Examples
        --------
        >>> log = MessageLog()
        >>> log.add("text", b"hello")
        0
        >>> log.clear(undo=True)
        >>> len(log), log.undoable
        (0, 1)
        >>> log.undo_clear(), log[0].text
        (1, 'hello')
        """
        self._combiner.submit(self._mine(_Change(lambda: self._store.clear(undoable=undo))))

    def undo_clear(self) -> int:
        """Bring back what ``clear(undo=True)`` forgot: with its indexes and bookmarks, in front of what came since.

        What was cleared several times so comes back together. Filters search again.

        Returns
        -------
        int
            How many rows; 0 when there is nothing to bring back any more.
        """
        found: list[int] = []
        self._combiner.submit(self._mine(_Change(lambda: found.append(self._store.undo()))))
        return sum(found)

    def forget_cleared(self) -> None:
        """Give the memory of what `undo_clear` could bring back to the system."""
        self._combiner.submit(self._mine(_Change(self._store.forget)))

    @property
    def undoable(self) -> int:
        """How many rows `undo_clear` would bring back."""
        return self._store.undoable

    def shed(self, size: int) -> None:
        """Drop the oldest rows, by the segment; the newest segment stays. Never waits: it may happen a moment later.

        Parameters
        ----------
        size : int
            Bytes to drop at least, counted as `held` does.
        """
        self._combiner.offer(self._mine(_Change(lambda: self._store.shed(size))))

    def _mine(self, job: J) -> J:
        job.log = self
        return job

    def _perform(self, job: _Append | _Change) -> None:
        """Write one job's rows, or the rest of them after an interrupt. Called with the writer role."""
        if isinstance(job, _Change):
            job.act()
            return
        store = self._store
        if job.first < 0:
            job.first = store.next
        store.write(job.batch, job.time_ns, job.connection, store.next - job.first)
        if self._on_full == "drop":
            if self._sparing:
                store.retain(min(consumer.position for consumer in self._sparing), (self.max_bytes or 0) + SPARED)
            else:
                store.retain()
        elif self._on_full == "block":
            store.retain(self._slowest())
        if self._budget is not None:
            grown = store.written + ROW_BYTES * store.next
            if grown >= self._unchecked:
                self._unchecked = grown + STEP
                self._budget.check()

    # ---- being full

    @property
    def max_bytes(self) -> int | None:
        """Bytes it keeps, payloads and 21 bytes a row; None means no limit."""
        return self._store.max_bytes

    @property
    def max_messages(self) -> int | None:
        """Rows it keeps; None means no limit."""
        return self._store.max_rows

    @property
    def on_full(self) -> Literal["drop", "block", "close"]:
        """What it does when it is full."""
        return self._on_full

    def consumer(self, position: int | None = None, *, spare: bool = False) -> Consumer:
        """Register somebody whose unread rows must not be dropped with ``on_full="block"``.

        Parameters
        ----------
        position : int, optional
            Permanent index of the first row it needs; the oldest in memory by default.
        spare : bool, default False
            Also a log that drops keeps what it has not taken, up to 64 MiB beyond ``max_bytes``.

        Returns
        -------
        Consumer
            Assign to its ``position`` as rows are taken; ends with its ``close()``.
        """
        consumer = Consumer(self._store.first if position is None else position, self._waiters.wake, self._forget)
        with self._consumers_lock:
            self._consumers = (*self._consumers, consumer)
            if spare:
                self._sparing = (*self._sparing, consumer)
        return consumer

    def _forget(self, consumer: Consumer) -> None:
        with self._consumers_lock:
            self._consumers = tuple(other for other in self._consumers if other is not consumer)
            self._sparing = tuple(other for other in self._sparing if other is not consumer)
        self._waiters.wake()

    def _slowest(self) -> int | None:
        return min((consumer.position for consumer in self._consumers), default=None)

    @property
    def full(self) -> bool:
        """Whether its writer has to stop for now (``"block"``) or for good (``"close"``); a log that drops is never full.

        With ``on_full="block"``: the rows that the slowest registered consumer has not taken exceed ``max_bytes`` or
        ``max_messages``. ``wait_for(lambda: not log.full or …)`` waits until somebody took enough.
        """
        if self.on_full == "drop":
            return False
        slowest = self._store.first if self.on_full == "close" else self._slowest()
        return slowest is not None and self._store.exceeds(slowest)

    @property
    def room(self) -> int | None:
        """Bytes, payloads and 21 a row, that may come until it is `full`; None when it never is."""
        if self.on_full == "drop":
            return None
        slowest = self.first_index if self.on_full == "close" else self._slowest()
        return None if slowest is None else self._store.room(slowest)

    # ---- waiting

    def wait(self, index: int, timeout: float | None = None) -> bool:
        """Wait until a row exists.

        Parameters
        ----------
        index : int
            A permanent index.
        timeout : float, optional
            Seconds; None waits for ever.

        Returns
        -------
        bool
            False when the time was up.
        """
        return self.wait_for(lambda: self.next_index > index, timeout, index=index)

    def wait_for(
        self,
        done: Callable[[], bool],
        timeout: float | None = None,
        *,
        index: int = -1,
        also: Sequence[MessageLog] = (),
    ) -> bool:
        """Wait until something about the log (or whoever calls `wake`) holds.

        Parameters
        ----------
        done : callable
            Cheap; asked after every append, with no lock of the writer held.
        timeout : float, optional
            Seconds; None waits for ever.
        index : int, optional
            The permanent index of a row before which an append cannot change the answer; by default every append may.
        also : sequence of MessageLog, optional
            Other logs whose appends, and `wake`, are worth a look too.

        Returns
        -------
        bool
            The last answer.
        """

        def help_writers() -> None:
            for log in (self, *also):
                log.help()

        return self._waiters.wait_for(done, timeout, help_writers, index, [log._waiters for log in also])

    async def await_for(self, done: Callable[[], bool], timeout: float | None = None, *, index: int = -1) -> bool:
        """As `wait_for`, without blocking the event loop that runs in this thread.

        Parameters
        ----------
        done : callable
            Cheap; asked in the event loop after appends.
        timeout : float, optional
            Seconds; None waits for ever.
        index : int, optional
            As for `wait_for`.

        Returns
        -------
        bool
            The last answer.
        """
        return await self._waiters.await_for(done, timeout, self.help, index)

    def help(self) -> None:
        """Do what interrupted writers left. Called by who waits for this log now and then."""
        self._combiner.help()

    def wake(self) -> None:
        """Make everybody in `wait_for` and `await_for` ask again."""
        self._waiters.wake()

    def observe(self, fn: Callable[[int, int], object]) -> Observer:
        """Call ``fn(start, stop)`` for rows as they come, coalesced, on a notifier thread.

        Parameters
        ----------
        fn : callable
            Gets permanent indexes. When it raises, the error is logged and it is called again for the next rows: an
            observer cannot hold up the reader.

        Returns
        -------
        Observer
            Ends with its ``close()``.
        """
        observer = Observer(self, self._waiters, fn, self._owner())
        with self._consumers_lock:
            self._observers = (*self._observers, observer)
            if self._resting:
                observer.rest()
        return observer

    def belong_to(self, owner: object) -> None:
        """Have an owner, which lives at least as long as its log is observed and may grow.

        Parameters
        ----------
        owner : object
            Can be weakly referred to.
        """
        self._owner = ref(owner)

    def forget(self, observer: Observer) -> None:
        """Let go of an observer that was closed, and of what its function holds.

        Parameters
        ----------
        observer : Observer
            From `observe`.
        """
        with self._consumers_lock:
            self._observers = tuple(other for other in self._observers if other is not observer)

    def rest(self) -> None:
        """Let the observers' threads end when they have told what is there: no more rows are expected.

        So it is for those who come later. A running thread holds its function, which may hold this log.
        """
        with self._consumers_lock:
            self._resting, observers = True, self._observers
        for observer in observers:
            observer.rest()

    def go_on(self) -> None:
        """Let the observers go on after `rest`."""
        with self._consumers_lock:
            self._resting, observers = False, self._observers
        for observer in observers:
            observer.go_on(self._owner())

    def where(self, query: str) -> View:
        """Make a live view of the rows that match.

        Parameters
        ----------
        query : str
            The filter grammar: words, ``/regex/``, ``-word``, ``dir:sent``, ``kind:text``, ``size:>1k``, ``$.path``,
            ``$.path=value``, ``since:10s``.

        Returns
        -------
        View
            A sequence that keeps up as the log grows.

        Raises
        ------
        ValueError
            The query does not parse; the text points at the place.
        """
        from .view import View  # with the filters, which most programs never use

        return View(self, query)

    def __repr__(self) -> str:
        dropped = f", {self.dropped:,} dropped" if self.dropped else ""
        return f"<MessageLog {len(self):,} messages, {self.bytes:,} bytes{dropped}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)
