"""What a recorded connection did."""

from __future__ import annotations

import pytest

from kontena_ws_nb.playback.script import Script
from kontena_ws_nb.protocol.frames import INCOMPLETE
from tests.lab.playing import START, script, shaken


def told(one: Script) -> list[tuple[float, bytes | None, bool]]:
    return [
        (step.after_ns / 1e6, None if step.message is None else step.message.payload, step.sent) for step in one.steps()
    ]


def test_times_count_from_the_opening() -> None:
    one = script((5, "open", b"yes"), (6, "text", b"a"), (7, ">text", b"b"), (9, "binary", b"c"), (9.5, "pong", b"p"))
    assert told(one) == [(1, b"a", False), (2, b"b", True), (4, b"c", False)]
    assert told(one) == told(one)  # each client gets it anew
    assert [message.payload for message in one.expected] == [b"b"]
    assert told(script((5, "text", b"a"), (7, "text", b"b"), opened_ns=START)) == [(5, b"a", False), (7, b"b", False)]
    assert told(script((5, "text", b"a"), (4, "text", b"b"))) == [(0, b"a", False), (0, b"b", False)]


def test_pings_are_the_servers_and_a_close_is_the_end() -> None:
    assert told(
        script((0, "ping", b"1"), (1, ">ping", b"2"), (2, "close", b"\3\xe8"), (3, ">close", b""), (4, "text", b"x"))
    ) == [(0, b"1", False), (2, b"\3\xe8", False)]
    assert told(script((0, "text", b"1"), (1, ">close", b"\3\xe8"), (2, "close", b"\3\xe8"))) == [
        (0, b"1", False),
        (1, b"\3\xe8", True),
    ]


def test_a_lost_connection_ends_without_a_close_frame() -> None:
    assert told(script((0, "text", b"1"), (5, "error", b"reset"))) == [(0, b"1", False), (5, None, False)]
    assert told(script((0, "text", b"1"), (5, "error", b"an observer's"), (6, "text", b"2"))) == [
        (0, b"1", False),
        (6, b"2", False),
    ]


def test_what_was_cut_off_is_not_played() -> None:
    one = script((0, "text", b"1"))
    log = one._messages
    log.add("text", b"cut", flags=INCOMPLETE)  # type: ignore[attr-defined]
    assert len(told(one)) == 1


def test_a_handshake() -> None:
    headers = (
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Accept", "x"),
        ("Server", "feed/1"),
        ("Set-Cookie", "***"),
        ("Date", "today"),
        ("X-Region", "eu"),
    )
    one = script(handshake=shaken("/a?b=c", subprotocol="v1", extensions="permessage-deflate", headers=headers))
    assert (one.path, one.status, one.subprotocol, one.compressed) == ("/a?b=c", 101, "v1", True)
    assert one.headers == [("Server", "feed/1"), ("X-Region", "eu")]
    plain = script()
    assert (plain.path, plain.status, plain.subprotocol, plain.compressed, plain.headers) == (
        None,
        101,
        None,
        False,
        [],
    )
    assert script(handshake=shaken(status=403)).status == 403


@pytest.mark.parametrize(("request_head", "status"), [(b"", 0), (b"GET\r\n", 101)])
def test_half_a_handshake(request_head: bytes, status: int) -> None:
    one = script(handshake=shaken(status=status, request=request_head))
    assert (one.path, one.status) == (None, 101)
