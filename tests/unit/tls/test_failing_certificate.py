"""Finding the certificate of a chain that an error is about."""

from __future__ import annotations

from kontena_ws_nb.tls.certificate import CertificateChain
from kontena_ws_nb.tls.context import Trust
from kontena_ws_nb.tls.failing_certificate import failing_certificate
from kontena_ws_nb.tls.hints import hint
from tests.lab.certificates import GOOD, issue, lab

TRUST = Trust("custom", "/lab/ca.pem", None, "ca_file")


def chain_of(*cases: str) -> CertificateChain:
    return CertificateChain([lab().nodes[case].der for case in cases])


def test_a_longer_chain_without_its_issuer() -> None:
    chain = chain_of("good", "inter")
    assert failing_certificate(20, chain) == 1
    assert "the issuer 'Lab Root' is not known here; pass ca_file=<its PEM>" in hint(
        20, chain, hostname=GOOD, trust=TRUST
    )


def test_what_expired_may_be_ours() -> None:
    chain = chain_of("good", "inter")
    assert failing_certificate(10, chain) is None
    assert hint(10, chain, hostname=GOOD, trust=TRUST) == (
        "a CA certificate of the trust store expired; it has to be renewed on the server"
    )
    assert hint(9, chain, hostname=GOOD, trust=TRUST).startswith(
        "a CA certificate of the trust store is not valid yet; check this machine's"
    )


def test_chains_of_each_other_end() -> None:
    a = issue("A", issue("B"), ca=True)
    b = issue("B", a, ca=True)
    assert failing_certificate(20, CertificateChain([a.der, b.der])) == 1
