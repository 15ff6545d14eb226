"""Finds the public key in the DER of a certificate (RFC 5280 section 4.1), to compute its pin.

Not with the ``cryptography`` package, because a pin must also work for certificates that it refuses to parse. All other
fields are read by `fields`, with that package. Pure functions, any thread.
"""

from __future__ import annotations

import base64
import hashlib

_SEQUENCE = 0x30
_EXPLICIT_0 = 0xA0


class DERError(ValueError):
    """The bytes are not the DER of a certificate."""


def public_key_info(der: bytes) -> bytes:
    """Extract the SubjectPublicKeyInfo of a certificate.

    Parameters
    ----------
    der : bytes
        A certificate.

    Returns
    -------
    bytes
        The DER of its SubjectPublicKeyInfo, header included.

    Raises
    ------
    DERError
        The bytes are not a certificate.
    """
    start, _ = _enter(der, 0, _SEQUENCE)  # Certificate
    at, end = _enter(der, start, _SEQUENCE)  # TBSCertificate
    if der[at : at + 1] == bytes([_EXPLICIT_0]):  # version, left out in v1
        at = _skip(der, at, end)
    for _ in range(5):  # serialNumber, signature, issuer, validity, subject
        at = _skip(der, at, end)
    _enter(der, at, _SEQUENCE)
    return der[at : _skip(der, at, end)]


def pin_of(der: bytes) -> str:
    """Compute the pin of a certificate's public key.

    Parameters
    ----------
    der : bytes
        A certificate.

    Returns
    -------
    str
        ``sha256/`` and the base64 of SHA-256 over SubjectPublicKeyInfo (RFC 7469 section 2.4).

    Raises
    ------
    DERError
        The bytes are not a certificate.
    """
    return "sha256/" + base64.b64encode(hashlib.sha256(public_key_info(der)).digest()).decode("ascii")


def _header(der: bytes, at: int) -> tuple[int, int, int]:
    """Read the tag, and the start and end of the content, at a position; lengths of up to 4 bytes (X.690 section 8.1.3)."""
    if at + 2 > len(der):
        raise DERError("truncated")
    tag, length = der[at], der[at + 1]
    at += 2
    if length >= 0x80:
        width = length & 0x7F
        if not 1 <= width <= 4 or at + width > len(der):
            raise DERError("bad length")
        length = int.from_bytes(der[at : at + width], "big")
        at += width
    if at + length > len(der):
        raise DERError("truncated")
    return tag, at, at + length


def _enter(der: bytes, at: int, expected: int) -> tuple[int, int]:
    tag, start, end = _header(der, at)
    if tag != expected:
        raise DERError(f"tag {tag:#x} instead of {expected:#x}")
    return start, end


def _skip(der: bytes, at: int, limit: int) -> int:
    _, _, end = _header(der, at)
    if end > limit:
        raise DERError("an element is longer than its parent")
    return end
