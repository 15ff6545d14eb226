"""What ``kontena-ws demo`` opens, in JupyterLab: the start page leads to the notebooks, which show what was saved before they run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kontena_ws_nb.demo import lab, notebooks
from tests.browser.harness import Browser, Server, keep

pytestmark = pytest.mark.browser

#: Where the notebook in front is.
PATH = "() => window.jupyterapp?.shell.currentWidget?.context?.path"
#: Whether it is marked as changed, once its kernel has said what it is.
CHANGED = """async () => {
    const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    await Promise.all([sessionContext.session.kernel.info, sessionContext.session.kernel.spec]);
    return context.model.dirty;
}"""


def test_the_start_page_opens_notebooks_that_show_what_was_saved(browser: Browser, server: Server) -> None:
    lab.prepare(server.root / "demo")
    page = browser.page(width=400, height=2400)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(f"{server.url}/lab/tree/demo/{notebooks.START}?reset&token={server.token}")
        links = page.locator(".jp-MarkdownOutput a[href*='.ipynb']")
        expect(links).to_have_count(len(notebooks.shipped()), timeout=90_000)
        assert not page.evaluate(CHANGED)
        links.first.click()
        page.wait_for_function(f"name => ({PATH})() === name", arg="demo/01_quickstart.ipynb", timeout=60_000)
        assert not page.evaluate(CHANGED)
        shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        expect(shown.get_by_text("not live: run the cell again for a live panel").first).to_be_visible()
        # The notebook is not trusted: what JupyterLab leaves of a table is still as wide as words are.
        data = shown.get_by_role("columnheader", name="Data").first
        assert data.bounding_box()["width"] >= 200
        keep(page.screenshot, "start-page")
    finally:
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
        page.context.close()
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
