"""Client and session with Node's ws: messages, compression, fragments, closing, rejections."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.connection.client import Client
from tests.lab.process import node_ws
from tests.lab.waiting import wait_for

pytestmark = pytest.mark.peer("node-ws")


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    with node_ws() as url:
        yield url


@pytest.mark.parametrize("compression", [True, False])
@pytest.mark.parametrize("path", ["/", "/fragments"])
@pytest.mark.parametrize("message", ["hello", "", "wörld 🌍" * 500, b"\0\xff" * 40_000, b""])
def test_echo(node: str, compression: bool, path: str, message: str | bytes) -> None:
    with Client.connect(node + path, compression=compression) as client:
        assert bool(client.handshake.extensions) == compression
        client.send(message)
        client.send(message)
        assert [client.read(10), client.read(10)] == [message, message]


def test_ping_and_pong_both_ways(node: str) -> None:
    with Client.connect(node) as client:
        client.send("ping")
        assert client.read(10) == "pong: are you there"
    session = kws.connect(node)
    assert 0 < session.ping(10) < 10
    session.close()


def test_the_server_closes(node: str) -> None:
    with Client.connect(node) as client:
        client.send("last words")
        client.send("close")
        assert client.read(10) == "last words"
        with pytest.raises(kws.CloseError) as caught:
            client.read(10)
        assert (caught.value.code, caught.value.reason) == (4001, "as you said")


def test_the_server_vanishes(node: str) -> None:
    with Client.connect(node) as client:
        client.send("terminate")
        with pytest.raises(kws.EOFError):
            client.read(10)


def test_we_close(node: str) -> None:
    with Client.connect(node) as client:
        client.send("first")
        client.close(4002, "enough")
        assert list(client) == ["first"]
        assert (client.close_code, client.close_reason) == (4002, "enough")


def test_subprotocol_and_refusal(node: str) -> None:
    with Client.connect(node, subprotocols=["chat.v1", "chat.v2"]) as client:
        assert client.handshake.subprotocol == "chat.v2"
    with pytest.raises(kws.ProtocolError) as caught:
        Client.connect(node + "/forbidden")
    assert (caught.value.status, caught.value.body) == (403, b"not for you")
    assert ("X-Why", "a test") in caught.value.headers


@pytest.mark.parametrize("compression", [True, False])
def test_a_session_keeps_every_message_of_a_burst(node: str, compression: bool) -> None:
    session = kws.connect(node + "/?count=20000", compression=compression)
    wait_for(lambda: session.stats.received_messages >= 20_000, 30)
    numbers = [message.json()["n"] for message in session.messages if message.kind == "text"]
    session.close(1000, "thanks")
    assert numbers == list(range(20_000))
    assert json.loads(session.read().text) == {"n": 0}
    assert (session.state, session.close_code) == ("closed", 1000)
