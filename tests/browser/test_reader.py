"""What the panel does for the reader: two rows compared, times, copies, keys, what is said aloud, and zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PanelPage, log_cell, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

BOTH = [("lab", False), ("lab", True)]
FILL = r"""
at = 1_700_000_000_000_000_000
def add(kind, data, sent=False):
    global at
    at += 1_500_000_000
    log.add(kind, data, sent=sent, time_ns=at)
add("text", b'{"type":"trade","price":"64210.55","n":9007199254740993,"list":[1,2,{"x":1}],"only":true}')
add("text", b'{"list":[0,1,2,{"x":2}],"type":"trade","price":"64213.05","n":9007199254740992}', True)
add("text", b"hello\nworld this is\na text")
add("text", b"hello\nworld that is\na text")
add("binary", bytes(range(64)))
add("binary", bytes(range(32)) + b"\xff" + bytes(range(33, 64)))
for n in range(30): add("text", b"row %d" % n)
"""
#: A server that takes any path: the demo's refuses a token.
ECHO = """
import threading
import kontena_ws_nb as kws
from websockets.sync.server import serve
server = serve(lambda socket: [socket.send(data) for data in socket], "127.0.0.1", 0)
threading.Thread(target=server.serve_forever, daemon=True).start()
ws = kws.connect("ws://127.0.0.1:%d/?token=secret" % server.socket.getsockname()[1], name="ws")
ws.panel
"""
CLIPBOARD = "() => navigator.clipboard.readText()"


def table(panel: PanelPage) -> list[str]:
    """The difference, cell by cell."""
    return [" | ".join(row.locator("th, td").all_inner_texts()) for row in panel.get(".kws-diff tbody tr").all()]


@pytest.mark.parametrize("server", BOTH, ids=["light", "dark"], indirect=True)
def test_two_rows_are_compared(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.id
    panel = notebook(log_cell(FILL), "[message.index for message in panel.selected]", "panel.selected = [2, 3]").show()
    panel.get(".kws-grid").press("Home")
    panel.row("64210.55").click()
    panel.row("64213.05").click(modifiers=["Control"])
    expect(panel.get(".kws-row[aria-selected=true]")).to_have_count(2)
    expect(panel.get(".kws-facts")).to_contain_text("+1.50 s")
    expect(panel.get(".kws-facts")).to_contain_text("5 paths differ")
    assert table(panel) == [
        'changed | $.price | "64210.55" | "64213.05"',
        "changed | $.n | 9007199254740993 | 9007199254740992",
        "added | $.list[0] |  | 0",
        "changed | $.list[3].x | 1 | 2",
        "removed | $.only | true | ",
    ]
    shot(panel, f"difference-paths-{name}")
    panel.says(1, "[0, 1]")

    panel.run(2)  # Python selects two
    expect(panel.get(".kws-facts")).to_contain_text("1 line differs")
    assert table(panel) == ["1 |   | hello", "2 | − | world this is", "2 | + | world that is", "3 |   | a text"]
    assert panel.get(".kws-diff del").all_inner_texts() == ["this"]
    assert panel.get(".kws-diff ins").all_inner_texts() == ["that"]
    shot(panel, f"difference-lines-{name}")

    panel.get(".kws-rows .kws-is-binary:visible").first.click()
    panel.page.keyboard.press("Shift+ArrowDown")
    expect(panel.get(".kws-facts")).to_contain_text("1 byte differs")
    expect(panel.get(".kws-diff del")).to_have_text("20")
    shot(panel, f"difference-bytes-{name}")
    panel.get(".kws-grid").press("c")
    expect(panel.get(".kws-tools [role=status]")).to_have_text("copied")
    assert "00000020 + ff 21" in panel.page.evaluate(CLIPBOARD)


def test_what_is_selected_by_keyboard(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(FILL), "[message.index for message in panel.selected]").show()
    grid = panel.get(".kws-grid")
    grid.focus()
    chosen = panel.get(".kws-row[aria-selected=true] .kws-c0")
    for key in ("ArrowUp", "Control+ArrowUp", "Control+ArrowUp", "Control+Space"):
        panel.page.keyboard.press(key)
    expect(chosen).to_have_text(["33", "35"])
    active = grid.get_attribute("aria-activedescendant")
    expect(panel.get(f"#{active}")).to_contain_text("row 27")
    panel.page.keyboard.press("Shift+ArrowUp")
    expect(chosen).to_have_text(["32", "33"])
    panel.page.keyboard.press("Shift+PageUp")
    panel.says(1, ", 32, 33]")
    assert panel.notebook.cells() == 2  # none of it reached JupyterLab


@pytest.mark.parametrize("server", BOTH, ids=["light", "dark"], indirect=True)
def test_times(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(log_cell(FILL), "panel").show()
    panel.get(".kws-grid").press("Home")
    first = panel.get(".kws-row[aria-rowindex='2'] .kws-c1")
    before = first.bounding_box()
    panel.get(".kws-times").press("Enter")
    expect(panel.get(".kws-times")).to_have_text("Since start")
    expect(first).to_have_text("+0.000")
    expect(panel.get(".kws-row[aria-rowindex='4'] .kws-c1")).to_have_text("+3.000")
    assert first.bounding_box() == before  # nothing moves
    panel.get(".kws-row[aria-rowindex='4']").click()
    panel.page.keyboard.press("t")
    expect(panel.get(".kws-times")).to_have_text("vs selected")
    expect(first).to_have_text("−3.000")
    shot(panel, f"times-{request.node.callspec.id}")
    panel.run(1)  # another view of the panel, as after a reload
    other = panel.page.locator(".kws").nth(1)
    expect(other.locator(".kws-times")).to_have_text("vs selected")
    panel.get(".kws-grid").press("t")
    expect(other.locator(".kws-times")).to_have_text("Time")


@pytest.mark.parametrize("server", BOTH, ids=["light", "dark"], indirect=True)
def test_copied_as(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(ECHO, "ws.close()\nserver.shutdown()").show()
    payload = '{"say":"it\'s \\"so\\"","n":9007199254740993}'
    panel.send(payload)
    expect(panel.row("it's")).to_have_count(2)
    panel.row("it's").first.click()
    toggle = panel.root.get_by_role("button", name="Copy as", exact=True)
    toggle.click()
    items = panel.root.get_by_role("menuitem")
    expect(items).to_have_text(
        ["Text", "Pretty JSON", "Python", "Hex", "Base64", "wscat command", "websocat command", "Save as a file"]
    )
    shot(panel, f"copy-as-{request.node.callspec.id}")
    panel.page.keyboard.press("Escape")
    expect(toggle).to_be_focused()

    def copied(item: str) -> str:
        toggle.press("Enter")
        panel.root.get_by_role("menuitem", name=item, exact=True).press("Enter")
        expect(panel.get(".kws-tools [role=status]")).to_have_text(f"copied as {item}")
        return str(panel.page.evaluate(CLIPBOARD))

    assert copied("Text") == payload
    assert bytes.fromhex(copied("Hex")).decode() == payload
    line = copied("Python")
    sent: list[Any] = []
    exec(line, {"ws": type("Session", (), {"send": staticmethod(sent.append)})})
    assert sent == [payload]
    command = copied("wscat command")
    assert command.startswith("wscat -c 'ws://127.0.0.1:")
    assert "secret" not in command
    panel.tab("Handshake")
    panel.root.get_by_role("button", name="Copy as curl", exact=True).click()
    expect(panel.root.get_by_role("button", name="Copy as curl", exact=True)).to_have_text("Copied")
    command = panel.page.evaluate(CLIPBOARD)
    assert command.startswith("curl -i -N --http1.1")
    assert "secret" not in command
    panel.row("it's").first.click()
    toggle.click()
    with panel.page.expect_download() as saved:
        panel.root.get_by_role("menuitem", name="Save as a file").click()
    assert saved.value.suggested_filename == "ws-messages-1.json"
    assert saved.value.path().read_text() == payload
    panel.run(1)


def test_a_long_payload_is_copied_whole(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('log.add("text", b"0123456789" * 50_001)')).show()
    panel.row("0123456789").click()
    expect(panel.root.get_by_role("button", name="Load 200 kB more of 500 kB")).to_be_visible()
    panel.get(".kws-grid").press("c")
    expect(panel.get(".kws-tools [role=status]")).to_have_text("copied")
    assert panel.page.evaluate(CLIPBOARD) == "0123456789" * 50_001


def test_keys_of_rows(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "").show()
    cells = panel.notebook.cells()
    grid, note = panel.get(".kws-grid"), panel.get(".kws-tools [role=status]")
    panel.send("again")
    expect(panel.row("again")).to_have_count(2)
    panel.row("again").first.click()
    panel.page.keyboard.press("r")
    expect(note).to_contain_text("sent as")
    expect(panel.row("again")).to_have_count(4)
    panel.page.keyboard.press("c")
    expect(note).to_have_text("copied")
    assert panel.page.evaluate(CLIPBOARD) == "again"
    panel.page.keyboard.press("f")
    expect(panel.root.get_by_role("button", name="Follow", exact=True)).to_have_attribute("aria-pressed", "false")
    panel.page.keyboard.press("f")
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-pane")).to_be_hidden()
    panel.page.keyboard.press("Enter")
    expect(panel.get(".kws-content")).to_have_text("again")
    panel.page.keyboard.press("?")
    expect(panel.root.get_by_role("dialog", name="Keys of the table")).to_be_visible()
    panel.page.keyboard.press("Escape")
    expect(grid).to_be_focused()
    panel.page.keyboard.press("e")
    expect(panel.get(".kws-text")).to_be_focused()
    expect(panel.get(".kws-text")).to_have_value("again")
    assert panel.notebook.cells() == cells


def test_a_bare_log_offers_no_sending(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(FILL)).show()
    panel.row("row 29").click()
    expect(panel.get(".kws-content")).to_have_text("row 29")
    for name in ("Edit", "Resend"):
        assert panel.root.get_by_role("button", name=name, exact=True).count() == 0
    panel.page.keyboard.press("r")
    expect(panel.get(".kws-tools [role=status]")).to_have_text("not sent: there is no connection to send it to")


def test_what_is_said_aloud(notebook: Callable[..., PanelPage]) -> None:
    more = 'for n in range(12): log.add("text", b"new %d" % n)'
    panel = notebook(
        log_cell(FILL),
        more,
        "from kontena_ws_nb import demo\nws = kws.connect(demo.url())\npanel.attach(ws)",
        "ws.close()",
    ).show()
    said = panel.get(".kws-offscreen[role=status]")
    panel.page.evaluate(
        """() => { window.__said = []; const node = document.querySelector('.kws-offscreen[role=status]');
                   new MutationObserver(() => __said.push(node.textContent)).observe(node, { childList: true, subtree: true }) }"""
    )
    panel.get(".kws-grid").focus()
    panel.notebook.page.evaluate(  # a cell is run while the focus stays in the panel
        "code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }).done",
        more,
    )
    expect(panel.row("new 11")).to_be_visible()
    expect(said).to_have_text("12 new rows")
    panel.filter("dir:sent")
    expect(said).to_have_text("1 of 48 match")
    panel.run(2)
    panel.filter("")
    expect(said).to_contain_text("no filter")  # else it may be said after the end
    panel.run(3)
    expect(said).to_contain_text("closed 1000 normal closure by you after")
    assert len(panel.page.evaluate("() => __said")) < 10


@pytest.mark.parametrize("server", [("lab", False), ("notebook", False)], ids=["lab", "notebook"], indirect=True)
def test_zoomed_to_200_percent(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    """Half the viewport at twice the pixels is what 200 % zoom is (WCAG 1.4.4, 1.4.10)."""
    panel = notebook(CONNECT, width=700, height=500, scale=2).show()
    panel.send('{"op":"a message that is long enough to be cut somewhere in the row","id":1}')
    expect(panel.row('"op"')).to_have_count(2)
    panel.row('"op"').first.click()
    expect(panel.get(".kws-tree")).to_be_visible()
    shot(panel, f"zoom-{request.node.callspec.id}")
    out = panel.page.evaluate(OUTSIDE)
    assert out == []
    panel.page.emulate_media(reduced_motion="reduce")
    moving = panel.page.evaluate(
        "() => [...document.querySelectorAll('.kws, .kws *')].filter(e => /[1-9]/.test(getComputedStyle(e).transitionDuration)).length"
    )
    assert moving == 0


#: Controls of the panel that stick out of it, or lie on another one.
OUTSIDE = """() => {
    const root = document.querySelector('.kws');
    const around = root.getBoundingClientRect();
    const all = [...root.querySelectorAll('button, input, select, textarea, [role=tab]')].filter(e => e.checkVisibility() && !e.closest('.kws-offscreen'));
    const boxes = all.map(e => [e, e.getBoundingClientRect()]);
    const name = e => e.getAttribute('aria-label') ?? e.className;
    const cut = [...root.querySelectorAll('.kws-status, .kws-filterbar, .kws-tabline, .kws-detail-bar, .kws-composer')].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1);
    const data = root.querySelector('.kws-rows .kws-c6').getBoundingClientRect();
    const bad = boxes.filter(([, b]) => b.left < around.left - 1 || b.right > around.right + 1 || b.width < 8).map(([e]) => `${name(e)} sticks out`);
    bad.push(...cut.map(e => `${name(e)} is cut`), ...(data.right <= around.right + 1 && data.width > 80 ? [] : ['the data column is lost']));
    for (const [e, a] of boxes) for (const [f, b] of boxes)
        if (e !== f && !e.contains(f) && !f.contains(e) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1 && name(e) < name(f))
            bad.push(`${name(e)} lies on ${name(f)}`);
    return bad;
}"""


def test_the_focus_is_seen_everywhere_and_keys_stay_inside(notebook: Callable[..., PanelPage]) -> None:
    """Every control that Tab reaches shows that it has the focus, and keeps JupyterLab's single-key shortcuts off."""
    panel = notebook(CONNECT.replace("demo.url()", "demo.url(tls=True), ssl_verify=False"), "").show()
    panel.send('{"a":{"b":1}}')
    expect(panel.row('"a"')).to_have_count(2)
    cells = panel.notebook.cells()
    for tab, seen in (
        ("Certificate", ".kws-card"),
        ("Handshake", ".kws-waterfall"),
        ("Statistics", ".kws-tile >> nth=0"),
        ("Message", ".kws-tree"),
    ):
        if tab == "Message":
            panel.row('"a"').first.click()
        else:
            panel.tab(tab)
        expect(panel.get(seen)).to_be_visible()
        panel.get(".kws-lock").focus()
        seen_here = set()
        for _ in range(60):
            panel.page.keyboard.press("Tab")
            found = panel.page.evaluate(FOCUS)
            if found is None:
                break
            name, visible = found
            seen_here.add(name)
            assert visible, f"{name} does not show the focus ({tab})"
            if not panel.page.evaluate("() => /INPUT|TEXTAREA|SELECT/.test(document.activeElement.tagName)"):
                panel.page.keyboard.press("b")
        assert len(seen_here) > 15, seen_here
    assert panel.notebook.cells() == cells


