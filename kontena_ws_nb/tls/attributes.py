"""The fields of one certificate as attributes, read on first look.

What lives here: the base class `certificate.Certificate` adds behaviour to; every attribute is documented here. What must not: parsing
(`fields`), judgement (`verdict`). Nothing raises. Shared between threads: at worst two of them read the same fields twice.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from functools import cached_property

from .fields import SCT, Extension, Fields, Key, Signature, read_fields


def now() -> datetime.datetime:
    """Tell the time validity is judged by (UTC); one place, so that tests can set it.

    Returns
    -------
    datetime.datetime
    """
    return datetime.datetime.now(datetime.timezone.utc)


def span(delta: datetime.timedelta) -> str:
    """Write a length of time in the largest unit that says something.

    Parameters
    ----------
    delta : datetime.timedelta
        Not negative.

    Returns
    -------
    str
        Such as ``"79 days"``, ``"3 h 20 min"``.
    """
    if delta.days:
        return f"{delta.days} day{'' if delta.days == 1 else 's'}"
    hours, minutes = delta.seconds // 3600, delta.seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


class Attributes:
    """Every field of a certificate.

    Parameters
    ----------
    der : bytes
        Its DER, or any bytes a server sent in its place.
    """

    def __init__(self, der: bytes) -> None:
        self.der = bytes(der)

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
        return f.common_name or (f.san[0].partition(":")[2] if f.san else "") or f.subject or f"certificate {self.sha256[:11]}"

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
        return self.not_after - now() if self.not_after else None

    @property
    def days_left(self) -> int | None:
        """Whole days left, negative once expired; None when it cannot be read."""
        left = self.expires_in
        return None if left is None else left.days

    @property
    def expired(self) -> bool:
        """Its validity has ended."""
        return self.not_after is not None and self.not_after < now()

    @property
    def not_yet_valid(self) -> bool:
        """Its validity has not begun."""
        return self.not_before is not None and self.not_before > now()

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
