"""The states of a verdict, and their texts."""

from __future__ import annotations

import pytest

from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import ok_verdict

# -- inconclusive is a failure


# -- the verdict in words


@pytest.mark.parametrize(
    ("verdict", "state", "summary"),
    [
        (ok_verdict(), "good", "verified: the chain leads to a trusted CA, and the name matches"),
        (
            Verdict(ok=True, verified=False, code=0, reason="ok"),
            "unverified",
            "good, but verification was off: a bad one would have been accepted",
        ),
        (Verdict(ok=False, verified=True, code=10, reason="expired"), "bad", "refused: expired"),
        (Verdict(ok=False, verified=False, code=10, reason="expired"), "bad", "would be refused: expired"),
    ],
)
def test_states(verdict: Verdict, state: str, summary: str) -> None:
    assert (verdict.state, verdict.summary) == (state, summary)
