"""How far long work is."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from kontena_ws_nb.captures.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def work(clock: Clock, total: int, done: int, seconds: float) -> None:
    with progress("reading a.har", total, clock) as tick:
        tick(0)
        clock.now += seconds
        tick(done)
        tick(done)


def interrupted(clock: Clock) -> None:
    with progress("reading", 10, clock) as tick:
        clock.now = 2
        tick(10)
        raise KeyboardInterrupt


def test_a_terminal_is_told_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds, total, expected in (
        (0.9, 10, ""),
        (1.1, 10, f"\r\x1b[Kreading a.har {'█' * 15}{'░' * 15}  50%\r\x1b[K"),
        (1.1, 0, "\r\x1b[Kreading a.har: 5\r\x1b[K"),
    ):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        work(Clock(), total, 5, seconds)
        assert terminal.getvalue() == expected


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nobody_is_told_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    work(Clock(), 10, 5, 2)
    assert stream is None or stream.getvalue() == ""


def test_a_notebook_is_told_in_one_output(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython

    told: list[str] = []

    class Handle:
        def update(self, bundle: dict[str, str], raw: bool) -> None:
            assert raw
            told.append(bundle["text/plain"])

    class Shell:
        kernel = object()

    def display(bundle: Any, raw: bool, display_id: bool) -> Handle:
        return Handle()

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    monkeypatch.setattr("IPython.display.display", display)
    with pytest.raises(KeyboardInterrupt):
        interrupted(Clock())
    assert told == [f"reading {'█' * 30} 100%", ""]
