"""Columns of one's own and highlights: from Python and in the page, at once in every view, remembered."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.panel import PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.browser.test_use import EVERYWHERE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TRADES = """
import math
for n in range(90):
    log.add("text", b'{"type":"trade","s":"%s","p":%.2f,"q":"%d.5","side":"%s","x":"<script>%d"}' % (
        (b"BTC-USD", b"ETH-USD")[n % 2], 64210 + 40 * math.sin(n / 7), n, (b"sell", b"buy")[n % 3 == 0], n))
log.add("text", b'{"type":"status","message":"all quiet"}')
log.add("error", b"something broke")
"""


def says(panel: PanelPage, row: str, *texts: str) -> None:
    expect(panel.row(row).locator(".kws-own")).to_have_text(texts)


def width(head: Locator) -> float:
    box = head.bounding_box()
    assert box is not None
    return box["width"]


@EVERYWHERE
def test_fields_become_columns(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(
        log_cell(TRADES),
        'panel.columns = {"$.s": "symbol", "$.p": "price"}',
        "print([(one.path, one.title, one.width) for one in panel.columns])",
        "panel",
    ).show()
    page = panel.page
    page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    press = lambda name: panel.root.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    panel.run(1)
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price"])
    expect(panel.row("something broke").locator(".kws-own")).to_have_text(["", ""])
    expect(panel.row('"status"').locator(".kws-own")).to_have_text(["", ""])
    says(panel, '"q":"88.5"', "BTC-USD", "64210.20")
    expect(panel.row('"q":"88.5"').locator(".kws-own").nth(1)).to_have_css("text-align", "right")
    expect(panel.get(".kws-own-spark").nth(1)).to_be_visible()
    expect(panel.root.get_by_role("button", name="Column price")).to_have_attribute(
        "title", re.compile(r"the last \d+ numbers: 64\d+\.\d\d to 64\d+\.\d\d, now 64")
    )

    # One more, after a path that is none.
    press("Add a column")
    path = panel.root.get_by_role("combobox", name="Path")
    path.fill("$.q=5")
    path.press("Enter")
    expect(panel.root.get_by_role("alert").filter(has_text="without a comparison")).to_be_visible()
    expect(panel.get(".kws-column mark")).to_have_text("=5")
    shot(panel, f"columns-wrong-path-{request.node.callspec.id}")
    path.fill("$.q")
    path.press("Enter")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price", "q"])
    expect(path).to_be_hidden()
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "Add a column"
    says(panel, '"q":"88.5"', "BTC-USD", "64210.20", "88.5")

    # From the tree of a message.
    panel.row('"q":"88.5"').click()
    panel.get(".kws-tree .kws-leaf").filter(has_text="side").hover()
    press("Add as column")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price", "q", "side"])
    press("Column side")
    press("Remove")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price", "q"])

    # Wider, by the pointer and by keys; then elsewhere, by the pointer and by a button.
    grip = panel.root.get_by_role("separator", name="Width of price")
    head = panel.get(".kws-headrow .kws-own").nth(1)
    before = width(head)
    box = grip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] - 26, box["y"] + 8, steps=3)
    page.mouse.up()
    expect(grip).to_have_attribute("aria-valuenow", str(round(before - 30)))
    grip.focus()
    page.keyboard.press("ArrowRight")
    expect(grip).to_have_attribute("aria-valuenow", str(round(before - 20)))
    panel.root.get_by_role("button", name="Column q").drag_to(panel.root.get_by_role("button", name="Column symbol"))
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["q", "symbol", "price"])
    says(panel, '"q":"88.5"', "88.5", "BTC-USD", "64210.20")
    press("Column q")
    press("Move right")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "q", "price"])
    panel.says(2, f"[('$.s', 'symbol', 110), ('$.q', 'q', 110), ('$.p', 'price', {round(before - 20)})]")
    shot(panel, f"columns-{request.node.callspec.id}")

    panel.root.get_by_role("button", name="Column q").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price", "q"])
    page.keyboard.press("Shift+ArrowLeft")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "q", "price"])

    # With the dialog of a column open, and in another view.
    press("Column q")
    expect(panel.root.get_by_role("textbox", name="Title")).to_have_value("")
    found: list[str] = page.evaluate(AXE)
    assert found == []
    page.keyboard.press("Escape")
    panel.run(3)
    other = panel.nth(1)
    expect(other.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "q", "price"])
    press_other = lambda name: other.root.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    press_other("Column q")
    expect(other.root.get_by_role("textbox", name="Title")).to_have_value("")
    expect(other.get(".kws-column")).to_contain_text("the last")
    other.root.get_by_role("textbox", name="Title").fill("amount")
    press_other("Save")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "amount", "price"])
    press_other("Column amount")
    press_other("Remove")
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price"])
    expect(other.get(".kws-headrow .kws-own-name")).to_have_text(["symbol", "price"])


@EVERYWHERE
def test_filters_are_kept_with_a_colour(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(
        log_cell(TRADES),
        'panel.highlights = {"kind:error": "orange"}',
        "print([tuple(one) for one in panel.highlights])",
    ).show()
    page = panel.page
    page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    press = lambda name: panel.root.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    panel.run(1)
    expect(panel.row("something broke")).to_have_class(re.compile("kws-in-orange"))
    press("Highlights: 1")
    expect(panel.get(".kws-highlights")).to_contain_text("Type a filter")
    page.keyboard.press("Escape")
    panel.filter("$.side=sell")
    expect(panel.get(".kws-counts")).to_have_text(re.compile("60 of 92"))
    press("Highlights: 1")
    press("Highlight in red")
    expect(panel.root.get_by_role("button", name="Filter by $.side=sell")).to_be_visible()
    expect(panel.get(".kws-highlights")).to_contain_text("kept already")
    page.keyboard.press("Escape")
    panel.filter("")
    expect(panel.row('"q":"88.5"')).to_have_class(re.compile("kws-in-red"))
    expect(panel.row('"q":"88.5"').locator(".kws-c3")).to_have_text("received, highlighted in red: $.side=sell")
    expect(panel.row('"q":"87.5"')).not_to_have_class(re.compile("kws-in-"))
    panel.row('"q":"86.5"').click()
    expect(panel.row('"q":"86.5"')).to_have_css("background-color", re.compile("color|rgb"))
    press("Highlights: 2")
    found: list[str] = page.evaluate(AXE)
    assert found == []
    shot(panel, f"highlights-{request.node.callspec.id}")

    # Another colour, another order, off, as the filter, away.
    panel.root.get_by_role("combobox", name="Colour of $.side=sell").select_option("purple")
    expect(panel.row('"q":"88.5"')).to_have_class(re.compile("kws-in-purple"))
    press("Move $.side=sell up")
    expect(panel.get(".kws-rule-line .kws-button.kws-rule-text")).to_have_text(["$.side=sell", "kind:error"])
    panel.root.get_by_role("checkbox", name="Colour the rows of kind:error").uncheck()
    expect(panel.row("something broke")).not_to_have_class(re.compile("kws-in-"))
    panel.says(2, "[('$.side=sell', 'purple', 1), ('kind:error', 'orange', 0)]")
    press("Filter by $.side=sell")
    expect(panel.get(".kws-counts")).to_have_text(re.compile("60 of 92"))
    press("Highlights: 2")
    press("Remove $.side=sell")
    expect(panel.get(".kws-rule-line")).to_have_count(1)
    expect(panel.row('"q":"88.5"')).not_to_have_class(re.compile("kws-in-"))


@pytest.mark.parametrize("server", [("marimo", False), ("marimo", True)], ids=["light", "dark"], indirect=True)
def test_in_marimo_too(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    more = 'panel.columns = ["$.s", "$.p"]; panel.highlights = {"$.side=sell": "red"}\npanel'
    panel = notebook(log_cell(TRADES).rstrip().removesuffix("panel") + more).shown()
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["s", "p"])
    expect(panel.row('"q":"88.5"').locator(".kws-own")).to_have_text(["BTC-USD", "64210.20"])
    expect(panel.row('"q":"88.5"')).to_have_class(re.compile("kws-in-red"))
    panel.root.get_by_role("button", name="Add a column", exact=True).click()
    panel.root.get_by_role("combobox", name="Path").fill("$.q")
    panel.root.get_by_role("button", name="Add", exact=True).click()
    expect(panel.get(".kws-headrow .kws-own-name")).to_have_text(["s", "p", "q"])
    expect(panel.row('"q":"88.5"').locator(".kws-own")).to_have_text(["BTC-USD", "64210.20", "88.5"])
    shot(panel, f"columns-marimo-{request.node.callspec.id}")
