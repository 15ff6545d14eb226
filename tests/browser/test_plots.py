"""The chart of messages over time, and plots of numbers at JSON paths."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.browser.test_use import EVERYWHERE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Ten minutes of trades of four symbols, 400 a minute, a spike, some requests, and a reconnect.
TRADES = """
import json, math, random
rng = random.Random(5)
start = 1_700_000_040_000_000_000
price = {"BTC-USD": 64_000.0, "ETH-USD": 3_100.0, "SOL-USD": 140.0, "XRP-USD": 0.5}
for n in range(4000):
    when = start + n * 150_000_000 + rng.randrange(10**8)
    symbol = rng.choice([*price])
    price[symbol] *= 1 + rng.gauss(0, 0.0008)
    near = price[symbol] / {"BTC-USD": 64_000, "ETH-USD": 3_100, "SOL-USD": 140, "XRP-USD": 0.5}[symbol] * 100
    if n == 2500:
        near = 109.5
    log.add("text", json.dumps({"type": "trade", "symbol": symbol, "price": f"{price[symbol]:.4f}", "index": near}).encode(), time_ns=when)
    if rng.random() < 0.3 * (1 + math.sin(n / 300)):
        log.add("text", b'{"op":"ping"}', sent=True, time_ns=when)
    if n == 1800:
        log.add("reconnect", b"connected again", time_ns=when)
"""
PLOT = 'panel.chart = True\npanel.plot("$.index", by="$.symbol")'
MORE = 'log.add("text", b\'{"symbol":"BTC-USD","index":111.5}\', time_ns=start + 620_000_000_000)'


def settled(panel: PanelPage) -> None:
    expect(panel.get(".kws-plot-lines path")).to_have_count(4)
    expect(panel.get(".kws-strip-received")).to_have_attribute("d", re.compile("M"))


@EVERYWHERE
@pytest.mark.peer("front-end")
def test_a_chart_and_a_plot(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(log_cell(TRADES), PLOT, MORE, "panel.filter", "panel.selected[0].json", "panel.plots, panel.chart")
    panel.show()
    panel.run(1)
    settled(panel)
    picture = panel.get(".kws-strip-picture")
    expect(picture).to_have_attribute("aria-label", re.compile("^4,000 messages received and .* sent"))
    plot = panel.get(".kws-plot-picture")
    expect(plot).to_have_attribute("aria-label", re.compile(r"4 lines\. .*highest 109\.5, last"))
    panel.run(2)  # live
    expect(plot).to_have_attribute("aria-label", re.compile("highest 111.5, last 111.5"))
    expect(picture).to_have_attribute("aria-label", re.compile("^4,001 messages received"))
    shot(panel, f"plots-{request.node.callspec.id}")
    # A span by the pointer: the rows of it, in the filter's own words.
    box = panel.get(".kws-strip .kws-strip-area").bounding_box()
    assert box is not None
    mouse, y = panel.page.mouse, box["y"] + 20
    mouse.move(box["x"] + box["width"] * 0.4, y)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.45, y)
    mouse.move(box["x"] + box["width"] * 0.5, y)
    mouse.up()
    expect(panel.get(".kws-filter")).to_have_value(re.compile(r"^since:\S+ before:\S+$"))
    expect(panel.get(".kws-counts")).to_have_text(re.compile(r"^[45]\d\d of "))
    expect(picture).to_have_attribute("data-filtered", "true")
    expect(panel.get(".kws-strip-span")).to_be_visible()
    panel.says(3, "since:")
    shot(panel, f"plots-brushed-{request.node.callspec.id}")
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []
    # Escape shows all again; a span by the keyboard.
    panel.get(".kws-strip .kws-strip-area").focus()
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-filter")).to_have_value("")
    panel.page.keyboard.press("Home")
    expect(panel.get(".kws-strip .kws-strip-said")).to_have_text(re.compile(r"▼ \d+ ▲ \d+ · "))
    for _ in range(2):
        panel.page.keyboard.press("Shift+ArrowRight")
    expect(panel.get(".kws-filter")).to_have_value(re.compile("^since:"))
    expect(panel.get(".kws-counts")).to_have_text(re.compile(r"^1\d\d of "))
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-filter")).to_have_value("")
    # A point leads to its message.
    area = panel.get(".kws-plot .kws-strip-area")
    area.focus()
    for key in ("End", "ArrowDown", "End"):
        panel.page.keyboard.press(key)
    expect(panel.get(".kws-plot .kws-strip-said")).to_contain_text("BTC-USD 111.5")
    panel.page.keyboard.press("Enter")
    panel.says(4, "111.5")
    expect(panel.get(".kws-pre, .kws-tree").first).to_contain_text("111.5")
    # A plot from the page, with a mistake first; and none of it without the chart.
    panel.root.get_by_role("button", name="Plot", exact=True).click()
    panel.page.keyboard.type("$.price=1")
    panel.page.keyboard.press("Enter")
    expect(panel.get(".kws-plot-form .kws-error")).to_contain_text("no JSON path")
    panel.page.keyboard.press("Control+A")
    panel.page.keyboard.type("$.pricee")
    panel.page.keyboard.press("Enter")
    expect(panel.get(".kws-plot-form .kws-error")).to_contain_text("did you mean $.price?")
    panel.page.keyboard.press("Control+A")
    panel.page.keyboard.type("pri")  # a key alone is completed to its path
    expect(panel.get(".kws-plot-form [role=option]")).to_have_count(1)
    panel.page.keyboard.press("Tab")
    shot(panel, f"plots-form-{request.node.callspec.id}")
    panel.page.keyboard.press("Enter")
    expect(panel.get(".kws-plot")).to_have_count(2)
    panel.root.get_by_role("button", name="Close the plot of $.index by $.symbol").click()
    expect(panel.get(".kws-plot")).to_have_count(1)
    panel.root.get_by_role("button", name="Chart", exact=True).click()
    expect(panel.get(".kws-strip")).to_be_hidden()
    panel.says(5, "False")


PAIRS = """
for n in range(200):
    log.add("text", b'{"id":%d,"method":"get"}' % n, sent=True, time_ns=10**18 + n * 10**9)
    log.add("text", b'{"id":%d,"result":1}' % n, time_ns=10**18 + n * 10**9 + (1 + n % 90) * 10**6)
