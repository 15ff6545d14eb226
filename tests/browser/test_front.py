"""The composer in a real page, and what axe-core says of every state of the panel, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage
from tests.browser.test_panel import CONNECT, log_cell, shot
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE = """() => axe.run('.kws', { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')}`))"""

FULL = """
for n in range(40): log.add("text", b'{"op":"trade","id":%d}' % n)
log.add("binary", bytes(range(64)))
log.add("close", b"\\x03\\xe8bye")
log.add("error", b"something broke")
"""


def test_the_composer(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "[message.data for message in ws.messages]").show()
    mode, text = panel.get(".kws-mode"), panel.get(".kws-text")
    mode.select_option("JSON")
    text.fill('{"op":\n tru}')
    expect(panel.get(".kws-check")).to_have_text("line 2, column 2: a value is expected")
    expect(panel.get(".kws-send")).to_be_disabled()
    text.fill('{"op":"ping"}')
    panel.get(".kws-star").click()
    panel.root.get_by_role("button", name="Keep", exact=True).click()
    shot(panel, "composer")
    panel.send('{"op":"ping"}')
    expect(panel.row('"op":"ping"')).to_have_count(2)
    panel.get(".kws-use").click()
    expect(text).to_have_value('{"op":"ping"}')
    mode.select_option("File")
    panel.get(".kws-file").set_input_files(
        {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": b"\x00\x01\xff"}
    )
    expect(panel.get(".kws-check")).to_have_text("binary, 3 B")
    shot(panel, "composer-file")
    panel.get(".kws-send").click()
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.run(1)
    assert r"b'\x00\x01\xff'" in panel.notebook.output(1)


@pytest.mark.peer("front-end")
@pytest.mark.parametrize(
    "server",
    [("lab", False), ("lab", True), ("notebook", False), ("notebook", True)],
    ids=["lab", "lab-dark", "notebook", "notebook-dark"],
    indirect=True,
)
def test_axe_finds_nothing(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    def check(panel: PanelPage, what: str) -> None:
        found: list[str] = panel.page.evaluate(AXE)
        said.extend(f"{what}: {one}" for one in found)

    def opened(panel: PanelPage) -> PanelPage:
        panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
        return panel

    def press(label: str) -> None:
        live.root.get_by_role("button", name=label, exact=True).click()

    said: list[str] = []
    live = opened(notebook(CONNECT.replace("demo.url()", "demo.url(tls=True), ssl_verify=False")).show())
    expect(live.get(".kws-empty")).to_contain_text("No messages yet")
    check(live, "empty")
    for data in ('{"id":1,"p":"1.25"}', '{"id":2,"p":"1.75","q":[1]}'):
        live.send(data)
        expect(live.row(data)).to_have_count(2)
    for tab, seen in (
        ("Handshake", ".kws-waterfall"),
        ("Certificate", ".kws-card"),
        ("Statistics", ".kws-tile >> nth=0"),
    ):
        live.tab(tab)
        expect(live.get(seen)).to_be_visible()
        check(live, tab)
    for mode in ("JSON", "Hex", "Base64", "File", "Text"):
        live.get(".kws-mode").select_option(mode)
        if mode != "File":
            live.get(".kws-text").fill("{x")
        check(live, f"composer {mode}")
    live.get(".kws-text").fill("")
    live.row('"id":1').first.click()
    expect(live.get(".kws-tree")).to_be_visible()
    press("Copy as")
    check(live, "copy menu")
    live.page.keyboard.press("Escape")
    live.row('"id":2').first.click(modifiers=["Control"])
    for shape in ("Paths", "Lines", "Bytes"):
        press(shape)
        expect(live.get(".kws-diff ins").first).to_be_visible()
        check(live, f"difference {shape}")
    press("Keys")
    check(live, "keys")
    live.page.keyboard.press("Escape")
    press("Export")
    check(live, "export menu")
    live.page.keyboard.press("Escape")
    press("Session ws")
    expect(live.get(".kws-session")).to_have_count(1)
    check(live, "sessions menu")
    live.page.keyboard.press("Escape")
    press("Freeze")
    live.get(".kws-times").click()
    live.filter("kind:txt")
    expect(live.get(".kws-filter-error mark")).to_be_visible()
    live.get(".kws-close").click()
    check(live, "filter error and close menu")
    live.get(".kws-reason").press("Enter")
    expect(live.get(".kws-state")).to_have_text("closed")
    check(live, "closed")
    full = opened(notebook(log_cell(FULL)).show())
    full.row('"op":"trade"').last.click()
    expect(full.get(".kws-tree")).to_be_visible()
    check(full, "full")
    shot(full, f"axe-{request.node.callspec.id}")
    assert not said, "\n".join(said)
