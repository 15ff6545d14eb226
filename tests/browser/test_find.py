"""Looking for things: in rows, in what is shown of one, in a tree; and what a filter may go on with."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.browser.test_use import EVERYWHERE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.peer("front-end")]

#: A needle far behind the beginning of row 40, and near that of row 90.
ROWS = """
import json, base64, zlib, struct
def png(side):
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\\0" + bytes((x * 9 % 256, y * 9 % 256, 160)[k] for x in range(side) for k in range(3)) for y in range(side))
    return (b"\\x89PNG\\r\\n\\x1a\\n" + part(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))
for n in range(120):
    text = {"type": "trade" if n % 3 else "quote", "id": n, "price": 100 + n / 4, "at": 1764262800 + n}
    if n == 40: text["note"] = "x" * 300 + " a needle in here"
    if n == 90: text = {"needle": n}
    log.add("text", json.dumps(text).encode())
log.add("text", json.dumps({"inner": json.dumps({"deep": [1, {"needle": 2}]}), "picture": base64.b64encode(png(24)).decode(),
        "link": "https://example.invalid/a/b?x=1&y=two%20words#top", "created_at": 1764262800, "odd key": {"é": True},
        "rows": [{"n": n} for n in range(250)]}).encode())
log.add("binary", png(32))
"""


def faults(panel: PanelPage) -> list[str]:
    """What axe-core has against the panel as it is."""
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    found: list[str] = panel.page.evaluate(AXE)
    return found


#: What the browser has marked in the details.
MARKED = "() => [...(CSS.highlights.get('kws-found') ?? [])].map(range => range.toString())"


@EVERYWHERE
def test_what_is_looked_for_is_marked_and_the_next_one_is_a_key_away(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(ROWS)).show()
    field = panel.get(".kws-filter")
    field.press_sequentially("needle")
    expect(panel.get(".kws-counts")).to_have_text("3 of 122")
    expect(panel.get(".kws-hit")).to_have_count(3)
    expect(panel.row("a needle in here")).to_have_text(re.compile("…x+ a needle in here"))
    shot(panel, "filtered")
    panel.get(".kws-hides").click()
    expect(panel.get(".kws-counts")).to_have_text("122 rows")
    expect(panel.get(".kws-place")).to_have_text(re.compile("[123] of 3"))
    field.press("Shift+F3")
    field.press("F3")
    panel.get(".kws-finding").get_by_role("button", name="Next match").click()
    expect(panel.get(".kws-rows [aria-selected=true] .kws-hit")).to_have_text("needle")
    expect(panel.get(".kws-find-in .kws-found-count")).to_have_text(re.compile("found"))
    panel.page.wait_for_function(
        f"() => {{ const all = ({MARKED})(); return all.length && all.every(one => one === 'needle'); }}"
    )
    shot(panel, "found")
    found = set()
    for _ in range(3):
        before = panel.get(".kws-place").inner_text()
        panel.page.keyboard.press("F3")
        expect(panel.get(".kws-place")).not_to_have_text(before)
        found.add(panel.get(".kws-place").inner_text())
    assert found == {"1 of 3", "2 of 3", "3 of 3"}
    field.fill("")
    expect(panel.get(".kws-finding")).to_be_hidden()
    panel.get(".kws-hides").click()
    assert faults(panel) == []

    field.press_sequentially("$.ty")
    expect(panel.get(".kws-option").filter(has_text="$.type")).to_be_visible()
    field.press("Tab")
    expect(field).to_have_value("$.type")
    field.press_sequentially("=")
    expect(panel.get(".kws-option")).to_have_count(2)
    field.press("ArrowDown")
    shot(panel, "completed")
    field.press("Enter")
    expect(field).to_have_value("$.type=trade")
    expect(panel.get(".kws-counts")).to_have_text("80 of 122")


@EVERYWHERE
def test_a_tree_can_be_walked_searched_and_asked(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(ROWS)).show()
    panel.row('"inner"').click()
    tree = panel.get(".kws-tree")
    expect(tree.locator(".kws-time")).to_contain_text("2025-11-27")
    tree.locator("summary").filter(has_text=re.compile("^inner: ")).press("ArrowRight")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):  # to what it holds, to its member, and that opens
        panel.page.keyboard.press(key)
    expect(tree.locator(".kws-embedded .kws-leaf").filter(has_text="0:")).to_have_text("0: 1")
    tree.locator("summary").filter(has_text=re.compile("^picture: ")).click()
    expect(tree.locator("figcaption")).to_have_text(re.compile("image/png, 24 × 24"))
    tree.locator("summary").filter(has_text=re.compile("^link: ")).click()
    expect(tree.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer nofollow")
    shot(panel, "tree")
    assert faults(panel) == []
    search = panel.get(".kws-inside")
    search.fill("249")
    expect(panel.get(".kws-found-count")).to_have_text(re.compile("1 of "))
    expect(tree.locator(".kws-leaf").filter(has_text="n: 249")).to_be_visible()
    search.fill("")
    line = tree.locator(".kws-leaf").filter(has_text="created_at:")
    line.hover()
    tools = panel.root.get_by_role("toolbar", name="Value")
    expect(tools).to_be_visible()
    tools.get_by_role("button", name="Filter for this").click()
    expect(panel.get(".kws-filter")).to_have_value("$.created_at=1764262800")
    expect(panel.get(".kws-counts")).to_have_text("1 of 122")
    panel.get(".kws-filter").fill("")
    expect(panel.get(".kws-counts")).to_have_text("122 rows")
    panel.filter("kind:binary")
    expect(panel.get(".kws-counts")).to_have_text("1 of 122")
    panel.row("89 50 4e 47").click()
    panel.root.get_by_role("button", name="Image", exact=True).click()
    expect(panel.get("figcaption")).to_have_text(re.compile("image/png, 32 × 32"))
    shot(panel, "image")
