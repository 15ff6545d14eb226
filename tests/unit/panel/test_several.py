"""`Panel` with several sessions: what Python and the page see of them, and which one gets what."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kontena_ws_nb.feed.shown import MOST
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import Panel
from tests.unit.panel.conversation import DEADLINE, Conversation, Page


@pytest.fixture
def other(session: Conversation) -> Conversation:
    return Conversation("trades")


@pytest.fixture
def page(open_panel: Callable[..., Page], session: Conversation, other: Conversation) -> Page:
    """Two sessions, merged; three rows that came in turns, long enough ago."""
    for at, one in enumerate((session, other, session)):
        one.messages.add("text", b"row %d" % at, time_ns=1_700_000_000_000_000_000 + at)
    page = open_panel(session)
    assert page.panel.show(session, other) is page.panel
    return page


def test_a_merged_timeline(page: Page, session: Conversation, other: Conversation) -> None:
    tick, rows = page.tick(lambda tick: tick["n"] == 3)
    assert [row[5] for row in rows] == ["row 0", "row 1", "row 2"]
    assert [(one["name"], one["state"], one["writable"]) for one in tick["sources"]] == [
        ("feed", "open", True),
        ("trades", "open", True),
    ]
    assert (tick["session"]["name"], tick["total"], tick["kept"]) == ("feed + trades", 3, 3)
    assert (page.panel.session, page.panel.sessions, page.panel.messages) == (None, [session, other], session.messages)
    assert repr(page.panel).startswith(
        "<Panel feed wss://feed.example/v1 open, trades wss://feed.example/v1 open, 3 rows"
    )
    other.messages.add("text", b"live")  # the pump waits for every log
    assert page.tick(lambda tick: tick["n"] == 4)[1][-1][5] == "live"
    page.panel.filter = "row 1"
    assert page.tick(lambda tick: tick["filter"] == "row 1" and not tick["busy"])[0]["n"] == 1
    page.panel.show()
    assert page.tick(lambda tick: len(tick["sources"]) == 1)[0]["session"]["name"] == "feed"
    assert page.panel.session is session


def test_a_row_and_its_session(page: Page, session: Conversation, other: Conversation) -> None:
    tick, rows = page.tick(lambda tick: tick["n"] == 3)
    key = rows[1][0]
    answer, buffers = page.ask("detail", key=key, offset=0)
    assert (answer["key"], answer["index"], answer["session"], answer["code"]) == (
        key,
        0,
        "trades",
        "trades.messages[0]",
    )
    assert buffers == [b"row 1"]
    assert page.ask("locate", key=key)[0]["at"] == 1
    answer, buffers = page.ask("rows", gen=tick["gen"], first=1, n=2)
    assert [row[0] for row in json.loads(buffers[0])] == [key, rows[2][0]]
    assert "not shown any more" in page.ask("detail", key=0, offset=0)[0]["message"]  # a key from when one was shown
    page.panel.show(other)
    assert "not shown any more" in page.ask("detail", key=key, offset=0)[0]["message"]
    old = Conversation()
    page.panel.show(session, old)
    assert page.ask("detail", key=page.panel._feed.sources.number << 44, offset=0)[0]["code"] == "feed.messages[0]"
    old.messages.add("text", b"x")
    key = page.panel._feed.sources.key(page.panel._feed.sources[1], 0)
    assert page.ask("detail", key=key, offset=0)[0]["code"] == "panel.selected[0]"  # feed means the other one


def test_a_request_and_its_response_in_a_merged_view(page: Page, other: Conversation) -> None:
    other.messages.add("text", b'{"id":1}', sent=True)
    other.messages.add("text", b'{"id":1,"result":true}')
    key = page.panel._feed.sources.key(page.panel._feed.sources[1], 2)
    assert page.ask("detail", key=key, offset=0)[0]["pair"]["key"] == key - 1


def test_selections_are_of_their_own_sessions(page: Page, session: Conversation, other: Conversation) -> None:
    keys = [row[0] for row in page.tick(lambda tick: tick["n"] == 3)[1]]
    page.say("select", keys=[keys[1], keys[0], 99])
    assert [message.text for message in page.panel.selected] == ["row 1", "row 0"]
    page.panel.selected = [other.messages[0], session.messages[1]]
    assert list(page.tick(lambda tick: tick["asked"]["select"][1])[0]["asked"]["select"])[1:] == [
        [keys[1], keys[2]],
        1,
    ]
    with pytest.raises(ValueError, match=r"2 sessions are shown, each with a message 0: give the message itself"):
        page.panel.selected = [0]
    foreign = MessageLog()
    foreign.add("text", b"foreign")
    with pytest.raises(ValueError, match="is in none of the 2 sessions shown"):
        page.panel.selected = [foreign[0]]
    page.panel.show(session)
    assert page.panel.selected == []


def test_what_is_sent_goes_to_the_one_that_is_named(page: Page, session: Conversation, other: Conversation) -> None:
    assert page.ask("send", of="trades", kind="text", text="for trades")[0]["index"] == 1
    assert [message.text for message in other.messages] == ["row 1", "for trades"]
    assert page.ask("close", of="trades", code=1000, reason="")[0]["k"] == "done"
    assert (session.state, other.state) == ("open", "closed")
    assert page.ask("reconnect", of="trades")[0]["k"] == "done"
    assert other.state == "open"
    page.panel.show(session)
    for kind, fields in (
        ("send", {"kind": "text", "text": "lost"}),
        ("close", {"code": 1000, "reason": ""}),
        ("reconnect", {}),
    ):
        answer, _ = page.ask(kind, of="trades", **fields)
        assert answer["message"] == "trades is not shown in this panel any more; nothing was done"
    assert len(session.messages) == 2
    assert "of must be text" in page.ask("send", kind="text", text="to nobody")[0]["message"]


def test_a_message_is_sent_again_to_the_session_it_is_of(
    page: Page, session: Conversation, other: Conversation
) -> None:
    keys = [row[0] for row in page.tick(lambda tick: tick["n"] == 3)[1]]
    assert page.ask("resend", of="trades", key=keys[1])[0]["index"] == 1
    assert page.ask("draft", of="trades", key=keys[1])[0]["text"] == "row 1"
    assert "of another session than the page shows" in page.ask("resend", of="feed", key=keys[1])[0]["message"]
    page.panel.show(other)
    assert "not shown any more" in page.ask("resend", of="trades", key=keys[1])[0]["message"]
    assert (len(session.messages), len(other.messages)) == (2, 2)


def test_tabs_of_one_of_them(page: Page, other: Conversation) -> None:
    log = MessageLog()
    log.add("text", b"four")
    page.panel.show(other, log)
    answer, _ = page.ask("statistics", of="log")
    assert (answer["name"], answer["available"], answer["state"], answer["kept"]) == ("log", False, "log", 1)
    assert "no certificate" in page.ask("certificate", of="log")[0]["note"]
    assert "not encrypted" in page.ask("certificate", of="trades")[0]["note"]
    assert not page.ask("handshake", of="trades")[0]["available"]
    assert "no connection" in page.ask("send", of="log", kind="text", text="x")[0]["message"]


def test_the_picker_merges(
    page: Page, session: Conversation, other: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = Conversation("third")
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {"third": third})
    offered = page.ask("sessions")[0]["sessions"]
    assert [(one["name"], one["shown"]) for one in offered] == [("third", False), ("feed", True), ("trades", True)]
    page.ask("show", names=["feed", "trades", "third"])
    assert page.panel.sessions == [session, other, third]
    assert "no live session 'x'" in page.ask("show", names=["third", "x"])[0]["message"]
    page.ask("show", names=[])
    assert page.panel.sessions == [session, other, third]
    many = {f"n{number}": Conversation(f"n{number}") for number in range(MOST + 1)}
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", {**many, "third": third})
    assert page.ask("show", names=list(many))[0]["message"] == "a panel merges at most 32 sessions, got 33"
    assert "at most 1000 texts" in page.ask("show", names=["third"] * 1001)[0]["message"]
    assert "at most 1000 texts" in page.ask("show", names=[7])[0]["message"]
    page.ask("show", names=["third"])
    assert page.panel.session is third


def test_what_cannot_be_shown(page: Page) -> None:
    with pytest.raises(TypeError, match="shows sessions and logs, got str"):
        page.panel.show("feed")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="merges at most 32 sessions, got 33"):
        page.panel.show(*(MessageLog() for _ in range(MOST + 1)))
    assert len(page.panel.sessions) == 2


def test_a_session_that_is_replaced_while_merged(
    page: Page, session: Conversation, other: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    live: dict[str, Any] = {}
    monkeypatch.setattr("kontena_ws_nb.panel.panel.registry.live", live)
    stranger = Conversation("feed")
    live["feed"] = stranger
    session.close(1000, "by itself")
    page.tick(lambda tick: tick["sources"][0]["state"] == "closed")
    assert page.panel.sessions == [session, other]  # another one of its name that did not replace it
    after = Conversation("trades")
    after.previous = other
    live["trades"] = after
    other.close(1000, "replaced")
    after.messages.add("text", b"from the new one")
    assert page.tick(lambda tick: tick["n"] > 0)[1][-1][5] == "from the new one"
    assert page.panel.sessions == [session, after]
    again = Conversation()
    page.panel.attach(again)  # what `connect` does for the panel's own
    assert page.panel.sessions == [again, after]
    page.panel.attach(again)  # the pump was faster: the other one stays
    assert page.panel.sessions == [again, after]
    page.panel.show(after)
    page.panel.attach(session)  # not shown at the moment: it takes the panel
    assert page.panel.sessions == [session]


def test_the_end_of_one_of_them_is_kept(page: Page, other: Conversation) -> None:
    page.tick(lambda tick: tick["n"] == 3)
    kept = threading.Event()
    page.panel.observe(lambda change: kept.set(), "_snapshot")
    other.close(1000, "")
    assert kept.wait(DEADLINE)
    assert [one["state"] for one in page.panel._snapshot["tick"]["sources"]] == ["open", "closed"]


def test_a_snapshot_says_whose_the_rows_are(page: Page, session: Conversation, other: Conversation) -> None:
    page.panel.show(session, Conversation("<b>" + "n" * 100), other)
    session.messages.add("text", b"just now")  # still held back: a picture waits for it
    taken = page.panel.snapshot()
    lines = repr(taken).splitlines()
    assert lines[0].startswith("feed, <b>nnn")
    assert lines[0].endswith("merged by time: 4 rows")
    assert [line.split()[0] for line in lines[1:]] == ["feed", "trades", "feed", "feed"]
    html = taken._repr_mimebundle_()["text/html"]
    assert ">Session</th>" in html
    assert html.count(">trades</td>") == 1
    assert "<b>" not in html


def test_clear_forgets_what_is_shown(page: Page, session: Conversation, other: Conversation) -> None:
    assert page.ask("clear")[0]["k"] == "done"
    assert len(session.messages) == len(other.messages) == 0
    other.messages.add("text", b"after")
    assert page.tick(lambda tick: tick["n"] == 1)[1][0][5] == "after"


def test_exports_say_whose_each_message_is(
    page: Page, session: Conversation, other: Conversation, tmp_path: Path
) -> None:
    gen = page.tick(lambda tick: tick["n"] == 3)[0]["gen"]
    answer, [part] = page.ask("export", notes=0, gen=gen, format="jsonl", start=1, first=0, stop=3)
    assert (answer["next"], answer["rows"]) == (3, 3)
    said = [json.loads(line) for line in part.decode().splitlines()]
    assert [(one["session"], one["data"]) for one in said] == [
        ("feed", "row 0"),
        ("trades", "row 1"),
        ("feed", "row 2"),
    ]
    other.messages.clear()
    gen = page.tick(lambda tick: tick["n"] == 2)[0]["gen"]
    assert page.ask("export", notes=0, gen=gen, format="csv", start=1, first=0, stop=2)[1][0].startswith(
        b"time,session,direction,"
    )
    other.messages.add("text", b"row 3")
    page.panel.filter = "-2"
    assert page.panel.export(tmp_path / "all.csv") == 2
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        assert [(row["session"], row["data"]) for row in csv.DictReader(file)] == [
            ("feed", "row 0"),
            ("trades", "row 3"),
        ]


def test_a_merged_panel_is_freed(page: Page) -> None:
    thread = page.panel._thread
    page.panel.close()
    assert thread is not None
    assert not thread.is_alive()


def test_without_a_comm(session: Conversation, other: Conversation) -> None:
    panel = Panel(session).show(session, other)
    session.messages.add("text", b"x")
    assert "x" in repr(panel.snapshot())
    panel.close()