"""


def test_response_times_are_in_the_statistics(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(PAIRS)).show()
    panel.tab("Statistics")
    expect(panel.root.get_by_text("From request to response")).to_contain_text("p50 4")
    panel.root.get_by_text("From request to response").scroll_into_view_if_needed()
    shot(panel, "plots-response-times")


@pytest.mark.parametrize("server", [("marimo", False), ("marimo", True)], ids=["marimo", "marimo-dark"], indirect=True)
def test_plots_in_marimo(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    """In a shadow root; narrow; and every line told apart where colours are forced."""
    panel = notebook(log_cell(TRADES), f"panel; start\n{PLOT}").shown(60_000)
    settled(panel)
    panel.get(".kws-strip .kws-strip-area").focus()
    panel.page.keyboard.press("End")
    expect(panel.get(".kws-strip .kws-strip-said")).to_contain_text("▲")
    panel.page.keyboard.press("Enter")
    expect(panel.get(".kws-filter")).to_have_value(re.compile("^since:"))
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-filter")).to_have_value("")
    shot(panel, f"plots-{request.node.callspec.id}")
    panel.root.evaluate("panel => { panel.style.width = '400px' }")
    panel.page.emulate_media(forced_colors="active")
    expect(panel.get(".kws-plot-legend")).to_be_visible()
    shot(panel, f"plots-narrow-{request.node.callspec.id}")
    assert panel.root.evaluate("panel => panel.scrollWidth <= panel.clientWidth + 1")
    panel.page.emulate_media(forced_colors="none")
    panel.page.emulate_media(media="print")
    shot(panel, f"plots-print-{request.node.callspec.id}")
