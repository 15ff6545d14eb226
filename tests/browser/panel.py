"""The panel in a page, by what people see: its rows, its fields, its words.

What lives here: selectors and waits. What must not: assertions. Every wait is on state, with a deadline.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.harness import NotebookPage

expect.set_options(timeout=15_000)


class PanelPage:
    """A notebook page and the first panel on it.

    Parameters
    ----------
    notebook : NotebookPage
        Open.
    """

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".kws").first

    def run(self, cell: int, *, wait: bool = True) -> None:
        """Run a cell."""
        self.notebook.run(cell, wait=wait)

    def show(self, cell: int = 0) -> PanelPage:
        """Run the cell that shows the panel; wait until the kernel has spoken."""
        self.run(cell)
        try:
            self.notebook.wait("() => document.querySelector('.kws')?.kws?.ticks > 0")
        except Exception as error:
            raise AssertionError(f"no panel came up; the cell says: {self.notebook.output(cell)}") from error
        return self

    def get(self, selector: str) -> Locator:
        """Something inside the panel."""
        return self.root.locator(selector)

    def row(self, text: str) -> Locator:
        """The rows on screen that show a text."""
        return self.get(".kws-rows .kws-row:visible").filter(has_text=text)

    def texts(self) -> list[str]:
        """The previews on screen, top to bottom, once their page has come from the kernel ("…" until then)."""
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
