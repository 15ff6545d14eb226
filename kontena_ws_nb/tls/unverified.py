"""Checks for handshakes without verification: the pinned key, and whether a client certificate may be sent.

Without verification OpenSSL sends a client certificate to any server that requests one. `transport.stream` runs
handshakes over memory buffers, so that `check_client_certificate` can be called after the server's chain was received
and before the answer is sent. Any thread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from .certificate import CertificateChain
from .context import Trust
from .der import DERError, pin_of
from .errors import SSLVerifyError
from .verdict import Verdict
from .verify import verify_chain

#: X509_V_ERR_APPLICATION_VERIFICATION: refused by the application, not by OpenSSL.
APPLICATION_VERIFICATION = 50


def check_pin(
    chain: Sequence[bytes],
    pin: str,
    *,
    hostname: str | None,
    trust: Trust,
    strict: bool = False,
    url: str | None = None,
) -> Verdict:
    """Accept exactly one key, whatever the chain and host name (trust on first use).

    Call it after a handshake with ``client_context(verify=False)``, which proves that the server has the private key,
    and before anything else is sent.

    Parameters
    ----------
    chain : sequence of bytes
        DER, leaf first.
    pin : str
        ``sha256/…`` over the leaf's SubjectPublicKeyInfo (RFC 7469 section 2.4).
    hostname, trust, strict, url
        As for `verify_chain`, which makes the verdict.

    Returns
    -------
    Verdict
        With ``pinned=True``; ``ok`` is OpenSSL's verdict.

    Raises
    ------
    SSLVerifyError
        The server has another key (code 50).
    """
    if _pin(chain) == pin:
        verdict = verify_chain(chain, hostname=hostname, trust=trust, strict=strict, url=url)
        return dataclasses.replace(verdict, pinned=True)
    verdict = Verdict(
        ok=False,
        verified=True,
        code=APPLICATION_VERIFICATION,
        reason="the server's key is not the pinned one",
        hint=f'the server has a new key, or this is another server; only if you are sure, use pin="{_pin(chain)}"'
        if _pin(chain)
        else "its certificate cannot be read",
    )
    raise SSLVerifyError.of(verdict, CertificateChain(chain, hostname=hostname, verdict=verdict), url=url)


def check_client_certificate(
    chain: Sequence[bytes],
    *,
    hostname: str | None,
    trust: Trust,
    strict: bool = False,
    pin: str | None = None,
    url: str | None = None,
) -> None:
    """Raise unless the server may get the client certificate: OpenSSL accepts its chain, or it has the pinned key.

    Call it once in a handshake with a client certificate and without verification, as soon as `verify.peer_chain`
    returns a chain, and before the bytes that OpenSSL then writes are sent.

    Parameters
    ----------
    chain : sequence of bytes
        DER, leaf first; not empty.
    hostname, trust, strict, url
        As for `verify_chain`.
    pin : str, optional
        A key that is accepted instead of a verified chain.

    Raises
    ------
    SSLVerifyError
        The server must not get it; nothing of the client certificate was sent.
    """
    if pin is not None:
        check_pin(chain, pin, hostname=hostname, trust=trust, strict=strict, url=url)
        return
    verdict = verify_chain(chain, hostname=hostname, trust=trust, strict=strict, url=url)
    if not verdict.ok:
        raise SSLVerifyError.of(
            verdict,
            CertificateChain(chain, hostname=hostname, verdict=verdict),
            url=url,
            message=f"the client certificate was not sent, because the server's own is bad: {verdict.reason} (code {verdict.code})",
        )


def _pin(chain: Sequence[bytes]) -> str:
    try:
        return pin_of(chain[0]) if chain else ""
    except DERError:
        return ""
