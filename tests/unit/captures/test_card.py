"""How a capture looks."""

from __future__ import annotations

from kontena_ws_nb.captures.card import capture_bundle
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.recording.records import SessionRecord


def test_sessions_and_problems_are_listed() -> None:
    log = MessageLog()
    log.add("text", b"abc", time_ns=0)
    sessions = [(SessionRecord(name=f"<b>{number}", url="ws://a/?token=abcdefgh"), log) for number in range(25)]
    shown = capture_bundle("head", sessions, ["cut\x1b", "more"])
    text = shown["text/plain"]
    assert text.splitlines()[0] == "head"
    assert "… and 5 more sessions: capture.sessions" in text
    assert "capture.panel shows the messages" in text
    assert text.splitlines()[-2:] == ["  problem: cut\\x1b", "  problem: more"]
    assert "ws://a/?token=***" in text
    assert "<b>0" not in shown["text/html"]
    assert "&lt;b&gt;0" in shown["text/html"]


def test_what_has_no_time_or_one_beyond_all_calendars() -> None:
    log = MessageLog()
    assert "head" in capture_bundle("head", [(SessionRecord(name="x"), log)], [])["text/plain"]
    log.add("text", b"", time_ns=2**63 - 1)
    assert "2262" in capture_bundle("head", [(SessionRecord(name="x"), log)], [])["text/plain"]
