"""What is played to one client."""

from __future__ import annotations

import contextlib
import struct

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.errors import CloseError, EOFError
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.playback import player
from kontena_ws_nb.playback.player import parts
from kontena_ws_nb.playback.script import Script
from kontena_ws_nb.playback.server import Replay
from tests.lab.playing import script
from tests.lab.waiting import wait_for

SUBSCRIBES = (
    (0, "text", b'{"hello":1}'),
    (1, ">text", b'{"op":"sub","t":1}'),
    (2, "text", b'{"ok":true}'),
    (3, ">binary", b"\1\2"),
    (4, "binary", b"\3"),
    (5, "close", struct.pack("!H", 4001) + b"bye"),
)


def rest(client: kws.Client) -> list[str | bytes]:
    """Read to the end."""
    found = []
    with contextlib.suppress(CloseError):
        while (data := client.read(10)) is not None:
            found.append(data)
    return found


def test_it_waits_for_what_was_recorded() -> None:
    with Replay([script(*SUBSCRIBES)], wait=True, ignore=["$.t"]) as server, kws.Client.connect(server.url) as client:
        assert client.read(10) == '{"hello":1}'
        client.send('{"op":"no"}')
        client.send('{"op":"sub","t":2}')
        assert client.read(10) == '{"ok":true}'
        client.send(b"\1\2")
        assert rest(client) == [b"\3"]
        assert (client.close_code, client.close_reason) == (4001, "bye")
    (one,) = server.mismatches
    assert (one.connection, one.got, one.differences) == (1, '{"op":"no"}', ("$.op: 'sub' → 'no'",))
    assert server.report == str(one)


def test_what_is_not_waited_for_is_compared_in_turn() -> None:
    with Replay([script(*SUBSCRIBES[:5])]) as server, kws.Client.connect(server.url) as client:
        for data in ('{"op":"no"}', b"\1\2", "more"):
            client.send(data)
        assert [client.read(10) for _ in range(3)] == ['{"hello":1}', '{"ok":true}', b"\3"]
        wait_for(lambda: len(server.mismatches) == 2)
    said = [str(one).splitlines()[0] for one in server.mismatches]
    assert said == ["message 1: the client sent something else", "connection 1: the client sent more than was recorded"]


def test_strictly_the_first_difference_ends_it() -> None:
    def talk(url: str) -> None:
        with kws.Client.connect(url) as client:
            client.send("something else")
            assert rest(client) == ['{"hello":1}']
            assert (client.close_code, client.close_reason) == (1008, "not what was recorded")

    with pytest.raises(AssertionError, match=r"^message 1: the client sent something else\n"):
        with Replay([script(*SUBSCRIBES)], wait=True, strict=True) as server:
            talk(server.url)


def test_strictly_the_clients_own_error_is_the_cause() -> None:
    with pytest.raises(AssertionError, match="the client did not send it") as failed:
        with Replay([script(*SUBSCRIBES)], wait=True, strict=True):
            raise KeyError("a bug of the client's")
    assert isinstance(failed.value.__cause__, KeyError)
    with pytest.raises(KeyboardInterrupt):
        with Replay([script(*SUBSCRIBES)], wait=True, strict=True):
            raise KeyboardInterrupt


def test_what_a_client_has_not_sent() -> None:
    with Replay([script(*SUBSCRIBES)], wait=True) as server:
        with kws.Client.connect(server.url) as client:
            assert client.read(10) == '{"hello":1}'
        assert server.wait()
    assert server.report == "message 1: the client did not send it\n    nor the 1 that followed it"


def test_a_client_that_leaves_in_the_middle() -> None:
    with Replay([script((0, "text", b"1"), (3_600_000, "text", b"2"))]) as server:
        with kws.Client.connect(server.url) as client:
            assert client.read(10) == "1"
        assert server.wait()
        assert server.mismatches == ()


def test_pings_fragments_and_a_burst() -> None:
    rows = [(0, "ping", b"are you there"), (0, "text", "Köln".encode(), True)]
    rows += [(1, "text", b"%d" % n) for n in range(250)]
    with Replay([script(*rows)]) as server:
        ws = kws.connect(server.url)
        try:
            ws.expect("249", since=0)
            found = [(m.kind, m.payload, m.fragments) for m in ws.messages if m.direction == "received"]
        finally:
            ws.close()
    assert found[1:3] == [("ping", b"are you there", 1), ("text", "Köln".encode(), 2)]
    assert len(found) == 253  # with the row of the opening


@pytest.mark.parametrize(
    ("data", "count", "cut"),
    [("abcde", 2, ["abc", "de"]), (b"abc", 3, [b"a", b"b", b"c"]), ("a", 3, ["a", "", ""]), (b"", 2, [b"", b""])],
)
def test_parts(data: str | bytes, count: int, cut: list[str] | list[bytes]) -> None:
    assert parts(data, count) == cut


@pytest.mark.parametrize("payload", [b"", struct.pack("!H", 1006), struct.pack("!H", 999)])
def test_a_close_code_that_cannot_be_sent_is_a_normal_closure(payload: bytes) -> None:
    with Replay([script((0, "close", payload))]) as server, kws.Client.connect(server.url) as client:
        assert rest(client) == []
        assert client.close_code == 1000


def test_what_no_control_frame_can_hold_is_cut() -> None:
    reason = "ü" * 100
    rows = [(0, "ping", b"x" * 300), (0, "text", b"next"), (0, "close", struct.pack("!H", 4000) + reason.encode())]
    with Replay([script(*rows)]) as server:
        ws = kws.connect(server.url)
        try:
            ws.expect("next", since=0)
            wait_for(lambda: ws.state == "closed")
        finally:
            ws.close()
        assert [m.payload for m in ws.messages if m.kind == "ping"] == [b"x" * 125]
        assert (ws.close_code, ws.close_reason) == (4000, "ü" * 61)


def test_a_message_has_no_more_frames_than_are_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "_FRAMES", 3)
    played = script((0, "text", b"abcdef"))
    message = next(step.message for step in played.steps() if step.message is not None)
    many = Message(0, message.time_ns, 0x41, 1, 2**32, b"abcdef")
    with Replay([Script(played.record, [many])]) as server:
        ws = kws.connect(server.url)
        try:
            ws.expect("abcdef", since=0)
            assert [m.fragments for m in ws.messages if m.kind == "text"] == [3]
        finally:
            ws.close()


def test_a_connection_that_was_lost_is_lost_again() -> None:
    with (
        Replay([script((0, "text", b"1"), (1, "error", b"reset"))]) as server,
        kws.Client.connect(server.url) as client,
    ):
        assert client.read(10) == "1"
        with pytest.raises(EOFError):
            client.read(10)


def test_where_the_client_closed_the_server_waits_for_it() -> None:
    with Replay([script((0, "text", b"1"), (1, ">close", b"\3\xe8"))]) as server:
        with kws.Client.connect(server.url) as client:
            assert client.read(10) == "1"
            with pytest.raises(kws.TimeoutError):
                client.read(0.05)
        assert client.close_code == 1000
