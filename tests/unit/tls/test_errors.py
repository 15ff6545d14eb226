"""TLS errors that are made from verdicts."""

from __future__ import annotations

import pytest

from kontena_ws_nb.tls.errors import SSLVerifyError
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import ok_verdict
from tests.lab.certificates import lab


def test_a_good_verdict_has_no_error() -> None:
    with pytest.raises(ValueError, match="a good verdict has no error"):
        SSLVerifyError.of(ok_verdict())


def test_the_error_of_bare_ders_has_a_chain() -> None:
    verdict = Verdict(ok=False, verified=False, code=10, reason="expired")
    error = SSLVerifyError.of(verdict, lab().chains["expired"])
    assert error.cert_chain is not None
    assert error.cert_chain.verdict is verdict
    assert SSLVerifyError.of(verdict, message="other words").message == "other words"
    assert SSLVerifyError.of(verdict).cert is None
