"""Reads the fields of a certificate from its DER, with the ``cryptography`` package.

That package is imported on first use, because that takes 60 ms. Reading never raises, whatever a server sent: fields
are read one by one, and those that cannot be read are listed in `Fields.problems`. Any thread.
"""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from .der import pin_of

if TYPE_CHECKING:
    from cryptography import x509

_T = TypeVar("_T")


@dataclass(frozen=True)
class Key:
    """A public key: ``type`` (``"RSA"``, ``"EC"``, ``"Ed25519"`` …), ``bits`` (0 if unknown) and ``detail`` (curve or exponent)."""

    type: str
    bits: int = 0
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.type, f"{self.bits} bit" if self.bits else "", self.detail)))


@dataclass(frozen=True)
class Signature:
    """A signature algorithm: ``algorithm`` (its name, or the dotted OID) and ``hash`` (None for EdDSA)."""

    algorithm: str
    hash: str | None = None

    def __str__(self) -> str:
        return self.algorithm


@dataclass(frozen=True)
class SCT:
    """One signed certificate timestamp (RFC 6962 section 3.2): ``log_id`` in hex and its ``time``."""

    log_id: str
    time: datetime.datetime


@dataclass(frozen=True)
class Extension:
    """One extension: dotted ``oid``, ``name``, and whether it is ``critical``."""

    oid: str
    name: str
    critical: bool


@dataclass(frozen=True)
class Fields:
    """The result of `read_fields`. Fields that could not be read have their defaults, and are named in ``problems``.

    `certificate.Certificate` documents the attributes.
    """

    subject: str = ""
    issuer: str = ""
    common_name: str | None = None
    issuer_common_name: str | None = None
    organization: str | None = None
    self_issued: bool = False
    self_signed: bool = False
    version: int | None = None
    serial: str = ""
    not_before: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    key: Key | None = None
    signature: Signature | None = None
    pin: str = ""
    san: tuple[str, ...] = ()
    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    is_ca: bool = False
    path_length: int | None = None
    subject_key_id: str = ""
    authority_key_id: str = ""
    ocsp: tuple[str, ...] = ()
    ca_issuers: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    permitted_names: tuple[str, ...] = ()
    excluded_names: tuple[str, ...] = ()
    must_staple: bool = False
    scts: tuple[SCT, ...] = ()
    extensions: tuple[Extension, ...] = ()
    problems: tuple[str, ...] = ()


_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def read_fields(der: bytes) -> Fields:
    """Read every field of a certificate.

    Parameters
    ----------
    der : bytes
        The certificate, or any bytes.

    Returns
    -------
    Fields
        Never raises.
    """
    from cryptography import x509

    reader = _Reader()
    # cryptography warns of violations such as negative serial numbers; these become problems.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pin = reader("pin", lambda: pin_of(der), "")
        certificate = reader("certificate", lambda: x509.load_der_x509_certificate(der), None)
        bare = Fields(pin=pin)
        # _read guards each field; this guards against what a future release of cryptography may raise elsewhere.
        fields = bare if certificate is None else reader("fields", lambda: _read(reader, certificate, pin), bare)
    problems = (*reader.problems, *dict.fromkeys(_short(str(w.message)) for w in caught))
    return replace(fields, problems=problems)


