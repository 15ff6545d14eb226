"""Reading, iterating, expecting, requesting, collecting and resending, over a growing log; no sockets."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import msgpack
import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation import conversation as module
from kontena_ws_nb.conversation.matcher import Answer, Miss
from kontena_ws_nb.errors import CloseError, SocketError, TimeoutError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from tests.lab.interrupts import interrupt_soon
from tests.lab.talk import Ask, Talk, in_a_loop, in_a_thread, later


@pytest.fixture(params=[in_a_thread, in_a_loop])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Both ways to ask."""
    return request.param  # type: ignore[no-any-return]


# ---- read


def test_read_advances_one_cursor_over_received_messages(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a")
    talk.messages.add("text", b"sent", sent=True)
    talk.hear("p", kind="ping")
    talk.hear("b", kind="binary")
    assert [ask(talk.read).data, ask(talk.read).data] == ["a", b"b"]
    timer = later(talk.hear, "c")
    assert ask(talk.read, 10).data == "c"
    timer.join()


def test_read_in_time(ask: Ask) -> None:
    talk = Talk()
    for timeout in (0, 0.02):
        with pytest.raises(TimeoutError) as caught:
            ask(talk.read, timeout)
        assert str(caught.value) == f"ws://test/: no message within {timeout:g} s"
        assert (caught.value.phase, caught.value.seconds) == ("read", timeout)


def test_read_at_the_end(ask: Ask) -> None:
    talk = Talk()
    talk.hear("last")
    talk.over()
    assert not talk.messages.wait(5, 0)
    assert ask(talk.read).data == "last"
    assert ask(talk.read) is None
    assert ask(talk.read) is None


def test_read_raises_why_it_ended_each_time_anew(ask: Ask) -> None:
    talk = Talk()
    talk.hear("last")
    timer = later(talk.over, CloseError(1001))
    assert ask(talk.read).data == "last"
    raised = []
    for _ in range(2):
        with pytest.raises(CloseError) as caught:
            ask(talk.read, None)
        raised.append(caught.value)
    assert raised[0] is not raised[1]
    timer.join()


def test_closed_and_join() -> None:
    talk = Talk()
    assert (talk.closed, talk.join(0)) == (False, False)
    timer = later(talk.over)
    assert talk.join(10)
    assert talk.closed
    timer.join()


def test_interrupt_while_reading_and_expecting(ask: Ask) -> None:
    talk = Talk()
    with interrupt_soon(), pytest.raises(KeyboardInterrupt):
        ask(talk.read, None)
    with interrupt_soon(), pytest.raises(KeyboardInterrupt):
        ask(talk.expect, "x", None)
    talk.hear("x")
    assert ask(talk.read).data == ask(talk.expect, "x").data == "x"


def test_what_retention_drops_is_passed_over(ask: Ask) -> None:
    talk = Talk(MessageLog(max_messages=10))
    talk.hear("first")
    talk.hear(*("x" * 4000 for _ in range(500)))
    assert ask(talk.read).index == talk.messages.first_index > 0


def test_a_log_that_blocks_keeps_what_was_not_read(ask: Ask) -> None:
    talk = Talk(MessageLog(max_messages=3, on_full="block"))
    talk.hear("a", "b", "c", "d")
    assert talk.messages.full
    assert [ask(talk.read).data, ask(talk.read).data] == ["a", "b"]
    assert not talk.messages.full


def test_reading_threads_share_the_cursor(ask: Ask) -> None:
    talk = Talk()
    got: list[Any] = []

    def read() -> None:
        while (message := ask(talk.read, 10)) is not None:
            got.append(message.index)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(500):
        talk.hear(str(number))
    talk.over()
    for thread in threads:
        thread.join(20)
    assert sorted(got) == list(range(500))


# ---- iteration


def test_iteration_starts_at_the_oldest_and_ends_with_the_session(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a")
    assert ask(talk.read).data == "a"
    got = []
    timer: threading.Timer | None = None
    for message in talk:
        got.append(message.data)
        if message.data == "a":
            timer = later(talk.hear, "b")
        if message.data == "b":
            talk.over()
    assert got == ["a", "b"]
    assert timer is not None
    timer.join()


def test_an_interrupt_does_not_end_an_iteration() -> None:
    talk = Talk()
    walk = iter(talk)
    assert iter(walk) is walk
    with interrupt_soon(), pytest.raises(KeyboardInterrupt):
        next(walk)
    talk.hear("a")
    assert next(walk).data == "a"


def test_iteration_raises_why_it_ended() -> None:
    talk = Talk()
    talk.hear("a")
    talk.over(CloseError(4000))
    got: list[Any] = []
    with pytest.raises(CloseError):
        got.extend(talk)
    assert [message.data for message in got] == ["a"]


# ---- expect, in its four forms


@pytest.mark.parametrize(
    "match",
    ["$.op=ack", re.compile(r'"id": *7'), {"op": "ack", "id": ...}, lambda message: message.json()["id"] == 7],
    ids=["filter", "regex", "json", "function"],
)
def test_expect(match: Any, ask: Ask) -> None:
    talk = Talk()
    talk.hear('{"op": "nack", "id": 6}')
    timer = later(talk.hear, '{"op": "ack", "id": 7}')
    assert ask(talk.expect, match, 10).json() == {"op": "ack", "id": 7}
    timer.join()


def test_expect_goes_on_behind_the_last_match(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a 1", "b", "a 2")
    assert ask(talk.expect, "a").data == "a 1"
    assert ask(talk.expect, "a").data == "a 2"
    with pytest.raises(TimeoutError):
        ask(talk.expect, "a", 0)
    assert ask(talk.expect, "a", since=0).data == "a 1"
    assert ask(talk.read).data == "a 1"  # the cursor of read is another


def test_expect_begins_behind_the_last_send(ask: Ask) -> None:
    talk = Talk()
    talk.hear("old")
    talk.send("x")
    with pytest.raises(TimeoutError):
        ask(talk.expect, "old", 0.01)
    talk.hear("old again")
    assert ask(talk.expect, "old", 0).data == "old again"


def test_expect_of_something_else(ask: Ask) -> None:
    with pytest.raises(
        TypeError, match=r"^match is a filter, a compiled regex, a dict or list, or a function, got int$"
    ):
        ask(Talk().expect, 5)


def test_expect_looks_at_all_that_is_there_whatever_the_timeout(ask: Ask) -> None:
    talk = Talk()
    talk.hear(*(str(number) for number in range(100)))
    assert ask(talk.expect, lambda message: message.data == "99", 0).data == "99"


def test_expect_keeps_its_timeout_in_a_flood(ask: Ask) -> None:
    talk = Talk()

    def never(message: Message) -> bool:
        talk.hear("more")  # always one more to look at
        return False

    talk.hear("one")
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, never, 0.1)
    assert caught.value.seconds == 0.1


def test_missed_with_nothing(ask: Ask) -> None:
    talk = Talk()
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, "$.op=ack", 0.01)
    assert (caught.value.phase, caught.value.seconds) == ("expect", 0.01)
    assert str(caught.value) == "ws://test/: nothing matched '$.op=ack' within 0.01 s; 0 messages came meanwhile"


def test_missed_a_filter(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a", "b", "c", "d")
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, "zebra", 0)
    assert caught.value.message == (
        "nothing matched 'zebra' within 0 s; 4 messages came meanwhile\n"
        "nearest misses:\n"
        "  <Message 3 ↓ text 1 B 'd'>\n"
        "      zebra: missing\n"
        "  <Message 2 ↓ text 1 B 'c'>\n"
        "      zebra: missing\n"
        "  <Message 1 ↓ text 1 B 'b'>\n"
        "      zebra: missing"
    )


def test_missed_a_regex_and_a_function(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a")
    talk.hear("not this", kind="ping")
    with pytest.raises(
        TimeoutError,
        match=r"^ws://test/: nothing matched /z\+/ within 0 s; 1 message came meanwhile\nnearest misses:\n",
    ):
        ask(talk.expect, re.compile("z+"), 0)

    def is_answer(message: Message) -> bool:
        return False

    with pytest.raises(TimeoutError, match="nothing matched is_answer within"):
        ask(talk.expect, is_answer, 0)


def test_missed_a_json_subset_shows_the_nearest(ask: Ask) -> None:
    talk = Talk()
    talk.hear('{"x": 1}', "no json", '{"op": "ack", "id": 6}', '{"op": "nack", "id": 6}')
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, {"op": "ack", "id": 7}, 0)
    assert caught.value.message == (
        "nothing matched {'op': 'ack', 'id': 7} within 0 s; 4 messages came meanwhile\n"
        "nearest misses:\n"
        """  <Message 2 ↓ text 22 B '{"op": "ack", "id": 6}'>\n"""
        "      $.id: wanted 7, got 6\n"
        """  <Message 3 ↓ text 23 B '{"op": "nack", "id": 6}'>\n"""
        "      $.op: wanted 'ack', got 'nack'\n"
        "      $.id: wanted 7, got 6\n"
        """  <Message 0 ↓ text 8 B '{"x": 1}'>\n"""
        "      $.op: missing\n"
        "      $.id: missing"
    )


def test_what_a_binary_miss_means_is_told(ask: Ask) -> None:
    talk = Talk()
    kws.secret("hunter2-hunter2")
    for payload in (b"\xff\x00", msgpack.packb({"op": "nack", "key": "hunter2-hunter2"})):
        talk.messages.add("binary", payload)
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, {"op": "ack"}, 0)
    assert caught.value.message.splitlines()[3:5] == [
        """      {"op": "nack", "key": "***"}""",
        "      $.op: wanted 'ack', got 'nack'",
    ]
    assert "hunter2" not in caught.value.message
    with pytest.raises(
        TimeoutError, match=r"(?s)this matches, but came before.*\n      {\"op\": \"nack\", \"key\": \"\*\*\*\"}$"
    ):
        ask(talk.expect, {"op": "nack"}, 0, since=2)


