"""Names of live sources: chosen, listed, replaced, and one thread's turn at a time."""

from __future__ import annotations

import gc
import threading

import pytest

from kontena_ws_nb.feed.registry import Registry
from kontena_ws_nb.feed.sources import LogSource
from kontena_ws_nb.log.log import MessageLog


class Opened(LogSource):
    """A source that can end."""

    def __init__(self, name: str) -> None:
        super().__init__(MessageLog())
        self.name = name
        self.state = "open"


def test_a_source_is_listed_from_its_begin_to_its_end() -> None:
    registry, source = Registry(), Opened("a")
    registry.begin(source)
    assert registry.live == {"a": source}
    assert repr(registry.live) == repr({"a": source})
    registry.end(source)
    registry.end(source)
    assert registry.live == {}


def test_one_that_begins_or_ends_again_takes_no_name_from_its_successor() -> None:
    registry, first, second = Registry(), Opened("a"), Opened("a")
    registry.begin(first)
    registry.replace(second)
    registry.begin(first)
    registry.end(first)
    assert registry.live == {"a": second}


def test_one_that_ended_meanwhile_is_not_listed_but_found() -> None:
    registry, source = Registry(), Opened("a")
    source.state = "closed"
    registry.replace(source)
    assert registry.live == {}
    with registry.turn("a") as before:
        assert before is source
    del source, before
    gc.collect()
    with registry.turn("a") as before:
        assert before is None  # nobody holds it


def test_chosen_names_differ_and_are_free_again() -> None:
    registry = Registry()
    registry.begin(Opened("host"))
    with registry.choose("host") as second, registry.choose("host") as third, registry.choose("other") as other:
        assert (second, third, other) == ("host-2", "host-3", "other")
    with pytest.raises(ZeroDivisionError), registry.choose("host") as name:
        raise ZeroDivisionError(name)
    with registry.choose("host") as second:
        assert second == "host-2"


def test_turns_are_one_at_a_time_for_each_name() -> None:
    registry, got = Registry(), []

    def replace(source: Opened) -> None:
        with registry.turn("a") as before:
            got.append(before)
            registry.replace(source)

    first, second = Opened("a"), Opened("a")
    with registry.turn("a"), registry.turn("b"):
        thread = threading.Thread(target=replace, args=(second,))
        thread.start()
        thread.join(0.05)
        assert got == []
        registry.replace(first)
    thread.join(10)
    assert got == [first]
    assert registry.live == {"a": second}
