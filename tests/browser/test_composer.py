"""Writing messages: the field that grows and colours, formatting, expressions, repeating; and where the details are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PanelPage, shot
from tests.browser.test_front import AXE
from tests.browser.test_use import EVERYWHERE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.peer("front-end"), pytest.mark.timeout(300)]

#: Whether each line of the copy lies on the field's: both wrap alike.
ALIGNED = """() => {
    const [text, copy] = ['.kws-text', '.kws-copy'].map(name => document.querySelector(name));
    return [text.clientWidth - copy.clientWidth, text.scrollHeight - copy.scrollHeight, text.scrollTop - copy.scrollTop];
}"""


#: What sticks out of the panel.
OVERFLOWING = """panel => [...panel.querySelectorAll('*')].filter(one => !one.closest('.kws-pane, .kws-body, .kws-offscreen')
    && one.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1).map(one => one.className)"""


#: How large the docked panel is, and how far its edges are from those of the dock's part that has its tab.
FILLS = """panel => {
    const tab = [...document.querySelectorAll('#jp-main-dock-panel .lm-TabBar')].at(-1).getBoundingClientRect();
    const dock = document.querySelector('#jp-main-dock-panel').getBoundingClientRect();
    const own = panel.getBoundingClientRect();
    return { sizes: [own.width, own.height], margins: [own.left - tab.left, own.right - tab.right, own.top - tab.bottom, dock.bottom - own.bottom - (tab.top - dock.top)] };
}"""


def axe(panel: PanelPage) -> None:
    """Nothing is inaccessible."""
    if not panel.page.evaluate("() => 'axe' in window"):
        panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []


def height(panel: PanelPage, selector: str) -> float:
    return float(panel.get(selector).evaluate("element => element.offsetHeight"))


def width_of(panel: PanelPage, selector: str) -> float:
    return float(panel.get(selector).evaluate("element => element.offsetWidth"))


@EVERYWHERE
def test_writing(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "price, count = 1.50, iter(range(100))", "ws.panel.schedules").show()
    text, said = panel.get(".kws-text"), panel.get(".kws-result")
    one = height(panel, ".kws-text")
    text.fill("x" * 2000)
    assert height(panel, ".kws-text") > 5 * one, "a line without breaks makes it grow too"
    panel.get(".kws-mode").select_option("JSON")
    text.fill('{"op":"subscribe","price":12345678901234567890.10,"on":true,"list":[1,2,{"a":null}]}')
    text.press("Control+Shift+F")
    expect(said).to_have_text("formatted; again compacts")
    expect(panel.get(".kws-copy .kws-number").first).to_have_text("12345678901234567890.10")
    shot(panel, "composer-formatted")
    assert panel.page.evaluate(ALIGNED) == [0, 0, 0]
    text.press("Control+Shift+F")
    expect(said).to_have_text("compacted; again formats")
    text.press("Control+z")
    expect(text).to_have_value(re.compile(r"^\{\n  \"op\""))
    text.press("Control+End")
    text.press("Backspace")
    expect(panel.get(".kws-check")).to_contain_text("ends where")
    shot(panel, "composer-wrong")
    text.fill("[" + ",\n".join(f'"line {number} {"y" * (number % 7 * 40)}"' for number in range(60)) + "]")
    text.press("Control+End")
    assert panel.page.evaluate(ALIGNED) == [0, 0, 0]
    panel.run(1)
    text.fill('{"price": {{price}}, "n": {{next(count)}}}')
    panel.get(".kws-fill").click()
    expect(panel.get(".kws-filled-text")).to_have_text('{"price": 1.5, "n": 0}')
    axe(panel)
    shot(panel, "composer-filled")
    text.press("Control+Enter")
    expect(panel.row('{"price": 1.5, "n": 0}')).to_have_count(2)
    text.press("ArrowUp")
    text.press("Control+Enter")
    expect(panel.get(".kws-filled-text")).to_have_text('{"price": 1.5, "n": 1}')
    panel.root.get_by_role("button", name="Repeat", exact=True).click()
    panel.root.get_by_label("Seconds from one to the next").fill("1")
    panel.root.get_by_role("button", name="Start", exact=True).click()
    expect(panel.row('"n": 3')).to_have_count(2)
    expect(panel.get(".kws-repeats")).to_contain_text("repeating every 1 s · sent")
    axe(panel)
    shot(panel, "composer-repeating")
    panel.root.get_by_role("button", name="Stop repeating to ws").click()
    expect(panel.get(".kws-repeats")).to_contain_text("repeated every 1 s")
    panel.says(2, "ended")


@EVERYWHERE
def test_where_the_details_are(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(CONNECT, "ws.panel.details").show()
    panel.send('{"id":1,"a":[1,2,3],"text":"' + "word " * 40 + '"}')
    panel.row('"id":1').first.click()
    middle = panel.get(".kws-middle")
    for width, where in ((1400, "true"), (700, "false"), (400, "false")):
        panel.root.evaluate("(panel, width) => (panel.style.width = `${width}px`)", width)
        expect(middle).to_have_attribute("data-beside", where)
        assert panel.root.evaluate(OVERFLOWING) == [], width
        shot(panel, f"layout-{width}")
    panel.root.evaluate("panel => (panel.style.width = '1200px')")
    splitter = panel.get(".kws-splitter")
    expect(splitter).to_have_attribute("aria-orientation", "vertical")
    before = width_of(panel, ".kws-pane")
    splitter.press("ArrowLeft")
    assert 21 <= width_of(panel, ".kws-pane") - before <= 23
    panel.root.get_by_role("button", name="Layout", exact=True).click()
    axe(panel)
    shot(panel, "layout-menu")
    tab = panel.root.get_by_role("menuitem", name="Open in a tab of its own")
    lab = "lab" in request.node.callspec.id
    assert tab.count() == lab
    panel.root.get_by_role("menuitemradio", name="Details: below the table").click()
    expect(middle).to_have_attribute("data-beside", "false")
    panel.says(1, "below")
    if lab:
        panel.root.get_by_role("button", name="Layout", exact=True).click()
        tab.click()
        docked = panel.page.locator(".kws-docked .kws")
        expect(docked).to_be_visible()
        expect(docked.locator(".kws-row", has_text='"id":1').first).to_be_visible()
        fills = docked.evaluate(FILLS)
        assert min(fills["sizes"]) > 300, fills
        assert max(map(abs, fills["margins"])) <= 3, "it fills its tab"
        shot(panel, "layout-docked")
