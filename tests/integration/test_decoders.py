"""Decoders with real implementations of their protocols: servers, and clients to which ours plays the server."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
import shutil
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import brotli
import cbor2
import msgpack
import ocpp.routing
import ocpp.v16
import pytest
import zstandard
from ocpp.v16 import call, call_result
from websockets.asyncio.server import serve

import kontena_ws_nb as kws
from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded, Opening
from kontena_ws_nb.decoders.protobuf import ProtobufMessage
from kontena_ws_nb.decoders.registry import DECODERS, choose
from tests.browser.harness import chromium
from tests.lab.conversations import mqtt, received, record, v1
from tests.lab.jupyter import TOKEN, message, rest
from tests.lab.process import devtools, jupyter_server, mosquitto, protocol_peers

SECONDS = 10


class Talk:
    """Our client, and the decoder that its connection gets: asked for each message, as it comes."""

    def __init__(self, client: kws.Client, *, plays_server: bool = False, decoder: type[Decoder] | None = None) -> None:
        self.client = client
        self.opening = Opening(client.handshake.url, client.handshake.subprotocol, tuple(client.handshake.headers))
        self._plays_server = plays_server
        self._given = decoder
        self._messages: list[Encoded] = []
        self._decoder: Decoder | None = None
        self._not_given: list[int] = []
        self.told: list[Decoded | None] = []

    @property
    def name(self) -> str | None:
        """The decoder's name."""
        return None if self._decoder is None else self._decoder.name

    def send(self, data: Any) -> None:
        """Send text, bytes, or anything else as JSON."""
        self.client.send(data if isinstance(data, (str, bytes)) else json.dumps(data))
        self._heard(received(data), sent=True)

    def until(self, label: str) -> Decoded:
        """Give the first message that has a label which a pattern finds and was not given before; read until it comes."""
        while True:
            for number in self._not_given:
                found = self.told[number]
                if found is not None and re.search(label, found.label):
                    self._not_given.remove(number)
                    return found
            try:
                data = self.client.read(SECONDS)
            except kws.TimeoutError:
                data = None
            assert data is not None, f"no {label} came, but {[one and one.label for one in self.told]}"
            self._not_given.append(len(self._messages))
            self._heard(received(data), sent=False)

    def _heard(self, one: Encoded, *, sent: bool) -> None:
        self._messages.append(one._replace(sent=sent is not self._plays_server))
        kind = self._given or choose(self.opening, self._messages[:8])
        if kind is not type(self._decoder) and kind is not None:  # recognized now: what came before is decoded anew
            self._decoder = kind(self.opening)
            self.told = [self._decoder.decode(earlier) for earlier in self._messages]
        elif self._decoder is not None:
            self.told.append(self._decoder.decode(self._messages[-1]))


class Got(NamedTuple):
    """What is waited for: a label; and what the value has at some keys, and which id it answers."""

    label: str
    value: Any = None
    answers: str | int | None = None


@contextlib.contextmanager
def talking(
    url: str, *, plays_server: bool = False, decoder: type[Decoder] | None = None, **options: Any
) -> Iterator[Talk]:
    with kws.Client.connect(url, **options) as client:
        yield Talk(client, plays_server=plays_server, decoder=decoder)


def follow(talk: Talk, steps: list[Any]) -> None:
    """Wait for what is a `Got`; send the rest, or what a function makes of the last that was got."""
    last: Decoded | None = None
    for step in steps:
        if not isinstance(step, Got):
            talk.send(step(last) if callable(step) else step)
            continue
        last = found = talk.until(step.label)
        assert step.answers is None or found.answers == step.answers, found
        assert contains(found.value, step.value), found


def contains(value: Any, expected: Any) -> bool:
    """Tell whether a value, or one of several in a message, has what is expected at the keys that are named."""
    if isinstance(expected, dict):
        if isinstance(value, list):
            return any(contains(one, expected) for one in value)
        return isinstance(value, dict) and all(
            key in value and contains(value[key], one) for key, one in expected.items()
        )
    return expected is None or value == expected


def stomp_frame(command: str, body: str = "", **headers: str) -> str:
    lines = [command, *(f"{name.replace('_', '-')}:{value}" for name, value in headers.items())]
    return "\n".join(lines) + f"\n\n{body}\0"


def phoenix_reply(response: Any) -> Callable[[Decoded], Any]:
    """Answer the push that was got last, with JSON or in binary."""

    def reply(push: Decoded) -> Any:
        names = [push.value["join_ref"], push.value["ref"], push.value["topic"]]
        if isinstance(response, bytes):
            parts = [one.encode() for one in (*names, "ok")]
            return bytes([1, *map(len, parts)]) + b"".join(parts) + response
        return [*names, "phx_reply", {"status": "ok", "response": response}]

    return reply


