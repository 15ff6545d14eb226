"""What a page may ask, and what it is answered."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import SocketError
from kontena_ws_nb.feed.registry import registry
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.panel.handlers import MOST_WALKS, REMEMBERED
from kontena_ws_nb.protocol.frames import TEXT, Batch
from tests.lab.raw_server import RawServer, echo
from tests.unit.panel.conversation import Conversation, Page


def test_polling_is_answered_on_the_spot(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    page = open_panel(log)
    page.say("poll")
    tick, _ = page.tick(lambda tick: tick["via"] == "reply")
    assert tick["session"]["state"] == "log"
    assert repr(page.panel) == "<Panel 0 rows>"


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
    assert (answer["size"], answer["sent"], answer["code"], len(buffers[0])) == (
        300_000,
        1,
        "feed.messages[1]",
        200_000,
    )
    answer, buffers = page.ask("detail", key=1, offset=200_000)
    assert (answer["offset"], len(buffers[0])) == (200_000, 100_000)
    answer, _ = page.ask("detail", key=2, offset=0)
    assert answer["close"] == {"code": 1001, "reason": "away", "meaning": "going away", "by": "the server"}
    session.name = "feed-2"
    page.panel.attach(session)
    assert page.ask("detail", key=0, offset=0)[0]["code"] == "kws.sessions['feed-2'].messages[0]"
    answer, _ = page.ask("detail", key=7, offset=0)
    assert answer == {
        "v": 1,
        "k": "error",
        "id": answer["id"],
        "message": "message 7 does not exist; 3 were written",
        "position": None,
    }


def test_export_in_parts(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.feed.EXPORT_ROWS", 2)
    page = open_panel(session, view="row")
    for number in range(3):
        session.messages.add("text", b"row %d" % number)
    gen = page.tick(lambda tick: tick["n"] == 3)[0]["gen"]
    answer, first = page.ask("export", notes=0, gen=gen, format="csv", start=1, first=0, stop=3)
    assert (answer["next"], answer["rows"]) == (2, 2)
    answer, second = page.ask("export", notes=0, layout=0, gen=gen, format="csv", start=0, first=2, stop=3)
    assert (answer["next"], answer["rows"]) == (3, 1)
    lines = (first[0] + second[0]).decode().splitlines()
    assert lines[0].startswith("time,session,direction,kind,data,encoding,")
    assert [line.split(",")[4] for line in lines[1:]] == ["row 0", "row 1", "row 2"]
    assert "jsonl, csv" in page.ask("export", notes=0, gen=gen, format="har", start=1, first=0, stop=3)[0]["message"]
    monkeypatch.setattr("kontena_ws_nb.panel.handlers.EXPORT_BYTES", 1)  # a part ends where it is large enough
    assert page.ask("export", notes=0, layout=0, gen=gen, format="csv", start=0, first=0, stop=2)[0]["next"] == 1
    monkeypatch.setattr(session.messages, "get", lambda index: None)  # dropped meanwhile
    assert page.ask("export", notes=0, gen=gen, format="jsonl", start=1, first=0, stop=3)[0]["rows"] == 0
    page.panel.filter = ""
    assert "export again" in page.ask("export", notes=0, gen=gen, format="csv", start=1, first=0, stop=3)[0]["message"]


def test_a_request_and_its_response(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"id":1}', sent=True, time_ns=1_000_000)
    session.messages.add("text", b'{"id":1,"result":true}', time_ns=4_000_000)
    answer, _ = page.ask("detail", key=1, offset=0)
    assert answer["pair"] == {"key": 0, "index": 0, "sent": 1, "answer": False, "took": 3000}
    assert (answer["since_previous"], answer["since_sent"]) == (3000, 3000)


def test_a_part_of_what_was_cut_off_says_so(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"whole")
    session.messages.append(Batch.one(b"half", TEXT | INCOMPLETE), 1)
    assert [page.ask("detail", key=key, offset=0)[0]["incomplete"] for key in (0, 1)] == [False, True]


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
    assert [message.data for message in session.messages[2:]] == [
        '{"token":"hunter2-hunter2"}',
        b"\x00hunter2-hunter2\xff",
    ]
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
    assert (
        answer["message"]
        == "«secret 00000000» is a secret of another panel, or of a kernel that has ended: write it again"
    )
    page.ask("send", of="feed", kind="text", text="*** «secret» \ud800".replace("\ud800", "é"))
    assert session.messages[2].text == "*** «secret» é"


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


def test_code_names_a_variable_that_there_is(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session's own name is none where it was given to `connect`; without a notebook nobody can tell."""
    variables: dict[str, Any] = {"_3": session, "other": Conversation(), "mine": session}
    monkeypatch.setattr("kontena_ws_nb.panel.handlers.get_ipython", lambda: SimpleNamespace(user_ns=variables))
    session.messages.add("text", b"x")
    page = open_panel(session)

    def code() -> str:
        return str(page.ask("detail", key=0, offset=0)[0]["code"])

    assert code() == "mine.messages[0]"
    variables["feed"] = session
    assert code() == "feed.messages[0]"
    variables.clear()
    assert code() == "feed.messages[0]"
    monkeypatch.setitem(registry.live, "feed", session)
    assert code() == "kws.sessions['feed'].messages[0]"
    log = MessageLog()
    log.add("text", b"x")
    page = open_panel(log)
    assert code() == "log[0]"
    variables["capture"] = log
    assert code() == "capture[0]"


