"""When what a saved notebook shows is written again, where, and how much it is."""

from __future__ import annotations

import gc
import math
from itertools import pairwise
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher

from kontena_ws_nb.feed.feed import Feed, Update
from kontena_ws_nb.feed.shown import name_sources
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel import saved
from kontena_ws_nb.panel.saved import CALM, MOST, ROWS_BYTES, SOON, SavedCopy, Schedule, saved_bundle, saved_state
from tests.unit.panel.conversation import Shell


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def update_of(*payloads: bytes) -> Update:
    log = MessageLog()
    for payload in payloads:
        log.add("text", payload)
    return Feed(name_sources([log])).poll()


def test_it_is_written_a_second_after_the_last_change() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    assert schedule.left == math.inf
    schedule.changed()
    assert schedule.left == SOON
    clock.now += 0.9
    schedule.changed()
    assert schedule.left == pytest.approx(0.1)  # changes that go on do not put it off
    schedule.written()
    assert schedule.left == math.inf


def test_while_changes_go_on_it_is_written_less_and_less_often() -> None:
    clock = Clock()
    schedule, written = Schedule(clock), []
    for _ in range(6000):  # ten minutes, ten changes a second
        schedule.changed()
        clock.now += 0.1
        if schedule.left <= 0:
            schedule.written()
            written.append(clock.now)
    gaps = [after - before for before, after in pairwise(written)]
    assert gaps[0] < 2
    assert max(gaps) <= MOST + 0.2
    assert len(written) < 60
    schedule.changed()
    assert schedule.left <= MOST / 3 + 0.1  # when it ends, it is written sooner
    schedule.written()
    clock.now += CALM + 1
    schedule.changed()
    assert schedule.left == SOON


class Owner:
    """Has a copy, as a panel has."""

    def __init__(self) -> None:
        self.copy = SavedCopy("name", self.catch_up)
        self.caught_up = 0
        self.fails = False

    def catch_up(self) -> None:
        self.caught_up += 1
        if self.fails:
            raise OSError("the comm is gone")


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Owner:
    monkeypatch.setattr(saved, "_after_cells", {})
    return Owner()


def test_only_what_is_seen_counts_as_a_change(owner: Owner) -> None:
    one = update_of(b"one")
    assert owner.copy.note(one)
    owner.copy.write({}, one)  # nobody has displayed it: nothing is published
    assert not owner.copy.note(one._replace(tick={**one.tick, "seq": 7, "stats": {**one.tick["stats"], "rate": 3.0}}))
    assert owner.copy.note(update_of(b"one", b"two"))


def test_after_each_cell_it_catches_up(owner: Owner, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.end_cell()
    owner.copy.show({"text/plain": "live"}, {}, {"text/plain": "table"}, update_of())
    owner.copy.show({"text/plain": "live"}, {}, {"text/plain": "table"}, update_of())  # in another cell
    shell.end_cell()
    assert owner.caught_up == 1
    logged: list[str] = []
    monkeypatch.setattr(saved._logger, "exception", logged.append)
    owner.fails = True
    shell.end_cell()
    assert logged == ["the saved copy of a panel could not be written"]
    owner.copy.close()
    shell.end_cell()
    assert owner.caught_up == 2


def test_a_panel_that_is_gone_is_forgotten(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "_after_cells", {})
    owner = Owner()
    owner.copy.show({}, {}, {}, update_of())
    assert len(saved._after_cells) == 1
    del owner
    gc.collect()
    shell.end_cell()
    assert not saved._after_cells


def test_what_is_captured_gets_no_updates(owner: Owner, shell: Shell) -> None:
    captured: Any = CapturingDisplayPublisher()
    shell.display_pub = captured
    owner.copy.show({"text/plain": "live"}, {}, {"text/plain": "table"}, update_of())
    owner.copy.write({"text/plain": "table 2"}, update_of())
    assert [one["data"]["text/plain"] for one in captured.outputs] == ["live", "table"]


def test_the_saved_state_is_bounded() -> None:
    rows = [b"\x01\xe2\x98\x83" * 40 for _ in range(60)]  # each control character is spelled with three bytes
    state = saved_state(update_of(*rows), "name")
    assert 10 < len(state["rows"]) < 60
    assert state["rows"][-1][0] == 59
    assert len(repr(state["rows"]).encode()) < 1.5 * ROWS_BYTES
    assert (state["id"], state["tick"]["n"], state["tick"]["ack"]) == ("name", 60, False)
    assert len(saved_state(update_of(b"a", b"b"), "name")["rows"]) == 2


def test_the_table_is_marked() -> None:
    made = saved_bundle({"text/plain": "1 < 2", "text/html": "<p>1 &lt; 2</p>"}, "name")
    assert made["text/html"].startswith('<div class="kws-saved-name"><p><em>Saved 2')
    assert "<p>1 &lt; 2</p>" in made["text/html"]
    assert made["text/plain"].endswith("\n1 < 2")
    assert type(made["text/html"]) is str
