"""Attempts to reconnect: how they are shared and cancelled."""

from __future__ import annotations

import threading

import pytest

from kontena_ws_nb.errors import ConnectError, SocketError
from kontena_ws_nb.session.attempts import Attempt, Attempts
from tests.lab.waiting import wait_for


def test_one_attempt_at_a_time_is_shared() -> None:
    attempts, first, second, third = Attempts(), Attempt(), Attempt(), Attempt()
    assert attempts.join(first) is first
    assert attempts.join(second) is first
    first.finish()
    assert attempts.join(third) is third


def test_results_are_shared() -> None:
    attempt, got = Attempt(), []
    thread = threading.Thread(target=lambda: got.append(attempt.result("ws://x/")))
    thread.start()
    attempt.opened = True
    attempt.finish()
    thread.join(10)
    assert got == [True]
    attempt = Attempt()
    attempt.finish()
    assert not attempt.result("ws://x/")  # interrupted
    attempt.error = ConnectError("no")
    with pytest.raises(ConnectError) as caught:
        attempt.result("ws://x/")
    assert caught.value is not attempt.error


def test_an_end_gives_up_the_attempt_and_what_it_opened_is_refused() -> None:
    attempts, attempt, done = Attempts(), Attempt(), []
    attempts.cancel_and(lambda: done.append("nothing under way"))
    attempts.join(attempt)

    def wait() -> None:
        with pytest.raises(SocketError) as caught:
            attempt.result("ws://x/")
        done.append(str(caught.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    attempts.cancel_and(lambda: done.append("end"))
    waiting.join(10)
    wait_for(lambda: len(done) == 3)
    assert (
        "ws://x/: the session was closed while it was connecting; the last call wins: reconnect again if it should be open"
        in done
    )
    assert attempt.cancelled
    assert not attempts.run_if(lambda: not attempt.cancelled, lambda: done.append("adopted"))
    assert attempts.run_if(lambda: True, lambda: done.append("adopted"))
    assert done[3:] == ["adopted"]
