"""GraphQL over WebSocket: operations and what belongs to them."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Encoded, Opening
from kontena_ws_nb.decoders.graphql import GraphQL
from tests.lab.conversations import received, sent


def test_a_conversation() -> None:
    decoder = GraphQL(Opening())
    told: list[tuple[Encoded, tuple[str, Any, Any]]] = [
        (sent({"type": "connection_init", "payload": {"a": 1}}), ('connection_init {"a": 1}', "connection_init", None)),
        (received({"type": "connection_ack"}), ("connection_ack", None, "connection_init")),
        (
            sent({"type": "subscribe", "id": "1", "payload": {"query": "subscription Ticks { t }"}}),
            ("subscribe #1 subscription Ticks", "1", None),
        ),
        (
            received({"type": "next", "id": "1", "payload": {"data": {"t": 1}}}),
            ('next #1 subscription Ticks {"t": 1}', None, "1"),
        ),
        (
            received({"type": "next", "id": "1", "payload": {"errors": [{"message": "no"}]}}),
            ('next #1 subscription Ticks errors "no"', None, "1"),
        ),
        (
            received({"type": "next", "id": "1", "payload": {"hasNext": False}}),
            ('next #1 subscription Ticks {"hasNext": false}', None, "1"),
        ),
        (sent({"type": "complete", "id": "1"}), ("complete #1 subscription Ticks", None, None)),
        (received({"type": "complete", "id": "1"}), ("complete #1", None, "1")),
        (sent({"type": "start", "id": 2, "payload": {"query": "{ a }"}}), ("start #2 query", "2", None)),
        (received({"type": "data", "id": 2, "payload": {"data": {"a": 1}}}), ('data #2 query {"a": 1}', None, "2")),
        (
            received({"type": "error", "id": 2, "payload": [{"message": "no"}, {"message": "yes"}]}),
            ('error #2 query ["no", "yes"]', None, "2"),
        ),
        (received({"type": "error", "id": 2, "payload": {"message": "no"}}), ('error #2 "no"', None, "2")),
        (
            received({"type": "connection_error", "payload": {"message": "no"}}),
            ('connection_error "no"', None, "connection_init"),
        ),
        (received({"type": "ka"}), ("ka", None, None)),
        (received({"type": "ping", "payload": {"a": 1}, "id": True}), ('ping {"a": 1}', None, None)),
        (sent({"type": "subscribe", "payload": {}}), ("subscribe", None, None)),
        (sent({"type": "subscribe", "id": "3"}), ("subscribe #3", None, None)),
    ]
    for message, expected in told:
        found = decoder.decode(message)
        assert found is not None
        assert tuple(found)[1:4] == expected


@pytest.mark.parametrize("payload", ["hello", "[]", {"type": 1}])
def test_what_is_none_of_its_messages(payload: Any) -> None:
    assert GraphQL(Opening()).decode(received(payload)) is None


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"query": "{ a }"}, "query"),
        ({"query": "query { a }"}, "query"),
        ({"query": "mutation Add($a: Int) { add(a: $a) }"}, "mutation Add"),
        ({"query": "# a comment\n, query Q { a }"}, "query Q"),
        ({"query": "fragment F on T { a }\nsubscription S { ...F }"}, "subscription S"),
        ({"query": "fragment F on T { a }"}, "query"),
        ({"query": "query A { a } query B { b }", "operationName": "B"}, "query B"),
        ({"query": "   " * 100_000}, "query"),
        ({"operationName": "P"}, "P"),
        ({"extensions": {}}, ""),
    ],
)
def test_names_of_operations(payload: dict[str, Any], name: str) -> None:
    found = GraphQL(Opening()).decode(sent({"type": "subscribe", "id": "1", "payload": payload}))
    assert found is not None
    assert found.label == f"subscribe #1 {name}".strip()