class _Reader:
    """Reads a field; if that raises, notes a problem and returns a default."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, name: str, read: Callable[[], _T], default: _T) -> _T:
        try:
            return read()
        except BaseException as exc:  # the input may be hostile
            # A panic in cryptography's Rust code is a BaseException of pyo3. Interrupts and exits are raised.
            if not isinstance(exc, Exception) and type(exc).__name__ != "PanicException":
                raise
            self.problems.append(_short(f"{name}: {str(exc) or type(exc).__name__}"))
            return default


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


def _read(reader: _Reader, c: x509.Certificate, pin: str) -> Fields:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

    extensions = reader("extensions", lambda: c.extensions, None)

    by_type = {type(extension.value): extension.value for extension in extensions or ()}

    def value(cls: type[Any]) -> Any:
        return by_type.get(cls)

    san = value(x509.SubjectAlternativeName)
    usage = value(x509.KeyUsage)
    eku = value(x509.ExtendedKeyUsage)
    basic = value(x509.BasicConstraints)
    ski = value(x509.SubjectKeyIdentifier)
    aki = value(x509.AuthorityKeyIdentifier)
    access = value(x509.AuthorityInformationAccess) or ()
    crl = value(x509.CRLDistributionPoints) or ()
    names = value(x509.NameConstraints)
    feature = value(x509.TLSFeature) or ()

    def located(method: x509.ObjectIdentifier) -> tuple[str, ...]:
        return tuple(str(a.access_location.value) for a in access if a.access_method == method)

    return Fields(
        subject=reader("subject", lambda: _text(c.subject), ""),
        issuer=reader("issuer", lambda: _text(c.issuer), ""),
        common_name=reader("common name", lambda: _attribute(c.subject, NameOID.COMMON_NAME), None),
        issuer_common_name=reader("issuer's common name", lambda: _attribute(c.issuer, NameOID.COMMON_NAME), None),
        organization=reader("organization", lambda: _attribute(c.subject, NameOID.ORGANIZATION_NAME), None),
        self_issued=reader("names", lambda: c.subject == c.issuer, False),
        self_signed=reader("self-signature", lambda: _self_signed(c), False),
        version=reader("version", lambda: c.version.value + 1, None),
        serial=reader("serial", lambda: f"{c.serial_number:X}", ""),
        not_before=reader("not before", lambda: c.not_valid_before_utc, None),
        not_after=reader("not after", lambda: c.not_valid_after_utc, None),
        key=reader("key", lambda: _key(c), None),
        signature=reader("signature", lambda: _signature(c), None),
        pin=pin,
        san=reader("subject alternative names", lambda: tuple(map(general_name, san or ())), ()),
        key_usage=reader("key usage", lambda: tuple(n for n in _KEY_USAGES if usage and getattr(usage, n)), ()),
        extended_key_usage=reader("extended key usage", lambda: tuple(map(_oid_name, eku or ())), ()),
        is_ca=bool(basic and basic.ca),
        path_length=basic.path_length if basic else None,
        subject_key_id=ski.digest.hex() if ski else "",
        authority_key_id=aki.key_identifier.hex() if aki and aki.key_identifier else "",
        ocsp=reader("OCSP", lambda: located(AuthorityInformationAccessOID.OCSP), ()),
        ca_issuers=reader("CA issuers", lambda: located(AuthorityInformationAccessOID.CA_ISSUERS), ()),
        crl=reader("CRL", lambda: tuple(str(n.value) for point in crl for n in point.full_name or ()), ()),
        policies=reader(
            "policies",
            lambda: tuple(p.policy_identifier.dotted_string for p in value(x509.CertificatePolicies) or ()),
            (),
        ),
        permitted_names=reader(
            "name constraints", lambda: tuple(map(general_name, (names and names.permitted_subtrees) or ())), ()
        ),
        excluded_names=reader(
            "name constraints", lambda: tuple(map(general_name, (names and names.excluded_subtrees) or ())), ()
        ),
        must_staple=x509.TLSFeatureType.status_request in feature,
        scts=reader("SCTs", lambda: tuple(map(_sct, value(x509.PrecertificateSignedCertificateTimestamps) or ())), ()),
        extensions=tuple(Extension(e.oid.dotted_string, _oid_name(e.oid), e.critical) for e in extensions or ()),
    )


def _text(name: x509.Name) -> str:
    return name.rfc4514_string()


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    found = name.get_attributes_for_oid(oid)
    if not found:
        return None
    value = found[-1].value  # the most specific one is last
    return value if isinstance(value, str) else value.decode("latin-1")


def general_name(name: x509.GeneralName) -> str:
    """Write a GeneralName as ``KIND:value``.

    Parameters
    ----------
    name : cryptography.x509.GeneralName
        From subjectAltName or NameConstraints (RFC 5280 section 4.2.1.6).

    Returns
    -------
    str
        Such as ``"DNS:example.org"`` or ``"IP:::1"``.
    """
    from cryptography import x509

    if isinstance(name, x509.DirectoryName):
        return f"DirName:{name.value.rfc4514_string()}"
    if isinstance(name, x509.RegisteredID):
        return f"OID:{name.value.dotted_string}"
    if isinstance(name, x509.OtherName):
        return f"Other:{name.type_id.dotted_string}"
    kinds = {x509.DNSName: "DNS", x509.IPAddress: "IP", x509.RFC822Name: "Email", x509.UniformResourceIdentifier: "URI"}
    return f"{kinds[type(name)]}:{name.value}"


def _self_signed(c: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if c.subject != c.issuer:
        return False
    try:
        c.verify_directly_issued_by(c)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def _key(c: x509.Certificate) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = c.public_key()
    except UnsupportedAlgorithm:
        return Key(_oid_name(c.public_key_algorithm_oid))
    if isinstance(key, rsa.RSAPublicKey):
        return Key("RSA", key.key_size, f"e={key.public_numbers().e}")
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key("EC", key.key_size, key.curve.name)
    name = type(key).__name__.removesuffix("PublicKey").lstrip("_")
    return Key(name, {"Ed25519": 256, "Ed448": 456}.get(name, getattr(key, "key_size", 0)))


def _signature(c: x509.Certificate) -> Signature:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = c.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    return Signature(_oid_name(c.signature_algorithm_oid), algorithm.name if algorithm else None)


def _sct(sct: Any) -> SCT:
    return SCT(sct.log_id.hex(), sct.timestamp.replace(tzinfo=datetime.timezone.utc))


def _oid_name(oid: x509.ObjectIdentifier) -> str:
    name = oid._name  # cryptography has no public name for it
    return oid.dotted_string if name == "Unknown OID" else name
