"""Deadlines."""

from __future__ import annotations

from kontena_ws_nb.transport.deadline import Deadline


def test_deadline() -> None:
    never, past, later = Deadline(None), Deadline(-1), Deadline(100)
    assert (never.left(), never.passed, past.passed, later.passed) == (None, False, True, False)
    left = later.left()
    assert left is not None
    assert 99 < left <= 100
    assert never.sooner(past) is past
    assert past.sooner(never) is past
    assert past.sooner(later) is past
    assert later.sooner(past) is past
    assert Deadline.until(past.at).at == past.at
    assert not Deadline.until(None).passed
