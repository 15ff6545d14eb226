"""Ctrl+C, once and twice, in each state of a connection."""

from __future__ import annotations

import signal
import threading
from types import ModuleType

import pytest

from kontena_ws_nb.cli.interrupts import SAME, Interrupts, code_of
from tests.lab.command import rest_of, said_until, signalled, started
from tests.lab.raw_server import CLOSE, TEXT, Peer, RawServer, frame


def test_an_interrupt_closes(demo: ModuleType) -> None:
    with started(demo.url()) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        assert rest_of(process) == "INFO: Interrupted: closing the connection; Ctrl+C again ends the program at once\n"
        assert process.returncode == 130


def test_a_second_interrupt_leaves_at_once() -> None:
    with RawServer(Peer.hang) as server, started("-n", server.url) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        said_until(process, "again ends the program at once")
        signalled(process)
        assert rest_of(process) == ""
        assert process.returncode == 130


def test_an_interrupt_while_closing_leaves_at_once() -> None:
    def script(peer: Peer) -> None:
        peer.server.results.put(peer.expect(CLOSE))
        peer.hang()

    with RawServer(script) as server, started("-w", "0", server.url) as process:
        assert process.stdin is not None
        process.stdin.close()
        server.result()
        process.send_signal(signal.SIGINT)
        assert "again" not in rest_of(process)
        assert process.returncode == 130


def test_an_interrupt_during_the_opening_handshake_leaves() -> None:
    def script(peer: Peer) -> None:
        peer.read_head()
        peer.server.results.put("asked")
        peer.hang()

    with RawServer(script, handshake=False) as server, started(server.url) as process:
        assert server.result() == "asked"
        process.send_signal(signal.SIGINT)
        rest_of(process)
        assert process.returncode == 130


def test_an_interrupt_while_nobody_reads_our_output_leaves() -> None:
    def flood(peer: Peer) -> None:
        while True:
            peer.send(frame(TEXT, b"x" * 60_000))

    with RawServer(flood) as server, started("-n", server.url) as process:
        assert process.stdout is not None
        assert process.stdout.read(100_000)
        process.send_signal(signal.SIGINT)
        said_until(process, "again ends the program at once")
        signalled(process)
        rest_of(process)
        assert process.returncode == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_other_signals_close_too(demo: ModuleType, number: int, code: int) -> None:
    with started(demo.url()) as process:
        said_until(process, "without ssl")
        process.send_signal(number)
        assert "Interrupted: closing the connection" in rest_of(process)
        assert process.returncode == code


def test_a_background_job_is_ended_by_a_signal_though_not_by_an_interrupt(demo: ModuleType) -> None:
    ignored = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
    with started(demo.url(), before=ignored) as process:
        said_until(process, "without ssl")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert "Interrupted" in rest_of(process)
        assert process.returncode == 143


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(Interrupts, "leave", staticmethod(found.append))
    return found


def test_the_second_one_leaves_unless_it_is_the_same(left: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(Interrupts, "clock", staticmethod(lambda: now))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with Interrupts():
        with pytest.raises(KeyboardInterrupt) as first:
            signal.raise_signal(signal.SIGINT)
        assert code_of(first.value) == 130
        now += SAME / 2  # timeout signals the program and its group
        signal.raise_signal(signal.SIGINT)
        assert left == []
        now += SAME
        signal.raise_signal(signal.SIGINT)
        assert left == [130]
        signal.raise_signal(signal.SIGTERM)
        assert left == [130, 143]
    assert {number: signal.getsignal(number) for number in before} == before
    assert code_of(KeyboardInterrupt()) == 130


def test_what_was_ignored_stays_so(left: list[int]) -> None:
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Interrupts():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGHUP)
        assert all(signal.getsignal(number) == signal.SIG_IGN for number in before)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert left == []


def test_another_thread_sets_no_handler() -> None:
    before, there = signal.getsignal(signal.SIGINT), list[object]()

    def run() -> None:
        with Interrupts():
            there.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert there == [before]
