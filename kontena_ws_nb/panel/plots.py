"""`Plots`: the plots of one panel, and how they travel. Any thread.

What must not live here: reading messages (`feed.series`), the widget (`panel`).
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Sequence
from itertools import chain, count
from typing import Any
from weakref import WeakKeyDictionary, proxy

from ..feed.comm_messages import PlotItem, RequestError, flag
from ..feed.latencies import Latencies
from ..feed.overview import Strip
from ..feed.series import PLOTS, TOLD, Plot, Point
from ..feed.shown import Sources
from ..log.log import MessageLog
from ..redaction.payloads import mask

_NAN = float("nan")


class Plots:
    """Which plots there are.

    Parameters
    ----------
    changed : callable
        Told all of them, as the widget remembers them.
    """

    def __init__(self, changed: Callable[[list[PlotItem]], object]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._all: tuple[Plot, ...] = ()

    @property
    def all(self) -> tuple[Plot, ...]:
        """Those there are, oldest first."""
        return self._all

    def add(self, sources: Sources, path: str, by: str | None = None, where: str = "") -> Plot:
        """Add a plot; one of the same paths and filter takes the place of the other.

        Parameters
        ----------
        sources, path, by, where
            As for `Plot`.

        Returns
        -------
        Plot

        Raises
        ------
        QueryError
            As for `Plot`.
        ValueError
            There are too many.
        """
        with self._lock:
            made = Plot(next(self._numbers), sources, path, by, where)
            same = (made.path, made.by, made.where)
            others = [one for one in self._all if (one.path, one.by, one.where) != same]
            if len(others) >= PLOTS:
                raise ValueError(
                    f"a panel has at most {PLOTS} plots: close one first (its ✕, or ws.panel.plots = ws.panel.plots[1:])"
                )
            made.step()
            self._keep([*others, made])
            return made

    def keep(self, plots: Sequence[Plot]) -> None:
        """Close all others.

        Parameters
        ----------
        plots : sequence of Plot
            Some of `all`, in any order.

        Raises
        ------
        ValueError
            One is none of them.
        """
        with self._lock:
            if any(one not in self._all for one in plots):
                raise ValueError(
                    "only plots of this panel can be kept; ws.panel.plot('$.price', by='$.symbol') adds one"
                )
            self._keep(plots)

    def _keep(self, plots: Sequence[Plot]) -> None:
        self._all = tuple(plots)
        self._changed(
            [
                {"number": one.number, "path": mask(one.path), "by": mask(one.by or ""), "where": mask(one.where)}
                for one in plots
            ]
        )

    def find(self, number: int) -> Plot:
        """Find a plot that a page means.

        Parameters
        ----------
        number : int
            Its number.

        Returns
        -------
        Plot

        Raises
        ------
        RequestError
            It was closed.
        """
        for one in self._all:
            if one.number == number:
                return one
        raise RequestError("this plot was closed")

    def attach(self, sources: Sources) -> None:
        """Plot other logs.

        Parameters
        ----------
        sources : Sources
            What the panel shows.
        """
        for one in self._all:
            one.attach(sources)


def points_answer(plot: Plot, plots: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read on, and write a plot for the page.

    Parameters
    ----------
    plot : Plot
        Which.
    plots : int
        How many there are: together they have `TOLD` points.

    Returns
    -------
    (dict, list of bytes)
        A `PointsAnswer` and its buffers.
    """
    pending = plot.step()
    told = plot.tell(TOLD // max(1, plots))
    start = min((points[0].time_ns for _, points in told.lines if points), default=0)
    times: list[float] = []
    values: list[float] = []
    series = []
    for one, points in told.lines:
        before = len(values)
        last: Point | None = None
        for point in points:
            moment = (point.time_ns - start) / 1e6
            if last is not None and last.connection != point.connection:
                times.append(moment)
                values.append(_NAN)
            times.append(moment)
            values.append(point.value)
            last = point
        series.append(
            {
                "number": one.number,
                "name": one.name,
                "count": one.count,
                "points": len(values) - before,
                "last": one.last.value if one.last is not None else 0.0,
            }
        )
    answer = {
        "k": "points",
        "start": start // 1000,
        "series": series,
        "left_out": told.left_out,
        "more": flag(told.more),
        "passed": told.passed,
        "looked": told.looked,
        "odd": told.odd,
        "large": told.large,
        "busy": flag(pending),
        "problem": told.problem,
    }
    return answer, [struct.pack(f"<{len(times)}f", *times), struct.pack(f"<{len(values)}d", *values)]


class ResponseTimes:
    """The response times of each log that somebody asked about."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: WeakKeyDictionary[MessageLog, Latencies] = WeakKeyDictionary()

    def of(self, log: MessageLog) -> Latencies:
        """Find those of a log.

        Parameters
        ----------
        log : MessageLog
            Which.

        Returns
        -------
        Latencies
        """
        with self._lock:
            found = self._all.get(log)
            if found is None:
                found = self._all[log] = Latencies(proxy(log))
            return found


def pairs_answer(latencies: Latencies) -> dict[str, Any]:
    """Read on, and write response times for the page.

    Parameters
    ----------
    latencies : Latencies
        Of one log.

    Returns
    -------
    dict
        A `PairsAnswer`.
    """
    took = latencies.read()
    return {
        "k": "pairs",
        "counts": took.counts,
        "percentiles": took.percentiles,
        "waiting": took.waiting,
        "skipped": took.skipped,
        "busy": flag(took.pending),
    }


def overview_answer(strip: Strip, span: tuple[int | None, int | None]) -> tuple[dict[str, Any], list[bytes]]:
    """Write for the page what came when.

    Parameters
    ----------
    strip : Strip
        What came when.
    span : (int or None, int or None)
        The filter's limits of time, in nanoseconds.

    Returns
    -------
    (dict, list of bytes)
        An `OverviewAnswer` and its buffers.
    """
    low, high = (None if at is None else at // 1000 for at in span)
    counts = [*strip.received, *strip.sent, *strip.events, *chain(*(strip.shown or ()))]
    answer = {
        "k": "overview",
        "start": strip.start // 1000,
        "width": strip.width // 1000,
        "count": len(strip.received),
        "filtered": flag(strip.shown is not None),
        "low": low,
        "high": high,
        "busy": flag(strip.pending),
    }
    return answer, [struct.pack(f"<{len(counts)}I", *counts), struct.pack(f"<{len(strip.size)}d", *strip.size)]
