"""Takes the README's picture of the panel: ``python -m tests.browser.picture notebooks/images/panel.png``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.browser.harness import Browser, NotebookPage, Server
from tests.browser.panel import PanelPage

CELL = """
import tempfile
import kontena_ws_nb as kws
from kontena_ws_nb import demo
with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as file:
    file.write(demo.certificate_pem())
feed = kws.connect(demo.url("ticker?rate=3", tls=True), name="feed", ca_file=file.name)
feed.panel
"""


def main(path: Path) -> None:
    """Take it."""
    with Server() as server, Browser() as browser:
        notebook = NotebookPage(browser, server, [CELL], width=1748, height=1100)
        panel = PanelPage(notebook).show()
        panel.page.wait_for_timeout(12_000)  # a sparkline takes time
        for text in (
            '{"op":"subscribe","channel":"trades","symbols":["BTC-USD","ETH-USD"],"id":1}',
            '{"op":"subscribe","channel":"trades","symbols":["SOL-USD"],"id":2}',
        ):
            panel.send(text)
            panel.page.wait_for_timeout(1500)
        panel.get(".kws-text").fill('{"op":"unsubscribe","id":3}')
        panel.get(".kws-sent:visible").first.click()
        panel.page.wait_for_timeout(600)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(panel.root.screenshot())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
