"""Response times, from requests and the first answers with their ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kontena_ws_nb.feed.latencies import KEPT, WAITING, Latencies
from kontena_ws_nb.log.log import MessageLog
from tests.unit.log.rows_lab import batch_of

MS = 10**6
START = 1_700_000_000 * 10**9


class Clock:
    """Each look costs a millisecond."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def said(log: MessageLog, text: str, ms: float, sent: bool = False, kind: str = "text") -> None:
    log.add(kind, text.encode(), sent=sent, time_ns=START + int(ms * MS))


def test_pairs_are_found_by_their_ids() -> None:
    log = MessageLog()
    said(log, '{"id":1,"method":"a"}', 0, sent=True)
    said(log, '{"id":2,"method":"b"}', 1, sent=True)
    said(log, '{"id":2}', 3)
    said(log, '{"event":"x"}', 4)
    said(log, '{"id":1}', 64)
    said(log, '{"id":1}', 99)  # the first answer counts
    said(log, '{"id":3}', 100, sent=True)
    took = Latencies(log).read(10.0)
    assert took.counts == [(1024, 2047, 1), (32768, 65535, 1)]
    assert (took.percentiles, took.waiting, took.skipped, took.pending) == ([0.064, 0.064, 0.064], 1, 0, False)


@pytest.mark.parametrize(
    "rows",
    [
        [('{"id":1}', False), ('{"id":1}', True)],
        [('{"id":1}', True), ('{"id":"1"}', False)],
        [("hello", True), ("hello", False)],
        [('{"id":1}', True), ('{"ref":1}', False)],
        [],
    ],
    ids=["asked by the server", "another type", "no ids", "another place", "nothing"],
)
def test_what_is_no_pair(rows: list[tuple[str, bool]]) -> None:
    log = MessageLog()
    for text, sent in rows:
        said(log, text, 0, sent)
    took = Latencies(log).read(10.0)
    assert (took.counts, took.percentiles) == ([], [])


def test_rows_are_read_once_as_they_come_and_a_clear_begins_again() -> None:
    log = MessageLog()
    latencies = Latencies(log)
    said(log, '{"id":1}', 0, sent=True)
    assert latencies.read(10.0).waiting == 1
    said(log, '{"id":1}', 0.0)
    assert latencies.read(10.0).counts == [(0, 0, 1)]
    assert latencies.read(10.0).counts == [(0, 0, 1)]
    said(log, '{"id":2}', 9, sent=True)
    said(log, '{"id":2}', 1)  # the clock was set back
    assert latencies.read(10.0).counts == [(0, 0, 2)]
    log.clear()
    assert latencies.read(10.0).counts == []


def test_other_rows_and_other_connections_do_not_answer() -> None:
    log = MessageLog()
    said(log, '{"id":1}', 0, sent=True)
    said(log, '{"id":1}', 1, kind="error")
    log.append(batch_of(b'{"id":1}'), START + MS, 2)
    assert Latencies(log).read(10.0).waiting == 1


def test_time_is_bounded_and_the_rest_comes_later() -> None:
    log = MessageLog()
    for number in range(200):
        said(log, f'{{"id":{number}}}', number, sent=True)
        said(log, f'{{"id":{number}}}', number + 0.5)
    latencies = Latencies(log, Clock())
    turns = 0
    while latencies.read().pending:
        turns += 1
    assert turns > 5
    assert latencies.read(10.0).counts == [(256, 511, 200)]
    assert Latencies(log, Clock()).seconds() == [0.0005] * 200
    assert len(Latencies(log, lambda: 0.0).seconds()) == 200


def test_seconds_goes_on_to_the_end() -> None:
    log = MessageLog()
    for number in range(1500):
        said(log, f'{{"id":{number}}}', number, sent=True)
        said(log, f'{{"id":{number}}}', number + 0.5)
    assert len(Latencies(log, Clock()).seconds()) == 1500


def test_memory_is_bounded() -> None:
    log = MessageLog()
    for number in range(WAITING + 500):
        said(log, f'{{"id":{number}}}', 0, sent=True)
    for number in range(KEPT + 10):
        said(log, f'{{"id":"a{number}"}}', 0, sent=True)
        said(log, f'{{"id":"a{number}"}}', number / 100)
    latencies = Latencies(log)
    assert latencies.seconds()[-1] == pytest.approx((KEPT + 9) / 1e5)
    assert len(latencies.seconds()) == KEPT
    assert latencies.read(10.0).waiting < WAITING


def test_of_a_log_with_too_many_rows_the_newest_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kontena_ws_nb.feed.latencies.MOST", 10)
    log = MessageLog()
    for number in range(20):
        said(log, f'{{"id":{number}}}', number, sent=True)
        said(log, f'{{"id":{number}}}', number + 1)
    took = Latencies(log).read(10.0)
    assert (took.skipped, took.counts) == (30, [(512, 1023, 5)])


def test_rows_that_are_dropped_or_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    log = MessageLog()
    said(log, '{"id":1}', 0, sent=True)
    latencies = Latencies(log)
    monkeypatch.setattr(log, "get", lambda index: None)
    assert latencies.read(10.0).waiting == 0

    def broken(start: int = 0) -> Iterator[Any]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(log, "segments", broken)
    assert Latencies(log).read(10.0).pending is False