def hub(kind: int, target: str, *arguments: Any, number: str | None = None, binary: bool = False) -> str | bytes:
    if binary:
        return record([kind, {}, number, target, list(arguments), []])
    value = {"type": kind, "invocationId": number, "target": target, "arguments": arguments}
    return json.dumps({name: one for name, one in value.items() if one is not None}) + "\x1e"


def hub_calls(binary: bool) -> list[Any]:
    return [
        '{"protocol":"%s","version":1}\x1e' % ("messagepack" if binary else "json"),
        Got("Handshake {}", {}, "handshake"),
        hub(1, "Add", 2, 3, number="1", binary=binary),
        Got("Completion #1 of Add 5", {"invocationId": "1", "result": 5}, "1"),
        hub(1, "Fail", number="2", binary=binary),
        Got('Completion #2 of Fail error "it failed"', {"error": "it failed"}, "2"),
        hub(1, "Count", number="3", binary=binary),
        Got("StreamItem #3 of Count 1", {"item": 1}, "3"),
        Got("StreamItem #3 of Count 2", {"item": 2}, "3"),
        Got("Completion #3 of Count", None, "3"),
        hub(1, "Greet", "hi", binary=binary),
        Got('Invocation Greeted "hi"', {"target": "Greeted", "arguments": ["hi"]}),
        record([6]) if binary else '{"type":6}\x1e',
        Got("Ping", {"type": 6}),
    ]


def stomp_steps(wrapped: Callable[[str], str]) -> list[Any]:
    return [
        wrapped(stomp_frame("CONNECT", accept_version="1.1,1.2", host="h", login="l", passcode="secret")),
        Got("CONNECTED 1", {"command": "CONNECTED"}, "CONNECT"),
        wrapped(stomp_frame("SUBSCRIBE", id="sub-0", destination="/queue/back", ack="auto")),
        wrapped(stomp_frame("SEND", '{"price":1.5}', destination="/queue/a")),
        Got(r'MESSAGE /queue/back .*\{"price": 1.5\}', {"command": "MESSAGE", "body": {"price": 1.5}}),
        wrapped(stomp_frame("UNSUBSCRIBE", id="sub-9")),
        Got("ERROR UNSUBSCRIBE ERROR", {"command": "ERROR"}),
        wrapped(stomp_frame("DISCONNECT", receipt="r1")),
        Got("RECEIPT r1", {"headers": {"receipt-id": "r1"}}, "r1"),
    ]


QUERY = {"query": "query Hello { hello }"}
TICKS = {"query": "subscription Ticks { tick }"}

