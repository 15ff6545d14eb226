"""Ctrl+C, once and twice, in each state of a connection."""

from __future__ import annotations

import signal
from types import ModuleType

import pytest

from kontena_ws_nb.cli.interrupts import Interrupts
from tests.lab.command import rest_of, said_until, started
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
        process.send_signal(signal.SIGINT)
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
        process.send_signal(signal.SIGINT)
        rest_of(process)
        assert process.returncode == 130


def test_interrupts_are_counted_and_what_was_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(Interrupts, "leave", staticmethod(left.append))
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    assert left == [130]
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
