"""The panel in a real JupyterLab and Notebook 7."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PAINTED, PanelPage, log_cell, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

MILLIONS = """
for part in range(200):
    rows = [b'{"seq":%d,"type":"%s"}' % (part * 10_000 + at, b"error" if at % 1000 == 7 else b"trade") for at in range(10_000)]
    log.append(Batch(b"".join(rows), list(accumulate(map(len, rows), initial=0)), bytes((1,)) * len(rows)), time.time_ns())
"""


@pytest.mark.parametrize(
    "server", [("lab", False), ("lab", True), ("notebook", False)], ids=["lab", "lab-dark", "notebook"], indirect=True
)
def test_a_conversation(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(CONNECT, "[message.data for message in ws.messages], ws.close_code").show()
    expect(panel.get(".kws-state")).to_have_text("open")
    expect(panel.get(".kws-keepalive")).to_have_text("keepalive 20 s")
    expect(panel.get(".kws-empty")).to_contain_text("No messages yet")

    panel.send('{"op":"subscribe","id":9007199254740993}')
    expect(panel.row('"op":"subscribe"')).to_have_count(2)  # what was sent, and its echo
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    expect(panel.get(".kws-text")).to_have_value("")
    panel.send("hello")
    expect(panel.row("hello")).to_have_count(2)
    expect(panel.get(".kws-in")).to_contain_text("▼ 2")

    panel.row('"op":"subscribe"').last.click()
    expect(panel.get(".kws-facts")).to_contain_text("↓ received")
    expect(panel.get(".kws-tree .kws-leaf").filter(has_text="id")).to_have_text(
        "id: 9007199254740993"
    )  # beyond 2^53, exact
    panel.root.get_by_role("button", name="Hex", exact=True).click()
    expect(panel.get(".kws-dump")).to_contain_text("00000000  7b 22 6f 70")
    shot(panel, request.node.callspec.id)

    panel.filter("dir:sent")
    expect(panel.get(".kws-counts")).to_have_text("2 of 5")
    expect(panel.row("hello")).to_have_count(1)
    place = panel.get(".kws-grid").bounding_box()
    panel.filter("kind:txt")
    expect(panel.get(".kws-filter-error mark")).to_have_text("txt")
    assert panel.get(".kws-grid").bounding_box() == place  # the table stays where it is
    shot(panel, f"filter-mistake-{request.node.callspec.id}")
    panel.get(".kws-filter").press("Escape")
    expect(panel.get(".kws-counts")).to_have_text("5 rows")
    expect(panel.get(".kws-filter-error")).to_be_hidden()
    panel.filter("$.idd")
    expect(panel.get(".kws-filter-advice")).to_have_text("no message has the key idd: did you mean $.id?")
    shot(panel, f"filter-advice-{request.node.callspec.id}")
    panel.get(".kws-filter").press("Escape")
    expect(panel.get(".kws-filter-advice")).to_be_hidden()

    panel.tab("Handshake")
    expect(panel.get(".kws-pane")).to_contain_text("HTTP/1.1 101 Switching Protocols")
    panel.tab("Statistics")
    expect(panel.get(".kws-tile").first).to_contain_text("Received")

    panel.get(".kws-close").click()
    panel.get(".kws-code").fill("4001")
    panel.get(".kws-reason").fill("bye")
    panel.get(".kws-reason").press("Enter")
    expect(panel.get(".kws-state")).to_have_text("closed")
    expect(panel.get(".kws-banner span")).to_have_text(re.compile("^closed 4001 application code “bye” by you after "))
    expect(panel.get(".kws-send")).to_be_disabled()
    panel.run(1)
    assert "4001" in panel.notebook.output(1)

    panel.root.get_by_role("button", name="Reconnect", exact=True).click()
    expect(panel.get(".kws-state")).to_have_text("open")
    expect(panel.get(".kws-banner")).to_be_hidden()
    panel.send("again")
    expect(panel.row("again")).to_have_count(2)


def test_live_while_a_cell_runs_and_sending_works(notebook: Callable[..., PanelPage]) -> None:
    # The cell ends when it sees what the panel sent: if the panel had to wait for the cell, both would wait for ever.
    cell = """
end = __import__("time").monotonic() + 60
while not any(message.direction == "sent" and message.text == "now" for message in ws.messages):
    assert __import__("time").monotonic() < end, "nothing was sent while the cell ran"
