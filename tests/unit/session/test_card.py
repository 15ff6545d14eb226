"""The card of a session and the table of sessions: every state, and nothing a server sends takes effect."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.errors import CloseError
from kontena_ws_nb.render import bundle
from kontena_ws_nb.session.card import session_bundle, sessions_bundle
from kontena_ws_nb.session.session import Session


def session(**changes: Any) -> Any:
    facts: dict[str, Any] = {
        "name": "feed",
        "url": "wss://host/",
        "state": "open",
        "error": None,
        "close_code": None,
        "close_reason": None,
        "certificate": None,
        "recording": None,
        "messages": range(1234),
        "handshake": SimpleNamespace(shown_subprotocol=None),
        "stats": SimpleNamespace(
            sent_messages=3, sent_bytes=120, received_messages=48213, received_bytes=9600000, dropped=0
        ),
    }
    return SimpleNamespace(**{**facts, **changes})


def recorder(**changes: Any) -> Any:
    facts = {"path": "/data/feed.db", "rows": 1200, "lost": 0, "error": None, "state": "recording"}
    return SimpleNamespace(**{**facts, **changes})


def certificate(summary: str) -> Any:
    return SimpleNamespace(verdict=SimpleNamespace(summary=summary))


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, ["● open  wss://host/  [feed]", "  ▲ 3 sent (120 bytes)   ▼ 48,213 received (9,600,000 bytes)"]),
        ({"handshake": SimpleNamespace(shown_subprotocol="graphql-ws")}, ["  subprotocol graphql-ws"]),
        ({"certificate": certificate("verified")}, ["  certificate verified (%ws_cert shows it)"]),
        ({"certificate": SimpleNamespace(verdict=None)}, ["  certificate not verified (%ws_cert shows it)"]),
        ({"state": "closing"}, ["◌ closing  wss://host/  [feed]"]),
        ({"state": "closed"}, ["○ closed  wss://host/  [feed]", "  closed"]),
        ({"state": "closed", "close_code": 1000, "close_reason": ""}, ["  closed with 1000 (normal closure)"]),
        (
            {"state": "closed", "close_code": 4000, "close_reason": "b\x1b[2J"},
            ['  closed with 4000 (application code) "b\\x1b[2J"'],
        ),
        ({"state": "closed", "error": CloseError(1001, "<b>")}, ['  the server closed with 1001 (going away) "<b>"']),
        ({"recording": recorder()}, ["  recording to /data/feed.db: 1,200 rows"]),
        (
            {"recording": recorder(state="ended", lost=1300)},
            ["  recorded to /data/feed.db: 1,200 rows, 1,300 lost"],
        ),
        (
            {"recording": recorder(state="failing", error="full\x1b[2J")},
            ["  recording to /data/feed.db: 1,200 rows; it fails, and is tried again: full\\x1b[2J"],
        ),
        (
            {"stats": SimpleNamespace(sent_messages=0, sent_bytes=0, received_messages=1, received_bytes=2, dropped=7)},
            ["  ▲ 0 sent (0 bytes)   ▼ 1 received (2 bytes), 7 dropped from the log"],
        ),
    ],
)
def test_the_card(changes, lines):
    bundle = session_bundle(session(**changes))
    assert set(lines) <= set(bundle["text/plain"].split("\n"))
    assert "<b>" not in bundle["text/html"].replace("<b>●", "").replace("<b>◌", "").replace("<b>○", "")
    assert "\x1b" not in bundle["text/html"]


def test_the_table():
    current = session()
    other = session(name="o<script>", state="closed", close_code=1006)
    bundle = sessions_bundle([current, other], current)
    assert "<th></th>" not in re.sub(r" style=\"[^\"]*\"", "", bundle["text/html"]), "a head has words"
    assert bundle["text/plain"].split("\n") == [
        "   Name       State          URL          Sent  Received  Rows kept",
        "→  feed       ● open         wss://host/  3     48,213    1,234",
        "   o<script>  ○ closed 1006  wss://host/  3     48,213    1,234",
    ]
    assert "<script>" not in bundle["text/html"]
    assert bundle["text/html"].count("<tr>") == 3


def test_no_sessions():
    bundle = sessions_bundle([])
    assert bundle["text/plain"] == "No sessions. %ws_connect opens one; without a URL, to the built-in demo server."
    assert f"<p>{bundle['text/plain']}</p>" in bundle["text/html"]


def test_a_session_is_shown_as_its_card() -> None:
    assert bundle.dispatch(Session) is session_bundle
