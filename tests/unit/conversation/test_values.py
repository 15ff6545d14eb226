"""The values a message may be taken for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from kontena_ws_nb.conversation.values import values
from kontena_ws_nb.log.log import MessageLog


@pytest.mark.parametrize(
    ("payload", "decoder", "found"),
    [
        (b'{"a":1.5}', None, [{"a": 1.5}]),
        (b"hello", None, []),
        (b'["{\\"a\\":1}"]', "sockjs", [['{"a":1}'], {"a": 1}]),
        (b'42["a"]', "socket.io", [{"type": "EVENT", "namespace": "/", "event": "a", "data": []}]),
        (b'{"a":1.5}', "raw", [{"a": 1.5}]),
        (b'[{"a":1},{"b":2}]', None, [[{"a": 1}, {"b": 2}], {"a": 1}, {"b": 2}]),
        (b'[{"a":1},2]', None, [[{"a": 1}, 2]]),
        (b"[]", None, [[]]),
        (b'{"type":6}\x1e{"type":7}\x1e', "signalr", [[{"type": 6}, {"type": 7}], {"type": 6}, {"type": 7}]),
    ],
)
def test_values(payload: bytes, decoder: str | None, found: list[Any]) -> None:
    log = MessageLog()
    log.meanings.choose(decoder)
    log.add("text", payload, sent=True)
    assert list(values(log[0])) == found


def test_of_a_long_array_the_first_thousand() -> None:
    log = MessageLog()
    log.add("text", json.dumps([{"n": n} for n in range(1005)]).encode())
    assert [len(value) for value in values(log[0])] == [1005] + [1] * 1000


def test_exact_numbers() -> None:
    log = MessageLog()
    log.add("text", b'{"a":0.50}')
    assert list(values(log[0], exact=True)) == [{"a": Decimal("0.50")}]
