"""Views keep up with their log, survive clearing and interrupts, and are sequences; so are slices."""

from __future__ import annotations

import re
import signal
import sys
import time
from array import array

import pytest

from kontena_ws_nb.log.filter import hits, query
from kontena_ws_nb.log.filter.query import Query, QueryError, Scan
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.view import View
from tests.lab.interrupts import strike
from tests.unit.log.rows_lab import batch_of


def filled(count: int = 10, **limits: int) -> MessageLog:
    log = MessageLog(**limits)  # type: ignore[arg-type]
    for number in range(count):
        log.add("text", b"even" if number % 2 == 0 else b"odd")
    return log


def test_a_view_keeps_up() -> None:
    log = filled()
    view = log.where("even")
    assert (len(view), view[0].index, view[-1].index) == (5, 0, 8)
    assert [message.index for message in view] == [0, 2, 4, 6, 8]
    assert [message.index for message in view[1:3]] == [2, 4]
    assert [message.index for message in reversed(view)] == [8, 6, 4, 2, 0]
    log.add("text", b"even more")
    assert len(view) == 6
    assert view.update()
    assert view[0] in view
    with pytest.raises(IndexError):
        view[6]


def test_clearing_starts_over() -> None:
    log = filled()
    view = View(log, Query.parse("even"))
    assert len(view) == 5
    log.clear()
    assert len(view) == 0
    log.add("text", b"even")
    assert [message.index for message in view] == [10]


def test_dropped_hits_keep_their_place() -> None:
    log = filled(8, max_messages=8)
    view = log.where("even")
    assert len(view) == 4
    for _ in range(4):
        log.add("text", b"even")
    assert len(view) == 8
    assert [message.index for message in view] == [4, 6, 8, 9, 10, 11]
    with pytest.raises(IndexError, match="message 0 was dropped"):
        view[0]


def test_a_search_in_slices() -> None:
    log = MessageLog()
    for _ in range(3):
        log.add("text", b"a" * 100_000)
    view = log.where("a")
    steps = 0
    while not view.update(-1):
        steps += 1
    assert steps == 2
    assert list(view.indices) == [0, 1, 2]


def test_an_interrupt_loses_no_hit(monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled()
    view = log.where("even")
    view.update()
    log.add("text", b"odd")
    log.add("text", b"even")
    step = Scan.step

    def interrupted(self: Scan, deadline: float | None = None, stop: int | None = None) -> array[int]:
        step(self, deadline, stop)
        raise KeyboardInterrupt

    monkeypatch.setattr(Scan, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        view.update()
    empty = log.where("even")
    with pytest.raises(KeyboardInterrupt):
        empty.update()
    monkeypatch.undo()
    assert list(view.indices) == [0, 2, 4, 6, 8]
    assert len(view) == 6
    assert len(empty) == 6


def test_a_bad_filter() -> None:
    with pytest.raises(QueryError):
        filled().where("kind:nope")


def test_repr_searches_only_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    view = filled().where("even")
    assert repr(view) == "<View 'even': 5 of 10 messages>"
    monkeypatch.setattr(View, "update", lambda self, budget_s=None: False)
    assert repr(view) == "<View 'even': 5 of 10 messages, still searching>"


def test_a_slow_filter_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(query, "_SLOW", 0.0)
    view = filled().where("/even/")
    assert view.slow is None
    assert re.fullmatch(
        r"<View '/even/': 5 of 10 messages; this filter took \S+ s for message \d \(\d bytes\)>", repr(view)
    )
    assert len(caplog.records) == 1


def test_views_and_slices_show_themselves() -> None:
    log = filled()
    assert "odd" in log.where("odd")._repr_mimebundle_()["text/html"]
    assert "even" in log[:3]._repr_mimebundle_()["text/plain"]
    assert "10 rows" in log._repr_mimebundle_()["text/plain"]


def test_slices() -> None:
    log = filled()
    rows = log[2:8:2]
    assert (len(rows), rows[0].index, rows[-1].index) == (3, 2, 6)
    assert [message.index for message in rows[1:]] == [4, 6]
    assert [message.index for message in reversed(rows)] == [6, 4, 2]
    assert repr(rows) == "<3 messages of <MessageLog 10 messages, 35 bytes>>"


def test_a_slice_whose_rows_were_dropped() -> None:
    log = filled(8, max_messages=8)
    rows = log[2:8]
    for _ in range(4):
        log.add("text", b"new")
    assert len(rows) == 6
    assert [message.index for message in rows] == [4, 5, 6, 7]
    assert repr(rows) == "<6 messages of <MessageLog 8 messages, 26 bytes, 4 dropped>>"


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("/(x+x+)+y|y{99}/", b"x" * 60),  # one row would take for ever
        ("/[a-z]{9}/", b'{"abcdefghijk": [1, 2, 3]}'),  # each row is quick
    ],
    ids=["in a row", "between rows"],
)
def test_an_interrupt_ends_a_search_at_once(text: str, payload: bytes) -> None:
    log = MessageLog()
    for _ in range(30):
        log.append(batch_of(*[payload] * 10_000), 1)
    view = log.where(text)
    # From outside, as a notebook's stop button: a thread of ours would not get the GIL while one row is searched.
    before, tracer = signal.signal(signal.SIGVTALRM, strike), sys.gettrace()
    try:
        worked = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            len(view)
        assert time.process_time() - worked < 0.6
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        sys.settrace(tracer)  # an interrupt inside the tracer switches coverage off
    assert len(log.where("no such text")) == 0


def test_a_view_does_not_outgrow_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hit of a dropped row would cost 8 bytes for ever; positions stay what they were."""
    monkeypatch.setattr(hits, "_PRUNE", 10)
    log = MessageLog(max_messages=64)
    view = log.where("hit")
    for number in range(1000):
        log.add("text", b"hit %d" % number if number % 2 else b"miss")
        assert len(view) == (number + 1) // 2
    indices = list(view.indices)
    assert len(indices) < 32 + 2 * 10
    assert indices == list(range(1001 - 2 * len(indices), 1000, 2))
    gone = 500 - len(indices)
    assert view[-1].text == view[499].text == "hit 999"
    with pytest.raises(IndexError, match=rf"hit 0 was dropped .*; the oldest of which something is known is {gone}"):
        view[0]
    with pytest.raises(IndexError, match=r"out of range"):
        view[500]
    with pytest.raises(IndexError, match=r"out of range"):
        view[-501]
    positions = dict(enumerate(indices, gone))
    for chosen in (slice(None), slice(3, None, 7), slice(None, None, -1), slice(499, 2, -3), slice(0, 5), slice(5, 0, -1),
                   slice(-4, None), slice(-4, None, -2), slice(gone, gone + 1), slice(gone + 1, None, -1)):  # fmt: skip
        expected = [positions[place] for place in range(500)[chosen] if place in positions]
        assert list(view[chosen].indices) == expected, chosen
    assert [message.index for message in view] == [index for index in indices if index >= log.first_index]
    assert repr(view).startswith("<View 'hit': 500 of ")
