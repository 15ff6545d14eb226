"""The panel in hosts that follow the published rules of front ends that cannot run here: see `tests.lab.front_ends`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import comm
import pytest
from playwright.sync_api import expect

import kontena_ws_nb as kws
from kontena_ws_nb.session.session import Session
from tests.browser.harness import Browser, keep
from tests.browser.hosts import POLICY, SANDBOX, Host, HostComm

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

VSCODE = (
    ":root { --vscode-editor-background: #1f1f1f; --vscode-editor-foreground: #cccccc; --vscode-panel-border: #2b2b2b }"
)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, demo: Any) -> Iterator[Session]:
    """A session with the demo server's echo, whose panel has a host for a page."""
    monkeypatch.setattr(comm, "create_comm", HostComm)
    with kws.connect(demo.url(), name="ws") as session:
        yield session
        session.panel.close()


@pytest.fixture
def host(browser: Browser, session: Session, request: pytest.FixtureRequest) -> Iterator[Callable[..., Host]]:
    """Open a host; at the end its page has said nothing, and asked nobody."""
    hosts: list[Host] = []

    def make(**rules: Any) -> Host:
        hosts.append(Host(browser, session.panel, **rules))
        return hosts[-1].__enter__()

    yield make
    for one in hosts:
        keep(one.page.screenshot, f"host-{request.node.name}")
        refused = one.refused()
        one.__exit__()
        assert refused == []
        assert one.wrong == []


def test_nothing_but_what_a_host_promises(host: Callable[..., Host]) -> None:
    """No widget manager, no event of Jupyter's, no display that is updated."""
    one = host()
    one.works()
    one.button("Chart").click()
    expect(one.get(".kws-strip")).to_be_visible()


def test_a_view_comes_again_after_its_page_was_thrown_away(host: Callable[..., Host], session: Session) -> None:
    one = host(policy=POLICY)
    one.works()
    one.show()
    expect(one.get(".kws-filter")).to_have_value("dir:sent $.mine>1")
    expect(one.row('"mine"')).to_have_count(1)
    session.send('{"mine": 2}')
    expect(one.row('"mine"')).to_have_count(2)


def test_a_sandboxed_frame_with_nothing_around_it(host: Callable[..., Host]) -> None:
    """What such a frame may not do is said, not promised."""
    one = host(sandbox=SANDBOX, policy=POLICY)
    one.works()
    one.button("Export").click()
    one.button("CSV").click()
    expect(one.get(".kws-export")).to_contain_text(
        'if this page may save files; else: panel.export("name.csv") in a cell'
    )


@pytest.mark.parametrize("kind", ["Uint8Array", "ArrayBuffer"])
def test_buffers_of_any_kind(host: Callable[..., Host], session: Session, kind: str) -> None:
    one = host(bytes_as=kind)
    one.works()
    one.get(".kws-filter").fill("")
    session.send(b"\x00\xff bytes")
    one.row("bytes").first.click()
    expect(one.get(".kws-content")).to_contain_text("00 ff 20 62")


def test_bytes_that_do_not_arrive_are_not_sent_as_nothing(host: Callable[..., Host], session: Session) -> None:
    one = host(drops_bytes=True)
    one.works()
    one.get(".kws-composer select").first.select_option("Hex")
    one.send("ff 00")
    expect(one.get(".kws-result")).to_contain_text("the bytes did not arrive, so nothing was done")
    assert len(session.messages.where("kind:binary")) == 0


def test_a_host_that_brings_only_answers(
    host: Callable[..., Host], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HostComm, "only_answers", True)
    one = host(sandbox=SANDBOX, policy=POLICY, bytes_as="Uint8Array")
    one.works()
    one.get(".kws-filter").fill("")
    session.send("from a cell")
    expect(one.row("from a cell")).to_have_count(2)
    one.button("Disconnect").click()
    one.button("Close connection").click()
    expect(one.get(".kws-state")).to_have_text("closed")
    expect(one.get(".kws-waiting")).to_have_text("")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_colours_of_vs_code(host: Callable[..., Host], dark: bool) -> None:
    one = host(style=VSCODE if dark else "", body="vscode-dark" if dark else "vscode-light")
    expect(one.get(".kws-state")).to_have_text("open")
    expect(one.frame.locator(".kws")).to_have_css(
        "background-color", "rgb(31, 31, 31)" if dark else "rgb(255, 255, 255)"
    )
    expect(one.frame.locator(".kws")).to_have_css("color-scheme", "dark" if dark else "light")


def test_a_host_without_widgets_shows_the_table(browser: Browser, session: Session) -> None:
    """Its frame runs no script at all."""
    session.request("<b>said</b>")
    html = session.panel._repr_mimebundle_()[0]["text/html"]
    page = browser.page()
    try:
        page.set_content(f'<iframe sandbox srcdoc="{escape(html)}" style="width: 100%; height: 600px"></iframe>')
        table = page.frame_locator("iframe").locator("table")
        expect(table.locator("td", has_text="<b>said</b>")).to_have_count(2)
        expect(table.locator("b")).to_have_count(0)
        keep(page.screenshot, "host-table")
    finally:
        page.context.close()
