"""`Layout`: cells and rules in the rows that travel."""

from __future__ import annotations

import json

import pytest

from kontena_ws_nb.feed.columns import Columns, read_columns
from kontena_ws_nb.feed.comm_messages import RowItem, pack
from kontena_ws_nb.feed.feed import Feed
from kontena_ws_nb.feed.highlights import Highlights, read_highlights
from kontena_ws_nb.feed.layout import Layout
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.log import MessageLog


def filled(*payloads: bytes) -> MessageLog:
    log = MessageLog()
    for payload in payloads:
        log.add("text", payload)
    return log


def layout(paths: list[str], rules: dict[str, str] | None = None, version: int = 1) -> Layout:
    return Layout(version, Columns(read_columns(paths)), Highlights(read_highlights(rules or {})))


def test_nothing_is_written_where_there_is_nothing() -> None:
    rows: list[RowItem | None] = [None]
    assert Layout().fill(rows, lambda _key: None) == (rows, True)
    feed = Feed(name_sources([filled(b"{}", b'{"x":1}')]))
    before = pack(feed.poll().rows)
    feed.set_layout(layout(["$.y"]))
    assert pack(feed.poll().rows) == before


def test_rows_carry_cells_and_rules() -> None:
    feed = Feed(name_sources([filled(b'{"x":1}', b"hello", b'{"x":2,"y":"z"}')]))
    feed.set_layout(layout(["$.x", "$.y"], {"hello": "red"}))
    assert [(row.cells, row.rule) for row in feed.poll().rows] == [(("1", ""), 0), ((), 1), (("2", "z"), 0)]
    assert [row[8:] for row in json.loads(pack(feed.poll().rows))] == [[["1", ""]], [[], 1], [["2", "z"]]]
    _, rows = feed.rows(feed.gen, 0, 3)
    assert [row and row.cells for row in rows] == [("1", ""), (), ("2", "z")]


def test_every_tick_says_the_version_and_a_change_is_news() -> None:
    log = filled(b'{"x":1}')
    now = [0.0]
    feed = Feed(name_sources([log]), lambda: now[0])
    feed.hello()
    first = feed.step()
    assert first is not None
    assert first.tick["layout"] == feed.layout == 0
    now[0] += 10
    assert feed.step() is None
    feed.set_layout(layout(["$.x"], version=7))
    gen = feed.gen
    second = feed.step()
    assert second is not None
    assert (second.tick["layout"], second.tick["gen"], second.rows[0].cells) == (7, gen, ("1",)), "positions stay"
    assert feed.another().poll().rows[0].cells == ("1",)


def test_rows_of_several_logs_have_their_own() -> None:
    one, two = filled(b'{"x":1}'), filled(b'{"x":2}')
    feed = Feed(name_sources([one, two]))
    feed.set_layout(layout(["$.x"]))
    feed.finish()
    assert sorted(row.cells for row in feed.poll().rows) == [("1",), ("2",)]


def test_a_run_of_pings_has_no_cells_but_a_rule() -> None:
    log = MessageLog()
    for _ in range(3):
        log.add("ping", b'{"x":1}')
    log.add("text", b'{"x":1}')
    feed = Feed(name_sources([log]))
    feed.set_layout(layout(["$.x"], {"kind:ping": "grey"}))
    assert [(row.folded, row.cells, row.rule) for row in feed.poll().rows] == [(3, (), 1), (0, ("1",), 0)]


def test_a_row_that_is_not_shown_any_more_stays_as_it_is() -> None:
    row = RowItem(1 << 50, 0, 0, "text", 1, "a", 0, 0)
    feed = Feed(name_sources([filled(b"a")]))
    assert layout(["$.x"]).fill([row, None], feed.sources.find) == ([row, None], True)


def test_an_update_reads_so_much_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.feed.OF_AN_UPDATE", 20)
    now = [0.0]
    feed = Feed(name_sources([filled(*(b'{"x":%d}' % number for number in range(9)))]), lambda: now[0])
    feed.set_layout(layout(["$.x"], {"x": "red"}))
    feed.hello()
    for known in (3, 6, 9):
        update = feed.step()
        assert update is not None
        assert [bool(row.cells) and row.rule == 1 for row in update.rows] == [False] * (9 - known) + [True] * known
        assert [row.key for row in update.rows] == list(range(9))
        assert feed.pause().until_rows is False
        now[0] += 1
        assert feed.pause().until_rows is (known == 9)
    assert feed.step() is None, "nothing is left to tell"
    _, rows = feed.rows(feed.gen, 0, 9)
    assert all(row and row.cells for row in rows)


def test_who_scrolls_there_gets_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.feed.OF_AN_UPDATE", 0)
    feed = Feed(name_sources([filled(b'{"x":1}', b'{"x":2}')]))
    feed.set_layout(layout(["$.x"]))
    assert [row.cells for row in feed.poll().rows] == [(), ()]
    _, rows = feed.rows(feed.gen, 0, 2)
    assert [row and row.cells for row in rows] == [("1",), ("2",)]
    assert [row.cells for row in feed.poll().rows] == [("1",), ("2",)], "what is known costs nothing"
