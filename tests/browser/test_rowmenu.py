"""The menu of a row, bookmarks and notes, and undoing Clear, as people see them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PAINTED, PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.browser.test_use import EVERYWHERE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Two kinds of messages, and markup that is text.
FILL = """
for n in range(300):
    log.add("text", b'{"type":"%s","n":%d,"x":"<script>alert(1)</script>"}' % (b"trade" if n % 3 else b"quote", n), time_ns=10**18 + n * 10**6)
log.add("text", b'{"id":7,"method":"sum"}', sent=True, time_ns=10**18 + 301 * 10**6)
log.add("text", b'{"id":7,"result":3}', time_ns=10**18 + 304 * 10**6)
"""
MENUS = "() => [...document.querySelectorAll('.kws-context')].every(menu => { const { left, top, right, bottom } = menu.getBoundingClientRect(); return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && menu.scrollHeight <= menu.clientHeight + 1; })"


@pytest.mark.peer("front-end")
@EVERYWHERE
def test_the_menu_of_a_row(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(log_cell(FILL), "print(panel.filter, sorted(log.bookmarks))").show()
    menu = panel.root.get_by_role("menu").first
    row = panel.row('"result":3')
    row.click()
    panel.row('"method":"sum"').click(button="right")
    expect(menu).to_be_visible()
    expect(panel.page.locator(".lm-Menu")).to_have_count(0)
    expect(panel.root.get_by_role("menuitem", name="Compare with #301")).to_be_visible()
    expect(panel.root.get_by_role("menuitem", name="Go to its response #301, 3.0 ms")).to_be_visible()
    assert panel.page.evaluate(MENUS)
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []
    shot(panel, "row-menu")
    keys = panel.page.keyboard
    keys.type("fil")
    keys.press("ArrowRight")
    expect(panel.root.get_by_role("menuitem", name="$.method=sum")).to_be_focused()
    assert panel.page.evaluate(MENUS)
    shot(panel, "row-submenu")
    keys.press("Escape")
    expect(panel.root.get_by_role("menuitem", name="Filter like this")).to_be_focused()
    keys.press("Escape")
    expect(menu).to_be_hidden()
    expect(panel.get(".kws-grid")).to_be_focused()
    keys.press("b")
    expect(panel.get(".kws-toast")).to_have_text("1 bookmark set")
    keys.press("Shift+F10")
    keys.type("note")
    keys.press("Enter")
    expect(panel.root.get_by_role("textbox", name="Note")).to_be_focused()
    keys.type("ask for more")
    shot(panel, "note")
    keys.press("Enter")
    expect(panel.get(".kws-facts")).to_contain_text("bookmarked: ask for more")
    expect(panel.row('"method":"sum"').locator(".kws-mark")).to_be_visible()
    panel.row('"n":297').click(button="right")
    panel.root.get_by_role("menuitem", name="Exclude this").click()
    panel.root.get_by_role("menuitem", name="-$.type=quote").click()
    expect(panel.get(".kws-filter")).to_have_value("-$.type=quote")
    expect(panel.get(".kws-counts")).to_have_text("202 of 302")
    panel.get(".kws-grid").press("End")
    expect(panel.row('"n":299')).to_be_visible()
    expect(panel.root.get_by_role("button", name="Follow", exact=True)).to_have_attribute("aria-pressed", "true")
    panel.page.evaluate(PAINTED)  # no row moves any more
    panel.row('"n":298').click(button="right")
    panel.root.get_by_role("menuitem", name="Time zero here").click()
    expect(panel.get(".kws-times")).to_have_text("vs #298")
    expect(panel.row('"method":"sum"').locator(".kws-c1")).to_have_text("+0.003")
    keys.press("n")
    expect(panel.row('"method":"sum"')).to_have_attribute("aria-selected", "true")
    panel.filter("is:bookmarked")
    expect(panel.get(".kws-counts")).to_have_text("1 of 302")
    shot(panel, "bookmarked")
    panel.says(1, "is:bookmarked [300]")
    panel.page.set_viewport_size({"width": 400, "height": 700})
    panel.row('"method":"sum"').click(button="right", position={"x": 100, "y": 10})
    expect(menu).to_be_visible()
    panel.root.get_by_role("menuitem", name="Filter like this").click()
    expect(panel.root.get_by_role("menuitem", name="$.method=sum")).to_be_visible()
    shot(panel, "narrow")
    assert panel.page.evaluate(MENUS)


@EVERYWHERE
def test_several_rows_and_undo(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "2", "len(ws.messages), ws.messages.undoable, len(ws.bookmarks)").show()
    for text in ('{"n":1}', '{"n":2}'):
        panel.send(text)
        expect(panel.row(text)).to_have_count(2)
    panel.row('{"n":1}').first.click()
    panel.row('{"n":2}').last.click(modifiers=["Shift"])
    panel.row('{"n":2}').first.click(button="right")
    entry = panel.root.get_by_role("menuitem")
    expect(entry).to_have_text(
        ["Copy as JSON Lines", "Export selected▸", "Resend 4 messages", "DataFrame in the notebook", "Bookmark allb"]
    )
    entry.filter(has_text="Resend").click()
    expect(panel.root.get_by_role("menuitem", name="Send 4, 2 of them received?")).to_be_visible()
    shot(panel, "rows-menu")
    panel.root.get_by_role("menuitem", name="Send 4, 2 of them received?").click()
    expect(panel.get(".kws-toast")).to_have_text("4 messages sent again")
    expect(panel.row('{"n":2}')).to_have_count(6)
    panel.get(".kws-grid").press("b")
    expect(panel.get(".kws-toast")).to_have_text("4 bookmarks set")
    cells = panel.notebook.cells()
    panel.get(".kws-grid").press("ContextMenu")
    panel.root.get_by_role("menuitem", name="DataFrame in the notebook").click()
    expect(panel.get(".kws-toast")).to_have_text("the code is in a new cell below: run it")
    assert panel.notebook.cells() == cells + 1
    panel.run(1)
    expect(panel.page.locator(".jp-OutputArea-output table.dataframe tbody tr")).to_have_count(4)
    panel.get(".kws-clear").click()
    expect(panel.get(".kws-undo")).to_contain_text("13 rows forgotten, here and in Python")
    panel.says(3, "(0, 13, 0)")
    panel.send('"after"')
    expect(panel.row('"after"')).to_have_count(2)
    shot(panel, "undo")
    panel.root.get_by_role("button", name="Undo").click()
    expect(panel.get(".kws-counts")).to_have_text("15 rows")
    expect(panel.row('{"n":1}').first).to_be_visible()
    panel.says(3, "(15, 0, 4)")