#: By the name of a peer: the decoder, path, options and steps.
SERVERS: list[tuple[str, str, str, dict[str, Any], list[Any]]] = [
    (
        "socket.io",
        "socket.io",
        "/socket.io/?EIO=4&transport=websocket",
        {},
        [
            Got("open sid", {"type": "open", "data": {"pingInterval": 300}}),
            "40",
            Got(r"CONNECT \{", {"type": "CONNECT", "namespace": "/"}),
            '42["chat","hi"]',
            Got(r'EVENT chat "you said hi" \{"count": 1\}', {"event": "chat", "data": ["you said hi", {"count": 1}]}),
            '421["add",2,3]',
            Got(r"ACK #1 of add \[5\]", {"of": "add", "data": [5]}, 1),
            '451-2["file",{"_placeholder":true,"num":0}]',
            b"abc",
            Got("attachment 1/1 of BINARY_ACK", {"of": "file", "data": [{"size": 3, "back": b"cba"}]}, 2),
            '42["picture"]',
            Got('attachment 1/1 of BINARY_EVENT picture 3 bytes "png"', {"data": [b"\1\2\3", "png"]}),
            '40/admin,{"token":"t"}',
            Got("EVENT /admin welcome", {"namespace": "/admin", "data": [{"token": "t"}]}),
            Got("^ping", {"type": "ping"}),
            DECODERS["socket.io"].replies[0][1],
            Got("^ping", {"type": "ping"}),
        ],
    ),
    (
        "sockjs",
        "sockjs",
        "/echo/000/session/websocket",
        {},
        [
            Got("^open", {"type": "open"}),
            json.dumps(['{"a":1}', "b"]),
            Got(r'\{"a": 1\}', None),
        ],
    ),
    ("stomp", "stomp", "/stomp", {"subprotocols": ["v12.stomp"]}, stomp_steps(str)),
    (
        "stomp in sockjs",
        "sockjs",
        "/stomp/000/session/websocket",
        {},
        [Got("^open"), *stomp_steps(lambda frame: json.dumps([frame]))],
    ),
    (
        "graphql-transport-ws",
        "graphql",
        "/",
        {"subprotocols": ["graphql-transport-ws"]},
        [
            {"type": "connection_init"},
            Got("connection_ack", None, "connection_init"),
            {"type": "subscribe", "id": "q", "payload": QUERY},
            Got('next #q query Hello {"hello": "world"}', {"payload": {"data": {"hello": "world"}}}, "q"),
            Got("complete #q query Hello", None, "q"),
            {"type": "subscribe", "id": "s", "payload": TICKS},
            Got('next #s subscription Ticks {"tick": 3}', {"payload": {"data": {"tick": 3}}}, "s"),
            Got("complete #s subscription Ticks"),
            {"type": "subscribe", "id": "e", "payload": {"query": "{ broken }"}},
            Got('next #e query errors "it broke"', {"payload": {"data": {"broken": None}}}, "e"),
            {"type": "subscribe", "id": "w", "payload": {"query": "{ nothing }"}},
            Got('error #w query "Cannot query field', None, "w"),
            {"type": "ping"},
            Got("pong"),
        ],
    ),
    (
        "graphql-ws",
        "graphql",
        "/",
        {"subprotocols": ["graphql-ws"]},
        [
            {"type": "connection_init", "payload": {}},
            Got("connection_ack", None, "connection_init"),
            {"type": "start", "id": "1", "payload": TICKS},
            Got('data #1 subscription Ticks {"tick": 3}', {"payload": {"data": {"tick": 3}}}, "1"),
            Got("complete #1 subscription Ticks", None, "1"),
        ],
    ),
    ("signalr", "signalr", "/hub", {}, hub_calls(False)),
    ("signalr", "signalr", "/hub", {}, hub_calls(True)),
    (
        "json-rpc",
        "json-rpc",
        "/",
        {},
        [
            {"jsonrpc": "2.0", "id": 1, "method": "add", "params": [2, 3]},
            Got("result #1 of add 5", {"result": 5}, 1),
            {"jsonrpc": "2.0", "id": 2, "method": "nothing"},
            Got('error #2 of nothing -32601 "Method not found', {"error": {"code": -32601}}, 2),
            {"jsonrpc": "2.0", "id": 3, "method": "rpc.on", "params": ["tick"]},
            Got("result #3 of rpc.on", None, 3),
            {"jsonrpc": "2.0", "id": 4, "method": "tick"},
            Got("result #4 of tick", None, 4),
        ],
    ),
]

#: Clients, to which ours plays the server.
CLIENTS: list[tuple[str, str, list[Any]]] = [
    (
        "signalr client",
        "signalr",
        [
            Got("Handshake", {"protocol": "json"}),
            "{}\x1e",
            hub(1, "Ask", "how many?"),
            Got('Invocation #0 Answer "how many', {"target": "Answer"}),
            '{"type":3,"invocationId":"0","result":7}\x1e',
            Got("StreamInvocation #1 Count 7", {"target": "Count", "type": 4}),
            '{"type":2,"invocationId":"1","item":5}\x1e',
            Got("Invocation Counted 5", {"target": "Counted"}),
        ],
    ),
    (
        "phoenix",
        "phoenix",
        [
            Got(
                'rooms:lobby phx_join {"token": "t"}',
                {"topic": "rooms:lobby", "event": "phx_join", "payload": {"token": "t"}},
            ),
            phoenix_reply({}),
            [None, None, "rooms:lobby", "ask", {"what": 1}],
            Got('rooms:lobby said {"what": 1}', {"event": "said"}),
            phoenix_reply({"n": 7}),
            Got('rooms:lobby heard {"n": 7}', {"payload": {"n": 7}}),
            Got("rooms:lobby file 3 bytes", {"event": "file", "payload": b"\1\2\3"}),
            phoenix_reply(b"four"),
            Got('rooms:lobby got {"size": 4}', {"payload": {"size": 4}}),
            b"\2\x0b\5rooms:lobbybytes\1\2",
            Got('rooms:lobby counted {"size": 2}', {"payload": {"size": 2}}),
            Got("phoenix heartbeat", {"topic": "phoenix", "event": "heartbeat", "join_ref": None}),
        ],
    ),
    (
        "pusher",
        "pusher",
        [
            {"event": "pusher:connection_established", "data": '{"socket_id":"1.1","activity_timeout":120}'},
            Got("pusher:subscribe ticks", {"data": {"channel": "ticks"}}),
            {"event": "pusher_internal:subscription_succeeded", "channel": "ticks", "data": "{}"},
            {"event": "tick", "channel": "ticks", "data": '{"price":1.5}'},
            Got('ticks client-got {"price": 1.5}', {"channel": "ticks", "data": {"price": 1.5}}),
            {"event": "pusher:ping", "data": {}},
            Got("pusher:pong"),
        ],
    ),
    (
        "realtime",
        "realtime",
        [
            {"type": "session.created", "event_id": "e1", "session": {"id": "s"}},
            Got("session.update", {"session": {"type": "realtime"}}),
            Got("input_audio_buffer.append 0.50 s", {"audio": "(0.50 s of audio)"}),
            Got("response.create"),
            {"type": "response.output_audio_transcript.delta", "event_id": "e2", "delta": "Hello"},
            Got(
                "conversation.item.create message user",
                {"item": {"content": [{"type": "input_text", "text": "Hello"}]}},
            ),
        ],
    ),
]

