"""The values a message may be taken for."""

from __future__ import annotations

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
    ],
)
def test_values(payload: bytes, decoder: str | None, found: list[Any]) -> None:
    log = MessageLog()
    log.meanings.choose(decoder)
    log.add("text", payload, sent=True)
    assert list(values(log[0])) == found


def test_exact_numbers() -> None:
    log = MessageLog()
    log.add("text", b'{"a":0.50}')
    assert list(values(log[0], exact=True)) == [{"a": Decimal("0.50")}]
