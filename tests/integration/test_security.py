"""For each sentence in the section Security of ``notebooks/docs/pages/explain/security.md``, the test that shows it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.metadata import distribution
from pathlib import Path

import pytest

from kontena_ws_nb.display.table import MAX_ROWS
from kontena_ws_nb.feed.comm_messages import TAIL
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.panel import Panel
from tests.lab.kernel import Kernel, started
from tests.lab.named_tests import missing

ROOT = Path(__file__).resolve().parents[2]
HERE = "tests/integration/test_security.py"

#: Sentence → tests, as ``file::function``.
TESTS: dict[str, list[str]] = {
    "Each sentence names its test in `tests/integration/test_security.py`.": [
        f"{HERE}::test_every_sentence_has_its_test"
    ],
    "The kernel connects to the host of the URL, or to its proxy, and to nothing else of its own accord.": [
        f"{HERE}::test_only_the_urls_host_is_connected_to",
        "tests/unit/transport/test_proxy.py::test_http_connect",
    ],
    (
        'A redirect is followed to where the server says, at most `redirects` times, from `wss` to `ws` only with `redirects="insecure"`, and never '
        "into a unix socket or from outside to this machine."
    ): [
        "tests/unit/connection/test_opening.py::test_redirects_are_followed",
        "tests/unit/connection/test_opening.py::test_redirects_that_are_not_followed",
        "tests/unit/connection/test_opening.py::test_wss_does_not_redirect_to_ws",
        "tests/unit/connection/test_opening.py::test_wss_redirects_to_ws_when_asked",
        "tests/unit/connection/test_opening.py::test_redirects_to_nowhere",
        "tests/unit/connection/test_opening.py::test_nobody_outside_redirects_to_this_machine",
    ],
    "Where it leads to another origin, only headers and subprotocols known to be harmless travel, and what stayed behind does not come back.": [
        "tests/unit/connection/test_opening.py::test_what_identifies_us_stays_with_its_origin",
        "tests/unit/connection/test_opening.py::test_what_is_harmless_travels_to_another_origin",
        "tests/unit/connection/test_opening.py::test_coming_back_home_brings_no_credentials_back",
        "tests/unit/connection/test_opening.py::test_client_certificates_do_not_follow_redirects_to_another_origin",
    ],
    "Names are looked up by the system, or by the proxy with `socks4a` and `socks5h`.": [
        "tests/unit/transport/test_proxy.py::test_socks4a",
        "tests/unit/transport/test_proxy.py::test_socks5h",
        "tests/unit/transport/test_dns.py::test_a_name_that_does_not_resolve",
    ],
    "The panel's page loads its script and styles from the kernel and asks no other server for anything.": [
        f"{HERE}::test_the_page_asks_nobody",
    ],
    "Messages live in the kernel's memory, up to `max_bytes` a session, and with `record=` in the file you name.": [
        f"{HERE}::test_only_the_urls_host_is_connected_to",
        "tests/unit/recording/test_recorder.py::test_rows_are_recorded_as_they_come",
        "tests/unit/log/test_log.py::test_stress",
    ],
    "Files are written when you ask for one, replace the old one only when they are whole, and hold what the filter shows.": [
        f"{HERE}::test_only_the_urls_host_is_connected_to",
        "tests/unit/system/test_whole_file.py::test_a_full_disk_leaves_the_old_export",
        "tests/unit/panel/test_panel.py::test_export_to_a_file",
    ],
    "A PKCS#12 client certificate is a temporary file for a moment, encrypted with a passphrase that nobody knows.": [
        "tests/unit/tls/test_client_certificate.py::test_nothing_stays_on_disk",
    ],
    "A saved notebook keeps what its cells displayed: tables of the last 20 rows, and of a panel the last 60.": [
        f"{HERE}::test_what_a_notebook_keeps",
        "tests/unit/panel/test_panel.py::test_what_a_saved_notebook_holds",
    ],
    "Secrets are masked, as said above, in displays, errors, log lines, saved notebooks and exported files.": [
        "tests/unit/redaction/test_secrets.py::test_messages_and_tables",
        "tests/unit/redaction/test_secrets.py::test_the_nearest_misses",
        "tests/unit/redaction/test_secrets.py::test_the_logger",
        "tests/unit/redaction/test_secrets.py::test_files",
        "tests/unit/panel/test_panel.py::test_a_saved_page_forgets_a_secret_that_was_told_later",
    ],
    "An error names a value that cannot work by its kind and size.": [
        "tests/unit/redaction/test_invalid.py::test_urls",
        "tests/unit/redaction/test_invalid.py::test_options",
    ],
    "They are not masked in what Python reads: whoever runs code in the kernel has them.": [
        "tests/unit/redaction/test_secrets.py::test_python_gets_what_was_received",
    ],
    "**A hostile server** can fill its log and make you read what it likes, but no more.": [
        "tests/unit/log/test_log.py::test_stress",
        "tests/browser/test_hostile.py::test_what_a_server_sends_through_a_socket",
    ],
    "What it sends is text to the page, never script or markup, and printable in a terminal, an error and a log line.": [
        "tests/unit/test_errors.py::test_whatever_a_server_writes_is_printable",
        "tests/unit/connection/test_logger.py::test_every_line_is_printable_and_bounded",
        "tests/browser/test_hostile.py::test_what_a_server_sends_through_a_socket",
        "tests/unit/display/test_html.py::test_text_stays_text",
    ],
    (
        "What it sends cannot stop the page or the kernel: messages above `max_size` end the connection, compressed ones too; of its pings the latest is "
        "answered; a pattern of a filter is stopped after a second of processor time a message; tables of JSON have a bounded number of columns."
    ): [
        "tests/browser/test_hostile.py::test_what_a_server_sends_through_a_socket",
        "tests/unit/protocol/test_frames.py::test_max_size_counts_all_fragments",
        "tests/unit/protocol/test_frames.py::test_max_size_of_compressed_messages",
        "tests/unit/connection/test_connection.py::test_a_server_that_pings_and_never_reads_makes_us_keep_one_pong",
        "tests/unit/protocol/test_permessage_deflate.py::test_a_bomb_costs_no_more_than_the_limit",
        "tests/unit/log/filter/test_patterns.py::test_a_pattern_ends_and_nobody_waits_for_it",
        "tests/unit/log/test_json_columns.py::test_sparse_columns_are_bounded",
        "tests/unit/log/test_json_columns.py::test_time_grows_with_what_there_is",
    ],
    "No cell of an exported CSV begins like a formula.": [
        "tests/unit/log/test_export.py::test_no_cell_begins_like_a_formula_and_each_comes_back",
        "tests/unit/log/test_export.py::test_base64_is_no_formula_and_comes_back",
    ],
    (
        "**A hostile file** that `kws.load` opens is read within bounds of size, number and depth, and runs nothing; what is shown of it is treated "
        "like what a server sends."
    ): [
        "tests/unit/captures/test_fuzz.py::test_damaged_files",
        "tests/unit/captures/test_fuzz.py::test_damaged_zips",
        "tests/unit/captures/test_fuzz.py::test_damaged_recordings",
        "tests/unit/captures/test_files.py::test_there_is_a_most_of_everything",
        "tests/unit/captures/test_page.py::test_nothing_but_its_own_script_may_run_and_nothing_is_fetched",
    ],
    "A capture is replayed on loopback only, unless `host=` says otherwise.": [
        "tests/unit/playback/test_server.py::test_connections_in_turn_and_by_path",
        "tests/unit/playback/test_server.py::test_it_listens_on_loopback",
    ],
    "**A hostile notebook** does nothing in the kernel until you run a cell: the package starts with no kernel and no server.": [
        f"{HERE}::test_the_package_starts_with_nothing",
    ],
    "What this package leaves in a notebook to be read without trust is a table without script, links or forms.": [
        f"{HERE}::test_what_is_read_without_trust",
    ],
    "Run, it can do all that you can.": [f"{HERE}::test_whoever_talks_to_the_kernel_runs_code"],
    (
        "**A hostile page** (another tab, an extension, another reader) can do through the panel what you can: read what is "
        "shown, masked, filter, bookmark, plot, send, schedule, close, reconnect, clear, export, keep messages, decode, and show other sessions."
    ): [f"{HERE}::test_what_a_page_can_ask"],
    "Only where it runs cells anyway (not in Voilà or a marimo app) may it evaluate `{{expressions}}` and name a file: `panel.trusts_page`.": [
        "tests/unit/panel/test_trust.py::test_where_a_page_runs_code",
        "tests/unit/panel/test_handlers.py::test_where_a_page_runs_no_code_a_template_does_not_either",
    ],
    "Otherwise it gets no secret, opens no file and connects to nothing but a session's own URL.": [
        f"{HERE}::test_no_request_reaches_beyond_the_session",
        "tests/browser/test_secrets.py::test_a_page_that_knows_no_secret",
        "tests/unit/panel/test_handlers.py::test_a_message_is_edited_without_its_secrets",
    ],
    "Requests that make no sense are answered with an error and change nothing.": [
        "tests/unit/panel/test_handlers.py::test_a_page_that_talks_nonsense_is_told",
        f"{HERE}::test_no_request_reaches_beyond_the_session",
    ],
    "Jupyter also lets it run code in the kernel, which is more than all of this.": [
        f"{HERE}::test_whoever_talks_to_the_kernel_runs_code"
    ],
}


def sentences() -> list[str]:
    text = (ROOT / "notebooks" / "docs" / "pages" / "explain" / "security.md").read_text("utf-8")
    section = text[text.index("## Security\n") + len("## Security\n") :].partition("\n## ")[0]
    paragraphs = [" ".join(paragraph.split()) for paragraph in section.split("\n\n")]
    # "**What is stored.**" is a heading.
    return [
        one
        for paragraph in paragraphs
        for one in re.split(r"(?<=\.)\s+", re.sub(r"^\*\*[^*]*\.\*\* ", "", paragraph))
        if one
    ]


def test_every_sentence_has_its_test() -> None:
    assert sentences() == list(TESTS)
    assert missing(test for named in TESTS.values() for test in named) == []


def test_it_is_one_screen() -> None:
    assert sum(map(len, sentences())) < 3000


#: Connects, talks and shows everything with an ear at the interpreter: what is connected to, looked up, written or
#: started.
EAR = """
import json, os, sys, threading
from websockets.sync.server import serve
server = serve(lambda socket: [socket.send(m) for m in socket], "127.0.0.1", 0)
threading.Thread(target=server.serve_forever, daemon=True).start()
heard = []
def hear(event, args):
    if event in ("socket.connect", "socket.sendto"):
        heard.append([event, str(args[1])])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen", "os.system", "os.remove", "os.rename", "os.mkdir"):
        heard.append([event, str(args[0])])
    elif event == "open" and isinstance(args[0], str) and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        heard.append([event, args[0]])
