"""Filters like a message: what they are, that each finds it, and what is never in one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kontena_ws_nb as kws
from kontena_ws_nb.feed.similar import MOST, filters_like
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message


def message(payload: Any, kind: str = "text", decoder: str | None = None, *, sent: bool = False) -> Message:
    log = MessageLog()
    if decoder:
        log.meanings.choose(decoder)
    log.add(kind, payload if isinstance(payload, bytes) else json.dumps(payload).encode(), sent=sent)
    found: Message = log[0]
    # The log goes with its segment: decoders are asked through it.
    LOGS.append(log)
    return found


LOGS: list[MessageLog] = []


@pytest.mark.parametrize(
    ("payload", "first"),
    [
        ({"type": "trade", "price": 1.5}, "$.type=trade"),
        ({"price": 1.5, "op": "sub scribe"}, '$.op="sub scribe"'),
        ({"jsonrpc": "2.0", "method": "eth_subscription", "params": {}}, "$.method=eth_subscription"),
        ({"jsonrpc": "2.0", "id": 7, "result": {}}, "$.id=7"),
        ({"params": {"channel": "book.BTC"}}, '$.params.channel="book.BTC"'),
        ({"colour": 'a "red" \\ one'}, '$.colour="a \\"red\\" \\\\ one"'),
        ({"type": "true"}, '$.type="true"'),
        ({"type": True}, "$.type=true"),
        ({"type": "5"}, '$.type="5"'),
        ([{"ev": "T", "sym": "A"}], "$.ev=T"),
        (["trade", "BTC", 1], "$[0]=trade"),
        (b"ERROR: disk full", '"ERROR"'),
    ],
)
def test_the_field_that_tells_leads(payload: Any, first: str) -> None:
    found = filters_like(message(payload))
    assert found[0] == first
    assert found[-1] == "(kind:text dir:received)"


@pytest.mark.parametrize(
    ("payload", "kind", "only"),
    [
        (b"\x00\x01", "binary", "(kind:binary dir:sent)"),
        (b"{}", "text", "(kind:text dir:sent)"),
        (b"[]", "text", "(kind:text dir:sent)"),
        (b"[1]", "text", "(kind:text dir:sent)"),
        (b"7", "text", "(kind:text dir:sent)"),
        (b"\xff\xff", "text", "(kind:text dir:sent)"),
        (b"x", "ping", "(kind:ping dir:sent)"),
        (b"connected", "open", "kind:open"),
        (b'{"type": -1.5, "a b": "c"}', "text", "(kind:text dir:sent)"),
        (b'{"x": "a\\u0007"}', "text", "(kind:text dir:sent)"),
        (b'{"type":"' + b"x" * 1_000_000 + b'"}', "text", "(kind:text dir:sent)"),
    ],
)
def test_what_says_nothing_of_itself(payload: bytes, kind: str, only: str) -> None:
    assert filters_like(message(payload, kind, sent=True)) == [only]


def test_what_a_decoder_says_counts() -> None:
    found = filters_like(message(b'42["chat","hi"]', decoder="socket.io"))
    assert {"$.event=chat", "label:EVENT"} <= {*found}


def test_no_secret_is_in_a_filter() -> None:
    kws.secret("hunter2hunter2")
    assert filters_like(message({"type": "hunter2hunter2", "op": "login"}))[0] == "$.op=login"


@given(
    st.dictionaries(
        st.text(max_size=6) | st.sampled_from(["type", "e", "id"]),
        st.text(max_size=8) | st.integers() | st.booleans() | st.none(),
        max_size=6,
    )
)
def test_each_finds_the_message(payload: dict[str, Any]) -> None:
    one = message(payload)
    found = filters_like(one)
    assert 1 <= len(found) <= MOST
    log = LOGS.pop()
    assert all(len(log.where(text)) == 1 and len(log.where(f"-{text}")) == 0 for text in found)


def test_a_spelling_that_the_grammar_refuses_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.similar._value", lambda _value: '"never closed')
    assert filters_like(message({"type": "trade"})) == ["(kind:text dir:received)"]


def test_never_more_than_a_menu_holds() -> None:
    found = filters_like(message({f"field{number}": f"value{number}" for number in range(30)}))
    assert len(found) == MOST
    assert found[0] == "$.field0=value0"
