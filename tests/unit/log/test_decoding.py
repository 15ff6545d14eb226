"""Which decoder a connection gets, and that decoding goes in order, is bounded, and raises into nothing."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded, Opening
from kontena_ws_nb.decoders.registry import DECODERS, RAW, decoder
from kontena_ws_nb.log import decoding as module
from kontena_ws_nb.log.decoding import Decoding, json_text, shown
from kontena_ws_nb.log.filter.query import Query, Scan
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message


class Counting(Decoder):
    """Numbers the messages of a connection; remembers how many decoders there were."""

    name = "counting"
    stateful = True
    made = 0

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        type(self).made += 1
        self.seen = 0

    def decode(self, message: Encoded) -> Decoded | None:
        self.seen += 1
        return Decoded({"n": self.seen, "text": message.payload.decode()}, f"number {self.seen}")


@pytest.fixture(autouse=True)
def _counting() -> Iterator[None]:
    Counting.made = 0
    yield
    for name in set(DECODERS) - KNOWN:
        module_registry()._named.pop(name, None)


KNOWN = frozenset(DECODERS)


def module_registry() -> Any:
    from kontena_ws_nb.decoders import registry

    return registry


def log_of(*texts: str, choice: Any = None) -> MessageLog:
    log = MessageLog()
    for text in texts:
        log.add("text", text.encode())
    if choice is not None:
        log.meanings.choose(choice)
    return log


def decoding_of(log: MessageLog) -> Decoding:
    return log.meanings.decoding  # type: ignore[return-value]


# ---- which decoder


def test_the_subprotocol_decides() -> None:
    log = log_of('{"type":"next","id":"1","payload":{}}')
    log.meanings.opened(1, Opening(subprotocol="graphql-transport-ws"))
    assert log[0].decoder == "graphql"


def test_else_the_first_messages() -> None:
    log = log_of('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}', '42["a"]')
    assert log[1].decoder == "socket.io"
    assert log[1].decoded["event"] == "a"


def test_it_is_looked_again_while_messages_are_few() -> None:
    log = log_of("hello")
    before = log.generation
    assert log[0].decoder == "plain"
    log.add("text", b'{"jsonrpc":"2.0","method":"a","id":1}')
    assert log[0].decoder == "json-rpc"
    assert log.generation == before + 1  # what was found in the first may be wrong
    for _ in range(8):
        log.add("text", b'42["a"]')
    assert log[0].decoder == "json-rpc"


def test_a_protocol_is_not_changed_late(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*["hello"] * 8)
    assert log[0].decoder == "plain"
    log.add("text", b'{"jsonrpc":"2.0","method":"a","id":1}')
    assert log[0].decoder == "plain"
    log.clear()
    assert log.meanings.name(1) == "plain"


def test_each_connection_has_its_own() -> None:
    log = log_of("hello")
    log.add("text", b'{"jsonrpc":"2.0","method":"a","id":1}', connection=2)
    assert [message.decoder for message in log] == ["plain", "json-rpc"]


def test_nothing_to_tell_it_by() -> None:
    log = MessageLog()
    log.add("ping", b"")
    assert log[0].decoder is None
    assert log[0].decoded is None
    assert log[0].label == ""
    assert log.meanings.rows(log.segments()[0], 1) is None


def test_raw_decodes_nothing() -> None:
    log = log_of('{"a":1}', choice=RAW)
    assert log[0].decoder is None
    assert log[0].decoded is None


def test_a_function_is_a_decoder() -> None:
    def csv(data: str) -> list[str]:
        return data.split(",")

    log = log_of("a,b", choice=csv)
    assert log[0].decoder == "csv"
    assert log[0].decoded == ["a", "b"]
    log.meanings.choose(lambda data: None)
    assert log[0].decoded is None


def test_what_is_no_decoder_changes_nothing() -> None:
    log = log_of("a", choice=Counting)
    generation = log.generation
    for wrong, error in (("msgpak", ValueError), (5, TypeError), ("nothing.proto", OSError)):
        with pytest.raises(error):
            log.meanings.choose(wrong)  # type: ignore[arg-type]
    assert (log.meanings.choice, log.generation) == (Counting, generation)


@pytest.mark.usefixtures("own_decoders")
def test_a_decoder_that_is_registered_again_takes_over() -> None:
    @decoder("mine")
    def first(data: str) -> str:
        return f"first {data}"

    log = log_of("a", choice="mine")
    assert log[0].decoded == "first a"
    generation = log.generation

    @decoder("mine")
    def second(data: str) -> str:
        return f"second {data}"

    assert log[0].decoded == "second a"
    assert log.generation > generation


# ---- in order


def test_a_decoder_sees_the_messages_in_order_whoever_looks() -> None:
    log = log_of(*"abcdef", choice=Counting)
    assert [message.decoded["n"] for message in log] == [1, 2, 3, 4, 5, 6]
    assert Counting.made == 1
    assert log[1].label == "number 2"  # kept
    assert Counting.made == 1


def test_one_that_begins_in_the_middle_begins_a_segment_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_VALUES", 1)
    log = MessageLog(max_messages=80)  # ten rows a segment
    for number in range(40):
        log.add("text", b"%d" % number)
    log.meanings.choose(Counting)
    assert log[25].decoded == {"n": 16, "text": "25"}
    assert log[26].decoded["n"] == 17  # goes on
    assert log[4].decoded["n"] == 5
    assert log[5].decoded["n"] == 6
    assert Counting.made == 2


def test_another_connections_segment_is_no_beginning() -> None:
    log = MessageLog()
    log.add("text", b"a")
    log.add("text", b"b", connection=2)
    log.add("text", b"c", connection=2)
    log.add("text", b"d")
    log.meanings.choose(Counting)
    assert [message.decoded["n"] for message in reversed(log)] == [1, 2, 1, 1]  # the last begins at its own segment


def test_a_row_that_was_dropped_is_decoded_by_itself() -> None:
    log = log_of("a", "b", choice=Counting)
    message = log[1]
    log.clear()
    assert message.decoded == {"n": 1, "text": "b"}


def test_few_walks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FAR", 0)
    log = MessageLog(max_messages=80)
    for number in range(60):
        log.add("text", b"%d" % number)
    log.meanings.choose(Counting)
    assert [log[index].decoded["text"] for index in range(59, 0, -7)] == [str(n) for n in range(59, 0, -7)]
    assert len(decoding_of(log)._walks) == 4


def test_what_is_no_message_or_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    log = log_of("abc", "abcd", "x", choice=Counting)
    log.add("ping", b"x")
    assert [message.decoded and message.decoded["n"] for message in log] == [1, None, 2, None]
    rows = log.meanings.rows(log.segments()[0], 4)
    assert rows is not None
    assert [row is not None for row in rows.labels] == [True, False, True, False]


def test_large_values_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 1)
    log = log_of("abc", "d", choice=Counting)
    assert (log[0].decoded, log[1].decoded["n"]) == ({"n": 1, "text": "abc"}, 2)
    assert list(decoding_of(log)._values) == [1]


# ---- rows


def test_rows_are_decoded_as_far_as_they_are_wanted() -> None:
    log = log_of(*"abc", choice=Counting)
    (segment,) = log.segments()
    rows = log.meanings.rows(segment, 2)
    assert rows is not None
    assert rows.count == 2
    assert log.meanings.rows(segment, 3) is rows
    assert rows.count == 3
    assert json.loads(rows.payload(2)) == {"n": 3, "text": "c"}
    assert rows.decoder == "counting"


def test_payloads_that_say_all_are_not_written_again() -> None:
    log = MessageLog()
    log.meanings.opened(1, Opening(subprotocol="graphql-transport-ws"))
    log.add("text", b'{"type":"ping"}')
    rows = log.meanings.rows(log.segments()[0], 1)
    assert rows is not None
    assert rows.payload(0) == b""
    assert rows.labels[0] is not None


def test_plain_text_needs_no_rows() -> None:
    log = log_of('{"a":1}', "hello")
    (segment,) = log.segments()
    assert log.meanings.rows(segment, 2) is None
    assert segment.decoded_text(0, None) == b""


def test_rows_are_forgotten_when_they_are_too_many() -> None:
    log = MessageLog(max_bytes=40_000)
    for number in range(500):
        log.add("text", b"%50d" % number)
    log.meanings.choose(Counting)
    for segment in log.segments():
        assert log.meanings.rows(segment, segment.count) is not None
    kept = decoding_of(log)._rows
    assert 1 <= len(kept) < len(log.segments())
    assert sum(rows.size for rows in kept.values()) == decoding_of(log)._size


def test_long_texts_are_decoded_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    from kontena_ws_nb.log import decoded_rows

    monkeypatch.setattr(decoded_rows, "_MOST_OF_ROW", 25)
    log = log_of("short", "a longer text of some length", choice=Counting)
    (segment,) = log.segments()
    rows = segment.decoded_rows(2)
    assert rows is not None
    assert rows.aside == [1]
    assert json.loads(segment.decoded_text(1, rows)) == {"n": 2, "text": "a longer text of some length"}
    assert log.where("$.text~length").indices.tolist() == []
    assert [message.index for message in log.where("$.text~length")] == [1]
    assert [message.index for message in log.where("-$.text~length")] == [0]
    assert [message.index for message in log.where("-length")] == [0]


def test_a_value_that_cannot_be_written_has_no_text() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert json_text(loop) is None
    assert json_text({1.5: {("a",): loop}}) is None
    log = log_of("a", choice=lambda data: loop)
    rows = log.meanings.rows(log.segments()[0], 1)
    assert rows is not None
    assert (rows.payload(0), rows.labels[0] is not None) == (b"", True)
    assert log.meanings.text(log.segments()[0], 0) == b""
    assert log.where("$[0]").to_records() == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": b"hi", "b": b"\xff\x00"}, '{"a":"hi","b":"ff00"}'),
        ({1: "a", b"k": 2, None: 3}, '{"1":"a","k":2,"null":3}'),
        ({b"k": 1, "s": 2, True: 3}, '{"k":1,"s":2,"true":3}'),
        ({"s": {1}, "t": (1, 2)}, '{"s":[1],"t":[1,2]}'),
        ({(1, 2): [{b"\xff": 1}]}, '{"[1, 2]":[{"ff":1}]}'),
        ({"o": object}, '{"o":"<class \'object\'>"}'),
        ("half of \ud800", '"half of ?"'),
    ],
)
def test_what_json_has_not(value: object, text: str) -> None:
    assert json_text(value) == text.encode()


# ---- labels


def test_labels_stand_for_payloads_in_tables() -> None:
    log = log_of("abc", choice=Counting)
    log.add("ping", b"x")
    assert [row.label for row in log.rows([0, 1])] == ["number 1", ""]
    plain = log_of('{"a":1}')
    plain.add("binary", b"\x81\xa1a\x01")
    assert [row.label for row in plain.rows([0, 1])] == ["", '{"a": 1}']


def test_long_messages_have_no_label_in_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LABELLED", 2)
    assert log_of("abc", choice=Counting).rows([0])[0].label == ""


def test_what_a_decoder_has_nothing_to_say_about_has_no_label() -> None:
    assert log_of("abc", choice=lambda data: None).rows([0])[0].label == ""


# ---- decoders that misbehave


def test_one_that_raises_is_named_and_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    def broken(data: str) -> object:
        raise KeyError("price")

    log = log_of(*["a"] * 30, choice=broken)
    assert log[0].decoded is None
    problem = log.meanings.decoding.problem
    assert problem == "decoder 'broken' raised for message 0: KeyError: 'price'"
    generation = log.generation
    assert [message.decoded for message in log] == [None] * 30
    assert log.generation == generation + 1
    assert "switched off: ws.decode = 'broken' tries again" in (log.meanings.decoding.problem or "")
    assert log[0].decoder is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    log.meanings.choose(broken)
    assert log.meanings.decoding.problem is None
    assert log[0].decoder == "broken"


def test_one_that_raises_now_and_then_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def now_and_then(data: str) -> object:
        if data == "bad":
            raise ValueError(data)
        return data

    log = log_of(*["good", *["bad"] * 15] * 4, choice=now_and_then)
    assert [message.index for message in log.where("decoder:plain or good")] == [0, 16, 32, 48]
    assert log[0].decoder == "now_and_then"
    assert len(caplog.records) == 1


def test_it_is_switched_off_while_rows_are_decoded(caplog: pytest.LogCaptureFixture) -> None:
    def broken(data: str) -> object:
        raise KeyError("price")

    log = log_of(*["a"] * 30, choice=broken)
    (segment,) = log.segments()
    assert log.meanings.rows(segment, 30) is None
    assert [message.index for message in log.where("a -$.b")] == list(range(30))


@pytest.mark.parametrize(
    ("clock", "said"),
    [([0.0, 2.0], "took 2.0 s for message 0"), ([0.0, *(0.02 * n for n in range(1, 120))], "takes 20 ms a message")],
)
def test_one_that_is_slow_is_switched_off(
    clock: list[float], said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wall = iter(range(10_000))
    monkeypatch.setattr(time, "perf_counter", lambda: 3.0 * next(wall))
    left = iter(clock)
    monkeypatch.setattr(time, "thread_time", lambda: next(left, 1e6))

    def slow(data: str) -> object:
        return data

    log = log_of(*["a"] * 120, choice=slow)
    assert log.meanings.rows(log.segments()[0], 120) is None
    assert said in (log.meanings.decoding.problem or "")
    assert log[0].decoder is None


def test_one_whose_thread_had_to_wait_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = iter(range(10_000))
    monkeypatch.setattr(time, "perf_counter", lambda: 3.0 * next(wall))

    def quick(data: str) -> object:
        return data

    log = log_of(*["a"] * 120, choice=quick)
    assert log.meanings.rows(log.segments()[0], 120) is not None
    assert log.meanings.decoding.problem is None


def test_an_interrupt_loses_nothing() -> None:
    at: list[int] = []

    class Interrupted(Counting):
        name = "interrupted"

        def decode(self, message: Encoded) -> Decoded | None:
            if message.payload == b"c" and not at:
                at.append(1)
                raise KeyboardInterrupt
            return super().decode(message)

    log = log_of(*"abcd", choice=Interrupted)
    (segment,) = log.segments()
    assert log.meanings.rows(segment, 1) is not None
    with pytest.raises(KeyboardInterrupt):
        log.meanings.rows(segment, 4)
    assert (decoding_of(log)._rows, decoding_of(log)._size) == ({}, 0)
    rows = log.meanings.rows(segment, 4)
    assert rows is not None
    assert [json.loads(rows.payload(row))["n"] for row in range(4)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "asks",
    [
        lambda log: log[0].decoded,
        lambda log: log[0].decoder,
        lambda log: log.meanings.choose("raw"),
        lambda log: list(log.where("$.n=1")),
    ],
    ids=["value", "name", "choice", "filter"],
)
def test_one_that_asks_for_decoded_messages_does_not_wait_for_itself(
    asks: Callable[[MessageLog], object], caplog: pytest.LogCaptureFixture
) -> None:
    def asking(data: str) -> object:
        asks(log)
        return data

    log = log_of(*"abcd", choice=asking)
    assert log[1].decoded is None
    assert "RuntimeError: a decoder cannot look at what its own log has decoded" in (
        log.meanings.decoding.problem or ""
    )


def test_what_is_read_from_a_file_may_begin_within_a_page(tmp_path: Path) -> None:
    """A look at one row, and a search that goes on, have other bounds than the pages before them."""
    kws.save({"feed": log_of(*map(str, range(600)))}, tmp_path / "feed.db")
    for start in (0, 300, 520):
        log = kws.load(tmp_path / "feed.db").messages
        log.meanings.choose(Counting)
        assert log[520].decoded["text"] == "520"
        assert list(Scan(Query.parse("/number [0-9]+/ or $.text=599"), log, start).step()) == [599]
        assert list(Scan(Query.parse("label:number"), log, start).step()) == [*range(start, 600)]


def test_other_threads_wait_for_a_decoder() -> None:
    inside, go = threading.Event(), threading.Event()

    def slowly(data: str) -> object:
        inside.set()
        assert go.wait(10)
        return {"is": data}

    log = log_of("a", choice=slowly)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: log[0].decoded)
        assert inside.wait(10)
        second = threads.submit(lambda: log[0].decoded)
        go.set()
        assert first.result(10) == second.result(10) == {"is": "a"}


def test_a_message_of_no_log_is_decoded_by_what_it_looks_like() -> None:
    message = Message(0, 0, 0x2, 1, 1, b"\x81\xa1a\x01")
    assert (message.decoder, message.decoded, message.label) == (None, {"a": 1}, '{"a": 1}')
    assert Message(0, 0, 0x9, 1, 1, b"{}").decoded is None


def test_secrets_that_a_decoder_takes_apart_are_not_shown() -> None:
    kws.secret("s3cr3t-VALUE-99")
    apart = Decoded(["s3cr3t-V", "ALUE-99"], "s3cr3t-V")
    whole = Decoded(["s3cr3t-VALUE-99"], "***")
    assert shown(None, b"x") is None
    assert shown(apart, b"nothing") is apart
    assert shown(apart, b"s3cr3t-VALUE-99") is None
    assert shown(whole, b"s3cr3t-VALUE-99") is whole
    assert shown(whole, b"s3cr3t-VALUE-99 *** s3cr3t-VALUE-99") is None
    log = log_of("s3cr3t-VALUE-99", choice=lambda data: apart)
    assert log.rows([0])[0].label == ""
    assert log[0].decoded == ["s3cr3t-V", "ALUE-99"]  # what people ask for by name they get


def test_of_few_connections_something_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTIONS", 2)
    log = MessageLog()
    for connection in (1, 2, 3):
        log.add("text", b'{"jsonrpc":"2.0","method":"a","id":1}', connection=connection)
    assert [message.decoder for message in log] == ["json-rpc"] * 3
    assert list(decoding_of(log)._recognized) == [2, 3]


def test_large_and_other_rows_are_passed_over_when_a_protocol_is_recognized(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOKED_AT", 50)
    log = log_of("x" * 51)
    log.add("ping", b"x")
    log.add("text", b'{"jsonrpc":"2.0","method":"a","id":1}')
    assert log[0].decoder == "json-rpc"


def test_by_its_looks_only_a_smaller_message_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BY_LOOK", 3)
    log = MessageLog()
    log.add("binary", b"\x81\xa1a\x01")
    assert log[0].decoded is None
    assert log.rows([0])[0].label == ""
    assert list(log.where("$.a")) == []
    log.meanings.choose("msgpack")
    assert log[0].decoded == {"a": 1}