ORDER = {"symbol": "BTC", "price": 70000.5, "levels": [1, 2, 3]}
#: What formats make of one order, in Node.
FORMATS: list[tuple[str, str, Any]] = [
    ("msgpack", "plain", {**ORDER, "time": "1970-01-01T00:00:00.000000000Z", "raw": b"\1"}),
    ("cbor", "plain", {**ORDER, "time": 0, "big": 1 << 64, "raw": b"\1"}),
    ("gzip", "plain", ORDER),
    ("zlib", "plain", ORDER),
    ("deflate", "plain", ORDER),
    ("brotli", "plain", ORDER),
    ("zstd", "plain", ORDER),
    ("text", "plain", "plain words\n"),
    ("zlib-stream", "zlib", {**ORDER, "count": 3}),
]


def zipped(value: Any) -> bytes:
    """Write JSON as bytes, to be compressed."""
    return json.dumps(value).encode()


#: How a value is written in formats that Node reads.
PACKED: dict[str, Callable[[Any], bytes]] = {
    "msgpack": msgpack.packb,
    "cbor": cbor2.dumps,
    "gzip": lambda value: gzip.compress(zipped(value)),
    "zlib": lambda value: zlib.compress(zipped(value)),
    "deflate": lambda value: zlib.compress(zipped(value), wbits=-15),
    "brotli": lambda value: brotli.compress(zipped(value)),
    "zstd": lambda value: zstandard.compress(zipped(value)),
}


class Case(NamedTuple):
    """A conversation with a server: what is sent first, a request, and what is found afterwards."""

    peer: str
    decoder: str
    path: str
    #: What is sent, each after the first message that has what is expected.
    opens: list[tuple[Any, Any]]
    #: None where what is joined to us is a client, which answers nothing of ours.
    request: Any
    #: What the answer's decoded value has.
    answer: Any
    #: Filters, and how many messages each finds at least.
    filters: dict[str, int]
    #: A column of the table, and a value in it.
    column: tuple[str, Any]
    options: Mapping[str, Any] = MappingProxyType({})


