"""The log against a plain list, under many threads, and under interrupts at every line."""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kontena_ws_nb.log import combiner, store
from kontena_ws_nb.log.log import MessageLog, _Append
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import SEGMENT_BYTES, SEGMENT_ROWS
from kontena_ws_nb.log.view import View
from tests.lab.waiting import wait_for
from tests.unit.log.rows_lab import BINARY, TEXT, batch_of

PAYLOADS = st.one_of(
    st.lists(st.binary(max_size=40), min_size=1, max_size=30),
    st.builds(lambda count, size: [bytes(size)] * count, st.sampled_from([1, 2, 3000, 5000]), st.sampled_from([0, 1, 7])),
    st.builds(lambda count, size: [bytes(size)] * count, st.sampled_from([1, 2, 9]), st.sampled_from([1023, 30_000, 70_000, 300_000])),
)


class Machine(RuleBasedStateMachine):
    """A log and the list of what was ever written to it."""

    @initialize(
        max_bytes=st.sampled_from([None, 10_000, 1_000_000]),
        max_messages=st.sampled_from([None, 1, 20, 4096, 6000]),
        on_full=st.sampled_from(["drop", "block", "close"]),
    )
    def begin(self, max_bytes: int | None, max_messages: int | None, on_full: Any) -> None:
        self.log = MessageLog(max_bytes, max_messages, on_full)
        self.written: list[tuple[bytes, str, int]] = []
        self.cleared = 0
        self.needed: int | None = None
        self.consumer: Any = None
        self.views: list[tuple[View, Callable[[bytes, str], bool], int]] = []
        self.iterator = iter(self.log)
        self.iterated = 0

    @rule(payloads=PAYLOADS, flags=st.sampled_from([TEXT, BINARY, 0x9]), connection=st.integers(1, 2))
    def append(self, payloads: list[bytes], flags: int, connection: int) -> None:
        kind = {TEXT: "text", BINARY: "binary", 0x9: "ping"}[flags]
        self.log.append(batch_of(*payloads, flags=flags), len(self.written), connection)
        self.written += [(payload, kind, connection) for payload in payloads]

    @rule(payload=st.binary(max_size=20), sent=st.booleans())
    def add(self, payload: bytes, sent: bool) -> None:
        index = self.log.add("text", payload, sent=sent)
        assert index == len(self.written)
        self.written.append((payload, "text", 1))

    @rule()
    def clear(self) -> None:
        self.log.clear()
        self.cleared = len(self.written)
        self.views = [(view, holds, self.cleared) for view, holds, _ in self.views]
        assert len(self.log) == 0

    @precondition(lambda self: self.log.on_full == "block")
    @rule(behind=st.integers(0, 5000))
    def consume(self, behind: int) -> None:
        if self.consumer is None:
            self.consumer = self.log.consumer()
            self.needed = self.log.first_index
        position = max(self.needed or 0, len(self.written) - behind)
        self.consumer.position = self.needed = position

    @precondition(lambda self: len(self.views) < 3)
    @rule(binary=st.booleans())
    def look_for(self, binary: bool) -> None:
        kind = "binary" if binary else "text"
        view = self.log.where(f"kind:{kind}")
        self.views.append((view, lambda payload, of: of == kind, self.log.first_index))
        view.update()

    @rule(data=st.data())
    def index(self, data: st.DataObject) -> None:
        stop, first = len(self.written), self.log.first_index
        index = data.draw(st.integers(-stop - 2, stop + 2))
        wanted = index + stop if index < 0 else index
        if first <= wanted < stop:
            self.same(self.log[index], wanted)
            assert self.log.get(wanted) == self.log[index]
        else:
            with pytest.raises(IndexError):
                self.log[index]
            assert self.log.get(max(wanted, stop)) is None

    @rule(data=st.data())
    def slice(self, data: st.DataObject) -> None:
        stop, first = len(self.written), self.log.first_index
        place = st.none() | st.integers(-stop - 2, stop + 2)
        step = data.draw(st.none() | st.sampled_from([-4097, -2, -1, 1, 2, 3, 4096]))
        chosen = slice(data.draw(place), data.draw(place), step)
        # As for a list of everything ever written, that is cut on the left to what is kept.
        start, end, _ = chosen.indices(stop)
        every = range(max(start, first), end) if (step or 1) > 0 else [at for at in range(start, end, -1) if at >= first]
        rows = self.log[chosen]
        assert list(rows.indices) == list(every)[:: abs(step or 1)]
        assert len(rows) == len(list(rows))
        for message in itertools.islice(rows, 3):
            self.same(message, message.index)

    @rule()
    def iterate(self) -> None:
        """One iterator goes on while the log grows and forgets."""
        for message in itertools.islice(self.iterator, 700):
            assert message.index >= self.iterated
            self.same(message, message.index)
            self.iterated = message.index + 1
        if self.iterated >= len(self.written) or self.iterated < self.log.first_index:
            self.iterator = self.log.since(self.iterated)

    @rule()
    def everything(self) -> None:
        first = self.log.first_index
        assert [message.payload for message in self.log] == [payload for payload, _, _ in self.written[first:]]
        rows = self.log.rows(range(-1, len(self.written) + 1), limit=5)
        assert [row.preview for row in rows] == [payload[:5] for payload, _, _ in self.written[first:]]
        data = next(
            (at for at in range(first, len(self.written)) if self.written[at][1] != "ping" and self.log[at].direction == "received"), None
        )
        assert self.log.find_data(0) == data

    def same(self, message: Message, index: int) -> None:
        assert (message.index, message.payload, message.kind, message.connection) == (index, *self.written[index])

    @invariant()
    def counts(self) -> None:
        log, stop = self.log, len(self.written)
        assert log.next_index == stop
        first = log.first_index
        assert len(log) == stop - first
        assert log.dropped == first - self.cleared
        assert log.bytes == sum(len(payload) for payload, _, _ in self.written[first:])
        segments = log.segments()
        if log.on_full == "drop" and len(segments) > 1:
            assert log.max_messages is None or len(log) <= log.max_messages
            assert log.max_bytes is None or log.bytes <= log.max_bytes
        if log.on_full == "close":
            assert first == self.cleared
        if self.needed is not None:
            assert first <= max(self.needed, self.cleared)

    @invariant()
    def views_keep_up(self) -> None:
        for view, holds, start in self.views:
            view.update()
            hits = [index for index in view.indices if index >= self.log.first_index]
            begin = max(start, self.log.first_index)
            assert hits == [at for at in range(begin, len(self.written)) if holds(*self.written[at][:2])]


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)


# ---- what the machine does not ask


def test_index_errors_say_why() -> None:
    log = MessageLog(max_messages=8)
    with pytest.raises(IndexError, match=r"^message 0 does not exist; 0 were written$"):
        log[0]
    with pytest.raises(IndexError, match=r"^message -1 does not exist"):
        log[-1]
    for number in range(2000):
        log.add("text", b"%d" % number)
    with pytest.raises(IndexError, match=r"^message 3 was dropped \(max_bytes, max_messages\); the oldest kept is 1992$"):
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
    assert log.find_data(1) is None
    assert repr(log) == "<MessageLog 2 messages, 2 bytes>"


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
            readers = [guarded(work) for work in (iterate, follow, poke, search)]
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