#: Name of what has the focus inside the panel, and whether it, or what holds it, shows a ring; null outside.
FOCUS = """() => {
    const e = document.activeElement;
    if (!e.closest('.kws')) return null;
    const ring = one => one && (getComputedStyle(one).outlineStyle !== 'none' && parseFloat(getComputedStyle(one).outlineWidth) > 0 || getComputedStyle(one).boxShadow !== 'none');
    return [e.getAttribute('aria-label') ?? e.textContent.slice(0, 40), Boolean(ring(e) || ring(e.closest('.kws-search')) || ring(e.closest('.kws-body')))];
}"""


def test_forced_colours(notebook: Callable[..., PanelPage]) -> None:
    """In Windows' high contrast, backgrounds are gone: what is chosen or pressed is still told apart."""
    panel = notebook(log_cell(FILL)).show()
    panel.row("row 29").click()
    panel.page.emulate_media(forced_colors="active")
    shot(panel, "forced-colours")
    outlined = "element => getComputedStyle(element).outlineStyle !== 'none' || parseFloat(getComputedStyle(element).borderBottomWidth) > 0"
    assert panel.get(".kws-row[aria-selected=true]").evaluate(outlined)
    for selector in (
        ".kws-tab[aria-selected=true]",
        ".kws-toggle[aria-pressed=true]",
        ".kws-segments [aria-pressed=true]",
    ):
        colours = panel.get(selector).first.evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        plain = panel.get(".kws-clear").evaluate(
            "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
        )
        assert colours != plain, selector


