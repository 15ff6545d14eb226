"""Socket.IO over Engine.IO: packets, acknowledgements and attachments."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from kontena_ws_nb.decoders.decoder import Decoded, Encoded, Opening
from kontena_ws_nb.decoders.engineio import SocketIO
from kontena_ws_nb.decoders.limits import PARTIAL
from tests.lab.conversations import received, sent


def decoded(*messages: Encoded, url: str = "") -> list[Decoded | None]:
    decoder = SocketIO(Opening(url))
    return [decoder.decode(one) for one in messages]


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ('0{"sid":"x","pingInterval":1}', {"type": "open", "data": {"sid": "x", "pingInterval": 1}}, 'open sid "x"'),
        ("0[]", {"type": "open", "data": "[]"}, "open []"),
        ("1", {"type": "close"}, "close"),
        ("2probe", {"type": "ping", "data": "probe"}, "ping probe"),
        ("3", {"type": "pong"}, "pong"),
        ("5", {"type": "upgrade"}, "upgrade"),
        ("6", {"type": "noop"}, "noop"),
        ("40", {"type": "CONNECT", "namespace": "/"}, "CONNECT"),
        ('40/a,{"t":1}', {"type": "CONNECT", "namespace": "/a", "data": {"t": 1}}, 'CONNECT /a {"t": 1}'),
        ("41/a", {"type": "DISCONNECT", "namespace": "/a"}, "DISCONNECT /a"),
        (
            '44{"message":"no"}',
            {"type": "CONNECT_ERROR", "namespace": "/", "data": {"message": "no"}},
            'CONNECT_ERROR {"message": "no"}',
        ),
        ('42["chat","hi"]', {"type": "EVENT", "namespace": "/", "event": "chat", "data": ["hi"]}, 'EVENT chat "hi"'),
        ("42[7]", {"type": "EVENT", "namespace": "/", "event": 7, "data": []}, "EVENT 7"),
        ('42/a,12["e"]', {"type": "EVENT", "namespace": "/a", "id": 12, "event": "e", "data": []}, "EVENT /a #12 e"),
        ("431[]", {"type": "ACK", "namespace": "/", "id": 1, "data": []}, "ACK #1"),
        ("43", {"type": "ACK", "namespace": "/", "data": None}, "ACK"),
        ("42{}", {"type": "message", "data": "2{}"}, 'message "2{}"'),
        ("42[", {"type": "message", "data": "2["}, 'message "2["'),
        ("45[1]", {"type": "message", "data": "5[1]"}, 'message "5[1]"'),
        ("4hello", {"type": "message", "data": "hello"}, 'message "hello"'),
        ('4{"a":1}', {"type": "message", "data": {"a": 1}}, 'message {"a": 1}'),
    ],
)
def test_packets(text: str, value: Any, label: str) -> None:
    (found,) = decoded(received(text))
    assert found is not None
    assert (found.value, found.label) == (value, label)


@pytest.mark.parametrize("text", ["", "7", "hello"])
def test_what_is_no_packet(text: str) -> None:
    assert decoded(received(text)) == [None]


@pytest.mark.parametrize(("namespace", "number"), [("", 7), ("/a,", "/a#7")])
def test_an_acknowledgement_answers_an_event_of_the_other_side(namespace: str, number: object) -> None:
    event, same, other, answer = decoded(
        sent(f'42{namespace}7["add",1]'),
        received(f'42{namespace}7["x"]'),
        received(f"43{namespace}7[2]"),
        sent(f"43{namespace}7[3]"),
    )
    assert event is not None
    assert event.id == number
    assert same is not None
    assert same.answers is None
    assert other is not None
    assert (other.answers, other.value["of"]) == (number, "add")
    assert answer is not None
    assert answer.value["of"] == "x"


def test_attachments_are_put_where_they_belong() -> None:
    head, first, ping, last, after = decoded(
        received('452-7["f",{"_placeholder":true,"num":1},{"a":{"_placeholder":true,"num":0}}]'),
        received(b"zero"),
        received("2"),
        received(b"one"),
        received(b"more"),
    )
    assert head is not None
    assert first is not None
    assert ping is not None
    assert last is not None
    assert after is not None
    assert head.label.endswith("(+ 2 attachments)")
    assert head.id == 7
    assert (first.label, first.value) == ("attachment 1/2 of BINARY_EVENT f", {"type": "attachment", "size": 4})
    assert ping.label == "ping"
    assert last.label == 'attachment 2/2 of BINARY_EVENT f 3 bytes {"a": 4 bytes}'
    assert last.value["data"] == [b"one", {"a": b"zero"}]
    assert (after.value, after.label) == ({"type": "message", "data": b"more"}, "message 4 bytes")


def test_an_acknowledgement_with_an_attachment_answers_when_it_is_complete() -> None:
    _, head, last = decoded(sent('421["get"]'), received('461-1[{"_placeholder":true,"num":0}]'), received(b"x"))
    assert head is not None
    assert last is not None
    assert (head.answers, last.answers) == (None, 1)
    assert last.value == {"type": "BINARY_ACK", "namespace": "/", "id": 1, "data": [b"x"], "of": "get"}
    *_, odd = decoded(received('461-1{"a":1}'), received(b"x"))
    assert odd is not None
    assert odd.label == "attachment 1/1 of BINARY_ACK"


def test_a_placeholder_is_filled_once() -> None:
    _, found = decoded(
        received(
            '451-["f",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0},{"_placeholder":true,"num":"0"}]'
        ),
        received(b"x"),
    )
    assert found is not None
    assert found.value["data"] == [b"x", {"_placeholder": True, "num": 0}, {"_placeholder": True, "num": "0"}]


@pytest.mark.parametrize("text", ['450-["f"]', '45300-["f"]', '45["f"]'])
def test_counts_of_attachments_that_are_none(text: str) -> None:
    found, _ = decoded(received(text), received(b"x"))
    assert found is not None
    assert found.value["type"] == "message"


def test_attachments_are_kept_in_bounds() -> None:
    _, first, second = decoded(received('453-["f"]'), received(bytes(PARTIAL + 1)), received(b"x"))
    assert first is not None
    assert first.value == {"type": "attachment", "size": PARTIAL + 1}
    assert second is not None
    assert second.value["type"] == "message"
    _, last = decoded(received('451-["f"]'), received(bytes(PARTIAL + 1)))
    assert last is not None
    assert last.value["type"] == "attachment"


def test_revision_3_has_a_type_before_binary() -> None:
    url = "ws://h/socket.io/?EIO=3&transport=websocket"
    _, found, other = decoded(
        received('451-["f",{"_placeholder":true,"num":0}]'), received(b"\4x"), received(b"y"), url=url
    )
    assert found is not None
    assert found.value["data"] == [b"x"]
    assert other is not None
    assert other.value["data"] == b"y"


@pytest.mark.parametrize(
    ("packet", "label"),
    [
        ({"type": 2, "nsp": "/", "data": ["e", 1], "id": 3}, "EVENT #3 e 1"),
        ({"type": 0, "nsp": "/a"}, "CONNECT /a"),
        ({"type": 9, "nsp": "/a"}, "message 14 bytes"),
        ({"type": True, "nsp": "/"}, "message 13 bytes"),
        ({"a": 1}, "message 4 bytes"),
        ([1], "message 2 bytes"),
    ],
)
def test_packets_in_messagepack(packet: object, label: str) -> None:
    (found,) = decoded(received(msgpack.packb(packet)))
    assert found is not None
    assert found.label == label


def test_an_event_in_messagepack_that_is_none() -> None:
    assert decoded(received(msgpack.packb({"type": 2, "nsp": "/", "data": 1}))) == [None]
