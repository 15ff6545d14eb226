"""JSON-RPC, DevTools, OCPP, Phoenix and Pusher: what they call their methods, ids and answers."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Encoded, Opening
from kontena_ws_nb.decoders.registry import DECODERS
from tests.lab.conversations import received, sent

#: By decoder, messages with what is said of them: label, id and answered id; None for what is none of the protocol's.
TOLD: list[tuple[str, list[tuple[Encoded, Any]]]] = [
    (
        "json-rpc",
        [
            (sent({"id": 1, "method": "add", "params": [1, 2]}), ("add #1 [1, 2]", 1, None)),
            (received({"id": 1, "result": 3}), ("result #1 of add 3", None, 1)),
            (received({"id": 1, "result": 3}), ("result #1 3", None, 1)),
            (received({"id": "a", "error": {"code": -1, "message": "no"}}), ('error #a -1 "no"', None, "a")),
            (received({"id": None, "error": "no"}), ('error "no"', None, None)),
            (received({"id": True, "method": "tick"}), ("tick", None, None)),
            (received({"hello": 1}), ('{"hello": 1}', None, None)),
            (
                sent([{"id": 2, "method": "a"}, {"method": "b", "params": {}}]),
                ("batch of 2: a #2; b", None, None),
            ),
            (received([{"id": 2, "result": None}]), ("batch of 1: result #2 of a null", None, None)),
            (received([1]), None),
            (received("[]"), None),
            (received("hello"), None),
        ],
    ),
    (
        "devtools",
        [
            (
                sent({"id": 1, "method": "Page.navigate", "params": {"url": "http://a/"}}),
                ("Page.navigate #1 http://a/", 1, None),
            ),
            (sent({"id": 1, "sessionId": "S", "method": "DOM.enable"}), ("DOM.enable #1", 1, None)),
            (received({"id": 1, "sessionId": "S", "result": {}}), ("result #1 of DOM.enable", None, 1)),
            (received({"id": 1, "result": {"frameId": "F"}}), ('result #1 of Page.navigate {"frameId": "F"}', None, 1)),
            (received({"id": 9, "error": {"code": -32000, "message": "no"}}), ('error #9 -32000 "no"', None, 9)),
            (
                received(
                    {
                        "method": "Network.requestWillBeSent",
                        "params": {"request": {"method": "GET", "url": "http://a/"}},
                    }
                ),
                ("Network.requestWillBeSent GET http://a/", None, None),
            ),
            (
                received(
                    {"method": "Network.responseReceived", "params": {"response": {"status": 404, "url": "http://a/"}}}
                ),
                ("Network.responseReceived 404 http://a/", None, None),
            ),
            (
                received({"method": "Page.frameNavigated", "params": {"frame": {"url": "u"}}}),
                ("Page.frameNavigated u", None, None),
            ),
            (received({"method": "A.b", "params": [1]}), ("A.b [1]", None, None)),
            (received({"method": "A.b", "params": {"url": None}}), ('A.b {"url": null}', None, None)),
            (received({"a": 1}), None),
            (received("[]"), None),
        ],
    ),
    (
        "ocpp",
        [
            (sent([2, "1", "Heartbeat", {}]), ("CALL Heartbeat", "1", None)),
            (received([3, "1", {"currentTime": "now"}]), ('CALLRESULT of Heartbeat {"currentTime": "now"}', None, "1")),
            (received([2, "1", "Reset", {"type": "Soft"}]), ('CALL Reset {"type": "Soft"}', "1", None)),
            (sent([4, "1", "NotSupported", "no", {"a": 1}]), ('CALLERROR of Reset NotSupported "no"', None, "1")),
            (received([4, "7", 5, "no"]), ('CALLERROR 5 "no"', None, "7")),
            (sent([5, "7", "FormatViolation", "", {}]), ('CALLRESULTERROR FormatViolation ""', None, None)),
            (received([6, "8", "NotifyEvent", {}]), ("SEND NotifyEvent", None, None)),
            (received([2, "1", 7, {}]), None),
            (received([4, "1", "a"]), None),
            (received([True, "1", "a"]), None),
            (received([2, 1, "a", {}]), None),
            (received([2, "1"]), None),
            (received("{}"), None),
        ],
    ),
    (
        "phoenix",
        [
            (sent(["1", "2", "room", "phx_join", {}]), ("room phx_join", "2", None)),
            (
                received(["1", "2", "room", "phx_reply", {"status": "ok", "response": {"a": 1}}]),
                ('room reply to phx_join ok {"a": 1}', None, "2"),
            ),
            (received([None, None, "room", "phx_reply", "odd"]), ('room reply "odd"', None, None)),
            (
                received([None, "3", "room", "phx_reply", {"status": "error", "response": {}}]),
                ("room reply error", None, "3"),
            ),
            (received([None, None, "room", "msg", {"a": 1}]), ('room msg {"a": 1}', None, None)),
            (sent({"topic": "t", "event": "e", "ref": "9"}), ("t e", "9", None)),
            (sent(b"\0\1\1\x04\x0412roompush\1\2"), ("room push 2 bytes", "2", None)),
            (received(b"\0\1\x04\x041roompush\1\2\3"), ("room push 3 bytes", None, None)),
            (received(b"\1\1\1\x04\x0212roomok\1"), ("room reply to push ok 1 bytes", None, "2")),
            (received(b"\2\4\3roommsg"), ("room msg 0 bytes", None, None)),
            (received(b"\3"), None),
            (received(b""), None),
            (received(b"\1\1\1"), None),
            (received(b"\2\4\xffroommsg"), None),
            (received([1, 2, 3, 4, 5]), None),
            (received({"topic": 1, "event": "e"}), None),
            (received("hello"), None),
        ],
    ),
    (
        "pusher",
        [
            (sent({"event": "pusher:subscribe", "data": {"channel": "a"}}), ("pusher:subscribe a", None, None)),
            (received({"event": "tick", "channel": "a", "data": '{"p":1}'}), ('a tick {"p": 1}', None, None)),
            (received({"event": "tick", "channel": 7, "data": "word"}), ('tick "word"', None, None)),
            (received({"event": 1}), None),
            (received("[]"), None),
        ],
    ),
]


@pytest.mark.parametrize(("name", "told"), TOLD, ids=[name for name, _ in TOLD])
def test_what_is_told(name: str, told: list[tuple[Encoded, Any]]) -> None:
    decoder = DECODERS[name](Opening())
    for message, expected in told:
        found = decoder.decode(message)
        assert (None if found is None else tuple(found)[1:4]) == expected, message


def values(name: str, *messages: Encoded) -> list[Any]:
    decoder = DECODERS[name](Opening())
    return [None if (found := decoder.decode(one)) is None else found.value for one in messages]


def test_an_answer_of_devtools_has_its_method() -> None:
    _, value = values("devtools", sent({"id": 1, "method": "A.b"}), received({"id": 1, "result": {}}))
    assert value == {"id": 1, "result": {}, "method": "A.b"}


def test_arrays_become_objects() -> None:
    found = values(
        "ocpp", sent([2, "1", "A", {"a": 1}]), received([4, "1", "C", "d", {"x": 1}]), received([6, "2", "B", 1])
    )
    assert found == [
        {"type": "CALL", "id": "1", "action": "A", "payload": {"a": 1}},
        {"type": "CALLERROR", "id": "1", "action": "A", "code": "C", "description": "d", "details": {"x": 1}},
        {"type": "SEND", "id": "2", "action": "B", "payload": 1},
    ]
    found = values("phoenix", sent(["1", "2", "t", "e", {}]), received(b"\1\1\1\1\x0212tok\7"))
    assert found == [
        {"join_ref": "1", "ref": "2", "topic": "t", "event": "e", "payload": {}},
        {
            "join_ref": "1",
            "ref": "2",
            "topic": "t",
            "event": "phx_reply",
            "payload": {"status": "ok", "response": b"\7"},
            "of": "e",
        },
    ]


def test_pushers_data_are_json_in_a_text() -> None:
    assert values("pusher", received({"event": "e", "data": '{"a":"[1]"}'})) == [{"event": "e", "data": {"a": "[1]"}}]


def test_a_label_is_one_line_whatever_the_peer_calls_its_methods() -> None:
    found = DECODERS["json-rpc"](Opening()).decode(received({"method": "a\x1b[31m\n" + "b" * 1000, "id": "c" * 1000}))
    assert found is not None
    assert found.label.isprintable()
    assert len(found.label) < 300


def test_labels_of_ids_are_cut() -> None:
    assert values("devtools", received({"id": "x" * 500})) == [{"id": "x" * 500}]
