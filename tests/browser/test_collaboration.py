"""A notebook that two people have open at once, with jupyter-collaboration: each has a panel of their own of one session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Browser, NotebookPage, Server
from tests.browser.panel import CONNECT, PanelPage, shot

pytestmark = [pytest.mark.browser, pytest.mark.peer("collaboration"), pytest.mark.timeout(300)]


class Reader(NotebookPage):
    """Somebody who opens a notebook that is there."""

    #: Where it is edited together.
    room = ""

    def _asked(self, url: str) -> None:
        if "/api/collaboration/room/" in url:
            self.room = url
        super()._asked(url)

    def _write(self, path: Path, cells: Sequence[str]) -> Path:
        return path.with_suffix(".ipynb")


@pytest.mark.parametrize("server", [("collaboration",)], ids=["jupyterlab"], indirect=True)
def test_two_people_in_one_notebook(notebook: Callable[..., PanelPage], browser: Browser, server: Server) -> None:
    panel = notebook(CONNECT).show()
    panel.send("from the first")
    reader = Reader(browser, server, [], name=panel.notebook.path.stem)
    try:
        other = PanelPage(reader).shown(60_000)
        expect(other.row("from the first")).to_have_count(2)
        other.send("from the second")
        expect(panel.row("from the second")).to_have_count(2)
        # What one filters and writes is theirs.
        other.filter("dir:sent second")
        expect(other.get(".kws-counts")).to_contain_text("1 of ")
        other.get(".kws-text").fill("a draft")
        panel.send("from the first again")
        expect(panel.row("first again")).to_have_count(2)
        expect(other.get(".kws-text")).to_have_value("a draft")
        expect(other.get(".kws-counts")).to_contain_text("1 of ")
        expect(panel.get(".kws-filter")).to_have_value("")
        shot(other, "collaboration")
        assert reader.room
        assert (server.home / "ystore.db").exists()  # else it would be in the folder where the tests were started
        assert reader.console == []
        assert reader.foreign == []
    finally:
        reader.page.context.close()
    panel.send("alone again")
    expect(panel.row("alone again")).to_have_count(2)
