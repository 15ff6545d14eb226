"""The panel of a capture: what it shows of a session, without what only a connection can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ONE = """
import json, pathlib
import kontena_ws_nb as kws
messages = [{"type": "send" if n % 3 else "receive", "time": 1_700_000_000 + n / 10, "opcode": 1, "data": json.dumps({"n": n})} for n in range(200)]
entry = {"_resourceType": "websocket", "_webSocketMessages": messages, "_webSocketClose": {"code": 1001, "reason": "gone", "timestamp": 1_700_000_100},
    "startedDateTime": "2023-11-14T22:13:19Z",
    "request": {"method": "GET", "url": "wss://feed.example/v1?token=not-to-be-seen", "headers": [{"name": "Authorization", "value": "Bearer not-to-be-seen"}]},
    "response": {"status": 101, "statusText": "Switching Protocols", "headers": [{"name": "Upgrade", "value": "websocket"}]}}
pathlib.Path("from-chrome.har").write_text(json.dumps({"log": {"entries": [entry]}}))
capture = kws.load("from-chrome.har")
capture.panel
"""
TWO = """
both = kws.save({"feed": capture, "other": capture.where("dir:sent")}, "both.jsonl")
kws.load("both.jsonl").panel
"""


def test_a_panel_shows_a_capture(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(ONE, TWO).show()
    expect(panel.get(".kws-state")).to_have_text("capture")
    expect(panel.get(".kws-url")).to_have_text("wss://feed.example/v1?token=***")
    expect(panel.root).to_contain_text("201 rows")
    expect(panel.get(".kws-send")).to_have_count(1)
    expect(panel.get(".kws-send")).not_to_be_visible()
    expect(panel.root.get_by_role("button", name="Close", exact=True)).not_to_be_visible()
    expect(panel.root).to_contain_text("not recorded")
    panel.filter("dir:received $.n<10")
    expect(panel.row(chr(34) + "n" + chr(34))).to_have_count(4)
    shot(panel, "capture")
    panel.tab("Handshake")
    expect(panel.root).to_contain_text("Authorization: Bearer ***")
    panel.tab("Certificate")
    expect(panel.root).to_contain_text("The file has no certificate of this connection.")
    panel.tab("Statistics")
    expect(panel.root).not_to_contain_text("not-to-be-seen")
    shot(panel, "capture-statistics")


def test_several_sessions_are_merged(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(ONE, TWO)
    panel.run(0)
    panel.run(1)
    merged = panel.nth(1)
    expect(merged.row("feed").first).to_be_visible()
    expect(merged.row("other").first).to_be_visible()
    shot(merged, "captures-merged")
