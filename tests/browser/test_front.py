"""The composer in a real page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import PanelPage
from tests.browser.test_panel import CONNECT, shot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_composer(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(CONNECT, "[message.data for message in ws.messages]").show()
    mode, text = panel.get(".kws-mode"), panel.get(".kws-text")
    mode.select_option("JSON")
    text.fill('{"op":\n tru}')
    expect(panel.get(".kws-check")).to_have_text("line 2, column 2: a value is expected")
    expect(panel.get(".kws-send")).to_be_disabled()
    text.fill('{"op":"ping"}')
    panel.get(".kws-star").click()
    shot(panel, "composer")
    panel.send('{"op":"ping"}')
    expect(panel.row('"op":"ping"')).to_have_count(2)
    panel.get(".kws-saved").select_option(index=1)
    expect(text).to_have_value('{"op":"ping"}')
    mode.select_option("File")
    panel.get(".kws-file").set_input_files({"name": "a.bin", "mimeType": "application/octet-stream", "buffer": b"\x00\x01\xff"})
    expect(panel.get(".kws-check")).to_have_text("binary, 3 B")
    shot(panel, "composer-file")
    panel.get(".kws-send").click()
    expect(panel.get(".kws-result")).to_contain_text("sent as")
    panel.run(1)
    assert r"b'\x00\x01\xff'" in panel.notebook.output(1)
