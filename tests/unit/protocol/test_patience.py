"""How long an answer is waited for, against a clock of our own."""

from __future__ import annotations

import pytest

from kontena_ws_nb.protocol.patience import Patience


class World:
    """A clock, and what a peer took."""

    def __init__(self) -> None:
        self.now = 100.0
        self.taken = 0

    def patience(self, timeout: float | None, *, stalled: float | None = 0, longest: float | None = None) -> Patience:
        return Patience(timeout, lambda: self.taken, stalled=stalled, longest=longest, clock=lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


def test_counts_from_the_writing(world: World) -> None:
    patience = world.patience(2, stalled=60)
    assert (patience.begun, patience.at, patience.left) == (False, 160, 60)
    world.now = 130
    assert not patience.passed
    patience.written(10)
    assert (patience.begun, patience.at) == (True, 132)
    world.now = 132
    assert patience.passed
    assert patience.left == 0


def test_progress_before_the_question_is_life(world: World) -> None:
    patience = world.patience(2)
    for world.taken in (1, 2):
        world.now += 2
        assert not patience.passed
    world.now += 2
    assert patience.passed


def test_progress_behind_the_question_is_none(world: World) -> None:
    patience = world.patience(2)
    patience.written(10)
    for world.taken in (5, 10):
        world.now += 2
        assert not patience.passed
    world.now, world.taken = world.now + 2, 11
    assert patience.passed


def test_progress_counts_for_so_long(world: World) -> None:
    """A peer that takes a byte now and then must not hold us for ever."""
    patience = world.patience(2, longest=5)
    for _ in range(2):
        world.now, world.taken = world.now + 2, world.taken + 1
        assert not patience.passed
    world.now, world.taken = world.now + 2, world.taken + 1
    assert patience.passed


@pytest.mark.parametrize(("timeout", "stalled"), [(None, 0), (None, None), (2, None)])
def test_never(world: World, timeout: float | None, stalled: float | None) -> None:
    patience = world.patience(timeout, stalled=stalled)
    world.now += 1e9
    assert not patience.passed
    assert patience.left is None
    patience.written(1)
    assert patience.left == timeout


def test_when_to_look(world: World) -> None:
    """Often while the peer may take something: so its last sign of life is known within an eighth of the time."""
    patience = world.patience(8)
    assert patience.next == 101
    world.now, world.taken = 101.0, 1
    assert not patience.passed
    assert patience.at == 109
    patience.written(1)
    assert patience.next == patience.at == 109
    assert world.patience(None).next is None


def test_by_itself() -> None:
    assert not Patience(10).passed
    assert Patience(1e-9).passed
