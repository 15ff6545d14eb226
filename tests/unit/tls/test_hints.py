"""Hints: one sentence for each situation, about the right certificate, safe to print, and the call that pins a key."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from kontena_ws_nb.tls import hints, validity
from kontena_ws_nb.tls.certificate import CertificateChain
from kontena_ws_nb.tls.context import Trust
from kontena_ws_nb.tls.failing_certificate import failing_certificate
from kontena_ws_nb.tls.hints import hint
from kontena_ws_nb.tls.verify import verify_chain
from tests.lab.certificates import EXPECTED, GOOD, MATRIX, issue, lab

TRUST = Trust("custom", "/lab/ca.pem", None, "ca_file")

#: Case → (index of the failing link, a part of the hint).
SAID = {
    "expired": (0, "the certificate expired 3 days ago ("),
    "notyet": (0, "the certificate becomes valid in 4 days ("),
    "selfsigned": (
        0,
        "the server signed its certificate itself, as lab servers do, and nobody vouches for it (trusted is only ",
    ),
    "untrusted_root_sent": (
        1,
        "the chain ends at 'Lab Untrusted Root', which is not trusted; if that is your private CA, pass ca_file=",
    ),
    "untrusted_root_unsent": (
        0,
        "the server sent only its own certificate, and its issuer 'Lab Untrusted Root' is not known here: either",
    ),
    "missing_inter": (
        0,
        "its issuer 'Lab Intermediate' is not known here: either the server forgot the intermediate, or pass ca_file=",
    ),
    "lazy_root": (0, "its issuer 'Lab Lazy Root' is not known here"),
    "wronghost": (
        0,
        "the certificate is for 'DNS:other.test', not for good.test; connect by one of its names, or say which one with ssl_",
    ),
    "wronghost+ip": (0, "the certificate is for 'DNS:other.test', not for 127.0.0.1"),
    "ip_as_dns": (
        0,
        "the certificate lists the address 127.0.0.1 as a DNS name, where it does not count; reissue it with IP:127.0.0.1",
    ),
    "cn_only": (
        0,
        "the certificate names no host at all (its common name 'good.test' does not count, RFC 9525); reissue it with",
    ),
    "wild_ok": (0, "the certificate is for 'DNS:*.test', not for a.test"),
    "wild_ok+deep": (0, "not for a.b.test"),
    "wild_deep+deep": (0, "not for a.b.wild.test"),
    "wild_partial": (0, "'DNS:go*.test'"),
    "wild_bare": (0, "'DNS:*'"),
    "weak_rsa1024": (
        0,
        "the key of the certificate (RSA 1024 bit e=65537) is too weak for OpenSSL's security level; reissue it with",
    ),
    "sha1": (0, "the certificate is signed with a broken hash (SHA-1 or MD5)"),
    "eku_client": (0, "the certificate is not meant for TLS servers (extended key usage)"),
    "eku_any": (0, "the certificate is not meant for TLS servers (extended key usage)"),
    "nameconstraint": (0, "a CA in the chain is name-constrained and may not issue for this name"),
    "not_a_ca": (1, "the chain's 'Lab not a CA' signed another certificate but is no CA"),
    "expired_inter": (1, "the chain's 'Lab Expired Intermediate' expired 30 days ago ("),
    "pathlen": (2, "the chain is longer than the chain's 'Lab Intermediate' allows (pathLen)"),
}


@pytest.mark.parametrize(("case", "host"), [row for row in MATRIX if row[0] in EXPECTED], ids=lambda value: value)
def test_every_bad_case_of_the_lab(case: str, host: str) -> None:
    trust = Trust.resolve(ca_file=lab().ca_file, environ={})
    ders = lab().chains[case.partition("+")[0]]
    verdict = verify_chain(ders, hostname=host, trust=trust)
    link, text = SAID[case]
    chain = CertificateChain(ders, hostname=host, verdict=verdict)
    assert chain.failing == link
    assert text in (verdict.hint or "")
    assert CertificateChain(ders).failing is None


def chain_of(*cases: str) -> CertificateChain:
    return CertificateChain([lab().nodes[case].der for case in cases])


def test_the_hint_gives_the_call_that_pins_the_key() -> None:
    chain = chain_of("selfsigned")
    leaf = chain[0]
    said = hint(18, chain, hostname=GOOD, trust=TRUST, url="wss://good.test/feed")
    assert said == (
        "the server signed its certificate itself, as lab servers do, and nobody vouches for it (trusted is only /lab/ca.pem (ca_file)); "
        f"to trust exactly this key, compare its fingerprint (SHA-256 {leaf.sha256}) with what the server's owner says, "
        f"then call kws.connect('wss://good.test/feed', pin=\"{leaf.pin}\")"
    )
    assert f'kws.connect(..., pin="{leaf.pin}")' in hint(18, chain, hostname=GOOD, trust=TRUST)
    assert f'kws.connect(..., pin="{leaf.pin}")' in hint(
        18, chain, hostname=GOOD, trust=TRUST, url="wss://***@good.test/"
    )
    assert "kws.connect" not in hint(18, CertificateChain([b"junk"]), hostname=GOOD, trust=TRUST)
    assert "kws.connect" not in hint(10, chain_of("expired"), hostname=GOOD, trust=TRUST)


def test_the_clock_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validity, "now", lambda: datetime.datetime(2001, 2, 3, 4, 5, tzinfo=datetime.timezone.utc))
    assert hint(9, chain_of("good"), hostname=GOOD, trust=TRUST).endswith(
        "check this machine's clock, it says 2001-02-03 04:05 UTC"
    )


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (7, "a signature in the chain is wrong"),
        (67, "the key of the chain's 'weak CA' (RSA 1024 bit e=65537) is too weak"),
        (68, "a CA certificate of the trust store is signed with a broken hash"),
        (85, "accepted by default, but refused with X509_STRICT"),
        (88, "X509_STORE_CTX_get_error(3) explains code 88"),
        (12, "X509_STORE_CTX_get_error(3) explains code 12"),
        (25, "the chain is longer than a CA certificate of the trust store allows"),
    ],
)
def test_rarer_codes(code: int, text: str) -> None:
    ca = issue("weak CA", ca=True, kind="rsa1024")
    chain = CertificateChain([issue("leaf", ca, san=["leaf.test"]).der, ca.der])
    assert text in hint(code, chain, hostname="leaf.test", trust=TRUST)


@pytest.mark.parametrize("code", [*range(1, 95)])
def test_no_code_is_without_words_even_when_nothing_can_be_read(code: int) -> None:
    for chain in (CertificateChain([]), CertificateChain([b"junk"]), CertificateChain([b""] * 3)):
        assert hint(code, chain, hostname=None, trust=TRUST)
        assert failing_certificate(code, chain) in (None, 0, 1)


def test_names_from_the_server_cannot_act() -> None:
    node = issue("\x1b[31mred\u202e" + "x" * 40, san=[f"n{n}.test" for n in range(9)])
    chain = CertificateChain([issue("leaf", node).der])
    said = hint(20, chain, hostname=GOOD, trust=TRUST)
    assert "'\\x1b[31mred\\u202exxx" in said
    assert "\x1b" not in said
    said = hint(62, CertificateChain([node.der]), hostname=GOOD, trust=TRUST)
    assert "'DNS:n4.test' …, not for" in said
    assert hints._name("y" * 100) == repr("y" * 79 + "…")
    assert "names no host at all; reissue" in hint(62, CertificateChain([b"junk"]), hostname=GOOD, trust=TRUST)


def test_the_pinning_call_of_a_file_is_honest(tmp_path: Path) -> None:
    # The other way to trust it: the saved certificate as the only anchor.
    path = CertificateChain(lab().chains["selfsigned"])[0].save(tmp_path / "lab.pem")
    trust = Trust.resolve(path, environ={})
    assert verify_chain(lab().chains["selfsigned"], hostname=GOOD, trust=trust).ok
    assert not verify_chain(lab().chains["good"], hostname=GOOD, trust=trust).ok
