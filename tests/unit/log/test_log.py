"""What a log says of itself, under many threads, and under interrupts at every line. Against a plain list: test_log_machine."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from kontena_ws_nb.log import combiner, store
from kontena_ws_nb.log import log as log_module
from kontena_ws_nb.log.histogram import Sizes
from kontena_ws_nb.log.log import MessageLog, _Append
from kontena_ws_nb.log.retention import Budget
from kontena_ws_nb.log.segment import ROW_BYTES, SEGMENT_BYTES, SEGMENT_ROWS
from kontena_ws_nb.protocol.frames import FRAGMENTED, Batch
from tests.lab.waiting import wait_for
from tests.unit.log.rows_lab import TEXT, apart, batch_of


def test_index_errors_say_why() -> None:
    log = MessageLog(max_messages=8)
    with pytest.raises(IndexError, match=r"^message 0 does not exist; 0 were written$"):
        log[0]
    with pytest.raises(IndexError, match=r"^message -1 does not exist"):
        log[-1]
    for number in range(2000):
        log.add("text", b"%d" % number)
    with pytest.raises(
        IndexError, match=r"^message 3 was dropped \(max_bytes, max_messages\); the oldest kept is 1992$"
    ):
        log[3]
    with pytest.raises(IndexError, match=r"^message 2500 does not exist; 2,000 were written$"):
        log[2500]
    log.clear()
    with pytest.raises(IndexError, match=r"^message 1995 was cleared$"):
        log[1995]
    with pytest.raises(TypeError):
        log["a"]  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="zero"):
        log[::0]


def test_membership_and_order() -> None:
    log = MessageLog()
    log.add("text", b"a", time_ns=0)
    log.add("binary", b"b", sent=True, connection=2)
    assert log[0].time_ns == 0
    assert log[1] in log
    assert "a" not in log
    assert [message.index for message in reversed(log)] == [1, 0]
    assert (log[1].connection, log[1].direction) == (2, "sent")
    assert MessageLog().next_data(0) is None
    assert log.next_data(0) == log[0]
    assert log.next_data(1) is None
    assert repr(log) == "<MessageLog 2 messages, 2 bytes>"


def test_the_place_of_a_message() -> None:
    log = MessageLog(max_messages=1)
    for number in range(3):
        log.add("text", b"%d" % number)
    message = log[2]
    assert log.index(message) == log.index(message, -1) == log.index(message, 2, 3) == 2
    for value, where in ((message, (0, 2)), ("2", ()), (MessageLog, ())):
        with pytest.raises(ValueError, match="is not in this log"):
            log.index(value, *where)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"max_bytes": 0}, "max_bytes must be more than 0, got 0; None means no limit"),
        ({"max_messages": -5}, "max_messages must be more than 0, got -5; None means no limit"),
        ({"on_full": "burst"}, "on_full is one of drop, block, close, got 'burst'"),
    ],
)
def test_limits_are_checked_and_stay(given: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}$"):
        MessageLog(**given)
    log = MessageLog(5000, 7, "block")
    assert (log.max_bytes, log.max_messages, log.on_full) == (5000, 7, "block")
    for name in ("max_bytes", "max_messages", "on_full"):
        with pytest.raises(AttributeError):  # they could not take effect
            setattr(log, name, None)


def test_waiting_for_a_row() -> None:
    log = MessageLog()
    assert not log.wait(0, 0)
    waiter_says: list[bool] = []
    waiter = threading.Thread(target=lambda: waiter_says.append(log.wait(1, 10)))
    waiter.start()
    log.add("text", b"a")
    log.wake()
    log.add("text", b"b")
    waiter.join(10)
    assert waiter_says == [True]


def test_generation_counts_clears_and_shedding_drops_the_oldest() -> None:
    log = MessageLog()
    for _ in range(4):
        log.append(batch_of(bytes(SEGMENT_BYTES)), 1)
    log.shed(1)
    assert (log.first_index, log.generation) == (1, 0)
    log.clear()
    assert (log.generation, log.dropped) == (1, 0)


def test_a_message_outlives_its_row() -> None:
    log = MessageLog(max_messages=1)
    log.add("text", b"kept")
    message = log[0]
    for _ in range(10):
        log.add("text", b"later")
    assert message.text == "kept"
    assert message not in log


def test_a_slow_feed_costs_what_a_fast_one_costs() -> None:
    log = MessageLog()
    for number in range(3 * SEGMENT_ROWS):
        log.append(batch_of(b"12345678"), number)
    assert len(log.segments()) == 3


@pytest.mark.parametrize("chunk", [1, 500])
@pytest.mark.parametrize("size", [8, 200, 2000])
def test_memory_of_slow_and_fast_feeds(size: int, chunk: int) -> None:
    """At most 24 bytes a row beside its payload (design section 6), however the rows came; what is still free in the open segment included."""
    rows = 40_000
    payload, bounds, flags = bytes(size * chunk), range(0, size * chunk + 1, size), b"\1" * chunk
    log = MessageLog()
    tracemalloc.start()
    try:
        for _ in range(rows // chunk):
            log.append(Batch(bytes(bytearray(payload)), list(bounds), flags), 1)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] / rows <= size + 24
    finally:
        tracemalloc.stop()


def test_an_iterator_whose_rows_vanish_goes_on_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    for _ in range(3):
        log.add("text", b"a")
    locate, answers = log._store.locate, iter([None])
    # Retention strikes between the look at first_index and the search for the row.
    monkeypatch.setattr(log._store, "locate", lambda index: next(answers, locate(index)))
    assert [message.index for message in log] == [0, 1, 2]


def test_a_job_that_was_begun_is_gone_on_with() -> None:
    log = MessageLog()
    job = _Append(batch_of(b"a", b"b"), 1, 1)
    log._perform(job)
    log._perform(job)  # as after an interrupt behind its last row
    assert [message.text for message in log] == ["a", "b"]


# ---- many threads


@pytest.mark.parametrize("limits", [{}, {"max_messages": 4500}, {"max_bytes": 1_000_000}], ids=["all", "rows", "bytes"])
def test_stress(limits: dict[str, int]) -> None:
    log = MessageLog(**limits)  # type: ignore[arg-type]
    stop, failures = threading.Event(), []
    batches, senders, sends, seconds = 600, 3, 150, 20.0
    old = sys.getswitchinterval()

    def guarded(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)
                stop.set()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def write() -> None:
        sizes = itertools.cycle([1, 3, 40, 1, 200, 7])
        for number in range(batches):
            count = next(sizes)
            size = 70_000 if number % 300 == 299 else 20
            log.append(batch_of(*[b"w%08d/%03d" % (number, row) + bytes(size) for row in range(count)]), number + 1)

    def send(name: int) -> Callable[[], None]:
        def work() -> None:
            before = -1
            for number in range(sends):
                index = log.add("text", b"s%d/%08d" % (name, number), sent=True)
                assert index > before
                before = index
                message = log.get(index)
                assert message is None or message.payload == b"s%d/%08d" % (name, number)

        return work

    def iterate() -> None:
        expected, order = 0, {}
        while True:
            done = stop.is_set()
            for message in log.since(expected):
                assert message.index == expected or (limits and message.index > expected)
                expected = message.index + 1
                who, _, number = message.payload[:12].partition(b"/")
                key = who[:1] if who[:1] == b"w" else who
                rank = message.payload[:13] if key == b"w" else number
                assert order.get(key, b"") < rank
                order[key] = rank
            if done:
                assert expected == log.next_index
                return
            log.wait(expected, 0.01)

    def follow() -> None:
        """Never misses a wake-up: nothing but appends ends its waits."""
        seen = 0
        while seen < total:
            assert log.wait(seen, seconds), f"row {seen} of {total} never came"
            seen = log.next_index

    def poke() -> None:
        while not stop.is_set():
            first, newest = log.first_index, log.next_index
            message = log.get((first + newest) // 2)
            assert message is None or message.payload[:1] in b"sw"
            assert len(log) >= 0
            list(log.rows(range(newest - 20, newest)))

    def tabulate() -> None:
        histogram = Sizes(log)
        while not stop.is_set():
            records = log[-300:].to_records()
            assert [record["size"] for record in records] == [len(record["text"]) for record in records]
            assert [record["index"] for record in records] == sorted({record["index"] for record in records})
            assert sum(histogram.histogram().values()) <= total

    def search() -> None:
        view = log.where("s1/")
        while not stop.is_set():
            view.update(0.01)
        view.update()
        if not limits:
            assert len(view.indices) == sends
        assert list(view.indices) == sorted(set(view.indices))

    total = sum(itertools.islice(itertools.cycle([1, 3, 40, 1, 200, 7]), batches)) + senders * sends
    ranges: list[tuple[int, int]] = []
    sys.setswitchinterval(1e-5)
    try:
        with log.observe(lambda start, end: ranges.append((start, end))):
            readers = [guarded(work) for work in (iterate, follow, poke, search, tabulate)]
            writers = [guarded(write)] + [guarded(send(name)) for name in range(senders)]
            for thread in writers:
                thread.join(seconds)
            wait_for(lambda: log.next_index == total or failures, seconds)
            stop.set()
            for thread in readers:
                thread.join(seconds)
    finally:
        stop.set()
        sys.setswitchinterval(old)
    assert failures == []
    assert log.next_index == total
    assert [start for start, _ in ranges] == [0, *[end for _, end in ranges[:-1]]]
    assert ranges[-1][1] == total
    if not limits:
        assert sum(1 for _ in log) == total


# ---- interrupts


def _interrupted_at(line: int, work: Callable[[], object]) -> bool:
    """Run `work` with a KeyboardInterrupt before the n-th line that runs in the log's writing code; whether it came so far."""
    left = line

    def local(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal left
        if event == "line":
            # CPython looks for signals between neither the end of a `with` block and its __exit__; tracing would.
            if left == 0 and not _source(frame).startswith("with "):
                left = -1
                raise KeyboardInterrupt
            left -= left > 0
        return local

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        return local if frame.f_code.co_filename in (combiner.__file__, store.__file__) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def _source(frame: FrameType) -> str:
    import linecache

    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()


@pytest.mark.parametrize("count", [1, 20])
def test_an_interrupt_anywhere_in_a_send_loses_nothing_of_the_reader(count: int) -> None:
    for line in range(400):
        log = MessageLog(max_messages=64)  # eight rows a segment
        log.add("text", b"first")
        reader = batch_of(*[b"r"] * count)
        # The reader offered a batch while this sender had the role: the sender appends it.
        role = log._combiner._role
        with role:
            log.append(reader, time.time_ns())
        came = _interrupted_at(line, lambda log=log: log.add("text", b"sent", sent=True))  # type: ignore[misc]
        log.append(batch_of(b"last"), time.time_ns())
        assert not role.locked()
        texts = [message.text for message in log]
        assert texts in (["first", *["r"] * count, "sent", "last"], ["first", *["r"] * count, "last"]), f"line {line}"
        if not came:
            assert line > 20
            return
    raise AssertionError("it never ended")


def test_one_row_is_appended_as_in_a_batch_of_several() -> None:
    log = MessageLog()
    log.append(batch_of(b"one"), 1)
    part = batch_of(b"before", b"two", b"behind")
    log.append(Batch(part.data, (6, 9), bytes((TEXT,))), 2)
    log.append(batch_of(b"pieces", flags=TEXT | FRAGMENTED, fragments={0: 2}), 3)
    log.append(apart(batch_of(b"in", b"place")), 4)
    log.append(apart(batch_of(b"alone")), 5)
    assert [message.data for message in log] == ["one", "two", "pieces", "in", "place", "alone"]
    assert [message.time_ns for message in log] == [1, 2, 3, 4, 4, 5]
    assert log[2].fragments == 2


def test_a_log_that_drops_keeps_what_is_to_be_recorded_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "SPARED", 1000)
    log = MessageLog(max_bytes=None, max_messages=16)
    with log.consumer(spare=True) as recorder, log.consumer(spare=True) as other:
        other.position = 1 << 40
        for _ in range(30):
            log.add("text", b"x")
        assert (log.first_index, len(log)) == (0, 30)
        recorder.position = 20
        log.add("text", b"x")
        assert 8 < log.first_index <= 20
        for _ in range(20):
            log.add("text", b"x" * 100)  # the disk is slow
        assert log.first_index > 25
    for _ in range(20):
        log.add("text", b"x")
    assert len(log) <= 16


def test_a_clear_that_can_be_undone() -> None:
    log = MessageLog()
    log.add("text", b"before")
    seen = log.where("before")
    assert len(seen) == 1
    log.clear(undo=True)
    assert (len(log), log.undoable, log.bytes, log.dropped, len(seen)) == (0, 1, 0, 0, 0)
    assert log.held == 6 + ROW_BYTES
    log.add("text", b"after")
    assert log.undo_clear() == 1
    assert [message.text for message in log] == ["before", "after"]
    assert (log[0].text, len(seen), log.undoable, log.undo_clear()) == ("before", 1, 0, 0)
    log.clear(undo=True)
    log.forget_cleared()
    assert (log.undoable, log.held, log.undo_clear()) == (0, 0, 0)


def test_what_can_be_undone_counts_for_a_budget_and_goes_first() -> None:
    budget = Budget(None)
    log = MessageLog(budget=budget)
    log.add("text", bytes(3 << 20))
    log.clear(undo=True)
    assert log.undoable == 1
    budget.max_bytes = 2 << 20
    assert (log.undoable, log.held) == (0, 0)
