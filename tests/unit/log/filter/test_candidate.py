"""Completions are values."""

from __future__ import annotations

import subprocess
import sys

from kontena_ws_nb.log.filter.candidate import Candidate


def test_equal_ones_are_offered_once() -> None:
    assert list(dict.fromkeys([Candidate("dir:", "sent or received"), Candidate("dir:", "sent or received")])) == [
        ("dir:", "sent or received")
    ]


def test_magics_have_it_without_the_filters() -> None:
    code = "import sys, kontena_ws_nb.log.filter.candidate; print('kontena_ws_nb.log.filter.grammar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
