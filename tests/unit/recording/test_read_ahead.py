"""Pages that are read while others are searched: in their order, lazily, and nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from kontena_ws_nb.errors import Error
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.segment import Segment
from kontena_ws_nb.recording import read_ahead as module
from kontena_ws_nb.recording.read_ahead import read_ahead
from tests.lab.waiting import wait_for

PAGES = [range(at, at + 10) for at in range(0, 100, 10)]


class Pages:
    """Reads pages of two segments each, and notes which thread began and finished which."""

    def __init__(self, wrong: int | None = None) -> None:
        self.begun: dict[int, str] = {}
        self.finished: dict[int, str] = {}
        self._wrong = wrong

    def __call__(self, page: range) -> Iterator[Segment]:
        self.begun[page.start] = threading.current_thread().name
        if page.start == self._wrong:
            raise OSError(5, "broken")
        yield self._segment(page.start)
        self.finished[page.start] = threading.current_thread().name
        yield self._segment(page.start + 5)

    def _segment(self, first: int) -> Segment:
        log = MessageLog()
        log.add("text", b"x")
        segment = next(iter(log.segments())).seal()
        segment.first = first
        return segment


def firsts(read: Pages, pages: list[range]) -> list[tuple[int, list[int]]]:
    return [(page.start, [one.first for one in segments]) for page, segments in read_ahead(read, pages)]


def test_pages_come_in_order_whoever_reads_them() -> None:
    read = Pages()
    assert firsts(read, PAGES) == [(at, [at, at + 5]) for at in range(0, 100, 10)]
    assert set(read.begun.values()) == {"kontena-ws-read-ahead"}
    assert set(read.finished.values()) == {threading.current_thread().name}  # what is asked for later is read then


def test_for_a_few_pages_there_is_no_thread() -> None:
    read = Pages()
    assert len(firsts(read, PAGES[:3])) == 3
    assert firsts(read, []) == []
    assert set(read.begun.values()) == {threading.current_thread().name}


def test_a_page_without_segments_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(page.start, list(segments)) for page, segments in read_ahead(lambda page: iter(()), PAGES)]
    assert found == [(at, []) for at in range(0, 100, 10)]


def test_an_error_is_told_when_it_is_the_pages_turn() -> None:
    read, seen = Pages(wrong=40), []
    with pytest.raises(OSError, match="broken"):  # noqa: PT012  what came before it counts
        for page, _ in read_ahead(read, PAGES):
            seen.append(page.start)
    assert seen == [0, 10, 20, 30]


def test_who_stops_early_has_at_most_two_pages_read_for_nothing() -> None:
    read = Pages()
    with closing(read_ahead(read, PAGES)) as pages:
        next(pages)
        readers = [one for one in threading.enumerate() if one.name == "kontena-ws-read-ahead"]
        assert len(readers) == 2
    wait_for(lambda: not any(one.is_alive() for one in readers))
    assert set(read.begun) <= {0, 10, 20}


@pytest.mark.parametrize("there", [0, 1])
def test_a_process_that_can_start_no_thread_reads_with_those_it_has(
    monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    started, start = [], module.start_thread

    def scarce(target: object, name: str) -> threading.Thread:
        if len(started) == there:
            raise Error("no more threads")
        started.append(name)
        return start(target, name)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "start_thread", scarce)
    assert firsts(Pages(), PAGES) == [(at, [at, at + 5]) for at in range(0, 100, 10)]
    assert len(started) == there
