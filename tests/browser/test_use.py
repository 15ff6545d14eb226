"""What hurts in daily use: the wheel, the focus, slips, space, idle connections."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PanelPage, log_cell, shot
from tests.browser.test_front import AXE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EVERYWHERE = pytest.mark.parametrize(
    "server",
    [("lab", False), ("lab", True), ("notebook", False), ("notebook", True)],
    ids=["lab", "lab-dark", "notebook", "notebook-dark"],
    indirect=True,
)
#: Cells above and below, so that the notebook has somewhere to scroll to.
TALL = "from IPython.display import HTML; HTML('<div style=\"height: 1500px\">tall</div>')"
#: Keys of Jupyter's command mode: markdown, insert, cut, delete, edit, merge, undo.
COMMAND_MODE = ("m", "a", "b", "x", "d", "d", "y", "z", "Enter", "Escape")

#: How far the notebook is scrolled, whatever scrolls it.
SCROLLED = """() => { let sum = 0; for (let at = document.querySelector('.kws').parentElement; at; at = at.parentElement) sum += at.scrollTop; return sum; }"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type).join()"
HELD = "() => document.querySelector('.kws').contains(document.activeElement)"


#: Listens until scrolling, which is smooth, has ended; what never began has no such event, but some frames without one.
LISTEN = """() => { window.__settled = new Promise(done => {
    let frames = 0, moving = false;
    document.addEventListener('scroll', () => { moving = true; }, { capture: true, once: true });
    document.addEventListener('scrollend', done, { capture: true, once: true });
    const frame = () => { if (moving) return; if (++frames > 12) done(); else requestAnimationFrame(frame); };
    window.__look = () => requestAnimationFrame(frame);
}); }"""


def wheel(panel: PanelPage, selector: str, by: int) -> float:
    """Turn the wheel over something; how far the page went."""
    panel.get(selector).first.hover()
    before = float(panel.page.evaluate(SCROLLED))
    panel.page.evaluate(LISTEN)
    panel.page.mouse.wheel(0, by)
    panel.page.evaluate("() => { window.__look(); return window.__settled.then(() => undefined); }")
    return float(panel.page.evaluate(SCROLLED)) - before


@EVERYWHERE
def test_at_the_edge_of_the_table_the_page_scrolls(notebook: Callable[..., PanelPage]) -> None:
    fill = 'for n in range(3): log.add("text", b"row %d" % n)'
    panel = notebook(TALL, log_cell(fill), TALL, 'for n in range(97): log.add("text", b"more %d" % n)')
    panel.run(0)
    panel.show(1)
    panel.run(2)
    panel.root.scroll_into_view_if_needed()
    follow = panel.root.get_by_role("button", name="Follow", exact=True)
    assert wheel(panel, ".kws-body", -120) < 0
    assert wheel(panel, ".kws-body", 120) > 0
    expect(follow).to_have_attribute("aria-pressed", "true")
    panel.run(3)
    expect(panel.row("more 96")).to_be_visible()
    panel.get(".kws-grid").scroll_into_view_if_needed()
    assert wheel(panel, ".kws-body", 120) > 0, "nothing is below the newest row"
    expect(follow).to_have_attribute("aria-pressed", "true")
    assert wheel(panel, ".kws-body", -200) == 0, "there are rows above"
    expect(follow).to_have_attribute("aria-pressed", "false")
    panel.get(".kws-grid").focus()
    panel.page.keyboard.press("Home")
    expect(panel.row("row 0")).to_be_visible()
    assert wheel(panel, ".kws-body", -120) < 0
    panel.row("row 0").click()
    expect(panel.get(".kws-pre")).to_have_text("row 0")
    panel.get(".kws-content").scroll_into_view_if_needed()
    assert wheel(panel, ".kws-content", 120) > 0


