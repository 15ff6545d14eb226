"""Rules that answer messages, with a peer that is the test."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kontena_ws_nb.conversation.replies import Reply
from kontena_ws_nb.errors import SocketError
from kontena_ws_nb.log.message import Message
from tests.lab.talk import Talk


@pytest.fixture
def talk() -> Iterator[Talk]:
    talk = Talk()
    yield talk
    talk.over()


def sent(talk: Talk, count: int) -> list[Any]:
    assert talk.messages.wait_for(lambda: len(talk.sent) >= count, 10)
    return talk.sent


def errors(talk: Talk, count: int) -> list[str]:
    assert talk.messages.wait_for(lambda: len(talk.messages.where("kind:error")) >= count, 10)
    return [message.text for message in talk.messages.where("kind:error")]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"type": "pong"}, '{"type": "pong"}'),
        ("3", "3"),
        (b"\x0a", b"\x0a"),
        (lambda message: {"re": message.json()["n"]}, '{"re": 7}'),
        (lambda message: message.payload, b'{"type": "ping", "n": 7}'),
    ],
)
def test_what_matches_is_answered(talk: Talk, answer: Any, expected: str | bytes) -> None:
    with talk.reply("$.type=ping", answer) as rule:
        talk.hear('{"type": "pong"}', '{"type": "ping", "n": 7}')
        assert sent(talk, 1) == [expected]
        assert talk.messages.wait_for(lambda: rule.count == 1, 10)
        assert repr(rule) == "<Reply to '$.type=ping', 1 sent>"
    assert rule.closed
    assert repr(rule) == "<Reply to '$.type=ping', 1 sent, closed>"


def test_only_what_comes_from_now_on_is_answered(talk: Talk) -> None:
    talk.hear("ping 1")
    talk.send("ping 2")
    rule = talk.reply("ping", "pong")
    talk.hear("ping 3", kind="ping")
    talk.send("ping 4")
    talk.hear("ping 5")
    assert sent(talk, 3) == ["ping 2", "ping 4", "pong"]
    rule.close()
    talk.hear("ping 6")
    talk.hear("ping 7")
    assert talk.sent == ["ping 2", "ping 4", "pong"]


def test_where_the_next_wait_begins_does_not_change(talk: Talk) -> None:
    with talk.reply("ping", "pong"):
        talk.hear("one", "ping")
        sent(talk, 1)
        assert talk.expect("one", 0).text == "one"


def test_a_function_that_gives_nothing_sends_nothing(talk: Talk) -> None:
    with talk.reply("a", lambda message: None if message.text == "a1" else message.text):
        talk.hear("a1", "a2")
        assert sent(talk, 1) == ["a2"]


def test_a_function_that_raises_is_told_of(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    def answer(message: Message) -> str:
        return str(message.json()["price"])

    with talk.reply("price", answer):
        talk.hear('{"of": "price"}', '{"price": 1}')
        assert sent(talk, 1) == ["1"]
    assert errors(talk, 1) == ["the reply to message 0 failed: KeyError: 'price'"]
    assert "the reply to message 0 failed" in caplog.text


def test_what_cannot_be_sent_is_told_of(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    with talk.reply("a", lambda message: 5):
        talk.hear("a")
        assert errors(talk, 1) == [
            "the reply to message 0 failed: TypeError: expected text, bytes, a dict or a list to send, got int"
        ]


def test_a_server_that_answers_the_answers(talk: Talk) -> None:
    talk.answers = [b"ping"]
    rule = talk.reply("ping", "ping")
    talk.hear("ping")
    assert errors(talk, 1) == [
        "the rule that replies to 'ping' has ended: it answered 100 messages within a second; does the server answer the answers?"
    ]
    assert rule.closed
    assert rule.count == len(talk.sent) == 100


def test_a_pattern_that_has_to_be_stopped_ends_the_rule(talk: Talk) -> None:
    rule = talk.reply(re.compile(r"(a|aa)+$"), "x")
    talk.hear("a" * 60 + "b")
    assert "the rule that replies to /(a|aa)+$/ has ended" in errors(talk, 1)[0]
    assert rule.closed


def test_a_connection_that_is_being_lost(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kontena_ws_nb.session")

    class Lost(Talk):
        def send_reply(self, data: str | bytes) -> Message:
            raise SocketError("gone")

    lost = Lost()
    rule = Reply(lost, "a", "b")
    lost.hear("a")
    assert lost.messages.wait_for(lambda: "message 0 was not answered: gone" in caplog.text, 10)
    assert rule.count == 0
    rule.close()
    lost.over()


def test_rows_that_were_dropped_are_passed_over(talk: Talk) -> None:
    with talk.reply("a", "b") as rule:
        rule._look(5, 7)
    rule._look(0, 1)
    assert talk.sent == []


def test_bad_rules_are_refused_at_once(talk: Talk) -> None:
    with pytest.raises(ValueError, match="a value is missing"):
        talk.reply("$.a=", "x")
    with pytest.raises(TypeError, match="match is a filter"):
        talk.reply(5, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected text"):
        talk.reply("a", 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Out of range"):
        talk.reply("a", [float("nan")])
