"""`Plot`: the numbers at a JSON path of messages, over time, one series for each value of another path.

Rows are read once, incrementally, for at most `BUDGET` a turn; what is more than fits is sampled, so that a plot is
never far behind and never slows the reader of the connection. A series keeps the lowest and the highest point of each
bucket of time, at most `POINTS`: spikes survive. Any thread.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from itertools import count as numbers
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..log.filter.conditions import NUMERIC, compile_condition, values_at
from ..log.filter.grammar import Path, parse, parse_path, path_text
from ..log.filter.json import NOT_JSON, batch, parse_json
from ..log.filter.patterns import SlowPatternError
from ..log.filter.query import Query, QueryError
from ..log.filter.search import Watch
from ..log.kinds import KIND_MASK
from ..log.segment import INCOMPLETE, Segment
from ..protocol.frames import BINARY, TEXT
from ..redaction.payloads import count as secrets
from ..redaction.payloads import mask
from ..redaction.text import printable
from ..system import forks
from .shown import Sources

if TYPE_CHECKING:
    import pandas

#: Most plots of a panel, and series of a plot.
PLOTS: Final = 3
SERIES: Final = 12
#: Points that a series keeps at most.
POINTS: Final = 2000
#: Points that an answer to the page has at most, and those of one series.
TOLD: Final = 2400
TOLD_EACH: Final = 400
#: Seconds of reading per turn. A page asks for two turns a second, and for more while there are old rows to read.
BUDGET: Final = 0.02
#: Turns in which the rows that were there at the beginning are read.
_TURNS: Final = 60
#: How much longer such a turn may be: a reader waits for the whole, and nothing falls behind.
_PATIENCE: Final = 2
#: Rows a second that are taken to be read before one was timed.
_GUESS: Final = 100_000.0
#: Rows read between two looks at the clock, at least.
_LEAST: Final = 64
#: Values of the other path that are told apart to count those left out.
_NAMES: Final = 10_000
#: Characters of a series' name.
_NAME: Final = 80
#: Larger messages, in bytes, are not parsed: one would take longer than a turn.
_LARGEST: Final = 1 << 20
#: Which rows are messages, by their flags; the part of one that was cut off is none.
_DATA: Final = bytes(flags & (INCOMPLETE | KIND_MASK) in (TEXT, BINARY) for flags in range(256))


class Point(NamedTuple):
    """A number, when it came, and in which message."""

    #: Nanoseconds since the epoch.
    time_ns: int
    value: float
    #: As the row's key in the panel.
    key: int
    #: Number of the connection it came over.
    connection: int


class Series:
    """The points of one line.

    Parameters
    ----------
    number : int
        Tells it from others of the plot.
    name : str
        The value of the other path; empty without one.
    """

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name
        #: How many numbers it stands for.
        self.count = 0
        #: The newest of them.
        self.last: Point | None = None
        self._width = 1000
        self._buckets: dict[int, tuple[Point, Point]] = {}

    def add(self, point: Point) -> None:
        """Add a number.

        Parameters
        ----------
        point : Point
            It; the clock may have been set back meanwhile.
        """
        self.count += 1
        self.last = point
        buckets = self._buckets
        bucket = point.time_ns // self._width
        found = buckets.get(bucket)
        if found is None:
            buckets[bucket] = (point, point)
            if len(buckets) > POINTS // 2:
                self._width, self._buckets = _widened(self._width, buckets, POINTS // 3)
        elif point.value < found[0].value:
            buckets[bucket] = (point, found[1])
        elif point.value > found[1].value:
            buckets[bucket] = (found[0], point)

    def forget(self, gone: Callable[[int], bool]) -> bool:
        """Forget the points of rows that were dropped.

        Parameters
        ----------
        gone : callable
            Tells by a row's key.

        Returns
        -------
        bool
            Whether there are others.
        """
        for bucket, (low, high) in list(self._buckets.items()):
            kept = [point for point in (low, high) if not gone(point.key)]
            if len(kept) == 1:
                self._buckets[bucket] = (kept[0], kept[0])
            elif not kept:
                del self._buckets[bucket]
        return bool(self._buckets)

    def points(self, most: int = POINTS) -> list[Point]:
        """List points by time.

        Parameters
        ----------
        most : int
            How many at most, of which the lowest and the highest are always some.

        Returns
        -------
        list of Point
        """
        buckets = self._buckets
        if 2 * len(buckets) > most:
            _, buckets = _widened(self._width, buckets, max(1, most // 2))
        found: list[Point] = []
        for _, pair in sorted(buckets.items()):
            found += pair[:1] if pair[0] is pair[1] else sorted(pair, key=lambda point: (point.time_ns, point.key))
        return found


def _widened(
    width: int, buckets: dict[int, tuple[Point, Point]], most: int
) -> tuple[int, dict[int, tuple[Point, Point]]]:
    """Put buckets together until there are few enough; the lowest and the highest point of each stay."""
    while len(buckets) > most:
        width, before = 2 * width, buckets
        buckets = {}
        for bucket, pair in before.items():
            found = buckets.get(bucket // 2)
            if found is not None:
                buckets[bucket // 2] = (min(found[0], pair[0], key=_value), max(found[1], pair[1], key=_value))
            else:
                buckets[bucket // 2] = pair
    return width, buckets


def _value(point: Point) -> float:
    return point.value


class Told(NamedTuple):
    """What a page is told of a plot."""

    #: Each series with the points to draw.
    lines: list[tuple[Series, list[Point]]]
    #: How many values of the other path have no series, and whether there may be more.
    left_out: int
    more: bool
    #: Messages passed by, and those of them that were looked into: fewer when there are too many.
    passed: int
    looked: int
    #: Values that are no finite number, and messages too large to be looked into.
    odd: int
    large: int
    #: Why the reading has ended; empty when it has not.
    problem: str


class Plot:
    """The numbers at a path, over time; made by ``ws.panel.plot``.

    Parameters
    ----------
    number : int
        Tells it from others of the panel.
    sources : Sources
        What the panel shows; of several, each has series of its own.
    path : str
        A JSON path as in a filter, such as ``$.price``. Numbers, texts that are numbers, true (1) and false (0) are
        plotted; what else is there is counted, but not drawn. A path with ``*`` gives several numbers a message.
    by : str, optional
        A path whose values tell series apart, such as ``$.symbol``.
    where : str, optional
        A filter; only messages that match are read.
    clock : callable, optional
        Seconds, rising.

    Raises
    ------
    QueryError
        A path or the filter does not parse.
    """

    def __init__(
        self,
        number: int,
        sources: Sources,
        path: str,
        by: str | None = None,
        where: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: Tells it from others of the panel.
        self.number = number
        #: As they were given.
        self.path, self.by, self.where = path.strip(), (by or "").strip() or None, where.strip()
        self._term = _path(self.path)
        self._by = None if self.by is None else _path(self.by).steps
        self._possible = compile_condition(self._term, False).possible
        self._query = Query.parse(self.where)
        self._clock = clock
        self._lock = forks.lock()
        self.attach(sources)

    def attach(self, sources: Sources) -> None:
        """Read other logs from the beginning.

        Parameters
        ----------
        sources : Sources
            What the panel shows.
        """
        with self._lock:
            self._sources = sources
            self._restart()

    def _restart(self) -> None:
        logs = [source.log for source in self._sources]
        self._generations = [log.generation for log in logs]
        self._secrets = secrets()
        self._at = [log.first_index for log in logs]
        self._first = list(self._at)
        self._old = [log.next_index for log in logs]
        self._series: dict[str, Series] = {}
        self._numbers = numbers()
        self._left_out: set[int] = set()
        self._passed = self._looked = self._odd = self._large = 0
        self._speed = _GUESS
        self._turns = 0
        self._problem = ""
        self._random = Random(0)  # noqa: S311 - nothing secret

    def step(self, budget: float = BUDGET) -> bool:
        """Read on.

        Parameters
        ----------
        budget : float
            Seconds, for all logs together.

        Returns
        -------
        bool
            Whether rows are left that were there before this call.
        """
        with self._lock:
            logs = [source.log for source in self._sources]
            if self._generations != [log.generation for log in logs] or self._secrets != secrets():
                self._restart()
            self._forget()
            self._turns += 1
            goals = [log.next_index for log in logs]
            for at in range(len(logs)):
                if self._at[at] < goals[at] and not self._problem:
                    self._read(at, goals[at], budget / len(logs))
            return not self._problem and any(done < goal for done, goal in zip(self._at, goals, strict=True))

    def _forget(self) -> None:
        firsts = [source.log.first_index for source in self._sources]
        if firsts != self._first:
            self._first = firsts

            def gone(key: int) -> bool:
                found = self._sources.find(key)
                return found is None or found[1] < found[0].log.first_index

            for name, series in list(self._series.items()):
                if not series.forget(gone):
                    del self._series[name]

    # ---- reading

    def _read(self, at: int, goal: int, budget: float) -> None:
        """Read rows of one log: all that fits in the time, or a sample of them."""
        log = self._sources[at].log
        start = max(self._at[at], log.first_index)
        old = start < self._old[at]
        budget *= _PATIENCE if old else 1
        began = self._clock()
        deadline = began + budget
        room = max(_LEAST, self._speed * budget) * (max(1, _TURNS - self._turns) if old else 1)
        stride = max(1.0, ((self._old[at] if old else goal) - start) / room)
        looked = self._looked
        try:
            for segment in log.segments(start):
                if segment.first >= goal:
                    break
                low = max(0, start - segment.first)
                row = self._rows(at, segment, low, min(segment.count, goal - segment.first), stride, deadline)
                self._at[at] = segment.first + row
                if self._clock() >= deadline:
                    break
            else:
                self._at[at] = goal  # what was dropped meanwhile is no more
        except (OSError, SlowPatternError) as error:
            self._problem = printable(str(error), 300)
        took = self._clock() - began
        if self._looked > looked and took > 0:
            self._speed += 0.3 * ((self._looked - looked) / took - self._speed)

    def _rows(self, at: int, segment: Segment, low: int, stop: int, stride: float, deadline: float) -> int:
        """Read rows of a segment; the row it ended before."""
        while low < stop:
            high = min(stop, low + max(_LEAST, int(_LEAST * stride)))
            rows: Sequence[int] = range(low, high)
            if self._query:
                rows, high = self._query.rows(segment, low, high, Watch(self._clock, deadline))
            rows = [row for row in rows if _DATA[segment.flags[row]]]
            self._passed += len(rows)
            if stride > 1:  # one at random of so many: every tenth could always be the same symbol's
                random, most = self._random.random, len(rows) - 1
                picks = int(len(rows) / stride + random())
                rows = [rows[min(most, int((pick + random()) * stride))] for pick in range(picks)]
            self._looked += len(rows)
            self._values(at, segment, rows, high)
            low = high
            if self._clock() >= deadline:
                break
        return low

    def _values(self, at: int, segment: Segment, rows: Sequence[int], stop: int) -> None:
        data, starts, bounds, possible = segment.data, segment.starts, segment.bounds, self._possible
        decoded = segment.decoded_rows(stop) if rows else None
        for row in rows:
            start, end = starts[row], bounds[row + 1]
            if end - start > _LARGEST:
                self._large += 1
                continue
            texts = [segment.decoded_text(row, decoded), bytes(data[start:end])]
            found = next((pairs for text in texts if text and possible(text) and (pairs := self._pairs(text))), ())
            for value, name in found:
                self._add(at, segment, row, value, name)

    def _pairs(self, text: bytes) -> list[tuple[Any, Any]]:
        """List the values in a message, each with that of the other path."""
        value = parse_json(text)
        if value is NOT_JSON:
            return []
        first = self._term.steps[0] if self._term.steps else None
        parts = (batch(value) if isinstance(first, str) else []) or [value]
        pairs: list[tuple[Any, Any]] = []
        for part in parts:
            found = values_at(part, self._term.steps)
            names = [None] if self._by is None else values_at(part, self._by)
            # One name for all of them, or as many: ``$.trades[*].price`` by ``$.trades[*].symbol``.
            names = names if len(names) == len(found) else names[:1] * len(found)
            pairs += zip(found, names or [None] * len(found), strict=True)
        return pairs

    def _add(self, at: int, segment: Segment, row: int, value: Any, by: Any) -> None:
        number = as_number(value)
        if number is None or (self._secrets and mask(spelled := _spelled(value)) != spelled):
            self._odd += 1
            return
        source = self._sources[at]
        name = "" if self._by is None else _name(by)
        name = " · ".join(filter(None, [source.name if self._sources.merged else "", name]))
        series = self._series.get(name)
        if series is None:
            if len(self._series) >= SERIES:
                if len(self._left_out) < _NAMES:
                    self._left_out.add(hash(name))
                return
            series = self._series[name] = Series(next(self._numbers), name)
        key = self._sources.key(source, segment.first + row) if self._sources.merged else segment.first + row
        series.add(Point(segment.times[row], number, key, segment.connection))

    # ---- telling

    def tell(self, most: int = TOLD) -> Told:
        """Tell what a page draws.

        Parameters
        ----------
        most : int
            Points of all series together.

        Returns
        -------
        Told
        """
        with self._lock:
            each = min(TOLD_EACH, most // max(1, len(self._series)))
            lines = [(series, series.points(each)) for series in self._series.values()]
            return Told(
                lines,
                len(self._left_out),
                len(self._left_out) >= _NAMES,
                self._passed,
                self._looked,
                self._odd,
                self._large,
                self._problem,
            )

    def nearest(self, number: int, time_ns: int, value: float) -> int | None:
        """Find the message of a point that is drawn.

        Parameters
        ----------
        number : int
            The series'.
        time_ns : int
            About when it was.
        value : float
            The number.

        Returns
        -------
        int or None
            Its key; None when there is no such series any more.
        """
        with self._lock:
            points = [point for series in self._series.values() if series.number == number for point in series.points()]
        best = min(points, key=lambda point: (point.value != value, abs(point.time_ns - time_ns)), default=None)
        return None if best is None else best.key

    def finish(self) -> None:
        """Read to the end of what is there."""
        while self.step(1.0):
            pass

    def points(self) -> list[dict[str, Any]]:
        """List what is plotted, as far as it is kept; needs no other package.

        Returns
        -------
        list of dict
            ``series`` (the value of `by`), ``time`` (seconds since the epoch), ``value``, ``index`` (of the message, in
            its log). At most 2,000 of each series: where there are more, the lowest and the highest of equal spans of
            time. ``ws.messages.to_pandas(json=True)`` has every value.
        """
        return [
            {"series": name, "time": point.time_ns / 1e9, "value": point.value, "index": index}
            for name, point, index in self._kept()
        ]

    def _kept(self) -> list[tuple[str, Point, int]]:
        self.finish()
        with self._lock:
            return [
                (series.name, point, found[1])
                for series in self._series.values()
                for point in series.points()
                if (found := self._sources.find(point.key)) is not None
            ]

    def frame(self) -> pandas.DataFrame:
        """Make a pandas DataFrame of what is plotted.

        Returns
        -------
        pandas.DataFrame
            With the columns of `points`; ``time`` is datetime64[ns, UTC].

        Raises
        ------
        ImportError
            pandas is not installed.

        Examples
        --------
        ``ws.panel.plots[0].frame().pivot_table(index="time", columns="series", values="value")`` has a column each.
        """
        import pandas as pd

        rows = [(name, point.time_ns, point.value, index) for name, point, index in self._kept()]
        frame = pd.DataFrame(rows, columns=["series", "time", "value", "index"])
        frame["time"] = pd.to_datetime(frame["time"], unit="ns", utc=True)
        return frame

    def __repr__(self) -> str:
        by = f" by {self.by}" if self.by else ""
        where = f" where {self.where}" if self.where else ""
        return f"<Plot of {printable(mask(self.path + by + where))}: {len(self._series)} series of {self._looked:,} messages>"


def as_number(value: Any) -> float | None:
    """Read a number to be drawn.

    Parameters
    ----------
    value : object
        From JSON.

    Returns
    -------
    float or None
        Of numbers, of texts that are numbers, 1 and 0 of true and false; None for everything else, and for what is not
        finite as a float.
    """
    if isinstance(value, str):
        if not NUMERIC.match(value):
            return None
    elif not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _path(text: str) -> Path:
    """Read a path; as of a column, its ``$.`` may be left out."""
    if not text:
        raise QueryError("a JSON path is missing, such as $.price", text, 0)
    terms = parse(text if text[0] in "$-" else path_text(parse_path(text)))
    term = terms[0] if len(terms) == 1 else None
    if not isinstance(term, Path) or term.negated or term.values is not None:
        raise QueryError("this is no JSON path; write $.price, $.items[0].id or $.*.x", text, 0)
    return term


def _spelled(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):  # nested as deeply as could just be parsed, or a number of too many digits
        return "…"


def _name(value: Any) -> str:
    text = mask(_spelled(value)) if value is not None else "none"
    return printable(text, _NAME) or '""'
