"""A session through any order of connect, send, ping, close, abort, reconnect, dropped references and interrupts, from several threads.

Against a server that records what arrives. At the end of each run no connection, thread, descriptor or object is left,
and what was sent arrived or was reported. ``KWS_MACHINE`` in the environment is the number of seconds to run for; by
default a few runs.
"""

from __future__ import annotations

import contextlib
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

import kontena_ws_nb as kws
from kontena_ws_nb.session import reader
from tests.integration.test_losses import reported
from tests.lab.interrupts import Nagging
from tests.lab.leaks import Snapshot
from tests.lab.raw_server import CLOSE, PING, PONG, TEXT, Peer, RawServer, frame
from tests.lab.waiting import wait_for

SECONDS = float(os.environ.get("KWS_MACHINE", "0"))


class Recorder:
    """A server that notes every text that arrives and who is connected, echoes, and can hang up on everybody, turn mute or stop reading."""

    def __init__(self) -> None:
        self.arrived: set[str] = set()
        self.mute = threading.Event()
        self.reading = threading.Event()
        self.reading.set()
        self._lock = threading.Lock()
        self._peers: set[Peer] = set()
        self._dropped: set[Peer] = set()

    @property
    def live(self) -> int:
        return len(self._peers)

    def drop(self, reset: bool) -> None:
        with self._lock:
            peers = list(self._peers)
            self._dropped |= self._peers  # Linux would give what is in the socket's buffer still
        for peer in peers:
            with contextlib.suppress(OSError):
                if reset:
                    peer.sock.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: RST
                peer.sock.shutdown(2)

    def __call__(self, peer: Peer) -> None:
        with self._lock:
            self._peers.add(peer)
        try:
            while True:
                self.reading.wait(20)
                opcode, payload = peer.read()
                if peer in self._dropped:
                    return
                if opcode == TEXT:
                    self.arrived.add(payload.decode())
                if self.mute.is_set():
                    continue
                if opcode == CLOSE:
                    peer.send(frame(CLOSE, payload))
                    return
                if opcode != PONG:
                    peer.send(frame(PONG if opcode == PING else opcode, payload))
        except (EOFError, OSError):
            pass
        finally:
            with self._lock:
                self._peers.discard(peer)


