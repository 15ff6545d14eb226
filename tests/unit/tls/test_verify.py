"""`verify_chain` gives the verdict of a verifying handshake, for every kind of certificate."""

from __future__ import annotations

import copy
import pickle
import ssl

import pytest

from kontena_ws_nb.tls import validity
from kontena_ws_nb.tls import verify as module
from kontena_ws_nb.tls.certificate import CertificateChain, TLSInfo
from kontena_ws_nb.tls.context import Trust, client_context
from kontena_ws_nb.tls.errors import SSLVerifyError
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import live_error, ok_verdict, peer_chain, verified_chain, verify_chain
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
def test_after_the_fact_is_what_the_handshake_said(
    case: str, host: str, tls: str, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = validity.now()
    monkeypatch.setattr(validity, "now", lambda: moment)  # a hint may tell the time
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


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_refusal_carries_everything(tls: str, trust: Trust) -> None:
    with (
        TLSServer("expired", tls=tls) as server,
        handshake(server.port, client_context(trust), GOOD) as (sslobj, error),
    ):
        assert isinstance(error, ssl.SSLCertVerificationError)
        info = TLSInfo.of(sslobj)
        refused = live_error(error, peer_chain(sslobj), hostname=GOOD, trust=trust, url="wss://good.test/", tls=info)
    assert isinstance(refused, SSLVerifyError)
    assert (refused.verify_code, refused.reason) == (10, "certificate has expired")
    assert refused.cert is not None
    assert refused.cert.der == lab().nodes["expired"].der
    assert refused.subject == "CN=good.test,O=Lab"
    assert refused.issuer == "CN=Lab Intermediate,O=Lab"
    assert refused.cert_chain is not None
    assert refused.cert_chain.tls is info
    assert refused.cert_chain.hostname == GOOD
    assert refused.cert_chain.failing == 0
    text = str(refused)
    assert text.startswith(
        "wss://good.test/: the server's certificate was refused: certificate has expired (code 10); the certificate expired 3 days ago"
    )
    for other in (pickle.loads(pickle.dumps(refused)), copy.copy(refused), copy.deepcopy(refused)):
        assert str(other) == text
        assert other.cert == refused.cert
        assert other.cert_chain.verdict == refused.cert_chain.verdict
        assert other.cert.chain.ders == refused.cert_chain.ders


def test_a_good_handshake_gives_the_path_to_the_anchor(trust: Trust) -> None:
    with TLSServer() as server, handshake(server.port, client_context(trust), GOOD) as (sslobj, error):
        assert error is None
        verdict = ok_verdict(verified_chain(sslobj))
        chain = CertificateChain(peer_chain(sslobj), hostname=GOOD, verdict=verdict, tls=TLSInfo.of(sslobj))
    assert [c.name for c in chain] == [GOOD, "Lab Intermediate"]
    assert [c.name for c in chain.path] == [GOOD, "Lab Intermediate", "Lab Root"]
    assert chain.failing is None
    assert chain.tls is not None
    assert chain.tls.version == "TLSv1.3"
    assert chain.tls.server_name == GOOD
    assert chain.tls.bits >= 128


def test_nothing_has_arrived_yet(trust: Trust) -> None:
    sslobj = client_context(trust).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=GOOD)
    assert peer_chain(sslobj) == ()
    assert verified_chain(sslobj) == ()
    assert TLSInfo.of(sslobj) == TLSInfo(version=sslobj.version() or "", server_name=GOOD)


def test_a_socket_that_never_connected_has_no_chain(trust: Trust) -> None:
    import socket

    with socket.socket() as raw, client_context(trust).wrap_socket(raw, server_hostname=GOOD) as tls:
        if not hasattr(tls, "get_unverified_chain"):
            assert peer_chain(tls) == ()


def test_without_a_name_only_the_chain_is_checked(trust: Trust) -> None:
    assert verify_chain(lab().chains["wronghost"], hostname=None, trust=trust).ok
    assert verify_chain(lab().chains["expired"], hostname=None, trust=trust).code == 10


@pytest.mark.parametrize(
    ("chain", "host", "reason"),
    [
        ((), GOOD, "could not be verified: the server sent no certificate"),
        ((b"junk",), GOOD, "could not be verified: [SSL] ASN1 lib"),
        ((b"",), GOOD, "could not be verified: "),
        ("good+junk", GOOD, "could not be verified: "),
        ("good", "", "could not be verified: '' is not a host name"),
        ("good", ".good.test", "could not be verified: '.good.test' is not a host name"),
        ("good", "x" * 300, "could not be verified: "),
    ],
)
def test_what_openssl_cannot_judge_is_bad(chain: tuple[bytes, ...] | str, host: str, reason: str, trust: Trust) -> None:
    if isinstance(chain, str):
        chain = lab().chains["good"] + ((b"junk",) if chain == "good+junk" else ())
    verdict = verify_chain(chain, hostname=host, trust=trust)
    assert (verdict.ok, verdict.verified, verdict.code, verdict.hint) == (False, False, 1, "treat it as refused")
    assert verdict.reason.startswith(reason)
    assert "_ssl.c" not in verdict.reason


def test_a_kind_of_key_tls_has_no_suite_for_is_bad(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    # OpenSSL says WRONG_CERTIFICATE_TYPE for the suites of the other kind; here there is no other kind left.
    monkeypatch.setattr(module, "_SUITES", module._SUITES[:1])
    verdict = verify_chain(lab().chains["good"], hostname=GOOD, trust=trust)
    assert (verdict.ok, verdict.reason) == (
        False,
        "could not be verified: no TLS 1.2 cipher suite supports its type of key",
    )
    assert verify_chain(lab().chains["rsa2048"], hostname=GOOD, trust=trust).ok
    monkeypatch.setattr(module, "_SUITES", ((b"\xff\xff",),))
    assert not verify_chain(lab().chains["rsa2048"], hostname=GOOD, trust=trust).ok


def test_silence_of_openssl_is_bad(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    # If OpenSSL waited for more without having taken the chain, nothing was verified.
    monkeypatch.setattr(module, "_server_flight", lambda *_: iter(()))
    verdict = verify_chain(lab().chains["good"], hostname=GOOD, trust=trust)
    assert (verdict.ok, verdict.reason) == (False, "could not be verified: OpenSSL did not use the chain")


def test_a_long_chain_spans_records(trust: Trust) -> None:
    chain = lab().chains["good"] + lab().chains["untrusted_root_sent"] * 20
    assert len(b"".join(chain)) > 1 << 14
    assert verify_chain(chain, hostname=GOOD, trust=trust).ok
