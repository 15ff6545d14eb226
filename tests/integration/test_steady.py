"""Memory that is used again: nothing that somebody looks at ever changes, and what nobody needs goes back to the system.

A Hypothesis machine holds views, memoryviews, searches, iterators and tables while blocks of some kilobytes go round; a
stress test does the same with threads, a real socket and real blocks.
"""

from __future__ import annotations

import gc
import random
import re
import resource
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import kontena_ws_nb as kws
from kontena_ws_nb.log import message as message_module
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.protocol import arena, frames
from kontena_ws_nb.protocol.arena import BLOCK, BLOCKS, SPARE
from kontena_ws_nb.protocol.frames import FrameDecoder
from tests.benchmarks import streams
from tests.benchmarks.flood import serving
from tests.lab.leaks import resident
from tests.lab.streams import BINARY, TEXT, frame
from tests.lab.waiting import wait_for

#: Constants of the decoder and the blocks, some hundred times smaller: a few messages fill a block.
SMALL = {
    (frames, "FIRST_CHUNK"): 500,
    (frames, "CHUNK"): 3000,
    (frames, "READ"): 4000,
    (frames, "KEPT"): 600,
    (frames, "IN_BLOCK"): 5000,
    (frames, "IN_PLACE"): 2000,
    (frames, "_FULL"): 500,
    (arena, "BLOCK"): 10_000,
    (arena, "RESERVED"): 10_001,
    (arena, "FIRST_BLOCK"): 2000,
    (arena, "_fresh"): lambda: bytearray(10_000),
    (message_module, "_COPY"): 50,
}


