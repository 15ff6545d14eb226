"""Which protocols have heartbeats, and that what is answered is what their servers send."""

from __future__ import annotations

import pytest

from kontena_ws_nb.decoders.heartbeats import HEARTBEATS
from kontena_ws_nb.decoders.registry import DECODERS
from kontena_ws_nb.log.log import MessageLog


def test_every_one_is_of_a_decoder_and_is_answered_or_sent() -> None:
    assert set(HEARTBEATS) <= set(DECODERS)
    assert all(bool(beat.answers) is not (beat.seconds > 0) for beat in HEARTBEATS.values())


@pytest.mark.parametrize(
    ("name", "asked", "others"),
    [
        ("socket.io", "2", ["3", "2probe", '42["2"]', "22"]),
        ("graphql", '{"type":"ping"}', ['{"type":"pong"}', '{"type":"next","payload":{"type":"ping"}}']),
        ("pusher", '{"event":"pusher:ping","data":{}}', ['{"event":"pusher:pong","data":{}}']),
    ],
)
def test_what_is_answered(name: str, asked: str, others: list[str]) -> None:
    log = MessageLog()
    log.meanings.choose(name)
    for payload in (asked, *others):
        log.add("text", payload.encode())
    assert [message.index for message in log.where(HEARTBEATS[name].answers)] == [0]


@pytest.mark.parametrize("name", [name for name, beat in HEARTBEATS.items() if beat.seconds and name != "stomp"])
def test_what_is_sent_is_of_the_protocol(name: str) -> None:
    log = MessageLog()
    log.meanings.choose(name)
    message = HEARTBEATS[name].message
    if isinstance(message, bytes):
        log.add("binary", message, sent=True)
    else:
        log.add("text", message.encode(), sent=True)
    assert log[0].label
