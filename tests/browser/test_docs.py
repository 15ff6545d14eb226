"""The documentation site: built with warnings as errors, its links, its spelling, its search from disk, and axe-core on its pages."""

from __future__ import annotations

import html
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page

import kontena_ws_nb as kws
from kontena_ws_nb.demo.endpoints import ENDPOINTS
from kontena_ws_nb.log.filter.grammar import FORMS
from kontena_ws_nb.magics.help import DECODERS
from kontena_ws_nb.options import Options
from tests.browser.harness import REPOSITORY, Browser, keep
from tests.lab.peers import FRONT_END

DOCS: Final = REPOSITORY / "notebooks" / "docs"
#: One page of each kind that axe-core looks at.
LOOKED_AT: Final = (
    "index.html",
    "howto/filter.html",
    "reference/options.html",
    "reference/errors.html",
    "reference/client.html",
    "explain/street.html",
    "coming-from/websocat.html",
    "notebooks/01_quickstart.html",
)


#: A cell of a table of Markdown, which has no attributes but an alignment.
_CELL: Final = re.compile(r"<td(?: style=\"[^\"]*\")?>(.*?)</td>", re.DOTALL)


class Document(HTMLParser):
    """What a page can be linked to by, where it leads, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loaded.append(values["href"])
        elif tag in ("img", "script", "iframe", "source", "video") and "src" in values:
            self.loaded.append(values["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as the documented command does."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = ["-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(DOCS / "mkdocs.yml"), "-d", str(folder)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def documents(site: Path) -> dict[Path, Document]:
    return {path: Document(path) for path in site.rglob("*.html")}


def test_links_and_anchors_lead_somewhere(site: Path, documents: dict[Path, Document]) -> None:
    wrong = []
    for path, document in documents.items():
        for link in {*document.links, *document.loaded}:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https"):
                if parts.scheme == "http" or not re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", parts.netloc):
                    wrong.append(f"{path.relative_to(site)}: {link}: no address that the site may name")
            elif parts.scheme not in ("data", "mailto", "javascript"):
                there = (
                    (site / unquote(parts.path).lstrip("/"))
                    if parts.path.startswith("/")
                    else path.parent / unquote(parts.path)
                )
                there = path if not parts.path else there.resolve()
                if not there.is_file():
                    wrong.append(f"{path.relative_to(site)}: {link}: no such page")
                elif there in documents and unquote(parts.fragment) not in documents[there].anchors:
                    wrong.append(f"{path.relative_to(site)}: {link}: no such anchor")
    assert wrong == []


def test_a_page_loads_only_files_of_the_site(documents: dict[Path, Document]) -> None:
    assert {one for document in documents.values() for one in document.loaded if urlsplit(one).netloc} == set()


def test_no_machine_is_named(site: Path) -> None:
    named = re.compile(rb"/(?:root|home/\w+|tmp|work)/[\w.-]+/|" + re.escape(str(REPOSITORY).encode()))
    pages = [path for path in site.rglob("*") if path.suffix in (".html", ".md", ".txt", ".json")]
    assert {str(path.relative_to(site)): found for path in pages if (found := named.findall(path.read_bytes()))} == {}


def test_tables_say_what_the_code_says(documents: dict[Path, Document]) -> None:
    words = "".join(
        html.unescape(re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8")))
        for path in documents
        if path.name in ("options.html", "demo.html", "filters.html", "decoders.html")
    )
    said = [row["help"] for row in Options.table()]
    said += [endpoint.summary for endpoint in ENDPOINTS.values()]
    said += [*FORMS, *FORMS.values(), *DECODERS.values()]
    assert [text for text in said if text not in words] == []


def test_no_table_shows_the_backslash_of_a_bar(documents: dict[Path, Document]) -> None:
    assert [path.name for path in documents if r"\|" in "".join(_CELL.findall(path.read_text(encoding="utf-8")))] == []


def test_no_list_is_shown_as_a_paragraph(documents: dict[Path, Document]) -> None:
    wrong = {}
    for path in documents:
        paragraphs = re.findall(r"<p>(.*?)</p>", path.read_text(encoding="utf-8"), re.DOTALL)
        if found := [text[:80] for text in paragraphs if re.search(r"\n(?:[-*+]|\d+\.) ", text)]:
            wrong[path.name] = found
    assert wrong == {}


def test_types_are_written_as_in_docstrings(documents: dict[Path, Document]) -> None:
    wrong = re.compile(r"\w+ - like|\(<code>\(.* or .*\)</code>|–\s*<div class=\"doc-md-description\">\s*</div>")
    found = {path.name: wrong.findall(path.read_text(encoding="utf-8")) for path in documents}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_spelling(site: Path) -> None:
    texts = [*site.rglob("*.md"), *(REPOSITORY / "kontena_ws_nb").rglob("*.py"), *REPOSITORY.glob("*.md")]
    command = [sys.executable, "-m", "codespell_lib", "-I", str(DOCS / "words.txt"), *map(str, texts)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.replace(str(site), "") == ""
    assert done.returncode == 0, done.stderr


def test_a_misspelled_word_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("They recieve it.\n")
    command = [sys.executable, "-m", "codespell_lib", "-I", str(DOCS / "words.txt"), str(tmp_path)]
    assert b"receive" in subprocess.run(command, capture_output=True, check=False).stdout


def test_models_find_every_page(site: Path) -> None:
    listed = re.findall(r"\]\(([^)]+\.md)\): (.*)", (site / "llms.txt").read_text(encoding="utf-8"))
    pages = {
        path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html") if path.name != "404.html"
    }
    assert {name for name, _ in listed} == pages
    assert [name for name, said in listed if not said] == [], "a page begins with what it is about"
    assert all((site / name).is_file() for name, _ in listed)


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    page = browser.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.context.close()
    assert [url for url in asked if urlsplit(url).scheme not in ("file", "data", "blob")] == []


#: What people ask in issue trackers, as they type it, and the page that answers, or the page of questions: one of the first three.
QUESTIONS: Final = {
    "proxy client certificate": "howto/proxy",
    "1006": "errors|keepalive",
    "why 1006": "howto/keepalive",
    "save only trades parquet": "howto/tables",
    "self-signed certificate": "howto/certificates",
    "subprotocol token header": "howto/connect",
    "keep alive nginx": "howto/keepalive",
    "nginx 60 seconds timeout": "howto/keepalive",
    "reconnect": "howto/keepalive",
    "filter nested array": "howto/filter",
    "protobuf": "howto/decode",
    "read binary messages": "howto/decode",
    "test client recorded server": "howto/test",
    "har chrome": "howto/record",
    "memory limit": "howto/limits",
    "asyncio notebook": "howto/asyncio",
    "event loop already running": "howto/asyncio",
    "socks proxy": "howto/proxy",
    "what leaves my machine": "explain/stored",
    "telemetry": "explain/stored",
    "403 forbidden origin": "howto/connect|errors",
    "unable to get local issuer certificate": "errors|howto/certificates",
    "copy as curl": "howto/connect",
    "p12 passphrase": "howto/certificates|options",
    "send hex bytes": "howto/send",
    "close code 4001": "howto/close|errors",
    "message too big max_size": "errors|howto/limits|options",
    "permessage-deflate": "howto/connect|howto/limits|errors|options",
    "pandas dataframe": "howto/tables|messages",
    "connection refused localhost docker": "errors",
    "panel shows nothing": "howto/panel",
    "socket.io": "howto/decode|decoders",
    "hide secrets": "howto/secrets|explain/security|explain/stored",
    "websocat": "coming-from/websocat",
    "sqlite": "sqlite|howto/record",
    "wait for response": "howto/receive",
    "407": "errors|howto/proxy",
    "basic auth password": "howto/connect|options",
    "resubscribe": "howto/keepalive",
    "socks5 auth": "howto/proxy",
    "send a binary file": "howto/send",
    "disable compression": "howto/connect|options",
    "two sessions in one table": "howto/tables|howto/panel",
    "pipe stdin and wait for an answer": "howto/terminal",
    "wscat wait for response": "coming-from/wscat|howto/receive",
    "module websocket has no attribute": "howto/questions",
    "timeout of each phase": "howto/connect",
    "run in CI without a notebook": "howto/terminal",
    "har is empty": "howto/record",
    "no pong": "errors|howto/keepalive",
    "receive": "howto/receive",  # lunr itself throws at it
    "did not receive a valid HTTP response": "errors",
    "keepalive ping timeout": "errors|howto/keepalive",
    "connection is already closed": "errors",
    "capture websocket traffic of a browser": "howto/record",
    "Error displaying widget: model not found": "howto/panel",
    "Failed to load model class": "howto/panel",
    "IOPub data rate exceeded": "howto/panel",
    "check_hostname=False": "howto/certificates",
    "print every frame": "howto/terminal",
    "cannot call recv while another coroutine is already waiting": "howto/asyncio",
    "enableTrace": "coming-from/websocket-client",
    "replay at double speed": "howto/test",
    "mask my own secret": "howto/secrets",
    "skip TLS verification but see what is wrong": "howto/certificates",
    "filter a nested JSON number": "howto/filter",
    "what does a panel store in my notebook": "explain/stored",
    "VS Code": "explain/front-ends",
    "save only trades to Parquet": "howto/tables",
    "open a HAR from Chrome": "howto/record",
}


def found(page: Page, question: str) -> list[str]:
    """Type a question into the search, and say which pages it names, the best first."""
    box = page.locator("input.md-search__input")
    page.evaluate("() => document.querySelector('.md-search-result__list').replaceChildren()")
    box.fill(question)
    box.press("End")  # it searches when a key is up
    page.wait_for_selector(".md-search-result__item", state="attached")
    links = page.evaluate(
        "() => [...document.querySelectorAll('.md-search-result__item > .md-search-result__link')].map(link => link.getAttribute('href'))"
    )
    return [href.partition(".html")[0].rpartition("/site/")[2] for href in links]


def test_a_notebook_shows_no_tags_and_rows_of_one_line_on_a_phone(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 400, "height": 1000})
    page.goto((site / "notebooks" / "03_certificates.html").as_uri())
    assert [tag.is_visible() for tag in page.locator(".cell-tag").all()] == [False]
    for row in page.locator(".jp-OutputArea table[style*=monospace] tbody tr").all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] < 32, row.text_content()
    triangles = (
        "() => [...document.querySelectorAll('.jp-OutputArea summary')].map(one => getComputedStyle(one).paddingLeft)"
    )
    assert all(float(padding.removesuffix("px")) > 12 for padding in page.evaluate(triangles))


@pytest.mark.parametrize("name", ["websockets", "websocket-client", "websocat", "wscat", "postman"])
def test_both_columns_are_seen_on_a_wide_page(page: Page, site: Path, name: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.goto((site / "coming-from" / f"{name}.html").as_uri())
    tables = (
        "() => [...document.querySelectorAll('.md-typeset__scrollwrap')].map(one => one.scrollWidth - one.clientWidth)"
    )
    page.wait_for_selector(".md-typeset__scrollwrap")
    assert page.evaluate(tables) == [0]


def test_every_class_of_errors_says_what_it_is(site: Path) -> None:
    page = (site / "reference" / "error-classes.html").read_text(encoding="utf-8")
    for one in (
        kws.Error,
        *(value for value in vars(kws).values() if inspect.isclass(value) and issubclass(value, kws.Error)),
    ):
        assert html.escape((one.__doc__ or "").partition("\n")[0].partition("`")[0], quote=False) in page, one


@pytest.mark.parametrize("name", ["reference/cli", "explain/benchmarks", "howto/tables"])
def test_nothing_is_cut_on_a_wide_page(page: Page, site: Path, name: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.goto((site / f"{name}.html").as_uri())
    cut = "() => [...document.querySelectorAll('.md-typeset__scrollwrap, .highlight pre > code')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText.slice(0, 60))"
    page.wait_for_selector(".md-content")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.md-typeset table')].every(one => one.closest('.md-typeset__scrollwrap'))"
    )
    assert page.evaluate(cut) == []


def test_search_works_from_disk(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    wrong = {}
    for question, answer in QUESTIONS.items():
        first = found(page, question)[:3]
        if not any(re.search(f"{answer}|howto/questions", name) for name in first):
            wrong[question] = first
    assert wrong == {}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("wscat wait for response", "wscat wait response"),
        ("How do I send a file", "send file"),
        ("what is in memory", "memory"),
    ],
)
def test_small_words_of_a_question_find_nothing(page: Page, site: Path, asked: str, meant: str) -> None:
    page.goto((site / "index.html").as_uri())
    assert found(page, asked) == found(page, meant)


#: Whether all code that scrolls can have the focus: the theme sees to it a moment after a page has another width.
_SCROLLS: Final = """() => [...document.querySelectorAll("pre > code")]
    .every(code => code.tabIndex === 0 || code.scrollWidth <= code.clientWidth)"""


#: What axe-core looks at that is about colours.
_COLOURS: Final = ["color-contrast", "link-in-text-block"]


@pytest.mark.peer("front-end")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, site: Path, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    # A page in the dark differs in its colours only.
    options = {"resultTypes": ["violations"]} | ({"runOnly": _COLOURS} if scheme == "dark" else {})
    axe, wrong = (FRONT_END.node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8"), []
    for name in LOOKED_AT:
        page.goto((site / name).as_uri())
        page.wait_for_selector("[data-md-color-scheme]")
        page.evaluate(axe)
        for width in (1400, 400):
            page.set_viewport_size({"width": width, "height": 1000})
            page.wait_for_function(_SCROLLS)
            found = page.evaluate("options => axe.run(options)", options)
            wrong += [
                f"{name} {scheme} {width}: {one['id']}: {node['html'][:160]}: {node['failureSummary'][:200]}"
                for one in found["violations"]
                for node in one["nodes"]
            ]
            wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                wrong.append(f"{name} {scheme} {width}: {wide} px wider than the window")
            keep(page.screenshot, f"docs-{name.replace('/', '-').removesuffix('.html')}-{scheme}-{width}")
    assert wrong == []


def test_the_index_is_all_there_is(site: Path) -> None:
    docs = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    assert {entry["location"].partition("#")[0] for entry in docs} == {
        path.relative_to(site).as_posix() for path in site.rglob("*.html") if path.name != "404.html"
    }
