"""Hooks do nothing unless told."""

from __future__ import annotations

import dataclasses

import pytest

from kontena_ws_nb.session.hooks import Hooks


def test_nothing_by_default() -> None:
    hooks = Hooks()
    assert hooks.begin("session") is None
    assert hooks.end("session") is None


def test_hooks_are_called_with_the_session() -> None:
    seen: list[str] = []
    hooks = Hooks(lambda session: seen.append(f"begin {session}"), lambda session: seen.append(f"end {session}"))
    hooks.begin("a")
    hooks.end("a")
    assert seen == ["begin a", "end a"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        hooks.begin = seen.append  # type: ignore[misc]
