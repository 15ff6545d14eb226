"""Fixtures for all tests: the leak check, the demo server, peers; and the rules for `peer` and `browser` tests."""

from __future__ import annotations

import gc
import importlib
import os
import signal
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.lab import peers
from tests.lab.leaks import Snapshot
from tests.lab.scheduling import LAST, ByFile
from tests.lab.waiting import wait_for as _wait_for

settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-peers", action="store_true", help="fail the tests of third-party servers this machine lacks"
    )
    parser.addoption("--slow", action="store_true", help="run the tests that take minutes, too")


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts what it puts in the background with SIGINT ignored, and nohup what it starts with SIGHUP, and Python
    # leaves that so, in its children too: no test of an interrupt could pass.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.nodeid.startswith(LAST))
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    if config.getoption("--require-peers"):
        return
    without = [item for item in items if any(peers.missing(name) for name in _peer_names(item))]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in peers.PEERS:
        why = peers.missing(name)
        if why:
            terminalreporter.write_line(f"peer {name} is missing, its tests did not run: {why}", yellow=True)


def _peer_names(item: pytest.Item) -> list[str]:
    return [mark.args[0] for mark in item.iter_markers("peer")]


@pytest.fixture(autouse=True, scope="module")
def settled() -> None:
    """What earlier files imported and keep is no business of this file's full collections: they would take seconds each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def told_of_unnamed_sessions() -> None:
    """What a process is told once must not appear in whichever test comes first; the tests of it undo this."""
    importlib.import_module("kontena_ws_nb.api")._warned.set()


@pytest.fixture(autouse=True)
def no_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that leaves a thread, a descriptor or a child process behind. Fixtures of wider scope are set up before."""
    for name in _peer_names(request.node):
        why = peers.missing(name)
        if why:
            pytest.fail(f"peer {name} is missing: {why}", pytrace=False)
    before = Snapshot.take()
    yield
    left = before.check()
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with nothing to mask: what is known is the process's, and tests give credentials that are words of other tests."""
    from kontena_ws_nb.redaction import payloads as masking

    monkeypatch.setattr(masking, "_registry", masking._Registry())


@pytest.fixture
def own_decoders() -> Iterator[None]:
    """Forget the decoders that a test registers: they are the process's."""
    registry = importlib.import_module("kontena_ws_nb.decoders.registry")
    before = dict(registry._named)
    yield
    registry._named.clear()
    registry._named.update(before)


@pytest.fixture(scope="session")
def demo() -> Iterator[ModuleType]:
    """The embedded demo server, started; ask `demo.url("ticker")` for addresses."""
    import kontena_ws_nb.demo as module

    module.url()
    module.url(tls=True)
    yield module
    module.stop()


@pytest.fixture
def wait_for() -> Callable[..., object]:
    """`tests.lab.waiting.wait_for`, for tests that prefer a fixture."""
    return _wait_for
