"""Fixtures for the tests of sessions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kontena_ws_nb.session import reader as module


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Reconnect at once; gives the delays that would have been."""
    asked: list[float] = []

    def delays() -> Iterator[float]:
        while True:
            asked.append(len(asked))
            yield 0.001

    monkeypatch.setattr(module, "delays", delays)
    return asked
