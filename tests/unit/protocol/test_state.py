"""The states and the closing handshake, driven without sockets."""

from __future__ import annotations

import itertools

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.close import Close
from kontena_ws_nb.protocol.state import (
    CLOSE_RECEIVED,
    CLOSE_SENT,
    CLOSED,
    CLOSING,
    DROPPED,
    END_OF_STREAM,
    FAILED,
    OPEN,
    TRANSITIONS,
    ConnectionState,
)

OURS, THEIRS = Close(1000, "bye"), Close(1001, "restart")
REFUSED = kws.ProtocolError("a reserved bit")
LATE = kws.TimeoutError("close", 5, "the server did not answer our close frame within 5 s")
STALLED = kws.TimeoutError("write", 1, "the message was cut")

#: Every event in every form that the connection gives it.
EVENTS = {
    "we close": lambda state: state.close_sent(OURS),
    "we answer": lambda state: state.close_sent(),
    "they close": lambda state: state.close_received(THEIRS),
    "they answer": lambda state: state.close_received(OURS),
    "the user drops": lambda state: state.dropped(),
    "we drop": lambda state: state.dropped(STALLED),
    "the stream ends": lambda state: state.end_of_stream(),
    "the stream breaks": lambda state: state.end_of_stream(OSError(104, "Connection reset by peer")),
    "they break the protocol": lambda state: state.failed(REFUSED),
    "they are late": lambda state: state.failed(LATE),
}


def after(*events: str) -> ConnectionState:
    state = ConnectionState("ws://h/")
    for event in events:
        EVENTS[event](state)
    return state


def facts(state: ConnectionState) -> tuple[object, ...]:
    return state.state, state.by_us, state.received, state.outcome, state.failure, state.close_code, state.close_reason


def test_the_table() -> None:
    assert set(TRANSITIONS) == {OPEN, CLOSING, CLOSED}
    assert set(TRANSITIONS[OPEN]) == {CLOSE_SENT, CLOSE_RECEIVED, DROPPED, END_OF_STREAM, FAILED}
    assert set(TRANSITIONS[CLOSING]) == set(TRANSITIONS[OPEN]) - {CLOSE_SENT}, "one close frame each way at most"
    assert TRANSITIONS[CLOSED] == {}
    for state, moves in TRANSITIONS.items():
        assert all(
            [OPEN, CLOSING, CLOSED].index(there) >= [OPEN, CLOSING, CLOSED].index(state) for there in moves.values()
        ), "never back"


def test_at_first() -> None:
    assert facts(ConnectionState()) == (OPEN, False, None, None, None, None, None)


#: What happens, in order: then the state, who closed, the outcome, what a reader is told, the code and the reason.
ENDS = [
    # open and closing
    (["we close"], CLOSING, True, None, None, None, None),
    (["we answer"], CLOSING, False, None, None, None, None),
    (["they close"], OPEN, False, None, None, 1001, "restart"),
    (["they close", "we answer"], CLOSING, False, None, None, 1001, "restart"),
    (["the user drops"], OPEN, True, None, None, None, None),
    (["we drop"], OPEN, False, None, None, None, None),
    # the closing handshake, completed
    (["we close", "they answer", "the stream ends"], CLOSED, True, None, None, 1000, "bye"),
    (["they close", "we answer", "the stream ends"], CLOSED, False, kws.CloseError, kws.CloseError, 1001, "restart"),
    (["we close", "they close", "the stream ends"], CLOSED, True, None, None, 1001, "restart"),
    (["they close", "we close", "the stream ends"], CLOSED, True, None, None, 1001, "restart"),
    (
        ["they close", "we answer", "we drop", "the stream breaks"],
        CLOSED,
        False,
        kws.CloseError,
        kws.CloseError,
        1001,
        "restart",
    ),
    # no close frame from the server
    (["the stream ends"], CLOSED, False, kws.EOFError, kws.EOFError, 1006, ""),
    (["the stream breaks"], CLOSED, False, kws.EOFError, kws.EOFError, 1006, ""),
    (["we close", "the stream ends"], CLOSED, True, kws.EOFError, None, 1006, ""),
    (["we close", "the stream breaks"], CLOSED, True, kws.EOFError, None, 1006, ""),
    (["we close", "they are late"], CLOSED, True, kws.TimeoutError, None, 1006, ""),
    # dropped
    (["the user drops", "the stream ends"], CLOSED, True, None, None, 1006, ""),
    (["the user drops", "the stream breaks"], CLOSED, True, None, None, 1006, ""),
    (["we drop", "the stream ends"], CLOSED, False, kws.TimeoutError, kws.TimeoutError, 1006, ""),
    (["we close", "we drop", "the stream ends"], CLOSED, True, kws.TimeoutError, None, 1006, ""),
    # refused, and silent
    (["they break the protocol"], CLOSED, False, kws.ProtocolError, kws.ProtocolError, 1006, ""),
    (["we answer", "they break the protocol"], CLOSED, False, kws.ProtocolError, kws.ProtocolError, 1006, ""),
    (["we close", "they break the protocol"], CLOSED, True, kws.ProtocolError, kws.ProtocolError, 1006, ""),
    (["they are late"], CLOSED, False, kws.TimeoutError, kws.TimeoutError, 1006, ""),
]