#: What sessions are asked: filters, `expect`, `request` and tables.
CASES = [
    Case(
        "socket.io",
        "socket.io",
        "/socket.io/?EIO=4&transport=websocket",
        [
            ({"type": "open"}, "40"),
            ({"type": "CONNECT", "namespace": "/"}, '42["chat","hi"]'),
            ({"event": "chat"}, None),
        ],
        '421["add",2,3]',
        {"type": "ACK", "of": "add", "data": [5]},
        {"$.event=chat": 2, "label:chat": 2, "decoder:socket.io": 5, '$.data[0]~"you said"': 1, "$.of=add": 1},
        ("event", "chat"),
    ),
    Case(
        "stomp",
        "stomp",
        "/stomp",
        [
            (None, stomp_frame("CONNECT", accept_version="1.1")),
            ({"command": "CONNECTED"}, stomp_frame("SUBSCRIBE", id="0", destination="/queue/back")),
            (None, stomp_frame("SEND", '{"price":1.5}', destination="/queue/a")),
            ({"command": "MESSAGE", "body": {"price": 1.5}}, None),
        ],
        stomp_frame("DISCONNECT", receipt="r1"),
        {"command": "RECEIPT", "headers": {"receipt-id": "r1"}},
        {"$.body.price>1": 2, "label:MESSAGE": 1, "$.command=SEND": 1},
        ("body.price", 1.5),
        {"subprotocols": ["v11.stomp"]},
    ),
    Case(
        "graphql-transport-ws",
        "graphql",
        "/",
        [(None, {"type": "connection_init"}), ({"type": "connection_ack"}, None)],
        {"type": "subscribe", "id": "q", "payload": QUERY},
        {"type": "next", "payload": {"data": {"hello": "world"}}},
        {"label:Hello": 2, "$..hello=world": 1},
        ("payload.data.hello", "world"),
        {"subprotocols": ["graphql-transport-ws"]},
    ),
    Case(
        "signalr",
        "signalr",
        "/hub",
        [(None, '{"protocol":"messagepack","version":1}\x1e'), ({}, None)],
        hub(1, "Add", 2, 3, number="1", binary=True),
        {"type": 3, "invocationId": "1", "result": 5},
        {"$.target=Add": 1, "$.result=5": 1, 'label:"Completion #1"': 1},
        ("target", "Add"),
    ),
    Case(
        "json-rpc",
        "json-rpc",
        "/",
        [],
        {"jsonrpc": "2.0", "id": 1, "method": "add", "params": [2, 3]},
        {"id": 1, "result": 5},
        {'label:"of add"': 1, "$.method=add": 1},
        ("result", 5),
    ),
    Case(
        "sockjs",
        "sockjs",
        "/echo/000/session/websocket",
        [({"type": "open"}, None)],
        json.dumps(['{"id":7,"op":"sub"}']),
        {"id": 7},
        {"$.op=sub": 2, "label:open": 1, "decoder:sockjs": 3},
        ("op", "sub"),
    ),
    Case(
        "stomp in sockjs",
        "sockjs",
        "/stomp/000/session/websocket",
        [
            ({"type": "open"}, json.dumps([stomp_frame("CONNECT", accept_version="1.1")])),
            ({"command": "CONNECTED"}, json.dumps([stomp_frame("SUBSCRIBE", id="0", destination="/queue/back")])),
            (None, json.dumps([stomp_frame("SEND", '{"price":1.5}', destination="/queue/a")])),
            ({"command": "MESSAGE", "body": {"price": 1.5}}, None),
        ],
        json.dumps([stomp_frame("DISCONNECT", receipt="r1")]),
        {"command": "RECEIPT", "headers": {"receipt-id": "r1"}},
        {"$.body.price>1": 2, "label:MESSAGE": 1},
        ("body.price", 1.5),
    ),
    Case(
        "graphql-ws",
        "graphql",
        "/",
        [(None, {"type": "connection_init", "payload": {}}), ({"type": "connection_ack"}, None)],
        {"type": "start", "id": "1", "payload": TICKS},
        {"type": "data", "payload": {"data": {"tick": 1}}},
        {"label:Ticks": 2, "$..tick=1": 1},
        ("payload.data.tick", 1),
        {"subprotocols": ["graphql-ws"]},
    ),
    Case(
        "signalr",
        "signalr",
        "/hub",
        [(None, '{"protocol":"json","version":1}\x1e'), ({}, None)],
        hub(1, "Add", 2, 3, number="1"),
        {"type": 3, "invocationId": "1", "result": 5},
        {"$.target=Add": 1, "$.result=5": 1, 'label:"Completion #1"': 1},
        ("result", 5),
    ),
    Case(
        "signalr client",
        "signalr",
        "",
        [(None, "{}\x1e"), ({"type": 6}, hub(1, "Ask", "how many?"))],
        None,
        {"type": 1, "target": "Answer"},
        {"$.target=Answer": 1, 'label:"Answer"': 1},
        ("type", 6),
    ),
    Case(
        "phoenix",
        "phoenix",
        "",
        [({"event": "phx_join"}, None)],
        None,
        {"topic": "phoenix", "event": "heartbeat"},
        {"$.payload.token=t": 1, "label:heartbeat": 1, '$.topic~"rooms"': 1},
        ("event", "phx_join"),
    ),
    Case(
        "pusher",
        "pusher",
        "",
        [
            (None, {"event": "pusher:connection_established", "data": '{"socket_id":"1.1","activity_timeout":120}'}),
            ({"event": "pusher:subscribe", "data": {"channel": "ticks"}}, None),
            (None, {"event": "pusher_internal:subscription_succeeded", "channel": "ticks", "data": "{}"}),
            (None, {"event": "tick", "channel": "ticks", "data": '{"price":1.5}'}),
        ],
        None,
        {"event": "client-got", "data": {"price": 1.5}},
        {"$.data.price=1.5": 2, "label:tick": 2},
        ("data.price", 1.5),
    ),
    Case(
        "realtime",
        "realtime",
        "",
        [(None, {"type": "session.created", "event_id": "e1", "session": {"id": "s"}})],
        None,
        {"type": "response.create"},
        {'label:"0.50 s"': 1, "$.session.type=realtime": 1},
        ("type", "session.update"),
    ),
    *(
        Case(
            "formats",
            "plain",
            f"/{name}",
            [({"symbol": "BTC"}, None)],
            write({"id": 7, "symbol": "BTC", "price": 1.5, "note": "long enough to be worth packing, " * 3}),
            {"id": 7, "price": 70000.5},
            {"$.price>=70000.5": 2, "$.id=7": 2, "$.levels[1]=2": 2, "BTC": 3, "decoder:plain": 3},
            ("price", 70000.5),
        )
        for name, write in PACKED.items()
    ),
]


