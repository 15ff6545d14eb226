"""Objects without references are freed: checked by weak references, and by the memory of a real kernel."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from jupyter_core.utils import ensure_event_loop

import kontena_ws_nb as kws
from kontena_ws_nb.demo.server import DemoServer
from kontena_ws_nb.log.log import MessageLog
from kontena_ws_nb.log.retention import STEP, Budget
from tests.lab.kernel import started
from tests.lab.raw_server import RawServer
from tests.lab.waiting import wait_for


@pytest.fixture(scope="module", autouse=True)
def loop() -> None:
    """jupyter_client's event loop, which it makes once and keeps."""
    ensure_event_loop()


def session(url: str, **options: Any) -> kws.Session:
    made = kws.connect(url, "freed", **options)
    made.send("hello")
    assert made.expect("hello", since=0)
    return made


def plain(url: str) -> list[Any]:
    made = session(url)
    made.close()
    return [made, made.messages, made.messages[1], made.client, made.handshake, made.stats]


def aborted(url: str) -> list[Any]:
    made = session(url)
    made.abort()
    return [made, made.messages]


def reconnected(url: str) -> list[Any]:
    made = session(url)
    first = made.client
    made.reconnect().close()
    return [made, first, made.client]


def with_panel(url: str) -> list[Any]:
    made = session(url)
    panel = made.panel
    panel.snapshot()
    made.close()
    panel.close()
    return [made, made.messages, panel]


def with_panel_left_open(url: str) -> list[Any]:
    """Without a page nobody can see it."""
    made = session(url)
    panel = made.panel
    made.close()
    return [made, made.messages, panel]


def panel_of_a_log(url: str) -> list[Any]:
    from kontena_ws_nb.panel.panel import Panel

    log = MessageLog()
    panel = Panel(log)
    panel.close()
    return [log, panel]


def replaced_with_panel(url: str) -> list[Any]:
    made = [session(url)]
    first = made[0].panel
    first.columns, first.highlights = ["$.a"], {"more": "red"}
    for _ in range(3):
        made.append(session(url))
        assert made[-1].panel is first
        first.snapshot()
    assert [column.path for column in made[-1].panel.columns] == ["$.a"]
    assert [rule.filter for rule in made[-1].panel.highlights] == ["more"]
    made[-1].close()
    assert [one.previous for one in made] == [None, None, None, made[2]]
    first.close()
    return [*made, first]


def observed(url: str) -> list[Any]:
    made = session(url)
    seen: list[Any] = []
    rows = made.messages.observe(lambda start, stop: seen.append((made, start, stop)))
    states = made.observe_state(lambda: seen.append(made.state))
    made.send("more")
    made.close()
    return [made, made.messages, rows, states]


def observed_log(url: str) -> list[Any]:
    log = MessageLog()
    observer = log.observe(lambda start, stop: None)
    log.add("text", b"x")
    return [log, observer]


def with_callbacks(url: str) -> list[Any]:
    held: list[Any] = []
    made = session(url, on_open=held.append, on_pong=held.append, send_every=(0.01, "tick"), auto_reconnect=True)
    made.ping()
    made.close()
    return [made, made.messages]


def in_an_event_loop(url: str) -> list[Any]:
    made = session(url)

    async def program() -> None:
        cancelled = asyncio.ensure_future(made.aexpect("never"))
        while not made.messages._waiters._gates:  # noqa: ASYNC110  the log tells nobody that somebody waits
            await asyncio.sleep(0)
        cancelled.cancel()
        await made.__aiter__().__anext__()
        await made.arequest("x", match="x")

    asyncio.run(program())
    made.close()
    return [made, made.messages]


def iterated(url: str) -> list[Any]:
    made = session(url)
    walk = iter(made)
    next(walk)
    view = made.messages.where("hello")
    piece = made.messages[:2]
    assert len(view) == 2
    made.close()
    return [made, made.messages, walk, view, piece]


