"""The store: rows in order, whole segments dropped from the left, nothing counted twice."""

from __future__ import annotations

import pytest

from kontena_ws_nb.log import store as store_module
from kontena_ws_nb.log.segment import ROW_BYTES, SEGMENT_BYTES, SEGMENT_ROWS, Segment
from kontena_ws_nb.log.store import Store
from kontena_ws_nb.protocol.arena import SPARE, Blocks
from kontena_ws_nb.protocol.batch import FRAGMENTED, SENT, TEXT, Batch
from tests.unit.log.rows_lab import batch_of, payloads


def written(*sizes: int, **limits: int) -> Store:
    store = Store(**limits)
    for size in sizes:
        store.write(batch_of(bytes(size)), 1, 1)
        store.retain()
    return store


def test_an_empty_store() -> None:
    store = Store()
    assert (store.first, store.next, store.written, store.bytes) == (0, 0, 0, 0)
    assert store.locate(0) is None
    assert store.locate(-1) is None
    assert store.bytes_before(0) == 0
    assert not store.exceeds(0)


def test_small_batches_share_a_segment() -> None:
    store = Store()
    store.write(batch_of(b"a", b"b"), 1, 1)
    store.write(batch_of(b"c"), 2, 1)
    assert len(store.segments) == 1
    assert payloads(store.segments) == [b"a", b"b", b"c"]
    assert (store.next, store.bytes) == (3, 3)


def test_a_batch_goes_over_the_end_of_a_segment() -> None:
    store = Store()
    rows = [b"%d" % number for number in range(SEGMENT_ROWS + 5)]
    store.write(batch_of(*rows[:7]), 1, 1)
    store.write(batch_of(*rows[7:]), 1, 1)
    assert payloads(store.segments) == rows
    assert [segment.sealed for segment in store.segments] == [True, False]
    found = store.locate(SEGMENT_ROWS + 1)
    assert found is not None
    assert found[0].payload(found[1]) == rows[SEGMENT_ROWS + 1]


def test_a_row_that_is_put_is_as_one_that_is_written() -> None:
    store = Store()
    assert store.put(b"one", TEXT | SENT, 7, 1) is None, "no segment is open"
    store.write(batch_of(b"first"), 1, 1)
    assert store.put(b"one", TEXT | SENT, 7, 1) == 1
    assert store.put(b"other", TEXT, 7, 2) is None, "another connection"
    assert store.put(bytes(5000), TEXT, 7, 1) is None, "no room"
    assert store.put(b"", TEXT, 7, 1, until=8 + 3 * ROW_BYTES) is None
    assert store.put(b"", TEXT, 7, 1, until=9 + 3 * ROW_BYTES) == 2
    assert payloads(store.segments) == [b"first", b"one", b""]
    assert (store.next, store.bytes, store.segments[0].flags[1], store.segments[0].times[1]) == (3, 8, TEXT | SENT, 7)


@pytest.mark.parametrize("limits", [{"max_rows": 64}, {"max_bytes": 40_000}, {"max_bytes": 40_000, "max_rows": 30}])
def test_rows_that_are_put_are_dropped_as_others_are(limits: dict[str, int]) -> None:
    store, other, put = Store(**limits), Store(**limits), 0
    for number in range(300):
        batch = batch_of(b"%01000d" % number)
        if store.put(bytes(batch.data), TEXT, number, 1) is None:
            store.write(batch, number, 1)
            store.retain()
        else:
            put += 1
        other.write(batch, number, 1)
        other.retain()
        assert (store.first, store.next, store.held) == (other.first, other.next, other.held)
    assert store.first > 200
    assert put >= 100


@pytest.mark.parametrize(("keep", "step"), [(None, 8), (1 << 30, 1)])
def test_of_many_segments_several_are_dropped_at_once(keep: int | None, step: int) -> None:
    """Each time the others are listed anew; but nothing goes early that somebody has not taken yet."""
    limit = 600 * (65536 + ROW_BYTES)
    store, batch, firsts = Store(limit), batch_of(bytes(65536)), set[int]()
    for _ in range(640):
        store.write(batch, 1, 1)
        store.retain(keep)
        firsts.add(store.first)
        assert store.held <= limit
    assert sorted(firsts) == list(range(0, 41, step))


