"""A certificate lab: good and bad chains of every kind, made once per run in a temporary folder.

Like badssl.com, but here. Made with ``cryptography``; nothing touches the checkout. `lab()` is cheap after the first
call.
"""

from __future__ import annotations

import atexit
import datetime
import functools
import ipaddress
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

GOOD = "good.test"
PASSWORD = "open sesame"

#: (case, host): every row of the parity matrix. "case+what" uses the same certificate under another name.
MATRIX = [
    ("good", GOOD),
    ("rsa2048", GOOD),
    ("ed25519", GOOD),
    ("p384", GOOD),
    ("p521", GOOD),
    ("ed448", GOOD),
    ("expired", GOOD),
    ("notyet", GOOD),
    ("selfsigned", GOOD),
    ("untrusted_root_sent", GOOD),
    ("untrusted_root_unsent", GOOD),
    ("wronghost", GOOD),
    ("good+ip", "127.0.0.1"),
    ("ip_san", "127.0.0.1"),
    ("ip_as_dns", "127.0.0.1"),
    ("wronghost+ip", "127.0.0.1"),
    ("cn_only", GOOD),
    ("missing_inter", GOOD),
    ("wrong_order", GOOD),
    ("extra_certs", GOOD),
    ("weak_rsa1024", GOOD),
    ("sha1", GOOD),
    ("wild_ok", "a.test"),
    ("wild_ok+deep", "a.b.test"),
    ("wild_deep", "a.wild.test"),
    ("wild_deep+deep", "a.b.wild.test"),
    ("wild_partial", GOOD),
    ("wild_bare", "test"),
    ("eku_client", GOOD),
    ("eku_any", GOOD),
    ("eku_none", GOOD),
    ("nameconstraint", GOOD),
    ("not_a_ca", GOOD),
    ("expired_inter", GOOD),
    ("pathlen", GOOD),
    ("no_aki", GOOD),
    ("lazy_root", GOOD),
]

#: What OpenSSL 3 says without X509_STRICT; 0 is good.
EXPECTED = {
    "expired": 10,
    "notyet": 9,
    "selfsigned": 18,
    "untrusted_root_sent": 19,
    "untrusted_root_unsent": 20,
    "wronghost": 62,
    "ip_as_dns": 64,
    "wronghost+ip": 64,
    "cn_only": 62,
    "missing_inter": 20,
    "weak_rsa1024": 66,
    "sha1": 68,
    "wild_ok": 62,
    "wild_ok+deep": 62,
    "wild_deep+deep": 62,
    "wild_partial": 62,
    "wild_bare": 62,
    "eku_client": 26,
    "eku_any": 26,
    "nameconstraint": 47,
    "not_a_ca": 79,
    "expired_inter": 10,
    "pathlen": 25,
    "lazy_root": 20,
}


def days(count: float) -> datetime.datetime:
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(days=count)


def new_key(kind: str = "ec") -> Any:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    made = {
        "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ed448": ed448.Ed448PrivateKey.generate,
    }
    return made[kind]()


@dataclass
class Node:
    """A certificate and its key."""

    cert: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: str | None = None) -> bytes:
        encryption = (
            serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        )
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def issue(
    common_name: str,
    parent: Node | None = None,
    *,
    ca: bool = False,
    san: Sequence[str] = (),
    begins: float = -10,
    ends: float = 80,
    kind: str = "ec",
    eku: Sequence[x509.ObjectIdentifier] = (Usage.SERVER_AUTH,),
    key_usage: bool = True,
    aki: bool = True,
    path_length: int | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Node:
    """Issue a certificate; without a parent it signs itself."""
    key = new_key(kind)
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )
    signer = parent.key if parent else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(parent.cert.subject if parent else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(days(begins))
        .not_valid_after(days(ends))
        .add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if aki:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    if key_usage:
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        builder = builder.add_extension(usage, critical=True)
    if eku and not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(list(eku)), critical=False)
    if san:
        names = [x509.IPAddress(ipaddress.ip_address(s[3:])) if s.startswith("IP:") else x509.DNSName(s) for s in san]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    digest = None if isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)) else hashes.SHA256()
    return Node(builder.sign(signer, digest), key)


def resign_sha1(node: Node, parent: Node) -> Node:
    """Sign a certificate again with SHA-1, which the builder refuses: swap the OID (same length) and replace the signature."""
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    tbs = node.cert.tbs_certificate_bytes.replace(sha256, sha1)
    signature = parent.key.sign(tbs, padding.PKCS1v15(), hashes.SHA1())
    der = node.der.replace(sha256, sha1).replace(node.cert.signature, signature)
    return Node(x509.load_der_x509_certificate(der), node.key)


