"""How long what a page cleared can be had back."""

from __future__ import annotations

import gc

from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.panel.undo import SECONDS, Undo


def filled() -> MessageLog:
    log = MessageLog()
    log.add("text", b"x")
    return log


def test_for_a_minute_since_the_last_clear() -> None:
    now = 100.0
    undo = Undo(lambda: now)
    undo.expire()
    one, two = filled(), filled()
    undo.clear([one])
    now += SECONDS - 1
    undo.expire()
    assert (one.undoable, undo.left) == (1, 1)
    undo.clear([two])
    now += 1
    undo.expire()
    assert (one.undoable, two.undoable) == (1, 1)
    now += SECONDS
    undo.expire()
    assert (one.undoable, two.undoable, undo.left) == (0, 0, float("inf"))


def test_closing_forgets_at_once_and_keeps_no_log_alive() -> None:
    undo = Undo()
    log = filled()
    undo.clear([log, filled()])
    gc.collect()
    undo.forget()
    assert log.undoable == 0
