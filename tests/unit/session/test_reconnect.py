"""Which errors are transient, and the seconds between tries."""

from __future__ import annotations

import itertools

import pytest

from kontena_ws_nb.errors import CloseError, ConnectError, EOFError, Error, ProtocolError, SocketError, TimeoutError
from kontena_ws_nb.options import STABLE
from kontena_ws_nb.session.reconnect import LONGEST_ASKED, TRANSIENT_CODES, Backoff, delays, retry_after, transient
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


def test_the_backoff_starts_over_only_after_a_connection_that_lasted() -> None:
    """A handshake is no success: the server may drop every connection at once."""
    backoff = Backoff(lambda: delays(1, 8, lambda low, high: high))
    first, later = CloseError(1012), CloseError(1013)
    waits = []
    for lasted in (STABLE, 0.0, STABLE - 0.1, 3.0, 0.0):
        backoff.lost(first if not waits else later, lasted)
        waits.append(backoff.wait(later))
    assert waits == [1, 2, 4, 8, 8]
    assert (backoff.tries, backoff.first) == (5, first)
    backoff.lost(later, STABLE)
    assert (backoff.tries, backoff.first, backoff.wait(later)) == (0, later, 1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("Thu, 01 Jan 1970 00:16:45 GMT", 5),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("9" * 30, LONGEST_ASKED),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED),
        ("soon", 0),
        ("-1", 0),
        ("", 0),
    ],
)
def test_how_long_a_server_asks_to_wait(value: str, seconds: float) -> None:
    assert retry_after(ProtocolError("busy", status=503, headers=[("Retry-After", value)]), lambda: 1000.0) == seconds


def test_the_backoff_heeds_the_server() -> None:
    busy = ProtocolError("busy", status=429, headers=[("retry-after", "60")])
    assert Backoff().wait(busy) == 60
    assert retry_after(CloseError(1013)) == 0
