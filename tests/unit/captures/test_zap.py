"""ZAP's WebSocket API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import kontena_ws_nb as kws
from tests.unit.captures.capture_lab import Row, every_kind, rows, there_and_back


def message(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "opcode": "1",
        "opcodeString": "TEXT",
        "timestamp": "1700000000250",
        "outgoing": "true",
        "channelId": "3",
        "channelHost": "feed.example",
        "payloadLength": "3",
        "payload": "hé",
        **fields,
    }


def load(path: Path, said: Any) -> kws.Capture:
    path.write_text(json.dumps(said), "utf-8")
    return kws.load(path)


def test_messages_are_read(tmp_path: Path) -> None:
    listed = [
        message(),
        message(opcodeString="BINARY", outgoing="false", payload="00ff", payloadLength="2"),
        message(opcodeString="PING", payload="p", payloadLength="1"),
        message(payload="'{\"a\":1}'", payloadLength="7"),
        message(channelId="4", payload="other", payloadLength="5"),
        message(channelId="5", channelHost="", payload="third", payloadLength=None),
    ]
    for said in ({"Result": {}, "messages": listed}, {"messages": listed}, listed):
        capture = load(tmp_path / "a.json", said)
        assert capture.format == "ZAP messages"
        assert list(capture.sessions) == ["feed.example", "feed.example-2", "channel 5"]
        assert [(one.kind, one.direction, one.payload) for one in capture.sessions["feed.example"].messages] == [
            ("text", "sent", "hé".encode()),
            ("binary", "received", b"\x00\xff"),
            ("ping", "sent", b"p"),
            ("text", "sent", b'{"a":1}'),
        ]
        assert {one.time_ns for one in capture.messages} == {1_700_000_000_250_000_000}
    assert load(tmp_path / "b.json", {"message": message()}).messages[0].text == "hé"


def test_previews_are_told(tmp_path: Path) -> None:
    capture = load(tmp_path / "a.json", {"messages": [message(payloadLength="5000")]})
    assert capture.messages[0].incomplete
    assert "view/messages cuts payloads" in capture.problems[0]


@pytest.mark.parametrize(
    "said", [5, message(opcodeString="CONTINUATION"), message(payload=None), message(opcodeString=5)]
)
def test_messages_that_are_none_are_told(tmp_path: Path, said: Any) -> None:
    capture = load(tmp_path / "a.json", {"messages": [said, message()]})
    assert (len(capture.messages), capture.problems) == (1, ("a message has no opcodeString, or no payload",))


def test_half_an_answer_has_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    whole = json.dumps({"messages": [message(), message()]})
    path.write_text(whole[:-20])
    capture = kws.load(path)
    assert (len(capture.messages), capture.problems) == (1, ("the rest cannot be read: it ends in the middle",))


def kept(listed: list[Row]) -> list[Row]:
    plain = {"connection": 1, "compressed": False, "fragments": 1, "incomplete": False}
    found = []
    for one in listed:
        if one["kind"] not in ("open", "error", "reconnect"):
            row = {**one, **plain, "time_ns": one["time_ns"] // 10**6 * 10**6}
            if row["kind"] == "text":
                row["payload"] = str(row["payload"], "utf-8", "replace").encode()
            found.append(row)
    return found


def test_every_kind_of_row_comes_back_or_is_said(tmp_path: Path) -> None:
    back, lost = there_and_back(tmp_path / "a.zap", every_kind())
    assert back == kept(every_kind())
    assert set(lost) == {
        "rows of kind 'open' (2)",
        f"times finer than a millisecond ({len(back)})",
        "texts that are not UTF-8 (1)",
        "marks of compression (2)",
        "counts of fragments (2)",
        "marks of incomplete messages (1)",
        "rows of kind 'error' (1)",
        "rows of kind 'reconnect' (1)",
    }


@settings(max_examples=60, deadline=None)
@given(listed=rows())
def test_messages_come_back_byte_for_byte(tmp_path_factory: pytest.TempPathFactory, listed: list[Row]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.zap"
    if kept(listed):
        assert there_and_back(path, listed)[0] == kept(listed)
