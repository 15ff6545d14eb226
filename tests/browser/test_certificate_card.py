"""The certificate card in a real JupyterLab, light and dark, and as a saved page whose styles and scripts a code host has stripped."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, expect

import kontena_ws_nb as kws
from tests.browser.harness import Browser, keep
from tests.browser.panel import PanelPage
from tests.lab.certificates import GOOD, lab
from tests.lab.tls_server import TLSServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LOOK = """
import kontena_ws_nb as kws
kws.certificate({url!r}, ca_file={ca_file!r}, ssl_hostname={host!r})
"""

#: case → what its card begins with, what the marked link says.
CASES = {
    "good": ("✓ good good.test", None),
    "expired": ("✗ bad good.test", "✗ certificate has expired"),
    "selfsigned": ("✗ bad good.test", "✗ self-signed certificate"),
    "wronghost": ("✗ bad other.test instead of good.test", "✗ Hostname mismatch"),
    "missing_inter": ("✗ bad good.test", "✗ unable to get local issuer certificate"),
}


def shot(card: Locator, name: str) -> None:
    """Keep a picture of the card."""
    keep(card.screenshot, f"certificate-{name}")


def contrast(card: Locator) -> float:
    """The least contrast of text on its background (WCAG 2.2, success criterion 1.4.3), over all words on the card."""
    return float(
        card.evaluate(
            """card => {
                const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n };
                const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
                const ground = element => {
                    if (!element) return [255, 255, 255];
                    const own = rgba(getComputedStyle(element).backgroundColor);
                    return own[3] === 0 ? ground(element.parentElement) : over(own, ground(element.parentElement));
                };
                const light = c => c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                let least = 21;
                for (const element of card.querySelectorAll("*")) {
                    if (![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || element.ariaHidden) continue;
                    const below = ground(element);
                    const pair = [light(over(rgba(getComputedStyle(element).color), below)), light(below)].sort((a, b) => b - a);
                    least = Math.min(least, (pair[0] + 0.05) / (pair[1] + 0.05));
                }
                return least;
            }"""
        )
    )


@pytest.mark.parametrize("server", [("lab", False), ("lab", True)], ids=["light", "dark"], indirect=True)
def test_cards_in_jupyterlab(notebook: Callable[..., PanelPage], request: pytest.FixtureRequest) -> None:
    theme = request.node.callspec.id
    with ExitStack() as servers:
        urls = [servers.enter_context(TLSServer(case)).url for case in CASES]
        page = notebook(
            *(LOOK.format(url=url, ca_file=lab().ca_file, host=GOOD) for url in urls), width=1100, height=2400
        )
        for cell in range(len(CASES)):
            page.run(cell)
    for cell, (case, (start, mark)) in enumerate(CASES.items()):
        card = page.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator("section[aria-label^='certificate of']")
        expect(card).to_be_visible()
        assert " ".join(card.inner_text().split()).startswith(start)
        shot(card, f"{case}-{theme}")
        marked = card.locator("li[style*='font-weight:600']")
        if mark is None:
            expect(marked).to_have_count(0)
        else:
            expect(marked).to_contain_text(mark)
        assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
        card.evaluate("card => card.querySelectorAll('details').forEach(details => { details.open = true })")
        expect(card.get_by_text("SHA-256", exact=True)).to_be_visible()
        assert contrast(card) >= 4.5
        shot(card, f"{case}-open-{theme}")
        certificate = kws.Certificate(lab().chains[case][0])
        for text in (certificate.pin, certificate.sha256, certificate.pem):
            box = card.locator("code, pre").filter(has_text=re.compile(f"^{re.escape(text.strip())}\\s*$")).first
            button = box.locator("xpath=following-sibling::input")
            button.click()
            expect(button).to_have_value("copied")
            assert page.page.evaluate("() => navigator.clipboard.readText()") == text
        card.evaluate("card => card.querySelectorAll('details').forEach(details => { details.open = false })")


@pytest.mark.parametrize("case", CASES)
def test_cards_on_a_code_host(case: str, browser: Browser) -> None:
    with TLSServer(case) as tls:
        card = kws.certificate(tls.url, ca_file=lab().ca_file, ssl_hostname=GOOD)._repr_mimebundle_()["text/html"]
    stripped = re.sub(r"<input[^>]*>", "", re.sub(r' (style|onclick)="[^"]*"', "", card))
    page = browser.page(width=760, height=500)
    try:
        page.set_content(stripped)
        text = " ".join(page.locator("section").inner_text().split())
        start, mark = CASES[case]
        assert text.startswith(start)
        assert (mark or "trust anchor") in text
        assert "copy" not in text
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        shot(page.locator("section"), f"{case}-stripped")
        page.emulate_media(media="print")
        page.set_content(card)
        assert (
            page.locator("section strong").first.evaluate("badge => getComputedStyle(badge).printColorAdjust")
            == "exact"
        )
        shot(page.locator("section"), f"{case}-print")
    finally:
        page.context.close()
