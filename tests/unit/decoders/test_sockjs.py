"""SockJS: frames, and the protocols inside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Encoded, Opening
from kontena_ws_nb.decoders.limits import RECORDS
from kontena_ws_nb.decoders.sockjs import SockJS
from tests.lab.conversations import received, sent


@pytest.mark.parametrize(
    ("message", "value", "label"),
    [
        (received("o"), {"type": "open"}, "open"),
        (received("h"), {"type": "heartbeat"}, "heartbeat"),
        (received('a["{\\"a\\":1}"]'), {"a": 1}, '{"a": 1}'),
        (received('a["a","b"]'), ["a", "b"], '2 messages: "a"; "b"'),
        (received("a[]"), [], "0 messages"),
        (received('m"a"'), "a", '"a"'),
        (
            received('c[3000,"Go away!"]'),
            {"type": "close", "code": 3000, "reason": "Go away!"},
            'close 3000 "Go away!"',
        ),
        (sent('["{\\"a\\":1}"]'), {"a": 1}, '{"a": 1}'),
        (sent('"a"'), "a", '"a"'),
    ],
)
def test_frames(message: Encoded, value: Any, label: str) -> None:
    found = SockJS(Opening()).decode(message)
    assert found is not None
    assert (found.value, found.label) == (value, label)


@pytest.mark.parametrize(
    "message", [received(b"o"), received("x"), received("c[1]"), received("a{}"), received("a[1]"), sent("a")]
)
def test_what_is_no_frame(message: Encoded) -> None:
    assert SockJS(Opening()).decode(message) is None


def test_a_protocol_inside_is_decoded() -> None:
    decoder = SockJS(Opening("u"))
    messages = [
        received("o"),
        sent(json.dumps(["CONNECT\naccept-version:1.2\n\n\0"])),
        received("a" + json.dumps(["CONNECTED\nversion:1.2\n\n\0", "\n"])),
        received("a" + json.dumps(["hello"])),
    ]
    labels = [found.label for one in messages if (found := decoder.decode(one)) is not None]
    assert labels == ["open", "CONNECT", "2 messages: CONNECTED 1.2; heart-beat", '"hello"']


def test_what_is_inside_is_known_by_its_first_messages() -> None:
    decoder = SockJS(Opening())
    call = received("a" + json.dumps([json.dumps({"jsonrpc": "2.0", "method": "a"})]))
    for _ in range(8):
        decoder.decode(received('a["x"]'))
    found = decoder.decode(call)
    assert found is not None
    assert found.label.startswith('{"jsonrpc"')
    found = SockJS(Opening()).decode(call)
    assert found is not None
    assert found.label == "a"


def test_many_messages_of_one_frame() -> None:
    found = SockJS(Opening()).decode(received("a" + json.dumps(["x"] * 2 * RECORDS)))
    assert found is not None
    assert (len(found.value), found.label) == (RECORDS, '2,000 messages: "x"; "x"; "x"')


@pytest.mark.parametrize(
    ("messages", "url", "known"),
    [
        (["o"], "ws://h/echo/000/abc/websocket", True),
        (["o"], "ws://h/echo/000/abc/websocket?t=1", True),
        (["o"], "ws://h/websocket", False),
        (["o", "h"], "ws://h/websocket", False),
        (["o", 'a["x"]'], "ws://h/", True),
        (["o", "hello"], "ws://h/", False),
        (["h", "o"], "ws://h/echo/000/abc/websocket", False),
        ([], "ws://h/echo/000/abc/websocket", False),
    ],
)
def test_recognized(messages: list[str], url: str, known: bool) -> None:
    assert SockJS.recognizes(Opening(url), [received(one) for one in messages]) is known
