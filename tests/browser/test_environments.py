"""The panel where notebooks are read: JupyterLab, Notebook 7, nbclassic, Voilà and marimo, light and dark; and in a saved page without a network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Browser
from tests.browser.panel import CONNECT, FIRST, PanelPage, shot
from tests.browser.test_front import AXE
from tests.lab import peers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TICKER = CONNECT.replace("demo.url()", 'demo.url("ticker?rate=20")')
SPOKE = """
ws.send("<b>said</b>")
ws.read()
"""


def brightness(panel: PanelPage) -> float:
    """Of the table's background: 0 is black, 1 is white."""
    return float(
        panel.get(".kws-grid").evaluate(
            """element => {
                for (; element; element = element.parentElement ?? element.getRootNode().host) {
                    const [r, g, b, a = 1] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
                    if (a > 0.5) return (r + g + b) / 765;
                }
                return 1;
            }"""
        )
    )


#: nbclassic has no dark theme.
FRONT_ENDS = [
    "lab",
    "lab-dark",
    "notebook",
    "notebook-dark",
    "voila",
    "voila-dark",
    "nbclassic",
    "marimo",
    "marimo-dark",
]


@pytest.mark.parametrize(
    "server",
    [(name.removesuffix("-dark"), name.endswith("-dark")) for name in FRONT_ENDS],
    ids=FRONT_ENDS,
    indirect=True,
)
def test_live_in_every_front_end(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(TICKER)
    if request.node.callspec.id.startswith(("lab", "notebook")):
        panel.show()
    else:
        panel.shown(60_000)
    expect(panel.get(".kws-state")).to_have_text("open")
    before = panel.root.evaluate("panel => panel.kws.ticks")
    panel.page.wait_for_function(f"before => {FIRST}.kws.ticks > before + 5", arg=before)
    # With the mouse and keys, as people do: they must reach the panel also in a shadow root.
    keys = panel.page.keyboard
    panel.get(".kws-text").click()
    keys.type('{"mine":9007199254740993}')
    expect(panel.get(".kws-text")).to_have_value('{"mine":9007199254740993}')
    keys.press("Control+Enter")
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.get(".kws-filter").click()
    keys.type("dir:sent")
    expect(panel.get(".kws-counts")).to_contain_text("1 of ")
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(
        1
    )  # a row of the view before would be hidden under the click
    panel.row('"mine"').click()
    expect(panel.get(".kws-tree .kws-leaf").filter(has_text="mine")).to_have_text("mine: 9007199254740993")
    press = lambda name: panel.root.get_by_role("button", name=name, exact=True)  # noqa: E731
    press("Copy as").click()
    panel.root.get_by_role("menuitem").first.click()
    expect(panel.get(".kws-tools")).to_contain_text("copied as")
    expect(panel.root.get_by_role("menuitem")).to_have_count(0)
    press("Keys").click()
    press("Close").click()
    expect(press("Close")).to_be_hidden()
    expect(press("Keys")).to_be_focused()
    shot(panel, f"front-end-{request.node.callspec.id}")
    assert brightness(panel) < 0.3 if "dark" in request.node.callspec.id else brightness(panel) > 0.8


#: What cells of a debugging session end in, and a text in what is shown.
ENDINGS = {
    "ws": "127.0.0.1",
    'ws.send("<b>x</b>")': "<b>x</b>",
    'ws.request("ping")': "received",
    "ws.messages": "<b>x</b>",
    'ws.messages.where("dir:sent")': "<b>x</b>",
    "ws.messages[0]": "connected to",
    "ws.stats": "sent",
    "ws.handshake": "101",
    "ws.certificate": "localhost",
    "ws.panel.snapshot()": "rows",
    "kws.sessions": "ws",
}


@pytest.mark.peer("front-end")
@pytest.mark.parametrize("server", [("marimo", False), ("marimo", True)], ids=["light", "dark"], indirect=True)
def test_whatever_a_cell_ends_in_is_shown_in_marimo(
    notebook: Callable[..., PanelPage], request: pytest.FixtureRequest
) -> None:
    """Its encoder takes `str` and `bytes` themselves, and no subclasses of them."""
    tls = CONNECT.replace("demo.url()", "demo.url(tls=True), ssl_verify=False")
    asks = [f"ws; kws\n{ending}" for ending in ENDINGS]  # marimo runs a cell after those that make its names
    panel = notebook(tls, *asks).shown(60_000)
    cells = panel.page.locator(".marimo-cell")
    expect(cells).to_have_count(len(ENDINGS) + 1)
    for at, (code, text) in enumerate(ENDINGS.items(), 1):
        expect(cells.nth(at).locator(".output-area"), code).to_contain_text(text)
    expect(panel.page.get_by_text("Something went wrong")).to_have_count(0)
    panel.send("from the panel")
    expect(panel.row("from the panel")).to_have_count(2)
    panel.row("from the panel").last.click()
    expect(panel.get(".kws-pre")).to_have_text("from the panel")
    shot(panel, f"marimo-cells-{request.node.callspec.id}")
    panel.page.evaluate((peers.FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text())
    assert panel.page.evaluate(AXE.replace("'.kws'", "'marimo-anywidget'")) == []


def converted(notebook: Path, *options: str) -> str:
    """What nbconvert makes of a notebook."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", *options, str(notebook)]
    environ = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(notebook.parent / "config"),
        "IPYTHONDIR": str(notebook.parent / "ipython"),
    }
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=environ).stdout


def static_table(browser: Browser, html: str, state: str) -> None:
    """A page without a network shows the table, and runs nothing of it."""
    page = browser.page()
    try:
        page.context.set_offline(True)
        page.set_content(html, wait_until="domcontentloaded")
        output = page.locator(".jp-OutputArea-output", has_text="ws://").last
        expect(output).to_contain_text(re.compile(rf"ws +ws://127\.0\.0\.1:\d+/ +{state}: \d rows"))
        expect(output.locator("td", has_text="<b>said</b>")).to_have_count(2)
        expect(output.locator("td b")).to_have_count(0)
        arrow = output.locator("td", has_text="received").first
        output.locator("td", has_text="<b>said</b>").first.evaluate("td => { td.textContent = 'x'.repeat(1000) }")
        assert arrow.evaluate("td => td.clientHeight < 3 * parseFloat(getComputedStyle(td).fontSize)"), "on one line"
        expect(output).to_contain_text("not live: run the cell again")
    finally:
        page.context.close()


def test_executed_by_nbconvert(browser: Browser, tmp_path: Path) -> None:
    import nbformat

    file = tmp_path / "saved.ipynb"
    cells = [CONNECT.replace("ws.panel", f"{SPOKE}ws.panel"), "ws.close()"]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), file)
    # With the widgets' state nbconvert leaves the drawing of the panel to a script from the network.
    for state in ("True", "False"):
        made = converted(file, "--execute", f"--ExecutePreprocessor.store_widget_state={state}")
        static_table(browser, made, "closed")


def save(panel: PanelPage) -> str:
    """Save the notebook; give the file."""
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    panel.notebook.wait("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    return panel.notebook.path.read_text()


def without_kernel(panel: PanelPage) -> None:
    """Open what was saved without its kernel."""
    panel.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    panel.notebook.console.clear()
    panel.page.reload()
    panel.notebook.wait("() => document.querySelector('.jp-OutputArea-child')", 60_000)


def forgive(panel: PanelPage) -> None:
    """Forget what the front ends say themselves: that there is no such widget, and what Notebook 7.6 throws while loading."""
    theirs = ("widget model not found", "reading 'schema'")
    said = panel.notebook.console
    said[:] = [line for line in said if not any(words in line for words in theirs)]


SAVED = [("lab", False), ("lab", True), ("notebook", False), ("notebook", True)]
SAVED_IDS = ["lab", "lab-dark", "notebook", "notebook-dark"]
MANY = "for at in range(170): ws.send('<b>%d</b>' % at)\nws.messages.wait_for(lambda: ws.stats.received_messages == 170, 10)"


@pytest.mark.parametrize("server", SAVED, ids=SAVED_IDS, indirect=True)
def test_a_saved_notebook_shows_the_end(
    notebook: Callable[..., PanelPage], browser: Browser, request: pytest.FixtureRequest
) -> None:
    """What is saved is what the panel showed then, while the live view keeps its draft; also after the page was loaded again."""
    panel = notebook(CONNECT, SPOKE, MANY).show()
    table = panel.page.locator("[class^=kws-saved-]")
    panel.get(".kws-text").fill("a draft")
    panel.run(1)
    panel.run(2)
    expect(table).to_be_hidden()
    expect(panel.get(".kws-text")).to_have_value("a draft")
    made = save(panel)
    assert "open: 343 rows" in made
    panel.page.reload()
    panel.shown(60_000)
    panel.send("after the reload")
    panel.notebook.wait("() => document.querySelector('[class^=kws-saved-]')?.textContent.includes('after the reload')")
    expect(table).to_be_hidden()
    assert "open: 345 rows" in save(panel)
    without_kernel(panel)
    expect(table).to_contain_text("open: 345 rows", timeout=60_000)
    expect(table).to_contain_text("not live: run the cell again")
    expect(table.locator("td", has_text="<b>169</b>").last).to_be_visible()
    expect(table).to_be_visible()
    shot(panel, f"saved-{request.node.callspec.id}")
    forgive(panel)


@pytest.mark.parametrize("server", SAVED, ids=SAVED_IDS, indirect=True)
def test_a_saved_widget_says_that_it_is_not_live(
    notebook: Callable[..., PanelPage], request: pytest.FixtureRequest
) -> None:
    panel = notebook(CONNECT, MANY).show()
    panel.page.evaluate(
        "() => window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')"
    )
    panel.run(1)
    assert '"_snapshot"' in save(panel)
    without_kernel(panel)
    expect(panel.get(".kws-state")).to_have_text("saved, not live", timeout=60_000)
    expect(panel.get(".kws-banner")).to_contain_text("the last 60 of 341 rows, not live: run the cell again")
    expect(panel.get(".kws-send")).to_be_disabled()
    expect(panel.get(".kws-waiting")).to_have_text("")
    expect(panel.row("<b>169</b>").last).to_be_visible()
    expect(panel.page.locator("[class^=kws-saved-]")).to_be_hidden()
    panel.row("<b>169</b>").last.click()
    expect(panel.get(".kws-content")).to_contain_text("only the table was saved")
    shot(panel, f"saved-state-{request.node.callspec.id}")
    forgive(panel)
    panel.page.evaluate(
        "() => window.jupyterapp.commands.execute('@jupyter-widgets/jupyterlab-manager:saveWidgetState')"
    )
    panel.show()
    expect(panel.get(".kws-state")).to_have_text("open")


def test_saved_by_jupyterlab(notebook: Callable[..., PanelPage], browser: Browser) -> None:
    panel = notebook(CONNECT, SPOKE, "ws.panel").show()
    panel.run(1)
    panel.run(2)
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    panel.notebook.wait("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    static_table(browser, converted(panel.notebook.path), "open")