@dataclass
class CertificateLab:
    """The lab: `folder` holds ``<case>.pem`` (chain) and ``<case>.key``; `chains` the same as DER, leaf first."""

    folder: Path
    chains: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)

    def write(self, case: str, leaf: Node, *above: Node) -> None:
        (self.folder / f"{case}.pem").write_bytes(b"".join(node.pem for node in (leaf, *above)))
        (self.folder / f"{case}.key").write_bytes(leaf.key_pem())
        self.chains[case] = tuple(node.der for node in (leaf, *above))
        self.nodes[case] = leaf

    def path(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def ca_file(self) -> str:
        """The root every good case leads to."""
        return self.path("root.pem")


@functools.lru_cache(maxsize=1)
def lab() -> CertificateLab:
    """Make the lab, once per process."""
    folder = Path(tempfile.mkdtemp(prefix="certificate-lab-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = CertificateLab(folder)
    root = issue("Lab Root", ca=True, begins=-900, ends=3000)
    inter = issue("Lab Intermediate", root, ca=True, begins=-800, ends=2000, path_length=0)
    untrusted = issue("Lab Untrusted Root", ca=True, begins=-900, ends=3000)
    for name, node in (("root", root), ("inter", inter), ("untrusted", untrusted)):
        (folder / f"{name}.pem").write_bytes(node.pem)
        made.nodes[name] = node

    def leaf(
        case: str, *above: Node, parent: Node = inter, cn: str = GOOD, san: Sequence[str] = (GOOD,), **options: Any
    ) -> None:
        made.write(case, issue(cn, parent, san=san, **options), *above)

    leaf(
        "good",
        inter,
        san=(GOOD, "www.good.test", "*.good.test", "localhost", "IP:127.0.0.1", "IP:::1"),
        extra=_everything(),
    )
    leaf("expired", inter, begins=-100, ends=-3)
    leaf("notyet", inter, begins=5, ends=100)
    made.write("selfsigned", issue(GOOD, san=(GOOD, "localhost", "IP:127.0.0.1")))
    leaf("untrusted_root_sent", untrusted, parent=untrusted)
    leaf("untrusted_root_unsent", parent=untrusted)
    leaf("wronghost", inter, cn="other.test", san=("other.test",))
    leaf("ip_san", inter, cn="ip", san=("IP:127.0.0.1",))
    leaf("ip_as_dns", inter, cn="127.0.0.1", san=("127.0.0.1",))
    leaf("cn_only", inter, san=())
    leaf("missing_inter")
    leaf("wrong_order", root, inter)
    leaf("extra_certs", untrusted, inter, root)
    for case, san in (
        ("wild_ok", "*.test"),
        ("wild_deep", "*.wild.test"),
        ("wild_partial", "go*.test"),
        ("wild_bare", "*"),
    ):
        leaf(case, inter, cn=san, san=(san,))
    leaf("eku_client", inter, eku=(Usage.CLIENT_AUTH,))
    leaf("eku_any", inter, eku=(Usage.ANY_EXTENDED_KEY_USAGE,))
    leaf("eku_none", inter, eku=())
    constraint = x509.NameConstraints([x509.DNSName("other.test")], [x509.DNSName("bad.other.test")])
    constrained = issue("Lab Constrained", root, ca=True, extra=[(constraint, True)])
    leaf("nameconstraint", constrained, parent=constrained)
    fake = issue("Lab not a CA", root, san=("x.test",))
    leaf("not_a_ca", fake, parent=fake)
    old = issue("Lab Expired Intermediate", root, ca=True, begins=-400, ends=-30)
    leaf("expired_inter", old, parent=old)
    deeper = issue("Lab pathlen breaker", inter, ca=True)
    leaf("pathlen", deeper, inter, parent=deeper)
    leaf("no_aki", inter, aki=False)
    lazy = issue("Lab Lazy Root", ca=True, key_usage=False, aki=False)
    leaf("lazy_root", parent=lazy, aki=False)
    for kind in ("rsa2048", "ed25519", "ed448", "p384", "p521"):
        leaf(kind, inter, kind=kind)
    leaf("weak_rsa1024", inter, kind="rsa1024")
    rsa_ca = issue("Lab RSA Intermediate", root, ca=True, kind="rsa2048")
    made.write("sha1", resign_sha1(issue(GOOD, rsa_ca, san=(GOOD,)), rsa_ca), rsa_ca)
    _clients(made, root)
    return made


def _everything() -> list[tuple[x509.ExtensionType, bool]]:
    """Extensions a card shows."""

    def uri(text: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(text)

    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(Access.OCSP, uri("http://ocsp.good.test")),
            x509.AccessDescription(Access.CA_ISSUERS, uri("http://ca.good.test/inter.crt")),
        ]
    )
    crl = x509.CRLDistributionPoints(
        [x509.DistributionPoint([uri("http://crl.good.test/inter.crl")], None, None, None)]
    )
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)])
    return [(access, False), (crl, False), (policies, False)]


def _clients(made: CertificateLab, root: Node) -> None:
    """Client certificates: PEM with and without its key, an encrypted key, PKCS#12 of several kinds."""
    client = issue("client", root, eku=(Usage.CLIENT_AUTH,))
    made.write("client", client)
    made.write("other_client", issue("other client", root, eku=(Usage.CLIENT_AUTH,)))
    folder = made.folder
    (folder / "client_both.pem").write_bytes(client.pem + client.key_pem())
    (folder / "client_encrypted.key").write_bytes(client.key_pem(PASSWORD))
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    plain = serialization.NoEncryption()
    (folder / "client.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"me", client.key, client.cert, [root.cert], locked)
    )
    (folder / "client_open.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"me", client.key, client.cert, None, plain)
    )
    (folder / "client_keyless.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"me", None, client.cert, None, plain)
    )
    (folder / "client_certless.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"me", client.key, None, None, plain)
    )
