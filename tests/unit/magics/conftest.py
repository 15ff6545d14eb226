"""A real IPython shell with the magics loaded, which raises what a cell raised."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lab.shell import ipython


class Notebook:
    """Cells in, values out."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.ns = shell.user_ns

    def run(self, cell: str) -> Any:
        """Run a cell; return its last value, or raise what it raised."""
        result = self.shell.run_cell(cell, store_history=True)
        result.raise_error()
        return result.result

    @property
    def magics(self) -> Any:
        return self.shell.magics_manager.registry["WebSocketMagics"]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.delattr(builtins, "_", raising=False)  # of a doctest: IPython leaves it alone, and sets none of its own
    with ipython() as shell:
        shell.run_line_magic("load_ext", "kontena_ws_nb")
        yield Notebook(shell)