@pytest.fixture(scope="module")
def peers() -> Iterator[dict[str, str]]:
    with protocol_peers() as urls:
        yield urls


@pytest.mark.peer("protocols")
@pytest.mark.parametrize(
    ("peer", "name", "path", "options", "steps"), SERVERS, ids=[f"{one[0]}-{at}" for at, one in enumerate(SERVERS)]
)
def test_a_server(
    peers: dict[str, str], peer: str, name: str, path: str, options: dict[str, Any], steps: list[Any]
) -> None:
    with talking(peers[peer] + path, **options) as talk:
        follow(talk, steps)
        assert talk.name == name
        assert None not in talk.told


@pytest.mark.peer("protocols")
@pytest.mark.parametrize(("peer", "name", "steps"), CLIENTS, ids=[one[0] for one in CLIENTS])
def test_a_client(peers: dict[str, str], peer: str, name: str, steps: list[Any]) -> None:
    with talking(peers[peer], plays_server=True) as talk:
        follow(talk, steps)
        assert talk.name == name
        assert None not in talk.told


@pytest.mark.peer("protocols")
@pytest.mark.parametrize(("path", "name", "value"), FORMATS, ids=[one[0] for one in FORMATS])
def test_a_format(peers: dict[str, str], path: str, name: str, value: Any) -> None:
    with talking(f"{peers['formats']}/{path}") as talk:
        while (found := talk.until("")).value != value and path == "zlib-stream":
            pass
        assert (talk.name, found.value) == (name, value)


@pytest.mark.peer("protocols")
def test_protobuf_with_and_without_its_schema(peers: dict[str, str], tmp_path: Path) -> None:
    schema = tmp_path / "trade.proto"
    schema.write_text(
        'syntax = "proto3"; message Trade { string symbol = 1; double price = 2; repeated int32 levels = 3; int32 id = 4; }'
    )
    with talking(f"{peers['formats']}/protobuf", decoder=DECODERS["protobuf"]) as talk:
        assert talk.until("").value == {"1": "BTC", "2": 70000.5, "3": b"\1\2\3"}
    with talking(f"{peers['formats']}/protobuf", decoder=ProtobufMessage.of(schema)) as talk:
        found = talk.until("Trade")
        assert found.value == ORDER


@pytest.mark.peer("mosquitto")
@pytest.mark.parametrize("version", [4, 5])
def test_mqtt(tmp_path: Path, version: int) -> None:
    with mosquitto(tmp_path) as url, talking(url, subprotocols=["mqtt"]) as talk:
        none = "00" * (version == 5)  # no properties
        steps = [
            mqtt(0x10, f"0004 4d515454 0{version} 02 003c", none, "0003 696431"),
            Got("CONNACK success" if version == 5 else "CONNACK connection accepted", {"reason_code": 0}, "CONNECT"),
            mqtt(0x82, "0001", none, "0003 612f23 01"),
            Got("SUBACK granted QoS 1", {"packet_id": 1}, 1),
            mqtt(0x32, "0003 612f62 0007", none, b'{"price":1.5}'.hex()),
            Got(r'PUBLISH a/b qos 1 {"price": 1.5}|packets: .*PUBLISH a/b qos 1 {"price": 1.5}'),
            mqtt(0xA2, "0002", none, "0003 612f23"),
            Got("UNSUBACK", {"packet_id": 2}, 2),
            mqtt(0xC0),
            Got("PINGRESP", None, "PINGREQ"),
        ]
        follow(talk, steps)
        assert talk.name == "mqtt"
        if version == 5:
            follow(
                talk,
                [mqtt(0x32, "0003 782f79 0008 00 68"), Got("PUBACK 8 no matching subscribers", {"reason_code": 16}, 8)],
            )
        assert None not in talk.told


class CentralSystem(ocpp.v16.ChargePoint):  # type: ignore[misc]
    """A central system of the package ``ocpp``, as it sees a charge point."""

    @ocpp.routing.on("BootNotification")  # type: ignore[untyped-decorator]
    def on_boot(self, charge_point_vendor: str, charge_point_model: str, **more: Any) -> Any:
        return call_result.BootNotification("2024-01-01T00:00:00Z", 300, "Accepted")

    @ocpp.routing.after("BootNotification")  # type: ignore[untyped-decorator]
    async def after_boot(self, **more: Any) -> None:
        await self.call(call.Reset("Soft"))


