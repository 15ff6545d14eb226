"""`Capture.to_html`: the page in a browser, opened from a file, by somebody without Jupyter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import kontena_ws_nb as kws
from kontena_ws_nb.captures.formats import PARQUET
from kontena_ws_nb.captures.saving import Saving, SessionRows
from kontena_ws_nb.log.filter.grammar import FORMS, QueryError
from tests.browser.harness import Browser, keep
from tests.unit.captures.capture_lab import Row, every_kind, log_of, record, row

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOSTILE = b'{"html":"</script><img src=x onerror=alert(1)>","bidi":"\xe2\x80\xae","id":12345678901234567890,"f":7.0}'


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
    # The worker of the filter is the page's own script.
    assert [one for one in wrong if not one.startswith("blob:")] == [(tmp_path / "a.html").as_uri()]


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
    expect(count).to_have_text("1 of 5,035")
    opened.locator(".row").click()
    expect(detail.locator("pre")).to_contain_text('"html": "</script><img src=x onerror=alert(1)>"')
    expect(detail.locator("pre")).to_contain_text("\\u202e")
    expect(detail.locator("pre")).to_contain_text('"id": 12345678901234567890,\n  "f": 7.0\n}')  # no double has them
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
    expect(opened.locator("#count")).to_have_text("1 of 5,035")
    opened.locator(".row").click()
    expect(opened.locator("#detail pre")).to_have_text("1000 bye")
    opened.locator("summary").first.click()
    expect(opened.locator("details pre").first).to_contain_text("Authorization: Bearer ***")


def mixed() -> list[Row]:
    """Rows that filters tell apart."""
    texts = [
        '{"type":"trade","price":150.5,"qty":"12","symbol":"BTC","items":[{"id":7},{"id":"7"}],"id":7}',
        '{"type":"Trade","price":"99.9","qty":20,"symbol":"btc","id":7.0}',
        '{"type":"quote","price":9007199254740993,"id":"7","x":null,"ok":true}',
        '{"type":"quote","price":9007199254740992,"x":"null","ok":"true","the key":{"a.b":1}}',
        '[{"type":"trade","id":1},{"type":"heartbeat","price":1e2}]',
        '{"city":"K\\u00f6ln","url":"http:\\/\\/a.example\\/b","says":"\\"hi\\" and \\\\ there"}',
        '{"city":"Köln","tag":"STRASSE straße","deep":{"a":{"id":[1,[2,{"id":-5}]]}},"small":0.00000015,"big":1.5e300}',
        '{"emoji":"\\ud83d\\ude00 \\ud800","list":["a","b"],"empty":"","minus":-3,"e":1E5,"f":1.50}',
        '{"broken": tru',
        "plain words, two words here PUBLISH or and not",
        "aaaaaaaaaaaa id:54321 a|b [x] (y) $.type=trade",
        "café 😀 ß İ K",
        "line one\nline two\n",
        "[1, 2.0, -0, NaN]",
        "7",
    ]
    found = [row("text", text.encode(), 10**9 * n, sent=n % 3 == 0) for n, text in enumerate(texts)]
    more = [{**one, "time_ns": one["time_ns"] + 20 * 10**9} for one in every_kind()]
    more.append(row("binary", b"\x90\x03\x90 \xff{}\xe9 trade", 60 * 10**9, connection=2))
    more.append(row("binary", b'{"type":"trade","price":5}', 90 * 10**9, connection=2, sent=True))
    more.append(row("text", b"x" * 1500, 100 * 10**9, connection=2))
    return [*found, *more]


DOCS = Path(__file__).parents[2] / "notebooks/docs/pages/reference/filters.md"
MORE = r"""
trade|Trade|i:TRADE|i:"köln"|Köln|K\u00f6ln|http://|http:\/\/|"two words"|'two words'|"\"hi\""|😀|-trade|not trade|trade quote
/trade/|/^\{"type":"(trade|quote)"/|/TRADE/i|/one$/m|/one.line/s|/one.line/|/\bhere\b/|/\x90/|/[^\W\d]{12}/|/(?P<a>a)(?P=a)/|/(?i)trade/|/\d+\.\d/|/caf./|/two\Z/|/\Aplain/
/a{2,3}b?/|/x{1500}/|/[]]/|/[\]x]+/|/k/i|/a**/|/(/|/[z-a]/|/\q/|//|/a/q|/abc
hex:9003|hex:90|hex:"90 03"|hex:9|hex:xx|hex:
dir:sent|dir:in|dir:both|dir:sideways|dir:sent dir:received|kind:text,binary|kind:data|kind:9|kind:knid|kind:text kind:ping|-kind:text kind:ping|kind:
size:1k|size:>1k|size:>1ki|size:<=10|size:10..20|size:1.5k|len:1500|size > 100|size:10-20|size:|size:<0|size:5..2|size!=0
conn:2|conn:>1|conn:1,2|#3|#2..5|#>20|#:4|index:3|#1,2,9|before:#4|after:#4|since:#4|row:x
label:x|label:"a b"|label:/^a/i|label:|decoder:json|decoder:socket.io|decoder:nothing|is:bookmarked|-is:bookmarked|is:odd|note:wrong|note:"two words"|i:note:WRONG|note:a|note:
since:2023-11-14|before:2023-11-14T22:13:25|since:2023-11-14T22:13:25.5Z|since:2023-13-01|since:soon|since:5|since:2023-11-14 12:00|-since:2023-11-14T22:13:30
$|$.type|$.type=trade|$.type=trade $.price>100|i:$.type=TRADE|$.type!=trade|$.type~ra|$.type!~ra|$.type~/^T/|$.type~/^t/i|$.type=tr*|$.type=*e|$.type=t*d*|$.type=*|$.type>"s"
$.id=7|$.id="7"|$.id=7.0|$.id=70e-1|$.id!=7|$.id=1..7|$.id=..6|$.id=7..|$.id=7..1|$.price=9007199254740993|$.price>9007199254740992|$.price>=9007199254740992|$.price<100|$.price=1e2|$.price=100
$.items[0].id=7|$.items[-1].id="7"|$.items[*].id=7|$.items.0.id|$.items[5]|$..id|$..id=-5|$..id=7|$.*.a|$.deep.*.id|$.*.*|$["the key"]["a.b"]=1|$."the key"|$[0]|$[0].type|$[0]=1|$[1]=2|$[-1]
$.x=null|$.x="null"|$.x=none|$.x|$.ok=true|$.ok="true"|$.empty=""|$.empty=''|$.small=1.5e-7|$.small=0.00000015|$.small~E-7|$.big>1e299|$.minus<-2|$.minus=-3|$.e=100000|$.f~1.50|$.list~a|$.list=*|$.list[*]=a
$.tag~STRASSE|i:$.tag~strasse|i:$.tag~"STRASSE STRASSE"|$.city=Köln|$.type = trade|$.type == trade|$.type eq trade|$.type contains ra|$.type:trade|.type==trade|.items[0]|.com
a or b|trade or quote|trade and quote|trade or|or trade|not|-|- x|not not trade|-(trade or quote)|(trade|trade)|()|(trade or (quote $.ok=true))|i: TRADE or quote|(i: TRADE) quote|And|trade And quote
type=trade|price>100|type:trade|knid:text|id:54321|BTC:USD|a\|b|a.*b|trade*|!trade|!(trade)|! trade|~b|-i x|$type|$.a!|$.a is null|$.a in (1)|$.a like 'x'|$.a^=b|$..|$.[0]|$.type=|$.type=[1]|$.type=&&|price = 5|= 5|size: 5 k
"|'|""|"a"b|“a”|–x|\x90\x03|where $.a=1|+trade|..a|>=5|text contains x|re:x|has:x|<img src=x>|</script>|\ud800|\|\\|[x]|(y)|$.type=trade|"$.type=trade"|{"type":"trade"|1..2|&&|x&&y|#|#x|$.a(|$["a|$[?(@.a>1)]|$[|$.type>x|$.type=a>b|$.type~%a%
"""


def filters() -> list[str]:
    """Every form, every example of the documentation, and more; where a bar is meant it has a backslash."""
    told = [*FORMS, *FORMS.values(), *re.findall(r"`([^`]+)`", DOCS.read_text("utf-8").split("In the page that")[0])]
    forms = [
        one
        for text in told
        for part in (text, text.replace("\\|", "|"))
        for one in [part, *re.split(r"  |, |; ", part)]
    ]
    more = [
        one.replace("\\|", "|").replace("\\\\", "\\")
        for line in MORE.strip().split("\n")
        for one in re.split(r"(?<!\\)\|", line)
    ]
    hostile = [
        "(" * 60 + "a",
        "-" * 80,
        "$" + ".a" * 101,
        "a" * 5000,
        "\x00",
        "i:" + "é" * 200,
        "__proto__",
        "dir:constructor",
        "constructor:x",
    ]
    return [
        one
        for one in dict.fromkeys([*forms, *more, *hostile])
        if one.strip() and not re.search(r"since:\d+[a-z]|before:\d+[a-z]|:12:0", one)
    ]


#: What only Python says no to, or only the page.
DIFFER: tuple[str, ...] = ()


def test_the_filter_is_the_panels(browser: Browser, tmp_path: Path) -> None:
    log = log_of(mixed())
    log.bookmarks.add([1, 4], "two words, wrong")
    log.bookmarks.add(7)
    kws.save({"feed": log}, tmp_path / "a.jsonl")
    capture = kws.load(tmp_path / "a.jsonl")
    capture.to_html(tmp_path / "a.html")
    page = browser.page(1200, 2000)
    page.goto((tmp_path / "a.html").as_uri())
    field, wrong = page.locator("#filter"), []
    for text in filters():
        try:
            wanted: object = [message.index for message in capture.messages.where(text)]
        except QueryError as error:
            wanted = f"refused: {error}"
        field.fill("")
        field.fill(text)
        page.wait_for_function(
            "() => !/search|…/.test(document.getElementById('count').textContent) || document.getElementById('wrong').textContent"
        )
        said = page.locator("#wrong").inner_text()
        rows = [int(one.split("★")[-1]) for one in page.locator(".row > span:first-child").all_inner_texts()]
        if (not said and rows != wanted) or bool(said) is not str(wanted).startswith("refused"):
            wrong.append((text[:80], said or rows, wanted))
    keep(page.screenshot, "shared-page-filter")
    page.context.close()
    assert [one for one in wrong if one[0] not in DIFFER] == []


def test_a_pattern_that_never_ends_is_stopped(browser: Browser, tmp_path: Path) -> None:
    kws.save({"feed": log_of([row("text", b"a" * 60 + b"!", 0), row("text", b"b", 1)])}, tmp_path / "a.jsonl")
    kws.load(tmp_path / "a.jsonl").to_html(tmp_path / "a.html")
    page = browser.page(1200, 800)
    page.goto((tmp_path / "a.html").as_uri())
    page.locator("#filter").fill("/(a+)+$/")
    expect(page.locator("#wrong")).to_contain_text("tries too many ways", timeout=20_000)
    expect(page.locator("#count")).to_have_text("2 of 2")
    page.locator("#filter").fill("b")
    expect(page.locator("#count")).to_have_text("1 of 2")
    page.context.close()


def test_bookmarks_are_marked(browser: Browser, tmp_path: Path) -> None:
    log = log_of([row("text", b"a", 0), row("text", b"b", 1)])
    log.bookmarks.add(1, "why <b>?")
    kws.save({"feed": log}, tmp_path / "a.jsonl")
    kws.load(tmp_path / "a.jsonl").to_html(tmp_path / "a.html")
    page = browser.page(400, 800)
    page.goto((tmp_path / "a.html").as_uri())
    page.locator("#filter").fill("note:why")
    expect(page.locator("#count")).to_have_text("1 of 2")
    expect(page.locator(".row")).to_contain_text("★ 1")
    expect(page.locator(".row")).to_have_attribute("title", "why <b>?")
    page.locator(".row").click()
    expect(page.locator("#detail")).to_contain_text("★ why <b>?")
    page.get_by_role("button", name="Forms of a filter").click()
    expect(page.locator("#forms")).to_contain_text("$.path=value")
    keep(page.screenshot, "shared-page-narrow")
    page.context.close()