def members(buffers: list[Any]) -> list[list[Any]]:
    found: list[list[Any]] = json.loads(buffers[0])
    return found


def test_long_json_is_read_level_by_level(open_panel: Callable[..., Page], session: Conversation) -> None:
    rows = [{"at": at, "name": "é" * 400} for at in range(250)]
    text = json.dumps({"big": 12345678901234567890, "rows": rows, "after": None}, ensure_ascii=False).encode()
    session.messages.add("text", text)
    page = open_panel(session)
    answer, buffers = page.ask("level", key=0, at=0, inside="")
    assert {name: answer[name] for name in ("k", "kind", "next", "problem", "total")} == {
        "k": "level",
        "kind": "object",
        "next": None,
        "problem": "",
        "total": 3,
    }
    big, inner, after = members(buffers)
    assert big == ['"big"', "number", "12345678901234567890", 20, 8, 0]
    assert after[:4] == ['"after"', "literal", "null", 4]
    assert (inner[:2], inner[3]) == (['"rows"', "array"], len(json.dumps(rows, ensure_ascii=False).encode()))
    assert inner[2].startswith('[{"at": 0, "name": "éé')
    assert (inner[5], after[5]) == (250, 0)
    answer, buffers = page.ask("level", key=0, at=inner[4], inside="")
    seen = members(buffers)
    assert (answer["total"], seen[0][5]) == (250, 2)
    while answer["next"] is not None:
        assert len(members(buffers)) == 100
        answer, buffers = page.ask("level", key=0, at=answer["next"], inside=answer["kind"])
        seen += members(buffers)
    assert (len(seen), answer["kind"], {one[0] for one in seen}) == (250, "array", {""})
    _, buffers = page.ask("level", key=0, at=seen[-1][4], inside="")
    assert members(buffers)[0][:3] == ['"at"', "number", "249"]
    assert members(buffers)[1][2] == '"' + "é" * 249, "cut between characters"
    assert page.ask("level", key=0, at=0, inside="list")[0]["message"] == "inside must be object, array, or nothing"
    assert "message 7 does not exist" in page.ask("level", key=7, at=0, inside="")[0]["message"]


