"""Attempts and who may adopt their connections."""

from __future__ import annotations

import threading

import pytest

from kontena_ws_nb.errors import ConnectError, SocketError, TimeoutError
from kontena_ws_nb.session.operations import Attempt, Operations, reader_error
from tests.lab.waiting import wait_for


def test_one_attempt_at_a_time_is_shared() -> None:
    operations, first, second, third = Operations(), Attempt(), Attempt(), Attempt()
    assert operations.join(first) is first
    assert operations.join(second) is first
    first.end()
    assert operations.join(third) is third


def test_results_are_shared() -> None:
    attempt, got = Attempt(), []
    thread = threading.Thread(target=lambda: got.append(attempt.result("ws://x/")))
    thread.start()
    attempt.opened = True
    attempt.end()
    thread.join(10)
    assert got == [True]
    attempt = Attempt()
    attempt.end()
    assert not attempt.result("ws://x/")  # interrupted
    attempt.error = ConnectError("no")
    with pytest.raises(ConnectError) as caught:
        attempt.result("ws://x/")
    assert caught.value is not attempt.error


def test_an_end_gives_up_the_attempt_and_what_it_opened_is_refused() -> None:
    operations, attempt, done = Operations(), Attempt(), []
    operations.end(lambda: done.append("nothing under way"))
    operations.join(attempt)

    def wait() -> None:
        with pytest.raises(SocketError) as caught:
            attempt.result("ws://x/")
        done.append(str(caught.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    operations.end(lambda: done.append("end"))
    waiting.join(10)
    wait_for(lambda: len(done) == 3)
    assert (
        "ws://x/: the session was closed while it was connecting; the last call wins: reconnect again if it should be open"
        in done
    )
    assert attempt.given_up
    assert not operations.adopt(lambda: not attempt.given_up, lambda: done.append("adopted"))
    assert operations.adopt(lambda: True, lambda: done.append("adopted"))
    assert done[3:] == ["adopted"]


def test_words_for_what_fails_in_a_reader() -> None:
    ours = TimeoutError("ping", 1)
    assert reader_error(ours, "ws://x/") is ours
    full = reader_error(MemoryError(), "ws://x/")
    assert str(full).startswith("ws://x/: reading was given up: MemoryError; this process is out of memory")
    assert isinstance(full.__cause__, MemoryError)
    defect = KeyError("k")
    assert str(reader_error(defect, "ws://x/")) == (
        "ws://x/: reading was given up: KeyError: 'k'; what was received is in ws.messages; ws.reconnect() goes on from here"
    )
