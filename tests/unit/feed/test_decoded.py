"""What the panel's details are told of a message's meaning."""

from __future__ import annotations

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.decoders.registry import DECODERS
from kontena_ws_nb.feed import decoded
from kontena_ws_nb.feed.decoded import decoded_info
from kontena_ws_nb.feed.sources import as_source
from kontena_ws_nb.log.log import MessageLog


def log_of(*payloads: str, decoder: object = None) -> MessageLog:
    log = MessageLog()
    log.meanings.choose(decoder)  # type: ignore[arg-type]
    for payload in payloads:
        log.add("text", payload.encode())
    return log


def test_what_a_decoder_says() -> None:
    log = log_of('42["chat",{"a":1}]', decoder="socket.io")
    info = decoded_info(as_source(log), log[0])
    assert info == {
        "decoder": "socket.io",
        "label": log[0].label,
        "text": '{"type":"EVENT","namespace":"/","event":"chat","data":[{"a":1}]}',
        "size": 64,
        "choice": "socket.io",
        "decoders": [*DECODERS, "raw"],
        "heartbeat": "",
        "problem": "",
    }


@pytest.mark.parametrize("payload", ['{"a":1}', "hello"])
def test_what_the_payload_says_best(payload: str) -> None:
    log = log_of(payload)
    info = decoded_info(as_source(log), log[0])
    assert info is not None
    assert (info["decoder"], info["label"], info["text"], info["size"], info["choice"]) == ("plain", "", "", 0, "")


def test_rows_that_are_no_messages() -> None:
    log = MessageLog()
    log.add("ping", b"{}")
    log.add("text", b"{}", flags=0x80)
    assert log[1].incomplete
    assert [decoded_info(as_source(log), message) for message in log] == [None, None]


def test_long_values_stay_in_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoded, "DETAIL_BYTES", 10)
    log = log_of('42["chat"]', decoder="socket.io")
    info = decoded_info(as_source(log), log[0])
    assert info is not None
    assert (info["text"], info["size"]) == ("", 57)


def test_secrets_are_masked() -> None:
    kws.secret("hunter2-hunter2")
    log = log_of('42["hunter2-hunter2",{"a":"hunter2-hunter2"}]', decoder="socket.io")
    info = decoded_info(as_source(log), log[0])
    assert "hunter2" not in str(info)


def test_a_function_of_ones_own_and_its_problem(caplog: pytest.LogCaptureFixture) -> None:
    def mine(data: str) -> object:
        raise ValueError(data)

    log = log_of("x\u202e", decoder=mine)
    info = decoded_info(as_source(log), log[0])
    assert info is not None
    assert (info["choice"], info["label"]) == ("mine", "")
    assert info["problem"].startswith("decoder 'mine' raised for message 0: ValueError: x")
    assert "\u202e" not in info["problem"]


def test_heartbeats_are_offered_where_there_are_some_and_somebody_sends_them() -> None:
    class Sends:
        name, url, state = "x", "ws://x", "open"
        heartbeat = False

        def __init__(self, messages: MessageLog) -> None:
            self.messages = messages

    log = log_of('42["chat"]', decoder="socket.io")
    source = Sends(log)
    told = []
    for on in (False, True):
        source.heartbeat = on
        told.append((decoded_info(source, log[0]) or {})["heartbeat"])  # type: ignore[typeddict-item]
    log.meanings.choose("json-rpc")
    told.append((decoded_info(source, log[0]) or {})["heartbeat"])  # type: ignore[typeddict-item]
    assert told == ["off", "on", ""]
