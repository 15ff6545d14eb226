"""What a shield holds back, and what it lets through."""

from __future__ import annotations

import contextlib
import gc
import signal
import subprocess
import sys
import threading
import weakref

import pytest

from kontena_ws_nb.transport import interrupts
from kontena_ws_nb.transport.interrupts import shielded


def test_an_interrupt_waits_for_the_end_of_the_stretch() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - what stands inside is the point
        with shielded():
            signal.raise_signal(signal.SIGINT)
            done.append("the whole stretch")
        done.append("never")
    assert done == ["the whole stretch"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_outermost_shield_counts() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        with shielded():
            with shielded():
                signal.raise_signal(signal.SIGINT)
            done.append("behind the inner one")
    assert done == ["behind the inner one"]


def test_quiet() -> None:
    with shielded() as shield:
        assert signal.getsignal(signal.SIGINT) == shield._note
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_inside_and_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, shielded():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        raise OSError("too")
    assert isinstance(caught.value.__context__, OSError)


def test_in_a_child_that_another_thread_forked() -> None:
    """It is the main thread there. In a process of its own: Python 3.12 warns of forking one that has threads."""
    code = (
        "import os, signal, sys, threading\n"
        "from kontena_ws_nb.transport.interrupts import shielded\n"
        "done, codes = [], []\n"
        "def stretch():\n"
        "    try:\n"
        "        with shielded():\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "            done.append('the whole stretch')\n"
        "    except KeyboardInterrupt:\n"
        "        os._exit(0 if done else 1)\n"
        "    os._exit(2)\n"
        "def work():\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        stretch()\n"
        "    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()\n"
        "sys.exit(codes[0])\n"
    )
    subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c", code], check=True, timeout=60)
    interrupts._in_child()  # here the main thread stays what it is
    assert interrupts._main == threading.get_ident()


def test_ignored_interrupts_stay_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with shielded():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_handler_without_a_frame() -> None:
    with pytest.raises(KeyboardInterrupt), shielded() as shield:
        shield._note(signal.SIGINT, None)


def test_other_threads_are_let_be() -> None:
    seen: list[object] = []

    def look() -> None:
        with shielded():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


# --- waiting inside a shield


def interrupt() -> str:
    signal.raise_signal(signal.SIGINT)
    return "waited"


def test_an_interrupt_strikes_where_the_shield_is_exposed() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), shielded() as shield:  # noqa: PT012
        done.append("before")
        shield.exposing(interrupt)
        done.append("never")
    assert done == ["before"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_came_before_strikes_before_the_waiting_begins() -> None:
    waited: list[int] = []
    with pytest.raises(KeyboardInterrupt), shielded() as shield:  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        shield.exposing(waited.append, 1)
    assert waited == []


def test_an_interrupt_strikes_once() -> None:
    """The second, which comes while the first makes its way out, is handled on leaving."""
    tidied: list[str] = []
    with pytest.raises(KeyboardInterrupt) as caught, shielded() as shield:  # noqa: PT012
        try:
            shield.exposing(interrupt)
        finally:
            signal.raise_signal(signal.SIGINT)
            tidied.append("whole")
    assert tidied == ["whole"]
    assert isinstance(caught.value.__context__, KeyboardInterrupt)


def test_a_handler_that_raises_nothing_lets_the_waiting_go_on() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with shielded() as shield:
            assert shield.exposing(interrupt) == "waited"
            assert shield.exposing(interrupt) == "waited"
            assert came == [signal.SIGINT, signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_shield_inside_another_exposes_nothing() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), shielded():  # noqa: PT012
        with shielded() as inner:
            done.append(inner.exposing(interrupt))
        done.append("behind the inner one")
    assert done == ["waited", "behind the inner one"]


def test_a_shield_inside_an_exposed_one_holds_back_until_its_end() -> None:
    done: list[str] = []

    def callback() -> None:
        with shielded():
            signal.raise_signal(signal.SIGINT)
            done.append("the whole stretch")
        done.append("never")

    with pytest.raises(KeyboardInterrupt), shielded() as shield:
        shield.exposing(callback)
    assert done == ["the whole stretch"]


def test_a_quiet_shield_inside_an_exposed_one() -> None:
    def callback() -> None:
        with shielded():
            pass
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), shielded() as shield:
        shield.exposing(callback)


def test_the_frame_that_was_interrupted_is_let_go_of() -> None:
    """It knows the shield, and whatever was open there: the two must not keep each other alive."""

    class Held:
        pass

    def interrupted() -> weakref.ref[Held]:
        held = Held()
        references.append(weakref.ref(held))
        with shielded() as shield:
            signal.raise_signal(signal.SIGINT)
        raise AssertionError(shield)

    references: list[weakref.ref[Held]] = []
    gc.disable()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            interrupted()
        assert references[0]() is None
    finally:
        gc.enable()