@pytest.mark.parametrize("server", [("lab", False), ("notebook", True)], ids=["lab", "notebook-dark"], indirect=True)
def test_long_json(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    """More than a page of JSON is a tree by levels, and pretty once it is fetched whole; what is too much for the page says so."""
    fill = """
item = b'{"n":9007199254740993,"text":"%s"}' % (b"x" * 100)
log.add("text", b"[" + b",".join([item] * 45_000) + b"]")
log.add("text", b"[" + b",".join([item] * 100_000) + b"]")
"""
    panel = notebook(log_cell(fill)).show()
    panel.get(".kws-rows .kws-row:visible").first.click()
    expect(panel.get(".kws-tree summary").first).to_have_text("(45000) [{…}, {…}, …]")
    expect(panel.get(".kws-tree .kws-link")).to_have_text("show 100 more of 44900")
    panel.get(".kws-tree summary").nth(1).click()
    expect(panel.get(".kws-tree .kws-leaf").first).to_have_text("n: 9007199254740993")
    shot(panel, f"long-json-{request.node.callspec.id}")
    panel.root.get_by_role("button", name="Pretty", exact=True).click()
    expect(panel.get(".kws-content")).to_contain_text('"n": 9007199254740993')
    panel.root.get_by_role("button", name="Tree", exact=True).click()
    expect(panel.get(".kws-tree")).to_contain_text("(45000) [")
    panel.get(".kws-rows .kws-row:visible").last.click()
    panel.root.get_by_role("button", name="Pretty", exact=True).click()
    expect(panel.get(".kws-tools [role=status]")).to_contain_text("are too much for a page; in a cell: log[1].payload")
