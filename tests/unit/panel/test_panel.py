"""`Panel`: the wiring, with a comm that records and a session that does as it is told."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import traitlets

import kontena_ws_nb as kws
from kontena_ws_nb.errors import SocketError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel
from kontena_ws_nb.panel.handlers import REMEMBERED
from kontena_ws_nb.panel.panel import _answer_on_any_shell
from kontena_ws_nb.transport.switch_interval import SHORT
from tests.lab.waiting import wait_for
from tests.unit.panel.conversation import DEADLINE, Conversation, Page


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
    assert page.panel._snapshot == {}  # nobody shows it yet: what is displayed first is what is shown then


def test_an_update_asks_for_the_gil_sooner(open_panel: Callable[..., Page], monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = sys.getswitchinterval(), []
    publish = Panel._publish
    monkeypatch.setattr(Panel, "_publish", lambda panel, update: (seen.append(sys.getswitchinterval()), publish(panel, update)))
    open_panel(MessageLog()).tick()
    assert seen[0] == pytest.approx(SHORT)
    wait_for(lambda: sys.getswitchinterval() == pytest.approx(before))


def test_without_a_real_comm_there_is_no_thread(session: Conversation) -> None:
    panel = Panel(session)
    assert panel._thread is None
    assert repr(panel) == "<Panel feed wss://feed.example/v1 open, 0 messages>"
    panel.close()


def test_polling_is_answered_on_the_spot(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    page = open_panel(log)
    page.say("poll")
    tick, _ = page.tick(lambda tick: tick["via"] == "reply")
    assert tick["session"]["state"] == "log"
    assert repr(page.panel) == "<Panel 0 messages>"


def test_rows_and_details(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"{}")
    session.messages.add("binary", bytes(300_000), sent=True)
    session.messages.add("close", b"\x03\xe9away")
    gen = page.panel._feed.gen
    answer, buffers = page.ask("rows", gen=gen, first=0, n=500)
    assert answer["k"] == "rows"
    assert [row[3] for row in json.loads(buffers[0])] == ["text", "binary", "close"]
    answer, buffers = page.ask("detail", key=1, offset=0)
    assert (answer["size"], answer["sent"], answer["code"], len(buffers[0])) == (300_000, 1, "feed.messages[1]", 200_000)
    answer, buffers = page.ask("detail", key=1, offset=200_000)
    assert (answer["offset"], len(buffers[0])) == (200_000, 100_000)
    answer, _ = page.ask("detail", key=2, offset=0)
    assert answer["close"] == {"code": 1001, "reason": "away", "meaning": "going away", "by": "the server"}
    session.name = "feed-2"
    page.panel.attach(session)
    assert page.ask("detail", key=0, offset=0)[0]["code"] == "kws.sessions['feed-2'].messages[0]"
    answer, _ = page.ask("detail", key=7, offset=0)
    assert answer == {"v": 1, "k": "error", "id": answer["id"], "message": "message 7 does not exist; 3 were written", "position": None}


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


def test_a_snapshot_shows_what_the_filter_does_and_stays(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    for number in range(60):
        session.messages.add("text", b"<b>row %d</b>" % number, sent=number % 2 == 1)
    page.panel.filter = "dir:sent"
    taken = page.panel.snapshot()
    session.messages.add("text", b"later", sent=True)
    text, html = repr(taken), taken._repr_mimebundle_()["text/html"]
    assert text.startswith("feed  wss://feed.example/v1  open  filter: dir:sent: 30 messages")
    assert "row 59" in text
    assert "row 58" not in text
    assert "later" not in text
    assert "<b>row" not in html
    assert html.count("<tr>") == 21
    assert len(html.encode()) <= 12_000


def test_export_to_a_file(open_panel: Callable[..., Page], session: Conversation, tmp_path: Path) -> None:
    page = open_panel(session, view="dir:sent")
    session.messages.add("text", b"sent", sent=True)
    session.messages.add("text", b"received")
    assert page.panel.export(tmp_path / "all.jsonl") == 1
    assert json.loads((tmp_path / "all.jsonl").read_text())["text"] == "sent"


def test_export_in_parts(open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.feed.EXPORT_ROWS", 2)
    page = open_panel(session, view="row")
    for number in range(3):
        session.messages.add("text", b"row %d" % number)
    gen = page.tick(lambda tick: tick["n"] == 3)[0]["gen"]
    answer, first = page.ask("export", gen=gen, format="csv", start=1, first=0, stop=3)
    assert (answer["next"], answer["rows"]) == (2, 2)
    answer, second = page.ask("export", gen=gen, format="csv", start=0, first=2, stop=3)
    assert (answer["next"], answer["rows"]) == (3, 1)
    lines = (first[0] + second[0]).decode().splitlines()
    assert lines[0] == "index,time,direction,kind,size,connection,text,data"
    assert [line.split(",")[6] for line in lines[1:]] == ["row 0", "row 1", "row 2"]
    assert "jsonl, csv" in page.ask("export", gen=gen, format="har", start=1, first=0, stop=3)[0]["message"]
    monkeypatch.setattr("kontena_ws_nb.panel.handlers.EXPORT_BYTES", 1)  # a part ends where it is large enough
    assert page.ask("export", gen=gen, format="csv", start=0, first=0, stop=2)[0]["next"] == 1
    monkeypatch.setattr(session.messages, "get", lambda index: None)  # dropped meanwhile
    assert page.ask("export", gen=gen, format="jsonl", start=1, first=0, stop=3)[0]["rows"] == 0
    page.panel.filter = ""
    assert "export again" in page.ask("export", gen=gen, format="csv", start=1, first=0, stop=3)[0]["message"]


def test_the_picker_shows_other_sessions(open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Conversation()
    other.name = "trades"
    other.messages.add("text", b"a trade")
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {"trades": other})
    page = open_panel(session)
    offered = page.ask("sessions")[0]["sessions"]
    assert [(one["name"], one["state"], one["shown"]) for one in offered] == [("trades", "open", False), ("feed", "open", True)]
    assert page.ask("show", names=["trades"])[0]["k"] == "done"
    assert page.tick(lambda tick: tick["session"]["name"] == "trades")[0]["n"] == 1
    assert page.panel.session is other
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {})
    assert "no live session 'other'" in page.ask("show", names=["other"])[0]["message"]
    page.ask("show", names=["feed"])
    assert page.panel.session is session


def test_the_picker_of_a_log(open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {"feed": session})
    log = MessageLog()
    page = open_panel(log)
    page.ask("show", names=["feed"])
    assert [(one["name"], one["shown"]) for one in page.ask("sessions")[0]["sessions"]] == [("log", False), ("feed", True)]
    page.ask("show", names=["log"])
    assert page.panel.messages is log


def test_a_request_and_its_response(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"id":1}', sent=True, time_ns=1_000_000)
    session.messages.add("text", b'{"id":1,"result":true}', time_ns=4_000_000)
    answer, _ = page.ask("detail", key=1, offset=0)
    assert answer["pair"] == {"key": 0, "index": 0, "sent": 1, "answer": False, "took": 3000}
    assert (answer["since_previous"], answer["since_sent"]) == (3000, 3000)


def test_statistics_of_a_log(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    log.add("text", b"four")
    answer, _ = open_panel(log).ask("statistics", of="log")
    assert (answer["available"], answer["sizes"]) == (False, [(4, 7, 1)])


def test_send(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.ask("send", of="feed", kind="text", text="hello")[0]["index"] == 0
    assert page.ask("send", [memoryview(b"\x00\xff")], of="feed", kind="binary", text="")[0]["index"] == 1
    assert [message.data for message in session.messages] == ["hello", b"\x00\xff"]
    session.refuse = SocketError("the connection is closed")
    answer, _ = page.ask("send", of="feed", kind="text", text="again")
    assert (answer["k"], answer["message"]) == ("error", "the connection is closed")


def test_a_message_is_sent_again_as_it_was(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("hunter2-hunter2")
    page = open_panel(session)
    session.messages.add("text", b'{"token":"hunter2-hunter2"}')
    session.messages.add("binary", b"\x00hunter2-hunter2\xff")
    assert page.ask("resend", of="feed", key=0)[0]["index"] == 2
    assert page.ask("resend", of="feed", key=1)[0]["index"] == 3
    assert [message.data for message in session.messages[2:]] == ['{"token":"hunter2-hunter2"}', b"\x00hunter2-hunter2\xff"]
    page.say("resend", of="feed", id="same", key=0)
    page.say("resend", of="feed", id="same", key=0)
    assert [page.until(lambda message: message.get("id") == "same")[0]["index"] for _ in range(2)] == [4, 4]
    assert page.ask("resend", of="feed", key=99)[0]["message"] == "message 99 does not exist; 5 were written"


def test_a_message_is_edited_without_its_secrets(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("hunter2")
    kws.secret(b"\xa9\xc3\xa9\xc3")
    page = open_panel(session)
    session.messages.add("text", '{"token":"hunter2","old":"hunter2","spelled":"hunter\\u0032","é":"ééé"}'.encode())
    draft = page.ask("draft", of="feed", key=0)[0]["text"]
    assert json.loads(draft).keys() == {"token", "old", "spelled", "é"}
    names = re.findall("«secret [0-9a-f]{8}»", draft)
    assert (len(names), len(set(names))) == (4, 3)
    assert names[0] == names[1]
    page.ask("send", of="feed", kind="text", text=draft.replace('"token"', '"new"'))
    assert session.messages[1].text == '{"new":"hunter2","old":"hunter2","spelled":"hunter\\u0032","é":"ééé"}'
    page.ask("send", of="feed", kind="text", text="«secret 00000000» *** «secret»")
    assert len(session.messages) == 2, "nothing was sent"
    answer, _ = page.ask("send", of="feed", kind="text", text="a «secret 00000000»")
    assert answer["message"] == "«secret 00000000» is a secret of another panel, or of a kernel that has ended: write it again"
    page.ask("send", of="feed", kind="text", text="*** «secret» \ud800".replace("\ud800", "é"))
    assert session.messages[2].text == "*** «secret» é"


def test_a_saved_page_forgets_a_secret_that_was_told_later(open_panel: Callable[..., Page], session: Conversation) -> None:
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


def test_a_send_that_comes_twice_is_sent_once(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    page.say("send", of="feed", id="same", kind="text", text="once")
    page.say("send", of="feed", id="same", kind="text", text="once")
    answers = [page.until(lambda message: message.get("id") == "same")[0] for _ in range(2)]
    assert answers[0] == answers[1]
    page.panel._handlers._answers["busy"] = None  # the first is under way on another thread: it answers for both
    page.say("send", of="feed", id="busy", kind="text", text="never")
    assert len(session.messages) == 1
    for number in range(REMEMBERED + 5):
        page.say("send", of="feed", id=f"many:{number}", kind="text", text="x")
    assert len(page.panel._handlers._answers) == REMEMBERED


def test_close_does_not_hold_up_the_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    page.say("hello")
    page.tick()
    assert page.ask("close", of="feed", code=4001, reason="bye")[0]["k"] == "done"
    assert session.closed_with == (4001, "bye")
    tick, _ = page.tick(lambda tick: tick["session"]["state"] == "closed")
    assert tick["session"]["close"] == {"code": 4001, "reason": "bye", "meaning": "application code", "by": "you"}
    assert not tick["session"]["writable"]


def test_the_end_is_kept_for_pages_without_a_kernel(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    kept = threading.Event()
    page.panel.observe(lambda change: kept.set(), "_snapshot")
    session.close(1000, "")
    assert kept.wait(DEADLINE)
    assert page.panel._snapshot["tick"]["session"]["state"] == "closed"
    assert page.panel._snapshot["rows"][0][3] == "close"


def test_close_refused(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.refuse = ValueError("1005 may not be sent")
    assert page.ask("close", of="feed", code=1005, reason="")[0]["message"] == "1005 may not be sent"


def test_reconnect(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.close(1000, "")
    page.tick(lambda tick: tick["session"]["state"] == "closed")
    session.refuse = SocketError("nobody there")
    assert page.ask("reconnect", of="feed")[0]["message"] == "nobody there"
    session.refuse = None
    assert page.ask("reconnect", of="feed")[0]["k"] == "done"
    assert page.tick(lambda tick: tick["session"]["state"] == "open")[0]["session"]["writable"]


def test_clear(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"x")
    assert page.ask("clear")[0]["k"] == "done"
    assert len(session.messages) == 0


def test_a_bare_log_has_no_connection(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    log.add("text", b"x")
    page = open_panel(log)
    assert page.panel.session is None
    assert page.panel.messages is log
    assert not page.ask("handshake", of="log")[0]["available"]
    assert "no connection" in page.ask("certificate", of="log")[0]["note"]
    assert "no connection" in page.ask("send", of="log", kind="text", text="x")[0]["message"]
    assert "no connection" in page.ask("close", of="log", code=1000, reason="")[0]["message"]
    assert page.ask("detail", key=0, offset=0)[0]["code"] == "log[0]"


def test_a_session_without_tls(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.panel.session is session
    assert not page.ask("handshake", of="feed")[0]["available"]
    assert "not encrypted" in page.ask("certificate", of="feed")[0]["note"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"v": 2, "k": "hello", "id": "a"}, "version 1"),
        ({"v": 1, "k": "dance", "id": "a"}, "no request 'dance'"),
        ({"v": 1, "k": "rows", "id": "a", "gen": 0, "first": -1, "n": 10}, "first must be a whole number"),
        ({"v": 1, "k": "rows", "id": "a", "gen": True, "first": 0, "n": 10}, "gen must be a whole number"),
        ({"v": 1, "k": "filter", "id": "a", "text": 7}, "text must be text"),
        ("nonsense", "k must be text of at most 20"),
    ],
)
def test_a_page_that_talks_nonsense_is_told(open_panel: Callable[..., Page], session: Conversation, content: Any, words: str) -> None:
    page = open_panel(session)
    page.panel._handlers.message(content, [])
    answer, _ = page.until(lambda message: message["k"] == "error")
    assert words in answer["message"]


def test_what_nobody_expects_is_logged_and_answered(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = open_panel(session)
    monkeypatch.setattr(session.messages, "clear", lambda: [][1:].missing)  # type: ignore[attr-defined]
    assert "no attribute" in page.ask("clear")[0]["message"]
    assert "failed to answer" in caplog.text


def test_a_broken_comm_is_logged_and_the_pump_goes_on(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
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
    assert "feed  wss://feed.example/v1  open: 1 message" in data["text/plain"]
    assert "<script>" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]
    assert page.panel._snapshot["rows"][0][5] == "<script>alert(1)</script>"
    bare = open_panel(MessageLog()).panel
    assert bare._repr_mimebundle_()[0]["text/plain"] == "0 messages"


def test_closing_on_the_pump_itself(open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_panel(session)
    page.tick()
    thread = page.panel._thread
    monkeypatch.setattr(page.panel, "_publish", lambda update: page.panel.close())
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
