"""Hints for OpenSSL's verification errors: what is wrong and what to do, in one sentence.

Names in certificates are chosen by the server, so they are shown with ``repr``, which escapes control characters and
bidirectional marks, and shortened. Pure functions, any thread.
"""

from __future__ import annotations

from . import validity
from .certificate import Certificate, CertificateChain
from .context import Trust
from .failing_certificate import (
    EXPIRED,
    NAME_CONSTRAINTS,
    NO_ISSUER,
    NOT_A_CA,
    NOT_YET_VALID,
    PATH_LENGTH,
    PURPOSE,
    SELF_SIGNED_LEAF,
    SELF_SIGNED_ROOT,
    SIGNATURE_FAILURE,
    STRICT,
    WEAK_CA_KEY,
    WEAK_HASH,
    WEAK_LEAF_KEY,
    WRONG_ADDRESS,
    WRONG_NAME,
    failing_certificate,
)

#: Errors about a missing trust anchor, for which the hint also suggests to pin the key.
_UNTRUSTED = NO_ISSUER | {SELF_SIGNED_LEAF, SELF_SIGNED_ROOT}


def hint(code: int, chain: CertificateChain, *, hostname: str | None, trust: Trust, url: str | None = None) -> str:
    """Say what is wrong and what to do.

    Parameters
    ----------
    code : int
        ``X509_V_ERR_*``.
    chain : CertificateChain
        The certificates that the server sent.
    hostname : str or None
        The host name that was checked.
    trust : Trust
        The trust store.
    url : str, optional
        The URL, secrets masked, for the call that pins the key.

    Returns
    -------
    str
        One sentence, lower case, no full stop; never empty.
    """
    at = failing_certificate(code, chain)
    which = None if at is None else chain[at]
    what = (
        "a CA certificate of the trust store"
        if which is None
        else "the certificate"
        if at == 0
        else f"the chain's {_name(which.name)}"
    )
    if code == EXPIRED:
        when = (
            ""
            if which is None or which.expires_in is None
            else f" {validity.span(-which.expires_in)} ago ({which.not_after:%Y-%m-%d})"
        )
        return f"{what} expired{when}; it has to be renewed on the server"
    if code == NOT_YET_VALID:
        return _not_yet(what, which)
    if code in _UNTRUSTED and chain:
        return f"{_untrusted(code, chain, which or chain[0], trust)}{_pinning(chain[0], url)}"
    if code in (WRONG_NAME, WRONG_ADDRESS) and chain:
        return _wrong_name(chain[0], hostname)
    if code in (WEAK_LEAF_KEY, WEAK_CA_KEY):
        size = f" ({which.key})" if which is not None and which.key else ""
        return f"the key of {what}{size} is too weak for OpenSSL's security level; reissue it with RSA of 2048 bits or more, or P-256"
    if code == WEAK_HASH:
        return f"{what} is signed with a broken hash (SHA-1 or MD5); reissue it with SHA-256"
    if code == PURPOSE:
        return "the certificate is not meant for TLS servers (extended key usage); reissue it with serverAuth"
    if code in NAME_CONSTRAINTS:
        return (
            "a CA in the chain is name-constrained and may not issue for this name; get the certificate from another CA"
        )
    if code in NOT_A_CA:
        return f"{what} signed another certificate but is no CA (basicConstraints or key usage); reissue from a real CA"
    if code == PATH_LENGTH:
        return f"the chain is longer than {what} allows (pathLen); issue from a CA nearer to the root"
    if code == SIGNATURE_FAILURE:
        return "a signature in the chain is wrong: a certificate is damaged, or the issuer has the same name but another key"
    if code in STRICT:
        return "accepted by default, but refused with X509_STRICT (RFC 5280 details); pass strict=False or reissue it"
    return f"X509_STORE_CTX_get_error(3) explains code {code}"


def _not_yet(what: str, which: Certificate | None) -> str:
    now = validity.now()
    clock = f"; check this machine's clock, it says {now:%Y-%m-%d %H:%M} UTC"
    if which is None or which.not_before is None:
        return f"{what} is not valid yet{clock}"
    return f"{what} becomes valid in {validity.span(which.not_before - now)} ({which.not_before:%Y-%m-%d}){clock}"


def _untrusted(code: int, chain: CertificateChain, last: Certificate, trust: Trust) -> str:
    store = f"trusted is {trust.describe()}"
    if code == SELF_SIGNED_LEAF:
        return f"the server signed its certificate itself, as lab servers do, and nobody vouches for it ({store})"
    issuer = _name(last.issuer_name)
    if code == SELF_SIGNED_ROOT:
        return f"the chain ends at {issuer}, which is not trusted; if that is your private CA, pass ca_file=<its PEM> ({store})"
    if len(set(chain)) == 1:  # some servers send the leaf twice
        return (
            f"the server sent only its own certificate, and its issuer {issuer} is not known here: "
            f"either the server forgot the intermediate, or pass ca_file=<that CA's PEM> ({store})"
        )
    return f"the issuer {issuer} is not known here; pass ca_file=<its PEM> ({store})"


def _pinning(leaf: Certificate, url: str | None) -> str:
    """Return a clause with the call that pins this key."""
    if not leaf.pin:
        return ""
    target = repr(url) if url and "***" not in url else "..."
    return (
        f"; to trust exactly this key, compare its fingerprint (SHA-256 {leaf.sha256}) with what the server's owner says, "
        f'then call kws.connect({target}, pin="{leaf.pin}")'
    )


def _wrong_name(leaf: Certificate, hostname: str | None) -> str:
    if not leaf.dns_names and not leaf.ip_addresses:
        common = f" (its common name {_name(leaf.common_name)} does not count, RFC 9525)" if leaf.common_name else ""
        return f"the certificate names no host at all{common}; reissue it with subjectAltName {hostname}"
    if hostname in leaf.dns_names:
        return f"the certificate lists the address {hostname} as a DNS name, where it does not count; reissue it with IP:{hostname}"
    names = ", ".join(_name(name) for name in leaf.san[:5]) + (" …" if len(leaf.san) > 5 else "")
    return f"the certificate is for {names}, not for {hostname}; connect by one of its names, or say which one with ssl_hostname="


def _name(text: str | None) -> str:
    text = text or ""
    return repr(text if len(text) <= 80 else text[:79] + "…")