def payload(number: int, size: int) -> bytes:
    """A payload that is no other's, and ASCII."""
    return (b"%08d " % number * (size // 9 + 1))[:size]


class Machine(RuleBasedStateMachine):
    """Two connections that write to two logs, and who looks at them."""

    @initialize(max_bytes=st.sampled_from([3000, 20_000, 60_000]), max_rows=st.sampled_from([None, 40]))
    def begin(self, max_bytes: int, max_rows: int | None) -> None:
        self.patch = pytest.MonkeyPatch()
        for (module, name), value in SMALL.items():
            self.patch.setattr(module, name, value)
        BLOCKS.release()
        self.logs = [MessageLog(max_bytes, max_rows), MessageLog(max_bytes)]
        self.decoders = [FrameDecoder(), FrameDecoder()]
        self.sent: list[list[bytes]] = [[], []]
        self.number = 0
        #: What is held, and how it has to look for ever.
        self.held: list[tuple[Callable[[], Any], Any]] = []
        self.iterators: list[tuple[int, Iterator[kws.Message]]] = []
        self.searches: list[tuple[Iterator[re.Match[bytes]], bytes, int]] = []

    def teardown(self) -> None:
        self.held.clear()
        BLOCKS.release()
        self.patch.undo()

    # ---- what comes and goes

    @rule(
        which=st.integers(0, 1),
        opcode=st.sampled_from([TEXT, BINARY]),
        sizes=st.lists(st.sampled_from([0, 9, 125, 126, 700, 4000, 6000, 12_000]), min_size=1, max_size=12),
        repeat=st.sampled_from([1, 1, 8]),
        cut=st.integers(1, 5000),
    )
    def receive(self, which: int, opcode: int, sizes: list[int], repeat: int, cut: int) -> None:
        stream = b""
        for size in sizes * repeat:
            self.number += 1
            self.sent[which].append(payload(self.number, size))
            stream += frame(opcode, self.sent[which][-1])
        decoder, rest = self.decoders[which], memoryview(stream)
        while rest:
            with decoder.buffer() as buffer:
                count = min(cut, len(buffer), len(rest))
                buffer[:count] = rest[:count]
            rest = rest[count:]
            for batch in decoder.received(count):
                self.logs[which].append(batch, 1)
        assert decoder.error is None

    @rule(which=st.integers(0, 1))
    def clear(self, which: int) -> None:
        self.logs[which].clear()

    @rule(which=st.integers(0, 1), size=st.sampled_from([1, 5000, 50_000]))
    def shed(self, which: int, size: int) -> None:
        self.logs[which].shed(size)

    @rule(which=st.integers(0, 1))
    def end(self, which: int) -> None:
        self.decoders[which].end()
        self.decoders[which] = FrameDecoder()

    # ---- who looks

    @precondition(lambda self: any(map(len, self.logs)))
    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        which = data.draw(st.sampled_from([at for at, log in enumerate(self.logs) if len(log)]))
        log = self.logs[which]
        index = data.draw(st.integers(log.first_index, log.next_index - 1))
        message = log[index]
        segment, row = next(
            (segment, index - segment.first)
            for segment in log.segments(index)
            if segment.first <= index < segment.first + segment.count
        )
        start, stop = segment.starts[row], segment.bounds[row + 1]
        view, whole, rows = message.view, memoryview(segment.data), log[index : index + 1]
        table = rows.to_arrow()
        looks: dict[str, Callable[[], Any]] = {
            "view": lambda: bytes(view),
            "message": lambda: message.payload,
            "memoryview": lambda: bytes(whole[start:stop]),
            "segment": lambda: segment.payload(row),
            "slice": lambda: next((one.payload for one in rows), self.sent[which][index]),
            "arrow": lambda: (table["text"][0].as_py() or "").encode() + (table["data"][0].as_py() or b""),
        }
        self.held.append((looks[data.draw(st.sampled_from(sorted(looks)))], self.sent[which][index]))
        del self.held[:-12]

    @rule(which=st.integers(0, 1))
    def iterate(self, which: int) -> None:
        self.iterators.append((which, iter(self.logs[which])))
        del self.iterators[:-3]

    @precondition(lambda self: any(map(len, self.logs)))
    @rule()
    def search(self) -> None:
        log = max(self.logs, key=len)
        segment = log.segments()[0]
        low, high = segment.starts[0], segment.bounds[segment.count]
        self.searches.append((re.finditer(rb"\d{8}", segment.data[low:high]), b"", 0))
        running = re.compile(rb"\d{8} ").finditer(segment.data, low, high)
        self.searches.append((running, bytes(segment.data[low:high]), low))
        del self.searches[:-4]

    # ---- what must hold

    @invariant()
    def nothing_held_changes(self) -> None:
        for look, expected in getattr(self, "held", ()):
            assert look() == expected

    @invariant()
    def iterators_go_on(self) -> None:
        for which, rows in getattr(self, "iterators", ()):
            for one in (next(rows, None), next(rows, None)):
                assert one is None or one.payload == self.sent[which][one.index]

    @invariant()
    def searches_go_on(self) -> None:
        for running, before, low in getattr(self, "searches", ()):
            match = next(running, None)
            if match is not None and before:
                assert match[0] == before[match.start() - low : match.end() - low]

    @invariant()
    def rows_are_what_was_sent(self) -> None:
        for log, sent in zip(getattr(self, "logs", ()), getattr(self, "sent", ()), strict=True):
            assert [one.payload for one in log] == sent[log.first_index :]


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


# ---- with threads, a socket and real blocks

SIZE = 1000
COUNT = 120_000


def expected(number: int) -> bytes:
    return streams.numbers(SIZE, number, number + 1)


def hold_views(log: MessageLog, first: int, chance: random.Random) -> None:
    held: list[tuple[memoryview, int]] = []
    for _ in range(20):
        index = chance.randrange(max(first, log.first_index), log.next_index)
        for segment in log.segments(index)[:1]:
            row = index - segment.first
            if 0 <= row < segment.count and segment.sealed:
                held.append((segment.view(row), index))
    later = min(log.next_index + 10_000, first + COUNT)  # some blocks go by, unless that was all
    assert log.wait_for(lambda: log.next_index >= later, 30)
    for view, index in held:
        assert bytes(view) == expected(index - first), index


def iterate(log: MessageLog, first: int, chance: random.Random) -> None:
    for number, message in enumerate(log.since(max(first, log.first_index))):
        if number % 97 == 0:
            assert message.payload == expected(message.index - first), message
        if number > 3000:
            return


def search(log: MessageLog, first: int, chance: random.Random) -> None:
    segments: list[Segment] = log.segments(max(first, log.first_index))
    for segment in segments:
        running = re.compile(rb'"n":"(\d{8})"').finditer(segment.data, segment.starts[0], segment.bounds[segment.count])
        found = [int(match[1]) for match in running]
        begin = max(first, segment.first)
        assert found == list(range(begin - first, segment.first + segment.count - first))


def ask(log: MessageLog, first: int, chance: random.Random) -> None:
    wanted = chance.randrange(COUNT)
    hits = list(log.where(f"{wanted:08d}").indices)
    assert hits in ([], [first + wanted])


@pytest.mark.timeout(120)
def test_nothing_that_somebody_looks_at_changes_while_memory_is_used_again() -> None:
    failed: list[BaseException] = []
    with serving() as flood, kws.connect(f"{flood.plain}/numbers/{SIZE}/{COUNT}", max_bytes=12 << 20) as session:
        log = session.messages
        first = session.send("go").index + 1
        assert log.wait(first + 100, 20)
        done = threading.Event()

        def run(look: Callable[[MessageLog, int, random.Random], object], seed: int) -> None:
            chance = random.Random(seed)
            try:
                while not done.is_set():
                    look(log, first, chance)
            except BaseException as error:
                failed.append(error)

        threads = [
            threading.Thread(target=run, args=(look, seed))
            for seed, look in enumerate((hold_views, hold_views, iterate, search, ask))
        ]
        for thread in threads:
            thread.start()
        try:
            assert log.wait(first + COUNT - 1, 90), session
        finally:
            done.set()
            for thread in threads:
                thread.join(20)
        assert not failed, failed[0]
        assert log[-1].payload == expected(COUNT - 1)
        session.abort()


# ---- how much is taken, and given back


def flooded(session: kws.Session, full: int, more: int) -> int:
    """Receive until the log is full, and more; page faults of the latter."""
    first = session.send("go").index
    assert session.messages.wait(first + full, 60), session
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert session.messages.wait(first + full + more, 60), session
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


KEEP = 48 << 20
BIG = 64 << 10
FULL, MORE = 2 * KEEP // BIG, 4 * KEEP // BIG
#: What a flooded connection and the process may keep in hand, and some for whoever else was busy meanwhile.
IN_HAND = (1 + SPARE) * BLOCK + (6 << 20)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", [200, 2048, BIG, 1 << 20])
def test_in_steady_state_receiving_takes_no_fresh_memory(size: int) -> None:
    full, more = 2 * KEEP // size, 3 * KEEP // size
    with serving() as flood:
        url = f"{flood.plain}/flood/{size}/{full + more}"
        with kws.connect(url, max_bytes=KEEP, compression=False) as session:
            faults = flooded(session, full, more)
            session.abort()
    assert faults < 1000, "each block would be taken anew"


@pytest.mark.timeout(120)
def test_who_reads_one_by_one_uses_memory_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made, fresh = [], arena._fresh

    def counted() -> bytearray:
        made.append(0)
        return fresh()

    monkeypatch.setattr(arena, "_fresh", counted)
    BLOCKS.release()
    with serving() as flood, kws.Client.connect(f"{flood.plain}/flood/{BIG}/2000", compression=False) as client:
        client.send("go")
        assert {client.read(10) for _ in range(2000)} == {streams.message(BIG).decode()}
        client.abort()
    assert len(made) <= 4, "125 MiB came"


def clear(session: kws.Session) -> None:
    session.messages.clear()


def lower(session: kws.Session) -> None:
    kws.max_total_bytes = 1 << 20


def close(session: kws.Session) -> None:
    session.abort()
    session.messages.clear()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("let_go", [clear, lower, close])
def test_memory_is_given_back_within_a_second(
    let_go: Callable[[kws.Session], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kws, "max_total_bytes", kws.max_total_bytes)
    with serving() as flood:
        gc.collect()
        before = resident()
        url = f"{flood.plain}/flood/{BIG}/{FULL + MORE}"
        with kws.connect(url, max_bytes=KEEP, compression=False) as session:
            flooded(session, FULL, MORE)
            assert resident() - before > KEEP * 0.9
            let_go(session)
            wait_for(lambda: resident() - before < IN_HAND, 1.0)
            session.abort()


@pytest.mark.timeout(120)
def test_a_view_keeps_little_more_than_itself() -> None:
    with serving() as flood:
        gc.collect()
        before = resident()
        url = f"{flood.plain}/flood/{BIG}/{FULL + MORE}"
        with kws.connect(url, max_bytes=KEEP, compression=False) as session:
            views = []
            first = session.send("go").index
            for index in range(first + 200, first + FULL + MORE, 100):
                assert session.messages.wait(index, 60)
                message = session.messages[-1]
                views.append((message, message.view, message.payload))
            session.messages.clear()
            wait_for(lambda: resident() - before < IN_HAND + 2 * len(views) * BIG, 1.0)
            assert all(bytes(view) == content for _, view, content in views)
            session.abort()
