"""Which certificate of a chain a refusal is about. OpenSSL knows the depth, but Python does not pass it on: it is found again by what the code means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from .fields import Key, Signature

# X509_V_ERR_* of OpenSSL's x509_vfy.h, as far as a TLS client meets them.
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
STRICT = frozenset(range(80, 95)) - {88}  # what only X509_STRICT minds

#: OpenSSL's security level 2 wants 112 bits: RSA from 2048 (SSL_CTX_set_security_level(3)).
_WEAK_RSA = 2048


class Link(Protocol):
    """What has to be known about each certificate of the chain; as `Certificate` has it."""

    @property
    def subject(self) -> str:
        """Whose it is."""

    @property
    def issuer(self) -> str:
        """Who signed it."""

    @property
    def self_issued(self) -> bool:
        """Whether both are the same."""

    @property
    def expired(self) -> bool:
        """Whether its time is over."""

    @property
    def not_yet_valid(self) -> bool:
        """Whether its time has not come."""

    @property
    def is_ca(self) -> bool:
        """Whether it may sign others."""

    @property
    def path_length(self) -> int | None:
        """How many CAs may stand below it."""

    @property
    def key(self) -> Key | None:
        """Its key."""

    @property
    def signature(self) -> Signature | None:
        """How it was signed."""


def failing_link(code: int, chain: Sequence[Link]) -> int | None:
    """Find the certificate a refusal is about.

    Parameters
    ----------
    code : int
        ``X509_V_ERR_*``.
    chain : CertificateChain
        What the server sent.

    Returns
    -------
    int or None
        Its index (0 is the leaf); None when it is none of them, such as an expired root of ours. OpenSSL knows the
        depth but Python does not pass it on, so it is found again by what the code means.
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
        return None  # which of them lies cannot be told from here
    return path[0]


def _linked(chain: Sequence[Link]) -> list[int]:
    """Follow issuer names from the leaf up; servers send certificates in any order, and others between them."""
    path = [0]
    while True:
        certificate = chain[path[-1]]
        above = (i for i, c in enumerate(chain) if i not in path and c.subject and c.subject == certificate.issuer)
        found = None if certificate.self_issued else next(above, None)
        if found is None:
            return path
        path.append(found)


def _first(chain: Sequence[Link], path: list[int], test: Callable[[Link], bool]) -> int | None:
    return next((i for i in path if test(chain[i])), None)


def _too_long(ca: Link, below: int) -> bool:
    return ca.path_length is not None and below > ca.path_length


def _weak_key(certificate: Link) -> bool:
    key = certificate.key
    return key is not None and key.bits < (_WEAK_RSA if key.type in ("RSA", "DSA") else 224)


def _weak_hash(certificate: Link) -> bool:
    signature = certificate.signature
    return signature is not None and signature.hash in ("sha1", "md5") and not certificate.self_issued
