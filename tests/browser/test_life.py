"""How long the panel lives: shown again, hidden, without acknowledgements, without subshells, after its kernel died, and closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.panel import CONNECT, PanelPage, log_cell, shot
from tests.lab.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TICKER = CONNECT.replace("demo.url()", 'demo.url("ticker?rate=20")')
#: Works until the page says stop (a file), so that nothing depends on how fast a machine is.
BUSY = """
import time, pathlib
end = time.monotonic() + 60
while not pathlib.Path("stop").exists():
    assert time.monotonic() < end, "nobody said stop"
    sum(range(1000))
"""
#: Keeps when ticks came, by the page's clock.
WATCH = """
() => {
    const view = document.querySelector('.kws').kws;
    const times = (window.__times = []);
    const tick = view.link.events.tick;
    view.link.events.tick = (...all) => { times.push(performance.now()); tick(...all) };
}
"""
LAST_GAP = "window.__times.at(-1) - window.__times.at(-2)"


def views(panel: PanelPage) -> int:
    """Views that the page still holds, after collecting garbage: also those nobody sees any more."""
    session = panel.page.context.new_cdp_session(panel.page)
    try:
        prototype = session.send("Runtime.evaluate", {"expression": "window.__prototype"})["result"]["objectId"]
        found = session.send("Runtime.queryObjects", {"prototypeObjectId": prototype})["objects"]["objectId"]
        counted = session.send(
            "Runtime.callFunctionOn",
            {"objectId": found, "functionDeclaration": "function () { return this.length }", "returnByValue": True},
        )
        session.send("Runtime.releaseObject", {"objectId": found})
        return int(counted["result"]["value"])
    finally:
        session.detach()


def remember(panel: PanelPage) -> None:
    """Keep what all views have in common, so that they can be counted when they are gone."""
    panel.page.evaluate("() => { window.__prototype = Object.getPrototypeOf(document.querySelector('.kws').kws) }")


def test_shown_again_and_again(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(TICKER, "ws.panel").show()
    remember(panel)
    for _ in range(3):
        panel.run(1)
        panel.notebook.wait(
            "() => document.querySelectorAll('.kws').length === 2 && [...document.querySelectorAll('.kws')].every(p => p.kws.ticks)"
        )
    wait_for(lambda: views(panel) == 2, what="views that were replaced are gone")
    panel.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    panel.notebook.wait("() => !document.querySelector('.kws')")
    wait_for(lambda: views(panel) == 0, what="all views are gone")
    panel.run(1)
    panel.shown()


def test_closing_frees_everything(notebook: Callable[..., PanelPage]) -> None:
    begin = "import gc, threading, comm\nbefore = len(comm.get_comm_manager().comms)"
    end = "ws.panel.close()"
    check = """
gc.collect()
[thread.name for thread in threading.enumerate() if "panel" in thread.name], len(comm.get_comm_manager().comms) - before, ws.state
"""
    panel = notebook(begin, TICKER, "ws.panel", end, check, "ws.panel").show(1)
    panel.run(0)
    panel.run(2)
    panel.notebook.wait("() => document.querySelectorAll('.kws').length === 2")
    remember(panel)
    panel.run(3)
    panel.notebook.wait("() => !document.querySelector('.kws')")
    wait_for(lambda: views(panel) == 0, what="all views are gone")
    panel.run(4)
    assert panel.notebook.output(4).splitlines()[-1] == "([], -2, 'open')"  # the widget and its layout
    panel.run(5)  # another one, of the same session
    panel.shown()


def test_a_hidden_tab_slows_down_and_catches_up(notebook: Callable[..., PanelPage]) -> None:
    """No headless Chromium hides a tab (150: other tab, minimised window, no focus); so the page's frames are held, as a hidden tab's are."""
    panel = notebook(TICKER).show()
    panel.page.evaluate(WATCH)
    panel.page.evaluate(
        "() => { window.__frame = window.requestAnimationFrame; window.__held = []; window.requestAnimationFrame = f => __held.push(f) }"
    )
    panel.page.wait_for_function(
        f"() => {LAST_GAP} > 900", polling=100
    )  # nobody paints, hence nobody acknowledges: once a second
    painted = panel.page.evaluate("() => document.querySelector('.kws').kws.grid.paints")
    ticks = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.page.wait_for_function("ticks => document.querySelector('.kws').kws.ticks > ticks", arg=ticks, polling=100)
    assert panel.page.evaluate("() => document.querySelector('.kws').kws.grid.paints") == painted
    assert panel.page.evaluate("() => window.__held.length") < 10  # what waits for the next frame does not pile up
    panel.page.evaluate(
        "() => { window.requestAnimationFrame = window.__frame; window.__held.forEach(f => requestAnimationFrame(f)) }"
    )
    panel.notebook.wait(f"() => {LAST_GAP} < 500")
    newest = """() => { const pages = document.querySelector('.kws').kws.pages;
        return document.querySelector('.kws-rows').textContent.includes(pages.get(pages.stop - 1)[5]) }"""
    panel.notebook.wait(newest)


def test_nobody_acknowledges(notebook: Callable[..., PanelPage]) -> None:
    cell = CONNECT.replace('demo.url(), name="ws"', 'demo.url("flood?rate=20000"), name="ws", max_bytes=8 << 20')
    grown = """
