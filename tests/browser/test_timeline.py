"""Several sessions in one panel, merged by time, in a real JupyterLab."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage, shot
from tests.browser.test_front import AXE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TWO = """
import kontena_ws_nb as kws
from kontena_ws_nb import demo
feed = kws.connect(demo.url(), name="feed")
trades = kws.connect(demo.url(), name="trades")
feed.panel
"""
MERGED = TWO.replace("feed.panel", "feed.panel.show(feed, trades)")


def whose(panel: PanelPage, text: str) -> list[str]:
    """The sessions of the rows on screen that show a text, top to bottom."""
    return [str(name) for name in panel.row(text).locator(".kws-whose").all_inner_texts()]


@pytest.mark.peer("front-end")
@pytest.mark.parametrize("server", [("lab", False), ("lab", True)], ids=["light", "dark"], indirect=True)
def test_two_sessions_in_one_timeline(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(
        TWO,
        "for n in range(30):\n    one = (feed, trades)[n % 2]\n    one.request(f'turn {n}', match='turn', timeout=10)",
        "[(feed.messages is not trades.messages, message.text, message in trades.messages) for message in feed.panel.selected]",
        "[message.text for one in (feed, trades) for message in one.messages if message.direction == 'sent' and 'for' in message.text]",
        "feed.panel.snapshot()",
    ).show()
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    said: list[str] = []

    def check(what: str) -> None:
        said.extend(f"{what}: {one}" for one in panel.page.evaluate(AXE))

    name = request.node.callspec.id
    expect(panel.get(".kws-headrow .kws-whose")).to_be_hidden()

    # The picker, by keyboard alone: Shift+Tab to the box of the other one, space.
    panel.get(".kws-chip").focus()
    panel.page.keyboard.press("Enter")
    expect(panel.root.get_by_role("button", name="Show only feed")).to_be_focused()
    panel.page.keyboard.press("ArrowDown")
    expect(panel.root.get_by_role("button", name="Show only trades")).to_be_focused()
    panel.page.keyboard.press("Shift+Tab")
    expect(panel.root.get_by_role("checkbox", name="trades in the table")).to_be_focused()
    panel.page.keyboard.press("Space")
    expect(panel.root.get_by_role("checkbox", name="feed in the table")).to_be_enabled()  # now there are two
    expect(panel.root.get_by_role("checkbox", name="trades in the table")).to_be_focused()
    check("picker")
    shot(panel, f"timeline-picker-{name}")
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-chip")).to_have_text("2 sessions")
    expect(panel.get(".kws-headrow .kws-whose")).to_be_visible()
    expect(panel.get(".kws-state")).to_have_text("merged")
    expect(panel.get(".kws-close")).to_be_hidden()

    # Order, and following.
    panel.run(1)
    expect(panel.get(".kws-counts")).to_have_text("62 rows")  # two opened rows, thirty requests and their echoes
    expect(panel.row("turn 29")).to_have_count(2)
    texts = panel.texts()
    turns = [int(text.split()[1]) for text in texts]
    assert turns == sorted(turns)
    assert whose(panel, "turn 28") == ["feed", "feed"]
    assert whose(panel, "turn 29") == ["trades", "trades"]
    panel.get(".kws-grid").press("Home")
    expect(panel.row("turn 0").first).to_be_visible()
    panel.get(".kws-grid").press("End")

    # One filter for both.
    panel.filter("dir:sent 2")
    expect(panel.get(".kws-counts")).to_have_text("12 of 62")
    assert panel.texts() == [f"turn {n}" for n in (2, 12, *range(20, 30))]

    # A selection is of its own session, in the page and in Python.
    panel.row("turn 21").click()
    expect(panel.get(".kws-facts")).to_contain_text("trades")
    expect(panel.get(".kws-codeline")).to_have_text("trades.messages[21]")
    expect(panel.get(".kws-pane")).to_contain_text("Resend to trades")
    panel.says(2, "[(True, 'turn 21', True)]")
    panel.tab("Handshake")
    expect(panel.get(".kws-of")).to_contain_text("Session trades.")
    panel.tab("Statistics")
    expect(panel.get(".kws-of").first).to_contain_text("Session trades.")
    expect(panel.get(".kws-tile").first).to_contain_text("15")
    check("statistics")

    # Export says whose each line is.
    panel.root.get_by_role("button", name="Export", exact=True).click()
    with panel.page.expect_download() as saved:
        panel.root.get_by_role("button", name="JSON Lines", exact=True).click()
    lines = [json.loads(line) for line in Path(saved.value.path()).read_text().splitlines()]
    assert saved.value.suggested_filename == "feed-trades.jsonl"
    assert [(line["session"], line["data"]) for line in lines][:3] == [
        ("feed", "turn 2"),
        ("feed", "turn 12"),
        ("feed", "turn 20"),
    ]
    panel.page.keyboard.press("Escape")
    panel.filter("")

    # Sending: to the one that is named, and to no other by accident.
    panel.get(".kws-grid").press("End")  # a row was chosen, which stays in sight: what is sent would come below it
    expect(panel.get(".kws-send")).to_have_text("Send to feed")  # it was the only one shown before
    panel.send("for feed")
    expect(panel.row("for feed")).to_have_count(2)
    assert whose(panel, "for feed") == ["feed", "feed"]
    panel.get(".kws-to").select_option("to trades")
    expect(panel.get(".kws-send")).to_have_text("Send to trades")
    panel.send("for trades")
    expect(panel.row("for trades")).to_have_count(2)
    assert whose(panel, "for trades") == ["trades", "trades"]
    panel.run(3)
    assert "['for feed', 'for trades']" in panel.notebook.output(3)
    panel.row("for trades").last.click()
    expect(panel.get(".kws-facts")).to_contain_text("trades")
    check("merged")
    shot(panel, f"timeline-{name}")
    panel.run(4)
    assert "feed, trades merged by time: 66 rows" in panel.notebook.output(4)
    assert "trades" in panel.notebook.output(4).splitlines()[-1]

    # Back to one.
    panel.get(".kws-chip").click()
    panel.root.get_by_role("button", name="Show only trades").click()
    expect(panel.get(".kws-headrow .kws-whose")).to_be_hidden()
    expect(panel.get(".kws-counts")).to_have_text("33 rows")
    expect(panel.get(".kws-chip")).to_be_focused()
    assert not said, "\n".join(said)


def test_from_python_while_sessions_come_and_go(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(
        MERGED,
        'feed = kws.connect(demo.url(), name="feed")\nfeed.send("the new feed")',
        "feed.panel.show(trades)",
        "feed.panel.show(feed, trades)\nNone",
        "trades.close(1001, 'leaving')",
        "feed.messages.clear()",
    ).show()
    expect(panel.get(".kws-send")).to_be_disabled()  # nobody was chosen
    expect(panel.get(".kws-text")).to_have_attribute("placeholder", "Choose below which session to send to")
    panel.get(".kws-to").select_option("to feed")
    panel.send("the old feed")
    expect(panel.row("the old feed")).to_have_count(2)
    panel.run(1)  # the cell that connects again: the successor takes its place, the other one stays
    expect(panel.row("the new feed")).to_have_count(2)
    expect(panel.row("the old feed")).to_have_count(0)
    expect(panel.get(".kws-chip")).to_have_text("2 sessions")
    panel.get(".kws-text").fill("for feed only")
    panel.run(2)  # Python shows another one while something is typed
    expect(panel.get(".kws-chip").first).to_have_text("trades")
    panel.get(".kws-text").first.press("Control+Enter")
    expect(panel.get(".kws-result").first).to_have_text(
        "not sent: it would go to trades now; send again if that is right"
    )
    expect(panel.row("for feed only")).to_have_count(0)
    panel.run(3)
    panel.run(4)
    expect(panel.row("1001 going away “leaving”").first).to_be_visible()
    expect(panel.get(".kws-to option").filter(has_text="to trades (closed)")).to_have_count(1)
    panel.run(5)
    expect(panel.row("the new feed")).to_have_count(0)
    expect(panel.row("1001 going away “leaving”").first).to_be_visible()


def test_two_floods(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(MERGED.replace("demo.url()", 'demo.url("flood?rate=10000")')).show()
    panel.notebook.wait("() => document.querySelector('.kws').kws.ticks > 10")
    panel.page.evaluate("() => window.__meterStart()")
    before = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.notebook.wait("before => document.querySelector('.kws').kws.ticks > before + 30", arg=before)
    got = panel.page.evaluate("() => window.__meterStop()")
    print(
        f"{got['fps']:.0f} fps, {got['mb_per_s']:.3f} MB/s, {got['messages_per_s']:.1f} messages/s, {got['long_tasks']} long tasks"
    )
    assert got["mb_per_s"] <= 0.3
    assert got["messages_per_s"] <= 15
    # A read takes more rows of one session than an update brings: whose the newest are changes from update to update.
    panel.notebook.wait(
        """() => { const { pages } = document.querySelector('.kws').kws, rows = [];
                   for (let at = pages.stop - 50; at < pages.stop; at++) rows.push(pages.get(at));
                   const seen = (window.__seen ??= new Set());
                   rows.forEach(([key]) => seen.add(Math.floor(key / 2 ** 44)));
                   window.__sorted = (window.__sorted ?? true) && rows.every(([, time], at) => !at || rows[at - 1][1] <= time);
                   return seen.has(1) && seen.has(2); }"""
    )
    assert panel.page.evaluate("() => window.__sorted")
