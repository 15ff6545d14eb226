"""A log against the plain list of what was ever written to it: a Hypothesis state machine.

Batches and single rows, clearing, retention by bytes and by rows, being full, indexes of both signs, slices, iterators,
views, consumers, tables.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kontena_ws_nb.log.histogram import Sizes
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.message import Message
from kontena_ws_nb.log.segment import ROW_BYTES
from kontena_ws_nb.log.sequence import Rows
from kontena_ws_nb.log.view import View
from tests.unit.log.rows_lab import BINARY, TEXT, apart, batch_of

PAYLOADS = st.one_of(
    st.lists(st.binary(max_size=40) | st.text("ab", max_size=5).map(str.encode), min_size=1, max_size=30),
    st.builds(
        lambda count, size: [bytes(size)] * count, st.sampled_from([1, 2, 3000, 5000]), st.sampled_from([0, 1, 7])
    ),
    st.builds(
        lambda count, size: [bytes(size)] * count,
        st.sampled_from([1, 2, 9]),
        st.sampled_from([1023, 30_000, 70_000, 300_000]),
    ),
)


class Written(NamedTuple):
    """What was written as one row."""

    payload: bytes
    kind: str
    connection: int
    sent: bool


FILTERS: dict[str, Callable[[Written], bool]] = {
    "kind:binary": lambda row: row.kind == "binary",
    "-kind:binary dir:sent": lambda row: row.kind != "binary" and row.sent,
    "ab": lambda row: b"ab" in row.payload,
    "-ab size:>3": lambda row: b"ab" not in row.payload and len(row.payload) > 3,
    "/a+b$/": lambda row: re.search("a+b$", row.payload.decode("utf-8", "replace")) is not None,
}


class Machine(RuleBasedStateMachine):
    """A log and the list of what was ever written to it."""

    @initialize(
        max_bytes=st.sampled_from([None, 10_000, 1_000_000]),
        max_messages=st.sampled_from([None, 1, 20, 4096, 6000]),
        on_full=st.sampled_from(["drop", "block", "close"]),
        consumers=st.integers(0, 2),
    )
    def begin(self, max_bytes: int | None, max_messages: int | None, on_full: Any, consumers: int) -> None:
        self.log = MessageLog(max_bytes, max_messages, on_full)
        self.written: list[Written] = []
        self.cleared = self.cleared_before = 0
        self.consumers = [self.log.consumer() for _ in range(consumers)]
        self.views: list[tuple[View, Callable[[Written], bool], int]] = []
        self.held: list[tuple[Rows, list[int]]] = []
        self.sizes = Sizes(self.log)
        self.iterator = iter(self.log)
        self.iterated = 0

    # ---- writing and forgetting

    @rule(
        payloads=PAYLOADS, flags=st.sampled_from([TEXT, BINARY, 0x9]), connection=st.integers(1, 2), place=st.booleans()
    )
    def append(self, payloads: list[bytes], flags: int, connection: int, place: bool) -> None:
        kind = {TEXT: "text", BINARY: "binary", 0x9: "ping"}[flags]
        batch = batch_of(*payloads, flags=flags)
        self.log.append(apart(batch) if place else batch, len(self.written), connection)
        self.written += [Written(payload, kind, connection, False) for payload in payloads]

    @rule(payload=st.binary(max_size=20), sent=st.booleans())
    def add(self, payload: bytes, sent: bool) -> None:
        index = self.log.add("text", payload, sent=sent)
        assert index == len(self.written)
        self.written.append(Written(payload, "text", 1, sent))

    @rule()
    def clear(self) -> None:
        self.log.clear()
        self.cleared = len(self.written)
        self.views = [(view, holds, self.cleared) for view, holds, _ in self.views]
        assert len(self.log) == 0

    @rule()
    def clear_for_now(self) -> None:
        if not self.log.undoable:
            self.cleared_before = self.cleared
        self.log.clear(undo=True)
        self.cleared = len(self.written)
        self.views = [(view, holds, self.cleared) for view, holds, _ in self.views]

    @rule()
    def undo(self) -> None:
        aside, first = self.log.undoable, self.log.first_index
        assert self.log.undo_clear() == aside
        assert self.log.first_index == first - aside
        if aside:
            self.cleared = self.cleared_before
            self.views = [(view, holds, first - aside) for view, holds, _ in self.views]
            self.iterator = self.log.since(self.iterated)

    @precondition(lambda self: self.log.on_full == "drop")
    @rule(size=st.sampled_from([1, 5000, 400_000]))
    def shed(self, size: int) -> None:
        before = self.log.held
        self.log.shed(size)
        assert self.log.held <= before - size or (len(self.log.segments()) == 1 and not self.log.undoable)

    # ---- consumers

    @precondition(lambda self: self.log.on_full == "block" and len(self.consumers) < 2)
    @rule()
    def register(self) -> None:
        self.consumers.append(self.log.consumer())
        assert self.consumers[-1].position == self.log.first_index

    @precondition(lambda self: self.consumers)
    @rule(behind=st.sampled_from([0, 1, 30, 3000]), last=st.booleans())
    def consume(self, behind: int, last: bool) -> None:
        consumer = self.consumers[-1 if last else 0]
        consumer.position = max(consumer.position, len(self.written) - behind)

    @precondition(lambda self: self.consumers)
    @rule(really=st.integers(0, 4))
    def leave(self, really: int) -> None:
        if really == 4:
            self.consumers.pop().close()

    # ---- reading

    @precondition(lambda self: len(self.views) < 3)
    @rule(text=st.sampled_from(list(FILTERS)))
    def look_for(self, text: str) -> None:
        view = self.log.where(text)
        self.views.append((view, FILTERS[text], self.log.first_index))
        view.update()

    @rule(data=st.data())
    def index(self, data: st.DataObject) -> None:
        stop, first = len(self.written), self.log.first_index
        index = data.draw(st.integers(-stop - 2, stop + 2))
        wanted = index + stop if index < 0 else index
        if first <= wanted < stop:
            self.same(self.log[index], wanted)
            assert self.log.get(wanted) == self.log[index]
            assert self.log[index] in self.log
            assert self.log.index(self.log[index]) == wanted
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
        every = (
            range(max(start, first), end) if (step or 1) > 0 else [at for at in range(start, end, -1) if at >= first]
        )
        rows = self.log[chosen]
        assert list(rows.indices) == list(every)[:: abs(step or 1)]
        assert len(rows) == len(list(rows))
        for message in itertools.islice(rows, 3):
            self.same(message, message.index)
        if len(self.held) < 3:
            self.held.append((rows, list(rows.indices)))

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
        kept = self.written[first:]
        assert [message.payload for message in self.log] == [row.payload for row in kept]
        rows = self.log.rows(range(-1, len(self.written) + 1), limit=5)
        assert [row.preview for row in rows] == [row.payload[:5] for row in kept]
        data = [at for at, row in enumerate(kept, first) if row.kind != "ping" and not row.sent]
        found = self.log.next_data(0)
        assert (found and found.index) == (data[0] if data else None)
        records = self.log.to_records()
        assert [(record["index"], record["size"], record["kind"]) for record in records] == [
            (at, len(row.payload), row.kind) for at, row in enumerate(kept, first)
        ]
        assert sum(self.sizes.histogram().values()) == len(data)

    def same(self, message: Message, index: int) -> None:
        direction = "sent" if self.written[index].sent else "received"
        payload, kind, connection, _ = self.written[index]
        assert (message.index, message.payload, message.kind, message.connection) == (index, payload, kind, connection)
        assert message.direction == direction

    @invariant()
    def counts(self) -> None:
        log, stop = self.log, len(self.written)
        assert log.next_index == stop
        first = log.first_index
        assert len(log) == stop - first
        assert log.dropped == first - self.cleared
        assert log.bytes == self.payloads_from(first)
        aside = log.undoable
        assert log.held == self.payloads_from(first - aside) + ROW_BYTES * (len(log) + aside)
        segments = log.segments()
        # What was more than the limits allow when it was cleared gives way to the next row.
        if log.on_full == "drop" and (len(segments) > 1 or (aside and len(log))):
            assert log.max_messages is None or len(log) + aside <= log.max_messages
            assert log.max_bytes is None or log.held <= log.max_bytes
        if log.on_full == "close":
            assert first >= self.cleared
        if self.consumers and log.on_full == "block":
            assert first <= max(self.needed(), self.cleared)

    @invariant()
    def being_full(self) -> None:
        log = self.log
        if log.on_full == "drop" or (log.on_full == "block" and not self.consumers):
            assert not log.full
            return
        start = max(log.first_index, self.needed() if log.on_full == "block" else 0)
        rows = len(self.written) - start
        over = log.max_bytes is not None and self.payloads_from(start) + ROW_BYTES * rows > log.max_bytes
        assert log.full is (over or (log.max_messages is not None and rows > log.max_messages))

    def needed(self) -> int:
        return min(consumer.position for consumer in self.consumers)

    def payloads_from(self, first: int) -> int:
        return sum(len(row.payload) for row in self.written[first:])

    @invariant()
    def views_keep_up(self) -> None:
        for view, holds, start in self.views:
            view.update()
            hits = [index for index in view.indices if index >= self.log.first_index]
            begin = max(start, self.log.first_index)
            assert hits == [at for at in range(begin, len(self.written)) if holds(self.written[at])]

    @invariant()
    def slices_stay(self) -> None:
        for rows, indices in self.held:
            assert list(rows.indices) == indices
            kept = [at for at in indices if at >= self.log.first_index]
            assert [message.index for message in rows] == kept
            assert [at for _, chosen in rows.pieces() for at in chosen] == kept


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
