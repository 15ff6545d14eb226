"""Panels over comms that record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest

from kontena_ws_nb.panel import Panel
from tests.unit.panel.conversation import Conversation, Page, Shell, Wire


@pytest.fixture
def open_panel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Page]]:
    monkeypatch.setattr(comm, "create_comm", Wire)
    panels: list[Panel] = []

    def make(source: Any, **options: Any) -> Page:
        panels.append(Panel(source, **options))
        return Page(panels[-1])

    yield make
    for panel in panels:
        panel.close()


@pytest.fixture
def session() -> Conversation:
    return Conversation()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    """IPython."""
    shell = Shell()
    for module in ("panel", "saved"):
        monkeypatch.setattr(f"kontena_ws_nb.panel.{module}.get_ipython", lambda: shell)
    return shell
