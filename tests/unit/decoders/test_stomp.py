"""STOMP: frames, also cut ones, and what is in them."""

from __future__ import annotations

from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Encoded, Opening
from kontena_ws_nb.decoders.limits import PARTIAL, RECORDS
from kontena_ws_nb.decoders.stomp import STOMP
from tests.lab.conversations import received, sent


@pytest.mark.parametrize(
    ("data", "value", "label"),
    [
        (
            "CONNECT\naccept-version:1.2\npasscode:x\n\n\0",
            {"command": "CONNECT", "headers": {"accept-version": "1.2", "passcode": "***"}},
            "CONNECT",
        ),
        (
            "CONNECTED\r\nversion:1.2\r\n\r\n\0\n",
            {"command": "CONNECTED", "headers": {"version": "1.2"}},
            "CONNECTED 1.2",
        ),
        (
            "SEND\ndestination:/a\n\nhi\0",
            {"command": "SEND", "headers": {"destination": "/a"}, "body": "hi"},
            'SEND /a "hi"',
        ),
        (
            '\n\nMESSAGE\ndestination:/a\n\n{"a":1}\0',
            {"command": "MESSAGE", "headers": {"destination": "/a"}, "body": {"a": 1}},
            'MESSAGE /a {"a": 1}',
        ),
        (
            b"SEND\ncontent-length:3\n\na\0b\0",
            {"command": "SEND", "headers": {"content-length": "3"}, "body": b"a\0b"},
            "SEND 3 bytes",
        ),
        ("SEND\na:1\na:2\nb\\cc:\\n\\\\\n\n\0", {"command": "SEND", "headers": {"a": "1", "b:c": "\n\\"}}, "SEND"),
        (
            "SUBSCRIBE\nid:0\ndestination:/a\n\n\0",
            {"command": "SUBSCRIBE", "headers": {"id": "0", "destination": "/a"}},
            "SUBSCRIBE /a 0",
        ),
        ("ERROR\nmessage:no\n\n\0", {"command": "ERROR", "headers": {"message": "no"}}, "ERROR no"),
        ("\n", {"command": "heart-beat"}, "heart-beat"),
        ("\r\n", {"command": "heart-beat"}, "heart-beat"),
    ],
)
@pytest.mark.parametrize("binary", [False, True])
def test_frames(data: Any, value: Any, label: str, binary: bool) -> None:
    data = data.encode() if isinstance(data, str) else data
    found = STOMP(Opening()).decode(Encoded(data, not binary))
    assert found is not None
    assert (found.value, found.label) == (value, label)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "hello",
        "HELLO\n\n\0",
        "SEND\na\n\n\0",
        "HELLO\n",
        "SEND\ncontent-length:1\n\nabc\0",
        "SEND\n\n\0x",
        "SEND\n\n\0NO\n\n\0",
    ],
)
def test_what_is_no_frame(data: str) -> None:
    assert STOMP(Opening()).decode(received(data)) is None


def test_receipts_and_the_connection_are_asked_for_and_answered() -> None:
    decoder = STOMP(Opening())
    ids = [
        (found.id, found.answers)
        for one in (
            sent("STOMP\n\n\0"),
            received("CONNECTED\n\n\0"),
            sent("SEND\ndestination:/a\nreceipt:7\n\n\0"),
            received("RECEIPT\nreceipt-id:7\n\n\0"),
        )
        if (found := decoder.decode(one)) is not None
    ]
    assert ids == [("CONNECT", None), (None, "CONNECT"), ("7", None), (None, "7")]


def test_several_frames_of_one_message() -> None:
    found = STOMP(Opening()).decode(received("ACK\nid:1\n\n\0\nACK\nid:2\n\n\0"))
    assert found is not None
    assert (len(found.value), found.label) == (2, "2 frames: ACK 1; ACK 2")
    found = STOMP(Opening()).decode(received("ACK\n\n\0" * (RECORDS + 5)))
    assert found is not None
    assert len(found.value) == RECORDS


def test_a_frame_in_several_messages() -> None:
    decoder = STOMP(Opening())
    frame = "SEND\ndestination:/a\ncontent-length:3\n\na\0b\0"
    told = [
        decoder.decode(received(part))
        for part in (frame[:2] + "", frame[:6], frame[6:30], frame[30:40], frame[40:], "\n")
    ]
    labels = [None if one is None else one.label for one in told]
    assert labels == [
        None,
        "part of SEND 6 bytes so far",
        "part of SEND 30 bytes so far",
        "part of SEND 40 bytes so far",
        "SEND /a 3 bytes",
        "heart-beat",
    ]


def test_a_frame_and_the_beginning_of_the_next() -> None:
    decoder = STOMP(Opening())
    found = decoder.decode(received("ACK\nid:1\n\n\0SEND\ndesti"))
    assert found is not None
    assert found.label == "2 frames: ACK 1; part of SEND 10 bytes so far"
    found = decoder.decode(received("nation:/a\n\n\0"))
    assert found is not None
    assert found.label == "SEND /a"


def test_directions_have_parts_of_their_own() -> None:
    decoder = STOMP(Opening())
    decoder.decode(received("SEND\na:1"))
    found = decoder.decode(sent("ACK\nid:1\n\n\0"))
    assert found is not None
    assert found.label == "ACK 1"


def test_a_frame_without_an_end_is_given_up() -> None:
    decoder = STOMP(Opening())
    decoder.decode(received("SEND\n\n"))
    decoder.decode(received("x" * PARTIAL))
    found = decoder.decode(received("ACK\nid:1\n\n\0"))
    assert found is not None
    assert found.label == "ACK 1"
