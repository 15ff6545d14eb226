"""What the panel says about a session."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.connection.upgrade import Handshake
from kontena_ws_nb.errors import CloseError, EOFError, SocketError
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.feed.sources import LogSource
from kontena_ws_nb.feed.status import (
    SourceStatus,
    certificate_answer,
    close_info,
    handshake_answer,
    merged_status,
    security,
    statistics_answer,
)
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.session.stats import Stats
from kontena_ws_nb.tls.verdict import Verdict


def certificate(verdict: Verdict | None, days: int | None = 61) -> Any:
    return SimpleNamespace(verdict=verdict, days_left=days)


@pytest.mark.parametrize(
    ("given", "level", "label"),
    [
        (None, "none", "not encrypted"),
        (certificate(None), "warn", "unchecked"),
        (certificate(Verdict(True, True, 0, "ok")), "good", "valid 61 d"),
        (certificate(Verdict(True, True, 0, "ok"), 3), "warn", "valid 3 d"),
        (certificate(Verdict(True, True, 0, "ok"), None), "good", "valid"),
        (certificate(Verdict(True, False, 0, "ok")), "warn", "not enforced"),
        (certificate(Verdict(False, False, 18, "self-signed certificate", pinned=True)), "warn", "pinned"),
        (certificate(Verdict(False, False, 10, "certificate has expired")), "bad", "certificate has expired"),
    ],
)
def test_the_padlock(given: Any, level: str, label: str) -> None:
    said = security(given)
    assert (said["level"], said["label"]) == (level, label)


def session(**changes: Any) -> Any:
    return SimpleNamespace(
        **{
            "name": "feed",
            "url": "wss://feed.example/\u202e",
            "state": "open",
            "error": None,
            "close_code": None,
            "close_reason": None,
            "certificate": None,
            "options": SimpleNamespace(ping_interval=None),
            "messages": MessageLog(),
            "stats": SimpleNamespace(
                sent_messages=1,
                sent_bytes=2,
                received_messages=3,
                received_bytes=4,
                rate=5.678,
                latency=0.01,
                uptime=9.87,
            ),
            **changes,
        }
    )


def statistics(one: Any) -> dict[str, Any]:
    shown = name_sources([one])[0]
    return statistics_answer(shown.name, shown.source, shown.describe())


def test_a_session_is_described_and_the_certificate_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    monkeypatch.setattr("kontena_ws_nb.feed.status.security", lambda given: reads.append(given) or {"level": "good"})
    live = session(certificate=object(), error=CloseError(1011, "oops\x1b[31m"))
    status = SourceStatus(live)
    info, stats = status()
    status()
    assert len(reads) == 1
    assert info["url"] == "wss://feed.example/\\u202e"
    assert info["error"] == 'the server closed with 1011 (internal error) "oops\\x1b[31m"'
    assert info["keepalive"] is None
    assert (stats["rate"], stats["uptime"], stats["latency"]) == (5.7, 9.9, 0.01)


@pytest.mark.parametrize(
    ("error", "by"),
    [(None, "you"), (CloseError(1000, "bye"), "the server"), (EOFError(), ""), (SocketError("reset"), "")],
)
def test_who_closed(error: Exception | None, by: str) -> None:
    closed = session(state="closed", close_code=1000, close_reason="bye", error=error)
    assert close_info(closed) == {"code": 1000, "reason": "bye", "meaning": "normal closure", "by": by}


def test_a_recording_is_told_until_it_ends_and_what_it_fails_of() -> None:
    recorder = SimpleNamespace(state="recording", path="/data/feed.db", rows=1200, lost=0, error=None)
    one = session(recording=recorder)
    status = SourceStatus(one)
    assert status()[0]["recording"] == {
        "label": "recording",
        "title": "1,200 rows are in /data/feed.db",
        "failing": 0,
    }
    recorder.lost = 1300
    assert status()[0]["recording"] == {
        "label": "recording",
        "title": "1,200 rows are in /data/feed.db; 1,300 rows are lost",
        "failing": 1,
    }
    recorder.lost, recorder.error, recorder.state = 0, "full\x1b[2J", "failing"
    failing = status()[0]["recording"]
    assert failing == {
        "label": "recording fails",
        "title": "1,200 rows are in /data/feed.db; it fails, and is tried again: full\\x1b[2J",
        "failing": 1,
    }
    well = SourceStatus(session(recording=SimpleNamespace(state="recording", path="", rows=0, lost=0, error=None)))
    without = SourceStatus(session())
    assert merged_status(["a", "b", "c"], [without(), well(), status()])[0]["recording"] == failing
    assert merged_status(["a"], [without()])[0]["recording"] is None
    recorder.state = "ended"
    assert status()[0]["recording"] is None


def test_an_end_without_a_code() -> None:
    assert close_info(session(state="closed")) is None


def test_the_handshake_tab_shows_no_secret() -> None:
    handshake = Handshake(
        url="wss://feed.example/v1",
        request=b"GET /v1 HTTP/1.1\r\nAuthorization: Bearer s3cr3t\r\n\r\n",
        response=b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        status=101,
        reason="Switching Protocols",
        headers=(),
        body=b"\xff",
        redirects=("wss://old.example/",),
        address=("::1", 443),
        proxy="http://proxy:3128",
        timings={"tcp": 0.01, "dns": 0.0, "upgrade": 0.02},
    )
    answer = handshake_answer(handshake)
    assert "s3cr3t" not in str(answer)
    assert dict(answer["facts"])["Address"] == "[::1]:443"
    assert ("Proxy", "http://proxy:3128") in answer["facts"]
    assert ("Redirected from", "wss://old.example/") in answer["facts"]
    assert answer["timings"] == [("TCP", 0.01), ("upgrade", 0.02)]
    assert answer["body"] == "\ufffd"


def test_the_certificate_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.status.bundle", lambda given: {"text/html": f"<b>{given}</b>"})
    given: Any = "card"
    assert certificate_answer(given) == {"available": True, "html": "<b>card</b>", "note": ""}
    assert "no certificate" in certificate_answer(None)["note"]


def test_the_statistics_tab() -> None:
    told = Stats(
        1, 2, 3, 4, 0, 5.0, 0.01, 9.0, 0.01, 0.02, 0.03, 0.5, 50.0, 5.0, 8, 16, lambda: {range(1): 1, range(4, 8): 2}
    )
    answer = statistics(session(stats=told))
    counters = answer.pop("stats")
    assert (counters["received_messages"], counters["rate"]) == (3, 5.0)
    assert answer == {
        "name": "feed",
        "state": "open",
        "kept": 0,
        "dropped": 0,
        "available": True,
        "rates": [(1, 5.0, 50.0), (60, 0.5, 5.0)],
        "wire": [8, 16],
        "latency": [0.01, 0.02, 0.03],
        "sizes": [(0, 0, 1), (4, 7, 2)],
    }
    assert statistics(session(stats=Stats(0, 0, 0, 0, 0, 0.0, None, None)))["latency"] == []


def test_what_a_capture_does_not_have_is_not_taken_for_something_else() -> None:
    for url, label in (("wss://a/", "not recorded"), ("a.jsonl", "not recorded"), ("ws://a/", "not encrypted")):
        assert SourceStatus(session(state="capture", url=url))()[0]["security"]["label"] == label
    assert SourceStatus(session())()[0]["security"]["label"] == "not encrypted"


def test_times_count_from_the_first_row_also_when_it_was_dropped_since() -> None:
    live = session()
    status = SourceStatus(live)
    assert status()[0]["began"] is None
    live.messages.add("open", b"connected", time_ns=1_700_000_000_123_456_789)
    assert status()[0]["began"] == 1_700_000_000_123_456
    live.messages.clear()
    live.messages.add("text", b"later")
    assert status()[0]["began"] == 1_700_000_000_123_456
    log = MessageLog()
    assert SourceStatus(LogSource(log))()[0]["began"] is None
    log.add("text", b"first", time_ns=5_000)
    assert SourceStatus(LogSource(log))()[0]["began"] == 5
