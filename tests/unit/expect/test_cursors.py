"""Collecting: so many messages, up to a match, or for some seconds; and the places of read, expect and collect."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kontena_ws_nb.errors import CloseError, SocketError, TimeoutError
from tests.lab.talk import Ask, Talk, in_a_loop, in_a_thread, later


@pytest.fixture(params=[in_a_thread, in_a_loop])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Both ways to ask."""
    return request.param  # type: ignore[no-any-return]


def texts(messages: list[Any]) -> list[str]:
    return [message.text for message in messages]


def test_so_many(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a", "b")
    talk.hear("not this", kind="ping")
    timer = later(talk.hear, "c", "d")
    assert texts(ask(talk.collect, 3)) == ["a", "b", "c"]
    timer.join()
    assert texts(ask(talk.collect, n=1)) == ["d"]  # goes on behind
    assert ask(talk.read).text == "a"  # the cursor of read is another
    with pytest.raises(TimeoutError):
        ask(talk.expect, "d", 0)  # collected


@pytest.mark.parametrize("until", ["$.done=true", re.compile("done"), {"done": True}, lambda message: message.json()["done"]])
def test_up_to_a_match_which_is_the_last(ask: Ask, until: Any) -> None:
    talk = Talk()
    talk.hear("1", "2", '{"done": true}', "3")
    assert texts(ask(talk.collect, until=until)) == ["1", "2", '{"done": true}']
    assert ask(talk.expect, "3", 0).text == "3"


def test_whichever_is_first(ask: Ask) -> None:
    talk = Talk()
    talk.hear("1", "2", "3")
    assert texts(ask(talk.collect, 2, "3")) == ["1", "2"]
    assert texts(ask(talk.collect, 2, "3")) == ["3"]
    talk.hear("4")
    assert texts(ask(talk.collect, 2, seconds=0.01)) == ["4"]
    assert texts(ask(talk.collect, until="never", seconds=0, since=1)) == ["2", "3", "4"]


def test_begins_behind_the_last_send_or_match(ask: Ask) -> None:
    talk = Talk()
    talk.hear("old")
    talk.send("go")
    talk.hear("a", "b")
    assert texts(ask(talk.collect, 2)) == ["a", "b"]
    assert texts(ask(talk.collect, 1, since=0)) == ["old"]
    talk.hear("c", "d")
    ask(talk.expect, "c")
    assert texts(ask(talk.collect, 1)) == ["d"]


def test_seconds_alone_begin_now(ask: Ask) -> None:
    talk = Talk()
    talk.hear("old")
    timer = later(talk.hear, "new")
    assert texts(ask(talk.collect, seconds=0.2)) == ["new"]
    timer.join()
    assert ask(talk.collect, seconds=0) == []
    assert texts(ask(talk.collect, seconds=0, since=0)) == ["old", "new"]


def test_seconds_end_in_a_flood(ask: Ask) -> None:
    talk = Talk()

    def never(message: object) -> bool:
        talk.hear("more")  # always one more to take
        return False

    talk.hear("one")
    assert len(ask(talk.collect, until=never, seconds=0.05)) > 1


def test_a_promise_that_is_not_kept_raises_and_loses_nothing(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a", "b")
    with pytest.raises(TimeoutError) as caught:
        ask(talk.collect, 3, timeout=0.01)
    assert str(caught.value) == "ws://test/: 3 messages did not come within 0.01 s; 2 did, and stay in ws.messages from 0 on"
    assert (caught.value.phase, caught.value.seconds) == ("expect", 0.01)
    with pytest.raises(TimeoutError) as caught:
        ask(talk.collect, 3, {"op": "ack"}, timeout=0)
    assert str(caught.value).startswith("ws://test/: {'op': 'ack'} or 3 messages did not come within 0 s; 2 messages came meanwhile\nnearest")
    assert "not JSON" in str(caught.value)
    talk.hear("c")
    assert texts(ask(talk.collect, 3, timeout=None)) == ["a", "b", "c"]


def test_the_end_of_the_connection(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a")
    timer = later(talk.over, CloseError(1001))
    assert texts(ask(talk.collect, seconds=30, since=0)) == ["a"]  # what came; the end is seen at once
    timer.join()
    with pytest.raises(CloseError):
        ask(talk.collect, seconds=30)  # nothing came, and why is told
    with pytest.raises(CloseError):
        ask(talk.collect, 2, since=0)
    talk.problem = None  # closed by us
    assert ask(talk.collect, seconds=30) == []
    for arguments, wanted in (({"n": 2}, "2 messages"), ({"until": "b"}, "'b'"), ({"n": 2, "until": "b"}, "'b' or 2 messages")):
        with pytest.raises(SocketError) as caught:
            ask(talk.collect, **arguments, since=0)
        assert str(caught.value) == f"ws://test/: the session was closed before {wanted} came"
    assert texts(ask(talk.collect, 1, since=0)) == ["a"]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "collect needs an end: n=10, until='$.type=done' or seconds=5"),
        ({"n": 0}, ValueError, "collect: n is at least 1, got 0"),
        ({"n": 1.5}, TypeError, "'float' object cannot be interpreted as an integer"),
        ({"seconds": -1}, ValueError, "collect: seconds is at least 0, got -1"),
        ({"seconds": float("nan")}, ValueError, "collect: seconds is at least 0, got nan"),
        ({"until": 5}, TypeError, "match is a filter, a compiled regex, a dict or list, or a function, got int"),
    ],
)
def test_what_it_refuses_at_once(ask: Ask, arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        ask(Talk().collect, **arguments)
    assert str(caught.value) == text
