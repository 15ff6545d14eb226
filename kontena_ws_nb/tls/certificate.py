"""`Certificate` and `CertificateChain`: a server's certificates, to read, compare and save.

Fields are parsed on first access, and never raise. Objects may be shared between threads; at worst, two threads parse
the same fields.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from ..render import bundle, rich
from ..system.paths import local_path
from ..system.whole_file import whole_file
from . import validity
from .failing_certificate import failing_certificate
from .fields import SCT, Extension, Fields, Key, Signature, read_fields
from .hostname import matches_any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .verdict import Verdict


@dataclass(frozen=True)
class TLSInfo:
    """Parameters of the TLS connection a chain came from; empty if the handshake failed before they were negotiated.

    Attributes
    ----------
    version : str
        ``"TLSv1.3"`` …
    cipher : str
        Its IANA or OpenSSL name.
    bits : int
        Secret bits of the cipher.
    alpn : str or None
        The application protocol the server chose.
    server_name : str or None
        The name sent as SNI and checked.
    resumed : bool
        The TLS session was resumed: the chain comes from an earlier handshake.
    """

    version: str = ""
    cipher: str = ""
    bits: int = 0
    alpn: str | None = None
    server_name: str | None = None
    resumed: bool = False

    @classmethod
    def of(cls, sslobj: Any) -> TLSInfo:
        """Read the parameters of a connection, whether its handshake succeeded or failed.

        Parameters
        ----------
        sslobj : ssl.SSLObject or ssl.SSLSocket
            The connection.

        Returns
        -------
        TLSInfo
        """
        name, _, bits = sslobj.cipher() or ("", "", 0)
        return cls(
            version=sslobj.version() or "",
            cipher=name,
            bits=bits,
            alpn=sslobj.selected_alpn_protocol(),
            server_name=sslobj.server_hostname,
            resumed=bool(sslobj.session_reused),
        )


class Certificate:
    """One certificate. Fields are parsed on first access, and never raise.

    Parameters
    ----------
    der : bytes
        Its DER, or any bytes that a server sent instead.
    chain : CertificateChain, optional
        The chain it is part of.

    Examples
    --------
    >>> Certificate(b"not a certificate").problems[0]
    'pin: truncated'
    """

    def __init__(self, der: bytes, *, chain: CertificateChain | None = None) -> None:
        self.der = bytes(der)
        self._chain = chain

    @cached_property
    def _fields(self) -> Fields:
        return read_fields(self.der)

    # -- names

    @property
    def subject(self) -> str:
        """The subject (RFC 4514 text)."""
        return self._fields.subject

    @property
    def issuer(self) -> str:
        """The issuer (RFC 4514 text)."""
        return self._fields.issuer

    @property
    def common_name(self) -> str | None:
        """The subject's common name."""
        return self._fields.common_name

    @property
    def issuer_common_name(self) -> str | None:
        """The issuer's common name."""
        return self._fields.issuer_common_name

    @property
    def organization(self) -> str | None:
        """The subject's organization."""
        return self._fields.organization

    @property
    def name(self) -> str:
        """A short name: the common name, otherwise the first alternative name, the subject, or a fingerprint."""
        f = self._fields
        return (
            f.common_name
            or (f.san[0].partition(":")[2] if f.san else "")
            or f.subject
            or f"certificate {self.sha256[:11]}"
        )

    @property
    def issuer_name(self) -> str:
        """The issuer's common name, otherwise its whole name."""
        return self._fields.issuer_common_name or self._fields.issuer or "nobody"

    @property
    def san(self) -> tuple[str, ...]:
        """Subject alternative names as ``KIND:value`` (RFC 5280 section 4.2.1.6)."""
        return self._fields.san

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The DNS names among the subject alternative names."""
        return tuple(name[4:] for name in self.san if name.startswith("DNS:"))

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """The IP addresses among the subject alternative names."""
        return tuple(name[3:] for name in self.san if name.startswith("IP:"))

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return self._fields.self_issued

    @property
    def self_signed(self) -> bool:
        """Whether it is signed with its own key."""
        return self._fields.self_signed

    # -- validity

    @property
    def not_before(self) -> datetime.datetime | None:
        """Start of its validity (UTC)."""
        return self._fields.not_before

    @property
    def not_after(self) -> datetime.datetime | None:
        """End of its validity (UTC)."""
        return self._fields.not_after

    @property
    def expires_in(self) -> datetime.timedelta | None:
        """Time left, negative once expired; None when it cannot be read."""
        return self.not_after - validity.now() if self.not_after else None

    @property
    def days_left(self) -> int | None:
        """Whole days left, negative once expired; None when it cannot be read."""
        left = self.expires_in
        return None if left is None else left.days

    @property
    def expired(self) -> bool:
        """Whether its validity has ended."""
        return self.not_after is not None and self.not_after < validity.now()

    @property
    def not_yet_valid(self) -> bool:
        """Whether its validity has not begun."""
        return self.not_before is not None and self.not_before > validity.now()

    # -- keys

    @property
    def key(self) -> Key | None:
        """Its public key: type, bits, curve or exponent."""
        return self._fields.key

    @property
    def signature(self) -> Signature | None:
        """The algorithm of its signature."""
        return self._fields.signature

    @property
    def sha256(self) -> str:
        """SHA-256 fingerprint, ``AA:BB:…``."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def sha1(self) -> str:
        """SHA-1 fingerprint, ``AA:BB:…``; to look it up, not to compare certificates, because SHA-1 is broken."""
        return hashlib.sha1(self.der, usedforsecurity=False).digest().hex(":").upper()

    @property
    def fingerprints(self) -> Mapping[str, str]:
        """Both fingerprints by name."""
        return {"sha256": self.sha256, "sha1": self.sha1}

    @property
    def pin(self) -> str:
        """``sha256/…`` over its public key, for ``connect(..., pin=…)`` (RFC 7469 section 2.4); empty if it cannot be read."""
        return self._fields.pin

    @property
    def subject_key_id(self) -> str:
        """Subject key identifier, hex."""
        return self._fields.subject_key_id

    @property
    def authority_key_id(self) -> str:
        """Authority key identifier, hex."""
        return self._fields.authority_key_id

    # -- usage

    @property
    def usages(self) -> tuple[str, ...]:
        """Key usages, then extended key usages."""
        return self.key_usage + self.extended_key_usage

    @property
    def key_usage(self) -> tuple[str, ...]:
        """Key usage (RFC 5280 section 4.2.1.3)."""
        return self._fields.key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...]:
        """Extended key usage (RFC 5280 section 4.2.1.12)."""
        return self._fields.extended_key_usage

    @property
    def is_ca(self) -> bool:
        """Whether it is a CA certificate (basicConstraints)."""
        return self._fields.is_ca

    @property
    def path_length(self) -> int | None:
        """How many CA certificates may follow below this one; None means no limit."""
        return self._fields.path_length

    @property
    def policies(self) -> tuple[str, ...]:
        """Policy OIDs."""
        return self._fields.policies

    @property
    def permitted_names(self) -> tuple[str, ...]:
        """Name constraints: the only names it may issue for."""
        return self._fields.permitted_names

    @property
    def excluded_names(self) -> tuple[str, ...]:
        """Name constraints: names it may not issue for."""
        return self._fields.excluded_names

    # -- revocation and transparency

    @property
    def ocsp(self) -> tuple[str, ...]:
        """URLs of OCSP responders."""
        return self._fields.ocsp

    @property
    def crl(self) -> tuple[str, ...]:
        """URLs of certificate revocation lists."""
        return self._fields.crl

    @property
    def ca_issuers(self) -> tuple[str, ...]:
        """URLs of the issuer's certificate."""
        return self._fields.ca_issuers

    @property
    def must_staple(self) -> bool:
        """Whether it requires a stapled OCSP response (RFC 7633)."""
        return self._fields.must_staple

    @property
    def scts(self) -> tuple[SCT, ...]:
        """Signed certificate timestamps embedded in it (RFC 6962)."""
        return self._fields.scts

    # -- the rest

    @property
    def version(self) -> int | None:
        """X.509 version, 1 to 3."""
        return self._fields.version

    @property
    def serial(self) -> str:
        """Serial number, upper-case hex."""
        return self._fields.serial

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """All extensions, with OID, name, and whether they are critical."""
        return self._fields.extensions

    @property
    def problems(self) -> tuple[str, ...]:
        """Fields that could not be read, and violations of RFC 5280 that the parser reports; normally empty."""
        return self._fields.problems

    # -- origin

    @property
    def chain(self) -> CertificateChain:
        """The chain it is part of; otherwise a chain of itself only."""
        return self._chain if self._chain is not None else CertificateChain((self.der,))

    @property
    def verdict(self) -> Verdict | None:
        """OpenSSL's verdict on the chain; None if the chain was not verified."""
        return self._chain.verdict if self._chain is not None else None

    @property
    def tls(self) -> TLSInfo | None:
        """Parameters of the TLS connection it came from."""
        return self._chain.tls if self._chain is not None else None

    @property
    def pem(self) -> str:
        """PEM text (RFC 7468)."""
        text = base64.b64encode(self.der).decode("ascii")
        body = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"

    def matches(self, hostname: str) -> bool:
        """Tell whether it is for a host, by OpenSSL's rules.

        Parameters
        ----------
        hostname : str
            A DNS name or an IP address.

        Returns
        -------
        bool
            Only subjectAltName is used (RFC 9525). This says nothing about trust.
        """
        return matches_any(self.dns_names, self.ip_addresses, hostname)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values.

        Returns
        -------
        dict
            Times are in ISO 8601.
        """
        fields = asdict(self._fields)
        fields["scts"] = [{"log_id": sct.log_id, "time": sct.time.isoformat()} for sct in self.scts]
        for name in ("not_before", "not_after"):
            fields[name] = fields[name].isoformat() if fields[name] else None
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        return {**plain, "days_left": self.days_left, **self.fingerprints, "size": len(self.der), "pem": self.pem}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file: DER if the name ends in ``.der`` or ``.cer``, otherwise PEM.

        Parameters
        ----------
        path : str or path-like
            The file (``~`` is the home directory). An existing one is replaced only when the new one is complete.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        OSError
            It cannot be written; an existing file is unchanged.
        """
        target = Path(local_path(path))
        with whole_file(target) as file:
            file.write(self.der if target.suffix.lower() in (".der", ".cer") else self.pem.encode("ascii"))
        return target

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, Certificate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        # repr() of the names, because the server chose them: it escapes control characters and bidirectional marks.
        left = self.expires_in
        when = (
            ""
            if left is None
            else f", expired {validity.span(-left)} ago"
            if self.expired
            else f", {validity.span(left)} left"
        )
        return (
            f"<Certificate {self.name[:80]!r} issued by {self.issuer_name[:80]!r}{when}, SHA-256 {self.sha256[:23]}…>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def __rich__(self) -> RenderableType:
        return rich(self)


class CertificateChain(Sequence[Certificate]):
    """The certificates a server sent, leaf first, with the verdict on them.

    Parameters
    ----------
    ders : iterable of bytes
        DER, leaf first, as sent.
    hostname : str, optional
        The host name that was checked.
    verdict : Verdict, optional
        OpenSSL's verdict.
    tls : TLSInfo, optional
        Parameters of the connection they came from.
    """

    def __init__(
        self,
        ders: Iterable[bytes],
        *,
        hostname: str | None = None,
        verdict: Verdict | None = None,
        tls: TLSInfo | None = None,
    ) -> None:
        self.hostname = hostname
        self.verdict = verdict
        self.tls = tls
        self._certificates = tuple(Certificate(der, chain=self) for der in ders)

    @property
    def ders(self) -> tuple[bytes, ...]:
        """The DER of each, leaf first."""
        return tuple(certificate.der for certificate in self)

    @property
    def leaf(self) -> Certificate | None:
        """The server's own certificate; None if it sent none."""
        return self[0] if self else None

    @property
    def pem(self) -> str:
        """All of them as PEM, leaf first."""
        return "".join(certificate.pem for certificate in self)

    @property
    def failing(self) -> int | None:
        """Index of the certificate the verdict is about; None if the verdict is good or about none of them."""
        if self.verdict is None or self.verdict.ok:
            return None
        return failing_certificate(self.verdict.code, self)

    @property
    def path(self) -> tuple[Certificate, ...]:
        """The chain to show, leaf first: the one OpenSSL built up to a trust anchor if it is good, otherwise the one sent."""
        if self.verdict is not None and self.verdict.path:
            return tuple(Certificate(der, chain=self) for der in self.verdict.path)
        return self._certificates

    def to_dict(self) -> dict[str, Any]:
        """Return chain, verdict and connection as JSON values.

        Returns
        -------
        dict
            With the keys ``hostname``, ``verdict``, ``tls``, ``failing`` and ``certificates``.
        """
        v = self.verdict
        verdict = v and {
            **{
                name: getattr(v, name)
                for name in ("ok", "verified", "pinned", "state", "code", "reason", "summary", "hint")
            },
        }
        return {
            "hostname": self.hostname,
            "verdict": verdict,
            "tls": asdict(self.tls) if self.tls else None,
            "failing": self.failing,
            "certificates": [certificate.to_dict() for certificate in self],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all certificates to a PEM file, leaf first.

        Parameters
        ----------
        path : str or path-like
            The file (``~`` is the home directory). An existing one is replaced only when the new one is complete.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        OSError
            It cannot be written; an existing file is unchanged.
        """
        target = Path(local_path(path))
        with whole_file(target) as file:
            file.write(self.pem.encode("ascii"))
        return target

    @overload
    def __getitem__(self, index: int) -> Certificate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Certificate]: ...
    def __getitem__(self, index: int | slice) -> Certificate | Sequence[Certificate]:
        return self._certificates[index]

    def __len__(self) -> int:
        return len(self._certificates)

    def __eq__(self, other: object) -> bool:
        return self.ders == other.ders if isinstance(other, CertificateChain) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ders)

    def __repr__(self) -> str:
        verdict = f", {self.verdict.summary}" if self.verdict is not None else ""
        return f"<CertificateChain of {len(self)} for {self.hostname!r}{verdict}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)
