"""Which losses are worth another try, and the seconds between tries."""

from __future__ import annotations

import itertools

import pytest

from kontena_ws_nb.errors import CloseError, ConnectError, EOFError, Error, ProtocolError, SocketError, TimeoutError
from kontena_ws_nb.session.reconnect import TRANSIENT_CODES, delays, transient
from kontena_ws_nb.tls.errors import SSLConnectError, SSLVerifyError

TRANSIENT = [
    ConnectError("no such name"),
    SocketError("reset"),
    TimeoutError("connect", 1),
    TimeoutError("ping", 1),
    EOFError(),
    SSLConnectError("reset", reason="ConnectionResetError"),
    SSLConnectError("eof", reason="UNEXPECTED_EOF_WHILE_READING"),
    ProtocolError("busy", status=503),
    ProtocolError("broken", status=500),
    ProtocolError("slow down", status=429),
    *(CloseError(code) for code in (1001, 1006, 1011, 1012, 1013, 1014)),
]

FATAL = [
    None,
    Error("anything else"),
    ValueError("not ours"),
    SSLVerifyError("expired", verify_code=10, reason="certificate has expired"),
    SSLConnectError("no common version", reason="UNSUPPORTED_PROTOCOL"),
    SSLConnectError("no reason"),
    ProtocolError("missing", status=404),
    ProtocolError("unauthorized", status=401),
    ProtocolError("a masked frame", close_code=1002),
    *(CloseError(code) for code in (1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1015, 3000, 4000)),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_transient(error: Error) -> None:
    assert transient(error)


@pytest.mark.parametrize("error", FATAL, ids=str)
def test_fatal(error: Error | None) -> None:
    assert not transient(error)


def test_codes() -> None:
    assert sorted(TRANSIENT_CODES) == [1001, 1006, 1011, 1012, 1013, 1014]


def test_delays_double_up_to_the_longest() -> None:
    asked: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    assert list(itertools.islice(delays(0.5, 5, draw), 6)) == [0.5, 1, 2, 4, 5, 5]
    assert asked[:2] == [(0.25, 0.5), (0.5, 1)]


def test_delays_are_jittered() -> None:
    drawn = [next(delays()) for _ in range(50)]
    assert all(0.25 <= delay <= 0.5 for delay in drawn)
    assert len(set(drawn)) > 1