@pytest.mark.parametrize(("events", "state", "by_us", "outcome", "failure", "code", "reason"), ENDS)
def test_what_events_add_up_to(
    events: list[str],
    state: str,
    by_us: bool,
    outcome: type | None,
    failure: type | None,
    code: int | None,
    reason: str | None,
) -> None:
    found = after(*events)
    assert (found.state, found.by_us) == (state, by_us)
    assert type(found.outcome) is (outcome or type(None))
    assert type(found.failure) is (failure or type(None))
    assert (found.close_code, found.close_reason) == (code, reason)


@pytest.mark.parametrize("first", EVENTS)
def test_whatever_happens(first: str) -> None:
    for others in itertools.product(EVENTS, repeat=3):
        drive(first, *others)


def drive(*events: str) -> None:
    state = ConnectionState("ws://h/")
    sent = 0
    for event in events:
        before = facts(state)
        told = EVENTS[event](state)
        if before[0] == CLOSED:
            assert facts(state) == before, "what comes after the end changes nothing"
            assert not told
        sent += event in ("we close", "we answer") and told is True
        assert sent <= 1, "one close frame of ours at most (RFC 6455 section 5.5.1)"
        assert sent or state.state != CLOSING
        assert (state.close_code is None) is (state.close_reason is None)
        assert (state.close_code is None) is (state.state != CLOSED and state.received is None)
        assert state.outcome is None or state.state == CLOSED
        assert state.outcome is not None or state.by_us or state.state != CLOSED, "an end that is nobody's wish is told"
        assert state.failure in (None, state.outcome)
        assert state.failure is state.outcome or state.by_us
    assert state.lingers is (state.received is not None or state.outcome is REFUSED)


@pytest.mark.parametrize(
    ("asked", "came", "confirms"),
    [
        (OURS, OURS, True),
        (OURS, Close(1000), True),
        (OURS, Close(1000, "see you"), False),
        (OURS, THEIRS, False),
        (OURS, Close(1005), False),
        (None, OURS, False),
    ],
    ids=str,
)
def test_what_answers_our_close_frame(asked: Close | None, came: Close, confirms: bool) -> None:
    state = ConnectionState()
    assert state.close_sent(asked)
    assert state.close_received(came) is confirms


def test_a_close_frame_that_crosses_ours_confirms_nothing() -> None:
    state = ConnectionState()
    assert not state.close_received(OURS)
    assert state.close_sent(OURS)


def test_the_words() -> None:
    assert str(after("the stream ends").outcome) == "ws://h/: the connection ended without a close frame (1006)"
    assert (
        str(after("we close", "the stream ends").outcome)
        == "ws://h/: the server answered our close frame by ending the connection (1006)"
    )
    broken = after("the stream breaks").outcome
    assert str(broken) == "ws://h/: the connection broke: Connection reset by peer (1006)"
    assert isinstance(broken.__cause__, OSError)
    assert (
        str(after("they close", "the stream ends").outcome)
        == 'ws://h/: the server closed with 1001 (going away) "restart"'
    )


@pytest.mark.parametrize(
    ("events", "cause"),
    [
        ([], None),
        (["they close"], kws.CloseError),
        (["we close", "they answer"], None),
        (["we close", "they answer", "the stream ends"], None),
        (["the stream ends"], kws.EOFError),
    ],
)
def test_why_nothing_can_be_sent(events: list[str], cause: type | None) -> None:
    assert type(after(*events).cause) is (cause or type(None))