import os, pathlib
def memory():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
before, seen = memory(), ws.stats.received_messages
while ws.stats.received_messages < seen + 150_000:
    ws.messages.wait_for(lambda: ws.stats.received_messages >= seen + 150_000, 1)
memory() - before
"""
    panel = notebook(cell, grown).show()
    panel.page.evaluate(WATCH)
    panel.page.evaluate(
        """() => { const link = document.querySelector('.kws').kws.link, notify = link.notify.bind(link);
                   link.notify = notice => window.__mute && notice.k === 'ack' || notify(notice); window.__mute = true }"""
    )
    panel.notebook.wait(f"() => {LAST_GAP} > 900")
    count = panel.page.evaluate("() => window.__times.length")
    panel.run(1)
    assert int(panel.notebook.output(1).splitlines()[-1]) < 32
    sent, seconds = panel.page.evaluate(
        "count => [__times.length - count, (__times.at(-1) - __times.at(count - 1)) / 1000]", count
    )
    assert sent <= seconds * 1.1 + 1  # never more than one a second, and never none
    assert sent > 0
    panel.page.evaluate("() => { window.__mute = false }")
    panel.notebook.wait(f"() => {LAST_GAP} < 500")


@pytest.mark.parametrize("server", [("lab", False, False)], ids=["lab"], indirect=True)
def test_without_subshells_it_says_that_it_waits(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(TICKER, BUSY).show()
    panel.run(1, wait=False)
    panel.notebook.wait("() => document.querySelectorAll('.jp-Notebook .jp-Cell')[1].innerText.includes('[*]')")
    before = panel.page.evaluate("() => document.querySelector('.kws').kws.ticks")
    panel.notebook.wait(
        "before => document.querySelector('.kws').kws.ticks > before + 5", arg=before
    )  # the kernel's thread goes on
    panel.get(".kws-rows .kws-received:visible").last.click()
    expect(panel.get(".kws-waiting")).to_have_text("waiting for the kernel…")
    expect(panel.get(".kws-facts")).to_be_empty()
    shot(panel, "waiting")
    (panel.notebook.path.parent / "stop").touch()
    expect(panel.get(".kws-facts")).to_contain_text("received")
    expect(panel.get(".kws-waiting")).to_have_text("")
    (panel.notebook.path.parent / "stop").unlink()


def test_a_killed_kernel_is_said(notebook: Callable[..., PanelPage]) -> None:
    panel = notebook(
        log_cell('log.add("text", b"kept on screen")'), "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    ).show()
    panel.run(1, wait=False)
    expect(panel.get(".kws-state")).to_have_text("no kernel", timeout=60_000)
    expect(panel.get(".kws-banner")).to_contain_text("run the cell again")
    expect(panel.row("kept on screen")).to_have_count(1)
    shot(panel, "killed")


def test_the_light_of_a_recording_says_that_it_fails_and_that_it_goes_on(notebook: Callable[..., PanelPage]) -> None:
    begin = CONNECT + "import pathlib, shutil\nfolder = pathlib.Path('recorded')\nfolder.mkdir()"
    panel = notebook(
        begin + "\nws.panel",
        "ws.record(folder / 'feed.db').state",
        "shutil.rmtree(folder)",
        "folder.mkdir()",
        "ws.record(None)",
    ).show()
    light = panel.get(".kws-recording")
    expect(light).to_have_text("")
    panel.run(1)
    expect(light).to_have_text("● recording")
    expect(light).to_have_attribute("data-failing", "0")
    panel.run(2)
    expect(light).to_have_text("● recording fails")
    expect(light).to_have_attribute("data-failing", "1")
    assert "it fails, and is tried again: [Errno 2] the file was moved or deleted" in str(light.get_attribute("title"))
    expect(panel.row("the file was moved or deleted")).to_be_visible()
    panel.run(3)
    expect(light).to_have_text("● recording")
    expect(light).to_have_attribute("data-failing", "0")
    panel.run(4)
    expect(light).to_have_text("")
