"""SignalR's hub protocol, in JSON and in MessagePack."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from kontena_ws_nb.decoders import signalr
from kontena_ws_nb.decoders.decoder import Encoded, Opening
from kontena_ws_nb.decoders.limits import RECORDS
from kontena_ws_nb.decoders.signalr import SignalR
from tests.lab.conversations import received, record, sent


def told(*messages: Encoded) -> list[Any]:
    decoder = SignalR(Opening())
    return [None if (found := decoder.decode(one)) is None else tuple(found)[1:4] for one in messages]


def test_a_conversation_in_json() -> None:
    assert told(
        sent('{"protocol":"json","version":1}\x1e'),
        received("{}\x1e"),
        sent('{"type":1,"invocationId":"1","target":"Add","arguments":[1,2,3]}\x1e'),
        received('{"type":3,"invocationId":"1","result":3}\x1e'),
        received('{"type":3,"invocationId":"1","error":"no"}\x1e'),
        received('{"type":1,"target":"Say","arguments":7}\x1e'),
        sent('{"type":4,"invocationId":"2","target":"Count","arguments":[]}\x1e'),
        received('{"type":2,"invocationId":"2","item":0}\x1e{"type":6}\x1e'),
        sent('{"type":5,"invocationId":"2"}\x1e'),
        received('{"type":3}\x1e'),
        received('{"type":7,"error":"bye"}\x1e'),
        received('{"type":7}\x1e'),
        received('{"type":9,"sequenceId":4}\x1e'),
    ) == [
        ('Handshake {"protocol": "json", "version": 1}', "handshake", None),
        ("Handshake {}", None, "handshake"),
        ("Invocation #1 Add 1 2", "1", None),
        ("Completion #1 of Add 3", None, "1"),
        ('Completion #1 error "no"', None, "1"),
        ("Invocation Say", None, None),
        ("StreamInvocation #2 Count", "2", None),
        ("2 records: StreamItem #2 of Count 0; Ping", None, "2"),
        ("CancelInvocation #2", None, None),
        ("Completion", None, None),
        ('Close "bye"', None, None),
        ("Close", None, None),
        ("Sequence 4", None, None),
    ]


def test_a_conversation_in_messagepack() -> None:
    decoder = SignalR(Opening())
    found = [
        decoder.decode(one)
        for one in (
            sent(record([1, {}, "1", "Add", [1, b"x"], []]) + record([6])),
            received(record([3, {"h": "x"}, "1", 3, 7])),
            received(record([3, {}, "1", 1, "no"])),
            received(record([3, {}, "1", 2])),
            received(record([1, {}, None, "Long", ["x" * 300]])),
        )
    ]
    assert [None if one is None else one.label for one in found] == [
        "2 records: Invocation #1 Add 1 1 bytes; Ping",
        "Completion #1 of Add 7",
        'Completion #1 error "no"',
        "Completion #1",
        'Invocation Long "' + "x" * 59 + "…",
    ]
    assert found[1] is not None
    assert found[1].value == {"type": 3, "headers": {"h": "x"}, "invocationId": "1", "resultKind": 3, "result": 7}


@pytest.mark.parametrize(
    "message",
    [
        received("hello"),
        received("[]\x1e"),
        received("{\x1e"),
        received(b""),
        received(b"\x80"),
        received(b"\x80" * 9),
        received(b"\x05ab"),
        received(b"\x00"),
        received(b"\x01\x01"),
        received(b"\x01\x90"),
        received(record([10])),
        received(record([True])),
        received(record(["a"])),
    ],
)
def test_what_is_no_record(message: Encoded) -> None:
    assert told(message) == [None]


@pytest.mark.parametrize("message", [received('{"type":6}\x1e' * (RECORDS + 5)), received(record([6]) * (RECORDS + 5))])
def test_many_records(message: Encoded) -> None:
    found = SignalR(Opening()).decode(message)
    assert found is not None
    assert len(found.value) == RECORDS


def test_without_messagepack_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signalr, "package", lambda name: None)
    assert "pip install" in told(received(msgpack.packb([1])))[0][0]


@pytest.mark.parametrize(
    ("message", "known"),
    [
        (sent('{"protocol":"json","version":1}\x1e'), True),
        (sent('{"protocol":"messagepack","version":1}\x1e{"type":6}\x1e'), True),
        (received('{"protocol":"json","version":1}\x1e'), True),  # to a server of ours
        (sent('{"protocol":"json","version":1}'), False),
        (sent('{"protocol":"json"}\x1e'), False),
        (sent('{"protocol":1,"version":1}\x1e'), False),
        (sent('["protocol"]\x1e'), False),
        (sent("{\x1e"), False),
    ],
)
def test_recognized(message: Encoded, known: bool) -> None:
    assert SignalR.recognizes(Opening(), [message]) is known
