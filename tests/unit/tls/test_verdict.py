"""The verdict: OpenSSL's live answer and its answer after the fact are the same, for every kind of certificate."""

from __future__ import annotations

import copy
import pickle
import ssl

import pytest

from kontena_ws_nb.errors import SSLVerifyError
from kontena_ws_nb.tls.certificate import CertificateChain, TLSInfo
from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.verdict import Verdict, live_error, ok_verdict, peer_chain, verified_chain, verify_chain
from tests.lab.certificates import EXPECTED, GOOD, MATRIX, lab
from tests.lab.tls_server import TLSServer, handshake


@pytest.fixture(scope="module")
def trust() -> Trust:
    return Trust.resolve(ca_file=lab().ca_file, environ={})


def live(server: TLSServer, host: str, trust: Trust, *, strict: bool = False) -> Verdict:
    """What a verifying handshake says, with the chain it read in the error."""
    with handshake(server.port, client_context(trust, strict=strict), host) as (sslobj, error):
        if error is None:
            return ok_verdict(verified_chain(sslobj))
        assert isinstance(error, ssl.SSLCertVerificationError)
        refused = live_error(error, peer_chain(sslobj), hostname=host, trust=trust)
    assert refused.cert_chain is not None
    assert refused.cert_chain.verdict is not None
    return refused.cert_chain.verdict


def unverified(server: TLSServer, host: str, trust: Trust) -> tuple[bytes, ...]:
    """The chain a handshake without verification leaves behind."""
    with handshake(server.port, client_context(trust, verify=False), host) as (sslobj, error):
        assert error is None
        return peer_chain(sslobj)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize(("case", "host"), MATRIX, ids=[case for case, _ in MATRIX])
def test_after_the_fact_is_what_the_handshake_said(case: str, host: str, tls: str, trust: Trust) -> None:
    certificate = case.partition("+")[0]
    with TLSServer(certificate, tls=tls) as server:
        chain = unverified(server, host, trust)
        assert chain == lab().chains[certificate]
        for strict in (False, True):
            said = live(server, host, trust, strict=strict)
            after = verify_chain(chain, hostname=host, trust=trust, strict=strict)
            assert (after.ok, after.code, after.reason, after.hint) == (said.ok, said.code, said.reason, said.hint)
            assert after.path == said.path
            assert said.verified
            assert not after.verified
            if not strict:
                assert said.code == EXPECTED.get(case, 0)
