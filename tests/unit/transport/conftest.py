"""Streams to test, plain and under TLS."""

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