@EVERYWHERE
def test_after_a_press_anywhere_keys_stay_in_the_panel(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "1", "2").show()
    for text in ('{"id":1,"a":[1]}', "two"):
        panel.send(text)
        expect(panel.row(text)).to_have_count(2)
    cells = panel.page.evaluate(CELLS)
    panel.row('"id":1').first.click()
    expect(panel.get(".kws-tree")).to_be_visible()
    for place in (
        ".kws-state",
        ".kws-url",
        ".kws-traffic",
        ".kws-counts",
        ".kws-headrow .kws-c6",
        ".kws-facts",
        ".kws-tree",
        ".kws-tabline",
        ".kws-splitter",
        ".kws-compose-line",
    ):
        panel.get(place).first.click()
        for key in COMMAND_MODE:
            panel.page.keyboard.press(key)
        assert panel.page.evaluate(HELD), place
        assert panel.page.evaluate(CELLS) == cells, place
        panel.row('"id":1').first.click()  # the details are closed by Escape
    press = lambda name: panel.root.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    for name in ("Resend", "Copy", "Pretty", "Tree"):
        press(name)
        panel.page.keyboard.press("m")
        assert panel.page.evaluate(HELD), name
    panel.get(".kws-text").fill("again")
    panel.get(".kws-send").click()
    expect(panel.row("again")).to_have_count(2)
    panel.page.keyboard.press("m")
    assert panel.page.evaluate(HELD)
    panel.get(".kws-close").click()
    panel.get(".kws-reason").press("Enter")
    expect(panel.get(".kws-state")).to_have_text("closed")
    panel.page.keyboard.press("m")
    assert panel.page.evaluate(HELD)
    press("Reconnect")
    expect(panel.get(".kws-state")).to_have_text("open")
    expect(panel.get(".kws-banner")).to_be_hidden()
    panel.page.keyboard.press("d")
    panel.page.keyboard.press("d")
    assert panel.page.evaluate(HELD)
    assert panel.page.evaluate(CELLS) == cells
    panel.page.keyboard.press("Control+s")
    panel.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")

    panel.row('"id":1').first.click()
    panel.get(".kws-tree").click()
    panel.page.keyboard.press("/")
    expect(panel.get(".kws-filter")).to_be_focused()
    panel.page.keyboard.type("mab")
    expect(panel.get(".kws-filter")).to_have_value("mab")
    panel.page.keyboard.press("Escape")
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-grid")).to_be_focused()
    for _ in range(3):  # the details, then out
        panel.page.keyboard.press("Escape")
    panel.page.wait_for_function(f"() => !({HELD})()")
    panel.page.keyboard.press("m")
    panel.page.wait_for_function(f"cells => ({CELLS})() !== cells", arg=cells)  # who has left is in the notebook again


@pytest.mark.parametrize("server", [("lab", False), ("notebook", True)], ids=["lab", "notebook-dark"], indirect=True)
def test_tab_leads_through_the_panel_and_out_of_it(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "1").show()
    panel.send('{"id":1,"a":[1]}')
    panel.row('"id":1').first.click()
    expect(panel.get(".kws-tree")).to_be_visible()
    panel.get(".kws-text").fill('{"b": 2}')
    panel.filter("$.id>0")  # nothing completes it
    expect(panel.get(".kws-counts")).to_contain_text("of")
    for key in ("Tab", "Shift+Tab"):
        panel.get(".kws-filter").focus()
        panel.page.keyboard.press("End")
        stops = []
        while panel.page.evaluate(HELD):
            stops.append(panel.page.evaluate("() => document.activeElement.className"))
            assert len(stops) < 80, stops
            panel.page.keyboard.press(key)
        stayed = [one for one, other in itertools.pairwise(stops) if one == other and "kws-button" not in one]
        assert [one for one in stayed if "kws-filter" not in one] == [], "each but the filter is left at once"
        assert len(stayed) <= 1, stops


