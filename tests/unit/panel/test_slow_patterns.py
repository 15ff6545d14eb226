"""A filter whose pattern takes too long: the panel says so, keeps what it found, and goes on."""

from __future__ import annotations

import time

import pytest

from kontena_ws_nb.feed.feed import Feed
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.log import MessageLog
from tests.unit.log.rows_lab import batch_of

EVIL = b"a" * 60 + b"b"


def log_of(*payloads: bytes) -> MessageLog:
    log = MessageLog()
    log.append(batch_of(*payloads), time.time_ns() - 10**9)
    return log


@pytest.mark.parametrize("logs", [1, 2], ids=["one", "merged"])
def test_a_stopped_filter_is_told_and_the_next_one_works(logs: int) -> None:
    feed = Feed(name_sources([log_of(b"aaa", b"-", EVIL, b"aaaa") for _ in range(logs)]))
    feed.set_filter("/(a|aa)+$/")
    feed.finish()
    tick = feed.poll().tick
    assert tick["stopped"].startswith("the pattern /(a|aa)+$/ was stopped after ")
    assert " on message #2: " in tick["stopped"]
    assert (tick["busy"], tick["n"]) == (False, logs)
    began = time.monotonic()
    assert feed.poll().tick["stopped"] == tick["stopped"]
    assert time.monotonic() - began < 0.9  # the row is not tried again
    feed.set_filter("aaaa")
    feed.finish()
    tick = feed.poll().tick
    assert (tick["stopped"], tick["n"]) == ("", 2 * logs)
