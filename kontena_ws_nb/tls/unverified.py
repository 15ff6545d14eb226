"""The two checks that stand in for a verifying handshake when verification is off: the pin, and the client certificate's escort.

With verification off OpenSSL would show a client certificate to anybody who asks. `transport.stream` drives handshakes
over memory buffers, so what OpenSSL wants to send can be held back: once the server's chain is there, and before the
flight that answers it leaves, `check_client_certificate` decides. Any thread.
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

#: X509_V_ERR_APPLICATION_VERIFICATION: the application, not OpenSSL, refused.
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
    """Accept exactly one key, instead of chain and host name (trust on first use).

    Call it after a handshake with ``client_context(verify=False)``, which proves that the server holds the key, and
    before a single byte of the upgrade is sent.

    Parameters
    ----------
    chain : sequence of bytes
        DER, leaf first.
    pin : str
        ``sha256/…`` over the leaf's SubjectPublicKeyInfo (RFC 7469 section 2.4).
    hostname, trust, strict, url
        As for `verify_chain`: the verdict also tells what OpenSSL thinks.

    Returns
    -------
    Verdict
        With ``pinned=True``; ``ok`` is still OpenSSL's own opinion.

    Raises
    ------
    SSLVerifyError
        Another key; code 50.
    """
    if _pin(chain) == pin:
        verdict = verify_chain(chain, hostname=hostname, trust=trust, strict=strict, url=url)
        return dataclasses.replace(verdict, pinned=True)
    verdict = Verdict(
        ok=False,
        verified=True,
        code=APPLICATION_VERIFICATION,
        reason="the server's key is not the pinned one",
        hint=f'the server has a new key, or somebody else answers; only if you are sure, use pin="{_pin(chain)}"'
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
    """Let a client certificate travel only to a server that OpenSSL accepts or that holds the pinned key.

    Call it when a client certificate is loaded, verification is off and the user did not allow it: after each
    ``do_handshake``, as soon as `verdict.peer_chain` gives a chain and before the bytes OpenSSL then wants to send are
    sent. Once per handshake is enough.

    Parameters
    ----------
    chain : sequence of bytes
        DER, leaf first; not empty.
    hostname, trust, strict, url
        As for `verify_chain`.
    pin : str, optional
        A key that is as good as a verified chain.

    Raises
    ------
    SSLVerifyError
        The server is not vouched for; nothing of the client certificate has left.
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
