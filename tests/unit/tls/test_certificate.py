"""Certificates: every field, also of hostile ones, and their methods."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from kontena_ws_nb.tls import validity
from kontena_ws_nb.tls.certificate import Certificate, CertificateChain, TLSInfo
from kontena_ws_nb.tls.der import pin_of
from kontena_ws_nb.tls.fields import SCT, Extension, Fields, Key, Signature
from kontena_ws_nb.tls.verdict import Verdict
from kontena_ws_nb.tls.verify import ok_verdict
from tests.lab.certificates import GOOD, issue, lab


def lab_certificate(case: str) -> Certificate:
    return Certificate(lab().nodes[case].der)


def test_every_field_of_a_good_certificate() -> None:
    node = lab().nodes["good"]
    c = Certificate(node.der)
    assert c.subject == "CN=good.test,O=Lab"
    assert c.issuer == "CN=Lab Intermediate,O=Lab"
    assert (c.common_name, c.issuer_common_name, c.organization) == (GOOD, "Lab Intermediate", "Lab")
    assert (c.name, c.issuer_name) == (GOOD, "Lab Intermediate")
    assert c.san == ("DNS:good.test", "DNS:www.good.test", "DNS:*.good.test", "DNS:localhost", "IP:127.0.0.1", "IP:::1")
    assert c.dns_names == ("good.test", "www.good.test", "*.good.test", "localhost")
    assert c.ip_addresses == ("127.0.0.1", "::1")
    assert not c.self_issued
    assert not c.self_signed
    assert c.not_before == node.cert.not_valid_before_utc
    assert c.not_after == node.cert.not_valid_after_utc
    assert c.days_left == 79
    assert not c.expired
    assert not c.not_yet_valid
    assert c.key == Key("EC", 256, "secp256r1")
    assert str(c.key) == "EC 256 bit secp256r1"
    assert c.signature == Signature("ecdsa-with-SHA256", "sha256")
    assert str(c.signature) == "ecdsa-with-SHA256"
    assert c.sha256 == node.cert.fingerprint(hashes.SHA256()).hex(":").upper()
    assert c.sha1 == node.cert.fingerprint(hashes.SHA1()).hex(":").upper()
    assert c.fingerprints == {"sha256": c.sha256, "sha1": c.sha1}
    assert c.pin == pin_of(node.der)
    assert c.serial == f"{node.cert.serial_number:X}"
    assert c.version == 3
    assert c.key_usage == ("digital_signature",)
    assert c.extended_key_usage == ("serverAuth",)
    assert c.usages == ("digital_signature", "serverAuth")
    assert not c.is_ca
    assert c.path_length is None
    assert len(c.subject_key_id) == len(c.authority_key_id) == 40
    assert c.ocsp == ("http://ocsp.good.test",)
    assert c.ca_issuers == ("http://ca.good.test/inter.crt",)
    assert c.crl == ("http://crl.good.test/inter.crl",)
    assert c.policies == ("2.23.140.1.2.1",)
    assert not c.must_staple
    assert c.scts == ()
    assert c.permitted_names == c.excluded_names == ()
    assert Extension("2.5.29.17", "subjectAltName", False) in c.extensions
    assert c.problems == ()
    assert x509.load_pem_x509_certificate(c.pem.encode()) == node.cert


def test_authorities() -> None:
    root, inter = lab_certificate("root"), lab_certificate("inter")
    assert root.self_issued
    assert root.self_signed
    assert (root.is_ca, root.path_length) == (True, None)
    assert (inter.is_ca, inter.path_length) == (True, 0)
    assert inter.key_usage == ("key_cert_sign", "crl_sign")
    constrained = Certificate(lab().chains["nameconstraint"][1])
    assert constrained.permitted_names == ("DNS:other.test",)
    assert constrained.excluded_names == ("DNS:bad.other.test",)


@pytest.mark.parametrize(
    ("case", "key", "signature"),
    [
        ("rsa2048", "RSA 2048 bit e=65537", "ecdsa-with-SHA256"),
        ("ed25519", "Ed25519 256 bit", "ecdsa-with-SHA256"),
        ("p384", "EC 384 bit secp384r1", "ecdsa-with-SHA256"),
        ("sha1", "EC 256 bit secp256r1", "sha1WithRSAEncryption"),
    ],
)
def test_kinds_of_keys(case: str, key: str, signature: str) -> None:
    c = lab_certificate(case)
    assert (str(c.key), str(c.signature)) == (key, signature)


def test_a_self_signed_edwards_key_signs_without_a_hash() -> None:
    for kind, bits in (("ed25519", 256), ("ed448", 456)):
        c = Certificate(issue("edwards", kind=kind).der)
        assert c.self_signed
        assert c.key == Key(kind.capitalize(), bits)
        assert c.signature == Signature(kind, None)


def test_the_same_name_is_not_yet_a_self_signature() -> None:
    impostor = issue("Lab Root", lab().nodes["root"])
    c = Certificate(impostor.der)
    assert c.self_issued
    assert not c.self_signed


def test_time_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    c = lab_certificate("good")
    assert c.not_after is not None
    assert c.not_before is not None
    monkeypatch.setattr(validity, "now", lambda: c.not_after + datetime.timedelta(hours=3))  # type: ignore[operator]
    assert (c.expired, c.days_left, c.expires_in) == (True, -1, datetime.timedelta(hours=-3))
    assert "expired 3 h 0 min ago" in repr(c)
    monkeypatch.setattr(validity, "now", lambda: c.not_before - datetime.timedelta(days=3))  # type: ignore[operator]
    assert (c.not_yet_valid, c.expired, c.days_left) == (True, False, 93)


# -- unusual content


def build(*extensions: x509.ExtensionType, names: list[x509.NameAttribute] | None = None, serial: int = 7) -> bytes:
    node = lab().nodes["good"]
    name = x509.Name(names if names is not None else [x509.NameAttribute(NameOID.COMMON_NAME, "odd")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(node.key.public_key())
        .serial_number(serial)
    )
    builder = builder.not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2040, 1, 1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    from cryptography.hazmat.primitives.serialization import Encoding

    return builder.sign(node.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_a_certificate_without_any_name_is_called_by_its_fingerprint() -> None:
    c = Certificate(build(names=[]))
    assert c.name == f"certificate {c.sha256[:11]}"
    assert Certificate(build(names=[x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Org")])).name == "O=Org"


# -- hostile content


def test_no_certificate_at_all() -> None:
    c = Certificate(b"not a certificate")
    assert c.problems[0] == "pin: truncated"
    assert c.problems[1].startswith("certificate: ")
    assert (c.subject, c.key, c.not_after, c.days_left, c.expires_in, c.pin) == ("", None, None, None, None, "")
    assert not c.expired
    assert not c.not_yet_valid
    assert not c.matches("a.test")
    assert repr(c).startswith("<Certificate 'certificate ")
    assert json.dumps(c.to_dict())


# -- what can be done with them


def test_saving(tmp_path: Path) -> None:
    c = lab_certificate("good")
    assert c.save(tmp_path / "a.pem").read_text() == c.pem
    assert c.save(tmp_path / "a.crt").read_text() == c.pem
    assert c.save(str(tmp_path / "a.DER")).read_bytes() == c.der
    assert c.save(tmp_path / "a.cer").read_bytes() == c.der
    chain = CertificateChain(lab().chains["good"])
    assert chain.save(tmp_path / "chain.pem").read_text() == chain.pem == chain[0].pem + chain[1].pem


def test_dictionaries_are_json() -> None:
    verdict = ok_verdict()
    chain = CertificateChain(lab().chains["good"], hostname=GOOD, verdict=verdict, tls=TLSInfo(version="TLSv1.3"))
    told = json.loads(json.dumps(chain.to_dict()))
    assert told["hostname"] == GOOD
    assert told["verdict"]["state"] == "good"
    assert told["tls"]["version"] == "TLSv1.3"
    first = told["certificates"][0]
    assert first["subject"] == chain[0].subject
    assert first["key"] == {"type": "EC", "bits": 256, "detail": "secp256r1"}
    assert first["not_after"] == chain[0].not_after.isoformat()  # type: ignore[union-attr]
    assert first["sha256"] == chain[0].sha256
    assert first["extensions"][0]["oid"]
    bare = CertificateChain([]).to_dict()
    assert bare == {"hostname": None, "verdict": None, "tls": None, "failing": None, "certificates": []}


def test_timestamps_in_dictionaries(monkeypatch: pytest.MonkeyPatch) -> None:
    sct = SCT("aa", datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))
    c = Certificate(b"x")
    c.__dict__["_fields"] = Fields(scts=(sct,))
    assert c.to_dict()["scts"] == [{"log_id": "aa", "time": "2026-01-02T00:00:00+00:00"}]


def test_equality_is_by_fingerprint() -> None:
    a, b = lab_certificate("good"), lab_certificate("good")
    assert a == b
    assert hash(a) == hash(b)
    assert len({a, b, lab_certificate("expired")}) == 2
    assert a != a.der
    assert CertificateChain([a.der]) == CertificateChain([b.der], hostname="x")
    assert CertificateChain([a.der]) != [a]
    assert hash(CertificateChain([a.der])) == hash(CertificateChain([b.der]))


def test_copies_keep_the_chain() -> None:
    chain = CertificateChain(lab().chains["good"], hostname=GOOD, verdict=ok_verdict())
    for other in (pickle.loads(pickle.dumps(chain[0])), copy.copy(chain[0]), copy.deepcopy(chain[0])):
        assert other == chain[0]
        assert other.chain.hostname == GOOD
        assert other.verdict == chain.verdict


def test_a_chain_is_a_sequence_of_certificates_that_know_it() -> None:
    verdict = Verdict(ok=False, verified=True, code=10, reason="certificate has expired")
    tls = TLSInfo(version="TLSv1.3")
    chain = CertificateChain(lab().chains["good"], hostname=GOOD, verdict=verdict, tls=tls)
    assert len(chain) == 2
    assert chain.leaf is chain[0]
    assert list(chain[0:1]) == [chain[0]]
    assert chain[0].chain is chain
    assert chain[1].verdict is verdict
    assert chain[1].tls is tls
    assert chain.path == tuple(chain)
    assert repr(chain) == "<CertificateChain of 2 for 'good.test', refused: certificate has expired>"
    assert repr(CertificateChain([])) == "<CertificateChain of 0 for None>"
    assert CertificateChain([]).leaf is None


def test_a_certificate_alone_is_its_own_chain() -> None:
    c = lab_certificate("good")
    assert list(c.chain) == [c]
    assert c.verdict is None
    assert c.tls is None


def test_representations() -> None:
    c = lab_certificate("good")
    assert repr(c) == f"<Certificate 'good.test' issued by 'Lab Intermediate', 79 days left, SHA-256 {c.sha256[:23]}…>"
    assert set(c._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert set(c.chain._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_cryptography_is_imported_by_the_first_look_only() -> None:
    code = """
import sys
from kontena_ws_nb.tls import certificate, context, unverified, verify
chain = certificate.CertificateChain([b"x"], hostname="a.test", verdict=verify.ok_verdict())
chain[0].sha256, chain[0].pem, chain.ders, hash(chain), context.Trust.resolve(environ={})
assert "cryptography" not in sys.modules
chain[0].problems
assert "cryptography" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=Path(__file__).parents[3])
