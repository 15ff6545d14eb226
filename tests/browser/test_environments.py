"""The panel where notebooks are read: JupyterLab, Notebook 7 and Voilà, light and dark; and in a saved page without a network."""

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
from tests.browser.panel import CONNECT, PanelPage, shot

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
                for (; element; element = element.parentElement) {
                    const [r, g, b, a = 1] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number);
                    if (a > 0.5) return (r + g + b) / 765;
                }
                return 1;
            }"""
        )
    )


@pytest.mark.parametrize(
    "server",
    [(kind, dark) for kind in ("lab", "notebook", "voila") for dark in (False, True)],
    ids=["lab", "lab-dark", "notebook", "notebook-dark", "voila", "voila-dark"],
    indirect=True,
)
def test_live_in_every_front_end(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    panel = notebook(TICKER)
    if "voila" in request.node.callspec.id:
        panel.shown(60_000)
    else:
        panel.show()
    expect(panel.get(".kws-state")).to_have_text("open")
    before = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.page.wait_for_function("before => document.querySelector('.kws').kws.ticks > before + 5", arg=before)
    panel.send('{"mine":9007199254740993}')
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.filter("dir:sent")
    expect(panel.get(".kws-counts")).to_contain_text("1 of ")
    expect(panel.get(".kws-rows .kws-row:visible")).to_have_count(
        1
    )  # a row of the view before would be hidden under the click
    panel.row('"mine"').click()
    expect(panel.get(".kws-tree .kws-leaf").filter(has_text="mine")).to_have_text("mine: 9007199254740993")
    shot(panel, f"front-end-{request.node.callspec.id}")
    assert brightness(panel) < 0.3 if "dark" in request.node.callspec.id else brightness(panel) > 0.8


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
        expect(output).to_contain_text(re.compile(rf"ws +ws://127\.0\.0\.1:\d+/ +{state}: \d messages"))
        expect(output.locator("td", has_text="<b>said</b>")).to_have_count(2)
        expect(output.locator("td b")).to_have_count(0)
    finally:
        page.context.close()


def test_executed_by_nbconvert(browser: Browser, tmp_path: Path) -> None:
    import nbformat

    file = tmp_path / "saved.ipynb"
    cells = [CONNECT.replace("ws.panel", f"{SPOKE}ws.panel"), "ws.close()"]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), file)
    # With its widgets' state saved, nbconvert leaves the drawing to a script from the network and writes nothing else.
    static_table(browser, converted(file, "--execute", "--ExecutePreprocessor.store_widget_state=False"), "open")


def test_saved_by_jupyterlab(notebook: Callable[..., PanelPage], browser: Browser) -> None:
    panel = notebook(CONNECT, SPOKE, "ws.panel").show()
    panel.run(1)
    panel.run(2)
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    panel.notebook.wait("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    static_table(browser, converted(panel.notebook.path), "open")
