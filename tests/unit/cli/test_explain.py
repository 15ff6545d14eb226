"""``kontena-ws help``: explains errors, and lists them."""

from __future__ import annotations

from typing import Any

import pytest


def test_help(run: Any) -> None:
    done = run("help", "1006")
    assert (done.code, done.log) == (0, [])
    assert done.out.startswith("close-1006: closed without a close frame\n")
    everything = run("help")
    assert everything.out == run("help", "errors").out
    assert "timeout-open" in everything.out
    failed = run("help", "nothing-of-ours")
    assert (failed.code, failed.out) == (64, "")


@pytest.mark.usefixtures("demo")
def test_an_error_leads_there(run: Any) -> None:
    done = run("demo/reject?status=418")
    assert done.log[-1][1].endswith("(kontena-ws help http-418)")
    assert run("help", "http-418").out.startswith("http-4xx: ")
