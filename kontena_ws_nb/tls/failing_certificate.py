"""Finds the certificate of a chain that an OpenSSL error is about: Python's ssl module does not expose the error depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from .fields import Key, Signature

# X509_V_ERR_* of OpenSSL's x509_vfy.h that occur in TLS clients.
NOT_YET_VALID, EXPIRED = 9, 10
SIGNATURE_FAILURE = 7
SELF_SIGNED_LEAF, SELF_SIGNED_ROOT = 18, 19
NO_ISSUER = frozenset({2, 20, 21})  # issuer not found (locally, or to verify the leaf)
NOT_A_CA = frozenset({24, 32, 79})
PATH_LENGTH = 25
PURPOSE = 26
NAME_CONSTRAINTS = frozenset({47, 48})
WRONG_NAME, WRONG_ADDRESS = 62, 64
WEAK_LEAF_KEY, WEAK_CA_KEY, WEAK_HASH = 66, 67, 68
STRICT = frozenset(range(80, 95)) - {88}  # only with X509_STRICT

#: OpenSSL's security level 2 requires 112 bits of security: RSA with 2048 bits (SSL_CTX_set_security_level(3)).
_WEAK_RSA = 2048


class ChainMember(Protocol):
    """What is used of a certificate; see `Certificate`."""

    @property
    def subject(self) -> str:
        """As `Certificate.subject`."""

    @property
    def issuer(self) -> str:
        """As `Certificate.issuer`."""

    @property
    def self_issued(self) -> bool:
        """As `Certificate.self_issued`."""

    @property
    def expired(self) -> bool:
        """As `Certificate.expired`."""

    @property
    def not_yet_valid(self) -> bool:
        """As `Certificate.not_yet_valid`."""

    @property
    def is_ca(self) -> bool:
        """As `Certificate.is_ca`."""

    @property
    def path_length(self) -> int | None:
        """As `Certificate.path_length`."""

    @property
    def key(self) -> Key | None:
        """As `Certificate.key`."""

    @property
    def signature(self) -> Signature | None:
        """As `Certificate.signature`."""


def failing_certificate(code: int, chain: Sequence[ChainMember]) -> int | None:
    """Find the certificate that an error is about, from the meaning of the error code.

    Parameters
    ----------
    code : int
        ``X509_V_ERR_*``.
    chain : CertificateChain
        The certificates that the server sent.

    Returns
    -------
    int or None
        Its index (0 is the leaf); None if it is none of them, such as an expired root in the trust store.
    """
    if not chain:
        return None
    path = _linked(chain)
    if code == EXPIRED:
        return _first(chain, path, lambda c: c.expired)
    if code == NOT_YET_VALID:
        return _first(chain, path, lambda c: c.not_yet_valid)
    if code in NO_ISSUER or code == SELF_SIGNED_ROOT:
        return path[-1]
    if code in NOT_A_CA:
        return _first(chain, path[1:], lambda c: not c.is_ca)
    if code == PATH_LENGTH:
        return next((i for depth, i in enumerate(path) if depth and _too_long(chain[i], depth - 1)), None)
    if code == WEAK_CA_KEY:
        return _first(chain, path[1:], _weak_key)
    if code == WEAK_HASH:
        return _first(chain, path, _weak_hash)
    if code == SIGNATURE_FAILURE:
        return None  # this needs the depth
    return path[0]


def _linked(chain: Sequence[ChainMember]) -> list[int]:
    """Follow the issuer names from the leaf; servers may send certificates in any order, and unrelated ones."""
    path = [0]
    while True:
        certificate = chain[path[-1]]
        above = (i for i, c in enumerate(chain) if i not in path and c.subject and c.subject == certificate.issuer)
        found = None if certificate.self_issued else next(above, None)
        if found is None:
            return path
        path.append(found)


def _first(chain: Sequence[ChainMember], path: list[int], test: Callable[[ChainMember], bool]) -> int | None:
    return next((i for i in path if test(chain[i])), None)


def _too_long(ca: ChainMember, below: int) -> bool:
    return ca.path_length is not None and below > ca.path_length


def _weak_key(certificate: ChainMember) -> bool:
    key = certificate.key
    return key is not None and key.bits < (_WEAK_RSA if key.type in ("RSA", "DSA") else 224)


def _weak_hash(certificate: ChainMember) -> bool:
    signature = certificate.signature
    return signature is not None and signature.hash in ("sha1", "md5") and not certificate.self_issued
