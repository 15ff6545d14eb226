"""HAR, as four tools write it and as we do."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import kontena_ws_nb as kws
from kontena_ws_nb.captures.saving import Saving, SessionRows
from tests.unit.captures.capture_lab import (
    SECRETS,
    Row,
    every_kind,
    handshake,
    log_of,
    record,
    row,
    rows,
    seen,
    there_and_back,
)

SECONDS = 1_700_000_000.25


def entry(**fields: Any) -> dict[str, Any]:
    """An entry of Chrome's shape: names in the order of the alphabet, the URL after the messages."""
    return {
        "_resourceType": "websocket",
        "_webSocketMessages": [
            {"type": "send", "time": SECONDS, "opcode": 1, "data": "hé"},
            {"type": "receive", "time": SECONDS + 1, "opcode": 2, "data": "AP8="},
            {"type": "error", "time": SECONDS + 2, "opcode": -1, "data": "lost"},
        ],
        "request": {
            "method": "GET",
            "url": "wss://feed.example/feed?token=t0ken-t0ken-t0ken",
            "headers": [{"name": "Host", "value": "feed.example"}, {"name": ":path", "value": "/feed"}],
        },
        "response": {
            "status": 101,
            "statusText": "Switching Protocols",
            "headers": [{"name": "Sec-WebSocket-Protocol", "value": "chat"}],
            "content": {},
        },
        "serverIPAddress": "192.0.2.1",
        "startedDateTime": "2023-11-14T22:13:19.500Z",
        "timings": {"connect": 250, "ssl": -1, "wait": None},
        **fields,
    }


def har(*entries: dict[str, Any]) -> str:
    return json.dumps(
        {"comment": "x", "log": {"version": "1.2", "creator": {"name": "x"}, "pages": [], "entries": list(entries)}}
    )


def load(path: Path, *entries: dict[str, Any]) -> kws.Capture:
    path.write_text(har(*entries), "utf-8")
    return kws.load(path)


def test_chrome(tmp_path: Path) -> None:
    capture = load(
        tmp_path / "a.har", entry(), {"request": {"url": "https://feed.example/"}, "response": {"status": 200}}
    )
    assert list(capture.sessions) == ["feed.example"]
    assert [(one.kind, one.direction, one.payload, one.time_ns) for one in capture.messages] == [
        ("text", "sent", "hé".encode(), 1_700_000_000_250_000_000),
        ("binary", "received", b"\x00\xff", 1_700_000_001_250_000_000),
        ("error", "received", b"lost", 1_700_000_002_250_000_000),
    ]
    assert capture.handshake is not None
    assert capture.handshake.subprotocol == "chat"
    assert capture.handshake.request == b"GET /feed?token=t0ken-t0ken-t0ken HTTP/1.1\r\nHost: feed.example\r\n\r\n"
    assert capture.handshake.timings == {"tcp": 0.25}
    assert capture.handshake.address == ("192.0.2.1", 0)
    assert capture.url == "wss://feed.example/feed?token=***"
    assert capture.problems == ()


def test_playwright_has_milliseconds_or_no_times(tmp_path: Path) -> None:
    messages = [{"type": "receive", "time": 1700000000250.5, "opcode": 1, "data": "a"}]
    assert load(tmp_path / "a.har", entry(_webSocketMessages=messages)).messages[0].time_ns == 1700000000250500000
    messages[0]["time"] = -1
    said = {"startedDateTime": "2023-11-14T22:13:19.500Z", **entry(_webSocketMessages=messages)}
    assert load(tmp_path / "b.har", said).messages[0].time_ns == 1699999999500000000


