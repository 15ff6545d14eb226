"""Static tables of rows: small, safe, readable without styles."""

from __future__ import annotations

import re

from kontena_ws_nb.display.html import Markup, displayed
from kontena_ws_nb.display.table import MAX_HTML, MOST_ROWS, Snapshot, log_bundle, show_rows
from kontena_ws_nb.feed.highlights import COLOURS
from kontena_ws_nb.log.log import MessageLog


def log(*rows: tuple[str, bytes]) -> MessageLog:
    made = MessageLog()
    for kind, data in rows:
        made.add(kind, data, sent=kind == "ping", time_ns=1_700_000_000_123_000_000)
    return made


def test_a_log_as_text_and_html() -> None:
    made = log(("open", b"connected"), ("text", b"<img src=x onerror=alert(1)>"), ("ping", b"x"))
    bundle = log_bundle(made, "feed")
    assert bundle["text/plain"].splitlines()[0] == "feed: 3 rows"
    assert "↑ sent" in bundle["text/plain"]
    assert "<img" not in bundle["text/html"]
    assert "onerror=alert(1)&gt;" in bundle["text/html"]
    assert "↓ received" in bundle["text/html"]


def test_only_the_newest_rows() -> None:
    made = log(*(("text", b"row %d" % number) for number in range(50)))
    bundle = log_bundle(made)
    assert "the last 20" in bundle["text/plain"]
    assert "(the last 20 shown)" in bundle["text/html"]
    assert "row 29" not in bundle["text/html"]
    assert "row 49" in bundle["text/html"]
    slice_bundle = made[10:15]._repr_mimebundle_()  # type: ignore[attr-defined]
    assert slice_bundle["text/plain"].startswith("5 rows")
    assert "row 14" in slice_bundle["text/html"]
    assert made._repr_mimebundle_()["text/plain"].startswith("50 rows")


def test_what_a_server_sends_cannot_make_it_large() -> None:
    made = log(*(("text", b'"' * 10_000) for _ in range(20)))
    html = log_bundle(made, "x" * 500)["text/html"]
    assert len(html.encode()) <= MAX_HTML
    assert "shown)" in html


def test_a_narrow_page_scrolls_it_and_breaks_no_word_into_letters() -> None:
    made = MessageLog()
    made.add("text", b"x")
    html = log_bundle(made)["text/html"]
    assert re.search(r'<div style="overflow-x:auto"><table', html)
    widths = dict(re.findall(r'min-width:([^;"]+)"[^>]*>(\w+)<', html))
    assert {name: float(width.removesuffix("em")) for width, name in widths.items()} == {"Direction": 7, "Data": 20}


def test_every_colour_of_a_highlight_has_a_shade() -> None:
    made = MessageLog()
    for _ in COLOURS:
        made.add("text", b"x")
    shown = Snapshot(made.rows(range(len(COLOURS))), len(COLOURS), colours=COLOURS)
    shades = re.findall(r'<tr style="background-color:(rgba[^"]+)"', shown._repr_mimebundle_()["text/html"])
    assert len(set(shades)) == len(COLOURS)


def test_dropped_and_empty() -> None:
    made = MessageLog(max_messages=1)
    for _ in range(4096 * 2 + 1):
        made.add("text", b"x")
    assert "8,192 dropped" in log_bundle(made)["text/plain"]
    assert (
        log_bundle(MessageLog())["text/html"]
        == displayed("", Markup('<div><p style="overflow-wrap:break-word">0 rows</p></div>'))["text/html"]
    )


def test_as_many_rows_as_somebody_asked_for() -> None:
    made = log(*(("text", b"row %d" % number) for number in range(1500)))
    many = made[:]
    try:
        show_rows(30)
        for shown in (log_bundle(made), many._repr_mimebundle_()):
            assert "… the last 30:" in shown["text/plain"]
            assert "(the last 30 shown)" in shown["text/html"]
        show_rows(3)
        assert "(the last 3 shown)" in log_bundle(made)["text/html"]
    finally:
        show_rows()
    assert "… the last 20:" in log_bundle(made)["text/plain"]
    for asked, told in [
        (100, "(the last 100 shown)"),
        (5000, f"(the last {MOST_ROWS} shown)"),
        (0, "(the last 1 shown)"),
    ]:
        many.shown = asked
        assert told in many._repr_mimebundle_()["text/html"]