def test_what_is_shown_of_misses_is_bounded_and_safe_to_print(ask: Ask) -> None:
    talk = Talk()
    talk.hear(json.dumps({f"k{number}": "\x1b[31m\u202e" * 5_000 for number in range(10)}, ensure_ascii=False))
    talk.hear("x" * (2 << 20))
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, {f"k{number}": number for number in range(10)}, 0)
    message = caught.value.message
    assert "      … and 5 more" in message
    assert message.replace("\n", "").isprintable()
    assert len(message) < 2000


def test_looking_for_near_misses_takes_no_long(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", 0.0)
    talk = Talk()
    talk.hear('{"op": "ack"}', *(["x"] * 10))
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, {"op": "nack"}, 0)
    assert "11 messages came meanwhile" in caught.value.message
    assert caught.value.message.count("<Message") == 1  # the newest, after which the time was up


def test_missed_among_very_many(ask: Ask) -> None:
    talk = Talk()
    talk.hear(*(["x"] * 1500))
    with pytest.raises(TimeoutError, match="; more than 1,000 messages came meanwhile"):
        ask(talk.expect, "zebra", 0)


def test_expect_at_the_end(ask: Ask) -> None:
    talk = Talk()
    talk.hear("a")
    timer = later(talk.over)
    with pytest.raises(SocketError) as caught:
        ask(talk.expect, "zebra", 10)
    assert str(caught.value) == "ws://test/: the session was closed before 'zebra' came"
    talk.problem = CloseError(1001)
    with pytest.raises(CloseError):
        ask(talk.expect, "zebra", 10)
    assert ask(talk.expect, "a").data == "a"
    timer.join()


