"""The plots of a panel, and how they travel."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.overview import Strip
from kontena_ws_nb.feed.series import PLOTS, TOLD, TOLD_EACH
from kontena_ws_nb.feed.shown import Sources, name_sources
from kontena_ws_nb.log.filter.query_error import QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.plots import Plots, overview_answer, points_answer
from tests.unit.log.rows_lab import batch_of
from tests.unit.panel.conversation import Conversation, Page

MS = 10**6
START = 1_700_000_000 * 10**9


def floats(buffers: list[Any]) -> tuple[list[float], list[float]]:
    times, values = buffers
    return (
        list(struct.unpack(f"<{len(times) // 4}f", times)),
        list(struct.unpack(f"<{len(values) // 8}d", values)),
    )


def test_points_travel_as_numbers_and_another_connection_is_a_gap() -> None:
    log = MessageLog()
    for number, connection in enumerate((1, 1, 2)):
        log.append(batch_of(b'{"p":"64210.5%d","s":"A"}' % number), START + number * MS, connection)
    log.append(batch_of(b'{"p":-1,"s":"B"}'), START + 9 * MS, 2)
    plots = Plots(lambda items: None)
    answer, buffers = points_answer(plots.add(Sources(name_sources([log])), "$.p", "$.s"), 1)
    times, values = floats(buffers)
    assert answer["series"] == [
        {"number": 0, "name": "A", "count": 3, "points": 4, "last": 64210.52},
        {"number": 1, "name": "B", "count": 1, "points": 1, "last": -1.0},
    ]
    assert (answer["start"], answer["busy"], answer["looked"]) == (START // 1000, 0, 4)
    assert times == [0.0, 1.0, 2.0, 2.0, 9.0]
    assert values[:2] == [64210.5, 64210.51]
    assert math.isnan(values[2])
    assert values[3:] == [64210.52, -1.0]


def test_what_travels_is_bounded(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    for part in range(10):
        log.append(
            batch_of(*(b'{"p":%d,"s":%d}' % (at * 7919 % 1000, at % 30) for at in range(5000))), START + part * MS
        )
        for at in range(200):
            log.add("text", b'{"p":%d,"s":%d}' % (at, at % 30), time_ns=START + (part * 200 + at) * MS)
    page = open_panel(log)
    made = page.panel.plot("$.p", by="$.s")
    assert made is not None
    made.finish()
    _, buffers = page.ask("points", plot=made.number)
    assert len(buffers[1]) // 8 <= TOLD
    page.panel.plot("$.p")
    _, buffers = page.ask("points", plot=2)
    assert 0 < len(buffers[1]) // 8 <= TOLD_EACH
    page.panel.plot("$.s")
    _, buffers = page.ask("points", plot=made.number)
    assert len(buffers[1]) // 8 <= TOLD / 3


def test_python_and_page_plot_alike(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"price":1,"symbol":"A"}', time_ns=START)
    made = page.panel.plot(" $.price ", by="$.symbol")
    assert made is not None
    wanted = {"number": 1, "path": "$.price", "by": "$.symbol", "where": ""}
    assert page.panel._plotted == [wanted]
    assert {"_plotted": [wanted]} in page.wire.states
    assert page.ask("plot", path="$.price", by="", where="dir:sent")[0]["k"] == "done"
    assert [repr(plot).split(": ")[0] for plot in page.panel.plots] == [
        "<Plot of $.price by $.symbol",
        "<Plot of $.price where dir:sent",
    ]
    assert page.ask("points", plot=1)[0]["series"][0]["name"] == "A"
    assert page.ask("nearest", plot=1, series=0, time=START // 1000, value=1)[0] == {
        "v": 1,
        "k": "nearest",
        "id": "page:3",
        "key": 0,
    }
    assert page.ask("unplot", plot=1)[0]["k"] == "done"
    assert page.ask("points", plot=1)[0]["message"] == "this plot was closed"
    assert [plot.number for plot in page.panel.plots] == [2]
    assert page.panel.plot(None) is None
    assert (page.panel.plots, page.panel._plotted) == ((), [])


def test_mistakes_are_answered_at_once(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert "$.price" in page.ask("plot", path="", by="", where="")[0]["message"]
    assert "$.price" in page.ask("plot", path="$.a=1", by="", where="")[0]["message"]
    assert page.ask("plot", path="$.a.[", by="", where="")[0]["position"] == 5
    assert "must be text" in page.ask("plot", path="$.a", by=7, where="")[0]["message"]
    with pytest.raises(QueryError):
        page.panel.plot("-$.price")
    assert page.panel.plots == ()
    page.panel.plot("$.p")
    for value in ("1", True, None, float("nan"), 10**400):
        answer, _ = page.ask("nearest", plot=page.panel.plots[0].number, series=0, time=0, value=value)
        assert answer["message"] == "value must be a number"


def test_the_same_again_takes_its_place_and_too_many_are_refused(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    for number in range(PLOTS):
        page.panel.plot(f"$.p{number}")
    page.panel.plot("$.p0")
    assert [plot.path for plot in page.panel.plots] == ["$.p1", "$.p2", "$.p0"]
    with pytest.raises(ValueError, match="at most 3 plots"):
        page.panel.plot("$.another")
    page.panel.plots = page.panel.plots[1:]
    assert [plot.path for plot in page.panel.plots] == ["$.p2", "$.p0"]
    gone = page.panel.plots[0]
    page.panel.plots = ()
    with pytest.raises(ValueError, match="of this panel"):
        page.panel.plots = (gone,)


def test_a_session_in_the_place_of_another_is_plotted(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"p":1}')
    made = page.panel.plot("$.p")
    assert made is not None
    other = Conversation("feed")
    other.messages.add("text", b'{"p":2}')
    page.panel.attach(other)
    assert page.panel.plots == (made,)
    assert [row["value"] for row in made.points()] == [2.0]


def test_secrets_do_not_travel(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("hunter2-hunter2")
    page = open_panel(session)
    page.panel.plot("$.p", where="hunter2-hunter2")
    assert "hunter2" not in str(page.panel._plotted)
    assert "hunter2" not in repr(page.panel.plots)


def test_the_chart_is_one_for_python_and_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.panel.chart is False
    page.panel.chart = True
    assert {"_chart": True} in page.wire.states
    page.panel._handle_msg(
        {"content": {"data": {"method": "update", "state": {"_chart": False}, "buffer_paths": []}}, "buffers": []}
    )
    assert page.panel.chart is False


def test_what_came_when_travels_as_numbers() -> None:
    strip = Strip(START, 5 * MS, [1, 0], [0, 2], [10, 20], [0, 1], None, True)
    answer, (counts, sizes) = overview_answer(strip, (None, START + MS))
    assert answer == {
        "k": "overview",
        "start": START // 1000,
        "width": 5000,
        "count": 2,
        "filtered": 0,
        "low": None,
        "high": START // 1000 + 1000,
        "busy": 1,
    }
    assert struct.unpack("<6I", counts) == (1, 0, 0, 2, 0, 1)
    assert struct.unpack("<2d", sizes) == (10.0, 20.0)
    answer, (counts, _) = overview_answer(strip._replace(shown=([1, 1], [0, 2])), (START, None))
    assert (answer["filtered"], answer["low"], struct.unpack("<10I", counts)[6:]) == (1, START // 1000, (1, 1, 0, 2))


def test_a_span_is_a_filter(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    for number in range(5):
        session.messages.add("text", b"x", time_ns=START + number * MS)
    answer, _ = page.ask("overview")
    assert (answer["count"], answer["filtered"]) == (5, 0)
    answer, _ = page.ask("brush", low=START // 1000 + 1000, high=START // 1000 + 3000)
    tick, rows = page.tick(lambda tick: tick["gen"] == answer["gen"] and not tick["busy"])
    assert [row[0] for row in rows] == [1, 2]
    assert page.panel.filter == tick["filter"]
    assert tick["filter"].startswith("since:2023-11-1")
    assert page.ask("overview")[0]["low"] == START // 1000 + 1000
    page.ask("brush", low=0, high=0)
    assert page.panel.filter == ""


def test_response_times(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"id":1}', sent=True, time_ns=START)
    session.messages.add("text", b'{"id":1}', time_ns=START + 3 * MS)
    answer: dict[str, Any] = {"busy": 1}
    while answer["busy"]:
        answer, _ = page.ask("pairs", of="feed")
    assert (answer["counts"], answer["percentiles"], answer["waiting"]) == ([(2048, 4095, 1)], [0.003] * 3, 0)
    session.messages.add("text", b'{"id":2}', sent=True, time_ns=START)
    assert page.ask("pairs", of="feed")[0]["waiting"] == 1
    assert page.panel.response_times() == [0.003]
    assert "not shown" in page.ask("pairs", of="other")[0]["message"]
