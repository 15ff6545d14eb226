"""`Panel`: the wiring, with a comm that records and a session that does as it is told."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import ipywidgets
import pytest
import traitlets

import kontena_ws_nb as kws
from kontena_ws_nb.feed.feed import Pause
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel
from kontena_ws_nb.panel.panel import _answer_on_any_shell, _unlist
from kontena_ws_nb.transport.switch_interval import SHORT
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import DEADLINE, Conversation, Page, Shell


def test_a_page_says_hello_and_hears_everything(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.panel.comm._reply_subshell_for is None
    session.messages.add("text", b"first")
    page.say("hello")
    tick, rows = page.tick(lambda tick: tick["n"] == 1)
    assert tick["session"]["url"] == "wss://feed.example/v1"
    assert tick["session"]["writable"]
    assert tick["stats"]["uptime"] == 0.0
    assert rows[0][5] == "first"
    page.say("ack", seq=tick["seq"])
    session.messages.add("text", b"second")
    assert page.tick()[1][-1][5] == "second"


def test_an_update_asks_for_the_gil_sooner(open_panel: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = sys.getswitchinterval(), []
    publish = Panel._publish
    monkeypatch.setattr(
        Panel, "_publish", lambda panel, *told: (seen.append(sys.getswitchinterval()), publish(panel, *told))
    )
    open_panel(MessageLog()).tick()
    assert seen[0] == pytest.approx(SHORT)
    wait_for(lambda: sys.getswitchinterval() == pytest.approx(before))


def test_an_update_in_the_middle_of_a_search_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pump goes on searching while the update leaves the kernel; at rest it gives it the time to leave."""
    panel = Panel(MessageLog())
    update, waits = panel._feed.poll(), []
    monkeypatch.setattr(panel, "_publish", lambda update, view: None)
    monkeypatch.setattr(panel._ended, "wait", waits.append)
    for pause in (Pause(0.002, False), Pause(0.1, False)):
        monkeypatch.setattr(panel._feed, "pause", lambda pause=pause: pause)
        panel._tell("page", panel._feed, update)
    assert len(waits) == 1
    panel.close()


def test_without_a_real_comm_there_is_no_thread(session: Conversation) -> None:
    panel = Panel(session)
    assert panel._thread is None
    assert repr(panel) == "<Panel feed wss://feed.example/v1 open, 0 rows>"
    panel.close()


def test_each_view_has_its_own_filter(open_panel: Callable[..., Page], session: Conversation) -> None:
    one = open_panel(session)
    two = Page(one.panel, "second")
    for text in (b"one", b"two", b"three"):
        session.messages.add("text", text)
    one.say("hello")
    one.ask("filter", text="one")
    two.say("hello")
    tick, rows = two.tick(lambda tick: tick["view"] == "second")
    assert (tick["filter"], len(rows)) == ("one", 1), "a new view begins with what was set last"
    gen = two.ask("filter", text="/t/")[0]["gen"]
    assert one.panel.filter == "/t/", "what Python reads is what was set last"
    tick, rows = two.tick(lambda tick: tick["view"] == "second" and tick["gen"] == gen and not tick["busy"])
    assert [row[5] for row in rows] == ["two", "three"]
    session.messages.add("text", b"one more")
    tick, rows = one.tick(lambda tick: tick["view"] == "page" and tick["total"] == 4)
    assert (tick["filter"], [row[5] for row in rows]) == ("one", ["one", "one more"])
    one.panel.filter = ""
    told: dict[str, int] = {}
    one.tick(lambda tick: not tick["filter"] and told.update({tick["view"]: tick["n"]}) is None and len(told) == 2)
    assert told == {"page": 4, "second": 4}
    one.panel.fold = False
    assert not two.tick(lambda tick: tick["view"] == "second" and not tick["fold"])[0]["fold"]


def test_a_view_that_was_let_go_comes_back_with_its_filter(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    one = open_panel(session)
    two = Page(one.panel, "second")
    one.say("hello")
    two.ask("filter", text="two")
    two.say("bye")
    two.say("back", filter="dir:sent", fold=0)
    tick, _ = two.tick(lambda tick: tick["view"] == "second" and tick["filter"] == "dir:sent")
    assert not tick["fold"]
    two.say("back", filter="something else", fold=1)  # it is known: nothing changes
    two.say("hello")
    assert two.tick(lambda tick: tick["view"] == "second")[0]["filter"] == "dir:sent"
    assert one.panel.filter == "", "of a view that only came back nothing was set"


def test_the_filter_is_one_for_python_and_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session, view="dir:sent")
    assert page.panel.filter == "dir:sent"
    session.messages.add("text", b"one")
    answer, _ = page.ask("filter", text="one")
    assert (answer["k"], page.panel.filter) == ("filter", "one")
    page.panel.filter = "kind:binary"
    assert page.tick(lambda tick: tick["filter"] == "kind:binary")[0]["n"] == 0
    answer, _ = page.ask("filter", text="kind:txt")
    assert (answer["k"], answer["position"]) == ("error", 5)
    assert "did you mean text" in answer["message"]
    assert "^" not in answer["message"]  # the page marks the place itself


