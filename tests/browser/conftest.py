"""Servers and browsers of the browser tests: one Chromium for all of them, one Jupyter server at a time.

Both end with the last of these tests: while Playwright lives, its event loop runs in the thread of whatever is tested
next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.harness import Browser, ClassicPage, FrontEnd, MarimoPage, NotebookPage, Server, VoilaPage
from tests.browser.panel import PanelPage


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """JupyterLab in its light theme, or what the test's parameters ask for: (kind, dark, subshells). One at a time."""
    with Server(*getattr(request, "param", ("lab",))) as server:
        yield server


@pytest.fixture
def notebook(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Callable[..., PanelPage]]:
    """Open a notebook with these cells (Voilà, nbclassic and marimo run them); ask for a panel on it.

    At the end the page's console must be empty, and nothing but the server was asked.
    """
    pages: list[FrontEnd] = []
    open_page = {"voila": VoilaPage, "nbclassic": ClassicPage, "marimo": MarimoPage}.get(server.kind, NotebookPage)

    def make(*cells: str, **page: Any) -> PanelPage:
        name = "".join(char if char.isalnum() else "-" for char in request.node.name)
        pages.append(open_page(browser, server, cells, name=f"{name}-{len(pages)}", **page))
        return PanelPage(pages[-1])

    yield make
    said = [line for page in pages for line in page.console]
    asked = [url for page in pages for url in page.foreign]
    for page in pages:
        page.close()
    assert said == []
    assert asked == []
