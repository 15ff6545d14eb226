"""The switch interval is short only while somebody needs it, and comes back whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from kontena_ws_nb.transport.switch_interval import SHORT, SHORT_SWITCHES, ShortSwitches


class Interpreter:
    """CPython's arithmetic: whole microseconds, what is below is cut off."""

    def __init__(self, seconds: float = 0.005) -> None:
        self.put(seconds)

    def get(self) -> float:
        return 1e-6 * self.microseconds

    def put(self, seconds: float) -> None:
        self.microseconds = int(1e6 * seconds)


@pytest.fixture
def interval() -> Iterator[float]:
    before = sys.getswitchinterval()
    yield before
    sys.setswitchinterval(before)


def switches(interpreter: Interpreter) -> ShortSwitches:
    return ShortSwitches(interpreter.get, interpreter.put)


def test_short_inside_and_as_before_outside() -> None:
    interpreter = Interpreter()
    with switches(interpreter):
        assert interpreter.get() == pytest.approx(SHORT)
    assert interpreter.microseconds == 5000


def test_an_exception_puts_it_back_too() -> None:
    interpreter = Interpreter()
    with pytest.raises(ZeroDivisionError), switches(interpreter):
        1 / 0  # noqa: B018
    assert interpreter.microseconds == 5000


def test_the_last_to_leave_puts_it_back() -> None:
    interpreter = Interpreter()
    ours = switches(interpreter)
    with ours:
        with ours:
            pass
        assert interpreter.get() == pytest.approx(SHORT)
    assert interpreter.microseconds == 5000


def test_one_that_is_short_already_stays() -> None:
    interpreter = Interpreter(SHORT / 5)
    with switches(interpreter):
        assert interpreter.get() == pytest.approx(SHORT / 5)
    assert interpreter.get() == pytest.approx(SHORT / 5)


def test_one_that_is_chosen_meanwhile_stays() -> None:
    interpreter = Interpreter()
    with switches(interpreter):
        interpreter.put(0.02)
    assert interpreter.microseconds == 20_000


def test_every_interval_comes_back_to_the_microsecond() -> None:
    for microseconds in range(1, 50_001):
        interpreter = Interpreter()
        interpreter.microseconds = microseconds
        with switches(interpreter):
            pass
        assert interpreter.microseconds == microseconds


def test_a_forked_child_gets_it_back() -> None:
    interpreter = Interpreter()
    ours = switches(interpreter)
    ours.__enter__()
    ours.forked()
    assert interpreter.microseconds == 5000
    with ours:
        assert interpreter.get() == pytest.approx(SHORT)
    assert interpreter.microseconds == 5000


def test_a_real_fork() -> None:
    """In a process of its own: forking one that has threads is what Python 3.12 warns of."""
    code = (
        "import os, sys\n"
        "from kontena_ws_nb.transport.switch_interval import SHORT_SWITCHES\n"
        "with SHORT_SWITCHES:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        os._exit(0 if round(sys.getswitchinterval() * 1e6) == 5000 else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_many_threads(interval: float) -> None:
    """The real interpreter's, from four threads at once."""
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(10)
        for _ in range(2_000):
            with SHORT_SWITCHES:
                assert sys.getswitchinterval() == pytest.approx(min(SHORT, interval))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.getswitchinterval() == pytest.approx(interval)
