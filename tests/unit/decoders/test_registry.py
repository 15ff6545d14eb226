"""`choose`: every protocol is recognized by its first messages, and nothing else is taken for one; decoders of one's own."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded, Opening
from kontena_ws_nb.decoders.registry import DECODERS, beating, choose, decoder, decoder_of
from tests.lab import conversations
from tests.lab.conversations import FEEDS, PROTOCOLS, WORST, Conversation, received, sent

pytestmark = pytest.mark.usefixtures("own_decoders")


@pytest.mark.parametrize("conversation", PROTOCOLS, ids=lambda one: one.decoder)
def test_a_protocol_is_recognized_by_its_first_messages_and_by_no_other_decoder(conversation: Conversation) -> None:
    for count in (1, 2, 3, len(conversation.messages)):
        first = conversation.messages[:count]
        recognizing = [name for name, one in DECODERS.items() if one.recognizes(conversation.opening, first)]
        assert set(recognizing) <= {conversation.decoder}, first
    found = choose(conversation.opening, conversation.messages[:8])
    assert found is DECODERS[conversation.decoder]


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_is_taken_for_no_protocol(name: str) -> None:
    assert [one for one, kind in DECODERS.items() if kind.recognizes(Opening(), FEEDS[name])] == []
    found = choose(Opening(), FEEDS[name])
    assert found is DECODERS["plain"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("ws://127.0.0.1/socket.io/?EIO=4&transport=websocket", "socket.io"),
        ("ws://127.0.0.1/socket.io/?transport=websocket&EIO=3", "socket.io"),
        ("ws://127.0.0.1/?EIO=4", None),
        ("ws://127.0.0.1:8888/api/kernels/5d/channels?session_id=1", "jupyter"),
        ("ws://127.0.0.1:9222/devtools/page/AB", "devtools"),
        ("ws://127.0.0.1:9222/devtools/browser/5-d", "devtools"),
        ("ws://127.0.0.1/devtools", None),
        ("ws://127.0.0.1/socket/websocket?token=a&vsn=2.0.0", "phoenix"),
        ("wss://127.0.0.1/realtime/v1/websocket?apikey=a&vsn=1.0.0", "phoenix"),
        ("ws://127.0.0.1/websocket?vsn=3", None),
    ],
)
def test_some_urls_say_it(url: str, name: str | None) -> None:
    found = choose(Opening(url), [])
    assert (None if found is None else found.name) == name


@pytest.mark.parametrize(
    ("subprotocol", "name"),
    [
        ("mqtt", "mqtt"),
        ("MQTT", "mqtt"),
        ("mqttv3.1", "mqtt"),
        ("v12.stomp", "stomp"),
        ("graphql-transport-ws", "graphql"),
        ("graphql-ws", "graphql"),
        ("ocpp1.6", "ocpp"),
        ("ocpp2.0.1", "ocpp"),
        ("v1.kernel.websocket.jupyter.org", "jupyter"),
        ("realtime", "realtime"),
        ("msgpack", "msgpack"),
        ("cbor", "cbor"),
        ("chat", None),
    ],
)
def test_subprotocols_say_it(subprotocol: str, name: str | None) -> None:
    found = choose(Opening(subprotocol=subprotocol), [])
    assert (None if found is None else found.name) == name


def test_without_a_message_nothing_is_known() -> None:
    assert choose(Opening(), []) is None


def test_a_function_is_a_decoder() -> None:
    @decoder("csv")
    def fields(data: str | bytes) -> object:
        return data.split(",") if isinstance(data, str) and data else None

    made = DECODERS["csv"](Opening())
    assert made.decode(received("a,b")) == Decoded(["a", "b"], '["a", "b"]')
    assert made.decode(received("")) is None
    assert made.decode(received(b"a")) is None
    assert fields("a") == ["a"]

    @decoder("csv")
    def labelled(data: str | bytes) -> object:
        return Decoded(1, "one")

    assert DECODERS["csv"](Opening()).decode(received("a")) == Decoded(1, "one")
    assert labelled("a") == Decoded(1, "one")


def test_a_class_is_a_decoder_and_is_asked_before_the_ones_built_in() -> None:
    @decoder("mine")
    class Mine(Decoder):
        subprotocols = ("mine",)

        def decode(self, message: Encoded) -> Decoded | None:
            return Decoded(self.opening.url)

        @classmethod
        def recognizes(cls, opening: Opening, first: object) -> bool:
            return opening.url == "ws://mine"

    assert choose(Opening("ws://mine"), []) is DECODERS["mine"]
    assert choose(Opening(subprotocol="mine"), []) is DECODERS["mine"]
    assert DECODERS["mine"](Opening("a")).decode(sent("")) == Decoded("a")
    assert issubclass(DECODERS["mine"], Mine)


def test_a_decoder_of_ones_own_that_fails_to_recognize_is_passed_over() -> None:
    @decoder("broken")
    class Broken(Decoder):
        def decode(self, message: Encoded) -> Decoded | None:
            return None

        @classmethod
        def recognizes(cls, opening: Opening, first: object) -> bool:
            raise RuntimeError

    assert choose(Opening(), [received("{}")]) is DECODERS["plain"]
    assert issubclass(DECODERS["broken"], Broken)


@pytest.mark.parametrize(("name", "what", "error"), [("", len, ValueError), ("a", 7, TypeError), ("a", int, TypeError)])
def test_what_cannot_be_registered(name: str, what: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        decoder(name)(what)  # type: ignore[type-var]


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("text", [True, False])
def test_what_costs_most_is_bounded(name: str, text: bool) -> None:
    for number, data in enumerate(WORST):
        decoder = DECODERS[name](Opening())
        found, took = conversations.cost_of(decoder, Encoded(data, text))
        assert took < 0.5, number  # 50 ms on a machine that has nothing else to do
        if found is not None:
            conversations.check(found)


@pytest.mark.parametrize("name", DECODERS)
def test_nothing_that_a_peer_sends_makes_a_decoder_raise(name: str) -> None:
    found = conversations.fuzz(DECODERS[name], 1000)
    assert found.messages == 1000
    assert found.slowest < 1  # 50 ms on a machine that has nothing else to do


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DECODERS)
def test_nothing_of_a_hundred_thousand_messages_makes_a_decoder_raise(name: str) -> None:
    assert conversations.fuzz(DECODERS[name], 100_000, seed=2).messages == 100_000


def test_a_message_class_is_registered() -> None:
    decoder("stamps")(Timestamp)
    found = DECODERS["stamps"](Opening()).decode(received(Timestamp(seconds=1).SerializeToString()))
    assert found == Decoded("1970-01-01T00:00:01Z", 'Timestamp "1970-01-01T00:00:01Z"')


def test_a_decoder_says_what_it_is() -> None:
    @decoder("documented")
    def documented(data: object) -> None:
        """Read nothing."""

    assert all(kind.__doc__ for kind in DECODERS.values())
    assert DECODERS["documented"].__doc__ == documented.__doc__


def test_what_people_choose_by(tmp_path: Path) -> None:
    schema = tmp_path / "feed.proto"
    schema.write_text('syntax = "proto3"; message Trade { string symbol = 1; } message Order { string id = 1; }')
    assert decoder_of("mqtt") is DECODERS["mqtt"]
    assert decoder_of(DECODERS["mqtt"]) is DECODERS["mqtt"]
    assert decoder_of(f"{schema}:Trade").name == "protobuf Trade"
    assert decoder_of(Timestamp).name == "protobuf google.protobuf.Timestamp"
    assert decoder_of(str.upper)(Opening()).decode(received("a")) == Decoded("A", '"A"')
    assert decoder_of(partial(int, base=16))(Opening()).decode(received("ff")) == Decoded(255, "255")
    with pytest.raises(ValueError, match=r"feed\.proto has not one message only"):
        decoder_of(schema)
    with pytest.raises(ValueError, match=r"feed\.proto has not one message only"):
        decoder_of(str(schema))


@pytest.mark.parametrize(
    ("choice", "error", "told"),
    [
        ("mqqt", ValueError, "no decoder is called 'mqqt'; did you mean 'mqtt'?"),
        ("", ValueError, "no decoder is called ''; there are socket.io, sockjs"),
        ("a:b", ValueError, "no decoder is called 'a:b'"),
        (7, TypeError, "got int"),
        (dict, TypeError, "got dict"),
        ("nothing.proto:A", OSError, "nothing"),
    ],
)
def test_what_is_no_choice(choice: object, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=re.escape(told)):
        decoder_of(choice)


def test_protocols_with_heartbeats_of_their_own() -> None:
    assert set(beating()) == {"socket.io", "phoenix", "graphql", "pusher", "signalr", "mqtt", "stomp"}
