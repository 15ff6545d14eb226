"""The panel in a page, by what people see: its rows, its fields, its words.

What lives here: cells that show a panel, selectors and waits. What must not: assertions. Every wait is on state, with a
deadline.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.harness import FrontEnd, NotebookPage, keep
from tests.lab.waiting import wait_for

expect.set_options(timeout=15_000)


#: A session with the demo server's echo.
CONNECT = """
import kontena_ws_nb as kws
from kontena_ws_nb import demo
ws = kws.connect(demo.url(), name="ws")
ws.panel
"""
#: A log without a connection, for what needs no server.
LOG = """
import time
from itertools import accumulate
import kontena_ws_nb as kws
from kontena_ws_nb.panel import Panel
from kontena_ws_nb.protocol.batch import Batch
log = kws.MessageLog({options})
{fill}
panel = Panel(log)
panel
"""


#: The first panel in a page; marimo draws widgets in shadow roots.
FIRST = """(document.querySelector('.kws') ?? [...document.querySelectorAll('marimo-anywidget')]
           .map(host => host.shadowRoot?.querySelector('.kws')).find(Boolean))"""


#: Resolves when what was asked of the page before is on the screen.
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


class PanelPage:
    """A notebook page and the first panel on it.

    Parameters
    ----------
    notebook : FrontEnd
        Open.
    """

    def __init__(self, notebook: FrontEnd) -> None:
        self._front_end = notebook
        self.page = notebook.page
        self.root = self.page.locator(".kws").first

    @property
    def notebook(self) -> NotebookPage:
        """The page, where cells can be run: not Voilà's."""
        assert isinstance(self._front_end, NotebookPage)
        return self._front_end

    def nth(self, at: int) -> PanelPage:
        """Another panel on the same page, or another view of the same one."""
        made = PanelPage(self._front_end)
        made.root = self.page.locator(".kws").nth(at)
        return made

    def run(self, cell: int, *, wait: bool = True) -> None:
        """Run a cell."""
        self.notebook.run(cell, wait=wait)

    def says(self, cell: int, text: str) -> None:
        """Run a cell until its last line has a text: what the page tells the kernel goes to a subshell, not before the cell."""

        def last_line() -> bool:
            self.run(cell)
            return text in self.notebook.output(cell).splitlines()[-1]

        try:
            wait_for(last_line)
        except AssertionError as error:
            raise AssertionError(f"cell {cell} never said {text}: {self.notebook.output(cell)}") from error

    def show(self, cell: int = 0) -> PanelPage:
        """Run the cell that shows the panel; wait until the kernel has spoken."""
        self.run(cell)
        try:
            return self.shown()
        except PlaywrightTimeout as error:
            raise AssertionError(f"no panel came up; the cell says: {self.notebook.output(cell)}") from error

    def shown(self, timeout: float = 20_000) -> PanelPage:
        """Wait until the kernel has spoken to a panel that a cell shows already."""
        self._front_end.wait(f"() => {FIRST}?.kws?.ticks > 0", timeout)
        return self

    def get(self, selector: str) -> Locator:
        """Something inside the panel."""
        return self.root.locator(selector)

    def row(self, text: str) -> Locator:
        """The rows on screen that show a text."""
        return self.get(".kws-rows .kws-row:visible").filter(has_text=text)

    def texts(self) -> list[str]:
        """The previews on screen, top to bottom, once their page has come from the kernel (the rows before, then "…", until then)."""
        expect(self.get(".kws-grid[aria-busy=true]")).to_have_count(0)
        expect(self.get(".kws-rows .kws-row:visible .kws-c6").filter(has_text=re.compile(r"^…$"))).to_have_count(0)
        return [str(text) for text in self.get(".kws-rows .kws-row:visible .kws-c6").all_inner_texts()]

    def send(self, text: str) -> None:
        """Type a message and send it."""
        self.get(".kws-text").fill(text)
        self.get(".kws-text").press("Control+Enter")

    def filter(self, text: str) -> None:
        """Type a filter."""
        self.get(".kws-filter").fill(text)

    def tab(self, name: str) -> None:
        """Open a tab."""
        self.root.get_by_role("tab", name=name).click()


def log_cell(fill: str, options: str = "") -> str:
    """A cell that shows a log without a connection."""
    return LOG.format(fill=fill, options=options)


def shot(panel: PanelPage, name: str) -> None:
    """Keep a picture of the page."""
    keep(panel.page.screenshot, name)