def test_selection_reaches_python(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.panel.selected == []
    session.messages.add("text", b"this one")
    session.messages.add("text", b"that one")
    page.say("select", keys=[1, 0])
    assert [message.text for message in page.panel.selected] == ["that one", "this one"]
    assert "at most 100" in page.ask("select", keys=list(range(101)))[0]["message"]
    assert "whole numbers" in page.ask("select", keys=[0.5])[0]["message"]
    session.messages.clear()
    assert page.panel.selected == []


def test_python_selects(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    for number in range(3):
        session.messages.add("text", b"row %d" % number, sent=number == 1)
    page.panel.selected = [session.messages[1], 2]
    assert tuple(page.tick(lambda tick: tick["asked"]["select"][0] == 1)[0]["asked"]["select"]) == (1, [1, 2], 1)
    page.panel.filter = "dir:sent"
    asked = page.tick(lambda tick: tick["filter"] == "dir:sent" and not tick["busy"])[0]["asked"]
    assert tuple(asked["select"]) == (1, [1, 2], 0)
    assert page.ask("locate", key=1)[0]["at"] == 0
    assert page.ask("locate", key=2)[0]["at"] is None  # the filter hides it
    page.panel.selected = []
    assert tuple(page.tick(lambda tick: tick["asked"]["select"][0] == 2)[0]["asked"]["select"]) == (2, [], None)
    with pytest.raises(IndexError, match="does not exist"):
        page.panel.selected = [7]
    with pytest.raises(ValueError, match="at most 100"):
        page.panel.selected = [0] * 101


def test_follow_is_one_for_python_and_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.panel.follow
    page.say("follow", on=0)
    assert not page.panel.follow
    page.panel.follow = True
    assert page.panel.follow
    assert tuple(page.tick(lambda tick: tick["asked"]["follow"][0] == 1)[0]["asked"]["follow"]) == (1, True)


def test_a_snapshot_shows_what_the_filter_does_and_stays(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    for number in range(60):
        session.messages.add("text", b"<b>row %d</b>" % number, sent=number % 2 == 1)
    page.panel.filter = "dir:sent"
    taken = page.panel.snapshot()
    session.messages.add("text", b"later", sent=True)
    text, html = repr(taken), taken._repr_mimebundle_()["text/html"]
    assert text.startswith("feed  wss://feed.example/v1  open  filter: dir:sent: 30 rows")
    assert "row 59" in text
    assert "row 58" not in text
    assert "later" not in text
    assert "<b>row" not in html
    assert html.count("<tr>") == 21
    assert len(html.encode()) <= 12_000


def test_a_snapshot_has_the_colours_of_highlights_that_are_on(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    for word in ("buy", "sell", "hold", "buy and sell"):
        session.messages.add("text", word.encode())
    page.panel.highlights = [("buy", "green"), ("sell", "red"), ("hold", "grey", 0)]
    rows = re.findall(r"<tr[^>]*>", page.panel.snapshot()._repr_mimebundle_()["text/html"])[1:]
    green, red = (
        '<tr style="background-color:rgba(44,145,50,.22)">',
        '<tr style="background-color:rgba(198,40,40,.22)">',
    )
    assert rows[-4:] == [green, red, "<tr>", green]
    page.panel.highlights = []
    assert "background" not in page.panel.snapshot()._repr_mimebundle_()["text/html"]


def test_export_to_a_file(open_panel: Callable[..., Page], session: Conversation, tmp_path: Path) -> None:
    page = open_panel(session, view="dir:sent")
    session.messages.add("text", b"sent", sent=True)
    session.messages.add("text", b"received")
    assert page.panel.export(tmp_path / "all.jsonl") == 1
    assert json.loads((tmp_path / "all.jsonl").read_text())["data"] == "sent"


def test_the_picker_shows_other_sessions(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Conversation()
    other.name = "trades"
    other.messages.add("text", b"a trade")
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {"trades": other})
    page = open_panel(session)
    offered = page.ask("sessions")[0]["sessions"]
    assert [(one["name"], one["state"], one["shown"]) for one in offered] == [
        ("trades", "open", False),
        ("feed", "open", True),
    ]
    assert page.ask("show", names=["trades"])[0]["k"] == "done"
    assert page.tick(lambda tick: tick["session"]["name"] == "trades")[0]["n"] == 1
    assert page.panel.session is other
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {})
    assert "no live session 'other'" in page.ask("show", names=["other"])[0]["message"]
    page.ask("show", names=["feed"])
    assert page.panel.session is session


def test_the_picker_of_a_log(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {"feed": session})
    log = MessageLog()
    page = open_panel(log)
    page.ask("show", names=["feed"])
    assert [(one["name"], one["shown"]) for one in page.ask("sessions")[0]["sessions"]] == [
        ("log", False),
        ("feed", True),
    ]
    page.ask("show", names=["log"])
    assert page.panel.messages is log


def test_a_saved_page_forgets_a_secret_that_was_told_later(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    session.messages.add("text", b"hunter2")
    page.say("hello")
    page.tick(lambda tick: tick["n"] == 1)
    page.panel._repr_mimebundle_()
    assert page.panel._snapshot["rows"][0][5] == "hunter2"
    kws.secret("hunter2")
    assert page.tick(lambda tick: tick["gen"] > 1)[1][0][5] == "***"
    wait_for(lambda: page.panel._snapshot["rows"][0][5] == "***")


def test_a_filter_with_a_secret(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("hunter2")
    page = open_panel(session)
    session.messages.add("text", b"one hunter2")
    session.messages.add("text", b"another")
    page.ask("filter", text="hunter2")
    page.say("poll")
    tick, rows = page.tick(lambda tick: tick["filter"] != "")
    assert re.fullmatch("«secret [0-9a-f]{8}»", tick["filter"])
    assert [row[5] for row in rows] == ["one ***"]
    page.ask("filter", text=f"{tick['filter']} dir:received")  # as the page's buttons do
    assert page.panel.filter == "hunter2 dir:received"
    page.say("poll")
    assert page.tick(lambda tick: "dir:received" in tick["filter"])[0]["n"] == 1


def test_the_end_is_kept_for_pages_without_a_kernel(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    kept = threading.Event()
    page.panel.observe(lambda change: kept.set(), "_snapshot")
    session.close(1000, "")
    assert kept.wait(DEADLINE)
    assert page.panel._snapshot["tick"]["session"]["state"] == "closed"
    assert page.panel._snapshot["rows"][0][3] == "close"


def test_a_broken_comm_is_logged_and_the_pump_goes_on(
    open_panel: Callable[..., Page],
    session: Conversation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = open_panel(session)
    page.tick()
    failed = threading.Event()
    monkeypatch.setattr("kontena_ws_nb.panel.panel._logger.exception", lambda *_: failed.set())
    page.wire.broken = True
    session.messages.add("text", b"lost on the way")
    assert failed.wait(DEADLINE)
    page.wire.broken = False
    session.messages.add("text", b"arrives")
    assert page.tick(lambda tick: tick["n"] == 2)[1][-1][5] == "arrives"


def test_a_session_that_replaces_another(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"old")
    page.tick(lambda tick: tick["n"] == 1)
    page.say("select", keys=[0])
    other = Conversation()
    other.url = "wss://feed.example/v2"
    page.panel.attach(other)
    tick, rows = page.tick(lambda tick: tick["session"]["url"].endswith("v2"))
    assert (tick["n"], rows, page.panel.selected) == (0, [], [])
    other.messages.add("text", b"new")
    assert page.tick(lambda tick: tick["n"] == 1)[1][0][5] == "new"


def test_what_a_saved_notebook_holds(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"<script>alert(1)</script>")
    data, _ = page.panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "feed  wss://feed.example/v1  open: 1 row" in data["text/plain"]
    assert "<script>" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]
    assert page.panel._snapshot["rows"][0][5] == "<script>alert(1)</script>"
    bare = open_panel(MessageLog()).panel
    assert bare._repr_mimebundle_()[0]["text/plain"] == "0 rows"


def test_what_is_displayed(open_panel: Callable[..., Page], session: Conversation, shell: Shell) -> None:
    page = open_panel(session)
    session.messages.add("text", b"<b>first</b>")
    page.panel._ipython_display_()
    (live, _, _, _), (table, _, transient, _) = shell.take()
    assert set(live) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert live["text/plain"] == "<Panel of feed>"
    assert transient == {"display_id": page.panel.model_id}
    assert f'class="kws-saved-{page.panel.model_id}"' in table["text/html"]
    assert "not live: run the cell again" in table["text/plain"]
    assert "open: 1 row" in table["text/html"]
    assert len(table["text/html"].encode()) < 13_000
    session.messages.add("text", b"<b>second</b>")
    shell.end_cell()  # as nbconvert needs it, which takes no output between cells
    ((again, _, transient, update),) = shell.take()
    assert (transient, update) == ({"display_id": page.panel.model_id}, True)
    assert "&lt;b&gt;second&lt;/b&gt;" in again["text/html"]
    assert page.panel._snapshot["rows"][-1][5] == "<b>second</b>"
    said, _ = page.until(lambda message: message["k"] == "saved")
    assert (said["html"], said["text"]) == (again["text/html"], again["text/plain"])
    shell.end_cell()
    assert shell.take() == []
    session.messages.add("text", b"third")
    wait_for(lambda: any("third" in data["text/html"] for data, *_ in shell.take()))  # the pump's thread wrote it
    session.close(1000, "")
    wait_for(lambda: any("closed: 4 rows" in data["text/html"] for data, *_ in shell.take()))
    session.messages.add("text", b"fifth")
    page.panel.close()
    assert "fifth" in shell.take()[-1][0]["text/html"]
    shell.end_cell()
    assert shell.take() == []


def test_without_a_notebook_one_display_is_all(
    open_panel: Callable[..., Page], session: Conversation, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kontena_ws_nb.panel.panel.get_ipython", lambda: None)
    shown: list[dict[str, str]] = []
    monkeypatch.setattr("kontena_ws_nb.panel.panel.display", lambda data, raw: shown.append(data))
    open_panel(session).panel._ipython_display_()
    assert "open: 0 rows" in shown[0]["text/plain"]
    assert shell.take() == []


def test_closing_on_the_pump_itself(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_panel(session)
    page.tick()
    thread = page.panel._thread
    monkeypatch.setattr(page.panel, "_publish", lambda *told: page.panel.close())
    session.messages.add("text", b"x")
    assert thread is not None
    thread.join(DEADLINE)
    assert not thread.is_alive()
    assert page.panel.closed


def test_kernels_without_the_private_method_are_left_alone() -> None:
    plain = SimpleNamespace()
    _answer_on_any_shell(plain)
    assert not vars(plain)


def test_the_time_column_is_remembered(open_panel: Callable[..., Page], session: Conversation) -> None:
    panel = open_panel(session).panel
    panel.set_state({"_times": "start"})
    assert panel.get_state("_times") == {"_times": "start"}
    with pytest.raises(traitlets.TraitError):
        panel._times = "nonsense"


def test_where_the_details_are_is_one_for_python_and_page(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    panel = page.panel
    assert panel.details == "auto"
    panel.details = "beside"
    assert page.wire.states[-1] == {"_details": "beside"}
    panel.set_state({"_details": "below"})
    assert panel.details == "below"
    with pytest.raises(ValueError, match="'auto', 'beside', 'below', got"):
        panel.details = "above"
    panel.attach(Conversation("other"))
    assert panel.details == "below", "it is the panel's, not the session's"


def test_a_widget_whose_comm_is_closed_is_on_no_list() -> None:
    layout = ipywidgets.Layout()
    layout.close()
    assert layout.comm is None
    _unlist(layout)  # closes nothing twice
    assert layout not in ipywidgets.widgets.widget._instances.values()


def test_what_a_page_cleared_is_forgotten_after_a_minute(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_panel(session)
    session.messages.add("text", b"x")
    monkeypatch.setattr("kontena_ws_nb.panel.undo.SECONDS", 0.2)
    page.ask("clear")
    page.tick(lambda tick: tick["kept"] == 0 and not tick["marks"] % 64)  # nothing can be had back
    assert (session.messages.undoable, page.ask("undo")[0]["rows"]) == (0, 0)


def test_colab_is_told_which_widget_manager_it_needs(
    open_panel: Callable[..., Page], session: Conversation, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Custom widgets need ``enable_custom_widget_manager`` there, and its address with each output (googlecolab/colabtools, issue 498)."""
    enabled: list[bool] = []
    colab = SimpleNamespace(
        enable_custom_widget_manager=lambda: enabled.append(True),
        _widgets=SimpleNamespace(_installed_url="https://colab.invalid/manager.js"),
    )
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    open_panel(session).panel._ipython_display_()
    assert enabled
    (live, metadata, _, _), (table, *_) = shell.take()
    view = "application/vnd.jupyter.widget-view+json"
    assert view in live
    assert metadata == {view: {"colab": {"custom_widget_manager": {"url": "https://colab.invalid/manager.js"}}}}
    assert "not live" in table["text/html"]
