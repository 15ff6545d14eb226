"""What a panel can show: the seam, and what a source can do besides having rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kontena_ws_nb.feed.sources import CAPABILITIES, LogSource, Source, as_source, capabilities, capable
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.session.session import Session


class Bare:
    """A source that can do nothing."""

    name, url, state = "capture", "feed.har", "log"

    def __init__(self) -> None:
        self.messages = MessageLog()


def test_a_log_and_anything_with_rows_are_sources() -> None:
    log, bare = MessageLog(), Bare()
    made: Source = as_source(log)
    assert (made.name, made.url, made.state, made.messages) == ("log", "a log without a connection", "log", log)
    assert as_source(bare) is bare
    assert capabilities(made) == capabilities(bare) == frozenset()
    assert [capable(bare, what) for what in CAPABILITIES] == [None] * len(CAPABILITIES)


@pytest.mark.parametrize(
    "one", ["feed", None, SimpleNamespace(name="x", url="", state=""), SimpleNamespace(messages=MessageLog())]
)
def test_what_is_no_source(one: Any) -> None:
    with pytest.raises(
        TypeError, match=f"a panel shows sessions and logs, got {type(one).__name__}; kws.sessions holds"
    ):
        as_source(one)


def test_a_capability_is_known_without_asking_for_its_value() -> None:
    class Dear(Bare):
        @property
        def certificate(self) -> object:
            raise AssertionError("nobody wanted to see it")

        def send(self, data: object) -> object:
            return data

    one = Dear()
    one.stats = SimpleNamespace()  # type: ignore[attr-defined]
    assert capabilities(one) == {"certificate", "send", "stats"}
    assert capable(one, "send")("x") == "x"


def test_a_session_can_do_everything() -> None:
    known = set(dir(Session))
    assert known.issuperset(CAPABILITIES)


def test_the_source_of_a_log_has_nothing_else() -> None:
    assert vars(LogSource(MessageLog())).keys() == {"messages"}
