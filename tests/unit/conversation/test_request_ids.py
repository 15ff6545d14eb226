"""The ids that pair a request with its response."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from kontena_ws_nb.conversation.request_ids import Id, is_request, message_id, repeats
from kontena_ws_nb.decoders.decoder import Decoded, Decoder, Encoded
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message


def message(data: Any, kind: str = "text") -> Message:
    log = MessageLog()
    log.add(kind, data if isinstance(data, bytes) else json.dumps(data).encode())
    return log[0]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"id": 7}, Id(("id",), Decimal(7))),
        ({"id": "7"}, Id(("id",), "7")),
        (b'{"id": 7.50}', Id(("id",), Decimal("7.5"))),
        (b'{"id": 9007199254740993}', Id(("id",), Decimal(9007199254740993))),
        ({"nonce": "a", "id": None}, Id(("nonce",), "a")),
        ({"nonce": "a", "id": 5}, Id(("id",), Decimal(5))),
        ({"topic": "room:1", "event": "phx_join", "ref": "2"}, Id(("ref",), "2")),
        (["1", "2", "room:1", "phx_join", {}], Id((1,), "2")),
        ([None, "2", "room:1", "phx_join", {}], Id((1,), "2")),
        ([1, 2, 3, 4, 5], None),
        ([None, None, "room:1", "new", {}], None),
        (["1", "2", "room:1", "phx_join"], None),
        ({"id": True}, None),
        ({"id": [1]}, None),
        ({"d": {"id": 7}}, None),
        ("id", None),
        (b"no json", None),
        (b'{"id": NaN}', None),
        (b'{"id": 1e99999999999999999999}', None),
        (b"[" * 100_000, None),
        (b'{"id": 1}' + b" " * (1 << 20), None),
    ],
)
def test_message_id(data: Any, found: Id | None) -> None:
    assert message_id(message(data)) == found


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"d": {"id": 7}}, Id(("d", "id"), Decimal(7))),
        ({"op": "sub", "args": [{"channelId": "a"}]}, Id(("args", 0, "channelId"), "a")),
        ({"user_id": 5}, Id(("user_id",), Decimal(5))),
        ({"head": {"msgid": "x"}, "id": 4}, Id(("id",), Decimal(4))),
        ({"valid": 1, "paid": 2, "Madrid": 3, "liquid": "x", "href": "y"}, None),
        ({"id": {"deep": 1}}, None),
        ([], None),
    ],
)
def test_what_only_looks_like_an_id(data: Any, found: Id | None) -> None:
    assert message_id(message(data), alike=True) == found


@pytest.mark.parametrize(
    ("data", "same"),
    [
        ({"args": [{"channelId": "a"}]}, True),
        ({"args": [{"channelId": "b"}]}, False),
        ({"args": []}, False),
        ({"args": {"0": {}}}, False),
        ([], False),
    ],
)
def test_repeats_at_any_depth(data: Any, same: bool) -> None:
    assert repeats(message(data), Id(("args", 0, "channelId"), "a")) is same


def test_few_objects_are_looked_into() -> None:
    assert message_id(message([[]] * 2000 + [{"id": 1}]), alike=True) is None


def test_rows_that_are_no_messages_have_none() -> None:
    assert message_id(message({"id": 7}, "ping")) is None


@pytest.mark.parametrize(
    ("data", "found", "same"),
    [
        ({"id": 7.0}, Id(("id",), Decimal(7)), True),
        ({"id": "7"}, Id(("id",), Decimal(7)), False),
        ({"id": 5, "nonce": "a"}, Id(("nonce",), "a"), True),
        ([7], Id(("id",), Decimal(7)), False),
        (["1", "2", "t", "phx_reply", {}], Id((1,), "2"), True),
        (["1"], Id((1,), "2"), False),
        ({"1": "2"}, Id((1,), "2"), False),
    ],
)
def test_repeats(data: Any, found: Id, same: bool) -> None:
    assert repeats(message(data), found) is same


def test_a_request_of_the_servers_own() -> None:
    assert is_request(message({"jsonrpc": "2.0", "method": "ping", "id": 1}))
    assert not is_request(message({"jsonrpc": "2.0", "error": {}, "id": 1}))
    assert not is_request(message({"method": "subscribe", "id": 1}))
    assert not is_request(message(["jsonrpc", "method"]))


def test_how_it_is_shown() -> None:
    assert [str(Id(("id",), Decimal(7))), str(Id(("nonce",), "a b")), str(Id((1,), "2"))] == [
        "$.id=7",
        "$.nonce='a b'",
        "$[1]='2'",
    ]
    assert str(Id(("id",), "\x1b[31m\u202e" * 1000)).isprintable()
    assert len(str(Id(("id",), "x" * 1000))) < 70


def decoded_by(name: str, *payloads: bytes) -> list[Message]:
    log = MessageLog()
    log.meanings.choose(name)
    for payload in payloads:
        log.add("text", payload, sent=not len(log))
    return list(log)


def test_what_the_decoder_tells_is_the_id() -> None:
    sent, stranger, answer = decoded_by("socket.io", b'421["ask"]', b'42["id",{"id":1}]', b'431["yes"]')
    found = message_id(sent)
    assert found is not None
    assert [repeats(message, found) for message in (stranger, answer)] == [False, True]
    assert is_request(sent)
    assert not is_request(answer)


def test_the_place_is_named_where_the_decoder_tells_the_same() -> None:
    sent, answer = decoded_by(
        "json-rpc", b'{"jsonrpc":"2.0","method":"a","id":7}', b'{"jsonrpc":"2.0","result":1,"id":7}'
    )
    found = message_id(sent)
    assert found == Id(("id",), Decimal(7))
    assert repeats(answer, found)


def test_an_id_in_what_was_decoded() -> None:
    sent, answer = decoded_by("sockjs", b'["{\\"id\\":5}"]', b'a["{\\"id\\":5}"]')
    found = message_id(sent, alike=True)
    assert found == Id(("id",), Decimal(5))
    assert repeats(answer, found)


@pytest.mark.parametrize(
    ("decoder", "asks", "stranger", "answers"),
    [
        (
            "signalr",
            b'{"type":1,"invocationId":"2","target":"a","arguments":[]}\x1e',
            b'{"type":3,"invocationId":"1"}\x1e{"type":6}\x1e',
            b'{"type":3,"invocationId":"1"}\x1e{"type":3,"invocationId":"2"}\x1e',
        ),
        (
            "json-rpc",
            b'{"jsonrpc":"2.0","method":"a","id":2}',
            b'[{"jsonrpc":"2.0","result":1,"id":1},{"jsonrpc":"2.0","method":"b"}]',
            b'[{"jsonrpc":"2.0","result":1,"id":1},{"jsonrpc":"2.0","result":1,"id":2}]',
        ),
        ("raw", b'{"op":"a","id":2}', b'[{"id":1},{"id":3}]', b'[{"id":1},{"id":2}]'),
    ],
)
def test_an_answer_among_several_in_one_message(decoder: str, asks: bytes, stranger: bytes, answers: bytes) -> None:
    sent, other, answer = decoded_by(decoder, asks, stranger, answers)
    found = message_id(sent)
    assert found is not None
    assert [repeats(message, found) for message in (other, answer)] == [False, True]
    assert [is_request(message) for message in (other, answer)] == [False, False]


def test_a_batch_of_requests_is_answered_by_a_batch() -> None:
    sent, stranger, answer = decoded_by(
        "json-rpc",
        b'[{"jsonrpc":"2.0","method":"a","id":7},{"jsonrpc":"2.0","method":"b","id":8}]',
        b'[{"jsonrpc":"2.0","result":1,"id":9}]',
        b'[{"jsonrpc":"2.0","result":1,"id":8},{"jsonrpc":"2.0","result":1,"id":7}]',
    )
    found = message_id(sent)
    assert found is not None
    assert is_request(sent)
    assert [repeats(message, found) for message in (stranger, answer)] == [False, True]


def test_large_messages_are_not_looked_into() -> None:
    (sent,) = decoded_by("socket.io", b'421["ask"' + b" " * (1 << 20) + b"]")
    assert message_id(sent) is None
    assert not is_request(sent)


class Told(Decoder):
    """As it is told: ``name id answers``, each perhaps empty."""

    name = "told"

    def decode(self, message: Encoded) -> Decoded | None:
        _, number, answers = message.payload.decode().split(",")
        return Decoded({"id": "other"}, "", number or None, answers or None)


def test_an_id_that_only_the_decoder_knows_of() -> None:
    log = MessageLog()
    log.meanings.choose(Told)
    for payload in (b"ask,5,", b"answer,,5", b"answer,,6", b"ask,5,"):
        log.add("text", payload)
    asked, answer, other, own = log
    found = message_id(asked)
    assert found == Id((), "5")
    assert str(found) == "id='5'"
    assert [repeats(message, found) for message in (answer, other, own)] == [True, False, True]
    assert [is_request(message) for message in (answer, own)] == [False, True]
