"""The notebooks run from top to bottom, each in a clean kernel; what is saved of them is safe to show, and is what they put out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.lab.notebooks import METADATA, NOTEBOOKS, cleaned, comparable, execute, kinds, peers_of, problems, written

#: Each with the marks of the third-party programs that it needs.
EACH = [
    pytest.param(path, id=path.stem, marks=[pytest.mark.peer(name) for name in peers_of(path)]) for path in NOTEBOOKS
]


@pytest.mark.parametrize("path", EACH)
def test_it_runs_from_top_to_bottom_and_is_saved_as_it_runs(path: Path, tmp_path: Path) -> None:
    run = cleaned(execute(path, tmp_path))
    for cell in run.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", f"{cell.source}\nwrote to stderr: {output.text}"
            if output.output_type == "error":
                assert "raises-exception" in cell.metadata.get("tags", [])
    saved = nbformat.read(path, as_version=4)
    assert kinds(saved) == kinds(run), f"run: python -m tests.lab.notebooks {path.stem[:2]}"
    assert problems(run) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_what_is_saved_is_safe_to_show(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert problems(notebook) == []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1)), "saved after Run All"
    assert path.read_text(encoding="utf-8") == written(cleaned(notebook)), "saved by tests.lab.notebooks"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_it_begins_with_a_title_and_a_sentence(path: Path) -> None:
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    title, empty, text = first.source.split("\n")[:3]
    assert title.startswith("# ")
    assert empty == ""
    assert text[0].isalnum() or text[0] in "`*%", text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_its_links_lead_to_notebooks_beside_it(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source if cell.cell_type == "markdown" else ""):
            assert "://" in link or (path.parent / link).exists(), link


def in_source(text: str) -> Any:
    return new_notebook(metadata=METADATA, cells=[new_code_cell(text)])


def in_markdown(text: str) -> Any:
    return new_notebook(metadata=METADATA, cells=[new_markdown_cell(text)])


def in_stream(text: str) -> Any:
    return new_notebook(metadata=METADATA, cells=[new_code_cell("1", outputs=[new_output("stream", text=text)])])


def in_html(text: str) -> Any:
    shown = new_output("display_data", data={"text/html": f"<td>{text}</td>", "text/plain": "a table"})
    return new_notebook(metadata=METADATA, cells=[new_code_cell("1", outputs=[shown])])


def in_error(text: str) -> Any:
    failed = new_output("error", ename="Error", evalue="no", traceback=["\x1b[31m", f'"{text}"'])
    return new_notebook(metadata=METADATA, cells=[new_code_cell("1", outputs=[failed])])


PLACES = [in_source, in_markdown, in_stream, in_html, in_error]

PLANTED = [
    "/home/ann/feeds/a.db",
    "/root/.ipython/profile",
    "/tmp/tmpabc123/feed.har",
    "/Users/ann/notebooks",
    "/usr/lib/python3.12/ssl.py",
    "/var/folders/x1/T/a.pem",
    "/workspace/kontena/api.py",
    r"C:\Users\ann\feed.db",
    "wss://stream.somebroker.com/ws",
    "ws://feed.somebroker.io",
    "https://user:pw@somebroker.dev/x",
    "http://10.1.2.3:8080/",
    "at 8.8.8.8, port 53",
    "ask api.somebroker.com for it",
    "//cdn.somebroker.net/a.js",
    "https://example.com.somebroker.eu/",
    "wss://v1.kernel.websocket.jupyter.org/",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "ghp_0123456789abcdefABCDEF0123456789",
    "sk-proj-abcdefghijklmnop1234",
    "AKIAIOSFODNN7EXAMPLE",
    "Authorization: Bearer abcdef123456",
    "Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==",
    "-----BEGIN EC PRIVATE KEY-----",
    "ws://127.0.0.1:8080/?token=abc123def456",
    "{'password': 'correct horse'}",
    "{'api_key': 'f00ba4'}",
    "the key is 9f86d081884c7d659a2feaa0c55ad015",
    "session=Zm9vYmFyYmF6cXV4MTIzNDU2",
    "x-custom: pqia91ma19a5s61cv6a81va65sdf19v8",
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("text", PLANTED)
def test_what_is_planted_is_found(text: str, place: Callable[[str], Any]) -> None:
    assert problems(place(text))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_what_names_this_machine_is_found(place: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "annslaptop")
    monkeypatch.setattr("getpass.getuser", lambda: "annabel")
    monkeypatch.setenv("FEED_TOKEN", "tok, 1234")
    monkeypatch.setattr("sys.prefix", "/somewhere/venv")
    for text in ("on annslaptop", "by annabel", "it was tok, 1234", "in /somewhere/venv/bin", str(Path(__file__))):
        assert problems(place(text)), text


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize(
    "text",
    [
        "ws://127.0.0.1:40227/ticker?rate=10",
        "wss://localhost:8765, wss://[::1]:8765/",
        "%ws_connect wss://feed.example/v1?token=***",
        "https://www.example.com/ and lab.test:8443 and 192.0.2.7",
        "Authorization: Bearer ***",
        "socket.io, df.info(), a/b/c, 1.2.3, 2.23.140.1.2.1",
        "feeds/capture=20260131T120000-0badcafe/part-000000.parquet",
        "sha256/nEXdtvpjms5JIvdFmlUuzqG/Jt+BQbAA2HtWbF0ifVk=, 5C:BE:08:A1:D9:E5:C0:93",
        "/regex/i $.path /v1/trades",
        '{"type": "trade", "key": "a"}, {{env:FEED_TOKEN}}, token=…',
        "the subprotocol v1.kernel.websocket.jupyter.org.",
    ],
)
def test_what_is_nobodys_is_left_alone(text: str, place: Callable[[str], Any]) -> None:
    assert problems(place(text)) == []


def test_a_secret_that_is_made_up_may_be_typed_but_not_shown() -> None:
    assert problems(in_source("token = 'made-up-0123'")) == []
    assert problems(in_source("ws.send_json({'token': 'made-up-0123'})")) == []
    assert problems(in_stream("sent made-up-0123"))


def test_a_link_for_people_is_only_text() -> None:
    link = "(https://www.rfc-editor.org/rfc/rfc6455#section-7.4)"
    assert problems(in_markdown(f"see [RFC 6455]{link}")) == []
    assert problems(in_markdown(f"![RFC 6455]{link}"))
    assert problems(in_source(f"open{link}"))
    assert problems(in_markdown("see [them](https://www.somebroker.com/)"))


def test_states_of_a_run_are_found() -> None:
    notebook = in_source("1")
    notebook.cells[0].metadata["execution"] = {"iopub.execute_input": "2026-01-31T12:00:00Z"}
    assert problems(notebook)
    notebook = in_source("1")
    notebook.metadata["widgets"] = {}
    assert problems(notebook)
    view = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})
    assert problems(new_notebook(metadata=METADATA, cells=[new_code_cell("1", outputs=[view])]))
    assert problems(new_notebook(metadata=METADATA, cells=[new_code_cell("1")])) == []


def test_saving_keeps_only_what_is_shown_without_a_kernel() -> None:
    table = f'<div class="kws-saved-{"0123456789abcdef" * 2}">rows</div>'
    notebook = in_html(table)
    view = new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})
    notebook.cells[0].outputs.insert(0, view)
    notebook.cells[0].metadata = nbformat.from_dict({"execution": {}, "tags": ["raises-exception"]})
    notebook.metadata["widgets"] = {}
    kept = cleaned(notebook)
    assert problems(kept) == []
    assert kept.cells[0].outputs[0].data["text/html"] == '<td><div class="kws-saved-1">rows</div></td>'
    assert kept.cells[0].metadata == {"tags": ["raises-exception"]}


def test_only_times_ports_numbers_and_keys_may_differ() -> None:
    def of(text: str) -> Any:
        return comparable(in_stream(text))

    def in_html_of(text: str) -> Any:
        return comparable(in_html(text))

    assert of("12:00:01.123 ws://127.0.0.1:4001/ in 14 ms") == of("13:10:59.001 ws://127.0.0.1:51234/ in 1.2 s")
    assert of("pin sha256/" + "A" * 43 + "= ab:" + ":".join(["CD"] * 9)) == of(
        "pin sha256/" + "b" * 43 + "= ef:" + ":".join(["01"] * 9)
    )
    assert of("1  a") == of("1000 a")
    assert of('open sid "0VuxMMTjxEpi"') == of('open sid "c6mlAw93p_BU"')
    assert in_html_of("00 ab 12 9f e0 11 22 33  ····") == in_html_of("00 ab 12 9f e0 11 22 44  a···")
    assert of("closed") != of("open")
    assert of("a\n") != of("a\nb\n")
    assert comparable(in_source("1")) != comparable(in_source("2"))
