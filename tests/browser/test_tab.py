"""Tab in JupyterLab: what the kernel says a candidate means stands beside it, and choosing one writes it whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Browser, NotebookPage, Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_tab_shows_meanings_and_writes_whole_words(browser: Browser, server: Server) -> None:
    page = NotebookPage(
        browser,
        server,
        [
            "%load_ext kontena_ws_nb\n%ws_connect -s feed demo;",
            "%ws_close 101",
            "%ws_messages -s feed kind:te",
            "%%ws_send --js",
        ],
    )
    try:
        page.run(0)
        editors = page.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-content")

        def tab(cell: int) -> None:
            editors.nth(cell).click()
            page.page.keyboard.press("Control+End")
            page.page.keyboard.press("Tab")

        tab(1)
        found = page.page.locator(".jp-Completer-item")
        expect(found).to_have_count(5)
        expect(found.locator(".jp-Completer-match")).to_have_text(["1010", "1011", "1012", "1013", "1014"])
        expect(found.nth(1).locator(".jp-Completer-typeExtended")).to_have_text("internal error")
        page.page.keyboard.press("ArrowDown")
        page.page.keyboard.press("Enter")
        expect(editors.nth(1)).to_have_text("%ws_close 1011")
        for cell, candidate, whole in [
            (2, "kind:text", "%ws_messages -s feed kind:text"),
            (3, "--json", "%%ws_send --json"),
        ]:
            tab(cell)
            expect(found.locator(".jp-Completer-match")).to_have_text([candidate])
            page.page.keyboard.press("Enter")
            expect(editors.nth(cell)).to_have_text(whole)
    finally:
        page.close()
    assert page.console == []
