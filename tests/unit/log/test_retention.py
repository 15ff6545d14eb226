"""A limit over several logs: the largest pays, promises are kept; what registered consumers need stays, and can make a log full."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.retention import STEP, Budget
from kontena_ws_nb.log.segment import ROW_BYTES
from tests.lab.waiting import wait_for
from tests.unit.log.rows_lab import batch_of

#: Payload bytes of a row that, with what a row costs, take half a step.
HALF = STEP // 2 - ROW_BYTES


def grow(log: MessageLog, steps: int) -> None:
    for _ in range(2 * steps):
        log.append(batch_of(bytes(HALF)), 1)


def test_the_largest_log_pays() -> None:
    budget = Budget(12 * STEP)  # two steps of it are room for what comes between two looks
    large, small = MessageLog(budget=budget), MessageLog(budget=budget)
    grow(large, 8)
    grow(small, 2)
    assert (large.dropped, small.dropped) == (0, 0)
    grow(small, 3)
    assert large.held + small.held == 10 * STEP
    assert small.dropped == 0
    grow(small, 100)
    assert large.held + small.held <= 12 * STEP


def test_when_the_largest_cannot_pay_all_the_next_does() -> None:
    budget = Budget(None)
    logs = [MessageLog(budget=budget) for _ in range(3)]
    for number, log in enumerate(logs):
        grow(log, 3 + number)
    budget.max_bytes = STEP
    assert [len(log) for log in logs] == [1] * 3  # the newest segment stays
    budget.max_bytes = 100 * STEP
    budget.check()
    assert [len(log) for log in logs] == [1] * 3


def test_what_was_promised_is_kept() -> None:
    budget = Budget(2 * STEP)
    kept = MessageLog(None, on_full="close", budget=budget)
    grow(kept, 5)
    assert len(kept) == 10


def test_rows_without_payload_count() -> None:
    budget = Budget(4 * STEP)
    log = MessageLog(None, budget=budget)
    for _ in range(200):
        log.append(batch_of(*[b""] * 4096), 1)
        assert log.held <= 4 * STEP
    assert log.dropped > 0
    assert len(log) > 2 * STEP // ROW_BYTES


def test_one_check_at_a_time() -> None:
    budget = Budget(1)
    log = MessageLog(budget=budget)
    with budget._checking:
        grow(log, 3)
    assert log.dropped == 0
    budget.check()
    assert log.dropped > 0


def test_logs_that_are_gone_do_not_count() -> None:
    budget = Budget(1)
    log = MessageLog(budget=budget)
    assert budget.logs() == [log]
    del log
    gc.collect()
    assert budget.logs() == []
    again = MessageLog(budget=budget)
    assert len(budget._logs) == 1
    assert budget.logs() == [again]


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("1G", TypeError, "is a number of bytes or None, got str"),
        (1e9, TypeError, "got float"),
        (True, TypeError, "got bool"),
        (0, ValueError, "must be more than 0 bytes, got 0; None means no limit"),
        (-1, ValueError, "got -1"),
    ],
)
def test_limits_that_make_no_sense(value: Any, error: type[Exception], text: str) -> None:
    budget = Budget(5)
    with pytest.raises(error, match=text):
        budget.max_bytes = value
    assert budget.max_bytes == 5
    with pytest.raises(error):
        Budget(value)


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
