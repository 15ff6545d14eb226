"""`Feed`: log → updates for a browser, at most ten a second, on a budget.

What lives here: which rows a view has (filter and positions), when the next update is due, and back-pressure. What must not: widgets,
comms, threads or sessions; the clock is given, so every rule here is tested without waiting. The panel's pump thread calls `step`,
handlers of the browser's messages call everything else, on any thread: all of it is locked.

A row's *position* is its place in the view: the permanent index without a filter, else the number of the hit. Positions are stable
within a generation (``gen``), also when retention drops rows on the left; a filter, `clear`, `attach` and a new secret start a new one.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from ..display.preview import preview
from ..log.query import Query, Scan
from ..masking import count, mask
from .protocol import MAX_ROWS, TAIL, VERSION, Asked, RequestError, RowItem, SessionInfo, StatsInfo, Tick

if TYPE_CHECKING:
    from ..log.log import MessageLog
    from ..log.message import Row

#: Seconds between two updates: ten a second is as much as people see.
INTERVAL = 0.1
#: Seconds of searching per turn; in between the reader and the cells run.
BUDGET = 0.03
#: Updates that may be under way without an acknowledgement, and how often one is asked for. Acknowledging every tick costs more than
#: the tick: each makes the kernel say busy and idle.
WINDOW = 20
ASK_EVERY = 10
#: Seconds between updates when nobody acknowledges; a blocked page cannot, so never none at all.
SLOW, SLOWER = 1.0, 5.0
#: Seconds without an acknowledgement after which `SLOWER` applies.
PATIENCE = 30.0
#: Seconds between looks at the rate while nothing happens.
IDLE = 1.0
#: Hits of dropped rows are forgotten in batches of this many.
_PRUNE = 65_536

Describe = Callable[[], tuple[SessionInfo, StatsInfo]]


class Update(NamedTuple):
    """One tick and the rows that go with it."""

    tick: Tick
    rows: list[RowItem]
    #: How many secrets are masked in it.
    masked: int


class Pause(NamedTuple):
    """How long the pump may wait, and whether new rows end the wait."""

    seconds: float
    until_rows: bool


class Feed:
    """What one panel tells its browsers.

    Parameters
    ----------
    log : MessageLog
        What is shown.
    describe : callable
        Says what the status line shows now.
    clock : callable, optional
        Seconds, rising.
    named : callable, optional
        Writes the filter for the page, which gets no secrets.
    """

    def __init__(
        self, log: MessageLog, describe: Describe, clock: Callable[[], float] = monotonic, *, named: Callable[[str], str] = mask
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._describe = describe
        self._named = named
        self._log = log
        self._gen = 0
        self._text = ""
        self._scan: Scan | None = None
        self._hits = array("Q")
        self._base = 0  # position of _hits[0]
        self._cleared = log.generation
        self._masked = count()
        self._behind = False  # the search has not reached what was there when it last ran
        self._seq = 0
        self._acked = 0
        self._acked_at = clock()
        self._ticked_at = -INTERVAL
        self._last: object = None
        self._force = True
        self._asked: Asked = {"follow": (0, True), "select": (0, [], None)}
        self._told = 0  # next_index when the last update was made

    # ---- what is shown

    @property
    def log(self) -> MessageLog:
        """The log behind the view."""
        return self._log

    @property
    def seen(self) -> int:
        """The log's ``next_index`` as of the last update."""
        return self._told

    @property
    def gen(self) -> int:
        """Changes when positions change their meaning."""
        return self._gen

    @property
    def filter(self) -> str:
        """The filter's text; empty shows everything."""
        return self._text

    def attach(self, log: MessageLog, describe: Describe) -> None:
        """Show another log; the filter stays.

        Parameters
        ----------
        log : MessageLog
            What is shown from now on.
        describe : callable
            As for the constructor.
        """
        with self._lock:
            self._log, self._describe = log, describe
            self._asked["select"] = (self._asked["select"][0], [], None)
            self._restart(self._text)

    def set_filter(self, text: str) -> int:
        """Show only what matches.

        Parameters
        ----------
        text : str
            The filter grammar; empty shows everything.

        Returns
        -------
        int
            The generation whose rows are the new view's.

        Raises
        ------
        QueryError
            It does not parse; the old filter stays.
        """
        with self._lock:
            self._restart(text.strip())
            return self._gen

    def _restart(self, text: str) -> None:
        query = Query.parse(text)
        self._scan = Scan(query, self._log) if query else None
        self._text = text
        self._hits, self._base = array("Q"), 0
        self._behind = self._scan is not None
        self._cleared = self._log.generation
        self._masked = count()
        self._gen += 1
        self._force = True

    def ask_follow(self, on: bool) -> None:
        """Ask every view to keep the newest row in sight, or not to.

        Parameters
        ----------
        on : bool
            Whether to follow.
        """
        with self._lock:
            self._asked["follow"] = (self._asked["follow"][0] + 1, on)

    def ask_select(self, indexes: list[int]) -> None:
        """Ask every view to select rows.

        Parameters
        ----------
        indexes : list of int
            Permanent indexes.
        """
        with self._lock:
            self._asked["select"] = (self._asked["select"][0] + 1, indexes, None)

    def _where_asked(self) -> Asked:
        number, indexes, _ = self._asked["select"]
        return {"follow": self._asked["follow"], "select": (number, indexes, self._position(indexes[0]) if indexes else None)}

    # ---- when and what to tell

    def step(self) -> Update | None:
        """Search on for at most `BUDGET`, and make an update when one is due.

        Returns
        -------
        Update or None
        """
        with self._lock:
            self._search()
            if self._clock() < self._due():
                return None
            update = self._update("pump")
            key = self._key(update.tick)
            if key == self._last and not self._force:
                self._told = max(self._told, update.tick["total"])
                return None
            self._last, self._force = key, False
            self._seq += 1
            self._ticked_at = self._clock()
            lag = self._seq - self._acked
            update.tick["seq"] = self._seq
            update.tick["ack"] = self._seq == 1 or self._seq % ASK_EVERY == 0 or lag >= WINDOW
            return update

    def pause(self) -> Pause:
        """Say how long the pump may wait before it calls `step` again.

        Returns
        -------
        Pause
        """
        with self._lock:
            due = self._due() - self._clock()
            if self._behind:
                return Pause(0.002, False)  # long enough to let the reader and a running cell have the interpreter
            if due > 0:
                return Pause(due, False)
            return Pause(IDLE, True)

    def poll(self) -> Update:
        """Make an update now, for a page that hears nothing from the pump's thread.

        Returns
        -------
        Update
        """
        with self._lock:
            self._search()
            update = self._update("reply")
            update.tick["seq"] = self._seq
            return update

    def hello(self) -> None:
        """Note that a page is there: the next `step` makes an update."""
        with self._lock:
            self._force = True
            self.acked(self._seq)
            self._ticked_at = self._clock() - INTERVAL

    def acked(self, seq: int) -> None:
        """Note that a page has painted an update.

        Parameters
        ----------
        seq : int
            The update's number.
        """
        with self._lock:
            self._acked = max(self._acked, min(seq, self._seq))
            self._acked_at = self._clock()

    def _due(self) -> float:
        if self._seq - self._acked < WINDOW:
            return self._ticked_at + INTERVAL
        return self._ticked_at + (SLOW if self._clock() - self._acked_at < PATIENCE else SLOWER)

    @staticmethod
    def _key(tick: Tick) -> object:
        stats = tick["stats"]
        moving = {name: value for name, value in stats.items() if name != "uptime"}
        return tick["gen"], tick["first"], tick["n"], tick["total"], tick["kept"], tick["busy"], tick["asked"], tick["session"], moving

    def _update(self, via: str) -> Update:
        log = self._log
        total = log.next_index
        first, stop = self._range()
        session, stats = self._describe()
        self._told = total
        tick: Tick = {
            "v": VERSION,
            "k": "tick",
            "seq": 0,
            "ack": False,
            "via": "pump" if via == "pump" else "reply",
            "gen": self._gen,
            "filter": self._named(self._text),
            "busy": self._behind,
            "first": first,
            "n": stop - first,
            "total": total,
            "dropped": log.dropped,
            "kept": len(log),
            "asked": self._where_asked(),
            "session": session,
            "stats": stats,
        }
        return Update(tick, [row for row in self._read(max(first, stop - TAIL), stop) if row is not None], self._masked)

    # ---- rows

    def _search(self) -> None:
        if self._cleared != self._log.generation or self._masked != count():  # a page must forget rows that show a new secret
            self._restart(self._text)
        if self._scan is None:
            return
        goal = self._log.next_index
        self._hits.extend(self._scan.step(self._clock() + BUDGET))
        self._behind = self._scan.position < goal
        gone = bisect_left(self._hits, self._log.first_index)
        if gone >= _PRUNE:
            del self._hits[:gone]
            self._base += gone

    def _range(self) -> tuple[int, int]:
        """First position, and one past the last."""
        log = self._log
        if self._scan is None:
            stop = log.next_index
            return min(log.first_index, stop), stop
        return self._base + bisect_left(self._hits, log.first_index), self._base + len(self._hits)

    def _read(self, first: int, stop: int) -> list[RowItem | None]:
        wanted = self._indices(first, stop)
        found = {row.index: item(row) for row in self._log.rows(wanted)}
        return [found.get(index) for index in wanted]

    def locate(self, index: int) -> tuple[int, int | None]:
        """Say where a row is in the view.

        Parameters
        ----------
        index : int
            Its permanent index.

        Returns
        -------
        (int, int or None)
            The generation, and the position in it; None when the filter hides it, or it was dropped.
        """
        with self._lock:
            return self._gen, self._position(index)

    def _position(self, index: int) -> int | None:
        first, stop = self._range()
        place = index if self._scan is None else self._base + bisect_left(self._hits, index)
        if not first <= place < stop or (self._scan is not None and self._hits[place - self._base] != index):
            return None
        return place

    def finish(self) -> None:
        """Search to the end of what is there, in turns with the pump."""
        behind = True
        while behind:
            with self._lock:
                self._search()
                behind = self._behind

    def newest(self, count: int) -> tuple[list[Row], int]:
        """Read the last rows of the view, as far as it has been searched.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        (list of Row, int)
            The rows, and how many the view has.
        """
        with self._lock:
            first, stop = self._range()
            return self._log.rows(self._indices(max(first, stop - count), stop)), stop - first

    def indices(self, gen: int, first: int, stop: int) -> tuple[int, Sequence[int]]:
        """List what the view has between two positions, for a file.

        Parameters
        ----------
        gen : int
            The generation the positions belong to.
        first, stop : int
            Positions.

        Returns
        -------
        (int, sequence of int)
            The first position that is still there, and the permanent indexes from there on.

        Raises
        ------
        RequestError
            The view has moved on.
        """
        with self._lock:
            if gen != self._gen:
                raise RequestError("the view has changed meanwhile (a filter, or clear): export again")
            low, high = self._range()
            first = max(first, low)
            return first, self._indices(first, max(first, min(stop, high)))

    def _indices(self, first: int, stop: int) -> Sequence[int]:
        if self._scan is None:
            return range(first, stop)
        return self._hits[max(0, first - self._base) : max(0, stop - self._base)]

    def rows(self, gen: int, first: int, count: int) -> tuple[int, list[RowItem | None]]:
        """Read rows of the view.

        Parameters
        ----------
        gen : int
            The generation the positions belong to.
        first : int
            A position.
        count : int
            How many; at most `MAX_ROWS` are read.

        Returns
        -------
        (int, list)
            The first position and the rows from there on, None for what was dropped. Nothing when the view has moved on.
        """
        with self._lock:
            if gen != self._gen:
                return first, []
            low, stop = self._range()
            first = max(first, self._base if self._scan is not None else 0)
            stop = min(stop, first + min(count, MAX_ROWS))
            gap = max(0, min(low, stop) - first)
            return first, [*[None] * gap, *self._read(first + gap, stop)] if stop > first else []


def item(row: Row) -> RowItem:
    """Write a row as it travels.

    Parameters
    ----------
    row : Row
        From ``log.rows``.

    Returns
    -------
    tuple
        As in `protocol.RowItem`.
    """
    return row.index, row.time_ns // 1000, int(row.direction == "sent"), row.kind, row.size, preview(row)
