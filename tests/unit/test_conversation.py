"""Reading, iterating, expecting and requesting over a log that grows; no sockets."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.conversation import Conversation
from kontena_ws_nb.errors import CloseError, SocketError, TimeoutError
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from tests.lab.interrupts import interrupt_soon


class Talk(Conversation):
    """A conversation whose other side is the test."""

    def __init__(self, log: MessageLog | None = None) -> None:
        super().__init__(MessageLog() if log is None else log)
        self.url = "ws://test/"
        self.problem: Exception | None = None
        self.sent: list[Any] = []
        self.answers: list[bytes] = []

    @property
    def error(self) -> Exception | None:
        return self.problem

    def send(self, data: Any) -> Message:
        self.sent.append(data)
        index = self.messages.add("text", data.encode() if isinstance(data, str) else bytes(data), sent=True)
        self._expect_from = index + 1
        for answer in self.answers:
            self.messages.add("text", answer)
        return self.messages[index]

    def hear(self, *texts: str, kind: str = "text") -> None:
        for each in texts:
            self.messages.add(kind, each.encode())

    def over(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self._done.set()
        self.messages.wake()


def later(fn: Any, *args: Any) -> threading.Timer:
    timer = threading.Timer(0.05, fn, args)
    timer.start()
    return timer


# ---- read


def test_read_advances_one_cursor_over_received_messages() -> None:
    talk = Talk()
    talk.hear("a")
    talk.messages.add("text", b"sent", sent=True)
    talk.hear("p", kind="ping")
    talk.hear("b", kind="binary")
    assert [talk.read().data, talk.read().data] == ["a", b"b"]  # type: ignore[union-attr]
    timer = later(talk.hear, "c")
    assert talk.read(10).data == "c"  # type: ignore[union-attr]
    timer.join()


def test_read_in_time() -> None:
    talk = Talk()
    for timeout in (0, 0.02):
        with pytest.raises(TimeoutError) as caught:
            talk.read(timeout)
        assert str(caught.value) == f"ws://test/: no message within {timeout:g} s"
        assert (caught.value.phase, caught.value.seconds) == ("read", timeout)


def test_read_at_the_end() -> None:
    talk = Talk()
    talk.hear("last")
    talk.over()
    assert not talk.messages.wait(5, 0)
    assert talk.read().data == "last"  # type: ignore[union-attr]
    assert talk.read() is None
    assert talk.read() is None


def test_read_raises_why_it_ended_each_time_anew() -> None:
    talk = Talk()
    talk.hear("last")
    timer = later(talk.over, CloseError(1001))
    assert talk.read().data == "last"  # type: ignore[union-attr]
    raised = []
    for _ in range(2):
        with pytest.raises(CloseError) as caught:
            talk.read(None)
        raised.append(caught.value)
    assert raised[0] is not raised[1]
    timer.join()


def test_closed_and_wait_closed() -> None:
    talk = Talk()
    assert (talk.closed, talk.wait_closed(0)) == (False, False)
    timer = later(talk.over)
    assert talk.wait_closed(10)
    assert talk.closed
    timer.join()


def test_interrupt_while_reading_and_expecting() -> None:
    talk = Talk()
    with interrupt_soon(), pytest.raises(KeyboardInterrupt):
        talk.read(None)
    with interrupt_soon(), pytest.raises(KeyboardInterrupt):
        talk.expect("x", None)
    talk.hear("x")
    assert talk.read().data == talk.expect("x").data == "x"  # type: ignore[union-attr]


def test_what_retention_drops_is_passed_over() -> None:
    talk = Talk(MessageLog(max_messages=10))
    talk.hear("first")
    talk.hear(*("x" * 4000 for _ in range(500)))
    assert talk.read().index == talk.messages.first_index > 0  # type: ignore[union-attr]


def test_a_log_that_blocks_keeps_what_was_not_read() -> None:
    talk = Talk(MessageLog(max_messages=3, on_full="block"))
    talk.hear("a", "b", "c", "d")
    assert talk.messages.full
    assert [talk.read().data, talk.read().data] == ["a", "b"]  # type: ignore[union-attr]
    assert not talk.messages.full


def test_reading_threads_share_the_cursor() -> None:
    talk = Talk()
    got: list[Any] = []

    def read() -> None:
        while (message := talk.read(10)) is not None:
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


def test_iteration_starts_at_the_oldest_and_ends_with_the_session() -> None:
    talk = Talk()
    talk.hear("a")
    assert talk.read().data == "a"  # type: ignore[union-attr]
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
def test_expect(match: Any) -> None:
    talk = Talk()
    talk.hear('{"op": "nack", "id": 6}')
    timer = later(talk.hear, '{"op": "ack", "id": 7}')
    assert talk.expect(match, 10).json() == {"op": "ack", "id": 7}
    timer.join()


def test_expect_goes_on_behind_the_last_match() -> None:
    talk = Talk()
    talk.hear("a 1", "b", "a 2")
    assert talk.expect("a").data == "a 1"
    assert talk.expect("a").data == "a 2"
    with pytest.raises(TimeoutError):
        talk.expect("a", 0)
    assert talk.expect("a", since=0).data == "a 1"
    assert talk.read().data == "a 1"  # type: ignore[union-attr] # the cursor of read is another


def test_expect_begins_behind_the_last_send() -> None:
    talk = Talk()
    talk.hear("old")
    talk.send("x")
    with pytest.raises(TimeoutError):
        talk.expect("old", 0.01)
    talk.hear("old again")
    assert talk.expect("old", 0).data == "old again"


def test_expect_of_something_else() -> None:
    with pytest.raises(TypeError, match=r"^match is a filter, a compiled regex, a dict or a function, got int$"):
        Talk().expect(5)  # type: ignore[arg-type]


def test_expect_looks_at_all_that_is_there_whatever_the_timeout() -> None:
    talk = Talk()
    talk.hear(*(str(number) for number in range(100)))
    assert talk.expect(lambda message: message.data == "99", 0).data == "99"


def test_expect_keeps_its_timeout_in_a_flood() -> None:
    talk = Talk()

    def never(message: Message) -> bool:
        talk.hear("more")  # always one more to look at
        return False

    talk.hear("one")
    with pytest.raises(TimeoutError) as caught:
        talk.expect(never, 0.1)
    assert caught.value.seconds == 0.1


def test_missed_with_nothing() -> None:
    talk = Talk()
    with pytest.raises(TimeoutError) as caught:
        talk.expect("$.op=ack", 0.01)
    assert (caught.value.phase, caught.value.seconds) == ("expect", 0.01)
    assert str(caught.value) == "ws://test/: nothing matched '$.op=ack' within 0.01 s; 0 messages came meanwhile"


def test_missed_a_filter() -> None:
    talk = Talk()
    talk.hear("a", "b", "c", "d")
    with pytest.raises(TimeoutError) as caught:
        talk.expect("zebra", 0)
    assert caught.value.message == (
        "nothing matched 'zebra' within 0 s; 4 messages came meanwhile\n"
        "nearest misses:\n"
        "  <Message 1 ↓ text 1 B 'b'>\n"
        "  <Message 2 ↓ text 1 B 'c'>\n"
        "  <Message 3 ↓ text 1 B 'd'>"
    )


def test_missed_a_regex_and_a_function() -> None:
    talk = Talk()
    talk.hear("a")
    talk.hear("not this", kind="ping")
    with pytest.raises(TimeoutError, match=r"^ws://test/: nothing matched /z\+/ within 0 s; 1 message came meanwhile\nnearest misses:\n"):
        talk.expect(re.compile("z+"), 0)

    def is_answer(message: Message) -> bool:
        return False

    with pytest.raises(TimeoutError, match="nothing matched is_answer within"):
        talk.expect(is_answer, 0)


def test_missed_a_json_subset_shows_the_nearest() -> None:
    talk = Talk()
    talk.hear('{"x": 1}', "no json", '{"op": "ack", "id": 6}', '{"op": "nack", "id": 6}')
    with pytest.raises(TimeoutError) as caught:
        talk.expect({"op": "ack", "id": 7}, 0)
    assert caught.value.message == (
        "nothing matched {'op': 'ack', 'id': 7} within 0 s; 4 messages came meanwhile\n"
        "nearest misses:\n"
        "  <Message 1 ↓ text 7 B 'no json'>: not JSON\n"
        """  <Message 2 ↓ text 22 B '{"op": "ack", "id": 6}'>: $.id: wanted 7, got 6\n"""
        """  <Message 0 ↓ text 8 B '{"x": 1}'>: $.op: missing; $.id: missing"""
    )


def test_missed_among_very_many() -> None:
    talk = Talk()
    talk.hear(*(["x"] * 1500))
    with pytest.raises(TimeoutError, match="; more than 1,000 messages came meanwhile"):
        talk.expect("zebra", 0)


def test_expect_at_the_end() -> None:
    talk = Talk()
    talk.hear("a")
    timer = later(talk.over)
    with pytest.raises(SocketError) as caught:
        talk.expect("zebra", 10)
    assert str(caught.value) == "ws://test/: the session was closed before 'zebra' came"
    talk.problem = CloseError(1001)
    with pytest.raises(CloseError):
        talk.expect("zebra", 10)
    assert talk.expect("a").data == "a"
    timer.join()


# ---- request


@pytest.mark.parametrize(
    ("data", "sent"), [("plain", "plain"), (b"raw", b"raw"), ({"id": 7, "ü": None}, '{"id": 7, "ü": null}'), ([1], "[1]")]
)
def test_request(data: Any, sent: Any) -> None:
    talk = Talk()
    talk.hear("answer, but an old one")
    talk.answers = [b"no", b"answer"]
    assert talk.request(data, match="answer").index == 3
    assert talk.sent == [sent]


def test_request_in_time() -> None:
    talk = Talk()
    with pytest.raises(TimeoutError):
        talk.request("x", match="answer", timeout=0.01)


def test_send_json() -> None:
    talk = Talk()
    assert json.loads(talk.send_json({"a": [1, 2.5, None, "é"]}).text) == {"a": [1, 2.5, None, "é"]}
    for bad in (float("nan"), {"a": object()}):
        with pytest.raises((TypeError, ValueError)):
            talk.send_json(bad)
    assert len(talk.sent) == 1


def test_the_errors_are_the_packages() -> None:
    assert kws.TimeoutError is TimeoutError