"""
    panel = notebook(CONNECT.replace("demo.url()", 'demo.url("ticker?rate=20")'), cell).show()
    panel.run(1, wait=False)
    panel.notebook.wait("() => document.querySelectorAll('.jp-Notebook .jp-Cell')[1].innerText.includes('[*]')")
    before = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.notebook.wait("before => document.querySelector('.kws').kws.ticks > before + 5", arg=before)
    panel.get(".kws-rows .kws-received:visible").last.click()
    expect(panel.get(".kws-facts")).to_contain_text("received")
    assert not panel.page.evaluate("() => window.__ran")
    panel.send("now")
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.notebook.wait("() => window.__ran", 60_000)
    assert "AssertionError" not in panel.notebook.output(1)


def test_a_certificate(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT.replace("demo.url()", "demo.url(tls=True), ssl_verify=False")).show()
    expect(panel.get(".kws-lock")).to_have_attribute("data-level", "bad")
    panel.get(".kws-lock").click()
    expect(panel.get(".kws-card")).to_contain_text("self-signed")
    shot(panel, "certificate")


def test_the_keyboard_stays_inside(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('for n in range(100): log.add("text", b"row %d" % n)')).show()
    cells = panel.notebook.cells()
    grid = panel.get(".kws-grid")
    grid.focus()
    for key in ("b", "a", "m", "x", "d", "d"):  # JupyterLab's: insert, markdown, cut, delete
        panel.page.keyboard.press(key)
    grid.press("Home")
    expect(panel.row("row 0").first).to_be_visible()
    grid.press("ArrowDown")
    grid.press("ArrowDown")
    expect(panel.get(".kws-row[aria-selected=true]")).to_contain_text("row 1")
    expect(panel.get(".kws-pre")).to_have_text("row 1")
    grid.press("Escape")
    expect(panel.get(".kws-pane")).to_be_hidden()
    grid.press("End")
    expect(panel.row("row 99")).to_be_visible()
    grid.press("/")
    expect(panel.get(".kws-filter")).to_be_focused()
    for name in ("Freeze", "Follow"):
        panel.root.get_by_role("button", name=name, exact=True).focus()
        panel.page.keyboard.press("b")
    assert panel.notebook.cells() == cells


def test_what_a_server_sends_is_shown_and_never_run(notebook: Callable[..., PanelPage]) -> None:
    fill = r"""
bad = '<img src=x onerror="window.__hurt=1"><script>window.__hurt=1</script>'
for data in (bad, '{"html": "%s"}' % bad.replace('"', "'"), "\0\x1b[31m\u202eabc", "[" * 10_000 + "]" * 10_000, '{"a":1,"a":2,"n":12345678901234567890.10}'):
    log.add("text", data.encode())
