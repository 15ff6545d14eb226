"""`Feed`: log → updates for a browser, at most ten a second, on a budget.

Which rows a view has is `row_index`'s and `timeline`'s, when the next update is due `flow_control`'s. Knows no
widgets, comms or threads; the clock is given, so every rule here is tested without waiting. The panel's pump thread
calls `step`, handlers of the browser's messages call everything else, on any thread: all of it is locked.

A row's *position* is its place in the view, its *key* says which row it is (`shown`). Positions are stable within a
generation (``gen``), also when retention drops rows on the left; a filter, `clear`, `attach` and a new secret start a
new one.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import count as numbers
from typing import Final, Literal, NamedTuple

from ..log.filter.found import Finder
from ..log.filter.query import Query
from ..log.message import Message, Row
from ..redaction.payloads import count, mask
from ..redaction.text import printable
from .comm_messages import EXPORT_ROWS, MAX_ROWS, TAIL, VERSION, Asked, RequestError, RowItem, Tick
from .flow_control import FlowControl
from .folding import Folded, Run
from .layout import OF_AN_UPDATE, Layout
from .marked import Marked
from .marks import marks_state
from .overview import Overview, Strip, span_of, spanned
from .row_index import Order, row_index
from .shown import Shown, Sources, item, split
from .status import merged_status
from .timeline import Timeline

#: Seconds of searching and merging per turn; in between the reader and the cells run.
BUDGET = 0.03
#: Seconds between looks at the rate while nothing happens.
IDLE = 1.0
#: What of an update is news; of the counters all but the uptime.
_TOLD: Final = (
    "gen",
    "layout",
    "first",
    "n",
    "total",
    "kept",
    "busy",
    "stopped",
    "marks",
    "asked",
    "session",
    "sources",
)


class Update(NamedTuple):
    """One tick and the rows that go with it."""

    tick: Tick
    rows: list[RowItem]
    #: How many secrets are masked in it.
    masked: int


class Place(NamedTuple):
    """Where what is looked for is in a view."""

    gen: int
    #: The row's key and position; None when there is none.
    key: int | None
    at: int | None
    #: Which of all that have been found so far it is, counted from 1; 0 when it is none.
    number: int
    total: int
    #: Whether older rows are still searched.
    busy: bool


class Located(NamedTuple):
    """Where a row is in a view, or would be."""

    gen: int
    #: Its position; None when the filter hides it, or it was dropped.
    at: int | None
    #: The same; for a hidden row the position of the row that is next in time, as far as the view was searched. None when
    #: there is none, or the row was dropped.
    near: int | None


class Pause(NamedTuple):
    """How long the pump may wait, and whether new rows end the wait."""

    seconds: float
    until_rows: bool


class Feed:
    """What one view of a panel is told.

    Parameters
    ----------
    sources : sequence of Shown
        What is shown; several are merged by time.
    clock : callable, optional
        Seconds, rising.
    wall : callable, optional
        Nanoseconds since the epoch, as the rows are stamped.
    named : callable, optional
        Writes the filter for the page, which gets no secrets.
    gens : iterator of int, optional
        The numbers of generations; a panel's feeds share them, so that none takes another one's positions for its own.
    """

    def __init__(
        self,
        sources: Sequence[Shown],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], int] = time.time_ns,
        *,
        named: Callable[[str], str] = mask,
        gens: Iterator[int] | None = None,
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._wall = wall
        self._named = named
        self._gens = numbers(1) if gens is None else gens
        self._text = ""
        self._wanted = ""
        self._fold = True
        self._masked = count()
        self._layout = Layout()
        self._filled = True
        self._flow = FlowControl(clock)
        self._asked: Asked = {"follow": (0, True), "select": (0, [], None)}
        self._told = 0  # rows ever written when the last update was made
        self._told_marks = 0
        self._sources = sources if isinstance(sources, Sources) else Sources(sources)
        self._overview: Overview | None = None  # made when somebody asks
        self._restart("")

    def another(self) -> Feed:
        """Make a feed for another view, which begins with this one's filter.

        Returns
        -------
        Feed
        """
        with self._lock:
            made = Feed(self._sources, self._clock, self._wall, named=self._named, gens=self._gens)
            made._fold = self._fold
            made._layout = self._layout
            made._asked = {"follow": self._asked["follow"], "select": self._asked["select"]}
            made._restart(self._text)
            return made

    # ---- what is shown

    @property
    def sources(self) -> Sources:
        """What is shown."""
        return self._sources

    @property
    def news(self) -> bool:
        """Whether rows were written, or bookmarks changed, since the last update."""
        return self._sources.written != self._told or marks_state(self._sources) != self._told_marks

    @property
    def gen(self) -> int:
        """Changes when positions change their meaning."""
        return self._gen

    @property
    def filter(self) -> str:
        """The filter's text; empty shows everything."""
        return self._text

    def attach(self, sources: Sequence[Shown]) -> None:
        """Show other logs; the filter stays, and nothing is selected.

        Parameters
        ----------
        sources : sequence of Shown
            What is shown from now on.
        """
        with self._lock:
            self._sources = sources if isinstance(sources, Sources) else Sources(sources, self._sources)
            self._overview = None
            self._asked["select"] = (self._asked["select"][0] + 1, [], None)  # keys mean other rows
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

    def set_find(self, text: str) -> int:
        """Look for what matches, and hide nothing.

        Parameters
        ----------
        text : str
            The filter grammar; empty looks for nothing.

        Returns
        -------
        int
            The generation whose rows have it marked.

        Raises
        ------
        QueryError
            It does not parse; what was looked for before still is.
        """
        with self._lock:
            before, self._wanted = self._wanted, text.strip()
            try:
                self._restart(self._text)
            except ValueError:
                self._wanted = before
                raise
            return self._gen

    def _restart(self, text: str) -> None:
        self._query = query = Query.parse(text)
        wanted = Query.parse(self._wanted)
        self._every = self._ordered(query)
        self._sought = self._ordered(Query("", [*query.terms, *wanted.terms])) if wanted else None
        finder = Finder([*query.terms, *wanted.terms])
        self._marked = Marked(finder) if finder else None
        self._order: Order = self._every
        self._folded: Folded | None = None
        if self._fold and not query:  # who filters wants to see what is found
            logs = dict(enumerate((source.log for source in self._sources), self._sources.number))
            self._order = self._folded = Folded(self._every, logs)
        self._text = text
        self._masked = count()
        self._gen = next(self._gens)
        self._flow.force()

    def overview(self) -> tuple[Strip, tuple[int | None, int | None]]:
        """Tell how many rows came when, after counting on for at most `BUDGET`.

        Returns
        -------
        (Strip, (int or None, int or None))
            All rows that are kept, and of those the filter's; and the filter's limits of time, as `span_of`.
        """
        with self._lock:
            if self._order.stale:
                self._restart(self._text)
            if self._overview is None:
                self._overview = Overview([source.log for source in self._sources], self._sources.number)
            order = self._every if self._query else None
            return self._overview.read(order, self._clock, self._clock() + BUDGET), span_of(self._query)

    def set_span(self, low: int, high: int) -> int:
        """Show only the rows of a span of time, in the filter's own words.

        Parameters
        ----------
        low, high : int
            As for `spanned`.

        Returns
        -------
        int
            The generation whose rows are the new view's.
        """
        with self._lock:
            return self.set_filter(spanned(self._text, low, high))

    def _ordered(self, query: Query) -> Order:
        rows = [row_index(source.log, query) for source in self._sources]
        merged = self._sources.merged
        return Timeline(rows, self._sources.number, self._clock, self._wall) if merged else rows[0]

    @property
    def fold(self) -> bool:
        """Whether every run of pings and pongs is one row; with a filter each is a row of its own."""
        return self._fold

    def set_fold(self, on: bool) -> int:
        """Fold runs of pings and pongs, or show each of them.

        Parameters
        ----------
        on : bool
            Whether to fold.

        Returns
        -------
        int
            The generation whose rows are the new view's.
        """
        with self._lock:
            self._fold = on
            self._restart(self._text)
            return self._gen

    @property
    def layout(self) -> int:
        """Version of the columns and highlights."""
        return self._layout.version

    def set_layout(self, layout: Layout) -> None:
        """Write these columns and highlights into the rows from now on; positions stay.

        Parameters
        ----------
        layout : Layout
            What to write.
        """
        with self._lock:
            self._layout = layout
            self._flow.force()

    def ask_follow(self, on: bool) -> None:
        """Ask every view to keep the newest row in sight, or not to.

        Parameters
        ----------
        on : bool
            Whether to follow.
        """
        with self._lock:
            self._asked["follow"] = (self._asked["follow"][0] + 1, on)

    def ask_select(self, keys: list[int]) -> None:
        """Ask every view to select rows.

        Parameters
        ----------
        keys : list of int
            The rows' keys.
        """
        with self._lock:
            self._asked["select"] = (self._asked["select"][0] + 1, keys, None)

    def _where_asked(self) -> Asked:
        number, keys, _ = self._asked["select"]
        return {
            "follow": self._asked["follow"],
            "select": (number, keys, self._order.position(keys[0]) if keys else None),
        }

    # ---- when and what to tell

    def step(self) -> Update | None:
        """Search on for at most `BUDGET`, and make an update when one is due.

        Returns
        -------
        Update or None
        """
        with self._lock:
            self._search()
            if self._flow.left > 0 or self._order.worth_waiting:
                return None
            update = self._update("pump")
            numbered = self._flow.take(self._key(update.tick))
            if not self._filled:
                self._flow.force()  # the next has more cells
            if numbered is None:
                return None
            update.tick["seq"], update.tick["ack"] = numbered
            return update

    def pause(self) -> Pause:
        """Say how long the pump may wait before it calls `step` again.

        Returns
        -------
        Pause
        """
        with self._lock:
            if self._order.pending or (self._sought is not None and self._sought.pending):
                return Pause(0.002, False)  # long enough to let the reader and a running cell have the interpreter
            wait = max(self._flow.left, self._order.settling, 0.0 if self._filled else 0.002)
            return Pause(wait, False) if wait > 0 else Pause(IDLE, True)

    def poll(self) -> Update:
        """Make an update now, for a page that hears nothing from the pump's thread.

        Returns
        -------
        Update
        """
        with self._lock:
            self._search()
            update = self._update("reply")
            update.tick["seq"] = self._flow.seq
            return update

    def hello(self) -> None:
        """Note that a page is there: the next `step` makes an update."""
        with self._lock:
            self._flow.hello()

    def acked(self, seq: int) -> None:
        """Note that a page has painted an update.

        Parameters
        ----------
        seq : int
            The update's number.
        """
        with self._lock:
            self._flow.acked(seq)

    @staticmethod
    def _key(tick: Tick) -> object:
        stats = tick["stats"]
        moving = {name: value for name, value in stats.items() if name != "uptime"}
        return [tick[name] for name in _TOLD], moving

    def _update(self, via: Literal["pump", "reply"]) -> Update:
        sources = self._sources
        self._told = sources.written
        self._told_marks = marks_state(sources)
        first, stop = self._order.range()
        said = [source.describe() for source in sources]
        session, stats = merged_status([source.name for source in sources], said) if sources.merged else said[0]
        tick: Tick = {
            "v": VERSION,
            "k": "tick",
            "view": "",
            "seq": 0,
            "ack": False,
            "via": via,
            "gen": self._gen,
            "filter": self._named(self._text),
            "fold": self._fold,
            "busy": self._order.pending,
            "stopped": printable(self._order.stopped, 1000),
            "layout": self._layout.version,
            "meanings": sum(source.log.meanings.generation for source in self._sources),
            "marks": self._told_marks,
            "first": first,
            "n": stop - first,
            "total": self._told,
            "dropped": sum(source.log.dropped for source in sources),
            "kept": sum(len(source.log) for source in sources),
            "asked": self._where_asked(),
            "session": session,
            "stats": stats,
            "sources": [
                {
                    "number": sources.number + at,
                    "name": source.name,
                    "state": info["state"],
                    "can": info["can"],
                    "writable": info["writable"],
                }
                for at, (source, (info, _)) in enumerate(zip(sources, said, strict=True))
            ],
        }
        rows, self._filled = self._layout.fill(
            self._read(max(first, stop - TAIL), stop), self._sources.find, OF_AN_UPDATE
        )
        return Update(tick, [row for row in rows if row is not None], self._masked)

    # ---- rows

    def _search(self) -> None:
        if self._order.stale or self._masked != count():  # a page must forget rows that show a new secret
            self._restart(self._text)
        deadline = self._clock() + BUDGET
        self._order.step(deadline)
        if self._sought is not None:
            self._sought.step(deadline)

    def _read(self, first: int, stop: int) -> list[RowItem | None]:
        wanted = self._order.keys(first, stop)
        runs = self._folded.runs(first, stop) if self._folded is not None else {}
        found = self._sources.rows([*wanted, *(run.last for run in runs.values())])
        rows = [self._item(key, found[key]) if key in found else None for key in wanted]
        for position, run in runs.items():
            row, last = rows[position - first], found.get(run.last)
            if row is not None and last is not None:
                said = _said(run, row, last)
                rows[position - first] = RowItem(row.key, row.time, row.sent, row.kind, row.size, said, run.rows, 0)
        return rows

    def _item(self, key: int, row: Row) -> RowItem:
        made = item(key, row)
        if self._marked is not None:
            shown = self._marked.preview(key, row, self._message(key))
            if shown is not None:
                made = made._replace(preview=shown[0], hits=shown[1])
        return made

    def _message(self, key: int) -> Message | None:
        found = self._sources.find(key)
        try:
            return None if found is None else found[0].log.get(found[1])
        except OSError:  # of a file; `Order.stopped` tells
            return None

    def found(self, key: int, low: int, high: int) -> list[str]:
        """List what the filter, and what is looked for, find in a part of a message.

        Parameters
        ----------
        key : int
            The row's.
        low, high : int
            The part, in bytes of the payload.

        Returns
        -------
        list of str
            As `Marked.texts`.
        """
        with self._lock:
            message = self._message(key)
            return [] if self._marked is None or message is None else self._marked.texts(message, low, high)

    def seek(self, at: int, way: int) -> Place:
        """Find the next row that is looked for, or the one before.

        Parameters
        ----------
        at : int
            Position in the view to go on from.
        way : int
            1 for a row behind it, -1 for one in front of it, 0 for the row there.

        Returns
        -------
        Place
            Beyond the last it begins anew, once all rows have been searched.
        """
        with self._lock:
            self._search()
            sought = self._sought
            if sought is None:
                return Place(self._gen, None, None, 0, 0, False)
            low, high = sought.range()
            total, busy = high - low, sought.pending
            number = bisect_left(range(low, high), at + (way > 0), key=self._where_sought) + low
            if way < 0:
                number -= 1
                number = high - 1 if number < low and not busy else number
            elif way > 0 and number >= high and not busy:
                number = low
            if not low <= number < high or (way == 0 and self._where_sought(number) != at):
                return Place(self._gen, None, None, 0, total, busy)
            (key,) = sought.keys(number, number + 1)
            return Place(self._gen, key, self._order.position(key), number - low + 1, total, busy)

    def _where_sought(self, number: int) -> int:
        """Position in the view of a row that is looked for; -1 for one that was dropped."""
        assert self._sought is not None
        at = self._order.position(*self._sought.keys(number, number + 1))
        return -1 if at is None else at

    def locate(self, key: int) -> Located:
        """Say where a row is in the view, or would be.

        Parameters
        ----------
        key : int
            Its key.

        Returns
        -------
        Located
        """
        with self._lock:
            at = self._order.position(key)
            return Located(self._gen, at, self._next_in_time(key) if at is None else at)

    def _next_in_time(self, key: int) -> int | None:
        hidden = self._message(key)
        first, stop = self._order.range()
        if hidden is None or first == stop:
            return None
        source = split(key)[0]

        def earlier(position: int) -> bool:
            (other,) = self._order.keys(position, position + 1)
            if split(other)[0] == source:
                return other < key
            message = self._message(other)
            return message is None or message.time_ns < hidden.time_ns

        return min(stop - 1, bisect_left(range(stop), True, first, key=lambda position: not earlier(position)))

    def finish(self) -> None:
        """Search, and merge, to the end of what is there, in turns with the pump."""
        self._catch_up()
        if self._order.settling:
            time.sleep(self._order.settling)
            self._catch_up()

    def _catch_up(self) -> None:
        pending = True
        while pending:
            with self._lock:
                self._search()
                pending = self._order.pending

    def newest(self, count: int) -> tuple[list[tuple[Shown, Row]], int]:
        """Read the last rows of the view, as far as it has been searched.

        Parameters
        ----------
        count : int
            How many.

        Returns
        -------
        (list of (Shown, Row), int)
            The rows and where they are, and how many the view has.
        """
        with self._lock:
            first, stop = self._every.range()
            sources = self._sources
            rows = sources.rows(self._every.keys(max(first, stop - count), stop))
            return [(sources[split(key)[0] - sources.number], row) for key, row in rows.items()], stop - first

    def spread(self, first: int, stop: int) -> tuple[int, int]:
        """Say which rows are between two positions of the view, those that are folded included.

        Parameters
        ----------
        first, stop : int
            Positions.

        Returns
        -------
        (int, int)
            Positions that count every row, as `keys` takes them.
        """
        with self._lock:
            return (first, stop) if self._folded is None else self._folded.spread(first, stop)

    def keys(self, gen: int, first: int, stop: int) -> tuple[int, Sequence[int]]:
        """List every row between two positions, for a file: at most `EXPORT_ROWS`.

        Parameters
        ----------
        gen : int
            The generation the positions belong to.
        first, stop : int
            Positions that count every row, also those that are folded: from `spread`.

        Returns
        -------
        (int, sequence of int)
            The first position that is still there, and the keys from there on.

        Raises
        ------
        RequestError
            The view has moved on.
        """
        with self._lock:
            if gen != self._gen:
                raise RequestError("the view has changed meanwhile (a filter, clear, or other sessions): export again")
            low, high = self._every.range()
            first = max(first, low)
            return first, self._every.keys(first, max(first, min(stop, high, first + EXPORT_ROWS)))

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
            The first position and the rows from there on, None for what was dropped. Nothing when the view has moved
            on.
        """
        with self._lock:
            if gen != self._gen:
                return first, []
            low, stop = self._order.range()
            first = max(first, self._order.base)
            stop = min(stop, first + min(count, MAX_ROWS))
            gap = max(0, min(low, stop) - first)
            if stop <= first:
                return first, []
            rows, _ = self._layout.fill(self._read(first + gap, stop), self._sources.find)
            return first, [*[None] * gap, *rows]


def _said(run: Run, first: RowItem, last: Row) -> str:
    """Say what is folded: how many, and how long it went on."""
    took = _lasted(last.time_ns // 1000 - first.time)
    return f"{run.rows:,} pings and pongs{took and f' in {took}'}"


def _lasted(us: int) -> str:
    """Say how long microseconds are; nothing where that is no time. Rounded first: there is no "1 m 60 s"."""
    if us < 1000:
        return f"{us} µs" if us > 0 else ""
    if us < 999_500:
        return f"{us / 1000:.3g} ms"
    if us < 59_950_000:
        return f"{us / 1e6:.1f} s"
    minutes, seconds = divmod(round(us / 1e6), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} m" if hours else f"{minutes} m {seconds} s"
