"""What a page may do is no more than it can do anyway."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from kontena_ws_nb.panel import trust


@pytest.mark.parametrize(
    ("shell", "variable", "mode", "expected"),
    [
        (None, "", "", False),
        (object(), "", "", True),
        (object(), "VOILA_KERNEL_ID", "", False),
        (None, "", "edit", True),
        (None, "", "run", False),
        (object(), "", "script", True),
    ],
    ids=["nobody knows", "Jupyter", "Voilà", "marimo edits", "an app of marimo", "marimo is only imported"],
)
def test_where_a_page_runs_code(
    monkeypatch: pytest.MonkeyPatch, shell: object, variable: str, mode: str, expected: bool
) -> None:
    monkeypatch.setattr(trust, "get_ipython", lambda: shell)
    if variable:
        monkeypatch.setenv(variable, "1")
    if mode:
        monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(app_meta=lambda: SimpleNamespace(mode=mode)))
    else:
        monkeypatch.delitem(sys.modules, "marimo", raising=False)
    assert trust.page_runs_code() is expected