@pytest.fixture
def central_system() -> Iterator[str]:
    """A WebSocket server in a thread, each of whose connections is a `CentralSystem`."""
    started: list[Any] = []
    ready = threading.Event()

    async def run() -> None:
        stop = asyncio.Event()

        async def serve_one(connection: Any) -> None:
            with contextlib.suppress(Exception):  # the client's closing
                await CentralSystem("CP1", connection).start()

        async with serve(serve_one, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:  # type: ignore[list-item]
            started.extend((asyncio.get_running_loop(), stop, server.sockets[0].getsockname()[1]))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(SECONDS)
    yield f"ws://127.0.0.1:{started[2]}/CP1"
    started[0].call_soon_threadsafe(started[1].set)
    thread.join(SECONDS)


def test_ocpp(central_system: str) -> None:
    with talking(central_system, subprotocols=["ocpp1.6"]) as talk:
        boot = {"chargePointVendor": "V", "chargePointModel": "M"}
        follow(
            talk,
            [
                [2, "1", "BootNotification", boot],
                Got(
                    "CALLRESULT of BootNotification",
                    {"action": "BootNotification", "payload": {"status": "Accepted", "interval": 300}},
                    "1",
                ),
            ],
        )
        reset = talk.until('CALL Reset {"type": "Soft"}')
        talk.send([3, reset.id, {"status": "Accepted"}])
        follow(
            talk,
            [[2, "2", "Nothing", {}], Got("CALLERROR of Nothing NotSupported", {"code": "NotSupported"}, "2")],
        )
        assert (talk.name, talk.told[3]) == ("ocpp", talk.told[3])
        assert talk.told[3] is not None
        assert talk.told[3].label == 'CALLRESULT of Reset {"status": "Accepted"}'


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with jupyter_server(tmp_path_factory.mktemp("jupyter"), TOKEN) as server:
        started = rest(server, "POST", "/api/kernels", {"name": "python3"})
        yield f"{server.replace('http', 'ws')}/api/kernels/{started['id']}/channels?token={TOKEN}"
        rest(server, "DELETE", f"/api/kernels/{started['id']}")


@pytest.mark.parametrize("subprotocol", [None, "v1.kernel.websocket.jupyter.org"])
def test_a_jupyter_kernel(kernel: str, subprotocol: str | None) -> None:
    options = {} if subprotocol is None else {"subprotocols": [subprotocol]}
    with talking(kernel, **options) as talk:
        assert talk.opening.subprotocol == subprotocol
        asked = message("execute_request", {"code": "print(6 * 7); 1 / 0", "silent": False, "store_history": False})
        parts = ("header", "parent_header", "metadata", "content")
        talk.send(asked if subprotocol is None else v1("shell", *(asked[name] for name in parts)))
        mine = asked["header"]["msg_id"]
        printed = talk.until('^iopub stream "stdout" "42')
        assert (printed.value["content"], printed.answers) == ({"name": "stdout", "text": "42\n"}, mine)
        follow(talk, [Got('^iopub error "ZeroDivisionError"', {"channel": "iopub"}, mine)])
        reply = talk.until('^shell execute_reply "error" "ZeroDivisionError"')
        assert (talk.name, reply.answers) == ("jupyter", mine)
        assert None not in talk.told


def test_widgets_buffers_of_a_kernel(kernel: str) -> None:
    code = "from ipykernel.comm import Comm; Comm(target_name='t', data={'a': 1}, buffers=[b'\\0\\1'])"
    for subprotocols in ((), ("v1.kernel.websocket.jupyter.org",)):
        with talking(kernel, subprotocols=list(subprotocols)) as talk:
            asked = message("execute_request", {"code": code, "silent": False, "store_history": False})
            parts = ("header", "parent_header", "metadata", "content")
            talk.send(v1("shell", *(asked[name] for name in parts)) if subprotocols else asked)
            opened = talk.until('^iopub comm_open "t"')
            assert opened.value["content"]["data"] == {"a": 1}
            assert opened.value["buffers"] == [b"\0\1"]


def test_chromes_devtools(tmp_path: Path) -> None:
    with devtools(chromium() or str(shutil.which("chromium")), tmp_path) as url, talking(url) as talk:
        port = url.split(":")[2].split("/")[0]
        talk.send({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
        created = talk.until("result #1 of Target.createTarget")
        assert created.value["method"] == "Target.createTarget"
        target = created.value["result"]["targetId"]
        talk.send({"id": 2, "method": "Target.attachToTarget", "params": {"targetId": target, "flatten": True}})
        session = talk.until("result #2 of Target.attachToTarget").value["result"]["sessionId"]
        page = f"http://127.0.0.1:{port}/json/version"
        follow(
            talk,
            [
                {"id": 3, "sessionId": session, "method": "Network.enable"},
                Got("result #3 of Network.enable", {"sessionId": session}, 3),
                {"id": 3, "method": "Browser.getVersion"},
                Got("result #3 of Browser.getVersion", {"method": "Browser.getVersion"}, 3),
                {"id": 4, "sessionId": session, "method": "Page.navigate", "params": {"url": page}},
                Got(f"Network.requestWillBeSent GET {re.escape(page)}", {"method": "Network.requestWillBeSent"}),
                Got(f"Network.responseReceived 200 {re.escape(page)}", {"params": {"response": {"status": 200}}}),
                {"id": 5, "sessionId": session, "method": "Runtime.nothing"},
                Got("error #5 of Runtime.nothing -32601", {"error": {"code": -32601}}, 5),
            ],
        )
        assert talk.name == "devtools"
        assert None not in talk.told


@pytest.mark.peer("protocols")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.peer + case.path)
def test_a_session_with_a_server(peers: dict[str, str], case: Case) -> None:
    converse(peers[case.peer] + case.path, case)


def converse(url: str, case: Case) -> None:
    """Hold a conversation in a session, and look for it by what was decoded."""
    session = kws.connect(url, **case.options)
    try:
        for expected, data in case.opens:
            if expected is not None:
                session.expect(expected, timeout=SECONDS, since=0)
            if isinstance(data, (str, bytes)):
                session.send(data)
            elif data is not None:
                session.send_json(data)
        if case.request is None:
            assert session.expect(case.answer, timeout=SECONDS, since=0).decoded is not None
        else:
            answer = session.request(case.request, timeout=SECONDS)
            assert contains(answer.decoded, case.answer), answer.decoded
        assert {message.decoder for message in session.messages} == {case.decoder}
        for query, count in case.filters.items():
            found = session.messages.where(query)
            assert len(found) >= count, (query, [message.label for message in session.messages])
        column, value = case.column
        table = session.messages.to_pandas(json=True)
        assert value in list(table[column].dropna()), table.columns
    finally:
        session.close()


@pytest.mark.peer("mosquitto")
def test_a_session_with_a_broker(tmp_path: Path) -> None:
    case = Case(
        "mosquitto",
        "mqtt",
        "/",
        [
            (None, mqtt(0x10, "0004 4d515454 05 02 003c 00 0003 696431")),
            ({"type": "CONNACK"}, mqtt(0x82, "0001 00 0003 612f23 00")),
            ({"type": "SUBACK"}, mqtt(0x30, "0003 612f62 00", json.dumps({"price": 1.5}).encode().hex())),
            ({"type": "PUBLISH", "topic": "a/b"}, None),
        ],
        mqtt(0xC0),
        {"type": "PINGRESP"},
        {"$.topic=a/b": 2, "$.payload.price>1": 2, "label:PUBLISH": 2, '$.reason="success"': 1},
        ("payload.price", 1.5),
        {"subprotocols": ["mqtt"]},
    )
    with mosquitto(tmp_path) as url:
        converse(url, case)


def test_a_session_with_a_central_system(central_system: str) -> None:
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}
    case = Case(
        "ocpp",
        "ocpp",
        "",
        [],
        [2, "1", "BootNotification", boot],
        {"type": "CALLRESULT", "action": "BootNotification", "payload": {"status": "Accepted"}},
        {"$.action=BootNotification": 2, "$.payload.interval=300": 1, "label:CALLRESULT": 1},
        ("payload.interval", 300),
        {"subprotocols": ["ocpp1.6"]},
    )
    converse(central_system, case)


@pytest.mark.parametrize("subprotocols", [[], ["v1.kernel.websocket.jupyter.org"]])
def test_a_session_with_a_kernel(kernel: str, subprotocols: list[str]) -> None:
    asked = message("execute_request", {"code": "print(6 * 7)", "silent": False, "store_history": False})
    parts = [asked[name] for name in ("header", "parent_header", "metadata", "content")]
    case = Case(
        "jupyter",
        "jupyter",
        "",
        [],
        v1("shell", *parts) if subprotocols else asked,
        {"parent_header": {"msg_id": asked["header"]["msg_id"]}},
        {'$.content.code~"6 * 7"': 1, "label:execute_request": 1},
        ("header.msg_type", "execute_request"),
        {"subprotocols": subprotocols},
    )
    converse(kernel, case)


def test_a_session_with_chrome(tmp_path: Path) -> None:
    case = Case(
        "devtools",
        "devtools",
        "",
        [],
        {"id": 1, "method": "Browser.getVersion"},
        {"id": 1, "method": "Browser.getVersion"},
        {"$.method=Browser.getVersion": 2, 'label:"of Browser.getVersion"': 1, "$.result.protocolVersion>1": 1},
        ("method", "Browser.getVersion"),
    )
    with devtools(chromium() or str(shutil.which("chromium")), tmp_path) as url:
        converse(url, case)
