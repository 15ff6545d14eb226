"""How long an answer is waited for, against a clock of our own."""

from __future__ import annotations

import pytest

from kontena_ws_nb.protocol.answer_timeout import AnswerTimeout


class World:
    """A clock, and what a peer took."""

    def __init__(self) -> None:
        self.now = 100.0
        self.taken = 0

    def limit(self, timeout: float | None, *, stalled: float | None = 0, longest: float | None = None) -> AnswerTimeout:
        return AnswerTimeout(timeout, lambda: self.taken, stalled=stalled, longest=longest, clock=lambda: self.now)


@pytest.fixture
def world() -> World:
    return World()


def test_counts_from_the_writing(world: World) -> None:
    limit = world.limit(2, stalled=60)
    assert (limit.begun, limit.at, limit.left) == (False, 160, 60)
    world.now = 130
    assert not limit.passed
    limit.written(10)
    assert (limit.begun, limit.at) == (True, 132)
    world.now = 132
    assert limit.passed
    assert limit.left == 0


def test_progress_before_the_question_is_life(world: World) -> None:
    limit = world.limit(2)
    for world.taken in (1, 2):
        world.now += 2
        assert not limit.passed
    world.now += 2
    assert limit.passed


def test_progress_behind_the_question_is_none(world: World) -> None:
    limit = world.limit(2)
    limit.written(10)
    for world.taken in (5, 10):
        world.now += 2
        assert not limit.passed
    world.now, world.taken = world.now + 2, 11
    assert limit.passed


def test_progress_counts_for_so_long(world: World) -> None:
    """A peer that takes a byte now and then must not hold us for ever."""
    limit = world.limit(2, longest=5)
    for _ in range(2):
        world.now, world.taken = world.now + 2, world.taken + 1
        assert not limit.passed
    world.now, world.taken = world.now + 2, world.taken + 1
    assert limit.passed


@pytest.mark.parametrize(("timeout", "stalled"), [(None, 0), (None, None), (2, None)])
def test_never(world: World, timeout: float | None, stalled: float | None) -> None:
    limit = world.limit(timeout, stalled=stalled)
    world.now += 1e9
    assert not limit.passed
    assert limit.left is None
    limit.written(1)
    assert limit.left == timeout


def test_when_to_look(world: World) -> None:
    """Often while the peer may take something: so its last sign of life is known within an eighth of the time."""
    limit = world.limit(8)
    assert limit.next == 101
    world.now, world.taken = 101.0, 1
    assert not limit.passed
    assert limit.at == 109
    limit.written(1)
    assert limit.next == limit.at == 109
    assert world.limit(None).next is None


def test_by_itself() -> None:
    assert not AnswerTimeout(10).passed
    assert AnswerTimeout(1e-9).passed