def missed(url: str) -> list[Any]:
    made = session(url)
    with pytest.raises(kws.TimeoutError) as caught:
        made.expect("never", 0.01)
    error = caught.value
    assert error.__traceback__ is not None
    del caught
    made.close()
    return [made, made.messages]


def lost(url: str) -> list[Any]:
    with RawServer(lambda peer: None) as server:
        made = kws.connect(server.url, "freed")
        assert made.join(10)
        with pytest.raises(kws.EOFError):
            made.read()
        return [made, made.messages, made.error]


def client(url: str) -> list[Any]:
    made = kws.Client.connect(url)
    made.send("x")
    assert made.read(10) == "x"
    made.close()
    return [made, made.handshake]


def certificate(url: str) -> list[Any]:
    from kontena_ws_nb import demo

    made = kws.Client.connect(demo.url(tls=True), ssl_verify=False)
    made.close()
    return [made, made.ssl_cert]


def demo_server(url: str) -> list[Any]:
    server = DemoServer()
    server.start()
    server.stop()
    return [server]


MADE = [
    plain,
    aborted,
    reconnected,
    with_panel,
    with_panel_left_open,
    panel_of_a_log,
    replaced_with_panel,
    observed,
    observed_log,
    with_callbacks,
]
MADE += [in_an_event_loop, iterated, missed, lost, client, certificate, demo_server]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_gone_when_dropped(make: Callable[[str], list[Any]], demo: ModuleType) -> None:
    references = [(type(one).__name__, weakref.ref(one)) for one in make(demo.url())]
    # Threads that were told to end may hold it for a moment.
    wait_for(lambda: gc.collect() >= 0 and not any(one() for _, one in references), what="gone")


def test_gone_without_a_garbage_collection(demo: ModuleType) -> None:
    """What only the collector frees keeps its log, and counts for the budget, for as long as nothing makes it come by."""
    gc.disable()
    try:
        made = session(demo.url(), on_pong=lambda delay: None)
        made.ping()
        made.close()
        references = [weakref.ref(made), weakref.ref(made.messages)]
        del made
        wait_for(lambda: not any(one() for one in references), what="gone")
    finally:
        gc.enable()


def test_a_dead_log_takes_nothing_from_a_live_one() -> None:
    budget = Budget(12 * STEP)
    gc.disable()
    try:
        dead = MessageLog(budget=budget)
        dead.add("binary", bytes(8 * STEP))
        dead.observe(lambda start, stop: None)
        del dead
        wait_for(lambda: not budget.logs())
        live = MessageLog(budget=budget)
        for _ in range(18):
            live.add("binary", bytes(STEP // 2))
        assert live.dropped == 0
    finally:
        gc.enable()


CELL = """
import gc, os, kontena_ws_nb as kws
ws = kws.connect("demo", "feed")
log = ws.messages
for _ in range(20):
    log.add("binary", bytes(1 << 20))
del log
display(ws.panel)
"""

MEASURE = """
gc.collect()
print(sum(isinstance(one, kws.Session) for one in gc.get_objects()), sum(type(one).__name__ == "Panel" for one in gc.get_objects()))
print(sum(isinstance(one, kws.MessageLog) for one in gc.get_objects()))
"""


def test_a_cell_with_a_panel_that_runs_again_and_again_does_not_grow() -> None:
    with started() as (_, kernel):
        for number in range(20):
            out = kernel.run(CELL)
            assert out["status"] == "ok", out
            if number == 2:
                before = kernel.run(MEASURE)["stdout"]
        assert kernel.run(MEASURE)["stdout"] == before == "2 1\n2\n"
        # In a kernel a page may show the panel: it is closed, then all of it is gone.
        kernel.run("ws.panel.close(); ws.close(); del ws; _ = __ = ___ = None; Out.clear()")
        end = time.monotonic() + 20
        while (left := kernel.run(MEASURE)["stdout"]) != "0 0\n0\n":
            assert time.monotonic() < end, left
