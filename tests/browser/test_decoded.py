"""What decoders say, in a page: the line of a row, the details, the filter, and the choice of the decoder."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import expect

from kontena_ws_nb.decoders.registry import DECODERS
from tests.browser.panel import PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.lab import peers
from tests.lab.conversations import BINARY, PROTOCOLS

BOTH: Final = [("lab", False), ("lab", True), ("notebook", False), ("notebook", True)]

FILL = """
from kontena_ws_nb.decoders.decoder import Opening
log.meanings.opened(1, Opening("ws://x/socket.io/?EIO=4&transport=websocket"))
log.add("text", b'0{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":[],"pingInterval":25000,"pingTimeout":20000}')
log.add("text", b'40{"token":"a"}', sent=True)
log.add("text", b'40{"sid":"oSO0OpakMV_3jnilAAAA"}')
log.add("text", '42["chat","K\\\\u00f6ln",{"from":"me","n":9007199254740993}]'.encode())
log.add("text", b'421["ask",{"of":[1,2]}]', sent=True)
log.add("text", b'431[{"ok":true}]')
log.add("text", b"2")
log.add("text", b"3", sent=True)
log.add("binary", bytes.fromhex("82a474797065a57472616465a57072696365cb40f86a0000000000"), connection=2)
"""


CHOOSE = "log.meanings.choose('json-rpc')\nlog.wake()"
ATTACH = """
other = kws.MessageLog()
for n in range(9):
    other.add("text", b"of another log")
panel.attach(other)
"""


@pytest.mark.parametrize("server", BOTH, ids=["lab", "lab-dark", "notebook", "notebook-dark"], indirect=True)
def test_what_decoders_say(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id
    panel = notebook(log_cell(FILL), "log.meanings.choice", CHOOSE, ATTACH).show()
    expect(panel.get(".kws-rows")).to_contain_text('EVENT chat "Köln"')
    expect(panel.get(".kws-rows")).to_contain_text("ACK")
    panel.row("EVENT chat").click()
    content = panel.get(".kws-content")
    expect(content).to_contain_text("EVENT chat")
    expect(content).to_contain_text("9007199254740993")
    content.scroll_into_view_if_needed()
    shot(panel, f"decoded-{name}")
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []
    panel.get('.kws-segments button:text-is("Text")').click()
    expect(content).to_contain_text("\\u00f6ln")
    panel.get('.kws-segments button:text-is("Decoded")').click()
    panel.filter("$.event=chat")
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(1)
    panel.filter("label:ACK or decoder:plain")
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(2)
    panel.filter("")
    panel.row("EVENT chat").click()
    panel.get(".kws-decoder").select_option("raw")
    expect(panel.get(".kws-rows")).to_contain_text('42["chat"')
    expect(panel.get(".kws-rows")).not_to_contain_text("EVENT chat")
    shot(panel, f"decoded-raw-{name}")
    panel.run(1)
    assert panel.notebook.output(1).splitlines()[-1] == "'raw'"
    panel.get(".kws-decoder").select_option("")
    expect(panel.get(".kws-rows")).to_contain_text('EVENT chat "Köln"')
    panel.run(2)  # chosen in Python: what is shown is decoded anew
    expect(content).to_contain_text('42["chat"')
    panel.run(3)  # the same number means another row
    expect(content).to_contain_text("Select a message")
    panel.row("of another log").nth(3).click()
    expect(content).to_contain_text("of another log")


#: What a cell makes of `tests.lab.conversations`: one log for each, attached in turn.
EVERY = """
import base64, json
import kontena_ws_nb as kws
from kontena_ws_nb.decoders.decoder import Opening
logs = []
for url, subprotocol, messages in json.loads(CONVERSATIONS):
    log = kws.MessageLog()
    log.meanings.opened(1, Opening(url, subprotocol))
    for text, sent, payload in messages:
        log.add("text" if text else "binary", base64.b64decode(payload), sent=sent)
    logs.append(log)
left = iter(logs)
from kontena_ws_nb.panel.panel import Panel
panel = Panel(next(left))
panel
"""


def test_rows_and_details_of_every_decoder(notebook: Callable[..., PanelPage]) -> None:
    kept = [*PROTOCOLS, BINARY]
    packed = json.dumps(
        [
            (one.url, one.subprotocol, [(m.text, m.sent, base64.b64encode(m.payload).decode()) for m in one.messages])
            for one in kept
        ]
    )
    panel = notebook(f"CONVERSATIONS = {packed!r}\n{EVERY}", "panel.attach(next(left))").show()
    for number, one in enumerate(kept):
        if number:
            panel.run(1)
        decoder = DECODERS[one.decoder](one.opening)
        told = [(at, found) for at, m in enumerate(one.messages) if (found := decoder.decode(m)) is not None]
        at, found = next(((at, found) for at, found in told if found.label), told[0])
        panel.get(".kws-grid").press("Home")
        row = panel.get(f".kws-rows .kws-row[aria-rowindex='{at + 2}']:visible")
        expect(row).to_contain_text(found.label[:20] or re.compile(r"[\[{]"))
        row.click()
        expect(panel.get(".kws-decoder option:checked")).to_have_text(f"auto: {one.decoder}")
        expect(panel.get(".kws-segments button[aria-pressed=true]")).to_have_text("Decoded")
        expect(panel.get(".kws-content")).to_contain_text(found.label[:20])
        panel.get(".kws-content").scroll_into_view_if_needed()
        shot(panel, f"decoder-{number:02}-{one.decoder}")
