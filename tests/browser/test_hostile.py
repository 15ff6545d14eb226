"""What a hostile server sends is shown and never run, and never holds the page up; it comes through a real socket."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PAINTED, PanelPage, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Milliseconds of processor time that a click on a row, or on a way to show it, may cost the page. (Ten thousand levels
#: laid out at once cost seconds: text is laid out when it comes into sight.) Other processes do not count, so a busy
#: machine changes little.
LONGEST = 250
SERVE = r"""
import threading
import kontena_ws_nb as kws
from websockets.sync.server import serve
bad = '<img src=x onerror="window.__hurt=1"><script>window.__hurt=1</script>'
payloads = [
    bad, '{"%s": "%s"}' % (bad.replace('"', "'"), bad.replace('"', "'")), "nul \0 esc \x1b[31m\x1b]0;title\x07 red", "bidi \u202eevil\u2066 \u200b end",
    "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, '{"a":1,"a":2,"n":12345678901234567890.10,"big":-9007199254740993}',
    '{"lone":"\\ud800 \\udc00","\\udfff":1}', "[" + ",".join(["1"] * 90_000) + "]", "{" + ",".join('"k":%d' % n for n in range(18_000)) + "}",
    "x" * (64 << 20), "\xe9" * 100_001, b"\xff\xfe\xed\xa0\x80" * 20, bytes(range(256)) * 1000,
]
def talk(socket):
    for payload in payloads:
        socket.send(payload)
    socket.recv()
server = serve(talk, "127.0.0.1", 0, compression=None)
threading.Thread(target=server.serve_forever, daemon=True).start()
ws = kws.connect("ws://127.0.0.1:%d" % server.socket.getsockname()[1], name="ws", max_size=65 << 20)
ws.messages.wait_for(lambda: ws.stats.received_messages == len(payloads), 30)
ws.panel
"""
SHOWN = {
    1: ("<img src=x onerror=", "<script>window.__hurt=1</script>"),
    3: ("nul ␀ esc ␛[31m␛]0;title␇ red",),
    4: ("bidi \\u202eevil\\u2066 \\u200b end",),
    7: ("12345678901234567890.10", "-9007199254740993"),
    8: ("\\ud800 \\udc00", "\\udfff"),
}


class Work:
    """What the page's own thread did: scripts, styles and layout, in processor time."""

    def __init__(self, panel: PanelPage) -> None:
        self._session = panel.page.context.new_cdp_session(panel.page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._done = 0.0
        self.worst = (0.0, "")
        self.since("")
        self.worst = (0.0, "")  # not what was done before

    def since(self, what: str) -> None:
        """Note what was done since the last call, once it is painted."""
        self._session.send(
            "Runtime.evaluate",
            {"expression": "new Promise(f => requestAnimationFrame(() => setTimeout(f)))", "awaitPromise": True},
        )
        metrics = {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}
        done = 1000 * sum(metrics[name] for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"))
        self.worst = max(self.worst, (done - self._done, what))
        self._done = done


def test_what_a_server_sends_through_a_socket(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(SERVE, "ws.abort()\nserver.shutdown()").show()
    expect(panel.get(".kws-in")).to_contain_text("▼ 14")
    work = Work(panel)
    expect(panel.get(".kws-rows .kws-row[aria-rowindex='16']")).to_be_visible()
    panel.page.evaluate(PAINTED)
    for index in range(1, 15):
        panel.get(f".kws-rows .kws-row[aria-rowindex='{index + 2}']").click()
        expect(panel.get(".kws-facts")).to_contain_text(f"#{index}")
        expect(panel.get(".kws-content")).not_to_be_empty()
        for text in SHOWN.get(index, ()):
            expect(panel.get(".kws-content")).to_contain_text(text)
        work.since(f"row {index}")
        for shape in (
            "Hex",
            "Base64",
            "Pretty",
            "Text",
            "Tree",
        ):  # in this order: what follows is shown as a tree, or as text
            button = panel.root.get_by_role("button", name=shape, exact=True)
            if button.count():
                button.click()
                expect(button).to_have_attribute("aria-pressed", "true")
                work.since(f"row {index} as {shape}")
        if index == 7:
            expect(panel.get(".kws-tree .kws-leaf").filter(has_text="a:")).to_have_count(2)
        if index == 5:
            for depth in range(2, 30):  # the first is open
                panel.get(".kws-tree summary").nth(depth - 1).evaluate("summary => summary.click()")
                expect(panel.get(".kws-tree summary")).to_have_count(depth + 1)
                work.since(f"level {depth} of row {index}")
        if index == 11:
            for loaded in range(3):
                panel.root.get_by_role("button", name=re.compile("^Load 200 kB more of 67 MB")).click()
                panel.notebook.wait(
                    "least => document.querySelector('.kws-pre').textContent.length >= least",
                    arg=200_000 * (loaded + 2),
                )
                work.since(f"page {loaded + 2} of row {index}")
    print(f"dearest: {work.worst}")
    assert work.worst[0] <= LONGEST, work.worst
    assert panel.page.evaluate("() => window.__hurt") is None
    assert panel.page.locator("img[src=x]").count() == 0
    shot(panel, "hostile")
    panel.run(1)