def test_playwright_attaches_messages_beside_the_har_or_in_a_zip(tmp_path: Path) -> None:
    said = entry()
    lines = "".join(json.dumps(one) + "\n" for one in said.pop("_webSocketMessages"))
    said["response"]["content"]["_file"] = "abc.jsonl"
    missing = load(tmp_path / "a.har", said)
    assert len(missing.messages) == 0
    assert missing.problems[0].startswith("its messages are in a file of their own that is not there")
    (tmp_path / "abc.jsonl").write_text(lines + "half", "utf-8")
    beside = load(tmp_path / "a.har", said)
    assert [one.kind for one in beside.messages] == ["text", "binary", "error"]
    assert beside.problems == ("a line of the file with its messages is no JSON",)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("har.har", har(said))
        archive.writestr("abc.jsonl", lines)
    assert seen(kws.load(tmp_path / "a.zip").messages) == seen(beside.messages)
    (tmp_path / "lines").write_text(lines + "half", "utf-8")
    alone = kws.load(tmp_path / "lines")
    assert (alone.format, seen(alone.messages)) == ("Playwright messages", seen(beside.messages))
    assert alone.problems == ("line 4 is no JSON",)


def test_a_har_names_no_file_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"type":"send","time":1,"opcode":1,"data":"not yours"}\n')
    (tmp_path / "folder").mkdir()
    said = entry()
    del said["_webSocketMessages"]
    for name in ("../secret.jsonl", str(secret), "..", ""):
        said["response"]["content"]["_file"] = name
        assert len(load(tmp_path / "folder" / "a.har", said).messages) == 0


def test_a_member_of_a_zip_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.har", har(entry()))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # encrypted, in both of its heads
    data[6] |= 1
    path.write_bytes(data)
    with pytest.raises(kws.CaptureError, match="a zip without a HAR in it that can be read"):
        kws.load(path)
    said = entry()
    del said["_webSocketMessages"]
    said["response"]["content"]["_file"] = "missing.jsonl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.har", har(said))
    assert kws.load(path).problems[0].startswith("its messages are in a file of their own that is not there")


