"""In a real kernel: a pattern that takes too long gives a short error, and the stop button interrupts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.lab.kernel import Kernel, started

EVIL = "a" * 60 + "b"


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with started() as (_, one):
        out = one.run(
            f"import kontena_ws_nb as kws; ws = kws.connect('demo', name='ws'); ws.send({EVIL!r}); ws.expect('aaa'); print('ready')"
        )
        assert out["stdout"] == "ready\n", out["error"]
        yield one


@pytest.mark.parametrize("cell", ["%ws_messages /(a|aa)+$/", "%ws_expect /(a|aa)+$/"], ids=["messages", "expect"])
def test_a_magic_says_it_in_one_paragraph(kernel: Kernel, cell: str) -> None:
    kernel.run(f"ws.send({EVIL!r})")  # its echo is what is looked at
    out = kernel.run(cell)
    shown = out["error"] or out["stdout"] + str(out["results"])
    assert "SlowPatternError: the pattern /(a|aa)+$/ was stopped after " in shown
    assert " on message #" in shown
    assert "Traceback" not in shown


def test_other_threads_go_on_and_the_stop_button_ends_it(kernel: Kernel) -> None:
    kernel.run("from kontena_ws_nb.log import patterns; patterns.LIMIT = 30.0")
    kernel.run(
        "import threading, time\nbeats = []\nstop = threading.Event()\n"
        "def beat():\n    while not stop.wait(0.01): beats.append(time.monotonic())\n"
        "threading.Thread(target=beat).start()"
    )
    struck: list[float] = []

    def strike() -> None:
        # Once it searches: the cell has said so.
        timer = threading.Timer(0.5, lambda: (struck.append(time.monotonic()), kernel.interrupt()))
        timer.start()

    out = kernel.run("print('waits', flush=True); len(ws.messages.where('/(a|aa)+$/'))", on_waiting=strike)
    assert out["ename"] == "KeyboardInterrupt"
    assert time.monotonic() - struck[0] < 5
    out = kernel.run("stop.set(); print(max(b - a for a, b in zip(beats, beats[1:])))")
    assert float(out["stdout"]) < 2
    assert kernel.run("ws.ping() > 0, ws.close()")["status"] == "ok"