# ---- request


@pytest.mark.parametrize(
    ("data", "sent"),
    [("plain", "plain"), (b"raw", b"raw"), ({"id": 7, "ü": None}, '{"id": 7, "ü": null}'), ([1], "[1]")],
)
def test_request(data: Any, sent: Any, ask: Ask) -> None:
    talk = Talk()
    talk.hear("answer, but an old one")
    talk.answers = [b"no", b"answer"]
    assert ask(talk.request, data, match="answer").index == 3
    assert talk.sent == [sent]


def test_request_in_time(ask: Ask) -> None:
    talk = Talk()
    with pytest.raises(TimeoutError):
        ask(talk.request, "x", match="answer", timeout=0.01)


@pytest.mark.parametrize(
    ("data", "answers", "index"),
    [
        ({"id": 7}, [b'{"id": "7"}', b'{"id": 8}', b'{"id": 7.0, "ok": true}'], 3),
        ({"id": "7"}, [b'{"id": 7}', b"[7]", b"no json", b'{"result": 1, "id": "7"}'], 4),
        # JSON-RPC: an error is an answer; a request of the server's own, which counts from 1 too, is none.
        (
            {"jsonrpc": "2.0", "id": 1, "method": "sum"},
            [
                b'{"jsonrpc": "2.0", "id": 1, "method": "roots"}',
                b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601}}',
            ],
            2,
        ),
        # Others say the method in their answer.
        ({"req_id": 3, "method": "subscribe"}, [b'{"req_id": 3, "method": "subscribe", "success": true}'], 1),
        ('{"nonce": "a1", "content": "hi"}', [b'{"id": "99", "nonce": "a0"}', b'{"id": "99", "nonce": "a1"}'], 2),
        # Phoenix, its second serializer: [join_ref, ref, topic, event, payload].
        (
            ["1", "2", "room:1", "phx_join", {}],
            [b'[null, null, "room:1", "new", {}]', b'["1", "2", "room:1", "phx_reply", {}]'],
            2,
        ),
        # 2^53 + 1 is no float.
        ({"id": 9007199254740993}, [b'{"id": 9007199254740992}', b'{"id": 9007199254740993}'], 2),
        # Nothing to pair by: the next one.
        ("hello", [b'{"id": 7}'], 1),
        ({"id": None, "op": "x"}, [b"next"], 1),
        (b"\x00\xff", [b"next"], 1),
    ],
)
def test_request_pairs_by_id(ask: Ask, data: Any, answers: list[bytes], index: int) -> None:
    talk = Talk()
    talk.answers = answers
    assert ask(talk.request, data, timeout=0).index == index


