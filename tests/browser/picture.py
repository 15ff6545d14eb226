"""Takes the README's moving pictures of the panel, in light and dark: ``python -m tests.browser.picture notebooks/images``.

Drives a real JupyterLab in Chromium: a feed comes in, a filter leaves some of it, a message opens, a request is sent and answered. The pictures are
animated WebP (RFC 9649), as small as their few colours allow.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, expect

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
SUBSCRIBE = '{"op":"subscribe","symbols":["BTC-USD","ETH-USD","SOL-USD"],"id":1}'
#: Milliseconds between pictures of what moves by itself, and of typing.
LIVE, TYPED = 250, 60
#: Pixels of the window; the panel is what is left beside JupyterLab's folders.
WIDTH, HEIGHT = 1420, 1100


class Film:
    """Pictures of one element, each shown until the next one differs."""

    def __init__(self, element: Locator) -> None:
        self._element = element
        self._frames: list[Image.Image] = []
        self._milliseconds: list[int] = []

    def take(self, milliseconds: int) -> None:
        """Take a picture that is shown for so long."""
        frame = Image.open(io.BytesIO(self._element.screenshot())).convert("RGB")
        if self._frames and frame.size != self._frames[0].size:
            frame = frame.crop((0, 0, *self._frames[0].size))
        if self._frames and frame.tobytes() == self._frames[-1].tobytes():
            self._milliseconds[-1] += milliseconds
        else:
            self._frames.append(frame)
            self._milliseconds.append(milliseconds)

    def watch(self, milliseconds: int) -> None:
        """Take pictures of what moves by itself."""
        for _ in range(milliseconds // LIVE):
            self.take(LIVE)
            self._element.page.wait_for_timeout(LIVE)

    def type(self, field: Locator, text: str, at_once: int = 3) -> None:
        """Write into a field, a few letters a picture."""
        field.click()
        for start in range(0, len(text), at_once):
            field.press_sequentially(text[start : start + at_once])
            self.take(TYPED)

    def write(self, path: Path) -> None:
        """Write it as an animation that begins anew at its end."""
        first, *rest = self._frames
        options = {
            "duration": self._milliseconds,
            "loop": 0,
            "quality": 70,
            "method": 4,
            "allow_mixed": True,
            "kmax": 40,
        }
        first.save(path, "WEBP", save_all=True, append_images=rest, **options)
        seconds = sum(self._milliseconds) / 1000
        print(f"{path}: {path.stat().st_size:,} bytes, {len(self._frames)} pictures, {seconds:.0f} s, {first.size}")


def film(browser: Browser, dark: bool, path: Path) -> None:
    """Tell the story, and take pictures of it."""
    with Server("lab", dark) as server:
        panel = PanelPage(NotebookPage(browser, server, [CELL], width=WIDTH, height=HEIGHT)).show()
        filtering, typing = panel.get(".kws-filter"), panel.get(".kws-text")
        panel.row("connected").first.click()  # its details keep their place: the picture does not jump
        made = Film(panel.root)
        made.take(700)
        made.type(typing, SUBSCRIBE, 6)
        typing.press("Control+Enter")
        made.watch(4500)
        made.type(filtering, "$.side=buy $.price>100")
        made.watch(3000)
        panel.get(".kws-rows .kws-row:visible").last.click()
        expect(panel.get(".kws-tree")).to_be_visible()
        made.watch(3000)
        filtering.fill("")
        made.type(typing, '{"op":"unsubscribe","id":2}', 6)
        typing.press("Control+Enter")
        panel.get("[aria-label='Newest messages']").click()  # the open row kept its place when the filter went
        expect(panel.row('"unsubscribe"').first).to_be_visible()
        panel.row('"unsubscribe"').first.click()
        made.watch(2500)
        made.take(1500)
        made.write(path)
        panel.notebook.close()


def main(folder: Path) -> None:
    """Take them."""
    with Browser() as browser:
        folder.mkdir(parents=True, exist_ok=True)
        for dark in (False, True):
            film(browser, dark, folder / f"panel-{'dark' if dark else 'light'}.webp")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
