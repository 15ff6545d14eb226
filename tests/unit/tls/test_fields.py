"""Fields of invalid certificates: what can be read is read, the rest is a problem, and nothing raises."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from kontena_ws_nb.tls.certificate import Certificate
from kontena_ws_nb.tls.fields import SCT, Fields, Key, Signature, _key, _sct, _signature, read_fields
from tests.lab.certificates import lab


def lab_certificate(case: str) -> Certificate:
    return Certificate(lab().nodes[case].der)


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


def test_every_kind_of_alternative_name() -> None:
    names = [
        x509.RFC822Name("a@b.test"),
        x509.UniformResourceIdentifier("https://u.test"),
        x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dir")])),
        x509.RegisteredID(ObjectIdentifier("1.2.3")),
        x509.OtherName(ObjectIdentifier("1.2.3.4"), b"\x0c\x01x"),
    ]
    c = Certificate(build(x509.SubjectAlternativeName(names), names=[]))
    assert c.san == ("Email:a@b.test", "URI:https://u.test", "DirName:CN=dir", "OID:1.2.3", "Other:1.2.3.4")
    assert c.name == "a@b.test"
    assert c.issuer_name == "nobody"


def test_staple_key_identifier_and_half_filled_extensions() -> None:
    c = Certificate(
        build(
            x509.TLSFeature([x509.TLSFeatureType.status_request]),
            x509.AuthorityKeyIdentifier(None, None, None),
            x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint(
                        None, x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "r")]), None, None
                    )
                ]
            ),
            x509.NameConstraints(None, [x509.DNSName("no.test")]),
            x509.ExtendedKeyUsage([ObjectIdentifier("1.2.3.4.5")]),
        )
    )
    assert c.must_staple
    assert c.authority_key_id == ""
    assert c.crl == ()
    assert (c.permitted_names, c.excluded_names) == ((), ("DNS:no.test",))
    assert c.extended_key_usage == ("1.2.3.4.5",)


def test_a_binary_name_is_still_text() -> None:
    c = Certificate(build(names=[x509.NameAttribute(NameOID.COMMON_NAME, "cn"), _bit_string()]))
    assert "cn" in c.subject
    from kontena_ws_nb.tls.fields import _attribute

    assert _attribute(x509.Name([_bit_string()]), NameOID.X500_UNIQUE_IDENTIFIER) == "\x00\xff"


def _bit_string() -> x509.NameAttribute:
    from cryptography.x509.name import _ASN1Type

    return x509.NameAttribute(NameOID.X500_UNIQUE_IDENTIFIER, b"\x00\xff", _ASN1Type.BitString)


def test_a_timestamp_of_a_log() -> None:
    when = datetime.datetime(2026, 1, 2, 3, 4, 5)
    sct = _sct(SimpleNamespace(log_id=b"\xaa" * 32, timestamp=when))
    assert sct == SCT("aa" * 32, when.replace(tzinfo=datetime.timezone.utc))


def test_algorithms_cryptography_does_not_know_are_named_by_their_oid() -> None:
    class Odd:
        public_key_algorithm_oid = ObjectIdentifier("1.2.3.9")
        signature_algorithm_oid = ObjectIdentifier("1.2.3.8")

        def public_key(self) -> None:
            raise UnsupportedAlgorithm("key")

        @property
        def signature_hash_algorithm(self) -> None:
            raise UnsupportedAlgorithm("hash")

    assert _key(Odd()) == Key("1.2.3.9")  # type: ignore[arg-type]
    assert _signature(Odd()) == Signature("1.2.3.8", None)  # type: ignore[arg-type]


def test_one_bad_extension_leaves_the_rest_readable() -> None:
    der = lab().nodes["good"].der
    at = der.index(b"\x03\x55\x1d\x11")  # subjectAltName; break the first tag of its content
    broken = bytearray(der)
    san = der.index(b"\x82\x09good.test", at)
    broken[san] = 0x9F
    c = Certificate(bytes(broken))
    assert any(problem.startswith("extensions: ") for problem in c.problems)
    assert c.subject == "CN=good.test,O=Lab"
    assert c.san == ()
    assert c.extensions == ()
    assert c.not_after is not None


def test_oddities_are_problems_not_warnings() -> None:
    der = bytearray(lab().nodes["good"].der)
    serial = lab().nodes["good"].cert.serial_number.to_bytes(20, "big").lstrip(b"\0")
    at = bytes(der).index(serial)
    der[at] = 0x80  # a negative serial number, whatever follows (0xFF and a set bit would not be DER)
    c = Certificate(bytes(der))
    assert c.serial
    assert any("serial" in problem for problem in c.problems)


def test_long_problems_are_cut() -> None:
    from kontena_ws_nb.tls.fields import _short

    assert len(_short("x" * 999)) == 200
    assert _short("x") == "x"


def test_readers_problems_have_words_even_if_the_error_has_none() -> None:
    from kontena_ws_nb.tls.fields import _Reader

    reader = _Reader()

    def fail() -> int:
        raise ValueError

    assert reader("field", fail, 5) == 5
    assert reader.problems == ["field: ValueError"]


def test_a_panic_of_the_parser_is_a_problem_and_an_interrupt_is_not() -> None:
    from kontena_ws_nb.tls.fields import _Reader

    panic = type("PanicException", (BaseException,), {})  # as pyo3 makes it

    def fail(error: BaseException) -> int:
        raise error

    reader = _Reader()
    assert reader("field", lambda: fail(panic("boom")), 5) == 5
    assert reader.problems == ["field: boom"]
    with pytest.raises(KeyboardInterrupt):
        reader("field", lambda: fail(KeyboardInterrupt()), 5)


@given(st.binary(max_size=200))
def test_no_bytes_ever_raise(data: bytes) -> None:
    fields = read_fields(data)
    assert isinstance(fields, Fields)
    assert fields.problems


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_ever_raises(damage: list[tuple[int, int]]) -> None:
    der = bytearray(lab().nodes["good"].der)
    for at, value in damage:
        der[at % len(der)] = value
    c = Certificate(bytes(der))
    assert repr(c).isprintable()
    assert json.dumps(c.to_dict())
    assert c.matches("x.test") in (True, False)