@pytest.mark.parametrize("members", [{}, {"other.txt": "x"}])
def test_a_zip_without_a_har(tmp_path: Path, members: dict[str, str]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("first.txt", "x")
        for name, text in members.items():
            archive.writestr(name, text)
    with pytest.raises(kws.CaptureError, match="a zip without a HAR"):
        kws.load(tmp_path / "a.zip")


def test_a_zip_that_is_damaged_or_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.har", har(entry(), *[entry(padding="x" * 1_000_000)] * 3))
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    with pytest.raises(kws.CaptureError, match="damaged zip"):
        kws.load(path)
    path.write_bytes(whole[:60] + bytes(200) + whole[260:])
    with pytest.raises(kws.CaptureError, match="damaged zip"):
        kws.load(path)
    path.write_bytes(whole)
    monkeypatch.setattr("kontena_ws_nb.captures.har._UNPACKED", 1 << 20)
    bomb = kws.load(path)
    assert bomb.problems == ("the rest cannot be read: it unpacks to more than 0 GiB",)
    assert len(bomb.messages) >= 3


@pytest.mark.parametrize(
    ("shut", "rows", "code"),
    [
        ({"code": 1001, "reason": "gone", "timestamp": SECONDS}, [("close", b"\x03\xe9gone")], 1001),
        ({"code": None}, [("close", b"")], 1005),
        ("aborted", [("error", b"the connection was aborted")], 1006),
        ({"code": 1006, "reason": ""}, [("error", b"the connection ended without a close frame (1006)")], 1006),
        (7, [], None),
    ],
)
def test_http_toolkit_says_how_it_ended(
    tmp_path: Path, shut: object, rows: list[tuple[str, bytes]], code: int | None
) -> None:
    capture = load(tmp_path / "a.har", entry(_webSocketClose=shut, _webSocketMessages=[]))
    assert [(one.kind, one.payload) for one in capture.messages] == rows
    assert capture.close_code == code


def test_mitmproxy_has_the_url_of_the_request(tmp_path: Path) -> None:
    said = entry(startedDateTime="2023-11-14T22:13:19.500000+00:00")
    said["request"]["url"] = "https://feed.example:8443/feed"
    assert load(tmp_path / "a.har", said).url == "wss://feed.example:8443/feed"


def test_websockets_are_known_without_messages(tmp_path: Path) -> None:
    for fields in (
        {"response": {"status": 101}},
        {"request": {"url": "ws://a.example/"}},
        {"_webSocketClose": "aborted"},
    ):
        assert load(tmp_path / "a.har", fields).records[0].connections
    failed = load(tmp_path / "b.har", entry(_webSocketMessages=[], response={"_failureText": "net::ERR_FAILED"}))
    assert [one.text for one in failed.messages] == ["net::ERR_FAILED"]
    with pytest.raises(kws.CaptureError, match="it has 1 HTTP requests and no WebSocket"):
        load(tmp_path / "c.har", {"request": {"url": "https://a.example/"}})


@pytest.mark.parametrize(
    "message",
    [None, [], {"opcode": 2, "data": "é"}, {"opcode": 1}, {"type": "error", "data": 5}, {"opcode": 1, "data": None}],
)
def test_messages_that_are_none_are_told(tmp_path: Path, message: Any) -> None:
    capture = load(tmp_path / "a.har", entry(_webSocketMessages=[message, {"opcode": "x", "data": "text"}]))
    assert [one.text for one in capture.messages] == ["text"]
    assert capture.problems == ("message 1 of a WebSocket has no data, or data that is no base64",)


def test_an_error_is_known_by_its_opcode_too(tmp_path: Path) -> None:
    (message,) = load(tmp_path / "a.har", entry(_webSocketMessages=[{"opcode": -1, "data": "lost"}])).messages
    assert (message.kind, message.text) == ("error", "lost")


def test_half_a_har_has_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    whole = har(entry()).encode()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            capture = kws.load(path)
        except kws.CaptureError:
            assert end < whole.index(b'"_resourceType"') + 40
            continue
        count = whole[:end].count(b'"data": "') - (0 if whole[:end].endswith(b"}") else 1)
        assert 0 <= len(capture.messages) - min(count, 3) <= 1
        assert (capture.problems == ()) is (end == 0)


def test_every_kind_of_row_comes_back(tmp_path: Path) -> None:
    assert there_and_back(tmp_path / "a.har", every_kind()) == (every_kind(), ())


@settings(max_examples=60, deadline=None)
@given(listed=rows())
def test_rows_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row]) -> None:
    assert there_and_back(tmp_path_factory.getbasetemp() / "any.har", listed) == (listed, ())


def written(path: Path, *, secrets: bool) -> kws.Capture:
    from kontena_ws_nb.captures.har import write_har

    with path.open("wb") as file:
        write_har(file, [SessionRows(record(), log_of(every_kind()))], Saving(secrets))
    return kws.load(path)


def test_what_is_known_of_a_session_comes_back(tmp_path: Path) -> None:
    capture = written(tmp_path / "a.har", secrets=True)
    assert capture.handshake is not None
    assert (capture.handshake.request, capture.handshake.response) == (handshake().request, handshake().response)
    assert capture.handshake.timings == handshake().timings
    assert capture.certificate == record().connections[0].certificate
    assert capture.certificate is not None
    assert capture.certificate.chain == record().connections[0].certificate.chain  # type: ignore[union-attr]
    assert (capture.close_code, capture.close_reason) == (1000, "bye")
    first, second = capture.records[0].connections
    assert (first.opened_ns, first.closed_ns) == (record().connections[0].opened_ns, record().connections[0].closed_ns)
    assert (second.number, second.handshake) == (2, None)


def test_secrets_are_masked_in_heads_and_urls(tmp_path: Path) -> None:
    written(tmp_path / "a.har", secrets=False)
    text = (tmp_path / "a.har").read_text("utf-8")
    assert [secret for secret in SECRETS if secret in text] == []
    assert "Bearer ***" in text
    assert json.loads(text)["log"]["entries"][0]["request"]["queryString"][0] == {"name": "symbol", "value": "BTC"}