def test_levels_hold_no_secrets(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("s3cret-level-token")
    session.messages.add("text", b'{"s3cret-level-token": ["s3cret-level-token"], "t": "s3cret-level-token"}')
    page = open_panel(session)
    _, buffers = page.ask("level", key=0, at=0, inside="")
    assert b"s3cret" not in buffers[0]
    assert [one[3] for one in members(buffers)] == [22, 20]


def test_another_message_ends_a_search(open_panel: Callable[..., Page], session: Conversation) -> None:
    session.messages.add("text", b"[[" + b"[{}]," * 8_000_000 + b"1]]")
    session.messages.add("text", b"[1]")
    page = open_panel(session)
    names = [page.say("level", key=0, at=0, inside="") for _ in range(2)]
    page.say("detail", key=1, offset=0)
    for _ in names:
        answer, _ = page.until(lambda message: message.get("id") in names)
        assert answer["message"] == "another message was chosen meanwhile"
    assert page.ask("level", key=1, at=0, inside="")[0]["k"] == "level"
    name = page.say("level", key=0, at=0, inside="", id="first:1")
    for at in range(MOST_WALKS):  # the view that was heard of longest ago gives way
        page.say("detail", key=1, offset=0, id=f"view{at}:1")
    answer, _ = page.until(lambda message: message.get("id") == name)
    assert answer["message"] == "another message was chosen meanwhile"
    page.say("level", key=0, at=0, inside="")
    page.panel.close()
    for thread in threading.enumerate():
        if thread.name == "kontena-ws-panel-action":
            thread.join(2)
            assert not thread.is_alive()


def test_close_does_not_hold_up_the_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    page.say("hello")
    page.tick()
    assert page.ask("close", of="feed", code=4001, reason="bye")[0]["k"] == "done"
    assert session.closed_with == (4001, "bye")
    tick, _ = page.tick(lambda tick: tick["session"]["state"] == "closed")
    assert tick["session"]["close"] == {"code": 4001, "reason": "bye", "meaning": "application code", "by": "you"}
    assert not tick["session"]["writable"]


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


def test_a_capture_says_what_its_file_does_not_have(open_panel: Callable[..., Page], tmp_path: Path) -> None:
    log = MessageLog()
    log.add("text", b"x")
    kws.save(log, tmp_path / "a.jsonl")
    page = open_panel(kws.load(tmp_path / "a.jsonl"))
    assert "The file has no certificate" in page.ask("certificate", of="a.jsonl")[0]["note"]
    assert not page.ask("handshake", of="a.jsonl")[0]["available"]
    assert "send" in page.ask("send", of="a.jsonl", kind="text", text="x")[0]["message"]
    assert page.ask("detail", key=0, offset=0)[0]["code"] == f"kws.load({str(tmp_path / 'a.jsonl')!r}).messages[0]"


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
def test_a_page_that_talks_nonsense_is_told(
    open_panel: Callable[..., Page], session: Conversation, content: Any, words: str
) -> None:
    page = open_panel(session)
    page.panel._handlers.message(content, [])
    answer, _ = page.until(lambda message: message["k"] == "error")
    assert words in answer["message"]


def test_what_nobody_expects_is_logged_and_answered(
    open_panel: Callable[..., Page],
    session: Conversation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = open_panel(session)
    monkeypatch.setattr(session.messages, "clear", lambda undo: [][1:].missing)  # type: ignore[attr-defined]
    assert "no attribute" in page.ask("clear")[0]["message"]
    assert "failed to answer" in caplog.text


def test_pings_are_folded_or_not_and_a_file_has_all_of_them(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    for kind in ("ping", "pong", "text"):
        log.add(kind, b"x")
    page = open_panel(log)
    gen = page.panel._feed.gen
    answer, [part] = page.ask("export", notes=0, gen=gen, format="jsonl", start=1, first=0, stop=2)
    assert (answer["next"], answer["stop"], answer["rows"], part.count(b"\n")) == (3, 3, 3, 3)
    for on in (False, True):
        assert page.ask("fold", on=int(on))[0]["gen"] > gen
        assert page.panel.fold is on
        assert page.tick(lambda tick, on=on: tick["fold"] is on)[0]["n"] == (2 if on else 3)
    page.panel.fold = False
    assert page.tick(lambda tick: not tick["fold"])[0]["n"] == 3


def test_the_decoder_is_chosen_and_what_it_says_is_shown(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    log.add("text", b'42["chat",{"a":1}]')
    page = open_panel(log)
    gen = page.panel._feed.gen
    of = page.panel._feed.sources[0].name
    assert page.ask("detail", key=0, offset=0)[0]["decoded"]["label"] == ""
    assert page.ask("decode", of=of, decoder="socket.io")[0]["k"] == "done"
    assert log.meanings.choice == "socket.io"
    _, rows = page.tick(lambda tick: tick["gen"] > gen)
    assert rows[0][5].startswith("EVENT chat")
    decoded = page.ask("detail", key=0, offset=0)[0]["decoded"]
    assert (decoded["decoder"], decoded["label"]) == ("socket.io", log[0].label)
    assert page.ask("detail", key=0, offset=3)[0]["decoded"] is None
    for name in ("nothing", "feed.proto", "/etc/passwd.proto:x"):  # opens no file
        assert "the panel knows no decoder" in page.ask("decode", of=of, decoder=name)[0]["message"]
    assert page.ask("decode", of=of, decoder="")[0]["k"] == "done"
    assert log.meanings.choice is None


def test_the_protocols_heartbeat_is_answered_from_the_page(open_panel: Callable[..., Page]) -> None:
    with RawServer(echo) as server, kws.connect(server.url, "beat", decode="socket.io") as session:
        page = open_panel(session)
        session.send("2")
        session.expect("2")
        assert page.ask("detail", key=1, offset=0)[0]["decoded"]["heartbeat"] == "off"
        assert page.ask("heartbeat", of="beat", on=1)[0]["k"] == "done"
        assert session.heartbeat
        assert page.ask("detail", key=1, offset=0)[0]["decoded"]["heartbeat"] == "on"
        assert page.ask("heartbeat", of="beat", on=0)[0]["k"] == "done"
        assert not session.heartbeat
        session.decode = "json-rpc"
        assert "no heartbeat is known of json-rpc" in page.ask("heartbeat", of="beat", on=1)[0]["message"]
    log = MessageLog()
    page = open_panel(log)
    assert "cannot heartbeat" in page.ask("heartbeat", of="log", on=1)[0]["message"]


def test_a_template_is_shown_and_what_was_shown_is_sent(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"price": 1.5, "counter": iter(range(5))}
    monkeypatch.setattr("kontena_ws_nb.panel.templates.get_ipython", lambda: SimpleNamespace(user_ns=names))
    page = open_panel(session)
    page.panel.trusts_page = True
    answer, _ = page.ask("fill", mode="JSON", text='{"n": {{next(counter)}}, "p": {{price}}}')
    assert (answer["k"], answer["kind"], answer["size"], answer["text"]) == ("filled", "text", 18, '{"n": 0, "p": 1.5}')
    assert page.ask("send", of="feed", kind="filled", text=answer["name"])[0]["index"] == 0
    assert session.messages[0].data == '{"n": 0, "p": 1.5}'
    assert "fill it in again" in page.ask("send", of="feed", kind="filled", text=answer["name"])[0]["message"]
    problem, _ = page.ask("fill", mode="Text", text="ab {{nobody}}")
    assert (problem["message"], problem["position"]) == ("{{nobody}}: NameError: name 'nobody' is not defined", 3)
    page.ask("send", of="feed", kind="text", text="{{next(counter)}}")
    assert session.messages[1].data == "{{next(counter)}}", "nothing is evaluated that is not asked to be"
    assert next(names["counter"]) == 1


def test_a_schedule_of_the_page(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"counter": iter(range(5))}
    monkeypatch.setattr("kontena_ws_nb.panel.templates.get_ipython", lambda: SimpleNamespace(user_ns=names))
    page = open_panel(session)
    page.panel.trusts_page = True
    assert page.ask("schedules")[0]["schedules"] == []
    same = {"of": "feed", "mode": "Text", "count": 2}
    page.say("schedule", kind="template", text="n{{next(counter)}}", every=100, **same)
    page.until(lambda said: said["k"] == "schedules" and said["schedules"][0]["sent"] == 2)
    assert [message.data for message in session.messages] == ["n0", "n1"]
    page.say("schedule", [memoryview(b"\x00")], kind="binary", text="", every=3_600_000, **same)
    page.until(lambda said: said["k"] == "schedules" and said["schedules"][0]["running"])
    session.messages.wait_for(lambda: len(session.messages) == 3, 10)
    assert session.messages[2].data == b"\x00"
    page.say("unschedule", of="feed")
    page.until(lambda said: said["k"] == "schedules" and not said["schedules"][0]["running"])
    (one,) = page.ask("schedules")[0]["schedules"]
    assert (one["of"], one["every"], one["count"], one["sent"], one["error"]) == ("feed", 3600, 2, 1, "")
    assert "every must be" in page.ask("schedule", kind="text", text="x", every=10, **same)[0]["message"]
    assert "whole number" in page.ask("schedule", kind="text", text="x", every=1.5, **same)[0]["message"]
    page.panel.show(MessageLog())
    assert (
        "cannot send" in page.ask("schedule", kind="text", text="x", every=100, **{**same, "of": "log"})[0]["message"]
    )


def test_looking_for_rows_and_what_is_marked_in_one(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    for n in range(10):
        log.add("text", b'{"n":%d,"note":"needle"}' % n)
    page = open_panel(log)
    gen = page.ask("find", text="$.n=7")[0]["gen"]
    answer = page.ask("seek", at=-1, way=1)[0]
    assert {**answer, "id": ""} == {
        "v": 1,
        "id": "",
        "k": "seek",
        "gen": gen,
        "key": 7,
        "at": 7,
        "number": 1,
        "total": 1,
        "busy": False,
    }
    assert page.ask("found", key=7, low=0, high=1000)[0]["texts"] == ["7"]
    assert page.ask("find", text="(")[0]["position"] == 0
    assert "way must be" in page.ask("seek", at=0, way=2)[0]["message"]
    assert "high must be" in page.ask("found", key=0, low=5, high=4)[0]["message"]


def test_a_filter_is_completed(open_panel: Callable[..., Page]) -> None:
    log = MessageLog()
    log.add("text", b'{"type":"trade"}')
    page = open_panel(log)
    answer = page.ask("complete", text="\U0001f600 $.ty", path=0)[0]
    assert (answer["start"], answer["words"]) == (3, [("$.type", "JSON key of a message")])


def test_clear_can_be_undone(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b"x")
    session.messages.bookmarks.add(0, "keep")
    assert page.ask("clear")[0]["k"] == "done"
    state = page.tick(lambda tick: tick["kept"] == 0)[0]["marks"]
    answer, [buffer] = page.ask("marks")
    assert (answer["undo"], json.loads(buffer)) == (1, [])
    assert page.ask("undo")[0]["rows"] == 1
    assert page.tick(lambda tick: tick["kept"] == 1)[0]["marks"] != state
    answer, [buffer] = page.ask("marks")
    assert (answer["undo"], json.loads(buffer)) == (0, [[0, session.messages[0].time_ns // 1000, "keep"]])
    assert page.ask("undo")[0]["rows"] == 0
    page.ask("clear")
    page.panel.close()
    assert session.messages.undoable == 0


def test_bookmarks_of_a_page(open_panel: Callable[..., Page], session: Conversation) -> None:
    kws.secret("hunter2hunter2")
    page = open_panel(session)
    log = session.messages
    for number in range(3):
        log.add("text", b"%d" % number)
    state = page.tick(lambda tick: tick["n"] == 3)[0]["marks"]
    assert page.ask("bookmark", keys=[0, 2], on=1, note=None)[0]["k"] == "done"
    log.bookmarks.add(0, "is hunter2hunter2")
    page.tick(lambda tick: tick["marks"] != state)
    note = json.loads(page.ask("marks")[1][0])[0][2]
    assert "hunter2" not in note
    page.ask("bookmark", keys=[0], on=1, note=f"{note}, indeed")
    assert log[0].note == "is hunter2hunter2, indeed"
    page.ask("bookmark", keys=[2], on=0, note=None)
    assert list(log.bookmarks) == [0]
    assert "at most 500 characters" in page.ask("bookmark", keys=[0], on=1, note="x" * 501)[0]["message"]
    assert "text of at most 2000 characters" in page.ask("bookmark", keys=[0], on=1, note=5)[0]["message"]
    assert "does not exist" in page.ask("bookmark", keys=[9], on=1, note=None)[0]["message"]


def test_what_leads_from_a_row_to_others(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    session.messages.add("text", b'{"id":1,"method":"sum"}', sent=True, time_ns=1_000)
    session.messages.add("text", b'{"id":1,"result":true}', time_ns=4_000)
    answer, _ = page.ask("like", key=0)
    assert answer["filters"][:2] == ["$.method=sum", "$.id=1"]
    assert (answer["pair"]["key"], answer["pair"]["answer"]) == (1, True)
    session.messages.add("text", b"alone")
    assert page.ask("like", key=2)[0]["pair"] is None
    assert "does not exist" in page.ask("like", key=9)[0]["message"]


def test_lines_of_chosen_rows(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_panel(session)
    for number in range(4):
        session.messages.add("text", b"%d" % number)
    answer, [lines] = page.ask("lines", keys=[0, 3, 99], format="jsonl", first=0, notes=0)
    assert (answer["next"], answer["stop"], answer["rows"]) == (3, 3, 2)
    assert [json.loads(line)["data"] for line in lines.decode().splitlines()] == ["0", "3"]
    monkeypatch.setattr("kontena_ws_nb.panel.handlers.EXPORT_BYTES", 1)
    session.messages.bookmarks.add(3, "here")
    first, [head] = page.ask("lines", keys=[0, 3], format="csv", first=0, notes=1)
    second, [rest] = page.ask("lines", keys=[0, 3], format="csv", first=first["next"], notes=1, layout=0)
    assert (first["next"], second["next"]) == (1, 2)
    assert head.decode().splitlines()[0].endswith(",bookmarked,note")
    assert rest.decode().endswith(",true,here\r\n")
    assert "jsonl, csv" in page.ask("lines", keys=[0], format="har", first=0, notes=0)[0]["message"]


def test_code_that_makes_a_frame(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    for number in range(4):
        session.messages.add("text", b"%d" % number)
    code = page.ask("frame", keys=[3, 0, 2])[0]["code"]
    assert code == 'frame = feed.messages.where("#0,2..3").to_pandas(json=True)\nframe'
    other = Conversation()
    page.panel.show(session, other)  # another one of its name
    other.messages.add("text", b"x")
    key = page.panel._feed.sources.key(page.panel._feed.sources[1], 0)
    assert "feed (2) was replaced by another session" in page.ask("frame", keys=[key])[0]["message"]


def test_where_a_page_runs_no_code_a_template_does_not_either(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    page = open_panel(session)
    assert page.panel.trusts_page is False, "there is no IPython here"
    refused = "in a cell, panel.trusts_page = True allows it"
    assert refused in page.ask("fill", mode="Text", text="{{1}}")[0]["message"]
    same = {"of": "feed", "mode": "Text", "every": 1000, "count": 1}
    assert refused in page.ask("schedule", kind="template", text="{{1}}", **same)[0]["message"]
    assert refused in page.ask("library_file", path="kept.json")[0]["message"]
    page.panel.trusts_page = True
    assert page.ask("fill", mode="Text", text="{{1}}")[0]["text"] == "1"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("send", {"of": "feed", "kind": "binary", "text": ""}),
        ("schedule", {"of": "feed", "kind": "binary", "text": "", "mode": "File", "every": 1000, "count": 0}),
        ("library_file", {"path": "kept.json"}),
        ("rows", {"gen": 0, "first": 0, "n": 1}),
    ],
)
def test_bytes_that_did_not_arrive(
    open_panel: Callable[..., Page], session: Conversation, tmp_path: Path, kind: str, fields: dict[str, Any]
) -> None:
    """A front end may drop buffers: a file must not become an empty message (posit-dev/positron, pull 7464)."""
    page = open_panel(session)
    page.panel.trusts_page = True
    said = re.compile(r"^the bytes did not arrive, so nothing was done: .*ws\.send\(b'…'\)$")
    assert said.match(page.ask(kind, buffers=1, **fields)[0]["message"])
    if kind in {"send", "schedule"}:
        assert said.match(page.ask(kind, **fields)[0]["message"])
    assert len(session.messages) == 0
    assert page.ask("send", [memoryview(b"")], buffers=1, of="feed", kind="binary", text="")[0]["k"] == "sent"
    assert session.messages[-1].payload == b""


def test_what_a_thread_answered_is_told_again_to_who_polls(
    open_panel: Callable[..., Page], session: Conversation
) -> None:
    """Colab brings what is sent while a request is answered, and maybe nothing else."""
    page, other = open_panel(session), None
    session.messages.add("text", b'{"a": [1, 2]}')
    other = Page(page.panel, "other")
    answer, _ = page.ask("level", key=0, at=0, inside="object")
    session.refuse = OSError("the line is cut")
    refused, _ = page.ask("close", of="feed", code=1000, reason="")
    other.say("poll")
    page.tick(lambda tick: tick["view"] == "other")
    name = page.say("poll")
    told = []
    page.until(lambda message: told.append(message) is None and message["k"] == "tick" and message["view"] == "page")
    assert [message for message in told if message["k"] != "tick"] == [answer, refused]
    assert refused["message"] == "the line is cut"
    assert name != answer["id"]
    page.say("poll")
    page.until(lambda message: told.append(message) is None and message["k"] == "tick" and message["via"] == "reply")
    assert [message["k"] for message in told].count("level") == 1, "once"


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_no_answer_is_larger_than_every_host_takes(
    open_panel: Callable[..., Page], session: Conversation, format: str
) -> None:
    """Databricks: a widget's message has at most 5 MB."""
    page = open_panel(session)
    payloads = [
        b"\x01" * 1_000_000,
        b"\x01" * 3_899_000,
        bytes(range(256)) * 15_000,
        '"é'.encode() * 1_300_000,
        b"x" * 999_000,
        b"x" * 3_899_000,
        b"[" + b"1234567," * 700_000 + b"1]",
    ]
    for payload in payloads:
        session.messages.add("text", payload)
        session.messages.add("binary", payload)
    page.say("poll")
    gen, stop = page.panel._feed.gen, len(session.messages)
    at, rows, data = 0, 0, b""
    while at < stop:
        answer, (part,) = page.ask(
            "export", gen=gen, format=format, start=int(not at), first=at, stop=stop, notes=0, layout=0
        )
        assert len(part) < 5_000_000
        at, rows, data = answer["next"], rows + answer["rows"], data + bytes(part)
    assert (rows, answer["stop"]) == (stop, stop)
    assert b"x" * 3_899_000 in data, "what fits is there"
    largest = [
        *page.ask("lines", keys=list(range(stop)), format=format, first=0, notes=0)[1],
        *page.ask("detail", key=13, offset=0)[1],
        *page.ask("level", key=12, at=0, inside="array")[1],
        *page.ask("rows", gen=gen, first=0, n=500)[1],
    ]
    assert max(map(len, largest)) < 5_000_000


def test_csv_has_the_columns_of_the_table(
    open_panel: Callable[..., Page], session: Conversation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("kontena_ws_nb.panel.handlers.EXPORT_BYTES", 1)
    page = open_panel(session)
    page.panel.columns = {"$.s": "symbol", "$.p": "price"}
    for text in (b'{"s":"=1+1","p":-1.50}', b"no JSON"):
        session.messages.add("text", text)
    gen = page.tick(lambda tick: tick["n"] == 2)[0]["gen"]
    first, [head] = page.ask("export", notes=0, gen=gen, format="csv", start=1, first=0, stop=2)
    asked = {"notes": 0, "gen": gen, "format": "csv", "start": 0, "first": 1, "stop": 2, "layout": first["layout"]}
    _, [rest] = page.ask("export", **asked)
    rows = [*csv.reader(io.StringIO((head + rest).decode()))]
    assert [row[-2:] for row in rows] == [["symbol", "price"], ["'=1+1", "-1.50"], ["", ""]]
    lines = page.ask("lines", keys=[0], format="csv", first=0, notes=0)[1][0]
    assert lines.decode().splitlines()[1].endswith(",'=1+1,-1.50"), "the same where rows are chosen"
    assert page.panel.export(tmp_path / "all.csv") == 2
    assert (tmp_path / "all.csv").read_bytes() == head + rest
    assert b"symbol" not in page.ask("export", notes=0, gen=gen, format="jsonl", start=1, first=0, stop=2)[1][0]
    page.panel.columns = ["$.s"]
    assert "the columns were changed" in page.ask("export", **asked)[0]["message"]
    assert page.ask("export", **{**asked, "format": "jsonl"})[0]["rows"] == 1, "its lines have no columns"


def test_a_key_that_no_message_has(open_panel: Callable[..., Page], session: Conversation) -> None:
    page = open_panel(session)
    assert page.ask("advise", text="$.idd", path=0)[0]["text"] == "", "of an empty log nothing is known"
    for number in range(51):
        session.messages.add("text", b'{"id":%d,"price":1}' % number)
    said = page.ask("advise", text="$.idd=7", path=0)[0]["text"]
    assert said == "no message of the newest 50 has the key idd: did you mean $.id?"
    assert page.ask("advise", text="pric", path=1)[0]["text"].endswith("did you mean $.price?")
    assert page.ask("advise", text="$.id", path=1)[0]["text"] == ""
    assert "without a comparison" in page.ask("advise", text="$.id=1", path=1)[0]["message"]
    answer = page.ask("complete", text="pri", path=1)[0]
    assert (answer["start"], answer["words"][0][0]) == (0, "$.price")
