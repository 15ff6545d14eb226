"""A limit over several logs: the largest pays, promises are kept, logs that are gone do not count."""

from __future__ import annotations

import gc

from kontena_ws_nb.log.budget import STEP, Budget
from kontena_ws_nb.log.log import MessageLog
from tests.unit.log.rows_lab import batch_of


def grow(log: MessageLog, steps: int) -> None:
    for _ in range(steps):
        log.append(batch_of(bytes(STEP // 2), bytes(STEP // 2)), 1)


def test_the_largest_log_pays() -> None:
    budget = Budget(10 * STEP)
    large, small = MessageLog(budget=budget), MessageLog(budget=budget)
    grow(large, 8)
    grow(small, 2)
    assert (large.dropped, small.dropped) == (0, 0)
    grow(small, 3)
    assert large.bytes + small.bytes == 10 * STEP
    assert small.dropped == 0
    grow(small, 100)
    assert large.bytes + small.bytes <= 10 * STEP


def test_when_the_largest_cannot_pay_all_the_next_does() -> None:
    budget = Budget(None)
    logs = [MessageLog(budget=budget) for _ in range(3)]
    for number, log in enumerate(logs):
        grow(log, 3 + number)
    budget.max_bytes = STEP
    budget.check()
    assert [log.bytes for log in logs] == [STEP] * 3  # the newest segment stays
    budget.max_bytes = 100 * STEP
    budget.check()


def test_what_was_promised_is_kept() -> None:
    budget = Budget(2 * STEP)
    kept = MessageLog(None, on_full="close", budget=budget)
    grow(kept, 5)
    assert len(kept) == 10


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