@pytest.mark.parametrize("server", [("lab", False)], ids=["lab"], indirect=True)
def test_one_dialog_at_a_time(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "1").show()
    button = lambda name: panel.root.get_by_role("button", name=name, exact=True)  # noqa: E731
    dialogs = panel.root.get_by_role("dialog")
    for opens, has in (("Disconnect", "Close reason"), ("Session ws", "Show only ws"), ("Export", "JSON Lines")):
        button(opens).click()
        expect(dialogs).to_have_count(1)
        expect(dialogs.get_by_label(has, exact=True)).to_be_focused()
        for _ in range(8):
            panel.page.keyboard.press("Tab")
            assert dialogs.evaluate("one => one.contains(document.activeElement)"), opens
    panel.get(".kws-tabline").click(position={"x": 400, "y": 5})
    expect(dialogs).to_have_count(0)
    for opens in ("Disconnect", "Session ws", "Export"):
        button(opens).click()
        panel.page.keyboard.press("Escape")
        expect(dialogs).to_have_count(0)
        expect(button(opens)).to_be_focused()


@EVERYWHERE
def test_slips_do_no_harm(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "len(ws.messages), ws.stats.sent_messages").show()
    panel.send("mine")
    expect(panel.row("mine")).to_have_count(2)
    panel.send("")
    expect(panel.get(".kws-result")).to_have_text("nothing to send: Send an empty message")
    panel.row("mine").last.click()
    expect(panel.get(".kws-facts")).to_contain_text("received")
    panel.get(".kws-grid").press("r")
    expect(panel.get(".kws-text")).to_have_value("mine")
    expect(panel.get(".kws-result")).to_have_text("not sent yet: it was received")
    panel.get(".kws-text").fill("")
    resend = panel.root.get_by_role("button", name="Resend", exact=True)
    resend.click()
    expect(panel.root.get_by_role("button", name="It was received: send it back?")).to_be_focused()
    shot(panel, "send-back")
    panel.get(".kws-grid").focus()
    expect(resend).to_be_visible()
    panel.get(".kws-clear").click()
    expect(panel.get(".kws-counts")).to_have_text("0 rows")
    expect(panel.get(".kws-undo")).to_contain_text("3 rows forgotten, here and in Python")
    shot(panel, "clear")
    panel.root.get_by_role("button", name="Undo").click()
    expect(panel.row("mine")).to_have_count(2)
    expect(panel.get(".kws-undo")).to_be_hidden()
    panel.run(1)
    assert "(3, 1)" in panel.notebook.output(1)
    panel.send("")
    panel.root.get_by_role("button", name="Send an empty message").click()
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.get(".kws-clear").click()
    expect(panel.get(".kws-counts")).to_have_text("0 rows")
    panel.run(1)
    assert "(0, 2)" in panel.notebook.output(1)
    expect(panel.get(".kws-close")).to_have_text("Disconnect")


