"""Registered consumers: what they need stays, and they can make a log full."""

from __future__ import annotations

import threading

from kontena_ws_nb.log.log import MessageLog
from tests.lab.waiting import wait_for


def fill(log: MessageLog, count: int, size: int = 1000) -> None:
    for _ in range(count):
        log.add("text", bytes(size))


def test_a_dropping_log_is_never_full() -> None:
    log = MessageLog(max_bytes=5000)
    with log.consumer():
        fill(log, 100)
        assert not log.full
    assert log.first_index > 0


def test_a_log_that_closes_keeps_everything() -> None:
    log = MessageLog(max_bytes=5000, on_full="close")
    fill(log, 4)
    assert not log.full
    fill(log, 4)
    assert log.full
    assert len(log) == 8


def test_a_log_that_blocks_is_full_of_what_was_not_taken() -> None:
    log = MessageLog(max_bytes=20_000, on_full="block")
    fill(log, 100)
    assert not log.full  # nobody registered
    assert log.first_index > 0
    with log.consumer() as slow, log.consumer(log.next_index) as quick:
        assert slow.position == log.first_index
        at = log.first_index
        fill(log, 10)
        assert (log.full, log.first_index) == (True, at)
        slow.position = log.next_index
        assert not log.full
        fill(log, 30)
        assert log.full
        slow.position = log.next_index
        assert log.full  # the other one is behind
        quick.close()
        quick.close()
        assert not log.full
    fill(log, 100)
    assert not log.full


def test_a_writer_waits_for_room() -> None:
    log = MessageLog(max_messages=10, on_full="block")
    consumer = log.consumer()
    fill(log, 20)
    answers: list[bool] = []
    writer = threading.Thread(target=lambda: answers.append(log.wait_for(lambda: not log.full, 10)))
    writer.start()
    wait_for(lambda: log._waiters._gates)
    consumer.position = 15
    writer.join(10)
    assert answers == [True]
    consumer.close()
    log.clear()
    with log.consumer(3):
        assert not log.full