def test_one_row_of_a_batch_of_several_and_one_in_fragments() -> None:
    store = Store()
    store.write(batch_of(b"first"), 1, 1)
    part = batch_of(b"before", b"two", b"behind")
    store.write(Batch(part.data, (6, 9), bytes((TEXT,))), 1, 1)
    store.write(batch_of(b"pieces", flags=TEXT | FRAGMENTED, fragments={0: 2}), 1, 1)
    assert payloads(store.segments) == [b"first", b"two", b"pieces"]
    assert store.segments[-1].fragments == {2: 2}


def test_bytes_fill_a_segment_too() -> None:
    store = written(*[SEGMENT_BYTES // 5] * 6)
    assert [segment.count for segment in store.segments] == [5, 1]
    assert store.bytes == 6 * (SEGMENT_BYTES // 5)


def test_a_large_batch_seals_what_was_open() -> None:
    store = written(10, SEGMENT_BYTES // 4, 10)
    assert [segment.count for segment in store.segments] == [1, 1, 1]
    assert [segment.before for segment in store.segments] == [0, 10, 10 + SEGMENT_BYTES // 4]
    assert len(store.segments[0].data) == 10


def test_connections_do_not_share_a_segment() -> None:
    store = Store()
    store.write(batch_of(b"a"), 1, 1)
    store.write(batch_of(b"b"), 1, 2)
    assert [segment.connection for segment in store.segments] == [1, 2]


def test_an_opened_segment_that_got_no_row_is_replaced() -> None:
    store = Store()
    store._push(Segment.empty(0, 0, 1))  # as an interrupt leaves it
    store.write(batch_of(b"a"), 1, 2)
    assert [(segment.connection, segment.count) for segment in store.segments] == [(2, 1)]


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_an_interrupted_write_goes_on(start: int) -> None:
    store = Store()
    store.write(batch_of(*[b"a", b"b", b"c"][:start]), 1, 1)
    store.write(batch_of(b"a", b"b", b"c"), 1, 1, start)
    assert payloads(store.segments) == [b"a", b"b", b"c"]


def test_an_adopted_batch_is_not_adopted_twice() -> None:
    store, batch = Store(), batch_of(bytes(SEGMENT_BYTES))
    store.write(batch, 1, 1)
    store.write(batch, 1, 1, 1)
    assert store.next == 1


def test_retention_by_bytes_counts_rows_too() -> None:
    store = written(*[1000] * 1000, max_bytes=100_000)
    assert store.bytes + ROW_BYTES * (store.next - store.first) <= 100_000
    assert store.bytes > 70_000
    empties = Store(max_bytes=100_000)
    for _ in range(100):
        empties.write(batch_of(*[b""] * 1000), 1, 1)
        empties.retain()
    assert empties.next - empties.first <= 100_000 / ROW_BYTES + SEGMENT_ROWS


def test_retention_by_rows() -> None:
    store = written(*[1] * 1000, max_rows=100)
    assert 87 <= store.next - store.first <= 100
    assert written(*[1] * 10, max_rows=1).first == 9


def test_the_newest_segment_stays() -> None:
    store = written(10, 5000, max_bytes=100)
    assert (store.first, store.next) == (1, 2)


def test_what_somebody_needs_stays() -> None:
    store = Store(max_rows=8)
    for number in range(20):
        store.write(batch_of(b"%d" % number), 1, 1)
        store.retain(5)
    assert store.first == 5
    store.retain()
    assert store.first == 12


def test_too_much_behind_somebody() -> None:
    store = written(*[100] * 10, max_bytes=1000)
    assert store.exceeds(0)
    assert not store.exceeds(5)
    assert written(*[1] * 10, max_rows=100).exceeds(0) is False


def test_bytes_before_a_row() -> None:
    store = Store(max_rows=16)
    for _ in range(40):
        store.write(batch_of(b"12345"), 1, 1)
        store.retain()
    assert [store.bytes_before(index) for index in (30, 39, 40, 99)] == [150, 195, 200, 200]
    assert store.bytes_before(0) == 5 * store.first


def test_shedding_and_clearing() -> None:
    store = written(*[SEGMENT_BYTES // 4] * 4)
    store.shed(1)
    assert (store.first, store.bytes) == (1, 3 * SEGMENT_BYTES // 4)
    store.shed(10**9)
    assert store.first == 3
    store.clear()
    assert (store.first, store.next, store.bytes, store.written, store.cleared) == (4, 4, 0, SEGMENT_BYTES, 4)
    store.write(batch_of(b"a"), 1, 1)
    assert (store.first, store.next, store.bytes, len(store.segments)) == (4, 5, 1, 1)
    assert [segment.first for segment in store.since(0)] == [4]


def test_an_open_segment_grows_without_a_change_to_be_seen() -> None:
    store, rows = Store(), [b"%d" % number for number in range(1000)]
    sizes = set()
    for number, row in enumerate(rows):
        store.write(batch_of(row, fragments={0: 2} if number == 3 else None), number, 1)
        sizes.add(len(store.segments[0].data))
    assert sorted(sizes) == [SEGMENT_BYTES // 64, SEGMENT_BYTES // 8, SEGMENT_BYTES]
    (segment,) = store.segments
    assert payloads([segment]) == rows
    assert list(segment.times[: segment.count]) == list(range(1000))
    assert segment.fragments == {3: 2}


def test_a_lone_row_before_a_large_batch_costs_little() -> None:
    store = Store()
    store.write(batch_of(b"a"), 1, 1)
    assert len(store.segments[0].data) == SEGMENT_BYTES // 64
    store.write(batch_of(bytes(5000)), 1, 1)
    assert len(store.segments[0].data) == SEGMENT_BYTES // 8


# --- the memory of what is dropped


def rows_in(block: bytearray, number: int) -> Batch:
    """A batch of two rows in a block."""
    at = 100_000 * number
    return Batch(block, [at, at + 1, at + 70_000], b"\1\1")


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> Blocks:
    """Spare blocks of this test alone."""
    blocks = Blocks()
    monkeypatch.setattr(store_module, "BLOCKS", blocks)
    return blocks


@pytest.mark.parametrize("between", [False, True], ids=["in a row", "with small rows between"])
def test_a_block_is_offered_with_the_last_of_its_rows(spare: Blocks, between: bool) -> None:
    store, fresh = Store(max_rows=8), 0
    for number in range(40):
        if number % 4 == 0:
            block = spare.take()
            fresh += block[-1] != 1
            block[-1] = 1
        store.write(rows_in(block, number % 4), 1, 1)
        if between:
            store.write(batch_of(b"small"), 1, 1)
        store.retain()
        assert len({id(segment.data) for segment in store.segments if Blocks.made(segment.data)}) <= 3
    assert fresh <= 4


def test_many_blocks_at_once_go_back_to_the_system(spare: Blocks) -> None:
    store = Store()
    for _ in range(SPARE + 2):
        block = spare.take()
        block[0] = 77
        store.write(rows_in(block, 0), 1, 1)
    del block
    store.shed(SPARE * 70_000)  # all but the last two
    assert [spare.take()[0] for _ in range(SPARE)] == [77] * SPARE
    for _ in range(SPARE + 1):
        store.write(rows_in(spare.take(), 0), 1, 1)
    store.shed((SPARE + 1) * 70_000)
    assert spare.take()[0] != 77


def test_clearing_gives_everything_back(spare: Blocks) -> None:
    store = Store()
    block = spare.take()
    block[0] = 77
    store.write(rows_in(block, 0), 1, 1)
    spare.offer(block)
    del block
    store.clear()
    assert spare.take()[0] != 77


def test_a_number_that_an_interrupt_left_behind_is_nobody() -> None:
    store = written(70_000, 70_000)
    store._table[1].append(2)
    assert store.locate(2) is None
    assert [segment.first for segment in store.since(2)] == [1]
    store.write(batch_of(bytes(70_001)), 1, 1)
    store.write(batch_of(bytes(70_002)), 1, 1)
    assert [found and found[0].size for found in map(store.locate, range(-1, 5))] == [
        None,
        70_000,
        70_000,
        70_001,
        70_002,
        None,
    ]


def test_a_large_row_is_put_without_a_copy() -> None:
    store = Store(1 << 20)
    assert store.put(b"small", TEXT, 1, 1) is None, "no segment is open yet"
    assert store.large == SEGMENT_BYTES // 4
    large = bytes(store.large)
    assert store.put(large, TEXT, 2, 1) == 0
    assert store.put(bytearray(large), TEXT, 3, 1) == 1
    first, second = store.segments
    assert first.data is large
    assert (first.first, first.count, second.first, second.before) == (0, 1, 1, len(large))
    assert store.put(bytes(1 << 20), TEXT, 4, 1) is None, "something has to be dropped"
    assert store.next == 2


def test_room_is_what_the_limits_leave() -> None:
    assert Store().room(0) is None
    store = Store(1000, 10)
    assert store.room(0) == 210
    store.write(Batch.one(b"x" * 900, TEXT), 1, 1)
    assert store.room(0) == 1000 - 921
    assert store.room(1) == 210
    store.write(Batch.one(b"x" * 900, TEXT), 1, 1)
    assert store.room(0) == 0


def brought_back(**limits: int) -> Store:
    """A store of eight rows that were cleared so that it can be undone."""
    store = Store(**limits)
    for number in range(8):
        store.write(batch_of(b"%d" % number), 1, 1)
        store.retain()
    store.clear(undoable=True)
    return store


def test_what_was_cleared_comes_back_in_front_of_what_came_since() -> None:
    store = brought_back()
    generation = store.generation
    assert (store.first, store.next, store.bytes, store.undoable) == (8, 8, 0, 8)
    assert store.held == 8 * (1 + ROW_BYTES), "it counts"
    store.write(batch_of(b"8", b"9"), 1, 1)
    assert store.undo() == 8
    assert payloads(store.segments) == [b"%d" % number for number in range(10)]
    assert (store.first, store.next, store.bytes, store.cleared, store.undoable) == (0, 10, 10, 0, 0)
    assert store.generation == generation + 1
    assert [store.locate(index) is not None for index in (0, 7, 8, 9)] == [True] * 4
    store.write(batch_of(b"10"), 1, 1)
    assert payloads(store.segments)[-1] == b"10"
    assert store.undo() == 0
    assert store.generation == generation + 1


def test_what_was_cleared_twice_comes_back_together() -> None:
    store = brought_back()
    store.clear(undoable=True)
    assert store.undoable == 8, "clearing nothing forgets nothing"
    store.write(batch_of(b"8"), 1, 1)
    store.clear(undoable=True)
    assert (store.undoable, store.undo()) == (9, 9)
    assert store.cleared == 0
    store.clear()
    assert (store.undoable, store.undo(), store.held) == (0, 0, 0)
    store = Store()
    store.clear(undoable=True)
    assert (store.undoable, store.aside) == (0, None)


def test_what_is_aside_goes_when_its_memory_is_needed_the_oldest_first() -> None:
    store = brought_back(max_rows=8)  # segments of one row
    for number in range(8, 11):
        assert store.put(b"%d" % number, TEXT, 1, 1) is None, "something has to go first"
        store.write(batch_of(b"%d" % number), 1, 1)
        store.retain()
    assert (store.undoable, store.undo()) == (5, 5)
    assert payloads(store.segments) == [b"%d" % number for number in range(3, 11)]
    store = brought_back(max_bytes=10_000)
    store.write(batch_of(bytes(12_000)), 1, 1)
    assert (store.undoable, store.aside, store.next) == (0, None, 9)
    store = brought_back(max_bytes=10_000)
    store.write(batch_of(b"8"), 1, 1)
    assert store.put(b"9", TEXT, 1, 1) == 9, "there is room"
    assert store.undoable == 8


def test_what_is_aside_is_shed_first_and_can_be_forgotten() -> None:
    store = brought_back()
    store.write(batch_of(b"8"), 1, 1)
    store.shed(1)
    assert (store.undoable, store.next - store.first) == (0, 1)
    store = brought_back()
    for size in (3000, 3000):
        store.write(batch_of(bytes(size)), 1, 1)
        store._seal()
    store.shed(1000)
    assert (store.undoable, store.held) == (0, 3000 + ROW_BYTES), "that was not enough"
    store = brought_back()
    store.forget()
    store.forget()
    assert (store.undoable, store.held, store.undo()) == (0, 0, 0)


def test_an_interrupted_clear_or_undo_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = brought_back()
    store.undo()
    replace = Store._replace

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "_replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.clear(undoable=True)
    monkeypatch.setattr(Store, "_replace", replace)
    store.clear(undoable=True)
    assert store.undoable == 8

    def after(self: Store, segments: list[Segment]) -> None:
        replace(self, segments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "_replace", after)
    with pytest.raises(KeyboardInterrupt):
        store.undo()
    monkeypatch.setattr(Store, "_replace", replace)
    store.undo()
    assert payloads(store.segments) == [b"%d" % number for number in range(8)]
    assert (store.aside, store.cleared) == (None, 0)
