"""`Certificate` and `CertificateChain`: what people hold, print, compare and save.

No field is parsed before it is looked at, and none raises. Objects are immutable in effect and may be shared between
threads: at worst two of them read the same fields twice.
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
from .failing_link import failing_link
from .fields import SCT, Extension, Fields, Key, Signature, read_fields
from .hostname import matches_any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .verdict import Verdict


@dataclass(frozen=True)
class TLSInfo:
    """Facts of the TLS connection a chain came from; empty where a handshake failed before settling them.

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
        The session was resumed: the chain comes from the first handshake.
    """

    version: str = ""
    cipher: str = ""
    bits: int = 0
    alpn: str | None = None
    server_name: str | None = None
    resumed: bool = False

    @classmethod
    def of(cls, sslobj: Any) -> TLSInfo:
        """Read the facts from a connection, also from one whose handshake failed.

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
    """One certificate. Nothing is parsed until a field is looked at, and no field ever raises.

    Parameters
    ----------
    der : bytes
        Its DER, or any bytes a server sent in its place.
    chain : CertificateChain, optional
        The chain it arrived in.

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

    # -- who

    @property
    def subject(self) -> str:
        """Whose it is (RFC 4514 text)."""
        return self._fields.subject

    @property
    def issuer(self) -> str:
        """Who signed it (RFC 4514 text)."""
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
        """The best short name there is: common name, first alternative name, subject, or a fingerprint."""
        f = self._fields
        return (
            f.common_name
            or (f.san[0].partition(":")[2] if f.san else "")
            or f.subject
            or f"certificate {self.sha256[:11]}"
        )

    @property
    def issuer_name(self) -> str:
        """The issuer's common name, or its whole name."""
        return self._fields.issuer_common_name or self._fields.issuer or "nobody"

    @property
    def san(self) -> tuple[str, ...]:
        """Subject alternative names as ``KIND:value`` (RFC 5280 section 4.2.1.6)."""
        return self._fields.san

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The DNS names it is for."""
        return tuple(name[4:] for name in self.san if name.startswith("DNS:"))

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        """The IP addresses it is for."""
        return tuple(name[3:] for name in self.san if name.startswith("IP:"))

    @property
    def self_issued(self) -> bool:
        """Subject and issuer are the same name."""
        return self._fields.self_issued

    @property
    def self_signed(self) -> bool:
        """Its own key signed it."""
        return self._fields.self_signed

    # -- when

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
        """Its validity has ended."""
        return self.not_after is not None and self.not_after < validity.now()

    @property
    def not_yet_valid(self) -> bool:
        """Its validity has not begun."""
        return self.not_before is not None and self.not_before > validity.now()

    # -- keys

    @property
    def key(self) -> Key | None:
        """Its public key: type, bits, curve or exponent."""
        return self._fields.key

    @property
    def signature(self) -> Signature | None:
        """How it was signed."""
        return self._fields.signature

    @property
    def sha256(self) -> str:
        """SHA-256 fingerprint, ``AA:BB:…``."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def sha1(self) -> str:
        """SHA-1 fingerprint, ``AA:BB:…``; for looking up, never for comparing."""
        return hashlib.sha1(self.der, usedforsecurity=False).digest().hex(":").upper()

    @property
    def fingerprints(self) -> Mapping[str, str]:
        """Both fingerprints by name."""
        return {"sha256": self.sha256, "sha1": self.sha1}

    @property
    def pin(self) -> str:
        """``sha256/…`` over its public key, for ``connect(..., pin=…)`` (RFC 7469 section 2.4); empty when unreadable."""
        return self._fields.pin

    @property
    def subject_key_id(self) -> str:
        """Subject key identifier, hex."""
        return self._fields.subject_key_id

    @property
    def authority_key_id(self) -> str:
        """Authority key identifier, hex."""
        return self._fields.authority_key_id

    # -- what for

    @property
    def usages(self) -> tuple[str, ...]:
        """Key usages, then extended key usages."""
        return self.key_usage + self.extended_key_usage

    @property
    def key_usage(self) -> tuple[str, ...]:
        """What the key may do (RFC 5280 section 4.2.1.3)."""
        return self._fields.key_usage

    @property
    def extended_key_usage(self) -> tuple[str, ...]:
        """What the certificate is for (RFC 5280 section 4.2.1.12)."""
        return self._fields.extended_key_usage

    @property
    def is_ca(self) -> bool:
        """It may sign others (basicConstraints)."""
        return self._fields.is_ca

    @property
    def path_length(self) -> int | None:
        """CA certificates allowed below this one; None is no limit."""
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

    # -- where to ask

    @property
    def ocsp(self) -> tuple[str, ...]:
        """OCSP responders."""
        return self._fields.ocsp

    @property
    def crl(self) -> tuple[str, ...]:
        """Revocation lists."""
        return self._fields.crl

    @property
    def ca_issuers(self) -> tuple[str, ...]:
        """Where the issuer's certificate can be had."""
        return self._fields.ca_issuers

    @property
    def must_staple(self) -> bool:
        """It demands a stapled OCSP answer (RFC 7633)."""
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
        """Every extension: OID, name, critical."""
        return self._fields.extensions

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, and oddities; empty for a proper certificate."""
        return self._fields.problems

    # -- where it came from

    @property
    def chain(self) -> CertificateChain:
        """The chain it arrived in; a chain of itself when it came alone."""
        return self._chain if self._chain is not None else CertificateChain((self.der,))

    @property
    def verdict(self) -> Verdict | None:
        """What OpenSSL says about the chain, when it was asked."""
        return self._chain.verdict if self._chain is not None else None

    @property
    def tls(self) -> TLSInfo | None:
        """Facts of the connection it came from."""
        return self._chain.tls if self._chain is not None else None

    @property
    def pem(self) -> str:
        """PEM text (RFC 7468)."""
        text = base64.b64encode(self.der).decode("ascii")
        body = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"

    def matches(self, hostname: str) -> bool:
        """Tell whether its names cover a host, by OpenSSL's rules.

        Parameters
        ----------
        hostname : str
            A DNS name or an IP address.

        Returns
        -------
        bool
            Names come from subjectAltName only (RFC 9525); this says nothing about trust.
        """
        return matches_any(self.dns_names, self.ip_addresses, hostname)

    def to_dict(self) -> dict[str, Any]:
        """Give every field as plain JSON values.

        Returns
        -------
        dict
            Times are ISO 8601 text.
        """
        fields = asdict(self._fields)
        fields["scts"] = [{"log_id": sct.log_id, "time": sct.time.isoformat()} for sct in self.scts]
        for name in ("not_before", "not_after"):
            fields[name] = fields[name].isoformat() if fields[name] else None
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        return {**plain, "days_left": self.days_left, **self.fingerprints, "size": len(self.der), "pem": self.pem}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file: DER when the name ends in ``.der`` or ``.cer``, else PEM.

        Parameters
        ----------
        path : path
            Where to (``~`` is the home folder); an existing file is replaced once the new one is whole.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        OSError
            It cannot be written; an existing file is as it was.
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
        # repr() of the names, not the names: they are the server's words, and repr escapes controls and bidi marks.
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
        The name that was checked.
    verdict : Verdict, optional
        What OpenSSL says.
    tls : TLSInfo, optional
        The connection they came from.
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
        """The server's own certificate; None when it sent none."""
        return self[0] if self else None

    @property
    def pem(self) -> str:
        """All of them as PEM, leaf first."""
        return "".join(certificate.pem for certificate in self)

    @property
    def failing(self) -> int | None:
        """Index of the link the verdict is about; None when the verdict is good or points at none of them."""
        if self.verdict is None or self.verdict.ok:
            return None
        return failing_link(self.verdict.code, self)

    @property
    def path(self) -> tuple[Certificate, ...]:
        """The chain to show, leaf first: the one OpenSSL built up to its trust anchor when good, else what was sent."""
        if self.verdict is not None and self.verdict.path:
            return tuple(Certificate(der, chain=self) for der in self.verdict.path)
        return self._certificates

    def to_dict(self) -> dict[str, Any]:
        """Give the chain, verdict and connection as plain JSON values.

        Returns
        -------
        dict
            Keys ``hostname verdict tls failing certificates``.
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
        path : path
            Where to (``~`` is the home folder); an existing file is replaced once the new one is whole.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        OSError
            It cannot be written; an existing file is as it was.
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