def test_an_answer_comes_on_the_connection_of_the_request_or_not_at_all(ask: Ask) -> None:
    talk = Talk()
    timer = later(talk.hear, "after the connection was lost", kind="reconnect", connection=2)
    with pytest.raises(SocketError) as caught:
        ask(talk.request, {"id": 7}, timeout=None)
    assert str(caught.value) == (
        "ws://test/: the connection was lost before the answer to message 0 came; "
        "the request may have arrived; send it again on the new connection if it can be repeated"
    )
    timer.join()
    talk.hear('{"id": 7}', connection=2)
    answer = Answer(talk.messages[0])
    assert not answer(talk.messages[2])
    assert answer.miss(talk.messages[2]) == Miss(["came on another connection"])
    timer = later(talk.hear, '{"id": 7}')
    assert (
        ask(talk.request, {"id": 7}, match="$.id=7", timeout=None).index == 4
    )  # what to match is up to whoever says it
    timer.join()


def test_a_request_with_nothing_to_pair_by(ask: Ask) -> None:
    talk = Talk()
    with pytest.raises(TimeoutError) as caught:
        ask(talk.request, "hello", timeout=0.01)
    assert caught.value.message == (
        "nothing matched any message (message 0, the request, carries no id to pair by) within 0.01 s; 0 messages came meanwhile"
    )


def test_an_answer_that_retention_may_have_dropped_is_waited_for() -> None:
    """The newest row is there again only when somebody wrote it."""
    talk = Talk()
    sent = talk.send("x")
    talk.messages.clear()
    assert Answer(sent).hopeless(talk.messages) is None


def test_what_came_instead_of_an_answer_is_told(ask: Ask) -> None:
    talk = Talk()
    talk.answers = [b'{"jsonrpc": "2.0", "method": "x", "id": 7}', b'{"id": 8}', b"hello"]
    with pytest.raises(TimeoutError) as caught:
        ask(talk.request, {"id": 7}, timeout=0)
    assert caught.value.message == (
        "nothing matched $.id=7 (the id of message 0, the request) within 0 s; 3 messages came meanwhile\n"
        "nearest misses:\n"
        """  <Message 1 ↓ text 42 B '{"jsonrpc": "2.0", "method": "x", "id": 7}'>\n"""
        "      $.id=7 is there, but it is a request of the server's own\n"
        """  <Message 2 ↓ text 9 B '{"id": 8}'>\n"""
        "      its id is $.id=8\n"
        "  <Message 3 ↓ text 5 B 'hello'>\n"
        "      no id"
    )


