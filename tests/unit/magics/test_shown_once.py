"""A value that a magic has shown is not shown again."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from kontena_ws_nb.magics.shown_once import ShownOnce


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(sys, "displayhook", found.append)
    return found


def test_the_value_is_not_shown_and_the_hook_goes_back(shown: list[Any]) -> None:
    value, before = object(), sys.displayhook
    ShownOnce().skip(value)
    assert sys.displayhook != before
    sys.displayhook(value)
    assert (shown, sys.displayhook) == ([], before)
    sys.displayhook(value)
    assert shown == [value]


def test_another_value_is_shown(shown: list[Any]) -> None:
    shown_once = ShownOnce()
    shown_once.skip("mine")
    shown_once.skip("mine too")
    sys.displayhook("another")
    assert shown == ["another"]


def test_the_next_statement_shows_what_the_magic_returned(shown: list[Any]) -> None:
    shown_once, value = ShownOnce(), object()
    exec(compile("m = value; once(m)", "<cell>", "exec"), names := {"once": shown_once.skip, "value": value})
    exec(compile("m", "<cell>", "single"), names)
    assert shown == [value]
