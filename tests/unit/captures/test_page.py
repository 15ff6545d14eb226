"""A capture as one HTML page. How it looks and works in a browser is tested in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.captures import page
from kontena_ws_nb.captures.formats import PARQUET
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import SECRETS, every_kind, log_of, record, row

HOSTILE = '</script><img src=x onerror=alert(1)><!--\u2028 & "quoted"'


def written(tmp_path: Path, *sessions: SessionRows) -> tuple[str, Any]:
    with (tmp_path / "a.parquet").open("wb") as file:
        PARQUET.write(file, sessions, Saving(True))  # type: ignore[misc]
    saved = kws.load(tmp_path / "a.parquet").to_html(tmp_path / "a.html")
    return (tmp_path / "a.html").read_text("utf-8"), saved


def data(text: str) -> Any:
    return json.loads(text[text.index('id="data">') + len('id="data">') : text.rindex("</script><script>")])


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_every_row_is_in_the_page(tmp_path: Path) -> None:
    text, saved = written(tmp_path, SessionRows(record(), log_of(every_kind())))
    rows = data(text)["rows"]
    assert [one[4] for one in rows] == [one["kind"] for one in every_kind()]
    assert rows[1][:9] == [1, "2023-11-14T22:13:20.123456790Z", 0, True, "text", 14, '{"s":"é\n\u2028"}', False, ""]
    assert rows[3][6:8] == [base64.b64encode(b"\xff not UTF-8").decode(), True]
    assert rows[6][9] is True
    assert (saved.messages, saved.lost, saved.format) == (17, (), "HTML page")
    assert "Handshake and certificate of feed, connection 1" in text


def test_several_sessions_are_merged(tmp_path: Path) -> None:
    text, _ = written(
        tmp_path,
        SessionRows(record("one"), log_of([row("text", b"a", 0), row("text", b"c", 2)])),
        *(SessionRows(record(f"s{number}"), log_of([row("text", b"b", 1)])) for number in range(4)),
    )
    said = data(text)
    assert said["names"] == ["one", "s0", "s1", "s2", "s3"]
    assert [one[6] for one in said["rows"]] == ["a", "b", "b", "b", "b", "c"]
    assert "<span>Session</span>" in text


def test_nothing_but_its_own_script_may_run_and_nothing_is_fetched(tmp_path: Path) -> None:
    hostile = log_of([row("text", HOSTILE.encode(), 0), row("error", HOSTILE.encode(), 1)])
    text, _ = written(tmp_path, SessionRows(record(HOSTILE), hostile))
    tags = Tags()
    tags.feed(text)
    assert {tag for tag, _ in tags.found} <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "div", "input", "span", "p", "noscript"),
        *("main", "button", "dl", "dt", "dd", "code"),
        *("details", "summary", "pre", "script"),
    }
    attributes = {name for _, found in tags.found for name in found}
    assert not attributes & {"src", "href", "style", "action", "srcdoc"}
    assert not [name for name in attributes if name.startswith("on")]
    policy = next(found["content"] for tag, found in tags.found if "http-equiv" in found)
    script = text[text.rindex("<script>") + 8 : text.rindex("</script>")]
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    for name, content in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'; ")
    assert data(text)["rows"][0][6] == HOSTILE
    assert "http://" not in script
    assert "https://" not in script


def test_secrets_are_masked(tmp_path: Path) -> None:
    echo = log_of([row("text", b"you sent b34r3r-b34r3r", 0)])
    kws.secret("b34r3r-b34r3r")
    text, _ = written(tmp_path, SessionRows(record(), echo))
    assert [secret for secret in SECRETS if secret in text] == []
    assert data(text)["rows"][0][6] == "you sent ***"


def test_what_a_page_should_not_have_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "PAYLOAD", 5000)
    large = [row("text", "é".encode() * 5000, 0), row("binary", bytes(6000), 1)]
    text, saved = written(tmp_path, SessionRows(record(), log_of(large)))
    (one, other), _ = data(text)["rows"], None
    assert (len(one[6]), one[5], one[9], len(base64.b64decode(other[6]))) == (2500, 10_000, True, 5000)
    assert saved.lost == ("what payloads have beyond 4 KiB (2)",)
    monkeypatch.setattr(page, "ROWS", 3)
    text, saved = written(tmp_path, SessionRows(record(), log_of(every_kind())))
    assert (len(data(text)["rows"]), saved.messages) == (3, 3)
    assert saved.lost == ("messages beyond what a page should have (14)",)
    monkeypatch.setattr(page, "PAYLOADS", 10)
    text, saved = written(tmp_path, SessionRows(record(), log_of(every_kind())))
    assert len(data(text)["rows"]) == 1


def test_what_is_known_of_connections(tmp_path: Path) -> None:
    known = record().connections[0]
    for one, expected in (
        (replace(known, certificate=None), ["Handshake", "GET /feed"]),
        (replace(known, handshake=None), ["not parsed", "Certificate", ""]),
        (replace(known, certificate=None, handshake=None), []),
    ):
        text, _ = written(tmp_path, SessionRows(replace(record(), connections=(one,)), log_of([])))
        assert text.count("<pre>") == (1 if expected else 0)


def test_labels_of_decoders_are_in_the_page(tmp_path: Path) -> None:
    listed = [row("text", b'42["chat","hi"]', 0), row("binary", b"\x81\xa1a\x01", 1)]
    kws.save({"feed": log_of(listed)}, tmp_path / "a.jsonl")
    capture = kws.load(tmp_path / "a.jsonl")
    capture.messages.meanings.choose("socket.io")
    capture.to_html(tmp_path / "a.html")
    assert data((tmp_path / "a.html").read_text("utf-8"))["rows"][0][8].startswith("EVENT chat")
    capture.messages.meanings.choose("msgpack")
    capture.to_html(tmp_path / "a.html")
    assert data((tmp_path / "a.html").read_text("utf-8"))["rows"][1][8] == '{"a": 1}'


def test_bookmarks_are_in_the_page_and_masked(tmp_path: Path) -> None:
    log = log_of([row("text", b"a", 0), row("text", b"b", 1), row("text", b"c", 2, connection=2)])
    kws.secret("hunter2-hunter2")
    log.bookmarks.add(1, "why hunter2-hunter2?")
    kws.save({"feed": log}, tmp_path / "a.jsonl")
    saved = kws.load(tmp_path / "a.jsonl").to_html(tmp_path / "a.html")
    rows = data((tmp_path / "a.html").read_text("utf-8"))["rows"]
    assert [one[10:12] for one in rows] == [[None, 0], ["why ***?", 0], [None, 1]]
    assert saved.lost == ()