@pytest.mark.parametrize("bad", [{"match": 5}, {"match": "/(/"}, {"data": {"a": object()}}, {"data": [float("nan")]}])
def test_a_request_that_cannot_work_sends_nothing(ask: Ask, bad: dict[str, Any]) -> None:
    talk = Talk()
    with pytest.raises((TypeError, ValueError)):
        ask(talk.request, **{"data": ["x"], **bad})
    assert talk.sent == []


# ---- collect


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


@pytest.mark.parametrize(
    "until", ["$.done=true", re.compile("done"), {"done": True}, lambda message: message.json()["done"]]
)
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
    assert (
        str(caught.value)
        == "ws://test/: 3 messages did not come within 0.01 s; 2 did, and stay in ws.messages from 0 on"
    )
    assert (caught.value.phase, caught.value.seconds) == ("expect", 0.01)
    with pytest.raises(TimeoutError) as caught:
        ask(talk.collect, 3, {"op": "ack"}, timeout=0)
    assert str(caught.value).startswith(
        "ws://test/: {'op': 'ack'} or 3 messages did not come within 0 s; 2 messages came meanwhile\nnearest"
    )
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
    for arguments, wanted in (
        ({"n": 2}, "2 messages"),
        ({"until": "b"}, "'b'"),
        ({"n": 2, "until": "b"}, "'b' or 2 messages"),
    ):
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


# ---- resend


def test_resend_in_every_form() -> None:
    talk = Talk()
    first = talk.send("one")
    talk.hear("two", "drei ü")
    talk.send(b"raw\xff")
    assert [row.index for row in talk.resend(first)] == [4]
    assert [row.data for row in talk.resend(1)] == ["two"]
    assert [row.data for row in talk.resend(-1)] == ["two"]
    assert [row.data for row in talk.resend([first, 2, 3])] == ["one", "drei ü", b"raw\xff"]
    assert [row.data for row in talk.resend(talk.messages[1:4])] == ["two", "drei ü", b"raw\xff"]
    assert [row.data for row in talk.resend(talk.messages.where("drei dir:received"))] == ["drei ü"]
    assert talk.resend([]) == []
    assert all(row.direction == "sent" for row in talk.messages[4:])


@pytest.mark.parametrize(
    ("bad", "error", "text"),
    [
        (1, ValueError, "message 1 is ping: only text and binary messages can be sent again; nothing was sent"),
        (2, ValueError, "message 2 is error: only text and binary messages can be sent again; nothing was sent"),
        (3, ValueError, "message 3 is text that is not UTF-8, and cannot be sent again; nothing was sent"),
        (99, IndexError, "message 99 does not exist; 4 were written"),
        ("hello", TypeError, "resend takes messages or permanent indexes, got str; to send something new use send"),
        (1.5, TypeError, "'float' object is not iterable"),
    ],
)
def test_what_resend_refuses(bad: Any, error: type[Exception], text: str) -> None:
    talk = Talk()
    talk.hear("fine")
    talk.hear("p", kind="ping")
    talk.hear("gone", kind="error")
    talk.messages.add("text", b"\xff")
    for rows in (bad, [0, bad]) if isinstance(bad, int) else (bad,):
        with pytest.raises(error) as caught:
            talk.resend(rows)
        assert str(caught.value) == text
        assert talk.sent == []


def test_resend_keeps_the_time_between_messages() -> None:
    talk, other = Talk(), MessageLog()
    for at in (5, 5, 1, 65):
        other.add("text", b"%d" % at, time_ns=1_700_000_000_000_000_000 + at * 1_000_000_000)
    sent = talk.resend(other, speed=1000)
    assert [row.text for row in sent] == ["5", "5", "1", "65"]
    assert 0.06 <= sent[-1].time - sent[0].time < 5
    assert sent[2].time - sent[0].time < 0.06  # what is late goes at once


def test_resend_does_not_wait_for_a_session_that_has_ended() -> None:
    talk, other = Talk(), MessageLog()
    for hours in (0, 1):
        other.add("text", b"%d" % hours, time_ns=1_700_000_000_000_000_000 + hours * 3_600_000_000_000)
    timer = later(talk.over)
    assert len(talk.resend(other, speed=1)) == 2  # a real one refuses the second
    timer.join()


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_what_is_no_speed(speed: float) -> None:
    with pytest.raises(ValueError, match="speed is more than 0"):
        Talk().resend([], speed)


