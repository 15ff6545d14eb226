"""Durations as text."""

from __future__ import annotations

import datetime

import pytest

from kontena_ws_nb.tls.validity import span


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 min"), (3599, "59 min"), (12000, "3 h 20 min"), (86400, "1 day"), (200000, "2 days")]
)
def test_spans(seconds: int, text: str) -> None:
    assert span(datetime.timedelta(seconds=seconds)) == text
