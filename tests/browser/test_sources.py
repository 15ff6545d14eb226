"""What can be shown in a panel besides a session: what a source cannot do is greyed out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage
from tests.browser.test_front import AXE
from tests.browser.test_panel import shot
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: A source that has rows, and one that can also close and tell its statistics, but neither send nor connect again.
SOURCES = """
from types import SimpleNamespace
import kontena_ws_nb as kws
from kontena_ws_nb.panel import Panel

class Capture:
    name, url, state = "capture", "feed.har", "closed"
    def __init__(self):
        self.messages = kws.MessageLog()
        for n in range(5): self.messages.add("text", b'{"n":%d}' % n)

class Proxied(Capture):
    name, url, state = "proxied", "ws://upstream.example/", "open"
    closed_with = None
    def close(self, code=1000, reason=""):
        self.closed_with, self.state = (code, reason), "closed"
        self.messages.wake()

one, other = Capture(), Proxied()
panel = Panel(one)
panel
"""


@pytest.mark.peer("front-end")
@pytest.mark.parametrize("server", [("lab", False), ("notebook", True)], ids=["lab", "notebook-dark"], indirect=True)
def test_what_a_source_cannot_do_is_greyed_out(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(SOURCES, "panel.show(other);", "print(other.closed_with)").show()
    tab = {
        name: panel.get(f".kws-tab:text-is('{name}')") for name in ("Message", "Handshake", "Certificate", "Statistics")
    }
    expect(panel.row('{"n":4}')).to_be_visible()
    for name, usable in (("Message", True), ("Handshake", False), ("Certificate", False), ("Statistics", True)):
        (expect(tab[name]).to_be_enabled if usable else expect(tab[name]).to_be_disabled)()
    for hidden in (".kws-text", ".kws-close", ".kws-lock"):
        expect(panel.get(hidden)).to_be_hidden()
    expect(panel.get("button:text-is('Reconnect')")).to_be_hidden()
    tab["Statistics"].click()
    expect(panel.get(".kws-pane")).to_contain_text("5")
    panel.row('{"n":3}').click()
    expect(panel.get(".kws-content")).to_contain_text("3")
    expect(panel.get("button:text-is('Resend')")).to_have_count(0)
    shot(panel, "source-bare")
    panel.page.add_script_tag(content=(peers.FRONT_END.node_modules / "axe-core/axe.min.js").read_text("utf-8"))
    assert panel.page.evaluate(AXE) == []

    panel.run(1)
    expect(panel.get(".kws-close")).to_be_visible()
    expect(panel.get(".kws-text")).to_be_hidden()
    panel.get(".kws-close").click()
    shot(panel, "source-closable")
    panel.get("button:text-is('Close connection')").click()
    expect(panel.get(".kws-pill")).to_contain_text("closed")
    panel.run(2)
    assert panel.notebook.output(2).startswith("(1000")
