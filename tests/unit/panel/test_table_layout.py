"""Columns and highlights of a panel: from Python, from the page, for every view, and when a session takes another one's place."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.comm_messages import Column, Highlight
from kontena_ws_nb.log.filter.query import QueryError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import Conversation, Page


def test_python_sets_them_for_every_view(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"symbol":"BTC","price":1.50}')
    assert page.panel.columns == page.panel.highlights == ()
    assert page.panel._arrangement == {}
    page.panel.columns = ["$.symbol", "price"]
    page.panel.highlights = {"$.symbol=BTC": "red"}
    tick, rows = page.tick(lambda tick: tick["layout"] == 2)
    assert rows[0][8:] == [["BTC", "1.50"], 1]
    assert page.panel.columns == (Column("$.symbol", "symbol", 110), Column("$.price", "price", 110))
    assert page.panel.highlights == (Highlight("$.symbol=BTC", "red", 1),)
    assert page.panel._arrangement == {
        "layout": 2,
        "columns": [("$.symbol", "symbol", 110), ("$.price", "price", 110)],
        "highlights": [("$.symbol=BTC", "red", 1)],
        "problems": [""],
    }
    second = Page(page.panel, "second")
    second.say("hello")
    assert second.tick(lambda tick: tick["layout"] == 2 and tick["view"] == "second")[1][0][8] == ["BTC", "1.50"]
    answer, _ = page.ask("rows", gen=tick["gen"], first=0, n=10)
    assert answer["layout"] == 2


def test_what_is_wrong_changes_nothing(session: Conversation) -> None:
    panel = Panel(session)
    panel.columns = ["$.a"]
    for wrong in (["$.a", "$.b=1"], "$.a", [5]):
        with pytest.raises((QueryError, TypeError)):
            panel.columns = wrong
    with pytest.raises(QueryError):
        panel.highlights = {"$.a=": "red"}
    assert [column.path for column in panel.columns] == ["$.a"]
    assert panel._arrangement["layout"] == 1


def test_the_page_sets_them(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"a":1}')
    assert page.ask("columns", paths=["$.a", "$.b"], titles=["", "B"], widths=[0, 60])[0]["k"] == "done"
    assert page.panel.columns == (Column("$.a", "a", 110), Column("$.b", "B", 60))
    assert page.ask("highlights", filters=["$.a=1"], colours=["teal"], on=[0])[0]["k"] == "done"
    assert page.panel.highlights == (Highlight("$.a=1", "teal", 0),)
    answer, _ = page.ask("columns", paths=["$.a", "$.c>5"], titles=["", ""], widths=[0, 0])
    assert (answer["k"], answer["position"]) == ("error", 3)
    assert "without a comparison" in answer["message"]
    answer, _ = page.ask("highlights", filters=["/(/"], colours=["red"], on=[1])
    assert (answer["k"], answer["position"]) == ("error", 1)
    assert [column.path for column in page.panel.columns] == ["$.a", "$.b"]


@pytest.mark.parametrize(
    "request_",
    [
        {"paths": ["$.a"], "titles": [], "widths": []},
        {"paths": ["$.a"], "titles": ["a"], "widths": [-1]},
        {"paths": ["$." + "a" * 500], "titles": ["a"], "widths": [0]},
        {"paths": "$.a", "titles": ["a"], "widths": [0]},
        {"paths": ["$.a"] * 14, "titles": ["a"] * 14, "widths": [0] * 14},
        {"paths": ["«secret 00000000»"], "titles": [""], "widths": [0]},
    ],
)
def test_what_is_no_request_for_columns_is_refused(
    open_panel: Callable[..., Page], request_: dict[str, object]
) -> None:
    page = open_panel(MessageLog())
    assert page.ask("columns", **request_)[0]["k"] == "error"
    assert page.panel.columns == ()


@pytest.mark.parametrize(
    "request_",
    [
        {"filters": ["a"], "colours": [], "on": [1]},
        {"filters": ["a"], "colours": ["pink"], "on": [1]},
        {"filters": ["a"], "colours": ["red"], "on": [2]},
        {"filters": ["a" * 1001], "colours": ["red"], "on": [1]},
    ],
)
def test_what_is_no_request_for_highlights_is_refused(
    open_panel: Callable[..., Page], request_: dict[str, object]
) -> None:
    page = open_panel(MessageLog())
    assert page.ask("highlights", **request_)[0]["k"] == "error"
    assert page.panel.highlights == ()


def test_the_page_gets_no_secrets_and_gives_their_names_back(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    log.add("text", b'{"token":"hunter3-hunter3"}')
    page = open_panel(log)
    page.panel.columns = {"$.token": "hunter3-hunter3"}
    page.panel.highlights = {"hunter3-hunter3": "red"}
    assert "hunter3" in str(page.panel._arrangement), "nobody knows yet"
    kws.secret("hunter3-hunter3")
    log.add("text", b"news")
    wait_for(lambda: "hunter3" not in str(page.panel._arrangement))
    [(text, _, _)] = page.panel._arrangement["highlights"]
    assert text.startswith("«secret ")
    assert page.panel._arrangement["columns"] == [("$.token", "***", 110)]
    assert page.ask("highlights", filters=[text, "b"], colours=["blue", "red"], on=[1, 1])[0]["k"] == "done"
    assert [rule.filter for rule in page.panel.highlights] == ["hunter3-hunter3", "b"]


def test_a_rule_that_was_stopped_says_so(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    page = open_panel(log)
    page.panel.highlights = {"/(a|aa)+$/": "red"}
    log.add("text", b"a" * 60 + b"b")
    wait_for(lambda: "was stopped" in page.panel._arrangement["problems"][0])
    assert page.panel._arrangement["layout"] == 1


def test_they_stay_when_a_session_takes_another_ones_place(session: Conversation) -> None:
    panel = Panel(session)
    panel.columns = ["$.a"]
    panel.highlights = {"a": "red"}
    log = MessageLog()
    log.add("text", b'{"a":1}')
    panel.attach(log)
    assert [(row.cells, row.rule) for row in panel._feed.poll().rows] == [(("1",), 1)]
    assert [column.path for column in panel.columns] == ["$.a"]


def test_another_width_asks_nothing_of_the_rows(session: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel(session)
    session.messages.add("text", b'{"a":1}')
    panel.columns = ["$.a"]
    assert panel._feed.poll().rows[0].cells == ("1",)
    monkeypatch.setattr("kontena_ws_nb.feed.columns.parse_spelled", lambda _text: SimpleNamespace())
    panel.columns = [("$.a", "A", 50)]
    assert panel._feed.poll().rows[0].cells == ("1",)
    assert panel.columns == (Column("$.a", "A", 50),)
    assert panel._arrangement["columns"] == [("$.a", "A", 50)]
    assert panel._arrangement["layout"] == panel._feed.layout == 1, "the page keeps its rows"


def test_what_a_saved_notebook_shows_has_the_columns(session: Conversation) -> None:
    panel = Panel(session)
    session.messages.add("text", b'{"a":"<b>","b":1.50}')
    session.messages.add("text", b"hello")
    panel.columns = {"$.a": "<i>", "$.b": "price"}
    bundle = panel.snapshot()._repr_mimebundle_()
    assert ">&lt;i&gt;</th><th" in bundle["text/html"]
    assert '>&lt;b&gt;</td><td style="text-align:left">1.50</td>' in bundle["text/html"]
    first, second = bundle["text/plain"].splitlines()[-2:]
    assert "<i>=<b>  price=1.50  {" in first
    assert "price" not in second
    panel.columns = []
    assert "price" not in panel.snapshot()._repr_mimebundle_()["text/html"]