@pytest.mark.peer("front-end")
@EVERYWHERE
def test_idle_connections_and_pretty_json(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    fill = """
for n in range(40): log.add("pong" if n % 2 else "ping", b"", sent=not n % 2)
log.add("text", b'{"name": "a \\\\"b\\\\"", "n": 12345678901234567890.10, "ok": true, "no": null, "list": [1, "x"]}')
log.add("reconnect", b"connecting again")
"""
    panel = notebook(log_cell(fill), "log.add('ping', b''); log.add('pong', b'')").show()
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(3)
    expect(panel.row("40 pings and pongs")).to_be_visible()
    kind = panel.row("connecting again").locator(".kws-c4")
    expect(kind).to_have_text("reconnect")
    assert kind.evaluate("cell => cell.scrollWidth <= cell.clientWidth"), "no word of a state is cut off"
    panel.run(1)
    expect(panel.row("2 pings and pongs")).to_be_visible()
    panel.row('"name"').click()
    panel.root.get_by_role("button", name="Pretty", exact=True).click()
    for style, text in (("key", '"name"'), ("string", '"a \\"b\\""'), ("number", "12345678901234567890.10")):
        expect(panel.get(f".kws-content .kws-{style}").filter(has_text=text).first).to_be_visible()
    expect(panel.get(".kws-content .kws-literal")).to_have_count(2)
    shot(panel, f"folded-{request.node.callspec.id}")
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []
    panel.root.get_by_role("button", name="Pings", exact=True).click()
    expect(panel.get(".kws-grid")).to_have_attribute("aria-rowcount", "45")
    panel.root.get_by_role("button", name="Pings", exact=True).click()
    expect(panel.get(".kws-grid")).to_have_attribute("aria-rowcount", "5")
    panel.filter("kind:pong")
    expect(panel.get(".kws-counts")).to_have_text("21 of 44")


@EVERYWHERE
def test_the_composer_grows_with_its_text(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    """Up to eight lines, which then scroll; until it is dragged to another height, and anew once it was sent."""
    panel = notebook(CONNECT).show()
    text = panel.get(".kws-text")

    def lines(value: str) -> float:
        text.fill(value)
        height, line, scrolls = text.evaluate(
            "e => [e.offsetHeight - 10, parseFloat(getComputedStyle(e).lineHeight), e.scrollHeight > e.clientHeight + 1]"
        )
        assert scrolls == (value.count("\n") > 7 or len(value) > 2000), value[:100]
        return round(float(height) / float(line), 1)

    assert lines("") == 1
    assert lines('{"op":"subscribe"}') == 1
    assert 2 <= lines("one word after another " * 15) < 6
    assert lines("a\nb\nc") == 3
    assert lines("a\nb\n") == 3
    assert lines("\n".join("12345678")) == 8
    shot(panel, f"composer-{request.node.callspec.id}")
    assert lines("\n".join("1234567890")) == 8
    assert lines("x" * 20_000) == 8
    box = text.bounding_box()
    assert box is not None
    panel.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    panel.page.mouse.down()
    panel.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 60)
    panel.page.mouse.up()
    text.press("End")
    text.press("y")
    assert 50 < text.evaluate("e => e.offsetHeight") < 70
    text.press("Control+Enter")
    expect(text).to_have_value("")
    assert lines("") == 1


@pytest.mark.peer("front-end")
@EVERYWHERE
def test_space_is_shared(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(
        CONNECT.replace("demo.url()", "demo.url('ticker?rate=1&seed=123456789')").replace(
            "ws.panel", "ws.panel.details = 'below'\nws.panel"
        )
    ).show()
    panel.send('{"id":1}')
    panel.row('"id":1').first.click()
    expect(panel.get(".kws-tree")).to_be_visible()
    height = lambda name: panel.get(name).evaluate("element => element.offsetHeight")  # noqa: E731
    before = height(".kws-table"), height(".kws-pane"), height("xpath=.")
    splitter = panel.get(".kws-splitter")
    for key, moved in (("PageUp", -110), ("PageDown", 0), ("ArrowDown", 22), ("Home", 110 - before[0])):
        splitter.press(key)
        assert (height(".kws-table"), height(".kws-pane")) == (before[0] + moved, before[1] - moved), key
        assert height("xpath=.") == before[2]
    splitter.press("End")
    assert height(".kws-pane") == 80
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    for width, url in ((949, 240), (640, 240), (337, 60)):
        panel.root.evaluate("(panel, width) => { panel.style.width = `${width}px` }", width)
        panel.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert panel.get(".kws-url").first.evaluate("url => url.offsetWidth") >= url, width
        assert panel.root.evaluate("panel => panel.scrollWidth <= panel.clientWidth"), width
        # What closes the connection is at the edge, on whatever line it is.
        edge = "button => button.closest('.kws').getBoundingClientRect().right - button.getBoundingClientRect().right"
        assert panel.get(".kws-close").evaluate(edge) < 20, width
        assert panel.page.evaluate(AXE) == [], width
        shot(panel, f"width-{width}-{request.node.callspec.id}")
    tools = ".kws-status, .kws-filterbar, .kws-tabline"
    lines = panel.page.evaluate(
        "tools => [...document.querySelectorAll(tools)].reduce((sum, one) => sum + one.offsetHeight, 0)", tools
    )
    assert lines <= 180


def test_a_draft_outlives_its_connection(notebook: Callable[..., PanelPage]) -> None:
    """What goes on being typed while the server dies stays in the box, and does nothing else."""
    panel = notebook(CONNECT, "ws.close(1000, 'while somebody types')").show()
    text = panel.get(".kws-text")
    text.click()
    panel.page.keyboard.type("half of ")
    panel.run(1)
    expect(panel.get(".kws-banner")).to_contain_text("while somebody types")
    text.click()
    panel.page.keyboard.type("a draft: r e f")
    expect(text).to_have_value("half of a draft: r e f")
    panel.page.keyboard.press("Control+Enter")
    expect(panel.get(".kws-result")).to_have_text("not sent: The connection is closed")
    assert panel.notebook.cells() == 2
    # What stands under the pointer when the banner goes is no button.
    box = panel.root.get_by_role("button", name="Reconnect").bounding_box()
    assert box is not None
    panel.root.get_by_role("button", name="Reconnect").click()
    expect(panel.get(".kws-state")).to_have_text("open")
    under = "([x, y]) => document.elementFromPoint(x, y).closest('button')?.textContent ?? ''"
    point = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert "Clear" not in panel.page.evaluate(under, point)
    text.press("Control+Enter")
    expect(panel.row("half of a draft: r e f")).to_have_count(2)


def test_connecting_again_can_be_ended(notebook: Callable[..., PanelPage]) -> None:
    again = CONNECT.replace("demo.url()", "demo.url(), auto_reconnect=True, close_timeout=0.1")
    panel = notebook(again, "demo.stop()").show()
    panel.run(1)
    expect(panel.get(".kws-state")).to_have_text("connecting")
    panel.get(".kws-close").click()
    panel.root.get_by_role("button", name="Close connection").click()
    expect(panel.get(".kws-state")).to_have_text("closed")
    expect(panel.root.get_by_role("button", name="Reconnect")).to_be_visible()


def test_an_output_view_is_filled(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('for n in range(100): log.add("text", b"row %d" % n)')).show()
    panel.page.evaluate(
        """() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0;
                   return window.jupyterapp.commands.execute('notebook:create-output-view') }"""
    )
    panel.notebook.wait("() => document.querySelector('.jp-LinkedOutputView .kws')?.kws?.ticks > 0")
    panel.notebook.wait(
        """() => { const view = document.querySelector('.jp-LinkedOutputView'), panel = view.querySelector('.kws');
                   return Math.abs(view.clientHeight - panel.offsetHeight) < 4 }"""
    )
    shot(panel, "output-view")
    panel.page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")
    panel.notebook.wait("() => window.jupyterapp.shell.currentWidget?.sessionContext")


def test_the_rate_ends_with_the_kernel(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT.replace("demo.url()", 'demo.url("ticker?rate=20")'))
    for end in ("session.kernel.restart()", "changeKernel({ name: 'python3' })", "shutdown()"):
        panel.show()
        panel.notebook.wait("() => /^[1-9]/.test(document.querySelector('.kws-rate').textContent)")
        panel.page.evaluate(f"() => window.jupyterapp.shell.currentWidget.sessionContext.{end}")
        expect(panel.get(".kws-state")).to_have_text("no kernel", timeout=60_000)
        expect(panel.get(".kws-rate")).to_have_text("")
        expect(panel.get(".kws-banner")).to_contain_text("run the cell again")
    shot(panel, "shut-down")


@EVERYWHERE
def test_what_was_found_stays_in_sight_without_the_filter(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('for n in range(5000): log.add("text", b"row %d" % n)')).show()
    panel.filter("/row 2[0-4]00$/")
    panel.row("row 2300").click()
    expect(panel.get(".kws-pre")).to_have_text("row 2300")
    panel.filter("")
    expect(panel.get(".kws-counts")).to_have_text("5,000 rows")
    expect(panel.row("row 2300")).to_be_visible()
    expect(panel.get(".kws-row[aria-selected=true]:visible")).to_contain_text("row 2300")
    expect(panel.row("row 2297")).to_be_visible()  # and what was around it
    panel.filter("/row 2[0-4]00$/ or row")  # a search that takes a moment
    expect(panel.row("row 2303")).to_be_visible()
    panel.filter("/row 3..0$/")  # it is not there: the beginning
    expect(panel.row("row 3000")).to_be_visible()


@pytest.mark.peer("front-end")
@EVERYWHERE
def test_big_json_is_a_tree_at_any_size(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    fill = """
rows = '[' + ','.join('{"at": %d, "name": "row %d", "deep": {"n": 9007199254740993}}' % (n, n) for n in range(100_000)) + ']'
for times in (1, 16):
    big = '{"exact": 12345678901234567890, "rows": [' + ','.join([rows] * times) + '], "after": true}'
    log.add("text", big.encode())
"""
    panel = notebook(log_cell(fill), "[row.size > size for row, size in zip(log, (6e6, 1e8))]").show()
    panel.run(1)
    assert "[True, True]" in panel.notebook.output(1)
    tree = panel.get(".kws-tree")
    for row in ("0", "1"):
        panel.get(".kws-rows .kws-row:visible").nth(int(row)).click()
        expect(panel.get(".kws-facts")).to_contain_text(f"#{row}")
        expect(tree.locator(".kws-leaf").first).to_have_text("exact: 12345678901234567890")
        expect(tree.locator(".kws-leaf").last).to_have_text("after: true", timeout=30_000)
        for name in ("rows: (", "0: (100000) [{…}, {…}, "):
            tree.locator("summary").filter(has_text=name).last.click()
        expect(tree.locator("summary").filter(has_text="99: ")).to_have_count(1, timeout=30_000)
        tree.get_by_role(
            "button", name=re.compile("^show (100 more of 99900|more)$")
        ).first.click()  # a busy kernel does not count
        expect(tree.locator("summary").filter(has_text="199: ")).to_have_count(1)
        tree.locator("summary").filter(has_text='1: {at: 1, name: "row 1", deep: {…}}').first.click()
        tree.locator("summary").filter(has_text=re.compile("^deep: ")).first.click()
        expect(tree.locator(".kws-leaf").filter(has_text="n: 9007")).to_have_text("n: 9007199254740993")
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE) == []
    shot(panel, f"big-json-{request.node.callspec.id}")
    panel.root.get_by_role("button", name="Pretty", exact=True).click()
    expect(panel.get(".kws-tools")).to_contain_text("are too much for a page; in a cell: log[1].payload")


@EVERYWHERE
def test_two_views_of_a_panel_each_have_their_own_filter(
    notebook: Callable[..., PanelPage], request: pytest.FixtureRequest
) -> None:
    """As two windows of a browser's developer tools: filter, place and choice are the reader's, the log is one."""
    fill = 'for n in range(200): log.add("text", b"row %d" % n, sent=n % 2)'
    one = notebook(
        log_cell(fill), "panel", 'log.add("text", b"late row"); panel.filter', "panel.filter = 'row 1'"
    ).show()
    one.run(1)
    expect(one.page.locator(".kws")).to_have_count(2)
    two = one.nth(1)
    two.filter("dir:sent")
    expect(two.get(".kws-counts")).to_have_text("100 of 200")
    one.filter("/row 19/")
    expect(one.get(".kws-counts")).to_have_text("11 of 200")
    expect(two.get(".kws-filter")).to_have_value("dir:sent")
    two.get(".kws-grid").focus()
    two.page.keyboard.press("Home")
    expect(two.row("row 1").first).to_be_visible()
    one.row("row 195").click()
    expect(one.get(".kws-pre")).to_have_text("row 195")
    expect(two.get(".kws-row.kws-selected:visible, .kws-row[aria-selected=true]:visible")).to_have_count(0)
    one.run(2)
    assert "/row 19/" in one.notebook.output(2), "Python reads what was set last"
    expect(one.get(".kws-counts")).to_have_text("11 of 201")
    expect(two.get(".kws-counts")).to_have_text("100 of 201")
    expect(two.row("row 1").first).to_be_visible()
    shot(one, f"two-views-{request.node.callspec.id}")
    one.run(3)
    for view in (one, two):
        expect(view.get(".kws-counts")).to_have_text("119 of 201")
        expect(view.get(".kws-filter")).to_have_value("row 1")


@pytest.mark.parametrize("server", [("lab", False)], ids=["lab"], indirect=True)
def test_undo_brings_the_rows_back_to_where_they_stood(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(
        log_cell('for n in range(500): log.add("text", b"row %d." % n)'), 'log.add("text", b"row %d." % len(log))'
    ).show()
    panel.get(".kws-grid").press("Home")
    panel.get(".kws-body").evaluate("body => { body.scrollTop = 5000.5; }")
    expect(panel.row("row 230.")).to_be_visible()
    panel.row("row 230.").click()
    expect(panel.get(".kws-pre")).to_have_text("row 230.")
    panel.get(".kws-body").evaluate("body => { body.scrollTop = 8000.5; }")  # away from what was chosen
    expect(panel.row("row 366.")).to_be_visible()
    place = panel.get(".kws-body").evaluate("body => body.scrollTop")
    standing = "place => document.querySelector('.kws-body').scrollTop === place"
    panel.get(".kws-clear").click()
    expect(panel.get(".kws-counts")).to_have_text("0 rows")
    panel.run(1)
    expect(panel.get(".kws-counts")).to_have_text("1 row")
    panel.root.get_by_role("button", name="Undo").click()
    expect(panel.row("row 366.")).to_be_visible()
    panel.page.wait_for_function(standing, arg=place)
    expect(panel.get(".kws-pre")).to_have_text("row 230.")

    # What says so covers no row.
    toast = panel.get(".kws-toast").bounding_box()
    rows = panel.get(".kws-body").bounding_box()
    assert toast is not None
    assert rows is not None
    assert toast["y"] + toast["height"] <= rows["y"] + 1

    panel.filter('"row 12."')
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(1)
    panel.filter("")
    panel.page.wait_for_function(standing, arg=place)
    expect(panel.row("row 366.")).to_be_visible()

    panel.get(".kws-grid").press("End")
    expect(panel.row("row 499.")).to_be_visible()
    panel.get(".kws-clear").click()
    expect(panel.get(".kws-counts")).to_have_text("0 rows")
    panel.root.get_by_role("button", name="Undo").click()
    expect(panel.row("row 499.")).to_be_visible()


@pytest.mark.parametrize("server", [("lab", False)], ids=["lab"], indirect=True)
def test_gaps_are_never_cut_and_rows_that_cannot_come_say_so(notebook: Callable[..., PanelPage]) -> None:
    fill = 'for n in range(5000): log.add("text", b"row %d." % n, time_ns=10**18 + n * 3599 * 10**9)'
    panel = notebook(log_cell(fill)).show()
    gap = panel.get(".kws-rows .kws-row:visible .kws-c2").last
    expect(gap).to_have_text("+59 m 59 s")
    assert gap.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
    panel.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    expect(panel.get(".kws-state")).to_have_text("no kernel")
    panel.get(".kws-body").evaluate("body => { body.scrollTop = 22 * 2000; }")
    expect(panel.row("not read from the kernel before it ended").first).to_be_visible()
    shot(panel, "not-read")
