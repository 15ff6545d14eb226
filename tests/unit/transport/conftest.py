"""Streams to test, plain and under TLS; and no proxy but where a test names one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.ends import Ends, connected


@pytest.fixture(params=["plain", "tls"])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with connected(request.param == "tls") as made:
        yield made


@pytest.fixture
def plain() -> Iterator[Ends]:
    with connected(False) as made:
        yield made


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