class Machine(RuleBasedStateMachine):
    """Rules run on the main thread, or on others beside it."""

    @initialize(auto=st.booleans(), named=st.booleans())
    def begin(self, auto: bool, named: bool) -> None:
        self.before = Snapshot.take()
        self.recorder = Recorder()
        self.server = RawServer(self.recorder)
        self.server.__enter__()
        self.auto = auto
        self.lock = threading.Lock()
        self.sessions: list[kws.Session] = []
        self.sent: list[tuple[kws.Session, int, str]] = []
        self.threads: list[threading.Thread] = []
        self.problems: list[BaseException] = []
        self.number = 0
        self.options: dict[str, Any] = {
            "auto_reconnect": auto,
            "close_timeout": 0.3,
            "connect_timeout": 2,
            "open_timeout": 2,
            "ping_interval": 0.05 if named else None,
        }
        self.connect()

    # ---- what is done

    def connect(self) -> None:
        session = kws.connect(self.server.url, "machine", **self.options)
        with self.lock:
            self.sessions.append(session)

    def send(self) -> None:
        with self.lock:
            self.number += 1
            text = f"message {self.number}"
        session = self.sessions[-1]
        self.sent.append((session, session.send(text).index, text))

    def guarded(self, act: Callable[[], Any]) -> None:
        """What may be refused is an `Error`, or what stopped us; anything else is a defect."""
        try:
            act()
        except (kws.Error, KeyboardInterrupt):
            pass
        except BaseException as error:
            self.problems.append(error)

    def acts(self) -> dict[str, Callable[[], Any]]:
        latest = self.sessions[-1]
        return {
            "send": self.send,
            "ping": lambda: latest.ping(0.2),
            "read": lambda: latest.read(0.02),
            "close": latest.close,
            "abort": latest.abort,
            "reset": lambda: latest.abort(reset=True),
            "reconnect": latest.reconnect,
            "connect": self.connect,
            "pause": lambda: (latest.pause(), latest.resume()),
        }

    @rule(
        what=st.sampled_from(["send", "ping", "read", "close", "abort", "reset", "reconnect", "connect", "pause"]),
        times=st.integers(1, 5),
    )
    def here(self, what: str, times: int) -> None:
        for _ in range(times if what == "send" else 1):
            self.guarded(self.acts()[what])

    @rule(
        what=st.lists(
            st.sampled_from(["send", "ping", "close", "abort", "reconnect", "connect"]), min_size=1, max_size=3
        )
    )
    def beside(self, what: list[str]) -> None:
        for name in what:
            thread = threading.Thread(target=self.guarded, args=(self.acts()[name],), name="machine")
            self.threads.append(thread)
            thread.start()

    @rule(
        what=st.sampled_from(["send", "ping", "close", "abort", "reconnect", "connect"]), after=st.floats(0.0005, 0.1)
    )
    def interrupted(self, what: str, after: float) -> None:
        act = self.acts()[what]
        with Nagging(after) as nagging:
            nagging.survive(lambda: self.guarded(act))

    @rule(reset=st.booleans())
    def drop(self, reset: bool) -> None:
        self.recorder.drop(reset)

    @rule(on=st.booleans())
    def mute(self, on: bool) -> None:
        (self.recorder.mute.set if on else self.recorder.mute.clear)()

    @rule(on=st.booleans())
    def stall(self, on: bool) -> None:
        """While the server does not read, what is sent stays on the way, and a drop loses it."""
        (self.recorder.reading.clear if on else self.recorder.reading.set)()

    @rule(count=st.integers(1, 5), reset=st.booleans())
    def lose(self, count: int, reset: bool) -> None:
        """The link breaks while some of what was sent is on its way."""
        self.recorder.reading.clear()
        self.here("send", count)
        self.recorder.drop(reset)
        self.recorder.reading.set()

    # ---- what must hold afterwards

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        try:
            for thread in self.threads:
                thread.join(20)
                assert not thread.is_alive(), "hangs"
            self.recorder.mute.clear()
            self.recorder.reading.set()
            for session in self.sessions:
                self.guarded(session.close)
                assert session.state == "closed"
            for name in [name for name in kws.sessions if name == "machine"]:
                kws.sessions[name].close()  # its connect was interrupted
            assert self.problems == []
            wait_for(lambda: self.recorder.live == 0, 10, "connections closed")
            wait_for(
                lambda: (
                    not any(
                        thread.name.startswith("kontena-ws") and "demo" not in thread.name
                        for thread in threading.enumerate()
                    )
                ),
                10,
                "threads ended",
            )
            assert "machine" not in kws.sessions
            for session, index, text in self.sent:
                assert session.client.closed
                if text not in self.recorder.arrived:
                    assert index in reported(session), f"{text} was sent, did not arrive and is not reported"
        finally:
            self.server.__exit__(None)
            left = [weakref.ref(session) for session in self.sessions] + [
                weakref.ref(session.messages) for session in self.sessions
            ]
            self.sessions.clear()
            self.sent.clear()
            self.threads.clear()
            session = None
        assert self.before.check() == []
        wait_for(lambda: gc.collect() >= 0 and all(one() is None for one in left), 10, "objects freed")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    def delays() -> Iterator[float]:
        while True:
            yield 0.01

    monkeypatch.setattr(reader, "delays", delays)


@pytest.mark.timeout(60 + 2 * SECONDS)
def test_any_order_from_any_thread() -> None:
    budget = settings(max_examples=50, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Machine, settings=budget)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        run_state_machine_as_test(Machine, settings=settings(budget, max_examples=20, derandomize=False))
