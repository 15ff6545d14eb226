"""MQTT 3.1.1 and 5: control packets, wherever messages cut them."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from kontena_ws_nb.decoders.decoder import Decoded, Encoded, Opening
from kontena_ws_nb.decoders.limits import RECORDS
from kontena_ws_nb.decoders.mqtt import MQTT
from tests.lab.conversations import mqtt, received, sent

CONNECT = {
    version: mqtt(0x10, "0004 4d515454", f"0{version} 02 003c", "00" * (version == 5), "0003 696431")
    for version in (4, 5)
}


def decoded(*messages: bytes | Encoded, version: int | None = None) -> list[Decoded | None]:
    decoder = MQTT(Opening(subprotocol="mqtt"))
    if version is not None:
        assert decoder.decode(sent(CONNECT[version])) is not None
    return [decoder.decode(one if isinstance(one, Encoded) else received(one)) for one in messages]


def test_connect() -> None:
    (found,) = decoded(
        sent(
            mqtt(
                0x10,
                "0004 4d515454 05 ee 003c 05 1100000e10 0003 696431",
                "05 1800000001 0001 77 0003 6d6f72 0004 75736572 0006 736563726574",
            )
        )
    )
    assert found is not None
    assert found.value == {
        "type": "CONNECT",
        "protocol": "MQTT",
        "version": 5,
        "clean_start": True,
        "keep_alive": 60,
        "properties": {"session_expiry_interval": 3600},
        "client_id": "id1",
        "will": {"qos": 1, "retain": True, "properties": {"will_delay_interval": 1}, "topic": "w", "payload": "mor"},
        "user_name": "user",
        "password": "(6 bytes)",
    }
    assert (found.label, found.id) == ('CONNECT "id1" version 5 keep alive 60 s', "CONNECT")
    (found,) = decoded(sent(CONNECT[4]))
    assert found is not None
    assert found.label == 'CONNECT "id1" version 4 keep alive 60 s'


@pytest.mark.parametrize(
    ("version", "packet", "value", "label", "ids"),
    [
        (4, mqtt(0x20, "0100"), {"session_present": True, "reason_code": 0, "reason": "connection accepted"}, "CONNACK connection accepted", (None, "CONNECT")),
        (4, mqtt(0x20, "0005"), {"session_present": False, "reason_code": 5, "reason": "not authorized"}, "CONNACK not authorized", (None, "CONNECT")),
        (5, mqtt(0x20, "0087 00"), {"session_present": False, "reason_code": 135, "reason": "not authorized"}, "CONNACK not authorized", (None, "CONNECT")),
        (5, mqtt(0x20, "0077 00"), {"session_present": False, "reason_code": 119, "reason": "reason 0x77"}, "CONNACK reason 0x77", (None, "CONNECT")),
        (4, mqtt(0x30, "0003 612f62 6869"), {"topic": "a/b", "qos": 0, "retain": False, "dup": False, "payload": "hi"}, 'PUBLISH a/b qos 0 "hi"', (None, None)),
        (4, mqtt(0x3B, "0001 61 0007"), {"topic": "a", "qos": 1, "retain": True, "dup": True, "packet_id": 7, "payload": ""}, 'PUBLISH a qos 1 retain dup ""', (7, None)),
        (5, mqtt(0x30, "0001 61 00 00ff"), {"topic": "a", "qos": 0, "retain": False, "dup": False, "payload": b"\0\xff"}, "PUBLISH a qos 0 2 bytes", (None, None)),
        (4, mqtt(0x82, "0001 0001 61 01"), {"packet_id": 1, "topics": [{"filter": "a", "qos": 1}]}, "SUBSCRIBE a qos 1", (1, None)),
        (5, mqtt(0x82, "0001 00 0001 61 2c"), {"packet_id": 1, "topics": [{"filter": "a", "qos": 0, "no_local": True, "retain_as_published": True, "retain_handling": 2}]}, "SUBSCRIBE a qos 0", (1, None)),
        (4, mqtt(0x90, "0001 00 01 80"), {"packet_id": 1, "reasons": ["granted QoS 0", "granted QoS 1", "failure"]}, "SUBACK granted QoS 0, granted QoS 1, failure", (None, 1)),
        (5, mqtt(0x90, "0001 00 9e 77"), {"packet_id": 1, "reasons": ["shared subscriptions not supported", "reason 0x77"]}, "SUBACK shared subscriptions not supported, reason 0x77", (None, 1)),
        (4, mqtt(0xA2, "0002 0001 61 0001 62"), {"packet_id": 2, "topics": ["a", "b"]}, "UNSUBSCRIBE a, b", (2, None)),
        (4, mqtt(0xB0, "0002"), {"packet_id": 2, "reasons": []}, "UNSUBACK", (None, 2)),
        (5, mqtt(0xB0, "0002 00 11"), {"packet_id": 2, "reasons": ["no subscription existed"]}, "UNSUBACK no subscription existed", (None, 2)),
        (4, mqtt(0x40, "0007"), {"packet_id": 7, "reason_code": 0, "reason": "success"}, "PUBACK 7 success", (None, 7)),
        (5, mqtt(0x50, "0007 10"), {"packet_id": 7, "reason_code": 16, "reason": "no matching subscribers"}, "PUBREC 7 no matching subscribers", (None, 7)),
        (4, mqtt(0x62, "0007"), {"packet_id": 7, "reason_code": 0, "reason": "success"}, "PUBREL 7 success", (None, None)),
        (4, mqtt(0x70, "0007"), {"packet_id": 7, "reason_code": 0, "reason": "success"}, "PUBCOMP 7 success", (None, 7)),
        (4, mqtt(0xC0), {}, "PINGREQ", ("PINGREQ", None)),
        (4, mqtt(0xD0), {}, "PINGRESP", (None, "PINGREQ")),
        (4, mqtt(0xE0), {"reason_code": 0, "reason": "normal disconnection"}, "DISCONNECT normal disconnection", (None, None)),
        (5, mqtt(0xE0, "8b 07 1f 0004 6c617465"), {"reason_code": 139, "reason": "server shutting down", "properties": {"reason_string": "late"}}, "DISCONNECT server shutting down", (None, None)),
        (5, mqtt(0xF0, "18 00"), {"reason_code": 24, "reason": "continue authentication"}, "AUTH continue authentication", (None, None)),
    ],
)  # fmt: skip
def test_packets(version: int, packet: bytes, value: dict[str, Any], label: str, ids: tuple[Any, Any]) -> None:
    (found,) = decoded(packet, version=version)
    assert found is not None
    assert found.value == {"type": label.split(maxsplit=1)[0], **value}
    assert (found.label, (found.id, found.answers)) == (label, ids)


def test_every_form_of_property() -> None:
    properties = (
        "01 01 02 00000009 09 0001ff 0b 8001 0b 02 23 0005 26 0001 61 0001 62 26 0001 63 0001 64 26 0001 61 0001 65"
    )
    size = len(bytes.fromhex(properties))
    (found,) = decoded(mqtt(0x30, "0001 61", f"{size:02x}", properties), version=5)
    assert found is not None
    assert found.value["properties"] == {
        "payload_format_indicator": 1,
        "message_expiry_interval": 9,
        "correlation_data": b"\xff",
        "subscription_identifier": [128, 2],
        "topic_alias": 5,
        "user_property": {"a": ["b", "e"], "c": "d"},
    }


def test_topics_have_aliases_by_direction() -> None:
    named, aliased = mqtt(0x30, "0001 61 03 230001"), mqtt(0x30, "0000 03 230001")
    found = decoded(named, aliased, sent(aliased), version=5)
    assert [None if one is None else one.value["topic"] for one in found] == ["a", "a", ""]


def test_a_connection_seen_from_its_middle() -> None:
    old, new = mqtt(0x30, "0001 61 6869"), mqtt(0x30, "0001 61 00 6869")
    assert [None if one is None else one.value["payload"] for one in decoded(old, new)] == ["hi", "hi"]
    assert decoded(mqtt(0x30, "00")) == [None]
    for packet, label in (
        (mqtt(0x90, "0001 00"), "SUBACK granted QoS 0"),
        (mqtt(0x90, "0001 80"), "SUBACK failure"),
        (mqtt(0x90, "0001 00 01"), "SUBACK granted QoS 1"),
        (mqtt(0x82, "0001 0001 61 01"), "SUBSCRIBE a qos 1"),
        (mqtt(0x82, "0001 00 0001 61 01"), "SUBSCRIBE a qos 1"),
        (mqtt(0xB0, "0002"), "UNSUBACK"),
    ):
        (found,) = decoded(packet)
        assert found is not None
        assert found.label == label


@pytest.mark.parametrize(
    ("connack", "label", "payload"), [("0000", "connection accepted", "\0hi"), ("0000 00", "success", "hi")]
)
def test_the_servers_answer_tells_the_version(connack: str, label: str, payload: str) -> None:
    first, then = decoded(mqtt(0x20, connack), mqtt(0x30, "0001 61 00 6869"))
    assert first is not None
    assert then is not None
    assert first.label == f"CONNACK {label}"
    assert then.value["payload"] == (payload if payload == "hi" else payload.encode())


def test_packets_and_messages_are_cut_independently() -> None:
    packet = mqtt(0x30, "0001 61 6869")
    found = decoded(packet + packet[:1], packet[1:4], packet[4:] + packet, version=4)
    assert [None if one is None else one.label for one in found] == [
        'PUBLISH a qos 0 "hi"',
        "part of a packet, 4 bytes so far",
        '2 packets: PUBLISH a qos 0 "hi"; PUBLISH a qos 0 "hi"',
    ]
    found = decoded(packet[:3], sent(mqtt(0xC0)), packet[3:], version=4)
    assert [None if one is None else one.label for one in found][1:] == ["PINGREQ", 'PUBLISH a qos 0 "hi"']


def test_many_packets_of_one_message() -> None:
    (found,) = decoded(mqtt(0xD0) * (RECORDS + 5))
    assert found is not None
    assert (len(found.value), found.label[:14]) == (RECORDS, "1,005 packets:")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\xff\xff\xff\x7f",
        mqtt(0x30, "0009 61"),
        mqtt(0x40, "00"),
        mqtt(0x82, "0001 0001 61"),
    ],
)
def test_what_is_no_packet(data: bytes) -> None:
    assert decoded(data, mqtt(0xD0)) == [None, Decoded({"type": "PINGRESP"}, "PINGRESP", None, "PINGREQ")]


@pytest.mark.parametrize("properties", ["01 7f", "02 0b", "05 0b ffffffff", "7f"])
def test_properties_that_are_none(properties: str) -> None:
    assert decoded(mqtt(0x30, "0001 61", properties), version=5) == [None]


def test_texts_are_no_packets() -> None:
    assert decoded(received("hello")) == [None]


@pytest.mark.parametrize(
    ("message", "known"),
    [
        (sent(CONNECT[4]), True),
        (sent(mqtt(0x10, "0006 4d5149736470 03 02 003c 0001 61")), True),
        (received(CONNECT[4]), False),
        (sent("MQTT"), False),
        (sent(mqtt(0x10, "0004 4d515444")), False),
    ],
)
def test_recognized(message: Encoded, known: bool) -> None:
    assert MQTT.recognizes(Opening(), [message]) is known


def test_a_payload_in_an_envelope() -> None:
    packed = gzip.compress(b'{"price": 1.5}', mtime=0)
    (found,) = decoded(mqtt(0x30, "0001 61", packed.hex()), version=4)
    assert found is not None
    assert (found.value["payload"], found.label) == ({"price": 1.5}, 'PUBLISH a qos 0 {"price": 1.5}')
