"""The bounds fit together."""

from __future__ import annotations

from kontena_ws_nb.decoders import limits


def test_the_bounds_fit_together() -> None:
    assert limits.INFLATED_ANYWAY <= limits.INFLATED
    assert limits.SHOWN < limits.LABEL
    assert 2 * limits.DEPTH < 500  # Python's own encoder and decoder of JSON go a thousand deep
