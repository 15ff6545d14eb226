"""When an update is due: ten a second, slower without acknowledgements, and never none at all."""

from __future__ import annotations

import pytest

from kontena_ws_nb.feed.flow_control import ASK_EVERY, INTERVAL, PATIENCE, SLOW, SLOWER, WINDOW, FlowControl


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Clock, FlowControl]:
    clock = Clock()
    pace = FlowControl(clock)
    pace.hello()
    return clock, pace


def test_only_news_is_numbered() -> None:
    _, pace = made()
    assert pace.take("a") == (1, True)
    assert pace.left == pytest.approx(INTERVAL)
    assert pace.take("a") is None
    pace.force()
    assert pace.take("a") == (2, False)
    assert pace.take("b") == (3, False)
    assert pace.seq == 3


def test_an_acknowledgement_is_asked_for_now_and_then() -> None:
    _, pace = made()
    asked = [number for number in range(1, 30) if (pace.take(number) or (0, False))[1]]
    assert asked == [1, ASK_EVERY, *range(WINDOW, 30)]


def test_without_acknowledgements_it_slows_down() -> None:
    clock, pace = made()
    for number in range(WINDOW):
        pace.take(number)
    assert pace.left == pytest.approx(SLOW)
    clock.now += PATIENCE
    pace.take("late")
    assert pace.left == pytest.approx(SLOWER)
    pace.acked(pace.seq + 1000)  # a page cannot acknowledge what was never sent
    assert pace.left == pytest.approx(INTERVAL)
    pace.acked(1)
    assert pace.left == pytest.approx(INTERVAL), "an old one takes nothing back"


def test_a_page_that_says_hello_is_answered_at_once() -> None:
    clock, pace = made()
    pace.take("a")
    clock.now += 0.01
    assert pace.left > 0
    pace.hello()
    assert pace.left <= 0
    assert pace.take("a") == (2, False)
