"""The four forms that `expect` takes, and descriptions of misses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kontena_ws_nb.conversation.matcher import Matcher, Miss
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from tests.unit.log.rows_lab import BINARY, TEXT, adopted


def message(payload: bytes, flags: int = TEXT) -> Message:
    return Message.of(adopted(payload, flags=flags), 0)


ACK = message(b'{"op": "ack", "id": 7}')


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("ack", True),
        ("kind:binary", False),
        (re.compile(r'"id": \d'), True),
        (re.compile("nack"), False),
        (re.compile(rb"\x22ack\x22"), True),
        ({"op": "ack"}, True),
        ({"op": "nack"}, False),
        ({}, True),
        ([..., "ack"], False),
        (lambda m: m.json()["nothing"] == 7, False),
        (lambda m: m.json()["id"] == 7, True),
        (lambda m: None, False),
    ],
)
def test_the_forms(match: Any, hit: bool) -> None:
    assert Matcher.of(match)(ACK) is hit


def test_what_is_not_json_does_not_match_a_subset() -> None:
    matcher = Matcher.of({"op": "ack"})
    assert not matcher(message(b"\xff\x00", BINARY))
    assert not matcher(message(b"[" * 100_000))
    assert matcher.miss(message(b"hello")) == Miss(["not JSON, and nothing decodes it"], -1)
    assert matcher.miss(message(b'{"op": "nack"}')) == Miss(["$.op: wanted 'ack', got 'nack'"], 1)


def test_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="match is a filter, a compiled regex, a dict or list, or a function, got int"):
        Matcher.of(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"unterminated|regex"):
        Matcher.of("/(/")


def test_how_it_is_shown() -> None:
    def positive(_: Message) -> bool:
        return True

    assert str(Matcher.of("ack")) == "'ack'"
    assert str(Matcher.of({"a": 1})) == "{'a': 1}"
    assert str(Matcher.of(re.compile("a+"))) == "/a+/"
    assert str(Matcher.of(re.compile(b"a\x00"))) == r"/a\x00/"
    assert str(Matcher.of(positive)) == "positive"
    assert str(Matcher.of({"a": ..., "b": [int]})) == "{'a': ..., 'b': [int]}"
    for long in ("x" * 1000, {"a": "x" * 1000}, re.compile("x" * 1000)):
        assert len(str(Matcher.of(long))) <= 203


def test_lists_match_item_by_item() -> None:
    assert Matcher.of([..., "7", {"a": 1}])(message(b'[null, "7", {"a": 1, "b": 2}]'))
    assert not Matcher.of(("7",))(message(b'["7", 8]'))


@pytest.mark.parametrize(
    ("filter", "lines"),
    [
        ("$.op=nack", ["$.op=nack: got 'ack'"]),
        ("$.op.deep", ["$.op.deep: missing"]),
        ("$.list[0]=1 $.*=9", ["$.list[0]=1: missing", "$.*=9: missing"]),
        ("ack $.id=8  zebra", ["$.id=8: got 7", "zebra: missing"]),
        ("ACK", ["ACK: missing; there is 'ack'"]),
        ("-ack", ["-ack: is there"]),
        ("/z+/i", ["/z+/i: no match"]),
        ("dir:sent kind:binary", ["dir:sent: got received", "kind:binary: got text"]),
        ("size:>1k since:2999-01-01T00:00", ["size:>1k: got 22 bytes", "since:2999-01-01T00:00: got an older message"]),
        ("x" * 200, ["x" * 59 + "…: missing"]),
        ("ack and (x or y) and $.id>7", ["(x or y): no match", "$.id>7: got 7"]),
        ("i:NACK hex:ff", ["i:NACK: missing", "hex:ff: no match"]),
        ("conn:2 #5..7 before:#0", ["conn:2: got connection 1", "#5..7: got #0", "before:#0: got #0"]),
        (
            "before:1970-01-01T00:00:00Z && $..id=8",
            ["before:1970-01-01T00:00:00Z: got a newer message", "$..id=8: missing"],
        ),
    ],
)
def test_how_a_filter_was_missed(filter: str, lines: list[str]) -> None:
    assert Matcher.of(filter).miss(ACK).lines == lines
    assert Matcher.of("ack $.id=8").miss(ACK).met == 1


def test_a_path_into_a_list() -> None:
    assert Matcher.of("$.a[-1]=1").miss(message(b'{"a": [3, 2]}')).lines == ["$.a[-1]=1: got 2"]


def test_how_a_function_was_missed() -> None:
    assert Matcher.of(lambda m: m.json()["nothing"]).miss(ACK) == Miss(
        ["""the function raised KeyError("'nothing'")"""], -1
    )
    assert Matcher.of(lambda m: False).miss(ACK) == Miss([])
    assert Matcher.of(re.compile("z")).miss(ACK) == Miss([])
    with pytest.raises(NameError):  # a slip of the user's is told at once
        Matcher.of(lambda m: misspelt)(ACK)  # type: ignore[name-defined] # noqa: F821


def test_nothing_is_said_about_very_large_messages() -> None:
    assert Matcher.of({"op": "x"}).miss(message(b" " * (1 << 20) + b"{}")) == Miss([])


def test_a_subset_of_what_the_decoder_says() -> None:
    log = MessageLog()
    log.meanings.choose("socket.io")
    log.add("text", b'42["chat",{"a":5}]')
    log.add("text", b"hello")
    log.add("binary", b"\x81\xa1a\x05")
    matcher = Matcher.of({"event": "chat", "data": [{"a": int}]})
    assert [matcher(message) for message in log] == [True, False, False]
    assert Matcher.of(["chat", {"a": 6}]).miss(log[0]).lines
    assert Matcher.of({"event": "other"}).miss(log[0]) == Miss(["$.event: wanted 'other', got 'chat'"], 1)
    assert Matcher.of({"event": "other"}).miss(log[1]) == Miss(["not JSON, and nothing decodes it"], -1)
    assert Matcher.of("$.event=other").miss(log[0]).lines == ["$.event=other: got 'chat'"]
    assert Matcher.of("$.event=other").miss(log[1]).lines == ["$.event=other: missing"]
    assert Matcher.of("label:ACK").miss(log[0]).lines[0].startswith("label:ACK: got ")
    assert Matcher.of("decoder:mqtt").miss(log[0]).lines == ["decoder:mqtt: got socket.io"]
    assert Matcher.of("decoder:mqtt").miss(Message(0, 0, 1, 1, 1, b"x")).lines == ["decoder:mqtt: got no decoder"]