log.add("text", b"\xff\xed\xa0\x80 not UTF-8")
log.add("text", b"x" * (64 << 20))
log.add("binary", bytes(range(256)))
"""
    panel = notebook(log_cell(fill)).show()
    expect(panel.row("<script>")).to_have_count(2)
    for at in range(8):
        panel.get(f".kws-rows .kws-row[aria-rowindex='{at + 2}']").click()
        expect(panel.get(".kws-facts")).to_contain_text(f"#{at}")
        expect(panel.get(".kws-content")).not_to_be_empty()
        if at == 4:
            expect(panel.get(".kws-tree")).to_contain_text("12345678901234567890.10")
            expect(panel.get(".kws-tree .kws-leaf").filter(has_text="a:")).to_have_count(2)
        if at == 6:
            expect(panel.root.get_by_role("button", name=re.compile("^Load 200 kB more of 67 MB"))).to_be_visible()
    assert panel.page.evaluate("() => window.__hurt") is None


def test_millions_of_rows(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell(MILLIONS, "max_bytes=None"), "panel.filter = ''").show()
    expect(panel.get(".kws-counts")).to_have_text("2,000,000 rows")
    expect(panel.row('"seq":1999999')).to_be_visible()
    trips = []
    for part in (0.1, 0.5, 0.9, 0.25, 0.75, 0.0):
        panel.page.evaluate(
            "part => { const body = document.querySelector('.kws-body'); body.scrollTop = part * (body.scrollHeight - body.clientHeight) }",
            part,
        )
        panel.notebook.wait(
            """part => { const rows = [...document.querySelectorAll('.kws-rows .kws-row:not([hidden])')];
                const first = Number(rows[0]?.children[0].textContent.replace(/,/g, ''));
                return rows.length > 10 && rows.every(row => row.children[0].textContent) && Math.abs(first - part * 2e6) < 2000; }""",
            arg=part,
        )
    trips = panel.page.evaluate("() => document.querySelector('.kws').kws.link.trips")
    print(f"pages took {sorted(trips)} ms")
    panel.filter("$.type=error")
    expect(panel.get(".kws-counts")).to_have_text("2,000 of 2,000,000", timeout=60_000)
    panel.root.get_by_role("button", name="Follow", exact=True).click()
    expect(panel.row('"seq":1999007')).to_be_visible()
    panel.run(1)  # from Python
    expect(panel.get(".kws-counts")).to_have_text("2,000,000 rows")
    heap = panel.page.evaluate("() => performance.memory.usedJSHeapSize / 1e6")
    print(f"page heap {heap:.0f} MB, JupyterLab included")


def test_reading_the_past_while_it_flows(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(
        log_cell('for n in range(500): log.add("text", b"row %d" % n)'),
        'for n in range(500, 600): log.add("text", b"row %d" % n)',
    ).show()
    panel.get(".kws-body").hover()
    panel.page.mouse.wheel(0, -2000)
    expect(panel.root.get_by_role("button", name="Follow", exact=True)).to_have_attribute("aria-pressed", "false")
    before = panel.texts()
    panel.run(1)
    expect(panel.get(".kws-fresh")).to_have_text("100 new ↓")
    assert panel.texts() == before  # nothing moves under the pointer
    panel.get(".kws-fresh").click()
    expect(panel.row("row 599")).to_be_visible()
    expect(panel.root.get_by_role("button", name="Follow", exact=True)).to_have_attribute("aria-pressed", "true")


def test_marked_text_stays_marked_where_the_table_moves(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('for n in range(500): log.add("text", b"row %d" % n)')).show()
    panel.get(".kws-grid").press("Home")
    expect(panel.row("row 6")).to_be_visible()
    cell = panel.row("row 6").locator(".kws-c6")
    cell.evaluate("cell => window.getSelection().selectAllChildren(cell)")
    for by in (44, 66, -88):
        panel.get(".kws-body").evaluate("(body, by) => { body.scrollTop += by; }", by)
        panel.page.evaluate(PAINTED)
        assert panel.page.evaluate("() => window.getSelection().toString()") == "row 6"
    expect(cell).to_be_visible()


def test_freezing_stops_the_view_and_not_the_capture(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('log.add("text", b"before")'), 'log.add("text", b"after")').show()
    freeze = panel.root.get_by_role("button", name="Freeze", exact=True)
    freeze.click()
    panel.run(1)
    expect(panel.get(".kws-counts")).to_have_text("2 rows")
    expect(panel.row("after")).to_have_count(0)
    freeze.click()
    expect(panel.row("after")).to_have_count(1)


def test_two_views_and_a_reload(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "ws.panel", "ws.close()").show()
    panel.run(1)
    panel.send("both")
    second = panel.page.locator(".kws").nth(1)
    expect(second.locator(".kws-rows .kws-row:visible").filter(has_text="both")).to_have_count(2)
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    panel.notebook.wait("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    panel.page.reload(wait_until="domcontentloaded")
    expect(panel.row("both")).to_have_count(2, timeout=60_000)
    panel.send("after the reload")
    expect(panel.row("after the reload")).to_have_count(2)


def test_a_restarted_kernel_is_said(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(log_cell('log.add("text", b"kept on screen")')).show()
    panel.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(panel.get(".kws-state")).to_have_text("no kernel", timeout=60_000)
    expect(panel.get(".kws-banner")).to_contain_text("run the cell again")
    for asks in (".kws-filter", ".kws-clear", ".kws-quicks button >> nth=0"):
        expect(panel.get(asks)).to_be_disabled()
    expect(panel.row("kept on screen")).to_have_count(1)
    panel.row("kept on screen").click()
    expect(panel.get(".kws-content")).to_contain_text("run the cell again")
    panel.run(0)
    expect(panel.get(".kws-state")).to_have_text("log")


def test_a_flood(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT.replace("demo.url()", 'demo.url("flood?rate=20000")')).show()
    panel.notebook.wait("() => document.querySelector('.kws').kws.ticks > 10")
    panel.page.evaluate("() => window.__meterStart()")
    before = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.notebook.wait("before => document.querySelector('.kws').kws.ticks > before + 30", arg=before)
    got: dict[str, Any] = panel.page.evaluate("() => window.__meterStop()")
    print(
        f"{got['fps']:.0f} fps, {got['mb_per_s']:.3f} MB/s, {got['long_tasks']} long tasks, heap {got['heap_mb']:.0f} MB"
    )
    assert got["mb_per_s"] <= 0.3
    assert got["messages_per_s"] <= 15


def test_python_and_the_panel_are_one(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(
        log_cell('for n in range(500): log.add("text", b"row %d" % n, sent=n % 100 == 0)'),
        "panel.selected = [log[123]]",
        "[message.text for message in panel.selected], panel.follow",
        "panel.follow = True",
        "panel.filter = 'dir:sent'\npanel.snapshot()",
    ).show()
    panel.run(1)
    expect(panel.get(".kws-row[aria-selected=true]")).to_contain_text("row 123")
    expect(panel.get(".kws-facts")).to_contain_text("#123")
    expect(panel.get(".kws-facts")).to_contain_text("since the last sent")
    follow = panel.root.get_by_role("button", name="Follow", exact=True)
    expect(follow).to_have_attribute("aria-pressed", "false")
    panel.row("row 124").click()
    expect(panel.get(".kws-pre")).to_have_text("row 124")
    panel.says(2, "(['row 124'], False)")
    panel.run(3)
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(panel.row("row 499")).to_be_visible()
    panel.run(4)
    expect(panel.get(".kws-counts")).to_have_text("5 of 500")
    assert "row 400" in panel.notebook.output(4)


@pytest.mark.parametrize("server", [("lab", False), ("lab", True)], ids=["light", "dark"], indirect=True)
def test_sessions_exports_pairs_and_statistics(
    notebook: Callable[..., PanelPage], request: pytest.FixtureRequest
) -> None:
    panel = notebook(
        CONNECT + 'other = kws.connect(demo.url(), name="other")\nother.send("from the other")\nws.panel'
    ).show()
    name = request.node.callspec.id
    panel.send('{"id":7,"method":"echo"}')
    expect(panel.row('"method"')).to_have_count(2)
    panel.row('"method"').first.click()
    expect(panel.get(".kws-pair")).to_contain_text("response #")
    shot(panel, f"pair-{name}")
    panel.get(".kws-pair").click()
    expect(panel.get(".kws-facts")).to_contain_text("↓ received")
    expect(panel.get(".kws-pair")).to_contain_text("request #")

    panel.filter("dir:sent")
    expect(panel.row('"method"')).to_have_count(1)
    panel.root.get_by_role("button", name="Export", exact=True).click()
    shot(panel, f"export-{name}")
    with panel.page.expect_download() as saved:
        panel.root.get_by_role("button", name="JSON Lines", exact=True).click()
    assert saved.value.suggested_filename == "ws.jsonl"
    lines = Path(saved.value.path()).read_text().splitlines()
    assert [json.loads(line)["data"] for line in lines] == ['{"id":7,"method":"echo"}']
    expect(panel.get(".kws-export [role=status]")).to_contain_text("downloaded ws.jsonl: 1 row")
    panel.page.keyboard.press("Escape")
    expect(panel.get(".kws-export")).to_be_hidden()
    panel.filter("")

    panel.tab("Statistics")
    expect(panel.get(".kws-sizes").first).to_contain_text("16 B – 31 B")
    expect(panel.get(".kws-tiles")).to_contain_text("On the wire")
    shot(panel, f"statistics-{name}")

    panel.root.get_by_role("button", name="Session ws", exact=True).click()
    expect(panel.get(".kws-sessions .kws-session")).to_have_count(2)
    shot(panel, f"sessions-{name}")
    panel.get(".kws-sessions .kws-session").filter(has_text="other").click()
    expect(panel.row("from the other")).to_have_count(2)
    expect(panel.root.get_by_role("button", name="Session other", exact=True)).to_be_focused()
    panel.send("to the other")
    expect(panel.row("to the other")).to_have_count(2)
