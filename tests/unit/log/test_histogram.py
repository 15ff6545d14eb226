"""The histogram of sizes against a plain count, while rows are added, dropped and cleared."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.log import histogram as sizes
from kontena_ws_nb.log.histogram import Sizes
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import INCOMPLETE
from kontena_ws_nb.protocol.frames import TEXT
from tests.unit.log.rows_lab import batch_of


def counted(log: MessageLog) -> dict[range, int]:
    """What the histogram has to be."""
    data = [
        message.size
        for message in log
        if not message.incomplete and message.direction == "received" and message.kind in ("text", "binary")
    ]
    ranges = [range(0, 1), *(range(1 << bits, 2 << bits) for bits in range(40))]
    return {place: count for place in ranges if (count := sum(size in place for size in data))}


def test_powers_of_two() -> None:
    log = MessageLog()
    assert Sizes(log).histogram() == {}
    for size in (0, 1, 2, 3, 4, 7, 8, 1000, 70_000):
        log.append(batch_of(bytes(size)), 1)
    log.add("text", b"sent", sent=True)
    log.add("ping", b"ping")
    log.add("open", b"connected")
    log.append(batch_of(b"half", flags=TEXT | INCOMPLETE), 1)
    expected = {0: 1, 1: 1, 2: 2, 4: 2, 8: 1, 512: 1, 65_536: 1}
    assert (
        Sizes(log).histogram() == {range(low, 2 * low or 1): count for low, count in expected.items()} == counted(log)
    )


STEP = st.one_of(
    st.tuples(
        st.just("append"), st.lists(st.integers(0, 9) | st.sampled_from([300, 5000, 70_000]), min_size=1, max_size=9)
    ),
    st.tuples(st.sampled_from(["add", "clear", "look", "look"]), st.just([])),
)


@given(st.lists(STEP, max_size=30), st.sampled_from([None, 1, 16]))
def test_it_keeps_up(steps: list[tuple[str, list[int]]], max_messages: int | None) -> None:
    log = MessageLog(max_messages=max_messages)
    histogram = Sizes(log)
    for step, lengths in steps:
        if step == "append":
            log.append(batch_of(*map(bytes, lengths)), 1)
        elif step == "add":
            log.add("text", b"sent", sent=True)
        elif step == "clear":
            log.clear()
        else:
            assert histogram.histogram() == counted(log)
    assert histogram.histogram() == counted(log)
    assert len(histogram._counted) <= len(log.segments())


def test_each_row_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    looked: Counter[int] = Counter()
    count = sizes._count
    monkeypatch.setattr(sizes, "_count", lambda segment: (looked.update([segment.first]), count(segment))[1])
    histogram = Sizes(log)
    for number in range(5):
        log.append(batch_of(bytes(70_000)), 1)
        assert histogram.histogram() == {range(65_536, 131_072): number + 1}
    assert looked == Counter(range(5))


def test_an_interrupt_does_not_count_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    for _ in range(3):
        log.append(batch_of(bytes(70_000)), 1)
    histogram = Sizes(log)
    count, calls = sizes._count, iter([False, True, False, False, False])

    def interrupted(segment: sizes.Segment) -> Counter[int]:
        if next(calls):
            raise KeyboardInterrupt
        return count(segment)

    monkeypatch.setattr(sizes, "_count", interrupted)
    with pytest.raises(KeyboardInterrupt):
        histogram.histogram()
    assert histogram.histogram() == counted(log)


def test_what_was_cleared_and_came_back_is_counted_again() -> None:
    log = MessageLog()
    log.append(batch_of(bytes(1 << 20)), 1)
    sizes = Sizes(log)
    assert sum(sizes.histogram().values()) == 1
    log.clear(undo=True)
    log.append(batch_of(bytes(1 << 20)), 1)
    assert sum(sizes.histogram().values()) == 1
    log.undo_clear()
    assert sum(sizes.histogram().values()) == 2
