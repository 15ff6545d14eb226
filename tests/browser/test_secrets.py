"""A secret never reaches the page: not its elements, and not the messages the kernel sends it; but the server gets it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Browser
from tests.browser.panel import PanelPage, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SECRET = "hunter2-t0k3n-of-m1ne"
BEARER = "b3ar3r-t0k3n-of-m1ne"
OFFERED = "0ff3r3d-t0k3n-of-m1ne"
UNKNOWN = "unkn0wn-h34d3r-of-m1ne"
#: In pieces, because the page knows what is typed into a cell.
CONNECT = """
import kontena_ws_nb as kws
from kontena_ws_nb import demo
secret = kws.secret("-".join(["hunter2", "t0k3n", "of", "m1ne"]))
mine = "-".join(["of", "m1ne"])
ws = kws.connect(
    demo.url("headers"), name="ws", token="-".join(["b3ar3r", "t0k3n", mine]),
    subprotocols=["bearer", "-".join(["0ff3r3d", "t0k3n", mine])], headers={"X-Nobody-Knows": "-".join(["unkn0wn", "h34d3r", mine])},
)
ws.send_json({"op": "login", "token": secret})
ws.send(b"\\0" + secret.encode())
ws.send("x" * 150 + secret)
ws.messages.wait_for(lambda: ws.stats.received_messages == 4, 10)
ws.panel
"""
CHECK = """
sent = [message for message in ws.messages if message.direction == "sent"]
[message.json().get("token") == secret for message in (sent[0], *sent[3:])], sent[-1].json().get("op"), len(sent)
"""


def test_a_page_that_knows_no_secret(
    browser: Browser, notebook: Callable[..., PanelPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    opened = browser.page

    def listening(**options: object) -> Page:
        page = opened(**options)  # type: ignore[arg-type]
        page.on(
            "websocket",
            lambda line: line.on(
                "framereceived", lambda data: heard.append(data if isinstance(data, bytes) else data.encode())
            ),
        )
        return page

    monkeypatch.setattr(browser, "page", listening)
    panel = notebook(CONNECT, CHECK, "ws.messages\nws.close()").show()

    def text(name: str) -> None:
        panel.root.get_by_role("button", name=name, exact=True).click()

    panel.row('"op": "login"').last.click()
    expect(panel.get(".kws-facts")).to_contain_text("secrets masked")
    expect(panel.get(".kws-tree .kws-leaf").filter(has_text="token")).to_have_text('token: "***"')
    shot(panel, "secrets")
    text("Hex")
    expect(panel.get(".kws-dump")).to_contain_text("2a 2a 2a")
    text("Resend")
    text("It was received: send it back?")
    expect(panel.get(".kws-tools [role=status]")).to_have_text(re.compile("^sent as "))
    text("Edit")
    expect(panel.get(".kws-text")).to_have_value(re.compile(r'^\{"op": "login", "token": "«secret [0-9a-f]{8}»"\}$'))
    expect(panel.get(".kws-check")).to_contain_text("valid JSON")
    panel.send(panel.get(".kws-text").input_value().replace("login", "edited"))
    expect(panel.get(".kws-result")).to_have_text(re.compile("^sent as "))
    expect(panel.row('{"op": "edited", "token": "***"}')).to_have_count(2)

    panel.row('"path": "/headers"').click()
    text("Text")
    expect(panel.get(".kws-content")).to_contain_text("Bearer ***")
    panel.row("binary").first.click()
    expect(panel.get(".kws-dump")).to_contain_text("00 2a 2a 2a")
    text("Edit")
    expect(panel.get(".kws-tools [role=status]")).to_have_text(
        "not edited: it holds a secret, which the page does not get: edit it in Python"
    )
    panel.tab("Handshake")
    for shown in (
        "Bearer ***",
        "Sec-WebSocket-Protocol: bearer, ***",
        "X-Nobody-Knows: ***",
        "print(ws.handshake.text(secrets=True))",
    ):
        expect(panel.get(".kws-pane")).to_contain_text(shown)

    panel.filter("token")
    text("Export")
    with panel.page.expect_download() as download:
        panel.root.get_by_role("button", name="JSON Lines", exact=True).click()
    saved = Path(download.value.path()).read_text("utf-8")
    assert saved.count("***") >= 6

    panel.run(1)
    assert "([True, True, True], 'edited', 5)" in panel.notebook.output(1)
    panel.run(2)
    expect(panel.get(".kws-state")).to_have_text("closed")

    page = panel.page.evaluate(
        "() => document.documentElement.outerHTML + [...document.querySelectorAll('textarea, input')].map((one) => one.value).join()"
    )
    data = b"\n".join(heard)
    assert b'"op": "edited"' in data or b'\\"op\\": \\"edited\\"' in data, "the test listens"
    for secret in (SECRET, BEARER, OFFERED, UNKNOWN):
        for spelled in (secret, b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex()):
            assert spelled not in page + saved
            assert spelled.encode() not in data
            assert spelled[:10].encode() not in data.replace(b" ", b"")
