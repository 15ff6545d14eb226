"""`connect`: names, replacing sessions, the registry, and the end of the process."""

from __future__ import annotations

import gc
import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from weakref import ref

import pytest

import kontena_ws_nb as kws
from kontena_ws_nb.feed.registry import registry
from kontena_ws_nb.log.retention import STEP
from tests.lab.raw_server import CLOSE, Peer, RawServer, echo, frame, text
from tests.lab.waiting import wait_for

#: `kontena_ws_nb.api` is the mapping, which hides the module of that name.
module: Any = importlib.import_module("kontena_ws_nb.api")


class FakePanel:
    """What `connect` needs of a panel."""

    def __init__(self) -> None:
        self.attached: list[Any] = []

    def attach(self, session: Any) -> None:
        self.attached.append(session)


def test_the_host_names_a_session() -> None:
    with RawServer() as server:
        with kws.connect(server.url) as first, kws.connect(server.url) as second:
            assert (first.name, second.name) == ("127.0.0.1", "127.0.0.1-2")
            assert dict(kws.sessions) == {"127.0.0.1": first, "127.0.0.1-2": second}
        assert dict(kws.sessions) == {}
        with kws.connect(server.url) as third:
            assert third.name == "127.0.0.1"


def test_names_chosen_at_the_same_time_differ() -> None:
    start = threading.Barrier(4)
    got: list[Any] = []

    def connect(url: str) -> None:
        start.wait(10)
        got.append(kws.connect(url))

    with RawServer() as server:
        threads = [threading.Thread(target=connect, args=(server.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(session.name for session in got) == ["127.0.0.1", "127.0.0.1-2", "127.0.0.1-3", "127.0.0.1-4"]
        for session in got:
            assert session.state == "open"
            session.close()
    assert registry._chosen == set()


def test_the_registry_is_for_reading() -> None:
    with pytest.raises(TypeError):
        kws.sessions["x"] = None  # type: ignore[index]


def test_an_empty_name() -> None:
    with pytest.raises(ValueError, match=r"^a session's name cannot be empty$"):
        kws.connect("ws://127.0.0.1:1/", "")


def test_a_url_without_a_host_is_refused_before_anything() -> None:
    with pytest.raises(ValueError, match="ws"):
        kws.connect("nonsense")
    assert dict(kws.sessions) == {}


def test_shorter_waits_than_the_clients() -> None:
    with RawServer() as server, kws.connect(server.url, close_timeout=3) as session:
        options = session.options
        assert (options.connect_timeout, options.open_timeout, options.close_timeout) == (10, 10, 3)


def test_the_demo_by_name(demo: ModuleType) -> None:
    with kws.connect("demo") as session:
        assert session.state == "open"


def test_a_live_name_is_replaced() -> None:
    with RawServer(Peer.answer_close, echo) as server:
        first = kws.connect(server.url, "ws")
        first._panel = panel = FakePanel()  # type: ignore[assignment]
        second = kws.connect(server.url, "ws")
        assert server.result() == (1000, "replaced")
        assert (first.state, first.error) == ("closed", None)
        assert second.previous is first
        assert kws.sessions["ws"] is second
        assert second._panel is panel
        assert panel.attached == [second]
        assert first._panel is None
        third = kws.connect(server.url, "ws")
        assert third.previous is second
        assert second.previous is None  # one generation
        third.close()
        assert second.closed


def test_a_dead_name_is_taken_over() -> None:
    with RawServer() as server:
        first = kws.connect(server.url, "ws")
        first.close()
        assert "ws" not in kws.sessions
        with kws.connect(server.url, "ws") as second:
            assert second.previous is first


def test_a_session_nobody_holds_is_forgotten() -> None:
    with RawServer() as server:
        kws.connect(server.url, "forgotten").close()
        gc.collect()
        wait_for(lambda: gc.collect() >= 0 and "forgotten" not in registry._latest)
        with kws.connect(server.url, "forgotten") as session:
            assert session.previous is None


def test_a_failed_attempt_leaves_the_old_one_alone() -> None:
    with RawServer() as server:
        with kws.connect(server.url, "ws") as session:
            with pytest.raises(kws.ConnectError):
                kws.connect("ws://127.0.0.1:1/", "ws")
            assert session.state == "open"
            assert kws.sessions["ws"] is session
        with pytest.raises(kws.ConnectError):
            kws.connect("ws://127.0.0.1:1/")
        assert registry._chosen == set()


def test_a_session_that_ends_at_once_is_not_listed() -> None:
    with RawServer(lambda peer: None) as server:
        session = kws.connect(server.url, "brief")
        assert session.join(10)
        wait_for(lambda: "brief" not in kws.sessions)


def test_a_session_over_before_connect_returns_is_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Over(kws.Session):
        def _connect(self, attempt: Any) -> None:
            super()._connect(attempt)
            self.close()

    monkeypatch.setattr(module, "Session", Over)
    with RawServer() as server:
        session = kws.connect(server.url, "over")
        assert session.closed
        assert "over" not in kws.sessions


def test_reconnecting_takes_no_name_from_a_successor() -> None:
    with RawServer() as server:
        first = kws.connect(server.url, "ws")
        with kws.connect(server.url, "ws") as second:
            first.reconnect()
            assert kws.sessions["ws"] is second
            first.close()
            assert kws.sessions["ws"] is second


def test_the_end_of_the_process() -> None:
    with RawServer(Peer.answer_close) as server:
        session = kws.connect(server.url)
        module._close_all()
        assert server.result() == (1001, "going away")
        assert session.join(10)
        assert session.error is None


def test_all_sessions_share_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kws.max_total_bytes == 1 << 30
    gc.collect()
    logs = module.budget.logs()  # sessions of earlier tests may still be there; each log may grow by a step unasked
    others = sum(log.held for log in logs) + STEP * len(logs)
    monkeypatch.setattr(kws, "max_total_bytes", others + (20 << 20))
    chunk = frame(2, bytes(65_536)) * 8

    def feed(peer: Peer) -> None:
        for _ in range(30):
            peer.send(chunk)
        peer.send(text("that was all"))
        peer.answer_close()

    with RawServer(feed) as server, kws.connect(server.url, "a") as first, kws.connect(server.url, "b") as second:
        for session in (first, second):
            session.expect("that was all", timeout=30, since=0)
        assert first.stats.received_bytes == second.stats.received_bytes == 30 * 8 * 65_536 + 12
        assert 4 << 20 < first.messages.held + second.messages.held <= others + (20 << 20)
        assert first.messages.dropped > 0
        assert second.messages.dropped > 0
        kws.max_total_bytes = 1
        assert first.messages.held + second.messages.held < 4 << 20
        with pytest.raises(ValueError, match="more than 0 bytes"):
            kws.max_total_bytes = 0
        assert kws.max_total_bytes == 1


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process where nobody was told of sessions that stay open."""
    monkeypatch.setattr(module, "_warned", threading.Event())


@pytest.mark.usefixtures("untold")
def test_a_cell_without_a_name_that_runs_again_is_told_once_what_to_type(caplog: pytest.LogCaptureFixture) -> None:
    with RawServer(*[echo] * 3) as server:
        opened = [kws.connect(server.url) for _ in range(3)]
        (record,) = caplog.records
        assert record.levelname == "WARNING"
        assert record.getMessage() == (
            f"127.0.0.1-2 is one more session to {server.url}: 127.0.0.1 is still open, and stays open as long as a "
            'variable, an output, a panel or an observer holds it. A session with a name replaces the one before: kws.connect(url, "name"). '
            "kws.sessions['127.0.0.1'].close() closes the one that is open."
        )
        for session in opened:
            session.close()


@pytest.mark.usefixtures("untold")
@pytest.mark.parametrize("case", ["named", "closed", "elsewhere"])
def test_nobody_is_told_where_nothing_stays_open_unasked(case: str, caplog: pytest.LogCaptureFixture) -> None:
    name = "mine" if case == "named" else None
    with RawServer(echo, echo) as server, RawServer() as other:
        first = kws.connect(server.url, name)
        if case == "closed":
            first.close()
        second = kws.connect(other.url if case == "elsewhere" else server.url, name)
        assert caplog.records == []
        first.close()
        second.close()


HOLDERS: dict[str, Callable[[Any], object]] = {
    "a variable": lambda session: session,
    "an observer of its rows": lambda session: session.messages.observe(lambda start, stop: None),
    "an observer of its state": lambda session: session.observe_state(lambda: None),
    "its panel": lambda session: session.panel,
    "a walk": iter,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_session_without_a_name_lives_as_long_as_somebody_holds_it(holder: str) -> None:
    with RawServer(Peer.answer_close) as server:
        held = HOLDERS[holder](kws.connect(server.url))
        session = kws.sessions["127.0.0.1"]
        assert session.state == "open"
        session.send("x")
        log, gone = session.messages, ref(session)
        del session
        assert gone() is not None
        assert log[-1].text == "x"
        if holder.startswith(("an observer", "its panel")):
            held.close()  # type: ignore[attr-defined]
        del held
        gc.collect()  # a panel's widgets refer to each other
        assert gone() is None
        assert "127.0.0.1" not in kws.sessions
        assert log.wait_for(lambda: any(row.text.startswith("nothing refers") for row in log), 10)


@pytest.mark.parametrize("case", ["dropped", "in a cycle", "paused", "connecting again", "while it sends"])
def test_a_session_that_nobody_holds_is_closed_and_its_log_says_so(case: str, caplog: pytest.LogCaptureFixture) -> None:
    def script(peer: Peer) -> object:
        return peer.close(1012) if case == "connecting again" else peer.answer_close()

    options: dict[str, Any] = {"send_every": (0.01, "tick")} if case == "while it sends" else {}
    if case == "connecting again":
        options["auto_reconnect"] = True
    with RawServer(script) as server:
        session = kws.connect(server.url, **options)
        log = session.messages
        if case == "in a cycle":
            session.itself = session  # type: ignore[attr-defined]
        elif case == "paused":
            session.pause()
        elif case == "connecting again":
            assert log.wait_for(lambda: any(row.text.startswith("connecting again in") for row in log), 10)
        elif case == "while it sends":
            assert log.wait_for(lambda: any(row.text == "tick" for row in log), 10)
        gone = ref(session)
        del session
        gc.collect()
        wait_for(lambda: gone() is None)  # what sends for it may hold it for a moment
        assert log.wait_for(lambda: any(row.text.startswith("nothing refers") for row in log), 10)
        assert not kws.sessions
        assert server.result() == ([(CLOSE, b"\x03\xf4")] if case == "connecting again" else (1000, ""))


def test_a_session_with_a_name_stays_until_it_is_closed() -> None:
    with RawServer(Peer.answer_close) as server:
        kws.connect(server.url, "kept")
        gc.collect()
        assert kws.sessions["kept"].state == "open"
        kws.sessions["kept"].close()


def test_the_demo_means_the_same_wherever_a_url_is_taken(demo: ModuleType) -> None:
    for target in ("demo", "demo/ticker", "demo+tls", "demo/flood?size=64&count=1"):
        expected = demo.resolve(target)
        with kws.Client.connect(target, ssl_verify=False) as client, kws.connect(target, ssl_verify=False) as session:
            assert client.url == session.url == expected
    assert kws.certificate("demo+tls").pem.encode() == demo.certificate_pem()
    for take in (kws.Client.connect, kws.connect, kws.certificate):
        with pytest.raises(ValueError, match="did you mean demo/ticker"):
            take("demo/tickr")
    with pytest.raises(ValueError, match="has no certificate"):
        kws.certificate("demo")


@pytest.mark.usefixtures("own_decoders")
def test_a_decoder_of_ones_own() -> None:
    @kws.decoder("csv of ours")
    def fields(data: str) -> list[str]:
        return data.split(",")

    log = kws.MessageLog()
    log.add("text", b"a,b")
    log.meanings.choose("csv of ours")
    assert log[0].decoded == ["a", "b"]
    assert fields("c,d") == ["c", "d"]
    with pytest.raises(ValueError, match="empty"):
        kws.decoder("")


def test_a_capture_is_served_while_there_is_the_session(tmp_path: Path) -> None:
    file = tmp_path / "trades.jsonl"
    log = kws.MessageLog()
    log.add("text", b"recorded")
    kws.save(log, file)
    session = kws.connect(f"replay:{file}?speed=inf")
    assert session.name == "trades"
    assert session.read(10).text == "recorded"  # type: ignore[union-attr]
    session.close()
    session.reconnect()  # it is still served
    session.close()
    named = kws.connect(f"replay:{file}", "mine")
    assert named.name == "mine"
    named.close()
    del session, named
    gc.collect()
    wait_for(lambda: not any(thread.name == "kontena-ws-replay" for thread in threading.enumerate()))


def test_a_capture_that_cannot_be_connected_to_is_not_served(tmp_path: Path) -> None:
    file = tmp_path / "trades.jsonl"
    log = kws.MessageLog()
    log.add("text", b"recorded")
    kws.save(log, file)
    with pytest.raises(ValueError, match="name cannot be empty"):
        kws.connect(f"replay:{file}", "")
    with pytest.raises(kws.ConnectError):
        kws.connect(f"replay:{file}", proxy="http://127.0.0.1:1")
    with pytest.raises(FileNotFoundError):
        kws.connect(f"replay:{tmp_path}/nothing.har")
    assert not any(thread.name == "kontena-ws-replay" for thread in threading.enumerate())