def test_send_json() -> None:
    talk = Talk()
    assert json.loads(talk.send_json({"a": [1, 2.5, None, "é"]}).text) == {"a": [1, 2.5, None, "é"]}
    for bad in (float("nan"), {"a": object()}):
        with pytest.raises((TypeError, ValueError)):
            talk.send_json(bad)
    assert len(talk.sent) == 1


def test_the_errors_are_the_packages() -> None:
    assert kws.TimeoutError is TimeoutError


# ---- the place where a wait begins: behind the first send since the last wait that ended


def test_answers_that_come_before_the_last_send_are_not_skipped(ask: Ask) -> None:
    talk = Talk()
    talk.hear("hello")
    for each in ("1", "2", "3"):
        talk.answers = [f"re {each}".encode()]
        talk.send(each)
    assert texts(ask(talk.collect, 3, timeout=0)) == ["re 1", "re 2", "re 3"]
    talk.answers = [b"login ok"]
    talk.send("login")
    talk.answers = [b"subscribed"]
    talk.send("subscribe")
    assert ask(talk.expect, "login ok", 0).text == "login ok"
    assert ask(talk.expect, "subscribed", 0).text == "subscribed"


def in_vain(ask: Ask, talk: Talk) -> None:
    with pytest.raises(TimeoutError):
        ask(talk.expect, "never", 0)


@pytest.mark.parametrize(
    "wait",
    [
        lambda ask, talk: ask(talk.expect, "old", 0),
        lambda ask, talk: ask(talk.collect, 1, timeout=0),
        lambda ask, talk: ask(talk.collect, seconds=0),
        lambda ask, talk: ask(talk.read),
        lambda ask, talk: in_vain(ask, talk),
        lambda ask, talk: ask(talk.request, "question", timeout=0),
    ],
)
def test_a_wait_that_ended_ends_the_burst(ask: Ask, wait: Any) -> None:
    talk = Talk()
    talk.answers = [b"old answer"]
    talk.send("first")
    wait(ask, talk)
    talk.send("second")
    found = ask(talk.expect, "answer", 0)
    assert (found.text, found.index) == ("old answer", talk.messages.next_index - 1)


def test_a_wait_that_found_nothing_leaves_the_place(ask: Ask) -> None:
    talk = Talk()
    talk.answers = [b"a", b"b"]
    talk.send("go")
    for _ in range(2):
        with pytest.raises(TimeoutError):
            ask(talk.collect, 3, timeout=0)
    assert texts(ask(talk.collect, 2)) == ["a", "b"]


def test_a_request_begins_at_its_own_send_within_a_burst(ask: Ask) -> None:
    talk = Talk()
    talk.answers = [b"re"]
    talk.send("one")
    assert ask(talk.request, "two").index == 3


def test_sends_that_end_in_another_order_begin_at_the_first() -> None:
    talk = Talk()
    talk.hear("0", "1", "2", "3")
    talk._sent(2)
    talk._sent(0)
    assert talk.expect("", 0).text == "1"


def test_what_came_before_the_place_is_named(ask: Ask) -> None:
    talk = Talk()
    talk.hear("pong 1", "tick", "pong 2", "tock")
    talk.hear("pong", kind="ping")
    talk.messages.add("text", b"pong", sent=True)
    talk.send("go")
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, "pong", 0)
    told = str(caught.value).splitlines()
    assert told[0] == "ws://test/: nothing matched 'pong' within 0 s; 0 messages came meanwhile"
    assert told[1] == "the wait began at row 7; this matches, but came before, and since=2 begins there:"
    assert "pong 2" in told[2]
    with pytest.raises(TimeoutError) as caught:
        ask(talk.collect, 2, timeout=0)
    assert str(caught.value).splitlines()[1] == "the wait began at row 7; this came before, and since=3 begins there:"
    with pytest.raises(TimeoutError) as caught:
        ask(talk.expect, "never", 0)
    assert "the wait began" not in str(caught.value)


def test_naming_what_came_before_takes_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", -1)
    talk = Talk()
    talk.hear("pong")
    talk.send("go")
    with pytest.raises(TimeoutError) as caught:
        talk.expect("pong", 0)
    assert "the wait began" not in str(caught.value)
