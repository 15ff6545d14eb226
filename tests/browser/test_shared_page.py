"""`Capture.to_html`: the page in a browser, opened from a file, by somebody without Jupyter."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import kontena_ws_nb as kws
from kontena_ws_nb.captures.formats import PARQUET
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.browser.harness import Browser, keep
from tests.unit.captures.capture_lab import every_kind, log_of, record, row

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOSTILE = b'{"html":"</script><img src=x onerror=alert(1)>","bidi":"\xe2\x80\xae"}'


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Page:
    """The page of two sessions with 5,000 rows; whatever it asks for or throws fails the test."""
    listed = [*every_kind(), row("text", HOSTILE, 50), *(row("text", b"row %d" % n, 100 + n) for n in range(5000))]
    with (tmp_path / "a.parquet").open("wb") as file:
        sessions = [SessionRows(record(), log_of(listed)), SessionRows(record("other"), log_of(every_kind()))]
        PARQUET.write(file, sessions, Saving(True))  # type: ignore[misc]
    kws.load(tmp_path / "a.parquet").to_html(tmp_path / "a.html")
    page = browser.page(1200, 800)
    wrong: list[str] = []
    page.on("request", lambda request: wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto((tmp_path / "a.html").as_uri())
    yield page  # type: ignore[misc]
    keep(page.screenshot, "shared-page")
    page.context.close()
    assert wrong == [(tmp_path / "a.html").as_uri()]


def test_rows_are_found_and_looked_at(opened: Page) -> None:
    count, field, detail = opened.locator("#count"), opened.locator("#filter"), opened.locator("#detail")
    expect(count).to_have_text("5,035 of 5,035")
    assert opened.locator(".row").count() < 100
    for query, found in (
        ("onerror", 1),
        ("kind:text dir:sent", 4),
        ("kind:binary,ping", 6),
        ("size:>1k", 0),
        ("size:256", 2),
        ("session:other", 17),
        ("/row 4\\d\\d\\d$/", 1000),
        ("-row -kind:open", 31),
        ('"something failed"', 2),
        ("dir:received kind:close", 2),
    ):
        field.fill(query)
        expect(count).to_have_text(f"{found:,} of 5,035")
    field.fill("/(/")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("onerror")
    opened.locator(".row").click()
    expect(detail.locator("pre")).to_contain_text('"html": "</script><img src=x onerror=alert(1)>"')
    expect(detail.locator("pre")).to_contain_text("\\u202e")
    detail.get_by_role("button", name="hex").click()
    expect(detail.locator("pre")).to_contain_text("00000000  7b 22 68 74 6d 6c")
    assert opened.locator("img").count() == 0


def test_the_keyboard_moves_through_the_rows(opened: Page) -> None:
    rows = opened.locator("#rows")
    rows.focus()
    opened.keyboard.press("End")
    expect(opened.locator('[aria-selected="true"]')).to_contain_text("row 4999")
    opened.keyboard.press("ArrowUp")
    expect(opened.locator("#detail pre")).to_have_text("row 4998")
    opened.keyboard.press("Home")
    expect(opened.locator('[aria-selected="true"]')).to_contain_text("connected to")
    opened.locator("#filter").fill("kind:close dir:sent session:feed")
    opened.locator(".row").click()
    expect(opened.locator("#detail pre")).to_have_text("1000 bye")
    opened.locator("summary").first.click()
    expect(opened.locator("details pre").first).to_contain_text("Authorization: Bearer ***")