def test_what_is_masked_in_a_loaded_handshake_is_masked_in_its_payloads(tmp_path: Path) -> None:
    said = entry(_webSocketMessages=[{"type": "receive", "opcode": 1, "data": "you said 9f8e7d6c5b4a39281706"}])
    said["request"]["headers"].append({"name": "Cookie", "value": "session=9f8e7d6c5b4a39281706"})
    capture = load(tmp_path / "a.har", said)
    assert "9f8e7d6c5b4a39281706" not in repr(capture.messages[0])
    kws.save(capture, tmp_path / "b.har")
    assert "9f8e7d6c5b4a39281706" not in (tmp_path / "b.har").read_text()


def test_other_tools_see_only_what_they_know(tmp_path: Path) -> None:
    kws.save({"feed": log_of(every_kind())}, tmp_path / "a.har")
    entries = json.loads((tmp_path / "a.har").read_text("utf-8"))["log"]["entries"]
    messages = [one for said in entries for one in said["_webSocketMessages"]]
    assert {(one["type"], one["opcode"]) for one in messages} == {
        ("send", 1),
        ("send", 2),
        ("receive", 1),
        ("receive", 2),
        ("error", -1),
    }
    assert entries[0]["_webSocketClose"] == {"code": 1000, "reason": "bye", "timestamp": pytest.approx(1.7e9, rel=1e-3)}
    assert next(one["data"] for one in messages if one["opcode"] == 2) == base64.b64encode(bytes(range(256))).decode()


def test_an_error_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    saved = kws.save({"feed": log_of([row("error", b"\xff", 0)])}, tmp_path / "a.har")
    assert saved.lost == ("errors that are not UTF-8 (1)",)


def test_a_lost_connection_is_aborted(tmp_path: Path) -> None:
    from dataclasses import replace

    from kontena_ws_nb.captures.har import write_har
    from kontena_ws_nb.close import Close

    lost = replace(record(), connections=(replace(record().connections[0], close=Close(1006)),))
    with (tmp_path / "a.har").open("wb") as file:
        write_har(file, [SessionRows(lost, log_of([row("text", b"x", 0)]))], Saving())
    assert json.loads((tmp_path / "a.har").read_text())["log"]["entries"][0]["_webSocketClose"] == "aborted"
    capture = kws.load(tmp_path / "a.har")
    assert (capture.close_code, len(capture.messages)) == (1006, 1)


def test_own_rows_that_are_none_are_told(tmp_path: Path) -> None:
    own = {
        "session": "feed",
        "rows": [5, {"kind": "none"}, {"kind": [], "data": ""}, {"kind": "ping", "data": "é"}],
        "certificates": 5,
    }
    capture = load(tmp_path / "a.har", {"_kontena": own, **entry()})
    assert len(capture.messages) == 3
    assert capture.problems == ("a row of its own that is none was left out",) * 3
    assert load(tmp_path / "b.har", {**entry(_webSocketMessages=None), "_kontena": {"rows": 5}}).problems == ()


def test_bookmarks_come_back(tmp_path: Path) -> None:
    log = log_of(every_kind())
    kws.secret("hunter2-hunter2")
    noted = {0: "why hunter2-hunter2 \ud800?", 1: "", len(log) - 1: "the end"}
    log.bookmarks.restore(noted)
    assert not any("bookmark" in lost for lost in kws.save(log, tmp_path / "a.har").lost)
    there = {at: one.note for at, one in enumerate(kws.load(tmp_path / "a.har").messages) if one.note is not None}
    assert sorted(there.values()) == ["", "the end", "why *** ??"]
    assert list(there) == list(noted)
    said = json.loads((tmp_path / "a.har").read_text())
    for message in said["log"]["entries"][0]["_webSocketMessages"]:
        message["_bookmark"] = 7
    (tmp_path / "a.har").write_text(json.dumps(said))
    kws.load(tmp_path / "a.har")  # a file may say anything