sys.dont_write_bytecode = True
sys.addaudithook(hear)
import kontena_ws_nb as kws
url = "ws://127.0.0.1:%d" % server.socket.getsockname()[1]
ws = kws.connect(url)
ws.send('{"a": 1}')
ws.expect("a")
ws.panel.filter = "/a/"
repr(ws), ws._repr_mimebundle_(), ws.panel._repr_mimebundle_(), ws.messages._repr_mimebundle_(), ws.messages[-1]._repr_mimebundle_()
ws.messages.to_records(json=True), ws.stats, ws.handshake, ws.certificate
ws.reconnect()
ws.close()
before = list(heard)
ws.panel.export(os.path.join(sys.argv[1], "x.csv"))
print(json.dumps([url, before, heard[len(before):]]))
"""


def test_only_the_urls_host_is_connected_to(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EAR, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    url, before, after = json.loads(done.stdout.splitlines()[-1])
    port = url.rpartition(":")[2]
    connected = [what for what in before if what != ["open", "/dev/null"]]
    assert set(map(tuple, connected)) == {
        ("socket.connect", f"('127.0.0.1', {port})"),
        ("socket.getaddrinfo", "127.0.0.1"),
    }
    assert [event for event, _ in connected].count("socket.connect") == 2  # connect, reconnect
    assert {name for _, name in after if not name.startswith(str(tmp_path))} == set()
    assert [event for event, _ in after] == ["open", "os.rename"]


def test_the_page_asks_nobody() -> None:
    static = ROOT / "kontena_ws_nb" / "panel" / "static"
    script, styles = (static / "panel.js").read_text("utf-8"), (static / "panel.css").read_text("utf-8")
    asking = r"XMLHttpRequest|WebSocket\(|EventSource|sendBeacon|\bimport\(|^import\b|new Function|\beval\(|\.src\s*="
    assert re.findall(asking, script, re.MULTILINE) == []
    assert re.findall(r"(?:window|globalThis|self)\.fetch", script) == []
    # Its own functions of that name apart: methods of the grid, the view and the bookmarks, and a parameter of the long text.
    assert set(re.findall(r"(?<![.\w])fetch\(([^)]*)\)", script)) <= {"key, offset", "missing", "page, pages", "state"}
    assert set(re.findall(r"https?://[\w.]+", script)) == {"http://www.w3.org"}  # the name of SVG
    assert re.findall(r"url\((?!['\"]?data:)|@import|https?:", styles) == []


def log_of(*payloads: str) -> MessageLog:
    log = MessageLog()
    for payload in payloads:
        log.add("text", payload.encode())
    return log


def test_what_a_notebook_keeps() -> None:
    panel = Panel(log_of(*[f"message {n}" for n in range(100)]))
    data, _ = panel._repr_mimebundle_()
    assert (MAX_ROWS, TAIL) == (20, 60)
    assert data["text/html"].count("message ") == data["text/plain"].count("message ") == 20
    assert [row[5] for row in panel._snapshot["rows"]] == [f"message {n}" for n in range(40, 100)]
    panel.close()


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


def test_what_is_read_without_trust() -> None:
    hostile = [
        "<script>x</script>",
        '"><img src=x onerror=x>',
        "</td><a href=javascript:x>",
        "<form action=x><input>",
        "]]><svg onload=x>",
    ]
    log = log_of(*hostile)
    panel = Panel(log)
    for html in (
        panel._repr_mimebundle_()[0]["text/html"],
        log._repr_mimebundle_()["text/html"],
        log[:]._repr_mimebundle_()["text/html"],
    ):
        assert Tags(html).found <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "style", "class"}
        assert "<style" not in html
    panel.close()


def test_the_package_starts_with_nothing() -> None:
    entries = distribution("kontena_ws_nb").entry_points
    assert [(entry.group, entry.name) for entry in entries] == [("console_scripts", "kontena-ws")]
    # Nothing goes into the folders from which Jupyter and IPython start what they find.
    assert not re.search("shared-data|data-files|jupyter_server_config", (ROOT / "pyproject.toml").read_text("utf-8"))


def test_what_a_page_can_ask() -> None:
    panel = Panel(log_of("x"))
    looking = {
        "hello",
        "bye",
        "back",
        "poll",
        "ack",
        "select",
        "follow",
        "fold",
        "columns",
        "highlights",
        "decode",
        "rows",
        "locate",
        "find",
        "seek",
        "found",
        "advise",
        "complete",
        "like",
        "lines",
        "frame",
        "marks",
        "overview",
        "brush",
        "plot",
        "unplot",
        "points",
        "nearest",
        "pairs",
        "schedules",
        "library",
        "detail",
        "level",
        "sessions",
        "statistics",
        "handshake",
        "certificate",
    }
    assert set(panel._handlers._requests) == looking | {
        "heartbeat",
        "filter",
        "send",
        "resend",
        "draft",
        "close",
        "reconnect",
        "clear",
        "undo",
        "bookmark",
        "schedule",
        "unschedule",
        "keep",
        "export",
        "show",
        "fill",
        "library_file",
    }
    panel.close()


def test_no_request_reaches_beyond_the_session() -> None:
    # A process of its own: a hook cannot be taken out again, and threads that begin meanwhile trip over it (CPython 3.11).
    told = subprocess.run(
        [sys.executable, "-m", "tests.lab.forged_requests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    heard, rows, errors = json.loads(told.stdout)
    assert (heard, rows) == ([], 50)
    assert errors > 1000


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as (_, one):
        yield one


def test_whoever_talks_to_the_kernel_runs_code(kernel: Kernel) -> None:
    assert kernel.run("import os; print(os.getpid() > 0)")["stdout"] == "True\n"
